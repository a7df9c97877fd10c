/* Requests that we sent: the ring grows, slow requests are stepped over, ids wrap, each ends once. */
#include "rig.h"

static void send_answer(struct rig *rig, struct rig_link *link, uint32_t hop_by_hop, uint32_t end_to_end)
{
    rig_send_header(
        rig, link,
        &(dia_header){ .command = 272, .application = 4, .hop_by_hop = hop_by_hop, .end_to_end = end_to_end });
}

static void answers_in_reverse_order_find_their_requests(void) /* B6.2.1-01, B6.1.2-02, B5.5.4-01, B3-17, W3.3-02 */
{
    enum { N = 300 }; /* more than four rings' worth */
    struct {
        uint32_t hop, end;
    } sent[N];
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    for (int i = 0; i < N; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 10000);
        need(waiting);
        sent[i].hop = waiting->hop_by_hop;
        sent[i].end = waiting->end_to_end;
        for (int k = 0; k < i; k++)
            need(sent[k].hop != sent[i].hop);
    }
    need_int(link->conn->pending.used, N);
    for (int i = N; i-- > 0;) {
        send_answer(&rig, link, sent[i].hop, sent[i].end);
        need_int(rig.outcomes[DIA_OUTCOME_ANSWER], N - i);
        need_int(rig.last.end_to_end, sent[i].end);
    }
    need_int(link->conn->pending.used, 0);
done:
    rig_end(&rig);
}

static void hop_by_hop_ids_are_consecutive_from_a_random_start(void) /* B3-18, B6.1.2-01 */
{
    uint32_t first[2] = { 0, 0 };
    for (int run = 0; run < 2; run++) {
        struct rig rig;
        struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .seed = { (uint8_t)(run + 1) } });
        need(link);
        for (uint32_t i = 0; i < 10; i++) {
            const dia_waiting *waiting = rig_request(&rig, link, 10000);
            need(waiting);
            if (!i)
                first[run] = waiting->hop_by_hop;
            need_int(waiting->hop_by_hop, first[run] + i);
        }
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
    check(first[0] != first[1]);
}

static void slow_request_is_stepped_over(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    const dia_waiting *slow = rig_request(&rig, link, 100000);
    need(slow);
    const uint32_t slow_hop = slow->hop_by_hop, slow_end = slow->end_to_end;
    for (int i = 0; i < 500; i++) { /* several times around the ring, which stays small */
        const dia_waiting *waiting = rig_request(&rig, link, 100000);
        need(waiting);
        need(waiting->hop_by_hop != slow_hop);
        send_answer(&rig, link, waiting->hop_by_hop, waiting->end_to_end);
        rig_read_octets(link);
    }
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 500);
    need_int(link->conn->pending.size, 64);
    send_answer(&rig, link, slow_hop, slow_end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 501);
done:
    rig_end(&rig);
}

static void ids_wrap_at_32_bits(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    link->conn->pending.next = UINT32_MAX - 40;
    uint32_t hop[100], end[100];
    for (int i = 0; i < 100; i++) {
        const dia_waiting *waiting = rig_request(&rig, link, 10000);
        need(waiting);
        hop[i] = waiting->hop_by_hop;
        end[i] = waiting->end_to_end;
    }
    need_int(hop[40], UINT32_MAX);
    need_int(hop[41], 0); /* a value like any other */
    for (int i = 0; i < 100; i++)
        send_answer(&rig, link, hop[i], end[i]);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 100);
done:
    rig_end(&rig);
}

static void answer_with_another_end_to_end_id_is_dropped(void) /* B3-20, B6.2.1-02 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    const dia_waiting *waiting = rig_request(&rig, link, 10000);
    need(waiting);
    const uint32_t hop = waiting->hop_by_hop, end = waiting->end_to_end;
    send_answer(&rig, link, hop, end + 1);
    send_answer(&rig, link, hop + 1, end);
    send_answer(&rig, link, hop + 64, end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 0);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 3);
    need_int(rig.hub.counters.unexpected_answers, 3);
    need_int(link->ending, RIG_STAYS);
    send_answer(&rig, link, hop, end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
    send_answer(&rig, link, hop, end); /* B3-26 */
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
    need_int(rig.hub.counters.unexpected_answers, 4);
done:
    rig_end(&rig);
}

static void timeout_ends_a_request_and_a_late_answer_is_dropped(void) /* B6.2.1-03 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    const dia_waiting *waiting = rig_request(&rig, link, 5000);
    need(waiting);
    const uint32_t hop = waiting->hop_by_hop, end = waiting->end_to_end;
    rig_pass(&rig, 4999);
    need_int(rig.outcomes[DIA_OUTCOME_TIMEOUT], 0);
    rig_pass(&rig, 11);
    need_int(rig.outcomes[DIA_OUTCOME_TIMEOUT], 1);
    send_answer(&rig, link, hop, end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 0);
    need_int(rig.hub.counters.late_answers, 1);
    need_int(rig.hub.counters.unexpected_answers, 0); /* it is no surprise ... */
    send_answer(&rig, link, hop, end);                /* ... but once */
    need_int(rig.hub.counters.late_answers, 1);
    need_int(rig.hub.counters.unexpected_answers, 1);
    need(rig_request(&rig, link, 10000));
    rig_pass(&rig, 10011);
    send_answer(&rig, link, hop + 2, end); /* nor of what we never asked */
    need_int(rig.hub.counters.late_answers, 1);
    need_int(rig.hub.counters.unexpected_answers, 2);
done:
    rig_end(&rig);
}

static void lost_connection_ends_all_its_requests_once(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    for (int i = 0; i < 100; i++)
        need(rig_request(&rig, link, 10000));
    rig_drop(&rig, link);
    need_int(rig.outcomes[DIA_OUTCOME_LOST], 100);
    rig_pass(&rig, 60000);
    need_int(rig.outcomes[DIA_OUTCOME_TIMEOUT], 0);
done:
    rig_end(&rig);
}

static void limit_of_pending_requests_holds(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .pending = 10 } });
    need(link);
    dia_waiting *one = NULL;
    for (int i = 0; i < 10; i++)
        need(one = rig_request(&rig, link, 10000));
    need(!rig_request(&rig, link, 10000));
    send_answer(&rig, link, one->hop_by_hop, one->end_to_end);
    need(rig_request(&rig, link, 10000));
done:
    rig_end(&rig);
}

static void place_that_is_not_started_is_free(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    const dia_waiting *waiting = dia_waiting_new(link->conn);
    need(waiting);
    const uint32_t hop = waiting->hop_by_hop;
    need(!dia_waiting_find(link->conn, hop));
    waiting = dia_waiting_new(link->conn);
    need(waiting);
    need_int(waiting->hop_by_hop, hop);
    need_int(link->conn->pending.used, 0);
done:
    rig_end(&rig);
}

static void handle_finds_its_request_as_long_as_it_waits(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    dia_waiting *waiting = rig_request(&rig, link, 10000);
    need(waiting);
    const uint64_t handle = dia_waiting_handle(waiting);
    need(handle != 0);
    need(dia_waiting_of_handle(&rig.hub, handle) == waiting);
    for (int i = 0; i < 100; i++) /* the ring moves */
        need(rig_request(&rig, link, 10000));
    need(dia_waiting_of_handle(&rig.hub, handle));
    need_int(dia_waiting_of_handle(&rig.hub, handle)->hop_by_hop, (uint32_t)handle);
    need(!dia_waiting_of_handle(&rig.hub, handle ^ UINT64_C(0x100000000)));
    rig_drop(&rig, link);
    need(!dia_waiting_of_handle(&rig.hub, handle));
done:
    rig_end(&rig);
}

/* Requests move to another place when the ring grows; their deadlines must find them there. */
static void deadlines_survive_the_growth_of_the_ring(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, NULL);
    need(link);
    for (uint32_t i = 0; i < 200; i++)
        need(rig_request(&rig, link, 1000 + i % 7));
    rig_pass(&rig, 2000);
    need_int(rig.outcomes[DIA_OUTCOME_TIMEOUT], 200);
    need_int(link->conn->pending.used, 0);
done:
    rig_end(&rig);
}

static void idle_connection_gives_its_ring_back(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .watchdog_ms = 6000 });
    need(link);
    const dia_waiting *slow = rig_request(&rig, link, 60000);
    need(slow);
    const uint32_t hop = slow->hop_by_hop, end = slow->end_to_end;
    rig_pass(&rig, 8000);
    need(dia_waiting_find(link->conn, hop)); /* not while somebody waits, however silent it is */
    send_answer(&rig, link, hop, end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
    rig_send_dwa(&rig, link);
    rig_pass(&rig, 8000);
    need(!link->conn->pending.ring);
    const dia_waiting *next = rig_request(&rig, link, 60000);
    need(next);
    send_answer(&rig, link, next->hop_by_hop, next->end_to_end);
    need_int(rig.outcomes[DIA_OUTCOME_ANSWER], 2);
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "answers_in_reverse_order_find_their_requests", answers_in_reverse_order_find_their_requests },
        { "hop_by_hop_ids_are_consecutive_from_a_random_start", hop_by_hop_ids_are_consecutive_from_a_random_start },
        { "slow_request_is_stepped_over", slow_request_is_stepped_over },
        { "ids_wrap_at_32_bits", ids_wrap_at_32_bits },
        { "answer_with_another_end_to_end_id_is_dropped", answer_with_another_end_to_end_id_is_dropped },
        { "timeout_ends_a_request_and_a_late_answer_is_dropped", timeout_ends_a_request_and_a_late_answer_is_dropped },
        { "lost_connection_ends_all_its_requests_once", lost_connection_ends_all_its_requests_once },
        { "limit_of_pending_requests_holds", limit_of_pending_requests_holds },
        { "place_that_is_not_started_is_free", place_that_is_not_started_is_free },
        { "handle_finds_its_request_as_long_as_it_waits", handle_finds_its_request_as_long_as_it_waits },
        { "deadlines_survive_the_growth_of_the_ring", deadlines_survive_the_growth_of_the_ring },
        { "idle_connection_gives_its_ring_back", idle_connection_gives_its_ring_back },
    };
    return HARNESS_RUN("peer/pending", tests);
}
