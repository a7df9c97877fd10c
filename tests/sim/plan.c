/* Drawing a plan from a seed. Each part has random numbers of its own, so that one is not moved by another. */
#include "plan.h"

#include <stdio.h>

uint64_t plan_hash(uint64_t seed, uint64_t a, uint64_t b)
{
    return dia_hash_u64(a, dia_hash_u64(b, seed));
}

static dia_random dice_of(uint64_t seed, uint64_t part)
{
    uint8_t octets[32] = { 0 };
    dia_random dice;
    dia_store64(octets, seed);
    dia_store64(octets + 8, part + 1);
    dia_random_init(&dice, octets);
    return dice;
}

static uint32_t between(dia_random *dice, uint32_t least, uint32_t most)
{
    return least + (uint32_t)dia_random_below(dice, (uint64_t)most - least + 1);
}

static bool one_in(dia_random *dice, uint32_t n)
{
    return dia_random_below(dice, n) == 0;
}

/* ---- The network ---- */

enum { NEIGHBOURS_MAX = 6 };

static void draw_host(plan *p, size_t i, dia_random *dice)
{
    host_plan *host = &p->host[i];
    host->sctp = one_in(dice, 8);
    /* Elections compare names: let the order of hosts not be the order of names. */
    snprintf(host->realm, sizeof host->realm, "example.net");
    snprintf(host->name, sizeof host->name, "%c%zu.example.net", 'a' + (int)between(dice, 0, 25), i);
    host->roles = SERVES;
    host->watchdog_ms = between(dice, 6000, 12000);
    host->reconnect_ms = between(dice, 1000, 8000);
    host->reopen_dwas = one_in(dice, 3) ? DIA_REOPEN_AT_ONCE : between(dice, 1, 3);
    host->asks_ms = one_in(dice, 3) ? 0 : between(dice, 300, 6000);
    host->everybody = !one_in(dice, 3);
    dia_limits *limits = &host->limits;
    if (one_in(dice, 4)) {
        limits->output_soft = between(dice, 500, 8000);
        limits->output_hard = limits->output_soft + between(dice, 0, 4000);
    }
    if (one_in(dice, 4))
        limits->pending = between(dice, 2, 20);
    if (one_in(dice, 4))
        limits->unanswered = between(dice, 1, 10);
    if (one_in(dice, 2))
        limits->turn = between(dice, 1, 5);
    if (one_in(dice, 4)) {
        limits->message = 4096;
        limits->memory = between(dice, 200000, 400000);
    }
    if (one_in(dice, 4)) {
        limits->stall_ms = between(dice, 1000, 5000);
        limits->partial_ms = between(dice, 1000, 5000);
        limits->cer_ms = between(dice, 1000, 5000);
    }
}

static void draw_neighbours(plan *p)
{
    dia_random dice = dice_of(p->seed, 0);
    p->n_hosts = between(&dice, 2, NEIGHBOURS_MAX);
    for (size_t i = 0; i < p->n_hosts; i++)
        draw_host(p, i, &dice);
    if (!p->host[0].asks_ms)
        p->host[0].asks_ms = 2000;
    for (size_t b = 1; b < p->n_hosts; b++) {
        const size_t with = dia_random_below(&dice, b); /* nobody stays alone */
        for (size_t a = 0; a < b; a++)
            if (a == with || one_in(&dice, 3))
                p->joint[a][b] = (joint)between(&dice, A_CONNECTS, BOTH_CONNECT);
    }
    p->link = (dia_sim_link){ .delay_us = between(&dice, 100, 30000),
                              .jitter_us = one_in(&dice, 2) ? between(&dice, 0, 20000) : 0 };
}

/* ---- Networks: clients, relays in between, servers of two realms ---- */

static const char *const realms[] = { "one.example", "two.example" };

static void add(plan *p, dia_random *dice, const char *what, const char *realm, unsigned roles)
{
    const size_t i = p->n_hosts++;
    host_plan *host = &p->host[i];
    draw_host(p, i, dice);
    host->roles = roles;
    if (roles)
        host->asks_ms = 0;
    else if (!host->asks_ms)
        host->asks_ms = between(dice, 300, 6000);
    snprintf(host->realm, sizeof host->realm, "%s", realm);
    snprintf(host->name, sizeof host->name, "%c-%s%zu.%s", 'a' + (int)between(dice, 0, 25), what, i, realm);
}

/* How a and b come together, or that they do not; `must` they? */
static void join(plan *p, dia_random *dice, size_t a, size_t b, bool must, uint32_t one_of)
{
    if (must || one_in(dice, one_of))
        p->joint[a < b ? a : b][a < b ? b : a] = (joint)between(dice, A_CONNECTS, BOTH_CONNECT);
}

/* Two of its relays may be asked for the same, and only one knows how. */
static void draw_redirecting(plan *p)
{
    static const dia_redirect_usage usages[] = { DIA_REDIRECT_DONT_CACHE, DIA_REDIRECT_ALL_SESSION,
                                                 DIA_REDIRECT_ALL_REALM, DIA_REDIRECT_REALM_AND_APPLICATION,
                                                 DIA_REDIRECT_ALL_HOST };
    dia_random dice = dice_of(p->seed, UINT64_C(3) << 32);
    const size_t i = p->n_hosts;
    if (i == HOSTS_MAX || !one_in(&dice, 3))
        return;
    add(p, &dice, "redirect", realms[1], RELAYS | REDIRECTS);
    host_plan *host = &p->host[i];
    host->usage = usages[between(&dice, 0, sizeof usages / sizeof *usages - 1)];
    host->cache_s = host->usage == DIA_REDIRECT_DONT_CACHE ? 0 : between(&dice, 2, 60);
    for (size_t k = 0; k < i; k++)
        if (plan_is(p, k, RELAYS) || !p->host[k].roles)
            join(p, &dice, k, i, false, plan_is(p, k, RELAYS) ? 2 : 4);
}

static void draw_policies(plan *p)
{
    dia_random dice = dice_of(p->seed, UINT64_C(4) << 32);
    for (size_t i = 0; i < p->n_hosts; i++) {
        host_plan *host = &p->host[i];
        host->tries = one_in(&dice, 4) ? between(&dice, 1, 5) : 0;
        host->try_ms = one_in(&dice, 4) ? between(&dice, 500, 8000) : 0;
        host->retry = one_in(&dice, 8) ? DIA_RETRY_NEVER : 0;
        host->redirects = (dia_redirects)between(&dice, DIA_REDIRECTS_FOLLOW, DIA_REDIRECTS_IGNORE);
        host->table = one_in(&dice, 3);
        host->choice = (dia_choice)between(&dice, DIA_CHOICE_TURNS, DIA_CHOICE_LOAD);
        host->proxies = one_in(&dice, 3);
    }
}

/* One in some networks; hosts of their own random numbers come last, so that they move nothing. */
static void draw_careless(plan *p)
{
    dia_random dice = dice_of(p->seed, UINT64_C(2) << 32);
    const size_t i = p->n_hosts;
    if (i == HOSTS_MAX || !one_in(&dice, 3))
        return;
    add(p, &dice, "agent", one_in(&dice, 2) ? realms[1] : NOWHERE, CARELESS);
    for (size_t k = 0; k < i; k++)
        if (plan_is(p, k, RELAYS) || plan_of_realm(p, k, p->host[i].realm))
            join(p, &dice, k, i, false, 2);
}

static void draw_network(plan *p)
{
    dia_random dice = dice_of(p->seed, 0);
    const size_t clients = between(&dice, 1, 3), relays = between(&dice, 1, 3), servers = between(&dice, 2, 5);
    for (size_t i = 0; i < clients; i++)
        add(p, &dice, "client", "home.example", 0);
    for (size_t i = 0; i < relays; i++) {
        const bool serves = one_in(&dice, 6);
        add(p, &dice, serves ? "both" : "relay", serves || one_in(&dice, 4) ? realms[0] : "hub.example",
            RELAYS | (serves ? SERVES : 0));
    }
    for (size_t i = 0; i < servers; i++)
        add(p, &dice, "server", realms[i < 2 ? 0 : between(&dice, 0, 1)], SERVES);
    const size_t first = clients, end = clients + relays;
    for (size_t i = 0; i < p->n_hosts; i++) {
        const size_t with = first + dia_random_below(&dice, relays);
        for (size_t r = first; r < end; r++) /* the relays are a chain at least */
            if (i < first || i >= end)
                join(p, &dice, i, r, r == with, 2);
            else if (i < r)
                join(p, &dice, i, r, i + 1 == r, 2);
        for (size_t s = end; i < first && s < p->n_hosts; s++)
            join(p, &dice, i, s, false, 12);
    }
    draw_careless(p);
    draw_redirecting(p);
    draw_policies(p);
}

bool plan_redirects(const plan *p, const char *realm)
{
    bool does = false;
    for (size_t i = 0; i < p->n_hosts; i++)
        does = does || (plan_is(p, i, REDIRECTS) && (!realm || plan_of_realm(p, i, realm)));
    return does;
}

bool plan_is(const plan *p, size_t i, role r)
{
    return p->host[i].roles & (unsigned)r;
}

bool plan_of_realm(const plan *p, size_t i, const char *realm)
{
    return !strcmp(p->host[i].realm, realm);
}

/* Where a host sends a request, as dia_decision_by_route() decides when all is well. */
typedef struct walk {
    const plan *plan;
    const char *realm;
    size_t host;
} walk;

static bool leads_on(const walk *w, size_t at, size_t from, unsigned visited);

static bool is_fine(const walk *w, size_t at, size_t from, unsigned visited)
{
    if (w->host == at || (w->host == HOSTS_MAX && plan_of_realm(w->plan, at, w->realm) && plan_is(w->plan, at, SERVES)))
        return true;
    return plan_is(w->plan, at, RELAYS) && !plan_is(w->plan, at, REDIRECTS) && leads_on(w, at, from, visited);
}

static bool leads_on(const walk *w, size_t at, size_t from, unsigned visited)
{
    const plan *p = w->plan;
    unsigned way[3] = { 0, 0, 0 }; /* of the realm, relays, others: a bit each */
    visited |= 1u << at;
    for (size_t i = 0; i < p->n_hosts; i++) {
        if (!plan_joined(p, at, i) || i == from || visited & 1u << i)
            continue;
        if (i == w->host)
            return true;
        way[plan_of_realm(p, i, w->realm) ? 0 : plan_is(p, i, RELAYS) ? 1 : 2] |= 1u << i;
    }
    const unsigned to = way[0] ? way[0] : way[1];
    bool fine = to;
    for (size_t i = 0; i < p->n_hosts && fine; i++)
        fine = !(to & 1u << i) || is_fine(w, i, at, visited);
    return fine;
}

bool plan_leads(const plan *p, size_t from, const char *realm, size_t host)
{
    const walk w = { p, realm, host };
    if (plan_redirects(p, realm)) /* what is remembered of redirects may lead anywhere there */
        return false;
    return leads_on(&w, from, from, 0);
}

bool plan_connects(const plan *p, size_t a, size_t b)
{
    const joint j = a < b ? p->joint[a][b] : p->joint[b][a];
    return j == BOTH_CONNECT || j == (a < b ? A_CONNECTS : B_CONNECTS);
}

bool plan_joined(const plan *p, size_t a, size_t b)
{
    return a != b && (a < b ? p->joint[a][b] : p->joint[b][a]) != NOT_JOINED;
}

/* ---- The disturbances ---- */

static dia_sim_link draw_link(dia_random *dice)
{
    dia_sim_link link = { .delay_us = between(dice, 100, one_in(dice, 4) ? 3000000 : 200000) };
    if (one_in(dice, 2))
        link.jitter_us = between(dice, 1, one_in(dice, 4) ? 2000000 : 100000);
    if (one_in(dice, 3))
        link.octets_per_s = between(dice, 200, 20000);
    if (one_in(dice, 4))
        link.chunk = one_in(dice, 8) ? 1 : between(dice, 2, 100);
    if (one_in(dice, 3))
        link.window = between(dice, 1, 2000);
    return link;
}

/* Two hosts that know each other, in either order. */
static void draw_pair(const plan *p, dia_random *dice, disturbance *d)
{
    do {
        d->a = (uint8_t)dia_random_below(dice, p->n_hosts);
        d->b = (uint8_t)dia_random_below(dice, p->n_hosts);
    } while (!plan_joined(p, d->a, d->b));
}

static void draw_disturbance(plan *p, size_t i)
{
    dia_random dice = dice_of(p->seed, 1 + i);
    disturbance *d = &p->disturbance[i];
    d->kind = (disturbance_kind)dia_random_below(&dice, p->secure ? DISTURBANCES : USUAL);
    d->at_ms = between(&dice, 0, p->minutes * 60000 - 1);
    /* Some last less than a timer of the protocol, some longer than all of them; many come in the first moment. */
    d->lasts_ms = one_in(&dice, 3) ? between(&dice, 1, 500) : between(&dice, 500, 60000);
    if (one_in(&dice, 8))
        d->at_ms = between(&dice, 0, 200);
    draw_pair(p, &dice, d);
    d->amount = between(&dice, 1, 50);
    d->link = draw_link(&dice);
}

static void sort_by_time(plan *p)
{
    for (size_t i = 1; i < p->n_disturbances; i++) {
        const disturbance d = p->disturbance[i];
        size_t at = i;
        for (; at > 0 && p->disturbance[at - 1].at_ms > d.at_ms; at--)
            p->disturbance[at] = p->disturbance[at - 1];
        p->disturbance[at] = d;
    }
}

static void draw_security(plan *p)
{
    dia_random dice = dice_of(p->seed, UINT64_C(5) << 32);
    for (size_t i = 0; i < p->n_hosts; i++) {
        host_plan *host = &p->host[i];
        host->sctp = one_in(&dice, 2);
        host->tls = one_in(&dice, 3);
        host->inband = one_in(&dice, 2) ? DIA_INBAND_OFFER : one_in(&dice, 2) ? DIA_INBAND_REQUIRE : DIA_INBAND_OFF;
        if (host->sctp && host->inband == DIA_INBAND_REQUIRE)
            host->inband = DIA_INBAND_OFFER; /* nobody could ever connect */
        host->life_s = one_in(&dice, 2) ? between(&dice, 20, 120) : 0;
    }
    p->link.jitter_us = between(&dice, 1, 50000);
}

static void write_uri(host_plan *host)
{
    snprintf(host->uri, sizeof host->uri, "%s://%s%s", host->tls ? "aaas" : "aaa", host->name,
             host->sctp ? ";transport=sctp" : "");
}

void plan_draw(plan *p, uint64_t seed, uint32_t minutes, bool network, bool secure)
{
    *p = (plan){ .seed = seed, .minutes = minutes, .network = network, .secure = secure };
    if (network)
        draw_network(p);
    else
        draw_neighbours(p);
    if (secure)
        draw_security(p);
    for (size_t i = 0; i < p->n_hosts; i++)
        write_uri(&p->host[i]);
    dia_random dice = dice_of(seed, UINT64_C(1) << 32);
    p->n_disturbances = between(&dice, 8, DISTURBANCES_MAX);
    for (size_t i = 0; i < p->n_disturbances; i++)
        draw_disturbance(p, i);
    sort_by_time(p);
}

/* ---- Words ---- */

void plan_say(const plan *p, const disturbance *d, char *to, size_t size)
{
    static const char *const sentences[DISTURBANCES] = {
        [CUT] = "connections between %s and %s are cut",
        [LOSE] = "connections between %s and %s lose all octets",
        [VANISH] = "connections of %s vanish without a word to %s",
        [CRASH] = "%s crashes",
        [KILL] = "%s is killed",
        [STOP] = "%s stops",
        [LINK] = "the link from %s to %s changes",
        [STALL] = "the link from %s to %s stalls",
        [REFUSE] = "connections from %s to %s are refused",
        [IGNORE] = "connections from %s to %s hang",
        [REMOVE] = "%s removes its peer %s",
        [CONNECT] = "%s connects to %s now",
        [BURST] = "%s sends a burst",
        [FREEZE] = "%s stands still",
        [SCARCE] = "%s is short of memory",
        [MUTE] = "%s answers nothing",
        [DISABLE] = "%s takes its peer %s out of service",
        [EXPIRE] = "the certificate of %s ends",
        [MISNAME] = "%s shows a certificate of %s",
        [FAIL_TLS] = "handshakes of %s with %s fail",
        [HANG_TLS] = "handshakes of %s with %s hang",
    };
    const char *const a = p->host[d->a].name, *const b = p->host[d->b].name;
    /* Not the format itself: what is no literal, no compiler checks. */
    size_t at = 0;
    const char *next = a;
    for (const char *s = sentences[d->kind]; *s && at + 1 < size; s++) {
        if (*s != '%') {
            to[at++] = *s;
            continue;
        }
        at += (size_t)snprintf(to + at, size - at, "%s", next);
        at = at < size ? at : size - 1;
        next = b;
        s++;
    }
    to[at] = 0;
    const bool lasts = d->kind != CUT && d->kind != LOSE && d->kind != VANISH && d->kind != CONNECT && d->kind != BURST;
    if (lasts)
        at += (size_t)snprintf(to + at, size - at, " for %u ms", (unsigned)d->lasts_ms);
    if (d->kind == BURST)
        at += (size_t)snprintf(to + at, size - at, " of %u requests", (unsigned)d->amount);
    if (d->kind == LINK && at < size)
        snprintf(to + at, size - at, ": delay %u us, jitter %u us, %u octets/s, chunk %u, window %u",
                 (unsigned)d->link.delay_us, (unsigned)d->link.jitter_us, (unsigned)d->link.octets_per_s,
                 (unsigned)d->link.chunk, (unsigned)d->link.window);
}
