/* What no single value can know: names that must be there, or only once, and words that only make sense together. Everything
 * may be missing here: that was said before. */
#include "agent/config.h"
#include "diatom/sctp.h"
#include "diatom/tls.h"
#include "wire/wire.h"

#include <stdio.h>

/* What is known while one configuration is checked. */
typedef struct checking {
    dia_reading *r;
    const dia_agent_config *config;
    dia_names peers, tables, profiles; /* to their structs */
    dia_names ours;                    /* the names that we have, here or there */
    bool has_tls;                      /* there is a profile for those who name none */
    bool proxies;                      /* an application that is not the relay application */
    bool relays;                       /* any application passes, or nobody can know: something is wrong with them */
    bool handlers;                     /* the program answers requests itself */
    bool finds;                        /* there are peers whose host the DNS says */
} checking;

static void *known(const dia_names *names, const char *name)
{
    return name ? dia_names_get(names, dia_cstr(name)) : NULL;
}

/* Puts a name where it is new; what has it already is named. */
static void put_name(checking *c, dia_names *names, const char *name, const dia_tree *at, const char *key, void *value)
{
    if (!name)
        return;
    const int err = dia_names_put(names, dia_cstr(name), value);
    if (err == DIA_ENOMEM)
        c->r->err = err;
    if (err != DIA_EEXIST)
        return;
    const dia_tree *before;
    memcpy(&before, dia_names_get(names, dia_cstr(name)), sizeof before);
    dia_mistake(c->r, dia_tree_of(at, key), "'%s' is there already, in line %u; a name stands for one thing",
                dia_show(name).text, (unsigned)dia_tree_of(before, key)->line);
}

/* The nearest of the names, for "did you mean". */
static const char *nearest(const dia_names *names, const char *name)
{
    dia_near near = dia_near_begin(name);
    dia_bytes candidate;
    for (size_t at = 0; dia_names_next(names, &at, &candidate);)
        dia_near_to(&near, (const char *)candidate.p);
    return near.best;
}

static void unknown(checking *c, const dia_tree *at, const dia_names *names, const char *what, const char *name)
{
    /* Where no more can be told nobody looks for what was meant. */
    const char *best = c->r->mistakes->n < DIA_AGENT_MISTAKES ? nearest(names, name) : NULL;
    if (best)
        dia_mistake(c->r, at, "there is no %s '%s'; did you mean '%s'?", what, dia_show(name).text, best);
    else
        dia_mistake(c->r, at, "there is no %s '%s'; allowed: those of %ss", what, dia_show(name).text, what);
}

/* Was something said of what stands there? */
static bool is_wrong(const checking *c, const dia_tree *map, const char *key)
{
    const dia_tree *at = dia_tree_get(map, key);
    return at && dia_is_mistaken(c->r, at);
}

static bool has_application(const dia_agent_config *config, uint32_t id)
{
    for (size_t i = 0; i < config->applications.n; i++)
        if (config->applications.v[i].id == id)
            return true;
    return false;
}

/* ---- Who may be there ---- */

/* May a host come by these patterns? Where they ask for a realm or an address nobody knows. */
static bool may_come(const dia_agent_texts *allow, const char *host)
{
    for (size_t i = 0; i < allow->n; i++) {
        const char *text = allow->v[i];
        if (text &&
            (strncmp(text, "realm:", 6) == 0 ||
             dia_name_pattern_matches((dia_bytes){ (const uint8_t *)text, strcspn(text, "@") }, dia_cstr(host))))
            return true;
    }
    return false;
}

/* Those that are found, or that redirects lead to, have names that nobody configured. */
static bool may_be_found(const checking *c, const char *host)
{
    const dia_agent_redirect *redirect = &c->config->redirect;
    for (size_t i = 0; c->finds && i < c->config->peers.n; i++) {
        const dia_agent_peer *p = &c->config->peers.v[i];
        if (p->realm && !p->host && (!p->found.n || may_come(&p->found, host)))
            return true;
    }
    return c->config->discover.n ||
           (redirect->follow == DIA_REDIRECTS_CONNECT && (!redirect->hosts.n || may_come(&redirect->hosts, host)));
}

static bool may_be_peer(const checking *c, const char *host)
{
    static const char *const keys[] = { "peers", "allow", "listen" };
    bool may = known(&c->peers, host) || may_come(&c->config->allow, host) || may_be_found(c, host);
    for (size_t i = 0; i < c->config->listen.n; i++)
        may |= may_come(&c->config->listen.v[i].allow, host);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !may; i++)
        may = is_wrong(c, c->config->at, keys[i]); /* what was meant there may be it */
    return may;
}

static void note_ours(checking *c, const dia_agent_identity *identity)
{
    if (identity->host && dia_names_put(&c->ours, dia_cstr(identity->host), (void *)(uintptr_t)identity) == DIA_ENOMEM)
        c->r->err = DIA_ENOMEM;
}

/* What is asked of all peers is asked once. */
static void note_names(checking *c)
{
    const dia_agent_config *config = c->config;
    note_ours(c, &config->identity);
    for (size_t i = 0; i < config->listen.n; i++)
        note_ours(c, &config->listen.v[i].identity);
    for (size_t i = 0; i < config->peers.n; i++) {
        note_ours(c, &config->peers.v[i].identity);
        c->finds |= config->peers.v[i].realm && !config->peers.v[i].host;
    }
}

/* ---- Identities, addresses ---- */

static const dia_tree *item(const dia_tree *map, const char *key, size_t i)
{
    const dia_tree *list = dia_tree_of(map, key);
    if (list == map || list->kind != DIA_TREE_LIST)
        return list;
    const dia_tree *child = list->first;
    while (child && child->index < i)
        child = child->next;
    return child ? child : list;
}

/* Names of peers, of which those without "*" must be some. */
static void check_peers(checking *c, const dia_tree *map, const char *key, const dia_agent_texts *hosts)
{
    for (size_t i = 0; i < hosts->n; i++) {
        const char *host = hosts->v[i];
        if (!host || host[0] == '*' || may_be_peer(c, host))
            continue;
        const char *best = c->r->mistakes->n < DIA_AGENT_MISTAKES ? nearest(&c->peers, host) : NULL;
        dia_mistake(c->r, item(map, key, i), "'%s' is no peer, and nobody of that name may connect%s%s%s",
                    dia_show(host).text, best ? "; did you mean '" : "; allowed: those of peers, and of allow",
                    best ? best : "", best ? "'?" : "");
    }
}

static bool parse(const char *text, dia_uri *uri)
{
    return text && !dia_uri_parse(dia_cstr(text), uri);
}

static void check_uri(checking *c, const dia_tree *at, const char *text)
{
    dia_uri uri;
    if (parse(text, &uri) && uri.protocol != DIA_PROTOCOL_DIAMETER)
        dia_mistake(c->r, at, "this is another protocol's; allowed: Diameter, over TCP or SCTP");
}

/* ---- Security ---- */

const dia_agent_tls *dia_agent_default_tls(const dia_agent_config *config)
{
    for (size_t i = 0; i < config->tls.n; i++)
        if (config->tls.v[i].name && strcmp(config->tls.v[i].name, "default") == 0)
            return &config->tls.v[i];
    return config->tls.n == 1 ? &config->tls.v[0] : NULL;
}

/* What a listener or peer says of its security. */
typedef struct protected_thing {
    const dia_tree *at;   /* the map */
    const dia_tree *uri;  /* of the first URI that must be protected; NULL: there is none */
    const dia_tree *open; /* of the first that is not; NULL: there is none */
    const dia_tree *sctp; /* of the first that is not, over SCTP; NULL: there is none */
    const char *tls;
    int inband;
    bool clear, searches; /* in the DNS */
    bool may_be_clear;    /* where `clear` says so */
} protected_thing;

/* A host alone is tried with TLS, and then perhaps without. */
static void note_uri(protected_thing *p, const dia_tree *at, const char *text)
{
    dia_uri uri;
    const bool is_host = text && !strstr(text, "://");
    if (!is_host && !parse(text, &uri))
        return;
    p->may_be_clear |= is_host;
    if (is_host || uri.secure)
        p->uri = p->uri ? p->uri : at;
    else
        p->open = p->open ? p->open : at;
    if (!is_host && !uri.secure && uri.transport == DIA_TRANSPORT_SCTP)
        p->sctp = p->sctp ? p->sctp : at;
}

/* TLS is wanted there, and nobody says with which certificate. `names`: it has a key `tls` for one of several. */
static void lacks_profile(checking *c, const dia_tree *at, bool names)
{
    if (c->config->tls.n)
        dia_mistake(c->r, at, "which of the %u profiles protects it? allowed: %sa profile called 'default'",
                    (unsigned)c->config->tls.n, names ? "`tls: NAME` beside it, or " : "");
    else if (!dia_tree_get(c->config->at, "tls")) /* else it was said what is wrong with it */
        dia_mistake(c->r, at,
                    "TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` of "
                    "the whole");
}

static void check_profile(checking *c, const protected_thing *p)
{
    const bool wanted = p->uri || p->inband || p->searches;
    const dia_tree *at = p->uri ? p->uri : p->inband ? dia_tree_of(p->at, "inband") : dia_tree_of(p->at, "realm");
    if (p->tls && !known(&c->profiles, p->tls)) {
        const char *best = nearest(&c->profiles, p->tls);
        dia_mistake(c->r, dia_tree_of(p->at, "tls"), "there is no profile '%s' in tls%s%s%s", dia_show(p->tls).text,
                    best ? "; did you mean '" : "; allowed: those of `tls` of the whole", best ? best : "",
                    best ? "'?" : "");
    } else if (p->tls && !wanted) {
        dia_mistake(c->r, dia_tree_of(p->at, "tls"),
                    "nothing here is protected by it; allowed: aaas://, inband, or no tls");
    } else if (!p->tls && !c->has_tls && wanted && !(p->searches && p->clear)) {
        lacks_profile(c, at, true);
    }
}

/* Who is found in the DNS, and is no peer of the configuration, is reached by TLS alone; whom a redirect names is, unless `clear`
 * says otherwise. */
static void check_newcomers(checking *c)
{
    const dia_agent_redirect *redirect = &c->config->redirect;
    if (c->config->discover.n && !c->has_tls)
        lacks_profile(c, dia_tree_of(c->config->at, "discover"), false);
    if (redirect->follow == DIA_REDIRECTS_CONNECT && !redirect->clear && !c->has_tls)
        lacks_profile(c, redirect->at, false);
    if (redirect->follow != DIA_REDIRECTS_CONNECT && redirect->clear)
        dia_mistake(c->r, dia_tree_of(redirect->at, "clear"), "nobody is connected to; allowed: with follow: connect");
}

static void check_security(checking *c, const protected_thing *p)
{
    check_profile(c, p);
    const bool is_clear = p->open && !p->clear && p->inband != DIA_INBAND_REQUIRE;
    if (is_clear && p->open->implied)
        dia_mistake(
            c->r, p->open,
            "what passes here can be read and changed on the way; allowed: aaas://, or { uri: ..., clear: yes } "
            "where that is wanted");
    else if (is_clear)
        dia_mistake(c->r, dia_tree_get(p->at, "clear") ? dia_tree_of(p->at, "clear") : p->open,
                    "what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` beside it "
                    "where that is wanted");
    if (p->inband && !p->open && !p->may_be_clear)
        dia_mistake(c->r, dia_tree_of(p->at, "inband"),
                    "it is for aaa://, and aaas:// is protected from the first octet; allowed: no inband");
    if (p->sctp && p->inband == DIA_INBAND_REQUIRE)
        dia_mistake(c->r, p->sctp, "TLS cannot begin on an association of SCTP; allowed: aaas://, or `inband: off`");
    if (p->clear && !p->open && !p->may_be_clear)
        dia_mistake(c->r, dia_tree_of(p->at, "clear"), "nothing here is without TLS; allowed: no clear");
}

static void check_tls(checking *c, const dia_agent_tls *t)
{
    if (!t->at)
        return;
    if (t->name && dia_names_put(&c->profiles, dia_cstr(t->name), (void *)(uintptr_t)t) == DIA_ENOMEM)
        c->r->err = DIA_ENOMEM;
    if (!t->trust && !t->pins.n && !dia_tree_get(t->at, "trust") && !dia_tree_get(t->at, "pins"))
        dia_mistake(c->r, t->at, "whom to believe is missing; allowed: trust, pins, or both");
    if (t->least > t->most)
        dia_mistake(c->r, dia_tree_of(t->at, dia_tree_get(t->at, "least") ? "least" : "most"),
                    "least is above most; allowed: at most that");
    if (dia_tree_get(t->at, "crl-of") && !dia_tree_get(t->at, "crl"))
        dia_mistake(c->r, dia_tree_of(t->at, "crl-of"), "'crl' is missing beside it: the lists");
    if (t->ciphers && t->least == DIA_TLS_1_3)
        dia_mistake(c->r, dia_tree_of(t->at, "ciphers"), "they are those of TLS 1.2; allowed: suites, or `least: 1.2`");
    if (t->suites && t->most == DIA_TLS_1_2)
        dia_mistake(c->r, dia_tree_of(t->at, "suites"), "they are those of TLS 1.3; allowed: ciphers, or `most: 1.3`");
}

static void check_sctp(checking *c)
{
    const dia_agent_sctp *sctp = &c->config->sctp;
    static const char *const of_usrsctp[] = { "udp-port", "udp-address" };
    const bool is_said[] = { sctp->udp_port, sctp->udp_address };
    for (size_t i = 0; i < 2 && sctp->at; i++)
        if (is_said[i] && sctp->stack == DIA_SCTP_KERNEL)
            dia_mistake(c->r, dia_tree_of(sctp->at, of_usrsctp[i]),
                        "the kernel's is a matter of `sysctl net.sctp.udp_port`; allowed: with stack any or usrsctp");
    if (sctp->udp_address && !sctp->udp_port && !dia_tree_get(sctp->at, "udp-port"))
        dia_mistake(c->r, dia_tree_of(sctp->at, "udp-address"), "'udp-port' is missing beside it");
}

/* What usrsctp cannot, where it is certain that it is the one. */
static void check_usrsctp(checking *c, const dia_agent_socket *s, size_t most)
{
    if (c->config->sctp.stack != DIA_SCTP_USER)
        return;
    if (s->local.n > most)
        dia_mistake(c->r, dia_tree_of(s->at, "local"), "usrsctp has one address of ours; allowed: %s",
                    most ? "one here, or the kernel's SCTP" : "that of the uri alone, or the kernel's SCTP");
    if (dia_tree_get(s->at, "udp-port") && !c->config->sctp.udp_port)
        dia_mistake(c->r, dia_tree_of(s->at, "udp-port"),
                    "usrsctp goes over raw IP here; allowed: with `udp-port` in sctp of the whole");
}

static void check_socket(checking *c, const dia_agent_socket *s, bool sctp)
{
    if (!s->at)
        return;
    if (s->local.n > 1 && !sctp)
        dia_mistake(c->r, dia_tree_of(s->at, "local"), "%u addresses; allowed: one, or several with ;transport=sctp",
                    (unsigned)s->local.n);
    if (s->rto_min_ms > s->rto_max_ms)
        dia_mistake(c->r, dia_tree_of(s->at, dia_tree_get(s->at, "rto-min") ? "rto-min" : "rto-max"),
                    "rto-min is above rto-max; allowed: at most that");
}

/* ---- Listeners and peers ---- */

static void check_identity(checking *c, const dia_agent_identity *identity)
{
    for (size_t i = 0; i < identity->applications.n; i++) {
        const dia_agent_application *a = &identity->applications.v[i];
        if (a->at && a->id && !has_application(c->config, a->id))
            dia_mistake(c->r, a->at, "'%s' is not advertised at all; allowed: what stands in applications",
                        dia_show(a->at->text).text);
    }
}

static void check_listen(checking *c, dia_names *uris, const dia_agent_listen *l)
{
    if (!l->at)
        return;
    const dia_tree *uri = dia_tree_of(l->at, "uri");
    dia_uri parsed;
    protected_thing security = { .at = l->at, .tls = l->tls, .inband = l->inband, .clear = l->clear };
    check_uri(c, uri, l->uri);
    note_uri(&security, uri, l->uri);
    if (parse(l->uri, &parsed)) {
        check_security(c, &security);
        check_socket(c, &l->socket, true);
        if (l->socket.local.n && parsed.transport != DIA_TRANSPORT_SCTP)
            dia_mistake(c->r, dia_tree_of(l->socket.at, "local"),
                        "a listener's address is that of its uri; allowed: more of them with ;transport=sctp");
        else
            check_usrsctp(c, &l->socket, 0);
        if (parsed.port) /* port 0 is another one each time */
            put_name(c, uris, l->uri, l->at, "uri", (void *)(uintptr_t)l);
    }
    check_identity(c, &l->identity);
}

/* Where it is, or where that is looked for. */
static void check_place(checking *c, const dia_agent_peer *p)
{
    protected_thing security = {
        .at = p->at,
        .tls = p->tls,
        .inband = p->inband,
        .clear = p->clear,
        .searches = p->realm != NULL,
        .may_be_clear = p->realm != NULL,
    };
    bool sctp = p->realm != NULL, good = true;
    dia_uri uri;
    for (size_t i = 0; i < p->connect.n; i++) {
        const dia_tree *at = item(p->at, "connect", i);
        check_uri(c, at, p->connect.v[i]);
        note_uri(&security, at, p->connect.v[i]);
        good &= p->connect.v[i] != NULL;
        sctp |= !parse(p->connect.v[i], &uri) || uri.transport == DIA_TRANSPORT_SCTP;
    }
    const bool says_realm = dia_tree_get(p->at, "realm"), says_connect = dia_tree_get(p->at, "connect");
    if (says_realm && says_connect)
        dia_mistake(c->r, dia_tree_of(p->at, "realm"),
                    "connect and realm exclude each other; allowed: where it is, or for which realm it is found in the "
                    "DNS");
    else if (good && (p->realm || p->connect.n))
        check_security(c, &security);
    else if (!says_realm && !says_connect)
        for (size_t i = 0; i < 3; i++) {
            static const char *const ours[] = { "tls", "inband", "clear" };
            if (dia_tree_get(p->at, ours[i]))
                dia_mistake(c->r, dia_tree_of(p->at, ours[i]),
                            "it connects to us, and that is a matter of listen; allowed: with connect or realm");
        }
    if (dia_tree_get(p->at, "application") && !says_realm)
        dia_mistake(c->r, dia_tree_of(p->at, "application"), "it is what a realm is asked for; allowed: with realm");
    if (dia_tree_get(p->at, "found") && !says_realm)
        dia_mistake(c->r, dia_tree_of(p->at, "found"), "it is about what is found; allowed: with realm");
    check_socket(c, &p->socket, sctp);
    if (sctp)
        check_usrsctp(c, &p->socket, 1);
}

static void check_host(checking *c, const dia_agent_peer *p)
{
    const char *ours = p->identity.host ? p->identity.host : c->config->identity.host;
    if (p->known_as)
        put_name(c, &c->peers, p->known_as, p->at, p->host ? "host" : "realm", (void *)(uintptr_t)p);
    if (p->host && ours && dia_bytes_equal_nocase(dia_cstr(p->host), dia_cstr(ours)))
        dia_mistake(c->r, dia_tree_of(p->at, "host"), "'%s' is our own name", dia_show(p->host).text);
    if (!p->host && !dia_tree_get(p->at, "host") && !dia_tree_get(p->at, "realm"))
        dia_mistake(c->r, p->at, "'host' is missing: a DiameterIdentity such as ocs.example.net");
    static const char *const named[] = { "disabled", "connections", "limit" };
    for (size_t i = 0; i < sizeof named / sizeof *named && !dia_tree_get(p->at, "host"); i++)
        if (dia_tree_get(p->at, named[i]))
            dia_mistake(c->r, dia_tree_of(p->at, named[i]), "'host' is missing beside it: whom it is about");
}

static void check_peer(checking *c, const dia_agent_peer *p)
{
    if (!p->at)
        return;
    const uint32_t tc = p->reconnect_ms ? p->reconnect_ms : c->config->reconnect_ms;
    check_host(c, p);
    check_place(c, p);
    if (p->reconnect_max_ms && p->reconnect_max_ms < tc)
        dia_mistake(c->r, dia_tree_of(p->at, "reconnect-max"),
                    "reconnect-max is below reconnect; allowed: at least that");
    check_identity(c, &p->identity);
}

static void check_applications(checking *c)
{
    c->relays = has_application(c->config, DIA_APP_RELAY) || is_wrong(c, c->config->at, "applications");
    for (size_t i = 0; i < c->config->applications.n; i++) {
        const dia_agent_application *a = &c->config->applications.v[i];
        if (!a->at || !a->id)
            continue;
        if (a->id != DIA_APP_RELAY && !a->dict)
            dia_mistake(c->r, a->at,
                        "no dictionary has the application '%s'; allowed: those of dictionaries (--dict adds "
                        "one), and relay, which passes all on",
                        dia_show(a->at->text).text);
        c->proxies |= a->id != DIA_APP_RELAY;
        for (size_t j = 0; j < i; j++)
            if (c->config->applications.v[j].id == a->id)
                dia_mistake(c->r, a->at, "'%s' has the Application-Id of '%s', %u; allowed: each once",
                            dia_show(a->at->text).text,
                            c->config->applications.v[j].at ? dia_show(c->config->applications.v[j].at->text).text : "",
                            (unsigned)a->id);
    }
}

/* ---- Routes ---- */

static void check_condition(checking *c, const dia_agent_condition *w, bool of_route)
{
    if (!w->at)
        return;
    static const char *const tests[] = { "is", "begins", "matches", "present" };
    size_t n = 0;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        n += dia_tree_get(w->at, tests[i]) != NULL;
    n += dia_tree_get(w->at, "least") || dia_tree_get(w->at, "most");
    if (n > 1)
        dia_mistake(c->r, w->at, "%u tests of one AVP; allowed: one of is, begins, matches, present, or least and most",
                    (unsigned)n);
    if (dia_tree_get(w->at, "least") && dia_tree_get(w->at, "most") && w->least > w->most)
        dia_mistake(c->r, dia_tree_of(w->at, "least"), "least is above most; allowed: at most that");
    if (of_route && w->matches)
        dia_mistake(c->r, dia_tree_of(w->at, "matches"),
                    "routes have no matches; allowed: is, begins, least, most, present");
    if (of_route && w->not_)
        dia_mistake(c->r, dia_tree_of(w->at, "not"), "routes have no not; allowed: is, begins, least, most, present");
}

static void check_conditions(checking *c, const dia_agent_conditions *when, bool of_route)
{
    for (size_t i = 0; i < when->n; i++)
        check_condition(c, &when->v[i], of_route);
}

static void check_digits(checking *c, const dia_agent_digits *d)
{
    if (!d->at)
        return;
    if (d->table && !known(&c->tables, d->table))
        unknown(c, dia_tree_of(d->at, "table"), &c->tables, "table", d->table);
    if (d->table && !d->value)
        dia_mistake(c->r, d->at, "'value' is missing: the word of the table that is meant");
    if (d->value && !d->table)
        dia_mistake(c->r, dia_tree_of(d->at, "value"), "a value without table; allowed: both, or begin alone");
    if (!d->table && !d->begin.n && !d->value)
        dia_mistake(c->r, d->at, "nothing is asked; allowed: begin, or table and value");
}

/* The request would come back, and be redirected again. */
static void check_redirected(checking *c, const dia_tree *at, dia_bytes host)
{
    if (dia_names_get(&c->ours, host))
        dia_mistake(c->r, at, "that is our own name, and the request would come back; allowed: other hosts");
}

static void check_hop(checking *c, const dia_agent_route *route, const dia_agent_hop *h)
{
    dia_uri uri;
    if (!h->at || !h->peer)
        return;
    const dia_tree *at = dia_tree_of(h->at, "peer");
    if (route->action != DIA_ROUTE_REDIRECT) {
        const dia_agent_peer *peer = known(&c->peers, h->peer);
        if (!peer)
            unknown(c, at, &c->peers, "peer", h->peer);
        else if (!peer->host)
            dia_mistake(c->r, at, "'%s' has no host; allowed: peers that have one", dia_show(h->peer).text);
    } else if (dia_identity_valid(dia_cstr(h->peer))) {
        check_redirected(c, at, dia_cstr(h->peer));
    } else if (!dia_uri_parse(dia_cstr(h->peer), &uri)) {
        check_redirected(c, at, uri.fqdn);
    } else {
        dia_mistake(c->r, at, "'%s' stands here; allowed: a DiameterIdentity or DiameterURI", dia_show(h->peer).text);
    }
    for (const dia_agent_hop *other = route->to.v; other < h; other++)
        if (other->peer && dia_bytes_equal_nocase(dia_cstr(other->peer), dia_cstr(h->peer)))
            dia_mistake(c->r, at, "'%s' stands here twice; allowed: once, with more weight", dia_show(h->peer).text);
}

static void check_redirect(checking *c, const dia_agent_route *route)
{
    static const char *const keys[] = { "usage", "cache" };
    if (route->action != DIA_ROUTE_REDIRECT) {
        for (size_t i = 0; i < 2; i++)
            if (dia_tree_get(route->at, keys[i]))
                dia_mistake(c->r, dia_tree_of(route->at, keys[i]),
                            "%s is for redirects; allowed: with action: redirect", keys[i]);
        return;
    }
    if (!route->to.n)
        dia_mistake(c->r, route->at, "'to' is missing: the hosts that requests are redirected to");
    if (route->usage && !route->cache_s)
        dia_mistake(c->r, dia_tree_of(route->at, "usage"),
                    "'cache' is missing beside it: how long the answer may be kept (RFC 6733, 6.13)");
    if (route->cache_s && !route->usage && !is_wrong(c, route->at, "usage"))
        dia_mistake(c->r, dia_tree_of(route->at, "cache"),
                    "nothing is kept without `usage`; allowed: with a usage but dont-cache (RFC 6733, 6.14)");
}

/* Only requests of an application that both ends have in common come here (RFC 6733, 5.3). */
static void check_passes(checking *c, const dia_agent_application *a)
{
    if (a->at && a->id == DIA_APP_RELAY)
        dia_mistake(c->r, a->at, "no request is of the relay application; allowed: the applications that pass");
    else if (a->at && a->id && !c->relays && !has_application(c->config, a->id))
        dia_mistake(c->r, a->at, "'%s' does not pass here; allowed: what stands in applications",
                    dia_show(a->at->text).text);
}

/* A proxy only advertises what it understands (RFC 6733, 2.8.2). */
static void check_proxied(checking *c, const dia_agent_route *route)
{
    if (route->action != DIA_ROUTE_PROXY || !dia_tree_get(route->at, "action")) {
        for (size_t i = 0; i < route->application.n; i++)
            check_passes(c, &route->application.v[i]);
        return;
    }
    if (!c->proxies)
        dia_mistake(
            c->r, dia_tree_of(route->at, "action"),
            "a proxy knows its applications, and applications has relay alone; allowed: relay, or name them there");
    for (size_t i = 0; i < route->application.n && c->proxies; i++) {
        const dia_agent_application *a = &route->application.v[i];
        if (a->at && a->id && (a->id == DIA_APP_RELAY || !has_application(c->config, a->id)))
            dia_mistake(c->r, a->at, "'%s' is not proxied; allowed: what stands in applications, but relay",
                        dia_show(a->at->text).text);
    }
}

static void check_route(checking *c, dia_names *names, const dia_agent_route *route)
{
    if (!route->at)
        return;
    put_name(c, names, route->name, route->at, "name", (void *)(uintptr_t)route);
    if (route->to.n > DIA_HOPS_MAX)
        dia_mistake(c->r, dia_tree_of(route->at, "to"), "%zu hops; allowed: at most %d", route->to.n, DIA_HOPS_MAX);
    for (size_t i = 0; i < route->to.n && route->to.n <= DIA_HOPS_MAX; i++)
        check_hop(c, route, &route->to.v[i]);
    if (route->action == DIA_ROUTE_LOCAL && !c->handlers)
        dia_mistake(c->r, dia_tree_of(route->at, "action"),
                    "nobody here answers requests; allowed: relay, proxy or redirect, and a policy with reject");
    else if (route->action == DIA_ROUTE_LOCAL && route->to.n)
        dia_mistake(c->r, dia_tree_of(route->at, "to"), "what is for us goes nowhere; leave the key out");
    check_peers(c, route->at, "from", &route->from);
    check_redirect(c, route);
    check_proxied(c, route);
    check_digits(c, &route->imsi);
    check_digits(c, &route->msisdn);
    check_conditions(c, &route->when, true);
}

/* ---- Policies ---- */

static void check_act(checking *c, const dia_agent_act *act, bool of_answer)
{
    static const char *const verbs[] = { "set",     "add",    "default",     "remove", "copy",
                                         "rewrite", "reject", "end-session", "send-to" };
    static const bool valued[] = { true, true, true, false, true, true, false, false, false };
    enum { VERBS = sizeof verbs / sizeof *verbs, REWRITE = 5, REJECT = 6, END_SESSION = 7, SEND_TO = 8 };
    size_t n = 0, verb = VERBS;
    if (!act->at)
        return;
    for (size_t i = 0; i < VERBS; i++)
        if (dia_tree_get(act->at, verbs[i])) {
            verb = i;
            n++;
        }
    if (n != 1) {
        dia_mistake(c->r, act->at,
                    "%s; allowed: one of set, add, default, remove, copy, rewrite, reject, end-session, send-to",
                    n ? "several things at once" : "nothing is done here");
        return;
    }
    if (valued[verb] && !act->to && !act->value)
        dia_mistake(c->r, act->at, "'to' is missing: %s", verb == 4 ? "the path that it is copied to" : "the value");
    if (act->to && act->value)
        dia_mistake(c->r, dia_tree_of(act->at, "value"), "to and value say the same; allowed: one of them");
    if (!valued[verb] && (act->to || act->value))
        dia_mistake(c->r, dia_tree_of(act->at, act->to ? "to" : "value"), "%s takes no value; leave the key out",
                    verbs[verb]);
    if ((verb == REWRITE) != (act->from != NULL))
        dia_mistake(c->r, dia_tree_of(act->at, "from"), "%s",
                    act->from ? "from is for rewrite; leave the key out"
                              : "'from' is missing: the names that are rewritten");
    if (act->text && verb != REJECT)
        dia_mistake(c->r, dia_tree_of(act->at, "text"), "text is for reject; leave the key out");
    if (verb == END_SESSION && !of_answer)
        dia_mistake(c->r, dia_tree_of(act->at, "end-session"), "end-session is for answers; allowed: below answer");
    if (verb == SEND_TO && of_answer)
        dia_mistake(c->r, dia_tree_of(act->at, "send-to"), "send-to is for requests; allowed: below request");
    if (act->send_to && !known(&c->peers, act->send_to))
        unknown(c, dia_tree_of(act->at, "send-to"), &c->peers, "peer", act->send_to);
    check_conditions(c, &act->when, false);
}

/* Are there messages of its that may be changed? Those of applications that the agent knows. */
static bool may_change(const checking *c, const dia_agent_policy *p)
{
    bool any = p->match.application.n == 0 && c->proxies;
    for (size_t i = 0; i < p->match.application.n; i++) {
        const uint32_t id = p->match.application.v[i].id;
        any |= id != DIA_APP_RELAY && has_application(c->config, id);
    }
    return any;
}

/* Once, at the first one: it is one mistake, of the policy. */
static void check_changes(checking *c, const dia_agent_policy *p)
{
    static const char sentence[] =
        "a relay changes nothing, and none of these applications is named in applications; allowed: "
        "reject, send-to and limit";
    const dia_tree *at = p->hide.at ? p->hide.at : p->answer.n ? dia_tree_of(p->at, "answer") : NULL;
    for (size_t i = p->request.n; i-- > 0;) {
        const dia_tree *act = p->request.v[i].at;
        at = act && !dia_tree_get(act, "reject") && !dia_tree_get(act, "send-to") ? act : at;
    }
    if (at && !may_change(c, p))
        dia_mistake(c->r, at, "%s", sentence);
}

static void check_policy(checking *c, dia_names *names, const dia_agent_policy *p)
{
    if (!p->at)
        return;
    put_name(c, names, p->name, p->at, "name", (void *)(uintptr_t)p);
    for (size_t i = 0; i < p->match.application.n; i++)
        check_passes(c, &p->match.application.v[i]);
    check_peers(c, p->match.at, "from", &p->match.from);
    check_peers(c, p->hide.at, "outside", &p->hide.outside);
    check_conditions(c, &p->match.when, false);
    for (size_t i = 0; i < p->request.n; i++)
        check_act(c, &p->request.v[i], false);
    for (size_t i = 0; i < p->answer.n; i++)
        check_act(c, &p->answer.v[i], true);
    check_changes(c, p);
    if (p->hide.realm && !p->hide.realm_as)
        dia_mistake(c->r, dia_tree_of(p->hide.at, "realm"),
                    "'realm-as' is missing beside it: what the realm is called");
    if (p->hide.realm_as && !p->hide.realm)
        dia_mistake(c->r, dia_tree_of(p->hide.at, "realm-as"),
                    "'realm' is missing beside it: the realm that is hidden");
}

/* ---- The whole ---- */

static void check_lists(checking *c)
{
    const dia_agent_config *config = c->config;
    dia_names uris, routes, policies;
    bool reachable = config->listen.n > 0;
    dia_names_init(&uris, 0, c->r->alloc);
    dia_names_init(&routes, 0, c->r->alloc);
    dia_names_init(&policies, 0, c->r->alloc);
    for (size_t i = 0; i < config->tls.n; i++)
        check_tls(c, &config->tls.v[i]);
    for (size_t i = 0; i < config->listen.n; i++)
        check_listen(c, &uris, &config->listen.v[i]);
    for (size_t i = 0; i < config->peers.n; i++) {
        check_peer(c, &config->peers.v[i]);
        reachable |= config->peers.v[i].connect.n > 0 ||
                     (config->peers.v[i].at &&
                      (dia_tree_get(config->peers.v[i].at, "connect") || dia_tree_get(config->peers.v[i].at, "realm")));
    }
    if (!reachable && !dia_tree_get(config->at, "listen"))
        dia_mistake(c->r, config->at,
                    "nobody can connect to us, and we to nobody; allowed: listen, or peers with connect or realm");
    for (size_t i = 0; i < config->tables.n; i++) {
        const dia_agent_table *t = &config->tables.v[i];
        if (t->at && !t->file && !t->lines.n)
            dia_mistake(c->r, t->at, "nothing is in it; allowed: file, lines, or both");
        if (t->name && dia_names_put(&c->tables, dia_cstr(t->name), (void *)(uintptr_t)t) == DIA_ENOMEM)
            c->r->err = DIA_ENOMEM;
    }
    for (size_t i = 0; i < config->routes.n; i++)
        check_route(c, &routes, &config->routes.v[i]);
    for (size_t i = 0; i < config->policies.n; i++)
        check_policy(c, &policies, &config->policies.v[i]);
    dia_names_done(&uris);
    dia_names_done(&routes);
    dia_names_done(&policies);
}

static void check_retry(checking *c)
{
    const dia_agent_retry *retry = &c->config->retry;
    for (size_t i = 0; i < retry->on.n; i++)
        if (retry->on.v[i] == 3006)
            dia_mistake(c->r, item(retry->at, "on", i),
                        "3006 is a redirect; allowed: other protocol errors, and redirect for "
                        "what becomes of it");
    if (retry->on.n && !retry->errors)
        dia_mistake(c->r, dia_tree_of(retry->at, "errors"),
                    "on and `errors: no` exclude each other; allowed: one of them");
    if (c->config->redirect.hosts.n && c->config->redirect.follow != DIA_REDIRECTS_CONNECT)
        dia_mistake(c->r, dia_tree_of(c->config->redirect.at, "hosts"),
                    "hosts are those that are connected to; allowed: with "
                    "follow: connect");
}

static void check_limits(checking *c)
{
    const dia_agent_limits *l = &c->config->limits;
    if (!l->at)
        return;
    if (l->of.output_soft > l->of.output_hard)
        dia_mistake(c->r, dia_tree_of(l->at, dia_tree_get(l->at, "output-soft") ? "output-soft" : "output-hard"),
                    "output-soft is above output-hard; allowed: at most that");
    if (l->of.message > l->of.memory)
        dia_mistake(c->r, dia_tree_of(l->at, "memory"), "memory is below message; allowed: at least that");
}

void dia_agent_check(dia_reading *r, const dia_agent_config *config, const dia_agent_options *options)
{
    checking c = { .r = r, .config = config, .handlers = options->handlers };
    c.has_tls = options->tls || dia_agent_default_tls(config);
    dia_names_init(&c.profiles, 0, r->alloc);
    dia_names_init(&c.peers, 0, r->alloc);
    dia_names_init(&c.tables, 0, r->alloc);
    dia_names_init(&c.ours, 0, r->alloc);
    note_names(&c);
    check_applications(&c);
    if (config->reconnect_max_ms && config->reconnect_max_ms < config->reconnect_ms)
        dia_mistake(r, dia_tree_of(config->at, "reconnect-max"),
                    "reconnect-max is below reconnect; allowed: at least that");
    check_limits(&c);
    check_retry(&c);
    check_newcomers(&c);
    check_sctp(&c);
    check_lists(&c);
    dia_names_done(&c.peers);
    dia_names_done(&c.tables);
    dia_names_done(&c.ours);
    dia_names_done(&c.profiles);
}
