/* The numbers of a subscriber, wherever applications put them: as digits, in NAIs and URIs, packed two to an octet. */
#include "route/route.h"

enum { VENDOR_3GPP = 10415 };

/* AVP codes, and values of Subscription-Id-Type (RFC 8506, 8.47). */
enum {
    USER_NAME = 1,
    CALLING_STATION_ID = 31,
    SUBSCRIPTION_ID = 443,
    SUBSCRIPTION_ID_DATA = 444,
    SUBSCRIPTION_ID_TYPE = 450,
    GPP_IMSI = 1,           /* TS 29.061 */
    PUBLIC_IDENTITY = 601,  /* TS 29.229 */
    USER_IDENTITY = 700,    /* TS 29.329 */
    MSISDN = 701,           /* TS 29.329 */
    USER_IDENTIFIER = 3102, /* TS 29.336 */
    TYPE_E164 = 0,
    TYPE_IMSI = 1,
    TYPE_SIP_URI = 2,
    TYPE_NAI = 3,
    IMSI_MAX = 15
};

/* Digits at the start of a text. */
static dia_bytes leading_digits(dia_bytes text)
{
    size_t n = 0;
    while (n < text.n && dia_is_digit(text.p[n]))
        n++;
    return (dia_bytes){ text.p, n };
}

static dia_bytes from(dia_bytes text, size_t at)
{
    return (dia_bytes){ text.p + at, text.n - at };
}

static bool starts(dia_bytes text, const char *with)
{
    const size_t n = strlen(with);
    return text.n >= n && dia_bytes_equal_nocase((dia_bytes){ text.p, n }, dia_cstr(with));
}

/* ---- The IMSI of a User-Name ---- */

/* The country of a realm "....mnc001.mcc262.3gppnetwork.org", three digits; absent: it says none. */
static dia_bytes country_of(dia_bytes realm)
{
    for (size_t i = 0; i + 7 <= realm.n; i++)
        if ((i == 0 || realm.p[i - 1] == '.') && starts(from(realm, i), "mcc") &&
            leading_digits(from(realm, i + 3)).n == 3)
            return (dia_bytes){ realm.p + i + 3, 3 };
    return (dia_bytes){ NULL, 0 };
}

static bool begins(dia_bytes digits, dia_bytes with)
{
    return digits.n >= with.n && !memcmp(digits.p, with.p, with.n);
}

/* TS 23.003, 19.3.2: EAP-AKA, EAP-SIM, EAP-AKA'. Others are pseudonyms and identities for fast re-authentication. */
static bool names_method(uint8_t digit)
{
    return digit == '0' || digit == '1' || digit == '6';
}

dia_bytes dia_imsi_of_user(dia_bytes user)
{
    const dia_bytes none = { NULL, 0 };
    const uint8_t *at = user.n ? memchr(user.p, '@', user.n) : NULL;
    dia_bytes name = { user.p, at ? (size_t)(at - user.p) : user.n };
    dia_bytes realm = at ? from(user, name.n + 1) : none;
    /* A decorated one, "home.example!0262...@visited.example": the realm before the last '!' is that of its subscriber. */
    for (size_t i = name.n; i-- > 0;) {
        if (name.p[i] != '!')
            continue;
        const dia_bytes before = { name.p, i };
        size_t start = i;
        while (start > 0 && before.p[start - 1] != '!')
            start--;
        realm = (dia_bytes){ before.p + start, i - start };
        name = from(name, i + 1);
        break;
    }
    if (name.n < 6 || name.n > IMSI_MAX + 1 || leading_digits(name).n != name.n)
        return none;
    const dia_bytes country = realm.p ? country_of(realm) : none;
    const dia_bytes rest = from(name, 1);
    if (country.p) {
        if (names_method(name.p[0]) && begins(rest, country))
            return rest;
        return begins(name, country) && name.n <= IMSI_MAX ? name : none;
    }
    if (name.n <= IMSI_MAX)
        return name;
    return names_method(name.p[0]) ? rest : none;
}

/* ---- What a message has ---- */

/* How sure a number is: lower ranks go before. */
enum { SURE, ITS_OWN, IN_A_GROUP, AS_USER, AS_URI, AS_STATION, UNKNOWN };

typedef struct found {
    char *text;
    size_t n;
    int rank; /* UNKNOWN: nothing yet */
} found;

static void put(found *f, int rank, dia_bytes digits)
{
    if (!digits.n || digits.n > DIA_DIGITS_MAX || rank >= f->rank)
        return;
    memcpy(f->text, digits.p, digits.n);
    f->n = digits.n;
    f->rank = rank;
}

/* All of it are digits, but for a '+' in front. */
static void put_text(found *f, int rank, dia_bytes text)
{
    if (text.n && text.p[0] == '+')
        text = from(text, 1);
    if (leading_digits(text).n == text.n)
        put(f, rank, text);
}

/* TBCD: two digits an octet, the first one in the lower half; 15 fills up. */
static void put_tbcd(found *f, int rank, dia_bytes octets)
{
    uint8_t text[DIA_DIGITS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < 2 * octets.n && n < sizeof text; i++) {
        const unsigned digit = octets.p[i / 2] >> (i % 2 ? 4 : 0) & 15;
        if (digit > 9)
            break;
        text[n++] = (uint8_t)('0' + digit);
    }
    put(f, rank, (dia_bytes){ text, n });
}

/* "tel:+49-151-...", "sip:+49151...@...": global numbers alone are MSISDNs. */
static void put_uri(found *f, int rank, dia_bytes uri)
{
    uint8_t text[DIA_DIGITS_MAX];
    size_t n = 0;
    const size_t scheme = starts(uri, "tel:+") ? 5 : starts(uri, "sip:+") ? 5 : starts(uri, "sips:+") ? 6 : 0;
    if (!scheme)
        return;
    for (size_t i = scheme; i < uri.n && uri.p[i] != ';' && uri.p[i] != '@'; i++) {
        if (memchr("-.()", uri.p[i], 4))
            continue;
        if (!dia_is_digit(uri.p[i]) || n == sizeof text)
            return;
        text[n++] = uri.p[i];
    }
    put(f, rank, (dia_bytes){ text, n });
}

static void read_subscription(dia_bytes group, found *imsi, found *msisdn)
{
    dia_avps it = dia_avps_in(group);
    uint32_t type = UINT32_MAX;
    dia_bytes data = { NULL, 0 };
    while (dia_avp_step(&it)) {
        if (it.avp.code == SUBSCRIPTION_ID_TYPE && !it.avp.vendor && it.avp.data.n == 4)
            type = dia_load32(it.avp.data.p);
        if (it.avp.code == SUBSCRIPTION_ID_DATA && !it.avp.vendor)
            data = it.avp.data;
    }
    switch (type) {
    case TYPE_E164: put_text(msisdn, SURE, data); break;
    case TYPE_IMSI: put_text(imsi, SURE, data); break;
    case TYPE_SIP_URI: put_uri(msisdn, AS_URI, data); break;
    case TYPE_NAI: put(imsi, AS_USER, dia_imsi_of_user(data)); break;
    default: break;
    }
}

/* User-Identity, User-Identifier. */
static void read_identity(dia_bytes group, found *imsi, found *msisdn)
{
    dia_avps it = dia_avps_in(group);
    while (dia_avp_step(&it)) {
        if (it.avp.code == USER_NAME && !it.avp.vendor)
            put(imsi, IN_A_GROUP, dia_imsi_of_user(it.avp.data));
        else if (it.avp.code == MSISDN && it.avp.vendor == VENDOR_3GPP)
            put_tbcd(msisdn, IN_A_GROUP, it.avp.data);
        else if (it.avp.code == PUBLIC_IDENTITY && it.avp.vendor == VENDOR_3GPP)
            put_uri(msisdn, AS_URI, it.avp.data);
    }
}

static void read_numbers(dia_bytes message, found *imsi, found *msisdn)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it)) {
        const dia_bytes data = it.avp.data;
        if (!it.avp.vendor) {
            switch (it.avp.code) {
            case USER_NAME: put(imsi, AS_USER, dia_imsi_of_user(data)); break;
            case CALLING_STATION_ID: put_text(msisdn, AS_STATION, data); break;
            case SUBSCRIPTION_ID: read_subscription(data, imsi, msisdn); break;
            default: break;
            }
        } else if (it.avp.vendor == VENDOR_3GPP) {
            switch (it.avp.code) {
            case GPP_IMSI: put_text(imsi, ITS_OWN, data); break;
            case MSISDN: put_tbcd(msisdn, ITS_OWN, data); break;
            case USER_IDENTITY:
            case USER_IDENTIFIER: read_identity(data, imsi, msisdn); break;
            case PUBLIC_IDENTITY: put_uri(msisdn, AS_URI, data); break;
            default: break;
            }
        }
    }
}

/* What was set stays. A User-Name that was set counts also without message. */
static void look_up(dia_route_query *q)
{
    char imsi_text[DIA_DIGITS_MAX], msisdn_text[DIA_DIGITS_MAX];
    found imsi = { .text = imsi_text, .rank = UNKNOWN }, msisdn = { .text = msisdn_text, .rank = UNKNOWN };
    if (q->looked_up & DIA_LOOKED_NUMBERS || (q->imsi.p && q->msisdn.p))
        return;
    q->looked_up |= DIA_LOOKED_NUMBERS;
    read_numbers(dia_query_message(q), &imsi, &msisdn);
    put(&imsi, AS_USER, dia_imsi_of_user(q->user));
    if (!q->imsi.p && imsi.rank < UNKNOWN) {
        memcpy(q->imsi_text, imsi_text, imsi.n);
        q->imsi = (dia_bytes){ (const uint8_t *)q->imsi_text, imsi.n };
    }
    if (!q->msisdn.p && msisdn.rank < UNKNOWN) {
        memcpy(q->msisdn_text, msisdn_text, msisdn.n);
        q->msisdn = (dia_bytes){ (const uint8_t *)q->msisdn_text, msisdn.n };
    }
}

dia_bytes dia_route_query_imsi(dia_route_query *q)
{
    if (!q->imsi.p)
        look_up(q);
    return q->imsi;
}

dia_bytes dia_route_query_msisdn(dia_route_query *q)
{
    if (!q->msisdn.p)
        look_up(q);
    return q->msisdn;
}
