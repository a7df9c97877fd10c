/* Each rule broken in structs of every command, in the message itself and one and two groups down: nothing is sent, and the
 * caller hears why. What each level lets pass, is sent. */
#include "draw.h"
#include "harness.h"
#include "odd.h"

#include <stdio.h>

enum { DEPTH_MAX = DRAW_WAY_MAX, LISTED_MAX = 8, OCTETS_MAX = 1 << 17, ARENA_MAX = 1 << 24 };
enum {
    INVALID_AVP_VALUE = 5004,
    MISSING_AVP = 5005,
    AVP_NOT_ALLOWED = 5008,
    AVP_OCCURS_TOO_MANY_TIMES = 5009,
};

/* Where rules are broken: a sound struct, and the one inside it that is changed and changed back. */
typedef struct place {
    const dia_command *command;
    const void *message;
    const dia_grammar *grammar;
    uint8_t *at;
    const char *name;
} place;

static struct {
    uint8_t octets[OCTETS_MAX];
    dia_arena drawn;
    const dia_dicts *dicts;
    size_t n_faults;
} room;

/* ---- What is expected ---- */

static void comes_to(const place *p, dia_level level, uint32_t code)
{
    dia_fault fault = { 0 };
    const int64_t n =
        dia_encode(p->command, p->message, level, NULL, NULL, room.octets, sizeof room.octets, NULL, &fault);
    if (code ? n != DIA_ERULE : n < 0)
        fprintf(stderr, "%s in %s, level %d: %lld %s\n", p->name, p->grammar->name, level, (long long)n, fault.text);
    if (!code) {
        check(n >= DIA_HEADER_SIZE);
        return;
    }
    check_int(n, DIA_ERULE);
    check_int(fault.result_code, code);
    check(fault.text[0]);
    check(!fault.failed_avp.p);
    room.n_faults++;
    /* A buffer that is too small does not hide it. */
    check_int(dia_encode(p->command, p->message, level, NULL, NULL, NULL, 0, NULL, NULL), DIA_ERULE);
}

/* The broken struct at all levels. */
static void verdicts(const place *p, uint32_t lenient, uint32_t strict)
{
    comes_to(p, DIA_LEVEL_STRICT, strict);
    comes_to(p, DIA_LEVEL_DEFAULT, strict);
    comes_to(p, DIA_LEVEL_LENIENT, lenient);
    comes_to(p, DIA_LEVEL_OFF, 0);
}

/* ---- Members ---- */

typedef struct member {
    uint8_t *at;
    size_t size;
    uint8_t was[sizeof(dia_address) > sizeof(dia_avp_list) ? sizeof(dia_address) : sizeof(dia_avp_list)];
} member;

/* Another value in the place of a member, until undo(). */
static member set(uint8_t *at, const void *value, size_t size)
{
    member m = { .at = at, .size = size };
    memcpy(m.was, at, size);
    if (value)
        memcpy(at, value, size);
    else
        memset(at, 0, size);
    return m;
}

static void undo(const member *m)
{
    memcpy(m->at, m->was, m->size);
}

static bool is_list(const dia_field *f)
{
    return f->store >= DIA_STORE_U32S;
}

/* The member with one value more than none, which is `value`, of this field. */
static member set_value(const place *p, const dia_field *f, const void *value, size_t size)
{
    uint8_t *at = p->at + f->offset;
    const dia_avp_list one = { value, 1 }; /* all lists have its two members */
    if (is_list(f))
        return set(at, &one, sizeof one);
    if (f->store == DIA_STORE_OPT_U32) {
        dia_opt_u32 option = { .set = true };
        memcpy(&option, value, size);
        return set(at, &option, sizeof option);
    }
    if (f->store == DIA_STORE_OPT_TIME) {
        dia_opt_i64 option = { .set = true };
        memcpy(&option, value, size);
        return set(at, &option, sizeof option);
    }
    return set(at, value, size);
}

/* ---- The rules ---- */

static void required_is_missing(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        size_t size = 0;
        if (is_list(f))
            size = sizeof(dia_avp_list);
        else if (f->store == DIA_STORE_BYTES)
            size = sizeof(dia_bytes);
        else if (f->store == DIA_STORE_ADDRESS)
            size = sizeof(dia_address);
        else if (f->store == DIA_STORE_GROUP)
            size = sizeof(void *);
        if (!f->min || !size)
            continue; /* a number that is required is always there */
        const member m = set(p->at + f->offset, NULL, size);
        verdicts(p, MISSING_AVP, MISSING_AVP);
        undo(&m);
    }
}

static void one_too_many(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (!is_list(f) || f->max > LISTED_MAX)
            continue;
        dia_avp_list list;
        memcpy(&list, p->at + f->offset, sizeof list);
        const size_t size = draw_size_of_element(f);
        uint8_t *v = dia_arena_get0(&room.drawn, (f->max + 1U) * size);
        check(v != NULL);
        if (f->type == DIA_TYPE_GROUPED && list.n == 0)
            continue; /* an empty group may be wrong for another reason */
        for (size_t k = 0; k <= f->max; k++)
            if (list.n)
                memcpy(v + k * size, list.v, size);
            else if (size == sizeof(dia_bytes))
                memcpy(v + k * size, &(dia_bytes[1]){ DIA_LIT("a.example") }, size);
        const dia_avp_list longer = { (const dia_avp *)(const void *)v, f->max + 1U };
        const member m = set(p->at + f->offset, &longer, sizeof longer);
        verdicts(p, AVP_OCCURS_TOO_MANY_TIMES, AVP_OCCURS_TOO_MANY_TIMES);
        undo(&m);
    }
}

static void stranger_comes(place *p)
{
    const dia_grammar *g = p->grammar;
    dia_avp strangers[LISTED_MAX + 1];
    for (size_t i = 0; i <= LISTED_MAX; i++)
        strangers[i] = (dia_avp){ .code = 16000000, .data = DIA_LIT("abc") };
    const size_t n = g->any_max <= LISTED_MAX ? g->any_max + 1U : 1;
    const dia_avp_list others = { strangers, n };
    const uint32_t code = g->any_max == 0 ? AVP_NOT_ALLOWED : g->any_max <= LISTED_MAX ? AVP_OCCURS_TOO_MANY_TIMES : 0;
    member m = set(p->at + g->others, &others, sizeof others);
    verdicts(p, code, code);
    undo(&m);
    if (g->any_min) {
        m = set(p->at + g->others, NULL, sizeof others);
        verdicts(p, MISSING_AVP, MISSING_AVP);
        undo(&m);
    }
}

static void value_is_wrong(place *p)
{
    static const struct {
        uint8_t type;
        bool strict; /* refused by strictness alone */
        dia_bytes value;
    } wrongs[] = {
        { DIA_TYPE_UTF8_STRING, false, DIA_LIT("\x80") },
        { DIA_TYPE_UTF8_STRING, false, DIA_LIT("12345678\xc0\x80") },
        { DIA_TYPE_IDENTITY, false, DIA_LIT("") },
        { DIA_TYPE_IDENTITY, false, DIA_LIT("a b") },
        { DIA_TYPE_IDENTITY, true, DIA_LIT("a..b") },
        { DIA_TYPE_URI, false, DIA_LIT("example.com") },
        { DIA_TYPE_IP_FILTER_RULE, true, DIA_LIT("permit") },
        { DIA_TYPE_QOS_FILTER_RULE, true, DIA_LIT("tag") },
    };
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->max == 0 || f->min > 1)
            continue;
        for (size_t k = 0; k < sizeof wrongs / sizeof *wrongs; k++) {
            if (wrongs[k].type != f->type)
                continue;
            const member m = set_value(p, f, &wrongs[k].value, sizeof wrongs[k].value);
            verdicts(p, wrongs[k].strict ? 0 : INVALID_AVP_VALUE, INVALID_AVP_VALUE);
            undo(&m);
        }
        if (f->type == DIA_TYPE_ADDRESS) {
            const dia_address wrong = { DIA_FAMILY_IPV4, DIA_LIT("12345") };
            const member m = set_value(p, f, &wrong, sizeof wrong);
            verdicts(p, INVALID_AVP_VALUE, INVALID_AVP_VALUE);
            undo(&m);
        }
        /* RFC 6733, 4.3.1: what an application does not know yet it may say all the same. */
        if (f->type == DIA_TYPE_ENUMERATED) {
            const int32_t value = -77777;
            const member m = set_value(p, f, &value, sizeof value);
            verdicts(p, 0, 0);
            undo(&m);
        }
    }
}

/* There are no octets for such a time, so that no level sends it. */
static void time_is_beyond_all_eras(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->type != DIA_TYPE_TIME || f->max == 0 || f->min > 1)
            continue;
        const int64_t value = INT64_C(4294967296) * 2;
        const member m = set_value(p, f, &value, sizeof value);
        comes_to(p, DIA_LEVEL_STRICT, INVALID_AVP_VALUE);
        comes_to(p, DIA_LEVEL_LENIENT, INVALID_AVP_VALUE);
        check_int(dia_encode(p->command, p->message, DIA_LEVEL_OFF, NULL, NULL, NULL, 0, NULL, NULL), DIA_ERANGE);
        undo(&m);
    }
}

/* ---- Places ---- */

static const struct {
    const char *name;
    void (*breaks)(place *p);
} rules[] = {
    { "required is missing", required_is_missing }, /* B3.2-02 */
    { "one too many", one_too_many },               /* B3.2-03 */
    { "stranger comes", stranger_comes },
    { "value is wrong", value_is_wrong },
    { "time is beyond all eras", time_is_beyond_all_eras },
};

/* The struct of the first group of this field. */
static uint8_t *inside(uint8_t *at, const dia_field *f)
{
    void *group; /* a list begins with the pointer to its elements */
    memcpy(&group, at + f->offset, sizeof group);
    return group;
}

static const dia_field *choose_group(const dia_grammar *grammar, uint64_t seed, bool with_group)
{
    for (size_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *f = &grammar->fields[(i + seed) % grammar->n_fields];
        if (f->type != DIA_TYPE_GROUPED || f->max == 0)
            continue;
        if (!with_group || choose_group(f->avp->group, seed, false))
            return f;
    }
    return NULL;
}

static void break_everything(const dia_command *command, size_t depth, const char *what)
{
    char name[160];
    snprintf(name, sizeof name, "%s %s %s, %zu groups down", command->dict->stem, what, command->name, depth);
    draw_wish wish = { .seed = draw_seed(name, 0), .n_way = depth };
    place p = { .command = command, .grammar = command->grammar };
    for (size_t i = 0; i < depth; i++) {
        wish.way[i] = choose_group(p.grammar, wish.seed % 1000, i + 1 < depth);
        if (!wish.way[i])
            return;
        p.grammar = wish.way[i]->avp->group;
    }
    harness_row(name);
    dia_arena_reset(&room.drawn);
    draw d;
    draw_begin(&d, command->dict, &wish, &room.drawn);
    p.message = p.at = draw_struct(&d, command->grammar);
    check(p.at != NULL);
    for (size_t i = 0; i < depth; i++)
        p.at = inside(p.at, wish.way[i]);
    verdicts(&p, 0, 0);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        p.name = rules[i].name;
        rules[i].breaks(&p);
    }
    verdicts(&p, 0, 0);
    harness_row(NULL);
}

static void no_struct_that_breaks_a_rule_is_sent(void)
{
    room.dicts = odd_dicts();
    dia_arena_init(&room.drawn, NULL, 0, ARENA_MAX, NULL);
    for (size_t i = 0; i < room.dicts->n; i++) {
        const dia_dict *dict = room.dicts->v[i];
        for (size_t depth = 0; depth <= DEPTH_MAX; depth++) {
            for (uint32_t k = 0; k < dict->n_commands; k++)
                break_everything(&dict->commands[k], depth, "command");
            if (dict->answer_message)
                break_everything(dict->answer_message, depth, "command");
        }
        for (uint32_t k = 0; k < dict->n_local; k++) {
            if (dict->avps[k]->type != DIA_TYPE_GROUPED)
                continue;
            const dia_command command = draw_command_of(dict, dict->avps[k]->group);
            break_everything(&command, 0, "group");
        }
    }
    check(room.n_faults > 0);
    dia_arena_done(&room.drawn);
    odd_done();
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "no_struct_that_breaks_a_rule_is_sent", no_struct_that_breaks_a_rule_is_sent },
    };
    return HARNESS_RUN("proof/unsent", tests);
}
