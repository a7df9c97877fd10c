/* Which AVPs identify or authenticate a subscriber, say where one is or what one says: what "redact" leaves out. */
#include "dict/dict.h"

typedef struct key {
    uint32_t vendor, code;
} key;

/* Of specifications and well-known vendors; by vendor, then code. They count whatever a dictionary calls them. Groups
 * stand here where their contents mean nothing but the subscriber; of all others the members do. */
static const key keys[] = {
    { 0, 1 },        /* User-Name */
    { 0, 2 },        /* User-Password */
    { 0, 3 },        /* CHAP-Password */
    { 0, 8 },        /* Framed-IP-Address */
    { 0, 14 },       /* Login-IP-Host */
    { 0, 19 },       /* Callback-Number */
    { 0, 20 },       /* Callback-Id */
    { 0, 22 },       /* Framed-Route */
    { 0, 31 },       /* Calling-Station-Id */
    { 0, 60 },       /* CHAP-Challenge */
    { 0, 69 },       /* Tunnel-Password */
    { 0, 70 },       /* ARAP-Password */
    { 0, 74 },       /* ARAP-Security-Data */
    { 0, 78 },       /* Configuration-Token */
    { 0, 79 },       /* EAP-Message */
    { 0, 80 },       /* Message-Authenticator */
    { 0, 84 },       /* ARAP-Challenge-Response */
    { 0, 89 },       /* Chargeable-User-Identity */
    { 0, 90 },       /* Tunnel-Client-Auth-Id */
    { 0, 94 },       /* Originating-Line-Info */
    { 0, 96 },       /* Framed-Interface-Id */
    { 0, 97 },       /* Framed-IPv6-Prefix */
    { 0, 98 },       /* Login-IPv6-Host */
    { 0, 99 },       /* Framed-IPv6-Route */
    { 0, 103 },      /* Digest-Response */
    { 0, 105 },      /* Digest-Nonce */
    { 0, 106 },      /* Digest-Response-Auth */
    { 0, 107 },      /* Digest-Nextnonce */
    { 0, 109 },      /* Digest-URI */
    { 0, 112 },      /* Digest-Entity-Body-Hash */
    { 0, 113 },      /* Digest-CNonce */
    { 0, 115 },      /* Digest-Username */
    { 0, 116 },      /* Digest-Opaque */
    { 0, 117 },      /* Digest-Auth-Param */
    { 0, 118 },      /* Digest-AKA-Auts */
    { 0, 121 },      /* Digest-HA1 */
    { 0, 122 },      /* SIP-AOR */
    { 0, 123 },      /* Delegated-IPv6-Prefix */
    { 0, 125 },      /* MIP6-Home-Link-Prefix */
    { 0, 127 },      /* Location-Information */
    { 0, 128 },      /* Location-Data */
    { 0, 137 },      /* PKM-SS-Cert */
    { 0, 143 },      /* PKM-Auth-Key */
    { 0, 145 },      /* Mobile-Node-Identifier */
    { 0, 151 },      /* PMIP6-Home-HN-Prefix */
    { 0, 152 },      /* PMIP6-Visited-HN-Prefix */
    { 0, 153 },      /* PMIP6-Home-Interface-ID */
    { 0, 154 },      /* PMIP6-Visited-Interface-ID */
    { 0, 155 },      /* PMIP6-Home-IPv4-HoA */
    { 0, 156 },      /* PMIP6-Visited-IPv4-HoA */
    { 0, 168 },      /* Framed-IPv6-Address */
    { 0, 175 },      /* EAP-Peer-Id */
    { 0, 320 },      /* MIP-Reg-Request */
    { 0, 321 },      /* MIP-Reg-Reply */
    { 0, 333 },      /* MIP-Mobile-Node-Address */
    { 0, 335 },      /* MIP-Nonce */
    { 0, 343 },      /* MIP-Session-Key */
    { 0, 379 },      /* SIP-Authenticate */
    { 0, 380 },      /* SIP-Authorization */
    { 0, 381 },      /* SIP-Authentication-Info */
    { 0, 391 },      /* SIP-User-Data-Contents */
    { 0, 405 },      /* CHAP-Response */
    { 0, 444 },      /* Subscription-Id-Data */
    { 0, 460 },      /* User-Equipment-Info-Value */
    { 0, 462 },      /* EAP-Payload */
    { 0, 463 },      /* EAP-Reissued-Payload */
    { 0, 464 },      /* EAP-Master-Session-Key */
    { 0, 487 },      /* MIP-Careof-Address */
    { 0, 488 },      /* MIP-Authenticator */
    { 0, 489 },      /* MIP-MAC-Mobility-Data */
    { 0, 505 },      /* PMIP6-IPv4-Home-Address */
    { 0, 506 },      /* Mobile-Node-Identifier */
    { 0, 524 },      /* MAC-Address */
    { 0, 527 },      /* EUI64-Address */
    { 0, 579 },      /* QoS-Authorization-Data */
    { 0, 583 },      /* Keying-Material */
    { 0, 588 },      /* Ni */
    { 0, 589 },      /* Nr */
    { 0, 591 },      /* Initiator-Identity */
    { 0, 593 },      /* Identification-Data */
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
    { 193, 334 },    /* Ericsson-Wildcarded-Public-Identity */
    { 193, 554 },    /* SCAP-Subscription-Id-Data */
    { 193, 1074 },   /* Subscription-Id-Location */
    { 193, 1077 },   /* Other-Party-Id-Data */
    { 193, 1133 },   /* Redirecting-Party-Address */
    { 193, 1192 },   /* Secondary-Digest-HA1 */
    { 193, 1330 },   /* Served_User */
    { 193, 1460 },   /* Transaction-SIP-Message */
    { 8164, 13 },    /* SN-Local-IP-Address */
    { 8164, 15 },    /* SN-PPP-Outbound-Password */
    { 8164, 26 },    /* SN-Tunnel-Password */
    { 8164, 39 },    /* SN-Tunnel-ISAKMP-Secret */
    { 8164, 61 },    /* SN-PPP-Outbound-Username */
    { 8164, 171 },   /* SN-FMC-Location */
    { 8164, 249 },   /* SN-Routing-Area-Id */
    { 8164, 252 },   /* SN-IMSI */
    { 8164, 287 },   /* SN-Cscf-Subscriber-Ip-Address */
    { 8164, 297 },   /* SN-NAT-IP-Address */
    { 8164, 304 },   /* SN-Fast-Reauth-Username-304 */
    { 8164, 305 },   /* SN-Pseudonym-Username-305 */
    { 8164, 320 },   /* SN-WLAN-UE-Identifier */
    { 8164, 11010 }, /* SN-Fast-Reauth-Username */
    { 8164, 11011 }, /* SN-Pseudonym-Username */
    { 10415, 1 },    /* 3GPP-IMSI */
    { 10415, 20 },   /* 3GPP-IMEISV */
    { 10415, 22 },   /* 3GPP-User-Location-Info */
    { 10415, 29 },   /* TWAN-Identifier */
    { 10415, 32 },   /* 3GPP-UE-Local-IP-Address */
    { 10415, 111 },  /* 3GPP-UE-MAC-Address */
    { 10415, 115 },  /* 3GPP-NAI */
    { 10415, 301 },  /* Authentication-Information-SIM */
    { 10415, 302 },  /* Authorization-Information-SIM */
    { 10415, 400 },  /* GBA-UserSecSettings */
    { 10415, 401 },  /* Transaction-Identifier */
    { 10415, 405 },  /* ME-Key-Material */
    { 10415, 406 },  /* UICC-Key-Material */
    { 10415, 411 },  /* UE-Id */
    { 10415, 417 },  /* GBA-Push-Info */
    { 10415, 506 },  /* Authorization-Token */
    { 10415, 547 },  /* MCPTT-Identifier */
    { 10415, 562 },  /* MCVideo-Identifier */
    { 10415, 579 },  /* HFC-Node-Identifier */
    { 10415, 580 },  /* GLI-Identifier */
    { 10415, 601 },  /* Public-Identity */
    { 10415, 606 },  /* User-Data */
    { 10415, 609 },  /* SIP-Authenticate */
    { 10415, 610 },  /* SIP-Authorization */
    { 10415, 611 },  /* SIP-Authentication-Context */
    { 10415, 625 },  /* Confidentiality-Key */
    { 10415, 626 },  /* Integrity-Key */
    { 10415, 634 },  /* Wildcarded-Public-Identity */
    { 10415, 635 },  /* SIP-Digest-Authenticate */
    { 10415, 636 },  /* Wildcarded-IMPU */
    { 10415, 641 },  /* Contact */
    { 10415, 644 },  /* From-SIP-Header */
    { 10415, 645 },  /* To-SIP-Header */
    { 10415, 663 },  /* Alternate-Digest-HA1 */
    { 10415, 701 },  /* MSISDN */
    { 10415, 702 },  /* User-Data */
    { 10415, 830 },  /* User-Session-Id */
    { 10415, 831 },  /* Calling-Party-Address */
    { 10415, 832 },  /* Called-Party-Address */
    { 10415, 837 },  /* Application-Provided-Called-Party-Address */
    { 10415, 842 },  /* SDP-Session-Description */
    { 10415, 845 },  /* SDP-Media-Description */
    { 10415, 848 },  /* Served-Party-IP-Address */
    { 10415, 856 },  /* Associated-URI */
    { 10415, 857 },  /* Charged-Party */
    { 10415, 859 },  /* PoC-Group-Name */
    { 10415, 887 },  /* Participants-Involved */
    { 10415, 894 },  /* WLAN-UE-Local-IPAddress */
    { 10415, 897 },  /* Address-Data */
    { 10415, 1035 }, /* CoA-IP-Address */
    { 10415, 1104 }, /* Sender-Address */
    { 10415, 1108 }, /* Recipient-Address */
    { 10415, 1200 }, /* Domain-Name */
    { 10415, 1215 }, /* Token-Text */
    { 10415, 1227 }, /* PDP-Address */
    { 10415, 1233 }, /* LCS-Client-Dialed-By-MS */
    { 10415, 1234 }, /* LCS-Client-External-ID */
    { 10415, 1238 }, /* LCS-Name-String */
    { 10415, 1240 }, /* LCS-Requestor-ID-String */
    { 10415, 1242 }, /* Location-Estimate */
    { 10415, 1245 }, /* Positioning-Data */
    { 10415, 1250 }, /* Called-Asserted-Identity */
    { 10415, 1251 }, /* Requested-Party-Address */
    { 10415, 1263 }, /* Access-Network-Information */
    { 10415, 1280 }, /* Alternate-Charged-Party-Address */
    { 10415, 1288 }, /* Media-Initiator-Party */
    { 10415, 1305 }, /* Civic-Address-Information */
    { 10415, 1309 }, /* API-Content */
    { 10415, 1325 }, /* Nr-Cgi */
    { 10415, 1402 }, /* IMEI */
    { 10415, 1411 }, /* Re-Synchronization-Info */
    { 10415, 1413 }, /* Authentication-Info */
    { 10415, 1433 }, /* STN-SR */
    { 10415, 1444 }, /* User-Id */
    { 10415, 1447 }, /* RAND */
    { 10415, 1448 }, /* XRES */
    { 10415, 1449 }, /* AUTN */
    { 10415, 1450 }, /* KASME */
    { 10415, 1453 }, /* Kc */
    { 10415, 1454 }, /* SRES */
    { 10415, 1471 }, /* 3GPP2-MEID */
    { 10415, 1480 }, /* Client-Identity */
    { 10415, 1506 }, /* MIP-FA-RK */
    { 10415, 1524 }, /* SSID */
    { 10415, 1535 }, /* WLCP-Key */
    { 10415, 1602 }, /* E-UTRAN-Cell-Global-Identity */
    { 10415, 1603 }, /* Tracking-Area-Identity */
    { 10415, 1604 }, /* Cell-Global-Identity */
    { 10415, 1605 }, /* Routing-Area-Identity */
    { 10415, 1606 }, /* Location-Area-Identity */
    { 10415, 1607 }, /* Service-Area-Identity */
    { 10415, 1608 }, /* Geographical-Information */
    { 10415, 1609 }, /* Geodetic-Information */
    { 10415, 1621 }, /* Ext-PDP-Address */
    { 10415, 1643 }, /* A-MSISDN */
    { 10415, 1726 }, /* NR-Cell-Global-Identity */
    { 10415, 2008 }, /* Originator-SCCP-Address */
    { 10415, 2010 }, /* Recipient-SCCP-Address */
    { 10415, 2015 }, /* SM-User-Data-Header */
    { 10415, 2024 }, /* Number-Portability-Routing-Information */
    { 10415, 2035 }, /* Associated-Party-Address */
    { 10415, 2205 }, /* UE-Local-IPv6-Prefix */
    { 10415, 2400 }, /* LMSI */
    { 10415, 2511 }, /* LCS-Codeword */
    { 10415, 2515 }, /* Velocity-Estimate */
    { 10415, 2516 }, /* EUTRAN-Positioning-Data */
    { 10415, 2517 }, /* ECGI */
    { 10415, 2525 }, /* GERAN-Positioning-Data */
    { 10415, 2526 }, /* GERAN-GANSS-Positioning-Data */
    { 10415, 2528 }, /* UTRAN-Positioning-Data */
    { 10415, 2529 }, /* UTRAN-GANSS-Positioning-Data */
    { 10415, 2537 }, /* Area-Identification */
    { 10415, 2553 }, /* Cell-Portion-ID */
    { 10415, 2554 }, /* 1xRTT-RCID */
    { 10415, 2556 }, /* Civic-Address */
    { 10415, 2558 }, /* UTRAN-Additional-Positioning-Data */
    { 10415, 2708 }, /* From-Address */
    { 10415, 2716 }, /* BSSID */
    { 10415, 2804 }, /* HeNB-Local-IP-Address */
    { 10415, 2805 }, /* UE-Local-IP-Address */
    { 10415, 3004 }, /* Payload */
    { 10415, 3111 }, /* External-Identifier */
    { 10415, 3301 }, /* SM-RP-UI */
    { 10415, 3309 }, /* SM-RP-SMEA */
    { 10415, 3326 }, /* Originating-SIP-URI */
    { 10415, 3327 }, /* Destination-SIP-URI */
    { 10415, 3414 }, /* ISUP-Location-Number */
    { 10415, 3432 }, /* Monitoring-UE-Identifier */
    { 10415, 3452 }, /* ProSe-Source-IP-Address */
    { 10415, 3453 }, /* ProSe-UE-ID */
    { 10415, 3458 }, /* Application-Specific-Data */
    { 10415, 3600 }, /* Origin-App-Layer-User-Id */
    { 10415, 3601 }, /* Target-App-Layer-User-Id */
    { 10415, 3604 }, /* PDUID */
    { 10415, 3605 }, /* Application-Data */
    { 10415, 3801 }, /* App-Layer-User-Id */
    { 10415, 3806 }, /* MAC-Address */
    { 10415, 3816 }, /* Requesting-EPUID */
    { 10415, 3817 }, /* Targeted-EPUID */
    { 10415, 3843 }, /* Requesting-RPAUID */
    { 10415, 3844 }, /* Target-RPAUID */
    { 10415, 3845 }, /* Target-PDUID */
    { 10415, 3846 }, /* ProSe-Restricted-Code */
    { 10415, 3858 }, /* Banned-RPAUID */
    { 10415, 3859 }, /* Banned-PDUID */
    { 10415, 3862 }, /* DUSK */
    { 10415, 3863 }, /* DUIK */
    { 10415, 3864 }, /* DUCK */
    { 10415, 3916 }, /* Called-Identity */
    { 10415, 3924 }, /* Cellular-Network-Information */
    { 10415, 4009 }, /* IMSI-List */
    { 10415, 4315 }, /* Non-IP-Data */
    { 10415, 4409 }, /* ProSe-UE-to-Network-Relay-UE-ID */
    { 10415, 4410 }, /* ProSe-Target-Layer-2-ID */
    { 10415, 4411 }, /* Relay-IP-address */
    { 10415, 4412 }, /* Target-IP-Address */
    { 10415, 4500 }, /* MCPTT-ID */
    { 10415, 4514 }, /* MCVideo-ID */
    { 10415, 4515 }, /* MCData-ID */
    { 13019, 302 },  /* Logical-Access-ID */
    { 13019, 313 },  /* Physical-Access-ID */
    { 13019, 355 },  /* Civic-Location */
    { 13019, 356 },  /* Geospatial-Location */
    { 13019, 500 },  /* Line-Identifier */
    { 13019, 505 },  /* ETSI-Digest-Nonce */
    { 13019, 507 },  /* ETSI-Digest-Opaque */
    { 13019, 511 },  /* ETSI-Digest-HA1 */
    { 13019, 512 },  /* ETSI-Digest-Auth-Param */
    { 13019, 513 },  /* ETSI-Digest-Username */
    { 13019, 514 },  /* ETSI-Digest-URI */
    { 13019, 515 },  /* ETSI-Digest-Response */
    { 13019, 516 },  /* ETSI-Digest-CNonce */
    { 13019, 519 },  /* ETSI-Digest-Entity-Body-Hash */
    { 13019, 520 },  /* ETSI-Digest-Nextnonce */
    { 13019, 521 },  /* ETSI-Digest-Response-Auth */
};

/* Of all other dictionaries: last words of the names of AVPs that are texts or octets, "Acme-IMSI". */
static const char *const words[] = {
    "IMSI", "MSISDN",   "IMEI",   "IMEISV", "IMPI",  "IMPU",  "MEID",     "SUPI", "GPSI",  "NAI",   "E164",
    "PIN",  "Password", "Passwd", "Secret", "Token", "Nonce", "Username", "MAC",  "Email", "Phone",
};

static bool is_listed(uint32_t code, uint32_t vendor)
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

/* Behind the last '-' or '_'. */
static dia_bytes last_word(const char *name)
{
    const char *at = name + strlen(name);
    while (at > name && at[-1] != '-' && at[-1] != '_')
        at--;
    return dia_cstr(at);
}

static bool has_telling_name(const dia_avp_def *def)
{
    if (def->type != DIA_TYPE_OCTET_STRING && def->type != DIA_TYPE_UTF8_STRING)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (dia_bytes_equal_nocase(last_word(def->name), dia_cstr(words[i])))
            return true;
    return false;
}

/* What no dictionary knows may name anybody. */
bool dia_is_private(uint32_t code, uint32_t vendor, const dia_avp_def *def)
{
    return !def || is_listed(code, vendor) || has_telling_name(def);
}

/* The beginning that names nobody. RFC 6733, 8.8: host, two numbers, and whatever a node has put behind them, often the
 * IMSI. */
static dia_bytes harmless(dia_bytes id)
{
    size_t parts = 0;
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] == ';' && ++parts == 3)
            return (dia_bytes){ id.p, i + 1 };
    return parts == 2 ? id : (dia_bytes){ id.p, 0 };
}

void dia_sink_session_id(dia_sink *sink, dia_bytes id)
{
    const dia_bytes shown = harmless(id);
    dia_sink_put(sink, "\"");
    if (dia_is_readable(shown))
        dia_sink_escaped(sink, shown);
    if (shown.n < id.n || !dia_is_readable(shown))
        dia_sink_put(sink, "...");
    dia_sink_put(sink, "\"");
}
