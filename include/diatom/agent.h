/* The agent: a node that runs from a configuration - identity, listeners, peers, routes, policies, limits - and takes a changed
 * one while it runs.
 *
 *     dia_agent_mistakes mistakes = { 0 };
 *     if (dia_agent_new(&options, text, &agent, &mistakes)) ...            the text is read and checked
 *     dia_node_config config = *dia_agent_node_config(agent);
 *     dia_loop_new(&config, &loop, why, sizeof why);
 *     dia_agent_start(agent, dia_loop_node(loop), &mistakes);              it listens and connects
 *     ...
 *     dia_agent_reload(agent, changed_text, &changes, &mistakes);          what did not change stays as it is
 *
 * The configuration is YAML; docs/agent.md has all its keys, printed from the same tables that read it. The agent opens no
 * file and no socket: its windows are calls of the driver's (dia_agent_windows). `diatom agent` is such a driver. One agent,
 * one thread. */
#ifndef DIATOM_AGENT_H
#define DIATOM_AGENT_H

#include "diatom/log.h"
#include "diatom/node.h"
#include "diatom/report.h"
#include "diatom/sctp.h"
#include "diatom/tls.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_agent dia_agent;

/* ---- Mistakes ---- */

/* One thing that is wrong with a configuration, and what is allowed instead: "4:15: peers[0].watchdog: ...". */
typedef struct dia_agent_mistake {
    uint32_t line, column; /* from 1; 0: it is at no place */
    char file[128];        /* of a table; "": the configuration itself */
    char path[160];        /* "routes[2].to[0].peer"; "": the whole */
    char text[400];        /* a sentence */
} dia_agent_mistake;

/* All that was found, in the order in which it was found. All zero is an empty list; calls append. */
enum { DIA_AGENT_MISTAKES = 50 };
typedef struct dia_agent_mistakes {
    size_t n, more; /* in v; and for which there was no room */
    dia_agent_mistake v[DIA_AGENT_MISTAKES];
} dia_agent_mistakes;

/* ---- What the configuration says to the driver ---- */

/* Strings are NULL where nothing is configured. Valid until the next reload that succeeds. */
typedef struct dia_agent_settings {
    dia_log_format log_format;
    dia_log_level log_level;
    bool log_messages;        /* a line for each message */
    const char *metrics;      /* "127.0.0.1:9090": where metrics are served over HTTP */
    const char *control;      /* path of the local socket for `diatom ctl` */
    uint32_t control_mode;    /* its permissions */
    const char *capture;      /* file that all messages are written to */
    const char *name_servers; /* as dia_loop_name_servers() takes them */
} dia_agent_settings;

/* A listener. */
typedef struct dia_agent_listener {
    const char *uri;
    dia_listener_config as;
    dia_socket_options socket;
} dia_agent_listener;

/* ---- Windows ---- */

/* Calls of the driver's. `why` is for a sentence, which is the mistake (of a loop, dia_loop_last_fault()); left empty, the error's is
 * taken. */
typedef struct dia_agent_windows {
    /* Reads a file that the configuration names. The text is given back by close(). NULL: there are no files. */
    int (*open)(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size);
    void (*close)(void *arg, dia_bytes text);
    /* Listens for the node, and stops to. `bound` is the URI with the port that it got, by which it is known afterwards. NULL:
     * listeners are not wanted. Connections that were accepted stay. Where a listener that goes is in the way of one that comes, it is
     * stopped first, and listens again when the other cannot. */
    int (*listen)(void *arg, const dia_agent_listener *listener, char *bound, size_t bound_size, char *why,
                  size_t why_size);
    void (*unlisten)(void *arg, const char *bound);
    /* Gives a listener another identity, other patterns and another profile of `tls`; its socket stays. */
    int (*relisten)(void *arg, const char *bound, const dia_agent_listener *listener);
    /* Tries a profile of `tls`: its files are read, nothing is in force. DIA_EINVAL or DIA_ENOTSUP with a sentence in `why`. NULL:
     * they are not tried. */
    int (*try_tls)(void *arg, const dia_tls_config *config, char *why, size_t why_size);
    /* Puts a profile in force under its name, in the place of the former; NULL is that of connections which name none. And takes
     * it away. Connections that stand go on. NULL: profiles are not wanted. */
    int (*tls)(void *arg, const char *name, const dia_tls_config *config, char *why, size_t why_size);
    void (*tls_end)(void *arg, const char *name);
    /* Can this host speak SCTP by that stack (dia_loop_try_sctp())? Nothing is opened. DIA_ENOTSUP with a sentence in `why`. NULL: it
     * is not tried. */
    int (*try_sctp)(void *arg, dia_sctp_stack stack, char *why, size_t why_size);
    /* How SCTP is spoken, before the first listener and peer. Not called where nothing is said. NULL: it is not wanted. */
    int (*sctp)(void *arg, const dia_sctp_config *config, char *why, size_t why_size);
    void *arg;
} dia_agent_windows;

typedef struct dia_agent_options {
    dia_agent_windows windows;
    const dia_dicts *dicts; /* for names of applications, commands and AVPs; kept, and longer than the node */
    const char
        *left_out; /* names of dictionaries, "cc,gy", that this build went without: a mistake says so; NULL: none */
    const dia_allocator *alloc; /* kept; NULL: the C library's */
    uint8_t key[16];            /* random: the names that hidden hosts get are made with it */
    bool
        handlers; /* the program registers handlers at the node: routes may say `action: local`, which is a mistake else */
    /* For what a configuration does not say; NULL and 0: nothing. */
    const dia_tls_config *tls; /* the profile of those who name none; kept */
    dia_transport transport;   /* of URIs of listeners and peers without ";transport=" */
    dia_inband inband;         /* of listeners at aaa://, and of peers that are connected to without TLS */
    dia_sctp_stack sctp_stack; /* sctp.stack */
    uint16_t udp_port;         /* sctp.udp-port: ours */
    uint16_t udp_peer;         /* socket.udp-port of peers: theirs */
    uint32_t cer_ms;           /* limits.cer */
} dia_agent_options;

/* ---- Life ---- */

/* Reads and checks a configuration; tables that it names are read, too, and profiles of `tls` tried. Nothing is opened beside
 * them: this is all that `diatom agent --check` does. DIA_EFORMAT: it has mistakes; DIA_ENOTSUP: this build has no libyaml, which is a mistake, too;
 * DIA_ENOMEM. */
int dia_agent_new(const dia_agent_options *options, dia_bytes text, dia_agent **out, dia_agent_mistakes *mistakes);

/* Behind the node, which uses what the agent has made for it. */
void dia_agent_free(dia_agent *agent);

/* What the node of this agent is made with; seed, clock and callbacks are the driver's to fill in. Valid until the next reload
 * that succeeds. */
const dia_node_config *dia_agent_node_config(const dia_agent *agent);

/* Applications, routes, policies, listeners and peers come to be. `node` is kept, and made with that configuration. Once.
 * DIA_ESYSTEM, DIA_EINVAL and others with a mistake: a listener could not be; then the node is of no use. */
int dia_agent_start(dia_agent *agent, dia_node *node, dia_agent_mistakes *mistakes);

/* How much a reload has changed. */
typedef struct dia_agent_changes {
    uint32_t peers_added, peers_changed, peers_removed;
    uint32_t listeners_added, listeners_changed, listeners_removed;
    uint32_t applications_added, applications_removed;
    uint32_t tls_added, tls_changed, tls_removed; /* profiles */
    uint32_t tls_read; /* whose files were read anew, and say the same in the configuration */
    bool routes, policies, limits, settings;
} dia_agent_changes;

/* Takes a changed configuration. What it does not change stays untouched: connections, listening sockets, requests under
 * way; peers that it does not have any more drain and get their DPR. The files of `tls` are read anew in any case. With mistakes, or when something cannot be done,
 * nothing has changed. `changes` may be NULL. DIA_EFORMAT and the like with mistakes; DIA_ESTATE: the agent was not started,
 * or the node stops. */
int dia_agent_reload(dia_agent *agent, dia_bytes text, dia_agent_changes *changes, dia_agent_mistakes *mistakes);

/* What the changes are in words: "2 peers added, 1 removed; routes". "nothing has changed". Always ends with NUL. */
void dia_agent_changes_print(const dia_agent_changes *changes, char *to, size_t size);

const dia_agent_settings *dia_agent_get_settings(const dia_agent *agent);

/* The node; NULL before dia_agent_start(). */
dia_node *dia_agent_node(const dia_agent *agent);

/* Appends the routes in force, a line each behind a head, or as one object of JSON on a line: what they are about, where they
 * lead, how often they were taken. DIA_ENOMEM, DIA_ESPACE as to->err says. */
int dia_agent_show_routes(const dia_agent *agent, bool json, dia_page *to);

/* A policy, or the limit of a peer, that a request matches. Valid in the call. */
typedef struct dia_agent_policy_seen {
    const char *name; /* of a limit the peer's host; of one without a name "policies[2]" */
    const char *does; /* in words: "rewrites Destination-Realm, rejects with 5003"; "": nothing to this request */
} dia_agent_policy_seen;
typedef void dia_agent_policy_fn(void *arg, const dia_agent_policy_seen *seen);

/* Tells the policies that a request of this peer matches as it came, in their order, up to one that is the last. What they do
 * to it may let it match others, which is not looked at; nothing is counted. `relayed`: a route passes it on as it is, and
 * so do all whose application is not configured: what would change it is left out. DIA_EFORMAT: no header; DIA_ENOMEM. */
int dia_agent_explain_policies(const dia_agent *agent, dia_bytes message, dia_bytes from, bool relayed,
                               dia_agent_policy_fn *fn, void *arg);

/* Appends the policies in the same two ways, in their order, the limits of peers first: how many requests each has matched,
 * how many messages it has rejected, refused for its limit, and hidden names in. */
int dia_agent_show_policies(const dia_agent *agent, bool json, dia_page *to);

/* What routes and policies did, as counters: `more` of a dia_report, with the agent as its argument. Those of one name are one
 * sample. */
int dia_agent_add_metrics(void *agent, dia_metrics *to);

/* The reference of the configuration's language, as Markdown. */
int dia_agent_schema(dia_write_fn *write, void *arg);

#ifdef __cplusplus
}
#endif
#endif
