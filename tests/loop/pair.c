/* Two loops on the loopback interface, and bare sockets. */
#include "pair.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_event(void *arg, dia_node *node, const dia_event *event)
{
    struct side *side = arg;
    (void)node;
    side->events[event->kind]++;
    snprintf(side->reason, sizeof side->reason, "%s", event->reason);
    if (event->kind != DIA_EVENT_PEER_DOWN && event->kind != DIA_EVENT_STATE && event->kind != DIA_EVENT_WATCHDOG)
        snprintf(side->last, sizeof side->last, "%s", event->reason);
}

static dia_ro_cca cca_of(const struct pair *pair, const dia_ro_ccr *ccr)
{
    static uint8_t name[100000];
    memset(name, 'n', sizeof name);
    return (dia_ro_cca){
        .result_code = 2001,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
        .user_name = { pair->answer_size ? name : NULL, pair->answer_size },
    };
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct pair *pair = arg;
    if (pair->keeps && (pair->ccr = dia_keep_ro_ccr(request))) {
        pair->keeps = false;
        pair->kept = request;
        return;
    }
    const dia_ro_cca cca = cca_of(pair, ccr);
    pair->served += !dia_answer_ro_cca(request, &cca);
}

int pair_answer(struct pair *pair)
{
    const dia_ro_cca cca = cca_of(pair, pair->ccr);
    dia_request *request = pair->kept;
    pair->kept = NULL;
    return dia_answer_ro_cca(request, &cca);
}

static dia_node_config config_of(const dia_node_config *given, const char *host, struct side *side)
{
    dia_node_config config = { 0 };
    if (given)
        config = *given;
    config.origin_realm = "example.net";
    config.on_event = on_event;
    config.origin_host = host;
    config.arg = side;
    return config;
}

bool pair_begin_client(struct pair *pair, const dia_node_config *given)
{
    const dia_node_config config = config_of(given, "client.example.net", &pair->client);
    return !dia_loop_new(&config, &pair->client.loop, NULL, 0) &&
           !dia_node_use(dia_loop_node(pair->client.loop), &dia_dict_ro);
}

bool pair_begin_server(struct pair *pair, const dia_node_config *given)
{
    static const char *const anybody[] = { "*", NULL };
    dia_node_config config = config_of(given, "server.example.net", &pair->server);
    config.allow = anybody;
    return !dia_loop_new(&config, &pair->server.loop, NULL, 0) &&
           !dia_serve_ro_ccr(dia_loop_node(pair->server.loop), on_ccr, pair);
}

bool pair_begin(struct pair *pair, const char *uri, const dia_node_config *given)
{
    memset(pair, 0, sizeof *pair);
    return pair_begin_client(pair, given) && pair_begin_server(pair, given) &&
           !dia_loop_listen(pair->server.loop, uri, pair->uri, sizeof pair->uri);
}

void pair_end(struct pair *pair)
{
    dia_loop_free(pair->client.loop);
    dia_loop_free(pair->server.loop);
    memset(pair, 0, sizeof *pair);
}

int pair_connect(struct pair *pair)
{
    return dia_node_add_peer(dia_loop_node(pair->client.loop), &(dia_peer_config){ .connect = pair->uri }, NULL);
}

static int shorter(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

void pair_turn(struct pair *pair, int ms)
{
    struct side *sides[2] = { &pair->client, &pair->server };
    struct pollfd fds[2];
    for (int i = 0; i < 2; i++) {
        dia_loop *loop = sides[i]->over ? NULL : sides[i]->loop;
        fds[i] = (struct pollfd){ loop ? dia_loop_fd(loop) : -1, POLLIN, 0 };
        ms = loop ? shorter(ms, dia_loop_timeout(loop)) : ms;
    }
    poll(fds, 2, ms);
    for (int i = 0; i < 2; i++)
        if (sides[i]->loop && !sides[i]->over)
            sides[i]->over = !dia_loop_process(sides[i]->loop);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    struct pair *pair = arg;
    pair->outcome = outcome->kind;
    pair->result_code = outcome->result_code;
    pair->answered += outcome->kind == DIA_OUTCOME_ANSWER && cca && outcome->result_code == 2001;
}

static dia_ro_ccr ccr_of(uint32_t i)
{
    return (dia_ro_ccr){
        .destination_realm = DIA_LIT("example.net"),
        .service_context_id = DIA_LIT("32251@3gpp.org"),
        .cc_request_type = DIA_CC_REQUEST_TYPE_EVENT_REQUEST,
        .cc_request_number = i,
    };
}

int pair_ask(struct pair *pair)
{
    const dia_ro_ccr ccr = ccr_of(pair->answered);
    return dia_send_ro_ccr(dia_loop_node(pair->client.loop), &ccr, 5000, on_cca, pair);
}

/* ---- Bare sockets ---- */

int pair_dial(struct pair *pair)
{
    dia_uri uri;
    struct sockaddr_storage address;
    socklen_t size;
    if (dia_uri_parse(dia_cstr(pair->uri), &uri) || dia_sockaddr_of(uri.fqdn, uri.port, &address, &size))
        return -1;
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size)) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static int64_t deadline(void)
{
    return dia_loop_clock().us + PATIENCE_MS * 1000;
}

bool pair_write(struct pair *pair, int fd, dia_bytes octets)
{
    size_t at = 0;
    for (const int64_t end = deadline(); at < octets.n && dia_loop_clock().us < end;) {
        const ssize_t n = send(fd, octets.p + at, octets.n - at, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        at += n > 0 ? (size_t)n : 0;
        pair_turn(pair, n > 0 ? 0 : 1);
    }
    return at == octets.n;
}

bool pair_read(struct pair *pair, int fd, uint8_t *to, size_t n)
{
    size_t at = 0;
    for (const int64_t end = deadline(); at < n && dia_loop_clock().us < end;) {
        const ssize_t got = read(fd, to + at, n - at);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return false;
        at += got > 0 ? (size_t)got : 0;
        if (got < 0)
            pair_turn(pair, 1);
    }
    return at == n;
}

int pair_read_end(struct pair *pair, int fd)
{
    uint8_t rest[1000];
    for (const int64_t end = deadline(); dia_loop_clock().us < end; pair_turn(pair, 1)) {
        const ssize_t n = read(fd, rest, sizeof rest);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EAGAIN)
            return errno;
    }
    return ETIMEDOUT;
}

dia_bytes pair_cer(uint8_t *buf, size_t size, const char *host)
{
    static const uint32_t apps[] = { 4 };
    static const uint8_t ip[4] = { 127, 0, 0, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    const dia_cer cer = {
        .origin_host = dia_cstr(host),
        .origin_realm = DIA_LIT("example.net"),
        .host_ip_address = { &address, 1 },
        .product_name = DIA_LIT("test"),
        .auth_application_id = DIA_LIST(apps),
    };
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, size, NULL, NULL);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

uint32_t pair_exchange(struct pair *pair, int fd, const char *host)
{
    uint8_t buf[1000];
    const dia_bytes cer = pair_cer(buf, sizeof buf, host);
    if (!cer.n || !pair_write(pair, fd, cer) || !pair_read(pair, fd, buf, DIA_HEADER_SIZE))
        return 0;
    const size_t length = dia_load24(buf + DIA_AT_LENGTH);
    dia_avp result;
    if (length > sizeof buf || !pair_read(pair, fd, buf + DIA_HEADER_SIZE, length - DIA_HEADER_SIZE) ||
        dia_avp_find((dia_bytes){ buf, length }, 268, 0, &result))
        return 0;
    return dia_load32(result.data.p);
}

dia_bytes pair_ccr(uint8_t *buf, size_t size, uint32_t i)
{
    const dia_ro_ccr ccr = ccr_of(i);
    const dia_defaults defaults = { .session_id = DIA_LIT("s"),
                                    .origin_host = DIA_LIT("raw.example.net"),
                                    .origin_realm = DIA_LIT("example.net"),
                                    .application = 4,
                                    .app_kind = DIA_APP_AUTH,
                                    .fill_application = true };
    const dia_header ids = { .hop_by_hop = i, .end_to_end = i };
    const int64_t n = dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &ids, &defaults, buf, size, NULL, NULL);
    return (dia_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

uint16_t pair_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        abort();
    close(fd); /* never listened at: nobody answers there */
    return ntohs(address.sin_port);
}

dia_loop *pair_lone_loop(void)
{
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator() };
    dia_loop *loop = NULL;
    return dia_loop_new(&config, &loop, NULL, 0) ? NULL : loop;
}

bool pair_has_ipv6(void)
{
    const struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool has = fd >= 0 && !bind(fd, (const struct sockaddr *)&address, sizeof address);
    if (fd >= 0)
        close(fd);
    return has;
}
