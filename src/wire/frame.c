/* Framing: where a message ends in a stream of octets. */
#include "wire/wire.h"

int64_t dia_frame_cut(dia_bytes octets, size_t max_message)
{
    if (octets.n < DIA_AT_FLAGS)
        return 0;
    const uint32_t length = dia_load24(octets.p + DIA_AT_LENGTH);
    /* Judged before the rest is there: nobody shall make us wait for, or store, what we refuse. */
    if (length < DIA_HEADER_SIZE || length % 4)
        return DIA_EFORMAT;
    if (length > (max_message ? max_message : DIA_MESSAGE_MAX))
        return DIA_ESPACE;
    return length <= octets.n ? (int64_t)length : 0;
}
