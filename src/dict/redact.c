/* Which AVPs identify or authenticate a subscriber, or say where one is: what "redact" leaves out. */
#include "dict/dict.h"

typedef struct key {
    uint32_t vendor, code;
} key;

/* By vendor, then code. */
static const key keys[] = {
    { 0, 1 },        /* User-Name */
    { 0, 2 },        /* User-Password */
    { 0, 3 },        /* CHAP-Password */
    { 0, 8 },        /* Framed-IP-Address */
    { 0, 31 },       /* Calling-Station-Id */
    { 0, 60 },       /* CHAP-Challenge */
    { 0, 69 },       /* Tunnel-Password */
    { 0, 70 },       /* ARAP-Password */
    { 0, 79 },       /* EAP-Message */
    { 0, 84 },       /* ARAP-Challenge-Response */
    { 0, 89 },       /* Chargeable-User-Identity */
    { 0, 97 },       /* Framed-IPv6-Prefix */
    { 0, 123 },      /* Delegated-IPv6-Prefix */
    { 0, 127 },      /* Location-Information */
    { 0, 128 },      /* Location-Data */
    { 0, 143 },      /* PKM-Auth-Key */
    { 0, 168 },      /* Framed-IPv6-Address */
    { 0, 175 },      /* EAP-Peer-Id */
    { 0, 343 },      /* MIP-Session-Key */
    { 0, 379 },      /* SIP-Authenticate */
    { 0, 380 },      /* SIP-Authorization */
    { 0, 381 },      /* SIP-Authentication-Info */
    { 0, 391 },      /* SIP-User-Data-Contents */
    { 0, 444 },      /* Subscription-Id-Data */
    { 0, 460 },      /* User-Equipment-Info-Value */
    { 0, 462 },      /* EAP-Payload */
    { 0, 463 },      /* EAP-Reissued-Payload */
    { 0, 464 },      /* EAP-Master-Session-Key */
    { 0, 488 },      /* MIP-Authenticator */
    { 0, 583 },      /* Keying-Material */
    { 0, 591 },      /* Initiator-Identity */
    { 0, 654 },      /* User-Equipment-Info-IMEISV */
    { 0, 655 },      /* User-Equipment-Info-MAC */
    { 0, 656 },      /* User-Equipment-Info-EUI64 */
    { 0, 657 },      /* User-Equipment-Info-ModifiedEUI64 */
    { 0, 658 },      /* User-Equipment-Info-IMEI */
    { 0, 660 },      /* Subscription-Id-E164 */
    { 0, 661 },      /* Subscription-Id-IMSI */
    { 0, 662 },      /* Subscription-Id-SIP-URI */
    { 0, 663 },      /* Subscription-Id-NAI */
    { 0, 664 },      /* Subscription-Id-Private */
    { 10415, 1 },    /* 3GPP-IMSI */
    { 10415, 20 },   /* 3GPP-IMEISV */
    { 10415, 22 },   /* 3GPP-User-Location-Info */
    { 10415, 32 },   /* 3GPP-UE-Local-IP-Address */
    { 10415, 115 },  /* 3GPP-NAI */
    { 10415, 301 },  /* Authentication-Information-SIM */
    { 10415, 302 },  /* Authorization-Information-SIM */
    { 10415, 405 },  /* ME-Key-Material */
    { 10415, 406 },  /* UICC-Key-Material */
    { 10415, 601 },  /* Public-Identity */
    { 10415, 606 },  /* User-Data */
    { 10415, 609 },  /* SIP-Authenticate */
    { 10415, 610 },  /* SIP-Authorization */
    { 10415, 611 },  /* SIP-Authentication-Context */
    { 10415, 625 },  /* Confidentiality-Key */
    { 10415, 626 },  /* Integrity-Key */
    { 10415, 635 },  /* SIP-Digest-Authenticate */
    { 10415, 701 },  /* MSISDN */
    { 10415, 702 },  /* User-Data */
    { 10415, 894 },  /* WLAN-UE-Local-IPAddress */
    { 10415, 1227 }, /* PDP-Address */
    { 10415, 1242 }, /* Location-Estimate */
    { 10415, 1402 }, /* IMEI */
    { 10415, 1413 }, /* Authentication-Info */
    { 10415, 1447 }, /* RAND */
    { 10415, 1448 }, /* XRES */
    { 10415, 1449 }, /* AUTN */
    { 10415, 1450 }, /* KASME */
    { 10415, 1453 }, /* Kc */
    { 10415, 1454 }, /* SRES */
    { 10415, 1602 }, /* E-UTRAN-Cell-Global-Identity */
    { 10415, 1603 }, /* Tracking-Area-Identity */
    { 10415, 1604 }, /* Cell-Global-Identity */
    { 10415, 1605 }, /* Routing-Area-Identity */
    { 10415, 1606 }, /* Location-Area-Identity */
    { 10415, 1607 }, /* Service-Area-Identity */
    { 10415, 1621 }, /* Ext-PDP-Address */
    { 10415, 1643 }, /* A-MSISDN */
    { 10415, 1726 }, /* NR-Cell-Global-Identity */
    { 10415, 2205 }, /* UE-Local-IPv6-Prefix */
    { 10415, 3111 }, /* External-Identifier */
};

bool dia_is_private(uint32_t code, uint32_t vendor)
{
    size_t low = 0, high = sizeof keys / sizeof *keys;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (keys[middle].vendor < vendor || (keys[middle].vendor == vendor && keys[middle].code < code))
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof keys / sizeof *keys && keys[low].vendor == vendor && keys[low].code == code;
}
