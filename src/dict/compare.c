/* Two messages compared by what they say: the first difference, with its path. */
#include "dict/dict.h"

#include <stdio.h>

typedef struct comparison {
    const dia_dicts *dicts;
    const dia_compare_options *options;
    uint32_t application;
    dia_difference *out;
    size_t path; /* length of out->path */
} comparison;

static bool compare_avps(comparison *c, dia_bytes a, dia_bytes b, const dia_grammar *grammar, int depth);

/* ---- What is told ---- */

/* As much as there is room for. */
static void copy_text(char *to, size_t size, const char *text)
{
    const size_t n = strlen(text);
    if (n < size) {
        memcpy(to, text, n + 1);
        return;
    }
    memcpy(to, text, size - 4);
    memcpy(to + size - 4, "...", 4);
}

static void tell(const comparison *c, const char *what, const char *a, const char *b)
{
    if (!c->out->path[0])
        copy_text(c->out->path, sizeof c->out->path, what);
    copy_text(c->out->a, sizeof c->out->a, a);
    copy_text(c->out->b, sizeof c->out->b, b);
}

static void write_value(const comparison *c, const dia_avp *avp, char *to, size_t size)
{
    char text[sizeof c->out->a * 4];
    const dia_avp_def *def = dia_dicts_avp(c->dicts, c->application, avp->code, avp->vendor);
    const dia_bytes most = { avp->data.p, avp->data.n < size ? avp->data.n : size };
    if (def && def->type == DIA_TYPE_GROUPED)
        snprintf(to, size, "a group of %zu octets", avp->data.n);
    else if (dia_text_value(def, avp->data, text, sizeof text, NULL) >= 0 ||
             dia_text_value(NULL, most, text, sizeof text, NULL) >= 0)
        copy_text(to, size, text);
    else
        copy_text(to, size, "...");
}

/* One of them may be NULL: there is none. */
static bool differ_in_value(const comparison *c, const dia_avp *a, const dia_avp *b)
{
    c->out->a[0] = c->out->b[0] = '\0';
    if (a)
        write_value(c, a, c->out->a, sizeof c->out->a);
    if (b)
        write_value(c, b, c->out->b, sizeof c->out->b);
    return false;
}

static bool differ_in_number(const comparison *c, const char *what, uint32_t a, uint32_t b)
{
    char text[2][24];
    if (a == b)
        return true;
    snprintf(text[0], sizeof text[0], "%lu", (unsigned long)a);
    snprintf(text[1], sizeof text[1], "%lu", (unsigned long)b);
    tell(c, what, text[0], text[1]);
    return false;
}

static void flag_letters(uint8_t flags, const char *letters, const char *before, char *to, size_t size)
{
    dia_sink sink;
    dia_sink_init(&sink, to, size);
    dia_sink_put(&sink, before);
    dia_sink_flags(&sink, flags, letters, 0);
    dia_sink_end(&sink, NULL);
}

static bool differ_in_flags(const comparison *c, const char *what, const char *letters, uint8_t a, uint8_t b)
{
    const uint8_t mask = (uint8_t)(0xff00 >> strlen(letters));
    char text[2][24];
    if (!((a ^ b) & mask))
        return true;
    const char *before = *what ? "" : "flags ";
    flag_letters(a, letters, before, text[0], sizeof text[0]);
    flag_letters(b, letters, before, text[1], sizeof text[1]);
    tell(c, what, text[0], text[1]);
    return false;
}

/* ---- Paths ---- */

/* Appends "/Name[2]"; c->path says how much of it stays. */
static void enter(comparison *c, const dia_avp *avp, size_t index)
{
    char part[160], number[24] = "";
    const dia_avp_def *def = dia_dicts_avp(c->dicts, c->application, avp->code, avp->vendor);
    if (index)
        snprintf(number, sizeof number, "[%zu]", index);
    if (def)
        snprintf(part, sizeof part, "%s%.100s%s", c->path ? "/" : "", def->name, number);
    else if (avp->vendor)
        snprintf(part, sizeof part, "%s%lu:%lu%s", c->path ? "/" : "", (unsigned long)avp->vendor,
                 (unsigned long)avp->code, number);
    else
        snprintf(part, sizeof part, "%s%lu%s", c->path ? "/" : "", (unsigned long)avp->code, number);
    copy_text(c->out->path + c->path, sizeof c->out->path - c->path, part);
    const size_t n = strlen(c->out->path);
    c->path = n < sizeof c->out->path - 8 ? n : sizeof c->out->path - 8;
}

/* ---- AVPs ---- */

static bool same_kind(const dia_avp *a, const dia_avp *b)
{
    return a->code == b->code && a->vendor == b->vendor;
}

/* How many of its kind stand before it. */
static size_t index_of(dia_bytes avps, const dia_avp *avp)
{
    size_t n = 0;
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_next(&it) && it.avp.octets.p != avp->octets.p)
        n += same_kind(&it.avp, avp);
    return n;
}

/* The one of the same kind with this index. */
static bool find_same(dia_bytes avps, const dia_avp *avp, size_t index, dia_avp *out)
{
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_next(&it)) {
        if (!same_kind(&it.avp, avp) || index-- > 0)
            continue;
        *out = it.avp;
        return true;
    }
    return false;
}

/* Two of the same kind. True: they say the same. */
static bool compare_avp(comparison *c, dia_bytes around, const dia_avp *a, const dia_avp *b, int depth)
{
    const size_t before = c->path;
    const dia_avp_def *def = dia_dicts_avp(c->dicts, c->application, a->code, a->vendor);
    const bool is_group =
        def && def->type == DIA_TYPE_GROUPED && depth < DIA_NESTING_MAX && dia_is_avps(a->data) && dia_is_avps(b->data);
    const bool flags = !((a->flags ^ b->flags) & ~DIA_AVP_RESERVED), value = dia_bytes_equal(a->data, b->data);
    if (flags && value)
        return true;
    enter(c, a, index_of(around, a));
    if (!flags)
        return differ_in_flags(c, "", "VMP", a->flags, b->flags);
    if (!is_group)
        return differ_in_value(c, a, b);
    if (!compare_avps(c, a->data, b->data, def->group, depth + 1))
        return false;
    c->path = before;
    c->out->path[before] = '\0';
    return true;
}

/* From 1. */
static size_t place_of(dia_bytes avps, const dia_avp *avp)
{
    size_t n = 1;
    for (dia_avps it = dia_avps_in(avps); dia_avp_next(&it) && it.avp.octets.p != avp->octets.p; n++)
        ;
    return n;
}

/* The AVP stands on one side alone, or elsewhere on the other. */
static bool misplaced(comparison *c, dia_bytes a, dia_bytes b, const dia_avp *avp, bool of_a)
{
    const dia_bytes here = of_a ? a : b, there = of_a ? b : a;
    const size_t index = index_of(here, avp);
    dia_avp other;
    char text[2][40];
    enter(c, avp, index);
    if (!find_same(there, avp, index, &other))
        return differ_in_value(c, of_a ? avp : NULL, of_a ? NULL : avp);
    snprintf(text[!of_a], sizeof text[0], "AVP %zu", place_of(here, avp));
    snprintf(text[of_a], sizeof text[0], "AVP %zu", place_of(there, &other));
    tell(c, "", text[0], text[1]);
    return false;
}

/* Octets behind the last AVP that can be read. */
static bool compare_rest(const comparison *c, const dia_avps *a, const dia_avps *b)
{
    char text[2][40];
    const size_t n[2] = { a->err ? (size_t)(a->end - a->where) : 0, b->err ? (size_t)(b->end - b->where) : 0 };
    if (n[0] == n[1] && (n[0] == 0 || memcmp(a->where, b->where, n[0]) == 0))
        return true;
    for (int i = 0; i < 2; i++)
        snprintf(text[i], sizeof text[i], "%zu octets", n[i]);
    tell(c, "rest", n[0] ? text[0] : "", n[1] ? text[1] : "");
    return false;
}

/* Those of b that a has not. */
static bool compare_missing(comparison *c, dia_bytes a, dia_bytes b)
{
    dia_avp same;
    for (dia_avps it = dia_avps_in(b); dia_avp_next(&it);)
        if (!find_same(a, &it.avp, index_of(b, &it.avp), &same))
            return misplaced(c, a, b, &it.avp, false);
    return true;
}

/* Must it stand in front, in its order? */
static bool is_fixed(const dia_grammar *grammar, const dia_avp *avp)
{
    const dia_field *field = grammar ? dia_grammar_field(grammar, avp->code, avp->vendor) : NULL;
    return field && field->place == DIA_FIXED;
}

/* One of a, wherever it stands in b. */
static bool compare_anywhere(comparison *c, dia_bytes a, dia_bytes b, const dia_grammar *grammar, const dia_avp *avp,
                             int depth)
{
    dia_avp other;
    if (!find_same(b, avp, index_of(a, avp), &other) ||
        (is_fixed(grammar, avp) && place_of(a, avp) != place_of(b, &other)))
        return misplaced(c, a, b, avp, true);
    return compare_avp(c, a, avp, &other, depth);
}

/* Step by step, and from where the order differs, if it may, each by its kind. */
static bool compare_avps(comparison *c, dia_bytes a, dia_bytes b, const dia_grammar *grammar, int depth)
{
    dia_avps x = dia_avps_in(a), y = dia_avps_in(b);
    bool in_step = true;
    while (dia_avp_next(&x)) {
        if (in_step && dia_avp_next(&y) && same_kind(&x.avp, &y.avp)) {
            if (!compare_avp(c, a, &x.avp, &y.avp, depth))
                return false;
            continue;
        }
        in_step = false;
        if (!c->options->any_order)
            return misplaced(c, a, b, &x.avp, true);
        if (!compare_anywhere(c, a, b, grammar, &x.avp, depth))
            return false;
    }
    if (in_step && dia_avp_next(&y))
        return misplaced(c, a, b, &y.avp, false);
    if (!in_step && !compare_missing(c, a, b))
        return false;
    while (dia_avp_next(&y))
        ;
    return compare_rest(c, &x, &y);
}

/* ---- Messages ---- */

static bool compare_headers(const comparison *c, const dia_header *a, const dia_header *b)
{
    const dia_compare_options *o = c->options;
    return differ_in_number(c, "version", a->version, b->version) &&
           differ_in_flags(c, "flags", "RPET", a->flags, b->flags) &&
           differ_in_number(c, "code", a->command, b->command) &&
           differ_in_number(c, "application", a->application, b->application) &&
           (o->ignore_hop_by_hop || differ_in_number(c, "hop-by-hop", a->hop_by_hop, b->hop_by_hop)) &&
           (o->ignore_end_to_end || differ_in_number(c, "end-to-end", a->end_to_end, b->end_to_end));
}

int dia_dicts_compare(const dia_dicts *dicts, dia_bytes a, dia_bytes b, const dia_compare_options *options,
                      dia_difference *out)
{
    static const dia_compare_options none;
    dia_difference unused;
    dia_header ha, hb;
    if (dia_header_read(a, &ha) != 0 || dia_header_read(b, &hb) != 0)
        return DIA_EFORMAT;
    comparison c = { dicts, options ? options : &none, ha.application, out ? out : &unused, 0 };
    *c.out = (dia_difference){ .path = "" };
    if (!compare_headers(&c, &ha, &hb))
        return 1;
    const dia_command *command = dia_dicts_command(dicts, ha.application, ha.command, ha.flags & DIA_FLAG_REQUEST);
    const dia_bytes bodies[2] = { { a.p + DIA_HEADER_SIZE, a.n - DIA_HEADER_SIZE },
                                  { b.p + DIA_HEADER_SIZE, b.n - DIA_HEADER_SIZE } };
    return !compare_avps(&c, bodies[0], bodies[1], command ? command->grammar : NULL, 0);
}
