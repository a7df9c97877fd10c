/* Framing and headers: a stream arriving in pieces is cut as it is when it arrives at once. */
#include "fuzz.h"

#include "wire/wire.h"

static void check_header(dia_bytes message)
{
    dia_header h;
    uint8_t copy[DIA_HEADER_SIZE];
    must(dia_header_read(message, &h) == 0);
    dia_header_write(&h, copy);
    must(memcmp(copy, message.p, sizeof copy) == 0);
}

/* The first octet chooses the limit, the second the size of the pieces; the rest is the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const size_t max = data[0] ? 4u * data[0] : 0;
    const size_t piece = data[1] ? data[1] : 1;
    data += 2;
    size -= 2;
    size_t at = 0, at_of_pieces = 0, have = 0;
    for (;;) {
        const int64_t whole = dia_frame_cut((dia_bytes){ data + at, size - at }, max);
        must(whole == 0 || whole == DIA_EFORMAT || whole == DIA_ESPACE || whole >= DIA_HEADER_SIZE);
        must(whole <= (int64_t)(size - at));
        must(!max || whole <= (int64_t)max);
        must(whole < 0 || whole % 4 == 0);
        int64_t part;
        while ((part = dia_frame_cut((dia_bytes){ data + at_of_pieces, have - at_of_pieces }, max)) == 0 && have < size)
            have = size - have < piece ? size : have + piece;
        must(part == whole);
        if (whole <= 0)
            return 0;
        check_header((dia_bytes){ data + at, (size_t)whole });
        at += (size_t)whole;
        at_of_pieces = at;
        if (have < at)
            have = at;
    }
}
