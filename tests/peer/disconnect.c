/* DPR and DPA (RFC 6733, 5.4): both directions, both at once, and what still passes behind them. */
#include "rig.h"

static void stop_peer(struct rig *rig, struct rig_link *link)
{
    dia_peer_step(link->conn->peer, DIA_ON_STOP, &(dia_peer_input){ .reason = "stop" });
    rig_pump(rig);
}

static void dpr_has_cause_and_names(void) /* B5.4.1-02, B5.4.3-01, B6.1-01, B2.5-01 */
{
    static const dia_cause causes[] = { DIA_CAUSE_REBOOTING, DIA_CAUSE_BUSY, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU };
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        struct rig_link *link = rig_begin_open(&rig, NULL);
        need(link);
        link->conn->peer->cause = causes[i];
        stop_peer(&rig, link);
        const dia_dpr *dpr = rig_read(&rig, link, DIA_COMMAND_DPR);
        need(dpr);
        need_int(dpr->disconnect_cause, causes[i]);
        need_bytes(dpr->origin_host, dia_cstr("m.example.net"));
        need_bytes(dpr->origin_realm, dia_cstr("example.net"));
        need_int(dpr->others.n, 0);
        need_int(link->header.flags, DIA_FLAG_REQUEST);
        need_int(link->header.application, 0);
        need_int(link->ending, RIG_STAYS);
        rig_send_dpa(&rig, link, link->header.hop_by_hop);
        need_int(link->ending, RIG_CLOSED);
        need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void dpr_is_answered_whatever_it_holds(void) /* B5.4.2-01, B5.4-03, B5.4-02, B5.6-36, B2.5-01, B3-05 */
{
    static const struct {
        const char *name;
        dia_dpr dpr;
        bool nothing;
    } rows[] = {
        { "a good one", { DIA_LIT("a.example.net"), DIA_LIT("example.net"), 0, { NULL, 0 } }, false },
        { "without names", { { NULL, 0 }, { NULL, 0 }, 1, { NULL, 0 } }, false },
        { "a cause that nobody knows", { DIA_LIT("a.example.net"), DIA_LIT("example.net"), 99, { NULL, 0 } }, false },
        { "nothing at all", { { NULL, 0 }, { NULL, 0 }, 0, { NULL, 0 } }, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        struct rig_link *link = rig_begin_open(&rig, NULL);
        need(link);
        const dia_header bare = {
            .flags = DIA_FLAG_REQUEST, .command = 282, .hop_by_hop = RIG_HOP, .end_to_end = RIG_END
        };
        if (rows[i].nothing)
            rig_send_header(&rig, link, &bare);
        else
            rig_send_request(&rig, link, DIA_COMMAND_DPR, &rows[i].dpr);
        const dia_dpa *dpa = rig_read(&rig, link, DIA_COMMAND_DPA);
        need(dpa);
        need_int(dpa->result_code, 2001);
        need_bytes(dpa->origin_host, dia_cstr("m.example.net"));
        need_bytes(dpa->origin_realm, dia_cstr("example.net"));
        need_int(link->header.application, 0);
        need_int(link->header.flags, 0);
        need_int(link->header.hop_by_hop, RIG_HOP);
        need_int(link->header.end_to_end, RIG_END);
        need_int(link->ending, RIG_STAYS); /* the receiver of the DPA closes */
        need_int(link->conn->peer->state, DIA_PEER_CLOSING);
        rig_pass(&rig, 4999);
        need_int(link->ending, RIG_STAYS);
        rig_pass(&rig, 1); /* it does not: we do */
        need_int(link->ending, RIG_RESET);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void requests_behind_dpr_are_for_the_node_to_refuse_and_answers_pass(void) /* B5.6-52 */
{
    for (int ours = 0; ours < 2; ours++) {
        struct rig rig;
        harness_row(ours ? "behind ours" : "behind theirs");
        struct rig_link *link = rig_begin_open(&rig, NULL);
        need(link);
        const dia_waiting *waiting = rig_request(&rig, link, 60000);
        need(waiting);
        const dia_header answer = {
            .command = 272, .application = 4, .hop_by_hop = waiting->hop_by_hop, .end_to_end = waiting->end_to_end
        };
        if (ours)
            stop_peer(&rig, link);
        else
            rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
        need(!dia_peer_candidate(link->conn->peer));
        rig_send_header(&rig, link, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
        need_int(rig.requests, 1);
        need_int(link->conn->phase, DIA_PHASE_CLOSING);
        need_int(rig.hub.counters.discarded, 0);
        rig_send_header(&rig, link, &answer);
        need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void both_sides_may_disconnect_at_once(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    stop_peer(&rig, link);
    need(rig_read(&rig, link, DIA_COMMAND_DPR));
    const uint32_t asked = link->header.hop_by_hop;
    rig_send_dpr(&rig, link, DIA_CAUSE_BUSY);
    need(rig_read(&rig, link, DIA_COMMAND_DPA));
    need_int(link->ending, RIG_STAYS);
    rig_send_dpa(&rig, link, asked);
    need_int(link->ending, RIG_CLOSED);
    need_int(link->conn->peer->state, DIA_PEER_CLOSED);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
done:
    rig_end(&rig);
}

static void second_dpr_is_answered_too(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
    rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
    need(rig_read(&rig, link, DIA_COMMAND_DPA));
    need(rig_read(&rig, link, DIA_COMMAND_DPA));
    stop_peer(&rig, link);
    need(rig_is_silent(link)); /* and no DPR of ours behind our DPA */
done:
    rig_end(&rig);
}

static void dpa_that_nobody_asked_for_is_dropped(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    rig_send_dpa(&rig, link, 0);
    rig_send_dpa(&rig, link, 77);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 2);
    need_int(link->conn->peer->state, DIA_PEER_R_OPEN);
    stop_peer(&rig, link);
    need(rig_read(&rig, link, DIA_COMMAND_DPR));
    rig_send_dpa(&rig, link, link->header.hop_by_hop + 1);
    need_int(link->conn->peer->state, DIA_PEER_CLOSING);
    rig_send_dpa(&rig, link, link->header.hop_by_hop);
    need_int(link->ending, RIG_CLOSED);
done:
    rig_end(&rig);
}

static void dpr_without_an_answer_ends_after_a_while(void) /* B5.6-49 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .disconnect_ms = 2000 } }));
    struct rig_link *link = rig_open_i(&rig, "a.example.net");
    need(link);
    need(rig_request(&rig, link, 60000));
    stop_peer(&rig, link);
    rig_pass(&rig, 1999);
    need_int(link->ending, RIG_STAYS);
    need_int(rig.outcomes[DIA_OUTCOME_LOST], 0);
    rig_pass(&rig, 1);
    need_int(link->ending, RIG_RESET);
    need_int(rig.outcomes[DIA_OUTCOME_LOST], 1);
done:
    rig_end(&rig);
}

/* Who may try again after a DPR of the peer's. */
static void cause_decides_about_reconnecting(void) /* B5.4.3-02, B5.4.3-03, B5.4.3-04, B2.1-09 */
{
    static const struct {
        const char *name;
        int32_t cause; /* -1: none */
        bool again;
        const char *reason;
    } rows[] = {
        { "rebooting", DIA_CAUSE_REBOOTING, true, "the peer disconnected (DPR)" },
        { "busy", DIA_CAUSE_BUSY, false, "the peer is busy (DPR): no attempt to reconnect" },
        { "do not want to talk to you", DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU, false,
          "the peer does not want to talk to us (DPR): no attempt to reconnect" },
        { "a cause that nobody knows", 99, true, "the peer disconnected (DPR)" },
        { "no cause", -1, true, "the peer disconnected (DPR)" },
    };
    const dia_header bare = { .flags = DIA_FLAG_REQUEST, .command = 282, .hop_by_hop = RIG_HOP, .end_to_end = RIG_END };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        struct rig_link *link = rig_open_i(&rig, "a.example.net");
        need(link);
        if (rows[i].cause < 0)
            rig_send_header(&rig, link, &bare);
        else
            rig_send_dpr(&rig, link, (dia_cause)rows[i].cause);
        need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
        need_str(rig.events[DIA_EVENT_PEER_DOWN].reason, rows[i].reason);
        rig_drop(&rig, link);
        rig_pass(&rig, 120000);
        need_int(rig_wanted(&rig) != NULL, rows[i].again);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void unwanted_peer_may_come_to_us_and_is_wanted_again(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_open_i(&rig, "a.example.net");
    need(link);
    rig_send_dpr(&rig, link, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU);
    rig_drop(&rig, link);
    rig_pass(&rig, 60000);
    need(!rig_wanted(&rig));
    need(link = rig_open_r(&rig, "a.example.net"));
    rig_drop(&rig, link);
    rig_pass(&rig, 33000);
    need(rig_wanted(&rig));
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "dpr_has_cause_and_names", dpr_has_cause_and_names },
        { "dpr_is_answered_whatever_it_holds", dpr_is_answered_whatever_it_holds },
        { "requests_behind_dpr_are_for_the_node_to_refuse_and_answers_pass",
          requests_behind_dpr_are_for_the_node_to_refuse_and_answers_pass },
        { "both_sides_may_disconnect_at_once", both_sides_may_disconnect_at_once },
        { "second_dpr_is_answered_too", second_dpr_is_answered_too },
        { "dpa_that_nobody_asked_for_is_dropped", dpa_that_nobody_asked_for_is_dropped },
        { "dpr_without_an_answer_ends_after_a_while", dpr_without_an_answer_ends_after_a_while },
        { "cause_decides_about_reconnecting", cause_decides_about_reconnecting },
        { "unwanted_peer_may_come_to_us_and_is_wanted_again", unwanted_peer_may_come_to_us_and_is_wanted_again },
    };
    return HARNESS_RUN("peer/disconnect", tests);
}
