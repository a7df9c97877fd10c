/* The answers of the last minutes, for requests that come again. They lie in chunks in the order in which they were given, and
 * the oldest chunk goes first: when its answers are too old, or when the next one wants the room. Answers of one bucket are a
 * chain from the newest to older ones; it ends where a chunk has gone, so that nothing is ever taken out of a chain. */
#include "node/node.h"

enum { CHUNK_LEAST = 4096, CHUNK_MOST = 65536, BUCKETS_LEAST = 16, PLACE_SHIFT = 24, STEPS = 128 };

/* Answers follow, each an entry with its octets; `n` says where the next one goes. */
typedef struct dia_chunk {
    size_t size, n; /* with this head */
    size_t entries;
    int64_t latest_us;
} chunk;

/* Behind it stand the answer and the Origin-Host of its request. */
typedef struct entry {
    uint64_t hash;
    uint64_t before; /* place of the next older one of this bucket */
    int64_t at_us;
    uint32_t host_n;
    bool marked;
} entry;

static size_t size_of_entry(size_t host, size_t answer)
{
    return (sizeof(entry) + host + answer + 7) & ~(size_t)7;
}

static dia_bytes answer_of(const entry *e)
{
    const uint8_t *octets = (const uint8_t *)(e + 1);
    return (dia_bytes){ octets, dia_load24(octets + DIA_AT_LENGTH) };
}

static dia_bytes host_of(const entry *e)
{
    const dia_bytes answer = answer_of(e);
    return (dia_bytes){ answer.p + answer.n, e->host_n };
}

/* ---- Which request it is ---- */

static uint64_t hash_of_host(dia_given *given, dia_bytes host)
{
    const uint64_t hash = dia_hash_nocase(host, given->seed);
    if (host.n <= sizeof given->host) {
        memcpy(given->host, host.p, host.n);
        given->host_n = host.n;
        given->host_hash = hash;
    }
    return hash;
}

static bool is_latest_host(const dia_given *given, dia_bytes host)
{
    size_t i = 0;
    if (host.n != given->host_n)
        return false;
    for (; host.n - i >= 8; i += 8)
        if (dia_load64(host.p + i) != dia_load64(given->host + i))
            return false;
    for (; i < host.n; i++)
        if (host.p[i] != given->host[i])
            return false;
    return true;
}

/* Requests of one host come in rows: its hash is remembered. Its ids are mostly numbers in a row, too, and so are then the
 * buckets, which are in the cache. Where a host's row begins nobody outside knows; who spoils buckets spoils his own. */
static uint64_t hash_of(dia_given *given, dia_bytes host, uint32_t end_to_end)
{
    return (is_latest_host(given, host) ? given->host_hash : hash_of_host(given, host)) + end_to_end;
}

/* ---- Chunks: the one with the number s is chunks[s % cap_chunks]; an entry's place is that number and where it begins ---- */

static chunk *chunk_at(const dia_given *given, uint64_t number)
{
    return given->chunks[number & (given->cap_chunks - 1)];
}

static entry *entry_in(chunk *c, size_t at)
{
    return (entry *)(void *)((uint8_t *)c + at);
}

static uint64_t place_of(uint64_t number, size_t at)
{
    return number << PLACE_SHIFT | at / 8;
}

/* NULL: it has gone, or there never was one. */
static entry *entry_at(const dia_given *given, uint64_t place)
{
    const uint64_t number = place >> PLACE_SHIFT;
    if (number < given->first)
        return NULL;
    return entry_in(chunk_at(given, number), (size_t)(place & ((1u << PLACE_SHIFT) - 1)) * 8);
}

static void *take(dia_given *given, size_t n)
{
    void *p = dia_alloc(given->hub->alloc, n);
    given->held += p ? n : 0;
    return p;
}

static void give_back(dia_given *given, void *p, size_t n)
{
    dia_release(given->hub->alloc, p, n);
    given->held -= n;
}

static void drop_oldest(dia_given *given)
{
    chunk *c = chunk_at(given, given->first++);
    given->n -= c->entries;
    if (c == given->newest)
        given->newest = NULL;
    give_back(given, c, c->size);
}

/* Where limits.memory leaves nothing, new answers take the place of the oldest ones. */
static bool make_room(dia_given *given, size_t n)
{
    const dia_hub *hub = given->hub;
    size_t most = hub->config.limits.duplicates;
    if (hub->memory + n > hub->config.limits.memory && given->held < most)
        most = given->held;
    while (given->held + n > most && given->first != given->end)
        drop_oldest(given);
    return given->held + n <= most;
}

static bool grow_table(dia_given *given)
{
    const size_t cap = given->cap_chunks ? 2 * given->cap_chunks : 8;
    if (!make_room(given, cap * sizeof *given->chunks))
        return false;
    chunk **chunks = take(given, cap * sizeof *chunks);
    if (!chunks)
        return false;
    for (uint64_t i = given->first; i != given->end; i++)
        chunks[i & (cap - 1)] = chunk_at(given, i);
    give_back(given, given->chunks, given->cap_chunks * sizeof *chunks);
    given->chunks = chunks;
    given->cap_chunks = cap;
    return true;
}

/* A full ring turns without a call of the allocator: the oldest chunk is written anew. NULL: it is not full, or that one has
 * another size. */
static chunk *use_oldest(dia_given *given, size_t size)
{
    const dia_limits *limits = &given->hub->config.limits;
    chunk *c = given->first != given->end ? chunk_at(given, given->first) : NULL;
    if (!c || c == given->newest || c->size != size || given->held + size <= limits->duplicates)
        return NULL;
    given->first++;
    given->n -= c->entries;
    return c;
}

/* The first chunks are small: most nodes have little to remember. */
static size_t size_of_chunk(const dia_given *given, size_t least)
{
    size_t size = given->held / 2, most = given->hub->config.limits.duplicates / 8;
    most = most < CHUNK_MOST ? most : CHUNK_MOST;
    size = size > CHUNK_LEAST ? size : CHUNK_LEAST;
    size = (size < most ? size : most) & ~(size_t)7;
    return size > sizeof(chunk) + least ? size : sizeof(chunk) + least;
}

/* An answer for which many others would have to go is not kept. */
static chunk *add_chunk(dia_given *given, size_t least)
{
    if (least > given->hub->config.limits.duplicates / 4 ||
        (given->end - given->first == given->cap_chunks && !grow_table(given)))
        return NULL;
    const size_t size = size_of_chunk(given, least);
    chunk *c = use_oldest(given, size);
    if (!c)
        c = make_room(given, size) ? take(given, size) : NULL;
    if (!c)
        return NULL;
    *c = (chunk){ .size = size, .n = sizeof *c };
    given->chunks[given->end++ & (given->cap_chunks - 1)] = c;
    given->newest = c;
    return c;
}

/* ---- Buckets ---- */

static uint64_t *chain_of(const dia_given *given, uint64_t hash)
{
    return &given->chains[hash & (given->buckets - 1)];
}

static void link_in(dia_given *given, entry *e, uint64_t place)
{
    uint64_t *chain = chain_of(given, e->hash);
    e->before = *chain;
    *chain = place;
}

/* Without memory chains get longer. */
static void grow_buckets(dia_given *given)
{
    const size_t buckets = given->buckets ? 4 * given->buckets : BUCKETS_LEAST, size = buckets * sizeof(uint64_t);
    uint64_t *chains = make_room(given, size) ? take(given, size) : NULL;
    if (!chains)
        return;
    memset(chains, 0, size);
    give_back(given, given->chains, given->buckets * sizeof *chains);
    given->chains = chains;
    given->buckets = buckets;
    for (uint64_t i = given->first; i != given->end; i++) {
        chunk *c = chunk_at(given, i);
        for (size_t at = sizeof *c; at < c->n;) {
            entry *e = entry_in(c, at);
            link_in(given, e, place_of(i, at));
            at += size_of_entry(e->host_n, answer_of(e).n);
        }
    }
}

/* ---- What others call ---- */

void dia_given_init(dia_given *given, dia_hub *hub)
{
    *given = (dia_given){ .hub = hub, .first = 1, .end = 1 }; /* no entry has the place 0 */
    given->seed = dia_random_u64(&hub->random);
}

void dia_given_done(dia_given *given)
{
    while (given->first != given->end)
        drop_oldest(given);
    give_back(given, given->chunks, given->cap_chunks * sizeof *given->chunks);
    give_back(given, given->chains, given->buckets * sizeof *given->chains);
    given->chunks = NULL;
    given->chains = NULL;
    given->cap_chunks = given->buckets = 0;
}

/* NULL: it is not kept. */
static chunk *chunk_for(dia_given *given, size_t size)
{
    if (given->n >= given->buckets)
        grow_buckets(given);
    chunk *c = given->newest;
    if (c && c->size - c->n >= size)
        return c;
    return given->buckets ? add_chunk(given, size) : NULL;
}

uint64_t dia_given_hash(dia_given *given, dia_bytes origin_host, uint32_t end_to_end)
{
    return hash_of(given, origin_host, end_to_end);
}

void dia_given_put(dia_given *given, const dia_request *request, dia_bytes answer)
{
    const dia_bytes origin_host = dia_request_origin_host(request);
    if (!origin_host.p)
        return;
    const size_t size = size_of_entry(origin_host.n, answer.n);
    chunk *c = given->newest;
    if (!c || c->size - c->n < size || given->n >= given->buckets)
        c = chunk_for(given, size);
    if (!c)
        return;
    entry *e = entry_in(c, c->n);
    e->hash = hash_of(given, origin_host, request->header.end_to_end);
    e->at_us = c->latest_us = given->hub->now.us;
    e->host_n = (uint32_t)origin_host.n;
    e->marked = request->header.flags & DIA_FLAG_RETRANSMITTED;
    link_in(given, e, place_of(given->end - 1, c->n));
    c->n += size;
    c->entries++;
    given->n++;
    uint8_t *octets = (uint8_t *)(e + 1);
    memcpy(octets, answer.p, answer.n);
    memcpy(octets + answer.n, origin_host.p, origin_host.n);
}

static int64_t oldest_us(const dia_given *given)
{
    return given->hub->now.us - (int64_t)given->hub->config.limits.duplicates_ms * 1000;
}

/* A chain is longer than a few entries only where one id was used again and again: nobody may have others walk along that. */
dia_bytes dia_given_find(const dia_given *given, uint64_t hash, dia_bytes origin_host, const dia_header *request)
{
    const bool marked = request->flags & DIA_FLAG_RETRANSMITTED;
    const entry *e = given->buckets ? entry_at(given, *chain_of(given, hash)) : NULL;
    for (int i = 0; e && i < STEPS && e->at_us > oldest_us(given); i++, e = entry_at(given, e->before)) {
        const dia_bytes answer = answer_of(e);
        dia_header header;
        if (e->hash == hash && (marked || e->marked) && !dia_header_read(answer, &header) &&
            header.end_to_end == request->end_to_end && header.command == request->command &&
            header.application == request->application && dia_bytes_equal_nocase(host_of(e), origin_host))
            return answer;
    }
    return (dia_bytes){ NULL, 0 };
}

void dia_given_expire(dia_given *given)
{
    while (given->first != given->end && chunk_at(given, given->first)->latest_us <= oldest_us(given))
        drop_oldest(given);
    if (given->first == given->end && given->held)
        dia_given_done(given);
}
