/* What protects a connection: whom its certificate lets it be, and its end with the certificate. */
#include "certified.h"

enum { WALL_CLOCK = 1700000000, DAY = 86400 };

/* ---- TLS first ---- */

static struct rig_link *stand_secured(struct rig *rig, const dia_security *security)
{
    struct rig_link *link = rig_wanted(rig);
    dia_conn_info info = rig_info();
    info.security = security;
    rig_stand_as(rig, link, &info);
    return link;
}

/* B5.6-03 B13-04 */
static void a_secured_connection_is_as_any_other(void)
{
    struct rig rig;
    const dia_security security = certified_by(&certified_a);
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_accept_tls(&rig);
    need(link);
    check(!dia_conn_security(link->conn));
    rig_protect(&rig, link, &security);
    need(dia_conn_security(link->conn));
    check_str(dia_conn_security(link->conn)->subject, "CN=far end");
    check_int(rig_saw(&rig, DIA_EVENT_SECURED), 1);
    check_str(rig.events[DIA_EVENT_SECURED].reason, "TLSv1.3, TLS_AES_128_GCM_SHA256, certificate of CN=far end");
    rig_send_cer(&rig, link, "a.example.net");
    const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
    need(cea);
    need_int(cea->result_code, 2001);
    check_int(cea->inband_security_id.n, 0);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
done:
    rig_end(&rig);
}

static void no_certificate_is_said_so(void)
{
    struct rig rig;
    const dia_security security = { .protocol = "TLSv1.2", .cipher = "X", .subject = "" };
    need(rig_begin(&rig, &(dia_node_config){ .wall_clock = WALL_CLOCK }));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_accept_secured(&rig, &security);
    need(link);
    check_str(rig.events[DIA_EVENT_SECURED].reason, "TLSv1.2, X, no certificate");
    rig_send_cer(&rig, link, "a.example.net");
    check(rig_read(&rig, link, DIA_COMMAND_CEA));
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
done:
    rig_end(&rig);
}

static void octets_before_the_handshake_end_the_connection(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_accept_tls(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    check_int(link->ending, RIG_RESET);
    check(rig_is_silent(link));
    check_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
done:
    rig_end(&rig);
}

static void a_handshake_takes_no_longer_than_a_cer(void)
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .cer_ms = 10000 } }));
    struct rig_link *link = rig_accept_tls(&rig);
    need(link);
    rig_pass(&rig, 9999);
    check_int(link->ending, RIG_STAYS);
    rig_pass(&rig, 1);
    check_int(link->ending, RIG_RESET);
    check_str(rig.events[DIA_EVENT_REFUSED].reason, "the TLS handshake was not over in time");
done:
    rig_end(&rig);
}

static void a_handshake_that_fails_is_a_refusal(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = rig_accept_tls(&rig);
    need(link);
    rig_drop(&rig, link);
    check_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
    check_int(rig_saw(&rig, DIA_EVENT_SECURED), 0);
done:
    rig_end(&rig);
}

static void aaas_without_security_is_not_used(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", "aaas://far.example.net"));
    struct rig_link *link = rig_wanted(&rig);
    need(link);
    rig_stand(&rig, link);
    check(rig_is_silent(link));
    check_int(link->ending, RIG_RESET);
    check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
done:
    rig_end(&rig);
}

/* ---- Names ---- */

/* B13.2-01: for configured peers and strangers alike. */
static void a_cer_with_another_name_is_refused(void)
{
    static const char *const anybody[] = { "*", NULL };
    for (int configured = 0; configured < 2; configured++) {
        struct rig rig;
        const dia_security security = certified_by(&certified_z);
        harness_row(configured ? "configured" : "a stranger");
        need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
        need(!configured || rig_peer(&rig, "a.example.net", NULL));
        struct rig_link *link = rig_accept_secured(&rig, &security);
        need(link);
        rig_send_cer(&rig, link, "a.example.net");
        const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
        need(cea);
        check_int(cea->result_code, 3010);
        check_bytes(cea->error_message, dia_cstr("the certificate names others than a.example.net"));
        check_int(link->ending, RIG_CLOSED);
        check_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
        check_int(rig.events[DIA_EVENT_REFUSED].result_code, 3010);
        check_str(rig.events[DIA_EVENT_REFUSED].reason, "the certificate names others than a.example.net");
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
        check_int(rig.hub.n_peers, configured);
    done:
        rig_end(&rig);
    }
}

/* Not even a DWR is asked of the living connection. */
static void a_wrong_certificate_does_not_touch_a_living_peer(void)
{
    struct rig rig;
    const dia_security wrong = certified_by(&certified_z);
    struct rig_link *old = rig_begin_open(&rig, NULL);
    need(old);
    struct rig_link *link = rig_accept_secured(&rig, &wrong);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    need_int(rig_read_result(&rig, link), 3010);
    check(rig_is_silent(old));
    rig_pass(&rig, 5000);
    check_int(old->ending, RIG_STAYS);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
done:
    rig_end(&rig);
}

static void a_realm_may_be_named_instead(void)
{
    static const struct certificate of_realm = { .names = { NULL }, .realm = "example.net" };
    struct rig rig;
    const dia_security security = certified_by(&of_realm);
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_open_secured(&rig, "a.example.net", &security);
    need(link);
done:
    rig_end(&rig);
}

static void a_cea_with_another_name_ends_the_connection(void)
{
    struct rig rig;
    const dia_security security = certified_by(&certified_z);
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", "aaas://far.example.net"));
    struct rig_link *link = stand_secured(&rig, &security);
    check_int(rig_saw(&rig, DIA_EVENT_SECURED), 1);
    need(link && rig_read(&rig, link, DIA_COMMAND_CER));
    rig_send_cea(&rig, link, "a.example.net", 2001, link->header.hop_by_hop);
    check(link->ending != RIG_STAYS);
    check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
    check_int(rig.events[DIA_EVENT_CONNECT_FAILED].result_code, 3010);
    check_str(rig.events[DIA_EVENT_CONNECT_FAILED].reason, "the certificate names others than a.example.net");
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
done:
    rig_end(&rig);
}

/* RFC 6737 changes applications, and no names that the certificate does not bear. */
static void an_update_cannot_change_names(void)
{
    static const struct certificate of_realm = { .names = { NULL }, .realm = "example.net" };
    static const struct {
        const char *name, *host, *realm;
        uint32_t want;
    } rows[] = {
        { "all as it was", "a.example.net", "example.net", 2001 },
        { "another realm", "a.example.net", "example.org", 3010 },
        { "another host", "b.example.net", "example.net", 5012 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        const dia_security security = certified_by(&of_realm);
        harness_row(rows[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .capabilities_update = true }));
        need(rig_peer(&rig, "a.example.net", NULL));
        struct rig_link *link = rig_open_secured(&rig, "a.example.net", &security);
        need(link);
        const dia_cer cer = rig_cer(rows[i].host);
        const dia_cu_cur cur = { .origin_host = cer.origin_host,
                                 .origin_realm = dia_cstr(rows[i].realm),
                                 .host_ip_address = cer.host_ip_address,
                                 .product_name = cer.product_name,
                                 .auth_application_id = cer.auth_application_id };
        rig_send_request(&rig, link, rig.hub.cur, &cur);
        const dia_cu_cua *cua = rig_read(&rig, link, rig.hub.cua);
        need(cua);
        check_int(cua->result_code, rows[i].want);
        const dia_peer *peer = rig_find(&rig, "a.example.net");
        check_bytes(peer->realm, dia_cstr("example.net"));
    done:
        rig_end(&rig);
    }
}

/* ---- The end of a certificate ---- */

static dia_security until(const struct certificate *certificate, int64_t life_s, uint32_t warn_s)
{
    dia_security s = certified_by(certificate);
    s.expires = WALL_CLOCK + life_s;
    s.warn_s = warn_s;
    return s;
}

static struct rig_link *open_until(struct rig *rig, int64_t life_s, uint32_t warn_s)
{
    const dia_security security = until(&certified_a, life_s, warn_s);
    if (!rig_peer(rig, "a.example.net", NULL))
        return NULL;
    return rig_open_secured(rig, "a.example.net", &security);
}

static const dia_node_config quiet = { .wall_clock = WALL_CLOCK, .watchdog_ms = UINT32_MAX };

/* B13.1-06 B2.6-02 */
static void a_connection_ends_with_its_certificate(void)
{
    struct rig rig;
    need(rig_begin(&rig, &quiet));
    struct rig_link *link = open_until(&rig, DAY, 3600);
    need(link);
    rig_pass(&rig, (DAY - 3600) * 1000 - 1);
    check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), 0);
    rig_pass(&rig, 1);
    check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), 1);
    check_str(rig.events[DIA_EVENT_CERTIFICATE].reason, "the certificate of CN=far end ends in 60 minutes");
    check(rig_is_silent(link));
    rig_pass(&rig, 3600 * 1000 - 5001);
    check(rig_is_silent(link));
    rig_pass(&rig, 1);
    check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), 2);
    const dia_dpr *dpr = rig_read(&rig, link, DIA_COMMAND_DPR);
    need(dpr);
    check_int(dpr->disconnect_cause, DIA_CAUSE_REBOOTING);
done:
    rig_end(&rig);
}

/* B13.1-06: by the clock on the wall, whatever it was when the node began. */
static void a_certificate_ends_by_the_clock_that_was_set(void)
{
    for (int ahead = 0; ahead < 2; ahead++) {
        struct rig rig;
        harness_row(ahead ? "it was slow" : "it was fast");
        need(rig_begin(&rig, &quiet));
        struct rig_link *link = open_until(&rig, 3600, 0);
        need(link);
        rig_pass(&rig, 60000);
        dia_secure_set_clock(&rig.hub, ahead ? WALL_CLOCK + 3600 : WALL_CLOCK - DAY);
        rig_pass(&rig, ahead ? 1 : 3600 * 1000);
        check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), ahead);
        check_int(rig_is_silent(link), !ahead);
        rig_pass(&rig, DAY * 1000);
        check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), 1);
    done:
        rig_end(&rig);
    }
}

/* Requests under way have until then, and no longer. */
static void requests_under_way_end_before_the_certificate(void)
{
    struct rig rig;
    need(rig_begin(&rig, &quiet));
    struct rig_link *link = open_until(&rig, 60, 0);
    need(link);
    need(rig_request(&rig, link, 600000));
    need(rig_read_octets(link).p);
    rig_pass(&rig, 55000);
    check(rig_find(&rig, "a.example.net")->draining);
    check(rig_is_silent(link));
    rig_pass(&rig, 4999);
    check(rig_is_silent(link));
    rig_pass(&rig, 1);
    check(rig_read(&rig, link, DIA_COMMAND_DPR));
done:
    rig_end(&rig);
}

/* Somebody takes the leaving back, but not the end. */
static void the_end_of_a_certificate_is_final(void)
{
    struct rig rig;
    need(rig_begin(&rig, &quiet));
    struct rig_link *link = open_until(&rig, 60, 0);
    need(link);
    need(rig_request(&rig, link, 600000));
    need(rig_read_octets(link).p);
    rig_pass(&rig, 56000);
    need(rig_find(&rig, "a.example.net")->draining);
    rig_find(&rig, "a.example.net")->draining = false;
    dia_peer_set_alarm(rig_find(&rig, "a.example.net"));
    rig_pass(&rig, 3999);
    check(rig_is_silent(link));
    rig_pass(&rig, 1);
    check(rig_read(&rig, link, DIA_COMMAND_DPR));
done:
    rig_end(&rig);
}

static void a_certificate_that_has_ended_opens_nothing(void)
{
    struct rig rig;
    const dia_security security = until(&certified_a, -1, DAY);
    need(rig_begin(&rig, &quiet));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_accept_secured(&rig, &security);
    need(link);
    rig_pass(&rig, 0);
    check(link->ending != RIG_STAYS);
    check_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
done:
    rig_end(&rig);
}

static void far_ends_of_certificates_do_no_harm(void)
{
    static const int64_t lives[] = { INT64_MAX - WALL_CLOCK, INT64_MAX / 1000000 * 2, INT64_C(253402300799) };
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        struct rig rig;
        harness_row(i ? "far" : "farthest");
        need(rig_begin(&rig, &quiet));
        struct rig_link *link = open_until(&rig, lives[i], DAY);
        need(link);
        rig_pass(&rig, DAY * 1000);
        check_int(rig_saw(&rig, DIA_EVENT_CERTIFICATE), 0);
        check_int(link->ending, RIG_STAYS);
    done:
        rig_end(&rig);
    }
}

/* B2.7-07 B2.6-02: a stranger is forgotten with it. */
static void a_stranger_goes_with_its_certificate(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct rig rig;
    dia_node_config config = quiet;
    config.allow = anybody;
    need(rig_begin(&rig, &config));
    const dia_security security = until(&certified_a, 60, 0);
    struct rig_link *link = rig_open_secured(&rig, "a.example.net", &security);
    need(link);
    need_int(rig.hub.n_peers, 1);
    rig_pass(&rig, 55000);
    need(rig_read(&rig, link, DIA_COMMAND_DPR));
    rig_send_dpa(&rig, link, link->header.hop_by_hop);
    rig_drop(&rig, link);
    check_int(rig.hub.n_peers, 0);
done:
    rig_end(&rig);
}

/* ---- Long messages ---- */

static void a_message_longer_than_the_connection_carries_is_not_formed(void)
{
    struct rig rig;
    dia_security security = certified_by(&certified_a);
    security.message_max = 4096;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = rig_open_secured(&rig, "a.example.net", &security);
    need(link);
    check_int(dia_conn_longest(link->conn), 4096);
    static char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    const dia_dwr dwr = { .origin_host = dia_cstr(long_text), .origin_realm = DIA_LIT("example.net") };
    check_int(dia_conn_say(link->conn, DIA_COMMAND_DWR, &dwr, DIA_LEVEL_OFF, &(dia_header){ 0 }), DIA_ESPACE);
    check(rig_is_silent(link));
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_secured_connection_is_as_any_other", a_secured_connection_is_as_any_other },
        { "no_certificate_is_said_so", no_certificate_is_said_so },
        { "octets_before_the_handshake_end_the_connection", octets_before_the_handshake_end_the_connection },
        { "a_handshake_takes_no_longer_than_a_cer", a_handshake_takes_no_longer_than_a_cer },
        { "a_handshake_that_fails_is_a_refusal", a_handshake_that_fails_is_a_refusal },
        { "aaas_without_security_is_not_used", aaas_without_security_is_not_used },
        { "a_cer_with_another_name_is_refused", a_cer_with_another_name_is_refused },
        { "a_wrong_certificate_does_not_touch_a_living_peer", a_wrong_certificate_does_not_touch_a_living_peer },
        { "a_realm_may_be_named_instead", a_realm_may_be_named_instead },
        { "a_cea_with_another_name_ends_the_connection", a_cea_with_another_name_ends_the_connection },
        { "an_update_cannot_change_names", an_update_cannot_change_names },
        { "a_connection_ends_with_its_certificate", a_connection_ends_with_its_certificate },
        { "a_certificate_ends_by_the_clock_that_was_set", a_certificate_ends_by_the_clock_that_was_set },
        { "requests_under_way_end_before_the_certificate", requests_under_way_end_before_the_certificate },
        { "the_end_of_a_certificate_is_final", the_end_of_a_certificate_is_final },
        { "a_certificate_that_has_ended_opens_nothing", a_certificate_that_has_ended_opens_nothing },
        { "far_ends_of_certificates_do_no_harm", far_ends_of_certificates_do_no_harm },
        { "a_stranger_goes_with_its_certificate", a_stranger_goes_with_its_certificate },
        { "a_message_longer_than_the_connection_carries_is_not_formed",
          a_message_longer_than_the_connection_carries_is_not_formed },
    };
    return HARNESS_RUN("peer/secure", tests);
}
