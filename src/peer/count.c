/* What passes, counted: a row per command, direction and result. Who sends what nobody knows, or very many results, gets a
 * row that all such things share. */
#include "peer/peer.h"

enum { FIRST_CAP = 8 };

static unsigned kind_of(const dia_count *row)
{
    return (row->request ? DIA_REQUEST_RECEIVED : DIA_ANSWER_RECEIVED) + row->sent;
}

static dia_count *find(dia_counts *counts, uint32_t application, uint32_t command, unsigned kind, dia_result result)
{
    for (uint32_t i = 0; i < counts->n; i++) {
        dia_count *row = &counts->rows[i];
        if (row->command == command && row->application == application && row->result_code == result.code &&
            row->result_vendor == result.vendor && kind_of(row) == kind)
            return row;
    }
    return NULL;
}

static dia_count *add(dia_hub *hub, dia_counts *counts, const dia_count *row)
{
    if (counts->n == counts->cap) {
        const uint32_t cap = counts->cap ? 2 * counts->cap : FIRST_CAP;
        const size_t size = counts->cap * sizeof *row;
        dia_count *rows = hub->alloc->resize(hub->alloc->arg, counts->rows, size, cap * sizeof *row);
        if (!rows)
            return NULL;
        counts->rows = rows;
        counts->cap = cap;
        memset(counts->latest, 0, sizeof counts->latest); /* they have moved */
    }
    counts->rows[counts->n] = *row;
    return &counts->rows[counts->n++];
}

/* The row for this, an old or a new one; NULL without memory. */
static dia_count *place(dia_hub *hub, dia_counts *counts, uint32_t application, uint32_t command, unsigned kind,
                        dia_result result)
{
    dia_count *row = find(counts, application, command, kind, result);
    /* The last rows belong to what is shared, one for each kind. */
    if (!row && counts->n + DIA_COUNT_KINDS >= hub->config.limits.counts) {
        application = command = DIA_COUNT_OTHER;
        result = (dia_result){ 0, 0 };
        row = find(counts, application, command, kind, result);
    }
    if (row)
        return row;
    return add(hub, counts,
               &(dia_count){ .application = application,
                             .command = command,
                             .result_code = result.code,
                             .result_vendor = result.vendor,
                             .request = kind >= DIA_REQUEST_RECEIVED,
                             .sent = kind == DIA_ANSWER_SENT || kind == DIA_REQUEST_SENT });
}

void dia_count_slowly(dia_conn *conn, uint32_t application, uint32_t command, unsigned kind, dia_result result)
{
    dia_counts *counts = &conn->peer->counts;
    dia_count *row = place(conn->hub, counts, application, command, kind, result);
    if (!row)
        return;
    row->n++;
    counts->latest[kind] = row;
}

bool dia_count_found(dia_conn *conn, uint32_t application, uint32_t command, unsigned kind, dia_result result)
{
    dia_counts *counts = &conn->peer->counts;
    dia_count *row = find(counts, application, command, kind, result);
    if (!row)
        return false;
    row->n++;
    counts->latest[kind] = row;
    return true;
}

void dia_count_base(dia_conn *conn, const dia_command *command, bool sent, uint32_t result_code)
{
    if (conn->peer)
        dia_count_message(conn, command->dict->application, command->code,
                          (command->flags & DIA_FLAG_REQUEST ? DIA_REQUEST_RECEIVED : DIA_ANSWER_RECEIVED) + sent,
                          (dia_result){ result_code, 0 });
}

void dia_count_answer(dia_conn *conn, uint32_t application, uint32_t command, dia_result result)
{
    dia_counts *counts = &conn->peer->counts;
    if (dia_count_again(counts, application, command, DIA_ANSWER_SENT, result))
        return;
    const bool own = find(counts, application, command, DIA_REQUEST_RECEIVED, (dia_result){ 0, 0 });
    dia_count_message(conn, own ? application : DIA_COUNT_OTHER, own ? command : DIA_COUNT_OTHER, DIA_ANSWER_SENT,
                      result);
}

void dia_count_latency(dia_peer *peer, uint32_t application, uint32_t command, bool sent, int64_t us)
{
    const unsigned kind = sent ? DIA_REQUEST_SENT : DIA_REQUEST_RECEIVED;
    dia_count *row = peer->counts.latest[kind];
    if (!row || row->command != command || row->application != application)
        row = find(&peer->counts, application, command, kind, (dia_result){ 0, 0 });
    if (!row)
        row = find(&peer->counts, DIA_COUNT_OTHER, DIA_COUNT_OTHER, kind, (dia_result){ 0, 0 });
    if (!row)
        return;
    if (!row->latency && !(row->latency = dia_alloc0(peer->hub->alloc, sizeof *row->latency)))
        return;
    dia_histogram_add((dia_histogram *)(uintptr_t)row->latency, us > 0 ? (uint64_t)us : 0);
}

/* Experimental-Result (RFC 6733, 7.6) when there is no Result-Code. */
dia_result dia_result_of(dia_bytes answer)
{
    dia_result result = { 0, 0 };
    dia_avps it = dia_avps_of(answer);
    while (dia_avp_step(&it)) {
        if (it.avp.vendor)
            continue;
        if (it.avp.code == DIA_AVP_RESULT_CODE) {
            result = (dia_result){ dia_avp_u32(&it), 0 };
            break;
        }
        if (it.avp.code != DIA_AVP_EXPERIMENTAL_RESULT)
            continue;
        dia_avps in = dia_avp_enter(&it);
        while (dia_avp_next(&in)) {
            if (in.avp.code == DIA_AVP_VENDOR_ID && !in.avp.vendor)
                result.vendor = dia_avp_u32(&in);
            else if (in.avp.code == DIA_AVP_EXPERIMENTAL_RESULT_CODE && !in.avp.vendor)
                result.code = dia_avp_u32(&in);
        }
        break;
    }
    return result;
}

static void add_latency(dia_hub *hub, dia_count *to, const dia_histogram *from)
{
    if (!to->latency && !(to->latency = dia_alloc0(hub->alloc, sizeof *to->latency)))
        return;
    dia_histogram_join((dia_histogram *)(uintptr_t)to->latency, from);
}

void dia_counts_join(dia_hub *hub, dia_counts *to, const dia_counts *from)
{
    for (uint32_t i = 0; i < from->n; i++) {
        const dia_count *row = &from->rows[i];
        const dia_result result = { row->result_code, row->result_vendor };
        dia_count *sum = place(hub, to, row->application, row->command, kind_of(row), result);
        if (!sum)
            continue;
        sum->n += row->n;
        if (row->latency)
            add_latency(hub, sum, row->latency);
    }
}

void dia_counts_done(dia_hub *hub, dia_counts *counts)
{
    for (uint32_t i = 0; i < counts->n; i++)
        if (counts->rows[i].latency)
            dia_release(hub->alloc, (void *)(uintptr_t)counts->rows[i].latency, sizeof *counts->rows[i].latency);
    dia_release(hub->alloc, counts->rows, counts->cap * sizeof *counts->rows);
    *counts = (dia_counts){ NULL };
}
