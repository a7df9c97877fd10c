/* Messages as JSON -> octets: the forms in which they may be written, and what is refused with which words. */
#include "messages.h"

/* Rows of texts that mean the same, with ' for ". */
static void forms_are_taken(void)
{
    static const struct {
        const char *name, *json, *hex;
    } rows[] = {
        { "command alone", "{'command':'DWR'}", "01000014 80000118 00000000 00000000 00000000" },
        { "by its long name", "{'command':'Device-Watchdog-Answer'}", "01000014 00000118 00000000 00000000 00000000" },
        { "application of the command's dictionary", "{'command':'CCR'}",
          "01000014 c0000110 00000004 00000000 00000000" },
        { "application by number", "{'application':16777238,'command':'CCR'}",
          "01000014 c0000110 01000016 00000000 00000000" },
        { "application by the name of a dictionary", "{'application':'ro','command':'CCA'}",
          "01000014 40000110 00000004 00000000 00000000" },
        { "application by its own name", "{'application':'diameter credit-control','code':272,'flags':[]}",
          "01000014 00000110 00000004 00000000 00000000" },
        { "base command of an application", "{'command':'RAR','application':4}",
          "01000014 c0000102 00000004 00000000 00000000" },
        { "other flags", "{'command':'CCR','flags':['T',2]}", "01000014 12000110 00000004 00000000 00000000" },
        { "by number", "{'command':272,'flags':['R'],'application':4}",
          "01000014 80000110 00000004 00000000 00000000" },
        { "by code", "{'code':16777215,'flags':[],'hop_by_hop':4294967295,'end_to_end':1}",
          "01000014 00ffffff 00000000 ffffffff 00000001" },
        { "name and code", "{'command':'CCR','code':272}", "01000014 c0000110 00000004 00000000 00000000" },
        { "number and code", "{'command':272,'code':272,'flags':[]}", "01000014 00000110 00000000 00000000 00000000" },
        { "answer-message", "{'command':'answer-message','code':272,'application':4}",
          "01000014 20000110 00000004 00000000 00000000" },
        { "version and length", "{'version':2,'length':16777215,'command':'DWA'}",
          "02ffffff 00000118 00000000 00000000 00000000" },
        { "rest", "{'command':'DWA','rest':'00ff'}", "01000016 00000118 00000000 00000000 00000000 00ff" },
        { "AVP by name", "{'command':'DWA','avps':[{'name':'Origin-Host','value':'a'}]}",
          "01000020 00000118 00000000 00000000 00000000 00000108 40000009 61000000" },
        { "AVP by code", "{'command':'DWA','avps':[{'code':264,'value':'a'}]}",
          "01000020 00000118 00000000 00000000 00000000 00000108 40000009 61000000" },
        { "AVP of a vendor by name", "{'command':'DWA','avps':[{'name':'3GPP-IMSI','value':'a'}]}",
          "01000024 00000118 00000000 00000000 00000000 00000001 8000000d 000028af 61000000" },
        { "AVP of a vendor by name and code", "{'command':'DWA','avps':[{'name':'3GPP-IMSI','code':1,'value':'a'}]}",
          "01000024 00000118 00000000 00000000 00000000 00000001 8000000d 000028af 61000000" },
        { "V follows from the vendor", "{'command':'DWA','avps':[{'code':1,'vendor':9,'flags':['M'],'value':'a'}]}",
          "01000024 00000118 00000000 00000000 00000000 00000001 c000000d 00000009 61000000" },
        { "unknown AVP", "{'command':'DWA','avps':[{'code':99999,'value':{'hex':'01'}}]}",
          "01000020 00000118 00000000 00000000 00000000 0001869f 00000009 01000000" },
        { "unknown group", "{'command':'DWA','avps':[{'code':99999,'value':{'Origin-Host':'a'}}]}",
          "01000028 00000118 00000000 00000000 00000000 0001869f 00000014 00000108 40000009 61000000" },
        { "two of a name, by code", "{'command':'DWA','avps':[{'name':'Session-Id','code':60008,'value':1}]}",
          "01000024 00000118 00000000 00000000 00000000 0000ea68 80000010 00001267 00000001" },
        { "two of a name, by vendor", "{'command':'DWA','avps':[{'name':'Session-Id','vendor':0,'value':''}]}",
          "0100001c 00000118 00000000 00000000 00000000 00000107 40000008" },
        { "short form", "{'command':'DWA','avps':{'Origin-Host':'a','Origin-Realm':''}}",
          "01000028 00000118 00000000 00000000 00000000 00000108 40000009 61000000 00000128 40000008" },
        { "repeated", "{'command':'DWA','avps':{'Class':['a','b',{'hex':'00'}],'Route-Record':[]}}",
          "01000038 00000118 00000000 00000000 00000000 00000019 40000009 61000000 00000019 40000009 62000000 "
          "00000019 40000009 00000000" },
        { "repeated group", "{'command':'DWA','avps':{'G':[{'Class':'a'},{},[{'name':'G','value':[]}]]}}",
          "01000040 00000118 00000000 00000000 00000000 0000ea67 40000014 00000019 40000009 61000000 "
          "0000ea67 40000008 0000ea67 40000010 0000ea67 40000008" },
        { "group in long form", "{'command':'DWA','avps':{'G':[{'name':'Class','value':'a'},{'code':25,'value':''}]}}",
          "01000030 00000118 00000000 00000000 00000000 0000ea67 4000001c 00000019 40000009 61000000 "
          "00000019 40000008" },
        { "padding",
          "{'command':'DWA','avps':[{'code':25,'value':'a','padding':'0001ff'},{'code':25,'value':'a',"
          "'padding':'00'}]}",
          "0100002a 00000118 00000000 00000000 00000000 00000019 40000009 610001ff 00000019 40000009 6100" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100], want[100];
        char text[1000];
        dia_json_error error;
        harness_row(rows[i].name);
        const dia_bytes message = read_text(quoted(rows[i].json, text, sizeof text), buf, sizeof buf, &error);
        check_str(error.text, "");
        check_bytes(message, harness_hex(rows[i].hex, want, sizeof want));
    }
}

static void mistakes_are_told_with_their_path(void)
{
    static const struct {
        const char *json, *path, *text;
    } rows[] = {
        { "[]", "", "wants an object: a message" },
        { "{}", "", "wants a 'command': its name, or its code" },
        { "{'command':'XYZ'}", "command", "no dictionary knows 'XYZ'" },
        { "{'command':'CCR','code':271}", "command", "CCR has code 272" },
        { "{'command':'answer-message'}", "command", "answer-message wants a 'code' beside it" },
        { "{'command':272,'code':271,'flags':[]}", "", "'command' and 'code' are two numbers" },
        { "{'command':[]}", "command", "wants a whole number from 0 to 16777215" },
        { "{'code':16777216}", "code", "wants a whole number from 0 to 16777215" },
        { "{'code':272}", "", "wants 'flags', which say whether it is a request: ['R'] or []" },
        { "{'command':'DWR','version':256}", "version", "wants a whole number from 0 to 255" },
        { "{'command':'DWR','length':-1}", "length", "wants a whole number from 0 to 16777215" },
        { "{'command':'DWR','hop_by_hop':'1'}", "hop_by_hop", "wants a whole number from 0 to 4294967295" },
        { "{'command':'DWR','end_to_end':4294967296}", "end_to_end", "wants a whole number from 0 to 4294967295" },
        { "{'command':'DWR','application':1.0}", "application", "wants a whole number from 0 to 4294967295" },
        { "{'command':'DWR','application':'nope'}", "application", "no dictionary has an application 'nope'" },
        { "{'command':'DWR','flags':'R'}", "flags", "wants an array of letters of 'RPET'" },
        { "{'command':'DWR','flags':['R','X']}", "flags[1]", "wants a letter of 'RPET', or the number of a bit" },
        { "{'command':'DWR','flags':['']}", "flags[0]", "wants a letter of 'RPET', or the number of a bit" },
        { "{'command':'DWR','flags':[256]}", "flags[0]", "wants a letter of 'RPET', or the number of a bit" },
        { "{'command':'DWR','avp':[]}", "avp", "there is no such member" },
        { "{'command':'DWR','rest':5}", "rest", "wants a string with an even number of hex digits" },
        { "{'command':'DWR','avps':5}", "avps", "wants an array or an object" },
        { "{'command':'DWR','avps':[5]}", "avps[0]", "wants an object" },
        { "{'command':'DWR','avps':[{}]}", "avps[0]", "wants a 'name' or a 'code'" },
        { "{'command':'DWR','avps':[{'code':25}]}", "avps[0]", "wants a 'value'" },
        { "{'command':'DWR','avps':[{'name':5,'value':1}]}", "avps[0].name", "wants a string" },
        { "{'command':'DWR','avps':[{'code':-5,'value':1}]}", "avps[0].code",
          "wants a whole number from 0 to 4294967295" },
        { "{'command':'DWR','avps':[{'code':25,'value':''},{'name':'Nobody','value':''}]}", "avps[1]",
          "no dictionary knows 'Nobody'" },
        { "{'command':'DWR','avps':[{'name':'Nobody','code':1,'value':''}]}", "avps[0]",
          "no dictionary knows 'Nobody'" },
        { "{'command':'DWR','avps':[{'name':'Class','code':24,'value':''}]}", "avps[0]",
          "Class has code 25 and vendor 0" },
        { "{'command':'DWR','avps':[{'name':'Class','vendor':9,'value':''}]}", "avps[0]",
          "Class has code 25 and vendor 0" },
        { "{'command':'DWR','avps':[{'code':25,'flag':[],'value':''}]}", "avps[0].flag", "there is no such member" },
        { "{'command':'DWR','avps':[{'code':25,'flags':['R'],'value':''}]}", "avps[0].flags[0]",
          "wants a letter of 'VMP', or the number of a bit" },
        { "{'command':'DWR','avps':[{'code':25,'value':'a','padding':'00000000'}]}", "avps[0].padding",
          "wants no more than 3 octets here" },
        { "{'command':'DWR','avps':[{'code':25,'value':'a','padding':5}]}", "avps[0].padding",
          "wants a string with an even number of hex digits" },
        { "{'command':'DWR','avps':[{'code':25,'value':'a','padding':'00'},{'code':25,'value':'a'}]}", "avps[1]",
          "the AVP before this one lacks padding, as only the last one may" },
        { "{'command':'DWR','avps':[{'code':25,'value':'a','padding':''}],'rest':'00'}", "rest",
          "the AVP before it lacks padding, as only the last one may" },
        { "{'command':'DWR','avps':{'G':{'Nobody':1}}}", "avps.G.Nobody", "no dictionary knows 'Nobody'" },
        { "{'command':'DWR','avps':{'G':[{'Class':'a'},{'Class':['b',5]}]}}", "avps.G[1].Class[1]",
          "wants a string, or {'hex': ...}" },
        { "{'command':'DWR','avps':[{'name':'G','value':[{'code':99999,'value':5}]}]}", "avps[0].value[0].value",
          "wants a string, or {'hex': ...}: no dictionary knows its type" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buf[100];
        char json[1000], text[200];
        dia_json_error error;
        harness_row(rows[i].json);
        check(!read_text(quoted(rows[i].json, json, sizeof json), buf, sizeof buf, &error).p);
        check_str(error.path, rows[i].path);
        check_str(error.text, quoted(rows[i].text, text, sizeof text));
        check_int(error.line, 0);
    }
}

static void nesting_has_an_end(void)
{
    for (int depth = DIA_NESTING_MAX - 1; depth < DIA_NESTING_MAX + 3; depth++) {
        char text[1000] = "{\"command\":\"DWR\",\"avps\":{\"G\":";
        for (int i = 1; i < depth; i++)
            strcat(text, "{\"G\":");
        strcat(text, "{}");
        for (int i = 0; i < depth; i++)
            strcat(text, "}");
        strcat(text, "}");
        uint8_t buf[400];
        dia_json_error error;
        const dia_bytes message = read_text(text, buf, sizeof buf, &error);
        check_int(message.p != NULL, depth <= DIA_NESTING_MAX);
        check_str(error.text, message.p ? "" : "groups are nested deeper than 16");
    }
}

static void an_avp_holds_24_bits(void)
{
    static char text[2 * DIA_LENGTH_MAX + 200];
    static uint8_t buf[DIA_LENGTH_MAX + 100];
    for (size_t over = 0; over < 2; over++) {
        const size_t n = DIA_LENGTH_MAX - 8 + over;
        dia_json_error error;
        const int head =
            snprintf(text, sizeof text, "{\"command\":\"DWR\",\"length\":20,\"avps\":[{\"code\":25,\"value\":\"");
        memset(text + head, 'a', n);
        strcpy(text + head + n, "\"}]}");
        const dia_bytes message = read_text(text, buf, sizeof buf, &error);
        check_int(message.p != NULL, !over);
        check_str(error.text, over ? "is longer than an AVP can be" : "");
        check_str(error.path, over ? "avps[0]" : "");
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "forms_are_taken", forms_are_taken },
        { "mistakes_are_told_with_their_path", mistakes_are_told_with_their_path },
        { "nesting_has_an_end", nesting_has_an_end },
        { "an_avp_holds_24_bits", an_avp_holds_24_bits },
    };
    return HARNESS_RUN("json/read", tests);
}
