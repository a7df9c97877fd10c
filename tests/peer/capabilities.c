/* CER and CEA (RFC 6733, 5.3): what we say of ourselves, octet by octet, and how we judge what peers say. */
#include "rig.h"

#include <stdlib.h>

static const char *const anybody[] = { "*", NULL };
static const char connect_to[] = "aaa://far.example.net";

/* ---- What we say ---- */

/* The octets between the header and the end, with the ids of the header set to zero. */
static dia_bytes without_ids(dia_bytes message, uint8_t *copy)
{
    if (!message.p)
        return message;
    memcpy(copy, message.p, message.n);
    memset(copy + 12, 0, 8);
    return (dia_bytes){ copy, message.n };
}

/* B5.3.1-03, B5.3.3-01, B5.3.4-01, B5.3.6-01, B5.3.7-01, B2.4-02, B2.4-04, B2.5-01, B3-01, B3-04, B3-05, B4.5-01,
 * B6.1-01, B6.3-03, B6.4-02, B6.10-01, B10-03 */
static void cer_has_these_octets(void)
{
    static const char want_hex[] = "01 0000bc 80 000101 00000000 00000000 00000000"
                                   "00000108 40000015 6d2e6578616d706c652e6e6574 000000" /* Origin-Host */
                                   "00000128 40000013 6578616d706c652e6e6574 00"         /* Origin-Realm */
                                   "00000101 4000000e 0001 c0000201 0000"                /* Host-IP-Address */
                                   "0000010a 4000000c 00000000"                          /* Vendor-Id */
                                   "0000010d 0000000e 446961746f6d 0000"                 /* Product-Name */
                                   "00000116 4000000c 6553f100"                          /* Origin-State-Id */
                                   "00000109 4000000c 000028af"                          /* Supported-Vendor-Id */
                                   "00000102 4000000c 00000004"                          /* Auth-Application-Id */
                                   "00000104 40000020 0000010a 4000000c 000028af 00000102 4000000c 01000030"
                                   "0000010b 0000000c 00000007"; /* Firmware-Revision */
    uint8_t want[300], copy[8192];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .firmware_revision = 7 }));
    need_int(dia_hub_advertise(&rig.hub, 16777264, 10415, DIA_APP_AUTH), 0);
    need(rig_peer(&rig, "a.example.net", connect_to));
    struct rig_link *link = rig_wanted(&rig);
    need(link);
    rig_stand(&rig, link);
    const dia_bytes message = rig_read_octets(link);
    need_bytes(without_ids(message, copy), harness_hex(want_hex, want, sizeof want));
    need(rig_is_silent(link)); /* nothing else before CEA: B5.3-01 */
done:
    rig_end(&rig);
}

static void cea_has_these_octets(void) /* B5.3.2-02, B2.4-02, B2.4-04, B2.5-01, B3-01, B3-05, B3-08, B10-03 */
{
    static const char want_hex[] = "01 000090 00 000101 00000000 00000000 00000000"
                                   "0000010c 4000000c 000007d1" /* Result-Code */
                                   "00000108 40000015 6d2e6578616d706c652e6e6574 000000"
                                   "00000128 40000013 6578616d706c652e6e6574 00"
                                   "00000101 4000000e 0001 c0000201 0000"
                                   "0000010a 4000000c 00000000"
                                   "0000010d 0000000e 446961746f6d 0000"
                                   "00000116 4000000c 6553f100"
                                   "00000102 4000000c 00000004";
    uint8_t want[300], copy[8192];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    const dia_bytes message = rig_read_octets(link);
    need_bytes(without_ids(message, copy), harness_hex(want_hex, want, sizeof want));
    need_int(link->header.hop_by_hop, RIG_HOP); /* B3-19 */
    need_int(link->header.end_to_end, RIG_END); /* B3-22 */
done:
    rig_end(&rig);
}

/* Each place of an application, and a vendor only once. */
static void applications_stand_where_they_belong(void) /* B6.11-01, B5.3.6-02, B5.3-08 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    need_int(dia_hub_advertise(&rig.hub, 3, 0, DIA_APP_ACCT), 0);
    need_int(dia_hub_advertise(&rig.hub, 8, 0, DIA_APP_BOTH), 0);
    need_int(dia_hub_advertise(&rig.hub, 16777238, 10415, DIA_APP_AUTH), 0);
    need_int(dia_hub_advertise(&rig.hub, 16777300, 10415, DIA_APP_ACCT), 0);
    need_int(dia_hub_advertise(&rig.hub, 16777301, 10415, DIA_APP_BOTH), 0);
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
    need(cea);
    need_int(cea->auth_application_id.n, 2);
    need_int(cea->auth_application_id.v[0], 4);
    need_int(cea->auth_application_id.v[1], 8);
    need_int(cea->acct_application_id.n, 2);
    need_int(cea->acct_application_id.v[0], 3);
    need_int(cea->acct_application_id.v[1], 8);
    need_int(cea->supported_vendor_id.n, 1);
    need_int(cea->supported_vendor_id.v[0], 10415);
    need_int(cea->vendor_specific_application_id.n, 4); /* one for each kind */
    need(cea->vendor_specific_application_id.v[0].auth_application_id.set);
    need(!cea->vendor_specific_application_id.v[0].acct_application_id.set);
    need(!cea->vendor_specific_application_id.v[1].auth_application_id.set);
    need_int(cea->vendor_specific_application_id.v[1].acct_application_id.value, 16777300);
    need_int(cea->vendor_specific_application_id.v[2].auth_application_id.value, 16777301);
    need(!cea->vendor_specific_application_id.v[2].acct_application_id.set);
    need_int(cea->vendor_specific_application_id.v[3].acct_application_id.value, 16777301);
    need(!cea->vendor_specific_application_id.v[3].auth_application_id.set);
done:
    rig_end(&rig);
}

static void configured_addresses_replace_the_connections_own(void)
{
    static const uint8_t v4[] = { 198, 51, 100, 7 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    const dia_address addresses[] = { { DIA_FAMILY_IPV4, { v4, 4 } }, { DIA_FAMILY_IPV6, { v6, 16 } } };
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody,
                                             .host_ip_addresses = addresses,
                                             .n_host_ip_addresses = 2,
                                             .product_name = "Product",
                                             .vendor_id = 99 }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_send_cer(&rig, link, "a.example.net");
    const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
    need(cea);
    need_int(cea->host_ip_address.n, 2);
    need_bytes(cea->host_ip_address.v[0].value, ((dia_bytes){ v4, 4 }));
    need_bytes(cea->host_ip_address.v[1].value, ((dia_bytes){ v6, 16 }));
    need_bytes(cea->product_name, dia_cstr("Product"));
    need_int(cea->vendor_id, 99);
done:
    rig_end(&rig);
}

/* What is kept of a peer while it is connected no limit of time ends: it has an end of its own. */
static void what_is_kept_of_a_peer_has_an_end(void)
{
    static uint32_t apps[2000];
    static char product[10000];
    for (uint32_t i = 0; i < 2000; i++)
        apps[i] = 4 + i;
    memset(product, 'x', sizeof product);
    memcpy(product + 254, "\xc3\xbc", 2); /* would be cut in the middle */
    const dia_bytes text = { (const uint8_t *)product, sizeof product };
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    dia_cer cer = rig_cer("a.example.net");
    cer.product_name = text;
    cer.auth_application_id = (dia_u32_list)DIA_LIST(apps);
    uint8_t *octets = malloc(60000);
    const int64_t n = octets ? dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_OFF, &(dia_header){ .hop_by_hop = 1 }, NULL,
                                          octets, 60000, NULL, NULL)
                             : 0;
    if (n > 0)
        rig_feed(&rig, link, (dia_bytes){ octets, (size_t)n });
    free(octets);
    need(n > 0);
    const dia_peer *peer = link->conn ? link->conn->peer : NULL;
    need(peer && dia_peer_conn(peer));
    need_bytes(peer->product, ((dia_bytes){ text.p, 254 }));
    need_int(peer->n_apps, 1); /* of so many that which we have, too */
    need_int(peer->apps[0], 4);
done:
    rig_end(&rig);
}

/* ---- Judging a CER ---- */

static const uint32_t four[] = { 4 }, other[] = { 999999 }, relay[] = { UINT32_C(0xffffffff) }, tls[] = { 1 },
                      odd_security[] = { 99 }, none_or_tls[] = { 1, 0 };
static const dia_vendor_specific_application_id in_auth = { .vendor_id = 10415,
                                                            .auth_application_id = { 4, true, { 0 } } },
                                                in_acct = { .vendor_id = 10415,
                                                            .acct_application_id = { 4, true, { 0 } } },
                                                odd_vendor = { .vendor_id = 4711,
                                                               .auth_application_id = { 4, true, { 0 } } },
                                                elsewhere = { .vendor_id = 10415,
                                                              .auth_application_id = { 16777251, true, { 0 } } };

struct cer_row {
    const char *name;
    uint32_t want;
    dia_u32_list auth, acct, inband;
    const dia_vendor_specific_application_id *specific;
    bool no_realm, no_address;
    const char *host;
    uint8_t version, flags;
};

static const struct cer_row cer_rows[] = {
    { "application in Auth-Application-Id", 2001, .auth = DIA_LIST(four) },          /* B5.3-06 */
    { "application in Acct-Application-Id", 2001, .acct = DIA_LIST(four) },          /* B5.3-06 */
    { "application in Vendor-Specific-Application-Id", 2001, .specific = &in_auth }, /* B5.3-06 */
    { "the same as Acct-Application-Id", 2001, .specific = &in_acct },
    { "an odd Vendor-Id plays no part", 2001, .specific = &odd_vendor }, /* B5.3-07, B6.11-03 */
    { "relay has everything in common", 2001, .auth = DIA_LIST(relay) }, /* B5.3-05 */
    { "relay as accounting", 2001, .acct = DIA_LIST(relay) },
    { "no common application", 5010, .auth = DIA_LIST(other) }, /* B5.3-03, B5.3-04, B7.1.5-13 */
    { "no common application, specific", 5010, .specific = &elsewhere },
    { "no application at all", 5010 },
    { "NO_INBAND_SECURITY beside TLS", 2001, .auth = DIA_LIST(four),
      .inband = DIA_LIST(none_or_tls) }, /* B6.10-01, B10.1-01 */
    { "TLS only", 5017, .auth = DIA_LIST(four), .inband = DIA_LIST(tls) },
    { "no common security", 5017, .auth = DIA_LIST(four),
      .inband = DIA_LIST(odd_security) },                                  /* B5.3-10, B5.3-11, B7.1.5-23 */
    { "no Origin-Realm", 5005, .auth = DIA_LIST(four), .no_realm = true }, /* B5.3.1-04, B7.1.5-06, B7.1.5-07 */
    { "no Host-IP-Address", 5005, .auth = DIA_LIST(four), .no_address = true },
    { "Origin-Host with a blank", 5004, .auth = DIA_LIST(four), .host = "a b" }, /* B7.1.5-05 */
    { "Origin-Host with an empty label", 5004, .auth = DIA_LIST(four), .host = "a..b" },
    { "version 2", 5011, .auth = DIA_LIST(four), .version = 2 },        /* B3-02, B7.1.5-14 */
    { "E bit", 3008, .auth = DIA_LIST(four), .flags = DIA_FLAG_ERROR }, /* B3-07, B7.1.3-10 */
    { "T bit is nothing special", 2001, .auth = DIA_LIST(four), .flags = DIA_FLAG_RETRANSMITTED },
};

static void send_row(struct rig *rig, struct rig_link *link, const struct cer_row *row)
{
    dia_cer cer = rig_cer(row->host ? row->host : "a.example.net");
    cer.auth_application_id = row->auth;
    cer.acct_application_id = row->acct;
    cer.inband_security_id = row->inband;
    cer.vendor_specific_application_id =
        (dia_vendor_specific_application_id_list){ row->specific, row->specific != NULL };
    if (row->no_realm)
        cer.origin_realm.p = NULL;
    if (row->no_address)
        cer.host_ip_address.n = 0;
    const dia_header ids = {
        .version = row->version, .flags = row->flags, .hop_by_hop = RIG_HOP, .end_to_end = RIG_END
    };
    rig_send(rig, link, DIA_COMMAND_CER, &cer, &ids);
}

/* The AVP of these codes in a message; absent: none. */
static dia_bytes value_in(dia_bytes message, uint32_t code)
{
    dia_avp avp;
    return message.p && !dia_avp_find(message, code, 0, &avp) ? avp.data : (dia_bytes){ NULL, 0 };
}

static void cer_is_judged(void)
{
    for (size_t i = 0; i < sizeof cer_rows / sizeof *cer_rows; i++) {
        const struct cer_row *row = &cer_rows[i];
        struct rig rig;
        harness_row(row->name);
        need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
        struct rig_link *link = rig_accept(&rig);
        need(link);
        send_row(&rig, link, row);
        const dia_bytes message = rig_read_octets(link);
        const dia_bytes result = value_in(message, 268), failed = value_in(message, 279);
        need_int(result.n, 4);
        need_int(dia_load32(result.p), row->want);
        need_int(link->header.command, 257);
        need_int(link->header.flags, row->want / 1000 == 3 ? DIA_FLAG_ERROR : 0); /* B7-01, B7.1.5-01, B3-13 */
        need_int(link->header.hop_by_hop, RIG_HOP);
        need_int(link->ending, row->want == 2001 ? RIG_STAYS : RIG_CLOSED);
        need(!failed.p == (row->want != 5005 && row->want != 5004)); /* B7.5-01 */
        need_int(rig_saw(&rig, DIA_EVENT_REFUSED), row->want != 2001);
        need_int(rig.hub.n_peers, row->want == 2001);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void failed_avp_of_a_cer_is_an_example_of_what_is_missing(void) /* B7.1.5-07, B7.1.5-08 */
{
    uint8_t want[16];
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    send_row(&rig, link, &(struct cer_row){ "", 0, .auth = DIA_LIST(four), .no_address = true });
    const dia_bytes failed = value_in(rig_read_octets(link), 279);
    need(failed.p);
    need_bytes(failed, harness_hex("00000101 4000000a 0000 0000", want, sizeof want));
done:
    rig_end(&rig);
}

static void relay_of_ours_has_everything_in_common(void) /* B5.3-05 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    need_int(dia_hub_advertise(&rig.hub, relay[0], 0, DIA_APP_AUTH), 0);
    struct rig_link *link = rig_accept(&rig);
    need(link);
    send_row(&rig, link, &(struct cer_row){ "", 0, .auth = DIA_LIST(other) });
    need_int(rig_read_result(&rig, link), 2001);
done:
    rig_end(&rig);
}

/* In the event and in the Error-Message: whoever reads it sees which of the two is to be changed. */
static void without_a_common_application_both_sides_are_told(void)
{
    static const uint32_t twice[] = { 999999, 10, 999999 };
    static const uint32_t many[] = { 100, 101, 102, 103, 104, 105, 106, 107, 108 };
    static const struct {
        const char *name;
        dia_u32_list auth;
        const char *want;
    } rows[] = {
        { "another", DIA_LIST(other), "no common application: here 4, 16777264; there 999999" },
        { "none", { NULL, 0 }, "no common application: here 4, 16777264; there none" },
        { "each once, and not that of updates", DIA_LIST(twice),
          "no common application: here 4, 16777264; there 999999" },
        { "many", DIA_LIST(many),
          "no common application: here 4, 16777264; there 100, 101, 102, 103, 104, 105, 106, 107, ..." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
        need_int(dia_hub_advertise(&rig.hub, 16777264, 10415, DIA_APP_AUTH), 0);
        struct rig_link *link = rig_accept(&rig);
        need(link);
        send_row(&rig, link, &(struct cer_row){ "", 0, .auth = rows[i].auth });
        const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
        need(cea);
        need_bytes(cea->error_message, dia_cstr(rows[i].want));
        need_str(rig.events[DIA_EVENT_REFUSED].reason, rows[i].want);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void applications_of_the_peer_are_remembered(void) /* B5.3-02 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    const uint32_t apps[] = { 4, 1 };
    send_row(&rig, link, &(struct cer_row){ "", 0, .auth = DIA_LIST(apps), .specific = &elsewhere });
    need(rig_read(&rig, link, DIA_COMMAND_CEA));
    const dia_peer *peer = link->conn->peer;
    need(peer && peer->state == DIA_PEER_R_OPEN);
    need(dia_peer_supports(peer, 4));
    need(dia_peer_supports(peer, 1));
    need(dia_peer_supports(peer, 16777251));
    need(!dia_peer_supports(peer, 3));
    need_bytes(peer->host, dia_cstr("a.example.net"));
    need_bytes(peer->realm, dia_cstr("example.net"));
done:
    rig_end(&rig);
}

static void cer_of_many_applications_needs_no_more_than_the_limit(void)
{
    static uint32_t many[4000];
    for (size_t i = 0; i < 4000; i++)
        many[i] = (uint32_t)i;
    uint8_t *buf = NULL;
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .decoded = 8192 } }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    dia_cer cer = rig_cer("a.example.net");
    cer.auth_application_id = (dia_u32_list)DIA_LIST(many);
    need(buf = dia_alloc(NULL, 65536));
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_OFF, &(dia_header){ 0 }, NULL, buf, 65536, NULL, NULL);
    need(n > 0);
    rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
    need_int(rig_read_result(&rig, link), 5012);
    need_int(link->ending, RIG_CLOSED);
done:
    dia_release(NULL, buf, 65536);
    rig_end(&rig);
}

/* ---- Judging a CEA ---- */

static void cea_is_judged(void) /* B5.6-18, B5.1-01 */
{
    static const struct {
        const char *name, *host;
        uint32_t result_code;
        uint8_t version, flags;
        dia_u32_list auth, inband;
        bool no_realm, opens;
        uint32_t says; /* Result-Code of the event */
    } rows[] = {
        { "success", "a.example.net", 2001, .auth = DIA_LIST(four), .opens = true },
        { "another success", "a.example.net", 2002, .auth = DIA_LIST(four), .opens = true }, /* B7.1.2-01 */
        { "another case", "A.Example.NET", 2001, .auth = DIA_LIST(four), .opens = true },
        { "another host", "b.example.net", 2001, .auth = DIA_LIST(four), .says = 3010 },
        { "our own host: we are connected to ourselves", "m.example.net", 2001, .auth = DIA_LIST(four), .says = 3010 },
        { "no common application", "a.example.net", 5010, .auth = DIA_LIST(other), .says = 5010 },
        { "unknown peer", "a.example.net", 3010, .flags = DIA_FLAG_ERROR, .says = 3010 },
        { "transient failure", "a.example.net", 4003, .auth = DIA_LIST(four), .says = 4003 },
        { "code that nobody knows", "a.example.net", 9001, .auth = DIA_LIST(four), .says = 9001 }, /* B7.1-03 */
        { "success without a common application", "a.example.net", 2001, .auth = DIA_LIST(other), .says = 5010 },
        { "success of a relay", "a.example.net", 2001, .auth = DIA_LIST(relay), .opens = true },
        { "success with TLS only", "a.example.net", 2001, .auth = DIA_LIST(four), .inband = DIA_LIST(tls),
          .says = 5017 },
        { "success with the E bit", "a.example.net", 2001, .flags = DIA_FLAG_ERROR, .auth = DIA_LIST(four),
          .says = 3008 },
        { "version 2", "a.example.net", 2001, .version = 2, .auth = DIA_LIST(four), .says = 5011 },
        { "no Origin-Realm", "a.example.net", 2001, .auth = DIA_LIST(four), .no_realm = true, .says = 5005 },
        { "no Result-Code", "a.example.net", 0, .auth = DIA_LIST(four), .says = 5005 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[1024];
        struct rig rig;
        harness_row(rows[i].name);
        need(rig_begin(&rig, NULL));
        const dia_peer *peer = rig_peer(&rig, "a.example.net", connect_to);
        need(peer);
        struct rig_link *link = rig_reach(&rig);
        need(link);
        const dia_cer cer = rig_cer(rows[i].host);
        const dia_cea cea = {
            .result_code = rows[i].result_code,
            .origin_host = cer.origin_host,
            .origin_realm = rows[i].no_realm ? (dia_bytes){ NULL, 0 } : cer.origin_realm,
            .host_ip_address = cer.host_ip_address,
            .product_name = cer.product_name,
            .auth_application_id = rows[i].auth,
            .inband_security_id = rows[i].inband,
        };
        const dia_header ids = { .flags = rows[i].flags, .hop_by_hop = link->header.hop_by_hop };
        int64_t n = dia_encode(DIA_COMMAND_CEA, &cea, DIA_LEVEL_OFF, &ids, NULL, buf, sizeof buf, NULL, NULL);
        need(n > 0);
        if (rows[i].version)
            buf[0] = rows[i].version;
        if (!rows[i].result_code) { /* cut it out: it stands first */
            memmove(buf + 20, buf + 32, (size_t)n - 32);
            n -= 12;
            dia_store24(buf + 1, (uint32_t)n);
        }
        rig_feed(&rig, link, (dia_bytes){ buf, (size_t)n });
        need_int(peer->state, rows[i].opens ? DIA_PEER_I_OPEN : DIA_PEER_CLOSED);
        need_int(link->ending, rows[i].opens ? RIG_STAYS : RIG_RESET);
        need(rig_is_silent(link)); /* B7.2-01 */
        need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), !rows[i].opens);
        need_int(rig.events[DIA_EVENT_CONNECT_FAILED].result_code, rows[i].says);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

static void cea_of_another_cer_is_dropped(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    const dia_peer *peer = rig_peer(&rig, "a.example.net", connect_to);
    need(peer);
    struct rig_link *link = rig_reach(&rig);
    need(link);
    const uint32_t hop = link->header.hop_by_hop;
    rig_send_cea(&rig, link, "a.example.net", 2001, hop + 1);
    need_int(peer->state, DIA_PEER_WAIT_I_CEA);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 1);
    rig_send_cea(&rig, link, "a.example.net", 2001, hop);
    need_int(peer->state, DIA_PEER_I_OPEN);
done:
    rig_end(&rig);
}

/* A peer configured by its address alone gets its name from CEA, and keeps it. */
static void name_is_learned_from_cea(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    dia_peer *peer = rig_peer(&rig, NULL, connect_to);
    need(peer);
    need(!peer->host.p);
    struct rig_link *link = rig_reach(&rig);
    need(link);
    rig_send_cea(&rig, link, "a.example.net", 2001, link->header.hop_by_hop);
    need_int(peer->state, DIA_PEER_I_OPEN);
    need_bytes(peer->host, dia_cstr("a.example.net"));
    need(dia_names_get(&rig.hub.by_host, dia_cstr("A.EXAMPLE.NET")) == peer);
    rig_drop(&rig, link);
    rig_pass(&rig, 33000);
    need(link = rig_reach(&rig));
    rig_send_cea(&rig, link, "b.example.net", 2001, link->header.hop_by_hop);
    need_int(peer->state, DIA_PEER_CLOSED);
done:
    rig_end(&rig);
}

/* ---- On an open connection ---- */

static void cer_on_an_open_connection_changes_nothing(void) /* B5.6-46 */
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .allow = anybody });
    need(link);
    send_row(&rig, link, &(struct cer_row){ "", 0, .auth = DIA_LIST(other), .host = "b.example.net" });
    need_int(rig_read_result(&rig, link), 5012);
    need_int(link->header.flags, 0);
    need_int(link->ending, RIG_STAYS);
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 1);
    need(dia_peer_supports(link->conn->peer, 4));
    need_bytes(link->conn->peer->host, dia_cstr("a.example.net"));
    rig_send_cea(&rig, link, "a.example.net", 2001, 0);
    need(rig_is_silent(link)); /* an unexpected CEA is dropped and counted */
    need_int(rig_saw(&rig, DIA_EVENT_UNEXPECTED), 2);
    need_int(link->ending, RIG_STAYS);
    rig_send_dwr(&rig, link);
    need(rig_read(&rig, link, DIA_COMMAND_DWA));
done:
    rig_end(&rig);
}

/* What is wrong is so long that Failed-AVP does not fit below limits.message: the CEA goes without it. */
static void cer_with_a_long_mistake_is_answered(void)
{
    struct rig rig;
    static uint8_t text[3950];
    memset(text, 'x', sizeof text);
    const dia_avp again = { .code = 296,
                            .flags = DIA_AVP_M,
                            .data = { text, sizeof text } }; /* a second Origin-Realm */
    dia_cer cer = rig_cer("a.example.net");
    cer.others = (dia_avp_list){ &again, 1 };
    need(rig_begin(&rig, &(dia_node_config){ .allow = anybody, .limits = { .message = 4096 } }));
    struct rig_link *link = rig_accept(&rig);
    need(link);
    rig_send_request(&rig, link, DIA_COMMAND_CER, &cer);
    const dia_cea *cea = rig_read(&rig, link, DIA_COMMAND_CEA);
    need(cea);
    need_int(cea->result_code, 5009);
    need(!cea->failed_avp);
    need_int(link->ending, RIG_CLOSED);
done:
    rig_end(&rig);
}

/* B5.3.1-02 B5.3.2-01 B5.3.5-01: over SCTP CER and CEA have all addresses of ours. */
static void all_addresses_of_an_association_are_told(void)
{
    static const uint8_t first[] = { 192, 0, 2, 1 }, second[] = { 198, 51, 100, 1 };
    static const uint8_t third[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
    const dia_address addresses[] = { { DIA_FAMILY_IPV4, { first, 4 } },
                                      { DIA_FAMILY_IPV4, { second, 4 } },
                                      { DIA_FAMILY_IPV6, { third, 16 } } };
    for (int initiates = 0; initiates < 2; initiates++) {
        struct rig rig;
        dia_conn_info info = rig_info();
        info.kind = DIA_CONN_MESSAGE;
        info.addresses = addresses;
        info.n_addresses = 3;
        harness_row(initiates ? "CER" : "CEA");
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "a.example.net", initiates ? "aaa://far.example.net;transport=sctp" : NULL));
        struct rig_link *link = initiates ? rig_wanted(&rig) : rig_accept_as(&rig, &info);
        need(link);
        const dia_cer *cer = NULL;
        const dia_cea *cea = NULL;
        if (initiates) {
            rig_stand_as(&rig, link, &info);
            need(cer = rig_read(&rig, link, DIA_COMMAND_CER));
        } else {
            rig_send_cer(&rig, link, "a.example.net");
            need(cea = rig_read(&rig, link, DIA_COMMAND_CEA));
        }
        const dia_address_list list = cer ? cer->host_ip_address : cea->host_ip_address;
        need_int(list.n, 3);
        for (size_t i = 0; i < 3; i++)
            check_bytes(list.v[i].value, addresses[i].value);
    done:
        rig_end(&rig);
    }
}

/* Whoever is refused reads here why: 3010 alone says nothing of a certificate that names somebody else. */
static void error_message_of_a_refusal_is_told(void)
{
#define FIFTY "any of many words of a sentence that does not end "
    static const struct {
        const char *name, *message, *reason;
    } rows[] = {
        { "none", NULL, "the peer refused: DIAMETER_UNKNOWN_PEER" },
        { "a sentence", "we know nobody of that name",
          "the peer refused: DIAMETER_UNKNOWN_PEER: we know nobody of that name" },
        { "no text", "a\x1b[2J\xc3\xa4\n", "the peer refused: DIAMETER_UNKNOWN_PEER: a?[2J???" },
        { "one that names somebody behind much else",
          "certificate of CN=stranger.example.net,O=Example (a.example.net, b.example.net, ...) does not name "
          "evil.example.net",
          "the peer refused: DIAMETER_UNKNOWN_PEER: "
          "certificate of CN=stranger.example.net,O=Example (a.example.net, b.example.net, ...) does not name "
          "evil.example.net" },
        { "one that is too long", FIFTY FIFTY FIFTY FIFTY FIFTY "net",
          "the peer refused: DIAMETER_UNKNOWN_PEER: " FIFTY FIFTY FIFTY FIFTY "any of many..." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig rig;
        struct rig_link *link = NULL;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(rig_begin(&rig, NULL));
        need(rig_peer(&rig, "z.example.net", "aaa://far.example.net"));
        need(link = rig_reach(&rig));
        const dia_cer cer = rig_cer("z.example.net");
        const dia_cea cea = { .result_code = DIA_RESULT_CODE_UNKNOWN_PEER,
                              .origin_host = cer.origin_host,
                              .origin_realm = cer.origin_realm,
                              .host_ip_address = cer.host_ip_address,
                              .product_name = cer.product_name,
                              .error_message = dia_cstr(rows[i].message) };
        rig_send(&rig, link, DIA_COMMAND_CEA, &cea,
                 &(dia_header){ .flags = DIA_FLAG_ERROR, .hop_by_hop = link->header.hop_by_hop });
        rig_drop(&rig, link);
        need_int(rig_saw(&rig, DIA_EVENT_CONNECT_FAILED), 1);
        need_str(rig.events[DIA_EVENT_CONNECT_FAILED].reason, rows[i].reason);
    done:
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "error_message_of_a_refusal_is_told", error_message_of_a_refusal_is_told },
        { "cer_has_these_octets", cer_has_these_octets },
        { "cea_has_these_octets", cea_has_these_octets },
        { "applications_stand_where_they_belong", applications_stand_where_they_belong },
        { "configured_addresses_replace_the_connections_own", configured_addresses_replace_the_connections_own },
        { "what_is_kept_of_a_peer_has_an_end", what_is_kept_of_a_peer_has_an_end },
        { "cer_is_judged", cer_is_judged },
        { "without_a_common_application_both_sides_are_told", without_a_common_application_both_sides_are_told },
        { "cer_with_a_long_mistake_is_answered", cer_with_a_long_mistake_is_answered },
        { "failed_avp_of_a_cer_is_an_example_of_what_is_missing",
          failed_avp_of_a_cer_is_an_example_of_what_is_missing },
        { "relay_of_ours_has_everything_in_common", relay_of_ours_has_everything_in_common },
        { "applications_of_the_peer_are_remembered", applications_of_the_peer_are_remembered },
        { "cer_of_many_applications_needs_no_more_than_the_limit",
          cer_of_many_applications_needs_no_more_than_the_limit },
        { "cea_is_judged", cea_is_judged },
        { "cea_of_another_cer_is_dropped", cea_of_another_cer_is_dropped },
        { "name_is_learned_from_cea", name_is_learned_from_cea },
        { "cer_on_an_open_connection_changes_nothing", cer_on_an_open_connection_changes_nothing },
        { "all_addresses_of_an_association_are_told", all_addresses_of_an_association_are_told },
    };
    return HARNESS_RUN("peer/capabilities", tests);
}
