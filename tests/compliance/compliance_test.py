#!/usr/bin/env python3
"""Shows what counts as a mark, and that the check of the page can fail: small trees with one thing in each."""

import sys

sys.dont_write_bytecode = True

import os
import tempfile

import compliance


def main_of(*names):
    rows = "".join(f'        {{ "{n}", {n} }},\n' for n in names)
    return "int main(void)\n{\n    static const struct harness_test tests[] = {\n" + rows + "    };\n    return run(tests);\n}\n"


def two(comment=""):
    """A test with this comment behind its name, and a function that is none."""
    return f"static void a(void){comment}\n{{\n    go();\n}}\n\nstatic void b(void)\n{{\n}}\n\n" + main_of("a")


TABLE = """\
static const struct row rows[] = {
    { "B2-01 in its name", 1 },
    { "first of two lines",
      2 }, /* B2-02 */
    { "on its line", /* B3-01 */
      { 1, 2 } },
    { "a string; with } braces", 0 },
    /* B4-01: what follows */
    { "below a comment", 0 },
};
"""
MARKS_OF_TABLE = [
    ("B2-02", 'a, "first of two lines"'), ("B3-01", 'a, "on its line"'), ("B4-01", "a"), ("B2-01", 'a, "in its name"'),
]  # fmt: skip
USED = "static void helper(void)\n{\n    use(rows);\n}\n\n"
MARKED = USED.replace("use(rows);", "use(rows); /* B2-01 */")
LOCAL = """\
static void a(void)
{
    static const struct {
        const char *name;
    } rows[] = {
        { "one" }, /* B2-01 */
        { "two" },
    };
    go(rows);
    need(it); /* B2-02 */
}

"""

# {name, file, text, its tests are listed by the build, (id, test) of each mark; None: nothing that runs}
MARKS = [
    ("definition", "a.c", two(" /* B2-01 */"), True, [("B2-01", "a")]),
    ("several_on_a_line", "a.c", two(" /* B2-01, B2.1.1-02 W3.4.1-05: and more */"), True,
     [("B2-01", "a"), ("B2.1.1-02", "a"), ("W3.4.1-05", "a")]),
    ("short_form", "a.c", two(" /* B2.1-01, -02, -03 */"), True,
     [("B2.1-01", "a"), ("B2.1-02", "a"), ("B2.1-03", "a")]),
    ("letters", "a.c", two(" /* WA-01 BC-02 BD-01 */"), True, [("WA-01", "a"), ("BC-02", "a"), ("BD-01", "a")]),
    ("no_ids", "a.c", two(" /* AB-01, B2-1, B-01, xB2-01, B2-012, 0.B2-01, UTF-16 */"), True, []),
    ("broken_definition", "a.c", "static void\na(void) /* B2-01 */\n{\n}\n" + main_of("a"), True, [("B2-01", "a")]),
    ("above", "a.c", "/* B2-01: why\n * B2-02 */\n" + two(), True, [("B2-01", "a"), ("B2-02", "a")]),
    ("above_with_a_line_between", "a.c", "/* B2-01 */\n\n" + two(), True, [("B2-01", None)]),
    ("test_that_is_not_in_the_list", "a.c", two().replace("b(void)", "b(void) /* B2-01 */"), True, [("B2-01", None)]),
    ("file_that_is_not_built", "a.c", two(" /* B2-01 */"), False, [("B2-01", None)]),
    ("outside_of_everything", "a.c", two() + "/* B2-01 */\n", True, [("B2-01", None)]),
    ("rows_of_a_table", "a.c", TABLE + two().replace("go()", "go(rows)"), True,
     MARKS_OF_TABLE),
    ("rows_that_a_helper_takes", "a.c", TABLE + USED + two().replace("go()", "helper()"), True,
     MARKS_OF_TABLE),
    ("rows_that_two_tests_take_through_a_helper", "a.c",
     '/* B2-01 */\nstatic const char *const rows[] = { "x" };\n\n' + USED
     + "static void a(void)\n{\n    helper();\n}\nstatic void b(void)\n{\n    helper();\n}\n" + main_of("a", "b"), True,
     [("B2-01", "rows")]),
    ("rows_that_two_tests_take_themselves", "a.c",
     '/* B2-01 */\nstatic const char *const rows[] = { "x" };\n\nstatic void b(void)\n{\n    use(rows);\n}\n'
     + "static void a(void)\n{\n    b();\n    use(rows);\n}\n" + main_of("a", "b"), True, [("B2-01", "b")]),
    ("rows_that_nobody_takes", "a.c", TABLE + two(), True,
     [("B2-02", None), ("B3-01", None), ("B4-01", None), ("B2-01", None)]),
    ("inside_of_a_test", "a.c", LOCAL + main_of("a"), True, [("B2-01", 'a, "one"'), ("B2-02", "a")]),
    ("inside_of_a_helper", "a.c", MARKED + two().replace("go()", "helper()"), True, [("B2-01", "a")]),
    ("inside_of_a_helper_that_no_test_calls", "a.c", MARKED + two(), True, [("B2-01", None)]),
    ("strings_that_are_no_rows", "a.c", two().replace("go()", 'go("B2-01")'), True, []),
    ("directives_with_braces", "a.c", "#define X(y) { \\\n    y\n" + two(" /* B2-01 */"), True, [("B2-01", "a")]),
    ("struct_and_prototype", "a.c",
     "struct s {\n    int n;\n};\nstatic int f(struct s *s);\n" + two(" /* B2-01 */"), True,
     [("B2-01", "a")]),
    ("unittest", "a.py",
     "class T(X):\n    def test_one(self):  # B2-01\n        pass\n\n    # B2-02\n    def test_two(self):\n"
     "        pass\n\n    def helper(self):  # B2-03\n        pass\n", True,
     [("B2-01", "test_one"), ("B2-02", "test_two"), ("B2-03", None)]),
    ("decorated", "a.py",
     "# B2-01\n@wrong\ndef one(port):\n    pass  # B2-02\n\n\ndef two(port):  # B2-03\n    pass\n", True,
     [("B2-01", "one"), ("B2-02", "one"), ("B2-03", None)]),
    ("named_in_a_list", "a.py", "def one():  # B2-01\n    pass\n\n\nALL = [one]\n", True, [("B2-01", "one")]),
    ("rows_in_python", "a.py",
     'ROWS = [\n    # B2-03\n    ("first", 1),  # B2-01\n    ("second",\n     2),  # B2-02\n]\n'
     "for r in ROWS:\n    f(r)\n", True, [("B2-03", "ROWS"), ("B2-01", 'ROWS, "first"'), ("B2-02", 'ROWS, "second"')]),
    ("rows_that_nobody_takes_in_python", "a.py", 'ROWS = [\n    ("first", 1),  # B2-01\n]\n', True, [("B2-01", None)]),
    ("strings_in_python", "a.py", 'def test_x():\n    """B2-01"""\n', True, []),
    ("script", "a.talk", "scenario one thing\n  proves B2-01 B2-02 # not B2-04\n  A sends x\n\nscenario another\n"
     "  proves B2-03\n  proves WA-01\n", True,
     [("B2-01", "one thing"), ("B2-02", "one thing"), ("B2-03", "another"), ("WA-01", "another")]),
    ("script_that_is_not_built", "a.talk", "scenario one thing\n  proves B2-01\n", False, [("B2-01", None)]),
    ("proof_below_no_scenario", "a.talk", "scenario one thing\n\nmessage x\n  proves B2-01\n", True, [("B2-01", None)]),
    ("mention_in_a_script", "a.talk", "scenario one thing\n  # as B2-01 says\n  A says B2-01\n", True, []),
]  # fmt: skip

REQUIREMENTS = "id\trfc\tsection\tlevel\twho\trequirement\n" + "".join(
    f"B2-0{n}\t6733\t2\tMUST\tall\tis | good <{n}>\n" for n in (1, 2, 3)
)
REQ, DEC, CON = (f"tests/compliance/{name}.tsv" for name in ("requirements", "decisions", "contradictions"))


def decided(*rows):
    return {DEC: "id\tdecision\treason\n" + "".join("\t".join(row) + "\n" for row in rows)}


def contradictory(shown):
    return {CON: f"number\tcontradiction\tdecision\tshown\n1\tboth\tneither.\t{shown}\n"}


GOOD = {
    REQ: REQUIREMENTS,
    **decided(("B2-02", "not applicable", "no proxy: README.md")),
    **contradictory("tests/x/a.c: a"),
    "tests/x/a.c": two(" /* B2-01 */"),
    "tests/x/meson.build": "test('a')",
    "docs/compliance.md": None,  # as it should be
}

# {name, what is otherwise than in GOOD, what the check says; None: nothing}
TREES = [
    ("good_tree", {}, None),
    ("page_that_says_something_else", {"docs/compliance.md": "# Compliance\n"}, "is not what the tests say"),
    ("id_that_does_not_exist", {"tests/x/a.c": two(" /* B2-77 */")}, "tests/x/a.c:1: there is no requirement B2-77"),
    ("test_that_does_not_run", {"tests/x/meson.build": "test('b')"}, "tests/x/a.c:1: B2-01 is cited where no test runs"),
    ("what_is_wrong_on_purpose", {"tests/x/wrong/a.talk": "scenario x\n  proves B2-03 B2-77\n"}, None),
    ("fuzz_target_is_no_proof", {"fuzz/a.c": "int f(void) /* B2-01 */\n{\n}\n", "fuzz/meson.build": "'a'"},
     "fuzz/a.c:1: B2-01"),
    ("not_applicable_but_proven", {"tests/x/a.c": two(" /* B2-02 */")},
     "B2-02: not applicable, but proven by tests/x/a.c: a"),
    ("otherwise_and_shown", decided(("B2-01", "otherwise", "no")), None),
    ("decision_about_nothing", decided(("B9-09", "otherwise", "no")), "no such requirement"),
    ("decision_without_reason", decided(("B2-03", "otherwise", "")), "no reason"),
    ("decision_of_another_kind", decided(("B2-03", "later", "no")), "'later' is no decision"),
    ("decided_twice", decided(("B2-03", "otherwise", "no"), ("B2-03", "otherwise", "no")), "decided twice"),
    ("requirement_that_stands_twice", {REQ: REQUIREMENTS + REQUIREMENTS.splitlines()[1] + "\n"},
     "an id stands there twice"),
    ("contradiction_shown_by_nothing", contradictory("tests/x/a.c: b"), "there is no test 'tests/x/a.c: b'"),
]  # fmt: skip


def plant(root, files):
    for file, text in files.items():
        path = os.path.join(root, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def marks_of(file, text, listed):
    with tempfile.TemporaryDirectory() as root:
        plant(root, {f"tests/x/{file}": text, "tests/x/meson.build": f"test('{file if listed else 'other'}')"})
        return [(m.id, m.test) for m in compliance.marks.of_tree(root)]


def complaint(changes):
    """What the check says of the good tree with these changes; None: nothing."""
    with tempfile.TemporaryDirectory() as root:
        files = {**GOOD, **changes}
        page = files.pop("docs/compliance.md")
        plant(root, files)
        found = compliance.Compliance(root)
        plant(root, {"docs/compliance.md": found.page() if page is None else page})
        said = compliance.check(found)
        return "\n".join(said) or None


def page_has_states_and_counts():
    with tempfile.TemporaryDirectory() as root:
        plant(root, {f: t for f, t in GOOD.items() if t is not None})
        page = compliance.Compliance(root).page()
    wanted = [
        "| all | 1 | 1 | 0 | 1 | 3 |",
        "| 1 | both | neither. Shown by `tests/x/a.c: a`. |",
        "| B2-01 | 2 | MUST (all) | is \\| good \\<1> | **done**: `tests/x/a.c: a` |",
        "| B2-02 | 2 | MUST (all) | is \\| good \\<2> | **not applicable**: no proxy: README.md |",
        "| B2-03 | 2 | MUST (all) | is \\| good \\<3> | not yet |",
    ]
    return [w for w in wanted if w not in page]


def main():
    ran, failed = 0, []
    for name, file, text, listed, want in MARKS:
        ran += 1
        got = marks_of(file, text, listed)
        if got != want:
            failed.append(f"{name}: got {got}, want {want}")
    for name, changes, want in TREES:
        ran += 1
        got = complaint(changes)
        if (got is None) != (want is None) or (want and want not in got):
            failed.append(f"{name}: the check says {got!r}, want {want!r}")
    ran += 1
    if missing := page_has_states_and_counts():
        failed.append(f"page_has_states_and_counts: the page lacks {missing}")
    for line in failed:
        print(f"FAILED {line}")
    print(f"{ran - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
