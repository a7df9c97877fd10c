/* Every command of every dictionary, and the body of every group alone: what is drawn encodes, decodes to the same, keeps
 * its octets, and survives JSON and text. */
#include "draw.h"
#include "harness.h"
#include "odd.h"
#include "same.h"

#ifdef WITH_JSON
#include "diatom/json.h"
#endif

#include <stdio.h>

enum { COMMAND_SEEDS = 24, GROUP_SEEDS = 8, OCTETS_MAX = 1 << 18, TEXT_MAX = 1 << 21, ARENA_MAX = 1 << 24 };

/* What one message needs: large, so that it is made once. */
static struct {
    uint8_t first[OCTETS_MAX], second[OCTETS_MAX];
    char text[TEXT_MAX];
    dia_arena drawn, decoded;
    const dia_dicts *dicts;
} room;

static const dia_header ids = { .flags = DIA_FLAG_PROXIABLE,
                                .command = 272,
                                .application = 16777999,
                                .hop_by_hop = 0x01020304,
                                .end_to_end = 0xfffefdfc };

static void check_path(bool same, const char *what, const same_path *path)
{
    if (!same)
        fprintf(stderr, "%s: %s differs\n", what, path->text);
    check(same);
}

static dia_bytes encode(const dia_command *command, const void *of, uint8_t to[OCTETS_MAX])
{
    dia_fault fault = { 0 };
    const int64_t n = dia_encode(command, of, DIA_LEVEL_STRICT, &ids, NULL, to, OCTETS_MAX, NULL, &fault);
    if (n < 0)
        fprintf(stderr, "not encoded: %s\n", fault.text);
    check(n >= DIA_HEADER_SIZE);
    return (dia_bytes){ to, n < 0 ? 0 : (size_t)n };
}

static const void *decode(const dia_command *command, dia_bytes octets, dia_level level)
{
    dia_fault fault = { 0 };
    const void *out = NULL;
    const int err = dia_decode(command, octets, level, &room.decoded, &out, &fault);
    if (err)
        fprintf(stderr, "not decoded: %s\n", fault.text);
    check_int(err, 0);
    return out;
}

/* ---- The ways there and back ---- */

static void through_structs(const dia_command *command, const void *drawn, dia_bytes octets)
{
    same_path path;
    const dia_bytes body = { octets.p + DIA_HEADER_SIZE, octets.n - DIA_HEADER_SIZE };
    check_path(same_as_avps(command->grammar, drawn, body, &path), "octets", &path);
    static const dia_level levels[] = { DIA_LEVEL_STRICT, DIA_LEVEL_LENIENT, DIA_LEVEL_OFF };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        dia_arena_reset(&room.decoded);
        const void *got = decode(command, octets, levels[i]);
        check_path(same_structs(command->grammar, drawn, got, &path), "decoded", &path);
        if (levels[i] == DIA_LEVEL_STRICT)
            check_bytes(encode(command, got, room.second), octets);
    }
}

static void through_json(dia_bytes octets)
{
#ifdef WITH_JSON
    dia_json_error error = { 0 };
    const int64_t n = dia_json_print(room.dicts, octets, NULL, room.text, sizeof room.text, NULL);
    check(n > 0);
    const dia_bytes text = { (const uint8_t *)room.text, (size_t)n };
    const int64_t m = dia_json_read(room.dicts, text, room.second, sizeof room.second, NULL, &error);
    if (m < 0)
        fprintf(stderr, "%s: %s\n", error.path, error.text);
    check(m > 0);
    check_bytes(((dia_bytes){ room.second, (size_t)m }), octets);
#else
    (void)octets;
#endif
}

/* The text form. Here it is also read back, where there is a reader for it. */
static void say_mistake(void *arg, size_t line, size_t column, const char *why)
{
    (void)arg;
    fprintf(stderr, "%zu:%zu: %s\n", line, column, why);
}

static void through_text(dia_bytes octets)
{
    const int64_t n = dia_text_print(room.dicts, octets, NULL, room.text, sizeof room.text, NULL);
    check(n > 0);
    check_int(strlen(room.text), n);
    const int64_t m =
        dia_text_read(room.dicts, dia_cstr(room.text), say_mistake, NULL, room.second, sizeof room.second, NULL);
    check(m > 0);
    check_bytes(((dia_bytes){ room.second, m > 0 ? (size_t)m : 0 }), octets);
}

static void survives(const dia_command *command, const char *whose, uint64_t number, int percent, bool is_message)
{
    char name[160];
    snprintf(name, sizeof name, "%s %s %s %llu", command->dict->stem, whose, command->name, (unsigned long long)number);
    harness_row(name);
    dia_arena_reset(&room.drawn);
    const draw_wish wish = { .seed = draw_seed(name, number), .percent = percent, .dicts = room.dicts };
    draw d;
    draw_begin(&d, command->dict, &wish, &room.drawn);
    const void *drawn = draw_struct(&d, command->grammar);
    check(drawn != NULL);
    check(same_count(command->grammar, drawn) >= d.n_avps);
    const dia_bytes octets = encode(command, drawn, room.first);
    through_structs(command, drawn, octets);
    if (is_message) {
        through_json(octets);
        through_text(octets);
    }
    harness_row(NULL);
}

/* The first has only what must be, the second everything. */
static int percent_of(uint64_t number)
{
    static const int percents[] = { 0, 100, 30, 70 };
    return percents[number % (sizeof percents / sizeof *percents)];
}

static void open_room(void)
{
    room.dicts = odd_dicts();
    dia_arena_init(&room.drawn, NULL, 0, ARENA_MAX, NULL);
    dia_arena_init(&room.decoded, NULL, 0, ARENA_MAX, NULL);
}

static void close_room(void)
{
    dia_arena_done(&room.drawn);
    odd_done();
    dia_arena_done(&room.decoded);
}

static void every_command_survives_all_ways_there_and_back(void)
{
    size_t n = 0;
    open_room();
    for (size_t i = 0; i < room.dicts->n; i++) {
        const dia_dict *dict = room.dicts->v[i];
        for (uint32_t k = 0; k < dict->n_commands; k++, n++)
            for (uint64_t number = 0; number < COMMAND_SEEDS; number++)
                survives(&dict->commands[k], "command", number, percent_of(number), true);
        for (uint64_t number = 0; dict->answer_message && number < COMMAND_SEEDS; number++)
            survives(dict->answer_message, "command", number, percent_of(number), true);
    }
    check(n > 0);
    close_room();
}

/* All groups, also those that no command reaches within the depth that is drawn. */
static void every_group_survives_as_a_body_of_its_own(void)
{
    size_t n = 0;
    open_room();
    for (size_t i = 0; i < room.dicts->n; i++) {
        const dia_dict *dict = room.dicts->v[i];
        for (uint32_t k = 0; k < dict->n_local; k++) {
            if (dict->avps[k]->type != DIA_TYPE_GROUPED)
                continue;
            const dia_command command = draw_command_of(dict, dict->avps[k]->group);
            for (uint64_t number = 0; number < GROUP_SEEDS; number++)
                survives(&command, "group", number, percent_of(number), false);
            n++;
        }
    }
    check(n > 0);
    close_room();
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "every_command_survives_all_ways_there_and_back", every_command_survives_all_ways_there_and_back },
        { "every_group_survives_as_a_body_of_its_own", every_group_survives_as_a_body_of_its_own },
    };
    return HARNESS_RUN("proof/roundtrip", tests);
}
