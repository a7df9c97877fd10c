/* Cells become columns. */
#include "report/report.h"

#include "harness.h"
#include "shown.h"

static void columns_are_as_wide_as_their_widest_cell(void)
{
    static const struct {
        const char *columns, *cells, *want;
    } rows[] = {
        { "lr", "A\tB\t\nlong\t1\t\n", "A     B\nlong  1\n" },
        { "lr", "A\tB\t\nx\t1000\t\n", "A     B\nx  1000\n" },
        { "ll", "A\tB\t\nx\t\t\n", "A  B\nx\n" }, /* no blanks at the end */
        { "lll", "A\tB\tC\t\n\t\tc\t\n", "A  B  C\n      c\n" },
        { "ll", "\xc3\xbc\tB\t\nab\tb\t\n", "\xc3\xbc   B\nab  b\n" }, /* one character of two octets */
        { "l", "", "" },
    };
    dia_page page, cells;
    dia_page_init(&page, 0, harness_allocator());
    dia_page_init(&cells, 0, harness_allocator());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].want);
        dia_page_clear(&page);
        dia_page_clear(&cells);
        dia_page_put(&cells, rows[i].cells);
        dia_page_table(&page, rows[i].columns, &cells);
        need_str(shown(&page), rows[i].want);
    }
done:
    dia_page_done(&page);
    dia_page_done(&cells);
}

static void cells_that_were_lost_are_no_table(void)
{
    dia_page page, cells;
    dia_page_init(&page, 0, harness_allocator());
    dia_page_init(&cells, 3, harness_allocator());
    dia_page_put(&cells, "A\t\n");
    dia_page_put(&cells, "more\t\n");
    dia_page_table(&page, "l", &cells);
    need_int(page.n, 0);
    need_int(page.err, DIA_ESPACE);
done:
    dia_page_done(&page);
    dia_page_done(&cells);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "columns_are_as_wide_as_their_widest_cell", columns_are_as_wide_as_their_widest_cell },
        { "cells_that_were_lost_are_no_table", cells_that_were_lost_are_no_table },
    };
    return HARNESS_RUN("report/table", tests);
}
