/* How connections are protected and carried: options to what the library takes. */
#include "secure.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRANSPORT_SCTP = 2, STACK_KERNEL = 2, STACK_USRSCTP = 3 };

const cli_option cli_secure_rows[25] = {
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
    { "tls-crl-of", 0, CLI_CHOICE, offsetof(cli_secure_options, crl_of), "all|leaf",
      "which certificates are looked for there: all but the root's, or the\nother end's own alone [all]" },
    { "tls-ocsp", 0, CLI_CHOICE, offsetof(cli_secure_options, ocsp), "off|ask|require",
      "OCSP responses that servers staple to their certificate [off]" },
    { "tls-ocsp-response", 0, CLI_TEXT, offsetof(cli_secure_options, ocsp_response), "FILE",
      "the one that we staple to ours when we are asked, as DER" },
    { "tls-least", 0, CLI_CHOICE, offsetof(cli_secure_options, least), "1.2|1.3", "the oldest version of TLS [1.2]" },
    { "tls-most", 0, CLI_CHOICE, offsetof(cli_secure_options, most), "1.2|1.3", "the newest version of TLS [1.3]" },
    { "tls-ciphers", 0, CLI_TEXT, offsetof(cli_secure_options, ciphers), "LIST",
      "ciphers of TLS 1.2, in the words of OpenSSL [ECDHE with AES-GCM or\nChaCha20-Poly1305]" },
    { "tls-suites", 0, CLI_TEXT, offsetof(cli_secure_options, suites), "LIST",
      "cipher suites of TLS 1.3, such as TLS_AES_256_GCM_SHA384 [AES-GCM\nand ChaCha20-Poly1305]" },
    { "tls-depth", 0, CLI_NUMBER, offsetof(cli_secure_options, depth), "N",
      "certificates between the other end's and the root's, at most [4]", 1, 20, 0 },
    { "tls-resumption", 0, CLI_FLAG, offsetof(cli_secure_options, resumption), NULL,
      "connections begin again without a whole handshake; a certificate\nthat is withdrawn meanwhile goes on until "
      "the ticket ends" },
    { "tls-expires", 0, CLI_NUMBER, offsetof(cli_secure_options, expires_days), "DAYS",
      "so long before a certificate ends, ours or the other end's, an event\nsays so [30]", 1, 365, 0 },
    { "tls-key-log", 0, CLI_TEXT, offsetof(cli_secure_options, key_log), "FILE",
      "append secrets there, for Wireshark: whoever reads them reads\neverything, so others "
      "must not be allowed to [SSLKEYLOGFILE of the\nenvironment]" },
    { "inband", 0, CLI_CHOICE, offsetof(cli_secure_options, inband), "off|offer|require",
      "over TCP at aaa://, TLS behind CER and CEA, for peers of RFC 3588\n[off]" },
    { "transport", 0, CLI_CHOICE, offsetof(cli_secure_options, transport), "tcp|sctp",
      "of URIs without ;transport= [tcp]" },
    { "sctp-stack", 0, CLI_CHOICE, offsetof(cli_secure_options, sctp_stack), "any|kernel|usrsctp",
      "whose SCTP; any: the kernel's, or usrsctp where it has none [any]" },
    { "sctp-udp-port", 0, CLI_NUMBER, offsetof(cli_secure_options, sctp_udp_port), "PORT",
      "SCTP in UDP (RFC 6951) by usrsctp, at this port of ours; 0: raw IP\n[0]", 0, 65535, 0 },
    { "sctp-udp-peer", 0, CLI_NUMBER, offsetof(cli_secure_options, sctp_udp_peer), "PORT",
      "the port of peers that we connect to, where SCTP goes in UDP\n[9899 with --sctp-udp-port]", 0, 65535, 0 },
    { "timeout", 0, CLI_NUMBER, offsetof(cli_secure_options, timeout_ms), "MS",
      "for a connection to stand, with its TLS, CER and CEA; what waits\nfor an answer waits as long for it [10000]", 1,
      3600000, 10000 },
};

/* ---- TLS ---- */

#ifdef CLI_HAVE_TLS
static const char tls_wants[] = "goes with --tls-certificate and --tls-trust or --tls-pin";
#else
static const char tls_wants[] = "was left out of this build (OpenSSL)";
#endif

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
    const struct {
        const char *name;
        bool given;
    } rows[] = {
        { "tls-key", o->key },
        { "tls-passphrase-file", o->passphrase_file },
        { "tls-trust", o->trust },
        { "tls-pin", o->pins.n },
        { "tls-name", o->name },
        { "tls-anonymous-clients", o->anonymous_clients },
        { "tls-crl", o->crl },
        { "tls-crl-of", o->crl_of },
        { "tls-ocsp", o->ocsp },
        { "tls-ocsp-response", o->ocsp_response },
        { "tls-least", o->least },
        { "tls-most", o->most },
        { "tls-ciphers", o->ciphers },
        { "tls-suites", o->suites },
        { "tls-depth", o->depth },
        { "tls-resumption", o->resumption },
        { "tls-expires", o->expires_days },
        { "tls-key-log", o->key_log },
        { "inband", o->inband > 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].given)
            return rows[i].name;
    return NULL;
}

static int check_sctp(const cli_command *command, const cli_secure_options *o)
{
    if (o->sctp_stack == STACK_KERNEL && o->sctp_udp_port)
        return cli_usage(command, "--sctp-udp-port is usrsctp's: the kernel's is a matter of sysctl net.sctp.udp_port");
    if (o->sctp_stack == STACK_USRSCTP && o->sctp_udp_peer && !o->sctp_udp_port)
        return cli_usage(command, "--sctp-udp-peer goes with --sctp-udp-port: usrsctp goes over raw IP without it");
    return 0;
}

int cli_secure_check(const cli_command *command, const cli_secure_options *o)
{
    if (check_sctp(command, o))
        return CLI_USAGE;
    if (!cli_secure_has_tls(o))
        return left_alone(o) ? cli_usage(command, "--%s goes with --tls-certificate", left_alone(o)) : 0;
    if (!o->trust && !o->pins.n)
        return cli_usage(command, "--tls-certificate goes with --tls-trust or --tls-pin: whom to believe");
    if (o->crl_of && !o->crl)
        return cli_usage(command, "--tls-crl-of goes with --tls-crl: the lists");
    if (o->least == 2 && o->most == 1)
        return cli_usage(command, "--tls-least 1.3 is above --tls-most 1.2");
    if (o->ciphers && o->least == 2)
        return cli_usage(command,
                         "--tls-ciphers are those of TLS 1.2, and --tls-least is 1.3: there --tls-suites counts");
    if (o->suites && o->most == 1)
        return cli_usage(command,
                         "--tls-suites are those of TLS 1.3, and --tls-most is 1.2: there --tls-ciphers counts");
    return 0;
}

dia_tls_config cli_secure_tls(const cli_secure_options *o)
{
    static const dia_tls_version versions[] = { DIA_TLS_1_2, DIA_TLS_1_2, DIA_TLS_1_3 };
    return (dia_tls_config){
        .certificate = o->certificate,
        .key = o->key,
        .trust = o->trust,
        .pins = o->pins.v, /* ends with NULL */
        .name = o->name ? (dia_tls_name)(o->name - 1) : DIA_TLS_NAME_HOST,
        .anonymous_clients = o->anonymous_clients,
        .crl = o->crl,
        .crl_of = o->crl_of ? (dia_tls_crl)(o->crl_of - 1) : DIA_TLS_CRL_ALL,
        .ocsp = o->ocsp ? (dia_tls_ocsp)(o->ocsp - 1) : DIA_TLS_OCSP_OFF,
        .ocsp_response = o->ocsp_response,
        .least = versions[o->least],
        .most = o->most ? versions[o->most] : DIA_TLS_1_3,
        .ciphers = o->ciphers,
        .suites = o->suites,
        .depth = (uint32_t)o->depth,
        .resumption = o->resumption,
        .expires_s = (uint32_t)o->expires_days * 86400,
        .key_log = cli_secure_key_log(o->key_log),
    };
}

/* Its first line, which no buffer of the C library gets to see. */
static const char *read_passphrase(const char *name, char room[CLI_PASSPHRASE_ROOM])
{
    FILE *in = fopen(name, "r");
    if (!in)
        return strerror(errno);
    setvbuf(in, NULL, _IONBF, 0);
    errno = 0;
    const bool any = fgets(room, CLI_PASSPHRASE_ROOM, in) != NULL;
    const char *why = any || !ferror(in) ? NULL : strerror(errno);
    fclose(in);
    const size_t n = any ? strcspn(room, "\r\n") : 0;
    if (n == CLI_PASSPHRASE_ROOM - 1)
        why = "its first line is too long for a passphrase";
    else if (!n && !why)
        why = "its first line is empty";
    room[n] = 0;
    return why;
}

bool cli_secure_unlock(const cli_secure_options *o, char room[CLI_PASSPHRASE_ROOM], dia_tls_config *tls, char *why,
                       size_t why_size)
{
    const char *reason = o->passphrase_file ? read_passphrase(o->passphrase_file, room) : NULL;
    if (reason)
        snprintf(why, why_size, "cannot read '%s' of --tls-passphrase-file: %s", o->passphrase_file, reason);
    tls->passphrase = o->passphrase_file && !reason ? room : NULL;
    return !reason;
}

void cli_secure_lock(char room[CLI_PASSPHRASE_ROOM], dia_tls_config *tls)
{
    explicit_bzero(room, CLI_PASSPHRASE_ROOM);
    tls->passphrase = NULL;
}

static int start_tls(const cli_command *command, const cli_secure_options *o, dia_loop *loop)
{
    char room[CLI_PASSPHRASE_ROOM] = "", why[600] = "";
    if (!cli_secure_has_tls(o))
        return 0;
    dia_tls_config config = cli_secure_tls(o);
    const bool unlocked = cli_secure_unlock(o, room, &config, why, sizeof why);
    const int err = unlocked ? dia_loop_tls(loop, NULL, &config, why, sizeof why) : DIA_EINVAL;
    cli_secure_lock(room, &config);
    if (err == DIA_EINVAL)
        return cli_usage(command, "%s", why);
    if (err == DIA_ENOTSUP)
        return cli_usage(command, "--tls-certificate: %s", why);
    return err ? cli_failed(command, "--tls-certificate: %s", dia_loop_last_fault(loop)) : 0;
}

dia_inband cli_secure_inband(const cli_secure_options *o)
{
    return o->inband ? (dia_inband)(o->inband - 1) : DIA_INBAND_OFF;
}

/* ---- SCTP ---- */

dia_sctp_config cli_secure_sctp(const cli_secure_options *o)
{
    return (dia_sctp_config){ .stack = o->sctp_stack ? (dia_sctp_stack)(o->sctp_stack - 1) : DIA_SCTP_ANY,
                              .udp_port = (uint16_t)o->sctp_udp_port };
}

static int start_sctp(const cli_command *command, const cli_secure_options *o, dia_loop *loop)
{
    const dia_sctp_config config = cli_secure_sctp(o);
    if (!o->sctp_stack && !o->sctp_udp_port)
        return 0;
    const int err = dia_loop_sctp(loop, &config, NULL, 0);
    if (err == DIA_EEXIST) /* one of ours: nobody else in this process speaks SCTP */
        return cli_usage(command,
                         "usrsctp serves one loop of a process, and each connection of --connections has its own: "
                         "--connections 1, or the kernel's SCTP");
    return err ? cli_failed(command, "--sctp-%s: %s", o->sctp_stack ? "stack" : "udp-port", dia_loop_last_fault(loop))
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
        status = cli_usage(command, "--%s: '%s' is TLS, which %s", option, text, tls_wants);
    else if (uri.protocol != DIA_PROTOCOL_DIAMETER)
        status = cli_usage(command, "--%s: '%s' is another protocol's", option, text);
    free(whole);
    return status;
}
