/* The watchdog of RFC 3539, 3.4.1: DWR after Tw of silence, suspicion after another, the end after a third. */
#include "rig.h"

enum { TW = 10000, JITTER = 2000 };

static const dia_node_config fast = { .watchdog_ms = TW };

static void silence_brings_dwr_suspicion_and_the_end(void) /* W3.4.1-07, -08, -11, -12, B5.5.1-01 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    dia_peer *peer = link->conn->peer;
    rig_pass(&rig, TW - JITTER - 1);
    need_int(rig_read_dwrs(link), 0);
    rig_pass(&rig, 2 * JITTER + 1);
    need_int(rig_read_dwrs(link), 1);
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 0);
    need(dia_peer_candidate(peer));
    rig_pass(&rig, TW + JITTER);
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
    need(!dia_peer_candidate(peer));
    need(dia_peer_conn(peer));
    need_int(link->ending, RIG_STAYS);
    rig_pass(&rig, TW + JITTER);
    need_int(link->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 1);
    need_int(rig_read_dwrs(link), 0); /* one DWR, not repeated */
    need_int(peer->counters.watchdogs_out, 1);
    need_int(rig.hub.counters.watchdogs_out, 1);
done:
    rig_end(&rig);
}

static void dwr_has_a_hop_by_hop_id_of_its_own(void) /* B3-17 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    const dia_waiting *before = rig_request(&rig, link, 600000);
    need(before && rig_read_octets(link).p);
    const uint32_t first = before->hop_by_hop;
    rig_pass(&rig, TW + JITTER);
    need_int(rig_read_dwrs(link), 1);
    const dia_waiting *after = rig_request(&rig, link, 600000);
    need(after);
    need(link->header.hop_by_hop != first);
    need(after->hop_by_hop != first);
    need(after->hop_by_hop != link->header.hop_by_hop);
done:
    rig_end(&rig);
}

/* Between two and three Tw behind the last octet, over many seeds; the jitter is new each time. */
static void jitter_stays_within_two_seconds(void) /* W3.4.1-04, W3.4.1-05 */
{
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 60; i++) {
        struct rig rig;
        dia_node_config config = fast;
        config.seed[0] = (uint8_t)i;
        config.alloc = dia_allocator_default();
        struct rig_link *link = rig_begin_open(&rig, &config);
        need(link);
        const int64_t start = rig.hub.now.us;
        while (rig_is_silent(link))
            rig_pass(&rig, 1);
        const int64_t tw = rig.hub.now.us - start;
        need(tw >= (TW - JITTER) * 1000);
        need(tw <= (TW + JITTER + 1) * 1000);
        least = tw < least ? tw : least;
        most = tw > most ? tw : most;
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
    check(least < (TW - JITTER / 2) * 1000);
    check(most > (TW + JITTER / 2) * 1000);
}

static void any_message_puts_the_watchdog_off(void) /* W3.4.1-06 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    for (int i = 0; i < 20; i++) {
        rig_pass(&rig, 5000);
        rig_send_header(&rig, link, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    }
    need_int(rig_read_dwrs(link), 0);
    rig_pass(&rig, TW + JITTER);
    need_int(rig_read_dwrs(link), 1);
done:
    rig_end(&rig);
}

static void idle_connection_lives_on_dwas(void) /* W3.3-03, B5.6-41 */
{
    struct rig rig;
    need(rig_begin(&rig, &fast));
    struct rig_link *link = rig_open_i(&rig, "a.example.net");
    need(link);
    for (int i = 0; i < 30; i++) {
        rig_pass(&rig, TW + JITTER);
        need_int(rig_read_dwrs(link), 1);
        rig_send_dwa(&rig, link);
    }
    need_int(link->ending, RIG_STAYS);
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 0);
done:
    rig_end(&rig);
}

static void dwa_with_wrong_ids_counts(void) /* B5.6-33 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    for (int i = 0; i < 5; i++) {
        rig_pass(&rig, TW + JITTER);
        need_int(rig_read_dwrs(link), 1);
        link->header.hop_by_hop ^= 0x55555555;
        rig_send_dwa(&rig, link);
        need(!link->conn->dwr_out);
    }
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 0);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 0);
done:
    rig_end(&rig);
}

static void octets_under_suspicion_end_it(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    rig_pass(&rig, 2 * (TW + JITTER));
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
    rig_send_dwr(&rig, link);
    need_int(rig_saw(&rig, DIA_EVENT_ALIVE), 1);
    need(dia_peer_candidate(link->conn->peer));
    need(rig.opened == 1 && rig.shut == 0); /* suspicion is not the end */
done:
    rig_end(&rig);
}

/* RFC 3539, 3.4.1: a DWR stays pending while other messages come; the next silence finds it so. */
static void traffic_without_dwa_leaves_the_dwr_pending(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    rig_pass(&rig, TW + JITTER);
    need_int(rig_read_dwrs(link), 1);
    rig_send_dwr(&rig, link);
    need_int(rig_read_dwrs(link), 0);
    rig_pass(&rig, TW + JITTER);
    need_int(rig_read_dwrs(link), 0); /* W3.4.1-08 */
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
done:
    rig_end(&rig);
}

/* A DWR that was never answered is forgotten with the suspicion: a new one goes out, or the peer would be suspected in every
 * silence without being asked. */
static void dwr_goes_again_behind_a_suspicion(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    rig_pass(&rig, 2 * (TW + JITTER));
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
    need_int(rig_read_dwrs(link), 1);
    rig_send_dwr(&rig, link);
    need_int(rig_saw(&rig, DIA_EVENT_ALIVE), 1);
    rig_pass(&rig, TW + JITTER);
    need_int(rig_read_dwrs(link), 1);
    rig_send_dwa(&rig, link);
    rig_pass(&rig, TW - JITTER - 1);
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
done:
    rig_end(&rig);
}

static void suspected_connection_still_takes_answers(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    const dia_waiting *waiting = rig_request(&rig, link, 60000);
    need(waiting);
    const dia_header answer = {
        .command = 272, .application = 4, .hop_by_hop = waiting->hop_by_hop, .end_to_end = waiting->end_to_end
    };
    rig_pass(&rig, 2 * (TW + JITTER));
    need_int(rig_saw(&rig, DIA_EVENT_SUSPECT), 1);
    rig_send_header(&rig, link, &answer);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
    need_int(rig_saw(&rig, DIA_EVENT_ALIVE), 1);
done:
    rig_end(&rig);
}

static void closed_connection_has_no_watchdog(void) /* W3.4.1-13 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    rig_drop(&rig, link);
    need_int(dia_hub_deadline(&rig.hub), DIA_NEVER_US);
done:
    rig_end(&rig);
}

static void peer_has_its_own_tw(void)
{
    struct rig rig;
    need(rig_begin(&rig, &fast));
    dia_peer *peer = rig_peer(&rig, "a.example.net", NULL);
    need(peer);
    peer->watchdog_ms = 60000;
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    rig_pass(&rig, 57999);
    need_int(rig_read_dwrs(link), 0);
    rig_pass(&rig, 4002);
    need_int(rig_read_dwrs(link), 1);
done:
    rig_end(&rig);
}

/* ---- DWR of the peer ---- */

static void dwr_has_these_octets(void) /* B2.5-01, B3-01, B3-05, B3-14, B6.1-01 */
{
    static const char want_hex[] = "01 00004c 80 000118 00000000 00000000 00000000"
                                   "00000108 40000015 6d2e6578616d706c652e6e6574 000000"
                                   "00000128 40000013 6578616d706c652e6e6574 00"
                                   "00000116 4000000c 6553f100";
    uint8_t want[200], copy[200];
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &fast);
    need(link);
    rig_pass(&rig, TW + JITTER);
    const dia_bytes message = rig_read_octets(link);
    need(message.p && message.n <= sizeof copy);
    memcpy(copy, message.p, message.n);
    memset(copy + 12, 0, 8);
    need_bytes(((dia_bytes){ copy, message.n }), harness_hex(want_hex, want, sizeof want));
done:
    rig_end(&rig);
}

static void dwr_is_answered(void) /* B5.5.2-01, B5.6-32, B2.5-01, B3-05, B3-19, B3-22 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    rig_send_dwr(&rig, link);
    const dia_dwa *dwa = rig_read(&rig, link, DIA_COMMAND_DWA);
    need(dwa);
    need_int(dwa->result_code, 2001);
    need_bytes(dwa->origin_host, dia_cstr("m.example.net"));
    need_bytes(dwa->origin_realm, dia_cstr("example.net"));
    need(dwa->origin_state_id.set);
    need_int(link->header.hop_by_hop, RIG_HOP);
    need_int(link->header.end_to_end, RIG_END);
    need_int(link->header.flags, 0);
    need_int(link->header.application, 0);
    need_int(link->conn->peer->counters.watchdogs_in, 1);
    need_int(rig.hub.counters.watchdogs_in, 1);
done:
    rig_end(&rig);
}

static void dwr_without_origin_realm_is_answered_5005(void) /* B7.1.5-06, B7.1.5-07, B7.1.5-08 */
{
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net") };
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    rig_send_request(&rig, link, DIA_COMMAND_DWR, &dwr);
    const dia_dwa *dwa = rig_read(&rig, link, DIA_COMMAND_DWA);
    need(dwa);
    need_int(dwa->result_code, 5005);
    need_int(link->header.flags, 0);
    need(dwa->failed_avp && dwa->failed_avp->others.n == 1);
    need_int(dwa->failed_avp->others.v[0].code, 296);
    need_int(dwa->failed_avp->others.v[0].flags, DIA_AVP_M);
    need_int(link->ending, RIG_STAYS);
done:
    rig_end(&rig);
}

static void dwr_of_another_version_or_with_e_is_an_error(void) /* B3-02, B3-07 */
{
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    static const struct {
        const char *name;
        uint8_t version, flags;
        uint32_t want;
    } rows[] = {
        { "version 2", 2, 0, 5011 },
        { "E bit", 1, DIA_FLAG_ERROR, 3008 },
        { "E bit and T bit", 1, DIA_FLAG_ERROR | DIA_FLAG_RETRANSMITTED, 3008 },
        { "both wrong", 2, DIA_FLAG_ERROR, 5011 }, /* B7-05 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        struct rig_link *link = rig_begin_open(&rig, NULL);
        need(link);
        rig_send(&rig, link, DIA_COMMAND_DWR, &dwr,
                 &(dia_header){ .version = rows[i].version, .flags = rows[i].flags, .hop_by_hop = 7, .end_to_end = 8 });
        const dia_bytes answer = rig_read_octets(link);
        dia_avp result;
        need(answer.p);
        need_int(dia_avp_find(answer, 268, 0, &result), 0);
        need_int(dia_load32(result.data.p), rows[i].want);
        need_int(link->header.version, 1);
        need_int(link->header.flags, DIA_FLAG_ERROR);
        need_int(link->header.command, 280);
        need_int(link->header.hop_by_hop, 7);
        need_int(link->ending, RIG_STAYS);
        need_int(rig_saw(&rig, DIA_EVENT_FAULT), 1);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void reserved_header_bits_are_ignored(void) /* B3-14, B3-15 */
{
    struct rig rig;
    uint8_t buf[200];
    static const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"), .origin_realm = DIA_LIT("example.net") };
    const int64_t n =
        dia_encode(DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    need(rig_begin(&rig, NULL));
    need(n > 0);
    buf[4] |= 0x0f;
    struct rig_link *link = rig_open_r(&rig, "a.example.net");
    need(link);
    rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
    const dia_dwa *dwa = rig_read(&rig, link, DIA_COMMAND_DWA);
    need(dwa);
    need_int(dwa->result_code, 2001);
    need_int(link->header.flags, 0);
done:
    rig_end(&rig);
}

/* What is wrong is so long that Failed-AVP does not fit below limits.message: an answer without it is better than none, which
 * would look as if we were dead. */
static void dwr_with_a_long_mistake_is_answered(void)
{
    struct rig rig;
    uint8_t buf[4096];
    static uint8_t text[3950];
    memset(text, 'x', sizeof text);
    const dia_avp again = { .code = 296,
                            .flags = DIA_AVP_M,
                            .data = { text, sizeof text } }; /* a second Origin-Realm */
    const dia_dwr dwr = { .origin_host = DIA_LIT("a.example.net"),
                          .origin_realm = DIA_LIT("example.net"),
                          .others = { &again, 1 } };
    const dia_header ids = { .hop_by_hop = RIG_HOP, .end_to_end = RIG_END };
    const int64_t n = dia_encode(DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &ids, NULL, buf, sizeof buf, NULL, NULL);
    need(n > 0);
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .message = 4096 } });
    need(link);
    rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
    const dia_dwa *dwa = rig_read(&rig, link, DIA_COMMAND_DWA);
    need(dwa);
    need_int(dwa->result_code, 5009);
    need(!dwa->failed_avp);
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "silence_brings_dwr_suspicion_and_the_end", silence_brings_dwr_suspicion_and_the_end },
        { "dwr_has_a_hop_by_hop_id_of_its_own", dwr_has_a_hop_by_hop_id_of_its_own },
        { "jitter_stays_within_two_seconds", jitter_stays_within_two_seconds },
        { "any_message_puts_the_watchdog_off", any_message_puts_the_watchdog_off },
        { "idle_connection_lives_on_dwas", idle_connection_lives_on_dwas },
        { "dwa_with_wrong_ids_counts", dwa_with_wrong_ids_counts },
        { "octets_under_suspicion_end_it", octets_under_suspicion_end_it },
        { "traffic_without_dwa_leaves_the_dwr_pending", traffic_without_dwa_leaves_the_dwr_pending },
        { "dwr_goes_again_behind_a_suspicion", dwr_goes_again_behind_a_suspicion },
        { "suspected_connection_still_takes_answers", suspected_connection_still_takes_answers },
        { "closed_connection_has_no_watchdog", closed_connection_has_no_watchdog },
        { "peer_has_its_own_tw", peer_has_its_own_tw },
        { "dwr_has_these_octets", dwr_has_these_octets },
        { "dwr_is_answered", dwr_is_answered },
        { "dwr_without_origin_realm_is_answered_5005", dwr_without_origin_realm_is_answered_5005 },
        { "dwr_of_another_version_or_with_e_is_an_error", dwr_of_another_version_or_with_e_is_an_error },
        { "reserved_header_bits_are_ignored", reserved_header_bits_are_ignored },
        { "dwr_with_a_long_mistake_is_answered", dwr_with_a_long_mistake_is_answered },
    };
    return HARNESS_RUN("peer/watchdog", tests);
}
