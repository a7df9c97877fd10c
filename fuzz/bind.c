/* Octets -> struct -> octets, for every command of every dictionary.
 *
 * The first two octets choose the command, the third the level; AVPs follow. What decodes encodes, and what was encoded
 * decodes to the same; what does not decode has a fault whose Failed-AVP is sound. */
#include "fuzz.h"

#include "wire/wire.h"

#include "diatom/app/all.h"
#include "diatom/dict.h"

enum { SIZE_MAX_HERE = 1 << 16 };

static const dia_command *choose(unsigned number)
{
    unsigned n = 0;
    for (size_t i = 0; i < dia_dicts_all.n; i++)
        n += dia_dicts_all.v[i]->n_commands + (dia_dicts_all.v[i]->answer_message != NULL);
    number %= n;
    for (size_t i = 0;; i++) {
        const dia_dict *dict = dia_dicts_all.v[i];
        if (number < dict->n_commands)
            return &dict->commands[number];
        number -= dict->n_commands;
        if (dict->answer_message && number-- == 0)
            return dict->answer_message;
    }
}

static void check_fault(const dia_fault *fault)
{
    must(fault->result_code == 3009 || fault->result_code == 5001 || fault->result_code == 5004 || fault->result_code == 5005 ||
         fault->result_code == 5008 || fault->result_code == 5009 || fault->result_code == 5014);
    must(fault->text[0] && memchr(fault->text, 0, sizeof fault->text));
    must(fault->failed_avp.n % 4 == 0);
    dia_avps it = dia_avps_in(fault->failed_avp);
    int n = 0;
    while (dia_avp_next(&it))
        n++;
    must(!it.err && n <= 1);
}

static dia_bytes encode(const dia_command *command, const void *message, dia_level level, uint8_t *buf, size_t cap)
{
    size_t needed = 0;
    dia_fault fault;
    const int64_t n = dia_encode(command, message, level, NULL, NULL, buf, cap, &needed, &fault);
    if (n == DIA_ERULE) {
        /* Failed-AVP may be as it likes when it is received, not when it is sent. */
        must(level != DIA_LEVEL_OFF);
        return encode(command, message, DIA_LEVEL_OFF, buf, cap);
    }
    must(n > 0);
    must(dia_encode(command, message, DIA_LEVEL_OFF, NULL, NULL, buf, (size_t)n - 1, &needed, NULL) == DIA_ESPACE);
    must(needed == (size_t)n);
    must(dia_encode(command, message, DIA_LEVEL_OFF, NULL, NULL, buf, cap, &needed, NULL) == n);
    return (dia_bytes){ buf, (size_t)n };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first[2 * SIZE_MAX_HERE], second[2 * SIZE_MAX_HERE], message[SIZE_MAX_HERE + DIA_HEADER_SIZE];
    if (size < 3 || size - 3 > SIZE_MAX_HERE)
        return 0;
    const dia_command *command = choose((unsigned)data[0] << 8 | data[1]);
    const dia_level level = (dia_level)(data[2] % 4);
    memcpy(message + DIA_HEADER_SIZE, data + 3, size - 3);
    const dia_bytes octets = { message, size - 3 + DIA_HEADER_SIZE };

    dia_arena arena;
    dia_fault fault;
    const void *out = NULL;
    dia_arena_init(&arena, NULL, 0, 0, NULL);
    const int err = dia_decode(command, octets, level, &arena, &out, &fault);
    must(err == 0 || err == DIA_ERULE || err == DIA_ESPACE);
    must(err != DIA_ERULE || level != DIA_LEVEL_OFF);
    must(arena.used <= 1 << 20);
    if (err == DIA_ERULE)
        check_fault(&fault);
    if (err != DIA_ESPACE) {
        must(out);
        const dia_bytes a = encode(command, out, err ? DIA_LEVEL_OFF : level, first, sizeof first);
        dia_arena_reset(&arena);
        const int again = dia_decode(command, a, err ? DIA_LEVEL_OFF : level, &arena, &out, &fault);
        must(again == 0 || again == DIA_ESPACE);
        if (!again)
            must(dia_bytes_equal(a, encode(command, out, err ? DIA_LEVEL_OFF : level, second, sizeof second)));
    }
    dia_arena_done(&arena);
    return 0;
}
