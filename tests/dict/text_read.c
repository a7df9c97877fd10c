/* Tests of reading messages in their text form: what was printed comes back, what people write is understood, and every
 * error has its place. */
#include "harness.h"
#include "messages.h"

#include <stdio.h>

/* ---- There and back ---- */

#define HEAD       "01 00 00 14 80 00 23 28 00 00 00 4d 00 00 00 00 00 00 00 00 "
#define HEAD_OF(n) "01 00 00 " n " 80 00 23 28 00 00 00 4d 00 00 00 00 00 00 00 00 "

static void what_was_printed_comes_back(void)
{
    static const struct {
        const char *name, *octets;
    } cases[] = {
        { "nothing at all", "" },
        { "too short for a header", "01 02 03" },
        { "a header alone", HEAD },
        { "reserved flags, other version, other length",
          "02 00 00 15 ff ff ff ff ff ff ff ff 01 02 03 04 05 06 07 08" },
        { "an unknown answer", "01 00 00 14 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04" },
        { "a known answer", "01 00 00 14 60 00 23 28 00 00 00 4d 00 00 00 03 00 00 00 04" },
        { "a name", HEAD_OF("20") "00 00 01 a0 40 00 00 0c 00 00 00 02" },
        { "a number without a name", HEAD_OF("20") "00 00 01 a0 40 00 00 0c 00 00 00 63" },
        { "a negative name", HEAD_OF("20") "00 00 01 a0 40 00 00 0c ff ff ff ff" },
        { "flags none", HEAD_OF("20") "00 00 01 a0 00 00 00 0c 00 00 00 02" },
        { "flags all", HEAD_OF("20") "00 00 01 a0 7f 00 00 0c 00 00 00 02" },
        { "flag V without a vendor", HEAD_OF("20") "00 00 01 a0 c0 00 00 10 00 00 00 00 00 00 00 02" },
        { "an unknown AVP", HEAD_OF("28") "00 01 11 70 c0 00 00 0e 00 00 28 af 61 62 00 00" },
        { "an empty unknown AVP", HEAD_OF("1c") "00 01 11 70 00 00 00 08" },
        { "odd padding", HEAD_OF("20") "00 00 01 07 40 00 00 09 61 01 02 03" },
        { "missing padding", HEAD_OF("20") "00 00 01 07 40 00 00 09 61" },
        { "some padding", HEAD_OF("20") "00 00 01 07 40 00 00 09 61 00 00" },
        { "an empty text", HEAD_OF("1c") "00 00 01 07 40 00 00 08" },
        { "a text with everything", HEAD_OF("1c") "00 00 01 07 40 00 00 14 22 5c 0a 00 7f 09 c2 85 c3 a4 23 20" },
        { "a text that is not UTF-8", HEAD_OF("1c") "00 00 01 07 40 00 00 0a ff fe 00 00" },
        { "octets that look like a number", HEAD_OF("1c") "00 00 00 0a c0 00 00 10 00 00 00 63 30 78 31 30" },
        { "a wrong size", HEAD_OF("1c") "00 00 01 a0 40 00 00 0b 00 00 02 00" },
        { "NaN", HEAD_OF("1c") "00 00 00 04 80 00 00 10 00 00 00 63 7f c0 00 01" },
        { "infinity", HEAD_OF("1c") "00 00 00 04 80 00 00 10 00 00 00 63 ff 80 00 00" },
        { "minus zero", HEAD_OF("1c") "00 00 00 04 80 00 00 10 00 00 00 63 80 00 00 00" },
        { "the smallest float", HEAD_OF("1c") "00 00 00 04 80 00 00 10 00 00 00 63 00 00 00 01" },
        { "a time of the first era", HEAD_OF("1c") "00 00 00 06 80 00 00 10 00 00 00 63 80 00 00 00" },
        { "a time of the second era", HEAD_OF("1c") "00 00 00 06 80 00 00 10 00 00 00 63 7f ff ff ff" },
        { "an IPv4 address", HEAD_OF("1c") "00 00 00 07 c0 00 00 12 00 00 00 63 00 01 c0 00 02 01 00 00" },
        { "digits", HEAD_OF("1c") "00 00 00 07 c0 00 00 10 00 00 00 63 00 08 34 39" },
        { "an address of any family", HEAD_OF("1c") "00 00 00 07 c0 00 00 10 00 00 00 63 00 63 01 02" },
        { "an address that is none", HEAD_OF("1c") "00 00 00 07 c0 00 00 10 00 00 00 63 00 01 01 02" },
        { "an empty group", HEAD_OF("20") "00 00 00 0b c0 00 00 0c 00 00 00 63" },
        { "a group without its last padding",
          HEAD_OF("20") "00 00 00 0b c0 00 00 15 00 00 00 63 00 00 01 07 40 00 00 09 61 07 00 00 "
                        "00 00 01 a0 40 00 00 0c 00 00 00 02" },
        { "a group that is none", HEAD_OF("20") "00 00 00 0b c0 00 00 10 00 00 00 63 61 62 63 64" },
        { "an AVP beyond the end", HEAD_OF("20") "00 00 01 a0 40 00 00 0c 00 00 00 02 00 00 01 a0 40 00 00 0c 00" },
    };
    uint8_t want[256], back[512];
    char text[2048];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t needed = 0;
        harness_row(cases[i].name);
        const dia_bytes octets = harness_hex(cases[i].octets, want, sizeof want);
        const int64_t n = dia_text_print(tables_dicts(), octets, NULL, text, sizeof text, NULL);
        need(n > 0);
        const int64_t m = dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, back, sizeof back, NULL);
        need_int(m, octets.n);
        need_bytes(((dia_bytes){ back, (size_t)m }), octets);
        if (octets.n == 0)
            continue;
        need_int(dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, back, octets.n - 1, &needed), DIA_ESPACE);
        need_int(needed, octets.n);
        need_int(dia_text_read(tables_dicts(), dia_cstr(text), NULL, NULL, NULL, 0, &needed), DIA_ESPACE);
    }
done:;
}

/* ---- By hand ---- */

static void people_leave_out_what_is_known(void)
{
    static const struct {
        const char *name, *text, *printed;
    } cases[] = {
        { "a command", "TTR",
          "Test-Request (TTR), code 9000, application 77 (Test), flags RP, hop-by-hop 0x00000000, "
          "end-to-end 0x00000000, 20 octets\n" },
        { "its long name, and words of the header",
          "# a comment\n\nTest-Answer app=77 flags=PT+0x01 hbh=7, e2e 0xff version 2 length=24 # more\r\n",
          "Test-Answer (TTA), code 9000, application 77 (Test), flags PT+0x01, hop-by-hop 0x00000007, "
          "end-to-end 0x000000ff, version 2, length 24, 20 octets\n" },
        { "an application by name", "TTR app = test",
          "Test-Request (TTR), code 9000, application 77 (Test), flags RP, hop-by-hop 0x00000000, "
          "end-to-end 0x00000000, 20 octets\n" },
        { "no command", "code=1 flags=- app=5\n",
          "Answer, code 1, application 5, flags -, hop-by-hop 0x00000000, end-to-end 0x00000000, 20 octets\n" },
        { "any request", "Request code=1",
          "Request, code 1, application 0, flags R, hop-by-hop 0x00000000, end-to-end 0x00000000, 20 octets\n" },
        { "values without quotes, numbers, names, comments",
          "TTA hbh=0\n"
          "\tSession-Id: a;b#c #d\n"
          "\tKind: UPDATE\n"
          "\tKind: 3\n"
          "\tKind: NO_SUCH (9)\n"
          "\tResult-Code: 2001 # fine\n"
          "   \n"
          "# in between\n"
          "\tBig: 0xffffffffffffffff\n"
          "\tRatio: 1E3\n"
          "\tF32: 1.5\n"
          "\tMoment: 2036-02-07T07:28:16+01:00\n"
          "\tOctets: \"\\x00\\u00e4\\ud83d\\ude00\"\n"
          "\tOctets: plain\n"
          "\tAVP 70000: \"ab\"\n",
          "Test-Answer (TTA), code 9000, application 77 (Test), flags P, hop-by-hop 0x00000000, "
          "end-to-end 0x00000000, 208 octets\n"
          "    Session-Id: \"a;b#c\"\n"
          "    Kind: UPDATE (2)\n"
          "    Kind: FINAL (3)\n"
          "    Kind: 9\n"
          "    Result-Code: SUCCESS (2001)\n"
          "    Big: 18446744073709551615\n"
          "    Ratio: 1000\n"
          "    F32: 1.5\n"
          "    Moment: 2036-02-07T06:28:16Z\n"
          "    Octets: 0x00c3a4f09f9880\n"
          "    Octets: \"plain\"\n"
          "    AVP 70000: 0x6162\n" },
        { "groups",
          "TTR\n"
          "  Box [flags V]:\n"
          "     Number: 1\n"
          "     Box:\n"
          "      Text: one\n"
          "     Text: two\n"
          "  AVP 70000/5:\n"
          "   Number: 2\n"
          "  Box: # empty\n"
          "  Box (11/99): 0x (no Grouped)\n"
          "  Number: 3\n",
          "Test-Request (TTR), code 9000, application 77 (Test), flags RP, hop-by-hop 0x00000000, "
          "end-to-end 0x00000000, 148 octets\n"
          "    Box [flags V]:\n"
          "        Number: 1\n"
          "        Box:\n"
          "            Text: \"one\"\n"
          "        Text: \"two\"\n"
          "    AVP 70000/5: 0x0000019f4000000c00000002\n"
          "    Box:\n"
          "    Box:\n"
          "    Number: 3\n" },
    };
    uint8_t octets[512];
    char text[2048];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_row(cases[i].name);
        const int64_t n =
            dia_text_read(tables_dicts(), dia_cstr(cases[i].text), NULL, NULL, octets, sizeof octets, NULL);
        need(n >= 20);
        need(dia_text_print(tables_dicts(), (dia_bytes){ octets, (size_t)n }, NULL, text, sizeof text, NULL) > 0);
        need_str(text, cases[i].printed);
    }
done:
    harness_row(NULL);
}

/* ---- Errors ---- */

typedef struct findings {
    size_t n, size;
    char text[1024];
} findings;

static void on_finding(void *arg, size_t line, size_t column, const char *reason)
{
    findings *f = arg;
    f->n++;
    const int n = snprintf(f->text + f->size, sizeof f->text - f->size, "%zu:%zu: %s\n", line, column, reason);
    f->size += n > 0 && (size_t)n < sizeof f->text - f->size ? (size_t)n : 0;
}

static void every_error_has_its_place(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "1:1: there is no message\n" },
        { "# nothing\n\n", "2:1: there is no message\n" },
        { "  Number: 1", "1:3: a message begins with a line that is not indented, like \"CCR app=ro\"\n" },
        { "TTX", "1:1: no dictionary knows the command \"TTX\"\n" },
        { "TTR code=5", "1:1: TTR has code 9000\n" },
        { "TTR app=none", "1:9: no dictionary has an application \"none\"\n" },
        { "TTR flags=X", "1:11: flags are letters of RPET, - for none, or reserved bits as +0x01 behind them\n" },
        { "TTR hbh=0x100000000", "1:9: wants a number from 0 to 4294967295\n" },
        { "TTR code", "1:9: a value is expected here\n" },
        { "TTR code=", "1:10: a value is expected behind the =\n" },
        { "TTR 5", "1:5: says nothing: \"code 5\" would\n" },
        { "TTR (x", "1:5: the parenthesis does not end\n" },
        { "TTR app=77 (x) )",
          "1:16: \")\" means nothing in a header: application, code, flags, hop-by-hop, end-to-end, "
          "version, length do\n" },
        { "Request", "1:1: the code of the command is missing\n" },
        { "code=1", "1:7: the flags of the command are missing\n" },
        { "answer-message", "1:1: the code of the command is missing\n" },
        { "TTR\nNumber: 1", "2:1: AVPs are indented; another message is none of this one\n" },
        { "TTR\n Number", "2:8: a colon is expected behind the name of an AVP\n" },
        { "TTR\n : 1", "2:2: the name of an AVP is expected here\n" },
        { "TTR\n Number:\n Number: 1", "2:2: a value is expected behind the colon\n" },
        { "TTR\n AVP 5:\n", "2:2: a value is expected behind the colon\n" },
        { "TTR\n AVP 5: 5\n",
          "2:9: the AVP wants octets as 0x..., or a text in quotes, as no dictionary knows its type\n" },
        { "TTR\n None: 1\n  Number: x\n",
          "2:2: no dictionary knows the AVP \"None\"\n3:11: Number wants a whole number from 0 to 4294967295\n" },
        { "TTR\n Number: 1\n  Number: 1\n", "3:3: is indented deeper than the AVP before it, which is no group\n" },
        { "TTR\n  Box:\n    Number: 1\n   Number: 1\n", "4:4: is indented less than the AVPs of its group\n" },
        { "TTR\n Number (5x): 1", "2:10: wants CODE or CODE/VENDOR in parentheses\n" },
        { "TTR\n Number [flags X]: 1",
          "2:16: flags are letters of VMP, - for none, or reserved bits as +0x01 behind them\n" },
        { "TTR\n Number [flags M: 1",
          "2:16: flags are letters of VMP, - for none, or reserved bits as +0x01 behind them\n" },
        { "TTR\n Number [flags M", "2:17: the bracket does not end\n" },
        { "TTR\n Number [other M]: 1", "2:10: flags or padding are expected in brackets\n" },
        { "TTR\n Number [padding 0x01]: 1", "2:2: there is no room for so much padding\n" },
        { "TTR\n Session-Id [padding 0x01020304]: a", "2:22: padding is up to three octets: 0x000000\n" },
        { "TTR\n Session-Id [padding 0x]: a\n Number: 1",
          "3:2: the AVP before this one lacks padding, as only the last one may\n" },
        { "TTR\n Big [flags M]: 1", "2:2: an AVP of a vendor has flag V\n" },
        { "TTR\n Number: 0x10", "2:10: Number wants four octets behind 0x, or a number in decimal digits\n" },
        { "TTR\n Number: ...", "2:10: Number wants the value, which was left out when this was printed\n" },
        { "TTR\n rest: ...", "2:8: wants the octets, which were left out when this was printed\n" },
        { "TTR\n rest: 00", "2:8: wants octets as 0x...\n" },
        { "TTR\n rest: 0x00\n Number: 1", "3:2: nothing is expected behind \"rest\"\n" },
        { "TTR\n Box:\n  rest: 0x00\n", "3:3: \"rest\" belongs to the message, not into a group\n" },
        { "TTR\n Kind: x\n Kind: UPDATE (3)\n", "2:8: Kind wants a whole number, or the name of a value\n"
                                                "3:8: Kind wants a name and a number that mean the same value\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        findings f = { 0 };
        uint8_t octets[256];
        harness_row(cases[i].text);
        need_int(dia_text_read(tables_dicts(), dia_cstr(cases[i].text), on_finding, &f, octets, sizeof octets, NULL),
                 DIA_EFORMAT);
        need_str(f.text, cases[i].want);
        findings again = { 0 };
        need_int(dia_text_read(tables_dicts(), dia_cstr(cases[i].text), on_finding, &again, NULL, 0, NULL),
                 DIA_EFORMAT);
        need_str(again.text, cases[i].want);
    }
done:
    harness_row(NULL);
}

static void nesting_has_a_bound(void)
{
    char text[2048] = "TTR\n";
    for (int depth = 1; depth <= 40; depth++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%*sBox:\n", depth, "");
    findings f = { 0 };
    need_int(dia_text_read(tables_dicts(), dia_cstr(text), on_finding, &f, NULL, 0, NULL), DIA_EFORMAT);
    need_str(f.text, "18:18: groups are nested deeper than 16\n");
done:;
}

static void a_text_is_cut_into_messages(void)
{
    static const char text[] = "# one\n\nTTR\n  Number: 1\n\n# two\nTTA\n Number: 2";
    size_t n = dia_text_cut(dia_cstr(text));
    need_int(n, strlen(text) - strlen("TTA\n Number: 2"));
    need_int(dia_text_cut(dia_cstr(text + n)), strlen(text) - n);
    need_int(dia_text_cut(dia_cstr("")), 0);
    need_int(dia_text_cut(dia_cstr("\n \n#\n")), 5);
done:;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "what_was_printed_comes_back", what_was_printed_comes_back },
        { "people_leave_out_what_is_known", people_leave_out_what_is_known },
        { "every_error_has_its_place", every_error_has_its_place },
        { "nesting_has_a_bound", nesting_has_a_bound },
        { "a_text_is_cut_into_messages", a_text_is_cut_into_messages },
    };
    return HARNESS_RUN("dict/text_read", tests);
}
