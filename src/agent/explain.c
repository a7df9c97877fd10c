/* What policies would do to a request, in words. */
#include "agent/agent.h"
#include "agent/policy_rows.h"
#include "report/report.h"

#include <inttypes.h>

/* ---- One thing that is done ---- */

typedef struct sentence {
    dia_page page;
    bool fixed; /* what would change the message is left out */
} sentence;

static void part(sentence *s, const char *words, const char *what)
{
    dia_page_put(&s->page, s->page.n ? ", " : "");
    dia_page_put(&s->page, words);
    if (what)
        dia_page_safely(&s->page, dia_cstr(what));
}

static bool put_change(sentence *s, const char *when, const dia_agent_act *a)
{
    const struct {
        const char *words, *path;
    } rows[] = {
        { "sets ", a->set },       { "adds ", a->add },    { "fills in ", a->default_ },
        { "removes ", a->remove }, { "copies ", a->copy }, { "rewrites ", a->rewrite },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !s->fixed; i++)
        if (rows[i].path) {
            part(s, when, rows[i].words);
            dia_page_safely(&s->page, dia_cstr(rows[i].path));
            return true;
        }
    return false;
}

/* Conditions of acts are those of the message when it is its turn. */
static void put_acts(sentence *s, const char *when, const dia_agent_acts *acts)
{
    for (size_t i = 0; i < acts->n; i++) {
        const dia_agent_act *a = &acts->v[i];
        const size_t before = s->page.n;
        if (a->reject) {
            part(s, when, "rejects with ");
            dia_page_print(&s->page, "%" PRIu32, a->reject);
        } else if (a->send_to) {
            part(s, when, "sends to ");
            dia_page_safely(&s->page, dia_cstr(a->send_to));
        } else if (a->end_session) {
            part(s, when, "ends the session");
        } else {
            put_change(s, when, a);
        }
        if (a->when.n && s->page.n > before)
            dia_page_put(&s->page, " where its conditions hold");
    }
}

static void put_limit(sentence *s, uint32_t rate)
{
    part(s, "", "limits to ");
    dia_page_print(&s->page, "%" PRIu32 " a second", rate);
}

/* Where it goes decides whether anything is hidden. */
static void put_policy(sentence *s, const dia_agent_policy *p)
{
    if (p->limit.at)
        put_limit(s, p->limit.rate);
    if (p->hide.at && !s->fixed)
        part(s, "", "hides names from peers outside");
    put_acts(s, "", &p->request);
    if (!s->fixed)
        put_acts(s, "of the answer: ", &p->answer);
}

/* ---- The whole ---- */

static bool is_configured(const dia_agent_config *c, uint32_t application)
{
    for (size_t i = 0; i < c->applications.n; i++)
        if (c->applications.v[i].id == application)
            return true;
    return false;
}

/* Rows are the limits of peers, and then the policies. */
static int tell(const dia_agent *agent, size_t row, bool fixed, dia_agent_policy_fn *fn, void *arg)
{
    const dia_agent_config *c = agent->made->config;
    const dia_policies *all = agent->made->policies;
    const size_t limits = all->n - c->policies.n;
    sentence s = { .fixed = fixed };
    dia_page_init(&s.page, 0, agent->alloc);
    if (row < limits)
        put_limit(&s, all->rows[row].meter.rate);
    else
        put_policy(&s, &c->policies.v[row - limits]);
    dia_page_octets(&s.page, (dia_bytes){ (const uint8_t *)"", 1 });
    const int err = s.page.err;
    if (!err)
        fn(arg, &(dia_agent_policy_seen){ all->rows[row].name ? all->rows[row].name : "", s.page.p });
    dia_page_done(&s.page);
    return err;
}

int dia_agent_explain_policies(const dia_agent *agent, dia_bytes message, dia_bytes from, bool relayed,
                               dia_agent_policy_fn *fn, void *arg)
{
    dia_policies *all = agent->made->policies;
    dia_header header;
    int err = dia_header_read(message, &header) ? DIA_EFORMAT : 0;
    const bool fixed = !err && (relayed || !is_configured(agent->made->config, header.application));
    dia_policy_work w = { .all = all, .message = message };
    for (size_t i = 0; all && i < all->n && !err; i++) {
        size_t variant;
        if (!dia_policy_matches(&w, &all->rows[i], from, &header, &variant))
            continue;
        err = tell(agent, i, fixed, fn, arg);
        if (all->rows[i].last)
            break;
    }
    return err;
}
