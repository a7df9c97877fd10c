/* Paths of SCTP's packets: who shares one, who may have none, and that asking costs nothing. */
#include "loop/paths.h"

#include "harness.h"

#include <sys/socket.h>

enum { FLOOD = 100000 };

static const uint8_t key[16] = "not a secret key";

static dia_ends ends_of(uint32_t number)
{
    dia_ends ends = { .family = AF_INET, .port = (uint16_t)number };
    dia_store32(ends.remote, number);
    return ends;
}

/* A packet with one chunk of four octets behind its head. */
static dia_bytes packet_of(uint8_t *octets, uint32_t tag, uint8_t type, uint32_t inside)
{
    memset(octets, 0, 20);
    dia_store16(octets, 1000);
    dia_store16(octets + 2, 3868);
    dia_store32(octets + 4, tag);
    octets[12] = type;
    dia_store16(octets + 14, 8);
    dia_store32(octets + 16, inside);
    return (dia_bytes){ octets, 20 };
}

enum { DATA = 0, INIT = 1, INIT_ACK = 2, HEARTBEAT = 4, COOKIE_ECHO = 10, AUTH = 15, TAG = 0x12345678 };

static dia_sctp_path *admit(dia_sctp_paths *paths, uint32_t from, uint32_t tag, uint8_t type)
{
    const dia_ends ends = ends_of(from);
    uint8_t octets[20];
    return dia_sctp_paths_admit(paths, &ends, packet_of(octets, tag, type, 0), true);
}

static void answer(dia_sctp_paths *paths, const dia_sctp_path *path, uint32_t tag)
{
    uint8_t octets[20];
    dia_sctp_paths_answered(paths, path, packet_of(octets, 1, INIT_ACK, tag));
}

static void associations_of_the_same_ends_share_a_path(void)
{
    dia_sctp_paths paths = { 0 };
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    const dia_ends one = ends_of(1), two = ends_of(2);
    dia_sctp_path *a = dia_sctp_paths_take(&paths, &one);
    dia_sctp_path_hold(a);
    need(dia_sctp_paths_take(&paths, &one) == a);
    need(dia_sctp_paths_find(&paths, &one) == a);
    dia_sctp_path *b = dia_sctp_paths_take(&paths, &two);
    need(b && b != a);
    need(dia_sctp_paths_find(&paths, &two) == NULL);
    dia_sctp_path_hold(a);
    dia_sctp_path_drop(a);
    need(dia_sctp_paths_find(&paths, &one) == a);
    dia_sctp_path_drop(a);
    need(dia_sctp_paths_find(&paths, &one) == NULL);
done:
    dia_sctp_paths_done(&paths);
}

static void cookie_counts_only_over_the_path_that_it_was_told(void)
{
    dia_sctp_paths paths = { 0 };
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    dia_sctp_path *path = admit(&paths, 7, 0, INIT);
    need(path && path != &paths.guest);
    answer(&paths, path, TAG);
    need(admit(&paths, 7, TAG, COOKIE_ECHO) == path);
    need(admit(&paths, 8, TAG, COOKIE_ECHO) == NULL);
    need(admit(&paths, 7, TAG + 1, COOKIE_ECHO) == NULL);
    need(admit(&paths, 9, 0, COOKIE_ECHO) == NULL);
done:
    dia_sctp_paths_done(&paths);
}

static void cookie_behind_another_chunk_is_found(void)
{
    dia_sctp_paths paths = { 0 };
    uint8_t octets[40];
    const dia_ends ends = ends_of(5);
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    packet_of(octets, TAG, AUTH, 0);
    octets[15] = 7; /* and an octet of padding */
    memset(octets + 20, 0, 8);
    octets[20] = COOKIE_ECHO;
    octets[23] = 8;
    need(dia_sctp_paths_admit(&paths, &ends, (dia_bytes){ octets, 28 }, true) == NULL);
    octets[15] = 200; /* lies about its length: what is behind it is not looked at by anybody */
    need(dia_sctp_paths_admit(&paths, &ends, (dia_bytes){ octets, 28 }, true) == &paths.guest);
    need(dia_sctp_paths_find(&paths, &ends) == NULL);
done:
    dia_sctp_paths_done(&paths);
}

static void strangers_are_guests(void)
{
    static const struct {
        const char *name;
        size_t n;
        uint8_t type;
        bool listens, is_guest;
    } rows[] = {
        { "INIT where nobody listens", 20, INIT, false, false },
        { "cookie where nobody listens", 20, COOKIE_ECHO, false, false },
        { "data of an association of before", 20, DATA, true, true },
        { "heartbeat of an association of before", 20, HEARTBEAT, true, true },
        { "a packet without a chunk", 15, INIT, true, false },
        { "nothing", 0, INIT, true, false },
    };
    dia_sctp_paths paths = { 0 };
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t octets[20];
        const dia_ends ends = ends_of(3);
        harness_row(rows[i].name);
        packet_of(octets, TAG, rows[i].type, 0);
        const dia_sctp_path *path =
            dia_sctp_paths_admit(&paths, &ends, (dia_bytes){ octets, rows[i].n }, rows[i].listens);
        need(path == (rows[i].is_guest ? &paths.guest : NULL));
        need(!path || memcmp(&path->ends, &ends, sizeof ends) == 0);
    }
done:
    dia_sctp_paths_done(&paths);
}

/* Whoever is in the middle of it meanwhile gets through. */
static void flood_takes_no_memory_and_no_path(void)
{
    dia_sctp_paths paths = { 0 };
    unsigned through = 0;
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    const dia_ends held = ends_of(1);
    dia_sctp_path *mine = dia_sctp_paths_take(&paths, &held);
    dia_sctp_path_hold(mine);
    for (uint32_t i = 2; i < FLOOD; i++) {
        dia_sctp_path *path = admit(&paths, i, 0, INIT);
        need(path && path != mine && !path->users);
        answer(&paths, path, i * UINT32_C(2654435761));
        need(memcmp(&mine->ends, &held, sizeof held) == 0);
    }
    for (uint32_t i = FLOOD - 1000; i < FLOOD; i++)
        through += admit(&paths, i, i * UINT32_C(2654435761), COOKIE_ECHO) != NULL;
    need(through > 900);
done:
    dia_sctp_paths_done(&paths);
}

static void table_that_is_full_says_so(void)
{
    dia_sctp_paths paths = { 0 };
    uint32_t taken = 0;
    need_int(dia_sctp_paths_init(&paths, key, harness_allocator()), 0);
    for (uint32_t i = 1; i < FLOOD; i++) {
        const dia_ends ends = ends_of(i);
        dia_sctp_path *path = dia_sctp_paths_take(&paths, &ends);
        if (path && ++taken)
            dia_sctp_path_hold(path);
    }
    need(taken > 10000 && taken <= 16384);
    need(admit(&paths, FLOOD, 0, INIT) == NULL);
done:
    dia_sctp_paths_done(&paths);
}

static void init_where_nobody_listens_is_refused(void)
{
    uint8_t octets[20], answer[DIA_PACKET_MIN], buf[16];
    const dia_bytes init = packet_of(octets, 0, INIT, TAG);
    need_bytes(dia_packet_refuse(init, answer), harness_hex("0f1c 03e8 12345678 06694480 06 00 0004", buf, sizeof buf));
    need(!dia_packet_refuse(packet_of(octets, 0, DATA, TAG), answer).n);
    need(!dia_packet_refuse((dia_bytes){ init.p, 19 }, answer).n);
done:;
}

static const struct harness_test tests[] = {
    { "associations_of_the_same_ends_share_a_path", associations_of_the_same_ends_share_a_path },
    { "cookie_counts_only_over_the_path_that_it_was_told", cookie_counts_only_over_the_path_that_it_was_told },
    { "cookie_behind_another_chunk_is_found", cookie_behind_another_chunk_is_found },
    { "strangers_are_guests", strangers_are_guests },
    { "init_where_nobody_listens_is_refused", init_where_nobody_listens_is_refused },
    { "flood_takes_no_memory_and_no_path", flood_takes_no_memory_and_no_path },
    { "table_that_is_full_says_so", table_that_is_full_says_so },
};

int main(void)
{
    return HARNESS_RUN("loop/paths", tests);
}
