/* Contents of AVPs that have a format of their own. Where none is known here, octets and texts are drawn. */
#include "content.h"

#include <stddef.h>

enum { TGPP = 10415 };

#define IPV4    DIA_LIT("\300\0\2\1")
#define IPV6    DIA_LIT("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1")
#define PREFIX  DIA_LIT("\0\100\40\1\15\270\0\0\0\1")
#define E164    DIA_LIT("\224\121\21\62\124\166\370") /* TBCD, digits swapped */
#define PLMN    DIA_LIT("\142\362\20")                /* TS 24.008, 10.5.1.13: 262 01 */
#define PLMN_IN "\142\362\20"
#define EAP     DIA_LIT("\1\1\0\5\1") /* RFC 3748, 4: Request, Identity */

static const struct {
    uint32_t code, vendor;
    dia_bytes value;
} contents[] = {
    /* RADIUS attributes: RFC 2865, RFC 3162, RFC 2869. Many interfaces of 3GPP have an IMSI in User-Name. */
    { 1, 0, DIA_LIT("262019876543210") },
    { 4, 0, IPV4 },
    { 8, 0, IPV4 },
    { 9, 0, DIA_LIT("\377\377\377\0") },
    { 14, 0, IPV4 },
    { 23, 0, DIA_LIT("\0\0\0\1") },
    { 79, 0, EAP },
    { 95, 0, IPV6 },
    { 96, 0, DIA_LIT("\1\2\3\4\5\6\7\10") },
    { 97, 0, PREFIX },
    { 98, 0, IPV6 },
    { 123, 0, PREFIX },
    { 168, 0, IPV6 },
    /* RFC 4072. */
    { 462, 0, EAP },
    { 463, 0, EAP },
    /* RFC 8506: digits suit all types of subscriptions; the equipment is a MAC address. */
    { 444, 0, DIA_LIT("262019876543210") },
    { 459, 0, DIA_LIT("\0\0\0\1") },
    { 460, 0, DIA_LIT("\2\0\0\1\2\3") },
    /* TS 29.061. */
    { 1, TGPP, DIA_LIT("262019876543210") },
    { 4, TGPP, IPV4 },
    { 5, TGPP, DIA_LIT("99-0B921F7396FEFE742BFFFF") },
    { 6, TGPP, IPV4 },
    { 7, TGPP, IPV4 },
    { 8, TGPP, DIA_LIT("26201") },
    { 9, TGPP, DIA_LIT("26201") },
    { 14, TGPP, IPV6 },
    { 15, TGPP, IPV6 },
    { 16, TGPP, IPV6 },
    { 18, TGPP, DIA_LIT("26201") },
    { 22, TGPP, DIA_LIT("\202" PLMN_IN "\0\1" PLMN_IN "\0\0\0\1") },
    { 23, TGPP, DIA_LIT("\100\0") },
    { 29, TGPP, DIA_LIT("\0\4test") },
    { 900, TGPP, DIA_LIT("\0\0\1" PLMN_IN) },
    { 903, TGPP, DIA_LIT("\0\0\1") },
    { 904, TGPP, DIA_LIT("\0\200\0") },
    { 909, TGPP, DIA_LIT("26201000101") },
    { 913, TGPP, DIA_LIT("99-0B921F7396FEFE742BFFFF") },
    { 916, TGPP, IPV4 },
    { 917, TGPP, IPV6 },
    { 918, TGPP, IPV4 },
    { 919, TGPP, IPV6 },
    { 924, TGPP, IPV4 },
    { 925, TGPP, IPV6 },
    /* TS 29.229 and TS 29.329. */
    { 640, TGPP, DIA_LIT("<sip:p1.example.net;lr>") },
    { 701, TGPP, E164 },
    /* TS 32.299 and TS 29.172: a point, TS 23.032; the method and its use, TS 29.171. */
    { 1242, TGPP, DIA_LIT("\0\100\0\0\20\0\0") },
    { 2708, TGPP, DIA_LIT("sip:user@example.net") },
    { 2516, TGPP, DIA_LIT("\100\1\0") },
    /* TS 29.272. */
    { 1407, TGPP, PLMN },
    { 1474, TGPP, E164 },
    { 1489, TGPP, E164 },
    { 1645, TGPP, E164 },
    { 1677, TGPP, PLMN },
    /* TS 29.338: an SMS-DELIVER without address and text (TS 23.040, 9.2.2.1), in the other direction a report. */
    { 3301, TGPP, DIA_LIT("\0\0\200\0\0\62\21\122\0\0\0\0\0") },
    /* TS 29.212: S1AP, radio network layer; one tracking area. */
    { 2819, TGPP, DIA_LIT("\20\1") },
    { 2820, TGPP, DIA_LIT("\20\0\0\0\0\0" PLMN_IN "\0\1") },
};

dia_bytes content_of(const dia_avp_def *avp)
{
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
        if (contents[i].code == avp->code && contents[i].vendor == avp->vendor)
            return contents[i].value;
    return (dia_bytes){ NULL, 0 };
}
