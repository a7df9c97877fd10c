/* A local socket for commands: a line in, its answer out. */
#include "loop/loop.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16, LINE_ROOM = 4097, ANSWER_MAX = 64 << 20, MODE = 0600, BACKLOG = 128, ACCEPTS_A_WAKE_UP = 16 };
enum { LINE_MS = 10000, ANSWER_MS = 30000, IDLE_MS = 60000, REST_MS = 100 };
enum { TOO_LONG = 2, BUSY = 3 }; /* STATUS of what no handler was asked for: DIA_CONTROL_UNKNOWN, DIA_CONTROL_FAILED */

typedef struct control {
    dia_list place; /* in loop->controls */
    dia_loop *loop;
    uv_poll_t poll;
    int fd;
    dev_t device; /* the socket's file, when we made it */
    ino_t inode;
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    dia_control_fn *handler;
    void *arg;
    dia_list clients; /* who was silent longest first */
    size_t n_clients;
} control;

typedef struct client {
    dia_list place; /* in control->clients */
    control *control;
    dia_loop *loop;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles; /* of libuv, still open */
    int fd;
    int events;
    char line[LINE_ROOM];
    size_t n;     /* of line */
    dia_page out; /* the frame of the answer and the answer */
    size_t sent;  /* of out */
    bool no_more; /* it has ended its side */
    bool last;    /* its end comes behind this answer */
    bool closing;
    enum { SILENT, WRITING, READING } state; /* what it does, or has to do next */
} client;

/* ---- Clients ---- */

static void on_client_closed(uv_handle_t *handle)
{
    client *c = handle->data;
    if (--c->handles)
        return;
    close(c->fd);
    dia_page_done(&c->out);
    dia_release(c->loop->alloc, c, sizeof *c);
}

static void client_close(client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    c->control->n_clients--;
    dia_list_remove(&c->place);
    uv_close((uv_handle_t *)&c->poll, on_client_closed);
    uv_close((uv_handle_t *)&c->timer, on_client_closed);
}

static void on_time(uv_timer_t *timer)
{
    client_close(timer->data);
}

static void on_client(uv_poll_t *poll, int status, int events);

/* What it does now, and for how long it may. An octet now and then does not prolong it. */
static void enter(client *c, int state)
{
    static const uint64_t times[] = { [SILENT] = IDLE_MS, [WRITING] = LINE_MS, [READING] = ANSWER_MS };
    const int events = state == READING ? UV_WRITABLE : UV_READABLE;
    if (c->closing)
        return;
    if (c->events != events) {
        c->events = events;
        uv_poll_start(&c->poll, events, on_client);
    }
    if ((int)c->state == state && uv_is_active((uv_handle_t *)&c->timer))
        return;
    c->state = state;
    uv_update_time(&c->loop->uv);
    uv_timer_start(&c->timer, on_time, times[state], 0);
    dia_list_remove(&c->place);
    dia_list_push_back(&c->control->clients, &c->place);
}

/* ---- Answers ---- */

static void frame(dia_page *out, int status, const dia_page *answer)
{
    dia_page_clear(out);
    dia_page_print(out, "diatom 1 %d %zu\n", status, answer->n);
    dia_page_octets(out, (dia_bytes){ (const uint8_t *)answer->p, answer->n });
}

static void refuse(dia_page *out, int status, const char *sentence)
{
    dia_page answer = { 0 };
    dia_page_put(&answer, sentence);
    frame(out, status, &answer);
    dia_page_done(&answer);
}

static void answer_line(client *c, dia_bytes line)
{
    dia_page answer;
    dia_page_init(&answer, ANSWER_MAX, c->loop->alloc);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    const int status = c->control->handler(c->control->arg, line, &answer);
    if (answer.err)
        refuse(&c->out, BUSY, "the answer is too long\n");
    else
        frame(&c->out, status, &answer);
    dia_page_done(&answer);
}

/* The next whole line, if there is one; without memory for its answer the client goes. */
static bool take_line(client *c)
{
    const char *end = memchr(c->line, '\n', c->n);
    if (!end && c->n < sizeof c->line && !(c->no_more && c->n))
        return false;
    const size_t n = end ? (size_t)(end - c->line) : c->n;
    c->sent = 0;
    if (!end && n == sizeof c->line) {
        refuse(&c->out, TOO_LONG, "the line is too long\n");
        c->last = true;
        c->n = 0;
        return true;
    }
    answer_line(c, (dia_bytes){ (const uint8_t *)c->line, n });
    c->n -= n + (end != NULL);
    if (c->n)
        memmove(c->line, end + 1, c->n);
    return true;
}

/* False: it is gone, or has not taken all. */
static bool write_out(client *c)
{
    while (c->sent < c->out.n) {
        const ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            enter(c, READING);
            return false;
        }
        if (n < 0) {
            client_close(c);
            return false;
        }
        c->sent += (size_t)n;
    }
    dia_page_clear(&c->out);
    c->sent = 0;
    return true;
}

/* One line a turn of the loop: a client that sends many at once does not keep the node from its peers. */
static void go_on(client *c)
{
    if (!write_out(c))
        return;
    const bool answered = !c->last && take_line(c);
    if (c->out.err) {
        client_close(c);
        return;
    }
    if (answered && !write_out(c))
        return;
    const bool more = !c->last && c->n && (c->no_more || memchr(c->line, '\n', c->n));
    if (more)
        enter(c, READING);
    else if (c->last || c->no_more)
        client_close(c);
    else
        enter(c, c->n ? WRITING : SILENT);
}

static void read_in(client *c)
{
    const ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - c->n, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        client_close(c);
        return;
    }
    c->no_more |= n == 0;
    c->n += (size_t)n;
    go_on(c);
}

static void on_client(uv_poll_t *poll, int status, int events)
{
    client *c = poll->data;
    if (c->closing)
        return;
    if (status < 0)
        client_close(c);
    else if (events & UV_WRITABLE)
        go_on(c);
    else
        read_in(c);
}

/* ---- Accepting ---- */

/* Who is silent makes way, the one that was longest first. */
static bool make_way(control *s)
{
    DIA_LIST_EACH (p, &s->clients) {
        client *c = DIA_OF(p, client, place);
        if (c->state != SILENT)
            continue;
        client_close(c);
        return true;
    }
    return false;
}

static void turn_away(int fd)
{
    dia_page out = { 0 };
    refuse(&out, BUSY, "too many are connected\n");
    if (send(fd, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        errno = 0; /* whoever does not read it does not know */
    dia_page_done(&out);
    close(fd);
}

static void take_in(control *s, int fd)
{
    client *c = s->n_clients < CLIENTS_MAX || make_way(s) ? dia_alloc0(s->loop->alloc, sizeof *c) : NULL;
    if (!c || uv_poll_init(&s->loop->uv, &c->poll, fd)) {
        dia_release(s->loop->alloc, c, sizeof *c);
        turn_away(fd);
        return;
    }
    uv_timer_init(&s->loop->uv, &c->timer);
    c->poll.data = c->timer.data = c;
    c->handles = 2;
    c->fd = fd;
    c->control = s;
    c->loop = s->loop;
    dia_page_init(&c->out, 0, s->loop->alloc);
    dia_list_push_back(&s->clients, &c->place);
    s->n_clients++;
    enter(c, SILENT);
}

static void on_ready(uv_poll_t *poll, int status, int events);

static void on_rested(void *arg)
{
    control *s = arg;
    uv_poll_start(&s->poll, UV_READABLE, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    control *s = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_WAKE_UP; i++) {
        const int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_in(s, fd);
            continue;
        }
        if (errno == EINTR || errno == EAGAIN || errno == ECONNABORTED)
            return;
        if (!dia_loop_after(s->loop, REST_MS, on_rested, s)) /* no descriptors: it would stay readable */
            uv_poll_stop(&s->poll);
        return;
    }
}

/* ---- Begin and end ---- */

static int address_of(const char *path, struct sockaddr_un *out)
{
    const size_t n = path ? strlen(path) : 0;
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (!n || n >= sizeof out->sun_path)
        return DIA_EINVAL;
    memcpy(out->sun_path, path, n + 1);
    return 0;
}

/* A socket file that nobody listens at any more is removed. 0: bind again. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat file;
    if (lstat(address->sun_path, &file))
        return errno == ENOENT ? 0 : DIA_ESYSTEM;
    if (!S_ISSOCK(file.st_mode)) {
        errno = ENOTSOCK;
        return DIA_ESYSTEM;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return DIA_ESYSTEM;
    const bool stale = connect(fd, (const struct sockaddr *)address, sizeof *address) && errno == ECONNREFUSED;
    close(fd);
    if (!stale)
        return DIA_EEXIST;
    return unlink(address->sun_path) && errno != ENOENT ? DIA_ESYSTEM : 0;
}

/* Linux makes the file with the permissions of the socket: so it never has others, not for a moment. */
static int bind_to(int fd, const struct sockaddr_un *address, uint32_t mode)
{
    const mode_t wanted = mode ? (mode_t)mode & 0777 : MODE;
    if (fchmod(fd, wanted))
        return DIA_ESYSTEM;
    if (bind(fd, (const struct sockaddr *)address, sizeof *address)) {
        const int err = errno == EADDRINUSE ? remove_stale(address) : DIA_ESYSTEM;
        if (err)
            return err;
        if (bind(fd, (const struct sockaddr *)address, sizeof *address))
            return errno == EADDRINUSE ? DIA_EEXIST : DIA_ESYSTEM;
    }
    return chmod(address->sun_path, wanted) || listen(fd, BACKLOG) ? DIA_ESYSTEM : 0; /* what umask took away */
}

static void unlink_ours(const control *s)
{
    struct stat file;
    if (s->inode && !lstat(s->path, &file) && file.st_dev == s->device && file.st_ino == s->inode)
        unlink(s->path);
}

static void on_closed(uv_handle_t *handle)
{
    control *s = handle->data;
    close(s->fd);
    dia_release(s->loop->alloc, s, sizeof *s);
}

static void end(control *s)
{
    DIA_LIST_EACH (p, &s->clients)
        client_close(DIA_OF(p, client, place));
    unlink_ours(s);
    dia_loop_after_cancel(s->loop, on_rested, s);
    dia_list_remove(&s->place);
    uv_close((uv_handle_t *)&s->poll, on_closed);
}

void dia_control_close_all(dia_loop *loop)
{
    DIA_LIST_EACH (p, &loop->controls)
        end(DIA_OF(p, control, place));
}

static control *find(const dia_loop *loop, const char *path)
{
    for (dia_list *p = loop->controls.next; p != &loop->controls; p = p->next)
        if (strcmp(DIA_OF(p, control, place)->path, path) == 0)
            return DIA_OF(p, control, place);
    return NULL;
}

static int not_served(dia_loop *loop, const char *path, int err)
{
    return dia_loop_failed(loop, err, "cannot serve commands at '%s': %s", path ? path : "",
                           err == DIA_EEXIST   ? "another program serves there"
                           : err == DIA_EINVAL ? "it is no path of 1 to 107 octets"
                                               : dia_loop_words(err));
}

int dia_loop_control(dia_loop *loop, const char *path, uint32_t mode, dia_control_fn *handler, void *arg)
{
    struct sockaddr_un address;
    struct stat file;
    int err = address_of(path, &address);
    if (err)
        return not_served(loop, path, err);
    control *s = dia_alloc0(loop->alloc, sizeof *s);
    if (!s)
        return not_served(loop, path, DIA_ENOMEM);
    s->loop = loop;
    s->handler = handler;
    s->arg = arg;
    dia_list_init(&s->clients);
    memcpy(s->path, address.sun_path, sizeof s->path);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    err = s->fd < 0 ? DIA_ESYSTEM : bind_to(s->fd, &address, mode);
    if (!err && !lstat(s->path, &file)) {
        s->device = file.st_dev;
        s->inode = file.st_ino;
    }
    if (!err && uv_poll_init(&loop->uv, &s->poll, s->fd))
        err = DIA_ESYSTEM;
    if (err) {
        const int why = errno;
        not_served(loop, path, err);
        unlink_ours(s);
        if (s->fd >= 0)
            close(s->fd);
        dia_release(loop->alloc, s, sizeof *s);
        errno = why;
        return err;
    }
    s->poll.data = s;
    dia_list_push_back(&loop->controls, &s->place);
    uv_poll_start(&s->poll, UV_READABLE, on_ready);
    return 0;
}

int dia_loop_control_end(dia_loop *loop, const char *path)
{
    control *s = find(loop, path);
    if (!s)
        return dia_loop_failed(loop, DIA_ENOENT, "no commands are served at '%s'", path);
    end(s);
    return 0;
}
