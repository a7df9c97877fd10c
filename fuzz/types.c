/* The smaller derived types: Address, Time, UTF8String and DiameterIdentity from any octets and texts. */
#include "fuzz.h"

#include "wire/wire.h"

static void check_address(const dia_address *address)
{
    char text[600];
    uint8_t store[600];
    dia_address back;
    const int n = dia_address_print(address, text, sizeof text);
    must(n > 0 || address->value.n > 200);
    if (n < 0)
        return;
    must((size_t)n == strlen(text));
    must(dia_address_parse(dia_cstr(text), store, sizeof store, &back) == 0);
    must(back.family == address->family && dia_bytes_equal(back.value, address->value));
}

static void check_time(dia_bytes text)
{
    int64_t seconds, back;
    char print[21];
    uint32_t ntp;
    if (dia_time_parse(text, &seconds) < 0)
        return;
    if (dia_time_print(seconds, print, sizeof print) == 20)
        must(dia_time_parse(dia_cstr(print), &back) == 0 && back == seconds);
    if (dia_time_from_unix(seconds, &ntp) == 0)
        must(dia_time_to_unix(ntp) == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const dia_bytes octets = { data, size };
    dia_address address;
    uint8_t store[600];
    if (dia_address_read(octets, &address) == 0)
        check_address(&address);
    if (dia_address_parse(octets, store, sizeof store, &address) == 0)
        check_address(&address);
    check_time(octets);
    must(!dia_identity_valid(octets) || dia_utf8_valid(octets));
    if (size > 0 && dia_utf8_valid(octets)) /* every rest that begins with a character is UTF-8 as well */
        for (size_t i = 0; i < size; i++)
            must(((data[i] & 0xc0) != 0x80) == dia_utf8_valid((dia_bytes){ data + i, size - i }));
    return 0;
}
