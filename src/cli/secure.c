/* How connections are protected and carried: options to what the library takes. */
#include "secure.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRANSPORT_SCTP = 2 };

const cli_option cli_secure_rows[21] = {
    { "tls-certificate", 0, CLI_TEXT, offsetof(cli_secure_options, certificate), "FILE",
      "our certificate and those between it and the root, as PEM: for\naaas://" },
    { "tls-key", 0, CLI_TEXT, offsetof(cli_secure_options, key), "FILE",
      "its private key, as PEM [in the file of the certificate]" },
    { "tls-passphrase-file", 0, CLI_TEXT, offsetof(cli_secure_options, passphrase_file), "FILE",
      "a file whose first line is the passphrase of the key" },
    { "tls-trust", 0, CLI_TEXT, offsetof(cli_secure_options, trust), "FILE",
      "the roots that are believed, as PEM, or a folder of them" },
    { "tls-pin", 0, CLI_TEXTS, offsetof(cli_secure_options, pins), "SHA256",
      "a public key that the other end may have, instead of --tls-trust\nor besides: 64 hexadecimal digits or "
      "sha256//BASE64; several times" },
    { "tls-name", 0, CLI_CHOICE, offsetof(cli_secure_options, name), "host|realm|any",
      "what the other end's certificate must name [host]" },
    { "tls-anonymous-clients", 0, CLI_FLAG, offsetof(cli_secure_options, anonymous_clients), NULL,
      "who connects to us needs no certificate: nobody knows who it is\n(RFC 6733, 13.1 forbids it)" },
    { "tls-crl", 0, CLI_TEXT, offsetof(cli_secure_options, crl), "FILE",
      "lists of certificates that were withdrawn, as PEM" },
    { "tls-ocsp", 0, CLI_CHOICE, offsetof(cli_secure_options, ocsp), "off|ask|require",
      "OCSP responses that servers staple to their certificate [off]" },
    { "tls-least", 0, CLI_CHOICE, offsetof(cli_secure_options, least), "1.2|1.3", "the oldest version of TLS [1.2]" },
    { "tls-most", 0, CLI_CHOICE, offsetof(cli_secure_options, most), "1.2|1.3", "the newest version of TLS [1.3]" },
    { "tls-ciphers", 0, CLI_TEXT, offsetof(cli_secure_options, ciphers), "LIST",
      "ciphers of TLS 1.2, in the words of OpenSSL [ECDHE with AES-GCM or\nChaCha20-Poly1305]" },
    { "tls-suites", 0, CLI_TEXT, offsetof(cli_secure_options, suites), "LIST",
      "cipher suites of TLS 1.3, such as TLS_AES_256_GCM_SHA384 [AES-GCM\nand ChaCha20-Poly1305]" },
    { "tls-resumption", 0, CLI_FLAG, offsetof(cli_secure_options, resumption), NULL,
      "connections begin again without a whole handshake; a certificate\nthat is withdrawn meanwhile goes on until "
      "the ticket ends" },
    { "tls-key-log", 0, CLI_TEXT, offsetof(cli_secure_options, key_log), "FILE",
      "append secrets there, for Wireshark: whoever reads them reads\neverything [SSLKEYLOGFILE of the environment]" },
    { "inband", 0, CLI_CHOICE, offsetof(cli_secure_options, inband), "off|offer|require",
      "over TCP at aaa://, TLS behind CER and CEA, for peers of RFC 3588\n[off]" },
    { "transport", 0, CLI_CHOICE, offsetof(cli_secure_options, transport), "tcp|sctp",
      "of URIs without ;transport= [tcp]" },
    { "sctp-stack", 0, CLI_CHOICE, offsetof(cli_secure_options, sctp_stack), "any|kernel|usrsctp",
      "whose SCTP; any: the kernel's, or usrsctp where it has none [any]" },
    { "sctp-udp-port", 0, CLI_NUMBER, offsetof(cli_secure_options, sctp_udp_port), "PORT",
      "SCTP in UDP (RFC 6951) by usrsctp, at this port of ours; 0: raw IP\n[0]", 0, 65535, 0 },
    { "sctp-udp-peer", 0, CLI_NUMBER, offsetof(cli_secure_options, sctp_udp_peer), "PORT",
      "the port of peers that we connect to, where SCTP goes in UDP\n[that of --sctp-udp-port]", 0, 65535, 0 },
    { "timeout", 0, CLI_NUMBER, offsetof(cli_secure_options, timeout_ms), "MS",
      "for a connection to stand, with its TLS, CER and CEA; what waits\nfor an answer waits as long for it [10000]", 1,
      3600000, 10000 },
};

/* ---- TLS ---- */

bool cli_secure_has_tls(const cli_secure_options *o)
{
    return o->certificate != NULL;
}

const char *cli_secure_key_log(const char *said)
{
    const char *named = said ? said : getenv("SSLKEYLOGFILE");
    return named && named[0] ? named : NULL;
}

/* Options that say nothing without a certificate. */
static const char *left_alone(const cli_secure_options *o)
{
    return o->key                 ? "tls-key"
           : o->passphrase_file   ? "tls-passphrase-file"
           : o->trust             ? "tls-trust"
           : o->pins.n            ? "tls-pin"
           : o->name              ? "tls-name"
           : o->anonymous_clients ? "tls-anonymous-clients"
           : o->crl               ? "tls-crl"
           : o->ocsp              ? "tls-ocsp"
           : o->least             ? "tls-least"
           : o->most              ? "tls-most"
           : o->ciphers           ? "tls-ciphers"
           : o->suites            ? "tls-suites"
           : o->resumption        ? "tls-resumption"
           : o->key_log           ? "tls-key-log"
           : o->inband > 1        ? "inband"
                                  : NULL;
}

/* Its first line. */
static int read_passphrase(const cli_command *command, const char *name, char room[CLI_PASSPHRASE_ROOM])
{
    FILE *in = fopen(name, "r");
    errno = in ? 0 : errno;
    const bool any = in && fgets(room, CLI_PASSPHRASE_ROOM, in) != NULL;
    const int err = any || (in && !ferror(in)) ? 0 : errno;
    if (in)
        fclose(in);
    if (err)
        return cli_usage(command, "cannot read '%s' of --tls-passphrase-file: %s", name, strerror(err));
    const size_t n = any ? strcspn(room, "\r\n") : 0;
    if (n == CLI_PASSPHRASE_ROOM - 1)
        return cli_usage(command, "'%s' of --tls-passphrase-file: its first line is too long for a passphrase", name);
    room[n] = 0;
    return n ? 0 : cli_usage(command, "'%s' of --tls-passphrase-file has no passphrase in its first line", name);
}

int cli_secure_config(const cli_command *command, const cli_secure_options *o, char room[CLI_PASSPHRASE_ROOM],
                      dia_tls_config *out)
{
    static const dia_tls_version versions[] = { DIA_TLS_1_2, DIA_TLS_1_2, DIA_TLS_1_3 };
    *out = (dia_tls_config){ 0 };
    room[0] = 0;
    if (!cli_secure_has_tls(o))
        return left_alone(o) ? cli_usage(command, "--%s goes with --tls-certificate", left_alone(o)) : 0;
    if (!o->trust && !o->pins.n)
        return cli_usage(command, "--tls-certificate goes with --tls-trust or --tls-pin: whom to believe");
    if (o->least == 2 && o->most == 1)
        return cli_usage(command, "--tls-least 1.3 is above --tls-most 1.2");
    if (o->ciphers && o->least == 2)
        return cli_usage(command,
                         "--tls-ciphers are those of TLS 1.2, and --tls-least is 1.3: there --tls-suites counts");
    if (o->suites && o->most == 1)
        return cli_usage(command,
                         "--tls-suites are those of TLS 1.3, and --tls-most is 1.2: there --tls-ciphers counts");
    const int status = o->passphrase_file ? read_passphrase(command, o->passphrase_file, room) : 0;
    if (status)
        return status;
    *out = (dia_tls_config){
        .certificate = o->certificate,
        .key = o->key,
        .passphrase = o->passphrase_file ? room : NULL,
        .trust = o->trust,
        .pins = o->pins.v, /* ends with NULL */
        .name = o->name ? (dia_tls_name)(o->name - 1) : DIA_TLS_NAME_HOST,
        .anonymous_clients = o->anonymous_clients,
        .crl = o->crl,
        .ocsp = o->ocsp ? (dia_tls_ocsp)(o->ocsp - 1) : DIA_TLS_OCSP_OFF,
        .least = versions[o->least],
        .most = o->most ? versions[o->most] : DIA_TLS_1_3,
        .ciphers = o->ciphers,
        .suites = o->suites,
        .resumption = o->resumption,
        .key_log = cli_secure_key_log(o->key_log),
    };
    return 0;
}

static int start_tls(const cli_command *command, const cli_secure_options *o, dia_loop *loop)
{
    char room[CLI_PASSPHRASE_ROOM], why[300] = "";
    dia_tls_config config;
    const int status = cli_secure_config(command, o, room, &config);
    if (status || !cli_secure_has_tls(o))
        return status;
    const int err = dia_loop_tls(loop, NULL, &config, why, sizeof why);
    memset(room, 0, sizeof room);
    if (err == DIA_EINVAL)
        return cli_usage(command, "%s", why);
    return err ? cli_failed(command, "--tls-certificate: %s", why[0] ? why : dia_strerror(err)) : 0;
}

/* ---- SCTP ---- */

static int start_sctp(const cli_command *command, const cli_secure_options *o, dia_loop *loop)
{
    char why[300] = "";
    const dia_sctp_config config = { .stack = o->sctp_stack ? (dia_sctp_stack)(o->sctp_stack - 1) : DIA_SCTP_ANY,
                                     .udp_port = (uint16_t)o->sctp_udp_port };
    if (!o->sctp_stack && !o->sctp_udp_port)
        return 0;
    const int err = dia_loop_sctp(loop, &config, why, sizeof why);
    return err ? cli_failed(command, "--sctp-%s: %s", o->sctp_stack ? "stack" : "udp-port",
                            why[0] ? why : dia_strerror(err))
               : 0;
}

int cli_secure_start(const cli_command *command, const cli_secure_options *o, dia_loop *loop)
{
    const int status = start_tls(command, o, loop);
    return status ? status : start_sctp(command, o, loop);
}

/* ---- URIs ---- */

char *cli_secure_uri(const cli_secure_options *o, const char *text, bool open)
{
    static const char transport[] = ";transport=";
    const bool any = open && cli_secure_has_tls(o) && !o->transport;
    const char *scheme = any || strstr(text, "://") ? "" : cli_secure_has_tls(o) ? "aaas://" : "aaa://";
    const bool sctp = o->transport == TRANSPORT_SCTP && !strstr(text, transport);
    const size_t at = strcspn(text, ";"); /* before a protocol */
    const size_t size = strlen(scheme) + strlen(text) + sizeof transport + 4;
    char *out = cli_new(size);
    snprintf(out, size, "%s%.*s%s%s%s", scheme, (int)at, text, sctp ? transport : "", sctp ? "sctp" : "", text + at);
    return out;
}

int cli_secure_check_uri(const cli_command *command, const cli_secure_options *o, const char *option, const char *text)
{
    dia_uri uri;
    int status = 0;
    char *whole = cli_secure_uri(o, text, false);
    if (dia_uri_parse(dia_cstr(whole), &uri))
        status = cli_usage(command, "--%s: '%s' is no DiameterURI, such as aaa://127.0.0.1:3868", option, text);
    else if (uri.secure && !cli_secure_has_tls(o))
        status = cli_usage(command, "--%s: '%s' is TLS, which goes with --tls-certificate and --tls-trust or --tls-pin",
                           option, text);
    else if (uri.protocol != DIA_PROTOCOL_DIAMETER)
        status = cli_usage(command, "--%s: '%s' is another protocol's", option, text);
    free(whole);
    return status;
}

const char *cli_secure_lacking(const char *text)
{
    dia_uri uri;
    if (dia_uri_parse(dia_cstr(text), &uri))
        return dia_strerror(DIA_ENOTSUP);
    if (uri.transport == DIA_TRANSPORT_SCTP)
        return uri.secure ? "this build, or the kernel, lacks DTLS over SCTP" : "this build, or the kernel, lacks SCTP";
    return uri.secure ? "this build lacks TLS (OpenSSL)" : dia_strerror(DIA_ENOTSUP);
}
