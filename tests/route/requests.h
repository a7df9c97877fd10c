/* Requests for tests of routes. */
#ifndef TESTS_ROUTE_REQUESTS_H
#define TESTS_ROUTE_REQUESTS_H

#include "diatom/app/all.h"
#include "route/route.h"

typedef struct writing {
    uint8_t octets[1024];
    dia_builder b;
} writing;

static inline dia_builder *write_request(writing *w, uint32_t application, uint32_t command)
{
    const dia_header header = {
        .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE, .command = command, .application = application, .end_to_end = 7
    };
    dia_build_begin(&w->b, w->octets, sizeof w->octets, &header);
    return &w->b;
}

static inline dia_bytes written(writing *w)
{
    const int64_t n = dia_build_end(&w->b);
    return (dia_bytes){ w->octets, n > 0 ? (size_t)n : 0 };
}

static inline void put_text(dia_builder *b, uint32_t code, uint32_t vendor, const char *text)
{
    dia_put_bytes(b, code, vendor, DIA_AVP_M, dia_cstr(text));
}

/* A list of strings for a route. */
#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif
