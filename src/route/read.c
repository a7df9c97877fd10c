/* A text of prefixes: "prefix-or-range,value" a line. */
#include "route/route.h"

typedef struct reading {
    dia_prefixes *prefixes;
    dia_prefixes_report *report;
    void *arg;
    size_t line;
    const uint8_t *start; /* of the line */
    bool wrong;
} reading;

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static dia_bytes trimmed(dia_bytes text)
{
    while (text.n && is_blank(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

static void refuse(reading *r, dia_bytes where, const char *text)
{
    const dia_prefixes_wrong wrong = { r->line, (size_t)(where.p - r->start) + 1, text };
    r->wrong = true;
    if (r->report)
        r->report(r->arg, &wrong);
}

static const char *why(int err)
{
    switch (err) {
    case DIA_EEXIST: return "this prefix, or one of this range, has another value already";
    case DIA_ESPACE: return "a prefix has at most 32 digits";
    default: return "wanted a prefix of digits, or a range whose ends have as many digits: 262030-262039";
    }
}

/* What stands in it is not blank. DIA_ENOMEM. */
static int take_line(reading *r, dia_bytes line)
{
    const uint8_t *comma = memchr(line.p, ',', line.n);
    const dia_bytes prefix = trimmed((dia_bytes){ line.p, comma ? (size_t)(comma - line.p) : line.n });
    if (!comma) {
        refuse(r, line, "wanted a prefix or a range, a comma, and a value");
        return 0;
    }
    const dia_bytes name = trimmed((dia_bytes){ comma + 1, (size_t)(line.p + line.n - comma) - 1 });
    if (!name.n || memchr(name.p, ',', name.n)) {
        refuse(r, name, name.n ? "one comma a line" : "the value behind the comma is missing");
        return 0;
    }
    if (!prefix.n) {
        refuse(r, prefix, "the prefix before the comma is missing");
        return 0;
    }
    uint32_t value;
    int err = dia_prefixes_name(r->prefixes, name, &value);
    if (err == DIA_ESPACE) {
        refuse(r, name, "a table has at most 65,536 different values");
        return 0;
    }
    if (!err)
        err = dia_prefixes_add(r->prefixes, prefix, value);
    if (err && err != DIA_ENOMEM) {
        refuse(r, prefix, why(err));
        return 0;
    }
    return err;
}

int dia_prefixes_read(dia_prefixes *prefixes, dia_bytes text, dia_prefixes_report *report, void *arg)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf }; /* that some editors put before UTF-8 */
    reading r = { .prefixes = prefixes, .report = report, .arg = arg };
    const uint8_t *at = text.p, *end = text.p + text.n;
    if (text.n >= sizeof mark && !memcmp(text.p, mark, sizeof mark))
        at += sizeof mark;
    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        dia_bytes line = { at, (size_t)((newline ? newline : end) - at) };
        const uint8_t *remark = line.n ? memchr(line.p, '#', line.n) : NULL;
        if (remark)
            line.n = (size_t)(remark - line.p);
        r.line++;
        r.start = at;
        line = trimmed(line);
        const int err = line.n ? take_line(&r, line) : 0;
        if (err)
            return err;
        at = newline ? newline + 1 : end;
    }
    const int err = dia_prefixes_pack(prefixes);
    return err ? err : r.wrong ? DIA_EFORMAT : 0;
}
