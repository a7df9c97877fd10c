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

/* Everybody sends `n` messages of some length; they overtake each other by up to `late`. How many are missing, came twice, are odd? */
static size_t exchange(struct link *l, size_t n, unsigned late)
{
    struct side *sides[] = { &l->a, &l->b };
    size_t wrong = 0;
    for (int i = 0; i < 2; i++) {
        sides[i]->got = calloc(n, 1);
        sides[i]->n_got = n;
    }
    for (size_t number = 0; number < n;) {
        for (unsigned i = 0; i < 40 && number < n; i++, number++) {
            uint8_t message[700] = { 0 };
            dia_store32(message, (uint32_t)number);
            const dia_bytes octets = { message, 20 + roll(l, 680) };
            wrong += dia_dtls_write(l->a.dtls, octets, roll(l, 10) == 0) != (int64_t)octets.n;
            wrong += dia_dtls_write(l->b.dtls, octets, roll(l, 10) == 0) != (int64_t)octets.n;
        }
        work(&l->a, &l->b);
        work(&l->b, &l->a);
        for (unsigned i = 0; i < 30; i++) {
            deliver(&l->a, roll(l, late + 1));
            deliver(&l->b, roll(l, late + 1));
        }
    }
    run(l, late);
    for (int i = 0; i < 2; i++) {
        wrong += sides[i]->bad;
        for (size_t j = 0; j < n; j++)
            wrong += sides[i]->got[j] != 1;
    }
    return wrong;
}

/* RFC 6083, 3.3: the check against replays drops nothing, whatever overtakes what. */
static void messages_that_overtake_each_other_all_come_once(void)
{
    harness_spare();
    static const unsigned lates[] = { 0, 10, 70, 400 };
    for (size_t i = 0; i < sizeof lates / sizeof *lates; i++) {
        struct open o;
        need(open_link(&o, "a", "b"));
        check_int(exchange(o.link, 2000, lates[i]), 0);
        check_str(dia_dtls_why(o.link->a.dtls), "");
        check_str(dia_dtls_why(o.link->b.dtls), "");
        close_link(&o);
        continue;
    done:
        close_link(&o);
        return;
    }
}

/* Puts messages on their way from a to b. */
static bool write_messages(struct link *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t message[20] = { 0 };
        dia_store32(message, (uint32_t)i);
        if (dia_dtls_write(l->a.dtls, (dia_bytes){ message, sizeof message }, false) != sizeof message)
            return false;
        work(&l->a, &l->b);
    }
    return true;
}

static void what_waits_for_a_missing_record_has_a_limit(void)
{
    harness_spare();
    struct open o;
    need(open_link(&o, "a", "b"));
    need(write_messages(o.link, 5000));
    size_t n = 0;
    while (dia_dtls_state(o.link->b.dtls) == DIA_TLS_OPEN && deliver(&o.link->b, 1))
        n++;
    check_int(n, 62 + 4096 + 1);
    check_int(dia_dtls_state(o.link->b.dtls), DIA_TLS_FAILED);
    check_str(dia_dtls_why(o.link->b.dtls), "too many records wait for one that is missing");
done:
    close_link(&o);
}

static void held_messages_come_when_the_gap_is_closed(void)
{
    struct open o;
    need(open_link(&o, "a", "b"));
    o.link->b.got = calloc(200, 1);
    o.link->b.n_got = 200;
    need(write_messages(o.link, 200));
    while (deliver(&o.link->b, 1))
        ;
    check_int(o.link->b.got[0], 0);
    check_int(o.link->b.got[62], 1);
    check_int(o.link->b.got[63], 0);
    need(deliver(&o.link->b, 0));
    for (size_t i = 0; i < 200; i++)
        check_int(o.link->b.got[i], 1);
done:
    close_link(&o);
}

static void longest_message_passes_and_a_longer_one_is_refused(void)
{
    harness_spare();
    struct open o;
    uint8_t *message = calloc(16385, 1);
    need(open_link(&o, "a", "b"));
    message[16383] = 7;
    check_int(dia_dtls_write(o.link->a.dtls, (dia_bytes){ message, 16385 }, false), DIA_ESPACE);
    need_int(dia_dtls_write(o.link->a.dtls, (dia_bytes){ message, 16384 }, false), 16384);
    run(o.link, 0);
    check_int(o.link->b.n_last, 16384);
    check_int(o.link->b.last[16383], 7);
    uint8_t small[100];
    check_int(dia_dtls_read(o.link->b.dtls, small, sizeof small), DIA_ESPACE);
done:
    free(message);
    close_link(&o);
}

static void records_that_may_go_together_are_shown_together(void)
{
    struct open o;
    dia_dtls_todo todos[8];
    need(open_link(&o, "a", "b"));
    dia_dtls *a = o.link->a.dtls;
    check_int(dia_dtls_sends(a, todos, 8), 0);
    for (int i = 0; i < 5; i++)
        need_int(dia_dtls_write(a, DIA_STR("12345678"), i == 2), 8);
    need_int(dia_dtls_end(a), 0);
    check_int(dia_dtls_sends(a, todos, 3), 3);
    need_int(dia_dtls_sends(a, todos, 8), 5);
    for (int i = 0; i < 5; i++) {
        check_int(todos[i].step, DIA_DTLS_SEND_DATA);
        check_int(todos[i].ordered, i == 2);
        check_int(todos[i].immediately, i == 4); /* what follows waits for its acknowledgement */
        check(todos[i].octets.p == dia_dtls_next(a).octets.p);
        need_int(dia_dtls_did(a), 0);
    }
    check_int(dia_dtls_sends(a, todos, 8), 0);
    check_int(dia_dtls_next(a).step, DIA_DTLS_DRY);
done:
    close_link(&o);
}

/* RFC 6083, 4.9: dry (D) before close_notify (a); everything read (R) before it counts. */
static void the_end_overtakes_nothing(void)
{
    harness_spare();
    struct open o;
    need(open_link(&o, "a", "b"));
    struct side *a = &o.link->a, *b = &o.link->b;
    b->got = calloc(100, 1);
    b->n_got = 100;
    need(write_messages(o.link, 100));
    a->n_steps = b->n_steps = 0;
    need_int(dia_dtls_end(a->dtls), 0);
    check_int(dia_dtls_write(a->dtls, DIA_STR("too late"), false), 0);
    need_int(dia_dtls_write(b->dtls, DIA_STR("\0\0\0\0the other way it may"), false), 24);
    a->got = calloc(1, 1);
    a->n_got = 1;
    work(a, b);
    check_int(dia_dtls_next(a->dtls).step, DIA_DTLS_DRY);
    run(o.link, 20);
    check(strncmp(a->steps, "Da", 2) == 0);
    check(strncmp(b->steps, "dR", 2) == 0);
    check_int(dia_dtls_state(b->dtls), DIA_TLS_ENDED);
    check_int(a->got[0], 1);
    for (size_t i = 0; i < 100; i++)
        check_int(b->got[i], 1);
    need_int(dia_dtls_end(b->dtls), 0);
    run(o.link, 0);
    check_int(dia_dtls_state(a->dtls), DIA_TLS_ENDED);
    check_str(dia_dtls_why(a->dtls), "");
done:
    close_link(&o);
}

/* RFC 6083, 3.5: SCTP repeats, DTLS does not, however long an answer takes. */
static void time_repeats_nothing(void)
{
    harness_spare();
    struct open o = { 0 };
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    o.client = ends_tls(&ours);
    o.server = ends_tls(&theirs);
    o.link = calloc(1, sizeof *o.link);
    need(o.client && o.server && begin(o.link, o.client, o.server, "b.example.net") == 0);
    for (bool any = true; any;) {
        seconds += 60;
        any = work(&o.link->a, &o.link->b);
        any |= deliver(&o.link->b, 0);
        seconds += 60;
        any |= work(&o.link->b, &o.link->a);
        any |= deliver(&o.link->a, 0);
    }
    check_str(o.link->a.steps, "hhhhSDcUhRX");
    check_str(o.link->b.steps, "hhhhhSRDcUhX");
    check_int(dia_dtls_state(o.link->a.dtls), DIA_TLS_OPEN);
done:
    close_link(&o);
}

/* A message that overtakes the Finished waits for it (RFC 6083, 4.7). */
static void message_before_the_end_of_the_handshake_waits(void)
{
    harness_spare();
    struct open o = { 0 };
    dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
    o.client = ends_tls(&ours);
    o.server = ends_tls(&theirs);
    o.link = calloc(1, sizeof *o.link);
    need(o.client && o.server && begin(o.link, o.client, o.server, "b.example.net") == 0);
    struct side *a = &o.link->a, *b = &o.link->b;
    a->got = calloc(1, 1);
    a->n_got = 1;
    for (int i = 0; i < 100 && dia_dtls_state(b->dtls) != DIA_TLS_OPEN; i++) {
        work(a, b);
        deliver(b, 0);
        work(b, a);
        if (dia_dtls_state(b->dtls) != DIA_TLS_OPEN)
            deliver(a, 0);
    }
    need_int(dia_dtls_write(b->dtls, DIA_STR("\0\0\0\0early"), false), 9);
    work(b, a);
    while (dia_dtls_next(b->dtls).step) {
        work(a, b);
        deliver(a, 0);
        work(b, a);
    }
    size_t n = 0;
    for (const struct message *m = a->in; m; m = m->next)
        n++;
    need(n >= 2);
    a->known |= 2; /* as if the key were there: what comes first is not the association's choice */
    need(deliver(a, n - 1));
    check_int(a->got[0], 0);
    run(o.link, 0);
    check_int(a->got[0], 1);
    check_str(dia_dtls_why(a->dtls), "");
done:
    close_link(&o);
}

/* What a record of an open association becomes, and what is said of it ("": it does no harm). */
static const struct {
    const char *name;
    const char *hex; /* in its place; NULL: the record itself, changed below */
    int at;          /* where an octet is changed; -1: nowhere */
    int times;       /* that it comes */
    size_t shorter;
    const char *why;
} hostile[] = {
    { "as it is", NULL, -1, 1, 0, "" },
    { "twice", NULL, -1, 2, 0, "" },
    { "damaged", NULL, 30, 1, 0, "a record was damaged on its way, or forged" },
    { "another number", NULL, 10, 1, 0, "a record was damaged on its way, or forged" },
    { "cut", NULL, -1, 1, 1, "a message is not exactly one record" },
    { "empty", "", -1, 1, 0, "a message is too short for a record" },
    { "header alone", "17 fefd 0001 000000000005 0000", -1, 1, 0, "damaged" },
    { "Diameter", "01000014 80000118 00000000 00000001 00000002", -1, 1, 0, "Diameter in clear text, not DTLS" },
    { "TLS", "17 0303 0005 0102030405 000000000000", -1, 1, 0, "what came is no DTLS" },
    { "unknown type", "63 fefd 0001 000000000005 0000", -1, 1, 0, "what came is no DTLS" },
    { "too long", "17 fefd 0001 000000000005 5000", -1, 1, 0, "a record is longer than allowed" },
    { "clear message", "17 fefd 0000 000000000063 0002 4142", -1, 1, 0, "a message came that is not protected" },
    { "clear alert", "15 fefd 0000 000000000063 0002 0100", -1, 1, 0, "an alert came that is not protected" },
    { "handshake", "16 fefd 0000 000000000063 0001 00", -1, 1, 0, "wants to renegotiate" },
    { "protected handshake", "16 fefd 0001 000000000063 0001 00", -1, 1, 0, "wants to renegotiate" },
    { "epoch to come", "17 fefd 0002 000000000000 0001 00", -1, 1, 0, "wants to renegotiate" },
    { "forged alert", "15 fefd 0001 000000000002 0002 0100", -1, 1, 0, "damaged on its way, or forged" },
    { "alert far ahead", "15 fefd 0001 0000000fffff 0002 0100", -1, 1, 0, "records are missing before the last one" },
    { "message far ahead", "17 fefd 0001 0000000fffff 0002 0100", -1, 1, 0, "" },
};

static void run_hostile(size_t i)
{
    uint8_t octets[100];
    struct open o;
    need(open_link(&o, "a", "b"));
    struct side *b = &o.link->b;
    b->got = calloc(1, 1);
    b->n_got = 1;
    need(write_messages(o.link, 1));
    dia_bytes record = { b->in->octets, b->in->n };
    if (hostile[i].hex)
        record = harness_hex(hostile[i].hex, octets, sizeof octets);
    record.n -= hostile[i].shorter;
    if (hostile[i].at >= 0)
        b->in->octets[hostile[i].at] ^= 2;
    for (int n = 0; n < hostile[i].times; n++)
        input(b, record.p, record.n);
    work(b, &o.link->a);
    check(hostile[i].why[0] ? ends_says(dia_dtls_why(b->dtls), hostile[i].why) : !dia_dtls_why(b->dtls)[0]);
    check_int(dia_dtls_state(b->dtls), hostile[i].why[0] ? DIA_TLS_FAILED : DIA_TLS_OPEN);
    if (hostile[i].why[0] == '\0' || !hostile[i].hex)
        check_int(b->got[0], !hostile[i].hex && !hostile[i].why[0]);
done:
    close_link(&o);
}

static void hostile_records_cost_the_association_at_most(void)
{
    harness_spare();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        harness_row(hostile[i].name);
        run_hostile(i);
    }
    harness_row(NULL);
}

/* OpenSSL, or the guard, drops them without a word: who has shown no certificate may not send them for ever. */
static void what_leads_to_nothing_in_a_handshake_has_a_limit(void)
{
    static const struct {
        const char *name, *hex;
        bool to_client;
    } rows[] = {
        { "one message, again and again", "17 fefd 0001 000000000007 0002 4142", false },
        { "HelloRequest", "16 fefd 0000 000000000000 000c 00 000000 0000 000000 000000", true },
        { "what is not its turn", "16 fefd 0000 000000000000 000d 0b 000001 0007 000000 000001 00", false },
    };
    harness_spare();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[100];
        const dia_bytes record = harness_hex(rows[i].hex, octets, sizeof octets);
        struct open o = { 0 };
        dia_tls_config ours = ends_config("a"), theirs = ends_config("b");
        harness_row(rows[i].name);
        o.client = ends_tls(&ours);
        o.server = ends_tls(&theirs);
        o.link = calloc(1, sizeof *o.link);
        need(o.client && o.server && begin(o.link, o.client, o.server, "b.example.net") == 0);
        dia_dtls *s = rows[i].to_client ? o.link->a.dtls : o.link->b.dtls;
        unsigned n = 0;
        while (n < 10000 && dia_dtls_input(s, record) == 0) {
            n++;
            if (i > 0)
                dia_store32(octets + 7, n);
        }
        check(n >= 1024 && n <= 1025);
        check_int(dia_dtls_state(s), DIA_TLS_FAILED);
        check_str(dia_dtls_why(s), "the other end sends more than a handshake has");
    done:
        close_link(&o);
    }
    harness_row(NULL);
}

/* Handshakes that must fail, with the sentences of both. */
static void wrong_certificates_are_refused(void)
{
    harness_spare();
    static const struct {
        const char *client, *server, *at_client, *at_server;
    } rows[] = {
        { "other", "b", "(alert: unknown ca)", "has an issuer that is not believed" },
        { "a", "wrong", "does not name b.example.net", "does not accept our certificate" },
        { "expired", "b", "(alert: certificate expired)", "CN=expired ended on 20" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct open o = { 0 };
        dia_tls_config ours = ends_config(rows[i].client), theirs = ends_config(rows[i].server);
        o.client = ends_tls(&ours);
        o.server = ends_tls(&theirs);
        o.link = calloc(1, sizeof *o.link);
        if (o.client && o.server && begin(o.link, o.client, o.server, "b.example.net") == 0) {
            run(o.link, 0);
            check(ends_says(dia_dtls_why(o.link->a.dtls), rows[i].at_client));
            check(ends_says(dia_dtls_why(o.link->b.dtls), rows[i].at_server));
        }
        close_link(&o);
    }
}

static void certificates_longer_than_a_record_come_in_pieces(void)
{
    harness_spare();
    static char sans[24000];
    size_t n = 0;
    for (int i = 0; i < 700; i++)
        n += (size_t)snprintf(sans + n, sizeof sans - n, "%sDNS:host-%03d.west.example.net", i ? "," : "", i);
    snprintf(sans + n, sizeof sans - n, ",DNS:b.example.net");
    pki_issue(ends_pki(), &(pki_wish){ .name = "many", .issuer = "issuing", .sans = sans });
    struct open o;
    need(open_link(&o, "many", "many"));
done:
    close_link(&o);
}

static const struct harness_test tests[] = {
    { "handshake_follows_the_order_of_the_rfc", handshake_follows_the_order_of_the_rfc },
    { "messages_that_overtake_each_other_all_come_once", messages_that_overtake_each_other_all_come_once },
    { "what_waits_for_a_missing_record_has_a_limit", what_waits_for_a_missing_record_has_a_limit },
    { "held_messages_come_when_the_gap_is_closed", held_messages_come_when_the_gap_is_closed },
    { "longest_message_passes_and_a_longer_one_is_refused", longest_message_passes_and_a_longer_one_is_refused },
    { "records_that_may_go_together_are_shown_together", records_that_may_go_together_are_shown_together },
    { "the_end_overtakes_nothing", the_end_overtakes_nothing },
    { "time_repeats_nothing", time_repeats_nothing },
    { "message_before_the_end_of_the_handshake_waits", message_before_the_end_of_the_handshake_waits },
    { "hostile_records_cost_the_association_at_most", hostile_records_cost_the_association_at_most },
    { "what_leads_to_nothing_in_a_handshake_has_a_limit", what_leads_to_nothing_in_a_handshake_has_a_limit },
    { "wrong_certificates_are_refused", wrong_certificates_are_refused },
    { "certificates_longer_than_a_record_come_in_pieces", certificates_longer_than_a_record_come_in_pieces },
};

int main(void)
{
    return ENDS_RUN("tls/dtls", tests, NULL);
}
