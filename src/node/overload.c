/* The reacting node of DOIC (RFC 7683): reports that answers bring, and what is left out for them. Percent are exact on
 * average, drawn from the node's random numbers; what matters less (RFC 7944) is left out first. */
#include "node/overload.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- How much is left out ---- */

enum { WHOLE = 10000 }; /* hundredths of a percent */
enum { SEEN_MAX = 1024 };

static uint64_t number_of(uint32_t application, uint32_t type)
{
    return (uint64_t)application << 1 | type;
}

/* When a report ends, traffic comes back little by little (RFC 7683, 5.2.2 and 6.3). */
static uint32_t reduction(const struct dia_relief *relief, const dia_obeyed *o, int64_t now_us)
{
    const int64_t recovery_us = (int64_t)relief->config.recovery_ms * 1000;
    const int64_t over_us = now_us - o->until_us;
    if (over_us < 0)
        return o->percent * 100;
    return over_us >= recovery_us ? 0 : (uint32_t)(o->percent * 100 * (recovery_us - over_us) / recovery_us);
}

static void see(dia_obeyed *o, uint32_t priority)
{
    o->seen[priority]++;
    if (++o->n_seen < SEEN_MAX)
        return;
    o->n_seen = 0;
    for (size_t i = 0; i <= DIA_PRIORITY_LOWEST; i++)
        o->n_seen += o->seen[i] /= 2;
}

/* Of all requests the share `part`, beginning with the lowest priority: none of a priority before all of those below. */
static bool draw(dia_obeyed *o, uint32_t priority, uint32_t part, dia_random *random)
{
    uint64_t below = 0;
    for (size_t i = priority + 1; i <= DIA_PRIORITY_LOWEST; i++)
        below += o->seen[i];
    const uint64_t wanted = (uint64_t)o->n_seen * part, here = (uint64_t)o->seen[priority] * WHOLE;
    below *= WHOLE;
    if (wanted <= below)
        return false;
    return wanted - below >= here || dia_random_below(random, here) < wanted - below;
}

/* Asked twice about one request it says the same. */
static bool is_left_out(dia_node *node, dia_obeyed *o, const dia_errand *errand)
{
    struct dia_relief *relief = node->relief;
    if (o->errand == relief->errand)
        return o->spared;
    const uint32_t priority = relief->config.priorities ? errand->priority : DIA_PRIORITY_DEFAULT;
    const uint32_t part = reduction(relief, o, node->hub.now.us);
    see(o, priority);
    o->errand = relief->errand;
    o->spared = part && draw(o, priority, part, &node->hub.random);
    o->requests++;
    o->out += o->spared;
    return o->spared;
}

/* ---- A request looks for its way ---- */

/* Is it to be left out wherever it would go? One that names its host falls under that host's report, one that does not under
 * that of the realm (RFC 7683, 2 and 4.3). */
static bool is_throttled(dia_node *node, const dia_errand *errand)
{
    struct dia_relief *relief = node->relief;
    const uint32_t type = errand->host.p ? DIA_OVERLOAD_HOST : DIA_OVERLOAD_REALM;
    const dia_bytes name = errand->host.p ? errand->host : errand->realm;
    dia_obeyed *o = name.p ? dia_known_find(&relief->obeyed, number_of(errand->application, type), name) : NULL;
    return o && is_left_out(node, o, errand);
}

bool dia_overload_spares(dia_node *node, const dia_peer *peer, const dia_errand *errand)
{
    struct dia_relief *relief = node->relief;
    if (errand->abates == DIA_ABATES_NOTHING || errand->host.p || peer->relay || !relief->obeyed.n)
        return false;
    dia_obeyed *o = dia_known_find(&relief->obeyed, number_of(errand->application, DIA_OVERLOAD_HOST), peer->host);
    if (!o || !is_left_out(node, o, errand))
        return false;
    relief->spared = relief->errand;
    return true;
}

bool dia_overload_withholds(dia_node *node, const dia_errand *errand)
{
    struct dia_relief *relief = node->relief;
    relief->errand++;
    return errand->abates == DIA_ABATES_ALL && relief->obeyed.n && is_throttled(node, errand);
}

bool dia_overload_has_spared(const dia_node *node)
{
    return node->relief->spared == node->relief->errand;
}

uint32_t dia_overload_throttle(dia_node *node, const dia_errand *errand)
{
    node->hub.counters.throttled++;
    if (errand->from)
        errand->from->peer->counters.throttled++;
    return node->relief->config.throttled_result;
}

/* ---- A report comes ---- */

/* What an OC-OLR says. */
typedef struct olr {
    uint64_t sequence;
    uint32_t type, percent, validity_s;
} olr;

/* False: it cannot be acted on. Numbers beyond their range are treated as RFC 7683, 7.5 and 7.7 have it. */
static bool read_olr(dia_bytes data, olr *out)
{
    bool has_sequence = false, has_type = false, has_percent = false;
    *out = (olr){ .validity_s = DIA_VALIDITY_DEFAULT_S };
    dia_avps it = dia_avps_in(data);
    while (dia_avp_next(&it)) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_OC_SEQUENCE_NUMBER: has_sequence = dia_read_u64(&it.avp, &out->sequence); break;
        case DIA_AVP_OC_REPORT_TYPE: has_type = dia_read_u32(&it.avp, &out->type); break;
        case DIA_AVP_OC_REDUCTION_PERCENTAGE: has_percent = dia_read_u32(&it.avp, &out->percent); break;
        case DIA_AVP_OC_VALIDITY_DURATION:
            if (!dia_read_u32(&it.avp, &out->validity_s))
                return false;
            break;
        default: break;
        }
    }
    if (out->validity_s > DIA_VALIDITY_MAX_S)
        out->validity_s = DIA_VALIDITY_DEFAULT_S;
    return !it.err && has_sequence && has_type && out->type <= DIA_OVERLOAD_REALM && out->percent <= 100 &&
           (has_percent || !out->validity_s);
}

/* Also when it began anew behind its end (5.2.1.3). */
static bool is_newer(uint64_t sequence, uint64_t than)
{
    const uint64_t hundredth = UINT64_MAX / 100;
    return sequence > than || (than > UINT64_MAX - hundredth && sequence < hundredth);
}

/* RFC 7683, 10.1: a report falls within its sender's responsibility. Of a realm it is when the request went there for that
 * realm; of a host when it is its own, or that of nobody whom we know ourselves. */
static bool is_responsible(const dia_node *node, const dia_conn *conn, const dia_waiting *waiting, const olr *r,
                           dia_bytes name)
{
    const dia_bytes request = { waiting->copy, waiting->copied };
    const dia_bytes asked = !request.p                      ? request
                            : r->type == DIA_OVERLOAD_REALM ? dia_value_of(request, DIA_AVP_DESTINATION_REALM)
                                                            : dia_value_of(request, DIA_AVP_DESTINATION_HOST);
    if (asked.p)
        return dia_bytes_equal_nocase(asked, name);
    return r->type == DIA_OVERLOAD_REALM || dia_bytes_equal_nocase(conn->peer->host, name) ||
           !dia_names_get(&node->hub.by_host, name);
}

static void tell(dia_node *node, dia_conn *conn, const dia_obeyed *o, const olr *r, dia_bytes message)
{
    char text[400];
    const char *what = r->type == DIA_OVERLOAD_REALM ? "realm" : "host";
    if (r->validity_s && r->percent)
        snprintf(text, sizeof text, "%s %.*s wants %" PRIu32 " %% less of application %" PRIu32 " for %" PRIu32 " s",
                 what, (int)o->known.name.n, (const char *)o->known.name.p, r->percent,
                 (uint32_t)(o->known.number >> 1), r->validity_s);
    else
        snprintf(text, sizeof text, "%s %.*s has no overload any more in application %" PRIu32, what,
                 (int)o->known.name.n, (const char *)o->known.name.p, (uint32_t)(o->known.number >> 1));
    dia_hub_event(&node->hub, DIA_EVENT_OVERLOAD, conn->peer, conn, text, 0, message);
}

/* True: it changes what is left out. */
static bool obey(dia_obeyed *o, const olr *r, int64_t now_us)
{
    const int64_t until_us = now_us + (int64_t)r->validity_s * 1000000;
    const bool was = o->percent && now_us < o->until_us;
    const bool changes = r->validity_s ? !was || o->percent != r->percent : was;
    o->sequence = r->sequence;
    if (until_us > o->stale_us || r->validity_s)
        o->stale_us = until_us;
    if (r->validity_s)
        o->percent = r->percent;
    if (r->validity_s || was)
        o->until_us = until_us;
    return changes;
}

void dia_overload_take(dia_node *node, dia_conn *conn, const dia_waiting *waiting, dia_bytes message, dia_bytes data,
                       dia_bytes host, dia_bytes realm)
{
    struct dia_relief *relief = node->relief;
    const int64_t now_us = node->hub.now.us;
    olr r;
    if (!read_olr(data, &r))
        return;
    const dia_bytes name = r.type == DIA_OVERLOAD_HOST ? host : realm;
    if (!name.p || !is_responsible(node, conn, waiting, &r, name))
        return;
    const uint64_t number = number_of(waiting->application, r.type);
    dia_obeyed *o = dia_known_find(&relief->obeyed, number, name);
    if (o && now_us < o->stale_us && !is_newer(r.sequence, o->sequence))
        return;
    if (!o && (!r.validity_s || !r.percent))
        return;
    if (!o && !(o = dia_known_add(&relief->obeyed, number, name)))
        return;
    DIA_COUNT(conn, overload_reports_in);
    if (obey(o, &r, now_us))
        tell(node, conn, o, &r, message);
}

void dia_overload_expire(struct dia_relief *relief, int64_t now_us)
{
    const int64_t recovery_us = (int64_t)relief->config.recovery_ms * 1000;
    DIA_LIST_EACH (p, &relief->obeyed.recent) {
        dia_obeyed *o = DIA_OF(p, dia_obeyed, known.recent);
        if (now_us >= o->stale_us && now_us - o->until_us >= recovery_us)
            dia_known_remove(&relief->obeyed, o);
    }
}

/* ---- What is known ---- */

bool dia_node_next_overload(const dia_node *node, size_t *at, dia_overload_state *out)
{
    const dia_obeyed *o = node->relief ? dia_map_next(&node->relief->obeyed.map, at, NULL) : NULL;
    if (!o)
        return false;
    *out = (dia_overload_state){
        .type = o->known.number & 1 ? DIA_OVERLOAD_REALM : DIA_OVERLOAD_HOST,
        .application = (uint32_t)(o->known.number >> 1),
        .name = o->known.name,
        .reduction = o->percent,
        .now = reduction(node->relief, o, node->hub.now.us) / 100.0,
        .sequence = o->sequence,
        .until_us = o->until_us,
        .requests = o->requests,
        .out = o->out,
    };
    return true;
}
