/* What protects `aaas` connections: configurations of TLS by their names, with their files read, and the end of our certificates. */
#include "loop/protection.h"

#include <stdio.h>
#include <time.h>

static bool is_name(const dia_protection *p, const char *name)
{
    return name ? p->name && strcmp(p->name, name) == 0 : !p->name;
}

static dia_protection *find(const dia_loop *loop, const char *name)
{
    for (dia_list *p = loop->protections.next; p != &loop->protections; p = p->next)
        if (is_name(DIA_OF(p, dia_protection, place), name))
            return DIA_OF(p, dia_protection, place);
    return NULL;
}

dia_tls *dia_protection_get(const dia_loop *loop, const char *name)
{
    const dia_protection *p = find(loop, name);
    return p ? dia_tls_ref(p->tls) : NULL;
}

static void release(dia_loop *loop, dia_protection *p)
{
    dia_tls_unref(p->tls);
    dia_release(loop->alloc, p->name, p->name ? strlen(p->name) + 1 : 0);
    dia_release(loop->alloc, p, sizeof *p);
}

static dia_protection *protection_new(dia_loop *loop, const char *name)
{
    dia_protection *p = dia_alloc0(loop->alloc, sizeof *p);
    if (!p)
        return NULL;
    if (name && !(p->name = dia_alloc(loop->alloc, strlen(name) + 1))) {
        dia_release(loop->alloc, p, sizeof *p);
        return NULL;
    }
    if (name)
        memcpy(p->name, name, strlen(name) + 1);
    dia_list_push_back(&loop->protections, &p->place);
    return p;
}

int dia_loop_tls(dia_loop *loop, const char *name, const dia_tls_config *config, char *why, size_t why_size)
{
    dia_tls *tls;
    char sentence[sizeof loop->last_fault] = ""; /* or a warning */
    const int err = dia_tls_new(config, loop->alloc, &tls, sentence, sizeof sentence);
    if (why)
        dia_sentence(why, why_size, "%s", sentence);
    if (err)
        return dia_loop_failed(loop, err, "%s", sentence[0] ? sentence : dia_loop_words(err));
    dia_protection *p = find(loop, name);
    if (!p && !(p = protection_new(loop, name))) {
        dia_tls_unref(tls);
        return dia_loop_failed(loop, DIA_ENOMEM, "%s", dia_strerror(DIA_ENOMEM));
    }
    if (p->tls)
        dia_tls_inherit(tls, p->tls);
    dia_tls_unref(p->tls);
    p->tls = tls;
    p->told = DIA_TOLD_NOTHING;
    loop->look_us = 0;
    return 0;
}

int dia_loop_tls_end(dia_loop *loop, const char *name)
{
    dia_protection *p = find(loop, name);
    if (!p && name)
        return dia_loop_failed(loop, DIA_ENOENT, "there is no TLS configuration '%s'", name);
    if (!p)
        return dia_loop_failed(loop, DIA_ENOENT, "there is no TLS configuration without a name");
    dia_list_remove(&p->place);
    release(loop, p);
    return 0;
}

void dia_protection_end_all(dia_loop *loop)
{
    for (dia_list *p; (p = dia_list_pop(&loop->protections));)
        release(loop, DIA_OF(p, dia_protection, place));
}

size_t dia_loop_tls_list(const dia_loop *loop, dia_tls_status *out, size_t max)
{
    size_t n = 0;
    for (dia_list *place = loop->protections.next; place != &loop->protections; place = place->next, n++) {
        const dia_protection *p = DIA_OF(place, dia_protection, place);
        if (n < max)
            out[n] = (dia_tls_status){ .name = p->name,
                                       .subject = dia_tls_subject(p->tls),
                                       .expires = dia_tls_expires(p->tls) };
    }
    return n;
}

const dia_tls_counts *dia_loop_tls_counts(const dia_loop *loop)
{
    return &loop->handshakes;
}

/* ---- The end of our own certificates ---- */

/* What is to be told of it now, and in how many seconds there is more. */
static dia_told look_at(const dia_protection *p, int64_t now_s, int64_t *next_s)
{
    const int64_t end_s = dia_tls_expires(p->tls), soon_s = end_s - dia_tls_expires_s(p->tls);
    if (end_s <= now_s)
        return DIA_TOLD_ENDED;
    const int64_t left_s = (soon_s <= now_s ? end_s : soon_s) - now_s;
    *next_s = left_s < *next_s ? left_s : *next_s;
    return soon_s <= now_s ? DIA_TOLD_SOON : DIA_TOLD_NOTHING;
}

static void tell(dia_loop *loop, dia_protection *p, int64_t now_s)
{
    char when[60] = "has ended", sentence[300];
    if (p->told == DIA_TOLD_SOON)
        dia_secure_ends_in(dia_tls_expires(p->tls) - now_s, when, sizeof when);
    snprintf(sentence, sizeof sentence, "our certificate of %s %s", dia_tls_subject(p->tls), when);
    dia_node_note_certificate(loop->node, sentence, dia_loop_clock());
}

/* A callback may change the configurations, so that one is told at a time. */
static dia_protection *next_to_tell(const dia_loop *loop, int64_t now_s, int64_t *next_s)
{
    for (dia_list *place = loop->protections.next; place != &loop->protections; place = place->next) {
        dia_protection *p = DIA_OF(place, dia_protection, place);
        const dia_told told = look_at(p, now_s, next_s);
        if (told == p->told)
            continue;
        p->told = told;
        if (told != DIA_TOLD_NOTHING)
            return p;
    }
    return NULL;
}

void dia_protection_look(dia_loop *loop, int64_t now_us)
{
    enum { HOUR_S = 3600 }; /* at the latest: the clock of the wall may be set */
    const int64_t now_s = (int64_t)time(NULL);
    int64_t next_s = HOUR_S;
    if (loop->look_us > now_us)
        return;
    for (dia_protection *p; (p = next_to_tell(loop, now_s, &next_s));)
        tell(loop, p, now_s);
    loop->look_us = dia_list_empty(&loop->protections) ? DIA_NEVER_US : now_us + next_s * 1000000;
}
