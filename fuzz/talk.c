/* The reader of scripts (docs/scripts.md): whatever the text is, it is a script or has mistakes, each in one of its lines. */
#include "fuzz.h"

#include "../tests/script/script.h"

#include <string.h>

enum { INPUT_MAX = 1 << 13 };

typedef struct findings {
    size_t n;
    uint32_t lines;
} findings;

static void on_mistake(void *arg, const talk_script *script, uint32_t line, const char *sentence)
{
    findings *f = arg;
    must(script->n_files == 1 && line >= 1 && line <= f->lines && sentence[0]);
    f->n++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    findings f = { .lines = 1 };
    dia_arena arena;
    talk_script script;
    const talk_reader reader = { .report = on_mistake, .arg = &f };
    if (size > INPUT_MAX)
        return 0;
    for (size_t i = 0; i < size; i++)
        f.lines += data[i] == '\n';
    dia_arena_init(&arena, NULL, 0, SIZE_MAX / 2, NULL);
    const bool good =
        talk_read((dia_bytes){ size ? data : (const uint8_t *)"", size }, "fuzz", &arena, &reader, &script);
    must(good == (f.n == 0));
    for (size_t i = 0; good && i < script.n; i++)
        must(script.scenarios[i].n > 0 && script.scenarios[i].title.n > 0);
    dia_arena_done(&arena);
    return 0;
}
