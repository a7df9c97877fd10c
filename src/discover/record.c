/* What a search keeps of the records of an answer, and a note on each that is of no use. */
#include "discover/tree.h"

static char flag_of(const char *flags)
{
    if (!*flags)
        return 0;
    const char flag = (char)dia_lower((uint8_t)*flags);
    return !flags[1] && (flag == 's' || flag == 'a') ? flag : '?';
}

/* Why a record is of no use; NULL: it is. */
static const char *why_not(const dia_discovery *d, const dia_dns_naptr *r, const naptr *n)
{
    if (*r->regexp)
        return "has a regular expression, which S-NAPTR does not (RFC 3958, 6.2)";
    if (n->flag == '?')
        return "has other flags than S-NAPTR (RFC 3958, 6.2)";
    if (!dia_identity_valid(dia_cstr(r->replacement)))
        return "leads nowhere";
    if (n->app == DIA_SERVICE_OTHER)
        return "is for another application";
    if (!n->via)
        return "names no transport of Diameter";
    if (!(n->via & d->config.via))
        return "names no transport that is of use";
    return NULL;
}

static void read_naptr(dia_discovery *d, question *q, dia_bytes message, const dia_dns_record *record)
{
    dia_dns_naptr r;
    if (!dia_dns_read_naptr(message, record, &r)) {
        dia_quest_note(d, dia_quest_print(d, "a NAPTR record of %s is malformed", q->name));
        return;
    }
    naptr n = { .order = r.order, .preference = r.preference, .flag = flag_of(r.flags) };
    n.app = dia_service_read(r.service, d->config.application, &n.via);
    const char *why = n.app == DIA_SERVICE_FOREIGN ? "is not for Diameter" : why_not(d, &r, &n);
    if (n.app != DIA_SERVICE_FOREIGN && !*r.regexp && n.flag != '?')
        d->diameter = true;
    if (n.app == DIA_SERVICE_OTHER)
        d->others = q->others = true;
    if (why) {
        dia_quest_note(d, dia_quest_print(d, "NAPTR %u %u \"%s\" \"%s\" %s %s", r.order, r.preference, r.flags,
                                          r.service, r.replacement, why));
        return;
    }
    n.via &= d->config.via;
    n.service = dia_quest_copy(d, r.service);
    n.replacement = dia_quest_copy(d, r.replacement);
    q->naptrs[q->n++] = n;
}

static const char *why_no_target(const dia_dns_srv *r)
{
    if (!strcmp(r->target, "."))
        return "says that there is no such service (RFC 2782)";
    if (!dia_identity_valid(dia_cstr(r->target)))
        return "has a target that is no host";
    return r->port ? NULL : "has port 0";
}

static void read_srv(dia_discovery *d, question *q, dia_bytes message, const dia_dns_record *record)
{
    dia_dns_srv r;
    if (!dia_dns_read_srv(message, record, &r)) {
        dia_quest_note(d, dia_quest_print(d, "an SRV record of %s is malformed", q->name));
        return;
    }
    const char *why = why_no_target(&r);
    if (why)
        dia_quest_note(
            d, dia_quest_print(d, "SRV %u %u %u %s of %s %s", r.priority, r.weight, r.port, r.target, q->name, why));
    else
        q->srvs[q->n++] = (srv){ r.priority, r.weight, r.port, dia_quest_copy(d, r.target) };
}

static void read_address(dia_discovery *d, question *q, dia_bytes message, const dia_dns_record *record)
{
    const size_t size = q->type == DIA_DNS_A ? 4 : 16;
    if (record->n != size || q->n == DIA_FOUND_ADDRESSES)
        return;
    uint8_t *octets = dia_arena_get(&d->arena, size);
    if (!octets)
        return;
    memcpy(octets, message.p + record->at, size);
    q->addresses[q->n++] = (dia_address){ size == 4 ? DIA_FAMILY_IPV4 : DIA_FAMILY_IPV6, { octets, size } };
}

/* Room for as many records as are looked at; false: no memory. */
static bool make_room(dia_discovery *d, question *q, size_t n)
{
    switch (q->type) {
    case DIA_DNS_NAPTR: return (q->naptrs = dia_arena_get(&d->arena, n * sizeof *q->naptrs)) != NULL;
    case DIA_DNS_SRV: return (q->srvs = dia_arena_get(&d->arena, n * sizeof *q->srvs)) != NULL;
    default: return (q->addresses = dia_arena_get(&d->arena, DIA_FOUND_ADDRESSES * sizeof *q->addresses)) != NULL;
    }
}

static size_t count(dia_bytes message, const question *q, const char *end)
{
    dia_dns_reader reader;
    dia_dns_record record;
    size_t n = 0;
    dia_dns_open(&reader, message, q->asked, q->type);
    while (dia_dns_next(&reader, &record))
        n += record.section == DIA_DNS_ANSWER && record.type == (unsigned)q->type && dia_dns_same(record.name, end);
    return n;
}

void dia_quest_read(dia_discovery *d, question *q, dia_bytes message, const char *end)
{
    dia_dns_reader reader;
    dia_dns_record record;
    size_t n = count(message, q, end);
    if (n > d->config.records) {
        dia_quest_note(d, dia_quest_print(d, "%s has %zu %s records: only %u are looked at", q->name, n,
                                          dia_dns_type_name(q->type), (unsigned)d->config.records));
        n = d->config.records;
    }
    if (!make_room(d, q, n))
        return;
    dia_dns_open(&reader, message, q->asked, q->type);
    while (n && dia_dns_next(&reader, &record)) {
        if (record.section != DIA_DNS_ANSWER || record.type != (unsigned)q->type || record.class_ != 1 ||
            !dia_dns_same(record.name, end))
            continue;
        n--;
        if (q->type == DIA_DNS_NAPTR)
            read_naptr(d, q, message, &record);
        else if (q->type == DIA_DNS_SRV)
            read_srv(d, q, message, &record);
        else
            read_address(d, q, message, &record);
    }
}
