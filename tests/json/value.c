/* Values of JSON -> octets, by data type: what is taken in which forms, and what is refused with which words. */
#include "messages.h"

/* { "command": "DWR", "application": 7, "avps": { NAME: VALUE } } */
static dia_bytes read_value(const char *name, const char *value, uint8_t *buf, size_t size, dia_json_error *error)
{
    char avps[1000], text[1200];
    snprintf(avps, sizeof avps, "{'command':'DWR','application':7,'avps':{'%s':%s}}", name, value);
    return read_text(quoted(avps, text, sizeof text), buf, size, error);
}

static void values_are_taken(void)
{
    static const struct {
        const char *name, *value, *hex; /* of the AVP's data */
    } rows[] = {
        { "U32", "0", "00000000" },
        { "U32", "4294967295", "ffffffff" },
        { "U32", "'nine'", "00000009" },
        { "I32", "-2147483648", "80000000" },
        { "I32", "2147483647", "7fffffff" },
        { "E", "-1", "ffffffff" },
        { "E", "'minus'", "ffffffff" },
        { "E", "'1'", "00000002" }, /* a name, as 32 bits are never a string of digits */
        { "E", "77", "0000004d" },
        { "I64", "-9223372036854775808", "8000000000000000" },
        { "I64", "'-9223372036854775808'", "8000000000000000" },
        { "I64", "'9223372036854775807'", "7fffffffffffffff" },
        { "I64", "'-0'", "0000000000000000" },
        { "I64", "'5'", "0000000000000005" }, /* digits come before names */
        { "I64", "'nine'", "0000000000000009" },
        { "U64", "1", "0000000000000001" },
        { "U64", "'18446744073709551615'", "ffffffffffffffff" },
        { "U64", "'nine'", "0000000000000009" },
        { "F32", "1", "3f800000" },
        { "F32", "0.1", "3dcccccd" },
        { "F32", "3.40282347e+38", "7f7fffff" },
        { "F32", "{'bits':'7FC00001'}", "7fc00001" },
        { "F32", "{'hex':'00'}", "00" },
        { "F64", "-2.5", "c004000000000000" },
        { "F64", "-0.0", "8000000000000000" },
        { "F64", "{'bits':'7ff0000000000000'}", "7ff0000000000000" },
        { "User-Name", "'a\\u0000b'", "610062" },
        { "User-Name", "'\\u00e9'", "c3a9" },
        { "User-Name", "{'hex':'FFfe'}", "fffe" },
        { "Origin-Host", "'not a host'", "6e6f74206120686f7374" }, /* who tests others wants to send that */
        { "Class", "'text'", "74657874" },
        { "Host-IP-Address", "'192.0.2.1'", "0001c0000201" },
        { "Host-IP-Address", "'::1'", "000200000000000000000000000000000001" },
        { "Host-IP-Address", "'e164:49'", "00083439" },
        { "Host-IP-Address", "'family:9:0a0b'", "00090a0b" },
        { "Event-Timestamp", "'1968-01-20T03:14:08Z'", "80000000" },
        { "Event-Timestamp", "'2026-01-31T13:00:00+01:00'", "ed286d40" },
        { "G", "{'hex':'0102'}", "0102" },
        { "G", "[[]]", "" },
        { "G", "{}", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100], want[100];
        dia_json_error error;
        harness_row(rows[i].value);
        const dia_bytes message = read_value(rows[i].name, rows[i].value, buf, sizeof buf, &error);
        check_str(error.text, "");
        dia_avps it = dia_avps_of(message);
        check(dia_avp_next(&it));
        check_bytes(it.avp.data, harness_hex(rows[i].hex, want, sizeof want));
        check(!dia_avp_next(&it) && !it.err);
    }
}

static void values_are_refused(void)
{
    static const struct {
        const char *name, *value, *path, *text; /* where it begins */
    } rows[] = {
        { "U32", "-1", "avps.U32", "wants a whole number from 0 to 4294967295, or the name of a value" },
        { "U32", "4294967296", "avps.U32", "wants a whole number" },
        { "U32", "1.0", "avps.U32", "wants a whole number" },
        { "U32", "'9'", "avps.U32", "U32 has no value \"9\"; wants a name of one, or a whole number" },
        { "U32", "null", "avps.U32", "wants a whole number" },
        { "U32", "{'bits':'00000000'}", "avps.U32", "wants a whole number" },
        { "I32", "2147483648", "avps.I32", "wants a whole number from -2147483648 to 2147483647" },
        { "I32", "-2147483649", "avps.I32", "wants a whole number" },
        { "E", "'none'", "avps.E", "E has no value \"none\"" },
        { "E", "4294967295", "avps.E", "wants a whole number" },
        { "I64", "'9223372036854775808'", "avps.I64", "I64 has no value" },
        { "I64", "'-9223372036854775809'", "avps.I64", "I64 has no value" },
        { "U64", "'18446744073709551616'", "avps.U64", "U64 has no value" },
        { "U64", "-1", "avps.U64", "wants a whole number from 0 to 18446744073709551615" },
        { "U64", "'-1'", "avps.U64", "U64 has no value" },
        { "U64", "'-'", "avps.U64", "U64 has no value" },
        { "U64", "''", "avps.U64", "U64 has no value" },
        { "U64", "' 1'", "avps.U64", "U64 has no value" },
        { "F32", "'1'", "avps.F32", "wants a number, or {\"bits\"" },
        { "F32", "1e39", "avps.F32", "is beyond the range of Float32" },
        { "F32", "{'bits':'7f'}", "avps.F32.bits", "wants a string of 8 hex digits" },
        { "F32", "{'bits':5}", "avps.F32.bits", "wants a string of 8 hex digits" },
        { "F64", "true", "avps.F64", "wants a number, or {\"bits\"" },
        { "F64", "{'bits':'7ff000000000000x'}", "avps.F64.bits", "has something else than hex digits" },
        { "User-Name", "5", "avps.User-Name", "wants a string, or {\"hex\"" },
        { "User-Name", "{'hex':'0'}", "avps.User-Name.hex", "wants a string with an even number of hex digits" },
        { "User-Name", "{'hex':'0g'}", "avps.User-Name.hex", "has something else than hex digits" },
        { "User-Name", "{'hex':5}", "avps.User-Name.hex", "wants a string with an even number" },
        { "User-Name", "{'hex':'00','more':1}", "avps.User-Name", "wants a string, or {\"hex\"" },
        { "User-Name", "[['a']]", "avps.User-Name[0]", "wants a string, or {\"hex\"" },
        { "Host-IP-Address", "'192.0.2'", "avps.Host-IP-Address", "wants an address" },
        { "Host-IP-Address", "1", "avps.Host-IP-Address", "wants an address" },
        { "Event-Timestamp", "'today'", "avps.Event-Timestamp", "wants a time" },
        { "Event-Timestamp", "1", "avps.Event-Timestamp", "wants a time" },
        { "Event-Timestamp", "'1960-01-01T00:00:00Z'", "avps.Event-Timestamp", "is no time from 1968" },
        { "G", "'text'", "avps.G", "wants an array or an object of AVPs" },
        { "G", "5", "avps.G", "wants an array or an object of AVPs" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100];
        dia_json_error error;
        harness_row(rows[i].value);
        check(!read_value(rows[i].name, rows[i].value, buf, sizeof buf, &error).p);
        check_str(error.path, rows[i].path);
        error.text[strlen(rows[i].text)] = '\0';
        check_str(error.text, rows[i].text);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "values_are_taken", values_are_taken },
        { "values_are_refused", values_are_refused },
    };
    return HARNESS_RUN("json/value", tests);
}
