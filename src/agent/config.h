/* A configuration as plain structs, one for each map of schema.c; all of it lies in one arena. Stays in this folder. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include "agent/schema.h"
#include "diatom/route.h"

/* Who we are, as a whole or somewhere. */
typedef struct dia_agent_identity {
    const dia_tree *at;
    const char *host, *realm, *product;
    uint32_t vendor, firmware;
    dia_agent_texts addresses;
    DIA_AGENT_LIST(dia_agent_application) applications; /* of identities that stand elsewhere */
} dia_agent_identity;

typedef struct dia_agent_socket {
    const dia_tree *at;
    dia_agent_texts local;
    uint32_t dscp, user_timeout_ms, keepalive_s, send_buffer, receive_buffer;
    uint32_t streams, rto_min_ms, rto_max_ms, heartbeat_ms, path_retries, udp_port; /* of SCTP */
} dia_agent_socket;

/* What protects connections. */
typedef struct dia_agent_tls {
    const dia_tree *at;
    const char *name;
    const char *certificate, *key, *passphrase_file, *trust, *crl, *ocsp_response, *ciphers, *suites, *key_log;
    dia_agent_texts pins;
    int identity, crl_of, ocsp, least, most;
    bool anonymous_clients, resumption;
    uint32_t depth, expires_s;
} dia_agent_tls;

typedef struct dia_agent_sctp {
    const dia_tree *at;
    int stack;
    uint32_t udp_port;
    const char *udp_address;
} dia_agent_sctp;

/* What a peer may send (RFC 6733, 2.9). */
typedef struct dia_agent_origins {
    const dia_tree *at;
    dia_agent_texts realms, hosts, through;
    bool direct;
} dia_agent_origins;

typedef struct dia_agent_listen {
    const dia_tree *at;
    const char *uri, *name, *tls;
    bool clear;
    int inband;
    dia_agent_texts allow;
    dia_agent_identity identity;
    dia_agent_origins origins;
    dia_agent_socket socket;
} dia_agent_listen;

typedef struct dia_agent_peer {
    const dia_tree *at;
    const char *known_as; /* its host, or "realm:REALM" and the application; not of the text */
    const char *host;
    dia_agent_texts connect;
    const char *realm, *tls;
    dia_agent_application application; /* of `realm` */
    dia_agent_texts found;             /* the same */
    bool clear;
    int inband;
    uint32_t connections;
    uint32_t watchdog_ms, reconnect_ms, reconnect_max_ms;
    uint32_t limit;
    bool disabled;
    dia_agent_origins origins;
    dia_agent_identity identity;
    dia_agent_socket socket;
} dia_agent_peer;

typedef struct dia_agent_table {
    const dia_tree *at;
    const char *name, *file;
    dia_agent_texts lines;
} dia_agent_table;

/* Of routes and policies. */
typedef struct dia_agent_condition {
    const dia_tree *at;
    const char *avp, *is, *begins, *matches;
    int64_t least, most;
    bool present, not_;
} dia_agent_condition;
typedef DIA_AGENT_LIST(dia_agent_condition) dia_agent_conditions;

typedef struct dia_agent_digits {
    const dia_tree *at;
    dia_agent_texts begin;
    const char *table, *value;
} dia_agent_digits;

typedef struct dia_agent_hop {
    const dia_tree *at;
    const char *peer;
    uint32_t priority, weight;
} dia_agent_hop;

typedef struct dia_agent_route {
    const dia_tree *at;
    const char *name;
    dia_agent_texts realm, origin_host, origin_realm, from, user;
    DIA_AGENT_LIST(dia_agent_application) application;
    DIA_AGENT_LIST(dia_agent_command) command;
    dia_agent_digits imsi, msisdn;
    dia_agent_conditions when;
    int action, choose, usage;
    uint32_t cache_s;
    DIA_AGENT_LIST(dia_agent_hop) to;
    uint32_t order;
} dia_agent_route;

typedef struct dia_agent_match {
    const dia_tree *at;
    dia_agent_texts from, origin_host, origin_realm, destination_host, destination_realm;
    DIA_AGENT_LIST(dia_agent_application) application;
    DIA_AGENT_LIST(dia_agent_command) command;
    dia_agent_conditions when;
} dia_agent_match;

typedef struct dia_agent_act {
    const dia_tree *at;
    const char *set, *add, *default_, *remove, *copy, *rewrite, *send_to;
    const char *to, *value, *from, *text;
    uint32_t reject;
    bool end_session;
    dia_agent_conditions when;
} dia_agent_act;
typedef DIA_AGENT_LIST(dia_agent_act) dia_agent_acts;

typedef struct dia_agent_hide {
    const dia_tree *at;
    dia_agent_texts outside, hosts;
    const char *as, *realm, *realm_as;
    bool sessions;
    uint32_t remember;
} dia_agent_hide;

typedef struct dia_agent_rate {
    const dia_tree *at;
    uint32_t rate, burst, answer, buckets;
} dia_agent_rate;

typedef struct dia_agent_policy {
    const dia_tree *at;
    const char *name;
    dia_agent_match match;
    dia_agent_acts request, answer;
    dia_agent_hide hide;
    dia_agent_rate limit;
    bool last;
} dia_agent_policy;

typedef struct dia_agent_limits {
    const dia_tree *at;
    dia_limits of;
} dia_agent_limits;

typedef struct dia_agent_retry {
    const dia_tree *at;
    uint32_t tries, after_ms;
    dia_agent_numbers on;
    bool errors;
} dia_agent_retry;

typedef struct dia_agent_redirect {
    const dia_tree *at;
    int follow;
    dia_agent_texts hosts;
    bool clear;
} dia_agent_redirect;

typedef struct dia_agent_overload {
    const dia_tree *at;
    bool obey, loads, tell, priorities;
    uint32_t default_priority, throttled, states, recovery_ms, load_ms;
    dia_agent_texts trusted;
} dia_agent_overload;

typedef struct dia_agent_log {
    const dia_tree *at;
    int format, level;
    bool messages;
} dia_agent_log;

typedef struct dia_agent_metrics {
    const dia_tree *at;
    const char *listen;
} dia_agent_metrics;

typedef struct dia_agent_control {
    const dia_tree *at;
    const char *path;
    uint32_t mode;
} dia_agent_control;

/* The whole. */
typedef struct dia_agent_config {
    const dia_tree *at;
    dia_agent_identity identity;
    DIA_AGENT_LIST(dia_agent_tls) tls;
    dia_agent_sctp sctp;
    DIA_AGENT_LIST(dia_agent_listen) listen;
    DIA_AGENT_LIST(dia_agent_application) applications;
    dia_agent_texts allow;
    dia_agent_origins origins;
    DIA_AGENT_LIST(dia_agent_peer) peers;
    DIA_AGENT_LIST(dia_agent_table) tables;
    DIA_AGENT_LIST(dia_agent_route) routes;
    DIA_AGENT_LIST(dia_agent_policy) policies;
    uint32_t watchdog_ms, reconnect_ms, reconnect_max_ms, reopen;
    bool reopen_discards, capabilities_update, realm_of_user_name;
    dia_agent_retry retry;
    dia_agent_redirect redirect;
    dia_agent_texts discover;
    dia_agent_overload overload;
    dia_agent_limits limits;
    dia_agent_log log;
    dia_agent_metrics metrics;
    dia_agent_control control;
    const char *capture;
    dia_agent_texts name_servers;
} dia_agent_config;

extern const dia_schema dia_agent_schema_config; /* of the whole */
extern const dia_schema dia_agent_schema_tls, dia_agent_schema_listen, dia_agent_schema_peer, dia_agent_schema_table,
    dia_agent_schema_route, dia_agent_schema_policy, dia_agent_schema_limits;

/* All schemas in the order of the reference. */
extern const dia_schema *const dia_agent_schemas[];
extern const size_t dia_agent_schemas_n;

/* Reads and checks. NULL: it has mistakes, or r->err. */
const dia_agent_config *dia_agent_config_read(dia_reading *r, dia_bytes text);

/* What no single value can know (check.c). */
void dia_agent_check(dia_reading *r, const dia_agent_config *config, const dia_agent_options *options);

/* The profile of those who name none: "default", or the only one. NULL: there is none. */
const dia_agent_tls *dia_agent_default_tls(const dia_agent_config *config);

#endif
