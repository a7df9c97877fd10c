/* How many rows of counts a report tells of each peer: all of them, unless they are so many that writing them would keep the
 * node from its peers. */
#include "report/report.h"

enum { ROWS = 65536 };

/* All that are told where each peer tells at most so many. */
static size_t sum(const dia_report *r, size_t most)
{
    size_t all = 0, n;
    for (const dia_peer *p = NULL; (p = dia_report_next(r, p)); all += n < most ? n : most)
        dia_peer_counts(p, &n);
    return all;
}

static size_t longest(const dia_report *r)
{
    size_t most = 0, n;
    for (const dia_peer *p = NULL; (p = dia_report_next(r, p)); most = n > most ? n : most)
        dia_peer_counts(p, &n);
    return most;
}

size_t dia_report_rows(const dia_report *r)
{
    const size_t all = r->rows ? r->rows : ROWS;
    size_t least = 0, most = longest(r);
    if (r->peer || sum(r, most) <= all)
        return most;
    while (least < most) {
        const size_t middle = most - (most - least) / 2;
        if (sum(r, middle) <= all)
            least = middle;
        else
            most = middle - 1;
    }
    return least;
}
