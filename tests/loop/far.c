/* The server in a process of its own. */
#include "far.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

uint16_t far_free_udp_port(void)
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

static bool set_up(dia_loop *loop, const dia_sctp_config *sctp, const dia_tls_config *tls)
{
    char why[300] = "";
    if (!dia_loop_sctp(loop, sctp, why, sizeof why) && (!tls || !dia_loop_tls(loop, NULL, tls, why, sizeof why)))
        return true;
    fprintf(stderr, "no SCTP or DTLS: %s\n", why);
    return false;
}

static bool begin(const struct far *far, struct pair *pair)
{
    const dia_listen_config config = { .socket = far->socket };
    memset(pair, 0, sizeof *pair);
    pair->answer_size = far->answer_size;
    return pair_begin_server(pair, &far->node) && set_up(pair->server.loop, &far->sctp, far->tls) &&
           !dia_loop_listen_as(pair->server.loop, far->uri, &config, pair->uri, sizeof pair->uri);
}

static void report(const struct pair *pair, int fd)
{
    struct far_report r = { .served = pair->served };
    memcpy(r.events, pair->server.events, sizeof r.events);
    memcpy(r.reason, pair->server.reason, sizeof r.reason);
    memcpy(r.last, pair->server.last, sizeof r.last);
    if (write(fd, &r, sizeof r) != sizeof r)
        _exit(1);
}

/* What has come already is heeded before the report. */
static void be_done(dia_loop *loop)
{
    struct pollfd fd = { dia_loop_fd(loop), POLLIN, 0 };
    for (int i = 0; i < 100 && (poll(&fd, 1, 0) > 0 || dia_loop_timeout(loop) == 0); i++)
        dia_loop_process(loop);
}

static _Noreturn void run(struct far *far, int fd)
{
    struct pair pair;
    char uri[100];
    if (recv(fd, uri, sizeof uri, MSG_WAITALL) != sizeof uri)
        _exit(0); /* never begun */
    far->uri = uri;
    if (!begin(far, &pair) || write(fd, pair.uri, sizeof pair.uri) != sizeof pair.uri)
        _exit(1);
    for (;;) {
        struct pollfd fds[2] = { { fd, POLLIN, 0 }, { dia_loop_fd(pair.server.loop), POLLIN, 0 } };
        poll(fds, 2, dia_loop_timeout(pair.server.loop));
        if (fds[0].revents)
            break;
        dia_loop_process(pair.server.loop);
    }
    be_done(pair.server.loop);
    report(&pair, fd);
    pair_end(&pair);
    _exit(0);
}

bool far_fork(struct far *far)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        return false;
    fflush(NULL);
    far->pid = fork();
    if (far->pid == 0) {
        close(fds[0]);
        run(far, fds[1]);
    }
    close(fds[1]);
    far->pipe = fds[0];
    return far->pid > 0;
}

bool far_go(struct far *far)
{
    char uri[100] = "";
    snprintf(uri, sizeof uri, "%s", far->uri);
    return write(far->pipe, uri, sizeof uri) == sizeof uri &&
           recv(far->pipe, far->bound, sizeof far->bound, MSG_WAITALL) == sizeof far->bound;
}

bool far_begin(struct far *far)
{
    return far_fork(far) && far_go(far);
}

static bool end(struct far *far)
{
    int status = -1;
    if (far->pid > 0)
        waitpid(far->pid, &status, 0);
    if (far->pipe > 0)
        close(far->pipe);
    far->pid = 0;
    far->pipe = 0;
    return status == 0;
}

bool far_end(struct far *far, struct far_report *to)
{
    struct far_report unused;
    if (far->pipe > 0)
        shutdown(far->pipe, SHUT_WR);
    const bool told = far->pipe > 0 && recv(far->pipe, to ? to : &unused, sizeof unused, MSG_WAITALL) == sizeof unused;
    return end(far) && told;
}

void far_kill(struct far *far)
{
    kill(far->pid, SIGKILL);
    end(far);
}

bool far_client(struct pair *pair, const struct far *far, const dia_sctp_config *sctp, const dia_tls_config *tls)
{
    memset(pair, 0, sizeof *pair);
    snprintf(pair->uri, sizeof pair->uri, "%s", far->bound);
    return pair_begin_client(pair, &far->node) && set_up(pair->client.loop, sctp, tls);
}

int far_connect(struct pair *pair, const struct far *far, const dia_socket_options *options)
{
    dia_peer_config peer = { .connect = pair->uri };
    if (options)
        peer.socket = *options;
    if (!peer.socket.udp_port)
        peer.socket.udp_port = far->sctp.udp_port;
    return dia_node_add_peer(dia_loop_node(pair->client.loop), &peer, NULL);
}
