#!/usr/bin/env python3
"""Compares the verdicts of a suite with the expected ones, and prints the differences and totals.

An expectation is a line of a verdict ("fail" or "skip"), the name of a test, where * stands for anything, and the
reason, with white space between them. `tests N` says how many tests there are, so that one that is not run is
noticed. # begins a comment. All other tests are expected to pass.
"""

import fnmatch
import pathlib
import re
import sys


def matches(name, pattern):
    # Only the star is special, since names of tests may contain brackets.
    return fnmatch.fnmatchcase(name, re.sub(r"[\[?]", lambda special: f"[{special[0]}]", pattern))


def main():
    suite, verdicts_file, expected_file, seconds = sys.argv[1:]
    verdicts = []
    for line in pathlib.Path(verdicts_file).read_text().splitlines():
        verdict, name = line.split("\t", 1)
        verdicts.append((verdict, name))
    expected = []
    count = None
    path = pathlib.Path(expected_file)
    for line in path.read_text().splitlines() if path.exists() else []:
        words = line.split(None, 2)
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "tests":
            count = int(words[1])
        elif words[0] in ("fail", "skip") and len(words) == 3:
            expected.append(words)
        else:
            sys.exit(f"{path}: not an expectation: {line}")

    differences = []
    for verdict, name in verdicts:
        wanted = next((e[0] for e in expected if matches(name, e[1])), "pass")
        if verdict != wanted:
            differences.append(f"{name}: {verdict}, expected: {wanted}")
    for wanted, pattern, _ in expected:
        if not any(matches(name, pattern) for _, name in verdicts):
            differences.append(f"{pattern}: did not run, expected: {wanted}")
    if count != len(verdicts):
        differences.append(f"{len(verdicts)} tests, expected: {count}")

    counts = {v: sum(1 for verdict, _ in verdicts if verdict == v) for v in ("pass", "fail", "skip")}
    print(
        f"{suite:<24}{counts['pass']:>5} passed{counts['fail']:>5} failed{counts['skip']:>5} skipped"
        f"{len(differences):>5} not as expected{seconds:>6} s",
        flush=True,
    )
    for difference in differences:
        print("    " + difference)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
