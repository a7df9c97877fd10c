/* How connections are protected and carried, as the subcommands that talk have it in common: --tls-..., --transport, --timeout. */
#ifndef CLI_SECURE_H
#define CLI_SECURE_H

#include "options.h"

#include <diatom/loop.h>

enum { CLI_PASSPHRASE_ROOM = 1024 };

typedef struct cli_secure_options {
    const char *certificate, *key, *passphrase_file, *trust, *crl, *ocsp_response, *ciphers, *suites, *key_log;
    cli_texts pins;
    bool anonymous_clients, resumption;
    int name, crl_of, ocsp, least, most, inband, transport, sctp_stack; /* from 1, as the words stand; 0: not given */
    uint64_t depth, expires_days,                                       /* 0: not given */
        sctp_udp_port, sctp_udp_peer, timeout_ms;
} cli_secure_options;
extern const cli_option cli_secure_rows[25];

/* Do the options say how to protect connections? */
bool cli_secure_has_tls(const cli_secure_options *options);

/* Do they go together? 0, or CLI_USAGE after a message. */
int cli_secure_check(const cli_command *command, const cli_secure_options *options);

/* What they say for the library, views into them, without the passphrase. */
dia_tls_config cli_secure_tls(const cli_secure_options *options);

dia_inband cli_secure_inband(const cli_secure_options *options);
dia_sctp_config cli_secure_sctp(const cli_secure_options *options);

/* Reads the passphrase, as long as the key is read: false with a sentence in `why` when its file has none. cli_secure_lock() behind
 * it in any case, so that nothing of it stays in memory. */
bool cli_secure_unlock(const cli_secure_options *options, char room[CLI_PASSPHRASE_ROOM], dia_tls_config *tls,
                       char *why, size_t why_size);
void cli_secure_lock(char room[CLI_PASSPHRASE_ROOM], dia_tls_config *tls);

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
