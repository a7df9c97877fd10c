/* Tests of the numbers of a subscriber in messages of many applications. */
#include "harness.h"
#include "requests.h"

static void user_names_hold_imsis(void)
{
    static const struct {
        const char *user, *want;
    } rows[] = {
        { "262011234567890", "262011234567890" },
        { "001010123456789", "001010123456789" }, /* a test network's begins with 0 */
        { "0262011234567890", "262011234567890" },
        { "6262011234567890", "262011234567890" },
        { "9262011234567890", NULL },
        { "0262011234567890@nai.epc.mnc001.mcc262.3gppnetwork.org", "262011234567890" },
        { "6262011234567890@nai.epc.mnc001.mcc262.3gppnetwork.org", "262011234567890" },
        { "1262011234567890@wlan.mnc001.mcc262.3gppnetwork.org", "262011234567890" },
        { "0262011234567890@NAI.EPC.MNC001.MCC262.3GPPNETWORK.ORG", "262011234567890" },
        { "026201123456789@nai.epc.mnc001.mcc262.3gppnetwork.org", "26201123456789" }, /* fourteen digits */
        { "262011234567890@ims.mnc001.mcc262.3gppnetwork.org", "262011234567890" },
        { "621300123456789@ims.mnc030.mcc621.3gppnetwork.org", "621300123456789" }, /* the 6 is of the country */
        { "6621300123456789@nai.epc.mnc030.mcc621.3gppnetwork.org", "621300123456789" },
        { "2123456789012345@nai.epc.mnc001.mcc262.3gppnetwork.org", NULL }, /* a pseudonym */
        { "499123456789012@nai.epc.mnc001.mcc262.3gppnetwork.org", NULL },
        { "nai.epc.mnc001.mcc262.3gppnetwork.org!0262011234567890@nai.epc.mnc015.mcc234.3gppnetwork.org",
          "262011234567890" },
        { "a.example!nai.epc.mnc001.mcc262.3gppnetwork.org!0262011234567890@b.example", "262011234567890" },
        { "262011234567890@example.net", "262011234567890" },
        { "12345", NULL },
        { "12345678901234567", NULL },
        { "alice@example.net", NULL },
        { "26201123456789x", NULL },
        { "!", NULL },
        { "@", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].user);
        need_bytes(dia_imsi_of_user(dia_cstr(rows[i].user)), dia_cstr(rows[i].want));
    }
    need(!dia_imsi_of_user((dia_bytes){ NULL, 0 }).p);
done:
    harness_row(NULL);
}

enum { GPP = 10415 };

static void subscription(dia_builder *b, uint32_t type, const char *data)
{
    dia_put_group(b, 443, 0, DIA_AVP_M);
    dia_put_u32(b, 450, 0, DIA_AVP_M, type);
    put_text(b, 444, 0, data);
    dia_put_group_end(b);
}

static void gy(dia_builder *b)
{
    put_text(b, 1, 0, "someone@example.net");
    subscription(b, 0, "4915112345678");
    subscription(b, 1, "262011234567890");
}

static void gy_with_a_plus(dia_builder *b)
{
    subscription(b, 0, "+4915112345678");
    subscription(b, 3, "0262011234567890@wlan.mnc001.mcc262.3gppnetwork.org");
}

static void uris(dia_builder *b)
{
    subscription(b, 2, "sip:+4915112345678@ims.example.net;user=phone");
    subscription(b, 4, "262011234567890");
}

static void tel_uri(dia_builder *b)
{
    put_text(b, 601, GPP, "tel:+49-151-(123)45678;x=y");
}

static void local_uri(dia_builder *b)
{
    put_text(b, 601, GPP, "tel:110;phone-context=example.net");
    put_text(b, 1, 0, "262011234567890@ims.mnc001.mcc262.3gppnetwork.org");
}

static void s6a(dia_builder *b)
{
    put_text(b, 1, 0, "262011234567890");
}

static void s6c(dia_builder *b)
{
    dia_put_bytes(b, 701, GPP, DIA_AVP_M, (dia_bytes)DIA_LIT("\x94\x51\x11\x32\x54\x76\xf8"));
}

static void sh(dia_builder *b)
{
    dia_put_group(b, 700, GPP, DIA_AVP_M);
    dia_put_bytes(b, 701, GPP, DIA_AVP_M, (dia_bytes)DIA_LIT("\x94\x51\x11\x32\x54\x76\x98"));
    dia_put_group_end(b);
}

static void s6t(dia_builder *b)
{
    dia_put_group(b, 3102, GPP, DIA_AVP_M);
    put_text(b, 1, 0, "262011234567890");
    dia_put_bytes(b, 701, GPP, DIA_AVP_M, (dia_bytes)DIA_LIT("\x94\x51\x11\x32\x54\x76\xf8"));
    dia_put_group_end(b);
}

static void sgi(dia_builder *b)
{
    put_text(b, 31, 0, "4915112345678");
    put_text(b, 1, GPP, "262011234567890");
}

static void the_surest_wins(dia_builder *b)
{
    put_text(b, 31, 0, "11");
    put_text(b, 1, 0, "999990000000000");
    put_text(b, 1, GPP, "888880000000000");
    subscription(b, 1, "262011234567890");
    subscription(b, 1, "777770000000000"); /* and of these the first */
    dia_put_bytes(b, 701, GPP, DIA_AVP_M, (dia_bytes)DIA_LIT("\x22\xf2"));
    subscription(b, 0, "4915112345678");
}

static void broken(dia_builder *b)
{
    dia_put_bytes(b, 443, 0, DIA_AVP_M, (dia_bytes)DIA_LIT("\0\0\1\xc2\x40\0\0\xff"));
    dia_put_bytes(b, 701, GPP, DIA_AVP_M, (dia_bytes)DIA_LIT(""));
    subscription(b, 1, "26201x");
    subscription(b, 0, "123456789012345678901234567890123");
    put_text(b, 31, 0, "00-11-22-33-44-55:ssid");
}

static void numbers_are_found_where_applications_put_them(void)
{
    static const struct {
        const char *name;
        void (*put)(dia_builder *b);
        const char *imsi, *msisdn;
    } rows[] = {
        { "Gy", gy, "262011234567890", "4915112345678" },
        { "Gy with a plus", gy_with_a_plus, "262011234567890", "4915112345678" },
        { "URIs", uris, NULL, "4915112345678" },
        { "tel URI", tel_uri, NULL, "4915112345678" },
        { "Cx", local_uri, "262011234567890", NULL },
        { "S6a", s6a, "262011234567890", NULL },
        { "S6c", s6c, NULL, "4915112345678" },
        { "Sh", sh, NULL, "49151123456789" },
        { "S6t", s6t, "262011234567890", "4915112345678" },
        { "SGi", sgi, "262011234567890", "4915112345678" },
        { "the surest wins", the_surest_wins, "262011234567890", "4915112345678" },
        { "broken", broken, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        writing w;
        harness_row(rows[i].name);
        dia_builder *b = write_request(&w, 4, 272);
        rows[i].put(b);
        dia_route_query q = { .message = written(&w) };
        need(q.message.n);
        need_bytes(dia_route_query_imsi(&q), dia_cstr(rows[i].imsi));
        need_bytes(dia_route_query_msisdn(&q), dia_cstr(rows[i].msisdn));
        q.message.p = NULL; /* it is not looked at again */
        need_bytes(dia_route_query_imsi(&q), dia_cstr(rows[i].imsi));
        dia_route_query set = { .imsi = dia_cstr("1"), .message = written(&w) };
        need_bytes(dia_route_query_msisdn(&set), dia_cstr(rows[i].msisdn));
        need_bytes(dia_route_query_imsi(&set), dia_cstr("1"));
    }
    dia_route_query named = { .user = dia_cstr("262011234567890") };
    need_bytes(dia_route_query_imsi(&named), dia_cstr("262011234567890"));
done:
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "user_names_hold_imsis", user_names_hold_imsis },
        { "numbers_are_found_where_applications_put_them", numbers_are_found_where_applications_put_them },
    };
    return HARNESS_RUN("route/subscriber", tests);
}
