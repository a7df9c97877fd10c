/* The Diameter header: 20 octets to a struct and back (RFC 6733, 3). */
#include "wire/wire.h"

int dia_header_read(dia_bytes octets, dia_header *out)
{
    if (octets.n < DIA_HEADER_SIZE)
        return DIA_ETRUNC;
    const uint8_t *p = octets.p;
    *out = (dia_header){
        .version = p[0],
        .flags = p[DIA_AT_FLAGS],
        .length = dia_load24(p + DIA_AT_LENGTH),
        .command = dia_load24(p + DIA_AT_COMMAND),
        .application = dia_load32(p + DIA_AT_APPLICATION),
        .hop_by_hop = dia_load32(p + DIA_AT_HOP_BY_HOP),
        .end_to_end = dia_load32(p + DIA_AT_END_TO_END),
    };
    return 0;
}

void dia_header_write(const dia_header *header, uint8_t *to)
{
    to[0] = header->version;
    dia_store24(to + DIA_AT_LENGTH, header->length);
    to[DIA_AT_FLAGS] = header->flags;
    dia_store24(to + DIA_AT_COMMAND, header->command);
    dia_store32(to + DIA_AT_APPLICATION, header->application);
    dia_store32(to + DIA_AT_HOP_BY_HOP, header->hop_by_hop);
    dia_store32(to + DIA_AT_END_TO_END, header->end_to_end);
}

int64_t dia_message_copy(dia_bytes message, const dia_header *ids, void *buf, size_t cap)
{
    uint8_t *to = buf;
    if (message.n < DIA_HEADER_SIZE)
        return DIA_ETRUNC;
    if (message.n > cap)
        return DIA_ESPACE;
    memmove(to, message.p, message.n);
    dia_store32(to + DIA_AT_HOP_BY_HOP, ids->hop_by_hop);
    dia_store32(to + DIA_AT_END_TO_END, ids->end_to_end);
    return (int64_t)message.n;
}
