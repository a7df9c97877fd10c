/* SCTP by usrsctp, over UDP: a server in a process of its own, since usrsctp is one per process, and the client here. */
#include "pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The server in the other process. */
struct far {
    bool raw;
    uint16_t udp_port;
    char uri[100]; /* where it listens */
    size_t answer_size;
    pid_t pid;
    int pipe; /* it ends when this does */
};

static uint16_t free_udp_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        abort();
    close(fd);
    return ntohs(address.sin_port);
}

/* ---- The server's process ---- */

static dia_sctp_config sctp_at(uint16_t udp_port)
{
    return (dia_sctp_config){ .stack = DIA_SCTP_USER, .udp_port = udp_port };
}

static bool begin_far(struct far *far, struct pair *pair)
{
    char why[200] = "";
    const dia_sctp_config sctp = sctp_at(far->udp_port);
    memset(pair, 0, sizeof *pair);
    pair->answer_size = far->answer_size;
    if (!pair_begin_server(pair, NULL))
        return false;
    if (dia_loop_sctp(pair->server.loop, &sctp, why, sizeof why) ||
        dia_loop_listen(pair->server.loop, far->uri, pair->uri, sizeof pair->uri)) {
        fprintf(stderr, "the server does not listen: %s\n", why);
        return false;
    }
    return true;
}

static _Noreturn void run_far(struct far *far, int fd)
{
    struct pair pair;
    if (!begin_far(far, &pair) || write(fd, pair.uri, sizeof pair.uri) != sizeof pair.uri)
        _exit(1);
    for (;;) {
        struct pollfd fds[2] = { { fd, POLLIN, 0 }, { dia_loop_fd(pair.server.loop), POLLIN, 0 } };
        poll(fds, 2, dia_loop_timeout(pair.server.loop));
        if (fds[0].revents)
            break;
        dia_loop_process(pair.server.loop);
    }
    pair_end(&pair);
    _exit(0);
}

static bool far_begin(struct far *far)
{
    int fds[2];
    far->udp_port = far->raw ? 0 : free_udp_port();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        return false;
    fflush(NULL);
    far->pid = fork();
    if (far->pid == 0) {
        close(fds[0]);
        run_far(far, fds[1]);
    }
    close(fds[1]);
    far->pipe = fds[0];
    return far->pid > 0 && read(fds[0], far->uri, sizeof far->uri) == sizeof far->uri;
}

/* True: it has ended well. */
static bool far_end(struct far *far)
{
    int status = -1;
    close(far->pipe);
    if (far->pid > 0)
        waitpid(far->pid, &status, 0);
    return status == 0;
}

/* ---- The client ---- */

static bool begin(struct pair *pair, const struct far *far)
{
    char why[200] = "";
    const dia_sctp_config sctp = sctp_at(far->udp_port ? free_udp_port() : 0);
    memset(pair, 0, sizeof *pair);
    if (!pair_begin_client(pair, NULL))
        return false;
    const int err = dia_loop_sctp(pair->client.loop, &sctp, why, sizeof why);
    if (err)
        fprintf(stderr, "no SCTP: %s\n", why);
    snprintf(pair->uri, sizeof pair->uri, "%s", far->uri);
    return !err;
}

static int connect_to(struct pair *pair, const struct far *far, const char *local)
{
    const dia_peer_config peer = { .connect = pair->uri, .socket = { .udp_port = far->udp_port, .local = local } };
    return dia_node_add_peer(dia_loop_node(pair->client.loop), &peer, NULL);
}

/* Raw IP wants rights, and a kernel without SCTP of its own: where somebody says so. */
static bool may_be_raw(void)
{
    return getenv("DIATOM_TEST_RAW") != NULL;
}

static void requests_pass(void) /* B2.1-01, B2.1-04 */
{
    static const struct {
        const char *name, *uri, *connect;
        bool raw;
    } rows[] = {
        { "IPv4 in UDP", "aaa://127.0.0.1:0;transport=sctp", NULL, false },
        { "IPv6 in UDP", "aaa://[::1]:0;transport=sctp", NULL, false },
        { "any address, the usual port", "aaa://0.0.0.0;transport=sctp", "aaa://127.0.0.1:3868;transport=sctp", false },
        { "raw IPv4", "aaa://127.0.0.1:0;transport=sctp", NULL, true },
        { "raw IPv6", "aaa://[::1]:0;transport=sctp", NULL, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct far far = { .raw = rows[i].raw };
        struct pair pair = { 0 };
        harness_row(rows[i].name);
        if (rows[i].raw && !may_be_raw()) {
            fprintf(stderr, "%s is left out: DIATOM_TEST_RAW does not allow it\n", rows[i].name);
            continue;
        }
        snprintf(far.uri, sizeof far.uri, "%s", rows[i].uri);
        need(far_begin(&far));
        need(begin(&pair, &far));
        if (rows[i].connect)
            snprintf(pair.uri, sizeof pair.uri, "%s", rows[i].connect);
        need_int(connect_to(&pair, &far, NULL), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        for (unsigned n = 0; n < 100; n++)
            need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 100);
        dia_loop_stop(pair.client.loop);
        PAIR_UNTIL(&pair, pair.client.over);
    done:
        pair_end(&pair);
        check(far_end(&far));
    }
}

static const struct harness_test tests[] = {
    { "requests_pass", requests_pass },
};

int main(void)
{
    return HARNESS_RUN("loop/usrsctp", tests);
}
