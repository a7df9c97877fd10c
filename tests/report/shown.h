/* Pages as texts that tests look into. */
#ifndef TESTS_REPORT_SHOWN_H
#define TESTS_REPORT_SHOWN_H

#include "diatom/report.h"

/* The page with a NUL behind it; "" after a failed allocation. Valid as long as the page. */
const char *shown(dia_page *page);

/* Is the part in the text? Says what there is instead when it is not, unless an allocation failed. */
bool has(const char *text, const char *part);

/* How often. */
size_t times(const char *text, const char *part);

#endif
