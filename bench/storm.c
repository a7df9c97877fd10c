/* A storm: thousands of peers with TLS that lose their connections at once and come back at once, as when a server was started
 * again, or the network was away for a moment. For servers of whatever make.
 *
 *     storm PORT CERT KEY TRUST REALM PEERS [AT_A_TIME]
 *
 * Connects peers 1.REALM, 2.REALM, ... to 127.0.0.1:PORT, calmly: AT_A_TIME of them under way [16]. Then it prints "calm" and
 * reads a line: each further line of input lets all of them go (RST) and come again, all at the same moment. A peer that is refused or
 * let go comes again after a second and up to another one. When all are open again it prints
 *
 *     settled SECONDS attempts N refused N
 *
 * and ends with its input. Peers answer DWR and DPR meanwhile. The certificate has to name all of them: "*.REALM". */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

enum {
    HEADER = 20,
    CER = 257,
    DWR = 280,
    DPR = 282,
    ORIGIN_HOST = 264,
    ORIGIN_REALM = 296,
    HOST_IP_ADDRESS = 257,
    VENDOR_ID = 266,
    PRODUCT_NAME = 269,
    AUTH_APPLICATION_ID = 258,
    RESULT_CODE = 268,
    CREDIT_CONTROL = 4,
    SUCCESS = 2001,
    MESSAGE_MAX = 2048,
    PER_ADDRESS = 900, /* of 127.0.0.2, 127.0.0.3, ...: a node's usual limit is 1,000 */
    EVENTS = 256,
    RETRY_MS = 1000
};

typedef enum peer_state { AWAY, CONNECTING, HANDSHAKE, EXCHANGE, OPEN } peer_state;

typedef struct peer {
    unsigned number;
    peer_state state;
    int fd;
    SSL *ssl;
    double again; /* when AWAY */
    unsigned char in[MESSAGE_MAX];
    size_t have;
} peer;

typedef struct storm {
    SSL_CTX *ctx;
    const char *realm;
    unsigned port;
    int epoll;
    peer *peers;
    size_t n, at_a_time;
    size_t under_way, open;
    unsigned long attempts, refused;
} storm;

static _Noreturn void die(const char *what)
{
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Messages ---- */

static unsigned char *put32(unsigned char *p, uint32_t v)
{
    const uint32_t wire = htonl(v);
    memcpy(p, &wire, sizeof wire);
    return p + sizeof wire;
}

static uint32_t get32(const unsigned char *p)
{
    uint32_t wire;
    memcpy(&wire, p, sizeof wire);
    return ntohl(wire);
}

static unsigned char *put_avp(unsigned char *p, uint32_t code, const void *data, size_t n)
{
    p = put32(p, code);
    p = put32(p, (code == PRODUCT_NAME ? 0 : 0x40u << 24) | (uint32_t)(8 + n));
    memcpy(p, data, n);
    memset(p + n, 0, -n & 3);
    return p + n + (-n & 3);
}

static unsigned char *put_number(unsigned char *p, uint32_t code, uint32_t value)
{
    unsigned char wire[4];
    put32(wire, value);
    return put_avp(p, code, wire, sizeof wire);
}

static unsigned char *put_names(unsigned char *p, const storm *s, const peer *it)
{
    char host[256];
    const int n = snprintf(host, sizeof host, "%u.%s", it->number, s->realm);
    p = put_avp(p, ORIGIN_HOST, host, (size_t)n);
    return put_avp(p, ORIGIN_REALM, s->realm, strlen(s->realm));
}

/* The header last, when the length is known. */
static size_t finish(unsigned char *message, const unsigned char *end, uint32_t flags_code, const unsigned char *ids)
{
    put32(message, 1u << 24 | (uint32_t)(end - message));
    put32(message + 4, flags_code);
    put32(message + 8, 0);
    if (ids)
        memcpy(message + 12, ids, 8);
    else
        memset(message + 12, 1, 8);
    return (size_t)(end - message);
}

static size_t make_cer(unsigned char *message, const storm *s, const peer *it)
{
    static const unsigned char address[] = { 0, 1, 127, 0, 0, 1 };
    unsigned char *p = put_names(message + HEADER, s, it);
    p = put_avp(p, HOST_IP_ADDRESS, address, sizeof address);
    p = put_number(p, VENDOR_ID, 0);
    p = put_avp(p, PRODUCT_NAME, "storm", 5);
    p = put_number(p, AUTH_APPLICATION_ID, CREDIT_CONTROL);
    return finish(message, p, 0x80u << 24 | CER, NULL);
}

static size_t make_answer(unsigned char *message, const storm *s, const peer *it, const unsigned char *request)
{
    unsigned char *p = put_number(message + HEADER, RESULT_CODE, SUCCESS);
    p = put_names(p, s, it);
    return finish(message, p, get32(request + 4) & 0xffffff, request + 12);
}

static bool is_success(const unsigned char *message, size_t n)
{
    static const unsigned char success[] = { 0, 0, 1, 12, 0x40, 0, 0, 12, 0, 0, 7, 0xd1 };
    return memmem(message, n, success, sizeof success) != NULL;
}

/* ---- A peer ---- */

static void watch(const storm *s, peer *it, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.ptr = it };
    if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, it->fd, &e))
        die("epoll_ctl");
}

/* It goes away at once, with RST. */
static void drop(storm *s, peer *it, double again)
{
    const struct linger at_once = { .l_onoff = 1 };
    if (it->state == AWAY)
        return;
    s->open -= it->state == OPEN;
    s->under_way -= it->state != OPEN;
    SSL_free(it->ssl);
    setsockopt(it->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(it->fd);
    it->state = AWAY;
    it->again = again;
    it->have = 0;
}

static void refuse(storm *s, peer *it)
{
    ERR_clear_error();
    s->refused++;
    drop(s, it, now() + (RETRY_MS + random() % RETRY_MS) / 1e3);
}

static void begin(storm *s, peer *it)
{
    const int on = 1;
    struct sockaddr_in from = { .sin_family = AF_INET }, to = from;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + it->number / PER_ADDRESS);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)s->port);
    struct epoll_event e = { .events = EPOLLOUT, .data.ptr = it };
    it->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    it->ssl = SSL_new(s->ctx);
    if (it->fd < 0 || !it->ssl || setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
        setsockopt(it->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) ||
        bind(it->fd, (struct sockaddr *)&from, sizeof from) ||
        (connect(it->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) ||
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, it->fd, &e))
        die("connect");
    if (!SSL_set_fd(it->ssl, it->fd))
        die("SSL_set_fd");
    SSL_set_connect_state(it->ssl);
    it->state = CONNECTING;
    s->under_way++;
    s->attempts++;
}

static void handshake(storm *s, peer *it)
{
    unsigned char message[MESSAGE_MAX];
    const int done = SSL_do_handshake(it->ssl);
    if (done == 1) {
        const int n = (int)make_cer(message, s, it);
        it->state = EXCHANGE;
        watch(s, it, EPOLLIN);
        if (SSL_write(it->ssl, message, n) != n)
            refuse(s, it);
        return;
    }
    switch (SSL_get_error(it->ssl, done)) {
    case SSL_ERROR_WANT_READ: watch(s, it, EPOLLIN); break;
    case SSL_ERROR_WANT_WRITE: watch(s, it, EPOLLOUT); break;
    default: refuse(s, it); break;
    }
}

static void on_message(storm *s, peer *it, const unsigned char *message, size_t n)
{
    unsigned char answer[MESSAGE_MAX];
    const uint32_t flags_code = get32(message + 4);
    if (flags_code >> 31) {
        const int length = (int)make_answer(answer, s, it, message);
        if (SSL_write(it->ssl, answer, length) != length)
            refuse(s, it);
    } else if (it->state == EXCHANGE && (flags_code & 0xffffff) == CER && is_success(message, n)) {
        it->state = OPEN;
        s->under_way--;
        s->open++;
    } else {
        refuse(s, it);
    }
}

static void receive(storm *s, peer *it)
{
    for (;;) {
        const int n = SSL_read(it->ssl, it->in + it->have, (int)(sizeof it->in - it->have));
        if (n <= 0) {
            if (SSL_get_error(it->ssl, n) != SSL_ERROR_WANT_READ)
                refuse(s, it);
            return;
        }
        it->have += (size_t)n;
        size_t length;
        while (it->have >= HEADER && it->have >= (length = get32(it->in) & 0xffffff)) {
            on_message(s, it, it->in, length);
            if (it->state == AWAY)
                return;
            memmove(it->in, it->in + length, it->have -= length);
        }
    }
}

static void on_ready(storm *s, peer *it)
{
    int error = 0;
    socklen_t size = sizeof error;
    switch (it->state) {
    case AWAY: break;
    case CONNECTING:
        if (getsockopt(it->fd, SOL_SOCKET, SO_ERROR, &error, &size) || error) {
            refuse(s, it);
            break;
        }
        it->state = HANDSHAKE;
        handshake(s, it);
        break;
    case HANDSHAKE: handshake(s, it); break;
    default: receive(s, it); break;
    }
}

/* ---- All of them ---- */

/* What is due begins; then what came is handled. */
static void turn(storm *s, bool *told)
{
    struct epoll_event events[EVENTS];
    const double at = now();
    for (size_t i = 0; i < s->n && s->under_way < s->at_a_time; i++)
        if (s->peers[i].state == AWAY && s->peers[i].again <= at)
            begin(s, &s->peers[i]);
    const int n = epoll_wait(s->epoll, events, EVENTS, 20);
    for (int i = 0; i < n; i++)
        if (events[i].data.ptr)
            on_ready(s, events[i].data.ptr);
        else
            *told = true;
}

/* Until all are open, or, when they are, until there is input. */
static void run(storm *s, bool wait_for_input)
{
    bool told = false;
    while (wait_for_input ? !told : s->open < s->n)
        turn(s, &told);
}

static void end(storm *s)
{
    for (size_t i = 0; i < s->n; i++)
        drop(s, &s->peers[i], 0);
    free(s->peers);
    SSL_CTX_free(s->ctx);
    close(s->epoll);
}

static SSL_CTX *context(const char *cert, const char *key, const char *trust)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, trust, NULL) != 1)
        die("certificate, key or trust");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

int main(int argc, char **argv)
{
    char line[64];
    struct rlimit files;
    if (argc < 7) {
        fputs("usage: storm PORT CERT KEY TRUST REALM PEERS [AT_A_TIME]\n", stderr);
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    storm s = { .ctx = context(argv[2], argv[3], argv[4]), .realm = argv[5] };
    s.port = (unsigned)strtoul(argv[1], NULL, 10);
    s.n = strtoul(argv[6], NULL, 10);
    s.at_a_time = argc > 7 ? strtoul(argv[7], NULL, 10) : 16;
    s.epoll = epoll_create1(0);
    s.peers = calloc(s.n, sizeof *s.peers);
    struct epoll_event input = { .events = EPOLLIN };
    if (s.epoll < 0 || !s.peers || epoll_ctl(s.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input))
        die("epoll");
    for (size_t i = 0; i < s.n; i++)
        s.peers[i].number = (unsigned)i + 1;
    run(&s, false);
    puts("calm");
    fflush(stdout);
    s.at_a_time = s.n;
    while (run(&s, true), fgets(line, sizeof line, stdin)) {
        const double start = now();
        s.attempts = s.refused = 0;
        for (size_t i = 0; i < s.n; i++)
            drop(&s, &s.peers[i], start);
        run(&s, false);
        printf("settled %.3f attempts %lu refused %lu\n", now() - start, s.attempts, s.refused);
        fflush(stdout);
    }
    end(&s);
    return 0;
}
