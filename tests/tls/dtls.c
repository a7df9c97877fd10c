/* DTLS over messages, on an association in memory: messages overtake each other as SCTP allows, and those with a key that the
 * receiver does not know come again later. */
#include "ends.h"

#include <stdlib.h>
#include <sys/time.h>

/* ---- Time, as OpenSSL sees it ---- */

/* OpenSSL's timer for lost records asks here; the tests turn the clock. */
static long seconds = 1000;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    (void)zone;
    tv->tv_sec = seconds;
    tv->tv_usec = 0;
    return 0;
}

/* ---- The association ---- */

struct message {
    struct message *next;
    bool ordered, immediately;
    uint16_t key;
    size_t n;
    uint8_t octets[];
};

struct side {
    dia_dtls *dtls;
    struct message *in; /* on its way to this side */
    unsigned known;     /* bits: keys */
    uint16_t using;
    uint8_t key[64];
    char steps[2000]; /* what was done, a letter each */
    size_t n_steps;
    size_t sent;      /* messages */
    unsigned unknown; /* deliveries that waited for a key */
    uint8_t *got;     /* octets: how often message i has come */
    size_t n_got, bad;
    uint8_t last[16384]; /* the last message read */
    size_t n_last;
};

struct link {
    struct side a, b; /* client and server */
    uint32_t seed;
};

static unsigned roll(struct link *l, unsigned n)
{
    l->seed = l->seed * 1664525u + 1013904223u;
    return (l->seed >> 8) % n;
}

static void note(struct side *s, char c)
{
    if (s->n_steps < sizeof s->steps - 1)
        s->steps[s->n_steps++] = c;
}

static void send_to(struct side *to, const struct side *from, dia_dtls_todo todo)
{
    struct message *m = malloc(sizeof *m + todo.octets.n);
    *m = (struct message){
        .ordered = todo.ordered, .immediately = todo.immediately, .key = from->using, .n = todo.octets.n
    };
    memcpy(m->octets, todo.octets.p, m->n);
    struct message **end = &to->in;
    while (*end)
        end = &(*end)->next;
    *end = m;
}

/* The messages begin with their number. */
static void read_messages(struct side *s)
{
    for (int64_t n; (n = dia_dtls_read(s->dtls, s->last, sizeof s->last)) > 0;) {
        s->n_last = (size_t)n;
        const size_t number = n >= 4 ? dia_load32(s->last) : SIZE_MAX;
        if (s->got && number < s->n_got)
            s->got[number]++;
        else
            s->bad++;
    }
}

static void input(struct side *s, const uint8_t *octets, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, octets, n);
    if (dia_dtls_input(s->dtls, (dia_bytes){ copy, n }) == 0)
        read_messages(s);
    free(copy);
}

/* May SCTP deliver this one now? Ordered ones keep their order. */
static bool is_deliverable(struct side *s, const struct message *m)
{
    if (!(s->known >> m->key & 1)) {
        s->unknown++;
        return false;
    }
    for (const struct message *at = s->in; m->ordered && at != m; at = at->next)
        if (at->ordered)
            return false;
    return true;
}

static bool deliver(struct side *s, size_t skip)
{
    for (struct message **at = &s->in; *at; at = &(*at)->next) {
        if (skip) {
            skip--;
            continue;
        }
        struct message *m = *at;
        if (!is_deliverable(s, m))
            continue;
        *at = m->next;
        input(s, m->octets, m->n);
        free(m);
        return true;
    }
    return false;
}

/* Does what is to be done, as far as it can be. Was there anything? */
static bool work(struct side *s, struct side *other)
{
    static const char letters[] = ".sdDSUXR";
    bool any = false;
    for (dia_dtls_todo todo; (todo = dia_dtls_next(s->dtls)).step != DIA_DTLS_NOTHING; any = true) {
        char letter = letters[todo.step];
        switch (todo.step) {
        case DIA_DTLS_SEND:
            letter = todo.octets.p[0] == 20 ? 'c' : todo.octets.p[0] == 21 ? 'a' : 'h';
            send_to(other, s, todo);
            s->sent++;
            break;
        case DIA_DTLS_SEND_DATA: send_to(other, s, todo); break;
        case DIA_DTLS_DRY:
            if (other->in)
                return any;
            break;
        case DIA_DTLS_SET_KEY:
            check_int(todo.octets.n, 64);
            check_int(todo.key_id, 1);
            memcpy(s->key, todo.octets.p, 64);
            s->known |= 2;
            break;
        case DIA_DTLS_USE_KEY:
            check(s->known & 2);
            s->using = todo.key_id;
            break;
        case DIA_DTLS_DROP_KEY:
            check_int(todo.key_id, 0);
            s->known &= ~1u;
            break;
        case DIA_DTLS_READ_ALL:
            while (deliver(s, 0))
                ;
            break;
        default: break;
        }
        note(s, letter);
        if (dia_dtls_did(s->dtls) < 0)
            return true;
        read_messages(s);
    }
    return any;
}

/* Until nothing moves; `late`: how many others a message may be overtaken by. */
static void run(struct link *l, unsigned late)
{
    for (bool any = true; any;) {
        any = work(&l->a, &l->b);
        any |= work(&l->b, &l->a);
        any |= deliver(&l->b, late ? roll(l, late) : 0) || deliver(&l->b, 0);
        work(&l->b, &l->a);
        any |= deliver(&l->a, late ? roll(l, late) : 0) || deliver(&l->a, 0);
    }
}

static int begin(struct link *l, dia_tls *client, dia_tls *server, const char *name)
{
    *l = (struct link){ .a.known = 1, .b.known = 1, .seed = 7 };
    const int err = dia_dtls_new(client, true, dia_cstr(name), dia_cstr(NULL), harness_allocator(), &l->a.dtls);
    return err ? err : dia_dtls_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &l->b.dtls);
}

static void empty(struct side *s)
{
    dia_dtls_free(s->dtls);
    while (s->in) {
        struct message *next = s->in->next;
        free(s->in);
        s->in = next;
    }
    free(s->got);
}

/* Both ends open, or DIA_ENOMEM. */
struct open {
    dia_tls *client, *server;
    struct link *link;
};

static bool open_link(struct open *o, const char *client, const char *server)
{
    *o = (struct open){ 0 };
    dia_tls_config ours = ends_config(client), theirs = ends_config(server);
    o->client = ends_tls(&ours);
    o->server = ends_tls(&theirs);
    o->link = calloc(1, sizeof *o->link);
    if (!o->client || !o->server || begin(o->link, o->client, o->server, "b.example.net"))
        return false;
    run(o->link, 0);
    check_str(dia_dtls_why(o->link->a.dtls), "");
    check_str(dia_dtls_why(o->link->b.dtls), "");
    return dia_dtls_state(o->link->a.dtls) == DIA_TLS_OPEN && dia_dtls_state(o->link->b.dtls) == DIA_TLS_OPEN;
}

static void close_link(struct open *o)
{
    if (o->link) {
        empty(&o->link->a);
        empty(&o->link->b);
        free(o->link);
    }
    dia_tls_unref(o->client);
    dia_tls_unref(o->server);
}

/* ---- Tests ---- */

/* RFC 6083, 4.7 and 4.8: dry before ChangeCipherSpec (c), the new key between it and Finished, the old one dropped behind the other
 * end's Finished; everything read (R) before the other end's ChangeCipherSpec counts. */
static void handshake_follows_the_order_of_the_rfc(void)
{
    struct open o;
    need(open_link(&o, "a", "b"));
    const struct side *a = &o.link->a, *b = &o.link->b;
    check_str(a->steps, "hhhhSDcUhRX");
    check_str(b->steps, "hhhhhSRDcUhX");
    check_bytes(((dia_bytes){ a->key, 64 }), ((dia_bytes){ b->key, 64 }));
    check(memcmp(a->key, (uint8_t[64]){ 0 }, 64) != 0);
    const dia_security *security = dia_dtls_security(o.link->b.dtls);
    need(security);
    check_str(security->protocol, "DTLSv1.2");
    check_str(security->subject, "O=Diatom tests,CN=a");
    check_int(security->message_max, 16384);
done:
    close_link(&o);
}

static const struct harness_test tests[] = {
    { "handshake_follows_the_order_of_the_rfc", handshake_follows_the_order_of_the_rfc },
};

int main(void)
{
    return ENDS_RUN("tls/dtls", tests);
}
