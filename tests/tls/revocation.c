/* OCSP responses that a server staples: what a client of ours makes of each. Lists of withdrawn certificates are among the
 * handshakes of stream.c. */
#include "ends.h"

static const struct row {
    const char *name, *certificate, *response;
    dia_tls_ocsp ocsp;
    dia_tls_version version;
    const char *at_client; /* "": it is open */
} rows[] = {
    { "good", "a", "a-good.der", DIA_TLS_OCSP_REQUIRE, DIA_TLS_1_3, "" },
    { "good, in 1.2", "a", "a-good.der", DIA_TLS_OCSP_REQUIRE, DIA_TLS_1_2, "" },
    { "good, by whom the issuer has named", "a", "a-delegated.der", DIA_TLS_OCSP_REQUIRE, DIA_TLS_1_3, "" },
    { "none", "a", NULL, DIA_TLS_OCSP_REQUIRE, DIA_TLS_1_3, "no OCSP response was stapled to its certificate" },
    { "none, in 1.2", "a", NULL, DIA_TLS_OCSP_REQUIRE, DIA_TLS_1_2, "no OCSP response was stapled" },
    { "none, and asked", "a", NULL, DIA_TLS_OCSP_ASK, DIA_TLS_1_3, "" },
    { "revoked", "a", "a-revoked.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_3, "its certificate was withdrawn on 20" },
    { "revoked, in 1.2", "a", "a-revoked.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_2, "its certificate was withdrawn on 20" },
    { "revoked, and nobody asks", "a", "a-revoked.der", DIA_TLS_OCSP_OFF, DIA_TLS_1_3, "" },
    { "unknown", "a", "a-unknown.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_3, "its issuer does not know its certificate" },
    { "old", "a", "a-old.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_3, "the OCSP response for its certificate ended on 20" },
    { "of another root", "a", "a-forged.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_3, "is not signed by one who may" },
    { "of a peer of the same issuer", "a", "a-peer.der", DIA_TLS_OCSP_ASK, DIA_TLS_1_3,
      "is not signed by one who may" },
};

static void run_row(const struct row *r)
{
    struct ends e = { 0 };
    dia_tls_config ours = ends_config("b"), theirs = ends_config(r->certificate);
    ours.ocsp = r->ocsp;
    ours.least = ours.most = r->version;
    theirs.ocsp_response = r->response ? ends_path(r->response) : NULL;
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    need_int(ends_new(&e, client, server, "a.example.net", NULL), 0);
    ends_pump(&e, 0);
    check(r->at_client[0] ? ends_says(dia_tls_stream_why(e.client), r->at_client) : !dia_tls_stream_why(e.client)[0]);
    check_int(dia_tls_stream_state(e.client), r->at_client[0] ? DIA_TLS_FAILED : DIA_TLS_OPEN);
    check_int(dia_tls_stream_state(e.server), r->at_client[0] ? DIA_TLS_FAILED : DIA_TLS_OPEN);
    if (r->at_client[0])
        check(ends_says(dia_tls_stream_why(e.server), "the other end does not accept our certificate"));
done:
    ends_free(&e);
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static void stapled_responses_are_judged(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        run_row(&rows[i]);
        harness_spare();
    }
    harness_row(NULL);
}

/* Freshness, by the clock of the context. */
static void response_gets_old(void)
{
    static const struct {
        int64_t hours;
        const char *why;
    } hours[] = { { 0, "" }, { 7, "the OCSP response for its certificate ended on" }, { -20, "from the future" } };
    pki_ocsp(ends_pki(), "a-day.der", "a", PKI_GOOD, "issuing", 6 * 3600);
    dia_tls_config ours = ends_config("b"), theirs = ends_config("a");
    ours.ocsp = DIA_TLS_OCSP_REQUIRE;
    theirs.ocsp_response = ends_path("a-day.der");
    dia_tls *client = ends_tls(&ours), *server = ends_tls(&theirs);
    need(client && server);
    const int64_t now = dia_tls_expires(server) - 3650 * 86400; /* when it was made */
    for (size_t i = 0; i < 3; i++) {
        struct ends e = { 0 };
        dia_tls_at(client, now + hours[i].hours * 3600);
        if (ends_new(&e, client, server, "a.example.net", NULL) == 0) {
            ends_pump(&e, 0);
            check(ends_says(dia_tls_stream_why(e.client), hours[i].why));
            check_int(dia_tls_stream_state(e.client), i ? DIA_TLS_FAILED : DIA_TLS_OPEN);
        }
        ends_free(&e);
        harness_spare();
    }
done:
    dia_tls_unref(client);
    dia_tls_unref(server);
}

static const struct harness_test tests[] = {
    { "stapled_responses_are_judged", stapled_responses_are_judged },
    { "response_gets_old", response_gets_old },
};

int main(void)
{
    return ENDS_RUN("tls/revocation", tests, NULL);
}
