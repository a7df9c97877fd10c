/* The kernel's floor for a request and its answer over TCP: an echo that parses nothing, and a load that neither writes
 * nor reads what it sends, for the echo and for a Diameter server.
 *
 *     echo serve                               prints "listening PORT", serves one connection after the other
 *     echo drive PORT OCTETS COUNT WINDOW      sends COUNT messages of OCTETS, at most WINDOW of them unanswered; prints
 *                                              "COUNT SECONDS P50_US": count, duration, median round trip when WINDOW is 1
 *     echo talk PORT FILE COUNT WINDOW         the same with a Diameter server: FILE holds a CER and the request, of which
 *                                              COUNT follow; all answers have the length of the first
 *
 * Both sides write once per wake-up, as Diatom does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 16];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void no_delay(int fd)
{
    const int on = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        die("TCP_NODELAY");
}

static void write_all(int fd, const char *p, size_t n)
{
    while (n) {
        const ssize_t done = write(fd, p, n);
        if (done < 0)
            die("write");
        p += done;
        n -= (size_t)done;
    }
}

static _Noreturn void serve(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        die("listen");
    printf("listening %u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        no_delay(fd);
        for (;;) {
            const ssize_t n = read(fd, buffer, sizeof buffer);
            if (n <= 0)
                break;
            write_all(fd, buffer, (size_t)n);
        }
        close(fd);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void read_all(int fd, char *p, size_t n)
{
    while (n) {
        const ssize_t done = read(fd, p, n);
        if (done <= 0)
            die("read");
        p += done;
        n -= (size_t)done;
    }
}

/* What is sent, and how long its answer is. */
typedef struct exchange {
    const char *request;
    size_t n, answer;
} exchange;

/* One after the other: notes each round trip. The median. */
static double drive_one(int fd, const exchange *x, size_t count)
{
    double *times = calloc(count, sizeof *times);
    if (!times)
        die("memory");
    for (size_t i = 0; i < count; i++) {
        const double start = now();
        write_all(fd, x->request, x->n);
        read_all(fd, buffer, x->answer);
        times[i] = now() - start;
    }
    qsort(times, count, sizeof *times, by_size);
    const double median = times[count / 2];
    free(times);
    return median;
}

/* Keeps `window` messages on the way. */
static void drive_many(int fd, const exchange *x, size_t count, size_t window)
{
    static char full[1 << 20];
    for (size_t i = 0; i < window; i++)
        memcpy(full + i * x->n, x->request, x->n);
    size_t sent = 0, back = 0; /* messages sent, octets that came back */
    while (back < count * x->answer) {
        size_t more = window - (sent - back / x->answer);
        if (more > count - sent)
            more = count - sent;
        write_all(fd, full, more * x->n);
        sent += more;
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0)
            die("read");
        back += (size_t)n;
    }
}

static int drive(int fd, const exchange *x, size_t count, size_t window)
{
    if (x->n == 0 || x->n > sizeof buffer || window == 0 || window * x->n > 1 << 20 || count == 0) {
        fputs("echo: numbers out of range\n", stderr);
        return 2;
    }
    const double start = now();
    double median = 0;
    if (window == 1)
        median = drive_one(fd, x, count);
    else
        drive_many(fd, x, count, window);
    printf("%zu %.6f %.3f\n", count, now() - start, median * 1e6);
    close(fd);
    return 0;
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    address.sin_port = htons((uint16_t)port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("connect");
    no_delay(fd);
    return fd;
}

/* ---- With a Diameter server ---- */

/* The length in a message's header. */
static size_t length_of(const char *message)
{
    const unsigned char *p = (const unsigned char *)message;
    return (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Sends one message and reads what answers it. The answer's length. */
static size_t exchange_one(int fd, const char *message)
{
    enum { HEADER = 20 };
    write_all(fd, message, length_of(message));
    read_all(fd, buffer, HEADER);
    const size_t n = length_of(buffer);
    if (n < HEADER || n > sizeof buffer)
        die("an answer");
    read_all(fd, buffer + HEADER, n - HEADER);
    return n;
}

static int talk(int fd, const char *file, size_t count, size_t window)
{
    static char messages[1 << 16];
    FILE *f = fopen(file, "rb");
    if (!f)
        die(file);
    const size_t n = fread(messages, 1, sizeof messages, f);
    fclose(f);
    const size_t cer = n < 4 ? n : length_of(messages);
    if (cer + 4 > n || cer + length_of(messages + cer) != n) {
        fputs("echo talk: the file holds no two messages\n", stderr);
        return 2;
    }
    exchange_one(fd, messages);
    const exchange x = { messages + cer, n - cer, exchange_one(fd, messages + cer) };
    return drive(fd, &x, count, window);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        serve();
    if (argc == 6) {
        const int fd = connect_to((unsigned)strtoul(argv[2], NULL, 10));
        const size_t count = strtoul(argv[4], NULL, 10), window = strtoul(argv[5], NULL, 10);
        const exchange x = { buffer, strtoul(argv[3], NULL, 10), strtoul(argv[3], NULL, 10) };
        if (strcmp(argv[1], "drive") == 0)
            return drive(fd, &x, count, window);
        if (strcmp(argv[1], "talk") == 0)
            return talk(fd, argv[3], count, window);
    }
    fputs("usage: echo serve | echo drive PORT OCTETS COUNT WINDOW | echo talk PORT FILE COUNT WINDOW\n", stderr);
    return 2;
}
