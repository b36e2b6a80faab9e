#!/usr/bin/env python3
"""Adds up the xunit files that lit wrote, prints one line, and says by the exit
status whether all is well.

    count-tests.py BUILT RESULTS.xml...

BUILT is `true` when every build succeeded. A build that failed and a run that
left no results count as one failed test each: what they would have run is
unknown. (lit's JSON leaves out the GoogleTests that skip themselves.)
"""

import collections
import sys
import xml.etree.ElementTree


def main():
    built, paths = sys.argv[1], sys.argv[2:]
    count = collections.Counter()
    if built != "true":
        count["failed"] += 1
    for path in paths:
        try:
            cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            print(f"{path}: {error}")
            count["failed"] += 1
            continue
        for case in cases:
            if case.find("failure") is not None:
                print(f"failed: {case.get('classname')}.{case.get('name')}")
                count["failed"] += 1
            elif case.find("skipped") is not None:
                count["skipped"] += 1
            else:
                count["passed"] += 1
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
