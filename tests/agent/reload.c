/* An agent's life: its node gets what the configuration says, and of a changed one the difference alone. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

enum { LISTENERS = 4 };

struct scene {
    struct net net;
    dia_agent *agent;
    dia_node *node, *client, *a, *b;
    dia_agent_mistakes mistakes;
    dia_agent_changes changes;
    /* the windows */
    struct {
        char uri[64], tls[8];
        dia_listener *as;
    } listener[LISTENERS];
    unsigned n_listens, n_relistens, n_unlistens;
    const char *taken; /* listening at this fails */
    bool crowded;      /* and at a port at which somebody listens already */
    bool everything_taken;
    const char *file;   /* what every file holds */
    char profiles[400]; /* what was done to profiles of tls, a word each */
    const char *bad;    /* a certificate that cannot be taken; and one that can when it is tried */
    const char *worse;
};

static int open_file(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    const struct scene *s = arg;
    (void)name, (void)why, (void)why_size;
    *text = dia_cstr(s->file);
    return 0;
}

static bool is_crowded(const struct scene *s, const char *text)
{
    dia_uri wanted, uri;
    for (size_t i = 0; i < LISTENERS && s->crowded && !dia_uri_parse(dia_cstr(text), &wanted); i++)
        if (s->listener[i].as && !dia_uri_parse(dia_cstr(s->listener[i].uri), &uri) && uri.port == wanted.port)
            return true;
    return false;
}

static int listen_at(void *arg, const dia_agent_listener *l, char *bound, size_t bound_size, char *why, size_t why_size)
{
    struct scene *s = arg;
    size_t i = 0;
    while (i < LISTENERS && s->listener[i].as)
        i++;
    if (i == LISTENERS)
        abort();
    if (s->everything_taken || (s->taken && strcmp(l->uri, s->taken) == 0) || is_crowded(s, l->uri)) {
        snprintf(why, why_size, "cannot listen at '%s': it is taken", l->uri);
        return DIA_ESYSTEM;
    }
    const int err = dia_node_add_listener(s->node, &l->as, &s->listener[i].as);
    if (err)
        return err;
    snprintf(s->listener[i].uri, sizeof s->listener[i].uri, "%s", l->uri);
    snprintf(s->listener[i].tls, sizeof s->listener[i].tls, "%s", l->socket.tls ? l->socket.tls : "");
    snprintf(bound, bound_size, "%s", l->uri);
    net_seat_of(&s->net, s->node)->listener = s->listener[i].as;
    s->n_listens++;
    return 0;
}

static void note(struct scene *s, const char *what, const char *name, const char *file)
{
    const size_t n = strlen(s->profiles);
    snprintf(s->profiles + n, sizeof s->profiles - n, "%s%s:%s%s%s", n ? " " : "", what, name ? name : "-",
             file ? "=" : "", file ? file : "");
}

static int try_tls(void *arg, const dia_tls_config *config, char *why, size_t why_size)
{
    const struct scene *s = arg;
    if (!s->bad || strcmp(config->certificate, s->bad) != 0)
        return 0;
    snprintf(why, why_size, "'%s' holds no certificate", config->certificate);
    return DIA_EINVAL;
}

static int use_tls(void *arg, const char *name, const dia_tls_config *config, char *why, size_t why_size)
{
    struct scene *s = arg;
    if (s->worse && strcmp(config->certificate, s->worse) == 0) {
        snprintf(why, why_size, "'%s' is gone", config->certificate);
        return DIA_EINVAL;
    }
    note(s, config->passphrase ? config->passphrase : "use", name, config->certificate);
    return 0;
}

static void end_tls(void *arg, const char *name)
{
    note(arg, "end", name, NULL);
}

static int speak_sctp(void *arg, const dia_sctp_config *config, char *why, size_t why_size)
{
    struct scene *s = arg;
    (void)why, (void)why_size;
    note(s, "sctp", config->stack == DIA_SCTP_USER ? "usrsctp" : "other", NULL);
    return 0;
}

static size_t listener_at(const struct scene *s, const char *bound)
{
    for (size_t i = 0; i < LISTENERS; i++)
        if (s->listener[i].as && strcmp(s->listener[i].uri, bound) == 0)
            return i;
    abort();
}

static void unlisten(void *arg, const char *bound)
{
    struct scene *s = arg;
    const size_t i = listener_at(s, bound);
    dia_node_remove_listener(s->node, s->listener[i].as);
    s->listener[i].as = NULL;
    net_seat_of(&s->net, s->node)->listener = NULL;
    s->n_unlistens++;
}

static int relisten(void *arg, const char *bound, const dia_agent_listener *l)
{
    struct scene *s = arg;
    const size_t i = listener_at(s, bound);
    dia_listener *other;
    const int err = dia_node_add_listener(s->node, &l->as, &other);
    if (err)
        return err;
    dia_node_remove_listener(s->node, s->listener[i].as);
    net_seat_of(&s->net, s->node)->listener = s->listener[i].as = other;
    snprintf(s->listener[i].tls, sizeof s->listener[i].tls, "%s", l->socket.tls ? l->socket.tls : "");
    s->n_relistens++;
    return 0;
}

/* ---- Configurations ---- */

#define WHO    "identity: {host: agent.example.net, realm: agent.example}\n"
#define LISTEN "listen: {uri: \"aaa://agent.example.net\", clear: yes, allow: \"client.example.net\"}\n"
#define A      "- {host: a.example.net, connect: \"aaa://a.example.net\", clear: yes}\n"
#define B      "- {host: b.example.net, connect: \"aaa://b.example.net\", clear: yes}\n"

/* An agent between a client and, as far as they are among its peers, servers a and b. False: no memory. */
static bool begin(struct scene *s, const char *text)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config open = { .allow = anybody, .watchdog_ms = 3600000 };
    memset(s, 0, sizeof *s);
    s->file = "26201,east\n";
    net_begin(&s->net);
    const dia_agent_options options = { .windows = { .open = open_file,
                                                     .listen = listen_at,
                                                     .unlisten = unlisten,
                                                     .relisten = relisten,
                                                     .try_tls = try_tls,
                                                     .tls = use_tls,
                                                     .tls_end = end_tls,
                                                     .sctp = speak_sctp,
                                                     .arg = s },
                                        .dicts = &dia_dicts_all,
                                        .alloc = harness_allocator() };
    if (!(s->a = net_add(&s->net, "a.example.net", &open)) || !(s->b = net_add(&s->net, "b.example.net", &open)) ||
        dia_serve_ro_ccr(s->a, net_serve, &(unsigned){ 0 }) || dia_serve_ro_ccr(s->b, net_serve, &(unsigned){ 0 }))
        return false;
    const int err = dia_agent_new(&options, dia_cstr(text), &s->agent, &s->mistakes);
    if (err)
        return false;
    s->node = net_add(&s->net, "agent.example.net", dia_agent_node_config(s->agent));
    return s->node && !dia_agent_start(s->agent, s->node, &s->mistakes) && (net_pump(&s->net), true);
}

static void end(struct scene *s)
{
    net_end(&s->net);
    dia_agent_free(s->agent);
}

static int reload(struct scene *s, const char *text)
{
    s->mistakes.n = s->mistakes.more = 0;
    const int err = dia_agent_reload(s->agent, dia_cstr(text), &s->changes, &s->mistakes);
    net_pump(&s->net);
    return err;
}

static bool is_open(const struct scene *s, const char *host)
{
    const dia_peer *peer = dia_node_find_peer(s->node, host);
    return peer && dia_peer_is_open(peer);
}

static const char *first_mistake(const struct scene *s)
{
    static char text[700];
    const dia_agent_mistake *m = &s->mistakes.v[0];
    if (!s->mistakes.n)
        return "none";
    snprintf(text, sizeof text, "%u:%u: %s: %s", (unsigned)m->line, (unsigned)m->column, m->path, m->text);
    return text;
}

static const char *words(const struct scene *s)
{
    static char text[300];
    dia_agent_changes_print(&s->changes, text, sizeof text);
    return text;
}

/* ---- Tests ---- */

static void an_agent_listens_connects_and_advertises(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A B));
    check_int(s.n_listens, 1);
    check(is_open(&s, "a.example.net"));
    check(is_open(&s, "b.example.net"));
    dia_peer_status status;
    need(dia_node_find_peer(s.a, "agent.example.net"));
    dia_peer_get_status(dia_node_find_peer(s.a, "agent.example.net"), &status);
    check(status.relay);
done:
    end(&s);
}

static void who_may_connect_is_said_by_the_listener(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN));
    check(net_hold_open(&s.net, s.node, "client.example.net") != NULL);
    check(net_hold_open(&s.net, s.node, "stranger.example.net") == NULL);
done:
    end(&s);
}

static void the_same_configuration_changes_nothing(void)
{
    struct scene s;
    static const char text[] = WHO LISTEN "peers:\n" A B "routes: {to: a.example.net}\n";
    need(begin(&s, text));
    const dia_conn *was = dia_peer_connection(dia_node_find_peer(s.node, "a.example.net"));
    need_int(reload(&s, text), 0);
    check_str(words(&s), "nothing has changed");
    check(was && dia_peer_connection(dia_node_find_peer(s.node, "a.example.net")) == was);
    check_int(s.n_listens + s.n_relistens + s.n_unlistens, 1);
done:
    end(&s);
}

static void peers_come_and_go_and_others_stay(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    const dia_conn *was = dia_peer_connection(dia_node_find_peer(s.node, "a.example.net"));
    need_int(reload(&s, WHO LISTEN "peers:\n" B A), 0);
    check_str(words(&s), "1 peer added");
    check(is_open(&s, "b.example.net"));
    check(dia_peer_connection(dia_node_find_peer(s.node, "a.example.net")) == was);

    need_int(reload(&s, WHO LISTEN "peers:\n" B), 0);
    check_str(words(&s), "1 peer removed");
    net_pass(&s.net, 6000);
    check(dia_node_find_peer(s.node, "a.example.net") == NULL);
    check(is_open(&s, "b.example.net"));
done:
    end(&s);
}

static void a_changed_peer_keeps_its_connection(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    const dia_conn *was = dia_peer_connection(dia_node_find_peer(s.node, "a.example.net"));
    need_int(
        reload(&s, WHO LISTEN
               "peers:\n- {host: A.example.net, connect: \"aaa://other.example.net\", clear: yes, watchdog: 60s}\n"),
        0);
    check_str(words(&s), "1 peer changed");
    const dia_peer *peer = dia_node_find_peer(s.node, "a.example.net");
    need(peer);
    check(dia_peer_connection(peer) == was);
    /* What a peer takes over from the whole changes with that. */
    need_int(reload(&s, WHO LISTEN
                    "reconnect: 1s\npeers:\n"
                    "- {host: A.example.net, connect: \"aaa://other.example.net\", clear: yes, watchdog: 60s}\n"),
             0);
    check_str(words(&s), "1 peer changed");
done:
    end(&s);
}

static void a_peer_is_taken_out_of_service_and_put_back(void)
{
    struct scene s;
#define DISABLED "- {host: a.example.net, connect: \"aaa://a.example.net\", clear: yes, disabled: yes}\n"
    need(begin(&s, WHO LISTEN "peers:\n" DISABLED));
    dia_peer_status status;
    need(dia_node_find_peer(s.node, "a.example.net"));
    dia_peer_get_status(dia_node_find_peer(s.node, "a.example.net"), &status);
    check(status.out_of_service);
    check(!is_open(&s, "a.example.net"));
    need_int(reload(&s, WHO LISTEN "peers:\n" A), 0);
    net_pass(&s.net, 6000);
    check(is_open(&s, "a.example.net"));
    need_int(reload(&s, WHO LISTEN "peers:\n" DISABLED), 0);
    net_pass(&s.net, 6000);
    check(!is_open(&s, "a.example.net"));
done:
    end(&s);
}

static void a_file_with_mistakes_changes_nothing(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    const int err = reload(&s, WHO LISTEN "peers:\n" B "routes: {to: c.example.net}\n");
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    check_str(first_mistake(&s), "5:14: routes.to: there is no peer 'c.example.net'; did you mean 'b.example.net'?");
    check(is_open(&s, "a.example.net"));
    check(dia_node_find_peer(s.node, "b.example.net") == NULL);
done:
    end(&s);
}

static void what_cannot_change_is_named(void)
{
    static const struct {
        const char *name, *text, *mistake;
    } rows[] = {
        { "identity", "identity: {host: other.example.net, realm: agent.example}\n" LISTEN "peers:\n" A,
          "1:11: identity: identity cannot change while the agent runs; allowed: what it was, or a new start" },
        { "connections",
          WHO LISTEN "peers:\n- {host: a.example.net, connect: \"aaa://a.example.net\", clear: yes, connections: 2}\n",
          "4:82: peers[0].connections: connections cannot change while the agent runs; allowed: what it was, or a new "
          "start" },
        { "reopen", WHO LISTEN "reopen: 1\npeers:\n" A,
          "3:9: reopen: reopen cannot change while the agent runs; allowed: what it was, or a new start" },
        { "reopen-discards", WHO LISTEN "reopen-discards: yes\npeers:\n" A,
          "3:18: reopen-discards: reopen-discards cannot change while the agent runs; allowed: what it was, or a new "
          "start" },
        { "capabilities-update", WHO LISTEN "capabilities-update: no\npeers:\n" A,
          "3:22: capabilities-update: capabilities-update cannot change while the agent runs; allowed: what it was, or "
          "a "
          "new start" },
        { "redirect", WHO LISTEN "redirect: no\npeers:\n" A,
          "3:11: redirect: redirect cannot change while the agent runs; allowed: what it was, or a new start" },
        { "realm-of-user-name", WHO LISTEN "realm-of-user-name: yes\npeers:\n" A,
          "3:21: realm-of-user-name: realm-of-user-name cannot change while the agent runs; allowed: what it was, or a "
          "new "
          "start" },
        { "socket",
          WHO
          "listen: {uri: \"aaa://agent.example.net\", clear: yes, allow: \"client.example.net\", socket: {dscp: 8}}\n"
          "peers:\n" A,
          "2:91: listen.socket: socket cannot change while the agent runs; allowed: what it was, or a new start" },
        { "sctp", WHO LISTEN "sctp: kernel\npeers:\n" A,
          "3:7: sctp: sctp cannot change while the agent runs; allowed: what it was, or a new start" },
    };
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        const int err = reload(&s, rows[i].text);
        need(err != DIA_ENOMEM);
        check_int(err, DIA_EFORMAT);
        check_str(first_mistake(&s), rows[i].mistake);
        check_int(s.mistakes.n, 1);
        check(is_open(&s, "a.example.net"));
    }
done:
    harness_row(NULL);
    end(&s);
}

static void listeners_come_and_go_and_change_whom_they_let_in(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN));
    struct net_wire *client = net_hold_open(&s.net, s.node, "client.example.net");
    need(client);
    need_int(reload(&s, WHO "listen: {uri: \"aaa://agent.example.net\", clear: yes, allow: \"guest.example.net\"}\n"),
             0);
    check_str(words(&s), "1 listener changed");
    check_int(s.n_relistens, 1);
    check(net_hold_open(&s.net, s.node, "guest.example.net") != NULL);
    check(is_open(&s, "client.example.net"));

    need_int(reload(&s, WHO "listen: {uri: \"aaa://agent.example.net:4000\", clear: yes, allow: \"*\"}\n"), 0);
    check_str(words(&s), "1 listener added, 1 removed");
    check_int(s.n_listens, 2);
    check_int(s.n_unlistens, 1);
    check(is_open(&s, "client.example.net"));

    /* One that takes its patterns over from the whole changes with that. */
    need_int(reload(&s, WHO "allow: a.example\nlisten: {uri: \"aaa://agent.example.net:4000\", clear: yes}\n"), 0);
    check_str(words(&s), "1 listener changed");
    need_int(reload(&s, WHO "allow: b.example\nlisten: {uri: \"aaa://agent.example.net:4000\", clear: yes}\n"), 0);
    check_str(words(&s), "1 listener changed");
    need_int(reload(&s, WHO "allow: b.example\nlisten: {uri: \"aaa://agent.example.net:4000\", clear: yes}\n"), 0);
    check_str(words(&s), "nothing has changed");
done:
    end(&s);
}

static void a_listener_that_cannot_be_takes_everything_back(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    s.taken = "aaa://agent.example.net:5000";
    const int err =
        reload(&s, WHO "applications: [relay, ro]\n"
                       "listen:\n- {uri: \"aaa://agent.example.net\", clear: yes, allow: \"guest.example.net\"}\n"
                       "- {uri: \"aaa://agent.example.net:4000\", clear: yes}\n"
                       "- {uri: \"aaa://agent.example.net:5000\", clear: yes}\npeers:\n" A B);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_ESYSTEM);
    check_str(first_mistake(&s), "6:9: listen[2].uri: cannot listen at 'aaa://agent.example.net:5000': it is taken");
    check(dia_node_find_peer(s.node, "b.example.net") == NULL);
    check_int(s.n_listens, 2);
    check_int(s.n_unlistens, 1);
    check_int(s.n_relistens, 2); /* there and back */
    net_seat_of(&s.net, s.node)->listener = s.listener[0].as;
    check(net_hold_open(&s.net, s.node, "client.example.net") != NULL);
done:
    end(&s);
}

#define AT(host) "listen: {uri: \"aaa://" host "\", clear: yes, allow: \"client.example.net\"}\n"

/* One port, and addresses of which one holds the other. */
static void a_listener_moves_to_an_address_that_overlaps(void)
{
    struct scene s;
    need(begin(&s, WHO AT("192.0.2.1")));
    need(net_hold_open(&s.net, s.node, "client.example.net"));
    s.crowded = true;
    need_int(reload(&s, WHO AT("0.0.0.0")), 0);
    check_str(words(&s), "1 listener added, 1 removed");
    check_str(s.listener[0].uri, "aaa://0.0.0.0");
    check_int(s.n_listens, 2);
    check_int(s.n_unlistens, 1);
    check(is_open(&s, "client.example.net"));
done:
    end(&s);
}

static void a_listener_that_made_way_in_vain_comes_back(void)
{
    struct scene s;
    need(begin(&s, WHO AT("192.0.2.1")));
    s.crowded = true;
    s.taken = "aaa://0.0.0.0";
    int err = reload(&s, WHO AT("0.0.0.0"));
    need(err != DIA_ENOMEM);
    check_int(err, DIA_ESYSTEM);
    check_str(first_mistake(&s), "2:15: listen.uri: cannot listen at 'aaa://0.0.0.0': it is taken");
    check_int(s.mistakes.n, 1);
    need(s.listener[0].as);
    check_str(s.listener[0].uri, "aaa://192.0.2.1");
    need_int(reload(&s, WHO AT("192.0.2.1")), 0);
    check_str(words(&s), "nothing has changed");

    /* Others that are in nobody's way stay where they are. */
    err = reload(&s, WHO AT("0.0.0.0:4000"));
    need_int(err, 0);
    s.taken = "aaa://0.0.0.0:5000";
    err = reload(&s, WHO AT("0.0.0.0:5000"));
    need(err != DIA_ENOMEM);
    check_int(err, DIA_ESYSTEM);
    check_int(s.n_unlistens, 2);
done:
    end(&s);
}

/* Somebody else was faster: that is told, and tried again by the next reload. */
static void a_listener_that_cannot_come_back_is_told(void)
{
    struct scene s;
    need(begin(&s, WHO AT("192.0.2.1")));
    s.crowded = true;
    s.everything_taken = true;
    const int err = reload(&s, WHO AT("0.0.0.0"));
    need(err != DIA_ENOMEM);
    check_int(err, DIA_ESYSTEM);
    check_int(s.mistakes.n, 2);
    check_str(s.mistakes.v[1].text,
              "what had ended for another one is not back: cannot listen at 'aaa://192.0.2.1': it "
              "is taken; reload once more");
    s.everything_taken = false;
    need_int(reload(&s, WHO AT("192.0.2.1")), 0);
    check_str(words(&s), "1 listener added");
    need(s.listener[0].as);
done:
    end(&s);
}

static void applications_come_and_go(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    need_int(reload(&s, WHO LISTEN "applications: [relay, ro]\npeers:\n" A), 0);
    check_str(words(&s), "1 application added");
    check(dia_node_withdraw(s.node, 4) == 0);
    check(dia_node_use(s.node, dia_dicts_application_named(&dia_dicts_all, DIA_STR("ro"))) == 0);
    need_int(reload(&s, WHO LISTEN "applications: gy\npeers:\n" A), 0); /* the same id, another dictionary */
    check_str(words(&s), "1 application removed");
    check_int(dia_node_withdraw(s.node, DIA_APP_RELAY), DIA_ENOENT);
    check_int(dia_node_withdraw(s.node, 4), 0);
done:
    end(&s);
}

static void limits_change_while_the_agent_runs(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN));
    need(net_hold_open(&s.net, s.node, "client.example.net"));
    need_int(reload(&s, WHO LISTEN "limits: {connections: 1}\n"), 0);
    check_str(words(&s), "limits");
    check(net_hold_open(&s.net, s.node, "client.example.net") == NULL);
    check(is_open(&s, "client.example.net"));
done:
    end(&s);
}

static void the_limit_of_a_peer_ends_with_it(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A "- {host: b.example.net, limit: 1/s}\n"));
    need_int(reload(&s, WHO LISTEN "peers:\n" A), 0);
    check_str(words(&s), "1 peer removed; policies");
    need_int(reload(&s, WHO LISTEN "peers:\n" A "- {host: b.example.net, limit: 1/s}\n"), 0);
    check_str(words(&s), "1 peer added; policies");
done:
    end(&s);
}

static void routes_and_policies_that_stay_keep_what_they_have_counted(void)
{
    struct scene s;
#define ROUTED                                                                                                         \
    WHO LISTEN "applications: [relay, ro]\npeers:\n" A "routes: {to: a.example.net}\npolicies: {limit: 5/s}\n"
    need(begin(&s, ROUTED));
    const dia_routes *routes = dia_node_routes(s.node);
    const dia_policies *policies = s.agent->made->policies;
    need(routes && policies);
    need_int(reload(&s, ROUTED "watchdog: 60s\n"), 0);
    check(dia_node_routes(s.node) == routes);
    check(s.agent->made->policies == policies);
    need_int(reload(&s, WHO LISTEN "applications: [relay, ro]\npeers:\n" A
                                   "routes: {to: a.example.net, choose: least}\npolicies: {limit: 6/s}\n"),
             0);
    check_str(words(&s), "1 peer changed; routes; policies");
    uint32_t id = 0;
    const dia_route *route = dia_routes_next(dia_node_routes(s.node), &id);
    need(route);
    check_int(route->choice, DIA_CHOICE_LEAST);
    need_int(reload(&s, WHO LISTEN "peers:\n" A), 0);
    check_str(words(&s), "1 application removed; routes; policies");
    check(!dia_node_routes(s.node) && !s.agent->made->policies);
done:
    end(&s);
}

static void a_table_counts_as_changed_when_its_file_has(void)
{
    struct scene s;
    static const char text[] = WHO LISTEN "peers:\n" A "tables: {numbers: {file: numbers.csv}}\n"
                                          "routes: {imsi: {table: numbers, value: east}, to: a.example.net}\n";
    need(begin(&s, text));
    const dia_routes *routes = dia_node_routes(s.node);
    need_int(reload(&s, text), 0);
    check_str(words(&s), "nothing has changed");
    check(dia_node_routes(s.node) == routes);

    s.file = "26201,east\n26202,east\n";
    need_int(reload(&s, text), 0);
    check_str(words(&s), "routes");
    need_int(reload(&s, text), 0);
    check_str(words(&s), "nothing has changed");
done:
    end(&s);
}

static void a_peer_that_is_removed_and_comes_back_at_once_is_told(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "peers:\n" A));
    s.mistakes.n = 0;
    int err = dia_agent_reload(s.agent, DIA_STR(WHO LISTEN), &s.changes, &s.mistakes);
    need_int(err, 0);
    err = dia_agent_reload(s.agent, DIA_STR(WHO LISTEN "peers:\n" A), &s.changes, &s.mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EEXIST);
    check_str(first_mistake(&s), "4:3: peers[0]: 'a.example.net' was removed a moment ago and still ends its requests; "
                                 "reload once more when it is gone");
    net_pump(&s.net);
    net_pass(&s.net, 6000);
    need_int(reload(&s, WHO LISTEN "peers:\n" A), 0);
    check(is_open(&s, "a.example.net"));
done:
    end(&s);
}

#define PROFILE(name, file) "  " name ": {certificate: " file ", trust: roots.pem}\n"

static void profiles_are_there_before_those_who_want_them(void)
{
    struct scene s;
    need(begin(&s,
               WHO "sctp: usrsctp\ntls:\n" PROFILE(
                   "default", "a.pem") "  other: {certificate: b.pem, trust: roots.pem, passphrase-file: secret}\n"
                                       "listen: {uri: \"aaas://agent.example.net\", allow: \"client.example.net\"}\n"));
    check_str(s.profiles, "sctp:usrsctp use:default=a.pem 26201,east:other=b.pem use:-=a.pem");
done:
    end(&s);
}

/* A renewed certificate has the name of the old one. */
static void files_are_read_anew_with_each_reload(void)
{
    struct scene s;
    static const char text[] = WHO LISTEN "tls:\n" PROFILE("x", "a.pem") "peers:\n" A;
    need(begin(&s, text));
    const dia_conn *was = dia_peer_connection(dia_node_find_peer(s.node, "a.example.net"));
    s.profiles[0] = 0;
    need_int(reload(&s, text), 0);
    check_str(s.profiles, "use:x=a.pem use:-=a.pem");
    check_str(words(&s), "1 tls profile read anew");
    check(was && dia_peer_connection(dia_node_find_peer(s.node, "a.example.net")) == was);
done:
    end(&s);
}

static void profiles_come_and_go_and_change(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "tls:\n" PROFILE("x", "a.pem") PROFILE("y", "b.pem") PROFILE("z", "c.pem")));
    check_str(s.profiles, "use:x=a.pem use:y=b.pem use:z=c.pem");
    s.profiles[0] = 0;
    need_int(reload(&s, WHO LISTEN "tls:\n" PROFILE("x", "a.pem") PROFILE("y", "other.pem") PROFILE("w", "d.pem")), 0);
    check_str(s.profiles, "use:w=d.pem use:x=a.pem use:y=other.pem end:z");
    check_str(words(&s), "1 tls profile added, 1 changed, 1 removed, 1 read anew");
    s.profiles[0] = 0;
    need_int(reload(&s, WHO LISTEN), 0);
    check_str(s.profiles, "end:x end:y end:w");
done:
    end(&s);
}

static void a_profile_that_is_bad_changes_nothing(void)
{
    struct scene s;
    need(begin(&s, WHO LISTEN "tls:\n" PROFILE("x", "a.pem") "peers:\n" A));
    s.profiles[0] = 0;
    s.bad = "bad.pem";
    int err = reload(&s, WHO LISTEN "tls:\n" PROFILE("x", "bad.pem") PROFILE("y", "b.pem") "peers:\n" B);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    check_str(first_mistake(&s), "4:20: tls.x.certificate: 'bad.pem' holds no certificate");
    check_str(s.profiles, "");
    /* It went bad between being tried and being taken. */
    s.worse = "bad.pem";
    s.bad = NULL;
    err = reload(&s, WHO LISTEN "tls:\n" PROFILE("x", "c.pem") PROFILE("y", "b.pem")
                         PROFILE("default", "bad.pem") "peers:\n" B);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EINVAL);
    check_str(s.profiles, "use:y=b.pem end:y");
    check(dia_node_find_peer(s.node, "b.example.net") == NULL);
    check(is_open(&s, "a.example.net"));
    s.profiles[0] = 0;
    err = reload(&s, WHO LISTEN "tls:\n" PROFILE("y", "b.pem") PROFILE("x", "bad.pem") "peers:\n" A B);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EINVAL);
    check_str(s.profiles, "use:y=b.pem end:y");
    check(is_open(&s, "a.example.net"));
done:
    end(&s);
}

/* Its connections keep what protects them. */
static void a_listener_takes_another_profile(void)
{
    struct scene s;
#define BOTH        "tls:\n" PROFILE("x", "a.pem") PROFILE("y", "b.pem")
#define BY(profile) "listen: {uri: \"aaas://agent.example.net\", allow: \"client.example.net\", tls: " profile "}\n"
    need(begin(&s, WHO BOTH BY("x")));
    need(net_hold_open(&s.net, s.node, "client.example.net"));
    check_str(s.listener[0].tls, "x");
    need_int(reload(&s, WHO BOTH BY("y")), 0);
    check_str(words(&s), "1 listener changed; 2 tls profiles read anew");
    check_int(s.n_relistens, 1);
    check_int(s.n_listens, 1);
    check_str(s.listener[0].tls, "y");
    check(is_open(&s, "client.example.net"));

    /* To one that comes with it, and back since something else cannot be. */
    s.taken = "aaa://agent.example.net:5000";
    const int err = reload(
        &s, WHO "tls:\n" PROFILE("y", "b.pem") PROFILE(
                "z", "c.pem") "listen:\n- {uri: \"aaas://agent.example.net\", allow: \"client.example.net\", tls: z}\n"
                              "- {uri: \"aaa://agent.example.net:5000\", clear: yes}\n");
    need(err != DIA_ENOMEM);
    check_int(err, DIA_ESYSTEM);
    check_str(s.listener[0].tls, "y");
done:
    end(&s);
}

static void changes_are_told_in_words(void)
{
    static const struct {
        dia_agent_changes changes;
        const char *words;
    } rows[] = {
        { { 0 }, "nothing has changed" },
        { { .peers_added = 2, .peers_changed = 1, .peers_removed = 3 }, "2 peers added, 1 changed, 3 removed" },
        { { .peers_removed = 1, .listeners_added = 1, .applications_removed = 2 },
          "1 peer removed; 1 listener added; 2 applications removed" },
        { { .routes = true, .policies = true, .limits = true, .settings = true, .listeners_changed = 1 },
          "1 listener changed; routes; policies; limits; settings" },
    };
    char text[300];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_agent_changes_print(&rows[i].changes, text, sizeof text);
        check_str(text, rows[i].words);
    }
    dia_agent_changes_print(&rows[1].changes, text, 8);
    check_str(text, "2 peers");
}

int main(void)
{
    const struct harness_test tests[] = {
        { "an agent listens connects and advertises", an_agent_listens_connects_and_advertises },
        { "who may connect is said by the listener", who_may_connect_is_said_by_the_listener },
        { "the same configuration changes nothing", the_same_configuration_changes_nothing },
        { "peers come and go and others stay", peers_come_and_go_and_others_stay },
        { "a changed peer keeps its connection", a_changed_peer_keeps_its_connection },
        { "a peer is taken out of service and put back", a_peer_is_taken_out_of_service_and_put_back },
        { "a file with mistakes changes nothing", a_file_with_mistakes_changes_nothing },
        { "what cannot change is named", what_cannot_change_is_named },
        { "listeners come and go and change whom they let in", listeners_come_and_go_and_change_whom_they_let_in },
        { "a listener that cannot be takes everything back", a_listener_that_cannot_be_takes_everything_back },
        { "a listener moves to an address that overlaps", a_listener_moves_to_an_address_that_overlaps },
        { "a listener that made way in vain comes back", a_listener_that_made_way_in_vain_comes_back },
        { "a listener that cannot come back is told", a_listener_that_cannot_come_back_is_told },
        { "applications come and go", applications_come_and_go },
        { "limits change while the agent runs", limits_change_while_the_agent_runs },
        { "the limit of a peer ends with it", the_limit_of_a_peer_ends_with_it },
        { "routes and policies that stay keep what they have counted",
          routes_and_policies_that_stay_keep_what_they_have_counted },
        { "a table counts as changed when its file has", a_table_counts_as_changed_when_its_file_has },
        { "a peer that is removed and comes back at once is told",
          a_peer_that_is_removed_and_comes_back_at_once_is_told },
        { "profiles are there before those who want them", profiles_are_there_before_those_who_want_them },
        { "files are read anew with each reload", files_are_read_anew_with_each_reload },
        { "profiles come and go and change", profiles_come_and_go_and_change },
        { "a profile that is bad changes nothing", a_profile_that_is_bad_changes_nothing },
        { "a listener takes another profile", a_listener_takes_another_profile },
        { "changes are told in words", changes_are_told_in_words },
    };
    return HARNESS_RUN("agent/reload", tests);
}
