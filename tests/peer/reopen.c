/* The table of RFC 3539, appendix A, behind a failure: DOWN and REOPEN, when a connection is used again, and that every row
 * of the table is taken. */
#include "rig.h"

#include <stdio.h>

enum { TW = 6000, JITTER = 2000 };

static const char host[] = "a.example.net", connect_to[] = "aaa://far.example.net";

static dia_node_config fast(void)
{
    return (dia_node_config){ .watchdog_ms = TW, .reconnect_ms = 1000 };
}

/* Time passes until the next DWR, a round at most; it is answered or not. How many there were. */
static unsigned pass_round(struct rig *rig, struct rig_link *link, bool answer)
{
    for (int ms = 0; rig_is_silent(link) && link->conn && ms <= TW + JITTER; ms += 50)
        rig_pass(rig, 50);
    const unsigned n = rig_read_dwrs(link);
    if (n && answer)
        rig_send_dwa(rig, link);
    return n;
}

/* Time passes until the watchdog of the peer is in this state, a round at most. */
static bool pass_until(struct rig *rig, const dia_peer *peer, dia_watch_state state)
{
    for (int ms = 0; peer->watch != state && ms <= TW + JITTER; ms += 50)
        rig_pass(rig, 50);
    return peer->watch == state;
}

/* The connection of the peer that is wished for next stands and its capabilities are exchanged. */
static struct rig_link *come_up(struct rig *rig)
{
    rig_pass(rig, 5000); /* Tc, its back-off and its jitter */
    struct rig_link *link = rig_wanted(rig);
    if (!link)
        return NULL;
    rig_stand(rig, link);
    if (!rig_read(rig, link, DIA_COMMAND_CER))
        return NULL;
    rig_send_cea(rig, link, host, 2001, link->header.hop_by_hop);
    return link;
}

/* A peer whose first connection was reset and that is connected again. */
static struct rig_link *reopen(struct rig *rig, const dia_node_config *config, dia_peer **peer)
{
    if (!rig_begin(rig, config) || !(*peer = rig_peer(rig, host, connect_to)))
        return NULL;
    struct rig_link *link = come_up(rig);
    if (!link || (*peer)->watch != DIA_WATCH_OKAY)
        return NULL;
    rig_drop(rig, link);
    if ((*peer)->watch != DIA_WATCH_DOWN)
        return NULL;
    return come_up(rig);
}

static void
reopened_connection_is_used_after_three_dwas(void) /* W3.4.1-16, W3.4.1-17, WA-05, WA-06, WA-15, WA-19, WA-20 */
{
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    need_int(peer->watch, DIA_WATCH_REOPEN);
    need_int(rig_read_dwrs(link), 1); /* straight behind CEA */
    need_int(rig_saw(&rig, DIA_EVENT_REOPEN), 1);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1); /* of the first connection */
    rig_send_dwa(&rig, link);
    for (int i = 2; i <= 3; i++) {
        need_int(peer->watch, DIA_WATCH_REOPEN);
        need(!dia_peer_candidate(peer));
        need_int(pass_round(&rig, link, true), 1);
    }
    need_int(peer->watch, DIA_WATCH_OKAY);
    need(dia_peer_candidate(peer));
    need_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 2);
    need_int(rig.opened, 2);
done:
    rig_end(&rig);
}

static void requests_are_served_while_reopening(void)
{
    static const dia_header request = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    rig_send_header(&rig, link, &request);
    need_int(rig.requests, 1);
    need_int(peer->watch, DIA_WATCH_REOPEN);
done:
    rig_end(&rig);
}

/* Nothing but DWAs counts, nothing else sets the timer back, and requests are thrown away where that is wanted; DWR and DPR
 * are answered. */
static void requests_are_thrown_away_while_reopening(void) /* WA-07 */
{
    static const dia_header request = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 };
    struct rig rig;
    dia_peer *peer;
    dia_node_config config = fast();
    config.reopen_discards = true;
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    need_int(rig_read_dwrs(link), 1);
    rig_send_dwa(&rig, link);
    for (int i = 0; i < 20; i++) {
        rig_pass(&rig, 100);
        rig_send_header(&rig, link, &request);
    }
    need(rig_is_silent(link));
    need_int(rig.requests, 0);
    need_int(peer->counters.discarded, 20);
    need_int(peer->watch, DIA_WATCH_REOPEN);
    need_int(pass_round(&rig, link, false), 1);
    rig_send_dwr(&rig, link);
    need(rig_read(&rig, link, DIA_COMMAND_DWA));
    rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
    need(rig_read(&rig, link, DIA_COMMAND_DPA));
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1); /* of the first connection: this one was never up */
    need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
done:
    rig_end(&rig);
}

static void missed_dwa_begins_the_count_anew(void) /* WA-17 */
{
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    need_int(rig_read_dwrs(link), 1);
    rig_send_dwa(&rig, link);
    need_int(pass_round(&rig, link, false), 1); /* the second DWR is not answered */
    for (int ms = 0; peer->num_dwa >= 0 && ms <= TW + JITTER; ms += 50)
        rig_pass(&rig, 50);
    need_int(peer->num_dwa, -1);
    need_int(peer->watch, DIA_WATCH_REOPEN);
    rig_send_dwa(&rig, link); /* late, and it counts */
    need_int(peer->num_dwa, 0);
    for (int i = 0; i < 3; i++) {
        need_int(peer->watch, DIA_WATCH_REOPEN);
        need_int(pass_round(&rig, link, true), 1);
    }
    need_int(peer->watch, DIA_WATCH_OKAY);
done:
    rig_end(&rig);
}

static void silent_reopened_connection_is_closed(void) /* WA-16 */
{
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    need_int(rig_read_dwrs(link), 1);
    rig_pass(&rig, TW - JITTER - 1);
    need_int(link->ending, RIG_STAYS);
    for (int ms = 0; peer->num_dwa >= 0 && ms <= 2 * JITTER; ms += 50)
        rig_pass(&rig, 50);
    need_int(peer->num_dwa, -1);
    need_int(link->ending, RIG_STAYS);
    need(pass_until(&rig, peer, DIA_WATCH_DOWN));
    need_int(link->ending, RIG_RESET);
    need_int(peer->state, DIA_PEER_CLOSED);
done:
    rig_end(&rig);
}

static void lost_reopened_connection_is_down(void) /* WA-22 */
{
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    rig_drop(&rig, link);
    need_int(peer->watch, DIA_WATCH_DOWN);
    need(link = come_up(&rig)); /* WA-14 */
    need_int(peer->watch, DIA_WATCH_REOPEN);
done:
    rig_end(&rig);
}

static void number_of_dwas_is_a_matter_of_configuration(void)
{
    static const struct {
        const char *name;
        uint32_t dwas;
        int rounds;
    } rows[] = {
        { "at once", DIA_REOPEN_AT_ONCE, 0 }, { "one", 1, 1 }, { "two", 2, 2 }, { "three", 3, 3 }, { "default", 0, 3 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_peer *peer;
        dia_node_config config = fast();
        harness_row(rows[i].name);
        config.reopen_dwas = rows[i].dwas;
        struct rig_link *link = reopen(&rig, &config, &peer);
        need(link);
        for (int r = 0; r < rows[i].rounds; r++) {
            need_int(peer->watch, DIA_WATCH_REOPEN);
            need_int(pass_round(&rig, link, true), 1);
        }
        need_int(peer->watch, DIA_WATCH_OKAY);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* Who comes to us behind a failure is served at once; who left in order is used at once. */
static void no_reopening_for_those_who_come_or_left_in_order(void)
{
    for (int orderly = 0; orderly < 2; orderly++) {
        struct rig rig;
        const dia_node_config config = fast();
        need(rig_begin(&rig, &config));
        dia_peer *peer = rig_peer(&rig, host, connect_to);
        need(peer);
        struct rig_link *link = come_up(&rig);
        need(link);
        if (orderly) {
            rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
            need(rig_read(&rig, link, DIA_COMMAND_DPA));
        }
        rig_drop(&rig, link);
        if (orderly) {
            need(link = come_up(&rig));
        } else {
            need(link = rig_accept(&rig));
            rig_send_cer(&rig, link, host);
            need(rig_read(&rig, link, DIA_COMMAND_CEA));
        }
        need_int(peer->watch, DIA_WATCH_OKAY);
        need(dia_peer_candidate(peer));
        need(rig_is_silent(link));
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* ---- Every row ---- */

static uint32_t taken[DIA_WATCH_STATES];

static void remember(const struct rig *rig)
{
    for (int i = 0; i < DIA_WATCH_STATES; i++)
        taken[i] |= rig->hub.taken_watch[i];
}

static void down_and_reopen(void)
{
    struct rig rig;
    dia_peer *peer;
    const dia_node_config config = fast();
    struct rig_link *link = reopen(&rig, &config, &peer);
    need(link);
    rig_read_dwrs(link);
    rig_send_dwa(&rig, link);
    pass_round(&rig, link, true);
    pass_round(&rig, link, true);
    need_int(peer->watch, DIA_WATCH_OKAY);
    remember(&rig);
    rig_drop(&rig, link);
    need(link = come_up(&rig));
    need(pass_until(&rig, peer, DIA_WATCH_REOPEN));
    rig_read_dwrs(link);
    rig_pass(&rig, TW + JITTER);
    need(pass_until(&rig, peer, DIA_WATCH_DOWN));
    remember(&rig);
    need(link = come_up(&rig));
    rig_drop(&rig, link);
    remember(&rig);
done:
    rig_end(&rig);
}

/* What INITIAL and DOWN throw away is held back before it comes here; the table says so all the same. */
static void what_cannot_come(void)
{
    static const dia_watch_event events[] = { DIA_WATCH_ON_DWA, DIA_WATCH_ON_OTHER };
    struct rig rig;
    need(rig_begin(&rig, NULL));
    dia_peer *peer = rig_peer(&rig, host, NULL);
    need(peer);
    for (size_t i = 0; i < 2; i++) {
        peer->watch = DIA_WATCH_INITIAL; /* WA-08 */
        dia_watchdog_step(peer, events[i], NULL);
        need_int(peer->watch, DIA_WATCH_INITIAL);
        peer->watch = DIA_WATCH_DOWN; /* WA-09 */
        dia_watchdog_step(peer, events[i], NULL);
        need_int(peer->watch, DIA_WATCH_DOWN);
        peer->watch = DIA_WATCH_REOPEN;
        dia_watchdog_step(peer, DIA_WATCH_ON_OTHER, NULL);
        peer->watch = DIA_WATCH_OKAY;
        dia_watchdog_step(peer, DIA_WATCH_ON_OTHER, NULL); /* WA-02: octets set the timer without a look here */
        need_int(peer->watch, DIA_WATCH_OKAY);
    }
    peer->watch = DIA_WATCH_DOWN;
    remember(&rig);
done:
    rig_end(&rig);
}

static void suspicion(void) /* WA-03, WA-04, WA-10, WA-11, WA-12, WA-21 */
{
    for (int end = 0; end < 4; end++) {
        struct rig rig;
        const dia_node_config config = fast();
        need(rig_begin(&rig, &config));
        struct rig_link *link = rig_open_r(&rig, host);
        need(link);
        dia_peer *peer = link->conn->peer;
        need_int(pass_round(&rig, link, true), 1); /* WA-01 */
        need_int(peer->watch, DIA_WATCH_OKAY);
        need_int(pass_round(&rig, link, false), 1);
        need(pass_until(&rig, peer, DIA_WATCH_SUSPECT));
        if (end == 0)
            rig_send_dwa(&rig, link);
        else if (end == 1)
            rig_send_dwr(&rig, link);
        else if (end == 2)
            rig_drop(&rig, link);
        else
            need(pass_until(&rig, peer, DIA_WATCH_DOWN));
        need_int(rig_saw(&rig, DIA_EVENT_ALIVE), end < 2);
        need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), end >= 2);
        remember(&rig);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* Under suspicion the octets of a DWA are a sign of life before it is read as one, so this row is for a message that came
 * whole without them: by the step alone. And a suspected connection whose DWR was answered late has nothing pending. */
static void suspicion_with_dwa(void)
{
    struct rig rig;
    const dia_node_config config = fast();
    need(rig_begin(&rig, &config));
    struct rig_link *link = rig_open_r(&rig, host);
    need(link);
    dia_peer *peer = link->conn->peer;
    peer->watch = DIA_WATCH_SUSPECT;
    link->conn->dwr_out = true;
    dia_watchdog_step(peer, DIA_WATCH_ON_DWA, link->conn);
    need_int(peer->watch, DIA_WATCH_OKAY);
    need(!link->conn->dwr_out);
    peer->watch = DIA_WATCH_SUSPECT;
    rig_pass(&rig, TW + JITTER);
    need_int(link->ending, RIG_RESET);
    remember(&rig);
done:
    rig_end(&rig);
}

static void never_up(void) /* WA-13, WA-18 */
{
    struct rig rig;
    const dia_node_config config = fast();
    need(rig_begin(&rig, &config));
    const dia_peer *peer = rig_peer(&rig, host, connect_to);
    need(peer);
    rig_drop(&rig, rig_wanted(&rig));
    need_int(peer->watch, DIA_WATCH_INITIAL);
    need(come_up(&rig));
    need_int(peer->watch, DIA_WATCH_OKAY);
    remember(&rig);
done:
    rig_end(&rig);
}

static void every_row_is_taken(void) /* W3.4.1-01, B5.5.3-01 */
{
    memset(taken, 0, sizeof taken);
    never_up();
    down_and_reopen();
    what_cannot_come();
    suspicion();
    suspicion_with_dwa();
    if (harness_injected())
        return;
    for (int state = 0; state < DIA_WATCH_STATES; state++)
        for (int event = 0; event < DIA_WATCH_EVENTS; event++)
            if (dia_watchdog_has_row((dia_watch_state)state, (dia_watch_event)event) != (taken[state] >> event & 1)) {
                fprintf(stderr, "%s, event %d\n", dia_watch_state_name((dia_watch_state)state), event);
                check(!"a row of the table that no test takes");
            }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "reopened_connection_is_used_after_three_dwas", reopened_connection_is_used_after_three_dwas },
        { "requests_are_served_while_reopening", requests_are_served_while_reopening },
        { "requests_are_thrown_away_while_reopening", requests_are_thrown_away_while_reopening },
        { "missed_dwa_begins_the_count_anew", missed_dwa_begins_the_count_anew },
        { "silent_reopened_connection_is_closed", silent_reopened_connection_is_closed },
        { "lost_reopened_connection_is_down", lost_reopened_connection_is_down },
        { "number_of_dwas_is_a_matter_of_configuration", number_of_dwas_is_a_matter_of_configuration },
        { "no_reopening_for_those_who_come_or_left_in_order", no_reopening_for_those_who_come_or_left_in_order },
        { "every_row_is_taken", every_row_is_taken },
    };
    return HARNESS_RUN("peer/reopen", tests);
}
