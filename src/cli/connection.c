/* What the subcommands that talk have in common: an identity, peers, captures. */
#include "connection.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

const cli_option cli_connection_rows[14] = {
    { "connect", 0, CLI_TEXTS, offsetof(cli_connection_options, connect), "URI",
      "connect to a peer, such as aaa://127.0.0.1:3868; a host alone is\ntried over TLS with --tls-certificate, else "
      "it is aaa://;\n"
      "several times" },
    { "discover", 0, CLI_TEXTS, offsetof(cli_connection_options, discover), "REALM",
      "connect to a peer of this realm that the DNS knows (RFC 6733,\n5.2); without TLS only where there is no "
      "--tls-certificate; several\ntimes" },
    { "listen", 0, CLI_TEXTS, offsetof(cli_connection_options, listen), "URI",
      "let peers connect, such as aaas://0.0.0.0 or aaa://[::1]:0 (port 0:\nany); several times" },
    { "peer", 0, CLI_TEXTS, offsetof(cli_connection_options, peers), "HOST[=URI[,URI...]]",
      "a peer by its identity: it may connect to us, or we connect to\nthe first of these addresses that works; "
      "several times" },
    { "allow", 0, CLI_TEXTS, offsetof(cli_connection_options, allow), "PATTERN",
      "who else may connect: 'ocs.example.net', '*.example.net',\n'realm:example.net', each with '@192.0.2.0/24' "
      "behind it or not;\nseveral times [*; with --peer: nobody]" },
    { "origin-host", 0, CLI_TEXT, offsetof(cli_connection_options, origin_host), "NAME",
      "our DiameterIdentity [COMMAND." CLI_REALM "]" },
    { "origin-realm", 0, CLI_TEXT, offsetof(cli_connection_options, origin_realm), "NAME",
      "our realm [" CLI_REALM "]" },
    { "watchdog", 0, CLI_NUMBER, offsetof(cli_connection_options, watchdog_ms), "MS",
      "interval of the watchdog, Tw of RFC 3539 [30000]", 6000, 3600000, 30000 },
    { "reconnect", 0, CLI_NUMBER, offsetof(cli_connection_options, reconnect_ms), "MS",
      "before a peer is connected to again, Tc of RFC 6733; doubles up\nto four times of it [30000]", 1, 3600000,
      30000 },
    { "reopen", 0, CLI_NUMBER, offsetof(cli_connection_options, reopen_dwas), "N",
      "watchdogs that a peer must answer when it is back after a\nfailure, before it is used; 0: none [3]", 0, 1000,
      3 },
    { "capabilities-update", 0, CLI_FLAG, offsetof(cli_connection_options, capabilities_update), NULL,
      "speak RFC 6737: peers may change what they advertise" },
    { "name-server", 0, CLI_TEXTS, offsetof(cli_connection_options, name_servers), "ADDRESS[:PORT]",
      "ask this name server about hosts to connect to; several times\n[those of the system]" },
    { "pcap", 0, CLI_TEXT, offsetof(cli_connection_options, pcap), "FILE",
      "write all messages to a capture (pcapng), for Wireshark or decode" },
    { "pcap-peer", 0, CLI_TEXTS, offsetof(cli_connection_options, pcap_peers), "HOST=FILE",
      "write the messages of one peer to a capture; several times" },
};

/* ---- HOST=... ---- */

/* The words of "HOST=URI,URI" as texts of their own. */
typedef struct peer_words {
    char *text; /* where they are */
    const char *host;
    const char **uris; /* NULL-terminated */
} peer_words;

static peer_words split_peer(const char *text)
{
    peer_words words = { .text = cli_copy(text) };
    char *at = strchr(words.text, '=');
    size_t n = 0;
    for (const char *p = text; *p; p++)
        n += *p == ',';
    words.uris = cli_new((n + 2) * sizeof *words.uris);
    words.host = words.text;
    if (at)
        *at++ = 0;
    for (n = 0; at; n++) {
        words.uris[n] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = 0;
    }
    return words;
}

static void peer_words_done(peer_words *words)
{
    free(words->text);
    free(words->uris);
}

/* Do "a=..." and "A" name the same peer? */
static bool same_host(const char *a, const char *b)
{
    const dia_bytes x = { (const uint8_t *)a, strcspn(a, "=") }, y = { (const uint8_t *)b, strcspn(b, "=") };
    return dia_bytes_equal_nocase(x, y);
}

static int check_peer(const cli_command *command, const cli_connection_options *o, size_t i, const char *ours)
{
    const char *text = o->peers.v[i];
    peer_words words = split_peer(text);
    int status = 0;
    if (!dia_identity_valid(dia_cstr(words.host)))
        status = cli_usage(command, "--peer: '%s' is no DiameterIdentity (letters, digits, '-' and '.')", words.host);
    else if (same_host(words.host, ours))
        status = cli_usage(command, "--peer: '%s' is our own name", words.host);
    for (size_t k = 0; k < i && !status; k++)
        if (same_host(text, o->peers.v[k]))
            status = cli_usage(command, "--peer: '%s' is given twice", words.host);
    for (const char **uri = words.uris; *uri && !status; uri++)
        status = cli_secure_check_uri(command, &o->secure, "peer", *uri);
    peer_words_done(&words);
    return status;
}

static int check_allow(const cli_command *command, const char *text)
{
    if (dia_allow_pattern_valid(text))
        return 0;
    return cli_usage(command,
                     "--allow: '%s' is no identity and no pattern like '*.example.net', 'realm:example.net' or "
                     "'*@192.0.2.0/24'",
                     text);
}

/* Each capture has a file of its own. */
static int check_pcap_peer(const cli_command *command, const cli_connection_options *o, size_t i)
{
    const char *text = o->pcap_peers.v[i], *file = strchr(text, '=');
    peer_words words = split_peer(text);
    int status = 0;
    if (!file || !file[1] || !dia_identity_valid(dia_cstr(words.host)))
        status = cli_usage(command, "--pcap-peer: '%s' is not HOST=FILE, such as ocs.example.net=ocs.pcapng", text);
    peer_words_done(&words);
    if (status)
        return status;
    bool twice = o->pcap && strcmp(o->pcap, file + 1) == 0;
    for (size_t k = 0; k < i; k++) {
        twice |= strcmp(strchr(o->pcap_peers.v[k], '='), file) == 0;
        if (same_host(text, o->pcap_peers.v[k]))
            return cli_usage(command, "--pcap-peer: '%.*s' is given twice", (int)(file - text), text);
    }
    return twice ? cli_usage(command, "--pcap-peer: '%s' is written to by another capture", file + 1) : 0;
}

int cli_connection_config(const cli_command *command, const cli_connection_options *o, const char *host,
                          dia_node_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    *config = (dia_node_config){
        .origin_host = o->origin_host ? o->origin_host : host,
        .origin_realm = o->origin_realm ? o->origin_realm : CLI_REALM,
        .watchdog_ms = (uint32_t)o->watchdog_ms,
        .reconnect_ms = (uint32_t)o->reconnect_ms,
        .reopen_dwas = o->reopen_dwas ? (uint32_t)o->reopen_dwas : DIA_REOPEN_AT_ONCE,
        .capabilities_update = o->capabilities_update,
        .limits = { .cer_ms = (uint32_t)o->secure.timeout_ms },
        .allow = o->allow.n   ? o->allow.v /* ends with NULL */
                 : o->peers.n ? NULL
                              : anybody,
    };
    if (!dia_identity_valid(dia_cstr(config->origin_host)))
        return cli_usage(command, "--origin-host: '%s' is no DiameterIdentity (letters, digits, '-' and '.')",
                         config->origin_host);
    if (!dia_identity_valid(dia_cstr(config->origin_realm)))
        return cli_usage(command, "--origin-realm: '%s' is no realm (letters, digits, '-' and '.')",
                         config->origin_realm);
    int status = cli_secure_check(command, &o->secure);
    for (size_t i = 0; i < o->listen.n && !status; i++)
        status = cli_secure_check_uri(command, &o->secure, "listen", o->listen.v[i]);
    for (size_t i = 0; i < o->connect.n && !status; i++)
        status = cli_secure_check_uri(command, &o->secure, "connect", o->connect.v[i]);
    for (size_t i = 0; i < o->discover.n && !status; i++)
        if (!dia_identity_valid(dia_cstr(o->discover.v[i])))
            status =
                cli_usage(command, "--discover: '%s' is no realm (letters, digits, '-' and '.')", o->discover.v[i]);
    for (size_t i = 0; i < o->peers.n && !status; i++)
        status = check_peer(command, o, i, config->origin_host);
    for (size_t i = 0; i < o->allow.n && !status; i++)
        status = check_allow(command, o->allow.v[i]);
    for (size_t i = 0; i < o->pcap_peers.n && !status; i++)
        status = check_pcap_peer(command, o, i);
    return status;
}

size_t cli_connection_ways(const cli_connection_options *o)
{
    size_t n = o->connect.n + o->listen.n + o->discover.n;
    for (size_t i = 0; i < o->peers.n; i++)
        n += strchr(o->peers.v[i], '=') != NULL;
    return n;
}

/* All in one text, as the loop wants them; each is tried alone, so that a wrong one can be named. */
int cli_name_servers(const cli_command *command, const cli_texts *servers, dia_loop *loop)
{
    size_t size = 1;
    for (size_t i = 0; i < servers->n; i++) {
        const char *one = servers->v[i];
        const int err = strchr(one, ',') || !one[0] ? DIA_EFORMAT : dia_loop_name_servers(loop, one);
        if (err == DIA_EFORMAT)
            return cli_usage(command, "--name-server: '%s' is no address such as 192.0.2.1 or [2001:db8::1]:53", one);
        if (err)
            return cli_failed(command, "--name-server: %s", dia_loop_last_fault(loop));
        size += strlen(one) + 1;
    }
    if (servers->n < 2)
        return 0;
    char *all = cli_new(size);
    for (size_t i = 0; i < servers->n; i++) {
        strcat(all, i ? "," : "");
        strcat(all, servers->v[i]);
    }
    const int err = dia_loop_name_servers(loop, all);
    free(all);
    return err ? cli_failed(command, "--name-server: %s", dia_loop_last_fault(loop)) : 0;
}

/* A connection is a descriptor: as many as the system lets us have. */
static void take_all_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int cli_connection_new(const cli_command *command, const cli_connection_options *o, const dia_node_config *config,
                       dia_loop **out)
{
    char why[200] = "";
    take_all_descriptors();
    const int err = dia_loop_new(config, out, why, sizeof why);
    if (err == DIA_EINVAL)
        return cli_usage(command, "%s", why[0] ? why : dia_strerror(err));
    if (err)
        return cli_failed(command, "%s", why[0] ? why : dia_strerror(err));
    const int status = cli_secure_start(command, &o->secure, *out);
    return status ? status : cli_name_servers(command, &o->name_servers, *out);
}

/* ---- Captures ---- */

static int start_captures(const cli_command *command, const cli_connection_options *o, dia_loop *loop)
{
    if (o->pcap) {
        if (dia_loop_capture(loop, o->pcap))
            return cli_failed(command, "--pcap: %s", dia_loop_last_fault(loop));
    }
    for (size_t i = 0; i < o->pcap_peers.n; i++) {
        const char *file = strchr(o->pcap_peers.v[i], '=') + 1;
        peer_words words = split_peer(o->pcap_peers.v[i]);
        const int err = dia_loop_capture_peer(loop, words.host, file);
        peer_words_done(&words);
        if (err)
            return cli_failed(command, "--pcap-peer: %s", dia_loop_last_fault(loop));
    }
    return 0;
}

static int end_captures(const cli_command *command, const cli_connection_options *o, dia_loop *loop)
{
    int status = 0;
    if (o->pcap && dia_loop_capture_end(loop) == DIA_ESYSTEM)
        status = cli_failed(command, "'%s' of --pcap is not complete: %s", o->pcap, strerror(errno));
    for (size_t i = 0; i < o->pcap_peers.n; i++) {
        peer_words words = split_peer(o->pcap_peers.v[i]);
        if (dia_loop_capture_peer_end(loop, words.host) == DIA_ESYSTEM)
            status = cli_failed(command, "'%s' of --pcap-peer is not complete: %s", strchr(o->pcap_peers.v[i], '=') + 1,
                                strerror(errno));
        peer_words_done(&words);
    }
    return status;
}

/* ---- Starting and ending ---- */

static int add_peer(const cli_command *command, const cli_connection_options *o, dia_loop *loop,
                    const dia_peer_config *config)
{
    dia_peer_config with = *config;
    with.inband = cli_secure_inband(&o->secure);
    with.socket.udp_port = (uint32_t)o->secure.sctp_udp_peer;
    const int err = dia_node_add_peer(dia_loop_node(loop), &with, NULL);
    return err ? cli_failed(command, "cannot connect to '%s': %s",
                            config->connect ? config->connect
                            : config->realm ? config->realm
                                            : config->host,
                            dia_node_last_fault(dia_loop_node(loop)))
               : 0;
}

/* HOST=URI,URI */
static int add_named(const cli_command *command, const cli_connection_options *o, dia_loop *loop, const char *text)
{
    peer_words words = split_peer(text);
    size_t n = 0;
    for (; words.uris[n]; n++)
        words.uris[n] = cli_secure_uri(&o->secure, words.uris[n], true);
    const dia_peer_config config = { .host = words.host, .connect = words.uris[0], .also = n ? words.uris + 1 : NULL };
    const int status = add_peer(command, o, loop, &config);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)words.uris[i]);
    peer_words_done(&words);
    return status;
}

static int add_peers(const cli_command *command, const cli_connection_options *o, dia_loop *loop)
{
    int status = 0;
    for (size_t i = 0; i < o->connect.n && !status; i++) {
        char *uri = cli_secure_uri(&o->secure, o->connect.v[i], true);
        status = add_peer(command, o, loop, &(dia_peer_config){ .connect = uri });
        free(uri);
    }
    for (size_t i = 0; i < o->discover.n && !status; i++)
        status = add_peer(command, o, loop,
                          &(dia_peer_config){ .realm = o->discover.v[i],
                                              .realm_application = o->application,
                                              .insecure = !cli_secure_has_tls(&o->secure) });
    for (size_t i = 0; i < o->peers.n && !status; i++)
        status = add_named(command, o, loop, o->peers.v[i]);
    return status;
}

static void stop(void *loop)
{
    dia_loop_stop(loop);
}

static bool is_ignored(int signum)
{
    struct sigaction action;
    return sigaction(signum, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int cli_connection_on_end(dia_loop *loop, void (*fn)(void *arg), void *arg)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    int err = 0;
    for (size_t i = 0; i < sizeof signals / sizeof *signals && !err; i++)
        if (signals[i] != SIGHUP || !is_ignored(SIGHUP))
            err = dia_loop_on_signal(loop, signals[i], fn, arg);
    return err;
}

int cli_connection_start(const cli_command *command, const cli_connection_options *o, dia_loop *loop,
                         const dia_loop *first)
{
    enum { URI_MAX = 320, LISTEN_MAX = 16 };
    char bound[LISTEN_MAX][URI_MAX];
    if (o->listen.n > LISTEN_MAX)
        return cli_usage(command, "--listen '%s' is one too many", o->listen.v[LISTEN_MAX]);
    int err = 0;
    for (size_t i = 0; i < o->listen.n; i++) {
        const dia_listen_config config = { .as.inband = cli_secure_inband(&o->secure) };
        char *uri = cli_secure_uri(&o->secure, o->listen.v[i], false);
        err = dia_loop_listen_as(loop, uri, &config, bound[i], sizeof bound[i]);
        free(uri);
        if (err)
            return cli_failed(command, "%s", dia_loop_last_fault(loop));
    }
    if (first && (err = dia_loop_capture_with(loop, first)))
        return cli_failed(command, "%s", dia_loop_last_fault(loop));
    int status = first ? 0 : start_captures(command, o, loop); /* not before: it empties the files */
    if (!status)
        status = add_peers(command, o, loop);
    if (status)
        return status;
    if ((err = cli_connection_on_end(loop, stop, loop)))
        return cli_failed(command, "%s", dia_loop_last_fault(loop));
    for (size_t i = 0; i < o->listen.n; i++)
        printf("listening %s\n", bound[i]);
    return fflush(stdout) ? CLI_FAILED : 0; /* said when the program ends */
}

bool cli_connection_is_failure(const dia_event *event)
{
    return event->kind == DIA_EVENT_CONNECT_FAILED || (event->kind == DIA_EVENT_DISCOVERED && !event->found);
}

int cli_connection_failed(const cli_command *command, const dia_event *event)
{
    return cli_failed(command, "no connection%s%s: %s", event->uri ? " to " : "", event->uri ? event->uri : "",
                      event->reason);
}

bool cli_connection_may_stand(const cli_connection_options *o, const dia_node *node)
{
    for (const dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));) {
        dia_peer_status status;
        dia_peer_get_status(peer, &status);
        const bool is_sought = o->discover.n && !status.connect && !status.host.p && !status.last_error;
        if (is_sought || (status.connect && !status.failures)) /* it grows when all addresses of a peer were tried */
            return true;
    }
    return o->listen.n > 0;
}

int cli_connection_end(const cli_command *command, const cli_connection_options *o, dia_loop *loop, int status)
{
    const int failed = loop ? end_captures(command, o, loop) : 0;
    dia_loop_free(loop);
    return status ? status : failed;
}
