/* `diatom dict search`: AVPs, values, commands and applications by a part of their names. */
#include "cli.h"

#include "dict_find.h"
#include "memory.h"

#include <diatom/diatom.h>

typedef struct settings {
    cli_dict_options dict;
    uint64_t limit;
    bool json;
} settings;

static const cli_option rows[] = {
    { "limit", 'n', CLI_NUMBER, offsetof(settings, limit), "N", "the most lines to print [50]", 1, 1000000, 50 },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "an object a line" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries", CLI_ROWS(cli_dict_rows), offsetof(settings, dict) },
    { 0 },
};

static int run(const cli_command *command, void *settings_, const cli_texts *words)
{
    const settings *s = settings_;
    cli_dicts dicts;
    cli_word word;
    if (!cli_word_parse(words->v[0], &word))
        return cli_usage(command, "'%s' has nothing to search for", words->v[0]);
    int status = cli_dicts_load(command, &s->dict, &dicts);
    if (!status) {
        cli_hits hits;
        cli_find(&dicts, &word, false, &hits);
        const size_t n = hits.n < s->limit ? hits.n : (size_t)s->limit;
        if (s->json)
            cli_hits_print_json(&hits, n);
        else
            cli_hits_print(&hits, n);
        if (hits.n > n && !s->json)
            printf("... and %zu more (--limit)\n", hits.n - n);
        if (hits.n == 0) {
            cli_failed(command, "nothing has '%s' in its name", words->v[0]);
            status = CLI_BAD;
        }
        free(hits.v);
    }
    cli_dicts_done(&dicts);
    return status;
}

const cli_command cli_dict_search = {
    .name = "dict search",
    .operands = "WORD",
    .summary = "find AVPs, values, commands and applications",
    .about = "Lists what has WORD in its name, in another name by which people know it, or as its\n"
             "code: applications, commands, AVPs and named values. Case, '-' and '_' do not matter.\n"
             "A code is decimal or hexadecimal (0x1bb), of a vendor 10415:873. Whole names come first,\n"
             "then starts of names, starts of words in them, other parts.",
    .examples = "  diatom dict search rating\n"
                "  diatom dict search 5012\n"
                "  diatom dict search 0x1000023\n"
                "  diatom dict search --json 10415:873",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
