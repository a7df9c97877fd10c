/* The header, both ways. */
#include "wire/wire.h"

#include "harness.h"

static const char dwr[] = "01 00001c c0 000118 00000000 11223344 aabbccdd";

static void fields_stand_where_the_rfc_puts_them(void) /* B3-04 */
{
    uint8_t buf[20];
    dia_header h;
    check_int(dia_header_read(harness_hex(dwr, buf, sizeof buf), &h), 0);
    check_int(h.version, 1);
    check_int(h.length, 28);
    check_int(h.flags, DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE);
    check_int(h.command, 280);
    check_int(h.application, 0);
    check_int(h.hop_by_hop, 0x11223344);
    check_int(h.end_to_end, 0xaabbccdd);
}

static void every_value_survives(void)
{
    static const dia_header rows[] = {
        { 0 },
        { 1, DIA_FLAG_ERROR, 20, 257, 16777251, 1, 2 },
        { 255, 255, 0xffffff, 0xffffff, UINT32_MAX, UINT32_MAX, UINT32_MAX },
        { 2, DIA_FLAG_RETRANSMITTED, 1, 1, 1, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[20];
        dia_header h;
        dia_header_write(&rows[i], buf);
        check_int(dia_header_read((dia_bytes){ buf, sizeof buf }, &h), 0);
        check_int(h.version, rows[i].version);
        check_int(h.flags, rows[i].flags);
        check_int(h.length, rows[i].length);
        check_int(h.command, rows[i].command);
        check_int(h.application, rows[i].application);
        check_int(h.hop_by_hop, rows[i].hop_by_hop);
        check_int(h.end_to_end, rows[i].end_to_end);
    }
}

static void numbers_of_24_bits_do_not_spill(void) /* B3-04 */
{
    const dia_header h = { .version = 1, .length = 0xff000014, .flags = 0x80, .command = 0xff000101 };
    uint8_t buf[20], want[20];
    dia_header_write(&h, buf);
    check_bytes(((dia_bytes){ buf, 20 }), harness_hex("01000014 80000101 00000000 00000000 00000000", want, 20));
}

static void short_header_is_truncated_and_output_untouched(void)
{
    uint8_t buf[20];
    const dia_bytes octets = harness_hex(dwr, buf, sizeof buf);
    for (size_t n = 0; n < 20; n++) {
        dia_header h = { .version = 77 };
        check_int(dia_header_read((dia_bytes){ octets.p, n }, &h), DIA_ETRUNC);
        check_int(h.version, 77);
    }
    check_int(dia_header_read((dia_bytes){ NULL, 0 }, &(dia_header){ 0 }), DIA_ETRUNC);
}

static void fields_can_be_edited_in_place(void)
{
    uint8_t buf[20];
    dia_header h;
    const dia_bytes octets = harness_hex(dwr, buf, sizeof buf);
    dia_store32(buf + DIA_AT_HOP_BY_HOP, 7);
    buf[DIA_AT_FLAGS] |= DIA_FLAG_RETRANSMITTED;
    check_int(dia_header_read(octets, &h), 0);
    check_int(h.hop_by_hop, 7);
    check_int(h.end_to_end, 0xaabbccdd);
    check_int(h.flags, 0xd0);
    check_int(h.command, 280);
}

static void a_copy_has_other_ids_alone(void)
{
    uint8_t buf[32] = { 0 }, copy[32];
    const dia_header ids = { .flags = 0xff, .hop_by_hop = 7, .end_to_end = 8 };
    dia_bytes octets = harness_hex(dwr, buf, sizeof buf);
    octets.n = 24;
    need_int(dia_message_copy(octets, &ids, copy, 23), DIA_ESPACE);
    need_int(dia_message_copy((dia_bytes){ buf, 19 }, &ids, copy, sizeof copy), DIA_ETRUNC);
    need_int(dia_message_copy(octets, &ids, copy, sizeof copy), 24);
    dia_store32(buf + DIA_AT_HOP_BY_HOP, 7);
    dia_store32(buf + DIA_AT_END_TO_END, 8);
    need_bytes(((dia_bytes){ copy, 24 }), octets);
    need_int(dia_message_copy(octets, &(dia_header){ .end_to_end = 8 }, buf, 24), 24);
    need_int(dia_load32(buf + DIA_AT_HOP_BY_HOP), 0);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "fields_stand_where_the_rfc_puts_them", fields_stand_where_the_rfc_puts_them },
        { "every_value_survives", every_value_survives },
        { "numbers_of_24_bits_do_not_spill", numbers_of_24_bits_do_not_spill },
        { "short_header_is_truncated_and_output_untouched", short_header_is_truncated_and_output_untouched },
        { "fields_can_be_edited_in_place", fields_can_be_edited_in_place },
        { "a_copy_has_other_ids_alone", a_copy_has_other_ids_alone },
    };
    return HARNESS_RUN("wire/header", tests);
}
