/* Octets and their JSON, row by row: the one gives the other, and the other the one. */
#include "messages.h"

static void messages_go_both_ways(void)
{
    static const struct {
        const char *name, *hex, *json;
    } rows[] = {
        { "request", "01000014 c0000110 00000004 00000001 ffffffff",
          "{'version':1,'command':'CCR','code':272,'flags':['R','P'],'application':4,'hop_by_hop':1,"
          "'end_to_end':4294967295,'avps':[]}" },
        { "answer", "01000014 20000118 00000000 00000001 00000002",
          "{'version':1,'command':'DWA','code':280,'flags':['E'],'application':0,'hop_by_hop':1,'end_to_end':2,"
          "'avps':[]}" },
        { "nobody knows the command", "01000014 80ffffff fffffffe 00000001 00000002",
          "{'version':1,'code':16777215,'flags':['R'],'application':4294967294,'hop_by_hop':1,'end_to_end':2,"
          "'avps':[]}" },
        { "all flags", "01000014 ff000118 00000000 00000001 00000002",
          "{'version':1,'command':'DWR','code':280,'flags':['R','P','E','T',8,4,2,1],'application':0,'hop_by_hop':1,"
          "'end_to_end':2,'avps':[]}" },
        { "other version, wrong length", "ff000007 00000118 00000000 00000001 00000002",
          "{'version':255,'command':'DWA','code':280,'length':7,'flags':[],'application':0,'hop_by_hop':1,"
          "'end_to_end':2,'avps':[]}" },
        { "one AVP and a rest",
          "01000027 80000118 00000000 00000001 00000002 00000108 40000009 61000000 00000108 400000",
          "{'version':1,'command':'DWR','code':280,'flags':['R'],'application':0,'hop_by_hop':1,'end_to_end':2,"
          "'avps':[{'name':'Origin-Host','code':264,'value':'a'}],'rest':'00000108400000'}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[64], back[64];
        char json[TEXT_MAX], want[2 * TEXT_MAX];
        harness_row(rows[i].name);
        const dia_bytes message = harness_hex(rows[i].hex, buf, sizeof buf);
        quoted(rows[i].json, want, sizeof want);
        check_int(dia_json_print(dictionaries(), message, NULL, json, sizeof json, NULL), strlen(want));
        check_str(json, want);
        check_bytes(read_text(json, back, sizeof back, NULL), message);
    }
}

static void avps_go_both_ways(void)
{
    static const struct {
        const char *name, *hex, *json; /* the JSON with ' for " */
    } rows[] = {
        { "text", "00000107 4000000b 61c3a900", "[{'name':'Session-Id','code':263,'value':'a\xc3\xa9'}]" },
        { "empty text", "00000107 40000008", "[{'name':'Session-Id','code':263,'value':''}]" },
        { "NUL, quotes and control characters", "00000107 4000000e 0022 5c0a 1f7f 0000",
          "[{'name':'Session-Id','code':263,'value':'\\u0000\\'\\\\\\n\\u001f\\u007f'}]" },
        { "no UTF-8", "00000107 4000000b eda08000", "[{'name':'Session-Id','code':263,'value':{'hex':'eda080'}}]" },
        { "printable octets", "00000019 4000000a 7e200000", "[{'name':'Class','code':25,'value':'~ '}]" },
        { "octets", "00000019 4000000a c3a90000", "[{'name':'Class','code':25,'value':{'hex':'c3a9'}}]" },
        { "unknown, printable", "0001869f 00000009 61000000", "[{'code':99999,'flags':[],'value':'a'}]" },
        { "unknown, other flags", "0001869f 7f000009 00000000",
          "[{'code':99999,'flags':['M','P',16,8,4,2,1],'value':{'hex':'00'}}]" },
        { "unknown, vendor", "0001869f c000000d 0000006361000000",
          "[{'code':99999,'vendor':99,'flags':['V','M'],'value':'a'}]" },
        { "vendor 0 with V", "00000107 c000000d 0000000061000000",
          "[{'name':'Session-Id','code':263,'flags':['V','M'],'value':'a'}]" },
        { "other flags than the dictionary's", "00000107 00000009 61000000",
          "[{'name':'Session-Id','code':263,'flags':[],'value':'a'}]" },
        { "two of one name", "0000ea68 80000010 00001267 00000005 00000107 40000009 61000000",
          "[{'name':'Session-Id','code':60008,'vendor':4711,'value':5},{'name':'Session-Id','code':263,'value':'a'}]" },
        { "Unsigned32", "0000ea65 4000000c ffffffff", "[{'name':'U32','code':60005,'value':4294967295}]" },
        { "Unsigned32 whose value has a name", "0000ea65 4000000c 00000009",
          "[{'name':'U32','code':60005,'value':9}]" },
        { "Unsigned32 of 3 octets", "0000ea65 4000000b 61626300",
          "[{'name':'U32','code':60005,'value':{'hex':'616263'}}]" },
        { "Unsigned32 of none", "0000ea65 40000008", "[{'name':'U32','code':60005,'value':{'hex':''}}]" },
        { "Integer32", "0000ea69 4000000c 80000000", "[{'name':'I32','code':60009,'value':-2147483648}]" },
        { "Enumerated", "0000ea66 4000000c 00000001", "[{'name':'E','code':60006,'value':'one'}]" },
        { "Enumerated below 0", "0000ea66 4000000c ffffffff", "[{'name':'E','code':60006,'value':'minus'}]" },
        { "Enumerated, named like a number", "0000ea66 4000000c 00000002", "[{'name':'E','code':60006,'value':'1'}]" },
        { "Enumerated, unknown", "0000ea66 4000000c 00000003", "[{'name':'E','code':60006,'value':3}]" },
        { "Integer64", "0000ea63 40000010 8000000000000000",
          "[{'name':'I64','code':60003,'value':'-9223372036854775808'}]" },
        { "Integer64 whose value has a name", "0000ea63 40000010 0000000000000009",
          "[{'name':'I64','code':60003,'value':'9'}]" },
        { "Integer64 that another is named after", "0000ea63 40000010 0000000000000005",
          "[{'name':'I64','code':60003,'value':'5'}]" },
        { "Unsigned64", "0000ea64 40000010 ffffffffffffffff",
          "[{'name':'U64','code':60004,'value':'18446744073709551615'}]" },
        { "Unsigned64 of 4 octets", "0000ea64 4000000c 00000001",
          "[{'name':'U64','code':60004,'value':{'hex':'00000001'}}]" },
        { "Float32", "0000ea61 4000000c 3dcccccd", "[{'name':'F32','code':60001,'value':0.1}]" },
        { "Float32, highest", "0000ea61 4000000c 7f7fffff", "[{'name':'F32','code':60001,'value':3.4028235e+38}]" },
        { "Float32, smallest", "0000ea61 4000000c 00000001", "[{'name':'F32','code':60001,'value':1.4013e-45}]" },
        { "Float32, NaN with a payload", "0000ea61 4000000c 7f800001",
          "[{'name':'F32','code':60001,'value':{'bits':'7f800001'}}]" },
        { "Float64", "0000ea62 40000010 3ff0000000000000", "[{'name':'F64','code':60002,'value':1}]" },
        { "Float64, 17 digits", "0000ea62 40000010 3fd3333333333334",
          "[{'name':'F64','code':60002,'value':0.30000000000000004}]" },
        { "Float64, -0", "0000ea62 40000010 8000000000000000",
          "[{'name':'F64','code':60002,'value':{'bits':'8000000000000000'}}]" },
        { "Float64, infinity", "0000ea62 40000010 fff0000000000000",
          "[{'name':'F64','code':60002,'value':{'bits':'fff0000000000000'}}]" },
        { "Float64 of 1 octet", "0000ea62 40000009 61000000", "[{'name':'F64','code':60002,'value':{'hex':'61'}}]" },
        { "IPv4", "00000101 4000000e 0001c00002010000", "[{'name':'Host-IP-Address','code':257,'value':'192.0.2.1'}]" },
        { "IPv6", "00000101 4000001a 0002 20010db8000000000000000000000001 0000",
          "[{'name':'Host-IP-Address','code':257,'value':'2001:db8::1'}]" },
        { "no address", "00000101 4000000b 00010900",
          "[{'name':'Host-IP-Address','code':257,'value':{'hex':'000109'}}]" },
        { "Time", "00000037 4000000c ed286d40",
          "[{'name':'Event-Timestamp','code':55,'value':'2026-01-31T12:00:00Z'}]" },
        { "Time behind 2036", "00000037 4000000c 00000000",
          "[{'name':'Event-Timestamp','code':55,'value':'2036-02-07T06:28:16Z'}]" },
        { "no time", "00000037 4000000a 00000000", "[{'name':'Event-Timestamp','code':55,'value':{'hex':'0000'}}]" },
        { "group", "000001bb 40000014 000001c2 4000000c 00000000",
          "[{'name':'Subscription-Id','code':443,'value':[{'name':'Subscription-Id-Type','code':450,"
          "'value':'END_USER_E164'}]}]" },
        { "empty group", "000001bb 40000008", "[{'name':'Subscription-Id','code':443,'value':[]}]" },
        { "group of no AVPs", "000001bb 40000009 61000000",
          "[{'name':'Subscription-Id','code':443,'value':{'hex':'61'}}]" },
        { "padding not zero", "00000107 40000009 61000001 00000107 40000008",
          "[{'name':'Session-Id','code':263,'value':'a','padding':'000001'},"
          "{'name':'Session-Id','code':263,'value':''}]" },
        { "padding missing at the end", "00000107 40000009 61",
          "[{'name':'Session-Id','code':263,'value':'a','padding':''}]" },
        { "some padding at the end", "00000107 40000009 6100",
          "[{'name':'Session-Id','code':263,'value':'a','padding':'00'}]" },
        { "padding missing in a group", "0000ea67 40000011 00000107 40000009 61 ffffff 00000107 40000008",
          "[{'name':'G','code':60007,'value':[{'name':'Session-Id','code':263,'value':'a','padding':''}],"
          "'padding':'ffffff'},{'name':'Session-Id','code':263,'value':''}]" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[256], back[256];
        char json[TEXT_MAX], avps[TEXT_MAX], want[2 * TEXT_MAX];
        harness_row(rows[i].name);
        const dia_bytes message = message_of(rows[i].hex, buf, sizeof buf);
        quoted(rows[i].json, avps, sizeof avps);
        json_of(avps, want, sizeof want);
        check_int(dia_json_print(dictionaries(), message, NULL, json, sizeof json, NULL), strlen(want));
        check_str(json, want);
        check_bytes(read_text(json, back, sizeof back, NULL), message);
    }
}

/* n groups around one empty AVP. */
static dia_bytes nested(unsigned n, uint8_t *buf, size_t size)
{
    dia_bytes message = message_of("00000107 40000008", buf, size);
    for (; n; n--) {
        uint8_t *avps = buf + DIA_HEADER_SIZE;
        memmove(avps + 8, avps, message.n - DIA_HEADER_SIZE);
        dia_store32(avps, 60007);
        message.n += 8;
        dia_store32(avps + 4, (uint32_t)DIA_AVP_M << 24 | (uint32_t)(message.n - DIA_HEADER_SIZE));
    }
    dia_store24(buf + DIA_AT_LENGTH, (uint32_t)message.n);
    return message;
}

static void groups_open_as_deep_as_nesting_may_go(void)
{
    for (unsigned n = DIA_NESTING_MAX - 1; n < DIA_NESTING_MAX + 3; n++) {
        uint8_t buf[400], back[400];
        char json[TEXT_MAX];
        const dia_bytes message = nested(n, buf, sizeof buf);
        check(dia_json_print(dictionaries(), message, NULL, json, sizeof json, NULL) > 0);
        check_int(strstr(json, "hex") != NULL, n > DIA_NESTING_MAX);
        check_bytes(read_text(json, back, sizeof back, NULL), message);
    }
}

static void indented_one_avp_a_line(void)
{
    static const char want[] = "{\n"
                               "  \"version\": 1,\n"
                               "  \"code\": 9999,\n"
                               "  \"flags\": [\"R\"],\n"
                               "  \"application\": 7,\n"
                               "  \"hop_by_hop\": 0,\n"
                               "  \"end_to_end\": 0,\n"
                               "  \"avps\": [\n"
                               "    {\"name\": \"Session-Id\", \"code\": 263, \"value\": \"a\"},\n"
                               "    {\"name\": \"G\", \"code\": 60007, \"value\": [\n"
                               "      {\"name\": \"Class\", \"code\": 25, \"value\": {\"hex\": \"00\"}},\n"
                               "      {\"name\": \"G\", \"code\": 60007, \"flags\": [\"M\", 1], \"value\": []}\n"
                               "    ]}\n"
                               "  ],\n"
                               "  \"rest\": \"00\"\n"
                               "}";
    uint8_t buf[100];
    char json[TEXT_MAX];
    const dia_json_options options = { .indent = 2 };
    const dia_bytes message = message_of("00000107 40000009 61000000 0000ea67 4000001c 00000019 40000009 00000000"
                                         "0000ea67 41000008 00",
                                         buf, sizeof buf);
    need_int(dia_json_print(dictionaries(), message, &options, json, sizeof json, NULL), sizeof want - 1);
    need_str(json, want);
done:;
}

static void what_tells_of_subscribers_is_left_out(void)
{
    static const struct {
        const char *name, *hex, *json;
    } rows[] = {
        { "text", "00000001 40000009 61000000", "[{'name':'User-Name','code':1,'value':'...'}]" },
        { "of a vendor", "00000001 8000000d 000028af 61000000",
          "[{'name':'3GPP-IMSI','code':1,'vendor':10415,'value':'...'}]" },
        { "inside a group", "000001bb 40000014 000001bc 4000000c 34393137",
          "[{'name':'Subscription-Id','code':443,'value':[{'name':'Subscription-Id-Data','code':444,'value':'...'}]}"
          "]" },
        { "a group that cannot be looked into", "000001bb 4000000c 61626364",
          "[{'name':'Subscription-Id','code':443,'value':'...'}]" },
        { "behind the third part of a Session-Id", "00000107 4000000f 613b313b 323b7800",
          "[{'name':'Session-Id','code':263,'value':'a;1;2;...'}]" },
        { "an AVP that nobody knows", "00011170 0000000c 61626364", "[{'code':70000,'flags':[],'value':'...'}]" },
        { "a value that is none of its type", "000001a0 4000000b 61626300",
          "[{'name':'CC-Request-Type','code':416,'value':'...'}]" },
        { "a rest", "00000107 40000008 000001bc 40000009",
          "[{'name':'Session-Id','code':263,'value':''}],'rest':'...'" },
    };
    const dia_json_options options = { .redact = true };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100];
        char json[TEXT_MAX], avps[TEXT_MAX], want[2 * TEXT_MAX];
        harness_row(rows[i].name);
        const dia_bytes message = message_of(rows[i].hex, buf, sizeof buf);
        quoted(rows[i].json, avps, sizeof avps);
        check(dia_json_print(dictionaries(), message, &options, json, sizeof json, NULL) > 0);
        check_str(json, json_of(avps, want, sizeof want));
    }
}

static void a_small_buffer_is_told_the_size(void)
{
    uint8_t buf[64];
    char json[TEXT_MAX];
    const dia_bytes message = message_of("00000107 40000009 61000000", buf, sizeof buf);
    const int64_t n = dia_json_print(dictionaries(), message, NULL, json, sizeof json, NULL);
    need(n > 0);
    for (size_t size = 0; size <= (size_t)n; size++) {
        size_t needed = 0;
        need_int(dia_json_print(dictionaries(), message, NULL, json, size, &needed), DIA_ESPACE);
        need_int(needed, n + 1);
    }
    need_int(dia_json_print(dictionaries(), message, NULL, json, (size_t)n + 1, NULL), n);
done:;
}

static void a_header_must_be_there(void)
{
    uint8_t buf[64];
    char json[TEXT_MAX];
    dia_bytes message = message_of("", buf, sizeof buf);
    for (message.n = 0; message.n < DIA_HEADER_SIZE; message.n++)
        check_int(dia_json_print(dictionaries(), message, NULL, json, sizeof json, NULL), DIA_EFORMAT);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "messages_go_both_ways", messages_go_both_ways },
        { "avps_go_both_ways", avps_go_both_ways },
        { "groups_open_as_deep_as_nesting_may_go", groups_open_as_deep_as_nesting_may_go },
        { "indented_one_avp_a_line", indented_one_avp_a_line },
        { "what_tells_of_subscribers_is_left_out", what_tells_of_subscribers_is_left_out },
        { "a_small_buffer_is_told_the_size", a_small_buffer_is_told_the_size },
        { "a_header_must_be_there", a_header_must_be_there },
    };
    return HARNESS_RUN("json/print", tests);
}
