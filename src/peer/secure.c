/* What protects a connection: TLS or DTLS, which the driver speaks. Whom its certificate lets it be, TLS behind CER and CEA
 * (RFC 6733, 6.10 and 13), and its end with the certificate (13.1). */
#include "peer/peer.h"

#include <stdio.h>

/* ---- Who the other end is ---- */

bool dia_secure_names(const dia_conn *conn, dia_bytes host, dia_bytes realm, char *why, size_t size)
{
    const dia_security *s = &conn->security;
    if (!conn->secured || !s->names)
        return true;
    snprintf(why, size, "the certificate does not name this host");
    return s->names(s->arg, host, realm, why, size);
}

/* "TLSv1.3, TLS_AES_128_GCM_SHA256, certificate of CN=a.example.net" */
static void tell_secured(dia_conn *conn)
{
    const dia_security *s = &conn->security;
    const bool known = s->subject && s->subject[0];
    char text[300];
    snprintf(text, sizeof text, "%s, %s, %s%s", s->protocol, s->cipher, known ? "certificate of " : "no certificate",
             known ? s->subject : "");
    dia_hub_event(conn->hub, DIA_EVENT_SECURED, conn->peer, conn, text, 0, (dia_bytes){ NULL, 0 });
}

/* ---- The end of its certificate ---- */

/* What happens to a connection because of it, one after the other. */
enum { WARN, LEAVE, END, OVER };

/* The moment of this second since 1970 on our clock. */
static int64_t moment_of(const dia_hub *hub, int64_t wall_s)
{
    const int64_t most = INT64_MAX / 4000000;
    const int64_t ahead = wall_s - hub->wall_s;
    if (!hub->wall_s || ahead > most)
        return DIA_NEVER_US;
    return hub->wall_at.us + (ahead < -most ? -most : ahead) * 1000000;
}

/* Requests under way have limits.drain_ms before it. */
static int64_t moment_of_step(const dia_conn *conn)
{
    const dia_security *s = &conn->security;
    const int64_t end = s->expires ? moment_of(conn->hub, s->expires) : DIA_NEVER_US;
    if (end == DIA_NEVER_US || conn->certificate_step == OVER)
        return DIA_NEVER_US;
    const int64_t before_s = conn->certificate_step == WARN ? s->warn_s : 0;
    const int64_t before_ms = conn->certificate_step == LEAVE ? conn->hub->config.limits.drain_ms : 0;
    return end - before_s * 1000000 - before_ms * 1000;
}

static void watch_certificate(dia_conn *conn, unsigned step)
{
    conn->certificate_step = (uint8_t)step;
    conn->certificate_us = moment_of_step(conn);
    if (conn->certificate_us != DIA_NEVER_US)
        dia_conn_due(conn, conn->certificate_us);
}

static void tell_certificate(dia_conn *conn, const char *what)
{
    char text[300];
    snprintf(text, sizeof text, "the certificate of %s %s", conn->security.subject, what);
    dia_hub_event(conn->hub, DIA_EVENT_CERTIFICATE, conn->peer, conn, text, 0, (dia_bytes){ NULL, 0 });
}

/* RFC 9525 has no grace: neither has the entry of the peer table (RFC 6733, 13.1). Requests go until `until_us`. */
static void leave(dia_conn *conn, int64_t until_us)
{
    static const char why[] = "its certificate has ended";
    if (conn->phase >= DIA_PHASE_CLOSING)
        return;
    tell_certificate(conn, "ends, and with it the connection");
    if (conn->phase == DIA_PHASE_OPEN && conn == dia_peer_conn(conn->peer))
        dia_peer_leave(conn->peer, DIA_CAUSE_REBOOTING, until_us, why);
    else
        dia_conn_end(conn, true, why);
}

void dia_secure_ends_in(int64_t s, char *to, size_t size)
{
    static const struct {
        int64_t s;
        const char *unit;
    } units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" }, { 1, "seconds" } };
    size_t i = 0;
    while (i < 3 && s < 2 * units[i].s)
        i++;
    snprintf(to, size, "ends in %lld %s", (long long)(s > 0 ? s / units[i].s : 0), units[i].unit);
}

static void warn(dia_conn *conn)
{
    char what[60];
    dia_secure_ends_in((moment_of(conn->hub, conn->security.expires) - conn->hub->now.us) / 1000000, what, sizeof what);
    tell_certificate(conn, what);
}

void dia_secure_ring(dia_conn *conn)
{
    const unsigned step = conn->certificate_step;
    const int64_t end_us = moment_of(conn->hub, conn->security.expires);
    watch_certificate(conn, step + 1);
    if (step == WARN)
        warn(conn);
    else if (step == END || conn->phase == DIA_PHASE_OPEN)
        leave(conn, end_us);
}

void dia_secure_set_clock(dia_hub *hub, int64_t wall_s)
{
    hub->wall_s = wall_s;
    hub->wall_at = hub->now;
    DIA_LIST_EACH (p, &hub->conns) {
        dia_conn *conn = DIA_OF(p, dia_conn, link);
        if (conn->secured && conn->phase != DIA_PHASE_ENDED)
            watch_certificate(conn, conn->certificate_step);
    }
}

/* ---- Becoming secure ---- */

bool dia_secure_take(dia_conn *conn, const dia_security *security)
{
    conn->security = *security;
    conn->secured = true;
    conn->awaits_security = false;
    watch_certificate(conn, security->warn_s ? WARN : LEAVE);
    tell_secured(conn);
    if (conn->certificate_us != DIA_NEVER_US && moment_of(conn->hub, security->expires) <= conn->hub->now.us)
        leave(conn, conn->hub->now.us);
    return conn->phase != DIA_PHASE_ENDED && !conn->hub->over;
}

/* RFC 6733, 13: behind CER and CEA. Until it is over nothing is said, and nobody hears of the peer. */
void dia_secure_begin(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    conn->phase = DIA_PHASE_SECURING;
    conn->peer->securing = conn->peer->securing || !conn->answered;
    conn->due_us = dia_after(hub->now.us, hub->config.limits.cer_ms);
    dia_conn_due(conn, conn->due_us);
    dia_conn_wish(conn, DIA_TODO_SECURE);
}

/* The name is known already here: CER and CEA came in clear. */
static void go_on(dia_conn *conn)
{
    dia_peer *peer = conn->peer;
    dia_fault fault;
    if (conn->answered) {
        dia_acceptor_proven(conn);
        return;
    }
    if (!dia_secure_names(conn, peer->host, peer->realm, fault.text, sizeof fault.text)) {
        dia_conn_end(conn, false, fault.text);
        return;
    }
    conn->phase = DIA_PHASE_OPEN;
    conn->due_us = DIA_NEVER_US;
    conn->heard_us = conn->hub->now.us;
    dia_peer_opened(peer, conn);
}

void dia_conn_protect(dia_conn *conn, const dia_security *security)
{
    const bool first = conn->phase == DIA_PHASE_CER && !conn->secured && !conn->in.n;
    if (!first && conn->phase != DIA_PHASE_SECURING) /* it has ended meanwhile */
        return;
    if (dia_secure_take(conn, security) && conn->phase == DIA_PHASE_SECURING)
        go_on(conn);
}

const dia_security *dia_conn_security(const dia_conn *conn)
{
    return conn->secured ? &conn->security : NULL;
}

/* ---- Inband-Security-Id ---- */

enum { NO_INBAND_SECURITY = 0, TLS = 1 };

static dia_inband configured(const dia_conn *conn)
{
    if (conn->initiator)
        return conn->target->inband;
    return conn->listener ? conn->listener->inband : DIA_INBAND_OFF;
}

/* TLS wants a stream of octets, and DTLS can only come first: its keys authenticate the chunks of SCTP from the first one on
 * (RFC 6083). */
static bool cannot_upgrade(const dia_conn *conn)
{
    return conn->kind == DIA_CONN_MESSAGE;
}

const char *dia_secure_impossible(const dia_conn *conn, bool secured)
{
    return !secured && cannot_upgrade(conn) && configured(conn) == DIA_INBAND_REQUIRE
               ? "Inband-Security-Id is demanded, and cannot protect SCTP"
               : NULL;
}

/* What is wanted on this connection, and possible. One that is protected wants nothing more. */
static dia_inband wanted(const dia_conn *conn)
{
    return conn->secured || cannot_upgrade(conn) ? DIA_INBAND_OFF : configured(conn);
}

dia_u32_list dia_secure_offer(const dia_conn *conn, bool chosen)
{
    static const uint32_t both[] = { TLS, NO_INBAND_SECURITY }, tls[] = { TLS }, none[] = { NO_INBAND_SECURITY };
    const dia_inband inband = wanted(conn);
    if (inband == DIA_INBAND_OFF)
        return (dia_u32_list){ NULL, 0 };
    if (chosen && !conn->upgrades)
        return (dia_u32_list)DIA_LIST(none);
    if (chosen || inband == DIA_INBAND_REQUIRE)
        return (dia_u32_list)DIA_LIST(tls);
    return (dia_u32_list)DIA_LIST(both);
}

static bool has(dia_u32_list list, uint32_t value)
{
    for (size_t i = 0; i < list.n; i++)
        if (list.v[i] == value)
            return true;
    return false;
}

/* RFC 6733, 6.10: no AVP is NO_INBAND_SECURITY. */
const char *dia_secure_disagree(dia_conn *conn, dia_u32_list theirs)
{
    const dia_inband ours = wanted(conn);
    const char *why = dia_secure_impossible(conn, conn->secured);
    conn->upgrades = ours != DIA_INBAND_OFF && has(theirs, TLS);
    if (why || conn->secured || conn->upgrades)
        return why;
    const bool agreed = ours != DIA_INBAND_REQUIRE && (!theirs.n || has(theirs, NO_INBAND_SECURITY));
    return agreed ? NULL : "no common security mechanism";
}
