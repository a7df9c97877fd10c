/* What a right configuration becomes: each kind of value, and what is not said. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "harness.h"

#include <stdio.h>

#define WHO "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n"

static dia_agent_mistakes mistakes;

static int open_table(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    (void)arg, (void)why, (void)why_size;
    if (strcmp(name, "prefixes.csv") != 0)
        return DIA_ENOENT;
    *text = DIA_STR("# of the harbour\n26201,berlin\n262030-262039,bonn\n");
    return 0;
}

static dia_agent_made *make(const char *text)
{
    const dia_agent_options options = { .windows = { .open = open_table },
                                        .dicts = &dia_dicts_all,
                                        .alloc = harness_allocator() };
    dia_agent_made *made = NULL;
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_make(&options, dia_cstr(text), &made, &mistakes);
    if (err == DIA_ENOMEM && harness_injected())
        return NULL;
    check_str(mistakes.n ? mistakes.v[0].text : "", "");
    check_int(err, 0);
    return made;
}

static void a_listener_may_be_its_uri_alone(void)
{
    dia_agent_made *made = make("identity: {host: agent.example.net, realm: example.net}\n"
                                "tls: {default: {certificate: a.pem, trust: r.pem}}\n"
                                "listen: [\"aaas://127.0.0.1\", {uri: \"aaa://127.0.0.1\", clear: yes}]\n");
    need(made);
    need_int(made->config->listen.n, 2);
    check_str(made->config->listen.v[0].uri, "aaas://127.0.0.1");
    check(!made->config->listen.v[0].clear && made->config->listen.v[1].clear);
done:
    dia_agent_made_free(made);
}

static void what_is_not_said_is_the_default(void)
{
    dia_agent_made *made = make(WHO);
    need(made);
    const dia_agent_config *c = made->config;
    need_int(c->applications.n, 1);
    check_int(c->applications.v[0].id, DIA_APP_RELAY);
    check_int(made->node.watchdog_ms, 30000);
    check_int(made->node.reconnect_ms, 30000);
    check_int(made->node.reopen_dwas, 3);
    check(made->node.capabilities_update);
    check_int(made->node.limits.message, 1 << 20);
    check_int(made->node.limits.duplicates, 0); /* the node's own */
    check_int(made->settings.log_level, DIA_LOG_INFO);
    check_int(made->settings.log_format, DIA_LOG_TEXT);
    check(!made->settings.metrics && !made->settings.control && !made->settings.capture);
    check(!made->routes && !made->policies);
    check(made->listeners[0].as.allow && !made->listeners[0].as.allow[0]); /* nobody, not "as the node has it" */
done:
    dia_agent_made_free(made);
}

static void durations_sizes_and_rates_have_units(void)
{
    static const struct {
        const char *name, *text;
        uint32_t watchdog_ms;
    } rows[] = {
        { "seconds", "7s", 7000 },          { "milliseconds", "6500ms", 6500 }, { "minutes", "2m", 120000 },
        { "minutes, too", "2min", 120000 }, { "hours", "1h", 3600000 },         { "half a minute", "0.5m", 30000 },
        { "with a blank", "7 s", 7000 },    { "in quotes", "\"7s\"", 7000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300];
        if (!harness_row_runs(rows[i].name))
            continue;
        snprintf(text, sizeof text, WHO "watchdog: %s\n", rows[i].text);
        dia_agent_made *made = make(text);
        if (made)
            check_int(made->node.watchdog_ms, rows[i].watchdog_ms);
        dia_agent_made_free(made);
    }
    harness_row(NULL);
    dia_agent_made *made =
        make(WHO "limits: {memory: 64MiB, message: 8192, output-soft: 0.5MiB, output-hard: 1GB}\n"
                 "applications: ro\npolicies: [{limit: 90/s}, {limit: {rate: 120/min, burst: 7}}]\n");
    need(made);
    check_int(made->node.limits.memory, 64 << 20);
    check_int(made->node.limits.message, 8192);
    check_int(made->node.limits.output_soft, 512 << 10);
    check_int(made->node.limits.output_hard, 1000000000);
    check_int(made->config->policies.v[0].limit.rate, 90);
    check_int(made->config->policies.v[1].limit.rate, 2);
    check_int(made->config->policies.v[1].limit.burst, 7);
    check_int(made->config->policies.v[1].limit.answer, 3004);
done:
    dia_agent_made_free(made);
}

static void peers_take_over_what_they_do_not_say(void) /* B12-02 */
{
    dia_agent_made *made = make(
        WHO "watchdog: 10s\nreconnect: 1s\nreconnect-max: 8s\norigins: \"*.example.net\"\npeers:\n"
            "- {host: a.example.net, connect: [\"aaa://a.example.net\", \"aaa://192.0.2.1:4000\"], clear: yes, "
            "connections: 2}\n"
            "- {host: b.example.net, watchdog: 20s, reconnect: 2s, origins: {hosts: [b.example.net], direct: yes}}\n");
    need(made);
    const dia_peer_config *a = &made->peers[0], *b = &made->peers[1];
    check_str(a->host, "a.example.net");
    check_str(a->connect, "aaa://a.example.net");
    need(a->also && a->also[0]);
    check_str(a->also[0], "aaa://192.0.2.1:4000");
    check(a->also[1] == NULL);
    check_int(a->connections, 2);
    check_int(a->watchdog_ms, 10000);
    check_int(a->reconnect_ms, 1000);
    check_int(a->reconnect_max_ms, 8000);
    need(a->path.origin_realms);
    check_str(a->path.origin_realms[0], "*.example.net");
    check(b->connect == NULL);
    check_int(b->watchdog_ms, 20000);
    check_int(b->reconnect_ms, 2000);
    check_int(b->reconnect_max_ms, 0); /* 4 x its own */
    need(b->path.origin_hosts);
    check(b->path.direct && !b->path.origin_realms);
    need(made->listeners[0].as.path.origin_realms);
    check_str(made->listeners[0].as.path.origin_realms[0], "*.example.net");
done:
    dia_agent_made_free(made);
}

static void connections_are_protected_as_is_said(void)
{
    static const char text[] = WHO
        "tls:\n"
        "  plain: {certificate: a.pem, trust: roots}\n"
        "  full: {certificate: b.pem, key: b.key, trust: r.pem, pins: [aa, bb], name: realm, anonymous-clients: yes,\n"
        "    crl: c.pem, crl-of: leaf, ocsp: require, ocsp-response: o.der, least: 1.2, most: 1.2, ciphers: "
        "AES128-SHA,\n"
        "    depth: 2, resumption: yes, expires: 1h, key-log: k.log}\n"
        "peers:\n"
        "- {host: a.example.net, connect: \"aaas://a.example.net\", tls: FULL}\n"
        "- {host: b.example.net, connect: \"aaa://b.example.net\", inband: require, tls: plain}\n"
        "- {host: c.example.net, connect: c.example.net, clear: yes, tls: plain}\n"
        "- {realm: example.org, application: ro, tls: plain, found: \"*.example.net\"}\n";
    dia_agent_made *made = make(text), *one = make(WHO "tls: {x: {certificate: a.pem, trust: r.pem}}\n"
                                                       "peers: {host: a.example.net, connect: a.example.net}\n");
    need(made && one);
    need_int(made->n_profiles, 2);
    const dia_tls_config *plain = &made->profiles[0].config, *full = &made->profiles[1].config;
    check_str(made->profiles[0].name, "plain");
    check_str(plain->certificate, "a.pem");
    check_str(plain->trust, "roots");
    check(!plain->key && !plain->pins && !plain->crl && !plain->ocsp_response && !plain->ciphers && !plain->key_log);
    check_int(plain->name, DIA_TLS_NAME_HOST);
    check_int(plain->ocsp, DIA_TLS_OCSP_OFF);
    check_int(plain->least, DIA_TLS_1_2);
    check_int(plain->most, DIA_TLS_1_3);
    check_int(plain->depth, 4);
    check_int(plain->expires_s, 30 * 86400);
    check(!plain->anonymous_clients && !plain->resumption);
    check_str(full->key, "b.key");
    need(full->pins);
    check_str(full->pins[1], "bb");
    check(full->pins[2] == NULL);
    check_int(full->name, DIA_TLS_NAME_REALM);
    check(full->anonymous_clients && full->resumption);
    check_str(full->crl, "c.pem");
    check_int(full->crl_of, DIA_TLS_CRL_LEAF);
    check_int(full->ocsp, DIA_TLS_OCSP_REQUIRE);
    check_str(full->ocsp_response, "o.der");
    check_int(full->most, DIA_TLS_1_2);
    check_str(full->ciphers, "AES128-SHA");
    check_int(full->depth, 2);
    check_int(full->expires_s, 3600);
    check_str(full->key_log, "k.log");
    check_str(made->peers[0].socket.tls, "full");
    check_int(made->peers[0].inband, DIA_INBAND_OFF);
    check(!made->peers[0].insecure);
    check_int(made->peers[1].inband, DIA_INBAND_REQUIRE);
    check(made->peers[2].insecure);
    check(!made->peers[3].host && !made->peers[3].connect && !made->peers[3].insecure);
    check_str(made->peers[3].realm, "example.org");
    check_int(made->peers[3].realm_application, 4);
    need(made->peers[3].found);
    check_str(made->peers[3].found[0], "*.example.net");
    check(!made->peers[3].found[1] && !made->peers[2].found);
    /* The only one is that of those who name none, and is known by its name as well. */
    need_int(one->n_profiles, 2);
    check_str(one->profiles[0].name, "x");
    check(one->profiles[1].name == NULL);
    check(one->peers[0].socket.tls == NULL);
done:
    dia_agent_made_free(made);
    dia_agent_made_free(one);
}

static void sockets_of_sctp_are_made_as_is_said(void)
{
    dia_agent_made *made = make(
        WHO "sctp: {stack: any, udp-port: 9899, udp-address: 127.0.0.1}\n"
            "peers:\n- {host: a.example.net, connect: \"aaa://a.example.net;transport=sctp\", clear: yes,\n"
            "   socket: {local: [192.0.2.1, \"2001:db8::1\"], streams: 4, rto-min: 50ms, rto-max: 2s, heartbeat: 1s,\n"
            "   path-retries: 2, udp-port: 9900}}\n");
    need(made);
    const dia_socket_options *s = &made->peers[0].socket;
    check_str(s->local, "192.0.2.1,2001:db8::1");
    check_int(s->streams, 4);
    check_int(s->rto_min_ms, 50);
    check_int(s->rto_max_ms, 2000);
    check_int(s->heartbeat_ms, 1000);
    check_int(s->path_retries, 2);
    check_int(s->udp_port, 9900);
    check_int(made->config->sctp.stack, DIA_SCTP_ANY);
    check_int(made->config->sctp.udp_port, 9899);
    check_str(made->config->sctp.udp_address, "127.0.0.1");
done:
    dia_agent_made_free(made);
}

/* What the program was told counts where the configuration is silent. */
static void options_fill_in_what_a_configuration_does_not_say(void)
{
    const dia_tls_config ours = { .certificate = "ours.pem", .trust = "roots.pem" };
    dia_agent_options options = { .dicts = &dia_dicts_all,
                                  .alloc = harness_allocator(),
                                  .tls = &ours,
                                  .transport = DIA_TRANSPORT_SCTP,
                                  .cer_ms = 700 };
    dia_agent_mistakes wrong = { 0 };
    dia_agent_made *made = NULL, *says = NULL;
    const int err = dia_agent_make(&options,
                                   dia_cstr(WHO "peers:\n- {host: a.example.net, connect: [\"aaas://a.example.net\", "
                                                "\"aaas://b.example.net;transport=tcp\", c.example.net]}\n"),
                                   &made, &wrong);
    need(!err);
    need_int(made->n_profiles, 1);
    check(made->profiles[0].name == NULL);
    check_str(made->profiles[0].config.certificate, "ours.pem");
    check_str(made->peers[0].connect, "aaas://a.example.net;transport=sctp");
    check_str(made->peers[0].also[0], "aaas://b.example.net;transport=tcp");
    check_str(made->peers[0].also[1], "c.example.net;transport=sctp");
    check_int(made->node.limits.cer_ms, 700);
    need(!dia_agent_make(&options, dia_cstr(WHO "limits: {cer: 3s}\ntls: {x: {certificate: x.pem, trust: r.pem}}\n"),
                         &says, &wrong));
    check_int(says->node.limits.cer_ms, 3000);
    need_int(says->n_profiles, 2);
    check_str(says->profiles[1].config.certificate, "x.pem");
done:
    dia_agent_made_free(made);
    dia_agent_made_free(says);
}

/* TLS behind CER and CEA is for what begins without it, and the configuration's word counts before that of the options. */
static void options_say_inband_where_it_may_be(void)
{
    const dia_tls_config ours = { .certificate = "ours.pem", .trust = "roots.pem" };
    const dia_agent_options options = {
        .dicts = &dia_dicts_all, .alloc = harness_allocator(), .tls = &ours, .inband = DIA_INBAND_REQUIRE
    };
    static const char text[] =
        "identity: {host: agent.example.net, realm: example.net}\n"
        "listen:\n- \"aaa://127.0.0.1\"\n- {uri: \"aaa://127.0.0.2\", inband: offer, clear: yes}\n"
        "- \"aaas://127.0.0.1\"\n"
        "peers:\n- {host: a.example.net, connect: \"aaa://a.example.net\"}\n"
        "- {host: b.example.net, connect: \"aaas://b.example.net\"}\n"
        "- {host: c.example.net, connect: c.example.net}\n"
        "- {host: d.example.net}\n- {realm: example.org, clear: yes}\n"
        "- {host: e.example.net, connect: \"aaa://e.example.net\", inband: off, clear: yes}\n";
    static const dia_inband listeners[] = { DIA_INBAND_REQUIRE, DIA_INBAND_OFFER, DIA_INBAND_OFF };
    static const dia_inband peers[] = { DIA_INBAND_REQUIRE, DIA_INBAND_OFF,     DIA_INBAND_REQUIRE,
                                        DIA_INBAND_OFF,     DIA_INBAND_REQUIRE, DIA_INBAND_OFF };
    dia_agent_made *made = NULL;
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_make(&options, dia_cstr(text), &made, &mistakes);
    need(err != DIA_ENOMEM);
    check_str(mistakes.n ? mistakes.v[0].text : "", "");
    need_int(err, 0);
    for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++)
        check_int(made->listeners[i].as.inband, listeners[i]);
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        check_int(made->peers[i].inband, peers[i]);
done:
    dia_agent_made_free(made);
}

static void options_say_how_sctp_is_spoken(void)
{
    const dia_agent_options options = { .dicts = &dia_dicts_all,
                                        .alloc = harness_allocator(),
                                        .sctp_stack = DIA_SCTP_USER,
                                        .udp_port = 9900,
                                        .udp_peer = 9901 };
    dia_agent_made *made = NULL, *says = NULL;
    dia_agent_mistakes wrong = { 0 };
    need(!dia_agent_make(&options,
                         DIA_STR(WHO "peers:\n- {host: a.example.net, connect: \"aaa://a.example.net;transport=sctp\", "
                                     "clear: yes}\n"
                                     "- {host: b.example.net, connect: \"aaa://b.example.net;transport=sctp\", clear: "
                                     "yes, socket: {udp-port: 9902}}\n"),
                         &made, &wrong));
    check_int(made->config->sctp.stack, DIA_SCTP_USER);
    check_int(made->config->sctp.udp_port, 9900);
    check_int(made->peers[0].socket.udp_port, 9901);
    check_int(made->peers[1].socket.udp_port, 9902);
    need(!dia_agent_make(&options, DIA_STR(WHO "sctp: {stack: any, udp-port: 9903}\n"), &says, &wrong));
    check_int(says->config->sctp.stack, DIA_SCTP_ANY);
    check_int(says->config->sctp.udp_port, 9903);
done:
    dia_agent_made_free(made);
    dia_agent_made_free(says);
}

static void requests_go_again_as_is_said(void)
{
    dia_agent_made *made =
        make(WHO "retry: {tries: 5, after: 2s, on: [3002, TOO_BUSY, 3010]}\nredirect: {follow: connect, "
                 "hosts: \"*.example.org\", clear: yes}\nrealm-of-user-name: yes\n");
    dia_agent_made *other = make(WHO "retry: {errors: no}\nredirect: no\n");
    dia_agent_made *plain = make(WHO);
    need(made && other && plain);
    check_int(made->node.tries, 5);
    check_int(made->node.try_ms, 2000);
    check_int(made->node.retry, DIA_RETRY_ON(3002) | DIA_RETRY_ON(3004) | DIA_RETRY_ON(3010));
    check_int(made->node.redirects, DIA_REDIRECTS_CONNECT);
    check_str(made->node.redirect_hosts[0], "*.example.org");
    check(made->node.redirect_clear);
    check(made->node.realm_of_user_name);
    check_int(other->node.retry, DIA_RETRY_NEVER);
    check_int(other->node.redirects, DIA_REDIRECTS_IGNORE);
    check_int(plain->node.tries, 3);
    check_int(plain->node.retry, 0); /* the node's own */
    check_int(plain->node.redirects, DIA_REDIRECTS_FOLLOW);
done:
    dia_agent_made_free(made);
    dia_agent_made_free(other);
    dia_agent_made_free(plain);
}

static void overload_is_controlled_as_is_said(void)
{
    dia_agent_made *made =
        make(WHO "overload: {obey: yes, priorities: yes, default-priority: 12, trusted: \"*.example.net\", "
                 "throttled: TOO_BUSY, states: 7, recovery: 3s, load-time: 4s, tell: yes}\n");
    dia_agent_made *plain = make(WHO), *routed = make(WHO "routes: {choose: load}\n");
    need(made && plain && routed);
    const dia_overload_config *o = &made->overload;
    check(made->controls && o->reacts_for_clients && o->priorities && !o->loads && !o->reacts && !o->reports);
    check_int(o->default_priority, 12);
    check_str(o->trusted[0], "*.example.net");
    check_int(o->throttled_result, 3004);
    check_int(o->states, 7);
    check_int(o->recovery_ms, 3000);
    check_int(o->load_ms, 4000);
    check(made->config->overload.tell);
    check(!plain->controls);
    check(routed->controls && routed->overload.loads); /* who chooses by load wants to read it */
done:
    dia_agent_made_free(made);
    dia_agent_made_free(plain);
    dia_agent_made_free(routed);
}

/* Policies want to see what a route leads on; a route that says otherwise leads past them. */
static void routes_lead_through_policies_where_there_are_any(void) /* B12-01 */
{
    static const struct {
        const char *name, *text;
        dia_route_action action;
    } rows[] = {
        { "none", "", DIA_ROUTE_RELAY },
        { "a policy", "policies: {limit: 5/s}\n", DIA_ROUTE_PROXY },
        { "a limit of a peer", "peers: {host: a.example, limit: 5/s}\n", DIA_ROUTE_PROXY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[500];
        uint32_t id = 0;
        if (!harness_row_runs(rows[i].name))
            continue;
        snprintf(text, sizeof text, WHO "routes: [{realm: a}, {realm: b, action: relay}]\n%s", rows[i].text);
        dia_agent_made *made = make(text);
        if (made) {
            check_int(dia_routes_next(made->routes, &id)->action, rows[i].action);
            check_int(dia_routes_next(made->routes, &id)->action, DIA_ROUTE_RELAY);
        }
        dia_agent_made_free(made);
    }
    harness_row(NULL);
}

static void identities_and_sockets_are_passed_on(void)
{
    dia_agent_made *made = make(
        "identity: {host: agent.example.net, realm: example.net, product: Harbour, vendor: 77, firmware: 3, addresses: "
        "[192.0.2.7, \"2001:db8::7\"]}\n"
        "applications: [relay, ro]\n"
        "listen: {uri: \"aaa://127.0.0.1\", clear: yes, identity: {host: other.example.net, applications: ro}, socket: "
        "{dscp: 46, user-timeout: 5s, keepalive: 1m, send-buffer: 64KiB}}\n");
    need(made);
    check_str(made->node.product_name, "Harbour");
    check_int(made->node.vendor_id, 77);
    check_int(made->node.firmware_revision, 3);
    need_int(made->node.n_host_ip_addresses, 2);
    check_int(made->node.host_ip_addresses[0].value.n, 4);
    check_int(made->node.host_ip_addresses[1].value.n, 16);
    check_str(made->listeners[0].as.identity.origin_host, "other.example.net");
    need_int(made->listeners[0].as.identity.n_applications, 1);
    check_int(made->listeners[0].as.identity.applications[0], 4);
    check_int(made->listeners[0].socket.dscp, 46);
    check_int(made->listeners[0].socket.user_timeout_ms, 5000);
    check_int(made->listeners[0].socket.keepalive_s, 60);
    check_int(made->listeners[0].socket.send_buffer, 65536);
done:
    dia_agent_made_free(made);
}

static void routes_have_all_their_criteria(void)
{
    dia_agent_made *made = make(
        WHO
        "peers: [{host: a.example.net}, {host: b.example.net}]\ntables: {subscribers: prefixes.csv}\nroutes:\n"
        "- {name: all of it, realm: [\"*.example.net\", example.org], application: [gy, s6a, 16777999], command: [CCR, "
        "318], origin-host: x.example, origin-realm: \"*.y.example\", from: b.example.net, user: \"*@z\", imsi: "
        "[26201, "
        "262030-262039], msisdn: {table: subscribers, value: bonn}, when: [User-Name, {avp: CC-Request-Type, is: "
        "UPDATE_REQUEST}, {avp: Session-Id, begins: abc}, {avp: CC-Request-Number, least: 2}, {avp: Origin-State-Id, "
        "present: no}], action: relay, to: [{peer: a.example.net, priority: 2, weight: 7}, b.example.net], choose: "
        "weights, order: 5}\n"
        "- {realm: old.example, action: redirect, to: \"aaa://new.example:4000\", usage: realm-and-application, cache: "
        "2m}\n");
    need(made);
    uint32_t id = 0;
    const dia_route *r = dia_routes_next(made->routes, &id);
    need(r);
    check_str(r->name, "all of it");
    check_str(r->realms[1], "example.org");
    need_int(r->n_applications, 3);
    check_int(r->applications[0], 4);
    check_int(r->applications[1], 16777251);
    check_int(r->applications[2], 16777999);
    need_int(r->n_commands, 2);
    check_int(r->commands[0], 272);
    check_int(r->commands[1], 318);
    check_str(r->origin_hosts[0], "x.example");
    check_str(r->origin_realms[0], "*.y.example");
    check_str(r->from[0], "b.example.net");
    check_str(r->users[0], "*@z");
    check_str(r->imsi.begin[1], "262030-262039");
    need(r->msisdn.table);
    uint32_t value;
    check(dia_prefixes_find(r->msisdn.table, DIA_STR("262035123"), &value, NULL));
    check_int(value, r->msisdn.value);
    need_int(r->n_avps, 5);
    check_int(r->avps[0].test, DIA_TEST_PRESENT);
    check_int(r->avps[1].test, DIA_TEST_EQUAL);
    check_int(r->avps[2].test, DIA_TEST_BEGINS);
    check_int(r->avps[3].test, DIA_TEST_RANGE);
    check_int(r->avps[3].least, 2);
    check(r->avps[3].most == INT64_MAX);
    check_int(r->avps[4].test, DIA_TEST_ABSENT);
    check_int(r->action, DIA_ROUTE_RELAY);
    need_int(r->n_hops, 2);
    check_int(r->hops[0].priority, 2);
    check_int(r->hops[0].weight, 7);
    check_str(r->hops[1].host, "b.example.net");
    check_int(r->choice, DIA_CHOICE_WEIGHTS);
    check_int(r->order, 5);
    r = dia_routes_next(made->routes, &id);
    need(r);
    check_str(r->name, "routes[1]");
    check_int(r->action, DIA_ROUTE_REDIRECT);
    check_int(r->redirect_usage, 3);
    check_int(r->redirect_cache_s, 120);
    check(dia_routes_next(made->routes, &id) == NULL);
done:
    dia_agent_made_free(made);
}

static void the_driver_hears_of_logs_metrics_and_control(void)
{
    dia_agent_made *made = make(WHO "log: {format: json, level: debug, messages: yes}\nmetrics: \"[::1]:9090\"\n"
                                    "control: {path: /run/x, mode: 0660}\ncapture: a.pcapng\nname-servers: "
                                    "[192.0.2.1, 192.0.2.2]\nreopen: 0\nreopen-discards: yes\n");
    need(made);
    check_int(made->settings.log_format, DIA_LOG_JSON);
    check_int(made->settings.log_level, DIA_LOG_DEBUG);
    check(made->settings.log_messages);
    check_str(made->settings.metrics, "[::1]:9090");
    check_str(made->settings.control, "/run/x");
    check_int(made->settings.control_mode, 0660);
    check_str(made->settings.capture, "a.pcapng");
    check_str(made->settings.name_servers, "192.0.2.1,192.0.2.2");
    check(made->node.reopen_dwas == DIA_REOPEN_AT_ONCE);
    check(made->node.reopen_discards);
done:
    dia_agent_made_free(made);
}

/* All that is written is compared, and nothing else. */
static void two_texts_say_the_same_or_not(void)
{
    static const struct {
        const char *name, *a, *b;
        bool same;
    } rows[] = {
        { "blanks and order", "watchdog: 30s\nreopen: 3\n", "reopen:    3\n# a word\nwatchdog: \"30s\"\n", true },
        { "another unit", "watchdog: 60s\n", "watchdog: 1m\n", true },
        { "the default", "", "watchdog: 30s\n", true },
        { "a number", "watchdog: 30s\n", "watchdog: 31s\n", false },
        { "a list of one", "allow: a.example\n", "allow: [a.example]\n", true },
        { "a longer list", "allow: a.example\n", "allow: [a.example, b.example]\n", false },
        { "the order of a list", "allow: [a.example, b.example]\n", "allow: [b.example, a.example]\n", false },
        { "a name and an id", "applications: ro\n", "applications: 4\n", true },
        { "a hop in short", "peers: {host: a.example}\nroutes: {to: a.example}\n",
          "peers: {host: a.example}\nroutes: [{to: {peer: a.example}}]\n", true },
        { "a hop", "peers: {host: a.example}\nroutes: {to: a.example}\n",
          "peers: {host: a.example}\nroutes: {to: {peer: a.example, weight: 2}}\n", false },
        { "a map in a map", "limits: {turn: 5}\n", "limits: {turn: 6}\n", false },
        { "names of tables", "tables: {a: {lines: \"1,x\"}}\n", "tables: {b: {lines: \"1,x\"}}\n", false },
        { "a number with a sign", "routes: {when: {avp: CC-Request-Type, least: -1}}\n",
          "routes: {when: {avp: CC-Request-Type, least: 1}}\n", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char a[500], b[500];
        if (!harness_row_runs(rows[i].name))
            continue;
        snprintf(a, sizeof a, WHO "%s", rows[i].a);
        snprintf(b, sizeof b, WHO "%s", rows[i].b);
        dia_agent_made *one = make(a), *other = make(b);
        if (one && other)
            check_int(dia_schema_same(&dia_agent_schema_config, one->config, other->config), rows[i].same);
        dia_agent_made_free(one);
        dia_agent_made_free(other);
    }
    harness_row(NULL);
}

int main(void)
{
    const struct harness_test tests[] = {
        { "a listener may be its uri alone", a_listener_may_be_its_uri_alone },
        { "what is not said is the default", what_is_not_said_is_the_default },
        { "durations sizes and rates have units", durations_sizes_and_rates_have_units },
        { "peers take over what they do not say", peers_take_over_what_they_do_not_say },
        { "connections are protected as is said", connections_are_protected_as_is_said },
        { "sockets of SCTP are made as is said", sockets_of_sctp_are_made_as_is_said },
        { "options fill in what a configuration does not say", options_fill_in_what_a_configuration_does_not_say },
        { "options say inband where it may be", options_say_inband_where_it_may_be },
        { "options say how sctp is spoken", options_say_how_sctp_is_spoken },
        { "requests go again as is said", requests_go_again_as_is_said },
        { "overload is controlled as is said", overload_is_controlled_as_is_said },
        { "routes lead through policies where there are any", routes_lead_through_policies_where_there_are_any },
        { "identities and sockets are passed on", identities_and_sockets_are_passed_on },
        { "routes have all their criteria", routes_have_all_their_criteria },
        { "the driver hears of logs metrics and control", the_driver_hears_of_logs_metrics_and_control },
        { "two texts say the same or not", two_texts_say_the_same_or_not },
    };
    return HARNESS_RUN("agent/settings", tests);
}
