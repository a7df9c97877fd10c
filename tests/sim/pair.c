/* A client and a server in a simulation. */
#include "pair.h"

#include <stdio.h>

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct pair *pair = arg;
    (void)node;
    pair->events[event->kind % 32]++;
    snprintf(pair->reason, sizeof pair->reason, "%s", event->reason);
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct pair *pair = arg;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    if (pair->served < PAIR_ANSWERS)
        pair->numbers[pair->served] = ccr->cc_request_number;
    pair->served++;
    if (!pair->silent || !dia_request_keep(request))
        dia_answer_ro_cca(request, &cca);
    if (pair->on_served)
        pair->on_served(pair);
}

static int start_server(dia_sim_host *host, dia_node *node, void *arg)
{
    const struct pair *pair = arg;
    const dia_listener_config config = { .inband = pair->secure.server_inband };
    dia_listener *listener = NULL;
    int err = config.inband ? dia_node_add_listener(node, &config, &listener) : 0;
    if (!err && listener)
        err = dia_sim_listen_as(host, pair->uri, listener);
    return err ? err : dia_serve_ro_ccr(node, on_ccr, arg);
}

static int start_client(dia_sim_host *host, dia_node *node, void *arg)
{
    const struct pair *pair = arg;
    (void)host;
    const int err = dia_node_use(node, &dia_dict_ro);
    return err ? err
               : dia_node_add_peer(node,
                                   &(dia_peer_config){ .host = "server.example.net",
                                                       .connect = pair->uri,
                                                       .inband = pair->secure.client_inband },
                                   NULL);
}

dia_peer *pair_peer(const dia_sim_host *host)
{
    return dia_sim_node(host) ? dia_node_next_peer(dia_sim_node(host), NULL) : NULL;
}

bool pair_is_open(void *arg)
{
    const struct pair *pair = arg;
    const dia_peer *a = pair_peer(pair->client), *b = pair_peer(pair->server);
    return a && b && dia_peer_is_open(a) && dia_peer_is_open(b);
}

static bool begin(struct pair *pair, const char *uri, const struct pair_secure *secure, const dia_sim_link *link)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = {
        .origin_host = "server.example.net",
        .origin_realm = "example.net",
        .destination_realm = "example.net",
        .allow = anybody,
        .watchdog_ms = 6000,
        .reconnect_ms = 1000,
        .reopen_dwas = DIA_REOPEN_AT_ONCE,
        .on_event = on_event,
        .arg = pair,
    };
    *pair = (struct pair){ .uri = uri };
    if (secure)
        pair->secure = *secure;
    if (dia_sim_new(&(dia_sim_config){ .seed = 7, .alloc = harness_allocator() }, &pair->sim) ||
        dia_sim_add(pair->sim, &config, start_server, pair, &pair->server) ||
        (!pair->secure.server_inband && dia_sim_listen(pair->server, uri)) ||
        dia_sim_certify(pair->server, pair->secure.server))
        return false;
    if (link)
        dia_sim_set_links(pair->sim, link);
    config.origin_host = "client.example.net";
    return !dia_sim_add(pair->sim, &config, start_client, pair, &pair->client) &&
           !dia_sim_certify(pair->client, pair->secure.client) &&
           (secure || dia_sim_run_until(pair->sim, 5000, pair_is_open, pair));
}

bool pair_begin(struct pair *pair, const dia_sim_link *link)
{
    return begin(pair, "aaa://server.example.net", NULL, link);
}

bool pair_begin_sctp(struct pair *pair, const dia_sim_link *link)
{
    return begin(pair, "aaa://server.example.net;transport=sctp", NULL, link);
}

bool pair_begin_secure(struct pair *pair, const struct pair_secure *secure)
{
    return begin(pair, secure->uri, secure, NULL);
}

void pair_end(struct pair *pair)
{
    dia_sim_free(pair->sim);
    pair->sim = NULL;
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct pair *pair = arg;
    pair->answered += outcome->kind == DIA_OUTCOME_ANSWER && cca;
    pair->timeouts += outcome->kind == DIA_OUTCOME_TIMEOUT;
    pair->lost += outcome->kind == DIA_OUTCOME_LOST;
    pair->stopped += outcome->kind == DIA_OUTCOME_STOPPED;
}

int pair_ask(struct pair *pair, uint32_t number)
{
    const dia_ro_ccr ccr = {
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = number,
    };
    const int err = dia_send_ro_ccr(dia_sim_node(pair->client), &ccr, 5000, on_cca, pair);
    pair->asked += !err;
    return err;
}
