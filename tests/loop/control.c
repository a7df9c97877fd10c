/* The local socket: answers, permissions, files that others left, clients that mean no good. */
#include "loop/loop.h"

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, CLIENTS = 16, LARGE = 3000000 };

struct scene {
    dia_loop *loop;
    char folder[64], path[100];
    char last[5000]; /* the line that came last */
    size_t n;        /* of it */
    unsigned lines;
    bool large; /* answers are LARGE */
    bool ends;  /* the handler ends the socket */
};

static int on_line(void *arg, dia_bytes line, dia_page *answer)
{
    struct scene *s = arg;
    s->lines++;
    if (s->ends)
        dia_loop_control_end(s->loop, s->path);
    s->n = line.n < sizeof s->last ? line.n : 0;
    if (s->n)
        memcpy(s->last, line.p, s->n);
    if (s->large) {
        for (size_t i = 0; i < LARGE / 10; i++)
            dia_page_put(answer, "012345678\n");
        return 0;
    }
    dia_page_put(answer, "you said ");
    dia_page_octets(answer, line);
    return s->lines % 2 ? 0 : 7;
}

static bool begin(struct scene *s)
{
    const dia_node_config config = { .origin_host = "m.example.net", .origin_realm = "example.net" };
    memset(s, 0, sizeof *s);
    strcpy(s->folder, "/tmp/diatom-control-XXXXXX");
    if (!mkdtemp(s->folder))
        return false;
    snprintf(s->path, sizeof s->path, "%s/ctl", s->folder);
    return !dia_loop_new(&config, &s->loop, NULL, 0) && !dia_loop_control(s->loop, s->path, 0, on_line, s);
}

static void end(struct scene *s)
{
    dia_loop_free(s->loop);
    unlink(s->path);
    rmdir(s->folder);
}

static int dial(const struct scene *s)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path, s->path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void turn(struct scene *s, int ms)
{
    struct pollfd fd = { dia_loop_fd(s->loop), POLLIN, 0 };
    poll(&fd, 1, ms);
    dia_loop_process(s->loop);
}

static bool say(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* What comes until the other side ends it, or until there are n octets. How many. */
static size_t hear(struct scene *s, int fd, char *to, size_t n)
{
    const int64_t until = dia_loop_clock().us + PATIENCE_MS * 1000;
    size_t at = 0;
    while (at < n && dia_loop_clock().us < until) {
        const ssize_t got = recv(fd, to + at, n - at, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        at += got > 0 ? (size_t)got : 0;
        turn(s, got > 0 ? 0 : 5);
    }
    return at;
}

static bool hears(struct scene *s, int fd, const char *want)
{
    char text[5000];
    const size_t n = hear(s, fd, text, strlen(want));
    text[n] = 0;
    if (strcmp(text, want) == 0)
        return true;
    fprintf(stderr, "'%s' instead of '%s'\n", text, want);
    return false;
}

/* Has the other side ended it? */
static bool is_over(struct scene *s, int fd)
{
    char rest[100];
    if (hear(s, fd, rest, sizeof rest))
        return false;
    const ssize_t n = recv(fd, rest, 1, 0);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void lines_are_answered_in_their_order(void)
{
    struct scene s;
    int fd = -1;
    need(begin(&s));
    need((fd = dial(&s)) >= 0);
    need(say(fd, "one\ntwo\r\nth"));
    need(hears(&s, fd, "diatom 1 0 12\nyou said onediatom 1 7 12\nyou said two"));
    need_int(s.lines, 2); /* half a line is none */
    need(say(fd, "ree\n\n"));
    need(hears(&s, fd, "diatom 1 0 14\nyou said threediatom 1 7 9\nyou said "));
done:
    close(fd);
    end(&s);
}

/* echo peers | nc -U: the last line needs no end. */
static void whoever_ends_its_side_is_answered_first(void)
{
    struct scene s;
    int fd = -1;
    need(begin(&s));
    need((fd = dial(&s)) >= 0);
    need(say(fd, "one\ntwo"));
    shutdown(fd, SHUT_WR);
    need(hears(&s, fd, "diatom 1 0 12\nyou said onediatom 1 7 12\nyou said two"));
    need(is_over(&s, fd));
done:
    close(fd);
    end(&s);
}

static void only_its_user_may_connect(void)
{
    struct scene s;
    struct stat file;
    need(begin(&s));
    need(!stat(s.path, &file));
    need_int(file.st_mode & 0777, 0600);
    need_int(dia_loop_control_end(s.loop, s.path), 0);
    need(stat(s.path, &file) && errno == ENOENT);
    need_int(dia_loop_control_end(s.loop, s.path), DIA_ENOENT);
    const mode_t old = umask(077);
    need_int(dia_loop_control(s.loop, s.path, 0660, on_line, &s), 0);
    umask(old);
    need(!stat(s.path, &file));
    need_int(file.st_mode & 0777, 0660);
done:
    end(&s);
}

static void what_a_dead_program_left_is_replaced(void)
{
    struct scene s;
    int fd = -1;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    need(begin(&s));
    need_int(dia_loop_control_end(s.loop, s.path), 0);
    strcpy(address.sun_path, s.path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(!bind(fd, (const struct sockaddr *)&address, sizeof address)); /* bound, and nobody listens */
    close(fd);
    need_int(dia_loop_control(s.loop, s.path, 0, on_line, &s), 0);
    need((fd = dial(&s)) >= 0);
    need(say(fd, "x\n"));
    need(hears(&s, fd, "diatom 1 0 10\nyou said x"));
done:
    close(fd);
    end(&s);
}

static void what_others_need_is_left_alone(void)
{
    struct scene s;
    dia_loop *other = NULL;
    char file[120];
    struct stat is;
    int fd = -1;
    const dia_node_config config = { .origin_host = "o.example.net", .origin_realm = "example.net" };
    need(begin(&s));
    snprintf(file, sizeof file, "%s/file", s.folder);
    need_int(dia_loop_new(&config, &other, NULL, 0), 0);
    need_int(dia_loop_control(other, s.path, 0, on_line, &s), DIA_EEXIST);
    fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    need(fd >= 0);
    need_int(dia_loop_control(other, file, 0, on_line, &s), DIA_ESYSTEM);
    need_int(errno, ENOTSOCK);
    need_int(dia_loop_control(other, "/nowhere/at/all", 0, on_line, &s), DIA_ESYSTEM);
    need_int(errno, ENOENT);
    need_int(dia_loop_control(other, "", 0, on_line, &s), DIA_EINVAL);
    need_int(dia_loop_control(other, NULL, 0, on_line, &s), DIA_EINVAL);
    char path[200];
    memset(path, 'x', sizeof path);
    path[108] = 0;
    need_int(dia_loop_control(other, path, 0, on_line, &s), DIA_EINVAL);
    /* A new program at the same path, after the file of the first was removed: the first one's end leaves it. */
    need(!unlink(s.path));
    need_int(dia_loop_control(other, s.path, 0, on_line, &s), 0);
    need_int(dia_loop_control_end(s.loop, s.path), 0);
    need(!stat(s.path, &is));
done:
    close(fd);
    unlink(file);
    dia_loop_free(other);
    end(&s);
}

static void lines_without_an_end_end_the_client(void)
{
    struct scene s;
    char line[6000];
    int fd = -1;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    need(begin(&s));
    need((fd = dial(&s)) >= 0);
    need(say(fd, line));
    need(hears(&s, fd, "diatom 1 2 21\nthe line is too long\n"));
    need(is_over(&s, fd));
    need_int(s.lines, 0);
done:
    close(fd);
    end(&s);
}

static void longest_line_is_taken(void)
{
    struct scene s;
    char line[4098];
    int fd = -1;
    memset(line, 'x', 4096);
    strcpy(line + 4096, "\n");
    need(begin(&s));
    need((fd = dial(&s)) >= 0);
    need(say(fd, line));
    need(hears(&s, fd, "diatom 1 0 4105\nyou said x"));
    need_int(s.n, 4096);
done:
    close(fd);
    end(&s);
}

/* It is asked for its next line only when it has taken the answer to the one before. */
static void whoever_does_not_read_is_not_asked_for_more(void)
{
    struct scene s;
    static char all[4 * LARGE];
    int fd = -1;
    need(begin(&s));
    s.large = true;
    need((fd = dial(&s)) >= 0);
    need(say(fd, "a\nb\nc\n"));
    for (int i = 0; i < 20; i++)
        turn(&s, 1);
    need_int(s.lines, 1);
    const size_t head = strlen("diatom 1 0 3000000\n");
    need_int(hear(&s, fd, all, 3 * (LARGE + head)), 3 * (LARGE + head));
    need_int(s.lines, 3);
    need(memcmp(all + LARGE + head, "diatom 1 0 3000000\n0123", head + 4) == 0);
done:
    close(fd);
    end(&s);
}

/* Who is silent makes way for who comes; where all are busy, who comes is told so. */
static void there_is_a_place_for_sixteen(void)
{
    struct scene s;
    int fds[CLIENTS + 1];
    int busy = -1;
    for (int i = 0; i <= CLIENTS; i++)
        fds[i] = -1;
    need(begin(&s));
    for (int i = 0; i <= CLIENTS; i++) {
        need((fds[i] = dial(&s)) >= 0);
        turn(&s, 5);
    }
    need(is_over(&s, fds[0])); /* the first one was silent longest */
    for (int i = 1; i <= CLIENTS; i++) {
        need(say(fds[i], "half a line"));
        turn(&s, 5);
    }
    for (int i = 0; i < 20; i++)
        turn(&s, 1);
    need((busy = dial(&s)) >= 0);
    need(hears(&s, busy, "diatom 1 3 23\ntoo many are connected\n"));
    need(say(fds[CLIENTS], "\n"));
    need(hears(&s, fds[CLIENTS], "diatom 1 0 20\nyou said half a line"));
done:
    close(busy);
    for (int i = 0; i <= CLIENTS; i++)
        close(fds[i]);
    end(&s);
}

/* A command may change where commands are taken. */
static void the_handler_may_end_it(void)
{
    struct scene s;
    int fd = -1, other = -1;
    need(begin(&s));
    s.ends = true;
    need((fd = dial(&s)) >= 0);
    need((other = dial(&s)) >= 0);
    turn(&s, 5);
    need(say(fd, "one\ntwo\n"));
    need(hears(&s, fd, "diatom 1 0 12\nyou said one"));
    need(is_over(&s, fd));
    need(is_over(&s, other));
    need_int(s.lines, 1);
    need(dial(&s) < 0);
    s.ends = false;
    need_int(dia_loop_control(s.loop, s.path, 0, on_line, &s), 0);
done:
    close(fd);
    close(other);
    end(&s);
}

static void a_client_that_goes_leaves_nothing(void)
{
    struct scene s;
    need(begin(&s));
    s.large = true;
    for (int i = 0; i < 40; i++) {
        const int fd = dial(&s);
        need(fd >= 0);
        const bool said = say(fd, i % 2 ? "a\n" : "a");
        turn(&s, 5);
        close(fd);
        turn(&s, 5);
        need(said);
    }
    need_int(s.lines, 40); /* without its end, too: the other side may still read */
done:
    end(&s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "lines_are_answered_in_their_order", lines_are_answered_in_their_order },
        { "whoever_ends_its_side_is_answered_first", whoever_ends_its_side_is_answered_first },
        { "only_its_user_may_connect", only_its_user_may_connect },
        { "what_a_dead_program_left_is_replaced", what_a_dead_program_left_is_replaced },
        { "what_others_need_is_left_alone", what_others_need_is_left_alone },
        { "lines_without_an_end_end_the_client", lines_without_an_end_end_the_client },
        { "longest_line_is_taken", longest_line_is_taken },
        { "whoever_does_not_read_is_not_asked_for_more", whoever_does_not_read_is_not_asked_for_more },
        { "there_is_a_place_for_sixteen", there_is_a_place_for_sixteen },
        { "the_handler_may_end_it", the_handler_may_end_it },
        { "a_client_that_goes_leaves_nothing", a_client_that_goes_leaves_nothing },
    };
    return HARNESS_RUN("loop/control", tests);
}
