/* The end of a search: the leaves in the order of trying, their addresses, and what is to be said of it.
 *
 * The order. RFC 3958 (2.2.4) has a client follow one transport to all its ends before it turns to another one, by order and
 * preference; which one comes first is what the realm says first, and where it says nothing TLS, DTLS, TCP, SCTP (RFC 6733, 2.1). */
#include "discover/tree.h"

enum { VIAS = 4, PORT = 3868, PORT_SECURE = 5868 };

/* ---- Choosing ---- */

/* The transports in the order in which the realm names them, equals as RFC 6733, 2.1 has them. */
static size_t rank_vias(const dia_discovery *d, uint32_t ranked[VIAS])
{
    uint32_t seen = 0;
    size_t n = 0;
    for (const branch *b = d->root->first, *end; b; b = end) {
        uint32_t via = 0;
        for (end = b; end && end->order == b->order && end->preference == b->preference; end = end->next)
            via |= end->via;
        for (uint32_t bit = 1; bit < DIA_VIA_ANY; bit <<= 1)
            if (via & bit & ~seen)
                ranked[n++] = bit;
        seen |= via;
    }
    return n;
}

static uint16_t port_of(const branch *leaf, uint32_t via)
{
    return leaf->port ? leaf->port : via & (DIA_VIA_TLS | DIA_VIA_DTLS) ? PORT_SECURE : PORT;
}

static bool is_known(const dia_discovery *d, const branch *leaf, uint32_t via)
{
    for (size_t i = 0; i < d->n_ways; i++)
        if (d->ways[i].via == via && dia_dns_same(d->ways[i].leaf->host, leaf->host) &&
            port_of(d->ways[i].leaf, via) == port_of(leaf, via))
            return true;
    return false;
}

static void choose(dia_discovery *d, const branch *b, uint32_t via)
{
    if (!(b->via & via))
        return;
    if (b->host && !is_known(d, b, via)) {
        if (d->n_ways == d->config.found)
            dia_quest_note(d, dia_quest_print(d, "%s was passed over: too many ways", b->host));
        else
            d->ways[d->n_ways++] = (way){ .leaf = b, .via = via };
    }
    for (const branch *c = b->first; c; c = c->next)
        choose(d, c, via);
}

void dia_quest_choose(dia_discovery *d)
{
    uint32_t ranked[VIAS];
    d->ways = dia_arena_get0(&d->arena, d->config.found * sizeof *d->ways);
    if (!d->ways)
        return;
    const size_t n = rank_vias(d, ranked);
    for (size_t i = 0; i < n; i++)
        choose(d, d->root, ranked[i]);
    for (size_t i = 0; i < d->n_ways; i++) {
        d->ways[i].aaaa = dia_quest_ask(d, DIA_DNS_AAAA, d->ways[i].leaf->host);
        d->ways[i].a = dia_quest_ask(d, DIA_DNS_A, d->ways[i].leaf->host);
        if (!d->ways[i].a)
            dia_quest_note(d, dia_quest_print(d, "%s was not asked for: too many questions", d->ways[i].leaf->host));
    }
}

/* ---- The end ---- */

static size_t addresses_of(const question *q)
{
    return q && q->done && q->verdict == DIA_DNS_FOUND ? q->n : 0;
}

static void without_addresses(dia_discovery *d, const way *w)
{
    const question *const both[] = { w->aaaa, w->a };
    const char *why = "has no addresses";
    for (size_t i = 0; i < 2; i++) {
        const question *q = both[i];
        if (!q || q->verdict != DIA_DNS_USELESS) {
            d->negative_s = least(d->negative_s, q ? q->ttl_s : 0);
            continue;
        }
        d->failed = true;
        d->failure = dia_quest_print(d, "%s of %s: %s", dia_dns_type_name(q->type), q->name, q->why);
        why = dia_quest_print(d, "was passed over: %s: %s", dia_dns_type_name(q->type), q->why);
    }
    dia_quest_note(d, dia_quest_print(d, "%s %s", w->leaf->host, why));
}

static bool settle_way(dia_discovery *d, const way *w, dia_found *out)
{
    const size_t six = addresses_of(w->aaaa), four = addresses_of(w->a);
    const branch *leaf = w->leaf;
    dia_address *addresses = dia_arena_get(&d->arena, (six + four) * sizeof *addresses);
    char text[DIA_DNS_NAME_ROOM + 40];
    if (!addresses)
        return false;
    if (!(six + four)) {
        without_addresses(d, w);
        return false;
    }
    if (six)
        memcpy(addresses, w->aaaa->addresses, six * sizeof *addresses);
    if (four)
        memcpy(addresses + six, w->a->addresses, four * sizeof *addresses);
    *out = (dia_found){ .uri = { .secure = w->via & (DIA_VIA_TLS | DIA_VIA_DTLS),
                                 .fqdn = dia_cstr(leaf->host),
                                 .port = port_of(leaf, w->via),
                                 .port_given = leaf->port,
                                 .transport =
                                     w->via & (DIA_VIA_DTLS | DIA_VIA_SCTP) ? DIA_TRANSPORT_SCTP : DIA_TRANSPORT_TCP },
                        .foreign = leaf->foreign,
                        .how = leaf->how,
                        .addresses = addresses,
                        .n_addresses = six + four };
    out->ttl_s = leaf->ttl_s;
    if (six)
        out->ttl_s = least(out->ttl_s, w->aaaa->ttl_s);
    if (four)
        out->ttl_s = least(out->ttl_s, w->a->ttl_s);
    if (dia_uri_print(&out->uri, text, sizeof text) < 0)
        return false;
    out->text = dia_quest_copy(d, text);
    return true;
}

static const char *why_nothing(dia_discovery *d)
{
    if (d->arena.err)
        return d->arena.err == DIA_ENOMEM ? "out of memory" : "the DNS has more for this realm than is looked at";
    if (d->failed)
        return d->failure;
    if (d->is_absent)
        return dia_quest_print(d, "there is no domain %s", d->realm);
    if (d->others && !d->n_ways)
        return dia_quest_print(d, "%s has peers of other applications alone", d->realm);
    if (d->fell_back && !d->n_ways)
        return dia_quest_print(d, "the DNS has neither NAPTR nor SRV records for peers of %s", d->realm);
    return dia_quest_print(d, "none of the records of %s leads to a peer", d->realm);
}

void dia_quest_end(dia_discovery *d)
{
    dia_found *found = dia_arena_get(&d->arena, d->n_ways * sizeof *found);
    size_t n = 0;
    uint32_t ttl_s = UINT32_MAX;
    for (size_t i = 0; found && i < d->n_ways; i++)
        if (settle_way(d, &d->ways[i], &found[n]))
            ttl_s = least(ttl_s, found[n++].ttl_s);
    dia_findings *f = &d->findings;
    *f = (dia_findings){ .found = found, .n = n, .ttl_s = ttl_s, .notes = d->notes, .n_notes = d->n_notes };
    f->questions = d->n_given;
    if (d->arena.err)
        f->n = 0;
    if (!f->n) {
        f->denied = !d->failed && !d->arena.err;
        f->ttl_s = f->denied && d->negative_s != UINT32_MAX ? d->negative_s : 0;
        f->why = why_nothing(d);
    }
    f->n_notes = d->n_notes;
    d->over = true;
}
