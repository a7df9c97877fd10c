/* What is imported, when references have found their AVPs: the files to come, and which AVP stands in which.
 *
 * A file may inherit from those in front of it alone. go-diameter's form has one file per application behind a common one;
 * Wireshark's has one per vendor, and a group stands in the last file that one of its members needs. */
#include "import.h"

#include "memory.h"

#include <string.h>
#include <strings.h>

/* ---- Files ---- */

static bool is_taken(const import *im, const char *name)
{
    for (size_t i = 0; i < im->built_in->n; i++) {
        const dia_dict *d = im->built_in->v[i];
        if (strcasecmp(d->name, name) == 0 || strcasecmp(d->stem, name) == 0)
            return true;
        for (const char *const *alias = d->aliases; alias && *alias; alias++)
            if (strcasecmp(*alias, name) == 0)
                return true;
    }
    for (const import_file *f = im->files; f; f = f->next)
        if (strcasecmp(f->name, name) == 0)
            return true;
    return false;
}

static import_file *add_file(import *im, const char *name, const char *about)
{
    import_file *f = cli_get(im->arena, sizeof *f);
    char *word = cli_get(im->arena, strlen(name) + 200);
    strcpy(word, import_word(im, name, '_'));
    for (char *c = word; *c; c++)
        *c = *c == '-' ? '_' : *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    f->name = is_taken(im, word) ? import_text(im, "%s_xml", word) : word;
    for (unsigned i = 2; is_taken(im, f->name); i++)
        f->name = import_text(im, "%s_%u", word, i);
    f->about = about;
    f->rank = (uint32_t)im->n_files++;
    *(im->last_file ? &im->last_file->next : &im->files) = f;
    im->last_file = f;
    return f;
}

static const char *title_of(import *im, const import_application *app)
{
    return app->name ? import_text(im, "application %u, %s", (unsigned)app->id, app->name)
                     : import_text(im, "application %u", (unsigned)app->id);
}

/* The name that an application gives a vendor. */
static const char *name_of_vendor(import *im, uint32_t vendor)
{
    const char *name = "vendor";
    for (const import_application *app = im->applications; app; app = app->next)
        if (app->vendor == vendor && app->vendor_name)
            name = app->vendor_name;
    return import_word(im, name, '_');
}

static void add_application_file(import *im, import_application *app)
{
    const char *name = app->name ? app->name : import_text(im, "app_%u", (unsigned)app->id);
    app->file = add_file(im, name, title_of(im, app));
    app->file->application = app;
    app->file->vendor = app->vendor;
    if (app->vendor)
        app->file->vendor_name = name_of_vendor(im, app->vendor);
}

/* ---- Placing, in go-diameter's form ---- */

static bool same_values(const import_avp *a, const import_avp *b)
{
    const import_value *v = a->values, *w = b->values;
    for (; v && w && v->value == w->value && strcmp(v->name, w->name) == 0; v = v->next)
        w = w->next;
    return !v && !w;
}

static bool same_rules(const import_avp *a, const import_avp *b)
{
    const import_rule *r = a->body.first, *s = b->body.first;
    for (; r && s; r = r->next, s = s->next)
        if (!r->name != !s->name || r->min != s->min || r->max != s->max || r->required != s->required ||
            r->left_out != s->left_out ||
            (r->avp ? import_root(r->avp) : NULL) != (s->avp ? import_root(s->avp) : NULL))
            return false;
    return !r && !s;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool equal(const import_avp *a, const import_avp *b)
{
    return strcmp(a->source, b->source) == 0 && strcmp(a->type, b->type) == 0 && a->m == b->m && a->p == b->p &&
           same_text(a->m_rule, b->m_rule) && same_values(a, b) && same_rules(a, b);
}

static bool is_reachable(const import_avp *avp, const import_file *common)
{
    return avp->built_in || avp->file == common;
}

static bool members_are_common(const import_avp *avp, const import_file *common)
{
    for (const import_rule *r = avp->body.first; r; r = r->next)
        if (r->avp && !r->left_out && !is_reachable(import_root(r->avp), common))
            return false;
    return true;
}

/* All definitions of a code that are equal become one, in the common file. */
static bool share(const import *im, import_avp *avp, import_file *common)
{
    size_t n = 0;
    for (import_avp *b = import_first_coded(im, avp->code, avp->vendor); b; b = b->next_code) {
        if (b->same || b == avp || b->code != avp->code || b->vendor != avp->vendor || b->built_in)
            continue;
        if (!equal(avp, b))
            return false;
        n++;
    }
    if (!n || !members_are_common(avp, common))
        return false;
    for (import_avp *b = import_first_coded(im, avp->code, avp->vendor); b; b = b->next_code)
        if (!b->same && b != avp && b->code == avp->code && b->vendor == avp->vendor && !b->built_in)
            b->same = avp;
    avp->file = common;
    return true;
}

/* An AVP of one application that another one names, or a group in the common file. */
static bool promote(import *im, import_rule *r, import_body *body, const import_file *user, import_file *common)
{
    import_avp *avp = r->avp && !r->left_out ? import_root(r->avp) : NULL;
    if (!avp || avp->built_in || avp->file == common || avp->file == user)
        return false;
    for (import_avp *b = import_first_coded(im, avp->code, avp->vendor); b; b = b->next_code)
        if (!b->same && b != avp && b->code == avp->code && b->vendor == avp->vendor && b->file == common) {
            import_warn(im, &body->notes, r->at, "%s differs between the applications: left out here", avp->name);
            r->left_out = true;
            return true;
        }
    import_note_to(im, &avp->notes, "%s is defined for the application %u", avp->name, (unsigned)avp->application);
    avp->file = common;
    return true;
}

static bool promote_all(import *im, import_file *common)
{
    bool changed = false;
    for (import_avp *avp = im->avps; avp; avp = avp->next)
        for (import_rule *r = avp->same || avp->built_in ? NULL : avp->body.first; r; r = r->next)
            changed |= promote(im, r, &avp->body, avp->file, common);
    for (import_application *app = im->applications; app; app = app->next)
        for (import_command *c = app->commands; c; c = c->next)
            for (int i = 0; i < 2; i++)
                for (import_rule *r = c->bodies[i].first; r; r = r->next)
                    changed |= promote(im, r, &c->bodies[i], app->file, common);
    return changed;
}

void import_place_go(import *im)
{
    enum { PASSES_MAX = 32 };
    import_file *common = add_file(im, "common", "what several applications share");
    for (import_application *app = im->applications; app; app = app->next)
        if (app->commands || app->has_avps || app->id)
            add_application_file(im, app);
    for (import_avp *avp = im->avps; avp; avp = avp->next) {
        avp->file = common;
        for (import_application *app = avp->application ? im->applications : NULL; app; app = app->next)
            if (app->id == avp->application)
                avp->file = app->file;
    }
    bool changed = true;
    for (int i = 0; i < PASSES_MAX && changed; i++) {
        changed = false;
        for (import_avp *avp = im->avps; avp; avp = avp->next)
            if (!avp->same && !avp->built_in)
                changed |= share(im, avp, common);
    }
    while (promote_all(im, common))
        ;
    /* OTP asks a dictionary for its @vendor when another inherits from it, whatever else is said. */
    for (const import_avp *avp = im->avps; avp && !common->vendor; avp = avp->next)
        if (!avp->same && !avp->built_in && avp->file == common)
            common->vendor = avp->vendor;
    common->vendor_name = common->vendor ? name_of_vendor(im, common->vendor) : NULL;
}

/* ---- Placing, in Wireshark's form ---- */

static import_file *file_of_vendor(import *im, uint32_t vendor)
{
    for (import_file *f = im->files; f; f = f->next)
        if (f->vendor == vendor)
            return f;
    const char *id = vendor ? NULL : "ietf", *name = NULL;
    for (const import_vendor *v = im->vendors; v && !id; v = v->next)
        if (v->code == vendor) {
            id = v->id;
            name = v->name;
        }
    import_file *f = add_file(im, id ? id : "vendor",
                              vendor ? import_text(im, "vendor %u, %s", (unsigned)vendor, name ? name : "?")
                                     : "AVPs without a vendor");
    f->vendor = vendor;
    f->vendor_name = vendor ? import_word(im, name, '_') : NULL;
    return f;
}

/* The order of files, the first with rank 0. In front of all the AVPs without vendor; then vendors whose groups name no
 * other's AVPs; at the end those whom no other names. In between, where vendors name each other, small ones come first. */
typedef struct order {
    size_t n;
    import_file **files;
    bool *names; /* names[a * n + b]: a group of a has a member of b */
    bool *done;
} order;

static bool names_any(const order *o, size_t a)
{
    for (size_t b = 1; b < o->n; b++)
        if (b != a && !o->done[b] && o->names[a * o->n + b])
            return true;
    return false;
}

static bool is_named(const order *o, size_t a)
{
    for (size_t b = 1; b < o->n; b++)
        if (b != a && !o->done[b] && o->names[b * o->n + a])
            return true;
    return false;
}

static size_t choose(const order *o, const size_t *avps, bool *at_end)
{
    for (size_t i = 1; i < o->n; i++)
        if (!o->done[i] && !names_any(o, i))
            return i;
    for (size_t i = o->n; i-- > 1;)
        if (!o->done[i] && !is_named(o, i)) {
            *at_end = true;
            return i;
        }
    size_t least = 0;
    for (size_t i = 1; i < o->n; i++)
        if (!o->done[i] && (!least || avps[i] < avps[least]))
            least = i;
    return least;
}

static void sort_files(import *im)
{
    const size_t n = im->n_files;
    order o = { n, cli_new(n * sizeof(import_file *)), cli_new(n * n * sizeof(bool)), cli_new(n * sizeof(bool)) };
    size_t *avps = cli_new(n * sizeof *avps);
    for (import_file *f = im->files; f; f = f->next)
        o.files[f->rank] = f;
    for (import_avp *avp = im->avps; avp; avp = avp->next) {
        for (const import_rule *r = avp->same || avp->built_in ? NULL : avp->body.first; r; r = r->next)
            if (r->avp && !r->avp->built_in)
                o.names[avp->file->rank * n + r->avp->file->rank] = true;
        avps[avp->same ? 0 : avp->file->rank]++;
    }
    for (size_t front = 1, back = n; front < back;) {
        bool at_end = false;
        const size_t next = choose(&o, avps, &at_end);
        o.done[next] = true;
        o.files[next]->rank = (uint32_t)(at_end ? --back : front++);
    }
    import_file **by_rank = cli_new((n + 1) * sizeof(import_file *));
    for (size_t i = 0; i < n; i++)
        by_rank[o.files[i]->rank] = o.files[i];
    for (size_t i = 0; i < n; i++)
        by_rank[i]->next = by_rank[i + 1];
    im->files = by_rank[0];
    im->last_file = by_rank[n - 1];
    free(by_rank);
    free(o.files);
    free(o.names);
    free(o.done);
    free(avps);
}

/* From the last file to the first: who names what stands there must stand there, too, or behind. */
static void move_groups(import *im)
{
    import_avp **stack = cli_new((im->n_avps + 1) * sizeof *stack);
    import_file **files = cli_new((im->n_files + 1) * sizeof(import_file *));
    for (import_file *f = im->files; f; f = f->next)
        files[f->rank] = f;
    for (size_t rank = im->n_files; rank-- > 0;) {
        size_t n = 0;
        for (import_avp *avp = im->avps; avp; avp = avp->next)
            if (!avp->same && avp->file && avp->file->rank == rank && !avp->marked) {
                avp->marked = true;
                stack[n++] = avp;
            }
        while (n) {
            const import_avp *avp = stack[--n];
            for (const import_rule *r = avp->built_in ? NULL : avp->uses; r; r = r->next_use) {
                import_avp *user = r->user ? import_root(r->user) : NULL;
                if (!user || user->marked || user->built_in)
                    continue;
                import_note_to(im, &user->notes, "%s stands here because %s does, which is in it", user->name,
                               avp->name);
                user->marked = true;
                user->file = files[rank];
                stack[n++] = user;
            }
        }
    }
    free(stack);
    free(files);
}

/* Codes that have a name and nothing else. */
static void list_applications(import *im, import_file *to)
{
    for (const import_application *app = im->applications; app; app = app->next)
        if (!app->commands)
            import_note_to(im, &to->notes, "%s: no commands are known", title_of(im, app));
}

void import_place_wireshark(import *im)
{
    import_file *first = file_of_vendor(im, 0);
    for (import_avp *avp = im->avps; avp; avp = avp->next)
        if (!avp->same)
            avp->file = file_of_vendor(im, avp->vendor);
    sort_files(im);
    move_groups(im);
    for (import_application *app = im->applications; app; app = app->next)
        if (app->commands)
            add_application_file(im, app);
    list_applications(im, first);
}
