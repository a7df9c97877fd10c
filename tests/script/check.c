/* A scenario that was read: each of its names is remembered before it is used, and used; its messages can be made. */
#include "read.h"

typedef struct uses {
    reader *r;
    const talk_config *config;
    bool sends, has_host;
    struct {
        dia_bytes name;
        uint32_t line;
        unsigned n;
    } v[TALK_NAMES];
    size_t n;
} uses;

static bool is_given(const uses *u, dia_bytes name)
{
    if (talk_is(name, "node") || talk_is(name, "realm") || (talk_is(name, "host") && u->has_host))
        return true;
    for (size_t i = 0; i < u->config->n_parties; i++)
        if (dia_bytes_equal(u->config->parties[i].name, name))
            return true;
    return false;
}

static void use_name(void *arg, uint32_t number, dia_bytes name)
{
    uses *u = arg;
    const talk_line line = { .number = number };
    if (is_given(u, name))
        return;
    for (size_t i = 0; i < u->n; i++) {
        if (dia_bytes_equal(u->v[i].name, name)) {
            u->v[i].n++;
            return;
        }
    }
    if (u->sends) {
        read_wrong(u->r, &line, "$%.*s has no value yet: a message that comes must say it first",
                   TALK_TEXT(shown(name)));
        return;
    }
    if (u->n == TALK_NAMES) {
        read_wrong(u->r, &line, "more than %d names", TALK_NAMES);
        return;
    }
    u->v[u->n].name = name;
    u->v[u->n].line = number;
    u->v[u->n++].n = 1;
}

void check_names(reader *r, const talk_scenario *scenario)
{
    uses u = { .r = r, .config = &scenario->config };
    for (size_t i = 0; i < scenario->n; i++) {
        const talk_step *step = &scenario->steps[i];
        u.sends = step->verb != TALK_GETS;
        u.has_host = step->party >= 0;
        if (step->text)
            talk_each_name(step->text, use_name, &u);
    }
    for (size_t i = 0; i < u.n; i++) {
        const talk_line line = { .number = u.v[i].line };
        if (u.v[i].n == 1)
            read_wrong(r, &line, "$%.*s is used here alone, so it says nothing: * stands for any value",
                       TALK_TEXT(shown(u.v[i].name)));
    }
}

void check_messages(reader *r, const talk_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n; i++) {
        const talk_step *step = &scenario->steps[i];
        talk_problem problem = { 0 };
        talk_names names = { .arena = r->arena };
        const dia_bytes any = DIA_LIT("any.example.net");
        if (!step->text)
            continue;
        if (step->used && i && scenario->steps[i - 1].used == step->used && scenario->steps[i - 1].line == step->line)
            continue;
        talk_name_set(&names, dia_cstr("host"), any, any);
        talk_name_set(&names, dia_cstr("node"), any, any);
        talk_name_set(&names, dia_cstr("realm"), any, any);
        for (size_t k = 0; k < scenario->config.n_parties; k++)
            talk_name_set(&names, scenario->config.parties[k].name, any, any);
        const bool good = step->verb == TALK_GETS ? talk_match(step->text, step->exactly, step->first,
                                                               (dia_bytes){ NULL, 0 }, &names, &problem)
                                                  : talk_build(step->text, &names, &problem).p != NULL;
        if (!good && !problem.unknown_name) {
            const talk_line line = { .number = problem.line };
            read_wrong(r, &line, "%s", problem.text);
        }
    }
}
