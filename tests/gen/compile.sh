# Sourced by the scripts beside it: compiling what the generator made. Needs $root (of the sources); $CC and $CXX come
# from the build, each with its options; CXX may be empty.
strict="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/diatom/app"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# c FOLDER FILE...: each compiles as C11. Quick: one run of the compiler for all.
c() {
    include=$1
    shift
    $CC -std=c11 $strict -Wstrict-prototypes -Wmissing-prototypes -I "$root/include" -I "$include" "$@" || fail "C11: $*"
}

# alone FOLDER HEADER...: each header of FOLDER/diatom/app compiles alone, as C11 and as C++17.
alone() {
    include=$1
    shift
    rm -f "$tmp"/alone_*
    for header; do
        echo "#include \"diatom/app/$header\"" >"$tmp/alone_${header%.h}.c"
        cp "$tmp/alone_${header%.h}.c" "$tmp/alone_${header%.h}.cpp"
    done
    c "$include" "$tmp"/alone_*.c
    [ -z "$CXX" ] || $CXX -std=c++17 $strict -I "$root/include" -I "$include" "$tmp"/alone_*.cpp || fail "C++17: $*"
}
