/* Certificates: what a host shows on protected connections, and what others make of it. */
#include "sim/sim.h"

#include <stdio.h>

struct dia_sim_shown {
    unsigned refs;
    size_t size; /* of the block */
    int64_t expires;
    uint32_t warn_s;
    bool untrusted;
    const char *subject;
    const char *names[]; /* up to NULL */
};

/* ---- Life ---- */

static const char *copy_text(char **at, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = memcpy(*at, text, n);
    *at += n;
    return copy;
}

static dia_sim_shown *shown_new(const dia_allocator *alloc, const dia_sim_certificate *given)
{
    const char *subject = given->subject ? given->subject : given->names && given->names[0] ? given->names[0] : "";
    size_t n = 0, size = sizeof(dia_sim_shown) + sizeof(char *) + strlen(subject) + 1;
    for (; given->names && given->names[n]; n++)
        size += sizeof(char *) + strlen(given->names[n]) + 1;
    dia_sim_shown *shown = dia_alloc0(alloc, size);
    if (!shown)
        return NULL;
    char *at = (char *)&shown->names[n + 1];
    shown->refs = 1;
    shown->size = size;
    shown->expires = given->expires;
    shown->warn_s = given->warn_s;
    shown->untrusted = given->untrusted;
    shown->subject = copy_text(&at, subject);
    for (size_t i = 0; i < n; i++)
        shown->names[i] = copy_text(&at, given->names[i]);
    return shown;
}

dia_sim_shown *dia_sim_shown_ref(dia_sim_shown *shown)
{
    if (shown)
        shown->refs++;
    return shown;
}

void dia_sim_shown_unref(const dia_sim *sim, dia_sim_shown *shown)
{
    if (shown && !--shown->refs)
        dia_release(sim->alloc, shown, shown->size);
}

int dia_sim_certify(dia_sim_host *host, const dia_sim_certificate *certificate)
{
    dia_sim_shown *shown = certificate ? shown_new(host->sim->alloc, certificate) : NULL;
    if (certificate && !shown)
        return DIA_ENOMEM;
    dia_sim_shown_unref(host->sim, host->shows);
    host->shows = shown;
    return 0;
}

/* ---- Judging ---- */

/* RFC 9525: "*" stands for one label, the first. */
static bool is_named(const char *pattern, dia_bytes name)
{
    if (pattern[0] != '*' || pattern[1] != '.')
        return dia_bytes_equal_nocase(dia_cstr(pattern), name);
    const uint8_t *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
    return dot && dot > name.p &&
           dia_bytes_equal_nocase(dia_cstr(pattern + 1), (dia_bytes){ dot, (size_t)(name.p + name.n - dot) });
}

bool dia_sim_names(const dia_sim_shown *shown, dia_bytes name)
{
    for (const char *const *p = shown->names; *p; p++)
        if (is_named(*p, name))
            return true;
    return false;
}

static bool names(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size)
{
    (void)realm;
    if (dia_sim_names(arg, host))
        return true;
    snprintf(why, why_size, "the certificate of %s does not name %.*s", ((const dia_sim_shown *)arg)->subject,
             (int)host.n, (const char *)host.p);
    return false;
}

const char *dia_sim_distrust(const dia_sim *sim, const dia_sim_shown *shown)
{
    if (!shown)
        return "TLS handshake: no certificate";
    if (shown->untrusted)
        return "TLS handshake: the certificate is not trusted";
    if (shown->expires && shown->expires <= sim->wall_clock + sim->now_us / 1000000)
        return "TLS handshake: the certificate has expired";
    return NULL;
}

dia_security dia_sim_security(dia_conn_kind kind, const dia_sim_shown *shown)
{
    const bool message = kind == DIA_CONN_MESSAGE;
    enum { DTLS_RECORD = 16384 };
    return (dia_security){ .protocol = message ? "DTLSv1.2" : "TLSv1.3",
                           .cipher = "simulated",
                           .subject = shown->subject,
                           .expires = shown->expires,
                           .warn_s = shown->warn_s,
                           .message_max = message ? DTLS_RECORD : 0,
                           .names = names,
                           .arg = shown };
}
