/* What the peers of the target `peer` say when they are in their right minds. */
#include "peer_world.h"

#include "diatom/app/cu.h"

size_t make_message(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size)
{
    static const uint32_t ro[] = { 4 }, other[] = { 77 }, relay[] = { 0xffffffff }, tls[] = { 1 }, both[] = { 0, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") };
    static const uint8_t filler[3000];
    static const dia_vendor_specific_application_id specific[] = {
        { .vendor_id = 10415, .auth_application_id = { 4, true, { 0 } } },
        { .vendor_id = 10415, .acct_application_id = { 3, true, { 0 } } },
    };
    static const dia_proxy_info proxy = { .proxy_host = DIA_LIT("p.example.net"), .proxy_state = DIA_LIT("s") };
    const dia_bytes host = dia_cstr(world_hosts[kind >> 4 & 7]), realm = dia_cstr("example.net");
    const bool strange = (kind & 15) == 8, relays = (kind & 15) == 9;
    dia_header ids = { .hop_by_hop = 7u + detail, .end_to_end = 8, .flags = DIA_FLAG_PROXIABLE };
    dia_cer cer = { host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(ro) };
    if (strange)
        cer.auth_application_id = (dia_u32_list)DIA_LIST(other);
    if (relays)
        cer.auth_application_id = (dia_u32_list)DIA_LIST(relay);
    if (relays && detail & 1)
        cer.inband_security_id = (dia_u32_list)DIA_LIST(tls);
    if (!(kind & 15) && detail & 1)
        cer.inband_security_id = (dia_u32_list)DIA_LIST(both);
    if (relays && detail & 2) {
        cer.auth_application_id = (dia_u32_list){ 0 };
        cer.acct_application_id = (dia_u32_list)DIA_LIST(other);
        cer.vendor_specific_application_id = (dia_vendor_specific_application_id_list)DIA_LIST(specific);
    }
    const uint32_t result_code = (kind & 15) == 10 ? 3010 : 2001;
    dia_cea cea = { result_code, host, realm, { &address, 1 }, 0, dia_cstr("f"), .auth_application_id = DIA_LIST(ro) };
    if ((kind & 15) == 1 && detail & 1)
        cea.inband_security_id = (dia_u32_list)DIA_LIST(tls);
    const dia_dwr dwr = { .origin_host = host, .origin_realm = realm };
    const dia_dwa dwa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_dpr dpr = { .origin_host = host, .origin_realm = realm, .disconnect_cause = detail & 3 };
    const dia_dpa dpa = { .result_code = 2001, .origin_host = host, .origin_realm = realm };
    const dia_avp fill = { .code = 9999, .data = { filler, sizeof filler } };
    dia_ro_ccr ccr = { .session_id = dia_cstr("s"),
                       .origin_host = host,
                       .origin_realm = realm,
                       .destination_realm = realm,
                       .auth_application_id = 4,
                       .service_context_id = dia_cstr("x"),
                       .cc_request_type = 1 };
    if ((kind & 15) == 11) {
        ccr.destination_host = dia_cstr(world_hosts[detail & 7]);
        ccr.destination_realm = dia_cstr(detail & 8 ? "example.org" : "example.net");
    }
    if (detail & 0x80)
        ccr.proxy_info = (dia_proxy_info_list){ &proxy, 1 };
    if ((kind & 15) == 15)
        ccr.others = (dia_avp_list){ &fill, 1 };
    /* OC-Supported-Features and DRMP; with OC-OLR and Load, both about the host that speaks. */
    static const uint8_t zeros[4];
    uint8_t drmp[4] = { 0, 0, 0, detail >> 3 & 15 }, groups[400];
    dia_builder b;
    dia_build_begin_avps(&b, groups, sizeof groups);
    dia_put_u64(&b, 624, 0, 0, (uint64_t)world.now_us + detail);
    dia_put_u32(&b, 626, 0, 0, detail >> 4 & 1);
    dia_put_u32(&b, 627, 0, 0, (detail >> 5) * 17u); /* up to 119 */
    dia_put_u32(&b, 625, 0, 0, detail >> 3 & 3);
    const size_t of_report = b.n;
    dia_put_u32(&b, 651, 0, 0, detail >> 4 & 1);
    dia_put_u64(&b, 652, 0, 0, detail);
    dia_put_bytes(&b, 649, 0, 0, host);
    const dia_avp asked[] = { { .code = 621, .data = { zeros, 0 } }, { .code = 301, .data = { drmp, 4 } } };
    const dia_avp told[] = { asked[0],
                             { .code = 623, .data = { groups, of_report } },
                             { .code = 650, .data = { groups + of_report, b.n - of_report } } };
    if (detail & 4 && (kind & 15) == 6)
        ccr.others = (dia_avp_list){ asked, 2 };
    const dia_avp result = { .code = 297,
                             .data = DIA_LIT("\0\0\1\x0a\x40\0\0\x0c\0\0\x28\xaf\0\0\1\x2a\x40\0\0\x0c\0\0\x13\xa6") };
    uint8_t uri[40], usage[4] = { 0, 0, 0, detail & 7 };
    const int n_uri = snprintf((char *)uri, sizeof uri, "aaa://%s", world_hosts[detail >> 4 & 7]);
    const dia_avp redirect[] = { { .code = 292, .data = { uri, (size_t)n_uri } },
                                 { .code = 261, .data = { usage, 4 } },
                                 { .code = 262, .data = DIA_LIT("\0\0\0\x05") } };
    const bool redirects = detail & 8; /* bits 0 to 2 the usage, 4 to 6 the host, 7 without a time */
    const dia_ro_cca cca = { .session_id = dia_cstr("s"),
                             .others = { redirects    ? redirect
                                         : detail & 4 ? told
                                                      : &result,
                                         redirects    ? (detail & 0x80 ? 2 : 3)
                                         : detail & 4 ? 3
                                                      : (size_t)(detail >> 1 & 1) },
                             .result_code = redirects    ? 3006
                                            : detail & 2 ? 0
                                            : detail & 1 ? 3002
                                                         : 2001,
                             .origin_host = host,
                             .origin_realm = realm,
                             .auth_application_id = 4,
                             .cc_request_type = 1 };
    const struct {
        const dia_command *command;
        const void *msg;
    } messages[16] = {
        { DIA_COMMAND_CER, &cer },    { DIA_COMMAND_CEA, &cea },    { DIA_COMMAND_DWR, &dwr },
        { DIA_COMMAND_DWA, &dwa },    { DIA_COMMAND_DPR, &dpr },    { DIA_COMMAND_DPA, &dpa },
        { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCA, &cca }, { DIA_COMMAND_CER, &cer },
        { DIA_COMMAND_CER, &cer },    { DIA_COMMAND_CEA, &cea },    { DIA_COMMAND_RO_CCR, &ccr },
        { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCR, &ccr }, { DIA_COMMAND_RO_CCA, &cca },
        { DIA_COMMAND_RO_CCR, &ccr },
    };
    const dia_command *command = messages[kind & 15].command;
    if (!(command->flags & DIA_FLAG_REQUEST) && c) {
        ids.hop_by_hop = c->asked[command == DIA_COMMAND_RO_CCA].hop;
        ids.end_to_end = c->asked[command == DIA_COMMAND_RO_CCA].end;
    }
    const int64_t n = dia_encode(command, messages[kind & 15].msg, DIA_LEVEL_OFF, &ids, NULL, buf, size, NULL, NULL);
    must(n > 0);
    switch (kind & 15) {
    case 12: dia_store24(buf + 5, 900u + detail); break; /* a command that nobody knows */
    case 13: dia_store32(buf + 8, 90u + detail); break;  /* an application that nobody serves */
    case 14: buf[4] |= DIA_FLAG_ERROR; break;
    default: break;
    }
    return (size_t)n;
}

size_t make_update(const struct conn *c, uint8_t kind, uint8_t detail, uint8_t *buf, size_t size)
{
    static const uint32_t ro[] = { 10, 4 }, other[] = { 77 }, relay[] = { 0xffffffff };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") };
    const dia_bytes host = dia_cstr(world_hosts[kind >> 4 & 7]), realm = dia_cstr("example.net");
    dia_header ids = { .application = 10, .hop_by_hop = 7u + detail, .end_to_end = 8 };
    dia_cu_cur cur = { .origin_host = host,
                       .origin_realm = realm,
                       .host_ip_address = { &address, kind & 8 ? 0 : 1 },
                       .product_name = dia_cstr("f"),
                       .origin_state_id = DIA_U32(detail),
                       .auth_application_id = DIA_LIST(ro) };
    if (kind & 2)
        cur.auth_application_id = (dia_u32_list)DIA_LIST(other);
    if (kind & 4)
        cur.auth_application_id = (dia_u32_list)DIA_LIST(relay);
    const dia_cu_cua cua = { .origin_host = host, .origin_realm = realm, .result_code = kind & 2 ? 5010 : 2001 };
    const bool answers = kind & 1;
    if (answers) {
        ids.hop_by_hop = c->asked[1].hop;
        ids.end_to_end = c->asked[1].end;
    }
    const void *msg = answers ? (const void *)&cua : &cur;
    const int64_t n = dia_encode(answers ? DIA_COMMAND_CU_CUA : DIA_COMMAND_CU_CUR, msg, DIA_LEVEL_OFF, &ids, NULL, buf,
                                 size, NULL, NULL);
    must(n > 0);
    return (size_t)n;
}
