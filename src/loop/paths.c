/* Paths of SCTP's packets, and which packets may have one. */
#include "loop/paths.h"

/* One in PROBES places fits an address: with a quarter of the table taken, one of a thousand finds none. */
enum { PLACES = 16384, PROBES = 8, TOLD = 16384 };

/* RFC 9260, 3: the common header, chunks. */
enum {
    AT_PORT = 2,
    AT_TAG = 4,
    AT_CHECKSUM = 8,
    HEADER = 12,
    CHUNK = 4,
    INIT = 1,
    INIT_ACK = 2,
    ABORT = 6,
    COOKIE_ECHO = 10,
};

int dia_sctp_paths_init(dia_sctp_paths *paths, const uint8_t key[16], const dia_allocator *alloc)
{
    *paths = (dia_sctp_paths){ .alloc = alloc };
    memcpy(paths->key, key, sizeof paths->key);
    paths->table = dia_alloc0(alloc, PLACES * sizeof *paths->table);
    paths->told = dia_alloc0(alloc, TOLD * sizeof *paths->told);
    if (!paths->table || !paths->told) {
        dia_sctp_paths_done(paths);
        return DIA_ENOMEM;
    }
    for (size_t i = 0; i < PLACES; i++)
        paths->table[i].paths = paths;
    paths->guest.paths = paths;
    return 0;
}

void dia_sctp_paths_done(dia_sctp_paths *paths)
{
    dia_release(paths->alloc, paths->table, PLACES * sizeof *paths->table);
    dia_release(paths->alloc, paths->told, TOLD * sizeof *paths->told);
    *paths = (dia_sctp_paths){ 0 };
}

static uint64_t code(const dia_sctp_paths *paths, const dia_ends *ends, uint32_t tag)
{
    uint8_t sum[16], octets[4];
    dia_siphash h;
    dia_store32(octets, tag);
    dia_siphash_init(&h, paths->key);
    dia_siphash_add(&h, (dia_bytes){ (const uint8_t *)ends, sizeof *ends });
    dia_siphash_add(&h, (dia_bytes){ octets, sizeof octets });
    dia_siphash_end(&h, sum);
    return dia_load64(sum);
}

static bool same(const dia_sctp_path *path, const dia_ends *ends)
{
    return memcmp(&path->ends, ends, sizeof *ends) == 0;
}

dia_sctp_path *dia_sctp_paths_find(const dia_sctp_paths *paths, const dia_ends *ends)
{
    const size_t first = code(paths, ends, 0) % PLACES;
    for (size_t i = 0; i < PROBES; i++) {
        dia_sctp_path *p = &paths->table[(first + i) % PLACES];
        if (p->users && same(p, ends))
            return p;
    }
    return NULL;
}

dia_sctp_path *dia_sctp_paths_take(dia_sctp_paths *paths, const dia_ends *ends)
{
    const size_t first = code(paths, ends, 0) % PLACES;
    dia_sctp_path *free = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        dia_sctp_path *p = &paths->table[(first + i) % PLACES];
        if (p->users && same(p, ends))
            return p;
        if (!p->users && !free)
            free = p;
    }
    if (free)
        free->ends = *ends;
    return free;
}

void dia_sctp_path_hold(dia_sctp_path *path)
{
    path->users++;
}

void dia_sctp_path_drop(dia_sctp_path *path)
{
    assert(path->users);
    path->users--;
}

/* ---- Packets ---- */

uint16_t dia_packet_port(dia_bytes packet)
{
    return dia_load16(packet.p + AT_PORT);
}

/* Has it a chunk of this type? Chunks are padded to four octets; one that lies about its length ends the packet. */
static bool has_chunk(dia_bytes packet, uint8_t type)
{
    for (size_t at = HEADER; packet.n - at >= CHUNK;) {
        const size_t n = dia_load16(packet.p + at + 2);
        if (packet.p[at] == type)
            return true;
        if (n < CHUNK || n + 3 > packet.n - at)
            return false;
        at += (n + 3) & ~(size_t)3;
    }
    return false;
}

static uint64_t *told_place(const dia_sctp_paths *paths, uint32_t tag)
{
    return &paths->told[tag % TOLD];
}

static bool was_told(const dia_sctp_paths *paths, const dia_ends *ends, uint32_t tag)
{
    return *told_place(paths, tag) == code(paths, ends, tag);
}

dia_sctp_path *dia_sctp_paths_admit(dia_sctp_paths *paths, const dia_ends *ends, dia_bytes packet, bool listens)
{
    if (packet.n < DIA_PACKET_MIN)
        return NULL;
    const bool cookie = has_chunk(packet, COOKIE_ECHO);
    if (!cookie && !has_chunk(packet, INIT)) {
        paths->guest.ends = *ends; /* nothing stays of it */
        return &paths->guest;
    }
    if (!listens || (cookie && !was_told(paths, ends, dia_load32(packet.p + AT_TAG))))
        return NULL;
    return dia_sctp_paths_take(paths, ends);
}

/* RFC 9260, 3.3.3: behind the head of the INIT ACK comes the tag that all further packets to us bear. */
void dia_sctp_paths_answered(dia_sctp_paths *paths, const dia_sctp_path *path, dia_bytes packet)
{
    if (packet.n < HEADER + CHUNK + 4 || packet.p[HEADER] != INIT_ACK)
        return;
    const uint32_t tag = dia_load32(packet.p + HEADER + CHUNK);
    *told_place(paths, tag) = code(paths, &path->ends, tag);
}

/* ---- A refusal ---- */

/* RFC 9260, appendix A: CRC32c, reflected. For few octets. */
static uint32_t checksum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        sum ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? UINT32_C(0x82f63b78) : 0);
    }
    return ~sum;
}

dia_bytes dia_packet_refuse(dia_bytes packet, uint8_t to[DIA_PACKET_MIN])
{
    if (packet.n < HEADER + CHUNK + 4 || packet.p[HEADER] != INIT)
        return (dia_bytes){ NULL, 0 };
    memset(to, 0, DIA_PACKET_MIN);
    memcpy(to, packet.p + AT_PORT, 2);
    memcpy(to + AT_PORT, packet.p, 2);
    memcpy(to + AT_TAG, packet.p + HEADER + CHUNK, 4);
    to[HEADER] = ABORT;
    to[HEADER + 3] = CHUNK;
    const uint32_t sum = checksum_of(to, DIA_PACKET_MIN);
    for (int i = 0; i < 4; i++)
        to[AT_CHECKSUM + i] = (uint8_t)(sum >> 8 * i);
    return (dia_bytes){ to, DIA_PACKET_MIN };
}
