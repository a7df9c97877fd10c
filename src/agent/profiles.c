/* Profiles of tls: what of them goes to the driver, which reads their files. */
#include "agent/agent.h"

#include <stdio.h>

enum { PASSPHRASE_ROOM = 1024 };

static dia_tls_config make_config(const dia_agent_tls *t)
{
    return (dia_tls_config){
        .certificate = t->certificate,
        .key = t->key,
        .trust = t->trust,
        .pins = t->pins.n ? t->pins.v : NULL, /* ends with NULL */
        .name = (dia_tls_name)t->identity,
        .anonymous_clients = t->anonymous_clients,
        .crl = t->crl,
        .crl_of = (dia_tls_crl)t->crl_of,
        .ocsp = (dia_tls_ocsp)t->ocsp,
        .ocsp_response = t->ocsp_response,
        .least = (dia_tls_version)t->least,
        .most = (dia_tls_version)t->most,
        .ciphers = t->ciphers,
        .suites = t->suites,
        .depth = t->depth,
        .resumption = t->resumption,
        .expires_s = t->expires_s,
        .key_log = t->key_log,
    };
}

/* The one of those who name none stands there twice: it has a name as well. */
void dia_agent_make_profiles(dia_reading *r, const dia_agent_options *options, dia_agent_made *made)
{
    const dia_agent_config *c = made->config;
    const dia_agent_tls *standard = dia_agent_default_tls(c);
    dia_agent_profile *v = dia_keep(r, (c->tls.n + 1) * sizeof *v);
    if (!v)
        return;
    size_t n = 0;
    for (; n < c->tls.n; n++)
        v[n] = (dia_agent_profile){ c->tls.v[n].name, &c->tls.v[n], c->tls.v[n].passphrase_file,
                                    make_config(&c->tls.v[n]) };
    if (standard)
        v[n++] = (dia_agent_profile){ NULL, standard, standard->passphrase_file, make_config(standard) };
    else if (options->tls)
        v[n++] = (dia_agent_profile){ NULL, NULL, NULL, *options->tls };
    made->profiles = v;
    made->n_profiles = n;
}

/* ---- Passphrases ---- */

/* The first line of a file. */
static int read_passphrase(const dia_agent_windows *w, const char *file, char *to, char *why, size_t why_size)
{
    dia_bytes text = { NULL, 0 };
    const int err = w->open ? w->open(w->arg, file, &text, why, why_size) : DIA_ENOTSUP;
    if (err)
        return err;
    size_t n = 0;
    while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r' && text.p[n])
        n++;
    const bool fits = n > 0 && n < PASSPHRASE_ROOM;
    if (fits) {
        memcpy(to, text.p, n);
        to[n] = 0;
    } else {
        snprintf(why, why_size, n ? "its first line is too long for a passphrase" : "its first line is empty");
    }
    if (w->close)
        w->close(w->arg, text);
    return fits ? 0 : DIA_EINVAL;
}

/* Not left behind on the stack; a plain memset() would be optimized away. */
static void wipe(char *text, size_t n)
{
    for (volatile char *p = text; n--;)
        *p++ = 0;
}

/* ---- Trying, and in force ---- */

/* The key of the value that a sentence names first. */
static const dia_tree *place_of(const dia_agent_profile *p, const char *why)
{
    const struct {
        const char *key, *value;
    } said[] = { { "certificate", p->config.certificate },
                 { "key", p->config.key },
                 { "trust", p->config.trust },
                 { "crl", p->config.crl },
                 { "ocsp-response", p->config.ocsp_response },
                 { "key-log", p->config.key_log },
                 { "ciphers", p->config.ciphers },
                 { "suites", p->config.suites } };
    const dia_tree *best = p->of->at;
    const char *first = why + strlen(why);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const char *at = said[i].value ? strstr(why, said[i].value) : NULL;
        if (at && at < first) {
            first = at;
            best = dia_tree_of(p->of->at, said[i].key);
        }
    }
    for (size_t i = 0; i < p->of->pins.n && best == p->of->at; i++)
        if (strstr(why, p->of->pins.v[i]))
            best = dia_tree_of(p->of->at, "pins");
    return best;
}

static void tell(dia_reading *r, const dia_agent_profile *p, int err, const char *why)
{
    const dia_tree nowhere = { .kind = DIA_TREE_MAP, .text = "" };
    dia_mistake(r, p->of ? place_of(p, why) : &nowhere, "%s", why[0] ? why : dia_strerror(err));
}

/* `name` may be NULL; `in_force` says which of the windows. */
static int hand_over(dia_reading *r, const dia_agent_windows *w, const dia_agent_profile *p, bool in_force)
{
    char why[300] = "", passphrase[PASSPHRASE_ROOM] = "";
    dia_tls_config config = p->config;
    int err = 0;
    if (p->passphrase_file) {
        err = read_passphrase(w, p->passphrase_file, passphrase, why, sizeof why);
        config.passphrase = passphrase;
        if (err && err != DIA_ENOMEM)
            dia_mistake(r, dia_tree_of(p->of->at, "passphrase-file"), "'%s' cannot be read: %s",
                        dia_show(p->passphrase_file).text, why[0] ? why : dia_strerror(err));
        if (err)
            return err;
    }
    err = in_force ? w->tls(w->arg, p->name, &config, why, sizeof why) : w->try_tls(w->arg, &config, why, sizeof why);
    wipe(passphrase, sizeof passphrase);
    if (err && err != DIA_ENOMEM)
        tell(r, p, err, why);
    return err;
}

void dia_agent_try_profiles(dia_reading *r, const dia_agent_options *options, const dia_agent_made *made)
{
    for (size_t i = 0; i < made->n_profiles && options->windows.try_tls && !r->err; i++) {
        const dia_agent_profile *p = &made->profiles[i];
        if (p->of ? p->name && p->of->at && !dia_is_mistaken(r, p->of->at) : !p->name) /* or tried under its name */
            r->err = hand_over(r, &options->windows, p, false) == DIA_ENOMEM ? DIA_ENOMEM : 0;
    }
}

int dia_agent_use_profile(dia_reading *r, const dia_agent_windows *windows, const dia_agent_profile *profile)
{
    return windows->tls ? hand_over(r, windows, profile, true) : 0;
}

/* ---- Finding ---- */

const char *dia_agent_profile_name(const dia_agent_config *config, const char *said)
{
    for (size_t i = 0; said && i < config->tls.n; i++)
        if (dia_bytes_equal_nocase(dia_cstr(config->tls.v[i].name), dia_cstr(said)))
            return config->tls.v[i].name;
    return NULL;
}

const dia_agent_profile *dia_agent_find_profile(const dia_agent_made *made, const char *name)
{
    for (size_t i = 0; i < made->n_profiles; i++) {
        const char *other = made->profiles[i].name;
        if (name && other ? strcmp(name, other) == 0 : name == other)
            return &made->profiles[i];
    }
    return NULL;
}

/* Does the configuration say the same of them? */
bool dia_agent_same_profile(const dia_agent_profile *a, const dia_agent_profile *b)
{
    return a->of && b->of ? dia_schema_same(&dia_agent_schema_tls, a->of, b->of) : a->of == b->of;
}
