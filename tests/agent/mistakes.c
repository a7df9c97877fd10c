/* What is said of configurations that are wrong: each kind of mistake with its place and its whole sentence. */
#include "agent/agent.h"
#include "diatom/app/all.h"
#include "diatom/app/ro.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

/* Two lines that are right; a row's text begins in line 3. */
#define HEAD "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n"
#define PEER "peers: {host: a.example.net}\n"
#define TLS  "tls: {outside: {certificate: a.pem, trust: r.pem}}\n"

static const struct row {
    const char *name, *text, *mistake;
} rows[] = {
    /* ---- YAML ---- */
    { "nothing", "", "1:1: the configuration is empty; see examples/agent.yaml" },
    { "a comment alone", "# nothing\n", "1:1: the configuration is empty; see examples/agent.yaml" },
    { "a list", "- a\n", "1:1: this is no map; allowed: keys such as identity, listen, peers and routes" },
    { "a star without quotes", HEAD "allow: *.example.net\n",
      "3:8: a value that begins with * needs quotes, such as \"*.example.net\"" },
    { "an alias", HEAD "allow: *a\n",
      "3:8: allow: aliases have no meaning here; a value that begins with * needs quotes, such as \"*.example.net\"" },
    { "an anchor", HEAD "allow: &a x\n",
      "3:8: allow: anchors (&) and tags (!) have no meaning here; a value that begins with & or ! needs quotes" },
    { "a tag", HEAD "allow: !a x\n",
      "3:8: allow: anchors (&) and tags (!) have no meaning here; a value that begins with & or ! needs quotes" },
    { "a map as key", HEAD "{a: b}: c\n",
      "3:1: a key must be a word, not a map; a value with { in front needs quotes" },
    { "a list as key", HEAD "[a]: c\n", "3:1: a key must be a word, not a list; a value with [ in front needs quotes" },
    { "a key twice", HEAD "watchdog: 10s\nwatchdog: 20s\n",
      "4:1: the key 'watchdog' was there before, in line 3; it may stand here once" },
    { "two documents", HEAD "---\na: b\n", "3:1: a second document begins; a configuration is one" },
    { "a tab", HEAD "log:\n\tlevel: info\n",
      "4:1: no YAML: found character that cannot start any token (while scanning for the next token in line 4)" },
    { "no UTF-8", HEAD "log: \xff\n", "3:1: no text of YAML: invalid leading UTF-8 octet" },
    { "a NUL", HEAD "allow: \"a\\0b\"\n", "3:8: allow: a text has a NUL inside" },
    { "too deep", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
      "1:17: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deeply; a configuration has at most 16 "
      "levels" },
    /* ---- keys and kinds ---- */
    { "an unknown key", HEAD "quux: 1\n",
      "3:1: quux: unknown key 'quux'; allowed: identity, tls, sctp, listen, applications, allow, origins, peers, "
      "tables, routes, "
      "policies, watchdog, reconnect, reconnect-max, reopen, reopen-discards, capabilities-update, realm-of-user-name, "
      "retry, redirect, discover, overload, limits, log, "
      "metrics, "
      "control, capture, name-servers" },
    { "a word for a word", HEAD "wachdog: 1\n", "3:1: wachdog: unknown key 'wachdog'; did you mean 'watchdog'?" },
    { "an underscore", HEAD "reconnect_max: 1h\n",
      "3:1: reconnect_max: unknown key 'reconnect_max'; did you mean 'reconnect-max'?" },
    { "a missing key", "identity: {host: a.example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n",
      "1:11: identity: 'realm' is missing: a DiameterIdentity, such as host.example.net" },
    { "an address for our host",
      "identity: {host: 192.0.2.1, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes}\n",
      "1:18: identity.host: '192.0.2.1' stands here; allowed: a DiameterIdentity, such as host.example.net, and no "
      "address" }, /* B4.3.1-08 */
    { "a value for a map", HEAD "limits: 5\n", "3:9: limits: a single value stands here; allowed: a map" },
    { "nothing for a map", HEAD "limits:\n", "3:8: limits: nothing stands here; allowed: a map" },
    { "a list for a value", HEAD "watchdog: [1s]\n",
      "3:11: watchdog: a list stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    { "a map for a value", HEAD "watchdog: {a: b}\n",
      "3:11: watchdog: a map stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    { "a list for names", HEAD "tables: [a]\n", "3:9: tables: a list stands here; allowed: a map of names" },
    { "an empty list", HEAD "peers: []\n", "3:8: peers: an empty list; leave the key out" },
    { "nothing for a list", HEAD "peers:\n", "3:7: peers: nothing stands here; leave the key out" },
    { "nothing for a value", HEAD "watchdog:\n",
      "3:10: watchdog: nothing stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    /* ---- single values ---- */
    { "a duration without unit", HEAD "watchdog: 30\n",
      "3:11: watchdog: '30' stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    { "a duration too short", HEAD "watchdog: 5999ms\n",
      "3:11: watchdog: '5999ms' stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    { "a duration too long", HEAD "watchdog: 25h\n",
      "3:11: watchdog: '25h' stands here; allowed: a duration from 6s to 24h, such as 30s or 500ms" },
    { "a size", HEAD "limits: {memory: 1MB}\n",
      "3:18: limits.memory: '1MB' stands here; allowed: a size from 1MiB to 1024GiB, such as 64MiB or 4096" },
    { "a number", HEAD "limits: {turn: -1}\n",
      "3:16: limits.turn: '-1' stands here; allowed: a number from 1 to 1000000" },
    { "a number beyond 64 bits", HEAD "limits: {turn: 99999999999999999999}\n",
      "3:16: limits.turn: '99999999999999999999' stands here; allowed: a number from 1 to 1000000" },
    { "yes or no", HEAD "reopen-discards: maybe\n", "3:18: reopen-discards: 'maybe' stands here; allowed: yes or no" },
    { "a word", HEAD "log: {level: warnin}\n",
      "3:14: log.level: 'warnin' stands here; did you mean 'warning'? allowed: error, warning, info or debug" },
    { "a word like none", HEAD "log: {level: xyzzy}\n",
      "3:14: log.level: 'xyzzy' stands here; allowed: error, warning, info or debug" },
    { "an identity", HEAD "peers: {host: a_b@c}\n",
      "3:15: peers.host: 'a_b@c' stands here; allowed: a DiameterIdentity, such as host.example.net" },
    { "a pattern", HEAD "allow: \"a*\"\n",
      "3:8: allow: 'a*' stands here; allowed: a host or realm with or without a range of addresses, such as "
      "\"*.example.net\", \"realm:example.net\" or \"*@192.0.2.0/24\"" },
    { "a name", HEAD "origins: [example.net, \"*x\"]\n",
      "3:24: origins[1]: '*x' stands here; allowed: a name, such as example.net, \"*.example.net\" or \"*\"" },
    { "a uri", HEAD "peers: {host: a.example.net, connect: \"aab://192.0.2.1\"}\n",
      "3:39: peers.connect: 'aab://192.0.2.1' stands here; allowed: a DiameterURI or a host, such as "
      "aaas://host.example.net or host.example.net" },
    { "an address", HEAD "peers: {host: a.example.net, socket: {local: here}}\n",
      "3:46: peers.socket.local: 'here' stands here; allowed: an address, such as 192.0.2.1 or 2001:db8::1" },
    { "a name server", HEAD "name-servers: [192.0.2.1, \"[2001:db8::1]:5353\", ns.example.net]\n",
      "3:49: name-servers[2]: 'ns.example.net' stands here; allowed: an address with or without a port, such as "
      "192.0.2.1 or "
      "\"[2001:db8::1]:5353\"" },
    { "an endpoint", HEAD "metrics: 9090\n",
      "3:10: metrics: '9090' stands here; allowed: an address and a port, such as 127.0.0.1:9090 or \"[::1]:9090\"" },
    { "permissions", HEAD "control: {path: /x, mode: rw}\n",
      "3:27: control.mode: 'rw' stands here; allowed: permissions, such as 0660" },
    { "a rate", HEAD "applications: ro\npeers: {host: a.example.net, limit: fast}\n",
      "4:37: peers.limit: 'fast' stands here; allowed: a rate of whole requests a second, such as 1000/s" },
    { "an application", HEAD "applications: rox\n",
      "3:15: applications: 'rox' stands here; did you mean 'ro'? allowed: relay, an application's name or its id, such "
      "as s6a or "
      "16777251" },
    { "a command", HEAD "routes: {command: XYZ}\n",
      "3:19: routes.command: 'XYZ' stands here; allowed: a command's name or code, such as CCR or 272" },
    { "an AVP with a slip", HEAD "routes: {when: Subscription-Id/Subscription-Id-Dtaa}\n",
      "3:16: routes.when: 'Subscription-Id/Subscription-Id-Dtaa' stands here; did you mean 'Subscription-Id-Data'? "
      "allowed: a path of AVP names, such as Subscription-Id/Subscription-Id-Data" },
    { "a command with a slip", HEAD "routes: {command: CCRR}\n",
      "3:19: routes.command: 'CCRR' stands here; did you mean 'CCR'? allowed: a command's name or code, such as CCR or "
      "272" },
    { "changes of what only passes are one mistake",
      HEAD "policies: {request: [{set: User-Name, to: x}, {remove: User-Name}], answer: {remove: User-Name}}\n",
      "3:22: policies.request[0]: a relay changes nothing, and none of these applications is named in applications; "
      "allowed: reject, send-to and limit" },
    { "a Result-Code with a slip", HEAD "policies: {request: {reject: UNABLE_TO_COMPLI}}\n",
      "3:30: policies.request.reject: 'UNABLE_TO_COMPLI' stands here; did you mean 'UNABLE_TO_COMPLY'? allowed: a "
      "Result-Code from 3000 to 5999, by number or name" },
    { "an AVP", HEAD "routes: {when: No-Such}\n",
      "3:16: routes.when: 'No-Such' stands here; allowed: a path of AVP names, such as "
      "Subscription-Id/Subscription-Id-Data" },
    { "digits", HEAD "routes: {imsi: 26x}\n",
      "3:16: routes.imsi: '26x' stands here; allowed: up to 15 digits, or a range, such as 26201 or 262030-262039" },
    { "a range of digits", HEAD "routes: {imsi: [1, 20-10]}\n",
      "3:20: routes.imsi[1]: '20-10' stands here; allowed: up to 15 digits, or a range, such as 26201 or "
      "262030-262039" },
    { "a Result-Code", HEAD "applications: ro\npolicies: {request: {reject: 2001}}\n",
      "4:30: policies.request.reject: '2001' stands here; allowed: a Result-Code from 3000 to 5999, by number or "
      "name" },
    { "a control character", HEAD "log: {level: \"a\\x1b[2J\"}\n",
      "3:14: log.level: 'a?[2J' stands here; allowed: error, warning, info or debug" },
    { "a long value", HEAD "log: {level: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n",
      "3:14: log.level: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' stands here; allowed: error, "
      "warning, info or debug" },
    /* ---- the whole ---- */
    { "nobody", "identity: {host: agent.example.net, realm: example.net}\n" PEER,
      "1:1: nobody can connect to us, and we to nobody; allowed: listen, or peers with connect or realm" },
    { "clear text", "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\"}\n",
      "2:15: listen.uri: what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` beside "
      "it where that is wanted" },
    { "clear: no",
      "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: no}\n",
      "2:41: listen.clear: what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` "
      "beside "
      "it where that is wanted" },
    /* ---- security and transports ---- */
    { "clear text of a peer", HEAD "peers: {host: a.example.net, connect: \"aaa://a.example.net\"}\n",
      "3:39: peers.connect: what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` "
      "beside it where that is wanted" },
    { "clear text among others",
      HEAD TLS "peers: {host: a.example.net, connect: [\"aaas://a.example.net\", \"aaa://b.example.net\"]}\n",
      "4:64: peers.connect[1]: what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` "
      "beside it where that is wanted" },
    { "clear text before TLS",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaa://a.example.net\", inband: offer}\n",
      "4:39: peers.connect: what passes here can be read and changed on the way; allowed: aaas://, or `clear: yes` "
      "beside it where that is wanted" },
    { "TLS called clear", HEAD TLS "peers: {host: a.example.net, connect: \"aaas://a.example.net\", clear: yes}\n",
      "4:70: peers.clear: nothing here is without TLS; allowed: no clear" },
    { "TLS without a profile", HEAD "peers: {host: a.example.net, connect: \"aaas://a.example.net\"}\n",
      "3:39: peers.connect: TLS wants to know our certificate and whom to believe; allowed: a profile of these in "
      "`tls` of the whole" },
    { "clear text as a single value",
      "identity: {host: agent.example.net, realm: example.net}\nlisten: \"aaa://127.0.0.1\"\n",
      "2:9: listen: what passes here can be read and changed on the way; allowed: aaas://, or { uri: ..., clear: yes } "
      "where that is wanted" },
    { "a listener with TLS and no profile",
      "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaas://127.0.0.1\"}\n",
      "2:15: listen.uri: TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` "
      "of the whole" },
    { "TLS by one of several profiles",
      HEAD "tls: {a: {certificate: a.pem, trust: r.pem}, b: {certificate: b.pem, trust: r.pem}}\n"
           "peers: {host: a.example.net, connect: a.example.net}\n",
      "4:39: peers.connect: which of the 2 profiles protects it? allowed: `tls: NAME` beside it, or a profile called "
      "'default'" },
    { "TLS by no such profile",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaas://a.example.net\", tls: outsid}\n",
      "4:68: peers.tls: there is no profile 'outsid' in tls; did you mean 'outside'?" },
    { "a profile for nothing",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaa://a.example.net\", clear: yes, tls: outside}\n",
      "4:79: peers.tls: nothing here is protected by it; allowed: aaas://, inband, or no tls" },
    { "a profile of who connects to us", HEAD TLS "peers: {host: a.example.net, tls: outside}\n",
      "4:35: peers.tls: it connects to us, and that is a matter of listen; allowed: with connect or realm" },
    { "inband behind TLS",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaas://a.example.net\", inband: require}\n",
      "4:71: peers.inband: it is for aaa://, and aaas:// is protected from the first octet; allowed: no inband" },
    { "inband on SCTP",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaa://a.example.net;transport=sctp\", inband: require}\n",
      "4:39: peers.connect: TLS cannot begin on an association of SCTP; allowed: aaas://, or `inband: off`" },
    { "inband without a profile",
      HEAD "peers: {host: a.example.net, connect: \"aaa://a.example.net\", inband: require}\n",
      "3:70: peers.inband: TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` "
      "of the whole" },
    { "believing nobody", HEAD "tls: {x: {certificate: a.pem}}\n",
      "3:10: tls.x: whom to believe is missing; allowed: trust, pins, or both" },
    { "no certificate", HEAD "tls: {x: {trust: a.pem}}\n", "3:10: tls.x: 'certificate' is missing: a text" },
    { "versions that exclude each other", HEAD "tls: {x: {certificate: a.pem, trust: r.pem, least: 1.3, most: 1.2}}\n",
      "3:52: tls.x.least: least is above most; allowed: at most that" },
    { "a version too old", HEAD "tls: {x: {certificate: a.pem, trust: r.pem, least: 1.1}}\n",
      "3:52: tls.x.least: '1.1' stands here; did you mean '1.2'? allowed: 1.2 or 1.3" },
    { "ciphers that nobody takes",
      HEAD "tls: {x: {certificate: a.pem, trust: r.pem, least: 1.3, ciphers: AES128-SHA}}\n",
      "3:66: tls.x.ciphers: they are those of TLS 1.2; allowed: suites, or `least: 1.2`" },
    { "which lists of none", HEAD "tls: {x: {certificate: a.pem, trust: r.pem, crl-of: leaf}}\n",
      "3:53: tls.x.crl-of: 'crl' is missing beside it: the lists" },
    { "a certificate that is not there", HEAD "tls: {x: {certificate: missing.pem, key: a.key, trust: r.pem}}\n",
      "3:24: tls.x.certificate: 'missing.pem' cannot be read" },
    { "roots that are not there", HEAD "tls: {x: {certificate: a.pem, key: a.key, trust: missing}}\n",
      "3:50: tls.x.trust: 'missing' cannot be read" },
    { "a key that is not the certificate's", HEAD "tls: {x: {certificate: a.pem, trust: r.pem, key: wrong.key}}\n",
      "3:50: tls.x.key: 'wrong.key' is not the key of 'a.pem'" },
    { "a passphrase that is not there", HEAD "tls: {x: {certificate: a.pem, trust: r.pem, passphrase-file: secret}}\n",
      "3:62: tls.x.passphrase-file: 'secret' cannot be read: there is none" },
    { "another protocol",
      HEAD "peers: {host: a.example.net, connect: \"aaa://a.example.net;transport=udp;protocol=radius\", clear: yes}\n",
      "3:39: peers.connect: this is another protocol's; allowed: Diameter, over TCP or SCTP" },
    { "several addresses of TCP",
      HEAD "peers: {host: a.example.net, connect: \"aaa://a.example.net\", clear: yes, "
           "socket: {local: [192.0.2.1, 192.0.2.2]}}\n",
      "3:90: peers.socket.local: 2 addresses; allowed: one, or several with ;transport=sctp" },
    { "timers of SCTP the wrong way round", HEAD "peers: {host: a.example.net, socket: {rto-min: 2s, rto-max: 1s}}\n",
      "3:48: peers.socket.rto-min: rto-min is above rto-max; allowed: at most that" },
    { "UDP of the kernel", HEAD "sctp: {stack: kernel, udp-port: 9899}\n",
      "3:33: sctp.udp-port: the kernel's is a matter of `sysctl net.sctp.udp_port`; allowed: with stack any or "
      "usrsctp" },
    { "a second address of a listener of usrsctp",
      "identity: {host: agent.example.net, realm: example.net}\nsctp: {stack: usrsctp, udp-port: 9899}\n"
      "listen: {uri: \"aaa://127.0.0.1;transport=sctp\", clear: yes, socket: {local: 127.0.0.2}}\n",
      "3:77: listen.socket.local: usrsctp has one address of ours; allowed: that of the uri alone, or the kernel's "
      "SCTP" },
    { "two addresses of usrsctp",
      HEAD "sctp: {stack: usrsctp, udp-port: 9899}\n"
           "peers: {host: a.example.net, connect: \"aaa://a.example.net;transport=sctp\", clear: yes, "
           "socket: {local: [192.0.2.1, 192.0.2.2]}}\n",
      "4:105: peers.socket.local: usrsctp has one address of ours; allowed: one here, or the kernel's SCTP" },
    { "a port of UDP, and raw IP",
      HEAD "sctp: {stack: usrsctp}\n"
           "peers: {host: a.example.net, connect: \"aaa://a.example.net;transport=sctp\", clear: yes, "
           "socket: {udp-port: 9900}}\n",
      "4:108: peers.socket.udp-port: usrsctp goes over raw IP here; allowed: with `udp-port` in sctp of the whole" },
    { "a place and a realm",
      HEAD TLS "peers: {host: a.example.net, connect: \"aaas://a.example.net\", realm: example.net}\n",
      "4:70: peers.realm: connect and realm exclude each other; allowed: where it is, or for which realm it is found "
      "in the DNS" },
    { "a peer without a name", HEAD TLS "peers: {connect: \"aaas://a.example.net\"}\n",
      "4:8: peers: 'host' is missing: a DiameterIdentity such as ocs.example.net" },
    { "a realm twice", HEAD TLS "peers:\n- {realm: example.org}\n- {realm: example.org}\n",
      "6:11: peers[1].realm: 'realm:example.org/0' is there already, in line 5; a name stands for one thing" },
    { "an application of no realm", HEAD "peers: {host: a.example.net, application: relay}\n",
      "3:43: peers.application: it is what a realm is asked for; allowed: with realm" },
    { "what is found of no realm", HEAD "peers: {host: a.example.net, found: \"*\"}\n",
      "3:37: peers.found: it is about what is found; allowed: with realm" },
    { "a realm without TLS", HEAD "peers: {realm: example.org}\n",
      "3:16: peers.realm: TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` "
      "of the whole" },
    { "realms looked for, and no profile", HEAD "discover: [\"*.example.net\", example.org]\n",
      "3:11: discover: TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` of "
      "the whole" },
    { "realms looked for by one of several profiles",
      HEAD "tls: {a: {certificate: a.pem, trust: r.pem}, b: {certificate: b.pem, trust: r.pem}}\n"
           "discover: example.org\n",
      "4:11: discover: which of the 2 profiles protects it? allowed: a profile called 'default'" },
    { "out of service without a name", HEAD TLS "peers: {realm: example.org, disabled: yes}\n",
      "4:39: peers.disabled: 'host' is missing beside it: whom it is about" },
    { "a route to a realm", HEAD TLS "peers: {realm: example.org}\nroutes: {to: \"realm:example.org/0\"}\n",
      "5:14: routes.to: 'realm:example.org/0' has no host; allowed: peers that have one" },
    { "a listener twice",
      "identity: {host: agent.example.net, realm: example.net}\nlisten:\n- {uri: \"aaa://127.0.0.1\", clear: yes}\n"
      "- {uri: \"aaa://127.0.0.1\", clear: yes}\n",
      "4:9: listen[1].uri: 'aaa://127.0.0.1' is there already, in line 3; a name stands for one thing" },
    { "a listener that connects",
      "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes, socket: "
      "{local: "
      "127.0.0.1}}\n",
      "2:62: listen.socket.local: a listener's address is that of its uri; allowed: more of them with "
      ";transport=sctp" },
    { "a peer twice", HEAD "peers:\n- {host: a.example.net}\n- {host: A.example.net}\n",
      "5:10: peers[1].host: 'A.example.net' is there already, in line 4; a name stands for one thing" },
    { "ourselves", HEAD "peers: {host: AGENT.example.net}\n", "3:15: peers.host: 'AGENT.example.net' is our own name" },
    { "Tc and its most", HEAD "peers: {host: a.example.net, reconnect-max: 10s}\n",
      "3:45: peers.reconnect-max: reconnect-max is below reconnect; allowed: at least that" },
    { "Tc and its most, of all", HEAD "reconnect-max: 10s\n",
      "3:16: reconnect-max: reconnect-max is below reconnect; allowed: at least that" },
    { "an application that nobody knows", HEAD "applications: 123456789\n",
      "3:15: applications: no dictionary has the application '123456789'; allowed: those of dictionaries (--dict adds "
      "one), and relay, which passes all on" },
    { "an application twice", HEAD "applications: [ro, gy]\n",
      "3:20: applications[1]: 'gy' has the Application-Id of 'ro', 4; allowed: each once" },
    { "an application of a peer",
      HEAD "applications: ro\npeers: {host: a.example.net, identity: {applications: [ro, s6a]}}\n",
      "4:60: peers.identity.applications[1]: 's6a' is not advertised at all; allowed: what stands in applications" },
    { "soft and hard", HEAD "limits: {output-soft: 2MiB, output-hard: 1MiB}\n",
      "3:23: limits.output-soft: output-soft is above output-hard; allowed: at most that" },
    { "memory for a message", HEAD "limits: {memory: 1MiB, message: 2MiB}\n",
      "3:18: limits.memory: memory is below message; allowed: at least that" },
    { "an empty table", HEAD "tables: {a: {}}\n", "3:13: tables.a: nothing is in it; allowed: file, lines, or both" },
    { "a wrong line of a table",
      HEAD "tables: {a: {lines: [\"26201,x\", \"y,z\"]}}\nroutes: {imsi: {table: a, value: x}}\n",
      "3:21: tables.a.lines: line 2: wanted a prefix of digits, or a range whose ends have as many digits: "
      "262030-262039" },
    { "a file that cannot be read", HEAD "tables: {a: nowhere.csv}\nroutes: {imsi: {table: a, value: x}}\n",
      "3:13: tables.a: 'nowhere.csv' cannot be read: there is none" },
    { "a file that cannot be read, of a table that no route asks", HEAD "tables: {a: nowhere.csv}\n",
      "3:13: tables.a: 'nowhere.csv' cannot be read: there is none" },
    /* ---- routes ---- */
    { "a route's peer", HEAD PEER "routes:\n- to: [a.example.net, b.example.net]\n",
      "5:23: routes[0].to[1]: there is no peer 'b.example.net'; did you mean 'a.example.net'?" },
    { "a route's peer like none", HEAD PEER "routes:\n- to:\n  - {peer: relay.somewhere.example, weight: 2}\n",
      "6:12: routes[0].to[0].peer: there is no peer 'relay.somewhere.example'; allowed: those of peers" },
    { "a hop twice", HEAD PEER "routes: {to: [a.example.net, A.example.net]}\n",
      "4:30: routes.to[1]: 'A.example.net' stands here twice; allowed: once, with more weight" },
    { "a route's name twice", HEAD PEER "routes:\n- {name: x, realm: a}\n- {name: x}\n",
      "6:10: routes[1].name: 'x' is there already, in line 5; a name stands for one thing" },
    { "a redirect to nobody", HEAD "routes: {action: redirect}\n",
      "3:9: routes: 'to' is missing: the hosts that requests are redirected to" },
    { "a redirect to nonsense", HEAD "routes: {action: redirect, to: \"a b\"}\n",
      "3:32: routes.to: 'a b' stands here; allowed: a DiameterIdentity or DiameterURI" },
    { "a usage without cache", HEAD "routes: {action: redirect, to: a.example, usage: all-host}\n",
      "3:50: routes.usage: 'cache' is missing beside it: how long the answer may be kept (RFC 6733, 6.13)" },
    { "a cache without usage", HEAD "routes: {action: redirect, to: a.example, cache: 5s}\n",
      "3:50: routes.cache: nothing is kept without `usage`; allowed: with a usage but dont-cache (RFC 6733, 6.14)" },
    { "a cache of a relay", HEAD "routes: {cache: 5s}\n",
      "3:17: routes.cache: cache is for redirects; allowed: with action: redirect" },
    { "for nobody", HEAD PEER "routes: {action: local}\n",
      "4:18: routes.action: nobody here answers requests; allowed: relay, proxy or redirect, and a policy with "
      "reject" },
    { "from nobody", HEAD PEER "routes: {from: [a.example.net, b.example.net]}\n",
      "4:32: routes.from[1]: 'b.example.net' is no peer, and nobody of that name may connect; did you mean "
      "'a.example.net'?" },
    { "from nobody like a peer", HEAD PEER "allow: \"*.example.org\"\nroutes: {from: relay.somewhere.example}\n",
      "5:16: routes.from: 'relay.somewhere.example' is no peer, and nobody of that name may connect; allowed: those of "
      "peers, and of allow" },
    { "a redirect to ourselves", HEAD "routes: {action: redirect, to: [b.example, \"aaa://AGENT.example.net:3869\"]}\n",
      "3:44: routes.to[1]: that is our own name, and the request would come back; allowed: other hosts" },
    { "a redirect to a name of ours",
      HEAD "peers: {host: a.example.net, identity: {host: edge.example.net}}\nroutes: {action: redirect, to: "
           "edge.example.net}\n",
      "4:32: routes.to: that is our own name, and the request would come back; allowed: other hosts" },
    { "a relay of another application", HEAD "applications: gy\nroutes: {application: [gy, s6a], action: relay}\n",
      "4:28: routes.application[1]: 's6a' does not pass here; allowed: what stands in applications" },
    { "a redirect of another application",
      HEAD "applications: gy\nroutes: {application: s6a, action: redirect, to: b.example}\n",
      "4:23: routes.application: 's6a' does not pass here; allowed: what stands in applications" },
    { "a route of the relay application", HEAD "routes: {application: relay}\n",
      "3:23: routes.application: no request is of the relay application; allowed: the applications that pass" },
    { "a value of a route", HEAD "routes: {when: {avp: CC-Request-Type, is: NOPE}}\n",
      "3:43: routes.when.is: the value of CC-Request-Type wants a whole number, or the name of a value" },
    { "a proxy for relay alone", HEAD "routes: {action: proxy}\n",
      "3:18: routes.action: a proxy knows its applications, and applications has relay alone; allowed: relay, or name "
      "them "
      "there" },
    { "a proxy for the relay application", HEAD "applications: ro\nroutes: {action: proxy, application: relay}\n",
      "4:38: routes.application: 'relay' is not proxied; allowed: what stands in applications, but relay" },
    { "a proxy for another application", HEAD "applications: ro\nroutes: {action: proxy, application: [ro, s6a]}\n",
      "4:43: routes.application[1]: 's6a' is not proxied; allowed: what stands in applications, but relay" },
    { "an unknown table",
      HEAD "tables: {subscribers: {lines: \"1,x\"}}\nroutes: {imsi: {table: subscriber, value: x}}\n",
      "4:24: routes.imsi.table: there is no table 'subscriber'; did you mean 'subscribers'?" },
    { "a table without value", HEAD "tables: {a: {lines: \"1,x\"}}\nroutes: {imsi: {table: a}}\n",
      "4:16: routes.imsi: 'value' is missing: the word of the table that is meant" },
    { "a value that no line has", HEAD "tables: {a: {lines: \"1,x\"}}\nroutes: {imsi: {table: a, value: y}}\n",
      "4:34: routes.imsi.value: no line of the table 'a' has the word 'y'" },
    { "a value without table", HEAD "routes: {msisdn: {begin: 1, value: x}}\n",
      "3:36: routes.msisdn.value: a value without table; allowed: both, or begin alone" },
    { "a number that is not asked", HEAD "routes: {imsi: {}}\n",
      "3:16: routes.imsi: nothing is asked; allowed: begin, or table and value" },
    { "two tests", HEAD "routes: {when: {avp: User-Name, is: a, begins: b}}\n",
      "3:16: routes.when: 2 tests of one AVP; allowed: one of is, begins, matches, present, or least and most" },
    { "least above most", HEAD "routes: {when: {avp: CC-Request-Type, least: 3, most: 2}}\n",
      "3:46: routes.when.least: least is above most; allowed: at most that" },
    { "matches in a route", HEAD "routes: {when: {avp: Origin-Host, matches: a.example}}\n",
      "3:44: routes.when.matches: routes have no matches; allowed: is, begins, least, most, present" },
    { "not in a route", HEAD "routes: {when: {avp: Origin-Host, is: a, not: yes}}\n",
      "3:47: routes.when.not: routes have no not; allowed: is, begins, least, most, present" },
/* ---- policies ---- */
#define NEVER                                                                                                          \
    ": a relay changes nothing, and none of these applications is named in applications; allowed: reject, send-to "    \
    "and "                                                                                                             \
    "limit"
    { "a change of a relay", HEAD "policies: {request: [{reject: 5003}, {remove: User-Name}]}\n",
      "3:38: policies.request[1]" NEVER },
    { "a change of another application",
      HEAD "applications: [relay, ro]\npolicies: {match: {application: s6a}, answer: {remove: User-Name}}\n",
      "4:47: policies.answer" NEVER },
    { "a relay that hides", HEAD "policies: {hide: {outside: \"*\", hosts: \"*\"}}\n", "3:18: policies.hide" NEVER },
    { "a policy's application", HEAD "applications: ro\npolicies: {match: {application: s6a}, limit: 5/s}\n",
      "4:33: policies.match.application: 's6a' does not pass here; allowed: what stands in applications" },
    { "a policy of the relay application", HEAD "policies: {match: {application: relay}, limit: 5/s}\n",
      "3:33: policies.match.application: no request is of the relay application; allowed: the applications that pass" },
    { "a redirect that is retried", HEAD "retry: {on: [3002, 3006]}\n",
      "3:20: retry.on[1]: 3006 is a redirect; allowed: other protocol errors, and redirect for what becomes of it" },
    { "no error, and some", HEAD "retry: {on: 3002, errors: no}\n",
      "3:27: retry.errors: on and `errors: no` exclude each other; allowed: one of them" },
    { "somebody who is not trusted", HEAD "overload: {trusted: \"a*\"}\n",
      "3:21: overload.trusted: 'a*' stands here; allowed: a host or realm with or without a range of addresses, such "
      "as "
      "\"*.example.net\", \"realm:example.net\" or \"*@192.0.2.0/24\"" },
    { "hosts that nobody connects to", HEAD "redirect: {follow: peers, hosts: a.example}\n",
      "3:34: redirect.hosts: hosts are those that are connected to; allowed: with follow: connect" },
    { "redirects that lead into clear text", HEAD "redirect: {follow: connect}\n",
      "3:11: redirect: TLS wants to know our certificate and whom to believe; allowed: a profile of these in `tls` of "
      "the "
      "whole" },
    { "clear text that nobody speaks", HEAD "redirect: {clear: yes}\n",
      "3:19: redirect.clear: nobody is connected to; allowed: with follow: connect" },
    { "two things at once", HEAD "applications: ro\npolicies: {request: {remove: User-Name, reject: 5003}}\n",
      "4:21: policies.request: several things at once; allowed: one of set, add, default, remove, copy, rewrite, "
      "reject, "
      "end-session, send-to" },
    { "nothing at all", HEAD "applications: ro\npolicies: {request: {to: x}}\n",
      "4:21: policies.request: nothing is done here; allowed: one of set, add, default, remove, copy, rewrite, reject, "
      "end-session, send-to" },
    { "a set without value", HEAD "applications: ro\npolicies: {request: [{set: User-Name}]}\n",
      "4:22: policies.request[0]: 'to' is missing: the value" },
    { "a copy without path", HEAD "applications: ro\npolicies: {request: [{copy: User-Name}]}\n",
      "4:22: policies.request[0]: 'to' is missing: the path that it is copied to" },
    { "a value twice", HEAD "applications: ro\npolicies: {request: {add: User-Name, to: a, value: b}}\n",
      "4:52: policies.request.value: to and value say the same; allowed: one of them" },
    { "a value for nothing", HEAD "applications: ro\npolicies: {request: {remove: User-Name, to: a}}\n",
      "4:45: policies.request.to: remove takes no value; leave the key out" },
    { "rewrite from nothing", HEAD "applications: ro\npolicies: {request: {rewrite: Origin-Host, to: a.example}}\n",
      "4:21: policies.request: 'from' is missing: the names that are rewritten" },
    { "from for set",
      HEAD "applications: ro\npolicies: {request: {set: Origin-Host, to: a.example, from: b.example}}\n",
      "4:61: policies.request.from: from is for rewrite; leave the key out" },
    { "text for set", HEAD "applications: ro\npolicies: {request: {set: Origin-Host, to: a.example, text: b}}\n",
      "4:61: policies.request.text: text is for reject; leave the key out" },
    { "the end of a session before its answer", HEAD "applications: ro\npolicies: {request: {end-session: yes}}\n",
      "4:35: policies.request.end-session: end-session is for answers; allowed: below answer" },
    { "an answer that is sent elsewhere", HEAD PEER "applications: ro\npolicies: {answer: {send-to: a.example.net}}\n",
      "5:30: policies.answer.send-to: send-to is for requests; allowed: below request" },
    { "sent to nobody", HEAD PEER "applications: ro\npolicies: {request: {send-to: b.example.net}}\n",
      "5:31: policies.request.send-to: there is no peer 'b.example.net'; did you mean 'a.example.net'?" },
    { "a realm hidden as nothing",
      HEAD "applications: ro\npolicies: {hide: {outside: \"*\", hosts: \"*\", realm: example.net}}\n",
      "4:52: policies.hide.realm: 'realm-as' is missing beside it: what the realm is called" },
    { "a policy from nobody", HEAD PEER "policies: {match: {from: b.example.net}, limit: 5/s}\n",
      "4:26: policies.match.from: 'b.example.net' is no peer, and nobody of that name may connect; did you mean "
      "'a.example.net'?" },
    { "hidden from nobody", HEAD PEER "applications: ro\npolicies: {hide: {outside: b.example.net, hosts: \"*\"}}\n",
      "5:28: policies.hide.outside: 'b.example.net' is no peer, and nobody of that name may connect; did you mean "
      "'a.example.net'?" },
#define RO(request) HEAD "applications: ro\npolicies: {request: " request "}\n"
    { "a value of a policy", RO("{set: CC-Request-Type, to: NOPE}"),
      "4:48: policies.request.to: 'NOPE' stands here; allowed: a whole number, or the name of a value" },
    { "a condition of a policy", RO("{remove: User-Name, when: {avp: CC-Request-Number, is: x}}"),
      "4:76: policies.request.when.is: 'x' stands here; allowed: a whole number from 0 to 4294967295" },
    { "a number that is rewritten", RO("{rewrite: CC-Request-Number, from: a.example, to: b.example}"),
      "4:31: policies.request.rewrite: 'CC-Request-Number' stands here; allowed: an AVP that holds a name or another "
      "text" },
    { "a star from none", RO("{rewrite: Origin-Host, from: a.example, to: \"*.b.example\"}"),
      "4:65: policies.request.to: '*.b.example' stands here; allowed: a name; with \"*\" in front what it is rewritten "
      "from has to have one, too" },
    { "an identity that is none", RO("{set: Origin-Host, to: \"a b\"}"),
      "4:44: policies.request.to: 'a b' stands here; allowed: a DiameterIdentity, such as host.example.net" },
    { "an identity in a group", RO("{add: Proxy-Info/Proxy-Host, value: \"\"}"),
      "4:57: policies.request.value: '' stands here; allowed: a DiameterIdentity, such as host.example.net" },
    { "a uri that is none", RO("{default: Redirect-Host, to: host.example.net}"),
      "4:50: policies.request.to: 'host.example.net' stands here; allowed: a DiameterURI, such as "
      "aaas://host.example.net:5868" },
    { "a session without id", RO("{set: Session-Id, to: \"\"}"),
      "4:43: policies.request.to: nothing stands here; allowed: a Session-Id, such as host.example.net;1;2" },
#define NEEDED "' stands here; allowed: other AVPs, for sessions, origins and loops are known by it; hide changes names"
    { "no session", RO("{remove: Session-Id}"), "4:30: policies.request.remove: 'Session-Id" NEEDED },
    { "no origin", RO("{remove: Origin-Host}"), "4:30: policies.request.remove: 'Origin-Host" NEEDED },
    { "no realm of the origin", RO("{remove: Origin-Realm}"), "4:30: policies.request.remove: 'Origin-Realm" NEEDED },
    { "no way back", RO("{remove: \"Route-Record[0]\"}"),
      "4:30: policies.request.remove: 'Route-Record[0]" NEEDED }, /* loops are found by it: RFC 6733, 6.1.3 */
    { "nothing hidden as a realm",
      HEAD "applications: ro\npolicies: {hide: {outside: \"*\", hosts: \"*\", realm-as: example.net}}\n",
      "4:55: policies.hide.realm-as: 'realm' is missing beside it: the realm that is hidden" },
};

static int no_file(void *arg, const char *name, dia_bytes *text, char *why, size_t why_size)
{
    (void)arg, (void)name, (void)text;
    snprintf(why, why_size, "there is none");
    return DIA_ESYSTEM;
}

static int try_tls(void *arg, const dia_tls_config *config, char *why, size_t why_size)
{
    const char *const files[] = { config->certificate, config->key, config->trust };
    (void)arg;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] && strstr(files[i], "missing")) {
            snprintf(why, why_size, "'%s' cannot be read", files[i]);
            return DIA_EINVAL;
        }
    if (!config->key || strcmp(config->key, "wrong.key") != 0)
        return 0;
    snprintf(why, why_size, "'%s' is not the key of '%s'", config->key, config->certificate);
    return DIA_EINVAL;
}

static dia_agent_options options(void)
{
    return (dia_agent_options){ .windows = { .open = no_file, .try_tls = try_tls },
                                .dicts = &dia_dicts_all,
                                .alloc = harness_allocator() };
}

static void print(const dia_agent_mistake *m, char *to, size_t size)
{
    snprintf(to, size, "%u:%u: %s%s%s", (unsigned)m->line, (unsigned)m->column, m->path, m->path[0] ? ": " : "",
             m->text);
}

static dia_agent_mistakes mistakes;

static void a_mistake_has_its_place_and_what_is_allowed(void)
{
    const dia_agent_options how = options();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_agent *agent = NULL;
        char text[800];
        if (!harness_row_runs(rows[i].name))
            continue;
        mistakes.n = mistakes.more = 0;
        const int err = dia_agent_new(&how, dia_cstr(rows[i].text), &agent, &mistakes);
        if (err == DIA_ENOMEM && harness_injected())
            continue;
        check_int(err, DIA_EFORMAT);
        check_int(mistakes.n, 1);
        if (mistakes.n)
            print(&mistakes.v[0], text, sizeof text);
        else
            text[0] = 0;
        check_str(text, rows[i].mistake);
        check(agent == NULL);
    }
    harness_row(NULL);
}

/* One mistake does not hide the others, and they come in the order of their lines. */
static void all_mistakes_are_told_at_once(void)
{
    const dia_agent_options how = options();
    dia_agent *agent = NULL;
    static const char text[] = "identity: {host: agent.example.net, realm: example.net, relm: x}\n"
                               "routes: {to: a.example.net}\n"
                               "watchdog: 1s\n"
                               "listen: {uri: \"aaa://127.0.0.1\"}\n";
    static const uint32_t lines[] = { 1, 2, 3, 4 };
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_new(&how, dia_cstr(text), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    need_int(mistakes.n, 4);
    for (size_t i = 0; i < 4; i++)
        check_int(mistakes.v[i].line, lines[i]);
done:;
}

/* Nor do values of one route or policy hide those of another, or words that make no sense together. */
static void values_are_judged_whatever_else_is_wrong(void)
{
    const dia_agent_options how = options();
    static const struct {
        const char *name, *text, *paths[10];
    } alls[] = {
        { "values of policies",
          HEAD
          "applications: ro\n"
          "policies: [{request: [{set: CC-Request-Type, to: NOPE}, {set: CC-Request-Number, to: abc, when: {avp: "
          "CC-Request-Type, is: NOR}}]},\n"
          "  {match: {when: [{avp: CC-Request-Type, is: NO}, {avp: User-Name, is: x}]}, answer: [{set: "
          "CC-Request-Number, to: abc}, {remove: Session-Id}], hide: {outside: \"*\", hosts: \"*\", sessions: yes}}]\n",
          { "policies[0].request[0].to", "policies[0].request[1].to", "policies[0].request[1].when.is",
            "policies[1].match.when[0].is", "policies[1].answer[0].to", "policies[1].answer[1].remove",
            "policies[1].hide.sessions" } },
        { "values of routes, and a peer that is none",
          HEAD PEER "tables: {a: {lines: \"1,x\"}}\n"
                    "routes: [{when: [{avp: CC-Request-Type, is: NOPE}, {avp: CC-Request-Number, is: many}]},\n"
                    "  {to: b.example.net, when: {avp: CC-Request-Type, is: NOPE}}, {imsi: {table: a, value: y}}]\n",
          { "routes[0].when[0].is", "routes[0].when[1].is", "routes[1].to", "routes[1].when.is",
            "routes[2].imsi.value" } },
        { "what only a node knows, and an unknown key", /* it has 256 MiB where nothing is said */
          HEAD "wachdog: 1s\nlimits: {duplicates: 300MiB}\npeers: {host: \"a@b\"}\n",
          { "", "wachdog", "peers.host" } },
        { "values, and an unknown key",
          HEAD "applications: ro\nwachdog: 1s\n"
               "routes: {when: {avp: CC-Request-Type, is: NOPE}}\n"
               "policies: {request: {set: CC-Request-Type, to: NOPE, when: {avp: No-Such}}}\n",
          { "wachdog", "routes.when.is", "policies.request.to", "policies.request.when.avp" } },
    };
    for (size_t i = 0; i < sizeof alls / sizeof *alls; i++) {
        dia_agent *agent = NULL;
        size_t n = 0;
        if (!harness_row_runs(alls[i].name))
            continue;
        mistakes.n = mistakes.more = 0;
        const int err = dia_agent_new(&how, dia_cstr(alls[i].text), &agent, &mistakes);
        if (err == DIA_ENOMEM && harness_injected())
            continue;
        check_int(err, DIA_EFORMAT);
        for (; alls[i].paths[n]; n++)
            check_str(n < mistakes.n ? mistakes.v[n].path : "", alls[i].paths[n]);
        check_int(mistakes.n, n);
    }
    harness_row(NULL);
}

/* Whoever may be there may be named. */
static void names_of_peers_are_those_that_may_come(void)
{
    static const struct {
        const char *name, *text;
    } fine[] = {
        { "a peer", HEAD PEER "routes: {from: A.example.net}\n" },
        { "a pattern", HEAD "routes: {from: \"*.nobody.example\"}\n" },
        { "allowed", HEAD "allow: \"*.example.org\"\nroutes: {from: x.example.org}\n" },
        { "allowed with an address", HEAD "allow: \"*.example.org@192.0.2.0/24\"\nroutes: {from: x.example.org}\n" },
        { "of a realm", HEAD "allow: \"realm:example.org\"\nroutes: {from: x.example.org}\n" },
        { "allowed at a listener",
          "identity: {host: agent.example.net, realm: example.net}\nlisten: {uri: \"aaa://127.0.0.1\", clear: yes, "
          "allow: x.example.org}\nroutes: {from: x.example.org}\n" },
        { "found", HEAD TLS "peers: {realm: example.org}\nroutes: {from: x.example.org}\n" },
        { "where redirects lead",
          HEAD "redirect: {follow: connect, hosts: \"*.example.org\", clear: yes}\nroutes: {from: "
               "x.example.org}\n" },
    };
    const dia_agent_options how = options();
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        dia_agent *agent = NULL;
        if (!harness_row_runs(fine[i].name))
            continue;
        mistakes.n = mistakes.more = 0;
        const int err = dia_agent_new(&how, dia_cstr(fine[i].text), &agent, &mistakes);
        check(!err || (err == DIA_ENOMEM && harness_injected()));
        dia_agent_free(agent);
    }
    harness_row(NULL);
}

/* A program around the agent may have some; the program `diatom` has none. */
static void requests_are_for_us_where_there_are_handlers(void)
{
    dia_agent_options how = options();
    dia_agent *agent = NULL;
    char text[800];
    how.handlers = true;
    mistakes.n = mistakes.more = 0;
    int err = dia_agent_new(&how, DIA_STR(HEAD PEER "routes: {action: local}\n"), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, 0);
    dia_agent_free(agent);
    agent = NULL;
    err = dia_agent_new(&how, DIA_STR(HEAD PEER "routes: {action: local, to: a.example.net}\n"), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    need_int(mistakes.n, 1);
    print(&mistakes.v[0], text, sizeof text);
    check_str(text, "4:29: routes.to: what is for us goes nowhere; leave the key out");
done:
    dia_agent_free(agent);
}

/* Nor do keys hide the files: each that a sound table or profile names is looked at. */
static void files_are_looked_at_whatever_keys_say(void)
{
    const dia_agent_options how = options();
    dia_agent *agent = NULL;
    static const char text[] = HEAD "wachdog: 1s\n"
                                    "tables: {a: gone.csv, b: {fil: x.csv, file: gone.csv}}\n"
                                    "tls: {x: {certificate: missing.pem, trust: t.pem},\n"
                                    "  y: {certificate: also_missing.pem, trust: t.pem, leest: 1.2}}\n";
    static const char *const said[] = { "wachdog", "tables.a", "tables.b.fil", "tls.x.certificate", "tls.y.leest" };
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_new(&how, dia_cstr(text), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    need_int(mistakes.n, 5);
    for (size_t i = 0; i < 5; i++)
        check_str(mistakes.v[i].path, said[i]);
done:;
}

static int only_the_kernels(void *arg, dia_sctp_stack stack, char *why, size_t why_size)
{
    (void)arg;
    if (stack != DIA_SCTP_USER)
        return 0;
    snprintf(why, why_size, "usrsctp was left out of this build");
    return DIA_ENOTSUP;
}

/* What the start would refuse is known before. */
static void sctp_that_is_not_there_is_a_mistake(void)
{
    static const struct {
        const char *name, *text, *mistake;
        dia_sctp_stack stack; /* of the options */
        uint16_t udp_port;
    } stacks[] = {
        { "usrsctp", HEAD "sctp: {stack: usrsctp}\n", "3:15: sctp.stack: usrsctp was left out of this build",
          DIA_SCTP_ANY, 0 },
        { "beside other mistakes", HEAD "sctp: {stack: usrsctp}\nwachdog: 1s\n",
          "3:15: sctp.stack: usrsctp was left out of this build", DIA_SCTP_ANY, 0 },
        { "of the options", HEAD, "1:1: as the options have it: usrsctp was left out of this build", DIA_SCTP_USER, 0 },
        { "the options' port of the kernel's", HEAD "sctp: {stack: kernel}\n",
          "3:7: sctp: the kernel's is a matter of `sysctl net.sctp.udp_port`; allowed: with stack any or usrsctp",
          DIA_SCTP_ANY, 9899 },
        { "the kernel's", HEAD "sctp: {stack: kernel}\n", "", DIA_SCTP_USER, 0 },
        { "nothing is said", HEAD, "", DIA_SCTP_ANY, 0 },
    };
    for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        dia_agent *agent = NULL;
        dia_agent_options how = options();
        char text[800] = "";
        if (!harness_row_runs(stacks[i].name))
            continue;
        how.windows.try_sctp = only_the_kernels;
        how.sctp_stack = stacks[i].stack;
        how.udp_port = stacks[i].udp_port;
        mistakes.n = mistakes.more = 0;
        const int err = dia_agent_new(&how, dia_cstr(stacks[i].text), &agent, &mistakes);
        if (err == DIA_ENOMEM && harness_injected())
            continue;
        check_int(err, stacks[i].mistake[0] ? DIA_EFORMAT : 0);
        if (mistakes.n)
            print(&mistakes.v[0], text, sizeof text);
        check_str(text, stacks[i].mistake);
        dia_agent_free(agent);
    }
    harness_row(NULL);
}

/* What the options require is judged as if it stood there. */
static void inband_of_the_options_is_refused_where_it_cannot_be(void)
{
    const dia_tls_config ours = { .certificate = "a.pem", .trust = "r.pem" };
    dia_agent_options how = options();
    dia_agent *agent = NULL;
    char text[800];
    how.tls = &ours;
    how.inband = DIA_INBAND_REQUIRE;
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_new(&how,
                                  DIA_STR("identity: {host: agent.example.net, realm: example.net}\n"
                                          "listen: {uri: \"aaa://127.0.0.1;transport=sctp\", clear: yes}\n"),
                                  &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    need_int(mistakes.n, 1);
    print(&mistakes.v[0], text, sizeof text);
    check_str(text, "2:15: listen.uri: TLS cannot begin on an association of SCTP; allowed: aaas://, or `inband: off`");
done:;
}

/* Words are those of --app: gy is Ro where there is no dictionary of its own, and what the build has not is called so. */
static void a_dictionary_that_was_left_out_is_called_so(void)
{
    static const dia_dict *const some[] = { &dia_dict_ro, &dia_dict_cu };
    static const dia_dicts dicts = { some, 2, NULL };
    dia_agent_options how = options();
    dia_agent *agent = NULL;
    char text[800];
    how.dicts = &dicts;
    how.left_out = "gy,cc,s6a";
    mistakes.n = mistakes.more = 0;
    int err = dia_agent_new(&how, DIA_STR(HEAD "applications: Gy\n"), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, 0);
    dia_agent_free(agent);
    agent = NULL;
    err = dia_agent_new(&how, DIA_STR(HEAD "applications: cc\n"), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    need_int(mistakes.n, 1);
    print(&mistakes.v[0], text, sizeof text);
    check_str(text,
              "3:15: applications: the dictionary 'cc' was left out of this build (-Ddictionaries); allowed: relay, an "
              "application's name or its id, such as s6a or 16777251");
done:
    dia_agent_free(agent);
}

static void mistakes_are_bounded_and_those_behind_counted(void)
{
    const dia_agent_options how = options();
    dia_agent *agent = NULL;
    char text[4096] = HEAD "peers:\n";
    for (int i = 0; i < 60; i++)
        strcat(text, "- {host: a_@}\n");
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_new(&how, dia_cstr(text), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    check_int(mistakes.n, DIA_AGENT_MISTAKES);
    check_int(mistakes.more, 10);
done:;
}

/* A text of many megabytes costs no more than a look at each of its values. */
static void what_is_looked_through_is_short(void)
{
    static const struct {
        const char *name, *head, *one, *mistake;
        int n;
    } longs[] = {
        { "keys", HEAD "tables:\n", "  k%d: x\n", "1004:3: tables: a map has at most 1,000 keys", 1001 },
        { "values", HEAD "allow:\n", "  - a%d.example\n", "4:3: allow: 1001 values; allowed: at most 1000", 1001 },
        { "hops", HEAD PEER "routes:\n- to:\n", "  - a%d.example\n",
          "6:3: routes[0].to: 1001 values; allowed: at most 1000", 1001 },
    };
    const dia_agent_options how = options();
    static char text[40000];
    for (size_t i = 0; i < sizeof longs / sizeof *longs; i++) {
        char first[800];
        dia_agent *agent = NULL;
        if (!harness_row_runs(longs[i].name))
            continue;
        size_t n = (size_t)snprintf(text, sizeof text, "%s", longs[i].head);
        for (int k = 0; k < longs[i].n; k++) {
            const char *at = strchr(longs[i].one, '%');
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s%d%s", (int)(at - longs[i].one), longs[i].one, k,
                                  at + 2);
        }
        mistakes.n = mistakes.more = 0;
        const int err = dia_agent_new(&how, dia_cstr(text), &agent, &mistakes);
        if (err == DIA_ENOMEM && harness_injected())
            continue;
        check_int(err, DIA_EFORMAT);
        need(mistakes.n > 0);
        print(&mistakes.v[0], first, sizeof first);
        check_str(first, longs[i].mistake);
    }
done:
    harness_row(NULL);
}

/* Names may be as long as they like: what is said of them is cut off, not the memory behind it. */
static void paths_and_names_of_any_length_are_cut_off(void)
{
    const dia_agent_options how = options();
    dia_agent *agent = NULL;
    static char text[70000];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", HEAD "tables:\n");
    for (int i = 0; i < 20; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "  ");
        memset(text + n, 'a' + i, 1000);
        n += 1000;
        n += (size_t)snprintf(text + n, sizeof text - n, ": {lines: {}}\n");
    }
    mistakes.n = mistakes.more = 0;
    const int err = dia_agent_new(&how, dia_cstr(text), &agent, &mistakes);
    need(err != DIA_ENOMEM);
    check_int(err, DIA_EFORMAT);
    need(mistakes.n >= 20);
    check(strlen(mistakes.v[0].path) < sizeof mistakes.v[0].path);
done:;
}

int main(void)
{
    const struct harness_test tests[] = {
        { "a mistake has its place and what is allowed", a_mistake_has_its_place_and_what_is_allowed },
        { "all mistakes are told at once", all_mistakes_are_told_at_once },
        { "values are judged whatever else is wrong", values_are_judged_whatever_else_is_wrong },
        { "names of peers are those that may come", names_of_peers_are_those_that_may_come },
        { "requests are for us where there are handlers", requests_are_for_us_where_there_are_handlers },
        { "files are looked at whatever keys say", files_are_looked_at_whatever_keys_say },
        { "sctp that is not there is a mistake", sctp_that_is_not_there_is_a_mistake },
        { "inband of the options is refused where it cannot be", inband_of_the_options_is_refused_where_it_cannot_be },
        { "a dictionary that was left out is called so", a_dictionary_that_was_left_out_is_called_so },
        { "mistakes are bounded and those behind counted", mistakes_are_bounded_and_those_behind_counted },
        { "what is looked through is short", what_is_looked_through_is_short },
        { "paths and names of any length are cut off", paths_and_names_of_any_length_are_cut_off },
    };
    return HARNESS_RUN("agent/mistakes", tests);
}
