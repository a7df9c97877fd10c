/* What a connection has to say: how much may pile up, and what becomes of who does not read it. */
#include "rig.h"

static void peer_that_does_not_read_is_reset(void)
{
    struct rig rig;
    struct rig_link *link =
        rig_begin_open(&rig, &(dia_node_config){ .watchdog_ms = 60000, .limits = { .stall_ms = 4000 } });
    need(link);
    link->stuck = true;
    rig_send_dwr(&rig, link);
    rig_pass(&rig, 3000);
    dia_conn_sent(link->conn, 1, rig.hub.now); /* one octet is progress */
    rig_pass(&rig, 3999);
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 1);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
done:
    rig_end(&rig);
}

static void reader_is_never_reset_for_stalling(void)
{
    struct rig rig;
    struct rig_link *link =
        rig_begin_open(&rig, &(dia_node_config){ .watchdog_ms = 60000, .limits = { .stall_ms = 4000 } });
    need(link);
    for (int i = 0; i < 20; i++) {
        rig_send_dwr(&rig, link);
        rig_pass(&rig, 3000);
    }
    need_int(link->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

/* Above output_hard nothing is read; when output has drained to output_soft, READ is wished for. */
static void output_above_the_hard_limit_stops_reading(void)
{
    enum { N = 300 };
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    static uint8_t buf[N * 80];
    size_t n = 0;
    for (int i = 0; i < N; i++)
        n += (size_t)dia_encode(DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, buf + n, sizeof buf - n,
                                NULL, NULL);
    struct rig rig;
    struct rig_link *link =
        rig_begin_open(&rig, &(dia_node_config){ .limits = { .output_soft = 1000, .output_hard = 4000 } });
    need(link);
    link->stuck = true;
    size_t at = rig_feed(&rig, link, (dia_bytes){ buf, n });
    need(at < n);
    need(link->conn->out.n > 4000 && link->conn->out.n < 4200);
    need(dia_conn_is_busy(link->conn));
    need_int(rig_feed(&rig, link, (dia_bytes){ buf + at, n - at }), 0); /* a driver that goes on all the same */
    size_t out = link->conn->out.n;
    dia_conn_sent(link->conn, out - 1001, rig.hub.now);
    rig_pump(&rig);
    need(!link->read_wished);
    need(dia_conn_is_busy(link->conn));
    dia_conn_sent(link->conn, 1, rig.hub.now);
    rig_pump(&rig);
    need(link->read_wished);
    need(!dia_conn_is_busy(link->conn));
    link->stuck = false;
    while (at < n) {
        const size_t more = rig_feed(&rig, link, (dia_bytes){ buf + at, n - at });
        link->read_wished = false;
        at += more;
        if (at < n) { /* the driver writes, then reads again */
            dia_output piece;
            while (dia_conn_output(link->conn, &piece, 1))
                dia_conn_sent(link->conn, piece.octets.n, rig.hub.now);
            rig_pump(&rig);
            need(link->read_wished || more);
        }
    }
    need_int(link->conn->peer->counters.watchdogs_in, N);
done:
    rig_end(&rig);
}

/* So many DWRs that their answers go beyond output_hard of 4000; nothing is read then. */
static bool pause_it(struct rig *rig, struct rig_link *link)
{
    link->stuck = true;
    for (int i = 0; i < 100 && !link->conn->paused; i++)
        rig_send_dwr(rig, link);
    return link->conn->paused;
}

static const dia_node_config little_output = {
    .watchdog_ms = 6000,
    .limits = { .output_soft = 1000, .output_hard = 4000, .stall_ms = 10000 },
};

/* Silence is no sign of death while it is we who do not read; and whoever takes what waits for it is alive. */
static void watchdog_rests_while_we_do_not_read(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &little_output);
    need(link);
    need(pause_it(&rig, link));
    for (int i = 0; i < 10; i++) {
        rig_pass(&rig, 9000);
        dia_conn_sent(link->conn, 32, rig.hub.now);
        need_int(link->ending, RIG_STAYS);
    }
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 0);
    need_int(rig.hub.counters.watchdogs_out, 0);
    dia_conn_sent(link->conn, link->conn->out.n, rig.hub.now);
    need(!link->conn->paused); /* a round begins now */
    link->stuck = false;
    rig_pass(&rig, 3999);
    need_int(rig.hub.counters.watchdogs_out, 0);
    rig_pass(&rig, 4002);
    need_int(rig.hub.counters.watchdogs_out, 1);
    rig_pass(&rig, 16000);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "no sign of life for three watchdog times");
done:
    rig_end(&rig);
}

/* That is no way to stay for ever: who is not read has to take more than an octet now and then. */
static void who_is_not_read_has_to_take_its_output(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &little_output);
    need(link);
    need(pause_it(&rig, link));
    for (int i = 0; i < 4; i++) {
        rig_pass(&rig, 2400);
        dia_conn_sent(link->conn, 7, rig.hub.now); /* a 128th of 4000 would be 31 */
    }
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 400);
    need_int(link->ending, RIG_RESET);
    need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, "the peer does not read");
done:
    rig_end(&rig);
}

static void answers_are_read_above_the_soft_limit(void)
{
    struct rig rig;
    struct rig_link *link =
        rig_begin_open(&rig, &(dia_node_config){ .limits = { .output_soft = 100, .output_hard = 100000 } });
    need(link);
    link->stuck = true;
    uint32_t hop[20], end[20];
    for (int i = 0; i < 20; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 10000);
        need(waiting);
        hop[i] = waiting->hop_by_hop;
        end[i] = waiting->end_to_end;
    }
    need(dia_conn_is_busy(link->conn));
    for (int i = 0; i < 20; i++)
        rig_send_header(&rig, link,
                        &(dia_header){ .command = 272, .application = 4, .hop_by_hop = hop[i], .end_to_end = end[i] });
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 20);
done:
    rig_end(&rig);
}

static void ending_in_order_writes_what_is_left_and_resetting_does_not(void)
{
    for (int reset = 0; reset < 2; reset++) {
        struct rig rig;
        struct rig_link *link = rig_begin_open(&rig, NULL);
        need(link);
        link->stuck = true;
        rig_send_dwr(&rig, link);
        dia_conn_end(link->conn, reset, "a test");
        dia_output piece;
        need_int(dia_conn_output(link->conn, &piece, 1), !reset);
        link->stuck = false;
        rig_pump(&rig);
        need_int(link->ending, reset ? RIG_RESET : RIG_CLOSED);
        need_int(rig_is_silent(link), reset);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "peer_that_does_not_read_is_reset", peer_that_does_not_read_is_reset },
        { "reader_is_never_reset_for_stalling", reader_is_never_reset_for_stalling },
        { "output_above_the_hard_limit_stops_reading", output_above_the_hard_limit_stops_reading },
        { "answers_are_read_above_the_soft_limit", answers_are_read_above_the_soft_limit },
        { "watchdog_rests_while_we_do_not_read", watchdog_rests_while_we_do_not_read },
        { "who_is_not_read_has_to_take_its_output", who_is_not_read_has_to_take_its_output },
        { "ending_in_order_writes_what_is_left_and_resetting_does_not",
          ending_in_order_writes_what_is_left_and_resetting_does_not },
    };
    return HARNESS_RUN("peer/output", tests);
}
