#!/usr/bin/env python3
"""Shows that the check of the room rule can fail: small trees with one mistake each, and ones without."""

import sys

sys.dont_write_bytecode = True

import os
import subprocess
import tempfile

import rooms

# {name, file, text, what the check says (None: nothing)}
ROWS = [
    ("own_header_is_fine", "src/wire/avp.c", '#include "wire/wire.h"\n#include "cursor.h"\n', None),
    ("own_header_in_a_folder_below_is_fine", "src/wire/avp.c", '#include "deep/deep.h"\n', None),
    ("door_below_is_fine", "src/wire/avp.c", '#include "base/base.h"\n', None),
    ("door_above_is_refused", "src/base/list.c", '#include "wire/wire.h"\n', "must not open the door of wire"),
    ("door_beside_is_refused", "src/json/print.c", '#include "peer/peer.h"\n', "must not open the door of peer"),
    ("inner_header_of_another_room_is_refused", "src/dict/bind.c", '#include "wire/cursor.h"\n', "inside wire"),
    ("way_around_through_dots_is_refused", "src/dict/bind.c", '#include "../wire/cursor.h"\n', "neither beside"),
    ("missing_own_header_is_refused", "src/wire/avp.c", '#include "wire/none.h"\n', "has no wire/none.h"),
    ("public_header_of_its_own_is_fine", "src/wire/avp.c", '#include "diatom/wire.h"\n', None),
    ("public_header_above_is_refused", "src/wire/avp.c", '#include "diatom/node.h"\n', "it stands above"),
    ("peer_uses_the_words_of_node", "src/peer/peer.c", '#include "diatom/node.h"\n', None),
    ("all_of_diatom_inside_is_refused", "src/peer/peer.c", '#include "diatom/diatom.h"\n', "all of Diatom"),
    ("unknown_public_header_is_refused", "src/wire/avp.c", '#include "diatom/none.h"\n', "no public header"),
    ("peer_uses_the_generated_base", "src/peer/peer.c", '#include "diatom/app/base.h"\n', None),
    ("other_generated_headers_are_refused", "src/peer/peer.c", '#include "diatom/app/ro.h"\n', "generated"),
    ("dict_uses_nothing_generated", "src/dict/bind.c", '#include "diatom/app/base.h"\n', "generated"),
    ("program_uses_generated_headers", "src/cli/serve.c", '#include "diatom/app/ro_node.h"\n', None),
    ("program_uses_public_headers_alone", "src/cli/serve.c", '#include "node/node.h"\n', "include/diatom only"),
    ("program_uses_its_own_headers", "src/cli/serve.c", '#include "cli.h"\n', None),
    ("program_has_windows", "src/cli/serve.c", "#include <pcap/pcap.h>\n#include <unistd.h>\n", None),
    ("loop_has_windows", "src/loop/tcp.c", "#include <sys/socket.h>\n#include <uv.h>\n#include <time.h>\n", None),
    ("socket_elsewhere_is_refused", "src/node/route.c", "#include <sys/socket.h>\n", "only loop"),
    ("clock_elsewhere_is_refused", "src/peer/peer.c", "#include <time.h>\n", "only loop"),
    ("jansson_in_json_is_fine", "src/json/print.c", "#include <jansson.h>\n", None),
    ("openssl_in_tls_is_fine", "src/tls/stream.c", "#include <openssl/ssl.h>\n", None),
    ("openssl_elsewhere_is_refused", "src/node/route.c", "#include <openssl/ssl.h>\n", "only loop"),
    ("socket_in_tls_is_refused", "src/tls/stream.c", "#include <sys/socket.h>\n", "only loop"),
    ("jansson_elsewhere_is_refused", "src/dict/text.c", "#include <jansson.h>\n", "only loop"),
    ("c_library_is_fine", "src/base/list.c", "#include <string.h>\n#include <assert.h>\n", None),
    ("spaces_hide_nothing", "src/base/list.c", "  #  include   <unistd.h>\n", "only loop"),
    ("comments_are_no_includes", "src/base/list.c", "/*\n#include <unistd.h>\n*/\n// #include <time.h>\n", None),
    ("folder_that_is_no_room_is_refused", "src/util/list.c", "", "no room"),
    ("folder_without_sources_is_no_room", "src/library/meson.build", "", None),
    ("public_header_with_an_inner_one_is_refused", "include/diatom/node.h", '#include "node/node.h"\n',
     "no public header"),
    ("public_header_with_a_missing_one_is_refused", "include/diatom/node.h", '#include "diatom/none.h"\n',
     "no public header"),
    ("public_header_with_a_socket_is_refused", "include/diatom/node.h", "#include <sys/socket.h>\n", "mentions <sys"),
    ("public_header_with_another_is_fine", "include/diatom/node.h", '#include "diatom/wire.h"\n', None),
]  # fmt: skip

HOUSE = [
    "src/base/base.h", "src/wire/wire.h", "src/wire/cursor.h", "src/wire/deep/deep.h", "src/peer/peer.h",
    "src/node/node.h", "src/cli/cli.h", "include/diatom/wire.h",
]  # fmt: skip

C_ROWS = [
    ("variable_is_found", "int counter = 1;", "counter"),
    ("zero_variable_is_found", "static int seen; int *see(void); int *see(void) { return &seen; }", "seen"),
    ("variable_inside_a_function_is_found", "int next(void); int next(void) { static int n; return ++n; }", "n."),
    ("thread_local_variable_is_found", "_Thread_local int mine = 1;", "mine"),
    ("common_variable_is_found", "int shared;", "shared"),
    ("constant_is_fine", "extern const int table[2]; const int table[2] = {1, 2};", None),
    ("constant_with_pointers_is_fine", 'extern const char *const names[2]; const char *const names[2] = {"a", "b"};',
     None),
    ("array_of_pointers_that_may_change_is_found", 'extern const char *names[1]; const char *names[1] = {"a"};',
     "names"),
]  # fmt: skip


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)
    return full


def row_problem(text, want):
    """Why the check's words are not what the row wants; None: they are."""
    if want is None:
        return f"complains: {text}" if text else None
    return None if want in text else f"says {text!r}, want {want!r}"


def tree_says(path, text):
    with tempfile.TemporaryDirectory() as root:
        for house in HOUSE:
            write(root, house, "/* A header. */\n")
        write(root, path, "/* A file. */\n" + text)
        return " | ".join(p for _, found in rooms.check_tree(root) for _, p in found)


def library_says(text, flags):
    with tempfile.TemporaryDirectory() as root:
        source = write(root, "a.c", text)
        subprocess.run([os.environ.get("CC", "cc"), "-c", "-fPIC", "-O2", *flags, "-o", root + "/a.o", source], check=True)
        return " | ".join(p for _, p in rooms.check_library(root + "/a.o"))


def comment_says(text):
    with tempfile.TemporaryDirectory() as root:
        write(root, "src/base/a.c", text)
        return " | ".join(p for _, found in rooms.check_tree(root) for _, p in found)


def main():
    results = [(name, row_problem(tree_says(path, text), want)) for name, path, text, want in ROWS]
    for flags in ([], ["-fcommon"]):
        results += [(name, row_problem(library_says(text, flags), want)) for name, text, want in C_ROWS]
    results += [
        ("file_without_a_comment_is_refused", row_problem(comment_says("#include <stdio.h>\n"), "without a comment")),
        ("empty_file_is_refused", row_problem(comment_says(""), "without a comment")),
        ("missing_library_is_refused", row_problem(str(rooms.check_library("/nonexistent/lib.a")), "objdump")),
    ]
    failed = [(name, problem) for name, problem in results if problem]
    for name, problem in failed:
        print(f"FAILED {name}: {problem}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
