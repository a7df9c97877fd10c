/* The wire room's door: Diameter as octets, with what the rooms above need beside the public header.
 *
 * takes      octets of messages, AVPs, and texts of the derived types
 * gives      cuts, headers, AVP cursors, a builder, checked and printed values
 * owns       nothing: views of the caller's octets, results in the caller's structs
 * may use    base
 * never sees a dictionary, a peer, an allocator
 * tests      tests/wire; fuzz/frame.c avp.c uri.c filter.c */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/base.h"
#include "diatom/wire.h"

/* ---- The header in place ---- */

/* Where the fields stand in a message, for edits without taking it apart. */
enum {
    DIA_AT_LENGTH = 1,
    DIA_AT_FLAGS = 4,
    DIA_AT_COMMAND = 5,
    DIA_AT_APPLICATION = 8,
    DIA_AT_HOP_BY_HOP = 12,
    DIA_AT_END_TO_END = 16
};

enum { DIA_LENGTH_MAX = 0xffffff }; /* what 24 bits hold, of an AVP */
enum { DIA_MESSAGE_MAX = DIA_LENGTH_MAX & ~3 };

/* ---- Reading ---- */

/* Steps if a sound AVP with a value and all of its padding comes next, as nearly all do. */
static inline bool dia_avp_cut(dia_avps *it)
{
    const uint8_t *p = it->at;
    const ptrdiff_t spare = it->end - p - 12;
    if (spare < 0)
        return false;
    const uint32_t word = dia_load32(p + 4);
    const size_t length = word & DIA_LENGTH_MAX;
    const size_t padded = (word + 3) & DIA_MESSAGE_MAX;
    /* One comparison for both ends: lengths up to 8 wrap around, as the three longest do above. */
    if (padded - 12 > (size_t)spare)
        return false;
    it->avp.flags = (uint8_t)(word >> 24);
    if (word >> 31) {
        if (length < 12)
            return false;
        it->avp.vendor = dia_load32(p + 8);
        it->avp.data.p = p + 12;
        it->avp.data.n = length - 12;
    } else {
        it->avp.vendor = 0;
        it->avp.data.p = p + 8;
        it->avp.data.n = length - 8;
    }
    it->avp.code = dia_load32(p);
    it->avp.octets.p = p;
    it->avp.octets.n = padded;
    it->at = p + padded;
    return true;
}

/* The rest of dia_avp_next(): the end, empty values, AVPs that lack padding, all that is malformed. An error moves `at`
 * to the end, so that the way through needs no look at `err`. */
bool dia_avp_edge(dia_avps *it);

/* dia_avp_next() inline. The copy keeps the cursor's address at home: where the loop does not give it away, the cursor
 * lives in registers. */
static inline bool dia_avp_step(dia_avps *it)
{
    if (dia_avp_cut(it))
        return true;
    if (it->at == it->end)
        return false;
    dia_avps away = { .at = it->at, .end = it->end, .err = it->err, .where = it->where };
    const bool more = dia_avp_edge(&away);
    *it = away;
    return more;
}

/* ---- Writing ---- */

/* Appends an AVP whose value has n octets and returns where the caller writes them; the padding is done. NULL when it
 * does not fit or after an error: then the builder only counts. */
uint8_t *dia_put_room(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, size_t n);

/* ---- Text ---- */

/* An IPv4 or IPv6 address in its usual text forms. 4 or 16: the octets written to `to`; DIA_EFORMAT. */
int dia_ip_parse(dia_bytes text, uint8_t to[16]);

enum { DIA_IP_TEXT_MAX = 46 }; /* with NUL */

/* The form that RFC 5952 recommends, NUL-terminated; n is 4 or 16. The length without NUL. */
int dia_ip_print(const uint8_t *octets, size_t n, char to[DIA_IP_TEXT_MAX]);

/* Patterns of names: "a.example.net"; "*.example.net", what is below it; "*", all. */
bool dia_name_pattern_valid(dia_bytes pattern);
bool dia_name_pattern_matches(dia_bytes pattern, dia_bytes name);

#endif
