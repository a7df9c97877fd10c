/* JSON, both ways. The first octet selects what the others are.
 *
 * Even ('r'): a text for the reader. What it accepts can be printed, and leads to the same octets again.
 * Odd ('o'): a message. Whatever it is, its JSON leads back to it, and so does its text for people. */
#include "odd.h"

#include "wire/wire.h"

#include "diatom/json.h"

enum { OCTETS_MAX = 1 << 14, TEXT_MAX = 1 << 21 };

static char text[TEXT_MAX], again[TEXT_MAX];
static uint8_t octets[TEXT_MAX], back[TEXT_MAX];

static void check_round_trip(const dia_dicts *dicts, dia_bytes message, int indent)
{
    size_t needed = 0;
    dia_json_error error;
    const dia_json_options options = { .indent = indent };
    const int64_t n = dia_json_print(dicts, message, &options, text, sizeof text, &needed);
    must(n > 0 && (size_t)n == strlen(text));
    must(dia_json_print(dicts, message, &options, again, (size_t)n, &needed) == DIA_ESPACE);
    must(needed == (size_t)n + 1);
    const int64_t m = dia_json_read(dicts, dia_cstr(text), back, sizeof back, &needed, &error);
    if (m < 0)
        fprintf(stderr, "%s\n%s: %s\n", text, error.path, error.text);
    must(m >= 0);
    if (!dia_bytes_equal((dia_bytes){ back, (size_t)m }, message))
        fprintf(stderr, "%s\n", text);
    must(dia_bytes_equal((dia_bytes){ back, (size_t)m }, message));

    const dia_json_options redacted = { .indent = indent, .redact = true };
    must(dia_json_print(dicts, message, &redacted, again, sizeof again, &needed) > 0);
    must(dia_json_read(dicts, dia_cstr(again), back, sizeof back, &needed, &error) != DIA_ESPACE);
}

static void check_text(const dia_dicts *dicts, dia_bytes message)
{
    size_t needed = 0;
    const dia_text_options options = { .color = message.n & 1, .redact = message.n & 2 };
    const int64_t n = dia_text_print(dicts, message, &options, text, sizeof text, &needed);
    must(n > 0 && (size_t)n == strlen(text));
    must(dia_text_print(dicts, message, &options, again, (size_t)n, &needed) == DIA_ESPACE);
    must(needed == (size_t)n + 1);
    if (!options.color && !options.redact) {
        const dia_bytes printed = { (const uint8_t *)text, (size_t)n };
        const int64_t m = dia_text_read(dicts, printed, NULL, NULL, back, sizeof back, NULL);
        must(m >= 0 && dia_bytes_equal((dia_bytes){ back, (size_t)m }, message));
    }
    must(dia_text_summary(dicts, message, NULL, text, sizeof text, NULL) > 0);
}

static void check_octets(const dia_dicts *dicts, dia_bytes message)
{
    check_text(dicts, message);
    if (message.n >= DIA_HEADER_SIZE)
        check_round_trip(dicts, message, message.n & 1 ? 2 : 0);
    else
        must(dia_json_print(dicts, message, NULL, text, sizeof text, NULL) == DIA_EFORMAT);
}

static void check_reader(const dia_dicts *dicts, dia_bytes json)
{
    size_t needed = 0;
    dia_json_error error;
    const int64_t n = dia_json_read(dicts, json, octets, sizeof octets, &needed, &error);
    must(n >= DIA_HEADER_SIZE || n == DIA_EFORMAT);
    if (n < 0) {
        must(error.text[0] && strlen(error.text) < sizeof error.text && strlen(error.path) < sizeof error.path);
        return;
    }
    must(!error.text[0] && !error.path[0]);
    must(dia_json_read(dicts, json, back, (size_t)n - 1, &needed, &error) == DIA_ESPACE);
    must(needed == (size_t)n);
    must(dia_json_read(dicts, json, back, (size_t)n, NULL, NULL) == n);
    check_round_trip(dicts, (dia_bytes){ octets, (size_t)n }, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dia_dicts dicts = fuzz_dictionaries();
    if (size == 0 || size > OCTETS_MAX)
        return 0;
    const dia_bytes input = { data + 1, size - 1 };
    if (data[0] % 2)
        check_octets(&dicts, input);
    else
        check_reader(&dicts, input);
    return 0;
}
