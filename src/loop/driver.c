/* What a loop knows that its node does not, for reports: certificates of ours, handshakes, searches in the DNS. */
#include "loop/loop.h"

dia_report_driver dia_loop_driver(const dia_loop *loop, dia_report_certificate *room, size_t max)
{
    enum { MOST = 256 };
    dia_tls_status ours[MOST];
    const dia_tls_counts *handshakes = dia_loop_tls_counts(loop);
    const size_t n = dia_loop_tls_list(loop, ours, max < MOST ? max : MOST);
    dia_report_driver out = { .certificates = room, .n_certificates = n < max ? n : max };
    if (out.n_certificates > MOST)
        out.n_certificates = MOST;
    for (size_t i = 0; i < out.n_certificates; i++)
        room[i] = (dia_report_certificate){ ours[i].name ? ours[i].name : "", ours[i].subject, ours[i].expires };
    out.handshakes = handshakes->done;
    out.handshakes_resumed = handshakes->resumed;
    out.handshakes_failed = handshakes->failed;
    out.searches_found = loop->searches.found;
    out.searches_none = loop->searches.none;
    out.searches_failed = loop->searches.failed;
    return out;
}
