/* Lines of cells become columns. */
#include "report/report.h"

enum { COLUMNS_MAX = 16, GAP = 2 };

/* Characters, not octets. */
static size_t width_of(const char *p, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n; i++)
        width += ((uint8_t)p[i] & 0xc0) != 0x80;
    return width;
}

static void put_blanks(dia_page *page, size_t n)
{
    for (; n; n--)
        dia_page_put(page, " ");
}

/* The next cell behind `*at`: its length. A line's last one has a line end behind its tab. */
static size_t next_cell(const dia_page *cells, size_t *at)
{
    const char *from = cells->p + *at, *tab = memchr(from, '\t', cells->n - *at);
    const size_t n = tab ? (size_t)(tab - from) : cells->n - *at;
    *at += n + 1;
    return n;
}

static void measure(const dia_page *cells, size_t n_columns, size_t *widths)
{
    for (size_t at = 0, column = 0; at < cells->n;) {
        if (cells->p[at] == '\n') {
            column = 0;
            at++;
            continue;
        }
        const char *from = cells->p + at;
        const size_t width = width_of(from, next_cell(cells, &at));
        assert(column < n_columns);
        if (width > widths[column])
            widths[column] = width;
        column++;
    }
}

void dia_page_table(dia_page *page, const char *columns, const dia_page *cells)
{
    size_t widths[COLUMNS_MAX] = { 0 };
    const size_t n_columns = strlen(columns);
    assert(n_columns <= COLUMNS_MAX);
    if (cells->err && !page->err)
        page->err = cells->err;
    if (page->err)
        return;
    measure(cells, n_columns, widths);
    size_t pending = 0; /* blanks that are only put in front of something */
    for (size_t at = 0, column = 0; at < cells->n;) {
        if (cells->p[at] == '\n') {
            dia_page_put(page, "\n");
            column = pending = 0;
            at++;
            continue;
        }
        const char *from = cells->p + at;
        const size_t n = next_cell(cells, &at), width = width_of(from, n);
        const size_t gap = widths[column] - width;
        pending += columns[column] == 'r' ? gap : 0;
        if (n) {
            put_blanks(page, pending);
            dia_page_octets(page, (dia_bytes){ (const uint8_t *)from, n });
            pending = 0;
        }
        pending += (columns[column] == 'r' ? 0 : gap) + GAP;
        column++;
    }
}
