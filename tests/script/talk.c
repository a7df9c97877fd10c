/* talk: plays scripts.
 *
 *     talk [--chart] [--only WORD] FILE.talk...
 *     talk --forms
 *
 * Prints a line for each scenario, and for one that fails the report. Ends with 0: all passed; 1: some failed; 2: a script
 * has mistakes, cannot be read, or there was nothing to play. --only plays the scenarios with WORD in their titles or ids,
 * --chart draws them all, --forms lists what may stand in a script. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

typedef struct choices {
    bool chart;
    const char *only;
} choices;

typedef struct counts {
    unsigned passed, failed, mistakes;
} counts;

/* The files that a script includes lie in its folder. */
typedef struct opened {
    const char *path;
    talk_string texts[TALK_FILES];
    size_t n;
    unsigned mistakes;
} opened;

static void on_mistake(void *arg, const talk_script *script, uint32_t line, const char *sentence)
{
    opened *o = arg;
    char place[300];
    o->mistakes++;
    talk_place(script, line, place, sizeof place);
    printf("%s: %s\n", place, sentence);
}

static bool read_file(const char *path, talk_string *to)
{
    char block[4096];
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    for (size_t n; (n = fread(block, 1, sizeof block, f));)
        talk_put(to, (dia_bytes){ (const uint8_t *)block, n });
    const bool good = !ferror(f);
    fclose(f);
    return good;
}

static dia_bytes bytes_of(const talk_string *text)
{
    return (dia_bytes){ (const uint8_t *)(text->p ? text->p : ""), text->n };
}

static bool on_open(void *arg, dia_bytes name, dia_bytes *text)
{
    opened *o = arg;
    const char *slash = strrchr(o->path, '/');
    char path[2000];
    const int n =
        snprintf(path, sizeof path, "%.*s%.*s", slash ? (int)(slash + 1 - o->path) : 0, o->path, TALK_TEXT(name));
    if (o->n == TALK_FILES || n < 0 || n >= (int)sizeof path || !read_file(path, &o->texts[o->n]))
        return false;
    *text = bytes_of(&o->texts[o->n++]);
    return true;
}

static bool is_chosen(const talk_scenario *s, const char *only)
{
    talk_string text = { 0 };
    talk_say(&text, "%.*s %.*s", TALK_TEXT(s->title), TALK_TEXT(s->proves));
    const bool chosen = !only || strstr(text.p, only);
    talk_string_done(&text);
    return chosen;
}

static void play_all(const talk_script *script, const choices *chosen, counts *tally)
{
    for (size_t i = 0; i < script->n; i++) {
        const talk_scenario *s = &script->scenarios[i];
        talk_string report = { 0 };
        if (!is_chosen(s, chosen->only))
            continue;
        const bool good = talk_play(script, s, &report, chosen->chart);
        char place[300];
        talk_place(script, s->line, place, sizeof place);
        printf("%s %s %.*s\n", good ? "ok  " : "FAIL", place, TALK_TEXT(s->title));
        if (report.n)
            printf("%s%s\n", good ? "" : "\n", report.p);
        tally->passed += good;
        tally->failed += !good;
        talk_string_done(&report);
    }
}

static void play_file(const char *path, const choices *chosen, counts *tally)
{
    const char *slash = strrchr(path, '/');
    opened o = { .path = path };
    talk_string text = { 0 };
    talk_script script;
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, SIZE_MAX / 2, NULL);
    const talk_reader reader = { on_open, on_mistake, &o };
    if (!read_file(path, &text)) {
        perror(path);
        o.mistakes++;
    } else if (talk_read(bytes_of(&text), slash ? slash + 1 : path, &arena, &reader, &script)) {
        play_all(&script, chosen, tally);
    }
    tally->mistakes += o.mistakes;
    dia_arena_done(&arena);
    talk_string_done(&text);
    for (size_t i = 0; i < TALK_FILES; i++)
        talk_string_done(&o.texts[i]);
}

static int usage(const char *sentence)
{
    fprintf(stderr, "talk: %s\ntalk [--chart] [--only WORD] FILE.talk...\ntalk --forms\n", sentence);
    return 2;
}

int main(int argc, char **argv)
{
    choices made = { 0 };
    counts tally = { 0 };
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (!strcmp(argv[i], "--chart")) {
            made.chart = true;
        } else if (!strcmp(argv[i], "--only") && i + 1 < argc) {
            made.only = argv[++i];
        } else if (!strcmp(argv[i], "--forms")) {
            talk_string forms = { 0 };
            talk_forms(&forms);
            puts(forms.p);
            talk_string_done(&forms);
            return 0;
        } else {
            return usage(!strcmp(argv[i], "--only") ? "--only needs a word" : "there is no such option");
        }
    }
    if (i == argc)
        return usage("no script was named");
    for (; i < argc; i++)
        play_file(argv[i], &made, &tally);
    if (made.only && !tally.mistakes && !tally.passed && !tally.failed) {
        fprintf(stderr, "talk: no scenario has '%s' in its title or ids\n", made.only);
        return 2;
    }
    if (tally.mistakes)
        printf("%u mistakes in the script\n", tally.mistakes);
    printf("%u passed, %u failed\n", tally.passed, tally.failed + tally.mistakes);
    return tally.mistakes ? 2 : tally.failed ? 1 : 0;
}
