/* Answers of name servers. Whatever they say, the search comes to an end, asks no more than it may, and what it gives is in order.
 *
 * The input is the answers in the order of the questions, each behind the length of its rest in two octets: an octet of flags -
 * RCODE below; 16: what follows is a whole message, else header and question are put before it -, the numbers of its answers
 * and of its authorities in an octet each, and the records. */
#include "fuzz.h"

#include "discover/discover.h"

enum { QUESTIONS = 40, FOUND = 8 };

static uint64_t draw(void *arg, uint64_t below)
{
    uint64_t *n = arg;
    return (*n)++ % below;
}

static void check_findings(const dia_findings *f)
{
    must(f != NULL && f->n <= FOUND && f->n_notes <= 64 && f->questions <= QUESTIONS * 6);
    must((f->n == 0) == (f->why != NULL));
    must(!f->n || !f->denied);
    for (size_t i = 0; i < f->n; i++) {
        const dia_found *found = &f->found[i];
        dia_uri uri;
        must(dia_uri_parse(dia_cstr(found->text), &uri) == 0);
        must(uri.port == found->uri.port && uri.secure == found->uri.secure && uri.port != 0);
        must(found->n_addresses > 0 && found->ttl_s >= f->ttl_s && found->how != NULL);
    }
}

static size_t put_name(uint8_t *to, const char *name)
{
    size_t at = 0;
    while (*name) {
        const size_t n = strcspn(name, ".");
        to[at++] = (uint8_t)n;
        memcpy(to + at, name, n);
        at += n;
        name += n + (name[n] == '.');
    }
    to[at++] = 0;
    return at;
}

/* In a block of its very size, so that the address sanitizer sees what reads on. */
static void answer(dia_discovery *d, const dia_dns_question *q, dia_bytes how)
{
    const bool whole = how.n && how.p[0] & 16;
    uint8_t head[DIA_DNS_NAME_ROOM + 20] = { 0, 0, 0x84, 0, 0, 1 };
    size_t n = 0;
    if (!whole && how.n >= 3) {
        head[3] = how.p[0] & 15;
        head[7] = how.p[1];
        head[9] = how.p[2];
        n = 12 + put_name(head + 12, q->name);
        dia_store16(head + n, (uint16_t)q->type);
        dia_store16(head + n + 2, 1);
        n += 4;
    }
    const size_t skipped = whole ? 1 : how.n < 3 ? how.n : 3;
    uint8_t *message = malloc(n + how.n - skipped + 1);
    must(message != NULL);
    memcpy(message, head, n);
    memcpy(message + n, how.p + skipped, how.n - skipped);
    dia_discovery_answer(d, q->ticket, (dia_bytes){ message, n + how.n - skipped });
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_discovery *d;
    uint64_t drawn = 0;
    uint32_t asked = 0;
    size_t at = 0;
    const dia_discovery_config config = {
        .realm = "example.com", .application = 4, .questions = QUESTIONS, .found = FOUND, .draw = draw, .arg = &drawn
    };
    must(dia_discovery_new(&config, &d) == 0);
    for (dia_dns_question q; dia_discovery_ask(d, &q);) {
        must(++asked <= QUESTIONS * 6 && *q.name);
        if (size - at < 2) {
            dia_discovery_failed(d, q.ticket, "nobody answered");
            continue;
        }
        size_t n = dia_load16(data + at);
        at += 2;
        n = n < size - at ? n : size - at;
        answer(d, &q, (dia_bytes){ data + at, n });
        at += n;
    }
    must(dia_discovery_is_done(d));
    check_findings(dia_discovery_findings(d));
    dia_discovery_free(d);
    return 0;
}
