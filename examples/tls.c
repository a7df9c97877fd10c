/* Credit control over TLS: a server, and a client that asks it once. Both show a certificate, which must name their host.
 *
 *     tls HOST CERTIFICATE KEY ROOTS                     listens; a.example.net a.pem a.key ca.pem
 *     tls HOST CERTIFICATE KEY ROOTS aaas://HOST:PORT    asks; b.example.net b.pem b.key ca.pem aaas://a.example.net */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <stdio.h>

struct asker {
    dia_loop *loop;
    bool asks; /* it is the client */
    bool good;
};

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)ccr, (void)arg;
    dia_request_answer_least(request, DIA_RESULT_CODE_SUCCESS);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct asker *a = arg;
    (void)cca;
    printf("CCA: %u\n", outcome->result_code);
    a->good = outcome->result_code == DIA_RESULT_CODE_SUCCESS;
    dia_loop_stop(a->loop);
}

static void ask(struct asker *a, dia_node *node)
{
    dia_session_id id;
    if (!a->asks)
        return;
    dia_session_id_next(node, NULL, &id);
    const dia_ro_ccr ccr = { .session_id = dia_session_id_bytes(&id),
                             .service_context_id = DIA_LIT("32251@3gpp.org"),
                             .cc_request_type = DIA_CC_REQUEST_TYPE_INITIAL_REQUEST };
    if (dia_send_ro_ccr(node, &ccr, 5000, on_cca, a))
        dia_loop_stop(a->loop);
}

/* [guide: what is told of TLS] */
static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct asker *a = arg;
    switch (event->kind) {
    case DIA_EVENT_SECURED:     /* TLSv1.3, the cipher, whose certificate */
    case DIA_EVENT_CERTIFICATE: /* one of theirs or of ours ends soon, or has ended */
    case DIA_EVENT_REFUSED:     /* theirs is not believed, or names somebody else */
    case DIA_EVENT_CONNECT_FAILED: printf("%s: %s\n", dia_event_name(event->kind), event->reason); break;
    case DIA_EVENT_PEER_UP: ask(a, node); break;
    default: break;
    }
    fflush(stdout);
    if (event->kind == DIA_EVENT_CONNECT_FAILED)
        dia_loop_stop(a->loop);
}
/* [end] */

/* [guide: protect] */
static int protect(dia_loop *loop, char **files)
{
    const dia_tls_config tls = { .certificate = files[0], .key = files[1], .trust = files[2] };
    const int err = dia_loop_tls(loop, NULL, &tls, NULL, 0);
    if (err)
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    return err;
}
/* [end] */

static int listen_at(dia_loop *loop, const char *uri)
{
    char bound[300];
    const int err = dia_loop_listen(loop, uri, bound, sizeof bound);
    if (err)
        fprintf(stderr, "%s\n", dia_loop_last_fault(loop));
    else if (printf("listening %s\n", bound) > 0)
        fflush(stdout);
    return err;
}

int main(int argc, char **argv)
{
    static const char *const ours[] = { "*.example.net", NULL };
    struct asker a = { .asks = argc == 6 };
    const dia_node_config config = { .origin_host = argc > 1 ? argv[1] : NULL,
                                     .origin_realm = "example.net",
                                     .destination_realm = "example.net",
                                     .allow = ours,
                                     .on_event = on_event,
                                     .arg = &a };
    dia_loop *loop = NULL;
    int err = argc == 5 || a.asks ? dia_loop_new(&config, &loop, NULL, 0) : DIA_EINVAL;
    a.loop = loop;
    if (!err)
        err = protect(loop, argv + 2);
    if (!err)
        err = a.asks ? dia_node_use(dia_loop_node(loop), &dia_dict_ro)
                     : dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, NULL);
    if (!err && a.asks)
        err = dia_node_add_peer(dia_loop_node(loop), &(dia_peer_config){ .connect = argv[5] }, NULL);
    else if (!err)
        err = listen_at(loop, "aaas://127.0.0.1:0");
    if (err)
        fprintf(stderr, "usage: tls HOST CERTIFICATE KEY ROOTS [aaas://HOST:PORT] (%s)\n", dia_strerror(err));
    else
        dia_loop_stop_on_signals(loop), dia_loop_run(loop);
    dia_loop_free(loop);
    return err ? 2 : a.asks && !a.good;
}
