/* Which of the hops that can take a request. */
#include "route/route.h"

enum { STEPS = 20 }; /* binary digits of a logarithm behind the point */

/* The hops among which the choice is: those of the lowest priority number. */
typedef struct group {
    const dia_live_hop *hops;
    size_t n, all;
    uint32_t priority;
} group;

static group lowest(const dia_live_hop *hops, size_t n)
{
    group g = { .hops = hops, .n = 1, .all = n, .priority = hops[0].priority };
    for (size_t i = 1; i < n; i++) {
        if (hops[i].priority < g.priority) {
            g.priority = hops[i].priority;
            g.n = 0;
        }
        g.n += hops[i].priority == g.priority;
    }
    return g;
}

static bool is_in(const group *g, size_t i)
{
    return g->hops[i].priority == g->priority;
}

static int nth(const group *g, size_t n)
{
    for (size_t i = 0; i < g->all; i++)
        if (is_in(g, i) && !n--)
            return (int)i;
    return -1;
}

static uint64_t weight_of(const dia_live_hop *hop)
{
    return hop->weight ? hop->weight : 1;
}

/* 32 bits that lie evenly between those of earlier turns, so that shares are right also over a few. */
static uint64_t evenly(uint64_t turn)
{
    return turn * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* RFC 8583: 65,535 is idle. Those that say nothing count as the average of the others. */
static uint64_t average_load(const group *g)
{
    uint64_t sum = 0, n = 0;
    for (size_t i = 0; i < g->all; i++) {
        if (is_in(g, i) && g->hops[i].load <= UINT16_MAX) {
            sum += g->hops[i].load;
            n++;
        }
    }
    return n ? sum / n : UINT16_MAX;
}

/* A weight, with its part to spare when `average` is not absent; always above 0 where both are. */
static uint64_t share_of(const dia_live_hop *hop, const uint64_t *average)
{
    if (!average)
        return weight_of(hop);
    const uint64_t load = hop->load <= UINT16_MAX ? hop->load : *average;
    return load ? 1 + (weight_of(hop) * load >> 4) : 0;
}

static int by_share(const group *g, uint64_t turn, const uint64_t *average)
{
    uint64_t total = 0;
    for (size_t i = 0; i < g->all; i++)
        total += is_in(g, i) ? share_of(&g->hops[i], average) : 0;
    if (!total) /* all are full: their weights alone */
        return by_share(g, turn, NULL);
    uint64_t point = evenly(turn);
    point = total >> 32 ? (total >> 16) * point >> 16 : total * point >> 32;
    for (size_t i = 0; i < g->all; i++) {
        const uint64_t share = is_in(g, i) ? share_of(&g->hops[i], average) : 0;
        if (point < share)
            return (int)i;
        point -= share;
    }
    return nth(g, g->n - 1);
}

/* With one more request: so that of idle ones the strongest comes first. Equals take turns. */
static int by_least(const group *g, uint64_t turn)
{
    const size_t start = (size_t)nth(g, (size_t)(turn % g->n));
    const dia_live_hop *best = NULL;
    for (size_t k = 0; k < g->all; k++) {
        const size_t i = start + k < g->all ? start + k : start + k - g->all;
        const dia_live_hop *hop = &g->hops[i];
        if (is_in(g, i) && (!best || (hop->outstanding + UINT64_C(1)) * weight_of(best) <
                                         (best->outstanding + UINT64_C(1)) * weight_of(hop)))
            best = hop;
    }
    return (int)(best - g->hops);
}

/* -log2(x / 2^64), with STEPS binary digits behind the point; above 0. */
static uint64_t distance(uint64_t x)
{
    uint64_t whole = 0, part = 0;
    x |= 1;
    while (!(x >> 63)) {
        x <<= 1;
        whole++;
    }
    uint64_t m = x >> 32; /* from 1 to 2, with 31 digits behind the point */
    for (int i = 0; i < STEPS; i++) {
        m = m * m >> 31;
        part <<= 1;
        if (m >> 32) {
            m >>= 1;
            part |= 1;
        }
    }
    return ((whole + 1) << STEPS) - part;
}

static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

/* Rendezvous hashing: each hop draws a number for the session, the best one has it; a hop that goes or comes changes nothing
 * between the others. Weighted as in the Internet-Draft of Mohanty and others on weighted HRW: weight / -log(number). */
static int by_session(const group *g, uint64_t session)
{
    const dia_live_hop *best = NULL;
    uint64_t best_number = 0, best_distance = 0;
    const uint64_t weight = weight_of(&g->hops[nth(g, 0)]);
    bool even = true;
    for (size_t i = 0; i < g->all; i++)
        even = even && (!is_in(g, i) || weight_of(&g->hops[i]) == weight);
    for (size_t i = 0; i < g->all; i++) {
        const dia_live_hop *hop = &g->hops[i];
        if (!is_in(g, i))
            continue;
        const uint64_t number = mix(session ^ hop->key), d = even ? 1 : distance(number);
        const bool better =
            !best || (even ? number > best_number : weight_of(hop) * best_distance > weight_of(best) * d);
        if (better) {
            best = hop;
            best_number = number;
            best_distance = d;
        }
    }
    return (int)(best - g->hops);
}

int dia_route_choose(const dia_route *route, dia_route_query *query, uint64_t turn, const dia_live_hop *hops, size_t n)
{
    if (!n)
        return -1;
    if (route->choice == DIA_CHOICE_CALLBACK) {
        const int i = route->choose(route->choose_arg, query, hops, n);
        return i >= 0 && (size_t)i < n ? i : -1;
    }
    if (n == 1)
        return 0;
    const group g = lowest(hops, n);
    switch (route->choice) {
    case DIA_CHOICE_ORDER: return nth(&g, 0);
    case DIA_CHOICE_WEIGHTS: return by_share(&g, turn, NULL);
    case DIA_CHOICE_LOAD: return by_share(&g, turn, (const uint64_t[]){ average_load(&g) });
    case DIA_CHOICE_LEAST: return by_least(&g, turn);
    case DIA_CHOICE_STICKY: {
        const dia_bytes session = dia_route_query_session(query);
        if (session.p)
            return by_session(&g, dia_route_hash(session));
        return nth(&g, (size_t)(turn % g.n));
    }
    default: return nth(&g, (size_t)(turn % g.n));
    }
}

const char *dia_route_action_name(dia_route_action action)
{
    static const char *const names[] = { "proxy", "relay", "redirect", "local" };
    return (unsigned)action < sizeof names / sizeof *names ? names[action] : "?";
}

const char *dia_choice_name(dia_choice choice)
{
    static const char *const names[] = { "turns", "order", "weights", "least", "sticky", "load", "callback" };
    return (unsigned)choice < sizeof names / sizeof *names ? names[choice] : "?";
}
