/* What a connection has to say: it gathers behind each other until the driver takes it; how much may gather. */
#include "peer/peer.h"

/* Is that more than an equal part of limits.memory? Who holds less is served as ever, whatever others do. */
bool dia_conn_is_above_part(const dia_conn *conn, size_t held)
{
    const dia_hub *hub = conn->hub;
    return dia_hub_is_full(hub) && held > dia_hub_part(hub, 0);
}

size_t dia_conn_buffered(const dia_conn *conn)
{
    return conn->in.cap + conn->out.cap;
}

static size_t held(const dia_conn *conn)
{
    size_t orphans;
    dia_origin_orphans(conn->origin, &orphans);
    return dia_conn_buffered(conn) + conn->kept_octets + orphans + dia_waiting_octets(conn);
}

bool dia_conn_is_greedy(const dia_conn *conn)
{
    return dia_hub_is_full(conn->hub) /* what every request asks */ && dia_conn_is_above_part(conn, held(conn));
}

bool dia_conn_is_greedy_at(const dia_conn *conn, uint32_t percent)
{
    const dia_hub *hub = conn->hub;
    const size_t limit = hub->config.limits.memory / 100 * percent;
    return hub->memory > limit && held(conn) > limit / ((size_t)hub->n_conns + hub->n_deserted);
}

bool dia_conn_is_busy(const dia_conn *conn)
{
    return conn->out.n > conn->hub->config.limits.output_soft || dia_conn_is_greedy(conn);
}

bool dia_conn_is_clogged(const dia_conn *conn)
{
    return conn->out.n > conn->hub->config.limits.output_soft && dia_conn_is_above_part(conn, conn->out.cap);
}

bool dia_conn_is_full(const dia_conn *conn)
{
    return conn->out.n > conn->hub->config.limits.output_hard;
}

uint8_t *dia_conn_room(dia_conn *conn, size_t n)
{
    dia_buf *out = &conn->out;
    if (!out->store && conn->hub->n_spare_out)
        *out = conn->hub->spare_out[--conn->hub->n_spare_out];
    return dia_buf_reserve(out, n) ? NULL : out->p + out->n;
}

void dia_conn_wrote(dia_conn *conn, size_t n)
{
    dia_hub *hub = conn->hub;
    assert(conn->phase != DIA_PHASE_SECURING);
    if (!conn->out.n) {
        conn->progress_us = hub->now.us;
        dia_conn_due(conn, dia_after(hub->now.us, hub->config.limits.stall_ms));
    }
    if (hub->tapped)
        dia_hub_show(hub, conn, true, (dia_bytes){ conn->out.p + conn->out.n, n });
    dia_buf_commit(&conn->out, n);
    DIA_COUNT_MORE(conn, octets_out, n);
    dia_conn_wish(conn, DIA_TODO_WRITE);
}

uint8_t *dia_conn_put(dia_conn *conn, dia_bytes message)
{
    uint8_t *to = dia_conn_room(conn, message.n);
    if (!to)
        return NULL;
    memcpy(to, message.p, message.n);
    return to;
}

int64_t dia_conn_form(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                      const dia_header *ids, const dia_defaults *defaults, dia_fault *fault)
{
    size_t size = 1024;
    for (;;) {
        uint8_t *to = dia_conn_room(conn, size);
        if (!to)
            return DIA_ENOMEM;
        const size_t room = conn->out.cap - conn->out.n;
        size_t needed = 0;
        const int64_t n = dia_encode(command, msg, level, ids, defaults, to, room > size ? room : size, &needed, fault);
        if (n == DIA_ESPACE && needed > size && needed <= dia_conn_longest(conn)) {
            size = needed;
            continue;
        }
        return n > 0 && (size_t)n > dia_conn_longest(conn) ? DIA_ESPACE : n;
    }
}

int64_t dia_conn_encode(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                        const dia_header *ids, const dia_defaults *defaults, dia_fault *fault)
{
    const int64_t n = dia_conn_form(conn, command, msg, level, ids, defaults, fault);
    if (n > 0)
        dia_conn_wrote(conn, (size_t)n);
    return n;
}

int64_t dia_conn_say(dia_conn *conn, const dia_command *command, const void *msg, dia_level level,
                     const dia_header *ids)
{
    const int64_t n = dia_conn_encode(conn, command, msg, level, ids, NULL, NULL);
    if (n > 0)
        dia_count_base(conn, command, true, dia_struct_result_code(command, msg));
    return n;
}

/* RFC 6733, 2.1.1: the responder sends in order until the initiator's first message behind CEA, or what it says might come
 * before the CEA. What begins and ends a connection is always in order. DPR can come before answers that were sent before it all the
 * same: who has sent or heard DPR takes answers until the transport ends, and that ends when all has arrived. */
static bool is_ordered(const dia_conn *conn, const uint8_t *message)
{
    const uint32_t command = dia_load24(message + DIA_AT_COMMAND);
    return (!conn->initiator && !conn->proven) || command == DIA_CODE_CAPABILITIES_EXCHANGE ||
           command == DIA_CODE_DISCONNECT_PEER;
}

size_t dia_conn_output(dia_conn *conn, dia_output *pieces, size_t max)
{
    const dia_bytes out = dia_buf_bytes(&conn->out);
    if (!max || !out.n)
        return 0;
    if (conn->kind == DIA_CONN_STREAM) {
        pieces[0] = (dia_output){ out, true };
        return 1;
    }
    size_t n = 0;
    for (size_t at = 0; n < max && at < out.n; n++) {
        const size_t length = dia_load24(out.p + at + DIA_AT_LENGTH);
        pieces[n] = (dia_output){ { out.p + at, length }, is_ordered(conn, out.p + at) };
        at += length;
    }
    return n;
}

/* May it wait for a busy connection? One may always, if it is not too large: others are for busy hours. */
static bool is_worth_keeping(const dia_hub *hub, const dia_buf *out)
{
    size_t sum = out->cap;
    for (unsigned i = 0; i < hub->n_spare_out; i++)
        sum += hub->spare_out[i].cap;
    return sum <= hub->config.limits.output_soft && hub->n_spare_out < (dia_hub_is_full(hub) ? 1 : DIA_SPARE_OUT);
}

/* An empty connection gives its storage to the next busy one. */
static void lend_output(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    if (is_worth_keeping(hub, &conn->out))
        hub->spare_out[hub->n_spare_out++] = conn->out;
    else
        dia_buf_done(&conn->out);
    dia_buf_init(&conn->out, 0, hub->alloc);
}

/* Its output is in order again: it is read, unless it has to wait for memory. */
static void go_on(dia_conn *conn)
{
    if (dia_conn_is_above_part(conn, dia_conn_buffered(conn))) {
        if (dia_list_empty(&conn->hungry))
            dia_list_push_back(&conn->hub->hungry, &conn->hungry);
        return;
    }
    dia_conn_read_again(conn);
}

/* Whoever reads an octet now and then would keep its output for ever: that is progress only while nobody wants the memory, and
 * while we read from it, for then it has to answer our DWRs. */
static bool is_progress(const dia_conn *conn)
{
    enum { LEAST = 65536, PARTS = 128 };
    const size_t part = conn->paused ? conn->hub->config.limits.output_hard / PARTS : 1;
    return !conn->out.n || conn->taken >= (dia_conn_is_greedy(conn) ? LEAST : part);
}

void dia_conn_sent(dia_conn *conn, size_t n, dia_time now)
{
    dia_hub *hub = conn->hub;
    if (now.us > hub->now.us)
        hub->now = now;
    dia_buf_consume(&conn->out, n < conn->out.n ? n : conn->out.n);
    conn->taken += n;
    if (is_progress(conn)) {
        conn->progress_us = hub->now.us;
        conn->taken = 0;
    }
    if (!conn->out.n)
        lend_output(conn);
    if (conn->paused && conn->out.n <= hub->config.limits.output_soft)
        go_on(conn);
}
