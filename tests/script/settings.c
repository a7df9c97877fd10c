/* Settings: what a script says before its first step, of the node and of those around it. */
#include "read.h"

#include <diatom/app/all.h>

#include <string.h>

#define ROOM(r, s, n, max, what)                                                                                       \
    ((n) < (max) ? true : (read_wrong(r, (s)->line, "more than %d " what, (int)(max)), false))

static void set_node(reader *r, sentence *s)
{
    r->config->node.origin_host = want_identity(r, s, 0);
    r->config->node.origin_realm = want_identity(r, s, 1);
}

static void add_party(reader *r, sentence *s)
{
    talk_config *c = r->config;
    const dia_bytes name = s->capture[0];
    if (!ROOM(r, s, c->n_parties, TALK_PARTIES, "parties"))
        return;
    if (!word_is_name(name) || talk_is(name, "X") || talk_is(name, "node") || talk_is(name, "peer") ||
        talk_is(name, "no"))
        read_wrong(r, s->line,
                   "\"%.*s\" cannot be the name of a party: letters and digits can, but not node, peer, no and X",
                   TALK_TEXT(shown(name)));
    else if (word_party(r, s, name) >= 0)
        read_wrong(r, s->line, "there is a party %.*s already", TALK_TEXT(shown(name)));
    talk_party *party = &c->parties[c->n_parties];
    party->name = name;
    party->host = s->capture[1];
    want_identity(r, s, 1);
    uint8_t *store = talk_get(r->arena, 16);
    const uint8_t own[] = { 192, 0, 2, (uint8_t)(101 + c->n_parties) };
    memcpy(store, own, sizeof own);
    party->address = (dia_address){ DIA_FAMILY_IPV4, { store, sizeof own } };
    if (s->capture[2].p)
        party->address = want_address(r, s, 2, store);
    c->n_parties++;
}

static void add_allow(reader *r, sentence *s)
{
    if (ROOM(r, s, r->config->n_allow, TALK_ALLOWS, "lines \"allow\""))
        r->config->allow[r->config->n_allow++] = talk_cstring(r->arena, s->capture[0]);
}

static void set_inband(reader *r, sentence *s)
{
    r->config->inband = want_inband(r, s, 0);
}

static void set_certificate(reader *r, sentence *s)
{
    talk_party *party = &r->config->parties[word_party(r, s, s->capture[0])];
    party->certified = s->capture[1];
    party->life_us = s->capture[2].p ? want_duration(r, s, 2) : 0;
    party->warn_s = s->capture[3].p ? (uint32_t)(want_duration(r, s, 3) / 1000000) : 0;
}

static void add_peer(reader *r, sentence *s)
{
    if (ROOM(r, s, r->config->n_peers, TALK_PEERS, "peers"))
        r->config->peers[r->config->n_peers++] = want_peer(r, s);
}

static void add_application(reader *r, sentence *s, talk_application application)
{
    if (ROOM(r, s, r->config->n_applications, TALK_SERVES, "applications"))
        r->config->applications[r->config->n_applications++] = application;
}

static void add_use(reader *r, sentence *s)
{
    const dia_dict *dict = want_dict(r, s, 0);
    if (dict)
        add_application(r, s, (talk_application){ .dict = dict, .id = dict->application });
}

static const char *kind_name(int i)
{
    static const char *const names[] = { "auth", "acct", "both" };
    return i < 3 ? names[i] : "?";
}

static void add_advertise(reader *r, sentence *s)
{
    int64_t kind = 0;
    const talk_application application = {
        .id = (uint32_t)want_number(r, s, 0, UINT32_MAX),
        .vendor = s->capture[1].p ? (uint32_t)want_number(r, s, 1, UINT32_MAX) : 0,
        .kind = want_one_of(r, s->line, s->capture[2], "kind of application", kind_name, AS_IT_IS, &kind)
                    ? (dia_app_kind)(kind + 1)
                    : DIA_APP_AUTH,
    };
    add_application(r, s, application);
}

static void add_relay(reader *r, sentence *s)
{
    add_application(r, s, (talk_application){ .id = UINT32_MAX, .kind = DIA_APP_AUTH });
}

static void add_serve(reader *r, sentence *s)
{
    const bool any = talk_is(s->word[1], "anything");
    talk_serve serve = { .result_code = 2001 };
    const dia_dict *dict = any ? NULL : want_dict(r, s, 0);
    if (!ROOM(r, s, r->config->n_serves, TALK_SERVES, "lines \"serve\"") || (!any && !dict))
        return;
    if (dict && !(serve.command = dia_dict_command_named(dict, s->capture[1])))
        read_wrong(r, s->line, "%.*s has no command \"%.*s\"", TALK_TEXT(s->capture[0]),
                   TALK_TEXT(shown(s->capture[1])));
    else if (dict && !(serve.command->flags & DIA_FLAG_REQUEST))
        read_wrong(r, s->line, "%.*s is no request", TALK_TEXT(shown(s->capture[1])));
    const dia_bytes last = s->word[s->n - 1];
    serve.how = talk_is(last, "keep")       ? TALK_KEEP
                : talk_is(last, "never")    ? TALK_NEVER
                : talk_is(last, "redirect") ? TALK_REDIRECT
                                            : TALK_ANSWER;
    if (serve.how == TALK_ANSWER)
        serve.result_code = (uint32_t)want_number(r, s, any ? 0 : 2, UINT32_MAX);
    r->config->serves[r->config->n_serves++] = serve;
}

static void add_own_address(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (!ROOM(r, s, c->n_addresses, TALK_ADDRESSES, "addresses"))
        return;
    c->addresses[c->n_addresses] = want_address(r, s, 0, talk_get(r->arena, 16));
    c->n_addresses++;
}

static void set_watchdog(reader *r, sentence *s)
{
    r->config->node.watchdog_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reconnect(reader *r, sentence *s)
{
    r->config->node.reconnect_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reconnect_max(reader *r, sentence *s)
{
    r->config->node.reconnect_max_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_reopen(reader *r, sentence *s)
{
    r->config->node.reopen_dwas = s->n == 3 ? DIA_REOPEN_AT_ONCE : (uint32_t)want_number(r, s, 0, 100);
}

static void set_reopen_discards(reader *r, sentence *s)
{
    (void)s;
    r->config->node.reopen_discards = true;
}

static void set_tries(reader *r, sentence *s)
{
    r->config->node.tries = (uint32_t)want_number(r, s, 0, 100);
}

static void set_try(reader *r, sentence *s)
{
    r->config->node.try_ms = (uint32_t)(want_duration(r, s, 0) / 1000);
}

static void set_retry(reader *r, sentence *s)
{
    if (s->n == 2) {
        r->config->node.retry = DIA_RETRY_NEVER;
        return;
    }
    const uint64_t code = want_number(r, s, 0, 3031);
    if (code < 3001)
        read_wrong(r, s->line, "\"%.*s\" is no protocol error", TALK_TEXT(shown(s->capture[0])));
    else
        r->config->node.retry |= DIA_RETRY_ON(code);
}

static const char *redirects_name(int i)
{
    static const char *const names[] = { "follow", "connect", "ignore" };
    return i < 3 ? names[i] : "?";
}

static void set_redirects(reader *r, sentence *s)
{
    int64_t what = 0;
    want_one_of(r, s->line, s->capture[0], "way with redirects", redirects_name, AS_IT_IS, &what);
    r->config->node.redirects = (dia_redirects)what;
    r->config->node.redirect_clear = true;
}

static void add_redirect_host(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (ROOM(r, s, c->n_redirect_hosts, TALK_HOSTS, "lines \"redirect-host\""))
        c->redirect_hosts[c->n_redirect_hosts++] = talk_cstring(r->arena, s->capture[0]);
}

static void add_redirect_to(reader *r, sentence *s)
{
    talk_config *c = r->config;
    if (ROOM(r, s, c->redirects.n, TALK_HOSTS, "hosts of redirects"))
        c->redirects.hosts[c->redirects.n++] = talk_cstring(r->arena, s->capture[0]);
}

static void set_redirect_usage(reader *r, sentence *s)
{
    r->config->redirects.usage = (dia_redirect_usage)want_number(r, s, 0, 100);
    r->config->redirects.max_cache_s = (uint32_t)(want_duration(r, s, 1) / 1000000);
}

static void set_realm_of_user_name(reader *r, sentence *s)
{
    (void)s;
    r->config->node.realm_of_user_name = true;
}

static void set_update(reader *r, sentence *s)
{
    (void)s;
    r->config->node.capabilities_update = true;
}

static const char *overload_name(int i)
{
    static const char *const names[] = { "reacts", "reacts-for-clients", "reports", "loads", "priorities" };
    return i < (int)(sizeof names / sizeof *names) ? names[i] : "?";
}

static void set_overload(reader *r, sentence *s)
{
    dia_overload_config *c = &r->config->overload;
    bool *const members[] = { &c->reacts, &c->reacts_for_clients, &c->reports, &c->loads, &c->priorities };
    int64_t which = 0;
    if (want_one_of(r, s->line, s->capture[0], "part of overload control", overload_name, AS_IT_IS, &which))
        *members[which] = r->config->overloads = true;
}

static void set_load(reader *r, sentence *s)
{
    r->config->load = (uint32_t)want_number(r, s, 0, DIA_LOAD_IDLE);
}

static void set_priority(reader *r, sentence *s)
{
    r->config->priority = (uint32_t)want_number(r, s, 0, DIA_PRIORITY_LOWEST);
}

static void set_destination_realm(reader *r, sentence *s)
{
    r->config->node.destination_realm = want_identity(r, s, 0);
}

static void set_product(reader *r, sentence *s)
{
    r->config->node.product_name = talk_cstring(r->arena, sentence_rest(s, 1));
}

static void set_vendor(reader *r, sentence *s)
{
    r->config->node.vendor_id = (uint32_t)want_number(r, s, 0, UINT32_MAX);
}

static void set_firmware(reader *r, sentence *s)
{
    r->config->node.firmware_revision = (uint32_t)want_number(r, s, 0, UINT32_MAX);
}

static void set_seed(reader *r, sentence *s)
{
    r->config->node.seed[1] = (uint8_t)want_number(r, s, 0, 255);
}

static const char *level_name(int i)
{
    static const char *const names[] = { "off", "lenient", "strict" };
    return i < 3 ? names[i] : "?";
}

static void set_level(reader *r, sentence *s)
{
    int64_t level = 0;
    if (!want_one_of(r, s->line, s->capture[0], "level", level_name, AS_IT_IS, &level))
        return;
    static const dia_level levels[] = { DIA_LEVEL_OFF, DIA_LEVEL_LENIENT, DIA_LEVEL_STRICT };
    if (talk_is(s->word[0], "receives"))
        r->config->node.receive_level = levels[level];
    else
        r->config->node.send_level = levels[level];
}

static const struct limit {
    const char *name;
    size_t offset;
    enum { OCTETS, COUNT, MS } kind;
} limits[] = {
    { "message", offsetof(dia_limits, message), OCTETS },
    { "decoded", offsetof(dia_limits, decoded), OCTETS },
    { "memory", offsetof(dia_limits, memory), OCTETS },
    { "output-soft", offsetof(dia_limits, output_soft), OCTETS },
    { "output-hard", offsetof(dia_limits, output_hard), OCTETS },
    { "duplicates", offsetof(dia_limits, duplicates), OCTETS },
    { "turn", offsetof(dia_limits, turn), COUNT },
    { "connections", offsetof(dia_limits, connections), COUNT },
    { "per-address", offsetof(dia_limits, per_address), COUNT },
    { "before-cer", offsetof(dia_limits, before_cer), COUNT },
    { "unknown-peers", offsetof(dia_limits, unknown_peers), COUNT },
    { "pending", offsetof(dia_limits, pending), COUNT },
    { "unanswered", offsetof(dia_limits, unanswered), COUNT },
    { "cer", offsetof(dia_limits, cer_ms), MS },
    { "partial", offsetof(dia_limits, partial_ms), MS },
    { "stall", offsetof(dia_limits, stall_ms), MS },
    { "disconnect", offsetof(dia_limits, disconnect_ms), MS },
    { "drain", offsetof(dia_limits, drain_ms), MS },
    { "relay", offsetof(dia_limits, relay_ms), MS },
    { "redirects", offsetof(dia_limits, redirects), COUNT },
    { "redirect-octets", offsetof(dia_limits, redirect_octets), OCTETS },
    { "redirect-peers", offsetof(dia_limits, redirect_peers), COUNT },
    { "redirect-waiting", offsetof(dia_limits, redirect_waiting), COUNT },
    { "redirect-idle", offsetof(dia_limits, redirect_idle_ms), MS },
};

static void set_limit(reader *r, sentence *s)
{
    talk_string names = { 0 };
    uint8_t *base = (uint8_t *)&r->config->node.limits;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        talk_say(&names, "%s%s", i ? ", " : "", limits[i].name);
        if (!talk_is(s->capture[0], limits[i].name))
            continue;
        const size_t octets = limits[i].kind == OCTETS ? (size_t)want_number(r, s, 1, SIZE_MAX / 2) : 0;
        const uint32_t count = limits[i].kind == MS      ? (uint32_t)(want_duration(r, s, 1) / 1000)
                               : limits[i].kind == COUNT ? (uint32_t)want_number(r, s, 1, UINT32_MAX)
                                                         : 0;
        if (limits[i].kind == OCTETS)
            memcpy(base + limits[i].offset, &octets, sizeof octets);
        else
            memcpy(base + limits[i].offset, &count, sizeof count);
        talk_string_done(&names);
        return;
    }
    read_wrong(r, s->line, "\"%.*s\" is no limit: %s", TALK_TEXT(shown(s->capture[0])), names.p);
    talk_string_done(&names);
}

static const form settings[] = {
    { "node HOST realm REALM", 0, 0, set_node },
    { "party NAME HOST [from ADDRESS]", 0, 0, add_party },
    { "certificate of PARTY names HOSTS [for TIME] [warned TIME]", 0, 0, set_certificate },
    { "peer HOST [connect] [at HOST] [by WAY] [watchdog TIME] [inband INBAND]", 0, 0, add_peer },
    { "inband INBAND", 0, 0, set_inband },
    { "allow PATTERN", 0, 0, add_allow },
    { "use APPLICATION", 0, 0, add_use },
    { "advertise NUMBER [vendor NUMBER] KIND", 0, 0, add_advertise },
    { "relay", 0, 0, add_relay },
    { "serve anything answer NUMBER", 0, 0, add_serve },
    { "serve anything redirect", 0, 0, add_serve },
    { "serve anything keep", 0, 0, add_serve },
    { "serve anything never", 0, 0, add_serve },
    { "serve APPLICATION COMMAND answer NUMBER", 0, 0, add_serve },
    { "serve APPLICATION COMMAND redirect", 0, 0, add_serve },
    { "serve APPLICATION COMMAND keep", 0, 0, add_serve },
    { "serve APPLICATION COMMAND never", 0, 0, add_serve },
    { "address ADDRESS", 0, 0, add_own_address },
    { "watchdog TIME", 0, 0, set_watchdog },
    { "reopen discards", 0, 0, set_reopen_discards },
    { "reopen at once", 0, 0, set_reopen },
    { "reopen NUMBER", 0, 0, set_reopen },
    { "reconnect TIME", 0, 0, set_reconnect },
    { "reconnect-max TIME", 0, 0, set_reconnect_max },
    { "tries NUMBER", 0, 0, set_tries },
    { "try TIME", 0, 0, set_try },
    { "retry on NUMBER", 0, 0, set_retry },
    { "retry never", 0, 0, set_retry },
    { "redirects WAY", 0, 0, set_redirects },
    { "redirect-host PATTERN", 0, 0, add_redirect_host },
    { "redirect to HOST", 0, 0, add_redirect_to },
    { "redirect usage NUMBER for TIME", 0, 0, set_redirect_usage },
    { "realm of user name", 0, 0, set_realm_of_user_name },
    { "capabilities-update", 0, 0, set_update },
    { "overload PART", 0, 0, set_overload },
    { "load NUMBER", 0, 0, set_load },
    { "priority NUMBER", 0, 0, set_priority },
    { "destination-realm REALM", 0, 0, set_destination_realm },
    { "product TEXT", 0, 0, set_product },
    { "vendor NUMBER", 0, 0, set_vendor },
    { "firmware NUMBER", 0, 0, set_firmware },
    { "seed NUMBER", 0, 0, set_seed },
    { "receives LEVEL", 0, 0, set_level },
    { "sends LEVEL", 0, 0, set_level },
    { "limit NAME VALUE", 0, 0, set_limit },
};

const forms setting_forms = { settings, sizeof settings / sizeof *settings };
