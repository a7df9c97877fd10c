/* What is imported, when all is read: each code has one definition, references find their AVPs, groups that cannot be sent
 * are mended; then every file gets its AVPs, under names that are unique there, and what it inherits. */
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
        import_place_wireshark(im);
    else
        import_place_go(im);
    fill(im);
    for (const import_application *app = im->applications; app; app = app->next)
        name_commands(im, app);
}
