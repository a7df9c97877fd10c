/* Incoming connections: until a CER names the peer, who may connect, and the probe of an old connection. */
#include "rig.h"

static const char *const anybody[] = { "*", NULL };

static void first_message_that_is_no_cer_ends_the_connection(void) /* B5.6.1-01, B2.9-02 */
{
    static const struct {
        const char *name;
        dia_header header;
    } rows[] = {
        { "DWR", { .flags = DIA_FLAG_REQUEST, .command = 280 } },
        { "CEA", { .command = 257 } },
        { "an application's request", { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 } },
        { "CER of an application", { .flags = DIA_FLAG_REQUEST, .command = 257, .application = 4 } },
        { "DPR", { .flags = DIA_FLAG_REQUEST, .command = 282 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
        struct rig_link *link = rig_accept(&rig);
        need(link);
        rig_send_header(&rig, link, &rows[i].header);
        need_int(link->ending, RIG_CLOSED);
        need(rig_is_silent(link));
        need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
        need_int(rig.requests, 0);
        need_int(rig.hub.n_before_cer, 1); /* it makes way until it is gone */
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void silent_connection_is_reset_after_a_while(void) /* B5.6.1-02 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .cer_ms = 3000 } }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_pass(&rig, 2999);
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 1);
    need_int(link->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need_int(rig.hub.n_before_cer, 0);
done:
    rig_end(&rig);
}

static void who_may_connect(void) /* B2.9-01, B5.3-12, B5.3-13, B7.1.3-12 */
{
    static const char *const one[] = { "a.example.net", NULL }, *const sub[] = { "*.example.net", NULL },
                             *const two[] = { "a.example.org", "b.example.net", NULL };
    static const struct {
        const char *name, *host;
        const char *const *allow;
        uint32_t want;
    } rows[] = {
        { "nobody is allowed", "a.example.net", NULL, 3010 },
        { "anybody is allowed", "a.example.net", anybody, 2001 },
        { "by name", "a.example.net", one, 2001 },
        { "by name in another case", "A.EXAMPLE.net", one, 2001 },
        { "another name", "b.example.net", one, 3010 },
        { "a longer name", "a.example.net.org", one, 3010 },
        { "by its domain", "x.y.example.net", sub, 2001 },
        { "by its domain in another case", "x.Example.NET", sub, 2001 },
        { "the domain itself is not below it", "example.net", sub, 3010 },
        { "a name that only ends alike", "badexample.net", sub, 3010 },
        { "second pattern", "a.example.org", two, 2001 },
        { "first of two patterns", "b.example.net", two, 2001 },
        { "none of two patterns", "c.example.net", two, 3010 },
        { "our own name", "M.example.net", anybody, 3010 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .allow = rows[i].allow }));
        struct rig_link *link = rig_accept(&rig);
        need(link);
        rig_send_cer(&rig, link, rows[i].host);
        need_int(rig_read_result(&rig, link), rows[i].want);
        need_int(link->ending, rows[i].want == 2001 ? RIG_STAYS : RIG_CLOSED);
        need_int(rig.hub.n_unknown, rows[i].want == 2001);
        rig_drop(&rig, link);
        need_int(rig.hub.n_peers, 0); /* the entry lives as long as the connection */
        need_int(rig.hub.n_unknown, 0);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void origin_host_picks_the_peer(void) /* B5.6.1-03 */
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *a = rig_open_r(&rig, "a.example.net"), *b = rig_open_r(&rig, "b.example.net");
    need(a && b);
    need(a->conn->peer != b->conn->peer);
    need_int(rig.opened, 2);
done:
    rig_end(&rig);
}

static void limit_of_unknown_peers_holds(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .unknown_peers = 1 } }));
    struct rig_link *a = rig_accept(&rig), *b = rig_accept(&rig);
    need(a && b);
    rig_send_cer(&rig, a, "a.example.net");
    need(rig_read(&rig, a, DIA_COMMAND_CEA));
    rig_send_cer(&rig, b, "b.example.net");
    need_int(rig_read_result(&rig, b), 3004);
    need_int(b->header.flags & DIA_FLAG_ERROR, DIA_FLAG_ERROR);
    need_int(b->ending, RIG_CLOSED);
    rig_drop(&rig, b);
    rig_drop(&rig, a);
    need(b = rig_accept(&rig));
    rig_send_cer(&rig, b, "b.example.net");
    need_int(rig_read_result(&rig, b), 2001);
done:
    rig_end(&rig);
}

/* ---- The probe ---- */

static struct rig_link *second_connection(struct rig *rig)
{
    struct rig_link *link = rig_accept(rig);
    rig_send_cer(rig, link, "a.example.net");
    return link;
}

/* An open peer, and its second connection, which waits for what the probe of the first one shows. */
static bool connect_twice(struct rig *rig, struct rig_link **old, struct rig_link **new)
{
    *old = rig_begin_open(rig, NULL);
    *new = *old ? second_connection(rig) : NULL;
    return *new != NULL;
}

static void new_connection_of_a_living_peer_is_rejected(void) /* B5.6-34, B2.1-07, B4.3.1-09 */
{
    struct rig rig;
    struct rig_link *old, *new;
    need(connect_twice(&rig, &old, &new));
    need(rig_is_silent(new));
    need_int(new->conn->phase, DIA_PHASE_PROBE);
    need(rig_read(&rig, old, DIA_COMMAND_DWR));
    rig_send_dwa(&rig, old);
    need_int(rig_read_result(&rig, new), 5012);
    need_int(new->ending, RIG_CLOSED);
    need_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    need_int(old->ending, RIG_STAYS);
    need(!old->conn->peer->probing);
    rig_pass(&rig, 5000);
    need_int(old->ending, RIG_STAYS);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
done:
    rig_end(&rig);
}

/* Any octet is a sign of life, also half a message. */
static void one_octet_proves_the_old_connection_alive(void)
{
    struct rig rig;
    struct rig_link *old, *new;
    need(connect_twice(&rig, &old, &new));
    rig_feed(&rig, old, (dia_bytes){ (const uint8_t *)"\1", 1 });
    need_int(new->ending, RIG_CLOSED);
    need_int(old->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

static void new_connection_wins_when_the_old_one_is_dead(void)
{
    struct rig rig;
    struct rig_link *old = rig_begin_open(&rig, NULL);
    need(old);
    need(rig_request(&rig, old, 60000));
    struct rig_link *new = second_connection(&rig);
    need(new);
    rig_pass(&rig, 1999);
    need(rig_is_silent(new));
    rig_pass(&rig, 1);
    need_int(old->ending, RIG_RESET);
    need_int(rig.outcomes[DIA_OUTCOME_LOST], 1);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
    need_int(rig_read_result(&rig, new), 2001);
    need_int(new->ending, RIG_STAYS);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 2);
    rig_drop(&rig, old); /* its end is no event for the new one */
    need(new->conn->peer->r == new->conn);
    need_int(new->conn->peer->state, DIA_PEER_R_OPEN);
done:
    rig_end(&rig);
}

static void new_connection_wins_at_once_when_the_old_one_ends_meanwhile(void)
{
    struct rig rig;
    struct rig_link *old, *new;
    need(connect_twice(&rig, &old, &new));
    rig_drop(&rig, old);
    need_int(rig_read_result(&rig, new), 2001);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 2);
    need_int(rig.opened, 2);
    need_int(rig.shut, 1);
done:
    rig_end(&rig);
}

static void connection_of_ours_is_probed_as_well(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *old = rig_open_i(&rig, "a.example.net");
    need(old);
    struct rig_link *new = second_connection(&rig);
    need(new);
    need(rig_read(&rig, old, DIA_COMMAND_DWR));
    rig_pass(&rig, 2000);
    need_int(old->ending, RIG_RESET);
    need_int(new->conn->peer->state, DIA_PEER_R_OPEN);
done:
    rig_end(&rig);
}

static void only_one_new_connection_waits_for_the_probe(void)
{
    struct rig rig;
    struct rig_link *old = rig_begin_open(&rig, NULL);
    need(old);
    struct rig_link *new = second_connection(&rig), *third = second_connection(&rig);
    need(new &&third);
    need_int(rig_read_result(&rig, third), 5012);
    need_int(third->ending, RIG_CLOSED);
    need_int(new->ending, RIG_STAYS);
    rig_pass(&rig, 2000);
    need_int(old->ending, RIG_RESET);
    need_int(rig_read_result(&rig, new), 2001);
done:
    rig_end(&rig);
}

static void probe_is_over_when_the_new_connection_goes(void)
{
    struct rig rig;
    struct rig_link *old, *new;
    need(connect_twice(&rig, &old, &new));
    rig_drop(&rig, new);
    need(!old->conn->peer->probing);
    rig_pass(&rig, 3000);
    need_int(old->ending, RIG_STAYS);
    need(new = second_connection(&rig)); /* and another probe may begin */
    need_int(new->conn->phase, DIA_PHASE_PROBE);
done:
    rig_end(&rig);
}

static void what_comes_behind_a_waiting_cer_is_dropped(void)
{
    struct rig rig;
    struct rig_link *old, *new;
    need(connect_twice(&rig, &old, &new));
    rig_send_header(&rig, new, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    need_int(rig.requests, 0);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 1);
    rig_pass(&rig, 2000);
    need(rig_read(&rig, new, DIA_COMMAND_CEA));
    need_int(old->ending, RIG_RESET);
done:
    rig_end(&rig);
}

/* Who said good-bye is not waited for when he is back. */
static void peer_that_disconnected_may_be_back_at_once(void)
{
    for (int ours = 0; ours < 2; ours++) {
        struct rig rig;
        harness_row(ours ? "our DPR" : "their DPR");
        struct rig_link *old = rig_begin_open(&rig, NULL);
        need(old);
        if (ours)
            dia_peer_step(old->conn->peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "stop" });
        else
            rig_send_dpr(&rig, old, DIA_CAUSE_REBOOTING);
        struct rig_link *new = second_connection(&rig);
        need(new);
        need_int(rig_read_result(&rig, new), 2001);
        need_int(old->ending, RIG_CLOSED);
        need_int(rig.opened, 2);
        need_int(rig.shut, 1);
        rig_drop(&rig, old);
        need_int(new->conn->peer->state, DIA_PEER_R_OPEN);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void message_while_the_election_is_open_is_dropped(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    const dia_peer *peer = rig_peer(&rig, "z.example.net", "aaa://far.example.net");
    need(peer);
    struct rig_link *ours = rig_wanted(&rig), *theirs = rig_accept(&rig);
    need(ours && theirs);
    rig_stand(&rig, ours);
    need(rig_read(&rig, ours, DIA_COMMAND_CER));
    rig_send_cer(&rig, theirs, "z.example.net");
    need_int(peer->state, DIA_PEER_WAIT_RETURNS);
    rig_send_header(&rig, theirs, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    need_int(rig.requests, 0);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 1);
    need_int(peer->state, DIA_PEER_WAIT_RETURNS);
done:
    rig_end(&rig);
}

static void removed_peer_does_not_come_back_before_it_is_gone(void)
{
    struct rig rig;
    struct rig_link *old = rig_begin_open(&rig, &(dia_node_config){ .allow = anybody });
    need(old);
    dia_peer *peer = old->conn->peer;
    peer->removed = true;
    dia_peer_step(peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "removed" });
    rig_pump(&rig);
    need(rig_read(&rig, old, DIA_COMMAND_DPR));
    rig_send_dpa(&rig, old, old->header.hop_by_hop);
    need_int(old->ending, RIG_CLOSED);
    struct rig_link *new = second_connection(&rig); /* the old connection is closed but not gone */
    need(new);
    need_int(rig_read_result(&rig, new), 3010);
    rig_drop(&rig, new);
    rig_drop(&rig, old);
    need_int(rig.hub.n_peers, 0);
    need(new = second_connection(&rig));
    need_int(rig_read_result(&rig, new), 2001);
done:
    rig_end(&rig);
}

static void stop_in_refused(struct rig *rig, const dia_event *event)
{
    if (event->kind == DIA_EVENT_REFUSED)
        dia_hub_stop(&rig->hub, DIA_CAUSE_REBOOTING, 0);
}

/* The event comes last: what the application does in it finds the connection ended and answered. */
static void stopping_in_the_event_of_a_refusal_is_fine(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    rig.on_event = stop_in_refused;
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    need_int(rig_read_result(&rig, link), 3010);
    need_int(link->ending, RIG_CLOSED);
    rig_drop(&rig, link);
    need(rig.hub.stopped);
done:
    rig_end(&rig);
}

/* ---- What the application does while an old connection ends ---- */

static void stop_in_outcome(struct rig *rig, const dia_waiting *waiting)
{
    (void)waiting;
    dia_hub_stop(&rig->hub, DIA_CAUSE_REBOOTING, 0);
}

static void remove_in_outcome(struct rig *rig, const dia_waiting *waiting)
{
    dia_peer *peer = waiting->conn->peer;
    (void)rig;
    peer->removed = true;
    dia_peer_step(peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "removed" });
}

/* A CER ends the old connection of its peer, and with it a request that waits there: in its outcome the node is stopped or
 * the peer removed. Then there is no peer to open, and on a connection that was ended nothing is said. */
static void connection_stays_ended_when_its_predecessor_ends(void)
{
    static const struct {
        const char *name;
        void (*on_outcome)(struct rig *rig, const dia_waiting *waiting);
        bool farewell; /* the peer had said good-bye; otherwise it is silent and probed */
    } rows[] = {
        { "stopped behind DPR", stop_in_outcome, true },
        { "stopped behind a probe", stop_in_outcome, false },
        { "removed behind DPR", remove_in_outcome, true },
        { "removed behind a probe", remove_in_outcome, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        struct rig_link *old = rig_begin_open(&rig, &(dia_node_config){ .allow = anybody });
        need(old);
        need(rig_request(&rig, old, 60000));
        if (rows[i].farewell)
            rig_send_dpr(&rig, old, DIA_CAUSE_REBOOTING);
        rig.on_outcome = rows[i].on_outcome;
        struct rig_link *new = second_connection(&rig);
        need(new);
        rig_pass(&rig, 2000);
        need_int(rig.outcomes[DIA_OUTCOME_LOST] + rig.outcomes[DIA_OUTCOME_STOPPED], 1);
        need(new->ending != RIG_STAYS);
        need_int(rig.opened, 1);
        if (rows[i].on_outcome == stop_in_outcome)
            need(rig_is_silent(new));
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "first_message_that_is_no_cer_ends_the_connection", first_message_that_is_no_cer_ends_the_connection },
        { "silent_connection_is_reset_after_a_while", silent_connection_is_reset_after_a_while },
        { "who_may_connect", who_may_connect },
        { "origin_host_picks_the_peer", origin_host_picks_the_peer },
        { "limit_of_unknown_peers_holds", limit_of_unknown_peers_holds },
        { "new_connection_of_a_living_peer_is_rejected", new_connection_of_a_living_peer_is_rejected },
        { "one_octet_proves_the_old_connection_alive", one_octet_proves_the_old_connection_alive },
        { "new_connection_wins_when_the_old_one_is_dead", new_connection_wins_when_the_old_one_is_dead },
        { "new_connection_wins_at_once_when_the_old_one_ends_meanwhile",
          new_connection_wins_at_once_when_the_old_one_ends_meanwhile },
        { "connection_of_ours_is_probed_as_well", connection_of_ours_is_probed_as_well },
        { "only_one_new_connection_waits_for_the_probe", only_one_new_connection_waits_for_the_probe },
        { "probe_is_over_when_the_new_connection_goes", probe_is_over_when_the_new_connection_goes },
        { "what_comes_behind_a_waiting_cer_is_dropped", what_comes_behind_a_waiting_cer_is_dropped },
        { "peer_that_disconnected_may_be_back_at_once", peer_that_disconnected_may_be_back_at_once },
        { "message_while_the_election_is_open_is_dropped", message_while_the_election_is_open_is_dropped },
        { "removed_peer_does_not_come_back_before_it_is_gone", removed_peer_does_not_come_back_before_it_is_gone },
        { "stopping_in_the_event_of_a_refusal_is_fine", stopping_in_the_event_of_a_refusal_is_fine },
        { "connection_stays_ended_when_its_predecessor_ends", connection_stays_ended_when_its_predecessor_ends },
    };
    return HARNESS_RUN("peer/acceptor", tests);
}
