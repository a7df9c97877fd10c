/* Protected connections: certificates that are shown and judged, and handshakes that fail. */
#include "pair.h"

enum { START = 1700000000, LIFE_S = 60 };

#define URI      "aaas://server.example.net"
#define URI_SCTP "aaas://server.example.net;transport=sctp"
#define CLEAR    "aaa://server.example.net"

static const char *const server_names[] = { "server.example.net", NULL },
                         *const client_names[] = { "client.example.net", NULL },
                         *const all_names[] = { "*.example.net", NULL },
                         *const other_names[] = { "other.example.net", NULL };
static const dia_sim_certificate of_server = { .names = server_names }, of_client = { .names = client_names },
                                 of_all = { .names = all_names }, of_other = { .names = other_names },
                                 untrusted = { .names = all_names, .untrusted = true },
                                 ended = { .names = all_names, .expires = START };

/* ---- TLS first ---- */

static void protected_peers_open_and_talk(void)
{
    static const char *const uris[] = { URI, URI_SCTP };
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        struct pair pair;
        harness_row(uris[i]);
        need(pair_begin_secure(&pair, &(struct pair_secure){ uris[i], &of_server, &of_client, 0, 0 }));
        dia_sim_run(pair.sim, 100);
        need(pair_is_open(&pair));
        check_int(pair.events[DIA_EVENT_SECURED], 2);
        dia_peer_status status;
        dia_peer_get_status(pair_peer(pair.client), &status);
        check_str(status.transport, i ? "SCTP" : "TCP");
        need(status.security);
        check_str(status.security->subject, "server.example.net");
        check_int(status.security->message_max, i ? 16384 : 0);
        need_int(pair_ask(&pair, 1), 0);
        dia_sim_run(pair.sim, 100);
        check_int(pair.answered, 1);
    done:
        pair_end(&pair);
    }
}

static void what_is_shown_decides(void)
{
    static const struct {
        const char *name;
        const dia_sim_certificate *server, *client;
        bool opens;
    } rows[] = {
        { "both name all hosts of the domain", &of_all, &of_all, true },
        { "the server shows nothing", NULL, &of_client, false },
        { "the client shows nothing", &of_server, NULL, false },
        { "the server's names another host", &of_other, &of_client, false },
        { "the client's names another host", &of_server, &of_other, false },
        { "nobody trusts the server's", &untrusted, &of_client, false },
        { "nobody trusts the client's", &of_server, &untrusted, false },
        { "the server's has ended", &ended, &of_client, false },
        { "the client's has ended", &of_server, &ended, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].name);
        need(pair_begin_secure(&pair, &(struct pair_secure){ URI, rows[i].server, rows[i].client, 0, 0 }));
        dia_sim_run(pair.sim, 500);
        check_int(pair_is_open(&pair), rows[i].opens);
        check_int(pair.events[DIA_EVENT_PEER_UP], rows[i].opens ? 2 : 0);
        check_int(pair.events[DIA_EVENT_CONNECT_FAILED], !rows[i].opens);
    done:
        pair_end(&pair);
    }
}

static void handshakes_may_fail_or_hang(void)
{
    struct pair pair;
    need(pair_begin_secure(&pair, &(struct pair_secure){ URI, &of_server, &of_client, 0, 0 }));
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .handshakes = DIA_SIM_REFUSE });
    dia_sim_run(pair.sim, 500);
    check_int(pair.events[DIA_EVENT_CONNECT_FAILED], 1);
    check_int(pair.events[DIA_EVENT_REFUSED], 1);
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .handshakes = DIA_SIM_IGNORE });
    dia_sim_run(pair.sim, 9000);
    check_int(pair.events[DIA_EVENT_CONNECT_FAILED], 1);
    dia_sim_run(pair.sim, 3000);
    check_int(pair.events[DIA_EVENT_CONNECT_FAILED], 2);
    check_int(pair.events[DIA_EVENT_REFUSED], 2);
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .delay_us = 0 });
    need(dia_sim_run_until(pair.sim, 5000, pair_is_open, &pair));
done:
    pair_end(&pair);
}

/* ---- Behind CER and CEA ---- */

static void inband_at_both_ends(void)
{
    static const struct {
        const char *name, *uri;
        dia_inband server, client;
        const dia_sim_certificate *shown;
        bool opens, secures;
    } rows[] = {
        { "both offer it", CLEAR, DIA_INBAND_OFFER, DIA_INBAND_OFFER, &of_client, true, true },
        { "both offer it, SCTP", CLEAR ";transport=sctp", DIA_INBAND_OFFER, DIA_INBAND_OFFER, &of_client, true, false },
        { "both demand it", CLEAR, DIA_INBAND_REQUIRE, DIA_INBAND_REQUIRE, &of_client, true, true },
        { "both demand it, SCTP", CLEAR ";transport=sctp", DIA_INBAND_REQUIRE, DIA_INBAND_REQUIRE, &of_client, false,
          false },
        { "only the server has it", CLEAR, DIA_INBAND_OFFER, DIA_INBAND_OFF, &of_client, true, false },
        { "only the server demands it", CLEAR, DIA_INBAND_REQUIRE, DIA_INBAND_OFF, &of_client, false, false },
        { "the client shows another name", CLEAR, DIA_INBAND_OFFER, DIA_INBAND_OFFER, &of_other, false, true },
        { "the client shows nothing", CLEAR, DIA_INBAND_OFFER, DIA_INBAND_OFFER, NULL, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        harness_row(rows[i].name);
        need(pair_begin_secure(
            &pair, &(struct pair_secure){ rows[i].uri, &of_server, rows[i].shown, rows[i].server, rows[i].client }));
        dia_sim_run(pair.sim, 500);
        check_int(pair_is_open(&pair), rows[i].opens);
        check_int(pair.events[DIA_EVENT_SECURED] > 0, rows[i].secures);
        if (rows[i].opens) {
            need_int(pair_ask(&pair, 1), 0);
            dia_sim_run(pair.sim, 100);
            check_int(pair.answered, 1);
        } else if (rows[i].secures) { /* B13-06: Closed at both ends */
            dia_sim_run(pair.sim, 100);
            check_int(dia_peer_get_state(pair_peer(pair.client)), DIA_PEER_CLOSED);
            check(!pair_peer(pair.server));
        }
    done:
        pair_end(&pair);
    }
}

/* ---- The end of a certificate ---- */

static void a_renewed_certificate_is_taken_in_time(void)
{
    static const dia_sim_certificate short_lived = { .names = server_names, .expires = START + LIFE_S };
    struct pair pair;
    need(pair_begin_secure(&pair, &(struct pair_secure){ URI, &short_lived, &of_client, 0, 0 }));
    dia_sim_run(pair.sim, 1000);
    need(pair_is_open(&pair));
    dia_sim_run(pair.sim, (LIFE_S - 10) * 1000u);
    need(pair_is_open(&pair));
    need_int(dia_sim_certify(pair.server, &of_server), 0);
    dia_sim_run(pair.sim, 20000);
    check(pair_is_open(&pair));
    check_int(pair.events[DIA_EVENT_CERTIFICATE], 1);
    check_int(pair.events[DIA_EVENT_PEER_DOWN], 2);
    check_int(pair.events[DIA_EVENT_PEER_UP], 4);
done:
    pair_end(&pair);
}

static void a_certificate_that_nobody_renews_ends_the_connection(void)
{
    static const dia_sim_certificate short_lived = { .names = server_names, .expires = START + LIFE_S };
    struct pair pair;
    need(pair_begin_secure(&pair, &(struct pair_secure){ URI, &short_lived, &of_client, 0, 0 }));
    dia_sim_run(pair.sim, 1000);
    need(pair_is_open(&pair));
    dia_sim_run(pair.sim, LIFE_S * 1000u);
    check(!pair_is_open(&pair));
    dia_sim_run(pair.sim, 60000);
    check(!pair_is_open(&pair));
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "protected_peers_open_and_talk", protected_peers_open_and_talk },
        { "what_is_shown_decides", what_is_shown_decides },
        { "handshakes_may_fail_or_hang", handshakes_may_fail_or_hang },
        { "inband_at_both_ends", inband_at_both_ends },
        { "a_renewed_certificate_is_taken_in_time", a_renewed_certificate_is_taken_in_time },
        { "a_certificate_that_nobody_renews_ends_the_connection",
          a_certificate_that_nobody_renews_ends_the_connection },
    };
    return HARNESS_RUN("sim/secure", tests);
}
