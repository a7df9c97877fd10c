/* Load (RFC 8583): what neighbours and hosts tell of themselves, and what we tell. */
#include "node/overload.h"

/* ---- Theirs ---- */

typedef struct reading {
    uint32_t type;
    uint64_t value;
    dia_bytes source;
} reading;

static bool read_load(dia_bytes data, reading *out)
{
    bool has_type = false, has_value = false;
    *out = (reading){ .type = 0 };
    dia_avps it = dia_avps_in(data);
    while (dia_avp_next(&it)) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_LOAD_TYPE: has_type = dia_read_u32(&it.avp, &out->type); break;
        case DIA_AVP_LOAD_VALUE: has_value = dia_read_u64(&it.avp, &out->value); break;
        case DIA_AVP_SOURCE_ID: out->source = it.avp.data; break;
        default: break;
        }
    }
    return !it.err && has_type && has_value && out->source.p && out->type <= DIA_LOAD_OF_PEER &&
           out->value <= DIA_LOAD_IDLE;
}

bool dia_load_is_of_peer(dia_bytes load)
{
    dia_avps it = dia_avps_in(load);
    uint32_t type = DIA_LOAD_OF_HOST;
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_LOAD_TYPE && !it.avp.vendor)
            dia_read_u32(&it.avp, &type);
    return type == DIA_LOAD_OF_PEER;
}

static void remember(struct dia_relief *relief, dia_bytes host, uint16_t value, int64_t now_us)
{
    dia_host_load *load = dia_known_find(&relief->loads, 0, host);
    if (!load && !(load = dia_known_add(&relief->loads, 0, host)))
        return;
    load->value = value;
    load->at_us = now_us;
}

/* A load of type PEER counts when it is that of the neighbour which sent it, one of type HOST when it is that of the host which
 * answers (5.1 and 6.2). */
void dia_load_take(dia_node *node, dia_conn *conn, dia_bytes data, dia_bytes origin_host)
{
    struct dia_relief *relief = node->relief;
    dia_peer *leader = conn->peer->leader;
    reading r;
    if (!read_load(data, &r))
        return;
    if (dia_bytes_equal_nocase(r.source, conn->peer->host)) {
        leader->load = (uint32_t)r.value;
        leader->load_until_us = dia_after(node->hub.now.us, relief->config.load_ms);
    }
    if (r.type == DIA_LOAD_OF_HOST && origin_host.p && dia_bytes_equal_nocase(r.source, origin_host))
        remember(relief, r.source, (uint16_t)r.value, node->hub.now.us);
}

uint32_t dia_peer_load(const dia_peer *peer)
{
    const dia_peer *leader = peer->leader;
    return peer->hub->now.us < leader->load_until_us ? leader->load : DIA_LOAD_NONE;
}

static bool is_old(const struct dia_relief *relief, const dia_host_load *load, int64_t now_us)
{
    return now_us - load->at_us >= (int64_t)relief->config.load_ms * 1000;
}

uint32_t dia_node_host_load(const dia_node *node, const char *host)
{
    const dia_host_load *load = node->relief ? dia_known_look(&node->relief->loads, 0, dia_cstr(host)) : NULL;
    return load && !is_old(node->relief, load, node->hub.now.us) ? load->value : DIA_LOAD_NONE;
}

void dia_load_expire(struct dia_relief *relief, int64_t now_us)
{
    while (!dia_list_empty(&relief->loads.recent)) { /* each is used when it is told, so the last one is the oldest */
        dia_host_load *load = DIA_OF(relief->loads.recent.prev, dia_host_load, known.recent);
        if (!is_old(relief, load, now_us))
            break;
        dia_known_remove(&relief->loads, load);
    }
}

/* ---- Ours ---- */

int dia_node_set_load(dia_node *node, uint32_t load)
{
    if (load > DIA_LOAD_IDLE && load != DIA_LOAD_AUTO && load != DIA_LOAD_NONE)
        return dia_node_failed(node, DIA_EINVAL, "a load is at most 65535, DIA_LOAD_AUTO or DIA_LOAD_NONE");
    struct dia_relief *relief = dia_relief_of(node);
    if (!relief)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    relief->load = load;
    dia_relief_apply(node);
    return 0;
}

/* How much of it is taken, as a part of DIA_LOAD_IDLE. */
static uint32_t taken(uint64_t n, uint64_t limit)
{
    return n >= limit ? DIA_LOAD_IDLE : (uint32_t)(n * DIA_LOAD_IDLE / limit);
}

/* What the peer of this connection may still expect: the limit that is nearest says it. */
static uint32_t from_limits(const dia_conn *conn)
{
    const dia_hub *hub = conn->hub;
    const dia_limits *limits = &hub->config.limits;
    const uint32_t parts[] = {
        taken(hub->memory, limits->memory),
        taken(conn->out.n, limits->output_soft),
        taken(conn->unanswered, limits->unanswered),
        taken(conn->relayed, limits->unanswered),
    };
    uint32_t most = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        most = parts[i] > most ? parts[i] : most;
    return DIA_LOAD_IDLE - most;
}

void dia_load_put(const struct dia_relief *relief, const dia_conn *conn, uint32_t type, dia_builder *b)
{
    if (relief->load == DIA_LOAD_NONE)
        return;
    dia_put_group(b, DIA_AVP_LOAD, 0, 0);
    dia_put_u32(b, DIA_AVP_LOAD_TYPE, 0, 0, type);
    dia_put_u64(b, DIA_AVP_LOAD_VALUE, 0, 0, relief->load == DIA_LOAD_AUTO ? from_limits(conn) : relief->load);
    dia_put_bytes(b, DIA_AVP_SOURCE_ID, 0, 0, conn->self->host);
    dia_put_group_end(b);
}
