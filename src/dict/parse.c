/* The parser: tokens of a .dia file to its syntax tree.
 *
 * After an error it goes on with the next definition, so that one run finds all of them. */
#include "dict/ast.h"

enum { AHEAD_MAX = 4 }; /* "<" Name ">" "::=" */

typedef struct parser {
    dict_scan scan;
    dict_token ahead[AHEAD_MAX];
    int n_ahead;
    dict_issues *issues;
    ast_file *file;
    uint32_t n_items;
    bool stopped; /* a limit was reached, or memory ran out */
} parser;

/* ---- Tokens ---- */

static const dict_token *peek(parser *p, int i)
{
    while (p->n_ahead <= i)
        p->ahead[p->n_ahead++] = dict_scan_next(&p->scan);
    return &p->ahead[i];
}

static dict_token take(parser *p)
{
    const dict_token token = *peek(p, 0);
    /* The end stays: whoever asks again gets it again, and nothing behind @end is scanned. */
    if (token.kind == TOKEN_END)
        return token;
    p->n_ahead--;
    memmove(p->ahead, p->ahead + 1, (size_t)p->n_ahead * sizeof *p->ahead);
    return token;
}

static bool is(parser *p, int i, dict_token_kind kind)
{
    for (int k = 0; k < i; k++)
        if (peek(p, k)->kind == TOKEN_END)
            return false;
    return peek(p, i)->kind == kind;
}

static bool is_mark(parser *p, int i, char c)
{
    return is(p, i, TOKEN_PUNCTUATION) && *peek(p, i)->text.p == c;
}

static bool take_if(parser *p, dict_token_kind kind)
{
    if (!is(p, 0, kind))
        return false;
    take(p);
    return true;
}

static bool take_mark(parser *p, char c)
{
    if (!is_mark(p, 0, c))
        return false;
    take(p);
    return true;
}

static bool take_word(parser *p, dict_word *out)
{
    if (!is(p, 0, TOKEN_WORD))
        return false;
    const dict_token token = take(p);
    *out = (dict_word){ token.text, token.at };
    return true;
}

static bool take_number(parser *p, dict_number *out)
{
    if (!is(p, 0, TOKEN_NUMBER))
        return false;
    const dict_token token = take(p);
    *out = (dict_number){ .value = token.number, .at = token.at, .given = true };
    return true;
}

static bool at_section(parser *p)
{
    return p->stopped || is(p, 0, TOKEN_SECTION) || is(p, 0, TOKEN_END);
}

static bool syntax_error(parser *p)
{
    const dict_token *token = peek(p, 0);
    p->file->broken = true;
    if (p->stopped)
        return false;
    if (token->text.n == 0)
        dict_error(p->issues, token->at, "parse", "syntax error before the end of the file");
    else
        dict_error(p->issues, token->at, "parse", "syntax error before: %.*s", DICT_TEXT(token->text));
    return false;
}

/* ---- Items ---- */

static void *new_item(parser *p, ast_kind kind, size_t size)
{
    const dict_token *token = peek(p, 0);
    if (p->stopped)
        return NULL;
    if (++p->n_items > DICT_ITEMS_MAX) {
        dict_limit(p->issues, token->at, "more than %d definitions", DICT_ITEMS_MAX);
        p->stopped = p->file->broken = true;
        return NULL;
    }
    ast_item *item = dia_arena_get0(p->issues->arena, size);
    if (!item) {
        p->stopped = p->file->broken = true;
        return NULL;
    }
    item->kind = kind;
    item->at = token->at;
    item->blank = token->blank;
    return item;
}

static void append(ast_list *list, ast_item *item)
{
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->n++;
}

/* Called before the items inside the item are read: the order is that of the file. */
static void enlist(parser *p, ast_item *item)
{
    if (p->file->last)
        p->file->last->later = item;
    else
        p->file->first = item;
    p->file->last = item;
}

/* ---- Bodies of commands and groups ---- */

static bool is_name_at(parser *p, int i)
{
    return is(p, i, TOKEN_WORD) || is(p, i, TOKEN_ANSWER_MESSAGE);
}

static bool at_body(parser *p)
{
    if (is_name_at(p, 0))
        return is(p, 1, TOKEN_BECOMES);
    return is_mark(p, 0, '<') && is_name_at(p, 1) && is_mark(p, 2, '>') && is(p, 3, TOKEN_BECOMES);
}

static bool at_ref(parser *p)
{
    if (at_body(p))
        return false;
    return is(p, 0, TOKEN_NUMBER) || is_mark(p, 0, '*') || is_mark(p, 0, '<') || is_mark(p, 0, '{') ||
           is_mark(p, 0, '[');
}

static bool take_qualifier(parser *p, ast_ref *ref)
{
    take_number(p, &ref->min);
    if (!take_mark(p, '*'))
        return !ref->min.given;
    ref->star = true;
    take_number(p, &ref->max);
    return true;
}

static bool take_ref(parser *p, ast_body *body)
{
    static const char open[] = "<{[", close[] = ">}]";
    ast_ref *ref = new_item(p, AST_REF, sizeof *ref);
    if (!ref)
        return false;
    if (!take_qualifier(p, ref))
        return syntax_error(p);
    int i = 0;
    while (i < 3 && !is_mark(p, 0, open[i]))
        i++;
    if (i == 3)
        return syntax_error(p);
    take(p);
    ref->bracket = open[i];
    ref->item.at = peek(p, 0)->at;
    if (is(p, 0, TOKEN_AVP) && ref->bracket != '<') {
        const dict_token token = take(p);
        ref->name = (dict_word){ token.text, token.at };
    } else if (!take_word(p, &ref->name)) {
        return syntax_error(p);
    }
    ref->any = dia_bytes_equal(ref->name.text, dia_cstr("AVP"));
    if (!take_mark(p, close[i]))
        return syntax_error(p);
    if (body->refs.n == DICT_FIELDS_MAX) {
        dict_limit(p->issues, ref->item.at, "%.*s has more than %d AVPs", DICT_TEXT(body->name.text), DICT_FIELDS_MAX);
        p->stopped = p->file->broken = true;
        return false;
    }
    enlist(p, &ref->item);
    append(&body->refs, &ref->item);
    return true;
}

static bool take_refs(parser *p, ast_body *body)
{
    while (at_ref(p))
        if (!take_ref(p, body))
            return false;
    return true;
}

/* "Diameter Header" or "Diameter-Header", and the same with AVP. */
static bool take_header_words(parser *p, dict_token_kind first, dict_token_kind joined)
{
    if (take_if(p, joined))
        return true;
    return take_if(p, first) && take_if(p, TOKEN_HEADER);
}

static bool take_bit(parser *p, ast_body *body)
{
    if (!is(p, 0, TOKEN_REQ) && !is(p, 0, TOKEN_PXY) && !is(p, 0, TOKEN_ERR))
        return false;
    ast_name *bit = new_item(p, AST_NAME, sizeof *bit);
    if (!bit)
        return false;
    const dict_token token = take(p);
    bit->name = (dict_word){ token.text, token.at };
    append(&body->bits, &bit->item);
    return true;
}

/* What follows the colon of a command's header. */
static bool take_command_header(parser *p, ast_body *body)
{
    if (body->answer_message)
        return take_if(p, TOKEN_CODE) && take_mark(p, ',') && take_bit(p, body) && take_mark(p, '[') &&
               take_bit(p, body) && take_mark(p, ']');
    if (!take_number(p, &body->code))
        return false;
    while (take_mark(p, ',')) {
        if (take_number(p, &body->extra)) /* 3GPP writes a comma before the application, Erlang does not */
            return true;
        if (!take_bit(p, body))
            return false;
    }
    take_number(p, &body->extra);
    return true;
}

static bool take_group_header(parser *p, ast_body *body)
{
    if (!take_number(p, &body->code))
        return false;
    take_number(p, &body->extra);
    return true;
}

static bool take_body_name(parser *p, ast_body *body, bool message)
{
    const bool bracketed = message && take_mark(p, '<');
    if (message && is(p, 0, TOKEN_ANSWER_MESSAGE)) {
        const dict_token token = take(p);
        body->answer_message = true;
        body->name = (dict_word){ token.text, token.at };
    } else if (!take_word(p, &body->name)) {
        return false;
    }
    return !bracketed || take_mark(p, '>');
}

static bool take_body(parser *p, ast_section *section)
{
    const bool message = section->section == SECTION_MESSAGES;
    ast_body *body = new_item(p, AST_BODY, sizeof *body);
    if (!body)
        return false;
    if (!take_body_name(p, body, message))
        return syntax_error(p);
    body->item.at = body->name.at;
    enlist(p, &body->item);
    if (!take_if(p, TOKEN_BECOMES) || !take_mark(p, '<'))
        return syntax_error(p);
    if (!(message ? take_header_words(p, TOKEN_DIAMETER, TOKEN_DIAMETER_HEADER)
                  : take_header_words(p, TOKEN_AVP, TOKEN_AVP_HEADER)))
        return syntax_error(p);
    if (!take_mark(p, ':') || !(message ? take_command_header(p, body) : take_group_header(p, body)) ||
        !take_mark(p, '>'))
        return syntax_error(p);
    append(&section->list, &body->item);
    return take_refs(p, body);
}

/* ---- The other definitions ---- */

static bool take_avp(parser *p, ast_section *section)
{
    ast_avp *avp = new_item(p, AST_AVP, sizeof *avp);
    if (!avp)
        return false;
    if (!take_word(p, &avp->name))
        return syntax_error(p);
    enlist(p, &avp->item);
    if (!take_number(p, &avp->code) || !take_word(p, &avp->type))
        return syntax_error(p);
    avp->flags = (dict_word){ dia_cstr(""), peek(p, 0)->at };
    if (!take_mark(p, '-') && !take_word(p, &avp->flags))
        return syntax_error(p);
    append(&section->list, &avp->item);
    return true;
}

static bool take_name(parser *p, ast_section *section)
{
    ast_name *name = new_item(p, AST_NAME, sizeof *name);
    if (!name)
        return false;
    if (!take_word(p, &name->name))
        return syntax_error(p);
    enlist(p, &name->item);
    append(&section->list, &name->item);
    return true;
}

static bool take_value(parser *p, ast_section *section)
{
    ast_value *value = new_item(p, AST_VALUE, sizeof *value);
    if (!value)
        return false;
    if (!take_word(p, &value->name))
        return syntax_error(p);
    enlist(p, &value->item);
    const bool negative = take_mark(p, '-');
    if (!take_number(p, &value->value))
        return syntax_error(p);
    value->value.negative = negative;
    append(&section->list, &value->item);
    return true;
}

/* ---- Sections ---- */

typedef bool take_fn(parser *p, ast_section *section);

static const struct {
    bool number, word; /* between the section's name and its list */
    take_fn *each;     /* element of the list; NULL: none */
} shapes[SECTIONS] = {
    [SECTION_ID] = { true, false, NULL },
    [SECTION_NAME] = { false, true, NULL },
    [SECTION_PREFIX] = { false, true, NULL },
    [SECTION_VENDOR] = { true, true, NULL },
    [SECTION_INHERITS] = { false, true, take_name },
    [SECTION_CODECS] = { false, true, take_name },
    [SECTION_CUSTOM_TYPES] = { false, true, take_name },
    [SECTION_AVP_TYPES] = { false, false, take_avp },
    [SECTION_AVP_VENDOR_ID] = { true, false, take_name },
    [SECTION_MESSAGES] = { false, false, take_body },
    [SECTION_GROUPED] = { false, false, take_body },
    [SECTION_ENUM] = { false, true, take_value },
    [SECTION_DEFINE] = { false, true, take_value },
};

/* To the next section, or the next definition: a line's first word, in a list of bodies the next "Name ::=". */
static void recover(parser *p, take_fn *each)
{
    while (!at_section(p)) {
        if (each == take_body && at_body(p))
            return;
        if ((each == take_avp || each == take_value) && peek(p, 0)->first && is(p, 0, TOKEN_WORD))
            return;
        take(p);
    }
}

static void take_section(parser *p)
{
    const dict_token head = *peek(p, 0);
    if (head.section == SECTION_UNKNOWN) {
        p->file->broken = true;
        take(p);
        recover(p, NULL);
        return;
    }
    ast_section *section = new_item(p, AST_SECTION, sizeof *section);
    if (!section)
        return;
    take(p);
    section->section = head.section;
    enlist(p, &section->item);
    const bool number = !shapes[head.section].number || take_number(p, &section->number);
    if (!number || (shapes[head.section].word && !take_word(p, &section->word))) {
        syntax_error(p);
        recover(p, NULL);
        return;
    }
    append(&p->file->sections, &section->item);
    take_fn *each = shapes[head.section].each;
    while (!at_section(p)) {
        const dict_spot before = peek(p, 0)->at;
        if (each && each(p, section))
            continue;
        if (!each)
            syntax_error(p);
        /* An error at the very first token of a definition must not stop there forever. */
        const dict_spot after = peek(p, 0)->at;
        if (!at_section(p) && before.line == after.line && before.column == after.column)
            take(p);
        recover(p, each);
    }
}

/* ---- Comments ---- */

static bool before(dict_spot a, dict_spot b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void push(ast_comments *to, ast_comment *comment)
{
    comment->next = NULL;
    if (to->last)
        to->last->next = comment;
    else
        to->first = comment;
    to->last = comment;
}

/* Each item gets the comment that stands behind it; an annotation goes before others. All others lead the next item. */
static void attach(ast_file *file, ast_comment *comment)
{
    ast_comments *lead = file->first ? &file->first->lead : &file->tail;
    ast_item *item = NULL, *later = file->first;
    while (comment) {
        ast_comment *next = comment->next;
        while (later && before(later->at, comment->at)) {
            item = later;
            later = item->later;
            lead = later ? &later->lead : &file->tail;
        }
        if (!item || comment->alone) {
            push(lead, comment);
        } else if (!item->trail) {
            item->trail = comment;
        } else if (ast_comment_is_note(comment) && !ast_comment_is_note(item->trail)) {
            push(lead, item->trail);
            item->trail = comment;
        } else {
            push(lead, comment);
        }
        comment = next;
    }
}

void dict_parse(dia_bytes text, dict_issues *issues, ast_file *out)
{
    *out = (ast_file){ 0 };
    parser p = { .issues = issues, .file = out };
    if (text.n > DICT_TEXT_MAX) {
        dict_limit(issues, (dict_spot){ 1, 1 }, "the file is longer than %d octets", DICT_TEXT_MAX);
        out->broken = true;
        return;
    }
    dict_scan_init(&p.scan, text, issues);
    while (!p.stopped && !is(&p, 0, TOKEN_END)) {
        if (is(&p, 0, TOKEN_SECTION)) {
            take_section(&p);
        } else {
            syntax_error(&p);
            recover(&p, NULL);
        }
    }
    if (p.scan.broken)
        out->broken = true;
    if (p.stopped)
        return;
    const dict_token *end = peek(&p, 0);
    out->ended = end->text.n > 0;
    const uint8_t *rest = end->text.p + end->text.n;
    out->rest = (dia_bytes){ rest, (size_t)(p.scan.end - rest) };
    attach(out, p.scan.comments.first);
}

/* ---- Small questions about the tree ---- */

static uint16_t clamp(uint64_t n, uint16_t most)
{
    return n > most ? most : (uint16_t)n;
}

void ast_arity(const ast_ref *ref, uint16_t *min, uint16_t *max)
{
    const uint16_t least = ref->bracket == '{' ? 1 : 0;
    if (!ref->star) {
        *min = ref->bracket == '[' ? 0 : 1;
        *max = 1;
        return;
    }
    *min = ref->min.given ? clamp(ref->min.value, DIA_MANY - 1) : least;
    *max = ref->max.given ? clamp(ref->max.value, DIA_MANY) : DIA_MANY;
}
