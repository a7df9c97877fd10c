/* Tests of the scanner: rows of text and the tokens it consists of. */
#include "harness.h"

#include "dict/ast.h"

#include <stdio.h>

/* Tokens in one letter each, words and numbers with their text: "w:CCR = < D H : n:272 > ." */
static void spell(const dict_token *token, char *to, size_t size)
{
    static const char *const kinds[] = {
        [TOKEN_END] = ".",
        [TOKEN_SECTION] = "@",
        [TOKEN_BECOMES] = "=",
        [TOKEN_ANSWER_MESSAGE] = "answer-message",
        [TOKEN_CODE] = "code",
        [TOKEN_AVP] = "AVP",
        [TOKEN_AVP_HEADER] = "AH",
        [TOKEN_DIAMETER] = "D",
        [TOKEN_DIAMETER_HEADER] = "DH",
        [TOKEN_HEADER] = "H",
        [TOKEN_REQ] = "REQ",
        [TOKEN_PXY] = "PXY",
        [TOKEN_ERR] = "ERR",
    };
    if (token->kind == TOKEN_WORD)
        snprintf(to, size, "w:%.*s", DICT_TEXT(token->text));
    else if (token->kind == TOKEN_NUMBER)
        snprintf(to, size, "n:%llu", (unsigned long long)token->number);
    else if (token->kind == TOKEN_SECTION)
        snprintf(to, size, "@%s", dict_section_name(token->section));
    else if (token->kind == TOKEN_PUNCTUATION)
        snprintf(to, size, "%.*s", DICT_TEXT(token->text));
    else
        snprintf(to, size, "%s", kinds[token->kind]);
}

static void spell_all(const char *text, size_t n, char *to, size_t size)
{
    dict_scan scan;
    dict_scan_init(&scan, (dia_bytes){ (const uint8_t *)text, n }, NULL);
    size_t at = 0;
    for (;;) {
        const dict_token token = dict_scan_next(&scan);
        char one[300];
        spell(&token, one, sizeof one);
        at += (size_t)snprintf(to + at, size - at, "%s%s", at ? " " : "", one);
        if (token.kind == TOKEN_END || at >= size)
            return;
    }
}

static void text_becomes_tokens(void)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        { "nothing", "", "." },
        { "blanks of all kinds", " \t\f\v\n\r\r\n", "." },
        { "a comment to the end", "; CCR", "." },
        { "a comment ends at each line end", ";a\nb;c\rd;e\r\nf", "w:b w:d w:f ." },
        { "all punctuation", "{}<>[]*:,-", "{ } < > [ ] * : , - ." },
        { "becomes is three characters together", "::= :: =", "= : : ." },
        { "decimal", "0 1 007 4294967296", "n:0 n:1 n:7 n:4294967296 ." },
        { "hexadecimal, both cases of x", "0x1F 0Xff", "n:31 n:255 ." },
        { "unlimited numbers", "99999999999999999999999999", "n:18446744073709551615 ." },
        { "a digit may start a word", "3GPP-Charging-Id 3XXX 12- 0x 0xg 1_0",
          "w:3GPP-Charging-Id w:3XXX w:12- w:0x w:0xg w:1_0 ." },
        { "minus inside a word belongs to it", "A-1 -1 A- B", "w:A-1 - n:1 w:A- w:B ." },
        { "reserved words", "answer-message code AVP AVP-Header Diameter Diameter-Header Header REQ PXY ERR",
          "answer-message code AVP AH D DH H REQ PXY ERR ." },
        { "reserved words are case sensitive and whole", "avp AVPs Req", "w:avp w:AVPs w:Req ." },
        { "quoted words are never reserved nor numbers", "'AVP' '12' 'a b' 'x;y'", "w:AVP w:12 w:a b w:x;y ." },
        { "quotes inside a comment", "a ; 'b\nc", "w:a w:c ." },
        { "a quote ends a word", "a'b'c", "w:a w:b w:c ." },
        { "all sections",
          "@avp_types@avp_vendor_id@codecs@custom_types@define@enum@grouped@id@inherits@messages@name@prefix@vendor",
          "@avp_types @avp_vendor_id @codecs @custom_types @define @enum @grouped @id @inherits @messages @name "
          "@prefix @vendor ." },
        { "unknown sections", "@avps @ids @", "@? @? @? ." },
        { "nothing behind end is scanned", "a @end & '", "w:a ." },
        { "ended is not end", "@ended", "@? ." },
        { "what is no token is skipped", "a \xef\xbb\xbf & b \"c\" _d", "w:a w:b w:c w:d ." },
        { "an open quote ends with its line", "'abc\ndef", "w:abc w:def ." },
        { "utf-8 in a comment", "a ; \xc3\xa4 \xe2\x82\xac\nb", "w:a w:b ." },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[1024];
        harness_row(rows[i].name);
        spell_all(rows[i].text, strlen(rows[i].text), got, sizeof got);
        check_str(got, rows[i].want);
    }
}

static void nul_is_no_blank(void)
{
    char got[64];
    spell_all("a\0b", 3, got, sizeof got);
    check_str(got, "w:a w:b .");
}

static void tokens_know_their_place(void)
{
    static const struct {
        const char *name, *text;
        unsigned line, column;
        bool first, blank;
    } rows[] = {
        { "at once", "x", 1, 1, true, false },
        { "after blanks", "  \tx", 1, 4, true, false },
        { "after LF", "\n x", 2, 2, true, false },
        { "after CR LF", "\r\nx", 2, 1, true, false },
        { "after an empty line", "; c\n\n  x", 3, 3, true, true },
        { "after CR LF CR LF", "; c\r\n\r\nx", 3, 1, true, true },
        { "after a comment", "; c\nx", 2, 1, true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dict_scan scan;
        harness_row(rows[i].name);
        dict_scan_init(&scan, dia_cstr(rows[i].text), NULL);
        const dict_token token = dict_scan_next(&scan);
        check_int(token.kind, TOKEN_WORD);
        check_int(token.at.line, rows[i].line);
        check_int(token.at.column, rows[i].column);
        check_int(token.first, rows[i].first);
        check_int(token.blank, rows[i].blank);
    }
}

static void comments_are_kept_with_their_place(void)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, 0, harness_allocator());
    dict_issues issues = { .arena = &arena, .file = "test" };
    dict_scan scan;
    dict_scan_init(&scan, dia_cstr("; one  \n\n ;two\nx ;! three=3\t\n"), &issues);
    while (dict_scan_next(&scan).kind != TOKEN_END)
        continue;
    const ast_comment *c = scan.comments.first;
    need(c && c->next && c->next->next && !c->next->next->next);
    check_bytes(c->text, dia_cstr("; one"));
    check(c->alone && !c->blank);
    c = c->next;
    check_bytes(c->text, dia_cstr(";two"));
    check(c->alone && c->blank && c->at.line == 3 && c->at.column == 2);
    c = c->next;
    check_bytes(c->text, dia_cstr(";! three=3"));
    check(!c->alone && ast_comment_is_note(c) && c->at.column == 3);
done:
    dia_arena_done(&arena);
}

static void annotations_are_pairs(void)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        { "none", "; m=must", "" },
        { "two", ";! m=must sec=8.2", "m=must|sec=8.2|" },
        { "without a blank", ";!m=must", "m=must|" },
        { "quoted", ";! doc=\"RFC 8506\" name='Diameter Credit Control'",
          "doc=RFC 8506|name=Diameter Credit Control|" },
        { "one quote inside the other", ";! a=\"it's\"", "a=it's|" },
        { "quote not closed", ";! a=\"b c", "a=b c|" },
        { "a word alone", ";! alone m=may", "alone|m=may|" },
        { "empty values", ";! a= b=\"\"", "a=|b=|" },
        { "equals signs in a value", ";! a=b=c", "a=b=c|" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        ast_comment comment = { .text = dia_cstr(rows[i].text), .at = { 3, 5 } };
        const ast_item item = { .trail = &comment };
        ast_note note = ast_note_of(&item);
        char got[200] = "";
        size_t n = 0;
        while (ast_note_next(&note))
            n += (size_t)snprintf(got + n, sizeof got - n, "%.*s%s%.*s|", DICT_TEXT(note.key), note.value.p ? "=" : "",
                                  DICT_TEXT(note.value));
        check_str(got, rows[i].want);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "text_becomes_tokens", text_becomes_tokens },
        { "nul_is_no_blank", nul_is_no_blank },
        { "tokens_know_their_place", tokens_know_their_place },
        { "comments_are_kept_with_their_place", comments_are_kept_with_their_place },
        { "annotations_are_pairs", annotations_are_pairs },
    };
    return HARNESS_RUN("dict/scan", tests);
}
