/* What is imported, when all is read: references find their AVPs, and AVPs and commands the files where they will stand.
 *
 * A file may inherit from those in front of it alone. go-diameter's form has one file per application behind a common one;
 * Wireshark's has one per vendor, and a group stands in the last file that one of its members needs. */
#include "import.h"

#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- One definition of each code ---- */

static bool is_same_code(const import *im, const import_avp *a, const import_avp *b)
{
    return a->code == b->code && a->vendor == b->vendor && (im->wireshark || a->application == b->application);
}

/* The values and members that only the second definition has. */
static void merge(import *im, import_avp *first, import_avp *second)
{
    if (strcmp(first->source, second->source) != 0)
        import_warn(im, &first->notes, second->at, "%s has the code of %s (line %lu), which stands for it",
                    second->name, first->name, first->at->line);
    if (strcmp(first->type, second->type) != 0)
        import_warn(im, &first->notes, second->at, "%s is %s here and %s at line %lu, which holds", second->name,
                    second->type, first->type, first->at->line);
    for (const import_value *v = second->values; v; v = v->next)
        import_add_value(im, first, second->at, v->name, v->value);
    if (!first->body.n)
        first->body = second->body;
    else if (second->body.n)
        import_warn(im, &first->notes, second->at, "%s: a second definition; the members of line %lu hold",
                    second->name, first->at->line);
    second->same = first;
}

static void unite(import *im)
{
    for (size_t i = 0; i < IMPORT_BUCKETS; i++)
        for (import_avp *a = im->by_code[i]; a; a = a->next_code)
            for (import_avp *b = a->same ? NULL : a->next_code; b; b = b->next_code)
                if (!b->same && is_same_code(im, a, b))
                    merge(im, a, b);
}

/* ---- References ---- */

static int nearness(const import *im, const import_avp *avp, uint32_t home)
{
    const uint32_t own = im->wireshark ? avp->vendor : avp->application;
    return own == home ? 3 : own == 0 ? 2 : 1;
}

/* Of the same application or vendor if there is one, else of application or vendor 0, else the first. */
static import_avp *find(const import *im, const char *name, uint32_t home)
{
    import_avp *best = NULL;
    for (import_avp *avp = import_first_named(im, name); avp; avp = avp->next_name)
        if (strcmp(avp->source, name) == 0 && (!best || nearness(im, avp, home) > nearness(im, best, home)))
            best = avp;
    return best ? import_root(best) : NULL;
}

static const dia_dict *base_of(const import *im)
{
    for (size_t i = 0; i < im->built_in->n; i++)
        if (strcmp(im->built_in->v[i]->name, "rfc6733") == 0)
            return im->built_in->v[i];
    return NULL;
}

/* The base protocol is there, whether or not the source brings it along. */
static import_avp *find_in_base(import *im, const import_rule *rule)
{
    const dia_dict *base = base_of(im);
    const dia_avp_def *def = base ? dia_dict_avp_named(base, dia_cstr(rule->name)) : NULL;
    if (!def)
        return NULL;
    import_avp *avp = import_add_avp(im, rule->at, rule->name, def->code, def->vendor);
    if (!avp)
        return NULL;
    avp->type = dia_type_name((dia_type)def->type);
    avp->built_in = base;
    return avp;
}

static const char *name_of(const import_rule *rule)
{
    return !rule->name ? "AVP" : rule->avp ? rule->avp->name : rule->name;
}

/* The same AVP twice in a body is one that may occur as often as both. */
static void join_rules(import *im, import_body *body)
{
    for (import_rule *a = body->first; a; a = a->next)
        for (import_rule *b = a->left_out ? NULL : a->next; b; b = b->next) {
            if (b->left_out || a->avp != b->avp)
                continue;
            import_note_to(im, &body->notes, "%s stands here twice in the source", name_of(a));
            a->min += b->min;
            a->max = a->max == IMPORT_MANY || b->max >= IMPORT_MANY - a->max ? IMPORT_MANY : a->max + b->max;
            a->required |= b->required;
            b->left_out = true;
        }
}

static void resolve_body(import *im, import_body *body, uint32_t home, const char *where)
{
    for (import_rule *r = body->first; r && !im->bad; r = r->next) {
        if (!r->name)
            continue;
        r->avp = find(im, r->name, home);
        if (!r->avp)
            r->avp = find_in_base(im, r);
        if (r->avp)
            continue;
        r->left_out = true;
        import_warn(im, &body->notes, r->at, "%s: no AVP is called '%s': left out", where, r->name);
    }
    join_rules(im, body);
    for (import_rule *r = body->first; r; r = r->next) {
        if (!r->avp || r->left_out)
            continue;
        r->next_use = r->avp->uses;
        r->avp->uses = r;
    }
}

/* RFC 6733, 8.8: Session-Id follows the header; in front it is a fixed AVP. */
static void fix_session_id(import_body *body)
{
    import_rule *r = body->first;
    if (r && !r->left_out && r->avp && r->required && r->min == 1 && r->max == 1 && strcmp(r->name, "Session-Id") == 0)
        r->fixed = true;
}

static void resolve(import *im)
{
    for (import_avp *avp = im->avps; avp && !im->bad; avp = avp->next)
        if (!avp->same && !avp->built_in)
            resolve_body(im, &avp->body, im->wireshark ? avp->vendor : avp->application, avp->name);
    for (import_application *app = im->applications; app && !im->bad; app = app->next)
        for (import_command *c = app->commands; c; c = c->next)
            for (int i = 0; i < 2; i++) {
                resolve_body(im, &c->bodies[i], app->id, i ? c->answer : c->request);
                fix_session_id(&c->bodies[i]);
            }
}

/* ---- Groups that require themselves cannot be sent: what leads into the circle becomes optional ---- */

static bool requires_group(const import_rule *r)
{
    return r->required && !r->left_out && r->avp && strcmp(r->avp->type, "Grouped") == 0 && !r->avp->built_in;
}

static void break_circles(import *im)
{
    size_t n = 0;
    import_avp **ready = cli_new((im->n_avps + 1) * sizeof *ready);
    for (import_avp *avp = im->avps; avp; avp = avp->next) {
        for (const import_rule *r = avp->body.first; r && !avp->same; r = r->next)
            avp->waiting += requires_group(r);
        if (!avp->same && avp->waiting == 0)
            ready[n++] = avp;
    }
    while (n) {
        const import_avp *avp = ready[--n];
        for (const import_rule *r = avp->uses; r; r = r->next_use)
            if (r->user && requires_group(r) && --import_root(r->user)->waiting == 0)
                ready[n++] = import_root(r->user);
    }
    free(ready);
    for (import_avp *avp = im->avps; avp; avp = avp->next)
        for (import_rule *r = avp->same || !avp->waiting ? NULL : avp->body.first; r; r = r->next)
            if (requires_group(r) && r->avp->waiting) {
                import_warn(im, &avp->body.notes, r->at, "%s requires %s, and that leads to itself: optional",
                            avp->name, r->avp->name);
                r->required = false;
                r->min = 0;
            }
}

/* ---- What is built in ---- */

static bool has_members(const import_avp *avp, const dia_avp_def *def)
{
    for (const import_rule *r = avp->body.first; r; r = r->next)
        if (r->avp && !r->left_out && (!def->group || !dia_grammar_field(def->group, r->avp->code, r->avp->vendor)))
            return false;
    return true;
}

static bool has_values(const import_avp *avp, const dia_avp_def *def)
{
    for (const import_value *v = avp->values; v; v = v->next) {
        int64_t value;
        if (dia_avp_def_value(def, dia_cstr(v->name), &value) || (uint32_t)value != v->value)
            return false;
    }
    return true;
}

static void leave_out_built_in(import *im)
{
    for (import_avp *avp = im->avps; avp; avp = avp->next) {
        const dia_dict *dict;
        const dia_avp_def *def = avp->same || avp->built_in ? NULL : import_built_in(im, avp->code, avp->vendor, &dict);
        if (def && strcmp(def->name, avp->name) == 0 && strcmp(dia_type_name((dia_type)def->type), avp->type) == 0 &&
            !(def->flags & DIA_AVP_M) == !avp->m && has_members(avp, def) && has_values(avp, def))
            avp->built_in = dict;
    }
    for (import_application *app = im->wireshark ? im->applications : NULL; app; app = app->next)
        for (import_command **c = &app->commands; *c;) {
            const dia_command *known = dia_dicts_command(im->built_in, app->id, (*c)->code, true);
            if (known)
                *c = (*c)->next;
            else
                c = &(*c)->next;
        }
}

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

static void place_go(import *im)
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

static void place_wireshark(import *im)
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

/* ---- Filling ---- */

static import_avp **slot_of(const import_file *f, const char *name)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (const char *c = name; *c; c++)
        h = (h ^ (unsigned char)*c) * 0x100000001b3U;
    size_t at = (size_t)(h ^ h >> 32) & (f->cap_names - 1);
    while (f->names[at] && strcmp(f->names[at]->name, name) != 0)
        at = (at + 1) & (f->cap_names - 1);
    return &f->names[at];
}

static import_avp *named_in(const import_file *f, const char *name)
{
    return f->cap_names ? *slot_of(f, name) : NULL;
}

static void put_name(import *im, import_file *f, import_avp *avp)
{
    if (2 * (f->n_names + 1) > f->cap_names) {
        import_file old = *f;
        f->cap_names = old.cap_names ? 2 * old.cap_names : 64;
        f->names = cli_get(im->arena, f->cap_names * sizeof *f->names);
        for (size_t i = 0; i < old.cap_names; i++)
            if (old.names[i])
                *slot_of(f, old.names[i]->name) = old.names[i];
    }
    *slot_of(f, avp->name) = avp;
    f->n_names++;
}

static import_avp **grow_list(import *im, import_avp **v, size_t n, size_t *cap)
{
    if (n < *cap)
        return v;
    *cap = *cap ? 2 * *cap : 64;
    import_avp **more = cli_get(im->arena, *cap * sizeof *more);
    if (n)
        memcpy(more, v, n * sizeof *more);
    return more;
}

/* A name that another code has here already gets its own code appended. */
static void put_avp(import *im, import_avp *avp)
{
    import_file *f = avp->file;
    const import_avp *other = named_in(f, avp->name);
    if (other) {
        const char *name = import_text(im, "%s-%u", avp->name, (unsigned)avp->code);
        for (unsigned i = 2; named_in(f, name); i++)
            name = import_text(im, "%s-%u-%u", avp->name, (unsigned)avp->code, i);
        import_warn(im, &avp->notes, avp->at, "%s is the name of the code %u as well (line %lu): this one is called %s",
                    avp->name, (unsigned)other->code, other->at->line, name);
        avp->name = name;
    }
    f->avps = grow_list(im, f->avps, f->n, &f->cap);
    f->avps[f->n++] = avp;
    put_name(im, f, avp);
}

static void inherit(import *im, import_file *f, import_avp *avp)
{
    f->inherited = grow_list(im, f->inherited, f->n_inherited, &f->cap_inherited);
    f->inherited[f->n_inherited++] = avp;
    put_name(im, f, avp);
}

/* The AVP of this file that has the code of one elsewhere. */
static import_avp *own_of_code(const import *im, const import_file *f, const import_avp *avp)
{
    for (import_avp *b = import_first_coded(im, avp->code, avp->vendor); b; b = b->next_code)
        if (!b->same && !b->built_in && b->file == f && b->code == avp->code && b->vendor == avp->vendor)
            return b;
    return NULL;
}

static void reach(import *im, import_file *f, import_body *body)
{
    for (import_rule *r = body->first; r; r = r->next) {
        if (!r->avp || r->left_out)
            continue;
        r->avp = import_root(r->avp);
        if (r->avp->file == f && !r->avp->built_in)
            continue;
        import_avp *own = own_of_code(im, f, r->avp), *other = named_in(f, r->avp->name);
        if (own) {
            import_note_to(im, &body->notes, "%s: the one of this file", own->name);
            r->avp = own;
        } else if (!other) {
            inherit(im, f, r->avp);
        } else if (other != r->avp) {
            import_warn(im, &body->notes, r->at, "%s is the name of another AVP in this file: left out", r->avp->name);
            r->left_out = true;
        }
    }
    join_rules(im, body);
}

/* Any AVP may be in a command without a grammar: all of another file, but for names that are there already. */
static void inherit_all(import *im, import_file *f, const import_file *from)
{
    bool clash = false;
    for (size_t i = 0; i < from->n; i++) {
        if (!named_in(f, from->avps[i]->name)) {
            inherit(im, f, from->avps[i]);
            continue;
        }
        import_note_to(im, &f->notes, "%s of %s is not here: another AVP has its name", from->avps[i]->name,
                       from->name);
        clash = true;
    }
    f->whole[from->rank] = !clash;
}

static void fill(import *im)
{
    for (import_avp *avp = im->avps; avp; avp = avp->next)
        if (!avp->same && !avp->built_in && avp->file)
            put_avp(im, avp);
    for (import_file *f = im->files; f; f = f->next) {
        if (im->wireshark && f->application)
            f->whole = cli_get(im->arena, im->n_files * sizeof *f->whole);
        for (const import_file *from = im->files; f->whole && !from->application; from = from->next)
            inherit_all(im, f, from);
        for (size_t i = 0; i < f->n; i++)
            reach(im, f, &f->avps[i]->body);
        for (import_command *c = f->application ? f->application->commands : NULL; c; c = c->next)
            for (int i = 0; i < 2; i++)
                reach(im, f, &c->bodies[i]);
    }
}

/* Records of commands and groups share one name space. */
static const import_command *of_name(const import_application *app, const import_command *but, const char *name)
{
    for (const import_command *c = app->commands; c != but; c = c->next)
        if (strcmp(c->request, name) == 0 || strcmp(c->answer, name) == 0)
            return c;
    return NULL;
}

static void name_commands(import *im, const import_application *app)
{
    for (import_command *c = app->commands; c; c = c->next) {
        const import_command *other = of_name(app, c, c->request);
        if (!other)
            other = of_name(app, c, c->answer);
        if (!other && !named_in(app->file, c->request) && !named_in(app->file, c->answer))
            continue;
        const char *was = c->request;
        c->request = import_text(im, "%s-%u", c->request, (unsigned)c->code);
        c->answer = import_text(im, "%s-%u", c->answer, (unsigned)c->code);
        import_warn(im, &c->notes, c->at, "%s is the name of another %s as well: this one is called %s", was,
                    other ? "command" : "AVP", c->request);
    }
}

void import_settle(import *im)
{
    if (!im->bad)
        unite(im);
    if (!im->bad)
        resolve(im);
    if (im->bad)
        return;
    break_circles(im);
    if (im->new_only)
        leave_out_built_in(im);
    if (im->wireshark)
        place_wireshark(im);
    else
        place_go(im);
    fill(im);
    for (const import_application *app = im->applications; app; app = app->next)
        name_commands(im, app);
}
