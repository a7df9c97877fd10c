#!/bin/sh
# The dictionaries of Erlang/OTP's diameter, its own and its examples, become C that compiles. Skipped without them.
# usage: otp.sh GEN ROOT
set -eu
gen=$1
root=$2
. "$root/tests/gen/compile.sh"
for otp in /usr/lib/erlang/lib/diameter-*; do
    [ -d "$otp/src/dict" ] && [ -d "$otp/examples/dict" ] || continue
    # Its own dictionaries stand on each other.
    own=$tmp/own/diatom/app
    mkdir -p "$own"
    for file in "$otp"/src/dict/*.dia; do
        "$gen" -I "$otp/src/dict" "$file" "$own" || fail "$file"
    done
    (cd "$own" && alone "$tmp/own" *.h && c "$tmp/own" *.c)
    # Its examples stand on "common", which here is Diatom's base protocol by OTP's name.
    examples=$tmp/examples/diatom/app
    mkdir -p "$examples"
    "$gen" "$root/dict/rfc6733.dia" "$examples"
    for file in "$otp"/examples/dict/*.dia; do
        "$gen" -I "$otp/examples/dict" -I "$root/dict" --inherits common/diameter_gen_base_rfc6733 "$file" "$examples" ||
            fail "$file"
    done
    (cd "$examples" && alone "$tmp/examples" *.h && c "$tmp/examples" *.c)
    echo "$(ls "$own"/*.c "$examples"/*.c | wc -l) dictionaries of $otp"
    done=yes
done
[ -n "${done-}" ] || exit 77
