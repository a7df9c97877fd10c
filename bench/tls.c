/* What TLS and DTLS cost without sockets: handshakes, idle ends, octets in batches and one message at a time; CPU of both ends
 * together on one core. */
#include "tls/tls.h"
#include "pki.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { HANDSHAKES = 300, IDLE = 500, MESSAGE = 692, BATCH = 64, ROUNDS = 2000, MESSAGES = 20000 };

static uint8_t text[1 << 20];

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "tls: %s\n", what);
    exit(1);
}

static dia_tls *context(pki *p, const char *name, dia_tls_version version, const char *suites, bool resumption)
{
    char certificate[64], key[64], why[256];
    snprintf(certificate, sizeof certificate, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    const dia_tls_config config = { .certificate = pki_path(p, certificate),
                                    .key = pki_path(p, key),
                                    .trust = pki_path(p, "ca.pem"),
                                    .least = version,
                                    .most = version,
                                    .suites = suites,
                                    .resumption = resumption };
    dia_tls *tls = NULL;
    must(dia_tls_new(&config, NULL, &tls, why, sizeof why) == 0, why);
    return tls;
}

static size_t carry(dia_tls_stream *from, dia_tls_stream *to)
{
    const dia_bytes octets = dia_tls_stream_output(from);
    size_t sum = 0;
    if (!octets.n)
        return 0;
    must(dia_tls_stream_input(to, octets) == 0, dia_tls_stream_why(to));
    for (int64_t n; (n = dia_tls_stream_read(to, text, sizeof text)) > 0;)
        sum += (size_t)n;
    dia_tls_stream_sent(from, octets.n);
    return sum;
}

struct pair {
    dia_tls_stream *client, *server;
};

static struct pair shake(dia_tls *client, dia_tls *server)
{
    struct pair p;
    must(dia_tls_stream_new(client, true, DIA_STR("b.example.net"), dia_cstr(NULL), NULL, &p.client) == 0, "client");
    must(dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), NULL, &p.server) == 0, "server");
    while (dia_tls_stream_output(p.client).n || dia_tls_stream_output(p.server).n) {
        carry(p.client, p.server);
        carry(p.server, p.client);
    }
    must(dia_tls_stream_state(p.client) == DIA_TLS_OPEN, dia_tls_stream_why(p.client));
    must(dia_tls_stream_state(p.server) == DIA_TLS_OPEN, dia_tls_stream_why(p.server));
    return p;
}

static void let_go(struct pair p)
{
    dia_tls_stream_free(p.client);
    dia_tls_stream_free(p.server);
}

static void handshakes(const char *what, dia_tls *client, dia_tls *server)
{
    const double began = cpu();
    for (int i = 0; i < HANDSHAKES; i++)
        let_go(shake(client, server));
    printf("handshake, %-22s %8.0f us\n", what, (cpu() - began) / HANDSHAKES);
}

static void idle(dia_tls *client, dia_tls *server)
{
    static struct pair pairs[IDLE];
    let_go(shake(client, server));
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < IDLE; i++) {
        pairs[i] = shake(client, server);
        must(dia_tls_stream_write(pairs[i].client, (dia_bytes){ text, MESSAGE }) == MESSAGE, "write");
        carry(pairs[i].client, pairs[i].server);
        must(dia_tls_stream_write(pairs[i].server, (dia_bytes){ text, MESSAGE }) == MESSAGE, "write");
        carry(pairs[i].server, pairs[i].client);
    }
    printf("idle end                          %8zu octets\n", (mallinfo2().uordblks - before) / IDLE / 2);
    for (int i = 0; i < IDLE; i++)
        let_go(pairs[i]);
}

static void octets(const char *what, dia_tls *client, dia_tls *server, size_t n)
{
    const struct pair p = shake(client, server);
    const double began = cpu();
    for (int i = 0; i < ROUNDS; i++) {
        for (size_t at = 0; at < n;) {
            const int64_t took = dia_tls_stream_write(p.client, (dia_bytes){ text, n - at });
            must(took > 0, "write");
            at += (size_t)took;
            carry(p.client, p.server);
        }
    }
    const double us = (cpu() - began) / ROUNDS;
    printf("%-22s %6zu octets %8.2f us, %.2f us a message of %d\n", what, n, us, us * MESSAGE / (double)n, MESSAGE);
    let_go(p);
}

/* ---- DTLS ---- */

static bool work(dia_dtls *from, dia_dtls *to)
{
    bool any = false;
    for (dia_dtls_todo todo; (todo = dia_dtls_next(from)).step != DIA_DTLS_NOTHING; any = true) {
        if (todo.step == DIA_DTLS_SEND || todo.step == DIA_DTLS_SEND_DATA) {
            must(dia_dtls_input(to, todo.octets) == 0, dia_dtls_why(to));
            while (dia_dtls_read(to, text, sizeof text) > 0)
                ;
        }
        must(dia_dtls_did(from) == 0, dia_dtls_why(from));
        while (dia_dtls_read(from, text, sizeof text) > 0)
            ;
    }
    return any;
}

static void shake_messages(dia_tls *client, dia_tls *server, dia_dtls **a, dia_dtls **b)
{
    must(dia_dtls_new(client, true, DIA_STR("b.example.net"), dia_cstr(NULL), NULL, a) == 0, "client");
    must(dia_dtls_new(server, false, dia_cstr(NULL), dia_cstr(NULL), NULL, b) == 0, "server");
    while (work(*a, *b) || work(*b, *a))
        ;
    must(dia_dtls_state(*a) == DIA_TLS_OPEN && dia_dtls_state(*b) == DIA_TLS_OPEN, dia_dtls_why(*b));
}

static void messages(dia_tls *client, dia_tls *server)
{
    dia_dtls *a, *b;
    double began = cpu();
    for (int i = 0; i < HANDSHAKES; i++) {
        shake_messages(client, server, &a, &b);
        dia_dtls_free(a);
        dia_dtls_free(b);
    }
    printf("handshake, %-22s %8.0f us\n", "DTLS 1.2", (cpu() - began) / HANDSHAKES);
    shake_messages(client, server, &a, &b);
    began = cpu();
    for (int i = 0; i < MESSAGES; i++) {
        must(dia_dtls_write(a, (dia_bytes){ text, MESSAGE }, false) == MESSAGE, "write");
        work(a, b);
    }
    printf("%-22s %6d octets %8.2f us\n", "DTLS 1.2, one message", MESSAGE, (cpu() - began) / MESSAGES);
    dia_dtls_free(a);
    dia_dtls_free(b);
}

int main(void)
{
    char folder[] = "/tmp/diatom-bench-XXXXXX", remove[64];
    must(mkdtemp(folder) != NULL, folder);
    pki *p = pki_new(folder);
    pki_standard(p);
    dia_tls *a12 = context(p, "a", DIA_TLS_1_2, NULL, false), *b12 = context(p, "b", DIA_TLS_1_2, NULL, false);
    dia_tls *a13 = context(p, "a", DIA_TLS_1_3, NULL, false), *b13 = context(p, "b", DIA_TLS_1_3, NULL, false);
    dia_tls *a256 = context(p, "a", DIA_TLS_1_3, "TLS_AES_256_GCM_SHA384", false);
    dia_tls *a_again = context(p, "a", DIA_TLS_1_3, NULL, true), *b_again = context(p, "b", DIA_TLS_1_3, NULL, true);
    handshakes("TLS 1.2", a12, b12);
    handshakes("TLS 1.3", a13, b13);
    handshakes("TLS 1.3, resumed", a_again, b_again);
    idle(a13, b13);
    octets("TLS 1.3, a batch", a13, b13, MESSAGE * BATCH);
    octets("TLS 1.3, AES-256", a256, b13, MESSAGE * BATCH);
    octets("TLS 1.2, a batch", a12, b12, MESSAGE * BATCH);
    octets("TLS 1.3, one message", a13, b13, MESSAGE);
    messages(a12, b12);
    snprintf(remove, sizeof remove, "rm -rf %s", folder);
    pki_free(p);
    return system(remove);
}
