/* How connections are protected and carried, as the subcommands that talk have it in common: --tls-..., --transport, --timeout. */
#ifndef CLI_SECURE_H
#define CLI_SECURE_H

#include "options.h"

#include <diatom/loop.h>

enum { CLI_PASSPHRASE_ROOM = 1024 };

typedef struct cli_secure_options {
    const char *certificate, *key, *passphrase_file, *trust, *crl, *ciphers, *suites, *key_log;
    cli_texts pins;
    bool anonymous_clients, resumption;
    int name, ocsp, least, most, inband, transport, sctp_stack; /* from 1, as the words stand; 0: not given */
    uint64_t sctp_udp_port, sctp_udp_peer, timeout_ms;
} cli_secure_options;
extern const cli_option cli_secure_rows[21];

/* Do the options say how to protect connections? */
bool cli_secure_has_tls(const cli_secure_options *options);

/* What they say, checked; views into them, and the passphrase in `room`. Where they say nothing *out is all zero. 0, or
 * CLI_USAGE after a message. */
int cli_secure_config(const cli_command *command, const cli_secure_options *options, char room[CLI_PASSPHRASE_ROOM],
                      dia_tls_config *out);

/* Tells the loop; no connection is wished for yet. 0, or an exit status after a message. */
int cli_secure_start(const cli_command *command, const cli_secure_options *options, dia_loop *loop);

/* A DiameterURI with what the options say of URIs, for free(): a host alone gets the scheme, and what says no transport
 * that of --transport. `open`: with TLS and no transport it stays a host alone, which is tried over TCP and then SCTP. */
char *cli_secure_uri(const cli_secure_options *options, const char *text, bool open);

/* Checks such a text, of an option of this name. 0 or CLI_USAGE. */
int cli_secure_check_uri(const cli_command *command, const cli_secure_options *options, const char *option,
                         const char *text);

/* The file for secrets that the environment names (SSLKEYLOGFILE), where nothing else is said. NULL: none. */
const char *cli_secure_key_log(const char *said);

#endif
