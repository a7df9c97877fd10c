/* Diameter in the DATA chunks of SCTP packets (RFC 9260), fragments put together again. */
#include "sctp.h"

#include "memory.h"
#include "octets.h"

#include <string.h>

enum {
    COMMON_HEADER = 12,
    DATA = 0,         /* chunk type */
    DATA_HEADER = 16, /* with the chunk header */
    BEGINS = 2,       /* chunk flags B and E */
    ENDS = 1,
    PPID_DIAMETER = 46, /* RFC 6733, 2.1.1; 47 is DTLS */
    ASSOCIATIONS_MAX = 65536,
    BUCKETS = 4096,
    WINDOW = 8192,      /* TSNs remembered, to tell repeats */
    HELD_MAX = 4 << 20, /* octets of fragments in one association */
};

/* A fragment whose message is not complete. */
typedef struct fragment {
    struct fragment *next;
    uint32_t tsn;
    uint8_t flags;
    size_t n;
    uint8_t data[];
} fragment;

/* One direction of an association. Addresses do not matter (multihoming); the verification tag does. */
typedef struct association {
    struct association *chain;
    uint32_t tag;
    uint16_t from, to;
    bool started;
    uint32_t highest;
    uint8_t seen[WINDOW / 8]; /* of the TSNs up to `highest` */
    fragment *fragments;      /* by TSN */
    size_t held;
    cli_place last;
} association;

struct cli_sctp {
    const cli_sink *sink;
    const cli_ports *ports;
    association *buckets[BUCKETS];
    size_t associations;
};

static void clear(association *a)
{
    while (a->fragments) {
        fragment *f = a->fragments;
        a->fragments = f->next;
        free(f);
    }
    a->held = 0;
}

static void forget_all(cli_sctp *s)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (s->buckets[i]) {
            association *a = s->buckets[i];
            s->buckets[i] = a->chain;
            if (a->fragments)
                s->sink->bad(s->sink->arg, &a->last, "fragments of a message are not in the capture");
            clear(a);
            free(a);
        }
    s->associations = 0;
}

static association **bucket_of(cli_sctp *s, uint32_t tag)
{
    return &s->buckets[(tag ^ tag >> 16) % BUCKETS];
}

static association *known(cli_sctp *s, uint32_t tag, const cli_place *place)
{
    for (association *a = *bucket_of(s, tag); a; a = a->chain)
        if (a->tag == tag && a->from == place->from.port && a->to == place->to.port)
            return a;
    return NULL;
}

static association *find(cli_sctp *s, uint32_t tag, const cli_place *place)
{
    association *a = known(s, tag, place);
    if (a)
        return a;
    if (s->associations >= ASSOCIATIONS_MAX)
        forget_all(s);
    association **bucket = bucket_of(s, tag);
    a = cli_new(sizeof *a);
    a->tag = tag;
    a->from = place->from.port;
    a->to = place->to.port;
    a->chain = *bucket;
    *bucket = a;
    s->associations++;
    return a;
}

/* Was this TSN there before? Remembers it. */
static bool repeated(association *a, uint32_t tsn)
{
    int32_t ahead = (int32_t)(tsn - a->highest);
    if (!a->started) {
        a->started = true;
        a->highest = tsn;
        ahead = 0;
    }
    if (ahead <= -WINDOW)
        return true;
    if (ahead >= WINDOW)
        memset(a->seen, 0, sizeof a->seen);
    for (int32_t i = 1; i <= ahead && ahead < WINDOW; i++) {
        const uint32_t slot = (a->highest + (uint32_t)i) % WINDOW;
        a->seen[slot / 8] &= (uint8_t) ~(1u << slot % 8);
    }
    if (ahead > 0)
        a->highest = tsn;
    const uint32_t slot = tsn % WINDOW;
    const bool was = a->seen[slot / 8] >> slot % 8 & 1;
    a->seen[slot / 8] |= (uint8_t)(1u << slot % 8);
    return was;
}

/* A user message: RFC 6733 puts one Diameter message into each; several are taken as well. */
static void deliver(cli_sctp *s, dia_bytes octets, const cli_place *place)
{
    cli_stream stream;
    cli_stream_init(&stream, s->sink);
    cli_stream_input(&stream, octets, place);
    cli_stream_end(&stream, place);
    cli_stream_done(&stream);
}

static void hold(association *a, uint32_t tsn, uint8_t flags, dia_bytes data)
{
    fragment *f = cli_new(sizeof *f + data.n);
    f->tsn = tsn;
    f->flags = flags;
    f->n = data.n;
    memcpy(f->data, data.p, data.n);
    fragment **at = &a->fragments;
    while (*at && (int32_t)((*at)->tsn - tsn) < 0)
        at = &(*at)->next;
    f->next = *at;
    *at = f;
    a->held += data.n + sizeof *f;
}

/* The fragments of one message have consecutive TSNs, the first with B, the last with E (RFC 9260, 6.9). */
static fragment **whole_message(association *a, size_t *octets)
{
    fragment **first = NULL;
    uint32_t tsn = 0;
    for (fragment **at = &a->fragments; *at; at = &(*at)->next) {
        fragment *f = *at;
        if (f->flags & BEGINS) {
            first = at;
            *octets = 0;
        } else if (!first || f->tsn != tsn) {
            first = NULL;
            continue;
        }
        tsn = f->tsn + 1;
        *octets += f->n;
        if (f->flags & ENDS)
            return first;
    }
    return NULL;
}

static void join(cli_sctp *s, association *a, const cli_place *place)
{
    size_t octets = 0;
    fragment **at = whole_message(a, &octets);
    if (!at)
        return;
    uint8_t *all = cli_new(octets + 1);
    size_t n = 0;
    for (bool last = false; !last;) {
        fragment *f = *at;
        *at = f->next;
        memcpy(all + n, f->data, f->n);
        n += f->n;
        last = f->flags & ENDS;
        a->held -= f->n + sizeof *f;
        free(f);
    }
    deliver(s, (dia_bytes){ all, n }, place);
    free(all);
}

/* PPID 46 is Diameter, 0 may be anything; some senders forget the network order. */
static bool is_diameter(cli_sctp *s, uint32_t tag, const uint8_t *chunk, dia_bytes data, const cli_place *place)
{
    const uint32_t ppid = cli_be32(chunk + 12);
    if (ppid == PPID_DIAMETER || ppid == (uint32_t)PPID_DIAMETER << 24)
        return true;
    if (ppid != 0)
        return false;
    if (cli_ports_have(s->ports, place))
        return true;
    if (chunk[1] & BEGINS)
        return cli_looks_like(data.p, data.n) == CLI_LOOKS_DIAMETER;
    const association *a = known(s, tag, place);
    return a && a->fragments;
}

static void data_chunk(cli_sctp *s, uint32_t tag, const uint8_t *chunk, size_t length, size_t captured,
                       const cli_place *place)
{
    if (captured < DATA_HEADER || length <= DATA_HEADER)
        return;
    const uint8_t flags = chunk[1] & (BEGINS | ENDS);
    const uint32_t tsn = cli_be32(chunk + 4);
    const dia_bytes data = { chunk + DATA_HEADER, captured - DATA_HEADER };
    if (!is_diameter(s, tag, chunk, data, place))
        return;
    association *a = find(s, tag, place);
    a->last = *place;
    if (repeated(a, tsn))
        return;
    if (captured < length) {
        s->sink->bad(s->sink->arg, place, "the capture holds packets cut short (snap length)");
        return;
    }
    if (flags == (BEGINS | ENDS)) {
        deliver(s, data, place);
        return;
    }
    hold(a, tsn, flags, data);
    join(s, a, place);
    if (a->held > HELD_MAX) {
        s->sink->bad(s->sink->arg, place, "too many fragments wait for others that are not in the capture");
        clear(a);
    }
}

void cli_sctp_input(cli_sctp *s, dia_bytes packet, const cli_place *place)
{
    if (packet.n < COMMON_HEADER)
        return;
    cli_place here = *place;
    here.transport = "sctp";
    here.from.port = cli_be16(packet.p);
    here.to.port = cli_be16(packet.p + 2);
    const uint32_t tag = cli_be32(packet.p + 4);
    size_t at = COMMON_HEADER;
    while (packet.n - at >= 4) {
        const uint8_t *chunk = packet.p + at;
        const size_t length = cli_be16(chunk + 2), left = packet.n - at;
        if (length < 4)
            return;
        if (chunk[0] == DATA)
            data_chunk(s, tag, chunk, length, length < left ? length : left, &here);
        if (length >= left)
            return;
        at += (length + 3) & ~(size_t)3;
        if (at > packet.n)
            return;
    }
}

cli_sctp *cli_sctp_new(const cli_sink *sink, const cli_ports *ports)
{
    cli_sctp *s = cli_new(sizeof *s);
    s->sink = sink;
    s->ports = ports;
    return s;
}

void cli_sctp_end(cli_sctp *s)
{
    forget_all(s);
}

void cli_sctp_free(cli_sctp *s)
{
    if (!s)
        return;
    forget_all(s);
    free(s);
}
