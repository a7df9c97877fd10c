/* A server of network accesses that keeps a table of its sessions, and a client that ends the session of an answer that makes no
 * sense (RFC 6733, 7).
 *
 *     sessions RECORDS
 *
 * RECORDS is the file that accounting records are added to. A simulated network (diatom/sim.h); prints what each request brought. */
#include <diatom/app/nasreq_acct_node.h>
#include <diatom/app/nasreq_node.h>
#include <diatom/diatom.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SESSIONS = 16, NAME = 64 };

typedef struct session {
    char id[NAME], user[NAME]; /* id "": free */
} session;

typedef struct world {
    session sessions[SESSIONS];
    const char *records;
} world;

/* ---- The server ---- */

/* [guide: a table of sessions] */
static session *find(world *w, dia_bytes id)
{
    for (session *s = w->sessions; s < w->sessions + SESSIONS; s++)
        if (*s->id && dia_bytes_equal(dia_cstr(s->id), id))
            return s;
    return NULL;
}

/* One session a user: who wants another one has expended what is allowed. */
static uint32_t open_session(world *w, dia_bytes id, dia_bytes user)
{
    session *room = NULL;
    for (session *s = w->sessions; s < w->sessions + SESSIONS; s++) {
        if (!*s->id)
            room = room ? room : s;
        else if (dia_bytes_equal(dia_cstr(s->user), user))
            return DIA_RESULT_CODE_RESOURCES_EXCEEDED;
    }
    if (!room || id.n >= NAME || user.n >= NAME)
        return DIA_RESULT_CODE_UNABLE_TO_COMPLY;
    *room = (session){ 0 };
    memcpy(room->id, id.p, id.n);
    memcpy(room->user, user.p, user.n);
    return DIA_RESULT_CODE_SUCCESS;
}

static void on_str(dia_request *request, const dia_nasreq_str *str, void *arg)
{
    session *s = find(arg, str->session_id);
    if (s)
        *s = (session){ 0 };
    dia_answer_nasreq_sta(
        request, &(dia_nasreq_sta){ .result_code = s ? DIA_RESULT_CODE_SUCCESS : DIA_RESULT_CODE_UNKNOWN_SESSION_ID });
}

/* The record is answered for when it is in the file; where there is no room for it, its sender keeps it. */
static void on_acr(dia_request *request, const dia_nasreq_acct_acr *acr, void *arg)
{
    const world *w = arg;
    errno = 0;
    FILE *f = fopen(w->records, "a");
    if (f)
        fprintf(f, "%.*s %u\n", (int)acr->session_id.n, (const char *)acr->session_id.p, acr->accounting_record_number);
    const bool failed = !f || fclose(f);
    dia_answer_nasreq_acct_aca(request, &(dia_nasreq_acct_aca){
                                            .result_code = !failed           ? DIA_RESULT_CODE_SUCCESS
                                                           : errno == ENOSPC ? DIA_RESULT_CODE_OUT_OF_SPACE
                                                                             : DIA_RESULT_CODE_UNABLE_TO_COMPLY,
                                            .accounting_record_type = acr->accounting_record_type,
                                            .accounting_record_number = acr->accounting_record_number,
                                        });
}
/* [end] */

/* Mallory's answers lack what an AAA must have. */
static void on_aar(dia_request *request, const dia_nasreq_aar *aar, void *arg)
{
    const uint32_t result_code = open_session(arg, aar->session_id, aar->user_name);
    if (dia_bytes_equal(aar->user_name, DIA_STR("mallory"))) {
        uint8_t octets[600];
        const dia_answer_head head = { .origin_host = DIA_STR("aaa.example.net"),
                                       .origin_realm = DIA_STR("example.net"),
                                       .result_code = result_code };
        dia_builder b;
        dia_answer_begin(&b, octets, sizeof octets, dia_request_octets(request), &head);
        const int64_t n = dia_build_end(&b);
        dia_request_answer_octets(request, (dia_bytes){ octets, n > 0 ? (size_t)n : 0 });
        return;
    }
    dia_answer_nasreq_aaa(request,
                          &(dia_nasreq_aaa){ .result_code = result_code, .auth_request_type = aar->auth_request_type });
}

static int start_server(dia_sim_host *host, dia_node *node, void *arg)
{
    (void)host;
    int err = dia_serve_nasreq_aar(node, on_aar, arg);
    if (!err)
        err = dia_serve_nasreq_str(node, on_str, arg);
    return err ? err : dia_serve_nasreq_acct_acr(node, on_acr, arg);
}

/* ---- The client ---- */

static void show(const char *what, const dia_outcome *outcome)
{
    printf("%s: %s, %u\n", what, dia_outcome_name(outcome->kind), outcome->result_code);
}

static void on_end(const dia_outcome *outcome, void *arg)
{
    (void)arg;
    show("its end", outcome);
}

/* [guide: an answer that makes no sense] */
static void on_aaa(const dia_outcome *outcome, const dia_nasreq_aaa *aaa, void *arg)
{
    const char *session_id = arg;
    (void)aaa;
    show("AAR", outcome);
    if (outcome->kind == DIA_OUTCOME_BAD_ANSWER)
        dia_session_end_bad(outcome, dia_cstr(session_id), DIA_SESSION_TERMINATE, 5000, on_end, NULL);
}
/* [end] */

static void on_sta(const dia_outcome *outcome, const dia_nasreq_sta *sta, void *arg)
{
    (void)sta, (void)arg;
    show("STR", outcome);
}

static void on_aca(const dia_outcome *outcome, const dia_nasreq_acct_aca *aca, void *arg)
{
    (void)aca, (void)arg;
    show("ACR", outcome);
}

static int start_client(dia_sim_host *host, dia_node *node, void *arg)
{
    const dia_peer_config server = { .host = "aaa.example.net", .connect = "aaa://aaa.example.net" };
    (void)host, (void)arg;
    int err = dia_node_use(node, &dia_dict_nasreq);
    if (!err)
        err = dia_node_use(node, &dia_dict_nasreq_acct);
    return err ? err : dia_node_add_peer(node, &server, NULL);
}

static bool begin(dia_node *node, const char *session_id, const char *user)
{
    const dia_nasreq_aar aar = { .session_id = dia_cstr(session_id),
                                 .auth_request_type = DIA_AUTH_REQUEST_TYPE_AUTHORIZE_ONLY,
                                 .user_name = dia_cstr(user) };
    return !dia_send_nasreq_aar(node, &aar, 5000, on_aaa, (void *)(uintptr_t)session_id);
}

static bool end(dia_node *node, const char *session_id)
{
    const dia_nasreq_str str = { .session_id = dia_cstr(session_id),
                                 .termination_cause = DIA_TERMINATION_CAUSE_DIAMETER_LOGOUT };
    return !dia_send_nasreq_str(node, &str, 5000, on_sta, NULL);
}

static bool account(dia_node *node, const char *session_id)
{
    const dia_nasreq_acct_acr acr = { .session_id = dia_cstr(session_id),
                                      .accounting_record_type = DIA_ACCOUNTING_RECORD_TYPE_START_RECORD };
    return !dia_send_nasreq_acct_acr(node, &acr, 5000, on_aca, NULL);
}

static bool run(world *w, dia_sim *sim)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = { .origin_realm = "example.net", .destination_realm = "example.net", .allow = anybody };
    dia_sim_host *server, *client;
    config.origin_host = "aaa.example.net";
    if (dia_sim_add(sim, &config, start_server, w, &server) || dia_sim_listen(server, NULL))
        return false;
    config.origin_host = "nas.example.net";
    if (dia_sim_add(sim, &config, start_client, w, &client))
        return false;
    dia_sim_run(sim, 1000);
    dia_node *nas = dia_sim_node(client);
    const bool sent = begin(nas, "nas.example.net;1", "alice") && begin(nas, "nas.example.net;2", "alice") &&
                      begin(nas, "nas.example.net;3", "mallory") && account(nas, "nas.example.net;1");
    dia_sim_run(sim, 1000);
    return sent && end(nas, "nas.example.net;1") && end(nas, "nas.example.net;3");
}

int main(int argc, char **argv)
{
    world w = { .records = argc == 2 ? argv[1] : NULL };
    dia_sim *sim;
    if (!w.records) {
        fprintf(stderr, "usage: sessions RECORDS\n");
        return 2;
    }
    if (dia_sim_new(&(dia_sim_config){ .seed = 1 }, &sim))
        return 1;
    const bool ran = run(&w, sim);
    dia_sim_run(sim, 1000);
    dia_sim_free(sim);
    return !ran;
}
