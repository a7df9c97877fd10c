/* One value as text, both ways: what stands behind the colon in the text form of a message. */
#include "dict/dict.h"
#include "dict/octets.h"
#include "dict/value.h"

#include <math.h>

/* ---- Octets -> text ---- */

static bool sink_text(dia_sink *sink, const char *text, size_t n)
{
    if (n)
        dia_sink_put(sink, text);
    return n > 0;
}

static void sink_integer(dia_sink *sink, const dia_avp_def *avp, int64_t value)
{
    const char *name = dia_show_value(avp, value);
    if (name && dia_is_plain(name)) {
        dia_sink_put(sink, name);
        dia_sink_put(sink, " (");
        dia_sink_i64(sink, value);
        dia_sink_put(sink, ")");
    } else {
        dia_sink_i64(sink, value);
    }
}

/* Bits where no digits lead back to them. */
static void sink_real(dia_sink *sink, double value, bool single, dia_bytes data)
{
    char text[DIA_REAL_MAX];
    if (sink_text(sink, text, dia_show_real(value, single, text)))
        return;
    dia_sink_put(sink, "0x");
    dia_sink_hex(sink, data);
}

bool dia_sink_value(dia_sink *sink, const dia_avp_def *avp, dia_bytes data)
{
    char shown[DIA_SHOWN_MAX];
    switch (avp ? (dia_type)avp->type : DIA_TYPE_GROUPED) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_ENUMERATED:
        if (data.n == 4)
            sink_integer(sink, avp, (int32_t)dia_load32(data.p));
        return data.n == 4;
    case DIA_TYPE_UNSIGNED32:
        if (data.n == 4)
            sink_integer(sink, avp, dia_load32(data.p));
        return data.n == 4;
    case DIA_TYPE_INTEGER64:
        if (data.n == 8)
            sink_integer(sink, avp, (int64_t)dia_load64(data.p));
        return data.n == 8;
    case DIA_TYPE_UNSIGNED64:
        if (data.n == 8)
            dia_sink_u64(sink, dia_load64(data.p));
        return data.n == 8;
    case DIA_TYPE_FLOAT32:
        if (data.n == 4)
            sink_real(sink, (double)dia_f32_of_bits(dia_load32(data.p)), true, data);
        return data.n == 4;
    case DIA_TYPE_FLOAT64:
        if (data.n == 8)
            sink_real(sink, dia_f64_of_bits(dia_load64(data.p)), false, data);
        return data.n == 8;
    case DIA_TYPE_ADDRESS: return sink_text(sink, shown, dia_show_address(data, shown));
    case DIA_TYPE_TIME: return sink_text(sink, shown, dia_show_time(data, shown));
    case DIA_TYPE_GROUPED: return false;
    case DIA_TYPE_OCTET_STRING:
        if (!data.n || !dia_is_readable(data))
            return false;
        dia_sink_quoted(sink, data);
        return true;
    default:
        if (!dia_utf8_valid(data))
            return false;
        dia_sink_quoted(sink, data);
        return true;
    }
}

int64_t dia_text_value(const dia_avp_def *avp, dia_bytes data, char *to, size_t size, size_t *needed)
{
    dia_sink sink;
    dia_sink_init(&sink, to, size);
    if (!dia_sink_value(&sink, avp, data)) {
        dia_sink_put(&sink, "0x");
        dia_sink_hex(&sink, data);
        if (avp && avp->type != DIA_TYPE_OCTET_STRING && avp->type != DIA_TYPE_GROUPED) {
            dia_sink_put(&sink, " (no ");
            dia_sink_put(&sink, dia_type_name((dia_type)avp->type));
            dia_sink_put(&sink, ")");
        }
    }
    return dia_sink_end(&sink, needed);
}

/* ---- Text -> octets ---- */

static int refuse(const char **why, const char *sentence)
{
    *why = sentence;
    return DIA_EFORMAT;
}

static bool starts(dia_bytes text, const char *with)
{
    const size_t n = strlen(with);
    return text.n >= n && dia_bytes_equal_nocase((dia_bytes){ text.p, n }, dia_cstr(with));
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static dia_bytes trimmed(dia_bytes text)
{
    while (text.n && is_blank(text.p[0]))
        text = (dia_bytes){ text.p + 1, text.n - 1 };
    while (text.n && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

/* The octets that a value of this type always has; 0: any number. */
static size_t size_of(dia_type type)
{
    switch (type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_ENUMERATED:
    case DIA_TYPE_TIME: return 4;
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_FLOAT64: return 8;
    default: return 0;
    }
}

/* 0x0102, and behind it, in parentheses, why there are no better words for it. Without that remark a number has the size
 * of its type: most likely 0x10 was meant to be 16. */
static int parse_hex(dia_type type, dia_bytes text, dia_octets *to, const char **why)
{
    size_t end = 2;
    while (end < text.n && dia_hex_digit(text.p[end]) >= 0)
        end++;
    const dia_bytes remark = trimmed((dia_bytes){ text.p + end, text.n - end });
    const bool has_remark = remark.n >= 2 && remark.p[0] == '(' && remark.p[remark.n - 1] == ')';
    const size_t n = (end - 2) / 2;
    if (end % 2 || (remark.n && !has_remark))
        return refuse(why, "an even number of hexadecimal digits behind 0x");
    if (!has_remark && size_of(type) && n != size_of(type))
        return refuse(why, size_of(type) == 4 ? "four octets behind 0x, or a number in decimal digits"
                                              : "eight octets behind 0x, or a number in decimal digits");
    uint8_t *out = dia_octets_room(to, n);
    for (size_t i = 0; out && i < n; i++)
        out[i] = (uint8_t)(dia_hex_digit(text.p[2 + 2 * i]) << 4 | dia_hex_digit(text.p[3 + 2 * i]));
    return 0;
}

static bool hex_number(dia_bytes text, size_t at, size_t digits, uint32_t *out)
{
    *out = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (i >= text.n || dia_hex_digit(text.p[i]) < 0)
            return false;
        *out = *out << 4 | (uint32_t)dia_hex_digit(text.p[i]);
    }
    return true;
}

static void put_utf8(dia_octets *to, uint32_t c)
{
    if (c < 0x80) {
        dia_octets_put_u8(to, (uint8_t)c);
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    dia_octets_put_u8(to, (uint8_t)((0xff00 >> (more + 1)) | c >> 6 * more));
    for (int i = more - 1; i >= 0; i--)
        dia_octets_put_u8(to, (uint8_t)(0x80 | (c >> 6 * i & 0x3f)));
}

/* \uXXXX, or a pair of them for what lies above U+FFFF. How many octets of text; 0: it is neither. */
static size_t parse_unicode(dia_bytes text, size_t at, dia_octets *to)
{
    uint32_t c, low;
    if (!hex_number(text, at + 2, 4, &c))
        return 0;
    if (c < 0xd800 || c > 0xdfff) {
        put_utf8(to, c);
        return 6;
    }
    if (c > 0xdbff || at + 7 >= text.n || text.p[at + 6] != '\\' || text.p[at + 7] != 'u' ||
        !hex_number(text, at + 8, 4, &low) || low < 0xdc00 || low > 0xdfff)
        return 0;
    put_utf8(to, 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)));
    return 12;
}

/* What a backslash begins. How many octets of text; 0: nothing that is known. */
static size_t parse_escape(bool any_octet, dia_bytes text, size_t at, dia_octets *to)
{
    static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    uint32_t octet;
    if (at + 1 >= text.n)
        return 0;
    if (text.p[at + 1] == 'u')
        return parse_unicode(text, at, to);
    if (text.p[at + 1] == 'x' && any_octet && hex_number(text, at + 2, 2, &octet)) {
        dia_octets_put_u8(to, (uint8_t)octet);
        return 4;
    }
    for (const char *l = letters; *l; l += 2) {
        if ((uint8_t)*l == text.p[at + 1]) {
            dia_octets_put_u8(to, (uint8_t)l[1]);
            return 2;
        }
    }
    return 0;
}

/* The text stands between quotes. */
static int parse_quoted(dia_type type, dia_bytes text, dia_octets *to, const char **why)
{
    if (text.n < 2 || text.p[text.n - 1] != '"')
        return refuse(why, "a quote at the end of the text");
    const dia_bytes inside = { text.p + 1, text.n - 2 };
    if (type != DIA_TYPE_OCTET_STRING && !dia_utf8_valid(inside))
        return refuse(why, "UTF-8");
    for (size_t i = 0; i < inside.n;) {
        const size_t from = i;
        while (i < inside.n && inside.p[i] != '\\' && inside.p[i] != '"')
            i++;
        dia_octets_put(to, (dia_bytes){ inside.p + from, i - from });
        if (i == inside.n)
            break;
        const size_t n = inside.p[i] == '\\' ? parse_escape(type == DIA_TYPE_OCTET_STRING, inside, i, to) : 0;
        if (!n)
            return refuse(why, inside.p[i] == '"' ? "a backslash before a quote inside of the text"
                                                  : "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        i += n;
    }
    return 0;
}

static int parse_text(dia_type type, dia_bytes text, dia_octets *to, const char **why)
{
    if (type != DIA_TYPE_OCTET_STRING && !dia_utf8_valid(text))
        return refuse(why, "UTF-8");
    dia_octets_put(to, text);
    return 0;
}

/* "NAME (5)": the name, and the number if there is one. */
static dia_bytes cut_number(dia_bytes text, dia_integer *out, bool *has_number)
{
    size_t at = text.n;
    *has_number = false;
    if (text.n < 3 || text.p[text.n - 1] != ')')
        return text;
    while (at > 0 && text.p[at - 1] != '(')
        at--;
    if (at == 0 || !dia_integer_parse((dia_bytes){ text.p + at, text.n - at - 1 }, out))
        return text;
    *has_number = true;
    return trimmed((dia_bytes){ text.p, at - 1 });
}

/* 5, NAME, or both as "NAME (5)", where a name that the dictionary does not have is let pass. */
static int parse_integer(const dia_avp_def *avp, dia_bytes text, dia_octets *to, const char **why)
{
    const dia_type type = (dia_type)avp->type;
    dia_integer i;
    int64_t named;
    bool has_number;
    if (!dia_integer_parse(text, &i)) {
        const dia_bytes name = cut_number(text, &i, &has_number);
        const bool known = dia_avp_def_value(avp, name, &named) == 0;
        if (known && has_number && (uint64_t)named != i.bits)
            return refuse(why, "a name and a number that mean the same value");
        if (!known && !has_number && avp->n_values)
            return refuse(why, "a whole number, or the name of a value");
        if (!known && !has_number)
            return refuse(why, dia_integer_range(type));
        if (!has_number)
            i = dia_integer_of(named);
    }
    if (!dia_integer_fits(i, type))
        return refuse(why, dia_integer_range(type));
    if (dia_is_long(type))
        dia_octets_put_u64(to, i.bits);
    else
        dia_octets_put_u32(to, (uint32_t)i.bits);
    return 0;
}

static int parse_real(dia_type type, dia_bytes text, dia_octets *to, const char **why)
{
    double value;
    if (!dia_real_parse(text, &value))
        return refuse(why, "a number like -1.5e3, or the octets of one, 0x7fc00000");
    if (!isfinite(value) || (type == DIA_TYPE_FLOAT32 && !isfinite((float)value)))
        return refuse(why, "a number within the range of its type");
    if (type == DIA_TYPE_FLOAT32)
        dia_octets_put_u32(to, dia_bits_of_f32((float)value));
    else
        dia_octets_put_u64(to, dia_bits_of_f64(value));
    return 0;
}

static int parse_address(dia_bytes text, dia_octets *to, const char **why)
{
    uint8_t store[DIA_SHOWN_MAX];
    dia_address address;
    if (dia_address_parse(text, store, sizeof store, &address) != 0)
        return refuse(why, "an address like 192.0.2.1, 2001:db8::1, e164:4912345 or family:9:0102");
    dia_octets_put(to, (dia_bytes){ (const uint8_t[2]){ (uint8_t)(address.family >> 8), (uint8_t)address.family }, 2 });
    dia_octets_put(to, address.value);
    return 0;
}

static int parse_time(dia_bytes text, dia_octets *to, const char **why)
{
    int64_t seconds;
    uint32_t ntp;
    if (dia_time_parse(text, &seconds) != 0)
        return refuse(why, "a time like 2026-01-31T12:00:00Z");
    if (dia_time_from_unix(seconds, &ntp) != 0)
        return refuse(why, "a time from 1968-01-20T03:14:08Z to 2104-02-26T09:42:23Z");
    dia_octets_put_u32(to, ntp);
    return 0;
}

static int parse_typed(const dia_avp_def *avp, dia_bytes text, dia_octets *to, const char **why)
{
    const dia_type type = (dia_type)avp->type;
    switch (type) {
    case DIA_TYPE_INTEGER32:
    case DIA_TYPE_INTEGER64:
    case DIA_TYPE_UNSIGNED32:
    case DIA_TYPE_UNSIGNED64:
    case DIA_TYPE_ENUMERATED: return parse_integer(avp, text, to, why);
    case DIA_TYPE_FLOAT32:
    case DIA_TYPE_FLOAT64: return parse_real(type, text, to, why);
    case DIA_TYPE_ADDRESS: return parse_address(text, to, why);
    case DIA_TYPE_TIME: return parse_time(text, to, why);
    case DIA_TYPE_GROUPED: return text.n ? refuse(why, "AVPs inside, or octets as 0x...") : 0;
    default: return text.n && text.p[0] == '"' ? parse_quoted(type, text, to, why) : parse_text(type, text, to, why);
    }
}

int dia_value_parse(const dia_avp_def *avp, dia_bytes text, dia_octets *to, const char **why)
{
    text = trimmed(text);
    if (starts(text, "0x"))
        return parse_hex(avp ? (dia_type)avp->type : DIA_TYPE_OCTET_STRING, text, to, why);
    if (dia_bytes_equal(text, dia_cstr("...")))
        return refuse(why, "the value, which was left out when this was printed");
    if (avp)
        return parse_typed(avp, text, to, why);
    if (text.n && text.p[0] == '"')
        return parse_quoted(DIA_TYPE_OCTET_STRING, text, to, why);
    return refuse(why, "octets as 0x..., or a text in quotes, as no dictionary knows its type");
}

int64_t dia_text_value_read(const dia_avp_def *avp, dia_bytes text, void *buf, size_t cap, size_t *needed,
                            const char **why)
{
    dia_octets to = { buf, buf ? cap : 0, 0 };
    const char *sentence = NULL;
    const int err = dia_value_parse(avp, text.p ? text : (dia_bytes)DIA_LIT(""), &to, &sentence);
    if (err) {
        if (why)
            *why = sentence;
        return err;
    }
    if (to.n <= to.cap)
        return (int64_t)to.n;
    if (needed)
        *needed = to.n;
    return DIA_ESPACE;
}
