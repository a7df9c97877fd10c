/* Random valid messages: a walk over the tables that fills members as they are laid out. */
#include "draw.h"

#include "content.h"
#include "dict/value.h"

#include <stdio.h>
#include <string.h>

enum {
    AVPS_MAX = 600,     /* a message has no optional AVPs beyond these */
    DEPTH_MAX = 8,      /* nor do groups inside so many others */
    MORE_MAX = 3,       /* occurrences beyond what must be */
    NOBODY = 32473,     /* RFC 5612: the enterprise number of documentation */
    STRANGER = 16000000 /* codes from here on are nobody's */
};

/* ---- Numbers ---- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw_u64(draw *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t draw_below(draw *d, uint32_t below)
{
    return (uint32_t)((draw_u64(d) >> 32) * below >> 32);
}

static bool draw_percent(draw *d, int percent)
{
    return (int)draw_below(d, 100) < percent;
}

uint64_t draw_seed(const char *name, uint64_t number)
{
    uint64_t hash = UINT64_C(14695981039346656037) + number * 2;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t draw_named(draw *d, const dia_avp_def *avp)
{
    return (uint64_t)avp->values[draw_below(d, avp->n_values)].value;
}

static uint32_t draw_number32(draw *d, const dia_avp_def *avp)
{
    static const uint32_t edges[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00001, 0x7f800000, 0x80000001 };
    const dia_bytes content = content_of(avp);
    if (d->wish.presentable && content.n == 4)
        return dia_load32(content.p);
    if (avp->n_values && (avp->type == DIA_TYPE_ENUMERATED || d->wish.presentable || draw_percent(d, 50)))
        return (uint32_t)draw_named(d, avp);
    if (d->wish.presentable)
        return avp->type == DIA_TYPE_FLOAT32 ? 0x3fc00000 : draw_below(d, 4);
    if (draw_percent(d, 50))
        return edges[draw_below(d, sizeof edges / sizeof *edges)];
    return (uint32_t)draw_u64(d);
}

static uint64_t draw_number64(draw *d, const dia_avp_def *avp)
{
    static const uint64_t edges[] = { 0,
                                      1,
                                      UINT64_C(1) << 63,
                                      UINT64_MAX,
                                      UINT64_C(0x7ff8000000000001),
                                      UINT64_C(0x7ff0000000000000),
                                      (UINT64_C(1) << 53) + 1 };
    if (avp->n_values && draw_percent(d, 50))
        return draw_named(d, avp);
    if (!d->wish.presentable && draw_percent(d, 50))
        return edges[draw_below(d, sizeof edges / sizeof *edges)];
    return draw_u64(d) >> (d->wish.presentable ? 12 : 0);
}

/* Seconds since 1970, of both eras of RFC 6733, 4.3.1, and their ends. */
static int64_t draw_time(draw *d)
{
    static const int64_t edges[] = { DIA_TIME_FIRST, 0, INT64_C(2085978495), INT64_C(2085978496),
                                     DIA_TIME_FIRST + INT64_C(0xffffffff) };
    if (d->wish.presentable)
        return INT64_C(1700000000) + draw_below(d, 100000000);
    if (draw_percent(d, 50))
        return edges[draw_below(d, sizeof edges / sizeof *edges)];
    return DIA_TIME_FIRST + (int64_t)(draw_u64(d) >> 32);
}

/* ---- Octets and texts ---- */

static dia_bytes draw_octets(draw *d, size_t n)
{
    uint8_t *p = dia_arena_get(d->arena, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = d->wish.presentable ? (uint8_t)(1 + draw_below(d, 255)) : (uint8_t)draw_u64(d);
    return (dia_bytes){ p, p ? n : 0 };
}

static dia_bytes join(draw *d, const char *const *words, size_t n_words, uint32_t least, uint32_t most)
{
    char text[600] = "";
    size_t n = 0;
    for (uint32_t i = least + draw_below(d, most + 1); i > 0; i--) {
        const char *word = words[draw_below(d, (uint32_t)n_words)];
        const size_t size = strlen(word);
        if (n + size > sizeof text)
            break;
        memcpy(text + n, word, size);
        n += size;
    }
    return dia_arena_copy(d->arena, (dia_bytes){ (const uint8_t *)text, n });
}

static dia_bytes draw_text(draw *d)
{
    static const char *const words[] = { "Zz9",
                                         "example.net",
                                         "12345678",
                                         "a",
                                         "-",
                                         " ",
                                         ";",
                                         "\xc3\xa4",
                                         "\xe2\x82\xac",
                                         "\xf0\x90\x8d\x88",
                                         "\xf4\x8f\xbf\xbf",
                                         "\xef\xbb\xbf",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "\t",
                                         "\x01",
                                         "\x7f",
                                         "'",
                                         "<&>",
                                         "%n",
                                         "/" };
    enum { PLAIN = 3 };
    return join(d, words, d->wish.presentable ? PLAIN : sizeof words / sizeof *words, d->wish.presentable ? 1 : 0, 12);
}

static dia_bytes draw_identity(draw *d)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    char text[256];
    size_t n = 0;
    const uint32_t labels = 1 + draw_below(d, d->wish.presentable ? 3 : 8);
    for (uint32_t i = 0; i < labels; i++) {
        if (i)
            text[n++] = '.';
        text[n++] = (char)('a' + draw_below(d, 26));
        for (uint32_t size = draw_below(d, 30); size > 0; size--)
            text[n++] = alphabet[draw_below(d, sizeof alphabet - 1)];
        text[n++] = (char)('0' + draw_below(d, 10));
    }
    return dia_arena_copy(d->arena, (dia_bytes){ (const uint8_t *)text, n });
}

#define ONE_OF(d, texts) dia_cstr((texts)[draw_below(d, sizeof(texts) / sizeof *(texts))])

static dia_bytes draw_uri(draw *d)
{
    static const char *const texts[] = { "aaa://host.example.com;transport=tcp",
                                         "aaa://host.example.com:6666;transport=sctp",
                                         "aaa://host.example.com;protocol=diameter",
                                         "aaa://host.example.com:6666;protocol=diameter",
                                         "aaa://host.example.com:1813;transport=udp;protocol=radius",
                                         "aaas://host.example.com",
                                         "aaa://[2001:db8::1]:3868;transport=sctp",
                                         "aaa://192.0.2.1" };
    return ONE_OF(d, texts);
}

static dia_bytes draw_filter(draw *d)
{
    static const char *const texts[] = { "permit out ip from any to any",
                                         "permit in 6 from 192.0.2.0/24 1024-65535 to assigned 80,443 established",
                                         "deny in 17 from !2001:db8::/32 to any 53",
                                         "permit out ip from any to assigned frag",
                                         "deny in 6 from any to 192.0.2.1 setup tcpflags syn,!ack",
                                         "permit in 1 from any to any icmptypes 0,8" };
    return ONE_OF(d, texts);
}

static dia_bytes draw_qos(draw *d)
{
    static const char *const texts[] = { "tag out ip from any to any DSCP 10",
                                         "meter in 17 from 192.0.2.0/24 to any metering 1000000 10 drop",
                                         "tag in 6 from any 80 to assigned DSCP 46" };
    return ONE_OF(d, texts);
}

static dia_bytes draw_bytes(draw *d, const dia_avp_def *avp)
{
    const dia_bytes content = content_of(avp);
    if (d->wish.presentable && content.p)
        return content;
    switch (avp->type) {
    case DIA_TYPE_UTF8_STRING: return draw_text(d);
    case DIA_TYPE_IDENTITY: return draw_identity(d);
    case DIA_TYPE_URI: return draw_uri(d);
    case DIA_TYPE_IP_FILTER_RULE: return draw_filter(d);
    case DIA_TYPE_QOS_FILTER_RULE: return draw_qos(d);
    default: return draw_octets(d, (d->wish.presentable ? 3 : 0) + (draw_percent(d, 2) ? 300 : 0) + draw_below(d, 20));
    }
}

static dia_address draw_address(draw *d)
{
    static const char e164[] = "4915112345678";
    static const uint8_t unspecified[16];
    switch (draw_below(d, d->wish.presentable ? 2 : 5)) {
    case 0: return (dia_address){ DIA_FAMILY_IPV4, draw_octets(d, 4) };
    case 1: return (dia_address){ DIA_FAMILY_IPV6, draw_octets(d, 16) };
    case 2: return (dia_address){ DIA_FAMILY_E164, { (const uint8_t *)e164, draw_below(d, sizeof e164) } };
    case 3: return (dia_address){ (uint16_t)(9 + draw_below(d, 65000)), draw_octets(d, draw_below(d, 9)) };
    default: return (dia_address){ DIA_FAMILY_IPV6, { unspecified, sizeof unspecified } };
    }
}

/* ---- AVPs as octets ---- */

/* The octets of a group's value: a message of its grammar without the header. */
static dia_bytes draw_group_data(draw *d, const dia_grammar *grammar)
{
    const draw_wish bare = { .seed = draw_u64(d), .presentable = d->wish.presentable };
    draw inner;
    draw_begin(&inner, d->dict, &bare, d->arena);
    const void *group = draw_struct(&inner, grammar);
    const dia_command command = draw_command_of(d->dict, grammar);
    size_t needed = 0;
    if (!group || dia_encode(&command, group, DIA_LEVEL_OFF, NULL, NULL, NULL, 0, &needed, NULL) != DIA_ESPACE)
        return (dia_bytes){ NULL, 0 };
    uint8_t *p = dia_arena_get(d->arena, needed);
    if (!p || dia_encode(&command, group, DIA_LEVEL_OFF, NULL, NULL, p, needed, NULL, NULL) < 0)
        return (dia_bytes){ NULL, 0 };
    return (dia_bytes){ p + DIA_HEADER_SIZE, needed - DIA_HEADER_SIZE };
}

static void put_value(draw *d, dia_builder *b, const dia_avp_def *avp, uint8_t flags)
{
    uint8_t octets[32];
    switch ((dia_type)avp->type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED: dia_put_u32(b, avp->code, avp->vendor, flags, draw_number32(d, avp)); break;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: dia_put_u64(b, avp->code, avp->vendor, flags, draw_number64(d, avp)); break;
    case DIA_TYPE_TIME: dia_put_u32(b, avp->code, avp->vendor, flags, dia_time_to_wire(draw_time(d))); break;
    case DIA_TYPE_ADDRESS: {
        const dia_address a = draw_address(d);
        dia_store16(octets, a.family);
        memcpy(octets + 2, a.value.p, a.value.n);
        dia_put_bytes(b, avp->code, avp->vendor, flags, (dia_bytes){ octets, a.value.n + 2 });
        break;
    }
    case DIA_TYPE_GROUPED: {
        const dia_bytes none = DIA_LIT("");
        dia_put_bytes(b, avp->code, avp->vendor, flags, avp->group ? draw_group_data(d, avp->group) : none);
        break;
    }
    default: dia_put_bytes(b, avp->code, avp->vendor, flags, draw_bytes(d, avp)); break;
    }
}

dia_bytes draw_avp(draw *d, const dia_avp_def *avp, uint8_t flags)
{
    static uint8_t room[1 << 16];
    dia_builder b;
    dia_build_begin_avps(&b, room, sizeof room);
    put_value(d, &b, avp, flags);
    const int64_t n = dia_build_end(&b);
    return n < 0 ? (dia_bytes){ NULL, 0 } : dia_arena_copy(d->arena, (dia_bytes){ room, (size_t)n });
}

dia_bytes draw_stranger(draw *d, bool must)
{
    uint8_t room[64];
    dia_builder b;
    dia_build_begin_avps(&b, room, sizeof room);
    dia_put_bytes(&b, STRANGER + draw_below(d, 1000), draw_percent(d, 50) ? NOBODY : 0, must ? DIA_AVP_M : 0,
                  draw_octets(d, draw_below(d, 20)));
    const int64_t n = dia_build_end(&b);
    return n < 0 ? (dia_bytes){ NULL, 0 } : dia_arena_copy(d->arena, (dia_bytes){ room, (size_t)n });
}

/* ---- Bodies ---- */

/* An AVP of some dictionary that the grammar does not name; NULL when none was met. */
static const dia_avp_def *draw_foreign(draw *d, const dia_grammar *grammar)
{
    for (int try = 0; d->wish.dicts && try < 8; try++) {
        const dia_dict *dict = d->wish.dicts->v[draw_below(d, (uint32_t)d->wish.dicts->n)];
        if (!dict->n_avps)
            continue;
        const dia_avp_def *avp = dict->avps[draw_below(d, dict->n_avps)];
        if (!dia_grammar_field(grammar, avp->code, avp->vendor))
            return avp;
    }
    return NULL;
}

static dia_avp draw_other(draw *d, const dia_grammar *grammar)
{
    const dia_avp_def *known = draw_percent(d, 50) ? draw_foreign(d, grammar) : NULL;
    /* M where our dictionary knows the AVP; otherwise it would have to be refused. */
    const bool ours = known && dia_dict_avp(d->dict, known->code, known->vendor);
    const dia_bytes octets = known ? draw_avp(d, known, ours ? known->flags & DIA_AVP_M : 0) : draw_stranger(d, false);
    dia_avps it = dia_avps_in(octets);
    dia_avp_next(&it);
    return it.avp;
}

static void draw_others(draw *d, const dia_grammar *grammar, uint8_t *to, int percent)
{
    size_t n = grammar->any_min;
    for (size_t more = 0; more < 2 && n < grammar->any_max; more++)
        n += draw_percent(d, percent);
    dia_avp *v = n ? dia_arena_get(d->arena, n * sizeof *v) : NULL;
    if (!v)
        return;
    for (size_t i = 0; i < n; i++)
        v[i] = draw_other(d, grammar);
    const dia_avp_list list = { v, n };
    memcpy(to + grammar->others, &list, sizeof list);
}

static void draw_into(draw *d, const dia_grammar *grammar, uint8_t *to);

/* One value as it stands in a list, or alone where it is required. */
static void draw_element(draw *d, const dia_field *f, uint8_t *to)
{
    d->n_avps++;
    switch ((dia_type)f->type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED: memcpy(to, &(uint32_t){ draw_number32(d, f->avp) }, 4); break;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: memcpy(to, &(uint64_t){ draw_number64(d, f->avp) }, 8); break;
    case DIA_TYPE_TIME: memcpy(to, &(int64_t){ draw_time(d) }, 8); break;
    case DIA_TYPE_ADDRESS: memcpy(to, &(dia_address[1]){ draw_address(d) }, sizeof(dia_address)); break;
    case DIA_TYPE_GROUPED: draw_into(d, f->avp->group, to); break;
    default: memcpy(to, &(dia_bytes[1]){ draw_bytes(d, f->avp) }, sizeof(dia_bytes)); break;
    }
}

size_t draw_size_of_element(const dia_field *f)
{
    switch ((dia_store)f->store) {
    case DIA_STORE_U32S: return 4;
    case DIA_STORE_U64S:
    case DIA_STORE_TIMES: return 8;
    case DIA_STORE_ADDRESSES: return sizeof(dia_address);
    case DIA_STORE_GROUPS: return f->avp->group->size;
    default: return sizeof(dia_bytes);
    }
}

static void draw_list(draw *d, const dia_field *f, uint8_t *to, size_t n)
{
    const size_t size = draw_size_of_element(f);
    uint8_t *v = dia_arena_get0(d->arena, n * size);
    if (!v)
        return;
    for (size_t i = 0; i < n; i++)
        draw_element(d, f, v + i * size);
    const dia_avp_list list = { (const dia_avp *)(const void *)v, n }; /* all lists have its two members */
    memcpy(to, &list, sizeof list);
}

/* `n` occurrences into the member. */
static void draw_field(draw *d, const dia_field *f, uint8_t *to, size_t n)
{
    switch ((dia_store)f->store) {
    case DIA_STORE_NONE: break;
    case DIA_STORE_OPT_U32:
        draw_element(d, f, to);
        to[offsetof(dia_opt_u32, set)] = 1;
        break;
    case DIA_STORE_OPT_U64:
    case DIA_STORE_OPT_TIME:
        draw_element(d, f, to);
        to[offsetof(dia_opt_u64, set)] = 1;
        break;
    case DIA_STORE_GROUP: {
        void *group = dia_arena_get0(d->arena, f->avp->group->size);
        if (!group)
            break;
        draw_element(d, f, group);
        memcpy(to, &group, sizeof group);
        break;
    }
    case DIA_STORE_U32S:
    case DIA_STORE_U64S:
    case DIA_STORE_TIMES:
    case DIA_STORE_BYTESS:
    case DIA_STORE_ADDRESSES:
    case DIA_STORE_GROUPS: draw_list(d, f, to, n); break;
    default: draw_element(d, f, to); break;
    }
}

/* How often the field occurs: as often as it must, and with some luck more often. */
static size_t draw_count(draw *d, const dia_field *f, int percent)
{
    size_t n = f->min;
    if (n < f->max && draw_percent(d, percent))
        n++;
    for (size_t more = 1; more < MORE_MAX && n && n < f->max && draw_percent(d, percent / 2); more++)
        n++;
    return n;
}

static void draw_into(draw *d, const dia_grammar *grammar, uint8_t *to)
{
    int percent = d->wish.percent >> d->depth;
    if (d->n_avps > AVPS_MAX || d->depth > DEPTH_MAX)
        percent = 0;
    const dia_field *must = (size_t)d->depth < d->wish.n_way ? d->wish.way[d->depth] : NULL;
    d->depth++;
    for (size_t i = 0; i < grammar->n_fields && !d->arena->err; i++) {
        const dia_field *f = &grammar->fields[i];
        size_t n = draw_count(d, f, percent);
        if (f == must && n == 0)
            n = 1;
        if (n)
            draw_field(d, f, to + f->offset, n);
    }
    draw_others(d, grammar, to, percent / 2);
    d->depth--;
}

void draw_begin(draw *d, const dia_dict *dict, const draw_wish *wish, dia_arena *arena)
{
    *d = (draw){ .wish = *wish, .state = wish->seed, .arena = arena, .dict = dict };
}

void *draw_struct(draw *d, const dia_grammar *grammar)
{
    void *to = dia_arena_get0(d->arena, grammar->size);
    if (to)
        draw_into(d, grammar, to);
    return d->arena->err ? NULL : to;
}

dia_command draw_command_of(const dia_dict *dict, const dia_grammar *grammar)
{
    return (dia_command){ .name = grammar->name,
                          .long_name = grammar->name,
                          .code = 1,
                          .flags = DIA_FLAG_REQUEST,
                          .result_code = -1,
                          .grammar = grammar,
                          .dict = dict };
}
