/* When a request goes to another peer (RFC 6733, 5.5.4 and 7.1.3): behind a lost connection it moves; under suspicion, and when
 * no answer comes for try_ms, it is sent once more and the first answer wins; behind a protocol error it goes on without T, for
 * that peer has done nothing with it. It is the same request: same End-to-End id, one deadline. */
#include "node/node.h"

/* Why, and what of the peer that it leaves is out of the question from here on. */
typedef enum occasion { LOST, SUSPECT, SILENT, REFUSED } occasion;

static bool is_named(dia_bytes destination_host, const dia_peer *peer)
{
    return destination_host.p && dia_bytes_equal_nocase(destination_host, peer->leader->host);
}

/* The peer that was silent or refused is asked no more; one whose connection failed may have others. So may the one that the
 * request names, and then nobody else is asked. */
static dia_conn *elsewhere(dia_node *node, const dia_waiting *waiting, dia_conn *from, occasion why,
                           const dia_peer **leaves)
{
    if (!dia_may_go_again(node, waiting))
        return NULL;
    dia_decision way;
    dia_errand errand = dia_errand_again(node, waiting);
    const bool named = from->peer && is_named(errand.host, from->peer);
    *leaves = (why == SILENT || why == REFUSED) && !named ? from->peer : NULL;
    const dia_tried tried = { .again = waiting->again, .peer = *leaves };
    errand.from = from;
    errand.tried = &tried;
    const int err = named ? dia_decision_to_host(node, &errand, &way) : dia_decision_by_shortcut(node, &errand, &way);
    return err ? NULL : way.to;
}

static const dia_waiting *send_again(dia_node *node, dia_waiting *waiting, dia_conn *from, occasion why)
{
    const dia_peer *leaves;
    dia_conn *to = elsewhere(node, waiting, from, why, &leaves);
    const dia_repeat how = { .ends = why == LOST || why == REFUSED, .unanswered = why != REFUSED, .peer = leaves };
    return to ? dia_again_send(node, waiting, from->number, to, &how) : NULL;
}

static void tell(dia_hub *hub, dia_event_kind kind, const dia_waiting *new, const char *reason, uint32_t result_code)
{
    dia_hub_event(hub, kind, new->conn->peer, new->conn, reason, result_code, (dia_bytes){ new->copy, new->copied });
}

static void tell_failover(dia_conn *from, const dia_waiting *new, const char *reason)
{
    DIA_COUNT(from, failovers);
    tell(from->hub, DIA_EVENT_FAILOVER, new, reason, 0);
}

static bool is_elsewhere_too(const dia_waiting *waiting)
{
    return waiting->again && waiting->again->places > 1;
}

bool dia_node_fail_over(dia_node *node, dia_waiting *waiting, dia_conn *conn)
{
    const dia_waiting *new = is_elsewhere_too(waiting) ? NULL : send_again(node, waiting, conn, LOST);
    if (new)
        tell_failover(conn, new, "the connection to another peer is lost");
    return new != NULL;
}

/* What is on its way twice already is so often enough. */
void dia_node_suspect(void *above, dia_conn *conn)
{
    dia_node *node = above;
    for (uint32_t i = 0; i < conn->pending.size && conn->phase == DIA_PHASE_OPEN && !node->hub.over; i++) {
        dia_waiting *old = dia_waiting_at(conn, i);
        if (!old || is_elsewhere_too(old))
            continue;
        const dia_waiting *new = send_again(node, old, conn, SUSPECT);
        if (new)
            tell_failover(conn, new, "another peer shows no sign of life");
    }
}

/* Where nobody can take it now, somebody may later. */
void dia_node_silent(void *above, dia_waiting *waiting)
{
    dia_node *node = above;
    dia_conn *conn = waiting->conn;
    const dia_waiting *new = send_again(node, waiting, conn, SILENT);
    if (new)
        tell_failover(conn, new, "another peer has not answered in time");
    else if (dia_may_go_again(node, waiting))
        dia_waiting_until(waiting, dia_waiting_end_us(waiting));
}

/* ---- Behind a protocol error ---- */

static const char *refusal_text(uint32_t result_code)
{
    switch (result_code) {
    case DIA_RESULT_CODE_UNABLE_TO_DELIVER: return "another peer answered DIAMETER_UNABLE_TO_DELIVER";
    case DIA_RESULT_CODE_TOO_BUSY: return "another peer answered DIAMETER_TOO_BUSY";
    default: return "another peer answered with a protocol error";
    }
}

static bool is_retried(const dia_node *node, uint32_t result_code)
{
    const uint32_t bit = result_code - 3000;
    return bit > 0 && bit < 32 && node->hub.config.retry >> bit & 1;
}

bool dia_node_refused(dia_node *node, dia_waiting *waiting, dia_conn *conn, uint32_t result_code, dia_bytes answer)
{
    const bool redirected = result_code == DIA_RESULT_CODE_REDIRECT_INDICATION;
    if (!waiting->call ||
        (redirected ? node->hub.config.redirects == DIA_REDIRECTS_IGNORE : !is_retried(node, result_code)))
        return false;
    if (redirected && dia_redirect_follow(node, waiting, conn, answer))
        return true;
    const dia_waiting *new = redirected ? NULL : send_again(node, waiting, conn, REFUSED);
    if (new) {
        DIA_COUNT(conn, retries);
        tell(&node->hub, DIA_EVENT_RETRY, new, refusal_text(result_code), result_code);
        return true;
    }
    if (!dia_again_goes_on(node, waiting, false)) /* the answer is all that there is */
        return false;
    dia_node_forget(node, waiting);
    return true;
}
