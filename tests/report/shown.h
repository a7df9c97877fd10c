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

/* Two nodes that began at 1,700,000,000 and are joined over TCP with TLS 1.3, by certificates that end an hour later. False:
 * no memory. */
struct net;
bool shown_protected(struct net *net, dia_node **client, dia_node **server);

#endif
