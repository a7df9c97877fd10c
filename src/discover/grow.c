/* How the tree grows: NAPTR records lead to names, SRV records to hosts, and where there is no NAPTR, four names are tried. */
#include "discover/tree.h"

static branch *add(dia_discovery *d, branch *to)
{
    branch *b = dia_arena_get0(&d->arena, sizeof *b);
    if (!b)
        return NULL;
    b->depth = to->depth + 1;
    b->via = to->via;
    b->foreign = to->foreign;
    b->ttl_s = least(to->ttl_s, to->question->ttl_s);
    b->grown = true;
    *(to->last ? &to->last->next : &to->first) = b;
    to->last = b;
    return b;
}

/* The branch goes on with this question. */
static void go_on(dia_discovery *d, branch *b, dia_dns_type type, const char *name)
{
    b->question = dia_quest_ask(d, type, name);
    b->grown = !b->question;
    if (!b->question)
        dia_quest_note(d, dia_quest_print(d, "%s %s was not asked: too many questions", name, dia_dns_type_name(type)));
}

static bool is_of_realm(const dia_discovery *d, const char *name)
{
    return dia_dns_is_inside(name, d->realm);
}

/* Stable: equals stay as they came. */
static void sort_naptrs(naptr *records, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const naptr one = records[i];
        const uint32_t rank = (uint32_t)one.order << 16 | one.preference;
        size_t at = i;
        for (; at && ((uint32_t)records[at - 1].order << 16 | records[at - 1].preference) > rank; at--)
            records[at] = records[at - 1];
        records[at] = one;
    }
}

static const char *joined(dia_discovery *d, const branch *b, const char *more)
{
    return b->how ? dia_quest_print(d, "%s -> %s", b->how, more) : more;
}

static void grow_naptr(dia_discovery *d, branch *from, const naptr *r)
{
    const uint32_t via = r->via & from->via;
    const char *how = dia_quest_print(d, "NAPTR %u %u %s %s", r->order, r->preference,
                                      r->flag == 's'   ? "s"
                                      : r->flag == 'a' ? "a"
                                                       : "\"\"",
                                      r->service);
    if (!via) {
        dia_quest_note(
            d, dia_quest_print(d, "%s to %s offers no transport of the record that led to it", how, r->replacement));
        return;
    }
    if (!r->flag && from->depth >= d->config.depth) {
        dia_quest_note(d, dia_quest_print(d, "%s to %s is not followed: records lead to records %u times already", how,
                                          r->replacement, (unsigned)from->depth));
        return;
    }
    branch *b = add(d, from);
    if (!b)
        return;
    b->via = via;
    b->order = r->order;
    b->preference = r->preference;
    b->foreign = from->foreign || !is_of_realm(d, r->replacement);
    b->how = joined(d, from, how);
    if (r->flag == 'a')
        b->host = r->replacement;
    else
        go_on(d, b, r->flag ? DIA_DNS_SRV : DIA_DNS_NAPTR, r->replacement);
}

/* RFC 6408, 5: where a realm says of applications which it has, and not the one that is looked for, records that name none
 * do not count either. */
static void grow_naptrs(dia_discovery *d, branch *from)
{
    question *q = from->question;
    bool named = false;
    for (size_t i = 0; i < q->n; i++)
        named = named || q->naptrs[i].app == DIA_SERVICE_THIS;
    if (q->n && q->others && !named) {
        dia_quest_note(
            d, dia_quest_print(d, "%s names applications, and not %u: its other records do not count (RFC 6408, 5)",
                               q->name, (unsigned)d->config.application));
        return;
    }
    sort_naptrs(q->naptrs, q->n);
    for (size_t i = 0; i < q->n && i < d->config.questions; i++)
        grow_naptr(d, from, &q->naptrs[i]);
    if (q->n > d->config.questions)
        dia_quest_note(d, dia_quest_print(d, "%s has %zu NAPTR records of use: only %u are followed", q->name, q->n,
                                          (unsigned)d->config.questions));
}

static void grow_srvs(dia_discovery *d, branch *from)
{
    const question *q = from->question;
    dia_weighed *order = dia_arena_get(&d->arena, (q->n + 1) * sizeof *order);
    if (!order)
        return;
    for (size_t i = 0; i < q->n; i++)
        order[i] = (dia_weighed){ q->srvs[i].priority, q->srvs[i].weight, i };
    dia_weigh(order, q->n, d->config.draw, d->config.arg);
    for (size_t i = 0; i < q->n && i < d->config.found; i++) {
        const srv *r = &q->srvs[order[i].item];
        branch *b = add(d, from);
        if (!b)
            return;
        b->host = r->target;
        b->port = r->port;
        b->foreign = from->foreign || !is_of_realm(d, r->target);
        b->how = joined(d, from, dia_quest_print(d, "SRV %u %u", r->priority, r->weight));
    }
}

/* RFC 6733, 5.2, step 3. */
static void fall_back(dia_discovery *d)
{
    static const struct {
        const char *prefix;
        uint32_t via;
    } names[] = { { "_diameters._tcp", DIA_VIA_TLS },
                  { "_diameters._sctp", DIA_VIA_DTLS },
                  { "_diameter._tcp", DIA_VIA_TCP },
                  { "_diameter._sctp", DIA_VIA_SCTP } };
    d->fell_back = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(names[i].via & d->config.via))
            continue;
        branch *b = add(d, d->root);
        if (!b)
            return;
        b->ttl_s = UINT32_MAX;
        b->via = names[i].via;
        b->how = dia_quest_print(d, "%s", names[i].prefix);
        go_on(d, b, DIA_DNS_SRV, dia_quest_print(d, "%s.%s", names[i].prefix, d->realm));
    }
}

/* How long it may be believed that there is nothing, as long as it is nothing that all of it has been. */
static void grow_nothing(dia_discovery *d, const branch *b)
{
    const question *q = b->question;
    if (q->verdict == DIA_DNS_USELESS) {
        d->failed = true;
        d->failure = dia_quest_print(d, "%s of %s: %s", dia_dns_type_name(q->type), q->name, q->why);
        dia_quest_note(d, d->failure);
        return;
    }
    d->negative_s = least(d->negative_s, q->ttl_s);
    if (b == d->root || !d->fell_back)
        dia_quest_note(d, dia_quest_print(d, "%s has no %s records%s", q->name, dia_dns_type_name(q->type),
                                          q->verdict == DIA_DNS_NO_DOMAIN ? ": there is no such domain" : ""));
}

static void grow(dia_discovery *d, branch *b)
{
    question *q = b->question;
    b->grown = true;
    if (q->verdict == DIA_DNS_FOUND) {
        d->negative_s = least(d->negative_s, q->ttl_s); /* that what it says leads nowhere is true as long as it is */
        if (q->type == DIA_DNS_NAPTR)
            grow_naptrs(d, b);
        else
            grow_srvs(d, b);
    } else {
        grow_nothing(d, b);
    }
    if (b != d->root || q->verdict == DIA_DNS_USELESS)
        return;
    d->is_absent = q->verdict == DIA_DNS_NO_DOMAIN;
    if (!d->diameter && !d->is_absent) /* RFC 8020: below what does not exist there is nothing */
        fall_back(d);
}

/* Depth is bounded by config.depth. True: something grew, and what it has become may be known already. */
bool dia_quest_grow(dia_discovery *d, branch *b)
{
    if (b->question && !b->grown && b->question->done) {
        grow(d, b);
        return true;
    }
    bool grew = false;
    for (branch *c = b->first; c; c = c->next)
        grew = dia_quest_grow(d, c) || grew;
    return grew;
}
