/* Octets -> struct: one walk over the AVPs that reads, counts and checks (RFC 6733, 3.2, 4 and 7.1.5). */
#include "dict/codec.h"
#include "dict/dict.h"
#include "dict/fault.h"
#include "dict/value.h"

enum { FAILED_AVP = 279 };

typedef struct decoder {
    dia_arena *arena;
    const dia_dict *dict;
    dia_fault *fault;
} decoder;

/* One body on its way into its struct. */
typedef struct body {
    dia_trail at;
    decoder *all;
    uint8_t *to;
    const uint8_t *end; /* of the octets */
} body;

/* All lists of structs look like this. */
typedef struct list {
    const void *v;
    size_t n;
} list;

typedef enum verdict { FINE, BAD_LENGTH, BAD_VALUE, NOT_ALLOWED, TOO_MANY, TOO_DEEP, NO_MEMORY } verdict;

static void decode_body(const body *b, const uint8_t *avps);

/* ---- Memory ---- */

/* dia_arena_get() with the usual case inline. */
static inline void *get(dia_arena *arena, size_t n)
{
    const size_t rounded = (n + 7) & ~(size_t)7;
    if (rounded > (size_t)(arena->end - arena->next))
        return dia_arena_get(arena, n);
    void *p = arena->next;
    arena->next += rounded;
    return p;
}

/* Moves a full list to twice the room. */
__attribute__((noinline)) static void *move(dia_arena *arena, const void *old, size_t n, size_t size)
{
    if (n > SIZE_MAX / 2 / UINT16_MAX) {
        arena->err = DIA_ESPACE;
        return NULL;
    }
    void *v = get(arena, 2 * n * size);
    return v ? memcpy(v, old, n * size) : NULL;
}

/* Appends an element, not cleared, to the list at `at`. Its capacity follows from its length: `start`, doubled whenever
 * it is reached. NULL when the arena is used up. */
static void *append(dia_arena *arena, uint8_t *at, size_t size)
{
    list l;
    memcpy(&l, at, sizeof l);
    const size_t start = size > 64 ? 1 : 4;
    void *v = (void *)(uintptr_t)l.v;
    if (l.n == 0)
        v = get(arena, start * size);
    else if ((l.n & (l.n - 1)) == 0 && l.n >= start)
        v = move(arena, v, l.n, size);
    if (!v)
        return NULL;
    l.v = v;
    l.n++;
    memcpy(at, &l, sizeof l);
    return (uint8_t *)v + (l.n - 1) * size;
}

static size_t list_length(const uint8_t *at)
{
    list l;
    memcpy(&l, at, sizeof l);
    return l.n;
}

static void keep(const body *b, const dia_avp *avp)
{
    dia_avp *to = append(b->all->arena, b->to + b->at.grammar->others, sizeof *avp);
    if (to)
        *to = *avp;
}

/* ---- Complaints: the rare way ---- */

/* The AVP at `p` once more: the usual way keeps only what it needs of one. */
static dia_avp avp_at(const body *b, const uint8_t *p)
{
    dia_avps it = { .at = p, .end = b->end };
    dia_avp_next(&it);
    return it.avp;
}

static const char *type_name(const dia_field *f)
{
    return dia_type_name((dia_type)f->type);
}

__attribute__((cold, noinline)) static void complain(const body *b, const dia_field *f, verdict wrong, const uint8_t *p)
{
    const dia_avp avp = avp_at(b, p);
    dia_fault *fault = b->all->fault;
    dia_arena *arena = b->all->arena;
    const char *name = f->avp->name;
    const size_t least = dia_type_least(f->type);
    /* Nothing that could be read is lost. */
    if (wrong == TOO_MANY || wrong == NOT_ALLOWED)
        keep(b, &avp);
    if (b->at.level == DIA_LEVEL_OFF)
        return;
    switch (wrong) {
    case BAD_LENGTH:
        dia_fault_length(fault, arena, &b->at, avp.octets, least, "%s has %zu octets, wants %zu", name, avp.data.n,
                         least);
        break;
    case BAD_VALUE:
        dia_fault_avp(fault, arena, &b->at, INVALID_AVP_VALUE, avp.octets, "%s is no sound %s", name, type_name(f));
        break;
    case NOT_ALLOWED:
        dia_fault_avp(fault, arena, &b->at, AVP_NOT_ALLOWED, avp.octets, "%s is not allowed in %s", name,
                      b->at.grammar->name);
        break;
    case TOO_MANY:
        dia_fault_avp(fault, arena, &b->at, AVP_OCCURS_TOO_MANY_TIMES, avp.octets,
                      f->max == 1 ? "%s occurs more than once" : "%s occurs more than %u times", name, f->max);
        break;
    case TOO_DEEP: dia_fault_depth(fault, arena, &b->at, avp.octets); break;
    default: break;
    }
}

/* An AVP that the grammar does not name (RFC 6733, 4.1: the M bit). */
__attribute__((noinline)) static void take_stranger(const body *b, const uint8_t *p)
{
    const dia_avp avp = avp_at(b, p);
    const dia_grammar *grammar = b->at.grammar;
    dia_fault *fault = b->all->fault;
    dia_arena *arena = b->all->arena;
    const size_t n = list_length(b->to + grammar->others);
    keep(b, &avp);
    if (b->at.level == DIA_LEVEL_OFF)
        return;
    const bool must = avp.flags & DIA_AVP_M && b->at.heed_m;
    if (must && (!grammar->any_max || !dia_dict_avp(b->all->dict, avp.code, avp.vendor)))
        dia_fault_avp(fault, arena, &b->at, AVP_UNSUPPORTED, avp.octets,
                      "AVP %u of vendor %u has the M bit and is not supported in %s", avp.code, avp.vendor,
                      grammar->name);
    else if (!grammar->any_max)
        dia_fault_avp(fault, arena, &b->at, AVP_NOT_ALLOWED, avp.octets, "AVP %u of vendor %u is not allowed in %s",
                      avp.code, avp.vendor, grammar->name);
    else if (grammar->any_max != DIA_MANY && n >= grammar->any_max)
        dia_fault_avp(fault, arena, &b->at, AVP_OCCURS_TOO_MANY_TIMES, avp.octets, "more than %u other AVPs in %s",
                      grammar->any_max, grammar->name);
}

/* The walk ended in the middle: an AVP Length that cannot be, or a header that is cut off. */
__attribute__((cold, noinline)) static void end_malformed(const body *b, const uint8_t *where)
{
    if (b->at.level == DIA_LEVEL_OFF)
        return;
    const dia_bytes rest = { where, (size_t)(b->end - where) };
    const size_t head = rest.n > 4 && where[4] & DIA_AVP_V ? 12 : 8;
    if (rest.n < head) {
        dia_fault_length(b->all->fault, b->all->arena, &b->at, rest, 0, "the last AVP of %s is cut off",
                         b->at.grammar->name);
        return;
    }
    const uint32_t code = dia_load32(where);
    const uint32_t vendor = head == 12 ? dia_load32(where + 8) : 0;
    const dia_field *f = dia_grammar_field(b->at.grammar, code, vendor);
    const dia_avp_def *avp = f ? f->avp : dia_dict_avp(b->all->dict, code, vendor);
    dia_fault_length(b->all->fault, b->all->arena, &b->at, rest, avp ? dia_type_least(avp->type) : 0,
                     "AVP %u of vendor %u in %s has AVP Length %u, %zu octets are there", code, vendor,
                     b->at.grammar->name, dia_load24(where + 5), rest.n);
}

/* ---- Values ---- */

static inline verdict take_u32(uint8_t *to, dia_bytes data)
{
    if (data.n != 4)
        return BAD_LENGTH;
    const uint32_t v = dia_load32(data.p);
    memcpy(to, &v, sizeof v);
    return FINE;
}

static inline verdict take_u64(uint8_t *to, dia_bytes data)
{
    if (data.n != 8)
        return BAD_LENGTH;
    const uint64_t v = dia_load64(data.p);
    memcpy(to, &v, sizeof v);
    return FINE;
}

static inline verdict take_time(uint8_t *to, dia_bytes data)
{
    if (data.n != 4)
        return BAD_LENGTH;
    const int64_t v = dia_time_of_wire(dia_load32(data.p));
    memcpy(to, &v, sizeof v);
    return FINE;
}

__attribute__((noinline)) static verdict check_text(uint8_t type, dia_bytes text, dia_level level)
{
    return dia_value_fits(type, text, level) ? FINE : BAD_VALUE;
}

static inline verdict take_bytes(const dia_trail *in, const dia_field *f, uint8_t *to, dia_bytes data)
{
    memcpy(to, &data, sizeof data);
    if (f->type == DIA_TYPE_OCTET_STRING || in->level == DIA_LEVEL_OFF)
        return FINE;
    return check_text(f->type, data, (dia_level)in->level);
}

static inline verdict take_address(const dia_trail *in, uint8_t *to, dia_bytes data)
{
    if (data.n < 2)
        return BAD_LENGTH;
    const dia_address v = { dia_load16(data.p), { data.p + 2, data.n - 2 } };
    memcpy(to, &v, sizeof v);
    return in->level == DIA_LEVEL_OFF || dia_address_fits(v.family, v.value.n) ? FINE : BAD_VALUE;
}

/* `p` is the group's header, `to` its struct. */
static verdict take_group(const body *b, const dia_field *f, uint8_t *to, const uint8_t *p, dia_bytes data)
{
    const dia_grammar *grammar = f->avp->group;
    const bool quiet = f->code == FAILED_AVP && f->vendor == 0;
    const body inner = {
        .at = {
            .out = &b->at,
            .header = p,
            .grammar = grammar,
            .depth = b->at.depth + 1,
            .level = quiet ? DIA_LEVEL_OFF : b->at.level,
            .heed_m = b->at.heed_m && p[4] & DIA_AVP_M,
        },
        .all = b->all,
        .to = memset(to, 0, grammar->size),
        .end = data.p + data.n,
    };
    decode_body(&inner, data.p);
    return b->all->arena->err ? NO_MEMORY : FINE;
}

/* Is a listed value? Only strictness asks. */
static bool is_listed(const dia_avp_def *avp, dia_bytes data)
{
    return !avp->n_values || dia_avp_def_value_name(avp, (int32_t)dia_load32(data.p));
}

static verdict take_coded(const body *b, const dia_field *f, const uint8_t *p, dia_bytes wire);

/* Appends a value to the list at `to`. */
static verdict take_element(const body *b, const dia_field *f, uint8_t *to, const uint8_t *p, dia_bytes data)
{
    static const struct {
        uint8_t size, least, most; /* of the element in memory; of the value on the wire: wrong otherwise */
    } shapes[DIA_STORES] = {
        [DIA_STORE_U32S] = { 4, 4, 4 },
        [DIA_STORE_U64S] = { 8, 8, 8 },
        [DIA_STORE_TIMES] = { 8, 4, 4 },
        [DIA_STORE_BYTESS] = { sizeof(dia_bytes), 0, UINT8_MAX },
        [DIA_STORE_ADDRESSES] = { sizeof(dia_address), 2, UINT8_MAX },
        [DIA_STORE_GROUPS] = { 0, 0, UINT8_MAX },
    };
    if (f->handling == DIA_STORE_CODED)
        return take_coded(b, f, p, data);
    if (f->max != DIA_MANY && list_length(to) >= f->max)
        return TOO_MANY;
    if (data.n < shapes[f->store].least || (data.n > shapes[f->store].most && shapes[f->store].most != UINT8_MAX))
        return BAD_LENGTH;
    if (f->store == DIA_STORE_GROUPS && b->at.depth == DIA_NESTING_MAX)
        return TOO_DEEP;
    const size_t size = f->store == DIA_STORE_GROUPS ? f->avp->group->size : shapes[f->store].size;
    to = append(b->all->arena, to, size);
    if (!to)
        return NO_MEMORY;
    switch ((dia_store)f->store) {
    case DIA_STORE_U32S: return take_u32(to, data);
    case DIA_STORE_U64S: return take_u64(to, data);
    case DIA_STORE_TIMES: return take_time(to, data);
    case DIA_STORE_BYTESS: return take_bytes(&b->at, f, to, data);
    case DIA_STORE_ADDRESSES: return take_address(&b->at, to, data);
    default: return take_group(b, f, to, p, data);
    }
}

/* The value of the AVP at `p` into its member. Whatever the verdict is, the member holds what was understood, until a
 * better AVP of the kind comes. */
static inline verdict take(const body *b, const dia_field *f, const uint8_t *p, dia_bytes data)
{
    uint8_t *to = b->to + f->offset;
    verdict result;
    switch ((dia_store)f->handling) {
    case DIA_STORE_NONE: return NOT_ALLOWED;
    case DIA_STORE_U32: return take_u32(to, data);
    case DIA_STORE_U64: return take_u64(to, data);
    case DIA_STORE_TIME: return take_time(to, data);
    case DIA_STORE_OPT_U32:
        result = take_u32(to, data);
        to[offsetof(dia_opt_u32, set)] = result == FINE;
        return result;
    case DIA_STORE_OPT_U64:
        result = take_u64(to, data);
        to[offsetof(dia_opt_u64, set)] = result == FINE;
        return result;
    case DIA_STORE_OPT_TIME:
        result = take_time(to, data);
        to[offsetof(dia_opt_i64, set)] = result == FINE;
        return result;
    case DIA_STORE_BYTES: return take_bytes(&b->at, f, to, data);
    case DIA_STORE_ADDRESS: return take_address(&b->at, to, data);
    case DIA_STORE_GROUP: {
        if (b->at.depth == DIA_NESTING_MAX)
            return TOO_DEEP;
        void *group = get(b->all->arena, f->avp->group->size);
        if (!group)
            return NO_MEMORY;
        memcpy(to, &group, sizeof group);
        return take_group(b, f, group, p, data);
    }
    default: return take_element(b, f, to, p, data); /* and what has a codec */
    }
}

/* An AVP as it would be without codec, in the arena. NULL: it would be too long, or the arena is used up. */
static uint8_t *uncoded(dia_arena *arena, const uint8_t *p, dia_bytes data)
{
    const size_t head = p[4] & DIA_AVP_V ? 12 : 8, n = head + data.n;
    uint8_t *avp = n <= DIA_LENGTH_MAX ? dia_arena_get0(arena, (n + 3) & ~(size_t)3) : NULL;
    if (!avp)
        return NULL;
    memcpy(avp, p, head);
    dia_store24(avp + 5, (uint32_t)n);
    if (data.n)
        memcpy(avp + head, data.p, data.n);
    return avp;
}

/* take() for an AVP with a codec: a body of its own with the AVP as it would be without one. Octets that the codec cannot
 * translate, or that are no value then, are 5004. What is wrong inside a group is not what the sender sees: Failed-AVP has
 * the AVP as it came. */
__attribute__((cold, noinline)) static verdict take_coded(const body *b, const dia_field *f, const uint8_t *p,
                                                          dia_bytes wire)
{
    static const uint16_t slots[4] = { 1, 1, 1, 1 };
    dia_field plain = *f;
    plain.handling = f->store;
    plain.min = 0;
    const dia_grammar alone = { .name = b->at.grammar->name,
                                .fields = &plain,
                                .n_fields = 1,
                                .others = b->at.grammar->others,
                                .multiplier = 1,
                                .shift = 30,
                                .slots = slots };
    body into = *b;
    into.at.grammar = &alone;
    into.end = wire.p + wire.n;
    if (!dia_codec_of(f->avp)) {
        decode_body(&into, p);
        return b->all->arena->err ? NO_MEMORY : FINE;
    }
    if (f->max > 1 && f->max != DIA_MANY && list_length(b->to + f->offset) >= f->max)
        return TOO_MANY;
    dia_bytes data;
    const int err = dia_codec_decode(f->avp, wire, b->all->arena, &data);
    const uint8_t *avp = err ? NULL : uncoded(b->all->arena, p, data);
    if (!avp)
        return b->all->arena->err ? NO_MEMORY : BAD_VALUE;
    dia_fault wrong;
    wrong.result_code = 0; /* nothing else of it is looked at without one */
    decoder all = { b->all->arena, b->all->dict, &wrong };
    into.all = &all;
    into.end = avp + dia_load24(avp + 5);
    decode_body(&into, avp);
    if (all.arena->err)
        return NO_MEMORY;
    const bool inside = f->type == DIA_TYPE_GROUPED;
    if (wrong.result_code)
        dia_fault_avp(b->all->fault, all.arena, &b->at, inside ? wrong.result_code : INVALID_AVP_VALUE,
                      avp_at(b, p).octets, "%s", wrong.text);
    return FINE;
}

/* ---- Bodies ---- */

/* A field that is wanted more often than it was seen, once: an AVP is missing, unless it is a list. */
__attribute__((noinline)) static void check_present(const body *b, const dia_field *f, bool seen)
{
    if (!seen || list_length(b->to + f->offset) < f->min)
        dia_fault_missing(b->all->fault, b->all->arena, &b->at, f->avp);
}

/* Required AVPs stand at the front of a grammar, or trail. */
static inline void check_arity(const body *b, const uint8_t *seen)
{
    const dia_grammar *grammar = b->at.grammar;
    const dia_field *fields = grammar->fields;
    const size_t n = grammar->n_fields;
    for (size_t i = 0; i < grammar->n_front; i++)
        if (fields[i].min > seen[i + 1])
            check_present(b, &fields[i], seen[i + 1]);
    for (size_t i = n - grammar->n_trailing; i < n; i++)
        if (fields[i].min > seen[i + 1])
            check_present(b, &fields[i], seen[i + 1]);
    if (grammar->any_min && list_length(b->to + grammar->others) < grammar->any_min)
        dia_fault_missing(b->all->fault, b->all->arena, &b->at, NULL);
}

/* The flags that the definition wants in place of these (RFC 6733, 4.1 and 7.1.3). Vendor 0 cannot be told from none by its
 * number. The M bit of a vendor's AVP is the sender's liberty: who understands the AVP ignores it (TS 29.272, 7.3.1: the
 * note about M below the table), and interfaces that take an AVP over set it anew. */
static uint8_t flags_wanted(const body *b, const dia_field *f, const dia_avp *avp)
{
    const dia_m_rule rule = (dia_m_rule)f->avp->m_rule;
    uint8_t flags = avp->flags & (avp->vendor ? DIA_AVP_V | DIA_AVP_M | DIA_AVP_P : DIA_AVP_M | DIA_AVP_P);
    if (b->at.heed_m && !f->vendor && rule == DIA_M_MUST)
        flags |= DIA_AVP_M;
    if (b->at.heed_m && !f->vendor && rule == DIA_M_MUST_NOT)
        flags &= (uint8_t)~DIA_AVP_M;
    return flags;
}

static void fault_flags(const body *b, const dia_field *f, const dia_avp *avp, uint8_t wanted)
{
    char have[16], want[16];
    dia_sink sink;
    dia_sink_init(&sink, have, sizeof have);
    dia_sink_flags(&sink, avp->flags, "VMP", DIA_AVP_RESERVED);
    dia_sink_end(&sink, NULL);
    dia_sink_init(&sink, want, sizeof want);
    dia_sink_flags(&sink, wanted, "VMP", 0);
    dia_sink_end(&sink, NULL);
    dia_fault_avp(b->all->fault, b->all->arena, &b->at, INVALID_AVP_BITS, avp->octets, "%s has flags %s; should be %s",
                  f->avp->name, have, want);
}

/* What only strictness asks about an AVP that was fine so far. `place` is how far the fixed AVPs in front have come;
 * n_fields when another AVP has ended them. */
__attribute__((noinline)) static void check_strictly(const body *b, const dia_field *f, const uint8_t *p, size_t *place)
{
    const dia_avp avp = avp_at(b, p);
    const size_t i = (size_t)(f - b->at.grammar->fields);
    const uint8_t flags = flags_wanted(b, f, &avp);
    if (flags != avp.flags)
        fault_flags(b, f, &avp, flags);
    if (f->type == DIA_TYPE_ENUMERATED && f->handling != DIA_STORE_CODED && !is_listed(f->avp, avp.data))
        dia_fault_avp(b->all->fault, b->all->arena, &b->at, INVALID_AVP_VALUE, avp.octets,
                      "%s has a value that is not listed: %d", f->avp->name, (int)(int32_t)dia_load32(avp.data.p));
    if (f->place != DIA_FIXED)
        *place = b->at.grammar->n_fields;
    else if (i < *place)
        dia_fault_avp(b->all->fault, b->all->arena, &b->at, INVALID_AVP_VALUE, avp.octets,
                      "%s is not at its fixed position", f->avp->name);
    else
        *place = i;
}

/* dia_grammar_field() with its first, and nearly always only, step inline. 1 + the field's index; 0: none. */
static inline size_t find(const dia_grammar *grammar, uint32_t code, uint32_t vendor)
{
    const size_t slot = grammar->slots[dia_slot(code, vendor, grammar->multiplier, grammar->shift)];
    if (!slot || (grammar->fields[slot - 1].code == code && grammar->fields[slot - 1].vendor == vendor))
        return slot;
    const dia_field *f = dia_grammar_field(grammar, code, vendor);
    return f ? (size_t)(f - grammar->fields) + 1 : 0;
}

/* dia_avp_step(), except that a current AVP is not kept at the end, so that the compiler need not either. */
static inline bool step(dia_avps *it)
{
    if (it->at == it->end)
        return false;
    if (dia_avp_cut(it))
        return true;
    dia_avps away = { .at = it->at, .end = it->end };
    const bool more = dia_avp_edge(&away);
    *it = away;
    return more;
}

static void decode_body(const body *b, const uint8_t *avps)
{
    const dia_grammar *grammar = b->at.grammar;
    const bool strict = b->at.level == DIA_LEVEL_STRICT;
    size_t place = 0;
    uint8_t seen[grammar->n_fields + 1]; /* by what find() gives */
    memset(seen, 0, sizeof seen);

    dia_avps it = { .at = avps, .end = b->end };
    while (step(&it)) {
        const uint8_t *p = it.avp.octets.p;
        const size_t found = find(grammar, it.avp.code, it.avp.vendor);
        if (!found) {
            take_stranger(b, p);
            place = grammar->n_fields;
            if (b->all->arena->err)
                return;
            continue;
        }
        const dia_field *f = &grammar->fields[found - 1];
        const verdict result = seen[found] && f->max == 1 ? TOO_MANY : take(b, f, p, it.avp.data);
        if (result != FINE) {
            complain(b, f, result, p);
            if (b->all->arena->err)
                return;
            continue;
        }
        seen[found] = 1;
        if (strict)
            check_strictly(b, f, p, &place);
    }

    if (it.err)
        end_malformed(b, it.where);
    if (b->at.level != DIA_LEVEL_OFF)
        check_arity(b, seen);
}

int dia_decode(const dia_command *command, dia_bytes message, dia_level level, dia_arena *arena, const void **out,
               dia_fault *fault)
{
    if (command->dict->table_format != DIA_TABLE_FORMAT)
        return DIA_EVERSION;
    if (message.n < DIA_HEADER_SIZE)
        return DIA_ETRUNC;
    if (arena->err)
        return arena->err;
    dia_fault found;
    found.result_code = 0;
    const dia_grammar *grammar = command->grammar;
    decoder all = { arena, command->dict, &found };
    void *to = dia_arena_get0(arena, grammar->size);
    const body b = {
        .at = {
            .grammar = grammar,
            .level = (uint8_t)(level == DIA_LEVEL_DEFAULT ? DIA_LEVEL_LENIENT : level),
            .heed_m = true,
        },
        .all = &all,
        .to = to,
        .end = message.p + message.n,
    };
    if (to)
        decode_body(&b, message.p + DIA_HEADER_SIZE);
    if (arena->err)
        return arena->err;
    if (out)
        *out = to;
    if (found.result_code == 0)
        return 0;
    if (fault)
        *fault = found;
    return DIA_ERULE;
}
