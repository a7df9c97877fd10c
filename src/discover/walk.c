/* The search: first the tree grows, then its leaves get their addresses; what there is when nothing is left to ask are the
 * findings. */
#include "discover/tree.h"

enum { DEPTH = 5, QUESTIONS = 64, RECORDS = 256, FOUND = 24 };
enum { ARENA_LIMIT = 1 << 20, PREFIX_ROOM = 20 };

const char *dia_dns_type_name(dia_dns_type type)
{
    switch (type) {
    case DIA_DNS_A: return "A";
    case DIA_DNS_AAAA: return "AAAA";
    case DIA_DNS_SRV: return "SRV";
    case DIA_DNS_NAPTR: return "NAPTR";
    }
    return "?";
}

/* The same question is asked once, however many want it. NULL: there are too many. */
question *dia_quest_ask(dia_discovery *d, dia_dns_type type, const char *name)
{
    for (uint32_t i = 0; i < d->n_questions; i++)
        if (d->questions[i]->type == type && dia_dns_same(d->questions[i]->name, name))
            return d->questions[i];
    /* Half of them are kept for the addresses, without which the rest is worth nothing. */
    if (d->n_questions >= (d->ways ? d->config.questions : (d->config.questions + 1) / 2))
        return NULL;
    question *q = dia_arena_get0(&d->arena, sizeof *q);
    if (!q)
        return NULL;
    q->type = type;
    q->name = q->asked = name;
    q->wanted = true;
    q->ttl_s = UINT32_MAX;
    d->questions[d->n_questions++] = q;
    return q;
}

/* Whatever is known is drawn from what has come; is that all? */
static void go(dia_discovery *d)
{
    while (!d->ways && !d->arena.err && dia_quest_grow(d, d->root))
        ;
    if (!d->ways && !d->arena.err && d->n_done == d->n_questions)
        dia_quest_choose(d);
    if (d->arena.err || (d->ways && d->n_done == d->n_questions))
        dia_quest_end(d);
}

static void fill(dia_discovery_config *config)
{
    if (!config->via)
        config->via = DIA_VIA_ANY;
    if (!config->depth)
        config->depth = DEPTH;
    if (!config->questions)
        config->questions = QUESTIONS;
    if (!config->records)
        config->records = RECORDS;
    if (!config->found)
        config->found = FOUND;
}

int dia_discovery_new(const dia_discovery_config *config, dia_discovery **out)
{
    const dia_bytes realm = dia_cstr(config->realm);
    if (!realm.p || !dia_identity_valid(realm) || realm.n + PREFIX_ROOM > DIA_DNS_NAME_ROOM ||
        realm.p[realm.n - 1] == '.')
        return DIA_EINVAL;
    dia_discovery *d = dia_alloc0(config->alloc, sizeof *d);
    if (!d)
        return DIA_ENOMEM;
    d->config = *config;
    fill(&d->config);
    dia_arena_init(&d->arena, NULL, 0, ARENA_LIMIT, config->alloc);
    d->negative_s = UINT32_MAX;
    d->realm = dia_quest_copy(d, config->realm);
    d->questions = dia_arena_get0(&d->arena, d->config.questions * sizeof *d->questions);
    d->notes = dia_arena_get(&d->arena, DIA_FOUND_NOTES * sizeof *d->notes);
    d->root = dia_arena_get0(&d->arena, sizeof *d->root);
    if (!d->arena.err) {
        d->root->via = d->config.via;
        d->root->ttl_s = UINT32_MAX;
        d->root->question = dia_quest_ask(d, DIA_DNS_NAPTR, d->realm);
    }
    if (d->arena.err) {
        dia_discovery_free(d);
        return DIA_ENOMEM;
    }
    *out = d;
    return 0;
}

void dia_discovery_free(dia_discovery *d)
{
    if (!d)
        return;
    dia_arena_done(&d->arena);
    dia_release(d->config.alloc, d, sizeof *d);
}

bool dia_discovery_ask(dia_discovery *d, dia_dns_question *out)
{
    for (uint32_t i = 0; !d->over && i < d->n_questions; i++) {
        question *q = d->questions[i];
        if (!q->wanted)
            continue;
        q->wanted = false;
        d->n_given++;
        *out = (dia_dns_question){ i, q->asked, q->type };
        return true;
    }
    return false;
}

/* One that was given and waits; NULL: there is none. */
static question *asked(const dia_discovery *d, uint32_t ticket)
{
    if (d->over || ticket >= d->n_questions || d->questions[ticket]->done || d->questions[ticket]->wanted)
        return NULL;
    return d->questions[ticket];
}

static void answered(dia_discovery *d, question *q, dia_dns_verdict verdict, uint32_t ttl_s, const char *why)
{
    q->done = true;
    q->verdict = verdict;
    q->ttl_s = least(q->ttl_s, ttl_s);
    q->why = why;
    d->n_done++;
}

void dia_discovery_answer(dia_discovery *d, uint32_t ticket, dia_bytes message)
{
    question *q = asked(d, ticket);
    dia_dns_answer answer;
    if (!q)
        return;
    dia_dns_judge(message, q->asked, q->type, &answer);
    if (answer.verdict == DIA_DNS_FOUND)
        dia_quest_read(d, q, message, answer.end);
    if (answer.verdict == DIA_DNS_ALIAS && q->aliases < d->config.depth && !dia_dns_same(answer.end, q->name)) {
        q->aliases++;
        q->ttl_s = least(q->ttl_s, answer.ttl_s);
        q->asked = dia_quest_copy(d, answer.end);
        q->wanted = true;
    } else if (answer.verdict == DIA_DNS_ALIAS) {
        answered(d, q, DIA_DNS_USELESS, UINT32_MAX, "its aliases (CNAME) lead on without end");
    } else {
        answered(d, q, answer.verdict, answer.ttl_s, answer.why);
    }
    go(d);
}

void dia_discovery_failed(dia_discovery *d, uint32_t ticket, const char *why)
{
    question *q = asked(d, ticket);
    if (!q)
        return;
    answered(d, q, DIA_DNS_USELESS, UINT32_MAX, dia_quest_copy(d, why));
    go(d);
}

bool dia_discovery_is_done(const dia_discovery *d)
{
    return d->over;
}

void dia_discovery_give_up(dia_discovery *d, const char *why)
{
    while (!d->over) {
        for (uint32_t i = 0; i < d->n_questions; i++)
            if (!d->questions[i]->done)
                answered(d, d->questions[i], DIA_DNS_USELESS, UINT32_MAX, why);
        go(d);
    }
}

const dia_findings *dia_discovery_findings(const dia_discovery *d)
{
    return d->over ? &d->findings : NULL;
}

size_t dia_discovery_held(const dia_discovery *d)
{
    return sizeof *d + d->arena.used;
}
