/* Framing: what a stream is cut into, and what it is not. */
#include "wire/wire.h"

#include "harness.h"

static void length_decides(void) /* B3-03 */
{
    static const struct {
        const char *name, *hex; /* filled up with zeros to `n` octets */
        size_t n, max;
        int64_t want;
    } rows[] = {
        { "nothing", "", 0, 0, 0 },
        { "three octets", "01 00 00", 3, 0, 0 },
        { "length known, rest missing", "01 000014", 4, 0, 0 },
        { "header but for one octet", "01 000014", 19, 0, 0 },
        { "header alone", "01 000014", 20, 0, 20 },
        { "header and more", "01 000014", 50, 0, 20 },
        { "a longer one, one octet short", "01 000040", 63, 0, 0 },
        { "a longer one", "01 000040", 64, 0, 64 },
        { "length 0", "01 000000", 4, 0, DIA_EFORMAT },
        { "length 12", "01 00000c", 20, 0, DIA_EFORMAT },
        { "length 16", "01 000010", 4, 0, DIA_EFORMAT },
        { "length 19", "01 000013", 20, 0, DIA_EFORMAT },
        { "length 21", "01 000015", 40, 0, DIA_EFORMAT },
        { "length 22", "01 000016", 40, 0, DIA_EFORMAT },
        { "length 23", "01 000017", 4, 0, DIA_EFORMAT },
        { "longest length, all of it announced only", "01 fffffc", 4, 0, 0 },
        { "length of 24 ones", "01 ffffff", 4, 0, DIA_EFORMAT },
        { "at the limit", "01 000040", 64, 64, 64 },
        { "above the limit, complete", "01 000044", 100, 64, DIA_ESPACE },
        { "above the limit, not waited for", "01 000044", 4, 64, DIA_ESPACE },
        { "limit below a header", "01 000014", 20, 19, DIA_ESPACE },
        { "version 2 is cut as well", "02 000014", 20, 0, 20 },
        { "version 0 is cut as well", "00 000014", 20, 0, 20 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[128] = { 0 };
        harness_row(rows[i].name);
        harness_hex(rows[i].hex, buf, sizeof buf);
        check_int(dia_frame_cut((dia_bytes){ buf, rows[i].n }, rows[i].max), rows[i].want);
    }
}

static void absent_octets_are_not_complete(void)
{
    check_int(dia_frame_cut((dia_bytes){ NULL, 0 }, 0), 0);
}

static void longest_message_is_16_mib_minus_4(void)
{
    static uint8_t buf[(1 << 24) - 4] = { 1, 0xff, 0xff, 0xfc };
    check_int(dia_frame_cut((dia_bytes){ buf, sizeof buf - 1 }, 0), 0);
    check_int(dia_frame_cut((dia_bytes){ buf, sizeof buf }, 0), sizeof buf);
    check_int(dia_frame_cut((dia_bytes){ buf, sizeof buf }, SIZE_MAX), sizeof buf);
}

/* A stream of messages of these lengths, each filled with its number. */
static const uint32_t lengths[] = { 20, 28, 20, 64, 24, 100 };
enum { COUNT = sizeof lengths / sizeof *lengths };

static size_t make_stream(uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < COUNT; i++) {
        memset(to + n, (int)i, lengths[i]);
        to[n] = 1;
        dia_store24(to + n + DIA_AT_LENGTH, lengths[i]);
        n += lengths[i];
    }
    return n;
}

static void stream_cut_at_every_split_gives_the_same_messages(void)
{
    uint8_t stream[256];
    const size_t size = make_stream(stream);
    for (size_t split = 0; split <= size; split++) {
        size_t at = 0, have = split, message = 0;
        for (;;) {
            const int64_t n = dia_frame_cut((dia_bytes){ stream + at, have - at }, 0);
            check(n >= 0);
            if (n > 0) {
                check_int(n, lengths[message]);
                check_int(stream[at + 4], message);
                message++;
                at += (size_t)n;
            } else if (have < size) {
                have = size; /* the rest arrives */
            } else {
                break;
            }
        }
        check_int(message, COUNT);
        check_int(at, size);
    }
}

static void stream_arriving_octet_by_octet_is_cut(void)
{
    uint8_t stream[256];
    const size_t size = make_stream(stream);
    size_t at = 0, message = 0;
    for (size_t have = 1; have <= size; have++) {
        const int64_t n = dia_frame_cut((dia_bytes){ stream + at, have - at }, 0);
        check(n >= 0);
        if (n == 0)
            continue;
        check_int(n, lengths[message++]);
        at += (size_t)n;
        check_int(at, have);
    }
    check_int(message, COUNT);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "length_decides", length_decides },
        { "absent_octets_are_not_complete", absent_octets_are_not_complete },
        { "longest_message_is_16_mib_minus_4", longest_message_is_16_mib_minus_4 },
        { "stream_cut_at_every_split_gives_the_same_messages", stream_cut_at_every_split_gives_the_same_messages },
        { "stream_arriving_octet_by_octet_is_cut", stream_arriving_octet_by_octet_is_cut },
    };
    return HARNESS_RUN("wire/frame", tests);
}
