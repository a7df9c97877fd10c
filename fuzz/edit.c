/* Changes to any message, and comparing what came out. The first three octets choose a path, what is done and the size of
 * the buffer; a message follows, which may be as broken as it likes. */
#include "odd.h"

#include "wire/wire.h"

#include <string.h>

enum { INPUT_MAX = 1 << 12, ROOM = INPUT_MAX + 4096 };

static const char *const paths[] = {
    "Session-Id",
    "Failed-AVP",
    "Failed-AVP/Session-Id",
    "Failed-AVP/Failed-AVP/Session-Id",
    "Failed-AVP[1]/Origin-Host",
    "Proxy-Info/Proxy-State",
    "5:70000",
    "Failed-AVP/70001",
    "G/G/G",
    "Session-Id[1]",
    "1/2/3",
};

static void check_finder(const dia_dicts *dicts, dia_bytes message, const char *path)
{
    dia_finder f;
    dia_avp first;
    size_t n = 0;
    const int err = dia_dicts_find(dicts, message, path, &first);
    dia_finder_begin(&f, dicts, message, path);
    while (dia_finder_next(&f)) {
        must(f.avp.octets.p >= message.p && f.avp.octets.p + f.avp.octets.n <= message.p + message.n);
        n++;
    }
    must(n > 0 || err != 0);
}

static void check_compare(const dia_dicts *dicts, dia_bytes a, dia_bytes b)
{
    static const dia_compare_options options = { .any_order = true };
    dia_difference d;
    const int there = dia_dicts_compare(dicts, a, b, NULL, &d);
    must(there == 0 || d.path[0]);
    must(memchr(d.path, 0, sizeof d.path) && memchr(d.a, 0, sizeof d.a) && memchr(d.b, 0, sizeof d.b));
    must(dia_dicts_compare(dicts, b, a, NULL, &d) == there);
    must(dia_dicts_compare(dicts, a, a, NULL, &d) == 0 && dia_dicts_compare(dicts, a, a, &options, &d) == 0);
    const int loose = dia_dicts_compare(dicts, a, b, &options, &d);
    must(loose == dia_dicts_compare(dicts, b, a, &options, &d));
    must(there != 0 || loose == 0);
}

static void check_answer(dia_bytes message)
{
    static uint8_t to[2 * ROOM];
    static const dia_answer_head head = { .origin_host = DIA_LIT("a.example"),
                                          .origin_realm = DIA_LIT("example"),
                                          .result_code = 2001 };
    dia_builder b;
    if (dia_answer_begin(&b, to, sizeof to, message, &head) != 0)
        return;
    const int64_t n = dia_build_end(&b);
    must(n > 20 && n % 4 == 0);
    dia_avps it = dia_avps_of((dia_bytes){ to, (size_t)n });
    while (dia_avp_next(&it))
        ;
    must(!it.err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dia_dicts dicts = fuzz_dictionaries();
    static uint8_t buf[ROOM], avp[12] = { 0, 0, 0x1, 0x9f, 0x40, 0, 0, 12, 0, 0, 0, 1 };
    if (size < 3 || size > INPUT_MAX)
        return 0;
    const char *path = paths[data[0] % (sizeof paths / sizeof *paths)];
    const dia_bytes message = { data + 3, size - 3 };
    const dia_bytes value = { data, data[1] % 13 < size ? data[1] % 13 : size };
    const size_t cap = data[2] == 255 ? sizeof buf : message.n + data[2];
    dia_edit e;
    if (dia_edit_begin(&e, &dicts, message, buf, cap) != 0)
        return 0;
    check_finder(&dicts, message, path);
    check_answer(message);
    const size_t before = e.n;
    switch (data[1] % 5) {
    case 0: dia_edit_set(&e, path, value); break;
    case 1: dia_edit_add(&e, path, value); break;
    case 2: must(!dia_edit_remove(&e, path) || e.n < before); break;
    case 3: dia_edit_insert(&e, path, (dia_bytes){ avp, sizeof avp }); break;
    default: dia_edit_append(&e, data[0] & 1 ? path : NULL, (dia_bytes){ avp, sizeof avp }); break;
    }
    must(e.n <= cap);
    const int64_t n = dia_edit_end(&e);
    if (n < 0) {
        must(n != DIA_ESPACE || e.needed > cap);
        must(e.n == before && memcmp(buf, message.p, before) == 0);
        return 0;
    }
    must((size_t)n == e.n);
    const dia_bytes changed = { buf, (size_t)n };
    check_finder(&dicts, changed, path);
    check_compare(&dicts, message, changed);
    dia_avp found;
    if (data[1] % 5 == 0) {
        must(dia_dicts_find(&dicts, changed, path, &found) == 0 && found.data.n == value.n);
        must(value.n == 0 || memcmp(found.data.p, value.p, value.n) == 0);
    }
    return 0;
}
