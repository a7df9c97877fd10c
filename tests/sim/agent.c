/* An agent as somebody might write it who has not read RFC 6733, 6.1: a server of its realm that sends each request on, to
 * whoever the node finds, without a Route-Record. Where it stands between relays, requests go in circles. */
#include "member.h"

#include <stdlib.h>

enum { TIMEOUT_MS = 8000 };

typedef struct errand {
    member *member;
    dia_request *request;
} errand;

static void refuse(void *arg)
{
    errand *e = arg;
    member *m = e->member;
    const int err = dia_request_fail(e->request, DIA_RESULT_CODE_UNABLE_TO_DELIVER, "it does not get there");
    if ((err == DIA_EBUSY || is_scarce(m, err)) && !dia_sim_after(m->life->sim, m->host, 1000, refuse, e))
        return;
    free(e);
}

static void pass_back(const dia_outcome *outcome, void *arg)
{
    errand *e = arg;
    member *m = e->member;
    m->pending--;
    int err = outcome->kind == DIA_OUTCOME_STOPPED ? DIA_ENOENT : DIA_ERULE;
    if (outcome->kind == DIA_OUTCOME_ANSWER)
        err = dia_request_answer_octets(e->request, outcome->octets);
    if (err && err != DIA_ENOENT)
        refuse(e);
    else
        free(e);
}

static void send_on(dia_request *request, void *arg)
{
    member *m = arg;
    errand *e = malloc(sizeof *e);
    if (!e)
        abort();
    *e = (errand){ m, request };
    dia_node *node = dia_sim_node(m->host);
    if (dia_request_keep(request) &&
        !dia_node_send_octets(node, NULL, dia_request_octets(request), TIMEOUT_MS, pass_back, e)) {
        m->begun++;
        m->pending++;
        return;
    }
    refuse(e);
}

int agent_begin(member *m, dia_node *node)
{
    const int err = dia_node_advertise(node, 4, 0, DIA_APP_AUTH);
    dia_node_serve_any(node, send_on, m);
    return err;
}
