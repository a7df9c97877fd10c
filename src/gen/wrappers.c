/* <stem>_node.h: the node's untyped core with the types of each command around it. */
#include "gen/parts.h"

/* Parameters that the wrappers have anyway. */
static const char parameters[] = " arg fn msg node outcome request timeout_ms ";

/* What is said about one request and its answer. */
typedef struct pair {
    const char *request, *answer; /* "ro_ccr" */
    const char *request_table, *answer_table;
    const char *req, *ans; /* as parameters: "ccr" */
} pair;

/* A function's head; its last parameters stand in a line of their own when one line is too short. */
static void say_head(gen_text *t, const char *name, const char *first, const char *last)
{
    const char *const blank = *first ? " " : "";
    const bool fits = strlen(name) + strlen(first) + strlen(last) + 3 <= GEN_WIDTH;
    gen_say(t, "\n%s(%s", name, first);
    if (fits)
        gen_say(t, "%s%s)\n", blank, last);
    else
        gen_say(t, "\n%*s%s)\n", (int)strlen(name) + 1, "", last);
}

static void say_serve(gen_text *t, const pair *p)
{
    const char *const r = p->request, *const a = p->answer;
    gen_say(t, "typedef void dia_%s_fn(dia_request *request, const dia_%s *%s, void *arg);\n", r, r, p->req);
    say_head(t, gen_make(t->arena, "static inline void dia_call_%s", r),
             "dia_untyped *fn, dia_request *request, const void *msg,", "void *arg");
    gen_say(t, "{\n    ((dia_%s_fn *)fn)(request, (const dia_%s *)msg, arg);\n}\n", r, r);
    say_head(t, gen_make(t->arena, "static inline int dia_serve_%s", r), "dia_node *node,",
             gen_make(t->arena, "dia_%s_fn *fn, void *arg", r));
    gen_say(t, "{\n    return dia_node_serve(node, %s, dia_call_%s, (dia_untyped *)fn, arg);\n}\n", p->request_table,
            r);
    say_head(t, gen_make(t->arena, "static inline int dia_answer_%s", a), "dia_request *request,",
             gen_make(t->arena, "const dia_%s *%s", a, p->ans));
    gen_say(t, "{\n    return dia_request_answer(request, %s, %s);\n}\n", p->answer_table, p->ans);
    say_head(t, gen_make(t->arena, "static inline const dia_%s *dia_keep_%s", r, r), "", "dia_request *request");
    gen_say(t, "{\n    return (const dia_%s *)dia_request_keep(request);\n}\n", r);
}

static void say_send(gen_text *t, const pair *p)
{
    const char *const r = p->request, *const a = p->answer;
    gen_say(t, "\ntypedef void dia_%s_fn(const dia_outcome *outcome, const dia_%s *%s, void *arg);\n", a, a, p->ans);
    say_head(t, gen_make(t->arena, "static inline void dia_call_%s", a),
             "dia_untyped *fn, const dia_outcome *outcome, const void *msg,", "void *arg");
    gen_say(t, "{\n    ((dia_%s_fn *)fn)(outcome, (const dia_%s *)msg, arg);\n}\n", a, a);
    say_head(t, gen_make(t->arena, "static inline int dia_send_%s", r),
             gen_make(t->arena, "dia_node *node, const dia_%s *%s, uint32_t timeout_ms,", r, p->req),
             gen_make(t->arena, "dia_%s_fn *fn, void *arg", a));
    gen_say(t, "{\n    return dia_node_send(node, %s, %s, timeout_ms, dia_call_%s, (dia_untyped *)fn, arg);\n}\n",
            p->request_table, p->req, a);
}

static void say_pair(gen_unit *u, uint32_t i, uint32_t k)
{
    const gen_names *const n = u->names;
    const dia_command *const request = &u->dict->commands[i], *const answer = &u->dict->commands[k];
    const pair p = {
        .request = n->commands[i] + 4,
        .answer = n->commands[k] + 4,
        .request_table = n->command_macros[i],
        .answer_table = n->command_macros[k],
        .req = gen_word(&u->arena, request->name, parameters),
        .ans = gen_word(&u->arena, answer->name, parameters),
    };
    gen_say(&u->text, "\n/* %s */\n", gen_comment(&u->arena, gen_command_remark(u, request)));
    say_serve(&u->text, &p);
    say_send(&u->text, &p);
}

int gen_say_wrappers(gen_unit *u)
{
    gen_text *const t = &u->text;
    const dia_dict *const d = u->dict;
    const char *const stem = u->names->stem, *const guard = gen_upper(&u->arena, stem);
    gen_say(
        t,
        "/* Commands of dictionary %s with a node. Made by the dictionary compiler; do not edit.\n"
        " *\n"
        " * dia_serve_: the handler of a request. dia_send_: exactly one outcome per request sent; the answer is NULL\n"
        " * without one. dia_answer_: answers a request. dia_keep_: the request stays after the handler returned. */\n",
        gen_comment(&u->arena, d->name));
    gen_say(t, "#ifndef DIATOM_APP_%s_NODE_H\n#define DIATOM_APP_%s_NODE_H\n\n", guard, guard);
    gen_say(t, "#include \"diatom/app/%s.h\"\n#include \"diatom/node.h\"\n", stem);
    gen_say(t, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for (uint32_t i = 0; i < d->n_commands && d->has_application && d->application != 0; i++) {
        const dia_command *const request = &d->commands[i];
        if ((request->flags & DIA_FLAG_REQUEST) && request->other)
            say_pair(u, i, (uint32_t)(request->other - d->commands));
    }
    gen_say(t, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    return t->err;
}
