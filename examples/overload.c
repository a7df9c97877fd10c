/* A server that gets more than it can do asks for less, and its client leaves out what matters least (RFC 7683, RFC 7944).
 *
 * A simulated network (diatom/sim.h): a minute of its life takes milliseconds. Prints what each second brought. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

enum { CAPACITY = 60, OFFERED = 100, SECONDS = 30 }; /* requests a second */
enum { EMERGENCY = 2 };                              /* a priority; what says nothing has DIA_PRIORITY_DEFAULT */

typedef struct world {
    dia_sim *sim;
    dia_sim_host *ocs, *pgw;
    unsigned came, emergencies, asked, left_out, lost; /* of this second; emergencies of all that came */
    unsigned reduction;                                /* percent that the server asks to be left out */
} world;

/* ---- The server ---- */

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    world *w = arg;
    w->came++;
    w->emergencies += dia_request_priority(request) == EMERGENCY;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    dia_answer_ro_cca(request, &cca);
}

/* [guide: a server that asks for less] */
/* Once a second: what would have come without our report, and which part of that is too much. */
static void look(world *w, dia_node *node)
{
    const unsigned wanted = w->came * 100 / (100 - w->reduction);
    w->reduction = wanted > CAPACITY ? 100 - 100 * CAPACITY / wanted : 0;
    const dia_overload overload = {
        .application = 4, /* Ro */
        .type = DIA_OVERLOAD_HOST,
        .reduction = w->reduction, /* 0 ends it */
        .validity_s = 10,          /* for whoever hears nothing more */
    };
    dia_node_report_overload(node, &overload);
}

static int start_ocs(dia_sim_host *host, dia_node *node, void *arg)
{
    (void)host;
    const int err = dia_node_set_overload(node, &(dia_overload_config){ .reports = true, .priorities = true });
    return err ? err : dia_serve_ro_ccr(node, on_ccr, arg);
}
/* [end] */

static void every_second(void *arg)
{
    world *w = arg;
    printf("%u asked, %u left out, %u came, %u %% less is wanted\n", w->asked, w->left_out, w->came, w->reduction);
    look(w, dia_sim_node(w->ocs));
    w->came = w->asked = w->left_out = 0;
    dia_sim_after(w->sim, w->ocs, 1000, every_second, w);
}

/* ---- The client ---- */

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    world *w = arg;
    (void)cca;
    w->lost += outcome->result_code != DIA_RESULT_CODE_SUCCESS;
}

/* [guide: a client that leaves out what matters least] */
static int start_pgw(dia_sim_host *host, dia_node *node, void *arg)
{
    (void)arg;
    (void)host;
    int err = dia_node_use(node, &dia_dict_ro);
    if (!err)
        err = dia_node_set_overload(node, &(dia_overload_config){ .reacts = true, .priorities = true });
    return err ? err
               : dia_node_add_peer(
                     node, &(dia_peer_config){ .host = "ocs.example.net", .connect = "aaa://ocs.example.net" }, NULL);
}

static void ask(world *w, dia_node *node, bool emergency)
{
    const dia_ro_ccr ccr = {
        .service_context_id = DIA_STR("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = 0,
    };
    dia_node_set_priority(node, emergency ? EMERGENCY : DIA_PRIORITY_NONE);
    const int err = dia_send_ro_ccr(node, &ccr, 5000, on_cca, w);
    w->asked++;
    w->left_out += err == DIA_EBUSY; /* "whom it would go to asks for fewer requests": nothing to be tried again */
}
/* [end] */

static void ask_on(void *arg)
{
    world *w = arg;
    ask(w, dia_sim_node(w->pgw), w->asked % 10 == 0);
    dia_sim_after(w->sim, w->pgw, 1000 / OFFERED, ask_on, w);
}

static bool is_there(void *arg)
{
    const world *w = arg;
    return dia_node_reachable(dia_sim_node(w->pgw), 4, NULL) > 0;
}

/* In the end the server gets what it can do, and all emergencies are among that. */
static int run(world *w)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = { .origin_realm = "example.net", .destination_realm = "example.net", .allow = anybody };
    config.origin_host = "ocs.example.net";
    if (dia_sim_add(w->sim, &config, start_ocs, w, &w->ocs) || dia_sim_listen(w->ocs, NULL))
        return 1;
    config.origin_host = "pgw.example.net";
    if (dia_sim_add(w->sim, &config, start_pgw, w, &w->pgw) || !dia_sim_run_until(w->sim, 1000, is_there, w))
        return 1;
    ask_on(w);
    every_second(w);
    dia_sim_run(w->sim, (SECONDS - 10) * 1000);
    const dia_counters before = dia_node_counters(dia_sim_node(w->ocs));
    w->emergencies = 0;
    dia_sim_run(w->sim, 10 * 1000);
    const dia_counters after = dia_node_counters(dia_sim_node(w->ocs));
    const uint64_t came = after.requests_in - before.requests_in;
    printf("the last ten seconds: %u came, %u emergencies among them; %u lost\n", (unsigned)came, w->emergencies,
           w->lost);
    return came < 9 * CAPACITY || came > 11 * CAPACITY || w->emergencies < OFFERED || w->lost;
}

int main(void)
{
    world w = { 0 };
    if (dia_sim_new(&(dia_sim_config){ .seed = 1 }, &w.sim))
        return 1;
    const int failed = run(&w);
    dia_sim_free(w.sim);
    return failed;
}
