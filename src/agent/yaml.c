/* YAML text to a tree, by libyaml's events. What a configuration has no use for is refused: several documents, aliases, tags,
 * keys that are no words, keys that come twice. */
#include "agent/tree.h"

#include <stdio.h>
#include <yaml.h>

/* A key is looked for among all of its map: they are few. */
enum { DEPTH_MAX = 16, NODES_MAX = 1000000, KEYS_MAX = 1000, TEXT_MAX = 16 << 20 };

typedef struct loading {
    dia_reading *r;
    yaml_parser_t parser;
    dia_tree *in; /* the list or map that is open; NULL: none */
    dia_tree *document;
    const char *key; /* of the member that comes; NULL: a key comes, or none is wanted */
    uint32_t key_line, key_column;
    uint32_t depth, nodes;
    uint32_t n_documents;
    bool stopped; /* what comes makes no sense any more, and that was said */
} loading;

static uint32_t line_of(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.line + 1;
}

static uint32_t column_of(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.column + 1;
}

/* Where reading is, for what becomes no node. */
static void complain(loading *l, const yaml_event_t *event, const char *text)
{
    const dia_tree child = { .up = l->in, .key = l->key, .index = l->in ? l->in->n : 0 };
    char path[sizeof l->r->mistakes->v[0].path] = "";
    const bool in_key = l->in && l->in->kind == DIA_TREE_MAP && !l->key;
    if (l->in)
        dia_tree_path(in_key ? l->in : &child, path, sizeof path);
    dia_mistake_at(l->r, line_of(event), column_of(event), path, "%s", text);
}

static void stop(loading *l, const yaml_event_t *event, const char *text)
{
    complain(l, event, text);
    l->stopped = true;
}

/* ---- Nodes ---- */

static void append(loading *l, dia_tree *node)
{
    dia_tree *in = l->in;
    node->up = in;
    if (!in) {
        l->document = node;
        return;
    }
    node->index = in->n++;
    node->key = l->key;
    node->key_line = l->key_line;
    node->key_column = l->key_column;
    l->key = NULL;
    if (in->last)
        in->last->next = node;
    else
        in->first = node;
    in->last = node;
}

static dia_tree *add(loading *l, const yaml_event_t *event, dia_tree_kind kind)
{
    if (++l->nodes > NODES_MAX) {
        stop(l, event, "a configuration has at most 1,000,000 values; long tables belong in a file of their own");
        return NULL;
    }
    dia_tree *node = dia_keep(l->r, sizeof *node);
    if (!node) {
        l->stopped = true;
        return NULL;
    }
    *node = (dia_tree){ .kind = kind, .line = line_of(event), .column = column_of(event), .text = "" };
    append(l, node);
    return node;
}

static void open_node(loading *l, const yaml_event_t *event, dia_tree_kind kind)
{
    if (l->in && l->in->kind == DIA_TREE_MAP && !l->key) {
        stop(l, event,
             kind == DIA_TREE_MAP ? "a key must be a word, not a map; a value with { in front needs quotes"
                                  : "a key must be a word, not a list; a value with [ in front needs quotes");
        return;
    }
    if (++l->depth > DEPTH_MAX) {
        stop(l, event, "nested too deeply; a configuration has at most 16 levels");
        return;
    }
    dia_tree *node = add(l, event, kind);
    if (node)
        l->in = node;
}

static void close_node(loading *l)
{
    l->depth--;
    l->in = l->in->up;
    l->key = NULL;
}

static bool has_nul(const yaml_event_t *event)
{
    return memchr(event->data.scalar.value, 0, event->data.scalar.length) != NULL;
}

static const char *text_of(loading *l, const yaml_event_t *event)
{
    return dia_keep_text(l->r, (const char *)event->data.scalar.value, event->data.scalar.length);
}

static void take_key(loading *l, const yaml_event_t *event)
{
    if (l->in->n == KEYS_MAX) {
        stop(l, event, "a map has at most 1,000 keys");
        return;
    }
    const char *key = text_of(l, event);
    if (!key) {
        l->stopped = true;
        return;
    }
    const dia_tree *before = dia_tree_get(l->in, key);
    if (before) {
        char text[160];
        snprintf(text, sizeof text, "the key '%s' was there before, in line %u; it may stand here once",
                 dia_show(key).text, (unsigned)before->key_line);
        complain(l, event, text);
    }
    l->key = key;
    l->key_line = line_of(event);
    l->key_column = column_of(event);
}

static void take_scalar(loading *l, const yaml_event_t *event)
{
    if (has_nul(event)) {
        stop(l, event, "a text has a NUL inside");
        return;
    }
    if (l->in && l->in->kind == DIA_TREE_MAP && !l->key) {
        take_key(l, event);
        return;
    }
    const char *text = text_of(l, event);
    dia_tree *node = text ? add(l, event, DIA_TREE_SCALAR) : NULL;
    if (!node) {
        l->stopped = true;
        return;
    }
    node->text = text;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Words of YAML that nobody needs here. */
static bool is_decorated(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default: return false;
    }
}

static void take(loading *l, const yaml_event_t *event)
{
    if (is_decorated(event)) {
        stop(l, event, "anchors (&) and tags (!) have no meaning here; a value that begins with & or ! needs quotes");
        return;
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (l->n_documents++)
            stop(l, event, "a second document begins; a configuration is one");
        break;
    case YAML_SCALAR_EVENT: take_scalar(l, event); break;
    case YAML_SEQUENCE_START_EVENT: open_node(l, event, DIA_TREE_LIST); break;
    case YAML_MAPPING_START_EVENT: open_node(l, event, DIA_TREE_MAP); break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: close_node(l); break;
    case YAML_ALIAS_EVENT:
        stop(l, event,
             "aliases have no meaning here; a value that begins with * needs quotes, such as \"*.example.net\"");
        break;
    default: break;
    }
}

/* ---- Text ---- */

/* libyaml says of "*.example.net" that it is no alias. */
static bool begins_with_star(const loading *l, dia_bytes text)
{
    const yaml_mark_t *at = &l->parser.context_mark;
    return at->index < text.n && l->parser.context && strstr(l->parser.context, "alias") != NULL;
}

static void say_problem(loading *l, dia_bytes text)
{
    const yaml_parser_t *p = &l->parser;
    if (p->error == YAML_MEMORY_ERROR) {
        l->r->err = DIA_ENOMEM;
        return;
    }
    if (begins_with_star(l, text)) {
        dia_mistake_at(l->r, (uint32_t)p->context_mark.line + 1, (uint32_t)p->context_mark.column + 1, "",
                       "a value that begins with * needs quotes, such as \"*.example.net\"");
        return;
    }
    if (p->error == YAML_READER_ERROR) {
        uint32_t line = 1;
        const size_t end = p->problem_offset < text.n ? p->problem_offset : text.n;
        for (size_t i = 0; i < end; i++)
            line += text.p[i] == '\n';
        dia_mistake_at(l->r, line, 1, "", "no text of YAML: %s", p->problem);
        return;
    }
    if (p->context)
        dia_mistake_at(l->r, (uint32_t)p->problem_mark.line + 1, (uint32_t)p->problem_mark.column + 1, "",
                       "no YAML: %s (%s in line %u)", p->problem, p->context, (unsigned)p->context_mark.line + 1);
    else
        dia_mistake_at(l->r, (uint32_t)p->problem_mark.line + 1, (uint32_t)p->problem_mark.column + 1, "",
                       "no YAML: %s", p->problem ? p->problem : "it cannot be read");
}

const dia_tree *dia_tree_read(dia_reading *r, dia_bytes text)
{
    loading l = { .r = r };
    const size_t before = r->mistakes->n;
    if (text.n > TEXT_MAX) {
        dia_mistake_at(r, 1, 1, "", "a configuration has at most 16 MiB; long tables belong in a file of their own");
        return NULL;
    }
    if (!yaml_parser_initialize(&l.parser)) {
        r->err = DIA_ENOMEM;
        return NULL;
    }
    yaml_parser_set_input_string(&l.parser, text.p ? text.p : (const unsigned char *)"", text.n);
    for (bool more = true; more && !l.stopped;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&l.parser, &event)) {
            say_problem(&l, text);
            l.stopped = true;
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        take(&l, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&l.parser);
    if (!l.stopped && !l.document && r->mistakes->n == before)
        dia_mistake_at(r, 1, 1, "", "the configuration is empty; see examples/agent.yaml");
    return l.stopped ? NULL : l.document;
}
