/* A mistake of the peer as octets: Failed-AVP with the one bad AVP inside its groups (RFC 6733, 7.1.5 and 7.5). */
#include "dict/fault.h"

#include <stdarg.h>
#include <stdio.h>

size_t dia_type_least(uint8_t type)
{
    static const uint8_t least[DIA_TYPES] = {
        [DIA_TYPE_INTEGER32] = 4,  [DIA_TYPE_INTEGER64] = 8, [DIA_TYPE_UNSIGNED32] = 4,
        [DIA_TYPE_UNSIGNED64] = 8, [DIA_TYPE_FLOAT32] = 4,   [DIA_TYPE_FLOAT64] = 8,
        [DIA_TYPE_ENUMERATED] = 4, [DIA_TYPE_ADDRESS] = 2,   [DIA_TYPE_TIME] = 4,
    };
    return type < DIA_TYPES ? least[type] : 0;
}

static void put_required(dia_builder *b, const dia_grammar *grammar)
{
    for (size_t i = 0; i < grammar->n_fields; i++)
        for (unsigned times = grammar->fields[i].min; times && !b->err; times--)
            dia_put_minimum(b, grammar->fields[i].avp);
}

void dia_put_minimum(dia_builder *b, const dia_avp_def *avp)
{
    static const uint8_t zeros[8];
    if (avp->type != DIA_TYPE_GROUPED) {
        dia_put_bytes(b, avp->code, avp->vendor, avp->flags, (dia_bytes){ zeros, dia_type_least(avp->type) });
        return;
    }
    dia_put_group(b, avp->code, avp->vendor, avp->flags);
    if (avp->group)
        put_required(b, avp->group);
    dia_put_group_end(b);
}

static size_t header_size(const uint8_t *avp)
{
    return avp[4] & DIA_AVP_V ? 12 : 8;
}

/* Takes the place of the fault so far: room in the arena for a bad AVP of n octets, behind the headers of the groups
 * around it, which are written already. Where the AVP goes; NULL when the arena is used up. */
static uint8_t *wrap(dia_fault *fault, dia_arena *arena, const dia_trail *at, size_t n)
{
    const size_t padded = (n + 3) & ~(size_t)3;
    size_t total = padded;
    for (const dia_trail *t = at; t->header; t = t->out)
        total += header_size(t->header);
    uint8_t *octets = dia_arena_get0(arena, total);
    if (!octets)
        return NULL;
    uint8_t *inner = octets + total - padded;
    uint8_t *p = inner;
    for (const dia_trail *t = at; t->header; t = t->out) {
        p -= header_size(t->header);
        memcpy(p, t->header, header_size(t->header));
        dia_store24(p + 5, (uint32_t)(octets + total - p));
    }
    fault->failed_avp = (dia_bytes){ octets, total };
    return inner;
}

static void say(dia_fault *fault, uint32_t code, const char *text, va_list args)
{
    fault->result_code = code;
    fault->failed_avp = (dia_bytes){ NULL, 0 };
    dia_sentence_list(fault->text, sizeof fault->text, text, args);
}

void dia_fault_avp(dia_fault *fault, dia_arena *arena, const dia_trail *at, uint32_t code, dia_bytes avp,
                   const char *text, ...)
{
    if (!dia_fault_yields(fault, code))
        return;
    va_list args;
    va_start(args, text);
    say(fault, code, text, args);
    va_end(args);
    uint8_t *p = wrap(fault, arena, at, avp.n);
    if (p)
        memcpy(p, avp.p, avp.n);
}

void dia_fault_length(dia_fault *fault, dia_arena *arena, const dia_trail *at, dia_bytes octets, size_t least,
                      const char *text, ...)
{
    if (!dia_fault_yields(fault, INVALID_AVP_LENGTH))
        return;
    va_list args;
    va_start(args, text);
    say(fault, INVALID_AVP_LENGTH, text, args);
    va_end(args);
    uint8_t header[12] = { 0 };
    memcpy(header, octets.p, octets.n < sizeof header ? octets.n : sizeof header);
    const size_t head = header_size(header);
    dia_store24(header + 5, (uint32_t)(head + least));
    uint8_t *p = wrap(fault, arena, at, head + least);
    if (p)
        memcpy(p, header, head);
}

void dia_fault_missing(dia_fault *fault, dia_arena *arena, const dia_trail *at, const dia_avp_def *avp)
{
    if (!dia_fault_yields(fault, MISSING_AVP))
        return;
    const char *name = avp ? avp->name : "any other AVP";
    fault->result_code = MISSING_AVP;
    fault->failed_avp = (dia_bytes){ NULL, 0 };
    if (at->header)
        dia_sentence(fault->text, sizeof fault->text, "missing %s in %s", name, at->grammar->name);
    else
        dia_sentence(fault->text, sizeof fault->text, "missing %s", name);
    if (!avp)
        return;
    dia_builder b;
    dia_build_begin_avps(&b, NULL, 0);
    dia_put_minimum(&b, avp);
    if (b.err)
        return;
    const size_t n = b.n;
    uint8_t *p = wrap(fault, arena, at, n);
    if (!p)
        return;
    dia_build_begin_avps(&b, p, n);
    dia_put_minimum(&b, avp);
}

void dia_fault_depth(dia_fault *fault, dia_arena *arena, const dia_trail *at, dia_bytes avp)
{
    dia_bytes outermost = avp;
    while (at->header) {
        outermost = (dia_bytes){ at->header, header_size(at->header) };
        at = at->out;
    }
    dia_fault_length(fault, arena, at, outermost, 0, "groups are nested deeper than %d", DIA_NESTING_MAX);
}
