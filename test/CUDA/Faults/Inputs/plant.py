"""Plants a fault in a step that steepestc --emit=cu has written, and compiles it:

    plant.py FAULT clang++ ... -c STEP -o OBJECT

A fault is a change of the text wherever a pattern is found. Where it is found nowhere
that is an error, so that no test goes on about what the compiler no longer writes."""

import re
import subprocess
import sys

# By name: the functions in which a pattern is looked for (None: everywhere), the
# pattern, and what takes its place.
FAULTS = {
    "none": (None, r"\A", ""),
    # ---- barriers of a block that are missing ----
    # Parts of a fold are added up before all warps have written theirs.
    "parts-read-early": (r"fold_warps_\w+", r" *syncThreads\(\);\n(?=  const)", ""),
    # The next fold's parts are written over those that a warp has not read yet.
    "parts-released-early": (
        r"fold_warps_\w+",
        r" *syncThreads\(\);\n(?=  return)",
        "",
    ),
    # A tile of a transpose is read before it is whole, ...
    "tile-read-early": (
        None,
        r"(transpose_f\d+\(\w+, lane\) = .*\n *\}\n *\}\n) *syncThreads\(\);\n",
        r"\1",
    ),
    # ... and the next one written over it.
    "tile-released-early": (
        None,
        r"(= transpose_f\d+\(lane, \w+\);\n *\}\n *\}\n) *syncThreads\(\);\n",
        r"\1",
    ),
    # A pivot is taken before the column before it is eliminated.
    "pivot-read-early": (
        None,
        r"(corner_f\d+\(\w+, \w+\)\) - \w+;\n *\}\n *\}\n) *syncThreads\(\);\n",
        r"\1",
    ),
    # ---- shared memory that is not free yet ----
    # A product of a chain is staged where its left factor is.
    "place-reused-early": (
        r"chain_\d+",
        r"(product_staged_f32\((\w+), \w+, )\w+(?=, nullptr)",
        r"\1\2",
    ),
    # ---- meetings of the blocks of a team ----
    "product-read-early": (
        None,
        r"( product_f\d+_\w+\([^;{]*\);\n) *team_meet\(header\);\n",
        r"\1",
    ),
    # Rows are rotated by angles that another block has yet to write, ...
    "angles-read-early": (
        r"eigh_f\d+",
        r"(\[\w+ \+ 1\] = \w+;\n *\}\n) *team_meet\(\w+\);\n",
        r"\1",
    ),
    # ... and angles are of entries that another block has yet to rotate.
    "rotation-read-early": (
        r"eigh_f\d+",
        r"team_meet\(\w+\);\n(    \}\n    \w+ = \w+ \+ 1;\n)",
        r"\1",
    ),
    # Blocks go on before the last one has folded what all have left, ...
    "fold-released-early": (
        None,
        r"(if \((\w+)\.result0\) \{\n)((?:(?!.*team_).*\n)+)"
        r"( *team_release\(header, \2\.result1\);\n)",
        r"\1\4\3",
    ),
    # ... or do not wait for it at all.
    "fold-not-waited-for": (
        None,
        r"(\} else \{\n) *team_wait\(header, \w+\.result1\);\n"
        r"(?= *\}\n *syncThreads\(\);\n *const)",
        r"\1",
    ),
    # ---- wrong counts of arrivals ----
    "one-arrival-too-many": ("team_arrive", r"== n\);", "== n + 1);"),
    "one-arrival-too-few": ("team_arrive", r"== n\);", "== n - 1);"),
    "arrivals-kept": ("team_release", r" *storeRelaxed\(address, 0\);\n", ""),
    # ---- edges that are off by one ----
    "last-element-left-out": (None, r"\+\s+255\)\s+/\s+256", "+ 254) / 256"),
    "last-part-left-out": (
        None,
        r"(; (\w+) < \w+)(; \2 \+= 256\) \{\n.*part\d*\[\2\])",
        r"\1 - 1\3",
    ),
    # ---- half of a symmetric result ----
    "no-mirror-image": (
        r"product_f\d+_\w+_symmetric",
        r"(m, n, k, 1, [01], [01], )1,",
        r"\g<1>2,",
    ),
}


def plant(fault, text):
    """The text with the fault, and in how many places."""
    functions, pattern, replacement = FAULTS[fault]
    if functions is None:
        return re.subn(pattern, replacement, text)
    count = 0

    def change(function):
        nonlocal count
        changed, places = re.subn(pattern, replacement, function[0])
        count += places
        return changed

    named = rf"STEEPEST_(?:INLINED|OUTLINED)[^(;]* {functions}\((?s:.*?)\n\}}\n"
    return re.sub(named, change, text), count


def main():
    fault, *command = sys.argv[1:]
    if fault not in FAULTS:
        sys.exit(f"plant.py: error: expects one of {', '.join(FAULTS)}, got '{fault}'")
    step = command[command.index("-c") + 1]
    with open(step, encoding="utf-8") as file:
        text, count = plant(fault, file.read())
    if count == 0:
        sys.exit(f"plant.py: error: the step has no place for '{fault}'")
    print(f"planted '{fault}' in {count} place{'s' if count > 1 else ''}", flush=True)
    with open(step, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
