/* State of a proxy that others carry (RFC 6733, 6.1.9): it comes back as it went, with the answer to the same request, or it is
 * none. It is authenticated, not hidden. */
#include "node/transit.h"

enum { VERSION = 1, SEAL_SIZE = 17 };

/* The transaction that a state belongs to. */
typedef struct seal {
    dia_bytes peer, session_id; /* who sent the request; absent: none */
    uint32_t end_to_end, application, command;
} seal;

/* ---- Keys ---- */

void dia_node_set_proxy_key(dia_node *node, const uint8_t key[16])
{
    memcpy(node->proxy_key, key, sizeof node->proxy_key);
}

/* Not from the node's random numbers, which others get to see. */
void dia_node_proxy_key_from_seed(dia_node *node, const uint8_t seed[32])
{
    dia_siphash h;
    dia_siphash_init(&h, seed);
    dia_siphash_add(&h, (dia_bytes){ seed + 16, 16 });
    dia_siphash_add(&h, DIA_STR("Proxy-State"));
    dia_siphash_end(&h, node->proxy_key);
}

/* ---- The seal ---- */

static void add_u32(dia_siphash *h, uint32_t v)
{
    uint8_t octets[4];
    dia_store32(octets, v);
    dia_siphash_add(h, (dia_bytes){ octets, sizeof octets });
}

/* With its length in front: what stands in one field is never taken for part of another. */
static void add_field(dia_siphash *h, dia_bytes field, bool nocase)
{
    uint8_t part[64];
    add_u32(h, field.p ? (uint32_t)field.n + 1 : 0);
    for (size_t at = 0; at < field.n;) {
        const size_t n = field.n - at < sizeof part ? field.n - at : sizeof part;
        for (size_t i = 0; i < n; i++)
            part[i] = nocase ? dia_lower(field.p[at + i]) : field.p[at + i];
        dia_siphash_add(h, (dia_bytes){ part, n });
        at += n;
    }
}

static void make_code(const uint8_t key[16], const seal *of, dia_bytes state, uint8_t code[16])
{
    dia_siphash h;
    dia_siphash_init(&h, key);
    add_u32(&h, VERSION);
    add_u32(&h, of->end_to_end);
    add_u32(&h, of->application);
    add_u32(&h, of->command);
    add_field(&h, of->peer, true);
    add_field(&h, of->session_id, false);
    add_field(&h, state, false);
    dia_siphash_end(&h, code);
}

/* Writes state.n + SEAL_SIZE octets. */
static void write_sealed(const uint8_t key[16], const seal *of, dia_bytes state, uint8_t *to)
{
    to[0] = VERSION;
    make_code(key, of, state, to + 1);
    if (state.n)
        memcpy(to + SEAL_SIZE, state.p, state.n);
}

/* The state, a view; absent: these octets are not ours, or of another transaction. */
static dia_bytes open_sealed(const uint8_t key[16], const seal *of, dia_bytes octets)
{
    uint8_t code[16];
    if (octets.n < SEAL_SIZE || octets.p[0] != VERSION)
        return (dia_bytes){ NULL, 0 };
    const dia_bytes state = { octets.p + SEAL_SIZE, octets.n - SEAL_SIZE };
    make_code(key, of, state, code);
    return dia_codes_equal(code, octets.p + 1) ? state : (dia_bytes){ NULL, 0 };
}

/* ---- In its Proxy-Info ---- */

static bool is_our_proxy_info(const dia_node *node, const dia_avp *avp)
{
    if (!dia_is_proxy_info(avp))
        return false;
    for (dia_avps it = dia_avps_in(avp->data); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_PROXY_HOST && !it.avp.vendor)
            return dia_bytes_equal_nocase(it.avp.data, node->hub.self->host);
    return false;
}

/* `of` is the request as it goes, `from` what its last Route-Record says or will say. */
static seal seal_of(const dia_transit *t, dia_bytes of, dia_bytes from)
{
    return (seal){ .peer = from,
                   .session_id = dia_value_of(of, DIA_AVP_SESSION_ID),
                   .end_to_end = t->asked.end_to_end,
                   .application = t->asked.application,
                   .command = t->asked.command };
}

int dia_transit_seal(dia_transit *t, dia_bytes record)
{
    const dia_node *node = t->node;
    const dia_bytes host = node->hub.self->host;
    const size_t n = 8 + 8 + ((host.n + 3) & ~(size_t)3) + 8 + ((t->state.n + SEAL_SIZE + 3) & ~(size_t)3);
    const int err = dia_transit_own(t, n);
    if (err)
        return err;
    const seal of = seal_of(t, t->message, record);
    dia_builder b;
    dia_build_begin_avps(&b, t->buf + t->message.n, n);
    dia_put_group(&b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M);
    dia_put_bytes(&b, DIA_AVP_PROXY_HOST, 0, DIA_AVP_M, host);
    uint8_t *to = dia_put_room(&b, DIA_AVP_PROXY_STATE, 0, DIA_AVP_M, t->state.n + SEAL_SIZE);
    assert(to);
    write_sealed(node->proxy_key, &of, t->state, to);
    dia_put_group_end(&b);
    assert(b.n == n && !b.err);
    t->message.n += n;
    return 0;
}

static dia_bytes state_in(const dia_transit *t, const dia_avp *proxy_info)
{
    dia_bytes sealed = { NULL, 0 };
    for (dia_avps it = dia_avps_in(proxy_info->data); dia_avp_step(&it);)
        if (it.avp.code == DIA_AVP_PROXY_STATE && !it.avp.vendor)
            sealed = it.avp.data;
    dia_bytes record = { NULL, 0 };
    for (dia_avps it = dia_avps_of(t->sent); dia_avp_step(&it);)
        record = it.avp.data;
    const seal of = seal_of(t, t->sent, record);
    return open_sealed(t->node->proxy_key, &of, sealed);
}

/* The last one that there is is ours (RFC 6733, 6.2.2). */
int dia_transit_unseal(dia_transit *t, dia_conn *from)
{
    dia_avp found = { .code = 0 };
    for (dia_avps it = dia_avps_of(t->message); dia_avp_step(&it);)
        if (is_our_proxy_info(t->node, &it.avp))
            found = it.avp;
    const dia_bytes state = found.code ? state_in(t, &found) : (dia_bytes){ NULL, 0 };
    if (state.p && !(t->state = dia_arena_copy(&t->arena, state)).p)
        return DIA_ENOMEM;
    if (!state.p) {
        if (from)
            DIA_COUNT(from, forged);
        else
            t->node->hub.counters.forged++;
        dia_transit_tell(t,
                         found.code ? "an answer came with another state than its request had"
                                    : "an answer came without the state that its request had",
                         0, t->message);
    }
    if (!found.code)
        return 0;
    const size_t at = (size_t)(found.octets.p - t->message.p), n = found.octets.n;
    const int err = dia_transit_own(t, 0);
    if (err)
        return err;
    memmove(t->buf + at, t->buf + at + n, t->message.n - at - n);
    t->message.n -= n;
    dia_store24(t->buf + DIA_AT_LENGTH, (uint32_t)t->message.n);
    return 0;
}
