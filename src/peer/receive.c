/* A whole message came: CER, DWR, DPR and their answers end here, answers find their requests, and the rest passes on to
 * the node. Checks stand in the order in which RFC 6733, 6 and 7 want them. */
#include "peer/peer.h"

static void drop(dia_conn *conn, const char *reason, dia_bytes message)
{
    DIA_COUNT(conn, discarded);
    dia_hub_event(conn->hub, DIA_EVENT_UNEXPECTED, conn->peer, conn, reason, 0, message);
}

/* The event of the connection's side: the table has one row for the I- and one for the R-connection. */
static void step(dia_conn *conn, dia_peer_event i_event, dia_peer_event r_event, const dia_header *header,
                 dia_bytes message, const char *reason)
{
    const dia_peer_input input = { conn, header, message, NULL, reason, 0 };
    if (!dia_peer_step(conn->peer, conn == conn->peer->i ? i_event : r_event, &input))
        drop(conn, "not in this state", message);
}

/* Is this the answer to our last CER, DPR or CUR? Only the first is. */
static bool is_asked(dia_conn *conn, const dia_header *header)
{
    const bool asked = conn->asks && header->hop_by_hop == conn->asked;
    conn->asks &= !asked;
    return asked;
}

/* ---- CEA ---- */

static void take_cea(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    dia_count_base(conn, hub->cea, false, dia_result_of(message).code);
    uint8_t block[2048];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, hub->config.limits.decoded, hub->alloc);
    dia_capabilities found;
    dia_fault fault = { 0 };
    uint32_t result_code = dia_capabilities_judge_cea(conn, header, message, &arena, &found, &fault);
    const char *reason = "the CEA is not what it should be", *unfit = NULL;
    if (!result_code && dia_bytes_equal_nocase(found.host, conn->self->host)) {
        result_code = DIA_RESULT_CODE_UNKNOWN_PEER;
        reason = "we are connected to ourselves: Origin-Host is our own";
    } else if (!result_code && hub->hooks.judge && (unfit = hub->hooks.judge(hub->above, conn, &found))) {
        result_code = DIA_RESULT_CODE_UNKNOWN_PEER;
        reason = unfit;
    } else if (!result_code && dia_peer_name(conn->peer, found.host)) {
        result_code = DIA_RESULT_CODE_UNKNOWN_PEER;
        reason = "another peer answered: Origin-Host is not the configured one, or that of a peer known already";
    }
    dia_peer_input input = { conn, header, message, &found, NULL, result_code };
    if (result_code) {
        input.reason = fault.text[0] ? fault.text : reason;
        dia_peer_step(conn->peer, DIA_ON_I_RCV_NON_CEA, &input);
    } else {
        dia_peer_step(conn->peer, DIA_ON_I_RCV_CEA, &input);
    }
    dia_arena_done(&arena);
}

static void receive_in_exchange(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    if (!conn->initiator) {
        drop(conn, "a message while the election is open", message);
        return;
    }
    const bool is_cea = header->command == DIA_CODE_CAPABILITIES_EXCHANGE && !(header->flags & DIA_FLAG_REQUEST);
    if (!is_cea) {
        const dia_peer_input input = { conn, header, message, NULL, "the first message is not CEA", 0 };
        dia_peer_step(conn->peer, DIA_ON_I_RCV_NON_CEA, &input);
        return;
    }
    if (!is_asked(conn, header))
        drop(conn, "a CEA with another Hop-by-Hop id than the CER", message);
    else
        take_cea(conn, header, message);
}

/* ---- Open ---- */

/* RFC 6733, 5.6 has no such event in its table: capabilities stay as they were. */
static void refuse_cer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    static const dia_fault fault = { .text = "capabilities are exchanged already" };
    conn->cer = *header;
    conn->answered = false;
    dia_capabilities_send_cea(conn, DIA_RESULT_CODE_UNABLE_TO_COMPLY, &fault);
    drop(conn, "a CER on an open connection", message);
}

static void take_base_request(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_count_message(conn, 0, header->command, DIA_REQUEST_RECEIVED, (dia_result){ 0, 0 });
    switch (header->command) {
    case DIA_CODE_CAPABILITIES_EXCHANGE: refuse_cer(conn, header, message); break;
    case DIA_CODE_DEVICE_WATCHDOG:
        DIA_COUNT(conn, watchdogs_in);
        step(conn, DIA_ON_I_RCV_DWR, DIA_ON_R_RCV_DWR, header, message, NULL);
        break;
    default: step(conn, DIA_ON_I_RCV_DPR, DIA_ON_R_RCV_DPR, header, message, dia_disconnect_reason(message)); break;
    }
}

bool dia_is_of_the_connection(const dia_header *header)
{
    return !header->application &&
           (header->command == DIA_CODE_CAPABILITIES_EXCHANGE || header->command == DIA_CODE_DEVICE_WATCHDOG ||
            header->command == DIA_CODE_DISCONNECT_PEER);
}

/* RFC 6737: where it is not spoken, it is an application like any other. */
static bool is_update(const dia_conn *conn, const dia_header *header)
{
    return header->application == DIA_APP_CAPABILITIES_UPDATE && header->command == DIA_CODE_CAPABILITIES_UPDATE &&
           conn->hub->config.capabilities_update;
}

static void take_cur(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_count_base(conn, conn->hub->cur, false, 0);
    dia_capabilities_answer_cur(conn, header, message);
}

static void take_request(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const bool open = conn->phase == DIA_PHASE_OPEN; /* else DPR went or came: it is refused above */
    const char *why;
    const uint32_t result_code = dia_request_header_judge(header, &why);
    if (result_code)
        dia_conn_reject_protocol(conn, header, message, result_code, why);
    else if (dia_is_of_the_connection(header))
        take_base_request(conn, header, message);
    else if (open && conn->peer->watch == DIA_WATCH_REOPEN && conn->hub->config.reopen_discards)
        drop(conn, "a request on a connection that is being tried with DWRs (RFC 3539, REOPEN)", message);
    else if (open && is_update(conn, header))
        take_cur(conn, header, message);
    else
        conn->hub->hooks.request(conn->hub->above, conn, header, message);
}

/* The watchdog takes any DWA, whatever its ids; asked for are as many as there were DWRs. */
static bool is_asked_dwa(dia_conn *conn)
{
    const bool asked = conn->dwrs > 0;
    conn->dwrs -= asked;
    return asked;
}

/* What nobody asked for shares a row: a peer could fill the table with results that it invents. */
static void count_base_answer(dia_conn *conn, const dia_header *header, dia_bytes message, bool asked)
{
    if (asked)
        dia_count_message(conn, 0, header->command, DIA_ANSWER_RECEIVED, dia_result_of(message));
    else
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_RECEIVED, (dia_result){ 0, 0 });
}

static void take_base_answer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const bool is_dwa = header->command == DIA_CODE_DEVICE_WATCHDOG,
               is_dpa = header->command == DIA_CODE_DISCONNECT_PEER;
    const bool asked = is_dwa ? is_asked_dwa(conn) : is_dpa && is_asked(conn, header);
    count_base_answer(conn, header, message, asked);
    if (is_dwa)
        step(conn, DIA_ON_I_RCV_DWA, DIA_ON_R_RCV_DWA, header, message, NULL);
    else if (asked)
        step(conn, DIA_ON_I_RCV_DPA, DIA_ON_R_RCV_DPA, header, message, "disconnected");
    else
        drop(conn, "an answer of the base protocol that nobody asked for", message);
}

/* What is passed back has to be an answer to what was asked: nobody between here and who asked looks at more than its ids. An
 * outcome of ours is told what is wrong with it. */
static bool is_waited_for(const dia_waiting *waiting, const dia_header *header)
{
    return waiting && waiting->end_to_end == header->end_to_end && header->version == 1 &&
           (!waiting->ingress || (waiting->code == header->command && waiting->application == header->application));
}

static void take_answer(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_waiting *waiting = dia_waiting_find(conn, header->hop_by_hop);
    if (!waiting && is_update(conn, header) && is_asked(conn, header)) {
        dia_count_base(conn, conn->hub->cua, false, dia_result_of(message).code);
        dia_capabilities_take_cua(conn, message);
        return;
    }
    if (!waiting && dia_waiting_was_given_up(conn, header->hop_by_hop)) {
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_RECEIVED, (dia_result){ 0, 0 });
        DIA_COUNT(conn, late_answers);
        return;
    }
    if (!is_waited_for(waiting, header)) {
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_RECEIVED, (dia_result){ 0, 0 });
        DIA_COUNT(conn, unexpected_answers);
        drop(conn, "an answer that nobody waits for", message);
        return;
    }
    dia_waiting copy = dia_waiting_take(waiting);
    DIA_COUNT(conn, answers_in);
    conn->hub->hooks.outcome(conn->hub->above, &copy, conn, DIA_OUTCOME_ANSWER, header, message);
}

void dia_conn_receive(dia_conn *conn, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    dia_header header;
    if (dia_header_read(message, &header)) /* cannot be: it was cut by its header */
        return;
    if (hub->tapped)
        dia_hub_show(hub, conn, false, message);
    if (conn->phase == DIA_PHASE_OPEN || conn->phase == DIA_PHASE_CLOSING) {
        conn->proven = true;
        if (header.flags & DIA_FLAG_REQUEST)
            take_request(conn, &header, message);
        else if (dia_is_of_the_connection(&header))
            take_base_answer(conn, &header, message);
        else
            take_answer(conn, &header, message);
    } else if (conn->phase == DIA_PHASE_CER) {
        dia_acceptor_receive(conn, &header, message);
    } else if (conn->phase == DIA_PHASE_EXCHANGE) {
        receive_in_exchange(conn, &header, message);
    } else {
        drop(conn, "the connection is not open", message);
    }
}
