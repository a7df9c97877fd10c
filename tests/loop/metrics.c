/* Metrics over HTTP: what is answered, in which format, and to how many. */
#include "pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOM = 100000 };

struct scene {
    struct pair pair;
    char address[64];
    char text[ROOM]; /* what was answered last */
};

static bool begin(struct scene *s, const dia_metrics_config *config)
{
    memset(s, 0, sizeof *s);
    return pair_begin(&s->pair, "aaa://127.0.0.1:0", NULL) &&
           !dia_loop_serve_metrics(s->pair.server.loop, "127.0.0.1:0", config, s->address, sizeof s->address);
}

static void end(struct scene *s)
{
    pair_end(&s->pair);
}

static int dial(const struct scene *s)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    address.sin_port = htons((uint16_t)atoi(strchr(s->address, ':') + 1));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* What comes until the other side ends it, or `ms` are over. */
static void hear(struct scene *s, int fd, int ms)
{
    const int64_t until = dia_loop_clock().us + ms * 1000;
    size_t at = 0;
    while (dia_loop_clock().us < until) {
        const ssize_t n = recv(fd, s->text + at, ROOM - 1 - at, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        at += n > 0 ? (size_t)n : 0;
        pair_turn(&s->pair, n > 0 ? 0 : 2);
    }
    s->text[at] = 0;
}

/* One request on a connection of its own. */
static bool ask(struct scene *s, const char *method, const char *path, const char *headers)
{
    char request[600];
    const int fd = dial(s);
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method, path,
             headers);
    const bool said = fd >= 0 && send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request);
    if (said)
        hear(s, fd, PATIENCE_MS);
    close(fd);
    return said;
}

static bool says(const struct scene *s, const char *part)
{
    if (strstr(s->text, part))
        return true;
    fprintf(stderr, "no '%s' in:\n%.2000s\n", part, s->text);
    return false;
}

static void paths_are_answered(void)
{
    static const struct {
        const char *method, *path, *headers, *status, *part;
    } rows[] = {
        { "GET", "/metrics", "", "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" },
        { "GET", "/metrics", "Accept: application/openmetrics-text;version=1.0.0\r\n", "HTTP/1.1 200 OK\r\n",
          "\n# EOF\n" },
        { "GET", "/metrics?name=x", "", "HTTP/1.1 200 OK\r\n", "diatom_build_info" },
        { "GET", "/healthz", "", "HTTP/1.1 200 OK\r\n", "\r\n\r\nserving\n" },
        { "GET", "/", "", "HTTP/1.1 404 Not Found\r\n", "there are /metrics and /healthz\n" },
        { "GET", "/metrics/..", "", "HTTP/1.1 404 Not Found\r\n", "" },
        { "HEAD", "/metrics", "", "HTTP/1.1 200 OK\r\n", "Content-Length: " },
        { "POST", "/metrics", "Content-Length: 5\r\n", "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, HEAD\r\n" },
        { "GET", "/metrics", "Content-Length: 0\r\n", "HTTP/1.1 200 OK\r\n", "process_open_fds " },
    };
    static struct scene s;
    need(begin(&s, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].path);
        need(ask(&s, rows[i].method, rows[i].path, rows[i].headers));
        need(strncmp(s.text, rows[i].status, strlen(rows[i].status)) == 0 || says(&s, rows[i].status));
        need(says(&s, rows[i].part));
    }
done:
    end(&s);
}

static void a_node_that_drains_is_not_healthy(void)
{
    static struct scene s;
    int fd = -1;
    need(begin(&s, NULL));
    need_int(pair_connect(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
    s.pair.keeps = true;
    need_int(pair_ask(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.kept);
    dia_loop_stop(s.pair.server.loop);
    need(ask(&s, "GET", "/healthz", ""));
    need(says(&s, "HTTP/1.1 503 "));
    need(says(&s, "draining\n"));
    need(ask(&s, "GET", "/metrics", ""));
    need(says(&s, "\ndiatom_stopping 1\n"));
    need_int(pair_answer(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.server.over); /* whoever watches does not hold it up */
done:
    close(fd);
    end(&s);
}

static void one_connection_takes_many_requests(void)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    static struct scene s;
    int fd = -1;
    need(begin(&s, NULL));
    need((fd = dial(&s)) >= 0);
    for (int i = 0; i < 20; i++) {
        need(send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request));
        for (int k = 0; k < 200 && !strstr(s.text, "serving\n"); k++)
            hear(&s, fd, 5);
        need(says(&s, "serving\n"));
        s.text[0] = 0;
    }
done:
    close(fd);
    end(&s);
}

/* Octets now and then do not keep a connection: its time is that of a whole request. */
static void whoever_drags_out_a_request_is_ended(void)
{
    static const char request[] = "GET /metrics HTTP/1.1\r\n", header[] = "X: y\r\n";
    static struct scene s;
    int fd = -1;
    bool over = false;
    need(begin(&s, &(dia_metrics_config){ .request_ms = 300 }));
    need((fd = dial(&s)) >= 0);
    need(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    const int64_t began = dia_loop_clock().us;
    for (size_t i = 0; !over && dia_loop_clock().us < began + PATIENCE_MS * 1000; i++) {
        char rest;
        if (send(fd, &header[i % strlen(header)], 1, MSG_NOSIGNAL) < 0)
            break;
        for (const int64_t until = dia_loop_clock().us + 10000; dia_loop_clock().us < until;)
            pair_turn(&s.pair, 2);
        over = recv(fd, &rest, 1, MSG_DONTWAIT) == 0;
    }
    need(dia_loop_clock().us - began >= 300000);
    need(dia_loop_clock().us - began < 5000000);
done:
    close(fd);
    end(&s);
}

/* As many as may be are silent; when their time is over there is room again. */
static void silent_connections_do_not_keep_others_out(void)
{
    static struct scene s;
    int fds[4] = { -1, -1, -1, -1 };
    need(begin(&s, &(dia_metrics_config){ .connections = 4, .per_address = 8, .request_ms = 300 }));
    for (int i = 0; i < 4; i++)
        need((fds[i] = dial(&s)) >= 0);
    pair_turn(&s.pair, 20);
    need(ask(&s, "GET", "/healthz", ""));
    need(says(&s, "serving\n"));
done:
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    end(&s);
}

static void noise_is_answered_400_and_harms_nobody(void)
{
    static const char *const noise[] = { "\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
                                         "GET /metrics HTTP/9.9\r\n\r\n",
                                         "GET /metrics HTTP/1.1\r\nContent-Length: -5\r\n\r\n" };
    static struct scene s;
    static char much[200000];
    need(begin(&s, &(dia_metrics_config){ .request_ms = 300 }));
    memset(much, 'x', sizeof much);
    for (size_t i = 0; i <= sizeof noise / sizeof *noise; i++) {
        const bool is_much = i == sizeof noise / sizeof *noise;
        const int fd = dial(&s);
        const ssize_t n = is_much ? send(fd, much, sizeof much, MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : send(fd, noise[i], strlen(noise[i]), MSG_NOSIGNAL);
        hear(&s, fd, 400);
        close(fd);
        need(n > 0);
        need(!strstr(s.text, "200 OK"));
    }
    need(ask(&s, "GET", "/healthz", ""));
    need(says(&s, "serving\n"));
done:
    end(&s);
}

static void addresses_that_are_none_are_refused(void)
{
    static const struct {
        const char *address;
        int want;
    } rows[] = {
        { "", DIA_EFORMAT },
        { "9090", DIA_EFORMAT },
        { ":9090", DIA_EFORMAT },
        { "127.0.0.1", DIA_EFORMAT },
        { "127.0.0.1:", DIA_EFORMAT },
        { "127.0.0.1:70000", DIA_EFORMAT },
        { "127.0.0.1:1x", DIA_EFORMAT },
        { "::1:9090", DIA_EFORMAT },
        { "192.0.2.1:0", DIA_ESYSTEM },
    };
    static struct scene s;
    char small[5] = "same";
    need(begin(&s, NULL));
    dia_loop *loop = s.pair.server.loop;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].address);
        need_int(dia_loop_serve_metrics(loop, rows[i].address, NULL, NULL, 0), rows[i].want);
    }
    harness_row(NULL);
    need_int(dia_loop_serve_metrics(loop, NULL, NULL, NULL, 0), DIA_EFORMAT);
    need_int(dia_loop_serve_metrics(loop, s.address, NULL, NULL, 0), DIA_ESYSTEM);
    need_int(errno, EADDRINUSE);
    need_int(dia_loop_serve_metrics(loop, "127.0.0.1:0", NULL, small, sizeof small), DIA_ESPACE);
    need_str(small, "same");
    need_int(dia_loop_serve_metrics_end(loop, "127.0.0.1:1"), DIA_ENOENT);
    need_int(dia_loop_serve_metrics_end(loop, s.address), 0);
    need(dial(&s) < 0);
    need_int(dia_loop_serve_metrics(loop, s.address, NULL, NULL, 0), 0); /* free at once */
    need_int(dia_loop_serve_metrics_end(loop, s.address), 0);
    need_int(dia_loop_serve_metrics(loop, "localhost:0", NULL, s.address, sizeof s.address), 0);
    need(!strncmp(s.address, "127.0.0.1:", 10) || !strncmp(s.address, "[::1]:", 6));
done:
    end(&s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "paths_are_answered", paths_are_answered },
        { "a_node_that_drains_is_not_healthy", a_node_that_drains_is_not_healthy },
        { "one_connection_takes_many_requests", one_connection_takes_many_requests },
        { "whoever_drags_out_a_request_is_ended", whoever_drags_out_a_request_is_ended },
        { "silent_connections_do_not_keep_others_out", silent_connections_do_not_keep_others_out },
        { "noise_is_answered_400_and_harms_nobody", noise_is_answered_400_and_harms_nobody },
        { "addresses_that_are_none_are_refused", addresses_that_are_none_are_refused },
    };
    return HARNESS_RUN("loop/metrics", tests);
}
