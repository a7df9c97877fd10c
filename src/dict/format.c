/* A .dia file written anew: sections in one order, columns in line, every comment kept where it says something.
 *
 * A comment behind a definition stays there; one on a line of its own stays before what it preceded. Writing what was
 * written this way changes nothing. */
#include "dict/ast.h"
#include "dict/out.h"

enum { INDENT = 4, LINE_WIDTH = 110 };

typedef struct formatter {
    dict_out out;
    bool started; /* something was written */
} formatter;

static void blank_line(formatter *f)
{
    if (f->started)
        dict_out_put(&f->out, dia_cstr("\n"));
}

static void end_line(formatter *f, const ast_item *item)
{
    if (item && item->trail) {
        dict_out_blanks(&f->out, 2);
        dict_out_put(&f->out, item->trail->text);
    }
    dict_out_put(&f->out, dia_cstr("\n"));
    f->started = true;
}

/* The comments before an item. `apart` puts an empty line before all of it, `loose` keeps those of the file. */
static void lead(formatter *f, const ast_item *item, size_t indent, bool apart, bool loose)
{
    const ast_comment *first = item->lead.first;
    if (apart || (loose && (first ? first->blank : item->blank)))
        blank_line(f);
    for (const ast_comment *c = first; c; c = c->next) {
        if (c != first && loose && c->blank)
            blank_line(f);
        dict_out_blanks(&f->out, indent);
        dict_out_put(&f->out, c->text);
        end_line(f, NULL);
    }
    if (first && loose && item->blank)
        blank_line(f);
    dict_out_blanks(&f->out, indent);
}

static void padded(formatter *f, dia_bytes word, size_t width)
{
    const size_t n = dict_word_width(word);
    dict_out_word(&f->out, word);
    dict_out_blanks(&f->out, n < width ? width - n : 0);
}

static size_t digits(uint64_t n)
{
    size_t count = 1;
    while ((n /= 10) != 0)
        count++;
    return count;
}

static void number(formatter *f, const dict_number *n)
{
    dict_out_print(&f->out, "%s%llu", n->negative ? "-" : "", (unsigned long long)n->value);
}

/* ---- Lists of one line each ---- */

static size_t widest(size_t width, dia_bytes word)
{
    const size_t n = dict_word_width(word);
    return n > width ? n : width;
}

static void avp_types(formatter *f, const ast_section *section)
{
    size_t words = 0, codes = 0, types = 0, flags = 1;
    for (AST_EACH(ast_avp, avp, section->list)) {
        const size_t code = digits(avp->code.value);
        words = widest(words, avp->name.text);
        codes = code > codes ? code : codes;
        types = widest(types, avp->type.text);
        flags = avp->flags.text.n > flags ? avp->flags.text.n : flags;
    }
    for (AST_EACH(ast_avp, avp, section->list)) {
        lead(f, &avp->item, INDENT, &avp->item == section->list.first, &avp->item != section->list.first);
        padded(f, avp->name.text, words);
        dict_out_blanks(&f->out, 2 + codes - digits(avp->code.value));
        number(f, &avp->code);
        dict_out_blanks(&f->out, 2);
        padded(f, avp->type.text, types);
        dict_out_blanks(&f->out, 2);
        const dia_bytes written = avp->flags.text.n ? avp->flags.text : dia_cstr("-");
        if (avp->flags.text.n)
            dict_out_word(&f->out, written);
        else
            dict_out_put(&f->out, written);
        dict_out_blanks(&f->out, avp->item.trail ? flags - written.n : 0);
        end_line(f, &avp->item);
    }
}

/* As many on a line as fit; one with a comment behind it ends its line. */
static void names(formatter *f, const ast_section *section)
{
    size_t column = 0;
    for (AST_EACH(ast_name, name, section->list)) {
        const size_t width = dict_word_width(name->name.text);
        const bool first = &name->item == section->list.first;
        const ast_item *next = name->item.next;
        if (column) {
            dict_out_blanks(&f->out, 1);
            column++;
        } else {
            lead(f, &name->item, INDENT, first, !first);
            column = INDENT;
        }
        dict_out_word(&f->out, name->name.text);
        column += width;
        const size_t more = next ? dict_word_width(((const ast_name *)next)->name.text) + 1 : 0;
        if (next && !next->lead.first && !next->blank && !name->item.trail && column + more <= LINE_WIDTH)
            continue;
        end_line(f, &name->item);
        column = 0;
    }
}

static void values(formatter *f, const ast_section *section)
{
    size_t width = 0;
    for (AST_EACH(ast_value, value, section->list))
        width = widest(width, value->name.text);
    for (AST_EACH(ast_value, value, section->list)) {
        lead(f, &value->item, INDENT, &value->item == section->list.first, &value->item != section->list.first);
        padded(f, value->name.text, width);
        dict_out_blanks(&f->out, 2);
        number(f, &value->value);
        end_line(f, &value->item);
    }
}

/* ---- Bodies ---- */

static void header(formatter *f, const ast_body *body, bool message)
{
    dict_out *out = &f->out;
    if (body->answer_message) {
        dict_out_put(out, dia_cstr("answer-message ::= < Diameter Header: code, ERR [PXY] >"));
        return;
    }
    dict_out_word(out, body->name.text);
    dict_out_print(out, " ::= < %s Header: ", message ? "Diameter" : "AVP");
    number(f, &body->code);
    for (AST_EACH(ast_name, bit, body->bits))
        dict_out_print(out, ", %.*s", DICT_TEXT(bit->name.text));
    if (body->extra.given) {
        dict_out_blanks(out, 1);
        number(f, &body->extra);
    }
    dict_out_put(out, dia_cstr(" >"));
}

/* The numbers as they stand there, so that what is wrong stays wrong. */
static void write_ref(formatter *f, const ast_ref *ref)
{
    uint64_t min = ref->bracket == '[' ? 0 : 1, max = 1;
    if (ref->star) {
        min = ref->min.given ? ref->min.value : ref->bracket == '{';
        max = ref->max.given ? ref->max.value : UINT64_MAX;
    }
    dict_out_ref(&f->out, ref->bracket, min, max, ref->name.text);
}

static void bodies(formatter *f, const ast_section *section)
{
    for (AST_EACH(ast_body, body, section->list)) {
        lead(f, &body->item, INDENT, true, true);
        header(f, body, section->section == SECTION_MESSAGES);
        end_line(f, &body->item);
        for (AST_EACH(ast_ref, ref, body->refs)) {
            lead(f, &ref->item, DICT_BODY_INDENT, false, false);
            write_ref(f, ref);
            end_line(f, &ref->item);
        }
    }
}

/* ---- Sections ---- */

typedef void list_fn(formatter *f, const ast_section *section);

/* Those that fill one line each stand close together. */
static const struct {
    list_fn *list;
    bool close;
} shapes[SECTIONS] = {
    [SECTION_ID] = { NULL, true },
    [SECTION_NAME] = { NULL, true },
    [SECTION_PREFIX] = { NULL, true },
    [SECTION_VENDOR] = { NULL, true },
    [SECTION_INHERITS] = { names, true },
    [SECTION_CODECS] = { names, false },
    [SECTION_CUSTOM_TYPES] = { names, false },
    [SECTION_AVP_TYPES] = { avp_types, false },
    [SECTION_AVP_VENDOR_ID] = { names, false },
    [SECTION_MESSAGES] = { bodies, false },
    [SECTION_GROUPED] = { bodies, false },
    [SECTION_ENUM] = { values, false },
    [SECTION_DEFINE] = { values, false },
};

static void write_section(formatter *f, const ast_section *section)
{
    const bool close = shapes[section->section].close;
    lead(f, &section->item, 0, !close, true);
    dict_out_print(&f->out, "@%s", dict_section_name(section->section));
    if (section->number.given) {
        dict_out_blanks(&f->out, 1);
        number(f, &section->number);
    }
    if (section->word.text.p) {
        dict_out_blanks(&f->out, 1);
        dict_out_word(&f->out, section->word.text);
    }
    end_line(f, &section->item);
    if (shapes[section->section].list)
        shapes[section->section].list(f, section);
}

static void write_tail(formatter *f, const ast_file *file)
{
    for (const ast_comment *c = file->tail.first; c; c = c->next) {
        if (c->blank || c == file->tail.first)
            blank_line(f);
        dict_out_put(&f->out, c->text);
        end_line(f, NULL);
    }
    if (!file->ended)
        return;
    blank_line(f);
    dict_out_put(&f->out, dia_cstr("@end"));
    dict_out_put(&f->out, file->rest);
    if (file->rest.n == 0)
        end_line(f, NULL);
}

int dia_dict_format(const dia_dict_reader *reader, dia_bytes text, const char *file, dia_write_fn *write, void *arg)
{
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, SIZE_MAX / 2, reader->alloc);
    dict_issues issues = { .arena = &arena, .file = file ? file : "dictionary" };
    ast_file ast;
    dict_parse(text, &issues, &ast);
    int err = dict_issues_result(&issues);
    if (err != DIA_ENOMEM)
        dict_issues_report(&issues, reader);
    if (!err) {
        formatter f = { .started = false };
        dict_out_init(&f.out, write, arg);
        for (int section = 0; section < SECTIONS; section++)
            for (AST_EACH(ast_section, it, ast.sections))
                if (it->section == (dict_section)section)
                    write_section(&f, it);
        write_tail(&f, &ast);
        err = dict_out_end(&f.out);
    }
    dia_arena_done(&arena);
    return err;
}
