/* What the tests of the JSON room share: all dictionaries and one with what no specification has; both directions. */
#ifndef TESTS_JSON_MESSAGES_H
#define TESTS_JSON_MESSAGES_H

#include "diatom/app/all.h"
#include "harness.h"
#include "json/json.h"

#include <stdio.h>

enum { TEXT_MAX = 1 << 14 };

/* Application 7: floats; names for every kind of number, also such that look like numbers; an AVP that shares its name. */
static inline const dia_dicts *dictionaries(void)
{
    static const char odd_text[] = "@id 7\n@name odd\n@avp_types\n"
                                   "F32 60001 Float32 M\nF64 60002 Float64 M\nI64 60003 Integer64 M\n"
                                   "U64 60004 Unsigned64 M\nU32 60005 Unsigned32 M\nE 60006 Enumerated M\n"
                                   "G 60007 Grouped M\nSession-Id 60008 Unsigned32 V\nI32 60009 Integer32 M\n"
                                   "@avp_vendor_id 4711 Session-Id\n"
                                   "@define I64\n'5' 7\n'-6' 8\nnine 9\n@define U64\n'5' 7\nnine 9\n"
                                   "@define U32\nnine 9\n"
                                   "@enum E\nminus 4294967295\none 1\n'1' 2\n"
                                   "@grouped\nG ::= < AVP Header: 60007 > * [ AVP ]\n";
    static const dia_dict *all[512];
    static dia_dicts dicts = { all, 0 };
    if (dicts.n == 0) {
        const dia_dict_reader reader = { 0 };
        dia_dict *odd = NULL;
        check_int(dia_dict_read(&reader, dia_cstr(odd_text), "odd", &odd), 0);
        all[dicts.n++] = odd;
        check(dia_dicts_all.n < sizeof all / sizeof *all);
        for (size_t i = 0; i < dia_dicts_all.n; i++)
            all[dicts.n++] = dia_dicts_all.v[i];
    }
    return &dicts;
}

/* JSON as the rows have it, with ' for ". */
static inline const char *quoted(const char *json, char *to, size_t size)
{
    snprintf(to, size, "%s", json);
    for (char *q = to; (q = strchr(q, '\''));)
        *q = '"';
    return to;
}

/* The octets that a text leads to; absent after an error. */
static inline dia_bytes read_text(const char *text, uint8_t *buf, size_t size, dia_json_error *error)
{
    const int64_t n = dia_json_read(dictionaries(), dia_cstr(text), buf, size, NULL, error);
    return n < 0 ? (dia_bytes){ NULL, 0 } : (dia_bytes){ buf, (size_t)n };
}

/* A message of application 7 with these AVPs, given as hex. */
static inline dia_bytes message_of(const char *avps, uint8_t *buf, size_t size)
{
    const dia_header header = { .version = 1, .flags = DIA_FLAG_REQUEST, .command = 9999, .application = 7 };
    const dia_bytes body = harness_hex(avps, buf + DIA_HEADER_SIZE, size - DIA_HEADER_SIZE);
    dia_header_write(&header, buf);
    dia_store24(buf + DIA_AT_LENGTH, (uint32_t)(DIA_HEADER_SIZE + body.n));
    return (dia_bytes){ buf, DIA_HEADER_SIZE + body.n };
}

/* The same as JSON. */
static inline const char *json_of(const char *avps, char *to, size_t size)
{
    snprintf(to, size,
             "{\"version\":1,\"code\":9999,\"flags\":[\"R\"],\"application\":7,\"hop_by_hop\":0,\"end_to_end\":0,"
             "\"avps\":%s}",
             avps);
    return to;
}

#endif
