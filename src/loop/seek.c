/* The node wishes to know what the DNS has for a realm. */
#include "loop/loop.h"

/* Who waits for it. */
typedef struct seeker {
    dia_list place; /* in loop->seekers */
    dia_loop *loop;
    uint32_t ticket;
} seeker;

static void seeker_free(seeker *s)
{
    dia_list_remove(&s->place);
    dia_release(s->loop->alloc, s, sizeof *s);
}

static void on_findings(void *arg, const dia_findings *findings)
{
    seeker *s = arg;
    dia_loop *loop = s->loop;
    const uint32_t ticket = s->ticket;
    seeker_free(s);
    dia_node_discovered(loop->node, ticket, findings, dia_loop_clock());
}

static const char *why_not(int err)
{
    switch (err) {
    case DIA_ENOTSUP: return "peers cannot be discovered by this build (c-ares)";
    case DIA_EBUSY: return "too much is being asked of the name servers";
    case DIA_ENOMEM: return "no memory to ask the name servers";
    default: return "the realm is no name of a domain";
    }
}

void dia_seek(dia_loop *loop, const dia_todo *todo)
{
    char realm[256];
    int err = DIA_EINVAL;
    seeker *s = dia_alloc0(loop->alloc, sizeof *s);
    if (s && todo->realm.n < sizeof realm) {
        memcpy(realm, todo->realm.p, todo->realm.n);
        realm[todo->realm.n] = 0;
        s->loop = loop;
        s->ticket = todo->ticket;
        dia_list_push_back(&loop->seekers, &s->place);
        if (!(err = dia_loop_discover(loop, realm, todo->application, on_findings, s)))
            return;
        dia_list_remove(&s->place);
    }
    dia_release(loop->alloc, s, sizeof *s);
    const dia_findings nothing = { .why = why_not(s ? err : DIA_ENOMEM) };
    dia_node_discovered(loop->node, todo->ticket, &nothing, dia_loop_clock());
}

/* Behind the end of the searches, which tell nobody any more. */
void dia_seek_close_all(dia_loop *loop)
{
    while (!dia_list_empty(&loop->seekers))
        seeker_free(DIA_OF(loop->seekers.next, seeker, place));
}
