/* Octets -> JSON, in one pass, without a tree and without memory. */
#include "json/json.h"

#include <math.h>

enum { INDENT_MAX = 16, SESSION_ID = 263 };

typedef struct printer {
    dia_sink sink;
    const dia_dicts *dicts;
    uint32_t application;
    int indent; /* 0: one line, no blanks */
    bool redact;
} printer;

/* ---- The frame ---- */

static void put(printer *p, const char *text)
{
    dia_sink_put(&p->sink, text);
}

static void put_quoted(printer *p, const char *text)
{
    dia_sink_quoted(&p->sink, dia_cstr(text));
}

static void put_number(printer *p, uint64_t number)
{
    dia_sink_u64(&p->sink, number);
}

static void put_hex(printer *p, dia_bytes octets)
{
    put(p, "\"");
    dia_sink_hex(&p->sink, octets);
    put(p, "\"");
}

static void break_line(printer *p, int level)
{
    if (!p->indent)
        return;
    put(p, "\n");
    dia_sink_blanks(&p->sink, (size_t)p->indent * (size_t)level);
}

static void put_comma(printer *p)
{
    put(p, p->indent ? ", " : ",");
}

/* The name of a member; they are ours and need no escapes. */
static void put_key(printer *p, const char *name)
{
    put(p, "\"");
    put(p, name);
    put(p, p->indent ? "\": " : "\":");
}

static void put_wrapped(printer *p, const char *name, dia_bytes octets)
{
    put(p, "{");
    put_key(p, name);
    put_hex(p, octets);
    put(p, "}");
}

/* ["R", "P", 1]: letters from the highest bit on, numbers for the bits behind them. */
static void put_flags(printer *p, uint8_t flags, const char *letters)
{
    const size_t n = strlen(letters);
    bool comma = false;
    put(p, "[");
    for (size_t i = 0; i < 8; i++) {
        const uint8_t bit = (uint8_t)(0x80 >> i);
        if (!(flags & bit))
            continue;
        if (comma)
            put_comma(p);
        if (i < n)
            put_quoted(p, (const char[2]){ letters[i], '\0' });
        else
            put_number(p, bit);
        comma = true;
    }
    put(p, "]");
}

/* ---- Values ---- */

static void put_enumerated(printer *p, const dia_avp_def *avp, int32_t value)
{
    const char *name = dia_show_value(avp, value);
    if (name)
        put_quoted(p, name);
    else
        dia_sink_i64(&p->sink, value);
}

/* In a string, as many programs would round the number. */
static void put_long(printer *p, uint64_t bits, bool is_signed)
{
    put(p, "\"");
    if (is_signed)
        dia_sink_i64(&p->sink, (int64_t)bits);
    else
        put_number(p, bits);
    put(p, "\"");
}

/* A number but NaN, infinity and -0, which JSON lacks or programs lose. */
static void put_real(printer *p, double value, bool single, dia_bytes bits)
{
    char text[DIA_REAL_MAX];
    if ((value == 0 && signbit(value)) || !dia_show_real(value, single, text))
        put_wrapped(p, "bits", bits);
    else
        put(p, text);
}

/* As text where it is printable ASCII. */
static bool put_octet_string(printer *p, dia_bytes data)
{
    for (size_t i = 0; i < data.n; i++)
        if (data.p[i] < 0x20 || data.p[i] > 0x7e)
            return false;
    dia_sink_quoted(&p->sink, data);
    return true;
}

static bool put_shown(printer *p, const char *text, size_t n)
{
    if (n)
        put_quoted(p, text);
    return n > 0;
}

/* False: the octets are no value of the type, or no text leads back to them. */
static bool put_typed(printer *p, const dia_avp_def *avp, dia_bytes data)
{
    char shown[DIA_SHOWN_MAX];
    switch ((dia_type)avp->type) {
    case DIA_TYPE_ENUMERATED:
        if (data.n == 4)
            put_enumerated(p, avp, (int32_t)dia_load32(data.p));
        return data.n == 4;
    case DIA_TYPE_INTEGER32:
        if (data.n == 4)
            dia_sink_i64(&p->sink, (int32_t)dia_load32(data.p));
        return data.n == 4;
    case DIA_TYPE_UNSIGNED32: /* a number also where its values have names: programs compare Result-Codes */
        if (data.n == 4)
            put_number(p, dia_load32(data.p));
        return data.n == 4;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
        if (data.n == 8)
            put_long(p, dia_load64(data.p), avp->type == DIA_TYPE_INTEGER64);
        return data.n == 8;
    case DIA_TYPE_FLOAT32:
        if (data.n == 4)
            put_real(p, (double)dia_f32_of_bits(dia_load32(data.p)), true, data);
        return data.n == 4;
    case DIA_TYPE_FLOAT64:
        if (data.n == 8)
            put_real(p, dia_f64_of_bits(dia_load64(data.p)), false, data);
        return data.n == 8;
    case DIA_TYPE_ADDRESS: return put_shown(p, shown, dia_show_address(data, shown));
    case DIA_TYPE_TIME: return put_shown(p, shown, dia_show_time(data, shown));
    case DIA_TYPE_GROUPED: return false;
    case DIA_TYPE_OCTET_STRING: return put_octet_string(p, data);
    default:
        if (!dia_utf8_valid(data))
            return false;
        dia_sink_quoted(&p->sink, data);
        return true;
    }
}

/* ---- AVPs ---- */

static dia_avps put_avps(printer *p, dia_bytes avps, int depth);

/* What stands for the octets of a value, or of what cannot be looked into, where names of subscribers are left out. */
static void put_dots(printer *p)
{
    put(p, "\"...\"");
}

static void put_group(printer *p, dia_bytes data, int depth)
{
    if (depth < DIA_NESTING_MAX && dia_is_avps(data))
        put_avps(p, data, depth + 1);
    else if (p->redact)
        put_dots(p);
    else
        put_wrapped(p, "hex", data);
}

static bool is_session_id(const dia_avp *avp)
{
    return avp->code == SESSION_ID && !avp->vendor;
}

static void put_value(printer *p, const dia_avp *avp, const dia_avp_def *def, int depth)
{
    if (p->redact && def && is_session_id(avp)) {
        dia_sink_session_id(&p->sink, avp->data);
    } else if (p->redact && dia_is_private(avp->code, avp->vendor, def)) {
        put_dots(p);
    } else if (def && def->type == DIA_TYPE_GROUPED) {
        put_group(p, avp->data, depth);
    } else if (!(def ? put_typed(p, def, avp->data) : put_octet_string(p, avp->data))) {
        if (p->redact && def && def->type != DIA_TYPE_OCTET_STRING)
            put_dots(p);
        else
            put_wrapped(p, "hex", avp->data);
    }
}

/* The octets behind the value. Is it as many zeros as it takes? */
static bool is_usual_padding(const dia_avp *avp, dia_bytes *padding)
{
    const uint8_t *from = avp->data.p + avp->data.n;
    uint8_t any = 0;
    *padding = (dia_bytes){ from, (size_t)(avp->octets.p + avp->octets.n - from) };
    for (size_t i = 0; i < padding->n; i++)
        any |= padding->p[i];
    return !any && (avp->data.n + padding->n) % 4 == 0;
}

static void put_avp(printer *p, const dia_avp *avp, int depth)
{
    const dia_avp_def *def = dia_dicts_avp(p->dicts, p->application, avp->code, avp->vendor);
    dia_bytes padding;
    put(p, "{");
    if (def) {
        put_key(p, "name");
        put_quoted(p, def->name);
        put_comma(p);
    }
    put_key(p, "code");
    put_number(p, avp->code);
    if (avp->vendor) {
        put_comma(p);
        put_key(p, "vendor");
        put_number(p, avp->vendor);
    }
    if (!def || avp->flags != def->flags) {
        put_comma(p);
        put_key(p, "flags");
        put_flags(p, avp->flags, "VMP");
    }
    put_comma(p);
    put_key(p, "value");
    put_value(p, avp, def, depth);
    if (!is_usual_padding(avp, &padding)) {
        put_comma(p);
        put_key(p, "padding");
        put_hex(p, padding);
    }
    put(p, "}");
}

/* An array, one AVP a line. Gives the cursor, whose error says what was no AVP. */
static dia_avps put_avps(printer *p, dia_bytes avps, int depth)
{
    dia_avps it = dia_avps_in(avps);
    bool comma = false;
    put(p, "[");
    for (; dia_avp_next(&it); comma = true) {
        if (comma)
            put(p, ",");
        break_line(p, depth + 2);
        put_avp(p, &it.avp, depth);
    }
    if (comma)
        break_line(p, depth + 1);
    put(p, "]");
    return it;
}

/* ---- Messages ---- */

static void put_member(printer *p, const char *name)
{
    put(p, ",");
    break_line(p, 1);
    put_key(p, name);
}

static void put_header(printer *p, const dia_header *h, size_t n)
{
    const dia_command *command = dia_dicts_command(p->dicts, h->application, h->command, h->flags & DIA_FLAG_REQUEST);
    break_line(p, 1);
    put_key(p, "version");
    put_number(p, h->version);
    if (command) {
        put_member(p, "command");
        put_quoted(p, command->name);
    }
    put_member(p, "code");
    put_number(p, h->command);
    if (h->length != n) {
        put_member(p, "length");
        put_number(p, h->length);
    }
    put_member(p, "flags");
    put_flags(p, h->flags, "RPET");
    put_member(p, "application");
    put_number(p, h->application);
    put_member(p, "hop_by_hop");
    put_number(p, h->hop_by_hop);
    put_member(p, "end_to_end");
    put_number(p, h->end_to_end);
}

int64_t dia_json_print(const dia_dicts *dicts, dia_bytes message, const dia_json_options *options, char *to,
                       size_t size, size_t *needed)
{
    dia_header h;
    if (dia_header_read(message, &h) != 0)
        return DIA_EFORMAT;
    printer p = { .dicts = dicts, .application = h.application };
    if (options) {
        p.indent = options->indent < 0 ? 0 : options->indent > INDENT_MAX ? INDENT_MAX : options->indent;
        p.redact = options->redact;
    }
    dia_sink_init(&p.sink, to, size);
    put(&p, "{");
    put_header(&p, &h, message.n);
    put_member(&p, "avps");
    const dia_avps it = put_avps(&p, (dia_bytes){ message.p + DIA_HEADER_SIZE, message.n - DIA_HEADER_SIZE }, 0);
    if (it.err) {
        put_member(&p, "rest");
        if (p.redact)
            put_dots(&p);
        else
            put_hex(&p, (dia_bytes){ it.where, (size_t)(it.end - it.where) });
    }
    break_line(&p, 0);
    put(&p, "}");
    return dia_sink_end(&p.sink, needed);
}
