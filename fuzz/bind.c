/* Octets -> struct -> octets, for every command of every dictionary, at every level.
 *
 * The first three octets choose the command, AVPs follow. What decodes encodes, and what was encoded decodes to the same;
 * what does not decode has a fault whose Failed-AVP is sound; what a level takes, the levels below it take as well. What is
 * sound at level strict says behind both steps what it said before, up to the order of its AVPs. */
#include "fuzz.h"

#include "wire/wire.h"

#include "diatom/app/all.h"
#include "diatom/dict.h"

enum { SIZE_MAX_HERE = 1 << 16, KEY = 3, KEYS = 1 << 24, FAILED_AVP = 279 };

/* ---- The command ---- */

/* Where a command stands on the ring of keys: what dictionaries come and go does not move it. */
static uint32_t key_of(const dia_command *command)
{
    const char *const names[] = { command->dict->stem, "/", command->name };
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (const char *p = names[i]; *p; p++)
            hash = (hash ^ (uint8_t)*p) * UINT32_C(16777619);
    return (hash ^ hash >> 24) % KEYS;
}

static void prefer(const dia_command *command, uint32_t key, const dia_command **best)
{
    const uint32_t far = *best ? (key_of(*best) - key) % KEYS : KEYS;
    if ((key_of(command) - key) % KEYS < far)
        *best = command;
}

/* The command at the key, or the next one on the ring. */
static const dia_command *choose(uint32_t key)
{
    const dia_command *best = NULL;
    for (size_t i = 0; i < dia_dicts_all.n; i++) {
        const dia_dict *dict = dia_dicts_all.v[i];
        for (uint32_t k = 0; k < dict->n_commands; k++)
            prefer(&dict->commands[k], key, &best);
        if (dict->answer_message)
            prefer(dict->answer_message, key, &best);
    }
    return best;
}

/* ---- Meaning ---- */

static uint64_t hash_octets(uint64_t hash, dia_bytes octets)
{
    for (size_t i = 0; i < octets.n; i++)
        hash = (hash ^ octets.p[i]) * UINT64_C(1099511628211);
    return hash ^ octets.n;
}

/* What AVPs say, whatever their order, flags and padding are. What stands in Failed-AVP is nobody's word. */
static uint64_t meaning_of(const dia_grammar *grammar, dia_bytes avps)
{
    uint64_t sum = 0;
    dia_avps it = dia_avps_in(avps);
    while (dia_avp_next(&it)) {
        const dia_field *f = dia_grammar_field(grammar, it.avp.code, it.avp.vendor);
        uint64_t hash = ((uint64_t)it.avp.code << 32 | it.avp.vendor) * UINT64_C(0x9e3779b97f4a7c15);
        if (f && f->type == DIA_TYPE_GROUPED)
            hash ^= f->code == FAILED_AVP && !f->vendor ? 0 : meaning_of(f->avp->group, it.avp.data);
        else
            hash = hash_octets(hash, it.avp.data);
        sum += (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    }
    must(!it.err);
    return sum;
}

static uint64_t meaning_of_message(const dia_command *command, dia_bytes message)
{
    return meaning_of(command->grammar, (dia_bytes){ message.p + DIA_HEADER_SIZE, message.n - DIA_HEADER_SIZE });
}

/* ---- Both ways ---- */

static void check_fault(const dia_fault *fault)
{
    must(fault->result_code == 3009 || fault->result_code == 5001 || fault->result_code == 5004 ||
         fault->result_code == 5005 || fault->result_code == 5008 || fault->result_code == 5009 ||
         fault->result_code == 5014);
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

/* At one level. Is everything fine? DIA_ESPACE: the arena's limit was met. */
static int both_ways(const dia_command *command, dia_bytes octets, dia_level level)
{
    static uint8_t first[2 * SIZE_MAX_HERE], second[2 * SIZE_MAX_HERE];
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
        const dia_level back = err ? DIA_LEVEL_OFF : level;
        const dia_bytes a = encode(command, out, back, first, sizeof first);
        if (!err && level == DIA_LEVEL_STRICT)
            must(meaning_of_message(command, octets) == meaning_of_message(command, a));
        dia_arena_reset(&arena);
        const int again = dia_decode(command, a, back, &arena, &out, &fault);
        must(again == 0 || again == DIA_ESPACE);
        if (!again)
            must(dia_bytes_equal(a, encode(command, out, back, second, sizeof second)));
    }
    dia_arena_done(&arena);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < KEY || size - KEY > SIZE_MAX_HERE)
        return 0;
    const dia_command *command = choose((uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2]);
    /* Of its very size, so that sanitizers see what reads on. */
    uint8_t *message = calloc(1, size - KEY + DIA_HEADER_SIZE);
    must(message);
    memcpy(message + DIA_HEADER_SIZE, data + KEY, size - KEY);
    const dia_bytes octets = { message, size - KEY + DIA_HEADER_SIZE };
    const int strict = both_ways(command, octets, DIA_LEVEL_STRICT);
    const int lenient = both_ways(command, octets, DIA_LEVEL_LENIENT);
    must(strict || !lenient);
    both_ways(command, octets, DIA_LEVEL_OFF);
    free(message);
    return 0;
}
