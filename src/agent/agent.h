/* The agent room's door: a node that runs from a configuration.
 *
 * takes      YAML text, tables of prefixes, windows of the driver (which opens certificates, too)
 * gives      public diatom/agent.h
 * owns       what a configuration became: structs, routes, policies
 * may use    base, wire, dict, peer, route, node, session, report; libyaml
 * never sees sockets, clocks, files
 * tests      tests/agent; fuzz/agent.c */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/config.h"
#include "agent/policy.h"
#include "diatom/overload.h"
#include "node/node.h"

/* A profile of tls, ready for the driver. */
typedef struct dia_agent_profile {
    const char *name;            /* NULL: of those who name none */
    const dia_agent_tls *of;     /* NULL: of dia_agent_options */
    const char *passphrase_file; /* NULL: none */
    dia_tls_config config;       /* without the passphrase */
} dia_agent_profile;

/* All that a text becomes. */
typedef struct dia_agent_made {
    const dia_allocator *alloc;
    dia_arena arena;
    const dia_agent_config *config;
    dia_node_config node;
    dia_agent_settings settings;
    dia_agent_listener *listeners; /* of config->listen */
    char **bound;                  /* where they listen; NULL: not yet */
    dia_peer_config *peers;        /* of config->peers */
    dia_peer **added;              /* what became of those; NULL: nothing yet */
    dia_agent_profile *profiles;
    size_t n_profiles;
    dia_routes *routes;     /* NULL: none, or a node has taken them */
    uint8_t files[16];      /* a hash of what the files of tables hold */
    dia_policies *policies; /* NULL: none */
    dia_overload_config overload;
    bool controls; /* anything of it is asked for */
} dia_agent_made;

enum { DIA_AGENT_BOUND_ROOM = 320 };

struct dia_agent {
    dia_agent_options options;
    const dia_allocator *alloc;
    dia_agent_made *made; /* what is in force */
    dia_node *node;       /* NULL: not started */
};

/* Reads, checks and makes; tries it on a node that nobody connects to. DIA_EFORMAT: mistakes; DIA_ENOMEM, DIA_ENOTSUP. */
int dia_agent_make(const dia_agent_options *options, dia_bytes text, dia_agent_made **out,
                   dia_agent_mistakes *mistakes);
void dia_agent_made_free(dia_agent_made *made);

/* routes.c, policies.c: from the configuration; what is wrong was said. */
dia_routes *dia_agent_make_routes(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config,
                                  uint8_t files[16]);
/* Of a configuration that is wrong elsewhere, or has no routes: only what is to be said of tables and their files, of routes and of
 * policies. Parts of which something was said already are left out. */
void dia_agent_judge_routes(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config);
void dia_agent_judge_policies(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config);
dia_policies *dia_agent_make_policies(dia_reading *r, const dia_agent_options *options, const dia_agent_config *config);

/* apply.c: one thing of a configuration done to a node, or to a listener said to the driver. */
int dia_agent_use(dia_node *node, const dia_agent_application *application);
int dia_agent_set_overload(dia_node *node, const dia_agent_made *made);
int dia_agent_open_listener(dia_reading *r, const dia_agent_windows *windows, dia_agent_made *made, size_t i);
int dia_agent_add_peer(dia_node *node, const dia_agent_peer *peer, const dia_peer_config *config, dia_peer **out);
int dia_agent_speak_sctp(dia_reading *r, const dia_agent_windows *windows, const dia_agent_config *config);
/* Could it be spoken so? Of what was said already nothing more is said. */
void dia_agent_try_sctp(dia_reading *r, const dia_agent_windows *windows, const dia_agent_config *config);

/* profiles.c: profiles of tls, made, tried, and in force. */
void dia_agent_make_profiles(dia_reading *r, const dia_agent_options *options, dia_agent_made *made);
/* Those of which something was said already are left out. */
void dia_agent_try_profiles(dia_reading *r, const dia_agent_options *options, const dia_agent_made *made);
int dia_agent_use_profile(dia_reading *r, const dia_agent_windows *windows, const dia_agent_profile *profile);
/* What a listener or peer that says this has to ask for. */
const char *dia_agent_profile_name(const dia_agent_config *config, const char *said);
const dia_agent_profile *dia_agent_find_profile(const dia_agent_made *made, const char *name);
bool dia_agent_same_profile(const dia_agent_profile *a, const dia_agent_profile *b);

#endif
