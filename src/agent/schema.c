/* The words of the configuration. */
#include "agent/config.h"
#include "diatom/sctp.h"
#include "diatom/tls.h"
#include "wire/wire.h"

#define AT(member)     offsetof(OF, member)
#define LIST           DIA_KEY_LIST
#define REQUIRED       DIA_KEY_REQUIRED
#define MS(s)          ((s)*UINT64_C(1000))
#define HOUR_MS        MS(3600)
#define DAY_MS         MS(86400)
#define MIB            (UINT64_C(1) << 20)
#define GIB            (UINT64_C(1) << 30)
#define TEXT_MAX       255
#define NUMBER(lo, hi) .min = (lo), .max = (hi)

/* ---- Identities and sockets ---- */

#define OF dia_agent_identity
static const dia_key identity_keys[] = {
    { "host", DIA_KEY_HOST, REQUIRED, AT(host), "Our DiameterIdentity: Origin-Host." },
    { "realm", DIA_KEY_IDENTITY, REQUIRED, AT(realm), "Our realm: Origin-Realm." },
    { "product", DIA_KEY_TEXT, 0, AT(product), "Product-Name.", "Diatom", NUMBER(1, TEXT_MAX) },
    { "vendor", DIA_KEY_NUMBER, 0, AT(vendor), "Vendor-Id of the implementation.", "0" },
    { "firmware", DIA_KEY_NUMBER, 0, AT(firmware), "Firmware-Revision.", NULL, "it is not sent" },
    { "addresses", DIA_KEY_ADDRESS, LIST, AT(addresses), "Host-IP-Address.", NULL,
      "the local address of each connection" },
};
static const dia_schema identity = {
    "identity",
    "identity",
    "Who this agent is. It cannot change while the agent runs.",
    DIA_KEYS(identity_keys),
    sizeof(dia_agent_identity),
    NULL,
};

static const dia_key other_identity_keys[] = {
    { "host", DIA_KEY_HOST, 0, AT(host), "Origin-Host here.", NULL, "identity.host" },
    { "realm", DIA_KEY_IDENTITY, 0, AT(realm), "Origin-Realm here.", NULL, "identity.realm" },
    { "applications", DIA_KEY_APPLICATION, LIST, AT(applications), "Which of our applications are advertised here.",
      NULL, "all of them" },
    { "addresses", DIA_KEY_ADDRESS, LIST, AT(addresses), "Host-IP-Address here.", NULL, "identity.addresses" },
};
static const dia_schema other_identity = {
    "another identity",
    "another-identity",
    "Who the agent is towards one peer, or behind one listener.",
    DIA_KEYS(other_identity_keys),
    sizeof(dia_agent_identity),
    NULL,
};
#undef OF

#define OF dia_agent_socket
static const dia_key socket_keys[] = {
    { "local", DIA_KEY_ADDRESS, LIST, AT(local),
      "The address to connect from; of SCTP several, a path from each, and of its listeners more than that of the uri.",
      NULL, "the system's choice" },
    { "dscp", DIA_KEY_NUMBER, 0, AT(dscp), "Differentiated Services Code Point.", "0", NUMBER(0, 63) },
    { "user-timeout", DIA_KEY_DURATION, 0, AT(user_timeout_ms), "TCP_USER_TIMEOUT.", NULL, "the system's", MS(1),
      DAY_MS },
    { "keepalive", DIA_KEY_SECONDS, 0, AT(keepalive_s), "Silence before the first probe of TCP.", NULL, "none are sent",
      NUMBER(1, 86400) },
    { "send-buffer", DIA_KEY_SIZE32, 0, AT(send_buffer), "SO_SNDBUF.", NULL, "the system's", NUMBER(4096, GIB) },
    { "receive-buffer", DIA_KEY_SIZE32, 0, AT(receive_buffer), "SO_RCVBUF.", NULL, "the system's", NUMBER(4096, GIB) },
    { "streams", DIA_KEY_NUMBER, 0, AT(streams), "SCTP: streams out, and in at most.", "16", NUMBER(1, 65535) },
    { "rto-min", DIA_KEY_DURATION, 0, AT(rto_min_ms), "SCTP: RTO.Min of RFC 9260.", "100ms", NUMBER(1, MS(60)) },
    { "rto-max", DIA_KEY_DURATION, 0, AT(rto_max_ms),
      "SCTP: RTO.Max. With these two another path takes over within a second; with those of the RFC it takes a minute.",
      "1s", NUMBER(1, MS(600)) },
    { "heartbeat", DIA_KEY_DURATION, 0, AT(heartbeat_ms), "SCTP: between two probes of a path without traffic.", "5s",
      NUMBER(100, HOUR_MS) },
    { "path-retries", DIA_KEY_NUMBER, 0, AT(path_retries),
      "SCTP: retransmissions in a row before a path counts as broken; the association ends after twice as many.", "3",
      NUMBER(1, 255) },
    { "udp-port", DIA_KEY_NUMBER, 0, AT(udp_port), "SCTP in UDP (RFC 6951): the other end's port.", NULL,
      "9899 where usrsctp goes in UDP, else not in UDP", NUMBER(1, 65535) },
};
static const dia_schema socket_ = {
    "socket", "socket", "How sockets are made.", DIA_KEYS(socket_keys), sizeof(dia_agent_socket), NULL,
};
#undef OF

#define OF dia_agent_origins
static const dia_key origins_keys[] = {
    { "realms", DIA_KEY_NAMES, LIST, AT(realms), "What Origin-Realm may be.", NULL, "anything" },
    { "hosts", DIA_KEY_NAMES, LIST, AT(hosts), "What Origin-Host may be.", NULL, "anything" },
    { "through", DIA_KEY_NAMES, LIST, AT(through), "What each Route-Record may be; at most 256 of them.", NULL,
      "anything" },
    { "direct", DIA_KEY_BOOL, 0, AT(direct),
      "The peer is no agent: its requests have its own Origin-Host and no Route-Record.", "no" },
};
static const dia_schema origins = {
    "origins",
    "origins",
    "Which way a peer's requests may have come (RFC 6733, 2.9); others are answered 5003. A list alone is that of "
    "`realms`.",
    DIA_KEYS(origins_keys),
    sizeof(dia_agent_origins),
    "realms",
};
#undef OF

/* ---- Security and transports ---- */

static const dia_key_word tls_names[] = {
    { "host", DIA_TLS_NAME_HOST, "its Origin-Host; `*.example.net` names all hosts one label below" },
    { "realm", DIA_TLS_NAME_REALM, "its Origin-Host, or its Origin-Realm" },
    { "any", DIA_TLS_NAME_ANY, "nothing: whoever has a certificate that is believed may be anybody" },
    { NULL, 0, NULL },
};
static const dia_key_word crls[] = {
    { "all", DIA_TLS_CRL_ALL, "of all certificates but the root's; each issuer needs a list" },
    { "leaf", DIA_TLS_CRL_LEAF, "of the other end's own certificate" },
    { NULL, 0, NULL },
};
static const dia_key_word ocsps[] = {
    { "off", DIA_TLS_OCSP_OFF, "nobody is asked for one" },
    { "ask", DIA_TLS_OCSP_ASK, "one that is there must be good; none is fine" },
    { "require", DIA_TLS_OCSP_REQUIRE, "there must be one" },
    { NULL, 0, NULL },
};
static const dia_key_word versions[] = {
    { "1.2", DIA_TLS_1_2, "RFC 5246" },
    { "1.3", DIA_TLS_1_3, "RFC 8446" },
    { NULL, 0, NULL },
};
static const dia_key_word inbands[] = {
    { "off", DIA_INBAND_OFF, "CER and CEA say NO_INBAND_SECURITY" },
    { "offer", DIA_INBAND_OFFER, "TLS is taken when the other end has it" },
    { "require", DIA_INBAND_REQUIRE, "TLS, or 5017" },
    { NULL, 0, NULL },
};
static const dia_key_word stacks[] = {
    { "any", DIA_SCTP_ANY, "the kernel's, or usrsctp where it has none" },
    { "kernel", DIA_SCTP_KERNEL, "the kernel's" },
    { "usrsctp", DIA_SCTP_USER, "usrsctp, in this process: no multihoming, and HMAC-SHA-1 alone for DTLS" },
    { NULL, 0, NULL },
};

#define OF   dia_agent_tls
#define PATH NUMBER(1, 4096)
static const dia_key tls_keys[] = {
    { "certificate", DIA_KEY_TEXT, REQUIRED, AT(certificate),
      "PEM file: our certificate, and those between it and the root.", PATH },
    { "key", DIA_KEY_TEXT, 0, AT(key), "PEM file of its private key.", NULL, "in the file of the certificate", PATH },
    { "passphrase-file", DIA_KEY_TEXT, 0, AT(passphrase_file), "A file whose first line is the key's passphrase.", NULL,
      "it has none", PATH },
    { "trust", DIA_KEY_TEXT, 0, AT(trust),
      "PEM file of the roots that are believed, or a folder of such files: those of Diameter alone.", NULL,
      "`pins` say whom to believe", PATH },
    { "pins", DIA_KEY_TEXT, LIST, AT(pins),
      "SHA-256 of the public keys that the other end may have: 64 hexadecimal digits, or `sha256//` and base64. With "
      "`trust` both must agree; without, certificates may be self-signed.",
      NULL, "any", NUMBER(1, TEXT_MAX) },
    { "name", DIA_KEY_WORD, 0, AT(identity), "What the other end's certificate must name, as a dNSName.", "host",
      .words = tls_names },
    { "anonymous-clients", DIA_KEY_BOOL, 0, AT(anonymous_clients),
      "Who connects to us needs no certificate: nobody knows who it is (RFC 6733, 13.1 forbids it).", "no" },
    { "crl", DIA_KEY_TEXT, 0, AT(crl), "PEM file of the lists of certificates that were withdrawn.", NULL,
      "none are looked at", PATH },
    { "crl-of", DIA_KEY_WORD, 0, AT(crl_of), "Which certificates are looked for there.", "all", .words = crls },
    { "ocsp", DIA_KEY_WORD, 0, AT(ocsp), "OCSP responses that servers we connect to staple to their certificate.",
      "off", .words = ocsps },
    { "ocsp-response", DIA_KEY_TEXT, 0, AT(ocsp_response), "DER file that we staple to ours when we are asked.", NULL,
      "none", PATH },
    { "least", DIA_KEY_WORD, 0, AT(least), "The oldest version of TLS.", "1.2", .words = versions },
    { "most", DIA_KEY_WORD, 0, AT(most), "The newest version; DTLS is 1.2 always.", "1.3", .words = versions },
    { "ciphers", DIA_KEY_TEXT, 0, AT(ciphers), "Of TLS 1.2, in the words of OpenSSL.", NULL,
      "ECDHE with AES-GCM or ChaCha20-Poly1305", NUMBER(1, 1000) },
    { "suites", DIA_KEY_TEXT, 0, AT(suites), "Of TLS 1.3, in the words of OpenSSL.", NULL,
      "AES-GCM and ChaCha20-Poly1305", NUMBER(1, 1000) },
    { "depth", DIA_KEY_NUMBER, 0, AT(depth), "Certificates between the other end's and the root's.", "4",
      NUMBER(1, 20) },
    { "resumption", DIA_KEY_BOOL, 0, AT(resumption),
      "Connections begin again without a whole handshake; a certificate that is withdrawn meanwhile goes on until the "
      "ticket ends.",
      "no" },
    { "expires", DIA_KEY_SECONDS, 0, AT(expires_s),
      "So long before a certificate ends, ours or the other end's, an event says so.", "720h", NUMBER(1, 31536000) },
    { "key-log", DIA_KEY_TEXT, 0, AT(key_log),
      "A file to which secrets are appended, for Wireshark: whoever reads it reads everything. One that others may "
      "read is refused.",
      NULL, "none", PATH },
};
const dia_schema dia_agent_schema_tls = {
    "tls",
    "tls",
    "What protects connections, under a name: which certificate we show, whom we believe, and what we demand of the "
    "other "
    "end. Paths begin where the configuration is. All files are read when the agent starts and with each reload: "
    "connections that stand go on, those that come see the new ones.",
    DIA_KEYS(tls_keys),
    sizeof(dia_agent_tls),
    NULL,
};
#undef PATH
#undef OF

#define OF dia_agent_sctp
static const dia_key sctp_keys[] = {
    { "stack", DIA_KEY_WORD, 0, AT(stack), "Whose SCTP.", "any", .words = stacks },
    { "udp-port", DIA_KEY_NUMBER, 0, AT(udp_port), "Of usrsctp: our port of SCTP in UDP (RFC 6951).", NULL,
      "raw IP, which needs CAP_NET_RAW", NUMBER(1, 65535) },
    { "udp-address", DIA_KEY_ADDRESS, 0, AT(udp_address), "Of usrsctp: where that port is bound.", NULL, "any" },
};
static const dia_schema sctp = {
    "sctp",
    "sctp",
    "How SCTP is spoken, at `;transport=sctp` of a uri. It cannot change while the agent runs.",
    DIA_KEYS(sctp_keys),
    sizeof(dia_agent_sctp),
    "stack",
};
#undef OF

/* ---- Listeners and peers ---- */

#define OF dia_agent_listen
static const dia_key listen_keys[] = {
    { "uri", DIA_KEY_URI, REQUIRED, AT(uri),
      "Where: the address 0.0.0.0 or [::] means all of the machine, port 0 lets the system choose." },
    { "clear", DIA_KEY_BOOL, 0, AT(clear),
      "Must be yes for aaa:// without `inband: require`: what passes there can be read and changed on the way.", "no" },
    { "tls", DIA_KEY_TEXT, 0, AT(tls), "Which profile of `tls` protects aaas:// and `inband`.", NULL,
      "the one called `default`, or the only one", NUMBER(1, TEXT_MAX) },
    { "inband", DIA_KEY_WORD, 0, AT(inband), "At aaa:// over TCP: TLS behind CER and CEA, for peers of RFC 3588.",
      "off", .words = inbands },
    { "name", DIA_KEY_TEXT, 0, AT(name), "For people.", NULL, "the uri", NUMBER(1, TEXT_MAX) },
    { "allow", DIA_KEY_PATTERN, LIST, AT(allow), "Who may connect here without being a peer below.", NULL,
      "`allow` of the whole" },
    { "origins", DIA_KEY_MAP, 0, AT(origins), "What may be sent by peers that have no `origins` of their own.", NULL,
      "`origins` of the whole", .sub = &origins },
    { "identity", DIA_KEY_MAP, 0, AT(identity), "Who we are to those who connect here.", NULL, "`identity`",
      .sub = &other_identity },
    { "socket", DIA_KEY_MAP, 0, AT(socket), "How its sockets are made.", NULL, "as the system has it",
      .sub = &socket_ },
};
const dia_schema dia_agent_schema_listen = {
    "listen",
    "listen",
    "Where peers connect to us. A URI alone is enough with `aaas`.",
    DIA_KEYS(listen_keys),
    sizeof(dia_agent_listen),
    "uri",
};
#undef OF

#define OF dia_agent_peer
static const dia_key peer_keys[] = {
    { "host", DIA_KEY_IDENTITY, 0, AT(host), "Its DiameterIdentity, by which routes name it.", NULL,
      "required, but with `realm` learned when it is connected" },
    { "connect", DIA_KEY_PLACE, LIST, AT(connect),
      "Where we connect to, tried in this order; at a host alone TLS over TCP, then DTLS over SCTP, and with `clear: "
      "yes` "
      "TCP and SCTP (RFC 6733, 2.1).",
      NULL, "it connects to us" },
    { "realm", DIA_KEY_IDENTITY, 0, AT(realm),
      "Instead of `connect`: where we connect to is found in the DNS for this realm (RFC 6733, 5.2).", NULL,
      "nothing is looked for" },
    { "application", DIA_KEY_APPLICATION, 0, AT(application), "What `realm` is asked for: peers of this application.",
      NULL, "any" },
    { "found", DIA_KEY_PATTERN, LIST, AT(found),
      "With `realm`: who of those that are found it may be. Being in the DNS is no permission (RFC 6733, 5.2).", NULL,
      "`host`; without one, whoever is of that realm" },
    { "clear", DIA_KEY_BOOL, 0, AT(clear),
      "Must be yes for aaa:// without `inband: require`: what passes there can be read and changed on the way. Of a "
      "host "
      "alone, and with `realm`: ways without TLS may be gone, too, behind all others.",
      "no" },
    { "tls", DIA_KEY_TEXT, 0, AT(tls), "Which profile of `tls` protects aaas:// and `inband`.", NULL,
      "the one called `default`, or the only one", NUMBER(1, TEXT_MAX) },
    { "inband", DIA_KEY_WORD, 0, AT(inband), "At aaa:// over TCP: TLS behind CER and CEA, for peers of RFC 3588.",
      "off", .words = inbands },
    { "connections", DIA_KEY_NUMBER, 0, AT(connections),
      "How many it may have, and as many are made when we connect. It cannot change while the agent runs.", "1",
      NUMBER(1, 64) },
    { "watchdog", DIA_KEY_DURATION, 0, AT(watchdog_ms), "Tw of RFC 3539.", NULL, "`watchdog` of the whole", MS(6),
      DAY_MS },
    { "reconnect", DIA_KEY_DURATION, 0, AT(reconnect_ms), "Tc of RFC 6733.", NULL, "`reconnect` of the whole", 100,
      DAY_MS },
    { "reconnect-max", DIA_KEY_DURATION, 0, AT(reconnect_max_ms), "Up to this Tc doubles with every failure in a row.",
      NULL, "`reconnect-max` of the whole, or 4 x `reconnect`", 100, DAY_MS },
    { "origins", DIA_KEY_MAP, 0, AT(origins), "What it may send.", NULL, "the listener's, or `origins` of the whole",
      .sub = &origins },
    { "limit", DIA_KEY_RATE, 0, AT(limit),
      "Requests of each application that are taken of it; those above are answered 3004.", NULL, "none",
      NUMBER(1, 1000000000) },
    { "disabled", DIA_KEY_BOOL, 0, AT(disabled), "It is out of service: known, and not connected to.", "no" },
    { "identity", DIA_KEY_MAP, 0, AT(identity), "Who we are to it.", NULL, "`identity`", .sub = &other_identity },
    { "socket", DIA_KEY_MAP, 0, AT(socket), "How its sockets are made.", NULL, "as the system has it",
      .sub = &socket_ },
};
const dia_schema dia_agent_schema_peer = {
    "peers", "peers", "A neighbour.", DIA_KEYS(peer_keys), sizeof(dia_agent_peer), NULL,
};
#undef OF

/* ---- Tables, conditions ---- */

#define OF dia_agent_table
static const dia_key table_keys[] = {
    { "file", DIA_KEY_TEXT, 0, AT(file), "A file with such lines; its path begins where the configuration is.", NULL,
      "none", NUMBER(1, 4096) },
    { "lines", DIA_KEY_TEXT, LIST, AT(lines), "Lines that stand here, read before those of the file.", NULL, "none" },
};
const dia_schema dia_agent_schema_table = {
    "tables",
    "tables",
    "Numbers of subscribers by what they begin with, for routes. A line is a prefix, or a range of as many digits, a "
    "comma and "
    "a word, which routes ask for: `26201,berlin`, `262030-262049,bonn`. The longest prefix of a number decides.",
    DIA_KEYS(table_keys),
    sizeof(dia_agent_table),
    "file",
};
#undef OF

#define OF dia_agent_condition
static const dia_key condition_keys[] = {
    { "avp", DIA_KEY_AVP, REQUIRED, AT(avp), "The path; where several AVPs have it, one must be so." },
    { "is", DIA_KEY_TEXT, 0, AT(is), "It has this value, written as its type has it.", NULL, "" },
    { "begins", DIA_KEY_TEXT, 0, AT(begins), "It begins with this.", NULL, "" },
    { "matches", DIA_KEY_NAMES, 0, AT(matches), "It is a name that this fits; in policies only.", NULL, "" },
    { "least", DIA_KEY_INTEGER, 0, AT(least), "It is a number that is not below this.", NULL, "" },
    { "most", DIA_KEY_INTEGER, 0, AT(most), "It is a number that is not above this.", NULL, "" },
    { "present", DIA_KEY_BOOL, 0, AT(present), "It is there (yes), or there is none (no).", NULL, "" },
    { "not", DIA_KEY_BOOL, 0, AT(not_), "The contrary: no AVP with the path is so; in policies only.", "no" },
};
static const dia_schema condition = {
    "when",
    "when",
    "A condition: of an AVP by its path, one of `is`, `begins`, `matches`, `present`, or `least` and `most`. All of a "
    "list "
    "must hold. A path alone asks that the AVP is there.",
    DIA_KEYS(condition_keys),
    sizeof(dia_agent_condition),
    "avp",
};
#undef OF

/* ---- Routes ---- */

#define OF dia_agent_digits
static const dia_key digits_keys[] = {
    { "begin", DIA_KEY_DIGITS, LIST, AT(begin), "What the number begins with.", NULL, "" },
    { "table", DIA_KEY_TEXT, 0, AT(table), "A table, which has a word for the number.", NULL, "", NUMBER(1, TEXT_MAX) },
    { "value", DIA_KEY_TEXT, 0, AT(value), "That word.", NULL, "", NUMBER(1, TEXT_MAX) },
};
static const dia_schema digits = {
    "imsi, msisdn",
    "imsi-msisdn",
    "A subscriber's number: by what it begins with, or by a table; a list alone is that of `begin`.",
    DIA_KEYS(digits_keys),
    sizeof(dia_agent_digits),
    "begin",
};
#undef OF

#define OF dia_agent_hop
static const dia_key hop_keys[] = {
    { "peer", DIA_KEY_TEXT, REQUIRED, AT(peer), "A peer's host; of redirects any host or DiameterURI.",
      NUMBER(1, TEXT_MAX) },
    { "priority", DIA_KEY_NUMBER, 0, AT(priority),
      "Those with the lowest number first, the next ones when none of them can take the request.", "0",
      NUMBER(0, 65535) },
    { "weight", DIA_KEY_NUMBER, 0, AT(weight), "How much of the requests it gets.", "1", NUMBER(1, 65535) },
};
static const dia_schema hop = {
    "to", "to", "A next hop. A name alone is that of a peer.", DIA_KEYS(hop_keys), sizeof(dia_agent_hop), "peer",
};
#undef OF

static const dia_key_word actions[] = {
    { "relay", DIA_ROUTE_RELAY, "it is passed on as it is, past the policies" },
    { "proxy", DIA_ROUTE_PROXY, "it is passed on through the policies" },
    { "redirect", DIA_ROUTE_REDIRECT, "it is answered 3006 with the hosts of `to`" },
    { "local", DIA_ROUTE_LOCAL, "it is for the handlers of a program around the agent; `diatom agent` has none" },
    { NULL, 0, NULL },
};
static const dia_key_word choices[] = {
    { "turns", DIA_CHOICE_TURNS, "one after the other" },
    { "order", DIA_CHOICE_ORDER, "the first one that can" },
    { "weights", DIA_CHOICE_WEIGHTS, "each as often as its weight says" },
    { "least", DIA_CHOICE_LEAST, "the one with the fewest unanswered requests" },
    { "sticky", DIA_CHOICE_STICKY, "the same one for all of a session" },
    { "load", DIA_CHOICE_LOAD, "the one with the most to spare (RFC 8583)" },
    { NULL, 0, NULL },
};
static const dia_key_word usages[] = {
    { "dont-cache", 0, "the next request asks again" },
    { "all-session", 1, "for requests with the same Session-Id" },
    { "all-realm", 2, "for the realm" },
    { "realm-and-application", 3, "for the realm and application" },
    { "all-application", 4, "for the application" },
    { "all-host", 5, "for the host that the request was sent to" },
    { "all-user", 6, "for the user" },
    { NULL, 0, NULL },
};

#define OF dia_agent_route
static const dia_key route_keys[] = {
    { "name", DIA_KEY_TEXT, 0, AT(name), "For people; once.", NULL, "routes[N]", NUMBER(1, TEXT_MAX) },
    { "realm", DIA_KEY_NAMES, LIST, AT(realm),
      "Destination-Realm: `example.net`, `\"*.example.net\"` (all below it), `\"*\"` (all).", NULL,
      "a default route: for what no other route takes" },
    { "application", DIA_KEY_APPLICATION, LIST, AT(application), "Of these applications.", NULL, "any" },
    { "command", DIA_KEY_COMMAND, LIST, AT(command), "These commands.", NULL, "any" },
    { "origin-host", DIA_KEY_NAMES, LIST, AT(origin_host), "From these hosts.", NULL, "any" },
    { "origin-realm", DIA_KEY_NAMES, LIST, AT(origin_realm), "From these realms.", NULL, "any" },
    { "from", DIA_KEY_NAMES, LIST, AT(from),
      "That come from these peers; a host without `*` is one of `peers` or `allow`.", NULL, "any" },
    { "user", DIA_KEY_TEXT, LIST, AT(user), "User-Name, with `*` for any run of characters.", NULL, "any",
      NUMBER(1, TEXT_MAX) },
    { "imsi", DIA_KEY_MAP, 0, AT(imsi), "The subscriber's IMSI.", NULL, "any", .sub = &digits },
    { "msisdn", DIA_KEY_MAP, 0, AT(msisdn), "The subscriber's MSISDN.", NULL, "any", .sub = &digits },
    { "when", DIA_KEY_MAP, LIST, AT(when), "What AVPs must be.", NULL, "any", .sub = &condition },
    { "action", DIA_KEY_WORD, 0, AT(action), "What becomes of the request.", NULL,
      "`proxy` where there are policies and limits of peers, else `relay`", .words = actions },
    { "to", DIA_KEY_MAP, LIST, AT(to), "Where it may go.", NULL,
      "any peer of the realm that offers the application, else any relay", .sub = &hop },
    { "choose", DIA_KEY_WORD, 0, AT(choose), "Which of those that can take it, of the lowest `priority`.", "turns",
      .words = choices },
    { "usage", DIA_KEY_WORD, 0, AT(usage), "Of redirects: Redirect-Host-Usage, what the answer may be kept for.",
      "dont-cache", .words = usages },
    { "cache", DIA_KEY_SECONDS, 0, AT(cache_s), "Of redirects: Redirect-Max-Cache-Time.", NULL,
      "it must be there with `usage`", NUMBER(1, UINT32_MAX) },
    { "order", DIA_KEY_NUMBER, 0, AT(order),
      "Among routes whose realm fits equally well, lower ones come first; else those that stand first.", "0",
      NUMBER(0, INT32_MAX) },
};
const dia_schema dia_agent_schema_route = {
    "routes",
    "routes",
    "Where requests go. The route of the realm itself counts before that of a longer, then a shorter wildcard, then "
    "default "
    "routes; all criteria of a route must be met. When no hop of a route can take a request, the next one that matches "
    "does. "
    "Without routes requests go to the peers of their realm in turn, then to relays. Destination-Host that is a "
    "connected peer "
    "counts before all routes, in a request with Destination-Realm. One without either is for the agent itself "
    "(3001), one that names another host and no realm for nobody (3002). `diatom route` says where a request would go.",
    DIA_KEYS(route_keys),
    sizeof(dia_agent_route),
    NULL,
};
#undef OF

/* ---- Policies ---- */

#define OF dia_agent_match
static const dia_key match_keys[] = {
    { "from", DIA_KEY_NAMES, LIST, AT(from),
      "That come from these peers; a host without `*` is one of `peers` or `allow`.", NULL, "any" },
    { "application", DIA_KEY_APPLICATION, LIST, AT(application), "Of these applications.", NULL, "any" },
    { "command", DIA_KEY_COMMAND, LIST, AT(command), "These commands.", NULL, "any" },
    { "origin-host", DIA_KEY_NAMES, LIST, AT(origin_host), "Origin-Host.", NULL, "any" },
    { "origin-realm", DIA_KEY_NAMES, LIST, AT(origin_realm), "Origin-Realm.", NULL, "any" },
    { "destination-host", DIA_KEY_NAMES, LIST, AT(destination_host), "Destination-Host.", NULL, "any" },
    { "destination-realm", DIA_KEY_NAMES, LIST, AT(destination_realm), "Destination-Realm.", NULL, "any" },
    { "when", DIA_KEY_MAP, LIST, AT(when), "What AVPs of the request must be.", NULL, "any", .sub = &condition },
};
static const dia_schema match = {
    "match", "match", "Which requests, and their answers.", DIA_KEYS(match_keys), sizeof(dia_agent_match), NULL,
};
#undef OF

#define OF dia_agent_act
static const dia_key act_keys[] = {
    { "set", DIA_KEY_AVP, 0, AT(set), "Gives the AVP the value `to`, and puts it there when it is missing.", NULL, "" },
    { "add", DIA_KEY_AVP, 0, AT(add), "One more AVP, with the value `to`.", NULL, "" },
    { "default", DIA_KEY_AVP, 0, AT(default_), "The AVP with the value `to`, when it is missing.", NULL, "" },
    { "remove", DIA_KEY_AVP, 0, AT(remove),
      "All AVPs with the path; not Session-Id, Origin-Host, Origin-Realm and Route-Record.", NULL, "" },
    { "copy", DIA_KEY_AVP, 0, AT(copy), "Its octets go to the AVP with the path `to`.", NULL, "" },
    { "rewrite", DIA_KEY_AVP, 0, AT(rewrite),
      "Of an AVP that holds a text: a name that `from` fits becomes `to`; a `*` in front of both keeps what stands "
      "there.",
      NULL, "" },
    { "reject", DIA_KEY_RESULT, 0, AT(reject), "Answers with this Result-Code, and `text` as Error-Message.", NULL, "",
      NUMBER(3000, 5999) },
    { "end-session", DIA_KEY_BOOL, 0, AT(end_session),
      "Of answers, behind `reject`: tells the server that its session has ended (STR).", NULL, "" },
    { "send-to", DIA_KEY_IDENTITY, 0, AT(send_to), "Of requests: this peer gets it, if it can.", NULL, "" },
    { "to", DIA_KEY_TEXT, 0, AT(to), "The value, written as the AVP's type has it; of `copy` a path.", NULL, "" },
    { "value", DIA_KEY_TEXT, 0, AT(value), "The same as `to`.", NULL, "" },
    { "from", DIA_KEY_NAMES, 0, AT(from), "Of `rewrite`: the name or pattern.", NULL, "" },
    { "text", DIA_KEY_TEXT, 0, AT(text), "Of `reject`: Error-Message.", NULL, "none", NUMBER(1, TEXT_MAX) },
    { "when", DIA_KEY_MAP, LIST, AT(when), "Only if the message in hand is so.", NULL, "always", .sub = &condition },
};
static const dia_schema act = {
    "request, answer",
    "request-answer",
    "What is done to a message, one after the other: one of `set`, `add`, `default`, `remove`, `copy`, `rewrite`, "
    "`reject`, "
    "`end-session`, `send-to`.",
    DIA_KEYS(act_keys),
    sizeof(dia_agent_act),
    NULL,
};
#undef OF

#define OF dia_agent_hide
static const dia_key hide_keys[] = {
    { "outside", DIA_KEY_NAMES, LIST | REQUIRED, AT(outside),
      "The peers that must not know; a host without `*` is one of `peers` or `allow`." },
    { "hosts", DIA_KEY_NAMES, LIST | REQUIRED, AT(hosts), "Hosts whose names are hidden from them." },
    { "as", DIA_KEY_NAMES, 0, AT(as),
      "What they are called: one name for all, or with `*.` in front a name for each below it.", NULL,
      "identity.host" },
    { "realm", DIA_KEY_IDENTITY, 0, AT(realm), "A realm that is hidden.", NULL, "none" },
    { "realm-as", DIA_KEY_IDENTITY, 0, AT(realm_as), "What it is called.", NULL, "it must be there with `realm`" },
    { "sessions", DIA_KEY_BOOL, 0, AT(sessions),
      "Also in Session-Id and Acct-Multi-Session-Id; wants a name for each host.", "no" },
    { "remember", DIA_KEY_NUMBER, 0, AT(remember), "Names that are remembered for the way back.", "10000",
      NUMBER(1, 10000000) },
};
static const dia_schema hide = {
    "hide",
    "hide",
    "Topology hiding: towards some peers the names of inner hosts become others, and back. Of the base protocol that "
    "is "
    "Origin-Host, Origin-Realm, Route-Record, Error-Reporting-Host, Redirect-Host and what is in Failed-AVP; of "
    "overload "
    "and load SourceID, in Load, OC-Supported-Features and OC-OLR. An Error-Message that has such a name is left out. "
    "Not covered are AVPs of applications (as User-Name, Server-Name or Visited-Network-Identifier), AVPs of vendors, "
    "Class, State, addresses, and Proxy-Info, which its maker wants back as it was: where these tell names, `remove`, "
    "`rewrite` or `set` them.",
    DIA_KEYS(hide_keys),
    sizeof(dia_agent_hide),
    NULL,
};
#undef OF

#define OF dia_agent_rate
static const dia_key rate_keys[] = {
    { "rate", DIA_KEY_RATE, REQUIRED, AT(rate), "For each peer and application.", NUMBER(1, 1000000000) },
    { "burst", DIA_KEY_NUMBER, 0, AT(burst), "How many may come at once.", NULL, "as many as in a second",
      NUMBER(1, UINT32_MAX) },
    { "answer", DIA_KEY_RESULT, 0, AT(answer), "What those above it are answered.", "3004", NUMBER(3000, 5999) },
    { "buckets", DIA_KEY_NUMBER, 0, AT(buckets), "Pairs of peer and application that are counted.", "4096",
      NUMBER(1, 10000000) },
};
static const dia_schema rate = {
    "limit",
    "limit",
    "A limit of requests in a time. A rate alone is enough.",
    DIA_KEYS(rate_keys),
    sizeof(dia_agent_rate),
    "rate",
};
#undef OF

#define OF dia_agent_policy
static const dia_key policy_keys[] = {
    { "name", DIA_KEY_TEXT, 0, AT(name), "For people; once.", NULL, "policies[N]", NUMBER(1, TEXT_MAX) },
    { "match", DIA_KEY_MAP, 0, AT(match), "What it is for.", NULL, "all that is proxied", .sub = &match },
    { "request", DIA_KEY_MAP, LIST, AT(request), "What is done to requests.", NULL, "nothing", .sub = &act },
    { "answer", DIA_KEY_MAP, LIST, AT(answer), "What is done to their answers.", NULL, "nothing", .sub = &act },
    { "hide", DIA_KEY_MAP, 0, AT(hide), "Topology hiding.", NULL, "none", .sub = &hide },
    { "limit", DIA_KEY_MAP, 0, AT(limit), "How many requests are taken.", NULL, "all", .sub = &rate },
    { "last", DIA_KEY_BOOL, 0, AT(last), "No policy behind this one looks at what it matches.", "no" },
};
const dia_schema dia_agent_schema_policy = {
    "policies",
    "policies",
    "What happens to requests, and to their answers, on the way through. All policies that match act, in their order. "
    "Messages are changed only of the `applications` that are named; of those that pass as `relay` a policy can "
    "refuse, limit "
    "and redirect (`reject`, `limit`, `send-to`).",
    DIA_KEYS(policy_keys),
    sizeof(dia_agent_policy),
    NULL,
};
#undef OF

/* ---- Limits ---- */

#define OF          dia_agent_limits
#define NUM(member) DIA_KEY_NUMBER, 0, AT(of.member)
#define DUR(member) DIA_KEY_DURATION, 0, AT(of.member)
#define OCT(member) DIA_KEY_SIZE, 0, AT(of.member)
static const dia_key limits_keys[] = {
    { "message", OCT(message), "Of the longest message.", "1MiB", NUMBER(4096, DIA_MESSAGE_MAX) },
    { "decoded", OCT(decoded), "Of a decoded message.", "1MiB", NUMBER(4096, GIB) },
    { "memory", OCT(memory),
      "Of all that the agent holds, 44 KiB of it for a connection with TLS, 96 KiB for one with DTLS; where it is used "
      "up, each connection has an equal part.",
      "256MiB", NUMBER(MIB, 1024 * GIB) },
    { "turn", NUM(turn), "Messages of one connection handled at once, before others have their turn.", "128",
      NUMBER(1, 1000000) },
    { "connections", NUM(connections), "All connections.", "20000", NUMBER(1, 10000000) },
    { "per-address", NUM(per_address), "Incoming ones of one address, of IPv6 one /64.", "1000", NUMBER(1, 10000000) },
    { "before-cer", NUM(before_cer), "Incoming ones without CER yet.", "256", NUMBER(1, 10000000) },
    { "unknown-peers", NUM(unknown_peers), "Peers that were not configured but allowed.", "20000",
      NUMBER(1, 10000000) },
    { "pending", NUM(pending), "Requests that a connection has not answered.", "65536", NUMBER(1, 16777216) },
    { "unanswered", NUM(unanswered), "Requests of a connection that we have not answered.", "65536",
      NUMBER(1, 16777216) },
    { "output-soft", OCT(output_soft), "Waiting for one connection: above it it gets no new requests.", "1MiB",
      NUMBER(4096, 64 * GIB) },
    { "output-hard", OCT(output_hard), "And above this nothing is read from it.", "8MiB", NUMBER(4096, 64 * GIB) },
    { "cer", DUR(cer_ms), "For CER to come, or CEA.", "10s", NUMBER(100, HOUR_MS) },
    { "partial", DUR(partial_ms), "For the rest of a message that has begun to come.", "10s", NUMBER(100, HOUR_MS) },
    { "stall", DUR(stall_ms), "Without an octet taken while output waits.", "10s", NUMBER(100, HOUR_MS) },
    { "disconnect", DUR(disconnect_ms), "For DPA, and the close behind it.", "5s", NUMBER(100, HOUR_MS) },
    { "drain", DUR(drain_ms), "For requests under way before the DPR of an orderly end.", "5s", NUMBER(1, HOUR_MS) },
    { "counts", NUM(counts), "Rows of counts a peer.", "256", NUMBER(4, 65536) },
    { "duplicates", OCT(duplicates), "Of answers remembered for requests that come again.", NULL,
      "64MiB, at most a quarter of `memory`", NUMBER(1, 1024 * GIB) },
    { "duplicates-time", DUR(duplicates_ms), "How long they are.", "4m", NUMBER(1000, DAY_MS) },
    { "redirects", NUM(redirects), "Redirects that are remembered.", "10000", NUMBER(1, 10000000) },
    { "redirect-octets", OCT(redirect_octets), "That they hold.", "4MiB", NUMBER(1024, 64 * GIB) },
    { "redirect-peers", NUM(redirect_peers), "Peers that redirects made us connect to.", "16", NUMBER(1, 100000) },
    { "redirect-waiting", NUM(redirect_waiting), "Requests that wait for such connections.", "1000",
      NUMBER(1, 1000000) },
    { "redirect-idle", DUR(redirect_idle_ms), "Without requests, until such a peer is disconnected.", "60s",
      NUMBER(1000, DAY_MS) },
    { "relay", DUR(relay_ms), "For the answer to a request that is passed on; then it is answered 3002.", "30s",
      NUMBER(100, HOUR_MS) },
};
const dia_schema dia_agent_schema_limits = {
    "limits",
    "limits",
    "What others can make the agent hold, and how long things may take.",
    DIA_KEYS(limits_keys),
    sizeof(dia_agent_limits),
    NULL,
};
#undef OF

/* ---- Again, and elsewhere ---- */

#define OF dia_agent_retry
static const dia_key retry_keys[] = {
    { "tries", DIA_KEY_NUMBER, 0, AT(tries), "How often a request is sent at most; 1: it goes to one peer alone.", "3",
      NUMBER(1, 100) },
    { "after", DIA_KEY_DURATION, 0, AT(after_ms),
      "After so long without an answer it also goes to another peer, with T set.", NULL,
      "not before the connection is lost or suspect", 1, HOUR_MS },
    { "on", DIA_KEY_RESULT, LIST, AT(on), "The protocol errors after which it goes to another peer.", NULL,
      "[3002, 3004]: nobody is there, too busy", 3001, 3031 },
    { "errors", DIA_KEY_BOOL, 0, AT(errors), "No: an error is passed back at once.", "yes" },
};
static const dia_schema retry = {
    "retry",
    "retry",
    "What happens to requests that a peer does not answer well. The first answer counts, and `limits.relay` is the "
    "deadline "
    "of all tries together.",
    DIA_KEYS(retry_keys),
    sizeof(dia_agent_retry),
    NULL,
};
#undef OF

static const dia_key_word follows[] = {
    { "peers", DIA_REDIRECTS_FOLLOW, "to a host that is a peer already" },
    { "connect", DIA_REDIRECTS_CONNECT, "also to one that is connected to for it" },
    { "no", DIA_REDIRECTS_IGNORE, "the 3006 is passed back" },
    { NULL, 0, NULL },
};

#define OF dia_agent_redirect
static const dia_key redirect_keys[] = {
    { "follow", DIA_KEY_WORD, 0, AT(follow), "Where a redirected request goes.", "peers", .words = follows },
    { "hosts", DIA_KEY_NAMES, LIST, AT(hosts), "Hosts that `connect` may connect to.", NULL, "any" },
    { "clear", DIA_KEY_BOOL, 0, AT(clear), "It may connect to them without TLS, where they are named as `aaa://`.",
      "no" },
};
static const dia_schema redirect = {
    "redirect",
    "redirect",
    "What happens to requests that a peer answers 3006, and what it says of others, which is remembered. It cannot "
    "change while the agent runs.",
    DIA_KEYS(redirect_keys),
    sizeof(dia_agent_redirect),
    "follow",
};
#undef OF

/* ---- Too much to do ---- */

#define OF dia_agent_overload
static const dia_key overload_keys[] = {
    { "obey", DIA_KEY_BOOL, 0, AT(obey),
      "Who is overloaded gets fewer requests, for clients that do not see to that themselves (RFC 7683).", "no" },
    { "loads", DIA_KEY_BOOL, 0, AT(loads),
      "What answers tell of load (RFC 8583) is read, for routes that `choose: load`.", NULL, "yes where a route does" },
    { "tell", DIA_KEY_BOOL, 0, AT(tell), "Answers tell how much more we could do.", "no" },
    { "priorities", DIA_KEY_BOOL, 0, AT(priorities),
      "DRMP of requests (RFC 7944) decides what is refused first where limits are near.", "no" },
    { "default-priority", DIA_KEY_NUMBER, 0, AT(default_priority), "What a request without DRMP counts as.", "10",
      NUMBER(1, 15) },
    { "trusted", DIA_KEY_PATTERN, LIST, AT(trusted), "Whose reports, loads and priorities count.", NULL,
      "everybody's" },
    { "throttled", DIA_KEY_RESULT, 0, AT(throttled), "What requests are answered that are left out.", "5012",
      NUMBER(3000, 5999) },
    { "states", DIA_KEY_NUMBER, 0, AT(states), "Reports and loads that are remembered.", "4096", NUMBER(1, 10000000) },
    { "recovery", DIA_KEY_DURATION, 0, AT(recovery_ms), "In which traffic comes back behind an overload.", "10s",
      NUMBER(1, HOUR_MS) },
    { "load-time", DIA_KEY_DURATION, 0, AT(load_ms), "How long a load that was told counts.", "30s",
      NUMBER(1, HOUR_MS) },
};
static const dia_schema overload = {
    "overload",
    "overload",
    "Overload control, load and priority. Nothing of it is done unless it is asked for.",
    DIA_KEYS(overload_keys),
    sizeof(dia_agent_overload),
    NULL,
};
#undef OF

/* ---- What is beside the node ---- */

static const dia_key_word formats[] = {
    { "text", DIA_LOG_TEXT, "lines for people and journald" },
    { "json", DIA_LOG_JSON, "an object a line" },
    { NULL, 0, NULL },
};
static const dia_key_word levels[] = {
    { "error", DIA_LOG_ERROR, "something is wrong here" },
    { "warning", DIA_LOG_WARNING, "peers that are lost, suspect or refused" },
    { "info", DIA_LOG_INFO, "peers that come, requests answered with an error, reloads" },
    { "debug", DIA_LOG_DEBUG, "each change of a state" },
    { NULL, 0, NULL },
};

#define OF dia_agent_log
static const dia_key log_keys[] = {
    { "format", DIA_KEY_WORD, 0, AT(format), "How lines look.", "text", .words = formats },
    { "level", DIA_KEY_WORD, 0, AT(level), "What is worth a line.", "info", .words = levels },
    { "messages", DIA_KEY_BOOL, 0, AT(messages), "A line for each message.", "no" },
};
static const dia_schema log_ = {
    "log", "log", "What is written to standard output.", DIA_KEYS(log_keys), sizeof(dia_agent_log), NULL,
};
#undef OF

#define OF dia_agent_metrics
static const dia_key metrics_keys[] = {
    { "listen", DIA_KEY_ENDPOINT, REQUIRED, AT(listen), "Where." },
};
static const dia_schema metrics = {
    "metrics", "metrics", "OpenMetrics over HTTP, for Prometheus.", DIA_KEYS(metrics_keys), sizeof(dia_agent_metrics),
    "listen",
};
#undef OF

#define OF dia_agent_control
static const dia_key control_keys[] = {
    { "path", DIA_KEY_TEXT, REQUIRED, AT(path), "The socket.", NUMBER(1, 107) },
    { "mode", DIA_KEY_OCTAL, 0, AT(mode), "Who may use it, as permissions of a file.", "0600" },
};
static const dia_schema control = {
    "control", "control", "The local socket of `diatom ctl`.", DIA_KEYS(control_keys), sizeof(dia_agent_control),
    "path",
};
#undef OF

/* ---- The whole ---- */

#define OF dia_agent_config
static const dia_key config_keys[] = {
    { "identity", DIA_KEY_MAP, REQUIRED, AT(identity), "Who this agent is.", .sub = &identity },
    { "tls", DIA_KEY_NAMED, 0, AT(tls), "What protects connections, each profile under its name.", NULL, "none",
      .sub = &dia_agent_schema_tls },
    { "sctp", DIA_KEY_MAP, 0, AT(sctp), "How SCTP is spoken.", NULL, "the defaults below", .sub = &sctp },
    { "listen", DIA_KEY_MAP, LIST, AT(listen), "Where peers connect to us.", NULL, "nowhere",
      .sub = &dia_agent_schema_listen },
    { "applications", DIA_KEY_APPLICATION, LIST, AT(applications),
      "What is advertised: `relay` passes any application as it is; those that are named meet the policies.", "relay" },
    { "allow", DIA_KEY_PATTERN, LIST, AT(allow), "Who may connect without being one of `peers`.", NULL, "nobody" },
    { "origins", DIA_KEY_MAP, 0, AT(origins), "What peers may send that have no `origins` of their own.", NULL,
      "anything", .sub = &origins },
    { "peers", DIA_KEY_MAP, LIST, AT(peers), "The neighbours.", NULL, "none", .sub = &dia_agent_schema_peer },
    { "tables", DIA_KEY_NAMED, 0, AT(tables), "Numbers of subscribers, each table under its name.", NULL, "none",
      .sub = &dia_agent_schema_table },
    { "routes", DIA_KEY_MAP, LIST, AT(routes), "Where requests go.", NULL,
      "to the peers of their realm, then to relays", .sub = &dia_agent_schema_route },
    { "policies", DIA_KEY_MAP, LIST, AT(policies), "What happens to messages on the way.", NULL, "nothing",
      .sub = &dia_agent_schema_policy },
    { "watchdog", DIA_KEY_DURATION, 0, AT(watchdog_ms), "Tw of RFC 3539, give or take up to 2 s.", "30s", NULL, MS(6),
      DAY_MS },
    { "reconnect", DIA_KEY_DURATION, 0, AT(reconnect_ms), "Tc of RFC 6733, give or take a tenth.", "30s", NULL, 100,
      DAY_MS },
    { "reconnect-max", DIA_KEY_DURATION, 0, AT(reconnect_max_ms), "Up to this Tc doubles with every failure in a row.",
      NULL, "4 x `reconnect`", 100, DAY_MS },
    { "reopen", DIA_KEY_NUMBER, 0, AT(reopen),
      "How many watchdogs a peer that failed must answer, connected to again, before requests go there; 0: none.", "3",
      NUMBER(0, 100) },
    { "reopen-discards", DIA_KEY_BOOL, 0, AT(reopen_discards),
      "Meanwhile its requests are thrown away, as the table of RFC 3539 has it.", "no" },
    { "capabilities-update", DIA_KEY_BOOL, 0, AT(capabilities_update),
      "Speak RFC 6737: peers hear of applications that a reload "
      "adds or takes away.",
      "yes" },
    { "realm-of-user-name", DIA_KEY_BOOL, 0, AT(realm_of_user_name),
      "Destination-Realm is that of User-Name where a request does not say it. It cannot change while the agent runs.",
      "no" },
    { "retry", DIA_KEY_MAP, 0, AT(retry), "Requests that a peer does not answer well.", NULL, "the defaults below",
      .sub = &retry },
    { "redirect", DIA_KEY_MAP, 0, AT(redirect), "Requests that a peer answers 3006.", NULL, "the defaults below",
      .sub = &redirect },
    { "discover", DIA_KEY_NAMES, LIST, AT(discover),
      "Realms that are looked for in the DNS when a request wants to go there and there is no way; it waits until one "
      "of their peers is connected, over TLS, where it meets policies behind them. It cannot change while the agent "
      "runs.",
      NULL, "none" },
    { "overload", DIA_KEY_MAP, 0, AT(overload), "Overload control, load and priority.", NULL, "none of it",
      .sub = &overload },
    { "limits", DIA_KEY_MAP, 0, AT(limits), "What others can make the agent hold.", NULL, "the defaults below",
      .sub = &dia_agent_schema_limits },
    { "log", DIA_KEY_MAP, 0, AT(log), "What is written to standard output.", NULL, "the defaults below", .sub = &log_ },
    { "metrics", DIA_KEY_MAP, 0, AT(metrics), "OpenMetrics over HTTP.", NULL, "none", .sub = &metrics },
    { "control", DIA_KEY_MAP, 0, AT(control), "The local socket of `diatom ctl`.", NULL, "none", .sub = &control },
    { "capture", DIA_KEY_TEXT, 0, AT(capture),
      "A file that all messages are written to, as pcapng. Where the disk is full it ends behind its last whole "
      "message, and event `capture` says so. A reload begins a new one where the file was moved away.",
      NULL, "none", NUMBER(1, 4096) },
    { "name-servers", DIA_KEY_SERVER, LIST, AT(name_servers), "Who is asked for the addresses of hosts.", NULL,
      "those of the system" },
};
const dia_schema dia_agent_schema_config = {
    "The whole", "the-whole", "A file is one map with these keys.", DIA_KEYS(config_keys), sizeof(dia_agent_config),
    NULL,        true,
};
#undef OF

const dia_schema *const dia_agent_schemas[] = {
    &dia_agent_schema_config,
    &identity,
    &other_identity,
    &dia_agent_schema_tls,
    &sctp,
    &dia_agent_schema_listen,
    &dia_agent_schema_peer,
    &origins,
    &socket_,
    &dia_agent_schema_table,
    &dia_agent_schema_route,
    &digits,
    &condition,
    &hop,
    &dia_agent_schema_policy,
    &match,
    &act,
    &hide,
    &rate,
    &retry,
    &redirect,
    &overload,
    &dia_agent_schema_limits,
    &log_,
    &metrics,
    &control,
};
const size_t dia_agent_schemas_n = sizeof dia_agent_schemas / sizeof *dia_agent_schemas;
