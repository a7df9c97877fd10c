/* Connections that keep messages apart (RFC 6733, 2.1.1): one at a time, in order or not. */
#include "rig.h"

static const char *const anybody[] = { "*", NULL };

static struct rig_link *accept_sctp(struct rig *rig)
{
    dia_conn_info info = rig_info();
    info.kind = DIA_CONN_MESSAGE;
    return rig_accept_as(rig, &info);
}

/* ---- One message, one piece ---- */

/* RFC 6733, 2.1.1: the responder sends in order until a message proves that the initiator has the CEA. */
static void output_of_messages_is_one_piece_each(void)
{
    dia_output pieces[8];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = accept_sctp(&rig);
    need(link);
    link->stuck = true;
    rig_send_cer(&rig, link, "a.example.net");
    need(link->conn->phase == DIA_PHASE_OPEN);
    need(rig_request(&rig, link, 10000));
    need_int(dia_conn_output(link->conn, pieces, 8), 2);
    need_int(dia_load24(pieces[0].octets.p + DIA_AT_LENGTH), pieces[0].octets.n);
    need_int(dia_load24(pieces[0].octets.p + DIA_AT_COMMAND), 257);
    need_int(dia_load24(pieces[1].octets.p + DIA_AT_COMMAND), 272);
    need(pieces[0].ordered && pieces[1].ordered);
    need_int(dia_conn_output(link->conn, pieces, 1), 1);
    need_int(dia_conn_output(link->conn, pieces, 0), 0);
    dia_conn_sent(link->conn, pieces[0].octets.n, rig.hub.now);
    rig_send_dwr(&rig, link);
    need_int(dia_conn_output(link->conn, pieces, 8), 2);
    need(!pieces[0].ordered && !pieces[1].ordered);
done:
    rig_end(&rig);
}

static void input_of_messages_must_be_whole(void)
{
    uint8_t buf[64] = { 1, 0, 0, 40, 0x80, 0, 1, 0x10, [11] = 4 };
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = accept_sctp(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    need(link->conn->phase == DIA_PHASE_OPEN);
    rig_feed(&rig, link, (dia_bytes){ buf, 24 });
    need_int(link->ending, RIG_RESET);
    need_int(rig_saw(&rig, DIA_EVENT_BAD_STREAM), 1);
    need_int(rig.requests, 0);
done:
    rig_end(&rig);
}

/* ---- Order (RFC 6733, 2.1.1) ---- */

/* The next `n` pieces as 'o' (in order) and 'u', without taking them. */
static const char *order_of(struct rig_link *link, char text[9])
{
    dia_output pieces[8];
    const size_t n = dia_conn_output(link->conn, pieces, 8);
    for (size_t i = 0; i < n; i++)
        text[i] = pieces[i].ordered ? 'o' : 'u';
    text[n] = 0;
    return text;
}

/* B2.1.1-04 B2.1.1-02 */
static void a_responder_keeps_order_until_the_first_message(void)
{
    struct rig rig;
    char text[9];
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = accept_sctp(&rig);
    need(link);
    link->stuck = true;
    rig_send_cer(&rig, link, "a.example.net");
    need(link->conn->phase == DIA_PHASE_OPEN);
    need(rig_request(&rig, link, 1000));
    check_str(order_of(link, text), "oo");
    rig_send_dwr(&rig, link);
    check_str(order_of(link, text), "ouu"); /* the CEA has come there, or it would not ask */
    rig_find(&rig, "a.example.net")->cause = DIA_CAUSE_BUSY;
    dia_peer_leave(rig_find(&rig, "a.example.net"), DIA_CAUSE_BUSY, 0, "left");
    check_str(order_of(link, text), "ouuo");
done:
    rig_end(&rig);
}

/* B2.1.1-01 B2.1.1-02: the responder has moved on with its CEA, and nothing waits for what was sent before. */
static void an_initiator_sends_unordered_behind_cea(void)
{
    struct rig rig;
    char text[9];
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", "aaa://far.example.net;transport=sctp"));
    struct rig_link *link = rig_wanted(&rig);
    dia_conn_info info = rig_info();
    info.kind = DIA_CONN_MESSAGE;
    need(link);
    link->stuck = true;
    rig_stand_as(&rig, link, &info);
    check_str(order_of(link, text), "o");
    link->stuck = false;
    dia_conn_wish(link->conn, DIA_TODO_WRITE);
    rig_pump(&rig);
    need(rig_read(&rig, link, DIA_COMMAND_CER));
    rig_send_cea(&rig, link, "a.example.net", 2001, link->header.hop_by_hop);
    link->stuck = true;
    need(link->conn->phase == DIA_PHASE_OPEN);
    need(rig_request(&rig, link, 1000));
    check_str(order_of(link, text), "u");
done:
    rig_end(&rig);
}

/* Who has said good-bye still takes what was said before it and came later. */
static void answers_that_dpr_has_overtaken_count(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = accept_sctp(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    need(rig_read(&rig, link, DIA_COMMAND_CEA));
    const dia_waiting *waiting = rig_request(&rig, link, 10000);
    need(waiting);
    const dia_header answer = {
        .command = 272, .application = 4, .hop_by_hop = waiting->hop_by_hop, .end_to_end = waiting->end_to_end
    };
    need(rig_read_octets(link).p);
    rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
    need(rig_read(&rig, link, DIA_COMMAND_DPA));
    rig_send_header(&rig, link, &answer);
    check_int(rig.outcomes[DIA_OUTCOME_ANSWER], 1);
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "output_of_messages_is_one_piece_each", output_of_messages_is_one_piece_each },
        { "input_of_messages_must_be_whole", input_of_messages_must_be_whole },
        { "a_responder_keeps_order_until_the_first_message", a_responder_keeps_order_until_the_first_message },
        { "an_initiator_sends_unordered_behind_cea", an_initiator_sends_unordered_behind_cea },
        { "answers_that_dpr_has_overtaken_count", answers_that_dpr_has_overtaken_count },
    };
    return HARNESS_RUN("peer/messages", tests);
}
