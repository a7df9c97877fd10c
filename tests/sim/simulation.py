#!/usr/bin/env python3
"""Checks the simulation itself: a fault is found and shrunk, a seed replays exactly, wrong arguments are refused.

    simulation.py [--few] SIMULATION

--few leaves out what only searches and counts for long, the same in every build.
"""

import re
import subprocess
import sys
import tempfile


def run(simulation, *arguments):
    return subprocess.run([simulation, *arguments], capture_output=True, text=True, timeout=100)


def expect(have, want, what):
    if have != want:
        raise AssertionError(f"{what}: {have!r}, not {want!r}")


def find(simulation, fault, rule, disturbances, *options):
    """The fault is found by that rule, and what is left of the plan are disturbances of these kinds."""
    done = run(simulation, "--seeds", "1..10", "--break", fault, *options)
    expect(done.returncode, 1, "the exit code")
    found = re.findall(r"^seed (\d+), .*\((.*)\)$", done.stdout, re.M)
    if not found:
        raise AssertionError(f"nothing was found: {done.stdout[-300:]!r}")
    expect({r for _, r in found}, {rule}, "the rules")
    shrunk = re.findall(r"^shrunk in \d+ lives to (\d+) of (\d+) disturbances:\n((?:  .*\n)*)", done.stdout, re.M)
    expect(len(shrunk), len(found), "reports")
    for left, of, lines in shrunk:
        expect(int(left), lines.count("\n"), "disturbances left and printed")
        if int(left) > (8 if options else 2) or int(of) < 8:
            raise AssertionError(f"shrunk from {of} to {left} only:\n{lines}")
        if not re.search(disturbances, lines):
            raise AssertionError(f"a disturbance that has nothing to do with it:\n{lines}")
    return found[0][0], done.stdout


def answer_to_the_wrong_request_is_found(simulation):
    find(simulation, "answer", "requester", "is killed|crashes|stops")


def second_outcome_is_found(simulation):
    find(simulation, "twice", "one outcome", "sends a burst")


def request_that_is_kept_for_ever_is_found(simulation):
    find(simulation, "keep", "rest", "answers nothing")


def faults_are_found_behind_relays_too(simulation):
    find(simulation, "answer", "requester", "is killed|crashes|stops", "--network")
    find(simulation, "twice", "one outcome", "sends a burst", "--network")
    find(simulation, "keep", "rest", "answers nothing", "--network")


def requests_in_networks_meet_all_fates(simulation):
    done = run(simulation, "--network", "--seeds", "1..100", "--coverage")
    fates = re.search(r"^(\d+) of (\d+) fates of a request were met$", done.stdout, re.M)
    if not fates or fates[1] != fates[2] or int(fates[2]) < 14:
        raise AssertionError(f"not all were met: {done.stdout[-900:]}")
    hours = re.search(r"^(\d+) hours passed in these networks$", done.stdout, re.M)
    expect(bool(hours) and int(hours[1]) >= 16, True, "hours")


def list_of_seeds_is_read(simulation):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for text, code, out in (
            ("# a word\nneighbours 3 this\nnetwork 4\n", 0, "2 passed, 0 failed\n"),
            ("nothing 3\n", 2, ""),
            ("network\n", 2, ""),
        ):
            file.seek(0)
            file.truncate()
            file.write(text)
            file.flush()
            done = run(simulation, "--found", file.name, "--minutes", "1")
            expect((done.returncode, done.stdout), (code, out), f"the end of {text!r}")
    expect(run(simulation, "--found", "/nowhere").returncode, 2, "the exit code without a list")


def program_that_ends_by_itself_says_in_which_seed(simulation):
    done = run(simulation, "--seeds", "5..6", "--break", "crash")
    expect(done.returncode < 0 or done.returncode > 1, True, "an exit code of a crash")
    expect("\nit ended in seed 5\n" in done.stderr, True, "the last words")


def chart_ends_with_the_broken_rule(simulation):
    seed, _ = find(simulation, "answer", "requester", ".")
    done = run(simulation, "--seed", seed, "--break", "answer", "--last", "5")
    report = done.stdout.split("disturbances:\n")[1]
    lines = report.split("\nagain:")[0].split("\n")
    if "got the answer to request" not in lines[-1] or len(lines) > 8:
        raise AssertionError(f"the report ends so: {lines}")


def seed_replays_exactly(simulation):
    first, second, other = (run(simulation, "--seed", seed, "--chart", "--minutes", "2") for seed in ("17", "17", "18"))
    expect(first.returncode, 0, "the exit code")
    if first.stdout.count("\n") < 100 or "CCR" not in first.stdout:
        raise AssertionError(f"no chart: {first.stdout[:300]!r}")
    expect(second.stdout == first.stdout, True, "the same chart twice")
    expect(other.stdout == first.stdout, False, "the same chart with another seed")


def seeds_are_counted(simulation):
    done = run(simulation, "--seeds", "1..7", "--minutes", "1")
    expect(done.stdout, "7 passed, 0 failed\n", "the last line")
    expect(done.returncode, 0, "the exit code")


def lives_take_most_rows_of_the_tables(simulation):
    done = run(simulation, "--seeds", "1..300", "--coverage", "--minutes", "5")
    rows = {name: int(n) for n, name in re.findall(r"^(\d+) of \d+ rows of the table of (\w+) were taken$", done.stdout, re.M)}
    expect(sorted(rows), ["peers", "watchdogs"], "the tables")
    if rows["peers"] < 40 or rows["watchdogs"] < 15:
        raise AssertionError(f"few rows were taken: {done.stdout}")


def wrong_arguments_are_refused(simulation):
    for arguments in (
        [], ["--seed"], ["--seed", "x"], ["--seeds", "3..2"], ["--seeds", "3"], ["--seed", "1", "--minutes", "0"],
        ["--seed", "1", "--break", "everything"], ["--chart"], ["--seed", "1", "--colour", "red"],
    ):  # fmt: skip
        done = run(simulation, *arguments)
        expect(done.returncode, 2, f"the exit code of {arguments}")
        expect(done.stderr.startswith("usage: "), True, f"the words about {arguments}")


def main():
    failed = 0
    tests = [
        answer_to_the_wrong_request_is_found,
        list_of_seeds_is_read,
        program_that_ends_by_itself_says_in_which_seed,
        seed_replays_exactly,
        seeds_are_counted,
        wrong_arguments_are_refused,
    ]
    if sys.argv[1] != "--few":
        tests += [
            second_outcome_is_found,
            request_that_is_kept_for_ever_is_found,
            faults_are_found_behind_relays_too,
            requests_in_networks_meet_all_fates,
            chart_ends_with_the_broken_rule,
            lives_take_most_rows_of_the_tables,
        ]
    for test in tests:
        try:
            test(sys.argv[-1])
            print(f"ok {test.__name__}")
        except (AssertionError, OSError, subprocess.TimeoutExpired) as reason:
            failed += 1
            print(f"FAILED {test.__name__}: {reason}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
