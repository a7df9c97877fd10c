/* What the tests of the engine share: a sound request and the AVPs to make unsound ones with. */
#ifndef TESTS_DICT_MESSAGES_H
#define TESTS_DICT_MESSAGES_H

#include "tables.h"

#include "wire/wire.h"

typedef struct message {
    uint8_t buf[8192];
    dia_builder b;
} message;

static inline dia_bytes text_of(const char *s)
{
    return dia_cstr(s);
}

static inline void begin(message *m, bool request)
{
    tables_open();
    const dia_header h = { .version = 1, .flags = request ? DIA_FLAG_REQUEST : 0, .command = 9000, .application = 77 };
    dia_build_begin(&m->b, m->buf, sizeof m->buf, &h);
}

static inline dia_bytes end(message *m)
{
    const int64_t n = dia_build_end(&m->b);
    return (dia_bytes){ m->buf, n > 0 ? (size_t)n : 0 };
}

/* The required AVPs of TTR but the one with this code (of any vendor); 0: all of them. */
static inline void put_required(message *m, uint32_t without)
{
    dia_builder *b = &m->b;
    if (without != SESSION_ID)
        dia_put_bytes(b, SESSION_ID, 0, DIA_AVP_M, text_of("s;1;2"));
    if (without != ORIGIN_HOST)
        dia_put_bytes(b, ORIGIN_HOST, 0, DIA_AVP_M, text_of("a.example"));
    if (without != ORIGIN_REALM)
        dia_put_bytes(b, ORIGIN_REALM, 0, DIA_AVP_M, text_of("example"));
    if (without != DESTINATION_REALM)
        dia_put_bytes(b, DESTINATION_REALM, 0, DIA_AVP_M, text_of("example.org"));
    if (without != AUTH_APPLICATION_ID)
        dia_put_u32(b, AUTH_APPLICATION_ID, 0, DIA_AVP_M, 77);
    if (without != KIND)
        dia_put_i32(b, KIND, 0, DIA_AVP_M, 2);
    if (without != NUMBER)
        dia_put_u32(b, NUMBER, 0, DIA_AVP_M, 7);
    if (without != BIG)
        dia_put_u64(b, BIG, LAB, DIA_AVP_M, UINT64_MAX);
    if (without != MOMENT)
        dia_put_u32(b, MOMENT, LAB, DIA_AVP_M, 0);
    if (without != RATIO)
        dia_put_f64(b, RATIO, LAB, DIA_AVP_M, -0.0);
}

static inline void begin_request(message *m)
{
    begin(m, true);
    put_required(m, 0);
}

#endif
