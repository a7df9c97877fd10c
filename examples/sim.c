/* An application tested without a network: a client charges a session at two servers, one of which dies on the way.
 *
 * Two minutes of the network's life take milliseconds, and every run is the same. Prints the message sequence chart, then
 * what became of the requests. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { REQUESTS = 12 };

/* [guide: the application] */
/* What is to be tested: it grants what is asked for, and it asks once in ten seconds. */
typedef struct charging {
    dia_sim *sim;
    dia_sim_host *pgw;
    unsigned sent, refused, granted, failed;
} charging;

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    dia_answer_ro_cca(request, &cca);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    charging *c = arg;
    (void)cca;
    if (outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == DIA_RESULT_CODE_SUCCESS)
        c->granted++;
    else
        c->failed++;
}

static void ask(void *arg)
{
    charging *c = arg;
    const dia_ro_ccr ccr = {
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = c->sent++,
    };
    if (dia_send_ro_ccr(dia_sim_node(c->pgw), &ccr, 5000, on_cca, c))
        c->refused++;
    if (c->sent < REQUESTS)
        dia_sim_after(c->sim, c->pgw, 10000, ask, c);
}
/* [end] */

/* [guide: hosts] */
static int start_ocs(dia_sim_host *host, dia_node *node, void *arg)
{
    (void)host;
    return dia_serve_ro_ccr(node, on_ccr, arg);
}

static int start_pgw(dia_sim_host *host, dia_node *node, void *arg)
{
    static const dia_peer_config peers[] = {
        { .host = "ocs1.example.net", .connect = "aaa://ocs1.example.net" },
        { .host = "ocs2.example.net", .connect = "aaa://ocs2.example.net" },
    };
    (void)arg;
    (void)host;
    int err = dia_node_use(node, &dia_dict_ro);
    for (size_t i = 0; i < sizeof peers / sizeof *peers && !err; i++)
        err = dia_node_add_peer(node, &peers[i], NULL);
    return err;
}

static bool everybody_is_there(void *arg)
{
    const charging *c = arg;
    const dia_node *node = dia_sim_node(c->pgw);
    for (dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
        if (!dia_peer_is_open(peer))
            return false;
    return true;
}
/* [end] */

static void print(void *arg, const char *line)
{
    (void)arg;
    puts(line);
}

/* [guide: a test] */
static int test(dia_sim *sim, charging *c)
{
    static const char *const anybody[] = { "*", NULL };
    static const dia_dict *const ro[] = { &dia_dict_ro };
    static const dia_dicts dicts = { ro, 1, NULL };
    dia_node_config config = {
        .origin_realm = "example.net", .destination_realm = "example.net", .watchdog_ms = 6000, .allow = anybody
    };
    dia_sim_host *ocs[2];
    dia_sim_chart(sim, &dicts, print, NULL);
    config.origin_host = "ocs1.example.net";
    if (dia_sim_add(sim, &config, start_ocs, c, &ocs[0]) || dia_sim_listen(ocs[0], NULL))
        return 1;
    config.origin_host = "ocs2.example.net";
    if (dia_sim_add(sim, &config, start_ocs, c, &ocs[1]) || dia_sim_listen(ocs[1], NULL))
        return 1;
    config.origin_host = "pgw.example.net";
    if (dia_sim_add(sim, &config, start_pgw, c, &c->pgw) || !dia_sim_run_until(sim, 1000, everybody_is_there, c))
        return 1;

    dia_sim_set_links(sim, &(dia_sim_link){ .delay_us = 20000, .jitter_us = 5000 });
    ask(c);
    dia_sim_run(sim, 35000);
    dia_sim_crash(ocs[0]); /* without a word: the watchdog finds out */
    dia_sim_run(sim, 35000);
    dia_sim_start(ocs[0]);
    dia_sim_run(sim, 50000);
    return !everybody_is_there(c) || c->sent != REQUESTS || c->granted + c->failed + c->refused != REQUESTS;
}
/* [end] */

int main(void)
{
    charging c = { 0 };
    if (dia_sim_new(&(dia_sim_config){ .seed = 1 }, &c.sim))
        return 1;
    const int failed = test(c.sim, &c);
    dia_sim_free(c.sim);
    printf("%u requests: %u granted, %u failed, %u not sent\n", c.sent, c.granted, c.failed, c.refused);
    return failed;
}
