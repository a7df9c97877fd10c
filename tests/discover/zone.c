/* A name server of a few rows. */
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>

enum { NEGATIVE_S = 77 };

static unsigned type_of(const char *text)
{
    static const struct {
        const char *text;
        unsigned type;
    } types[] = {
        { "A", 1 }, { "NS", 2 }, { "CNAME", 5 }, { "SOA", 6 }, { "AAAA", 28 }, { "SRV", 33 }, { "NAPTR", 35 }
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].text, text))
            return types[i].type;
    abort();
}

size_t zone_put_name(uint8_t *to, size_t at, const char *name)
{
    while (*name && strcmp(name, ".") != 0) {
        const size_t n = strcspn(name, ".");
        to[at++] = (uint8_t)n;
        memcpy(to + at, name, n);
        at += n;
        name += n + (name[n] == '.');
    }
    to[at++] = 0;
    return at;
}

static size_t put16(uint8_t *to, size_t at, unsigned value)
{
    dia_store16(to + at, (uint16_t)value);
    return at + 2;
}

static size_t put_string(uint8_t *to, size_t at, const char *text)
{
    const size_t n = strcmp(text, "-") ? strlen(text) : 0;
    to[at] = (uint8_t)n;
    memcpy(to + at + 1, text, n);
    return at + 1 + n;
}

static size_t put_data(uint8_t *to, size_t at, unsigned type, const char *data)
{
    unsigned a, b, c;
    char flags[256], service[256], regexp[256], name[256];
    dia_address address;
    uint8_t store[16];
    switch (type) {
    case 1:
    case 28:
        if (dia_address_parse(dia_cstr(data), store, sizeof store, &address))
            abort();
        memcpy(to + at, address.value.p, address.value.n);
        return at + address.value.n;
    case 33:
        if (sscanf(data, "%u %u %u %255s", &a, &b, &c, name) != 4)
            abort();
        at = put16(to, put16(to, put16(to, at, a), b), c);
        return zone_put_name(to, at, name);
    case 35:
        if (sscanf(data, "%u %u %255s %255s %255s %255s", &a, &b, flags, service, regexp, name) != 6)
            abort();
        at = put_string(to, put16(to, put16(to, at, a), b), flags);
        return zone_put_name(to, put_string(to, put_string(to, at, service), regexp), name);
    case 6:
        at = zone_put_name(to, zone_put_name(to, at, "ns.example.com"), "me.example.com");
        for (size_t i = 0; i < 5; i++, at += 4)
            dia_store32(to + at, NEGATIVE_S);
        return at;
    default: return zone_put_name(to, at, data);
    }
}

size_t zone_put_record(uint8_t *to, size_t at, const zone_record *record, unsigned class_)
{
    const unsigned type = type_of(record->type);
    at = zone_put_name(to, at, record->name);
    at = put16(to, put16(to, at, type), class_);
    dia_store32(to + at, record->ttl_s);
    at += 6;
    const size_t end = put_data(to, at, type, record->data);
    dia_store16(to + at - 2, (uint16_t)(end - at));
    return end;
}

static bool exists(const zone_record *zone, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (dia_dns_is_inside(zone[i].name, name))
            return true;
    return false;
}

static size_t header(uint8_t *to, const zone_lie *lie, const char *name, unsigned type)
{
    memset(to, 0, 12);
    dia_store16(to + 2, (uint16_t)(0x8400 ^ lie->flags));
    dia_store16(to + 4, 1);
    const size_t at = zone_put_name(to, 12, lie->other_question ? "else.example.com" : name);
    return put16(to, put16(to, at, type), 1);
}

size_t zone_answer(const zone_record *zone, size_t n, const zone_lie *lie, const char *name, unsigned type, uint8_t *to)
{
    static const zone_lie honest;
    unsigned answers = 0, authority = 0, code = 0;
    if (lie->name && !dia_dns_same(lie->name, name))
        lie = &honest;
    if (lie->silent)
        return 0;
    const unsigned class_ = lie->class_ ? lie->class_ : 1;
    size_t at = header(to, lie, name, type);
    for (unsigned aliases = 0; aliases < 20;) {
        const zone_record *alias = NULL;
        unsigned here = 0;
        for (size_t i = 0; i < n; i++) {
            if (!dia_dns_same(zone[i].name, name))
                continue;
            if (type_of(zone[i].type) == type) {
                at = zone_put_record(to, at, &zone[i], class_);
                here++;
            } else if (!strcmp(zone[i].type, "CNAME")) {
                alias = &zone[i];
            }
        }
        answers += here;
        if (here || !alias) {
            code = here || exists(zone, n, name) ? 0 : 3;
            break;
        }
        at = zone_put_record(to, at, alias, class_);
        answers++;
        aliases++;
        name = alias->data;
        if (alias->ttl_s == 4444) /* this server knows nothing of the other end */
            break;
    }
    if (!answers && lie->ns) {
        at = zone_put_record(to, at, &(zone_record){ "example.com", "NS", 60, "ns.example.com" }, class_);
        authority++;
    } else if (!answers && !lie->no_soa) {
        at = zone_put_record(to, at, &(zone_record){ "example.com", "SOA", 3600, "" }, class_);
        authority++;
    }
    to[3] = (uint8_t)(to[3] | (lie->code ? lie->code : code));
    dia_store16(to + 6, (uint16_t)((int)answers + lie->counts));
    dia_store16(to + 8, (uint16_t)authority);
    return at > lie->cut ? at - lie->cut : 0;
}
