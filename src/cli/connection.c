/* What the subcommands that talk have in common: an identity, where to listen and to connect, a capture. */
#include "connection.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_connection_rows[7] = {
    { "connect", 0, CLI_TEXTS, offsetof(cli_connection_options, connect), "URI",
      "connect to a peer, such as aaa://127.0.0.1:3868; several times" },
    { "listen", 0, CLI_TEXTS, offsetof(cli_connection_options, listen), "URI",
      "let peers connect, such as aaa://0.0.0.0 or aaa://[::1]:0 (port 0:\nany); several times" },
    { "origin-host", 0, CLI_TEXT, offsetof(cli_connection_options, origin_host), "NAME",
      "our DiameterIdentity [COMMAND." CLI_REALM "]" },
    { "origin-realm", 0, CLI_TEXT, offsetof(cli_connection_options, origin_realm), "NAME",
      "our realm [" CLI_REALM "]" },
    { "watchdog", 0, CLI_NUMBER, offsetof(cli_connection_options, watchdog_ms), "MS",
      "interval of the watchdog, Tw of RFC 3539 [30000]", 6000, 3600000, 30000 },
    { "name-server", 0, CLI_TEXTS, offsetof(cli_connection_options, name_servers), "ADDRESS[:PORT]",
      "ask this name server about hosts to connect to; several times\n[those of the system]" },
    { "pcap", 0, CLI_TEXT, offsetof(cli_connection_options, pcap), "FILE",
      "write all messages to a capture (pcapng), for Wireshark or decode" },
};

static int check_uri(const cli_command *command, const char *option, const char *text)
{
    dia_uri uri;
    if (dia_uri_parse(dia_cstr(text), &uri))
        return cli_usage(command, "--%s: '%s' is no DiameterURI, such as aaa://127.0.0.1:3868", option, text);
    if (uri.secure)
        return cli_usage(command, "--%s: '%s' asks for TLS, which this version does not have", option, text);
    if (uri.transport != DIA_TRANSPORT_TCP)
        return cli_usage(command, "--%s: '%s' asks for a transport that this version does not have", option, text);
    return 0;
}

static int check_uris(const cli_command *command, const char *option, const cli_texts *texts)
{
    for (size_t i = 0; i < texts->n; i++) {
        const int status = check_uri(command, option, texts->v[i]);
        if (status)
            return status;
    }
    return 0;
}

int cli_connection_config(const cli_command *command, const cli_connection_options *o, const char *host,
                          dia_node_config *config)
{
    static const char *const anybody[] = { "*", NULL };
    *config = (dia_node_config){
        .origin_host = o->origin_host ? o->origin_host : host,
        .origin_realm = o->origin_realm ? o->origin_realm : CLI_REALM,
        .watchdog_ms = (uint32_t)o->watchdog_ms,
        .allow = anybody,
    };
    if (!dia_identity_valid(dia_cstr(config->origin_host)))
        return cli_usage(command, "--origin-host: '%s' is no DiameterIdentity (letters, digits, '-' and '.')",
                         config->origin_host);
    if (!dia_identity_valid(dia_cstr(config->origin_realm)))
        return cli_usage(command, "--origin-realm: '%s' is no realm (letters, digits, '-' and '.')",
                         config->origin_realm);
    const int status = check_uris(command, "listen", &o->listen);
    return status ? status : check_uris(command, "connect", &o->connect);
}

/* All in one text, as the loop wants them; each is tried alone, so that a wrong one can be named. */
static int set_name_servers(const cli_command *command, const cli_texts *servers, dia_loop *loop)
{
    size_t size = 1;
    for (size_t i = 0; i < servers->n; i++) {
        const char *one = servers->v[i];
        const int err = strchr(one, ',') || !one[0] ? DIA_EFORMAT : dia_loop_name_servers(loop, one);
        if (err == DIA_EFORMAT)
            return cli_usage(command, "--name-server: '%s' is no address such as 192.0.2.1 or [2001:db8::1]:53", one);
        if (err)
            return cli_failed(command, "--name-server: %s", dia_strerror(err));
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
    return err ? cli_failed(command, "--name-server: %s", dia_strerror(err)) : 0;
}

int cli_connection_new(const cli_command *command, const cli_connection_options *o, const dia_node_config *config,
                       dia_loop **out)
{
    char why[200] = "";
    const int err = dia_loop_new(config, out, why, sizeof why);
    if (err == DIA_EINVAL)
        return cli_usage(command, "%s", why[0] ? why : dia_strerror(err));
    if (err)
        return cli_failed(command, "%s", why[0] ? why : dia_strerror(err));
    return set_name_servers(command, &o->name_servers, *out);
}

static const char *reason(int err)
{
    return err == DIA_ESYSTEM ? strerror(errno) : dia_strerror(err);
}

int cli_connection_start(const cli_command *command, const cli_connection_options *o, dia_loop *loop)
{
    enum { URI_MAX = 320, LISTEN_MAX = 16 };
    char bound[LISTEN_MAX][URI_MAX];
    if (o->listen.n > LISTEN_MAX)
        return cli_usage(command, "--listen '%s' is one too many", o->listen.v[LISTEN_MAX]);
    int err = 0;
    for (size_t i = 0; i < o->listen.n; i++) {
        errno = 0;
        err = dia_loop_listen(loop, o->listen.v[i], bound[i], sizeof bound[i]);
        if (err)
            return cli_failed(command, "cannot listen at '%s': %s", o->listen.v[i], reason(err));
    }
    err = o->pcap ? dia_loop_capture(loop, o->pcap) : 0; /* not before: it empties the file */
    if (err)
        return cli_failed(command, "cannot write '%s' of --pcap: %s", o->pcap, reason(err));
    for (size_t i = 0; i < o->connect.n; i++) {
        const dia_peer_config peer = { .connect = o->connect.v[i] };
        err = dia_node_add_peer(dia_loop_node(loop), &peer, NULL);
        if (err)
            return cli_failed(command, "cannot connect to '%s': %s", o->connect.v[i], reason(err));
    }
    if ((err = dia_loop_stop_on_signals(loop)))
        return cli_failed(command, "%s", reason(err));
    for (size_t i = 0; i < o->listen.n; i++)
        printf("listening %s\n", bound[i]);
    return fflush(stdout) ? CLI_FAILED : 0; /* said when the program ends */
}

int cli_connection_end(const cli_command *command, const cli_connection_options *o, dia_loop *loop, int status)
{
    const int err = loop ? dia_loop_capture_end(loop) : 0;
    dia_loop_free(loop);
    if (!err || err == DIA_ENOENT)
        return status;
    const int failed = cli_failed(command, "'%s' of --pcap is not complete: it could not be written", o->pcap);
    return status ? status : failed;
}
