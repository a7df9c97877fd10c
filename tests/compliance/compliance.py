#!/usr/bin/env python3
"""Says of each requirement of RFC 6733 and RFC 3539 which test proves it, or why none does: docs/compliance.md.

    compliance.py              writes the page
    compliance.py --check      looks whether the page is what the tests say; prints what is wrong
    compliance.py --open B5.3  prints what is not yet proven, of ids that begin so

The page is made from three tables beside this file and from the marks in the tests (marks.py):

    requirements.tsv    id, RFC and section, how binding, for whom, what: 698 rows. Ids are for ever: append, do not renumber
    decisions.tsv       id, `not applicable` or `otherwise`, why and where that is documented
    contradictions.tsv  where the RFCs contradict themselves: what, how we decided, and the tests that show it
"""

import argparse
import collections
import csv
import os
import re
import sys

sys.dont_write_bytecode = True

import marks

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = "docs/compliance.md"
TABLES = "tests/compliance"

DONE, NOT_APPLICABLE, OTHERWISE, NOT_YET = STATES = "done", "not applicable", "by design otherwise", "not yet"
DECISIONS = {"not applicable": NOT_APPLICABLE, "otherwise": OTHERWISE}

# {which ids, what the chapter is about}
CHAPTERS = [
    (r"B2", "RFC 6733, 2: protocol overview and transport"),
    (r"B3", "RFC 6733, 3: header and command codes"),
    (r"B4", "RFC 6733, 4: AVPs"),
    (r"B5\.6-(0[7-9]|[1-9]\d)", "RFC 6733, 5.6: the table of the peer state machine"),
    (r"B5", "RFC 6733, 5: peers"),
    (r"B6", "RFC 6733, 6: message processing"),
    (r"B7", "RFC 6733, 7: errors"),
    (r"B8", "RFC 6733, 8: sessions"),
    (r"B9", "RFC 6733, 9: accounting"),
    (r"B1[0-3]|B[A-D]", "RFC 6733, 10 to 13 and appendices: occurrence, configuration, security"),
    (r"W", "RFC 3539: transport profile and watchdog"),
]

HEAD = """\
# Compliance with RFC 6733 and RFC 3539

What the Diameter base protocol (RFC 6733 with its errata) and the AAA transport profile (RFC 3539) require of a node, in {n}
statements that can be tested, and what Diatom makes of each:

- **done**: the tests that prove it, by file and name. CI runs them, and each would fail if the requirement were broken.
- **not applicable**: it does not bind Diatom, and why.
- **by design otherwise**: Diatom does something else on purpose, and why. Where a test shows it, its name follows.
- **not yet**: nothing proves it. It may hold all the same, or be missing.

`tests/compliance/compliance.py` makes this page from the marks in the tests and from the tables beside it; a test fails when
the page says anything else. The wording of the requirements is ours: where it differs from an RFC, the RFC rules. A state
table's row is `FSM`, a binding statement without a key word `rule`.

## Counts

"""

DECIDED = """
## Where the RFCs contradict themselves or are out of date

"""


def read_table(root, name):
    with open(os.path.join(root, TABLES, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def chapter_of(id_):
    return next(name for ids, name in CHAPTERS if re.match(ids, id_))


class Compliance:
    """All that is known, and what is wrong with it."""

    def __init__(self, root):
        self.root = root
        self.requirements = read_table(root, "requirements.tsv")
        self.known = {r["id"] for r in self.requirements}
        self.contradictions = read_table(root, "contradictions.tsv")
        self.wrong = []
        self.proofs = collections.defaultdict(list)
        for mark in marks.of_tree(root):
            self._take_mark(mark)
        self.decisions = {}
        for row in read_table(root, "decisions.tsv"):
            self._take_decision(row)
        for row in self.contradictions:
            self._judge_contradiction(row)
        if len(self.known) != len(self.requirements):
            self.wrong.append(f"{TABLES}/requirements.tsv: an id stands there twice")

    def _take_mark(self, mark):
        where = f"{mark.file}:{mark.line}"
        if mark.id not in self.known:
            self.wrong.append(f"{where}: there is no requirement {mark.id}")
        elif mark.test is None:
            self.wrong.append(f"{where}: {mark.id} is cited where no test runs")
        else:
            name = f"{mark.file}: {mark.test}"
            if name not in self.proofs[mark.id]:
                self.proofs[mark.id].append(name)

    def _take_decision(self, row):
        id_, where = row["id"], f"{TABLES}/decisions.tsv: {row['id']}"
        if id_ not in self.known:
            self.wrong.append(f"{where}: there is no such requirement")
        if id_ in self.decisions:
            self.wrong.append(f"{where}: decided twice")
        if row["decision"] not in DECISIONS:
            self.wrong.append(f"{where}: '{row['decision']}' is no decision")
        elif DECISIONS[row["decision"]] == NOT_APPLICABLE and self.proofs.get(id_):
            self.wrong.append(f"{where}: not applicable, but proven by {self.proofs[id_][0]}")
        if not row["reason"]:
            self.wrong.append(f"{where}: no reason")
        self.decisions[id_] = row

    def _judge_contradiction(self, row):
        for shown in filter(None, row["shown"].split("; ")):
            file, _, test = shown.partition(": ")
            if test not in (marks.tests_of(self.root, file) or ()):
                self.wrong.append(f"{TABLES}/contradictions.tsv: {row['number']}: there is no test '{shown}'")

    def state(self, id_):
        if id_ in self.decisions:
            return DECISIONS.get(self.decisions[id_]["decision"], NOT_YET)
        return DONE if self.proofs.get(id_) else NOT_YET

    # ---- The page ----

    def page(self):
        return HEAD.format(n=len(self.requirements)) + self._counts() + self._contradictions() + self._chapters()

    def _counts(self):
        counts = collections.defaultdict(collections.Counter)
        for r in self.requirements:
            for name in chapter_of(r["id"]), "all":
                counts[name][self.state(r["id"])] += 1
        lines = [f"| chapter | {' | '.join(STATES)} | sum |", "|---|" + "--:|" * (len(STATES) + 1)]
        for name in self._chapter_names() + ["all"]:
            numbers = [counts[name][s] for s in STATES]
            lines.append(f"| {name} | {' | '.join(map(str, numbers))} | {sum(numbers)} |")
        return "\n".join(lines) + "\n"

    def _chapter_names(self):
        """Those that occur, in the order of the requirements."""
        return list(dict.fromkeys(chapter_of(r["id"]) for r in self.requirements))

    def _contradictions(self):
        lines = ["| | the RFCs | Diatom |", "|--:|---|---|"]
        for row in self.contradictions:
            shown = [f"`{s}`" for s in row["shown"].split("; ") if s]
            ours = cell(row["decision"]) + (f" Shown by {', '.join(shown)}." if shown else "")
            lines.append(f"| {row['number']} | {cell(row['contradiction'])} | {ours} |")
        return DECIDED + "\n".join(lines) + "\n"

    def _chapters(self):
        out = []
        for name in self._chapter_names():
            out += [f"\n## {name}\n", "| id | section | binds | requirement | state |", "|---|---|---|---|---|"]
            for r in self.requirements:
                if chapter_of(r["id"]) == name:
                    binds = f"{r['level']} ({r['who']})"
                    out.append(f"| {r['id']} | {r['section']} | {binds} | {cell(r['requirement'])} | {self._say(r['id'])} |")
        return "\n".join(out) + "\n"

    def _say(self, id_):
        """The state with its reason and its tests."""
        state, tests = self.state(id_), "; ".join(f"`{t}`".replace("|", "\\|") for t in self.proofs.get(id_, ()))
        if state == NOT_YET:
            return state
        if state == DONE:
            return f"**{state}**: {tests}"
        reason = cell(self.decisions[id_]["reason"])
        return f"**{state}**: {reason}" + (f" ({tests})" if tests else "")


def cell(text):
    """As it may stand in a table of Markdown."""
    return re.sub(r"([|*<])", r"\\\1", text)


def check(found):
    """What is wrong: with marks and tables, and whether the page is another one."""
    path, there = os.path.join(found.root, PAGE), ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            there = f.read()
    return found.wrong + [f"{PAGE} is not what the tests say: run {TABLES}/compliance.py"] * (there != found.page())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the page instead of writing it")
    parser.add_argument("--open", metavar="ID", help="print what is not yet proven, of ids that begin so")
    args = parser.parse_args()
    found = Compliance(ROOT)
    if args.open is not None:
        for r in found.requirements:
            if r["id"].startswith(args.open) and found.state(r["id"]) == NOT_YET:
                print(f"{r['id']:10} {r['level']:10} ({r['who']}) {r['requirement']}")
        return 0
    if not args.check:
        with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as f:
            f.write(found.page())
    said = check(found)
    for line in said:
        print(line)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
