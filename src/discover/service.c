/* The service field of S-NAPTR for Diameter: "aaa" or "aaa+apN", and behind colons what carries it (RFC 6408, 3 and 5). */
#include "discover/discover.h"

enum { TAG_MAX = 32 };

/* 'diameter.dtls' is RFC 6733's, 'diameter.dtls.sctp' IANA's. */
static const struct {
    dia_bytes tag;
    uint32_t via;
} tags[] = {
    { DIA_LIT("diameter.tls.tcp"), DIA_VIA_TLS }, { DIA_LIT("diameter.dtls.sctp"), DIA_VIA_DTLS },
    { DIA_LIT("diameter.dtls"), DIA_VIA_DTLS },   { DIA_LIT("diameter.tcp"), DIA_VIA_TCP },
    { DIA_LIT("diameter.sctp"), DIA_VIA_SCTP },
};

static const uint32_t relay = UINT32_MAX; /* RFC 6733, 11.3 */

static dia_bytes next_tag(const char **at)
{
    const size_t n = strcspn(*at, ":");
    const dia_bytes tag = { (const uint8_t *)*at, n };
    *at += n + ((*at)[n] == ':');
    return tag;
}

/* The decimal number behind "aaa+ap", without leading zeros. */
static bool read_number(dia_bytes text, uint32_t *out)
{
    uint64_t number = 0;
    if (!text.n || text.n > 10 || (text.p[0] == '0' && text.n > 1))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (!dia_is_digit(text.p[i]))
            return false;
        number = number * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = (uint32_t)number;
    return number <= UINT32_MAX;
}

static dia_service_app read_app(dia_bytes tag, uint32_t application)
{
    const dia_bytes prefix = DIA_STR("aaa+ap");
    uint32_t number;
    if (dia_bytes_equal_nocase(tag, DIA_STR("aaa")))
        return DIA_SERVICE_ANY;
    if (tag.n <= prefix.n || !dia_bytes_equal_nocase((dia_bytes){ tag.p, prefix.n }, prefix) ||
        !read_number((dia_bytes){ tag.p + prefix.n, tag.n - prefix.n }, &number))
        return DIA_SERVICE_FOREIGN;
    return !application || number == application || number == relay ? DIA_SERVICE_THIS : DIA_SERVICE_OTHER;
}

dia_service_app dia_service_read(const char *text, uint32_t application, uint32_t *via)
{
    const dia_service_app app = read_app(next_tag(&text), application);
    *via = *text ? 0 : DIA_VIA_ANY;
    while (*text) {
        const dia_bytes tag = next_tag(&text);
        for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
            if (tag.n <= TAG_MAX && dia_bytes_equal_nocase(tag, tags[i].tag))
                *via |= tags[i].via;
    }
    return app;
}
