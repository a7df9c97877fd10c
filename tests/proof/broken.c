/* Each rule broken in every command of every dictionary, in the message itself and one and two groups down: the fault has
 * the right Result-Code, and its Failed-AVP holds the one bad AVP inside the headers of its groups (RFC 6733, 7.1.5 and
 * 7.5). What each level lets pass, passes. */
#include "draw.h"
#include "edit.h"
#include "harness.h"
#include "odd.h"
#include "wire/wire.h"

#include <stdio.h>

enum {
    FAILED_AVP = 279,
    NOBODY = 99999, /* an enterprise number of which no dictionary has AVPs */
    FAILED_MAX = 1 << 16,
    LISTED_MAX = 8, /* a bound above is not exceeded here */
    WAYS = 4,       /* into groups, of each command */
    ARENA_MAX = 1 << 24
};

enum {
    INVALID_AVP_BITS = 3009,
    AVP_UNSUPPORTED = 5001,
    INVALID_AVP_VALUE = 5004,
    MISSING_AVP = 5005,
    AVP_NOT_ALLOWED = 5008,
    AVP_OCCURS_TOO_MANY_TIMES = 5009,
    INVALID_AVP_LENGTH = 5014
};

/* Where rules are broken: a sound message, and the body that is looked at. */
typedef struct place {
    const dia_command *command;
    const dia_grammar *grammar; /* of the body */
    draw d;                     /* draws AVPs that are put in */
    const char *name;
    uint64_t seed;
} place;

static struct {
    edit sound, broken;
    uint8_t first[EDIT_OCTETS_MAX], want[FAILED_MAX];
    dia_arena drawn, decoded;
    const dia_dicts *dicts;
    size_t n_faults; /* expected, and seen */
} room;

/* ---- What is expected ---- */

static void comes_to(const place *p, dia_level level, uint32_t code, dia_bytes failed)
{
    dia_fault fault = { 0 };
    const void *out = NULL;
    dia_arena_reset(&room.decoded);
    const int err = dia_decode(p->command, edit_message(&room.broken), level, &room.decoded, &out, &fault);
    if (code ? fault.result_code != code : err != 0)
        fprintf(stderr, "%s in %s, level %d: %u %s\n", p->name, p->grammar->name, level, fault.result_code, fault.text);
    check_int(fault.result_code, code);
    check_int(err, code ? DIA_ERULE : 0);
    check(out != NULL);
    if (!code)
        return;
    room.n_faults++;
    check(fault.text[0]);
    const dia_bytes want = { room.want, edit_wrap(&room.broken, failed, room.want) };
    check_bytes(fault.failed_avp, want);
}

/* The broken message at all levels. `failed` is the AVP alone; its groups are those of the place. */
static void verdicts(const place *p, uint32_t lenient, uint32_t strict, dia_bytes failed)
{
    comes_to(p, DIA_LEVEL_LENIENT, lenient, failed);
    comes_to(p, DIA_LEVEL_DEFAULT, lenient, failed);
    comes_to(p, DIA_LEVEL_STRICT, strict, failed);
    comes_to(p, DIA_LEVEL_OFF, 0, failed);
}

static void restore(void)
{
    edit_copy(&room.broken, &room.sound);
}

/* ---- AVPs ---- */

static size_t least_of(uint8_t type)
{
    switch ((dia_type)type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED:
    case DIA_TYPE_TIME: return 4;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: return 8;
    case DIA_TYPE_ADDRESS: return 2;
    default: return 0;
    }
}

static dia_bytes kept(place *p, const uint8_t *octets, size_t n)
{
    return dia_arena_copy(p->d.arena, (dia_bytes){ octets, n });
}

/* An AVP whose header announces `length` octets, whatever its value has. */
static dia_bytes avp_of(place *p, const dia_avp_def *avp, uint8_t flags, size_t length, dia_bytes value)
{
    uint8_t octets[64] = { 0 };
    const size_t head = flags & DIA_AVP_V ? 12 : 8;
    dia_store32(octets, avp->code);
    octets[4] = flags;
    dia_store24(octets + 5, (uint32_t)length);
    if (flags & DIA_AVP_V)
        dia_store32(octets + 8, avp->vendor);
    if (value.n)
        memcpy(octets + head, value.p, value.n);
    return kept(p, octets, (head + value.n + 3) & ~(size_t)3);
}

static dia_bytes avp_with(place *p, const dia_avp_def *avp, const void *value, size_t n)
{
    const size_t head = avp->flags & DIA_AVP_V ? 12 : 8;
    return avp_of(p, avp, avp->flags, head + n, (dia_bytes){ value, n });
}

static dia_bytes zeros_of(place *p, const dia_avp_def *avp, size_t n)
{
    static const uint8_t zeros[16];
    return avp_with(p, avp, zeros, n);
}

/* RFC 6733, 7.1.5 about 5005: the minimum length that its type allows, filled with zeros; groups with what they require. */
static size_t write_minimum(const dia_avp_def *avp, uint8_t *to)
{
    const size_t head = avp->flags & DIA_AVP_V ? 12 : 8;
    memset(to, 0, head + 8);
    dia_store32(to, avp->code);
    to[4] = avp->flags;
    if (avp->flags & DIA_AVP_V)
        dia_store32(to + 8, avp->vendor);
    size_t n = head + least_of(avp->type);
    for (size_t i = 0; avp->type == DIA_TYPE_GROUPED && i < avp->group->n_fields; i++)
        for (unsigned k = 0; k < avp->group->fields[i].min; k++)
            n += write_minimum(avp->group->fields[i].avp, to + n);
    dia_store24(to + 5, (uint32_t)n);
    return (n + 3) & ~(size_t)3;
}

static dia_bytes minimum_of(place *p, const dia_avp_def *avp)
{
    static uint8_t octets[FAILED_MAX];
    return kept(p, octets, write_minimum(avp, octets));
}

/* Where one more AVP of this field goes so that none loses its position: behind the last of them, or behind all that the
 * grammar has in front of them. An empty view. */
static dia_bytes room_for(const place *p, const dia_field *f)
{
    const dia_bytes body = edit_body(&room.broken);
    dia_bytes at = { body.p, 0 };
    dia_avps it = dia_avps_in(body);
    while (dia_avp_next(&it)) {
        const dia_field *other = dia_grammar_field(p->grammar, it.avp.code, it.avp.vendor);
        if (other && other <= f)
            at.p = it.avp.octets.p + it.avp.octets.n;
    }
    return at;
}

static void put_more(const place *p, const dia_field *f, dia_bytes octets)
{
    edit_replace(&room.broken, room_for(p, f), octets);
}

/* In the place of the first AVP of this field, if there is one. */
static void put_instead(const place *p, const dia_field *f, dia_bytes octets)
{
    const dia_bytes old = edit_avp(&room.broken, f->code, f->vendor, 0);
    edit_replace(&room.broken, old.p ? old : room_for(p, f), octets);
}

/* ---- The rules ---- */

static void required_is_missing(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (!f->min)
            continue;
        restore();
        dia_bytes one;
        while ((one = edit_avp(&room.broken, f->code, f->vendor, f->min - 1U)).p)
            edit_replace(&room.broken, one, (dia_bytes){ NULL, 0 });
        verdicts(p, MISSING_AVP, MISSING_AVP, minimum_of(p, f->avp));
    }
}

static void one_too_many(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->max == 0 || f->max > LISTED_MAX)
            continue;
        restore();
        while (!edit_avp(&room.broken, f->code, f->vendor, f->max).p)
            put_more(p, f, draw_avp(&p->d, f->avp, f->avp->flags));
        const dia_bytes excess = edit_avp(&room.broken, f->code, f->vendor, f->max);
        verdicts(p, AVP_OCCURS_TOO_MANY_TIMES, AVP_OCCURS_TOO_MANY_TIMES, kept(p, excess.p, excess.n));
    }
}

static void forbidden_occurs(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->max != 0)
            continue;
        restore();
        const dia_bytes avp = draw_avp(&p->d, f->avp, f->avp->flags);
        edit_append(&room.broken, avp);
        verdicts(p, AVP_NOT_ALLOWED, AVP_NOT_ALLOWED, avp);
    }
}

/* An AVP of the dictionary that the grammar does not name; NULL: all stand in it. */
static const dia_avp_def *known_elsewhere(const place *p)
{
    const dia_dict *dict = p->command->dict;
    for (uint32_t i = 0; i < dict->n_avps; i++) {
        const dia_avp_def *avp = dict->avps[(i + p->seed) % dict->n_avps];
        if (avp->type != DIA_TYPE_GROUPED && !dia_grammar_field(p->grammar, avp->code, avp->vendor))
            return avp;
    }
    return NULL;
}

static void stranger_comes(place *p)
{
    const dia_grammar *g = p->grammar;
    const bool heeded = edit_heeds_m(&room.sound);
    const uint32_t plain = g->any_max ? 0 : AVP_NOT_ALLOWED;
    const uint32_t must = heeded ? AVP_UNSUPPORTED : plain;

    dia_bytes avp = draw_stranger(&p->d, false);
    restore();
    edit_append(&room.broken, avp);
    verdicts(p, plain, plain, avp);

    avp = draw_stranger(&p->d, true);
    restore();
    edit_append(&room.broken, avp);
    verdicts(p, must, must, avp);

    /* Known, but not here: where the grammar is open it may come, also with M. */
    const dia_avp_def *known = known_elsewhere(p);
    if (!known)
        return;
    avp = draw_avp(&p->d, known, DIA_AVP_M);
    restore();
    edit_append(&room.broken, avp);
    verdicts(p, g->any_max ? 0 : must, g->any_max ? 0 : must, avp);
}

static void too_many_strangers(place *p)
{
    const dia_grammar *g = p->grammar;
    if (g->any_max == 0 || g->any_max > LISTED_MAX)
        return;
    restore();
    dia_bytes avp = { NULL, 0 };
    for (size_t i = g->any_min; i <= g->any_max; i++) {
        avp = draw_stranger(&p->d, false);
        edit_append(&room.broken, avp);
    }
    verdicts(p, AVP_OCCURS_TOO_MANY_TIMES, AVP_OCCURS_TOO_MANY_TIMES, avp);
}

/* The next field of a type that this walk has not had yet. */
static const dia_field *next_type(const place *p, size_t *i, uint32_t *had)
{
    while (*i < p->grammar->n_fields) {
        const dia_field *f = &p->grammar->fields[((*i)++ + p->seed) % p->grammar->n_fields];
        if (f->max == 0 || *had & 1U << f->type)
            continue;
        *had |= 1U << f->type;
        return f;
    }
    return NULL;
}

static void length_does_not_fit(place *p)
{
    size_t i = 0;
    uint32_t had = 0;
    for (const dia_field *f; (f = next_type(p, &i, &had)) != NULL;) {
        const size_t least = least_of(f->type);
        const dia_bytes want = zeros_of(p, f->avp, least);
        if (least) {
            restore();
            put_instead(p, f, zeros_of(p, f->avp, least - 1));
            verdicts(p, INVALID_AVP_LENGTH, INVALID_AVP_LENGTH, want);
        }
        if (least > 2) {
            restore();
            put_instead(p, f, zeros_of(p, f->avp, least + 1));
            verdicts(p, INVALID_AVP_LENGTH, INVALID_AVP_LENGTH, want);
        }
    }
}

/* RFC 6733, 7.1.5 about 5014: AVP Length below the header's or beyond the end, or no whole header. */
static void avp_is_malformed(place *p)
{
    static const size_t lengths[] = { 0, 4, 7, 1000, 0xffffff };
    size_t i = 0;
    uint32_t had = 0;
    for (const dia_field *f; (f = next_type(p, &i, &had)) != NULL;) {
        const dia_bytes want = zeros_of(p, f->avp, least_of(f->type));
        const dia_bytes value = DIA_LIT("\1\2\3\4");
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            restore();
            edit_append(&room.broken, avp_of(p, f->avp, f->avp->flags, lengths[k], value));
            verdicts(p, INVALID_AVP_LENGTH, INVALID_AVP_LENGTH, want);
        }
        restore();
        edit_append(&room.broken, (dia_bytes){ want.p, 4 });
        const uint8_t cut[8] = { want.p[0], want.p[1], want.p[2], want.p[3], 0, 0, 0, 8 };
        verdicts(p, INVALID_AVP_LENGTH, INVALID_AVP_LENGTH, kept(p, cut, sizeof cut));
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
        { DIA_TYPE_UTF8_STRING, false, DIA_LIT("\xed\xa0\x80") },
        { DIA_TYPE_IDENTITY, false, DIA_LIT("") },
        { DIA_TYPE_IDENTITY, false, DIA_LIT("a b") },
        { DIA_TYPE_IDENTITY, true, DIA_LIT("a..b") },
        { DIA_TYPE_URI, false, DIA_LIT("example.com") },
        { DIA_TYPE_IP_FILTER_RULE, true, DIA_LIT("permit") },
        { DIA_TYPE_QOS_FILTER_RULE, true, DIA_LIT("tag") },
        { DIA_TYPE_ADDRESS, false, DIA_LIT("\0\1\1\2\3\4\5") },
        { DIA_TYPE_ADDRESS, false, DIA_LIT("\0\2\1\2\3\4") },
    };
    size_t i = 0;
    uint32_t had = 0;
    for (const dia_field *f; (f = next_type(p, &i, &had)) != NULL;)
        for (size_t k = 0; k < sizeof wrongs / sizeof *wrongs; k++) {
            if (wrongs[k].type != f->type)
                continue;
            restore();
            const dia_bytes avp = avp_with(p, f->avp, wrongs[k].value.p, wrongs[k].value.n);
            put_instead(p, f, avp);
            verdicts(p, wrongs[k].strict ? 0 : INVALID_AVP_VALUE, INVALID_AVP_VALUE, avp);
        }
}

static void value_is_not_listed(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->max == 0 || f->type != DIA_TYPE_ENUMERATED)
            continue;
        int32_t value = -77777;
        while (dia_avp_def_value_name(f->avp, value))
            value--;
        uint8_t octets[4];
        dia_store32(octets, (uint32_t)value);
        const dia_bytes avp = avp_with(p, f->avp, octets, sizeof octets);
        restore();
        put_instead(p, f, avp);
        verdicts(p, 0, f->avp->n_values ? INVALID_AVP_VALUE : 0, avp);
    }
}

static void fixed_is_out_of_position(place *p)
{
    for (size_t i = 0; i < p->grammar->n_fixed; i++) {
        const dia_field *f = &p->grammar->fields[i];
        restore();
        const dia_bytes there = edit_avp(&room.broken, f->code, f->vendor, 0), body = edit_body(&room.broken);
        if (!there.p || there.p + there.n == body.p + body.n)
            continue;
        const dia_bytes avp = kept(p, there.p, there.n);
        edit_replace(&room.broken, there, (dia_bytes){ NULL, 0 });
        edit_append(&room.broken, avp);
        verdicts(p, 0, INVALID_AVP_VALUE, avp);
    }
}

/* Flags against the definition (RFC 6733, 7.1.3 about 3009). The M bits in a group without one do not count (4.4), nor do
 * those of a vendor's AVPs. */
static void flags_contradict(place *p)
{
    const bool heeded = edit_heeds_m(&room.sound);
    for (size_t i = 0; i < p->grammar->n_fields; i++) {
        const dia_field *f = &p->grammar->fields[i];
        if (f->max == 0 || f->type == DIA_TYPE_GROUPED)
            continue;
        const dia_m_rule rule = (dia_m_rule)f->avp->m_rule;
        const uint8_t m = rule == DIA_M_MUST || rule == DIA_M_MUST_NOT ? DIA_AVP_M : 0;
        const uint8_t wrongs[] = { m, 0x01, 0x10 };
        const dia_bytes sound = draw_avp(&p->d, f->avp, f->avp->flags);
        for (size_t k = 0; k < sizeof wrongs; k++) {
            uint8_t octets[1024];
            memcpy(octets, sound.p, sound.n);
            octets[4] ^= wrongs[k];
            restore();
            put_instead(p, f, kept(p, octets, sound.n));
            const bool counts = k || (m && heeded && !f->vendor);
            verdicts(p, 0, counts ? INVALID_AVP_BITS : 0, kept(p, octets, sound.n));
        }
        if (f->vendor)
            continue;
        /* V and vendor 0 is no way to say "no vendor". */
        const dia_bytes value = { sound.p + 8, dia_load24(sound.p + 5) - 8 };
        if (value.n > 40)
            continue;
        const dia_bytes avp = avp_of(p, f->avp, f->avp->flags | DIA_AVP_V, value.n + 12, value);
        restore();
        put_instead(p, f, avp);
        verdicts(p, 0, INVALID_AVP_BITS, avp);
    }
}

/* The code of a required AVP with a vendor that has no such AVP: a stranger came, and the AVP is missing, which is said when
 * the stranger may be there. */
static void vendor_is_wrong(place *p)
{
    const dia_grammar *g = p->grammar;
    const bool heeded = edit_heeds_m(&room.sound);
    for (size_t i = 0; i < g->n_fields; i++) {
        const dia_field *f = &g->fields[i];
        if (f->min != 1 || f->max != 1)
            continue;
        dia_avp_def other = *f->avp;
        other.vendor = NOBODY;
        other.flags |= DIA_AVP_V;
        const dia_bytes avp = zeros_of(p, &other, 4);
        restore();
        edit_replace(&room.broken, edit_avp(&room.broken, f->code, f->vendor, 0), (dia_bytes){ NULL, 0 });
        edit_append(&room.broken, avp);
        const bool must = other.flags & DIA_AVP_M && heeded;
        const uint32_t code = must ? AVP_UNSUPPORTED : g->any_max ? MISSING_AVP : AVP_NOT_ALLOWED;
        verdicts(p, code, code, code == MISSING_AVP ? minimum_of(p, f->avp) : avp);
    }
}

/* What is reported is never judged (behind it stands what another node found wrong). */
static void failed_avp_holds_anything(place *p)
{
    const dia_field *f = dia_grammar_field(p->grammar, FAILED_AVP, 0);
    if (!f)
        return;
    static const dia_bytes broken[] = { DIA_LIT("\377\377\377\377"), DIA_LIT("\0\0\1\10\100\0\0\377"),
                                        DIA_LIT("\0\0\1\14\100\0\0\11\1\0\0\0") };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        restore();
        put_instead(p, f, avp_with(p, f->avp, broken[i].p, broken[i].n));
        verdicts(p, 0, 0, (dia_bytes){ NULL, 0 });
    }
}

/* ---- Places ---- */

static const struct {
    const char *name;
    void (*breaks)(place *p);
} rules[] = {
    { "required is missing", required_is_missing }, /* B7.1.5-06, -07, -08, B4.4-04 */
    { "one too many", one_too_many },               /* B7.1.5-12, B3.2-03 */
    { "forbidden occurs", forbidden_occurs },       /* B7.1.5-11, B3.2-04 */
    { "stranger comes", stranger_comes },           /* B4.1-07, B4.1-08, B4.4-03, B7.1.5-02, B3.2-05 */
    { "too many strangers", too_many_strangers },
    { "length does not fit", length_does_not_fit },           /* B4.1-12, B7.1.5-17 */
    { "AVP is malformed", avp_is_malformed },                 /* B4.1-12, B7.1.5-18, -19, -20 */
    { "value is wrong", value_is_wrong },                     /* B7.1.5-05 */
    { "value is not listed", value_is_not_listed },           /* B4.3.1-14 */
    { "fixed is out of position", fixed_is_out_of_position }, /* B3.2-01 */
    { "flags contradict", flags_contradict },                 /* B4.1-11, B7.1.3-11 */
    { "vendor is wrong", vendor_is_wrong },
    { "Failed-AVP holds anything", failed_avp_holds_anything },
};

/* A group of the grammar, another one for each seed; NULL: it has none. */
static const dia_field *choose_group(const dia_grammar *grammar, uint64_t seed, bool with_group)
{
    for (size_t i = 0; i < grammar->n_fields; i++) {
        const dia_field *f = &grammar->fields[(i + seed) % grammar->n_fields];
        if (f->type != DIA_TYPE_GROUPED || f->max == 0 || (f->code == FAILED_AVP && !f->vendor))
            continue;
        if (f->avp->group->n_fields && (!with_group || choose_group(f->avp->group, seed, false)))
            return f;
    }
    return NULL;
}

/* `depth` groups down, where the command has them. */
static void break_everything(const dia_command *command, size_t depth, uint64_t number, const char *what)
{
    char name[160];
    snprintf(name, sizeof name, "%s %s %s, %zu groups down, %u", command->dict->stem, what, command->name, depth,
             (unsigned)number);
    place p = { .command = command, .grammar = command->grammar, .seed = draw_seed(name, number) % 1000 };
    draw_wish wish = { .seed = p.seed, .n_way = depth };
    for (size_t i = 0; i < depth; i++) {
        wish.way[i] = choose_group(p.grammar, p.seed, i + 1 < depth);
        if (!wish.way[i])
            return;
        p.grammar = wish.way[i]->avp->group;
    }
    harness_row(name);
    dia_arena_reset(&room.drawn);
    draw_begin(&p.d, command->dict, &wish, &room.drawn);
    const void *drawn = draw_struct(&p.d, command->grammar);
    const int64_t n =
        dia_encode(command, drawn, DIA_LEVEL_STRICT, NULL, NULL, room.first, sizeof room.first, NULL, NULL);
    check(n > 0);
    edit_begin(&room.sound, (dia_bytes){ room.first, (size_t)n });
    for (size_t i = 0; i < depth; i++)
        check(edit_enter(&room.sound, wish.way[i]->code, wish.way[i]->vendor));
    restore();
    verdicts(&p, 0, 0, (dia_bytes){ NULL, 0 });
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        p.name = rules[i].name;
        rules[i].breaks(&p);
    }
    harness_row(NULL);
}

static void open_room(void)
{
    room.dicts = odd_dicts();
    dia_arena_init(&room.drawn, NULL, 0, ARENA_MAX, NULL);
    dia_arena_init(&room.decoded, NULL, 0, ARENA_MAX, NULL);
    room.n_faults = 0;
}

static void close_room(void)
{
    check(room.n_faults > 0);
    dia_arena_done(&room.drawn);
    odd_done();
    dia_arena_done(&room.decoded);
}

static void break_at_all_depths(const dia_command *command)
{
    break_everything(command, 0, 0, "command");
    for (size_t depth = 1; depth <= EDIT_DEPTH_MAX; depth++)
        for (uint64_t way = 0; way < WAYS; way++)
            break_everything(command, depth, way, "command");
}

static void each_rule_broken_in_every_command_is_its_fault(void)
{
    open_room();
    for (size_t i = 0; i < room.dicts->n; i++) {
        const dia_dict *dict = room.dicts->v[i];
        for (uint32_t k = 0; k < dict->n_commands; k++)
            break_at_all_depths(&dict->commands[k]);
        if (dict->answer_message)
            break_at_all_depths(dict->answer_message);
    }
    close_room();
}

static void each_rule_broken_in_every_group_is_its_fault(void)
{
    open_room();
    for (size_t i = 0; i < room.dicts->n; i++) {
        const dia_dict *dict = room.dicts->v[i];
        for (uint32_t k = 0; k < dict->n_local; k++) {
            if (dict->avps[k]->type != DIA_TYPE_GROUPED)
                continue;
            const dia_command command = draw_command_of(dict, dict->avps[k]->group);
            break_everything(&command, 0, 0, "group");
        }
    }
    close_room();
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_rule_broken_in_every_command_is_its_fault", each_rule_broken_in_every_command_is_its_fault },
        { "each_rule_broken_in_every_group_is_its_fault", each_rule_broken_in_every_group_is_its_fault },
    };
    return HARNESS_RUN("proof/broken", tests);
}
