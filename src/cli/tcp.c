/* TCP connections of a capture, put together again. */
#include "tcp.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    BUCKETS = 4096,
    FLOWS_MAX = 65536,  /* the one that was silent longest makes room */
    HELD_MAX = 1 << 20, /* octets behind a gap, before the gap is given up */
    GAP_SECONDS = 3,    /* age of a gap, likewise */
    JUMP_MAX = 1 << 24, /* further ahead is another connection with the same ports */
    TRIES_MAX = 8       /* segments looked at before a connection is not Diameter */
};

/* A segment behind a gap. */
typedef struct held {
    struct held *next;
    uint32_t sequence;
    size_t missing;
    cli_place place;
    size_t n;
    uint8_t data[];
} held;

typedef enum kind { UNDECIDED, DIAMETER, OTHER } kind;

/* One direction of a connection. */
typedef struct flow {
    struct flow *chain;         /* same bucket */
    struct flow *newer, *older; /* by last use */
    cli_end ends[2];
    kind kind;
    unsigned tries;
    bool from_start;   /* the SYN was seen */
    uint32_t expected; /* the next sequence number */
    held *held;        /* by sequence number */
    size_t held_octets;
    int64_t gap_since;
    cli_place last;
    cli_stream stream;
} flow;

struct cli_tcp {
    const cli_sink *sink;
    const cli_ports *ports;
    flow *buckets[BUCKETS];
    flow *newest, *oldest;
    size_t flows;
};

bool cli_ports_have(const cli_ports *ports, const cli_place *place)
{
    for (size_t i = 0; i < ports->n; i++)
        if (ports->v[i] == place->from.port || ports->v[i] == place->to.port)
            return true;
    return false;
}

static flow **bucket_of(cli_tcp *t, const cli_end ends[2])
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    const uint8_t *p = (const uint8_t *)ends;
    for (size_t i = 0; i < 2 * sizeof *ends; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return &t->buckets[hash % BUCKETS];
}

static void unlink_use(cli_tcp *t, flow *f)
{
    *(f->newer ? &f->newer->older : &t->newest) = f->older;
    *(f->older ? &f->older->newer : &t->oldest) = f->newer;
}

static void link_newest(cli_tcp *t, flow *f)
{
    f->newer = NULL;
    f->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = f;
    t->newest = f;
}

/* ---- Order ---- */

/* Looks at the octets of a connection on an unknown port until it is clear what they are. */
static void decide(flow *f, dia_bytes octets, const cli_place *place)
{
    cli_stream *s = &f->stream;
    s->buf = cli_grow(s->buf, &s->cap, s->n + octets.n, 1);
    memcpy(s->buf + s->n, octets.p, octets.n);
    s->n += octets.n;
    const cli_looks looks = cli_looks_like(s->buf, s->n);
    if (looks == CLI_LOOKS_SHORT)
        return;
    if (looks == CLI_LOOKS_OTHER) {
        s->n = 0;
        if (f->from_start || ++f->tries >= TRIES_MAX)
            f->kind = OTHER;
        return;
    }
    f->kind = DIAMETER;
    const dia_bytes all = { s->buf, s->n };
    s->buf = NULL;
    s->n = s->cap = 0;
    cli_stream_input(s, all, place);
    free((void *)(uintptr_t)all.p);
}

static void octets_in_order(flow *f, dia_bytes octets, const cli_place *place)
{
    if (f->kind == DIAMETER)
        cli_stream_input(&f->stream, octets, place);
    else if (f->kind == UNDECIDED && octets.n)
        decide(f, octets, place);
}

static void hole(flow *f, uint64_t n, const char *reason, const cli_place *place)
{
    f->expected += (uint32_t)n;
    if (f->kind == DIAMETER)
        cli_stream_hole(&f->stream, n, reason, place);
    else
        f->stream.n = 0;
}

/* A segment that starts at or before what is expected. */
static void take(flow *f, uint32_t sequence, dia_bytes data, size_t missing, const cli_place *place)
{
    const size_t old = f->expected - sequence;
    if (old >= data.n + missing)
        return;
    if (old < data.n) {
        octets_in_order(f, (dia_bytes){ data.p + old, data.n - old }, place);
        f->expected += (uint32_t)(data.n - old);
        if (missing)
            hole(f, missing, "the capture holds packets cut short (snap length)", place);
    } else {
        hole(f, data.n + missing - old, "the capture holds packets cut short (snap length)", place);
    }
}

static void take_held(flow *f)
{
    while (f->held && (int32_t)(f->held->sequence - f->expected) <= 0) {
        held *h = f->held;
        f->held = h->next;
        f->held_octets -= h->n;
        take(f, h->sequence, (dia_bytes){ h->data, h->n }, h->missing, &h->place);
        free(h);
    }
    f->gap_since = f->last.seconds;
}

static void give_up_gap(flow *f)
{
    char reason[80];
    const uint32_t n = f->held->sequence - f->expected;
    const cli_place place = f->held->place;
    snprintf(reason, sizeof reason, "%" PRIu32 " octets of the connection are not in the capture", n);
    hole(f, n, reason, &place);
    take_held(f);
}

static void hold(flow *f, const cli_segment *seg)
{
    held *h = cli_new(sizeof *h + seg->data.n);
    h->sequence = seg->sequence;
    h->missing = seg->missing;
    h->place = seg->place;
    h->n = seg->data.n;
    memcpy(h->data, seg->data.p, seg->data.n);
    held **at = &f->held;
    while (*at && (int32_t)((*at)->sequence - h->sequence) <= 0)
        at = &(*at)->next;
    if (!f->held)
        f->gap_since = seg->place.seconds;
    h->next = *at;
    *at = h;
    f->held_octets += h->n + sizeof *h;
    while (f->held && (f->held_octets > HELD_MAX || seg->place.seconds - f->gap_since >= GAP_SECONDS))
        give_up_gap(f);
}

/* ---- Connections ---- */

static void finish(flow *f)
{
    while (f->held)
        give_up_gap(f);
    if (f->kind == DIAMETER)
        cli_stream_end(&f->stream, &f->last);
    f->stream.n = 0;
}

static void forget(cli_tcp *t, flow *f)
{
    finish(f);
    flow **at = bucket_of(t, f->ends);
    while (*at != f)
        at = &(*at)->chain;
    *at = f->chain;
    unlink_use(t, f);
    cli_stream_done(&f->stream);
    free(f);
    t->flows--;
}

static void start(cli_tcp *t, flow *f, const cli_segment *seg)
{
    f->from_start = seg->syn;
    f->expected = seg->sequence + seg->syn;
    f->kind = cli_ports_have(t->ports, &seg->place) ? DIAMETER : UNDECIDED;
    f->tries = 0;
    f->stream.lost = !seg->syn && f->kind == DIAMETER;
}

static flow *find(cli_tcp *t, const cli_segment *seg)
{
    const cli_end ends[2] = { seg->place.from, seg->place.to };
    flow **bucket = bucket_of(t, ends);
    for (flow *f = *bucket; f; f = f->chain)
        if (memcmp(f->ends, ends, sizeof ends) == 0) {
            unlink_use(t, f);
            link_newest(t, f);
            return f;
        }
    if (t->flows >= FLOWS_MAX)
        forget(t, t->oldest);
    flow *f = cli_new(sizeof *f);
    memcpy(f->ends, ends, sizeof ends);
    cli_stream_init(&f->stream, t->sink);
    f->chain = *bucket;
    *bucket = f;
    link_newest(t, f);
    t->flows++;
    start(t, f, seg);
    return f;
}

/* Not the connection that was known under these addresses and ports. */
static bool is_another(const flow *f, const cli_segment *seg)
{
    const int32_t ahead = (int32_t)(seg->sequence - f->expected);
    if (seg->syn)
        return seg->sequence + 1 != f->expected && !(f->from_start && ahead == -1);
    return seg->data.n && (ahead > JUMP_MAX || ahead < -JUMP_MAX);
}

void cli_tcp_input(cli_tcp *t, const cli_segment *segment)
{
    cli_segment seg = *segment;
    if (!seg.syn && !seg.rst && !seg.fin && seg.data.n + seg.missing == 0)
        return;
    flow *f = find(t, &seg);
    if (is_another(f, &seg)) {
        finish(f);
        start(t, f, &seg);
    }
    f->last = seg.place;
    seg.sequence += seg.syn;
    if (seg.data.n + seg.missing) {
        if ((int32_t)(seg.sequence - f->expected) > 0) {
            hold(f, &seg);
        } else {
            take(f, seg.sequence, seg.data, seg.missing, &seg.place);
            take_held(f);
        }
    }
    const uint32_t last = seg.sequence + (uint32_t)(seg.data.n + seg.missing);
    if (seg.rst || (seg.fin && last == f->expected))
        forget(t, f);
}

cli_tcp *cli_tcp_new(const cli_sink *sink, const cli_ports *ports)
{
    cli_tcp *t = cli_new(sizeof *t);
    t->sink = sink;
    t->ports = ports;
    return t;
}

void cli_tcp_end(cli_tcp *t)
{
    while (t->oldest)
        forget(t, t->oldest);
}

void cli_tcp_free(cli_tcp *t)
{
    if (!t)
        return;
    cli_tcp_end(t);
    free(t);
}
