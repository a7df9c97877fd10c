/* Metrics over HTTP: libmicrohttpd without a thread, by its epoll descriptor, as one more window of the loop. */
#include "loop/loop.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A report is made at most ten times a second, however often it is asked for. */
enum { CONNECTIONS = 32, PER_ADDRESS = 16, REQUEST_MS = 20000, MEMORY_A_CONNECTION = 16384, FRESH_US = 100000 };
enum { FORMATS = 2 };
enum { CERTIFICATES_MAX = 256 }; /* that are told */

typedef struct serving {
    dia_list place; /* in loop->metrics */
    dia_loop *loop;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles; /* of libuv, still open */
    dia_metrics_config config;
    dia_list clients; /* who has had its turn longest ago first */
    bool gone;        /* one of them, in this turn */
    struct MHD_Response *made[FORMATS];
    int64_t made_us[FORMATS];
    char bound[DIA_ADDRESS_ROOM];
} serving;

/* A connection. What it drags out is ended by us: libmicrohttpd forgives whoever sends an octet now and then. */
typedef struct client {
    dia_list place;
    int fd;
    int64_t since_us; /* the end of its last request, or its beginning */
} client;

/* ---- Answers ---- */

static int64_t wall_clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* The page's memory is the response's: it is the C library's, so that libmicrohttpd can free it. NULL without memory. */
static struct MHD_Response *make_report(serving *s, dia_metrics_format format)
{
    dia_report_process process;
    dia_report_certificate certificates[CERTIFICATES_MAX];
    const dia_report_driver driver = dia_loop_driver(s->loop, certificates, CERTIFICATES_MAX);
    dia_report report = s->config.report;
    dia_page page = { 0 };
    report.node = s->loop->node;
    report.wall_us = wall_clock_us();
    report.peer = NULL;
    report.process = &process;
    report.driver = &driver;
    dia_process_look(&process);
    if (dia_report_metrics(&report, format, &page)) {
        dia_page_done(&page);
        return NULL;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(page.n, page.p, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        dia_page_done(&page);
        return NULL;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, dia_metrics_content_type(format));
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept");
    return response;
}

static void forget_report(serving *s, unsigned format)
{
    if (s->made[format])
        MHD_destroy_response(s->made[format]); /* whoever still gets it holds a reference */
    s->made[format] = NULL;
}

static enum MHD_Result answer_metrics(serving *s, struct MHD_Connection *connection)
{
    const dia_metrics_format format =
        dia_metrics_accepted(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
    const int64_t now = dia_loop_clock().us;
    if (!s->made[format] || now - s->made_us[format] >= FRESH_US) {
        forget_report(s, format);
        s->made[format] = make_report(s, format);
        s->made_us[format] = now;
    }
    return s->made[format] ? MHD_queue_response(connection, MHD_HTTP_OK, s->made[format])
                           : answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
}

static enum MHD_Result answer_health(const serving *s, struct MHD_Connection *connection)
{
    return s->loop->node->hub.stopping ? answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "draining\n")
                                       : answer_text(connection, MHD_HTTP_OK, "serving\n");
}

/* libmicrohttpd calls it with the head of a request, then with its body, piece by piece, and at its end. An answer to the head
 * ends the connection. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request)
{
    static const char had_head = 0;
    serving *s = cls;
    (void)version;
    (void)upload;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (!*request) {
        *request = (void *)(uintptr_t)&had_head;
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(s, connection);
    if (strcmp(url, "/healthz") == 0)
        return answer_health(s, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "there are /metrics and /healthz\n");
}

/* ---- Connections ---- */

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    serving *s = cls;
    client *c = *context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        s->gone = true;
        if (c) {
            dia_list_remove(&c->place);
            dia_release(s->loop->alloc, c, sizeof *c);
        }
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!info || !(c = dia_alloc0(s->loop->alloc, sizeof *c)))
        return;
    c->fd = info->connect_fd;
    c->since_us = dia_loop_clock().us;
    dia_list_push_back(&s->clients, &c->place);
    *context = c;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode how)
{
    serving *s = cls;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    client *c = info ? info->socket_context : NULL;
    (void)request;
    if (!c || how != MHD_REQUEST_TERMINATED_COMPLETED_OK)
        return;
    c->since_us = dia_loop_clock().us;
    dia_list_remove(&c->place);
    dia_list_push_back(&s->clients, &c->place);
}

/* ---- Turns ---- */

static int64_t limit_us(const serving *s)
{
    return (int64_t)s->config.request_ms * 1000;
}

/* libmicrohttpd finds the socket at its end and closes it. */
static void end_overdue(serving *s)
{
    const int64_t now = dia_loop_clock().us;
    DIA_LIST_EACH (p, &s->clients) {
        client *c = DIA_OF(p, client, place);
        if (now - c->since_us < limit_us(s))
            break;
        shutdown(c->fd, SHUT_RDWR);
        c->since_us = now;
        dia_list_remove(&c->place);
        dia_list_push_back(&s->clients, &c->place);
    }
}

static void on_timer(uv_timer_t *timer);

static void set_timer(serving *s)
{
    MHD_UNSIGNED_LONG_LONG theirs;
    uint64_t ms = UINT64_MAX;
    if (MHD_get_timeout(s->daemon, &theirs) == MHD_YES)
        ms = theirs;
    if (!dia_list_empty(&s->clients)) {
        const int64_t us = DIA_OF(s->clients.next, client, place)->since_us + limit_us(s) - dia_loop_clock().us;
        const uint64_t ours = us > 0 ? (uint64_t)us / 1000 + 1 : 0;
        ms = ours < ms ? ours : ms;
    }
    if (ms == UINT64_MAX)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer, ms, 0);
}

/* When a connection has gone, libmicrohttpd looks only at its next turn whether it may listen again. */
static void turn(serving *s)
{
    end_overdue(s);
    s->gone = false;
    MHD_run(s->daemon);
    if (s->gone)
        MHD_run(s->daemon);
    uv_update_time(&s->loop->uv);
    set_timer(s);
}

static void on_timer(uv_timer_t *timer)
{
    turn(timer->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    turn(poll->data);
}

/* ---- Begin and end ---- */

static void serving_free(serving *s)
{
    if (s->daemon)
        MHD_stop_daemon(s->daemon); /* with its sockets; clients are told to be gone */
    for (unsigned i = 0; i < FORMATS; i++)
        forget_report(s, i);
    dia_release(s->loop->alloc, s, sizeof *s);
}

static void on_closed(uv_handle_t *handle)
{
    serving *s = handle->data;
    if (--s->handles == 0)
        serving_free(s);
}

/* The socket closes at once, for another one may want its place; the rest goes when nothing of it is on the stack. */
static void end(serving *s)
{
    const int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
    dia_list_remove(&s->place);
    uv_close((uv_handle_t *)&s->poll, on_closed);
    uv_close((uv_handle_t *)&s->timer, on_closed);
}

void dia_metrics_close_all(dia_loop *loop)
{
    DIA_LIST_EACH (p, &loop->metrics)
        end(DIA_OF(p, serving, place));
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

/* Takes the socket. */
static int start(serving *s, int fd)
{
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)s->config.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)s->config.per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(s->config.request_ms / 1000 + 1), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)MEMORY_A_CONNECTION, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, s, MHD_OPTION_END);
    if (!s->daemon) {
        close(fd);
        errno = ENOMEM;
        return DIA_ESYSTEM;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    const int err = info ? uv_poll_init(&s->loop->uv, &s->poll, info->epoll_fd) : UV_ENOTSUP;
    if (err) {
        errno = -err;
        return DIA_ESYSTEM;
    }
    uv_timer_init(&s->loop->uv, &s->timer);
    s->poll.data = s->timer.data = s;
    s->handles = 2;
    dia_list_push_back(&s->loop->metrics, &s->place);
    uv_poll_start(&s->poll, UV_READABLE, on_ready);
    return 0;
}

/* "127.0.0.1:9090", "[::1]:9090" */
static int parse_address(const char *text, struct sockaddr_storage *out, socklen_t *size)
{
    const char *colon = text ? strrchr(text, ':') : NULL;
    unsigned port = 0;
    if (!colon || colon == text || !colon[1] || strlen(colon) > 6)
        return DIA_EFORMAT;
    for (const char *p = colon + 1; *p; p++) {
        if (!dia_is_digit((uint8_t)*p))
            return DIA_EFORMAT;
        port = 10 * port + (unsigned)(*p - '0');
    }
    dia_bytes host = { (const uint8_t *)text, (size_t)(colon - text) };
    const bool bracketed = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (bracketed)
        host = (dia_bytes){ host.p + 1, host.n - 2 };
    if (port > UINT16_MAX || (!bracketed && memchr(host.p, ':', host.n)))
        return DIA_EFORMAT;
    const int n = dia_listen_resolve(host, (uint16_t)port, out, 1);
    if (n < 0)
        return n;
    *size = dia_sockaddr_size(out);
    return 0;
}

static int print_bound(int fd, char to[DIA_ADDRESS_ROOM])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    dia_endpoint end;
    if (getsockname(fd, (struct sockaddr *)&address, &size))
        return DIA_ESYSTEM;
    dia_endpoint_of(&address, &end);
    dia_report_endpoint(&end, to);
    return 0;
}

int dia_loop_serve_metrics(dia_loop *loop, const char *text, const dia_metrics_config *config, char *bound,
                           size_t bound_size)
{
    static const dia_socket_options plain;
    struct sockaddr_storage address;
    socklen_t size;
    int err = parse_address(text, &address, &size);
    if (err)
        return err;
    serving *s = dia_alloc0(loop->alloc, sizeof *s);
    if (!s)
        return DIA_ENOMEM;
    s->loop = loop;
    dia_list_init(&s->place);
    dia_list_init(&s->clients);
    if (config)
        s->config = *config;
    s->config.connections = or_default(s->config.connections, CONNECTIONS);
    s->config.per_address = or_default(s->config.per_address, PER_ADDRESS);
    s->config.request_ms = or_default(s->config.request_ms, REQUEST_MS);
    const int fd = dia_listen_open(&address, size, &plain);
    err = fd < 0 ? DIA_ESYSTEM : print_bound(fd, s->bound);
    if (!err && bound && strlen(s->bound) >= bound_size)
        err = DIA_ESPACE;
    if (!err)
        err = start(s, fd);
    else if (fd >= 0)
        close(fd);
    if (err) {
        const int why = errno;
        serving_free(s);
        errno = why;
        return err;
    }
    if (bound)
        memcpy(bound, s->bound, strlen(s->bound) + 1);
    return 0;
}

int dia_loop_serve_metrics_end(dia_loop *loop, const char *bound)
{
    DIA_LIST_EACH (p, &loop->metrics) {
        serving *s = DIA_OF(p, serving, place);
        if (strcmp(s->bound, bound) != 0)
            continue;
        end(s);
        return 0;
    }
    return DIA_ENOENT;
}
