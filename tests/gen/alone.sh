#!/bin/sh
# Each generated header of the build compiles alone, as C11 and as C++17, without a warning; each .dia file has one.
# usage: alone.sh ROOT FOLDER    FOLDER: where diatom/app is
set -eu
root=$1
. "$root/tests/gen/compile.sh"
cd "$2/diatom/app"
alone "$2" *.h
echo "$(ls *.h | wc -l) headers"

files=$(ls "$root"/dict/*.dia "$root"/dict/vendor/*.dia | wc -l)
listed=$(sed -n 's/^const dia_dicts dia_dicts_all = { dicts, \([0-9]*\),.*/\1/p' all.c)
[ "$files" -eq "$listed" ] || fail "$files files in dict/, $listed in dict/meson.build"
