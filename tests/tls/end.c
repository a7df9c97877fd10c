/* What an end is said to hold, beside what OpenSSL does hold of it. */
#include "ends.h"

#include <stdlib.h>

#include <openssl/crypto.h>

/* ---- OpenSSL's memory, by whose it is ---- */

enum { CLIENT, SERVER, BOTH };

typedef union block {
    struct {
        size_t n;
        unsigned shake; /* 0: nobody's */
        int owner;
    } of;
    max_align_t align;
} block;

static unsigned shakes, shaking; /* how many there were, and which one goes on now; 0: none */
static int owner;
static size_t held[BOTH]; /* of the last one */

static void count(const block *b, bool taken)
{
    const size_t n = b->of.n + 16; /* and what the C library adds */
    if (b->of.shake && b->of.shake == shakes)
        held[b->of.owner] += taken ? n : 0 - n;
}

static void *take_for(unsigned shake, int whose, size_t n)
{
    block *b = malloc(sizeof *b + n);
    if (!b)
        return NULL;
    b->of.n = n;
    b->of.shake = shake;
    b->of.owner = whose;
    count(b, true);
    return b + 1;
}

static void *take(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n ? take_for(shaking, owner, n) : NULL;
}

static void give(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!p)
        return;
    block *b = (block *)p - 1;
    count(b, false);
    free(b);
}

static void *change(void *p, size_t n, const char *file, int line)
{
    if (!p || !n) {
        give(p, file, line);
        return take(n, file, line);
    }
    const block *b = (const block *)p - 1;
    void *new = take_for(b->of.shake, b->of.owner, n);
    if (!new)
        return NULL;
    memcpy(new, p, b->of.n < n ? b->of.n : n);
    give(p, file, line);
    return new;
}

static void works_for(int whose)
{
    shaking = shakes;
    owner = whose;
}

static void works_for_nobody(void)
{
    shaking = 0;
}

static void begin(void)
{
    shakes++;
    memset(held, 0, sizeof held);
}

/* ---- Tests ---- */

enum { LOOSE = 4 }; /* times too much is said at most of an open end, so that the figures are true */

static uint8_t text[32768];

static bool warm;   /* the first fills what is OpenSSL's own */
static bool is_big; /* the client's own certificate, which it has to say: no fault of the other end's */

static void is_enough(int whose, size_t said)
{
    check(!warm || (whose == CLIENT && is_big) || said >= held[whose]);
}

static void is_true(int whose, size_t said, bool open)
{
    is_enough(whose, said);
    check(!warm || !open || said <= LOOSE * held[whose]);
}

static void look(const dia_tls_stream *client, const dia_tls_stream *server)
{
    is_true(CLIENT, dia_tls_stream_holds(client), dia_tls_stream_state(client) == DIA_TLS_OPEN);
    is_true(SERVER, dia_tls_stream_holds(server), dia_tls_stream_state(server) == DIA_TLS_OPEN);
}

static void carry(dia_tls_stream *from, dia_tls_stream *to, int whose, size_t piece)
{
    const dia_bytes out = dia_tls_stream_output(from);
    works_for(whose);
    for (size_t at = 0, n; at < out.n; at += n) {
        n = piece && piece < out.n - at ? piece : out.n - at;
        if (dia_tls_stream_input(to, (dia_bytes){ out.p + at, n }))
            break;
        while (dia_tls_stream_read(to, text, sizeof text) > 0)
            ;
        is_enough(whose, dia_tls_stream_holds(to));
    }
    works_for_nobody();
    dia_tls_stream_sent(from, out.n);
}

static void pump(struct ends *e, size_t piece)
{
    while (dia_tls_stream_output(e->client).n || dia_tls_stream_output(e->server).n) {
        carry(e->client, e->server, SERVER, piece);
        carry(e->server, e->client, CLIENT, piece);
    }
}

static void shake(dia_tls *client, dia_tls *server, size_t piece)
{
    struct ends e = { 0 };
    begin();
    works_for(CLIENT);
    int err =
        dia_tls_stream_new(client, true, dia_cstr("b.example.net"), dia_cstr(NULL), harness_allocator(), &e.client);
    works_for(SERVER);
    if (!err)
        err = dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &e.server);
    works_for_nobody();
    need_int(err, 0);
    look(e.client, e.server);
    pump(&e, piece);
    need_int(dia_tls_stream_state(e.client), DIA_TLS_OPEN);
    need_int(dia_tls_stream_state(e.server), DIA_TLS_OPEN);
    need_int(dia_tls_stream_write(e.client, (dia_bytes){ text, sizeof text }), sizeof text);
    need_int(dia_tls_stream_write(e.server, (dia_bytes){ text, sizeof text }), sizeof text);
    pump(&e, piece);
    look(e.client, e.server);
done:
    ends_free(&e);
}

/* How long a chain a client shows, and how many names: what a trusted one can make a server hold. */
static const char *const clients[] = { "a", "b", "many-names", "long-chain" };

static dia_tls *tls_of(const char *name, dia_tls_version version, bool resumption)
{
    dia_tls_config config = ends_config(name);
    config.least = config.most = version;
    config.depth = 30;
    config.resumption = resumption;
    return ends_tls(&config);
}

static void stream_holds_no_more_than_it_says(void)
{
    harness_spare(); /* others do without memory what is done here */
    for (size_t i = 0; i < 8 * sizeof clients / sizeof *clients; i++) {
        const char *name = clients[i / 8];
        const dia_tls_version version = i % 8 < 4 ? DIA_TLS_1_2 : DIA_TLS_1_3;
        const bool resumption = i % 4 / 2 && i / 8 < 2; /* a ticket with so much in it is longer than a hello may be */
        dia_tls *client = tls_of(name, version, resumption), *server = tls_of("b", version, resumption);
        harness_row(name);
        is_big = i / 8 > 1;
        need(client && server);
        for (int again = 0; again < 2; again++) {
            warm = again;
            shake(client, server, i % 2);
        }
    done:
        dia_tls_unref(client);
        dia_tls_unref(server);
    }
    is_big = false;
    harness_row(NULL);
}

static bool work(dia_dtls *from, int from_whose, dia_dtls *to, int to_whose)
{
    bool any = false;
    for (dia_dtls_todo todo; (todo = dia_dtls_next(from)).step != DIA_DTLS_NOTHING; any = true) {
        works_for(to_whose);
        if ((todo.step == DIA_DTLS_SEND || todo.step == DIA_DTLS_SEND_DATA) && !dia_dtls_input(to, todo.octets))
            while (dia_dtls_read(to, text, sizeof text) > 0)
                ;
        works_for(from_whose);
        const int err = dia_dtls_did(from);
        while (!err && dia_dtls_read(from, text, sizeof text) > 0)
            ;
        is_enough(from_whose, dia_dtls_holds(from));
        is_enough(to_whose, dia_dtls_holds(to));
    }
    works_for_nobody();
    return any;
}

static void work_both(dia_dtls *a, dia_dtls *b)
{
    while (work(a, CLIENT, b, SERVER) || work(b, SERVER, a, CLIENT))
        ;
}

static void shake_messages(dia_tls *client, dia_tls *server)
{
    dia_dtls *a = NULL, *b = NULL;
    begin();
    works_for(CLIENT);
    int err = dia_dtls_new(client, true, dia_cstr("b.example.net"), dia_cstr(NULL), harness_allocator(), &a);
    works_for(SERVER);
    if (!err)
        err = dia_dtls_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &b);
    works_for_nobody();
    need_int(err, 0);
    work_both(a, b);
    need_int(dia_dtls_state(a), DIA_TLS_OPEN);
    need_int(dia_dtls_state(b), DIA_TLS_OPEN);
    need_int(dia_dtls_write(a, (dia_bytes){ text, 15000 }, true), 15000);
    need_int(dia_dtls_write(b, (dia_bytes){ text, 15000 }, true), 15000);
    work_both(a, b);
    is_true(CLIENT, dia_dtls_holds(a), true);
    is_true(SERVER, dia_dtls_holds(b), true);
done:
    dia_dtls_free(a);
    dia_dtls_free(b);
}

static void messages_hold_no_more_than_they_say(void)
{
    harness_spare(); /* others do without memory what is done here */
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        dia_tls *client = tls_of(clients[i], DIA_TLS_DEFAULT, false), *server = tls_of("b", DIA_TLS_DEFAULT, false);
        harness_row(clients[i]);
        is_big = i > 1;
        need(client && server);
        for (int again = 0; again < 2; again++) {
            warm = again;
            shake_messages(client, server);
        }
    done:
        dia_tls_unref(client);
        dia_tls_unref(server);
    }
    is_big = false;
    harness_row(NULL);
}

static void prepare(void)
{
    static char names[24000];
    char name[40] = "ca", issuer[40];
    size_t n = 0;
    for (int i = 0; n < sizeof names - 100; i++)
        n += (size_t)snprintf(names + n, sizeof names - n, "%sDNS:n%d.example.net", i ? "," : "", i);
    pki_issue(ends_pki(), &(pki_wish){ .name = "many-names", .issuer = "ca", .sans = names });
    for (int i = 0; i < 20; i++) {
        snprintf(issuer, sizeof issuer, "%s", name);
        snprintf(name, sizeof name, "link-%d", i);
        pki_issue(ends_pki(), &(pki_wish){ .name = name, .issuer = issuer, .ca = true });
    }
    pki_issue(ends_pki(), &(pki_wish){ .name = "long-chain", .issuer = name, .sans = "DNS:a.example.net" });
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "stream_holds_no_more_than_it_says", stream_holds_no_more_than_it_says },
        { "messages_hold_no_more_than_they_say", messages_hold_no_more_than_they_say },
    };
    if (CRYPTO_set_mem_functions(take, change, give) != 1) {
        fprintf(stderr, "OpenSSL's memory cannot be counted\n");
        return 1;
    }
    return ENDS_RUN("tls/end", tests, prepare);
}
