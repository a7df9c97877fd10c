/* Tests of the choice among hops: shares, priorities, sessions that stay. */
#include "harness.h"
#include "route/route.h"

#include <stdio.h>
#include <stdlib.h>

enum { N = 5 };

static dia_live_hop hop(const char *host, uint32_t priority, uint32_t weight)
{
    return (dia_live_hop){ .host = dia_cstr(host),
                           .priority = priority,
                           .weight = weight,
                           .load = DIA_LOAD_UNKNOWN,
                           .key = dia_hop_key(dia_cstr(host)) };
}

/* How often each of n hops is chosen in so many turns. */
static void share(dia_choice choice, const dia_live_hop *hops, size_t n, uint64_t turns, unsigned *counts)
{
    const dia_route route = { .choice = choice };
    dia_route_query q = { .application = 4 };
    memset(counts, 0, n * sizeof *counts);
    for (uint64_t turn = 0; turn < turns; turn++) {
        const int i = dia_route_choose(&route, &q, turn, hops, n);
        if (i >= 0)
            counts[i]++;
    }
}

static bool near(unsigned have, unsigned want, unsigned by)
{
    return have + by >= want && have <= want + by;
}

static void no_hop_is_none(void)
{
    const dia_route route = { .choice = DIA_CHOICE_ORDER };
    need_int(dia_route_choose(&route, &(dia_route_query){ .application = 4 }, 0, NULL, 0), -1);
done:;
}

static void lower_priorities_go_first_and_order_takes_the_first(void)
{
    const dia_live_hop hops[] = { hop("c", 7, 1), hop("a", 1, 1), hop("b", 1, 1), hop("d", 9, 9) };
    static const struct {
        dia_choice choice;
        unsigned a, b;
    } rows[] = {
        { DIA_CHOICE_ORDER, 100, 0 }, { DIA_CHOICE_TURNS, 50, 50 },  { DIA_CHOICE_WEIGHTS, 50, 50 },
        { DIA_CHOICE_LEAST, 50, 50 }, { DIA_CHOICE_STICKY, 50, 50 }, { DIA_CHOICE_LOAD, 50, 50 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned counts[4];
        harness_row(dia_choice_name(rows[i].choice));
        share(rows[i].choice, hops, 4, 100, counts);
        need(near(counts[1], rows[i].a, 1) && near(counts[2], rows[i].b, 1));
    }
    unsigned last[1];
    share(DIA_CHOICE_WEIGHTS, hops + 3, 1, 10, last);
    need_int(last[0], 10);
done:
    harness_row(NULL);
}

static void weights_are_shares_also_over_a_few_turns(void)
{
    const dia_live_hop hops[] = { hop("a", 0, 10), hop("b", 0, 5), hop("c", 0, 1) };
    unsigned counts[3];
    share(DIA_CHOICE_WEIGHTS, hops, 3, 1600, counts);
    need(near(counts[0], 1000, 3) && near(counts[1], 500, 3) && near(counts[2], 100, 3));
    share(DIA_CHOICE_WEIGHTS, hops, 3, 16, counts);
    need(near(counts[0], 10, 1) && near(counts[1], 5, 1) && near(counts[2], 1, 1));
    const dia_live_hop heavy[] = { hop("a", 0, 65535), hop("b", 0, 0) };
    share(DIA_CHOICE_WEIGHTS, heavy, 2, 65536, counts);
    need(near(counts[1], 1, 1));
done:;
}

static void least_outstanding_is_in_proportion_to_weight(void)
{
    dia_live_hop hops[] = { hop("a", 0, 1), hop("b", 0, 1), hop("c", 0, 3) };
    static const struct {
        unsigned outstanding[3];
        int want;
    } rows[] = {
        { { 5, 4, 100 }, 1 }, { { 4, 5, 100 }, 0 }, { { 4, 4, 13 }, 2 }, { { 4, 9, 14 }, 0 }, { { 0, 0, 0 }, 2 },
    };
    const dia_route route = { .choice = DIA_CHOICE_LEAST };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < 3; k++)
            hops[k].outstanding = rows[i].outstanding[k];
        for (uint64_t turn = 0; turn < 6; turn++) {
            const int got = dia_route_choose(&route, &(dia_route_query){ .application = 4 }, turn, hops, 3);
            if (i == 3) /* 5 to 1 and 15 to 3 are alike */
                need(got == 0 || got == 2);
            else
                need_int(got, rows[i].want);
        }
    }
done:;
}

static void load_is_what_a_hop_has_to_spare(void)
{
    dia_live_hop hops[] = { hop("a", 0, 1), hop("b", 0, 1), hop("c", 0, 1) };
    unsigned counts[3];
    hops[0].load = 60000;
    hops[1].load = 20000;
    hops[2].load = 0;
    share(DIA_CHOICE_LOAD, hops, 3, 8000, counts);
    need(near(counts[0], 6000, 20) && near(counts[1], 2000, 20) && counts[2] == 0);
    hops[2].load = DIA_LOAD_UNKNOWN; /* as the average */
    share(DIA_CHOICE_LOAD, hops, 3, 6000, counts);
    need(near(counts[0], 3000, 20) && near(counts[1], 1000, 20) && near(counts[2], 2000, 20));
    hops[0].load = hops[1].load = hops[2].load = 0;
    share(DIA_CHOICE_LOAD, hops, 3, 600, counts);
    need(near(counts[0], 200, 3) && near(counts[2], 200, 3));
    hops[0].load = hops[1].load = hops[2].load = 65535;
    hops[1].weight = 65535;
    share(DIA_CHOICE_LOAD, hops, 3, 10000, counts);
    need(counts[1] > 9990);
done:;
}

/* The hop of a session among those of the mask. */
static int home(const dia_live_hop *hops, unsigned mask, unsigned session)
{
    const dia_route route = { .choice = DIA_CHOICE_STICKY };
    dia_live_hop there[N];
    int of[N];
    size_t n = 0;
    char id[64];
    for (int i = 0; i < N; i++) {
        if (mask >> i & 1) {
            there[n] = hops[i];
            of[n++] = i;
        }
    }
    snprintf(id, sizeof id, "client.example.net;1;%u", session);
    dia_route_query q = { .session_id = dia_cstr(id) };
    const int i = dia_route_choose(&route, &q, session, there, n);
    return i < 0 ? i : of[i];
}

static void sessions_stay_and_only_those_of_a_lost_hop_move(void)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        const dia_live_hop hops[N] = { hop("a.example", 0, 1), hop("b.example", 0, weighted ? 2 : 1),
                                       hop("c.example", 0, weighted ? 3 : 1), hop("D.example", 0, weighted ? 4 : 1),
                                       hop("e.example", 0, weighted ? 10 : 1) };
        const unsigned total = weighted ? 20 : 5;
        unsigned counts[N] = { 0 };
        for (unsigned s = 0; s < 10000; s++) {
            const int whole = home(hops, 31, s);
            need(whole >= 0);
            counts[whole]++;
            for (unsigned gone = 0; gone < N; gone++) {
                const int now = home(hops, 31u & ~(1u << gone), s);
                need(now >= 0 && now != (int)gone);
                if (whole != (int)gone)
                    need_int(now, whole);
            }
        }
        for (unsigned i = 0; i < N; i++)
            need(near(counts[i], 10000 * hops[i].weight / total, 200));
    }
    need(dia_hop_key(dia_cstr("HSS.example.NET")) == dia_hop_key(dia_cstr("hss.example.net")));
done:;
}

static int last_one(void *arg, const dia_route_query *query, const dia_live_hop *hops, size_t n)
{
    (void)query;
    return hops[0].priority == 5 ? (int)n - 1 : *(int *)arg;
}

static void a_callback_sees_all_hops_and_may_want_none(void)
{
    int other = 99;
    const dia_route route = { .choice = DIA_CHOICE_CALLBACK, .choose = last_one, .choose_arg = &other };
    const dia_live_hop hops[] = { hop("a", 5, 1), hop("b", 1, 1), hop("c", 9, 1) };
    dia_route_query q = { .application = 4 };
    need_int(dia_route_choose(&route, &q, 0, hops, 3), 2);
    need_int(dia_route_choose(&route, &q, 0, hops + 1, 2), -1);
    other = -7;
    need_int(dia_route_choose(&route, &q, 0, hops + 1, 2), -1);
    other = 0;
    need_int(dia_route_choose(&route, &q, 0, hops + 1, 2), 0);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "no_hop_is_none", no_hop_is_none },
        { "lower_priorities_go_first_and_order_takes_the_first", lower_priorities_go_first_and_order_takes_the_first },
        { "weights_are_shares_also_over_a_few_turns", weights_are_shares_also_over_a_few_turns },
        { "least_outstanding_is_in_proportion_to_weight", least_outstanding_is_in_proportion_to_weight },
        { "load_is_what_a_hop_has_to_spare", load_is_what_a_hop_has_to_spare },
        { "sessions_stay_and_only_those_of_a_lost_hop_move", sessions_stay_and_only_those_of_a_lost_hop_move },
        { "a_callback_sees_all_hops_and_may_want_none", a_callback_sees_all_hops_and_may_want_none },
    };
    return HARNESS_RUN("route/choose", tests);
}
