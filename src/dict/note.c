/* Annotations: what a comment ";! key=value" behind a definition says. */
#include "dict/ast.h"

bool ast_comment_is_note(const ast_comment *comment)
{
    return comment->text.n >= 2 && comment->text.p[1] == '!';
}

ast_note ast_note_of(const ast_item *item)
{
    static const uint8_t nothing[1];
    const ast_comment *comment = item->trail;
    if (!comment || !ast_comment_is_note(comment))
        return (ast_note){ .at = nothing, .end = nothing };
    return (ast_note){ .at = comment->text.p + 2,
                       .end = comment->text.p + comment->text.n,
                       .from = { comment->at.line, comment->at.column + 2 } };
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v';
}

static void step(ast_note *note)
{
    note->at++;
    note->from.column++;
}

static dia_bytes until_blank(ast_note *note, char stop)
{
    const uint8_t *p = note->at;
    while (note->at < note->end && !is_blank(*note->at) && *note->at != (uint8_t)stop)
        step(note);
    return (dia_bytes){ p, (size_t)(note->at - p) };
}

static dia_bytes quoted(ast_note *note)
{
    const uint8_t quote = *note->at;
    step(note);
    const uint8_t *p = note->at;
    while (note->at < note->end && *note->at != quote)
        step(note);
    const dia_bytes text = { p, (size_t)(note->at - p) };
    if (note->at < note->end)
        step(note);
    return text;
}

bool ast_note_next(ast_note *note)
{
    while (note->at < note->end && is_blank(*note->at))
        step(note);
    if (note->at == note->end)
        return false;
    note->spot = note->from;
    note->key = until_blank(note, '=');
    note->value = (dia_bytes){ NULL, 0 };
    if (note->at == note->end || *note->at != '=')
        return true;
    step(note);
    const bool quote = note->at < note->end && (*note->at == '"' || *note->at == '\'');
    note->value = quote ? quoted(note) : until_blank(note, ' ');
    return true;
}
