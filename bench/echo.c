/* The kernel's floor for a request and its answer over TCP: an echo that parses nothing, and its load.
 *
 *     echo serve                               prints "listening PORT", serves one connection after the other
 *     echo drive PORT OCTETS COUNT WINDOW      sends COUNT messages of OCTETS, at most WINDOW of them unanswered; prints
 *                                              "COUNT SECONDS P50_US": count, duration, median round trip when WINDOW is 1
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

/* One after the other: notes each round trip. The median. */
static double drive_one(int fd, size_t octets, size_t count)
{
    double *times = calloc(count, sizeof *times);
    if (!times)
        die("memory");
    for (size_t i = 0; i < count; i++) {
        const double start = now();
        write_all(fd, buffer, octets);
        for (size_t back = 0; back < octets;) {
            const ssize_t n = read(fd, buffer, octets - back);
            if (n <= 0)
                die("read");
            back += (size_t)n;
        }
        times[i] = now() - start;
    }
    qsort(times, count, sizeof *times, by_size);
    const double median = times[count / 2];
    free(times);
    return median;
}

/* Keeps `window` messages on the way. */
static void drive_many(int fd, size_t octets, size_t count, size_t window)
{
    static char full[1 << 20];
    size_t sent = 0, back = 0; /* messages sent, octets that came back */
    while (back < count * octets) {
        size_t more = window - (sent - back / octets);
        if (more > count - sent)
            more = count - sent;
        write_all(fd, full, more * octets);
        sent += more;
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n <= 0)
            die("read");
        back += (size_t)n;
    }
}

static int drive(unsigned port, size_t octets, size_t count, size_t window)
{
    if (octets == 0 || octets > sizeof buffer || window == 0 || window * octets > 1 << 20 || count == 0) {
        fputs("echo drive: numbers out of range\n", stderr);
        return 2;
    }
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    address.sin_port = htons((uint16_t)port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("connect");
    no_delay(fd);
    const double start = now();
    double median = 0;
    if (window == 1)
        median = drive_one(fd, octets, count);
    else
        drive_many(fd, octets, count, window);
    printf("%zu %.6f %.2f\n", count, now() - start, median * 1e6);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        serve();
    if (argc == 6 && strcmp(argv[1], "drive") == 0)
        return drive((unsigned)strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
                     strtoul(argv[5], NULL, 10));
    fputs("usage: echo serve | echo drive PORT OCTETS COUNT WINDOW\n", stderr);
    return 2;
}
