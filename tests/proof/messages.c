/* Writes a capture for other decoders: messages of every command of every dictionary, and behind them every AVP of every
 * dictionary, a few in each message.
 *
 *     messages FILE.pcap [SEED]
 *
 * The capture has link type 252 ("Wireshark upper PDU"): each packet names its dissector. */
#include "draw.h"

#include "wire/wire.h"

#include "diatom/app/all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 4, AVPS_IN_ONE = 8, OCTETS_MAX = 1 << 18, ARENA_MAX = 1 << 24 };

static uint8_t octets[OCTETS_MAX];

/* ---- The capture ---- */

static void put(FILE *out, const void *p, size_t n)
{
    if (fwrite(p, 1, n, out) != n) {
        perror("messages");
        exit(1);
    }
}

static void put32(FILE *out, uint32_t v)
{
    put(out, &v, sizeof v); /* in the writer's own byte order */
}

static void put_file_header(FILE *out)
{
    static const uint16_t version[] = { 2, 4 };
    put32(out, 0xa1b2c3d4);
    put(out, version, sizeof version);
    put32(out, 0);
    put32(out, 0);
    put32(out, OCTETS_MAX + 16); /* the longest packet */
    put32(out, 252);
}

static void put_message(FILE *out, size_t n)
{
    static const uint8_t head[] = { 0, 12, 0, 8, 'd', 'i', 'a', 'm', 'e', 't', 'e', 'r', 0, 0, 0, 0 };
    put32(out, 0);
    put32(out, 0);
    put32(out, (uint32_t)(sizeof head + n));
    put32(out, (uint32_t)(sizeof head + n));
    put(out, head, sizeof head);
    put(out, octets, n);
}

/* ---- Messages ---- */

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "messages: %s: %s\n", name, what);
    exit(1);
}

static void write_command(FILE *out, const dia_command *command, uint64_t number, dia_arena *arena)
{
    char name[160];
    snprintf(name, sizeof name, "%s %s %llu", command->dict->stem, command->name, (unsigned long long)number);
    const draw_wish wish = { .seed = draw_seed(name, number), .percent = number % SEEDS ? 40 : 0, .presentable = true };
    const dia_header ids = {
        .command = 272, .application = command->dict->application, .hop_by_hop = (uint32_t)number, .end_to_end = 1
    };
    draw d;
    dia_fault fault = { 0 };
    dia_arena_reset(arena);
    draw_begin(&d, command->dict, &wish, arena);
    const void *drawn = draw_struct(&d, command->grammar);
    if (!drawn)
        fail("the arena is used up", name);
    const int64_t n = dia_encode(command, drawn, DIA_LEVEL_STRICT, &ids, NULL, octets, sizeof octets, NULL, &fault);
    if (n < 0)
        fail(n == DIA_ERULE ? fault.text : dia_strerror((int)n), name);
    put_message(out, (size_t)n);
}

/* AVPs for their own sake, in a request of the dictionary's application. */
static void write_avps(FILE *out, const dia_dict *dict, uint64_t number, dia_arena *arena)
{
    const dia_header header = { .flags = DIA_FLAG_REQUEST, .command = 272, .application = dict->application };
    const draw_wish wish = { .seed = draw_seed(dict->stem, number), .percent = 40, .presentable = true };
    draw d;
    dia_builder b;
    for (uint32_t i = 0; i < dict->n_local; i += AVPS_IN_ONE) {
        dia_arena_reset(arena);
        draw_begin(&d, dict, &wish, arena);
        dia_build_begin(&b, octets, sizeof octets, &header);
        dia_put_bytes(&b, 263, 0, DIA_AVP_M,
                      DIA_STR("proof;1;2")); /* below 36 octets tshark takes nothing for Diameter */
        for (uint32_t k = i; k < dict->n_local && k < i + AVPS_IN_ONE; k++)
            dia_put_octets(&b, draw_avp(&d, dict->avps[k], dict->avps[k]->flags));
        const int64_t n = dia_build_end(&b);
        if (n < 0)
            fail(dia_strerror((int)n), dict->stem);
        put_message(out, (size_t)n);
    }
}

int main(int argc, char **argv)
{
    FILE *out = argc == 2 || argc == 3 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        fprintf(stderr, "messages FILE.pcap [SEED]\n");
        return 2;
    }
    const uint64_t first = argc == 3 ? strtoull(argv[2], NULL, 10) * SEEDS : 0;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, ARENA_MAX, NULL);
    put_file_header(out);
    for (size_t i = 0; i < dia_dicts_all.n; i++) {
        const dia_dict *dict = dia_dicts_all.v[i];
        for (uint64_t number = first; number < first + SEEDS; number++) {
            for (uint32_t k = 0; k < dict->n_commands; k++)
                write_command(out, &dict->commands[k], number, &arena);
            if (dict->answer_message)
                write_command(out, dict->answer_message, number, &arena);
        }
        write_avps(out, dict, first, &arena);
    }
    dia_arena_done(&arena);
    return fclose(out) ? 1 : 0;
}
