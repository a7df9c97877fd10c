/* What the subcommands that talk have in common: an identity, peers, captures. */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include "secure.h"

#define CLI_REALM "diatom.localdomain"

typedef struct cli_connection_options {
    const char *origin_host, *origin_realm, *pcap;
    cli_texts listen, connect, discover, peers, allow, name_servers, pcap_peers;
    uint64_t watchdog_ms, reconnect_ms, reopen_dwas;
    bool capabilities_update;
    cli_secure_options secure;
    uint32_t application; /* what --discover asks for; no option; 0: any */
} cli_connection_options;
extern const cli_option cli_connection_rows[14];

/* Checks the options and fills a configuration from them; `host` is the Origin-Host when none is given. 0 or CLI_USAGE. */
int cli_connection_config(const cli_command *command, const cli_connection_options *options, const char *host,
                          dia_node_config *config);

/* Ways to a peer: those to connect to and those to listen at. */
size_t cli_connection_ways(const cli_connection_options *options);

/* Makes the loop, which asks the name servers of the options. 0 or an exit status after a message. */
int cli_connection_new(const cli_command *command, const cli_connection_options *options, const dia_node_config *config,
                       dia_loop **out);

/* Starts captures, listeners and connections, lets SIGTERM, SIGINT and SIGHUP stop the loop, and then says "listening URI" for each
 * listener. Before that signals end the program, which may wait for the name of a listener. With `first`, another loop
 * that was started before, its captures are this one's, too. 0, or CLI_FAILED after a message. */
int cli_connection_start(const cli_command *command, const cli_connection_options *options, dia_loop *loop,
                         const dia_loop *first);

/* These signals call fn instead. SIGHUP does where it was not ignored when the program began (nohup). 0 or an error; none
 * behind cli_connection_start(). */
int cli_connection_on_end(dia_loop *loop, void (*fn)(void *arg), void *arg);

/* Has a way failed - a connection was not made, or the DNS names none? */
bool cli_connection_is_failure(const dia_event *event);

/* Says which connection failed, and why. CLI_FAILED. */
int cli_connection_failed(const cli_command *command, const dia_event *event);

/* Asked when a connection has failed: may another one stand, since an address was not tried yet, or somebody may connect to
 * us? */
bool cli_connection_may_stand(const cli_connection_options *options, const dia_node *node);

/* Ends the captures and frees the loop, which may be NULL. `status`, or CLI_FAILED when a capture is not complete. */
int cli_connection_end(const cli_command *command, const cli_connection_options *options, dia_loop *loop, int status);

/* Asks these name servers (--name-server); none: those of the system. 0, or an exit status after a message. */
int cli_name_servers(const cli_command *command, const cli_texts *servers, dia_loop *loop);

#endif
