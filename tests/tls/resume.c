/* Sessions that are resumed where that is wanted, and only as long as both believe the same. */
#include "ends.h"

enum outcome { FAILED, FULL, RESUMED };

/* One connection. */
static enum outcome connect_once(dia_tls *client, dia_tls *server, const char *name)
{
    struct ends e = { 0 };
    enum outcome outcome = FAILED;
    need_int(ends_new(&e, client, server, name, NULL), 0);
    ends_pump(&e, 0);
    if (dia_tls_stream_state(e.client) != DIA_TLS_OPEN || dia_tls_stream_state(e.server) != DIA_TLS_OPEN)
        goto done;
    outcome = dia_tls_stream_resumed(e.client) ? RESUMED : FULL;
    check_int(dia_tls_stream_resumed(e.server), outcome == RESUMED);
    const dia_security *at_server = dia_tls_stream_security(e.server);
    const dia_security *at_client = dia_tls_stream_security(e.client);
    check_str(at_server->subject, "O=Diatom tests,CN=a"); /* what is known of the other end goes on, too */
    check(at_server->expires > 1000000000);
    check(at_client->expires > 1000000000);
    check(at_server->names(at_server->arg, DIA_STR("a.example.net"), DIA_STR(""), NULL, 0));
done:
    ends_free(&e);
    return outcome;
}

static dia_tls *tls_of(const char *name, dia_tls_version version, bool resumption)
{
    dia_tls_config c = ends_config(name);
    c.least = c.most = version;
    c.resumption = resumption;
    return ends_tls(&c);
}

static void second_connection_is_resumed(void)
{
    static const dia_tls_version versions[] = { DIA_TLS_1_3, DIA_TLS_1_2 };
    for (int i = 0; i < 2; i++) {
        dia_tls *client = tls_of("a", versions[i], true), *server = tls_of("both", versions[i], true);
        need(client && server);
        check_int(connect_once(client, server, "b.example.net"), FULL);
        for (int j = 0; j < 3; j++)
            check_int(connect_once(client, server, "b.example.net"), RESUMED);
        check_int(connect_once(client, server, "a.example.net"), FULL); /* another host */
    done:
        dia_tls_unref(client);
        dia_tls_unref(server);
        harness_spare();
    }
}

static void nothing_is_resumed_unless_both_want_it(void)
{
    static const struct {
        bool client, server;
    } rows[] = { { false, false }, { true, false }, { false, true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_tls *client = tls_of("a", DIA_TLS_DEFAULT, rows[i].client);
        dia_tls *server = tls_of("b", DIA_TLS_DEFAULT, rows[i].server);
        if (client && server) {
            check_int(connect_once(client, server, "b.example.net"), FULL);
            check_int(connect_once(client, server, "b.example.net"), FULL);
        }
        dia_tls_unref(client);
        dia_tls_unref(server);
        harness_spare();
    }
}

/* A context takes the place of another: tickets go on, unless the new one believes others. */
static void reload_keeps_sessions_among_those_who_believe_the_same(void)
{
    dia_tls *client = tls_of("a", DIA_TLS_DEFAULT, true), *server = tls_of("b", DIA_TLS_DEFAULT, true);
    dia_tls *client2 = tls_of("a", DIA_TLS_DEFAULT, true), *server2 = tls_of("b", DIA_TLS_DEFAULT, true);
    dia_tls_config strict = ends_config("b");
    strict.resumption = true;
    strict.crl = ends_path("crl.pem");
    dia_tls *server3 = ends_tls(&strict), *client3 = NULL;
    strict = ends_config("a");
    strict.resumption = true;
    strict.crl = ends_path("crl.pem");
    client3 = ends_tls(&strict);
    need(client && server && client2 && server2 && client3 && server3);
    check_int(connect_once(client, server, "b.example.net"), FULL);
    dia_tls_inherit(server2, server);
    dia_tls_inherit(client2, client);
    check_int(connect_once(client2, server2, "b.example.net"), RESUMED);
    dia_tls_inherit(server3, server2);
    check_int(connect_once(client2, server3, "b.example.net"), FULL);
    dia_tls_inherit(client3, client2);
    check_int(connect_once(client3, server3, "b.example.net"), FULL);
    check_int(connect_once(client3, server3, "b.example.net"), RESUMED);
done:
    dia_tls_unref(client);
    dia_tls_unref(server);
    dia_tls_unref(client2);
    dia_tls_unref(server2);
    dia_tls_unref(client3);
    dia_tls_unref(server3);
}

/* The certificate was looked at when the session began; what it must bear now may be more. */
static void resumed_session_must_bear_the_names_of_now(void)
{
    dia_tls *client = tls_of("a", DIA_TLS_DEFAULT, true), *server = tls_of("b", DIA_TLS_DEFAULT, true);
    struct ends e = { 0 };
    need(client && server);
    need_int(connect_once(client, server, "b.example.net"), FULL);
    need_int(ends_new(&e, client, server, "b.example.net", "example.net"), 0);
    ends_pump(&e, 0);
    check(dia_tls_stream_resumed(e.client));
    check_int(dia_tls_stream_state(e.client), DIA_TLS_FAILED);
    check_str(dia_tls_stream_why(e.client),
              "certificate of O=Diatom tests,CN=b (b.example.net) does not name example.net");
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

/* A session does not outlive the certificates that it was made with. */
static void session_ends_with_the_certificate(void)
{
    dia_tls *client = tls_of("soon", DIA_TLS_DEFAULT, true), *server = tls_of("b", DIA_TLS_DEFAULT, true);
    struct ends e = { 0 };
    need(client && server);
    need_int(ends_new(&e, client, server, "b.example.net", NULL), 0);
    ends_pump(&e, 0);
    const dia_security *security = dia_tls_stream_security(e.server);
    need(security);
    dia_tls_at(server, security->expires + 60);
    ends_free(&e);
    need_int(ends_new(&e, client, server, "b.example.net", NULL), 0);
    ends_pump(&e, 0);
    check_int(dia_tls_stream_state(e.server), DIA_TLS_FAILED);
    check(ends_says(dia_tls_stream_why(e.server), "CN=soon ended on "));
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static const struct harness_test tests[] = {
    { "second_connection_is_resumed", second_connection_is_resumed },
    { "nothing_is_resumed_unless_both_want_it", nothing_is_resumed_unless_both_want_it },
    { "reload_keeps_sessions_among_those_who_believe_the_same",
      reload_keeps_sessions_among_those_who_believe_the_same },
    { "resumed_session_must_bear_the_names_of_now", resumed_session_must_bear_the_names_of_now },
    { "session_ends_with_the_certificate", session_ends_with_the_certificate },
};

int main(void)
{
    return ENDS_RUN("tls/resume", tests, NULL);
}
