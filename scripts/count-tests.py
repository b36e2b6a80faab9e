#!/usr/bin/env python3
"""Adds up the results that lit wrote, prints one line, and says by the exit
status whether all is well.

    count-tests.py BUILT RESULTS.json...

BUILT is `true` when every build succeeded. A build that failed and a run that
left no results count as one failed test each: what they would have run is
unknown.
"""

import collections
import json
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    built, paths = sys.argv[1], sys.argv[2:]
    count = collections.Counter()
    if built != "true":
        count["failed"] += 1
    for path in paths:
        try:
            with open(path, encoding="utf-8") as results:
                tests = json.load(results)["tests"]
        except (OSError, ValueError) as error:
            print(f"{path}: {error}")
            count["failed"] += 1
            continue
        for test in tests:
            code = test["code"]
            if code in PASSED:
                count["passed"] += 1
            elif code in SKIPPED:
                count["skipped"] += 1
            else:
                print(f"{code}: {test['name']}")
                count["failed"] += 1
    if count["passed"] == 0 and count["failed"] == 0:
        print("no test ran")
        count["failed"] += 1
    print(
        f"{count['passed']} passed, {count['failed']} failed, "
        f"{count['skipped']} skipped"
    )
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
