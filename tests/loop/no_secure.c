/* A build without OpenSSL: nothing is protected, and nothing that should be goes in clear text. */
#include "pair.h"

static const char left_out[] = "TLS was left out of this build (OpenSSL)";

static void a_configuration_is_refused(void)
{
    const dia_tls_config config = { .certificate = "a.pem", .trust = "r.pem" };
    char why[100] = "";
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_tls(loop, NULL, &config, why, sizeof why), DIA_ENOTSUP);
    need_str(why, left_out);
    need_str(dia_loop_last_fault(loop), left_out);
    need_int(dia_loop_tls_list(loop, NULL, 0), 0);
    need_int(dia_loop_tls_end(loop, NULL), DIA_ENOENT);
done:
    dia_loop_free(loop);
}

static void nobody_listens_for_it(void)
{
    static const char *const uris[] = { "aaas://127.0.0.1:0", "aaas://127.0.0.1:0;transport=tcp" };
    dia_loop *loop = pair_lone_loop();
    need(loop);
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        need_int(dia_loop_listen(loop, uris[i], NULL, 0), DIA_ENOTSUP);
        need(strstr(dia_loop_last_fault(loop), uris[i]) && strstr(dia_loop_last_fault(loop), left_out));
        need(!dia_loop_next_bound(loop, NULL));
    }
done:
    dia_loop_free(loop);
}

static void a_peer_with_it_is_not_connected_to(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    memmove(pair.uri + 4, pair.uri + 3, strlen(pair.uri) - 2); /* aaa: becomes aaas: */
    pair.uri[3] = 's';
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, left_out);
    need_int(pair.client.events[DIA_EVENT_PEER_UP] + pair.server.events[DIA_EVENT_PEER_UP], 0);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_configuration_is_refused", a_configuration_is_refused },
        { "nobody_listens_for_it", nobody_listens_for_it },
        { "a_peer_with_it_is_not_connected_to", a_peer_with_it_is_not_connected_to },
    };
    return HARNESS_RUN("loop/no_secure", tests);
}
