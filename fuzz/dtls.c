/* DTLS over messages: two ends on an association that reorders, repeats, changes and forges as the input says. Whatever comes, a
 * message arrives once at most and as it was sent; where nothing was forged, all of them do. */
#define _GNU_SOURCE

#include "fuzz.h"

#include "pki.h"
#include "tls/tls.h"

#include <dirent.h>
#include <unistd.h>

enum { MESSAGES_MAX = 200, INJECTED_MAX = 64 };

struct message {
    struct message *next;
    bool ordered;
    size_t n;
    uint8_t octets[];
};

struct side {
    dia_dtls *dtls;
    struct message *in;
    unsigned sent;             /* messages of Diameter, numbered */
    uint8_t got[MESSAGES_MAX]; /* of the other end's */
};

/* Contexts are made once: they cost more than a connection. */
static struct {
    dia_tls *client, *server;
} made;

static void make_contexts(void)
{
    char folder[] = "/tmp/diatom-fuzz-XXXXXX", why[256];
    must(mkdtemp(folder) != NULL);
    pki *p = pki_new(folder);
    pki_issue(p, &(pki_wish){ .name = "ca", .ca = true });
    pki_issue(p, &(pki_wish){ .name = "a", .issuer = "ca", .sans = "DNS:a.example.net" });
    const dia_tls_config config = { .certificate = pki_path(p, "a.pem"),
                                    .key = pki_path(p, "a.key"),
                                    .trust = pki_path(p, "ca.pem") };
    must(dia_tls_new(&config, NULL, &made.client, why, sizeof why) == 0);
    must(dia_tls_new(&config, NULL, &made.server, why, sizeof why) == 0);
    static const char *const files[] = { "ca.pem", "ca.key", "a.pem", "a.key" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(pki_path(p, files[i]));
    rmdir(folder);
    pki_free(p);
}

static void put(struct side *to, dia_bytes octets, bool ordered)
{
    struct message *m = malloc(sizeof *m + octets.n);
    must(m != NULL);
    *m = (struct message){ .ordered = ordered, .n = octets.n };
    if (octets.n)
        memcpy(m->octets, octets.p, octets.n);
    struct message **end = &to->in;
    while (*end)
        end = &(*end)->next;
    *end = m;
}

static void read_messages(struct side *s, const struct side *other)
{
    static uint8_t text[16384];
    for (int64_t n; (n = dia_dtls_read(s->dtls, text, sizeof text)) > 0;) {
        must(n >= 4);
        const uint32_t number = dia_load32(text);
        must(number < other->sent);
        must(n == 4 + number % 90);
        for (int64_t i = 4; i < n; i++)
            must(text[i] == (uint8_t)number);
        must(++s->got[number] == 1);
    }
}

static void give(struct side *s, struct side *other, dia_bytes octets)
{
    uint8_t *copy = malloc(octets.n ? octets.n : 1);
    must(copy != NULL);
    if (octets.n)
        memcpy(copy, octets.p, octets.n);
    if (dia_dtls_input(s->dtls, (dia_bytes){ copy, octets.n }) == 0)
        read_messages(s, other);
    free(copy);
    must((dia_dtls_state(s->dtls) == DIA_TLS_FAILED) == (dia_dtls_why(s->dtls)[0] != '\0'));
}

/* The message that is so many deliverable ones from the first. Ordered ones keep their order. */
static struct message **choose(struct side *s, unsigned skip)
{
    bool ordered = false;
    struct message **found = NULL;
    for (struct message **at = &s->in; *at; at = &(*at)->next) {
        if ((*at)->ordered && ordered)
            continue;
        ordered |= (*at)->ordered;
        found = at;
        if (skip-- == 0)
            break;
    }
    return found;
}

static bool deliver(struct side *s, struct side *other, unsigned skip)
{
    struct message **at = choose(s, skip), *m = at ? *at : NULL;
    if (!m)
        return false;
    *at = m->next;
    give(s, other, (dia_bytes){ m->octets, m->n });
    free(m);
    return true;
}

static void work(struct side *s, struct side *other)
{
    for (dia_dtls_todo todo; (todo = dia_dtls_next(s->dtls)).step != DIA_DTLS_NOTHING;) {
        if (todo.step == DIA_DTLS_SEND || todo.step == DIA_DTLS_SEND_DATA)
            put(other, todo.octets, todo.ordered);
        if (todo.step == DIA_DTLS_DRY && other->in)
            return;
        while (todo.step == DIA_DTLS_READ_ALL && deliver(s, other, 0))
            ;
        if (dia_dtls_did(s->dtls) == 0)
            read_messages(s, other);
    }
}

static void settle(struct side *a, struct side *b)
{
    for (bool any = true; any;) {
        work(a, b);
        any = deliver(b, a, 0);
        work(b, a);
        any |= deliver(a, b, 0);
    }
}

static void say(struct side *s, struct side *other, bool ordered)
{
    uint8_t text[100];
    if (s->sent == MESSAGES_MAX)
        return;
    memset(text, (int)s->sent, sizeof text);
    dia_store32(text, s->sent);
    if (dia_dtls_write(s->dtls, (dia_bytes){ text, 4 + s->sent % 90 }, ordered) > 0)
        s->sent++;
    work(s, other);
}

/* The first message of a side, changed where the input says, or another one, without being taken from its queue. */
static void forge(struct side *s, struct side *other, const uint8_t **p, const uint8_t *end)
{
    uint8_t octets[INJECTED_MAX];
    size_t n = *p < end ? *(*p)++ % INJECTED_MAX : 0;
    if (n > (size_t)(end - *p))
        n = (size_t)(end - *p);
    memcpy(octets, *p, n);
    *p += n;
    give(s, other, (dia_bytes){ octets, n });
}

static void change(struct side *s, struct side *other, const uint8_t **p, const uint8_t *end)
{
    struct message **at = choose(s, 0);
    if (!at || end - *p < 2)
        return;
    const size_t place = *(*p)++;
    if (place < (*at)->n)
        (*at)->octets[place] ^= *(*p)++;
    deliver(s, other, 0);
}

static void empty(struct side *s)
{
    dia_dtls_free(s->dtls);
    while (s->in) {
        struct message *next = s->in->next;
        free(s->in);
        s->in = next;
    }
}

/* Bit 0 of the first octet: the handshake is done before the rest, which are commands. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (!made.client)
        make_contexts();
    const uint8_t *p = data, *end = data + size;
    struct side a = { 0 }, b = { 0 };
    bool honest = true;
    must(dia_dtls_new(made.client, true, DIA_STR("a.example.net"), dia_cstr(NULL), NULL, &a.dtls) == 0);
    must(dia_dtls_new(made.server, false, dia_cstr(NULL), dia_cstr(NULL), NULL, &b.dtls) == 0);
    if (*p++ & 1)
        settle(&a, &b);
    while (p < end) {
        const uint8_t command = *p++;
        struct side *s = command & 0x80 ? &b : &a, *other = command & 0x80 ? &a : &b;
        work(s, other);
        work(other, s);
        switch (command >> 4 & 7) {
        case 0:
        case 1:
            for (unsigned i = 0; i <= (command & 15u); i++)
                say(s, other, command >> 4 & 1);
            break;
        case 2:
        case 3: deliver(s, other, command & 31); break;
        case 4:
            for (unsigned i = 0; i <= (command & 15u); i++)
                deliver(s, other, 15);
            break;
        case 5:
            honest = false;
            forge(s, other, &p, end);
            break;
        case 6:
            honest = false;
            change(s, other, &p, end);
            break;
        default: dia_dtls_end(s->dtls); break;
        }
    }
    if (honest) {
        settle(&a, &b);
        must(dia_dtls_state(a.dtls) != DIA_TLS_FAILED && dia_dtls_state(b.dtls) != DIA_TLS_FAILED);
        for (unsigned i = 0; i < a.sent; i++)
            must(b.got[i] == 1);
        for (unsigned i = 0; i < b.sent; i++)
            must(a.got[i] == 1);
    }
    empty(&a);
    empty(&b);
    return 0;
}
