/* Priority (RFC 7944): what matters less is refused first when limits are near. */
#include "node/overload.h"

/* Up to which part of a limit, in percent, requests of each priority are taken. Ordinary ones (10) leave a fifth to what
 * matters more; nothing goes beyond the limit. */
static const uint8_t shares[] = {
    100, 100, 100, 98, 96, 94, 92, 90, 88, 85, /* 0 to 9: emergencies, first responders, sessions that stand */
    80,                                        /* 10: what says nothing */
    75,  70,  65,  60, 50,                     /* 11 to 15: what can wait */
};

uint32_t dia_priority_share(uint32_t priority)
{
    return priority < sizeof shares ? shares[priority] : 0;
}

/* ---- Of a request ---- */

static uint32_t or_default(const struct dia_relief *relief, uint32_t priority)
{
    return priority <= DIA_PRIORITY_LOWEST ? priority : relief->config.default_priority;
}

uint32_t dia_priority_of_octets(const struct dia_relief *relief, dia_bytes message, uint32_t otherwise)
{
    dia_avp avp;
    uint32_t priority = otherwise;
    if (!dia_avp_find(message, DIA_AVP_DRMP, 0, &avp))
        dia_read_u32(&avp, &priority);
    return or_default(relief, priority);
}

uint32_t dia_priority_of_struct(const struct dia_relief *relief, const dia_command *request, const void *msg)
{
    const uint8_t *at = msg;
    const dia_field *field = dia_grammar_field(request->grammar, DIA_AVP_DRMP, 0);
    if (field && field->store == DIA_STORE_OPT_U32) {
        dia_opt_u32 value;
        memcpy(&value, at + field->offset, sizeof value);
        if (value.set)
            return or_default(relief, value.value);
    }
    dia_avp_list others = { NULL, 0 };
    memcpy(&others, at + request->grammar->others, sizeof others);
    for (size_t i = 0; i < others.n; i++) {
        uint32_t value;
        if (others.v[i].code == DIA_AVP_DRMP && !others.v[i].vendor && dia_read_u32(&others.v[i], &value))
            return or_default(relief, value);
    }
    return or_default(relief, relief->priority);
}

uint32_t dia_request_priority(const dia_request *request)
{
    const struct dia_relief *relief = request->node->relief;
    if (!relief)
        return DIA_PRIORITY_DEFAULT;
    if (request->conn && !dia_relief_trusts(relief, request->conn))
        return relief->config.default_priority;
    return dia_priority_of_octets(relief, request->octets, DIA_PRIORITY_NONE);
}

int dia_node_set_priority(dia_node *node, uint32_t priority)
{
    if (priority > DIA_PRIORITY_LOWEST && priority != DIA_PRIORITY_NONE)
        return dia_node_failed(node, DIA_EINVAL, "a priority is 0 to 15, or DIA_PRIORITY_NONE");
    struct dia_relief *relief = dia_relief_of(node);
    if (!relief)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    relief->priority = priority;
    return 0;
}

/* ---- Near a limit ---- */

static bool is_above(uint64_t n, uint64_t limit, uint32_t percent)
{
    return n * 100 > limit * percent;
}

/* One more would make it too many. The first one never does. */
static bool is_reached(uint64_t n, uint64_t limit, uint32_t percent)
{
    return n && is_above(n + 1, limit, percent);
}

static bool is_too_much(const dia_conn *conn, uint32_t percent)
{
    const dia_limits *limits = &conn->hub->config.limits;
    return is_above(conn->out.n, limits->output_soft, percent) || dia_conn_is_greedy_at(conn, percent);
}

/* Requests of the peer that nobody has answered yet: with the application, or with another peer. */
static bool are_too_many(const dia_conn *conn, uint32_t percent)
{
    const uint32_t limit = conn->hub->config.limits.unanswered;
    return is_reached(conn->unanswered, limit, percent) || is_reached(conn->relayed, limit, percent);
}

bool dia_priority_admits(const dia_node *node, dia_conn *conn, dia_bytes request)
{
    const struct dia_relief *relief = node->relief;
    const uint32_t least = shares[DIA_PRIORITY_LOWEST];
    if (!relief->config.priorities || (!is_too_much(conn, least) && !are_too_many(conn, least)))
        return true;
    const uint32_t priority = dia_relief_trusts(relief, conn)
                                  ? dia_priority_of_octets(relief, request, DIA_PRIORITY_NONE)
                                  : relief->config.default_priority;
    if (!is_too_much(conn, shares[priority]) && !are_too_many(conn, shares[priority]))
        return true;
    DIA_COUNT(conn, refused_by_priority);
    return false;
}

bool dia_priority_waits(const dia_node *node, const dia_conn *conn, const dia_errand *errand)
{
    if (!node->relief->config.priorities)
        return false;
    const uint32_t share = shares[errand->priority];
    return is_too_much(conn, share) || is_reached(conn->pending.used, conn->hub->config.limits.pending, share);
}
