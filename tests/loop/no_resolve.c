/* A build without c-ares: who asks the DNS for anything is told so, and addresses need none. */
#include "pair.h"

#include <stdio.h>

static void a_host_name_is_not_looked_up(void)
{
    struct pair pair = { 0 };
    need(pair_begin_client(&pair, NULL));
    snprintf(pair.uri, sizeof pair.uri, "aaa://server.example.net:3868");
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CONNECT_FAILED]);
    need_str(pair.client.reason, "host names cannot be looked up by this build (c-ares)");
done:
    pair_end(&pair);
}

static void a_loop_may_end_while_a_name_waits(void)
{
    struct pair pair = { 0 };
    need(pair_begin_client(&pair, NULL));
    snprintf(pair.uri, sizeof pair.uri, "aaa://server.example.net:3868");
    need_int(pair_connect(&pair), 0);
done:
    pair_end(&pair);
}

static void a_realm_has_no_peers(void)
{
    struct pair pair = { 0 };
    const dia_peer_config sought = { .realm = "example.net" };
    need(pair_begin_client(&pair, NULL));
    need_int(dia_node_add_peer(dia_loop_node(pair.client.loop), &sought, NULL), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_DISCOVERED]);
    need(strstr(pair.client.reason, "peers cannot be discovered by this build (c-ares)"));
done:
    pair_end(&pair);
}

static void on_findings(void *arg, const dia_findings *findings)
{
    (void)arg, (void)findings;
    check(!"findings");
}

static void calls_about_it_are_refused(void)
{
    static const char left_out[] = "asking the DNS was left out of this build (c-ares)";
    dia_loop *loop = pair_lone_loop();
    need(loop);
    need_int(dia_loop_name_servers(loop, "127.0.0.1"), DIA_ENOTSUP);
    need_str(dia_loop_last_fault(loop), left_out);
    need_int(dia_loop_name_servers(loop, NULL), 0); /* those of the system are asked nothing, either */
    need_int(dia_loop_discover(loop, "example.net", 4, on_findings, NULL), DIA_ENOTSUP);
    need_str(dia_loop_last_fault(loop), left_out);
    need_int(dia_loop_discover_cancel(loop, on_findings, NULL), 0);
done:
    dia_loop_free(loop);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_host_name_is_not_looked_up", a_host_name_is_not_looked_up },
        { "a_loop_may_end_while_a_name_waits", a_loop_may_end_while_a_name_waits },
        { "a_realm_has_no_peers", a_realm_has_no_peers },
        { "calls_about_it_are_refused", calls_about_it_are_refused },
    };
    return HARNESS_RUN("loop/no_resolve", tests);
}
