/* What an answer says of the question: records, at the name itself or behind aliases; nothing, and for how long; or it is no
 * answer. */
#include "discover/discover.h"

enum { CLASS_IN = 1, ALIASES_MAX = 16 };

/* The alias of this name; false: it has none. */
static bool alias_of(dia_dns_reader reader, const char *name, char to[DIA_DNS_NAME_ROOM], uint32_t *ttl_s)
{
    dia_dns_record record;
    while (dia_dns_next(&reader, &record))
        if (record.section == DIA_DNS_ANSWER && record.type == DIA_DNS_TYPE_CNAME && record.class_ == CLASS_IN &&
            dia_dns_same(record.name, name) && dia_dns_read_name(reader.message, &record, to)) {
            *ttl_s = record.ttl_s;
            return true;
        }
    return false;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The end of the chain of aliases; false: there is none. */
static bool follow(const dia_dns_reader *reader, const char *name, dia_dns_answer *out, size_t *n)
{
    char next[DIA_DNS_NAME_ROOM];
    uint32_t ttl_s;
    strcpy(out->end, name);
    for (*n = 0; alias_of(*reader, out->end, next, &ttl_s); (*n)++) {
        if (*n == ALIASES_MAX || dia_dns_same(next, name))
            return false;
        strcpy(out->end, next);
        out->ttl_s = least(out->ttl_s, ttl_s);
    }
    return true;
}

/* What there is besides records of the name. */
typedef struct hints {
    bool records, soa, ns;
    uint32_t ttl_s, negative_s;
} hints;

static hints look(dia_dns_reader *reader, const char *name, dia_dns_type type)
{
    hints found = { .ttl_s = UINT32_MAX };
    dia_dns_record record;
    while (dia_dns_next(reader, &record)) {
        if (record.class_ != CLASS_IN)
            continue;
        if (record.section == DIA_DNS_ANSWER && record.type == (unsigned)type && dia_dns_same(record.name, name)) {
            found.records = true;
            found.ttl_s = least(found.ttl_s, record.ttl_s);
        } else if (record.section == DIA_DNS_AUTHORITY && record.type == DIA_DNS_TYPE_SOA) {
            found.soa = found.soa || dia_dns_read_soa(reader->message, &record, &found.negative_s);
        } else if (record.section == DIA_DNS_AUTHORITY && record.type == DIA_DNS_TYPE_NS) {
            found.ns = true;
        }
    }
    return found;
}

static void useless(dia_dns_answer *out, const char *why)
{
    out->verdict = DIA_DNS_USELESS;
    out->why = why;
}

void dia_dns_judge(dia_bytes message, const char *name, dia_dns_type type, dia_dns_answer *out)
{
    dia_dns_reader reader;
    size_t aliases;
    *out = (dia_dns_answer){ .ttl_s = UINT32_MAX };
    const char *why = dia_dns_open(&reader, message, name, type);
    if (why) {
        useless(out, why);
        return;
    }
    const bool no_domain = (reader.flags & 0xf) == 3;
    if (!follow(&reader, name, out, &aliases)) {
        useless(out, "the aliases (CNAME) in the answer go around in circles");
        return;
    }
    const hints found = look(&reader, out->end, type);
    if (reader.broken) {
        useless(out, "the answer ends before its records, or a name in it makes no sense");
    } else if (found.records && !no_domain) {
        out->verdict = DIA_DNS_FOUND;
        out->ttl_s = least(out->ttl_s, found.ttl_s);
    } else if (no_domain) {
        /* RFC 2308, 2.1: it is the end of the chain that does not exist. */
        out->verdict = aliases ? DIA_DNS_NONE : DIA_DNS_NO_DOMAIN;
        out->ttl_s = least(out->ttl_s, found.negative_s);
    } else if (aliases && !found.soa) {
        out->verdict = DIA_DNS_ALIAS;
    } else if (found.ns && !found.soa) {
        useless(out, "the name server does not know, and does not ask others (a lame delegation)");
    } else {
        out->verdict = DIA_DNS_NONE;
        out->ttl_s = least(out->ttl_s, found.negative_s);
    }
}
