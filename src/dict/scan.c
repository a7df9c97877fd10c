/* The scanner: octets of a .dia file to tokens with their place, and comments beside them. */
#include "dict/ast.h"

static const char *const section_names[SECTIONS] = {
    [SECTION_ID] = "id",
    [SECTION_NAME] = "name",
    [SECTION_PREFIX] = "prefix",
    [SECTION_VENDOR] = "vendor",
    [SECTION_INHERITS] = "inherits",
    [SECTION_CODECS] = "codecs",
    [SECTION_CUSTOM_TYPES] = "custom_types",
    [SECTION_AVP_TYPES] = "avp_types",
    [SECTION_AVP_VENDOR_ID] = "avp_vendor_id",
    [SECTION_MESSAGES] = "messages",
    [SECTION_GROUPED] = "grouped",
    [SECTION_ENUM] = "enum",
    [SECTION_DEFINE] = "define",
};

static const struct {
    const char *word;
    dict_token_kind kind;
} reserved[] = {
    { "answer-message", TOKEN_ANSWER_MESSAGE },
    { "code", TOKEN_CODE },
    { "AVP", TOKEN_AVP },
    { "AVP-Header", TOKEN_AVP_HEADER },
    { "Diameter", TOKEN_DIAMETER },
    { "Diameter-Header", TOKEN_DIAMETER_HEADER },
    { "Header", TOKEN_HEADER },
    { "REQ", TOKEN_REQ },
    { "PXY", TOKEN_PXY },
    { "ERR", TOKEN_ERR },
};

const char *dict_section_name(dict_section section)
{
    return section < SECTIONS ? section_names[section] : "?";
}

void dict_scan_init(dict_scan *scan, dia_bytes text, dict_issues *issues)
{
    static const uint8_t nothing[1];
    const uint8_t *p = text.p ? text.p : nothing;
    *scan = (dict_scan){ .at = p, .end = p + text.n, .line_start = p, .line = 1, .issues = issues };
}

static dict_spot spot(const dict_scan *scan, const uint8_t *p)
{
    return (dict_spot){ scan->line, (uint32_t)(p - scan->line_start) + 1 };
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_name(uint8_t c)
{
    return is_letter(c) || dia_is_digit(c) || c == '-' || c == '_';
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

static bool is_line_end(uint8_t c)
{
    return c == '\n' || c == '\r';
}

static void wrong(dict_scan *scan, const uint8_t *p, const char *what)
{
    scan->broken = true;
    if (!scan->issues)
        return;
    const uint8_t *end = p;
    while (end < scan->end && end - p < 20 && !is_line_end(*end))
        end++;
    dict_error(scan->issues, spot(scan, p), "scan", "%s: %.*s", what, (int)(end - p), (const char *)p);
}

static void end_line(dict_scan *scan)
{
    const uint8_t c = *scan->at++;
    if (c == '\r' && scan->at < scan->end && *scan->at == '\n')
        scan->at++;
    scan->line++;
    scan->line_start = scan->at;
    scan->in_line = false;
    scan->newlines++;
}

static void comment(dict_scan *scan)
{
    const uint8_t *p = scan->at;
    const dict_spot at = spot(scan, p);
    while (scan->at < scan->end && !is_line_end(*scan->at))
        scan->at++;
    const bool blank = scan->newlines > 1;
    scan->newlines = 0;
    if (!scan->issues)
        return;
    if (scan->n_comments++ == DICT_ITEMS_MAX)
        dict_limit(scan->issues, at, "more than %d comments", DICT_ITEMS_MAX);
    if (scan->n_comments > DICT_ITEMS_MAX)
        return;
    const uint8_t *end = scan->at;
    while (end > p && is_blank(end[-1]))
        end--;
    ast_comment *c = dia_arena_get0(scan->issues->arena, sizeof *c);
    if (!c)
        return;
    *c = (ast_comment){ .text = { p, (size_t)(end - p) }, .at = at, .alone = !scan->in_line, .blank = blank };
    if (scan->comments.last)
        scan->comments.last->next = c;
    else
        scan->comments.first = c;
    scan->comments.last = c;
}

static void skip(dict_scan *scan)
{
    while (scan->at < scan->end) {
        if (is_line_end(*scan->at))
            end_line(scan);
        else if (*scan->at == ';')
            comment(scan);
        else if (is_blank(*scan->at))
            scan->at++;
        else
            return;
    }
}

static dia_bytes name_at(dict_scan *scan)
{
    const uint8_t *p = scan->at;
    while (scan->at < scan->end && is_name(*scan->at))
        scan->at++;
    return (dia_bytes){ p, (size_t)(scan->at - p) };
}

static bool equals(dia_bytes text, const char *s)
{
    return dia_bytes_equal(text, dia_cstr(s));
}

/* Decimal digits, or 0x and hexadecimal ones. */
static bool number(dia_bytes text, uint64_t *out)
{
    size_t i = 0;
    unsigned base = 10;
    if (text.n > 2 && text.p[0] == '0' && (text.p[1] == 'x' || text.p[1] == 'X')) {
        base = 16;
        i = 2;
    }
    uint64_t n = 0;
    for (; i < text.n; i++) {
        const int digit = dia_hex_digit(text.p[i]);
        if (digit < 0 || (unsigned)digit >= base)
            return false;
        n = n > (UINT64_MAX - (unsigned)digit) / base ? UINT64_MAX : n * base + (unsigned)digit;
    }
    *out = n;
    return true;
}

static void too_long(dict_scan *scan, const dict_token *token)
{
    if (token->text.n <= DICT_NAME_MAX || !scan->issues)
        return;
    scan->broken = true;
    dict_limit(scan->issues, token->at, "a name is longer than %d octets", DICT_NAME_MAX);
}

static void section(dict_scan *scan, dict_token *token)
{
    const uint8_t *p = scan->at++;
    const dia_bytes name = name_at(scan);
    token->text = (dia_bytes){ p, name.n + 1 };
    if (equals(name, "end")) {
        token->kind = TOKEN_END;
        return;
    }
    token->kind = TOKEN_SECTION;
    token->section = 0;
    while (token->section < SECTIONS && !equals(name, section_names[token->section]))
        token->section++;
    if (token->section == SECTION_UNKNOWN)
        wrong(scan, p, "Unknown section");
}

/* What is not closed on its line is taken as a word all the same, so that one slip gives one error. */
static void quoted(dict_scan *scan, dict_token *token)
{
    const uint8_t *p = scan->at++;
    while (scan->at < scan->end && *scan->at != '\'' && !is_line_end(*scan->at))
        scan->at++;
    token->kind = TOKEN_WORD;
    token->text = (dia_bytes){ p + 1, (size_t)(scan->at - p) - 1 };
    if (scan->at == scan->end || *scan->at != '\'')
        wrong(scan, p, "Unterminated string");
    else if (scan->at++ == p + 1)
        wrong(scan, p, "Empty string");
    else if (memchr(token->text.p, 0, token->text.n))
        wrong(scan, p, "Unexpected character"); /* names become C strings */
    too_long(scan, token);
}

static void word(dict_scan *scan, dict_token *token)
{
    token->kind = TOKEN_WORD;
    token->text = name_at(scan);
    if (dia_is_digit(token->text.p[0])) {
        if (number(token->text, &token->number))
            token->kind = TOKEN_NUMBER;
        else
            too_long(scan, token);
        return;
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (equals(token->text, reserved[i].word))
            token->kind = reserved[i].kind;
    too_long(scan, token);
}

dict_token dict_scan_next(dict_scan *scan)
{
    for (;;) {
        skip(scan);
        dict_token token = {
            .at = spot(scan, scan->at),
            .text = { scan->at, 0 },
            .first = !scan->in_line,
            .blank = scan->newlines > 1,
        };
        if (scan->at == scan->end)
            return token;
        const uint8_t c = *scan->at;
        const size_t left = (size_t)(scan->end - scan->at);
        scan->in_line = true;
        scan->newlines = 0;
        if (c == '@') {
            section(scan, &token);
        } else if (c == '\'') {
            quoted(scan, &token);
        } else if (is_letter(c) || dia_is_digit(c)) {
            word(scan, &token);
        } else if (left >= 3 && memcmp(scan->at, "::=", 3) == 0) {
            token.kind = TOKEN_BECOMES;
            token.text.n = 3;
            scan->at += 3;
        } else if (c && strchr("{}<>[]*:,-", c)) {
            token.kind = TOKEN_PUNCTUATION;
            token.text.n = 1;
            scan->at++;
        } else {
            /* One error for a run of them: a file in another encoding is one mistake, not thousands. */
            wrong(scan, scan->at, "Unexpected character");
            while (scan->at < scan->end && !is_blank(*scan->at) && !is_line_end(*scan->at) && !is_name(*scan->at) &&
                   !strchr("{}<>[]*:,;@'", *scan->at))
                scan->at++;
            if (scan->at < scan->end && (*scan->at == 0 || *scan->at == '_'))
                scan->at++;
            continue;
        }
        return token;
    }
}
