/* A load that comes at even distances, whether it is answered or not, and the time until each answer: for servers and relays,
 * of whatever make.
 *
 *     paced PORT FILE COUNT RATE     FILE holds a CER and a request with a Session-Id in front, of which COUNT follow, RATE of
 *                                    them a second, with ids of their own; prints "COUNT P50_US P99_US MAX_US"
 *
 * The time begins when the request is written: that this program is late now and then is not its far end's fault. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 20, AT_HOP_BY_HOP = 12, AT_END_TO_END = 16, SESSION_HEAD = 8, PATIENCE_S = 10 };

typedef struct load {
    int fd;
    unsigned char *request;
    size_t n;
    size_t digits; /* where the last digits of its Session-Id stand; 0: it has none */
    size_t count, sent, answered;
    double *times; /* of each request: when it was sent, then how long it took */
    unsigned char in[1 << 16];
    size_t have; /* octets in it */
} load;

static _Noreturn void die(const char *what)
{
    if (errno)
        perror(what);
    else
        fprintf(stderr, "paced: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t length_of(const unsigned char *message)
{
    return (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3];
}

static void write_all(int fd, const unsigned char *p, size_t n)
{
    while (n) {
        const ssize_t done = send(fd, p, n, 0);
        if (done < 0)
            die("send");
        p += done;
        n -= (size_t)done;
    }
}

static void store32(unsigned char *p, size_t v)
{
    const uint32_t wire = htonl((uint32_t)v);
    memcpy(p, &wire, sizeof wire);
}

static size_t load32(const unsigned char *p)
{
    uint32_t wire;
    memcpy(&wire, p, sizeof wire);
    return ntohl(wire);
}

static void send_next(load *l)
{
    enum { DIGITS = 8 };
    char text[DIGITS + 1];
    snprintf(text, sizeof text, "%0*zu", DIGITS, l->sent % 100000000);
    if (l->digits)
        memcpy(l->request + l->digits, text, DIGITS);
    store32(l->request + AT_HOP_BY_HOP, l->sent);
    store32(l->request + AT_END_TO_END, l->sent);
    l->times[l->sent++] = now();
    write_all(l->fd, l->request, l->n);
}

static void take_answers(load *l)
{
    errno = 0;
    const ssize_t n = recv(l->fd, l->in + l->have, sizeof l->in - l->have, 0);
    if (n <= 0)
        die("the connection was closed");
    const double at = now();
    l->have += (size_t)n;
    size_t done = 0;
    while (l->have - done >= HEADER && l->have - done >= length_of(l->in + done)) {
        const unsigned char *answer = l->in + done;
        const size_t i = load32(answer + AT_HOP_BY_HOP);
        if (length_of(answer) < HEADER || answer[4] & 0xa0 || i >= l->sent)
            die("what came is no answer, or one with E");
        l->times[i] = at - l->times[i];
        l->answered++;
        done += length_of(answer);
    }
    memmove(l->in, l->in + done, l->have -= done);
}

/* Waits for answers until that moment, at most. */
static void wait_until(load *l, double due)
{
    const double left = due - now();
    const struct timespec time = { (time_t)left, (long)((left - (double)(time_t)left) * 1e9) };
    struct pollfd in = { .fd = l->fd, .events = POLLIN };
    if (left > 0 && ppoll(&in, 1, &time, NULL) > 0)
        take_answers(l);
}

static void run(load *l, double rate)
{
    const double start = now();
    while (l->sent < l->count) {
        const double due = start + (double)l->sent / rate;
        if (now() >= due)
            send_next(l);
        else
            wait_until(l, due);
    }
    for (const double end = now() + PATIENCE_S; l->answered < l->count && now() < end;)
        wait_until(l, end);
    errno = 0;
    if (l->answered < l->count)
        die("requests without an answer");
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void connect_to(load *l, unsigned port)
{
    const int on = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    address.sin_port = htons((uint16_t)port);
    l->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&address, sizeof address) ||
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        die("connect");
}

/* Sends a message and waits for its answer, which has to say 2001. */
static void ask(load *l, const unsigned char *message, const char *what)
{
    static const unsigned char success[] = { 0, 0, 1, 12, 0x40, 0, 0, 12, 0, 0, 7, 0xd1 };
    write_all(l->fd, message, length_of(message));
    size_t n = 0;
    while (n < HEADER || n < length_of(l->in)) {
        const ssize_t more = recv(l->fd, l->in + n, sizeof l->in - n, 0);
        if (more <= 0)
            die(what);
        n += (size_t)more;
    }
    errno = 0;
    if (!memmem(l->in, n, success, sizeof success))
        die(what);
}

/* A DPR has the first two AVPs of the CER, and a Disconnect-Cause. */
static void say_goodbye(load *l, unsigned char *cer)
{
    static const unsigned char cause[] = { 0, 0, 1, 17, 0x40, 0, 0, 12, 0, 0, 0, 0 };
    size_t n = HEADER;
    for (int i = 0; i < 2; i++)
        n += (length_of(cer + n + 4) + 3) & ~(size_t)3;
    memcpy(cer + n, cause, sizeof cause);
    store32(cer, 1u << 24 | (n + sizeof cause));
    store32(cer + 4, 0x80u << 24 | 282);
    ask(l, cer, "no DPA");
}

int main(int argc, char **argv)
{
    static unsigned char messages[1 << 16];
    static load l;
    FILE *f = argc == 5 ? fopen(argv[2], "rb") : NULL;
    if (!f) {
        fputs("usage: paced PORT FILE COUNT RATE\n", stderr);
        return 2;
    }
    const size_t n = fread(messages, 1, sizeof messages, f);
    fclose(f);
    const size_t cer = n < HEADER ? n : length_of(messages);
    l.request = messages + cer;
    l.n = n - cer;
    l.count = strtoul(argv[3], NULL, 10);
    const double rate = strtod(argv[4], NULL);
    if (cer + HEADER + SESSION_HEAD > n || length_of(l.request) != l.n || !l.count || rate <= 0) {
        fputs("paced: the file holds no two messages, or there is nothing to do\n", stderr);
        return 2;
    }
    const size_t session = length_of(l.request + HEADER + 4);
    if (load32(l.request + HEADER) == 263 && session > SESSION_HEAD + 8)
        l.digits = HEADER + session - 8;
    l.times = calloc(l.count, sizeof *l.times);
    if (!l.times)
        die("memory");
    prctl(PR_SET_TIMERSLACK, 1);
    connect_to(&l, (unsigned)strtoul(argv[1], NULL, 10));
    ask(&l, messages, "no CEA");
    usleep(100000); /* some stacks lose what comes right behind their CEA */
    run(&l, rate);
    say_goodbye(&l, messages);
    qsort(l.times, l.count, sizeof *l.times, by_size);
    printf("%zu %.1f %.1f %.1f\n", l.count, l.times[l.count / 2] * 1e6, l.times[l.count * 99 / 100] * 1e6,
           l.times[l.count - 1] * 1e6);
    close(l.fd);
    free(l.times);
    return 0;
}
