/* A proxy (RFC 6733, 2.8.2): requests that a node passes on for applications that it knows, with hooks that read, change, answer
 * or turn them aside, and read and change their answers.
 *
 *     static void on_request(dia_transit *t, void *arg)
 *     {
 *         dia_transit_set_text(t, "Destination-Realm", "home.example.net");
 *         dia_transit_put_state(t, DIA_STR("gold"));
 *     }
 *
 *     dia_node_use(node, &dia_dict_s6a);
 *     dia_node_proxy(node, &(dia_proxy){ .application = 16777251, .on_request = on_request, .on_answer = on_answer });
 *
 * Which requests: those of peers, of an application that the node advertises and has a proxy for, that are not for the
 * node itself. For the node itself is what RFC 6733, 6.1.4 says, when there is a handler for it; without a handler also a
 * request of our own realm passes on. Route-Record, loops, P bit, limits, failover and the way back are those of the relay
 * agent, and so are octets that no hook has changed; a realm that the DNS may know is waited for behind on_request
 * (dia_node_config.discover). What the node sends itself meets no hook.
 *
 * One thread with the node; a transit belongs to the node. Views die when the hook returns, or with the next change. */
#ifndef DIATOM_PROXY_H
#define DIATOM_PROXY_H

#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A request on its way through, then its answer. */
typedef struct dia_transit dia_transit;

/* A hook. What it neither answers nor keeps goes on when it returns. It may call all that a handler may. */
typedef void dia_transit_fn(dia_transit *transit, void *arg);

typedef struct dia_proxy {
    const char *name;     /* for events; copied; NULL: "" */
    uint32_t application; /* 0: all that the node advertises */
    uint32_t command;     /* 0: all of the application */
    /* With application 0: the hooks also meet what the node relays for applications that it does not know. There they may look,
     * answer themselves, choose and keep; a relay changes nothing (DIA_EINVAL). */
    bool relayed;
    dia_transit_fn *on_request; /* NULL: it passes as it is */
    /* Called exactly once for each request that on_request let go on, when its answer is there: that of the next hop, or our own
     * one when there was no next hop or it did not answer in time (dia_transit_to() is NULL then). NULL: it passes as it
     * is, without the state that was put on its request. */
    dia_transit_fn *on_answer;
    void *arg;
} dia_proxy;

/* Passes requests through these hooks. Of several proxies that fit a request the one with its command counts, then the one with
 * its application, then that of all; one for the same application and command as before replaces that, also for answers to
 * requests under way. One without hooks passes everything. DIA_EINVAL, and dia_node_last_fault() says why: the relay
 * application, for a proxy knows what it proxies; an application that the node does not advertise. DIA_ENOMEM. */
int dia_node_proxy(dia_node *node, const dia_proxy *proxy);

/* Takes a proxy back. Answers to requests under way pass without a hook, and so do kept ones when they go on. DIA_ENOENT. */
int dia_node_unproxy(dia_node *node, uint32_t application, uint32_t command);

/* ---- What passes ---- */

dia_node *dia_transit_node(const dia_transit *transit);

/* Is it the answer? Then all that follows here and under "Changing" speaks of the answer. */
bool dia_transit_is_answer(const dia_transit *transit);

/* The message as it is now. Absent: there is no answer, and nobody would hear of one - the requester is gone, or the node
 * ends - or no memory for one. */
dia_bytes dia_transit_octets(const dia_transit *transit);
dia_header dia_transit_header(const dia_transit *transit); /* its ids are those of the side that it came from */

/* The request as it came, before any change; of an answer, as it was sent, or would have been. Absent: there was no memory for
 * a copy. */
dia_bytes dia_transit_request(const dia_transit *transit);

/* Who sent the request, and who has answered it, or gets it as far as a hook has chosen. NULL: gone; nobody (yet). */
const dia_peer *dia_transit_from(const dia_transit *transit);
const dia_peer *dia_transit_to(const dia_transit *transit);
const dia_conn *dia_transit_conn(const dia_transit *transit); /* on which the request came; NULL: gone */

/* Is it of an application that the node does not know, but relays? */
bool dia_transit_is_relayed(const dia_transit *transit);

/* The command in the node's dictionaries; NULL: unknown. */
const dia_command *dia_transit_command(const dia_transit *transit);

/* Names in paths are looked up here: the dictionaries of the node, that of the application first. Until the next call. */
const dia_dicts *dia_transit_dicts(dia_transit *transit);

/* The first AVP with this path (dia_dicts_find). False: there is none. */
bool dia_transit_find(dia_transit *transit, const char *path, dia_avp *out);

/* Result-Code of an answer, or with its vendor Experimental-Result-Code; 0: none. `vendor` may be NULL. */
uint32_t dia_transit_result(const dia_transit *transit, uint32_t *vendor);

/* As a struct of `command` (DIA_COMMAND_S6A_ULR for a dia_s6a_ulr), held against the node's receive_level. The struct lives
 * until the hook returns, a change of the message or the next one decoded. DIA_ERULE: *fault (may be NULL) says what the sender
 * did wrong, *out is what was understood. DIA_EINVAL: the message is not of this command; DIA_ENOMEM, DIA_ESPACE. */
int dia_transit_decode(dia_transit *transit, const dia_command *command, const void **out, dia_fault *fault);

/* ---- Changing ---- */

/* As the functions of dia_edit of the same names (dict.h); a value may be a view of the message. The first error is
 * remembered and nothing changes any more: then the message does not go on. A request is answered 5012, or 3004
 * without memory; instead of an answer that tells success the requester gets 5012; DIA_EVENT_PROXY says why. A hook that can
 * live with an error clears it. */
void dia_transit_set(dia_transit *transit, const char *path, dia_bytes value);
void dia_transit_set_text(dia_transit *transit, const char *path, const char *value);
void dia_transit_add(dia_transit *transit, const char *path, dia_bytes value);
void dia_transit_add_text(dia_transit *transit, const char *path, const char *value);
void dia_transit_insert(dia_transit *transit, const char *path, dia_bytes avps);
void dia_transit_append(dia_transit *transit, const char *path, dia_bytes avps);
bool dia_transit_remove(dia_transit *transit, const char *path);
int dia_transit_error(const dia_transit *transit); /* 0: none */
void dia_transit_clear_error(dia_transit *transit);

/* Replaces the whole message: by octets, whose command, application and R must be those of the message (DIA_EINVAL; DIA_EFORMAT:
 * no message; DIA_ESPACE: above limits.message; DIA_ENOMEM), or by a struct, checked by the node's send_level (DIA_ERULE, and
 * dia_node_last_fault() says why). Ids and T stay; of an answer P, too, while E is that of the octets, or follows from the
 * struct's Result-Code. Errors change nothing and are not remembered. Who passes on must not change the order of
 * AVPs (RFC 6733, 2.7), and a struct has that of its grammar: prefer the functions above. */
int dia_transit_replace(dia_transit *transit, dia_bytes message);
int dia_transit_encode(dia_transit *transit, const dia_command *command, const void *msg);

/* ---- A request ---- */

/* Who gets it. DIA_ENOROUTE: this peer cannot take it: not open, without the application, had it already, or the one that it
 * came from; DIA_EBUSY; DIA_ESTATE: that is an answer. Should the peer be lost, others take over. NULL: the route decides, by
 * the realm and host that the request names when it goes on. */
int dia_transit_choose(dia_transit *transit, const dia_peer *peer);

/* Looks for its way now, by what it says now, and chooses that: then dia_transit_to() tells who gets it. DIA_ENOROUTE, DIA_EBUSY. */
int dia_transit_route(dia_transit *transit);

/* The name that its Route-Record gives to the peer that it came from, for who hides its neighbours; copied; absent: the peer's
 * own (RFC 6733, 6.7.1). DIA_EINVAL: no DiameterIdentity; DIA_ESTATE, DIA_ENOMEM. */
int dia_transit_set_record(dia_transit *transit, dia_bytes host);

/* State that comes back with the answer: it travels in a Proxy-Info behind the request (RFC 6733, 6.1.9, 6.7.2), so nothing is
 * kept for it here. It is authenticated with a key, together with the transaction: the peer that the request came from, its
 * End-to-End id, application, command and Session-Id. It can be read on its way, not changed. At most 4,096 octets
 * (DIA_ESPACE); DIA_ESTATE: that is an answer; DIA_ENOMEM. Put again it replaces; an absent view takes it away.
 *
 * The key is drawn from the seed of the node's configuration, so what an answer brings that was asked for before a restart
 * is lost. dia_node_set_proxy_key() lets it live longer, and lets nodes that stand for one identity read each other's. */
int dia_transit_put_state(dia_transit *transit, dia_bytes state);

/* The key of all states from now on; 16 octets, copied. What is under way with another one is lost. */
void dia_node_set_proxy_key(dia_node *node, const uint8_t key[16]);

/* ---- An answer ---- */

/* What was put on its request; absent: nothing, or it did not come back as it went: then it was counted
 * (dia_counters.forged) and told (DIA_EVENT_PROXY). The Proxy-Info itself is gone from the message already. */
dia_bytes dia_transit_state(const dia_transit *transit);

/* Turns success into failure (RFC 6733, 6.2.2): the answer says this Result-Code instead, Error-Reporting-Host names us, and E
 * follows from the code. The text goes into Error-Message; NULL: none. DIA_ESTATE: the answer tells a failure already, which
 * must stay what it is - the text is told by DIA_EVENT_PROXY; or that is no answer. */
int dia_transit_fail(dia_transit *transit, uint32_t result_code, const char *text);

/* Tells the server that its session has ended (RFC 6733, 6.2.2): an STR in the name of the access device that sent the request,
 * with the Class of the answer, goes to who has answered. Not for applications that end sessions by other requests.
 * `termination_cause` 0: DIAMETER_ADMINISTRATIVE (4). What becomes of it is told only when it fails (DIA_EVENT_PROXY).
 * DIA_ESTATE: no answer of another node, or the request's octets are not known; the errors of dia_node_send_octets(). */
int dia_transit_end_session(dia_transit *transit, uint32_t termination_cause);

/* ---- Answering oneself ---- */

/* Each ends the transit: of a request this is its answer, and nothing is passed on; an answer is replaced by it. Then on_answer is
 * not called any more. Errors as in dia_request_answer() and its kin; after those that do not end a request it can be
 * answered again, or goes on. DIA_ESTATE: it has been answered. */
int dia_transit_reject(dia_transit *transit, uint32_t result_code, const char *error_message);
int dia_transit_answer(dia_transit *transit, const dia_command *answer, const void *msg);
int dia_transit_answer_octets(dia_transit *transit, dia_bytes message); /* its ids are replaced by the request's */

/* ---- Later ---- */

/* Keeps request or answer beyond its hook, to be decided when something else is known. The transit lives until
 * dia_transit_pass() or until it is answered; of a requester limits.unanswered are kept, as in dia_request_keep(). There is no deadline but the requester's. DIA_EBUSY: too many; DIA_ENOMEM: the hook should decide at once.
 * Ends with the node, without a word. */
int dia_transit_keep(dia_transit *transit);

/* Lets what was kept go on, and ends the hook's use of it; never called inside the hook that keeps. DIA_ENOENT: the requester
 * is gone, and with it the transit. DIA_ESTATE: it is not kept. A request that finds no way is answered with that, as ever;
 * that is no error here, and on_answer may run inside. */
int dia_transit_pass(dia_transit *transit);

/* A pointer of the application's; NULL at first, kept from request to answer only by dia_transit_put_state(). */
void dia_transit_set_user(dia_transit *transit, void *user);
void *dia_transit_user(const dia_transit *transit);

#ifdef __cplusplus
}
#endif
#endif
