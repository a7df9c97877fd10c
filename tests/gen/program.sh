#!/bin/sh
# diatom-gen as a program: what it writes, what it refuses, and that golden files compile.
# usage: program.sh GEN ROOT
set -eu
gen=$1
root=$2
. "$root/tests/gen/compile.sh"
golden=$root/tests/golden
out=$tmp/diatom/app

# status WANTED COMMAND...: the exit status; what it says goes to $tmp/said.
status() {
    want=$1
    shift
    got=0
    "$@" >"$tmp/said" 2>&1 || got=$?
    [ $got -eq "$want" ] || fail "exit status $got, not $want: $* ($(cat "$tmp/said"))"
}
says() {
    grep -q -- "$1" "$tmp/said" || fail "no '$1' in: $(cat "$tmp/said")"
}

for file in "$golden"/*.dia; do
    name=$(basename "$file" .dia)
    status 0 "$gen" -I "$golden" -d "$tmp/$name.d" "$file" "$out"
    [ ! -s "$tmp/said" ] || fail "$name: $(cat "$tmp/said")"
    for end in .h _node.h .c; do
        cmp "$golden/$name$end" "$out/$name$end" || fail "$name$end differs; script/golden writes it anew"
    done
done
alone "$tmp" parts.h lamp.h odd.h coded.h parts_node.h lamp_node.h odd_node.h coded_node.h
c "$tmp" "$out"/*.c

# The depfile names all files that were read.
grep -q "lamp.h:" "$tmp/lamp.d" && grep -q "golden/lamp.dia" "$tmp/lamp.d" && grep -q "golden/parts.dia" "$tmp/lamp.d" ||
    fail "lamp.d: $(cat "$tmp/lamp.d")"

status 2 "$gen"
says usage
status 2 "$gen" --wrong x y
status 2 "$gen" "$golden/parts.dia"
status 2 "$gen" --all "$out"
status 1 "$gen" "$tmp/nothing.dia" "$out"
status 1 "$gen" "$golden/parts.dia" "$tmp/nowhere"
status 1 "$gen" -I "$tmp/nowhere" "$golden/parts.dia" "$out"

# Without the folder, what is inherited is not found.
status 1 "$gen" "$golden/lamp.dia" "$out"
says 'lamp.dia:8:11: .*parts'

# All errors, each with its place; no file appears.
mkdir "$tmp/bad"
printf '@name broken\n@avp_types\n  A 1 Nothing -\n  B 2 Unsigned32 X\n' >"$tmp/bad/broken.dia"
status 1 "$gen" "$tmp/bad/broken.dia" "$out"
says 'broken.dia:3:7: '
says 'broken.dia:4:18: '
[ ! -e "$out/broken.h" ] && [ ! -e "$out/broken.h.tmp" ] || fail "broken.h is there"

# An error in what is inherited stands in the file where it is.
printf '@name above\n@inherits broken\n' >"$tmp/bad/above.dia"
status 1 "$gen" -I "$tmp/bad" "$tmp/bad/above.dia" "$out"
says 'broken.dia:3:7: '

# A circle.
printf '@name one\n@inherits two\n' >"$tmp/bad/one.dia"
printf '@name two\n@inherits one\n' >"$tmp/bad/two.dia"
status 1 "$gen" -I "$tmp/bad" "$tmp/bad/one.dia" "$out"
says 'inherits'

# By stem and by alias; another name, prefix and parent.
printf '@name user\n@inherits lanterns\n@inherits Spare\n' >"$tmp/bad/user.dia"
status 0 "$gen" -I "$golden" --name by_option --prefix px --inherits Spare/parts "$tmp/bad/user.dia" "$out"
grep -q 'prefix = "px"' "$out/by_option.c" || fail "--prefix"
c "$tmp" "$out/by_option.c"

status 0 "$gen" --all -d "$tmp/all.d" "$out" "$golden/lamp.dia" "$golden/parts.dia" "$golden/odd.dia"
c "$tmp" "$out/all.c"
grep -q "all.h:" "$tmp/all.d" && grep -q "golden/odd.dia" "$tmp/all.d" || fail "all.d: $(cat "$tmp/all.d")"

# A list that lacks what is inherited.
status 1 "$gen" --all -I "$golden" "$out" "$golden/lamp.dia"
says 'all.c: '

# What is replaced is replaced in inherited files as well.
printf '@name deep\n@inherits Spare\n' >"$tmp/bad/deep.dia"
printf '@name top\n@inherits deep\n' >"$tmp/bad/top.dia"
status 1 "$gen" -I "$golden" -I "$tmp/bad" "$tmp/bad/top.dia" "$out"
status 0 "$gen" -I "$golden" -I "$tmp/bad" --inherits Spare/parts "$tmp/bad/top.dia" "$out"
