/* The ready-made driver: a node over TCP and SCTP sockets, with TLS or without, timers and signals (libuv underneath).
 *
 *     dia_node_config config = { .origin_host = "ocs.example.net", .origin_realm = "example.net" };
 *     dia_loop *loop;
 *     if (dia_loop_new(&config, &loop, why, sizeof why)) ...
 *     dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, NULL);
 *     dia_loop_listen(loop, "aaa://0.0.0.0", NULL, 0);
 *     dia_loop_run(loop);
 *     dia_loop_free(loop);
 *
 * A program with an event loop of its own polls dia_loop_fd() for reading, at most dia_loop_timeout() milliseconds, and
 * calls dia_loop_process(); examples/embed.c shows it. One loop, one thread. */
#ifndef DIATOM_LOOP_H
#define DIATOM_LOOP_H

#include "diatom/discover.h"
#include "diatom/report.h"
#include "diatom/sctp.h"
#include "diatom/tls.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_loop dia_loop;

/* Makes a node and its driver. A seed that is all zero is drawn from the system, a wall_clock of 0 read from it.
 * DIA_EINVAL with a sentence in `why`. */
int dia_loop_new(const dia_node_config *config, dia_loop **out, char *why, size_t why_size);

/* Closes everything at once and frees loop and node. Timers that have not fired never will. Not from a callback of the
 * node or of the loop: there call dia_loop_stop(). */
void dia_loop_free(dia_loop *loop);

/* The loop's node, which ends with it: never dia_node_free() it. */
dia_node *dia_loop_node(const dia_loop *loop);

/* Why a function of this header has failed last, as a sentence that names what it was about and says what the system says of it:
 * "cannot listen at 'aaa://127.0.0.1:3868': Address already in use". Never NULL; it stays until the next failure. What the node was
 * asked for itself, dia_node_last_fault() knows. */
const char *dia_loop_last_fault(const dia_loop *loop);

/* Listens at a DiameterURI ("aaa://127.0.0.1:0;transport=tcp"; "aaa://[::1]"). The FQDN must be an address or resolve at
 * once. The URI with the port that the kernel chose goes to `bound` (may be NULL; it ends with "..." where it is too short, and
 * dia_loop_next_bound() has all of it). DIA_EFORMAT, DIA_ENOTSUP (transport; `aaas` without OpenSSL), DIA_ESTATE (`aaas`, and
 * dia_loop_tls() has not said what protects it), DIA_ENOENT (the FQDN does not resolve), DIA_ESYSTEM with errno, DIA_ENOMEM. */
int dia_loop_listen(dia_loop *loop, const char *uri, char *bound, size_t bound_size);

/* The same with an identity, patterns of strangers and options of the sockets of its own. `socket.local` are more addresses at which
 * SCTP listens, as it does at all those of a host that has several; TCP listens at one. Also DIA_EINVAL. */
typedef struct dia_listen_config {
    dia_listener_config as;
    dia_socket_options socket;
} dia_listen_config;
int dia_loop_listen_as(dia_loop *loop, const char *uri, const dia_listen_config *config, char *bound,
                       size_t bound_size);

/* The URIs of those that listen, as `bound` has them: the first (`before` NULL), then the one behind `before`. NULL: there is no more.
 * Valid as long as it listens there. */
const char *dia_loop_next_bound(const dia_loop *loop, const char *before);

/* Gives a listener another identity, other patterns and another profile of TLS (`socket.tls`; the rest of `socket` stays as it was):
 * those who connect from now on meet these. `bound` is the URI that listening has given. DIA_ENOENT: there is none at it; DIA_ESTATE,
 * as of listening, DIA_EINVAL, DIA_ENOMEM: nothing has changed. */
int dia_loop_relisten(dia_loop *loop, const char *bound, const dia_listen_config *config);

/* Listens there no more, and the address is free at once; connections that were accepted stay. DIA_ENOENT. */
int dia_loop_unlisten(dia_loop *loop, const char *bound);

/* Asks these name servers ("192.0.2.1,[2001:db8::1]:5353", copied) about the hosts of peers that are connected to from now
 * on; NULL: those of the system. DIA_EFORMAT, DIA_ENOMEM, DIA_ENOTSUP (a build without c-ares, which knows addresses
 * alone). */
int dia_loop_name_servers(dia_loop *loop, const char *servers);

/* ---- Security ---- */

/* What protects `aaas` connections from here on: of listeners and peers whose dia_socket_options.tls is this name (NULL: none said).
 * The same name again reads the files anew and takes the place of the former: connections that stand go on with what they
 * began with. DIA_EINVAL with a sentence in `why` that names the file and what is wrong with it: nothing has changed.
 * DIA_ENOTSUP: this build has no OpenSSL; DIA_ENOMEM. */
int dia_loop_tls(dia_loop *loop, const char *name, const dia_tls_config *config, char *why, size_t why_size);

/* Nothing new begins with it; connections that stand go on. DIA_ENOENT. */
int dia_loop_tls_end(dia_loop *loop, const char *name);

/* What is there, for those who watch: at most `max` to `out`; how many there are. Texts are valid until the next dia_loop_tls() or
 * dia_loop_tls_end(). */
typedef struct dia_tls_status {
    const char *name;    /* NULL: the one without a name */
    const char *subject; /* of our certificate, for people */
    int64_t expires;     /* seconds since 1970: the first of its chain to end */
} dia_tls_status;
size_t dia_loop_tls_list(const dia_loop *loop, dia_tls_status *out, size_t max);

/* Handshakes of TLS and DTLS, ours and those of others. */
typedef struct dia_tls_counts {
    uint64_t done, resumed, failed; /* resumed ones are done, too */
} dia_tls_counts;
const dia_tls_counts *dia_loop_tls_counts(const dia_loop *loop); /* valid as long as the loop */

/* ---- SCTP ---- */

/* Before the first listener or peer with transport=sctp. DIA_ENOTSUP with a sentence in `why`: neither this build nor the kernel has
 * it; DIA_EEXIST: another loop of this process has usrsctp; DIA_ESTATE: SCTP is in use already; DIA_EINVAL,
 * DIA_ESYSTEM with errno. */
int dia_loop_sctp(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size);

/* Has the kernel, or this build, that stack (DIA_SCTP_ANY: one of them)? 0, or DIA_ENOTSUP with a sentence in `why`, which may be
 * NULL. Nothing is opened: usrsctp may still lack a port, rights, or be another loop's. */
int dia_loop_try_sctp(dia_sctp_stack stack, char *why, size_t why_size);

/* ---- Discovery ---- */

/* Asks the name servers what ways there are to the peers of a realm (RFC 6733, 5.2), of an application or any (0). `fn` is called
 * once, not before this has returned; findings die when it returns. Answers are kept as long as they live, also that there are none.
 * DIA_EINVAL: no realm; DIA_ENOTSUP: a build without c-ares; DIA_ENOMEM, DIA_EBUSY: too much is being asked. */
typedef void dia_findings_fn(void *arg, const dia_findings *findings);
int dia_loop_discover(dia_loop *loop, const char *realm, uint32_t application, dia_findings_fn *fn, void *arg);

/* Those questions with this fn and arg are not answered any more. How many there were. */
size_t dia_loop_discover_cancel(dia_loop *loop, dia_findings_fn *fn, const void *arg);

/* ---- Running ---- */

/* Runs until dia_loop_stop() has ended everything. Always 0: what goes wrong meanwhile, events tell. */
int dia_loop_run(dia_loop *loop);

/* Ends in order, as dia_node_stop() with its time of limits: nobody is accepted any more, requests under way end, peers get their
 * DPR; then dia_loop_run() returns. A second call ends at once. */
void dia_loop_stop(dia_loop *loop);

/* SIGTERM and SIGINT call dia_loop_stop(). DIA_ENOMEM, DIA_ESYSTEM with errno. */
int dia_loop_stop_on_signals(dia_loop *loop);

/* Calls fn from the loop whenever this signal (SIGHUP, SIGUSR1, ...) has come; several that come close together may be one
 * call. Another fn takes the place of the first; NULL: the signal does again what it does by default. DIA_EINVAL (no
 * signal, or SIGKILL), DIA_ENOMEM, DIA_ESYSTEM with errno. */
int dia_loop_on_signal(dia_loop *loop, int signum, void (*fn)(void *arg), void *arg);

/* Calls fn once after `ms`. For several timers at a time call it several times. DIA_ENOMEM. */
int dia_loop_after(dia_loop *loop, uint32_t ms, void (*fn)(void *arg), void *arg);

/* Those timers with this fn and arg will not fire. How many there were. */
size_t dia_loop_after_cancel(dia_loop *loop, void (*fn)(void *arg), const void *arg);

/* For a foreign loop: the descriptor to poll for reading, milliseconds until something is due (-1: never), and one round
 * of work without waiting. dia_loop_process() returns false when dia_loop_stop() has ended everything. */
int dia_loop_fd(const dia_loop *loop);
int dia_loop_timeout(const dia_loop *loop);
bool dia_loop_process(dia_loop *loop);

/* ---- Captures ---- */

/* Writes all messages of the node to a pcapng file (link type 252 "Wireshark upper PDU", dissector "diameter") from now
 * on; a capture of all messages that is there already ends. DIA_ENOMEM, DIA_ESYSTEM with errno when it cannot be made. A write
 * that fails later ends the capture: DIA_EVENT_CAPTURE says so once, the file holds whole messages alone, and the node goes on. (A
 * limit of the size of files, RLIMIT_FSIZE, sends SIGXFSZ; whoever has one ignores it.) Writing waits for the file system. */
int dia_loop_capture(dia_loop *loop, const char *path);

/* Writes the messages of the peer with this DiameterIdentity (in any case; there need not be such a peer yet). Captures of
 * several peers and that of all messages may be written at the same time, each to a file of its own. A CER or CEA that comes
 * belongs to the peer that it names; what passed before it on this connection, to none. Also DIA_EINVAL: no identity. */
int dia_loop_capture_peer(dia_loop *loop, const char *host, const char *path);

/* Writes the messages of this loop to all captures of another loop of the same thread, too, for a program of several nodes.
 * Each of the loops ends them for itself. DIA_ENOMEM. */
int dia_loop_capture_with(dia_loop *loop, const dia_loop *other);

/* Ends the capture of all messages, or that of a peer. DIA_ESYSTEM with errno: some of it could not be written; DIA_ENOENT:
 * there is none. */
int dia_loop_capture_end(dia_loop *loop);
int dia_loop_capture_peer_end(dia_loop *loop, const char *host);

/* ---- Watching ---- */

/* For dia_report.driver: what the loop knows that its node does not. What is told of certificates, of 256 at most, goes to
 * `room`, `max` of them; texts as those of dia_loop_tls_list(). */
dia_report_driver dia_loop_driver(const dia_loop *loop, dia_report_certificate *room, size_t max);

/* What is told over HTTP, and to how many. 0 means the default in brackets. */
typedef struct dia_metrics_config {
    dia_report report;    /* `dicts`, `peers`, `events` and `more` are kept; the rest is the loop's */
    uint32_t connections; /* at a time [32] */
    uint32_t per_address; /* of one address [16] */
    uint32_t request_ms;  /* from one request to the end of the next, however it is dragged out [20,000] */
} dia_metrics_config;

/* Serves HTTP (libmicrohttpd) at "127.0.0.1:9090", "[::1]:9090" or "localhost:9090": GET /metrics, in the format that is asked for;
 * GET /healthz, 200 while the node serves and 503 when it is about to end, so that nobody sends new work. Nobody is asked for a
 * password: listen where only those can connect who may know. It goes on until the loop is freed. The address with the
 * port that the kernel chose goes to `bound` (may be NULL). `config` NULL: all defaults. DIA_ENOTSUP: this build has no
 * libmicrohttpd; DIA_EFORMAT, DIA_ENOENT (the name does not resolve), DIA_ESYSTEM with errno, DIA_ESPACE, DIA_ENOMEM. */
int dia_loop_serve_metrics(dia_loop *loop, const char *address, const dia_metrics_config *config, char *bound,
                           size_t bound_size);

/* Ends what serves at this address, as `bound` has it. DIA_ENOENT. */
int dia_loop_serve_metrics_end(dia_loop *loop, const char *bound);

/* Serves commands at a local socket (AF_UNIX), a file with these permissions (0: 0600), which goes when the loop is freed.
 * Whoever connects sends lines; each is answered by "diatom 1 STATUS LENGTH", a line end and as many octets. `handler` appends
 * them to `answer` and gives STATUS, 0 to 99; dia_control_run() of control.h is such a handler. It may stop the loop. What a
 * client can hold up is bounded: 16 clients, lines of 4,096 octets, answers of 64 MiB, 10 s for a line, 30 s for taking an
 * answer, 60 s of silence.
 *
 * A socket that a program which is no more has left there is replaced. DIA_EEXIST: somebody serves there; DIA_EINVAL: no
 * path, or one of more than 107 octets; DIA_ESYSTEM with errno (ENOTSOCK: another kind of file is there); DIA_ENOMEM. */
typedef int dia_control_fn(void *arg, dia_bytes line, dia_page *answer);
int dia_loop_control(dia_loop *loop, const char *path, uint32_t mode, dia_control_fn *handler, void *arg);

/* Ends that; clients are cut off. From the handler, too: its own client gets the answer first. DIA_ENOENT. */
int dia_loop_control_end(dia_loop *loop, const char *path);

#ifdef __cplusplus
}
#endif
#endif
