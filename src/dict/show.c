/* Values as text that leads back to the same octets: what text.c and the JSON room have in common. */
#include "dict/dict.h"
#include "dict/value.h"

bool dia_is_avps(dia_bytes octets)
{
    dia_avps it = dia_avps_in(octets);
    while (dia_avp_next(&it))
        continue;
    return !it.err;
}

bool dia_is_readable(dia_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    return dia_is_utf8(text);
}

size_t dia_show_address(dia_bytes data, char to[DIA_SHOWN_MAX])
{
    dia_address address, back;
    uint8_t store[DIA_SHOWN_MAX];
    if (dia_address_read(data, &address) != 0)
        return 0;
    const int n = dia_address_print(&address, to, DIA_SHOWN_MAX);
    if (n <= 0 || dia_address_parse((dia_bytes){ (const uint8_t *)to, (size_t)n }, store, sizeof store, &back) != 0)
        return 0;
    return back.family == address.family && dia_bytes_equal(back.value, address.value) ? (size_t)n : 0;
}

size_t dia_show_time(dia_bytes data, char to[DIA_SHOWN_MAX])
{
    if (data.n != 4)
        return 0;
    const int n = dia_time_print(dia_time_of_wire(dia_load32(data.p)), to, DIA_SHOWN_MAX);
    int64_t back;
    if (n <= 0 || dia_time_parse((dia_bytes){ (const uint8_t *)to, (size_t)n }, &back) != 0)
        return 0;
    return back == dia_time_of_wire(dia_load32(data.p)) ? (size_t)n : 0;
}

const char *dia_show_value(const dia_avp_def *avp, int64_t value)
{
    int64_t back;
    const char *name = dia_avp_def_value_name(avp, value);
    return name && dia_avp_def_value(avp, dia_cstr(name), &back) == 0 && back == value ? name : NULL;
}
