/* TLS behind CER and CEA, which Inband-Security-Id agrees on (RFC 6733, 6.10 and 13). */
#include "certified.h"

#include <stdio.h>

static const uint32_t none[] = { 0 }, tls[] = { 1 }, both[] = { 0, 1 }, other[] = { 7 };
#define NOTHING                                                                                                        \
    {                                                                                                                  \
        NULL, 0                                                                                                        \
    }

static bool is_list(dia_u32_list list, const char *want)
{
    char text[20] = "";
    for (size_t i = 0; i < list.n && i < 4; i++)
        snprintf(text + i, sizeof text - i, "%u", (unsigned)list.v[i]);
    check_str(text, want);
    return !strcmp(text, want);
}

static struct rig_link *accept_inband(struct rig *rig, dia_listener *listener, dia_inband inband)
{
    dia_conn_info info = rig_info();
    *listener = (dia_listener){ .refs = 2, .hub = &rig->hub, .self = rig->hub.self, .inband = inband };
    info.listener = listener;
    return rig_accept_as(rig, &info);
}

static void send_cer_with(struct rig *rig, struct rig_link *link, const char *host, dia_u32_list inband)
{
    dia_cer cer = rig_cer(host);
    cer.inband_security_id = inband;
    rig_send_request(rig, link, DIA_COMMAND_CER, &cer);
}

/* B13-05 B5.3-10 B6.10-01: what a responder makes of a CER. */
static void a_responder_agrees_or_refuses(void)
{
    static const struct {
        const char *name;
        dia_inband ours;
        dia_u32_list theirs;
        uint32_t result_code;
        const char *said; /* in CEA */
        bool secures;
    } rows[] = {
        { "off, nothing said", DIA_INBAND_OFF, NOTHING, 2001, "", false },
        { "off, none", DIA_INBAND_OFF, DIA_LIST(none), 2001, "", false },
        { "off, both", DIA_INBAND_OFF, DIA_LIST(both), 2001, "", false },
        { "off, TLS alone", DIA_INBAND_OFF, DIA_LIST(tls), 5017, "", false },
        { "offered, nothing said", DIA_INBAND_OFFER, NOTHING, 2001, "0", false },
        { "offered, none", DIA_INBAND_OFFER, DIA_LIST(none), 2001, "0", false },
        { "offered, both", DIA_INBAND_OFFER, DIA_LIST(both), 2001, "1", true },
        { "offered, TLS alone", DIA_INBAND_OFFER, DIA_LIST(tls), 2001, "1", true },
        { "offered, something else", DIA_INBAND_OFFER, DIA_LIST(other), 5017, "10", false },
        { "required, nothing said", DIA_INBAND_REQUIRE, NOTHING, 5017, "1", false },
        { "required, none", DIA_INBAND_REQUIRE, DIA_LIST(none), 5017, "1", false },
        { "required, both", DIA_INBAND_REQUIRE, DIA_LIST(both), 2001, "1", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_listener listener;
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "a.example.net", NULL));
        struct rig_link *link = accept_inband(&rig, &listener, rows[i].ours);
        need(link);
        send_cer_with(&rig, link, "a.example.net", rows[i].theirs);
        const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
        need(cea);
        check_int(cea->result_code, rows[i].result_code);
        check(is_list(cea->inband_security_id, rows[i].said));
        check_int(link->secure_wished, rows[i].secures);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), rows[i].result_code == 2001 && !rows[i].secures);
    done:
        rig_end(&rig);
    }
}

static dia_peer *aim(struct rig *rig, const char *host, const dia_peer_config *config)
{
    dia_peer *peer = rig_peer(rig, host, NULL);
    dia_target *target = peer ? dia_target_new(&rig->hub, config) : NULL;
    if (!target)
        return NULL;
    dia_peer_aim(peer, target);
    dia_peer_step(peer, DIA_ON_START, &(dia_peer_input){ NULL });
    rig_pump(rig);
    return peer;
}

static dia_peer *aim_inband(struct rig *rig, const char *host, const char *connect, dia_inband inband)
{
    return aim(rig, host, &(dia_peer_config){ .connect = connect, .inband = inband });
}

static void send_cea_with(struct rig *rig, struct rig_link *link, dia_u32_list inband)
{
    const dia_cer cer = rig_cer("a.example.net");
    const dia_cea cea = { .result_code = 2001,
                          .origin_host = cer.origin_host,
                          .origin_realm = cer.origin_realm,
                          .host_ip_address = cer.host_ip_address,
                          .product_name = cer.product_name,
                          .auth_application_id = cer.auth_application_id,
                          .inband_security_id = inband };
    rig_send(rig, link, DIA_COMMAND_CEA, &cea, &(dia_header){ .hop_by_hop = link->header.hop_by_hop });
}

/* B13-05: what an initiator says, and makes of a CEA. */
static void an_initiator_offers_and_agrees(void)
{
    static const struct {
        const char *name;
        dia_inband ours;
        const char *said; /* in CER */
        dia_u32_list theirs;
        bool stays, secures;
    } rows[] = {
        { "off", DIA_INBAND_OFF, "", NOTHING, true, false },
        { "off, TLS alone", DIA_INBAND_OFF, "", DIA_LIST(tls), false, false },
        { "offered, not taken", DIA_INBAND_OFFER, "10", NOTHING, true, false },
        { "offered, refused", DIA_INBAND_OFFER, "10", DIA_LIST(none), true, false },
        { "offered and taken", DIA_INBAND_OFFER, "10", DIA_LIST(tls), true, true },
        { "offered on both ends", DIA_INBAND_OFFER, "10", DIA_LIST(both), true, true },
        { "required, not taken", DIA_INBAND_REQUIRE, "1", NOTHING, false, false },
        { "required and taken", DIA_INBAND_REQUIRE, "1", DIA_LIST(tls), true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(aim_inband(&rig, "a.example.net", "aaa://far.example.net", rows[i].ours));
        struct rig_link *link = rig_wanted(&rig);
        rig_stand(&rig, link);
        const dia_cer *cer = rig_read(&rig, link, DIA_COMMAND_CER);
        need(cer);
        check(is_list(cer->inband_security_id, rows[i].said));
        send_cea_with(&rig, link, rows[i].theirs);
        check_int(link->ending == RIG_STAYS, rows[i].stays);
        check_int(link->secure_wished, rows[i].secures);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), rows[i].stays && !rows[i].secures);
        check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), !rows[i].stays);
    done:
        rig_end(&rig);
    }
}

/* Whoever says to be a, with TLS to come; NULL: it does not come to that. */
static struct rig_link *claim(struct rig *rig, dia_listener *listener)
{
    struct rig_link *link = accept_inband(rig, listener, DIA_INBAND_OFFER);
    send_cer_with(rig, link, "a.example.net", (dia_u32_list)DIA_LIST(tls));
    return rig_read_result(rig, link) == 2001 && link->secure_wished ? link : NULL;
}

/* Both at the point where TLS begins. */
static struct rig_link *begin_inband_r(struct rig *rig, dia_listener *listener)
{
    return rig_peer(rig, "a.example.net", NULL) ? claim(rig, listener) : NULL;
}

static struct rig_link *begin_inband_i(struct rig *rig)
{
    if (!aim_inband(rig, "a.example.net", "aaa://far.example.net", DIA_INBAND_OFFER))
        return NULL;
    struct rig_link *link = rig_reach(rig);
    if (!link)
        return NULL;
    send_cea_with(rig, link, (dia_u32_list)DIA_LIST(tls));
    return link->secure_wished ? link : NULL;
}

/* B13-05: it is open behind the handshake, at both ends. */
static void a_peer_is_open_when_it_is_secured(void)
{
    for (int initiates = 0; initiates < 2; initiates++) {
        struct rig rig;
        dia_listener listener;
        const dia_security security = certified_by(&certified_a);
        harness_row(initiates ? "initiator" : "responder");
        need(rig_begin(&rig, NULL));
        struct rig_link *link = initiates ? begin_inband_i(&rig) : begin_inband_r(&rig, &listener);
        need(link);
        need_int(rig_find(&rig, "a.example.net")->state, initiates ? DIA_PEER_I_OPEN : DIA_PEER_R_OPEN);
        check(!dia_peer_conn(rig_find(&rig, "a.example.net")));
        check_int(rig.opened, 0);
        check(rig_is_silent(link));
        rig_protect(&rig, link, &security);
        check(dia_peer_conn(rig_find(&rig, "a.example.net")) == link->conn);
        check_int(rig.opened, 1);
        check_int(rig_saw(&rig, DIA_EVENT_SECURED), 1);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
        rig_send_dwr(&rig, link);
        check(rig_read(&rig, link, DIA_COMMAND_DWA));
        rig_pass(&rig, 15000);
        check_int(link->ending, RIG_STAYS);
    done:
        rig_end(&rig);
    }
}

/* Behind the address that led to TLS comes Tc, and then the first one again, as if it had led to a connection in clear. */
static void what_tls_has_opened_ends_the_round_of_addresses(void)
{
    static const char *const also[] = { "aaa://b.example.net", "aaa://c.example.net", NULL };
    const dia_peer_config config = { .connect = "aaa://a.example.net", .also = also, .inband = DIA_INBAND_OFFER };
    const dia_security security = certified_by(&certified_a);
    struct rig rig;
    need(rig_begin(&rig, NULL));
    const dia_peer *peer = aim(&rig, "a.example.net", &config);
    need(peer);
    rig_drop(&rig, rig_wanted(&rig));
    check_int(peer->at, 1);
    rig_pass(&rig, 0);
    struct rig_link *link = rig_reach(&rig);
    need(link);
    send_cea_with(&rig, link, (dia_u32_list)DIA_LIST(tls));
    rig_protect(&rig, link, &security);
    check_int(rig.opened, 1);
    check_int(peer->at, 0);
    rig_drop(&rig, link);
    rig_pass(&rig, 20000);
    check(!rig_wanted(&rig));
    rig_pass(&rig, 20000);
    check(rig_wanted(&rig));
    check_int(peer->at, 0);
done:
    rig_end(&rig);
}

/* B13-06: Closed at both ends, and whoever connects counts it as a failure. */
static void a_failed_handshake_leads_to_closed(void)
{
    enum { FAILS, TIMES_OUT, MISNAMES, STOPS, ROWS };
    static const char *const rows[] = { "it fails", "nothing comes", "another name", "the peer is left" };
    for (int i = 0; i < 2 * ROWS; i++) {
        struct rig rig;
        dia_listener listener;
        const dia_security wrong = certified_by(&certified_z);
        const bool initiates = i % 2;
        harness_row(rows[i / 2]);
        need(rig_begin(&rig, NULL));
        struct rig_link *link = initiates ? begin_inband_i(&rig) : begin_inband_r(&rig, &listener);
        need(link);
        switch (i / 2) {
        case FAILS: rig_drop(&rig, link); break;
        case TIMES_OUT:
            rig_pass(&rig, 10000);
            check_int(link->ending, RIG_RESET);
            break;
        case MISNAMES:
            rig_protect(&rig, link, &wrong);
            check_int(link->ending, RIG_CLOSED);
            break;
        default:
            rig_find(&rig, "a.example.net")->disabled = true;
            dia_peer_leave(rig_find(&rig, "a.example.net"), DIA_CAUSE_BUSY, rig.hub.now.us + 5000000, "out of service");
            rig_pump(&rig);
            check_int(link->ending, RIG_RESET);
            check(rig_is_silent(link));
        }
        check_int(rig_find(&rig, "a.example.net")->state, DIA_PEER_CLOSED);
        check_int(rig.opened, 0);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
        check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), initiates && i / 2 != STOPS);
        check_int(rig_saw(&rig, DIA_EVENT_REFUSED), !initiates && i / 2 != STOPS);
        check_int(rig_find(&rig, "a.example.net")->failures, initiates && i / 2 != STOPS);
    done:
        rig_end(&rig);
    }
}

/* Whoever comes in our peer's name and fails does not move our own attempts. */
static void a_failed_handshake_of_theirs_is_no_attempt_of_ours(void)
{
    struct rig rig;
    dia_listener listener;
    need(rig_begin(&rig, NULL));
    struct rig_link *link = begin_inband_r(&rig, &listener);
    need(link);
    need(rig_aim(rig_find(&rig, "a.example.net"), "a.example.net"));
    rig_drop(&rig, link);
    check_int(rig_find(&rig, "a.example.net")->state, DIA_PEER_CLOSED);
    check_int(rig_find(&rig, "a.example.net")->at, 0);
    check_int(rig_find(&rig, "a.example.net")->failures, 0);
done:
    rig_end(&rig);
}

/* What stands in clear where TLS begins may have been put there on the way. */
static void clear_octets_behind_the_agreement_end_it(void)
{
    for (int initiates = 0; initiates < 2; initiates++) {
        struct rig rig;
        dia_listener listener;
        harness_row(initiates ? "initiator" : "responder");
        need(rig_begin(&rig, NULL));
        struct rig_link *link = initiates ? begin_inband_i(&rig) : begin_inband_r(&rig, &listener);
        need(link);
        rig_send_dwr(&rig, link);
        check_int(link->ending, RIG_RESET);
        check(rig_is_silent(link));
        check_int(rig_find(&rig, "a.example.net")->state, DIA_PEER_CLOSED);
    done:
        rig_end(&rig);
    }
}

static void clear_octets_in_the_segment_of_the_cer_end_it(void)
{
    struct rig rig;
    dia_listener listener;
    uint8_t buf[2048];
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = accept_inband(&rig, &listener, DIA_INBAND_OFFER);
    need(link);
    dia_cer cer = rig_cer("a.example.net");
    cer.inband_security_id = (dia_u32_list)DIA_LIST(tls);
    const dia_header ids = { .hop_by_hop = RIG_HOP };
    const int64_t n = dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_OFF, &ids, NULL, buf, sizeof buf - 1, NULL, NULL);
    need(n > 0);
    buf[n] = 0x16;
    rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n + 1 });
    check_int(link->ending, RIG_RESET);
    check_int(rig_find(&rig, "a.example.net")->state, DIA_PEER_CLOSED);
done:
    rig_end(&rig);
}

/* Somebody who only says so must not keep a peer out that has proven its name. */
static void who_is_proven_comes_before_who_begins(void)
{
    struct rig rig;
    dia_listener listener;
    const dia_security security = certified_by(&certified_a);
    need(rig_begin(&rig, NULL));
    struct rig_link *first = begin_inband_r(&rig, &listener);
    need(first);
    struct rig_link *link = rig_open_secured(&rig, "a.example.net", &security);
    need(link);
    check(first->ending != RIG_STAYS);
    check(dia_peer_conn(rig_find(&rig, "a.example.net")) == link->conn);
done:
    rig_end(&rig);
}

/* B13-04: of those who say the same name the first one has it that shows it. */
static void who_only_says_a_name_keeps_nobody_from_it(void)
{
    struct rig rig;
    dia_listener listener, others[3];
    struct rig_link *claims[3];
    const dia_security right = certified_by(&certified_a), wrong = certified_by(&certified_z);
    need(rig_begin(&rig, NULL));
    struct rig_link *first = begin_inband_r(&rig, &listener);
    need(first);
    for (size_t i = 0; i < 3; i++)
        need(claims[i] = claim(&rig, &others[i]));
    rig_protect(&rig, claims[0], &wrong);
    check_int(claims[0]->ending, RIG_CLOSED);
    check_str(rig.events[DIA_EVENT_REFUSED].reason, "the certificate names others than a.example.net");
    check_int(first->ending, RIG_STAYS);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 0);
    rig_protect(&rig, claims[1], &right);
    check(rig_is_silent(claims[1])); /* it has its CEA */
    need(dia_peer_conn(rig_find(&rig, "a.example.net")) == claims[1]->conn);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
    check(first->ending != RIG_STAYS);
    rig_send_dwr(&rig, claims[1]);
    check(rig_read(&rig, claims[1], DIA_COMMAND_DWA));
    rig_pass(&rig, 10000); /* the last one never shows anything */
    check_int(claims[2]->ending, RIG_RESET);
    check_str(rig.events[DIA_EVENT_REFUSED].reason, "the TLS handshake was not over in time");
    check_int(claims[1]->ending, RIG_STAYS);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
    check_int(rig.hub.n_before_cer, 2); /* those that are being closed */
done:
    rig_end(&rig);
}

/* Nor from one of several. */
static void who_only_says_a_name_fills_no_places(void)
{
    enum { PLACES = 2 };
    struct rig rig;
    dia_listener listener[2 * PLACES + 1];
    struct rig_link *claims[2 * PLACES + 1];
    const dia_security security = certified_by(&certified_a);
    need(rig_begin(&rig, NULL));
    dia_peer *peer = rig_peer(&rig, "a.example.net", NULL);
    need(peer);
    peer->connections = PLACES;
    for (size_t i = 0; i < 2 * PLACES + 1; i++)
        need(claims[i] = claim(&rig, &listener[i]));
    for (size_t i = PLACES; i < 2 * PLACES; i++)
        rig_protect(&rig, claims[i], &security);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), PLACES);
    for (size_t i = 0; i < 2 * PLACES + 1; i++)
        check_int(claims[i]->ending == RIG_STAYS, i >= PLACES);
    rig_protect(&rig, claims[2 * PLACES],
                &security); /* one more than it may have: the first is asked whether it is alive */
    check_int(claims[2 * PLACES]->conn->phase, DIA_PHASE_PROBE);
done:
    rig_end(&rig);
}

/* It may be the peer's new connection, or somebody who wants our own to end: that goes on until one of both is shown to be the
 * peer's (RFC 6733, 5.6.4). */
static void who_only_says_a_name_ends_no_connection_of_ours(void)
{
    static const struct {
        const char *name;
        bool asked, shown; /* our CER was sent; TLS shows the name */
    } rows[] = {
        { "before it stands, and nothing is shown", false, false },
        { "before it stands, and the name is shown", false, true },
        { "behind CER, and nothing is shown", true, false },
        { "behind CER, and the name is shown", true, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_listener listener;
        const dia_security security = certified_by(&certified_a);
        dia_conn_info info = rig_info();
        info.security = &security;
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "a.example.net", "aaas://far.example.net"));
        struct rig_link *ours = rig_wanted(&rig);
        need(ours);
        if (rows[i].asked)
            rig_stand_as(&rig, ours, &info);
        struct rig_link *link = claim(&rig, &listener);
        need(link);
        if (rows[i].shown)
            rig_protect(&rig, link, &security);
        if (!rows[i].asked)
            rig_stand_as(&rig, ours, &info);
        if (rows[i].shown) {
            check(dia_peer_conn(rig_find(&rig, "a.example.net")) == link->conn);
            check(ours->ending != RIG_STAYS);
        } else {
            need(rig_read(&rig, ours, DIA_COMMAND_CER));
            rig_send_cea(&rig, ours, "a.example.net", 2001, ours->header.hop_by_hop);
            check(dia_peer_conn(rig_find(&rig, "a.example.net")) == ours->conn);
            check_int(link->ending, RIG_STAYS);
        }
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), 0);
        check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 0);
    done:
        rig_end(&rig);
    }
}

/* RFC 6733, 5.6.4: z has the greater name, so our connection is the one that counts, and z's waits for what becomes of it. */
static void election_that_would_be_lost_is_waited_for(void)
{
    struct rig rig;
    dia_listener listener;
    const dia_security security = certified_by(&certified_z);
    dia_conn_info info = rig_info();
    info.security = &security;
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "z.example.net", "aaas://far.example.net"));
    struct rig_link *ours = rig_wanted(&rig);
    rig_stand_as(&rig, ours, &info);
    need(ours && rig_read(&rig, ours, DIA_COMMAND_CER));
    struct rig_link *link = accept_inband(&rig, &listener, DIA_INBAND_OFFER);
    need(link);
    send_cer_with(&rig, link, "z.example.net", (dia_u32_list)DIA_LIST(tls));
    check(rig_is_silent(link));
    check(!link->secure_wished);
    rig_drop(&rig, ours);
    check(rig_read(&rig, link, DIA_COMMAND_CEA));
    check(link->secure_wished);
    rig_protect(&rig, link, &security);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
done:
    rig_end(&rig);
}

/* Two connections that bear the name: as two that began with TLS. What the second one says meanwhile is read when it is open. */
static void second_one_that_shows_the_name_waits_for_a_probe(void)
{
    for (int alive = 0; alive < 2; alive++) {
        struct rig rig;
        dia_listener listener, others[2];
        const dia_security security = certified_by(&certified_a);
        harness_row(alive ? "alive" : "silent");
        need(rig_begin(&rig, NULL));
        struct rig_link *first = begin_inband_r(&rig, &listener), *old = claim(&rig, &others[0]),
                        *link = claim(&rig, &others[1]);
        need(first && old && link);
        rig_protect(&rig, old, &security);
        rig_protect(&rig, link, &security);
        need_int(link->conn->phase, DIA_PHASE_PROBE);
        rig_send_dwr(&rig, link);
        check(rig_is_silent(link));
        const dia_dwr *dwr = rig_read(&rig, old, DIA_COMMAND_DWR);
        need(dwr);
        if (alive)
            rig_send_dwr(&rig, old);
        else
            rig_pass(&rig, 2000);
        check_int(link->ending, alive ? RIG_CLOSED : RIG_STAYS);
        check_int(old->ending == RIG_STAYS, alive);
        if (!alive) {
            check(link->read_wished);
            rig_send_dwr(&rig, link);
            check(rig_read(&rig, link, DIA_COMMAND_DWA));
        }
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* They count as those of which no CER has come, of which the oldest makes way for others; of its own address first. */
static void who_only_says_a_name_makes_way(void)
{
    struct rig rig;
    dia_listener listener, others[3];
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .before_cer = 2 } }));
    need(begin_inband_r(&rig, &listener));
    struct rig_link *first = claim(&rig, &others[0]), *second = claim(&rig, &others[1]);
    need(first && second);
    need(claim(&rig, &others[2]));
    check_int(first->ending, RIG_RESET);
    check_str(rig.events[DIA_EVENT_REFUSED].reason, "others wait, and TLS has not shown who it is");
    check_int(second->ending, RIG_STAYS);
    check_int(rig.hub.n_before_cer, 2);
    rig_find(&rig, "a.example.net")->disabled = true;
    dia_peer_leave(rig_find(&rig, "a.example.net"), DIA_CAUSE_BUSY, rig.hub.now.us, "out of service");
    rig_pump(&rig);
    check_int(second->ending, RIG_RESET);
    check_int(rig_saw(&rig, DIA_EVENT_REFUSED), 1);
done:
    rig_end(&rig);
}

/* B13-04: a stranger in clear, with TLS to come or without, cannot cut off a peer that is slow for a moment; a certificate can. */
static void who_shows_no_certificate_takes_nobodys_place(void)
{
    static const struct {
        const char *name;
        bool secured, offers;
        uint32_t want;
    } rows[] = {
        { "in clear", false, false, 5012 },
        { "in clear, and TLS is to begin", false, true, 5012 },
        { "with a certificate", true, false, 2001 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_listener listener;
        const dia_security security = certified_by(&certified_a);
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "a.example.net", NULL));
        struct rig_link *old = rig_open_secured(&rig, "a.example.net", &security);
        need(old);
        struct rig_link *link =
            rows[i].secured ? rig_accept_secured(&rig, &security) : accept_inband(&rig, &listener, DIA_INBAND_OFFER);
        need(link);
        dia_cer cer = rig_cer("a.example.net");
        if (rows[i].offers)
            cer.inband_security_id = (dia_u32_list)DIA_LIST(tls);
        rig_send_request(&rig, link, DIA_COMMAND_CER, &cer);
        need_int(link->conn->phase, DIA_PHASE_PROBE);
        rig_pass(&rig, 2000);
        need_int(rig_read_result(&rig, link), rows[i].want);
        check((old->ending == RIG_STAYS) == !rows[i].secured);
        check(dia_peer_conn(rig_find(&rig, "a.example.net")) == (rows[i].secured ? link->conn : old->conn));
        check_int(rig_saw(&rig, DIA_EVENT_PEER_DOWN), rows[i].secured);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* On a connection that is protected there is nothing more to agree on. */
static void inband_is_not_for_secured_connections(void)
{
    struct rig rig;
    dia_listener listener;
    const dia_security security = certified_by(&certified_a);
    need(rig_begin(&rig, NULL));
    need(rig_peer(&rig, "a.example.net", NULL));
    struct rig_link *link = accept_inband(&rig, &listener, DIA_INBAND_REQUIRE);
    need(link);
    rig_protect(&rig, link, &security);
    send_cer_with(&rig, link, "a.example.net", (dia_u32_list)DIA_LIST(tls));
    const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
    need(cea);
    check_int(cea->result_code, 2001);
    check_int(cea->inband_security_id.n, 0);
    check(!link->secure_wished);
    check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), 1);
done:
    rig_end(&rig);
}

/* DTLS can only come first: what is offered elsewhere is not spoken of on an association in clear. */
static void inband_is_not_for_associations(void)
{
    static const struct {
        const char *name;
        dia_inband ours;
        dia_u32_list theirs;
        uint32_t result_code;
    } rows[] = {
        { "off", DIA_INBAND_OFF, NOTHING, 2001 },
        { "offered", DIA_INBAND_OFFER, NOTHING, 2001 },
        { "offered, both", DIA_INBAND_OFFER, DIA_LIST(both), 2001 },
        { "offered, TLS alone", DIA_INBAND_OFFER, DIA_LIST(tls), 5017 },
        { "required, both", DIA_INBAND_REQUIRE, DIA_LIST(both), 5017 },
        { "required, TLS alone", DIA_INBAND_REQUIRE, DIA_LIST(tls), 5017 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_listener listener;
        dia_conn_info info = rig_info();
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "a.example.net", NULL));
        listener = (dia_listener){ .refs = 2, .hub = &rig.hub, .self = rig.hub.self, .inband = rows[i].ours };
        info.kind = DIA_CONN_MESSAGE;
        info.listener = &listener;
        struct rig_link *link = rig_accept_as(&rig, &info);
        need(link);
        send_cer_with(&rig, link, "a.example.net", rows[i].theirs);
        const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
        need(cea);
        check_int(cea->result_code, rows[i].result_code);
        check(is_list(cea->inband_security_id, ""));
        check(!link->secure_wished);
        check_int(rig_saw(&rig, DIA_EVENT_PEER_UP), rows[i].result_code == 2001);
    done:
        rig_end(&rig);
    }
    harness_row(NULL);
}

static void inband_is_not_offered_on_associations_of_ours(void)
{
    static const struct {
        const char *name;
        dia_inband ours;
        bool stays;
    } rows[] = { { "offered", DIA_INBAND_OFFER, true }, { "required", DIA_INBAND_REQUIRE, false } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        dia_conn_info info = rig_info();
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        need(aim_inband(&rig, "a.example.net", "aaa://far.example.net;transport=sctp", rows[i].ours));
        struct rig_link *link = rig_wanted(&rig);
        need(link);
        info.kind = DIA_CONN_MESSAGE;
        rig_stand_as(&rig, link, &info);
        check_int(link->ending == RIG_STAYS, rows[i].stays);
        check_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), !rows[i].stays);
        if (rows[i].stays) {
            const dia_cer *cer = rig_read(&rig, link, DIA_COMMAND_CER);
            need(cer);
            check(is_list(cer->inband_security_id, ""));
        } else {
            check_str(rig.events[DIA_EVENT_CONNECT_FAILED].reason,
                      "Inband-Security-Id is demanded, and cannot protect SCTP");
        }
    done:
        rig_end(&rig);
    }
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_responder_agrees_or_refuses", a_responder_agrees_or_refuses },
        { "an_initiator_offers_and_agrees", an_initiator_offers_and_agrees },
        { "a_peer_is_open_when_it_is_secured", a_peer_is_open_when_it_is_secured },
        { "what_tls_has_opened_ends_the_round_of_addresses", what_tls_has_opened_ends_the_round_of_addresses },
        { "a_failed_handshake_leads_to_closed", a_failed_handshake_leads_to_closed },
        { "a_failed_handshake_of_theirs_is_no_attempt_of_ours", a_failed_handshake_of_theirs_is_no_attempt_of_ours },
        { "clear_octets_behind_the_agreement_end_it", clear_octets_behind_the_agreement_end_it },
        { "clear_octets_in_the_segment_of_the_cer_end_it", clear_octets_in_the_segment_of_the_cer_end_it },
        { "who_is_proven_comes_before_who_begins", who_is_proven_comes_before_who_begins },
        { "who_only_says_a_name_keeps_nobody_from_it", who_only_says_a_name_keeps_nobody_from_it },
        { "who_only_says_a_name_fills_no_places", who_only_says_a_name_fills_no_places },
        { "who_only_says_a_name_ends_no_connection_of_ours", who_only_says_a_name_ends_no_connection_of_ours },
        { "election_that_would_be_lost_is_waited_for", election_that_would_be_lost_is_waited_for },
        { "second_one_that_shows_the_name_waits_for_a_probe", second_one_that_shows_the_name_waits_for_a_probe },
        { "who_only_says_a_name_makes_way", who_only_says_a_name_makes_way },
        { "who_shows_no_certificate_takes_nobodys_place", who_shows_no_certificate_takes_nobodys_place },
        { "inband_is_not_for_secured_connections", inband_is_not_for_secured_connections },
        { "inband_is_not_for_associations", inband_is_not_for_associations },
        { "inband_is_not_offered_on_associations_of_ours", inband_is_not_offered_on_associations_of_ours },
    };
    return HARNESS_RUN("peer/inband", tests);
}
