/* A network with relay agents, without a network: one client, two relays, a server in each of two realms, and bad times for the
 * relays while the client asks. Prints what became of the requests; fails when one has been lost. */
#include <diatom/app/ro_node.h>
#include <diatom/sim.h>

#include <stdio.h>
#include <string.h>

enum { REQUESTS = 120 };

/* [guide: who is who] */
/* A host of the network: what it does, and whom it connects to. */
typedef struct place {
    const char *name, *realm;
    bool serves, relays;
    const char *peers[3];
} place;

static const place places[] = {
    { "ocs.one.example", "one.example", .serves = true },
    { "ocs.two.example", "two.example", .serves = true },
    { "relay1.hub.example", "hub.example", .relays = true, .peers = { "ocs.one.example", "ocs.two.example" } },
    { "relay2.hub.example", "hub.example", .relays = true, .peers = { "ocs.one.example", "ocs.two.example" } },
    { "pgw.home.example", "home.example", .peers = { "relay1.hub.example", "relay2.hub.example" } },
};
enum { RELAY1 = 2, RELAY2, PGW, PLACES };
/* [end] */

typedef struct world {
    dia_sim *sim;
    dia_sim_host *host[PLACES];
    unsigned sent, arrived, served, granted, failed;
} world;

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    world *w = arg;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    w->served++;
    dia_answer_ro_cca(request, &cca);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    world *w = arg;
    (void)cca;
    if (outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == DIA_RESULT_CODE_SUCCESS)
        w->granted++;
    else
        w->failed++;
}

static void ask(void *arg)
{
    world *w = arg;
    const dia_ro_ccr ccr = {
        .destination_realm = w->sent % 2 ? DIA_STR("one.example") : DIA_STR("two.example"),
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = w->sent++,
    };
    if (dia_send_ro_ccr(dia_sim_node(w->host[PGW]), &ccr, 30000, on_cca, w))
        w->failed++;
    if (w->sent < REQUESTS)
        dia_sim_after(w->sim, w->host[PGW], 1000, ask, w);
}

/* [guide: a node of the network] */
static int start(dia_sim_host *host, dia_node *node, void *arg)
{
    const place *p = places;
    while (strcmp(p->name, dia_sim_name(host)) != 0)
        p++;
    int err = p->relays   ? dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH)
              : p->serves ? dia_serve_ro_ccr(node, on_ccr, arg)
                          : dia_node_use(node, &dia_dict_ro);
    for (const char *const *peer = p->peers; *peer && !err; peer++) {
        char uri[64];
        snprintf(uri, sizeof uri, "aaa://%s", *peer);
        err = dia_node_add_peer(node, &(dia_peer_config){ .host = *peer, .connect = uri }, NULL);
    }
    return err;
}
/* [end] */

/* [guide: what passes] */
/* Every message of the network: no request may come back to where it has been. */
static void look(void *arg, const dia_sim_seen *seen)
{
    world *w = arg;
    dia_header header;
    if (seen->kind != DIA_SIM_MESSAGE || dia_header_read(seen->octets, &header) || !(header.flags & DIA_FLAG_REQUEST) ||
        !header.application)
        return;
    w->arrived++;
    dia_avps it = dia_avps_of(seen->octets);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_ROUTE_RECORD && dia_bytes_equal(it.avp.data, dia_cstr(dia_sim_name(seen->to))))
            printf("%s gets a request once more\n", dia_sim_name(seen->to));
}
/* [end] */

static int test(world *w)
{
    static const char *const anybody[] = { "*", NULL };
    dia_sim_tap(w->sim, look, w);
    for (size_t i = 0; i < PLACES; i++) {
        const dia_node_config config = { .origin_host = places[i].name,
                                         .origin_realm = places[i].realm,
                                         .watchdog_ms = 6000,
                                         .reconnect_ms = 5000,
                                         .reopen_dwas = DIA_REOPEN_AT_ONCE,
                                         .allow = anybody };
        if (dia_sim_add(w->sim, &config, start, w, &w->host[i]) || dia_sim_listen(w->host[i], NULL))
            return 1;
    }
    /* [guide: bad times] */
    dia_sim_set_links(w->sim, &(dia_sim_link){ .delay_us = 20000, .jitter_us = 5000 });
    dia_sim_run(w->sim, 60000);
    ask(w);
    dia_sim_run(w->sim, 20000);
    dia_sim_lose(w->host[PGW], w->host[RELAY1]); /* the client's watchdog finds out, and asks the other relay */
    dia_sim_run(w->sim, 50000);
    dia_sim_crash(w->host[RELAY2]); /* with requests on their way: they are sent once more, with T */
    dia_sim_run(w->sim, 30000);
    dia_sim_start(w->host[RELAY2]);
    dia_sim_run(w->sim, 60000);
    return w->granted != REQUESTS || w->failed || w->served != REQUESTS;
    /* [end] */
}

int main(void)
{
    world w = { 0 };
    if (dia_sim_new(&(dia_sim_config){ .seed = 1 }, &w.sim))
        return 1;
    const int failed = test(&w);
    dia_sim_free(w.sim);
    printf("%u requests arrived %u times; %u were served, %u granted, %u failed\n", w.sent, w.arrived, w.served,
           w.granted, w.failed);
    return failed;
}
