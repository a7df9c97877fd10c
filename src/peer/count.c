/* What passes, counted: a row per command, direction and result. Who sends what nobody knows, or very many results, gets a
 * row that all such things share. */
#include "peer/peer.h"

enum { FIRST_CAP = 8 };

static unsigned kind_of(bool request, bool sent)
{
    return (request ? 2u : 0u) | (sent ? 1u : 0u);
}

static bool is_row(const dia_count *row, uint32_t application, uint32_t command, unsigned kind, dia_result result)
{
    return row->command == command && row->application == application && row->result_code == result.code &&
           row->result_vendor == result.vendor && kind_of(row->request, row->sent) == kind;
}

static dia_count *find(dia_counts *counts, uint32_t application, uint32_t command, unsigned kind, dia_result result)
{
    const uint32_t latest = counts->latest[kind];
    if (latest < counts->n && is_row(&counts->rows[latest], application, command, kind, result))
        return &counts->rows[latest];
    for (uint32_t i = 0; i < counts->n; i++) {
        if (!is_row(&counts->rows[i], application, command, kind, result))
            continue;
        counts->latest[kind] = i;
        return &counts->rows[i];
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
    }
    counts->rows[counts->n] = *row;
    return &counts->rows[counts->n++];
}

dia_count *dia_count_message(dia_conn *conn, uint32_t application, uint32_t command, bool request, bool sent,
                             dia_result result)
{
    dia_hub *hub = conn->hub;
    dia_counts *counts = &conn->peer->counts;
    const unsigned kind = kind_of(request, sent);
    dia_count *row = find(counts, application, command, kind, result);
    /* The last rows belong to what is shared, one for each kind. */
    if (!row && counts->n + DIA_COUNT_KINDS >= hub->config.limits.counts) {
        application = command = DIA_COUNT_OTHER;
        result = (dia_result){ 0, 0 };
        row = find(counts, application, command, kind, result);
    }
    if (!row)
        row =
            add(hub, counts, &(dia_count){ application, command, result.code, result.vendor, request, sent, 0, NULL });
    if (row)
        row->n++;
    return row;
}

void dia_count_base(dia_conn *conn, const dia_command *command, bool sent, uint32_t result_code)
{
    if (conn->peer)
        dia_count_message(conn, command->dict->application, command->code, command->flags & DIA_FLAG_REQUEST, sent,
                          (dia_result){ result_code, 0 });
}

void dia_count_answer(dia_conn *conn, const dia_header *request, dia_result result)
{
    const unsigned kind = kind_of(true, false);
    const bool own = find(&conn->peer->counts, request->application, request->command, kind, (dia_result){ 0, 0 });
    dia_count_message(conn, own ? request->application : DIA_COUNT_OTHER, own ? request->command : DIA_COUNT_OTHER,
                      false, true, result);
}

void dia_count_latency(dia_peer *peer, uint32_t application, uint32_t command, bool sent, int64_t us)
{
    dia_count *row = find(&peer->counts, application, command, kind_of(true, sent), (dia_result){ 0, 0 });
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
    while (dia_avp_next(&it)) {
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

void dia_counts_done(dia_hub *hub, dia_counts *counts)
{
    for (uint32_t i = 0; i < counts->n; i++)
        if (counts->rows[i].latency)
            dia_release(hub->alloc, (void *)(uintptr_t)counts->rows[i].latency, sizeof *counts->rows[i].latency);
    dia_release(hub->alloc, counts->rows, counts->cap * sizeof *counts->rows);
}
