/* A connection among others: the memory of all together, who may come in, what it wishes of the driver. */
#include "rig.h"

#include <stdlib.h>

static const char *const anybody[] = { "*", NULL };
static const dia_header request = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };

/* ---- Memory of all together ---- */

enum { LONG = 200000 };

/* The far end begins a message of LONG octets and sends so many of them. */
static size_t begin_long(struct rig *rig, struct rig_link *link, size_t n)
{
    static uint8_t octets[LONG];
    dia_header header = request;
    header.version = 1;
    header.length = LONG;
    dia_header_write(&header, octets);
    return rig_feed(rig, link, (dia_bytes){ octets, n });
}

/* Three open peers, and so many octets of memory beyond what they need. */
static bool begin_scarce(struct rig *rig, struct rig_link *links[3], size_t more)
{
    static const char *const hosts[] = { "a.example.net", "b.example.net", "c.example.net" };
    if (!rig_begin(rig, NULL))
        return false;
    for (int i = 0; i < 3; i++)
        if (!(links[i] = rig_open_r(rig, hosts[i])))
            return false;
    rig->hub.config.limits.memory = rig->hub.memory + more;
    return true;
}

static void greedy_connection_waits_and_others_do_not(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[1000];
    need(begin_scarce(&rig, links, 100000));
    need_int(begin_long(&rig, links[0], 90000), 90000); /* and the storage is larger than that */
    need(dia_hub_is_full(&rig.hub));
    need(dia_conn_is_greedy(links[0]->conn));
    need(dia_conn_is_busy(links[0]->conn));
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, sizeof octets }), 0);
    need(links[0]->conn->paused);
    need(!links[0]->read_wished);
    /* Who holds little is served. */
    need(!dia_conn_is_busy(links[1]->conn));
    rig_send_dwr(&rig, links[1]);
    need(rig_read(&rig, links[1], DIA_COMMAND_DWA));
    need_int(begin_long(&rig, links[1], 1000), 1000);
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, sizeof octets }), sizeof octets);
    /* Its message is never complete, which has an end, and then all is as before. */
    rig_pass(&rig, 10000);
    need_int(links[0]->ending, RIG_RESET);
    rig_drop(&rig, links[0]);
    need(!dia_hub_is_full(&rig.hub));
    need(rig_accept(&rig));
done:
    rig_end(&rig);
}

/* Keys, certificates and records are the driver's, and so many of them as there are connections. */
static void what_the_driver_holds_counts(void)
{
    struct rig rig;
    struct rig_link *links[3];
    need(begin_scarce(&rig, links, 100000));
    const size_t before = rig.hub.memory;
    need_int(dia_conn_hold(links[0]->conn, 70000), 0);
    need_int(rig.hub.memory, before + 70000);
    need_int(dia_conn_hold(links[0]->conn, 40000), 0); /* less, after the handshake */
    need_int(rig.hub.memory, before + 40000);
    need_int(dia_conn_hold(links[1]->conn, 60001), DIA_ENOMEM);
    need_int(rig.hub.memory, before + 40000);
    need_int(dia_conn_hold(links[1]->conn, 60000), 0);
    need(!dia_hub_is_full(&rig.hub));
    need_int(dia_conn_hold(links[2]->conn, dia_hub_part(&rig.hub, 0) + 1), DIA_ENOMEM);
    need_int(dia_conn_hold(links[2]->conn, dia_hub_part(&rig.hub, 0)),
             0); /* so much it may hold, whatever the others do */
    need(dia_hub_is_full(&rig.hub));
    need_int(dia_conn_hold(links[2]->conn, 0), 0);
    /* Where memory is scarce now, who holds something goes on with less. It is in no connection's part: all are served as ever. */
    rig.hub.config.limits.memory -= 50000;
    need_int(dia_conn_hold(links[0]->conn, 40000), 0);
    need_int(dia_conn_hold(links[0]->conn, 39999), 0);
    need_int(dia_conn_hold(links[0]->conn, dia_hub_part(&rig.hub, 0) + 1), DIA_ENOMEM);
    for (int i = 0; i < 3; i++)
        need(!dia_conn_is_greedy(links[i]->conn));
    rig_drop(&rig, links[0]);
    rig_drop(&rig, links[1]);
    need(rig.hub.memory <= before);
done:
    rig_end(&rig);
}

/* What others hold keeps nobody out: a newcomer has its equal part, and is served. Only a part in which there is no room for a
 * connection is none. */
static void who_comes_when_memory_is_used_up_has_an_equal_part(void)
{
    struct rig rig;
    struct rig_link *links[3], *late;
    need(begin_scarce(&rig, links, 100000));
    need_int(begin_long(&rig, links[0], 90000), 90000);
    need(dia_hub_is_full(&rig.hub));
    need(late = rig_open_r(&rig, "late.example.net"));
    need(dia_hub_is_full(&rig.hub));
    rig_send_dwr(&rig, late);
    need(rig_read(&rig, late, DIA_COMMAND_DWA));
    need_int(begin_long(&rig, late, 1000), 1000);
    need(!dia_conn_is_greedy(late->conn));
    rig.hub.config.limits.memory = 5 * 8192 - 1; /* of the fifth */
    need(!rig_accept(&rig));
    need_str(rig.events[DIA_EVENT_REFUSED].reason, "limits.memory is used up");
    rig.hub.config.limits.memory = 5 * 8192;
    need(rig_accept(&rig));
done:
    rig_end(&rig);
}

/* It is wished for here, not made by others. */
static void what_the_driver_holds_for_ours_counts_and_is_never_refused(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", "aaa://192.0.2.1"));
    struct rig_link *link = rig_wanted(&rig);
    need(link);
    rig.hub.config.limits.memory = rig.hub.memory + 1000;
    const size_t before = rig.hub.memory;
    need_int(dia_conn_hold(link->conn, 50000), 0);
    need_int(rig.hub.memory, before + 50000);
done:
    rig_end(&rig);
}

static void who_waited_for_memory_goes_on_when_there_is_some(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[LONG];
    need(begin_scarce(&rig, links, 300000));
    need_int(begin_long(&rig, links[0], 150000), 150000);
    need_int(begin_long(&rig, links[1], 150000), 150000);
    need(dia_hub_is_full(&rig.hub));
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, 1000 }), 0);
    need(!links[1]->read_wished);
    rig_drop(&rig, links[0]);
    need(links[1]->read_wished);
    need(!links[1]->conn->paused);
    need_int(rig_feed(&rig, links[1], (dia_bytes){ octets, LONG - 150000 }), LONG - 150000);
    need_int(rig.requests, 1);
done:
    rig_end(&rig);
}

/* Both reasons to wait at once: output above output_hard, and memory. Whichever goes last wakes the connection. */
static void who_waited_for_two_things_goes_on_behind_the_last(void)
{
    struct rig rig;
    struct rig_link *links[3];
    static uint8_t octets[LONG];
    need(begin_scarce(&rig, links, 300000));
    rig.hub.config.limits.output_soft = 1000;
    rig.hub.config.limits.output_hard = 2000;
    need_int(begin_long(&rig, links[0], 150000), 150000);
    need_int(links[0]->ending, RIG_STAYS);
    links[0]->stuck = true;
    for (int i = 0; i < 120; i++)
        need(rig_request(&rig, links[0], 60000));
    need(dia_conn_is_full(links[0]->conn));
    need_int(begin_long(&rig, links[1], 150000), 150000);
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, 1000 }), 0);
    rig_drop(&rig, links[1]); /* memory, but too much output */
    need(!links[0]->read_wished);
    need_int(begin_long(&rig, links[2], 150000), 150000);
    dia_conn_sent(links[0]->conn, links[0]->conn->out.n, rig.hub.now); /* no output, but no memory */
    rig_pump(&rig);
    need(!links[0]->read_wished);
    rig_drop(&rig, links[2]);
    need(links[0]->read_wished);
    need_int(rig_feed(&rig, links[0], (dia_bytes){ octets, LONG - 150000 }), LONG - 150000);
    need_int(rig.requests, 1);
done:
    rig_end(&rig);
}

/* An octet now and then is no reading: as long as memory is scarce, who holds much of it has to take more than that. */
static void who_reads_too_slowly_goes_when_memory_is_scarce(void)
{
    static const struct {
        const char *name;
        size_t takes; /* every 9 seconds */
        bool scarce;
        enum rig_ending want;
    } rows[] = {
        { "an octet, scarce", 1, true, RIG_RESET },
        { "an octet, enough for all", 1, false, RIG_STAYS },
        { "enough, scarce", 70000, true, RIG_STAYS },
        { "nothing", 0, false, RIG_RESET },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        struct rig_link *links[3];
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin_scarce(&rig, links, 400000));
        links[0]->stuck = true;
        while (!dia_hub_is_full(&rig.hub) && links[0]->ending == RIG_STAYS)
            for (int k = 0; k < 100; k++)
                rig_send_dwr(&rig, links[0]);
        need(dia_conn_is_greedy(links[0]->conn) && links[0]->conn->out.n > 200000);
        if (!rows[i].scarce)
            rig.hub.config.limits.memory *= 10;
        for (int k = 0; k < 2; k++) {
            rig_pass(&rig, 9000);
            dia_conn_sent(links[0]->conn, rows[i].takes, rig.hub.now);
        }
        need_int(links[0]->ending, rows[i].want);
        if (rows[i].want == RIG_RESET)
            need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* A ring of pending requests that has grown large is given back when it is empty, or its connection would be greedy for
 * ever. */
static void empty_ring_is_given_back_when_memory_is_scarce(void)
{
    struct rig rig;
    uint32_t ids[100][2];
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    for (int i = 0; i < 100; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 60000);
        need(waiting);
        ids[i][0] = waiting->hop_by_hop;
        ids[i][1] = waiting->end_to_end;
    }
    rig.hub.config.limits.memory = 4096;
    need(dia_conn_is_greedy(link->conn));
    for (int i = 0; i < 100; i++)
        rig_send_header(
            &rig, link,
            &(dia_header){ .command = 272, .application = 4, .hop_by_hop = ids[i][0], .end_to_end = ids[i][1] });
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 100);
    need(!link->conn->pending.ring);
    need(!dia_conn_is_greedy(link->conn));
done:
    rig_end(&rig);
}

/* ---- Who may come in ---- */

static struct rig_link *from(struct rig *rig, uint8_t last_octet)
{
    const uint8_t ip[4] = { 192, 0, 2, last_octet };
    dia_conn_info info = rig_info();
    info.remote.address.value.p = ip;
    return rig_accept_as(rig, &info);
}

static void connections_of_one_address_are_limited(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .per_address = 2 } }));
    struct rig_link *first = from(&rig, 7);
    need(first);
    need(from(&rig, 7));
    need(!from(&rig, 7));
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need(from(&rig, 8)); /* another address is another matter */
    rig_drop(&rig, first);
    need(from(&rig, 7));
done:
    rig_end(&rig);
}

/* Silent ones must not keep others out: the one that waited longest makes way. */
static void connections_without_cer_are_limited(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .before_cer = 2 } }));
    struct rig_link *a = rig_accept(&rig), *b = rig_accept(&rig);
    need(a && b);
    struct rig_link *c = rig_accept(&rig);
    need(c);
    need_int(a->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need_int(rig.hub.n_before_cer, 2);
    rig_send_cer(&rig, b, "b.example.net"); /* no longer without */
    struct rig_link *d = rig_accept(&rig);
    need(d);
    need_int(b->ending, RIG_STAYS);
    need_int(c->ending, RIG_STAYS);
    need(rig_accept(&rig));
    need_int(c->ending, RIG_RESET);
done:
    rig_end(&rig);
}

/* Of the newcomer's own address if there is one: who comes often pushes out itself. */
static void newcomer_pushes_out_its_own_kind_first(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .before_cer = 3 } }));
    struct rig_link *other = from(&rig, 8), *first = from(&rig, 7), *second = from(&rig, 7);
    need(other && first && second);
    need(from(&rig, 7));
    need_int(first->ending, RIG_RESET);
    need_int(other->ending, RIG_STAYS);
    need_int(second->ending, RIG_STAYS);
    need(from(&rig, 9));
    need_int(other->ending, RIG_RESET);
done:
    rig_end(&rig);
}

static void all_connections_are_limited_ours_too(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .connections = 2 } }));
    need(rig_open_r(&rig, "b.example.net"));
    struct rig_link *second = rig_open_r(&rig, "c.example.net");
    need(second);
    need(!rig_accept(&rig));
    need(rig_peer(&rig, "a.example.net", "aaa://far.example.net"));
    need(!rig_wanted(&rig));
    need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
    rig_drop(&rig, second);
    rig_pass(&rig, 33000);
    need(rig_wanted(&rig)); /* tried again after Tc */
done:
    rig_end(&rig);
}

/* Who has not become a peer makes way, also when all places are taken: the silent, and those that were refused and stay. */
static void who_is_no_peer_makes_way_when_all_places_are_taken(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .connections = 3 } }));
    struct rig_link *silent = rig_accept(&rig), *refused = rig_accept(&rig), *third = rig_accept(&rig);
    need(silent && refused && third);
    rig_send_cer(&rig, refused, "nobody.example.net");
    need_int(refused->ending, RIG_CLOSED);
    need_int(rig.hub.n_before_cer, 3);
    need(rig_accept(&rig));
    need_int(silent->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 2);
    need(rig_accept(&rig));
    need_int(third->ending, RIG_RESET);
    need(rig_accept(&rig));
    need_int(refused->ending, RIG_RESET); /* behind CLOSE, and without a word: it was told of */
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 3);
    need_int(rig.hub.n_resets, 3);
    rig_drop(&rig, refused);
    rig_drop(&rig, silent);
    rig_drop(&rig, third);
    need_int(rig.hub.n_resets, 0);
    need_int(rig.hub.n_conns, 3);
done:
    rig_end(&rig);
}

/* A driver without descriptors asks for a place. */
static void driver_may_ask_for_a_place(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    need(!dia_conn_make_way(&rig.hub, NULL));
    struct rig_link *open = rig_open_r(&rig, "a.example.net"), *silent = rig_accept(&rig);
    need(open && silent);
    need(dia_conn_make_way(&rig.hub, NULL));
    rig_pump(&rig);
    need_int(silent->ending, RIG_RESET);
    need(!dia_conn_make_way(&rig.hub, NULL));
    need_int(open->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

static void endpoints_are_copied(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = from(&rig, 9);
    need(link);
    const uint8_t want[4] = { 192, 0, 2, 9 };
    need_bytes(dia_conn_remote(link->conn).address.value, ((dia_bytes){ want, 4 }));
    need_int(dia_conn_remote(link->conn).port, 50000);
    const uint8_t here[4] = { 192, 0, 2, 1 };
    need_bytes(dia_conn_local(link->conn).address.value, ((dia_bytes){ here, 4 }));
    need_int(dia_conn_local(link->conn).port, 3868);
done:
    rig_end(&rig);
}

/* ---- Wishes ---- */

static void each_wish_is_given_once(void)
{
    dia_todo todo;
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(!dia_conn_next_todo(&rig.hub, &todo));
    dia_peer *peer = dia_peer_new(&rig.hub, dia_cstr("a.example.net"));
    need(peer);
    peer->configured = true;
    need(rig_aim(peer, "aaa://far.example.net:3869"));
    need(dia_conn_want(&rig.hub, peer));
    need(dia_conn_next_todo(&rig.hub, &todo));
    need_int(todo.kind, DIA_TODO_CONNECT);
    need_bytes(todo.uri.fqdn, dia_cstr("far.example.net"));
    need_int(todo.uri.port, 3869);
    need(!dia_conn_next_todo(&rig.hub, &todo));
    dia_conn_end(todo.conn, false, "not wanted any more"); /* it never stood: there is nothing to flush */
    need(dia_conn_next_todo(&rig.hub, &todo));
    need_int(todo.kind, DIA_TODO_RESET);
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

/* What is wished for and then ended is not to be read, nor, when it is reset, written. */
static void nothing_is_read_behind_the_end(void)
{
    dia_todo todo;
    for (int reset = 0; reset < 2; reset++) {
        struct rig rig;
        struct rig_link *link =
            rig_begin_open(&rig, &(dia_node_config){ .limits = { .output_soft = 1, .output_hard = 1 } });
        need(link);
        link->stuck = true;
        need(rig_request(&rig, link, 1000));
        rig_send_dwr(&rig, link);
        need(link->conn->paused);
        dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now); /* READ is wished for */
        dia_conn_end(link->conn, reset, "a test");
        need(dia_conn_next_todo(&rig.hub, &todo));
        if (todo.kind == DIA_TODO_WRITE && !reset)
            need(dia_conn_next_todo(&rig.hub, &todo));
        need_int(todo.kind, reset ? DIA_TODO_RESET : DIA_TODO_CLOSE);
        need(!dia_conn_next_todo(&rig.hub, &todo));
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* The same when the output goes behind CLOSE. */
static void what_is_written_behind_the_end_wakes_no_reading(void)
{
    dia_todo todo;
    struct rig rig;
    struct rig_link *link =
        rig_begin_open(&rig, &(dia_node_config){ .limits = { .output_soft = 1, .output_hard = 1 } });
    need(link);
    link->stuck = true;
    need(rig_request(&rig, link, 1000));
    rig_send_dwr(&rig, link);
    need(link->conn->paused);
    dia_conn_end(link->conn, false, "a test");
    while (dia_conn_next_todo(&rig.hub, &todo))
        need(todo.kind != DIA_TODO_READ);
    dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now);
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

static void wishes_of_a_connection_that_is_gone_are_gone(void)
{
    dia_todo todo;
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    dia_conn_end(link->conn, true, "a test");
    dia_conn_free(link->conn, NULL);
    link->conn = NULL;
    need(!dia_conn_next_todo(&rig.hub, &todo));
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "greedy_connection_waits_and_others_do_not", greedy_connection_waits_and_others_do_not },
        { "what_the_driver_holds_counts", what_the_driver_holds_counts },
        { "what_the_driver_holds_for_ours_counts_and_is_never_refused",
          what_the_driver_holds_for_ours_counts_and_is_never_refused },
        { "who_comes_when_memory_is_used_up_has_an_equal_part", who_comes_when_memory_is_used_up_has_an_equal_part },
        { "who_waited_for_memory_goes_on_when_there_is_some", who_waited_for_memory_goes_on_when_there_is_some },
        { "who_waited_for_two_things_goes_on_behind_the_last", who_waited_for_two_things_goes_on_behind_the_last },
        { "who_reads_too_slowly_goes_when_memory_is_scarce", who_reads_too_slowly_goes_when_memory_is_scarce },
        { "empty_ring_is_given_back_when_memory_is_scarce", empty_ring_is_given_back_when_memory_is_scarce },
        { "connections_of_one_address_are_limited", connections_of_one_address_are_limited },
        { "connections_without_cer_are_limited", connections_without_cer_are_limited },
        { "newcomer_pushes_out_its_own_kind_first", newcomer_pushes_out_its_own_kind_first },
        { "all_connections_are_limited_ours_too", all_connections_are_limited_ours_too },
        { "who_is_no_peer_makes_way_when_all_places_are_taken", who_is_no_peer_makes_way_when_all_places_are_taken },
        { "driver_may_ask_for_a_place", driver_may_ask_for_a_place },
        { "endpoints_are_copied", endpoints_are_copied },
        { "each_wish_is_given_once", each_wish_is_given_once },
        { "nothing_is_read_behind_the_end", nothing_is_read_behind_the_end },
        { "what_is_written_behind_the_end_wakes_no_reading", what_is_written_behind_the_end_wakes_no_reading },
        { "wishes_of_a_connection_that_is_gone_are_gone", wishes_of_a_connection_that_is_gone_are_gone },
    };
    return HARNESS_RUN("peer/conn", tests);
}
