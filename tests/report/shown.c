/* Pages as texts that tests look into. */
#include "shown.h"

#include "harness.h"

#include <stdio.h>

const char *shown(dia_page *page)
{
    dia_page_octets(page, (dia_bytes){ (const uint8_t *)"", 1 });
    return page->err ? "" : page->p;
}

bool has(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    if (!harness_injected())
        fprintf(stderr, "no '%s' in:\n%s\n", part, text);
    return false;
}

size_t times(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
        n++;
    return n;
}
