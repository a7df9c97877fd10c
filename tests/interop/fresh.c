/* Many fresh connections: each has a node with a name of its own, sends one request from inside the event that tells it of
 * the CEA, so that it goes out right behind it, answers what it is asked meanwhile, and leaves.
 *
 *     fresh URI COUNT AT_A_TIME REALM TIMEOUT_MS     REALM is that of the server; our hosts are fresh-N.client.test
 *
 * prints "COUNT connections, N connected, N sent, N answered 2001, N outcomes, N served", and a line for each that did not
 * get 2001. */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_A_TIME_MAX = 256 };

typedef struct totals {
    unsigned connected, sent, answered, outcomes, served;
    uint32_t timeout_ms;
} totals;

typedef struct client {
    dia_loop *loop; /* NULL: not in use */
    unsigned number;
    totals *totals;
} client;

static void complain(const client *c, const char *what, const char *why)
{
    printf("connection %u: %s: %s\n", c->number, what, why);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    client *c = arg;
    (void)cca;
    c->totals->outcomes++;
    if (outcome->kind == DIA_OUTCOME_ANSWER && outcome->result_code == DIA_RESULT_CODE_SUCCESS)
        c->totals->answered++;
    else
        complain(c, "outcome", dia_outcome_name(outcome->kind));
    dia_loop_stop(c->loop);
}

static void send_ccr(client *c)
{
    const dia_ro_ccr ccr = {
        .service_context_id = DIA_LIT("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST,
    };
    const int err = dia_send_ro_ccr(dia_loop_node(c->loop), &ccr, c->totals->timeout_ms, on_cca, c);
    if (err) {
        complain(c, "not sent", dia_strerror(err));
        dia_loop_stop(c->loop);
        return;
    }
    c->totals->sent++;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    client *c = arg;
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    c->totals->served += !dia_answer_ro_cca(request, &cca);
}

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    client *c = arg;
    (void)node;
    if (event->kind == DIA_EVENT_PEER_UP) {
        c->totals->connected++;
        send_ccr(c);
    } else if (event->kind == DIA_EVENT_CONNECT_FAILED) {
        complain(c, "not connected", event->reason);
        dia_loop_stop(c->loop);
    } else if (event->kind == DIA_EVENT_FAULT || event->kind == DIA_EVENT_UNEXPECTED) {
        complain(c, dia_event_name(event->kind), event->reason);
    }
}

static bool begin(client *c, char **argv)
{
    char host[64], why[200] = "";
    snprintf(host, sizeof host, "fresh-%u.client.test", c->number);
    const dia_node_config config = {
        .origin_host = host,
        .origin_realm = "client.test",
        .destination_realm = argv[4],
        .on_event = on_event,
        .arg = c,
    };
    int err = dia_loop_new(&config, &c->loop, why, sizeof why);
    if (!err)
        err = dia_serve_ro_ccr(dia_loop_node(c->loop), on_ccr, c);
    if (!err)
        err = dia_node_add_peer(dia_loop_node(c->loop), &(dia_peer_config){ .connect = argv[1] }, NULL);
    if (err)
        complain(c, "not begun", why[0] ? why : dia_strerror(err));
    return !err;
}

static int earliest(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static bool run(char **argv, unsigned count, unsigned at_a_time, totals *t)
{
    static client clients[AT_A_TIME_MAX];
    struct pollfd fds[AT_A_TIME_MAX];
    unsigned begun = 0;
    for (;;) {
        unsigned n = 0;
        int wait_ms = -1;
        for (unsigned i = 0; i < at_a_time; i++) {
            client *c = &clients[i];
            if (c->loop && !dia_loop_process(c->loop)) {
                dia_loop_free(c->loop);
                c->loop = NULL;
            }
            if (!c->loop && begun < count) {
                *c = (client){ .number = begun++, .totals = t };
                if (!begin(c, argv))
                    return false;
                dia_loop_process(c->loop);
            }
            if (!c->loop)
                continue;
            fds[n++] = (struct pollfd){ dia_loop_fd(c->loop), POLLIN, 0 };
            wait_ms = earliest(wait_ms, dia_loop_timeout(c->loop));
        }
        if (!n)
            return true;
        poll(fds, n, wait_ms);
    }
}

int main(int argc, char **argv)
{
    unsigned numbers[3] = { 0 };
    for (int i = 0; argc == 6 && i < 3; i++)
        numbers[i] = (unsigned)strtoul(argv[i < 2 ? i + 2 : 5], NULL, 10);
    const unsigned count = numbers[0], at_a_time = numbers[1];
    totals t = { .timeout_ms = numbers[2] };
    if (!count || !at_a_time || at_a_time > AT_A_TIME_MAX) {
        fprintf(stderr, "usage: fresh URI COUNT AT_A_TIME REALM TIMEOUT_MS\n");
        return 2;
    }
    const bool ran = run(argv, count, at_a_time, &t);
    printf("%u connections, %u connected, %u sent, %u answered 2001, %u outcomes, %u served\n", count, t.connected,
           t.sent, t.answered, t.outcomes, t.served);
    return !ran || t.answered != count;
}
