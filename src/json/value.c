/* One value of JSON -> the octets of a data type. */
#include "json/reader.h"

#include <math.h>

/* ---- Integers ---- */

/* A number; the name of a value; for 64 bits also digits in a string, which come before any name. */
static bool read_integer(const json_t *v, const dia_avp_def *avp, dia_integer *out)
{
    int64_t named;
    if (json_is_integer(v)) {
        *out = dia_integer_of(json_integer_value(v));
        return true;
    }
    if (!json_is_string(v))
        return false;
    if (dia_is_long((dia_type)avp->type) && dia_integer_parse(dia_json_text(v), out))
        return true;
    if (dia_avp_def_value(avp, dia_json_text(v), &named) != 0)
        return false;
    *out = dia_integer_of(named);
    return true;
}

static void wants_integer(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *v)
{
    const char *range = dia_integer_range((dia_type)avp->type);
    const char *also = dia_is_long((dia_type)avp->type) ? ", or a string of its digits" : "";
    if (avp->n_values && json_is_string(v))
        dia_json_fail(r, at, "%s has no value \"%.40s\"; wants a name of one, or %s%s", avp->name, json_string_value(v),
                      range, also);
    else
        dia_json_fail(r, at, "wants %s%s%s", range, also, avp->n_values ? ", or the name of a value" : "");
}

static void put_integer(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *v)
{
    dia_integer i;
    if (!read_integer(v, avp, &i) || !dia_integer_fits(i, (dia_type)avp->type)) {
        wants_integer(r, at, avp, v);
        return;
    }
    if (dia_is_long((dia_type)avp->type))
        dia_json_put_u32(r, (uint32_t)(i.bits >> 32));
    dia_json_put_u32(r, (uint32_t)i.bits);
}

/* ---- Floats ---- */

static void put_float32(dia_json_reader *r, const dia_json_place *at, const json_t *v)
{
    const float value = (float)json_number_value(v);
    if (!json_is_number(v))
        dia_json_fail(r, at, "wants a number, or {\"bits\": \"8 hex digits\"}");
    else if (!isfinite(value))
        dia_json_fail(r, at, "is beyond the range of Float32");
    else
        dia_json_put_u32(r, dia_bits_of_f32(value));
}

static void put_float64(dia_json_reader *r, const dia_json_place *at, const json_t *v)
{
    if (!json_is_number(v)) {
        dia_json_fail(r, at, "wants a number, or {\"bits\": \"16 hex digits\"}");
        return;
    }
    const uint64_t bits = dia_bits_of_f64(json_number_value(v));
    dia_json_put_u32(r, (uint32_t)(bits >> 32));
    dia_json_put_u32(r, (uint32_t)bits);
}

static void put_bits(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *bits)
{
    const dia_json_place here = { at, "bits", 0 };
    const size_t digits = avp->type == DIA_TYPE_FLOAT32 ? 8 : 16;
    if (dia_json_text(bits).n != digits)
        dia_json_fail(r, &here, "wants a string of %zu hex digits", digits);
    else
        dia_json_put_hex(r, &here, bits);
}

/* ---- Texts ---- */

static void put_address(dia_json_reader *r, const dia_json_place *at, const json_t *v)
{
    uint8_t store[DIA_SHOWN_MAX];
    dia_address address;
    if (!json_is_string(v) || dia_address_parse(dia_json_text(v), store, sizeof store, &address) != 0) {
        dia_json_fail(r, at,
                      "wants an address like \"192.0.2.1\", \"2001:db8::1\" or \"e164:4912345\", or {\"hex\": ...}");
        return;
    }
    uint8_t *family = dia_json_room(r, 2);
    if (family)
        dia_store16(family, address.family);
    dia_json_put(r, address.value);
}

static void put_time(dia_json_reader *r, const dia_json_place *at, const json_t *v)
{
    int64_t seconds;
    uint32_t ntp;
    if (!json_is_string(v) || dia_time_parse(dia_json_text(v), &seconds) != 0)
        dia_json_fail(r, at, "wants a time like \"2026-01-31T12:00:00Z\", or {\"hex\": ...}");
    else if (dia_time_from_unix(seconds, &ntp) != 0)
        dia_json_fail(r, at, "is no time from 1968-01-20T03:14:08Z to 2104-02-26T09:42:23Z");
    else
        dia_json_put_u32(r, ntp);
}

static void put_text(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *v)
{
    if (json_is_string(v))
        dia_json_put(r, dia_json_text(v));
    else
        dia_json_fail(r, at, "wants a string, or {\"hex\": ...}%s", avp ? "" : ": no dictionary knows its type");
}

/* The string in { "hex": "..." }, or under another key; NULL: something else. */
static const json_t *wrapped(const json_t *v, const char *key)
{
    return json_object_size(v) == 1 ? json_object_get(v, key) : NULL;
}

void dia_json_put_value(dia_json_reader *r, const dia_json_place *at, const dia_avp_def *avp, const json_t *v)
{
    const dia_type type = avp ? (dia_type)avp->type : DIA_TYPE_OCTET_STRING;
    const bool is_float = type == DIA_TYPE_FLOAT32 || type == DIA_TYPE_FLOAT64;
    const json_t *bits = is_float ? wrapped(v, "bits") : NULL, *hex = wrapped(v, "hex");
    if (bits) {
        put_bits(r, at, avp, bits);
        return;
    }
    if (hex) {
        const dia_json_place here = { at, "hex", 0 };
        dia_json_put_hex(r, &here, hex);
        return;
    }
    switch (type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_ENUMERATED: put_integer(r, at, avp, v); break;
    case DIA_TYPE_FLOAT32: put_float32(r, at, v); break;
    case DIA_TYPE_FLOAT64: put_float64(r, at, v); break;
    case DIA_TYPE_ADDRESS: put_address(r, at, v); break;
    case DIA_TYPE_TIME: put_time(r, at, v); break;
    case DIA_TYPE_GROUPED: dia_json_fail(r, at, "wants an array or an object of AVPs, or {\"hex\": ...}"); break;
    default: put_text(r, at, avp, v); break;
    }
}
