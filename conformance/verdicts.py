#!/usr/bin/env python3
"""Parses the output of a suite, and prints a line for each test: its verdict, a tab, and its name.

The verdict is "pass", "fail" or "skip".
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


def of_go(log):
    """Parses the output of `go test -v`. A test with subtests counts separately only if none of them failed but it did."""
    verdicts = {}
    for line in pathlib.Path(log).read_text(errors="replace").splitlines():
        began = re.search(r"^=== RUN\s+(\S+)$", line)
        if began:
            # Until it has ended: a test that never ends has failed.
            verdicts[began[1]] = "fail"
        ended = re.search(r"--- (PASS|FAIL|SKIP): (\S+) \([0-9.]+s\)$", line)
        if ended:
            verdicts[ended[2]] = ended[1].lower()
    for name, verdict in verdicts.items():
        below = [v for other, v in verdicts.items() if other.startswith(name + "/")]
        if not below or (verdict == "fail" and "fail" not in below):
            yield verdict, name


def of_junit(*reports):
    """Parses the XML files of JUnit's launcher, each in a folder with the name of its class. Repeated names are numbered.
    Failures before or after the tests of a class count as `<class>.suite`."""
    seen = {}
    for report in sorted(reports):
        cases = []
        for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            suite = pathlib.Path(report).parent.name
            name = suite + ".suite" if "TestSuite@" in case.get("name") else suite + "." + case.get("name")
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f"#{seen[name]}"
            failed = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped") is not None
            cases.append(("fail" if failed else "skip" if skipped else "pass", name, float(case.get("time"))))
        # Tests that were never started are listed too, but took no time.
        begun = any(time > 0 for verdict, _, time in cases if verdict == "pass")
        for verdict, name, _ in cases:
            if begun or verdict != "pass":
                yield verdict, name


def of_openssh(script, printed, failed):
    """Parses the output of one of OpenSSH's scripts, and its log, which repeats the step of each failure."""
    lines = pathlib.Path(printed).read_text(errors="replace").splitlines()
    last = re.match(r"(?:ok|failed) (.*)", lines[-1]) if lines else None
    failures = set()
    step = ""
    path = pathlib.Path(failed)
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        if line.startswith("trace: "):
            step = line.removeprefix("trace: ")
        elif line.startswith(("FAIL: ", "FATAL: ")):
            failures.add(step)
    # The title of the script is the prefix of all its steps.
    title = last[1] if last else script
    for line in lines:
        if line.startswith((title + ": ", "test " + title + ": ")):
            skipped = line.partition(" (skipped: ")
            name = f"{script}:{skipped[0].split(': ', 1)[1]}".replace(" ", "_")
            yield ("skip" if skipped[1] else "fail" if line in failures else "pass"), name
    yield ("pass" if last else "fail"), f"{script}:(to_its_end)"


def main():
    form, *arguments = sys.argv[1:]
    for verdict, name in {"go": of_go, "junit": of_junit, "openssh": of_openssh}[form](*arguments):
        print(f"{verdict}\t{name}")


if __name__ == "__main__":
    main()
