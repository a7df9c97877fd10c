#!/bin/sh
# Builds and starts freeDiameter as a peer of tests and benches. Loopback only.
#
#   start.sh PORT                 credit-control server on 127.0.0.1:PORT
#   start.sh PORT UPSTREAM_PORT   relay on 127.0.0.1:PORT, next hop
#                                 127.0.0.1:UPSTREAM_PORT
#
# The daemon replaces this shell (same pid): run it in the background, wait until
# the port accepts, and end it with "kill PID" (SIGTERM; up to ten seconds).
#
# Environment, all optional:
#   FD_DAEMON       freeDiameterd
#   FD_DIR          scratch folder, default ${TMPDIR:-/tmp}/freediameter-PORT
#   FD_APPTHREADS   threads of the server callback, default 2; measure 4 as well
#   FD_DUMPS        dbg_msg_dumps mask, default 0x0110; 0x0000 = as shipped
#   FD_3GPP         1: the server also loads the 3GPP dictionary; default 0
#   FD_DEFAULT      1: the relay sends requests of all realms to its next hop (rt_default);
#                   default 0: only those of SERVER_REALM
#   FD_REDIRECT     a DiameterURI: the server redirects to it instead of answering
#   FD_FOLLOW       NAME=PORT: the relay also connects to this peer and follows
#                   redirects to it (rt_redirect)
#   FD_WATCHDOG     TwTimer in seconds, default 30, at least 6
#   FD_SECPORT      TLS port, default 0 (none)
#   FD_CERT         certificate; its key is the file with .key in the place of .pem. Default: a throwaway one
#   FD_CA, FD_CRL   whom to believe, and what was withdrawn; with FD_CERT
#   FD_SHOW         another certificate, to be shown though freeDiameter would not start with it
#   FD_PRIO         TLS_Prio: versions and ciphers, in the words of GnuTLS
#   FD_SECURE       words of the relay's next hop, default "No_TLS;"; "TLS_old_method;" is Inband-Security-Id
#   FD_PEERS        further lines of the configuration, as ConnectPeer
#   FD_BUILD        folder of the extensions: they are built when it has none; default FD_DIR
#   FD_NEWER        extra lines for releases after 1.2.1, for example
#                   "RoutingInThreads = 2; RoutingOutThreads = 2;"
#   FD_CFLAGS       extra compiler flags (another freeDiameter's headers)
#   FD_QUIET        1 (default) raises the log level by two steps (-q -q)
#   CLIENT_REALM    client.test          clients are *.client.test
#   SERVER_REALM    server.test
#   UPSTREAM_ID     ocs1.server.test     the relay's next hop = the server's name
#   RELAY_ID        relay1.relay.test    must be in no client or server realm
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	sed -n '2,9p' "$0" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
port=$1
upstream=${2:-}
dir=${FD_DIR:-${TMPDIR:-/tmp}/freediameter-$port}
client_realm=${CLIENT_REALM:-client.test}
server_realm=${SERVER_REALM:-server.test}
upstream_id=${UPSTREAM_ID:-ocs1.server.test}
relay_id=${RELAY_ID:-relay1.relay.test}
relay_realm=${relay_id#*.}
if [ -n "$upstream" ]; then
	role=relay id=$relay_id
else
	role=server id=$upstream_id
fi

umask 077
mkdir -p "$dir/tls"

# --- extensions ---------------------------------------------------------------
cc=${CC:-cc}
flags="-std=gnu11 -O2 -fPIC -shared -Wall -Wextra ${FD_CFLAGS:-}"
build=${FD_BUILD:-$dir}
if [ ! -e "$build/certificate.fdx" ]; then
	# shellcheck disable=SC2086
	$cc $flags -o "$build/server_cc.fdx" "$here/server_cc.c"
	# shellcheck disable=SC2086
	$cc $flags -DLOOPBACK_ONLY -o "$build/loopback.fdx" "$here/server_cc.c"
	# shellcheck disable=SC2086
	$cc $flags -DCERTIFICATE_ONLY -o "$build/certificate.fdx" "$here/server_cc.c" -lgnutls
fi

# --- throwaway certificate: CN and DNS name must be the Diameter identity --------
tls=$dir/tls
if [ -n "${FD_CERT:-}" ]; then
	cp "$FD_CERT" "$tls/$role.crt"
	cp "${FD_CERT%.pem}.key" "$tls/$role.key"
	cp "$FD_CA" "$tls/ca.crt"
	openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out "$tls/dh.pem" 2>"$tls/openssl.log"
elif [ ! -s "$tls/$role.crt" ] ||
   ! openssl x509 -in "$tls/$role.crt" -noout -checkhost "$id" 2>/dev/null |
	grep -q 'does match'; then
	{
		[ -s "$tls/ca.crt" ] ||
			openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
				-subj "/CN=throwaway CA" \
				-keyout "$tls/ca.key" -out "$tls/ca.crt"
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$id" \
			-keyout "$tls/$role.key" -out "$tls/$role.csr"
		printf 'subjectAltName=DNS:%s\n' "$id" >"$tls/$role.ext"
		openssl x509 -req -in "$tls/$role.csr" -days 2 \
			-CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial \
			-extfile "$tls/$role.ext" -out "$tls/$role.crt"
		[ -s "$tls/dh.pem" ] ||
			openssl genpkey -genparam -algorithm DH \
			-pkeyopt group:ffdhe2048 -out "$tls/dh.pem"
	} >"$tls/openssl.log" 2>&1 || { cat "$tls/openssl.log" >&2; exit 1; }
fi

# --- configuration ----------------------------------------------------------------
# acl_wl: flags hold to the end of their line; "*" only as a first label.
printf 'ALLOW_IPSEC *.%s *.%s *.%s\n' \
	"$client_realm" "$server_realm" "$relay_realm" >"$dir/acl.conf"

dict3gpp=
if [ "${FD_3GPP:-0}" = 1 ]; then
	for d in dict_rfc5777 dict_mip6i dict_nas_mipv6 dict_dcca_3gpp; do
		dict3gpp="$dict3gpp LoadExtension = \"$d.fdx\";"
	done
fi

default=
if [ "${FD_DEFAULT:-0}" = 1 ]; then
	printf '* : "%s" += 50;\n' "$upstream_id" >"$dir/routes.conf"
	default="LoadExtension = \"rt_default.fdx\" : \"$dir/routes.conf\";"
fi

redirect=
[ -n "${FD_REDIRECT:-}" ] && redirect=" : \"$FD_REDIRECT\""
if [ -n "${FD_FOLLOW:-}" ]; then
	default="$default LoadExtension = \"rt_redirect.fdx\"; ConnectPeer = \"${FD_FOLLOW%=*}\" { ConnectTo = \"127.0.0.1\"; Port = ${FD_FOLLOW#*=}; No_TLS; No_SCTP; No_IPv6; };"
fi

security=
[ -n "${FD_CRL:-}" ] && security="TLS_CRL = \"$FD_CRL\";"
[ -n "${FD_PRIO:-}" ] && security="$security TLS_Prio = \"$FD_PRIO\";"
[ -n "${FD_SHOW:-}" ] && security="$security LoadExtension = \"$build/certificate.fdx\" : \"$FD_SHOW\";"

sed -e "s|@PORT@|$port|g" \
    -e "s|@SECPORT@|${FD_SECPORT:-0}|g" \
    -e "s|@UPSTREAM_PORT@|$upstream|g" \
    -e "s|@UPSTREAM_ID@|$upstream_id|g" \
    -e "s|@RELAY_ID@|$relay_id|g" \
    -e "s|@RELAY_REALM@|$relay_realm|g" \
    -e "s|@CLIENT_REALM@|$client_realm|g" \
    -e "s|@SERVER_REALM@|$server_realm|g" \
    -e "s|@APPTHREADS@|${FD_APPTHREADS:-2}|g" \
    -e "s|@WATCHDOG@|${FD_WATCHDOG:-30}|g" \
    -e "s|@DUMPS@|${FD_DUMPS:-0x0110}|g" \
    -e "s|@NEWER@|${FD_NEWER:-}|g" \
    -e "s|@DICT3GPP@|$dict3gpp|g" \
    -e "s|@REDIRECT@|$redirect|g" \
    -e "s|@DEFAULT@|$default|g" \
    -e "s|@TLSDIR@|$tls|g" \
    -e "s|@SECURITY@|$security|g" \
    -e "s|@SECURE@|${FD_SECURE:-No_TLS;}|g" \
    -e "s|@PEERS@|${FD_PEERS:-}|g" \
    -e "s|@DIR@|$dir|g" \
    -e "s|@BUILD@|$build|g" \
    "$here/$role.conf" >"$dir/$role.conf"

quiet=
[ "${FD_QUIET:-1}" = 1 ] && quiet='-q -q'
cd "$dir"
# shellcheck disable=SC2086
exec "${FD_DAEMON:-freeDiameterd}" -c "$dir/$role.conf" $quiet
