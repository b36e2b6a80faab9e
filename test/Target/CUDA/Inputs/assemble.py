#!/usr/bin/env python3
"""Assembles steps and looks at what ptxas made of them.

    assemble.py PTXAS STEEPESTC SPECS ARCH,... NAME,...
    assemble.py --table PTXAS STEEPESTC SPECS ARCH,... [NAME,...]
    assemble.py --same STEEPESTC SPECS NAME,...

Fails when a kernel or a function of it spills registers or has a stack, when
ptxas warns or waits for each wgmma (the C75xx family), when a block of 256
threads has more registers than there are, and when the machine code reads or
writes local memory or something that is called is missing. Prints registers and
instructions of each step.

With --table goes on after a failure, and prints a row of Markdown for each spec
with its registers by architecture: the whole matrix takes hours of one core. A
spec is compiled once for the architectures of a family, whose PTX differs by
its version and target alone; --same compiles for each of them, and fails where
it differs by more.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(TESTS / "CUDA" / "Ptxas"))
import sass  # pylint: disable=wrong-import-position

# What an SM has, for the threads of a block.
REGISTERS, THREADS = 65536, 256

# Architectures that get the same PTX, up to its version and target.
FAMILIES = [
    {"sm_80": "8.0", "sm_86": "8.0", "sm_89": "8.0"},
    {"sm_90a": "8.0"},
    {"sm_100a": "8.6", "sm_120a": "8.7"},
]


def find_faults(report, registers, counts):
    """What is wrong with a step, by ptxas and by its machine code."""
    sizes = re.findall(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads",
        report,
    )
    if not sizes:
        yield "ptxas says nothing of spills"
    if any(number != "0" for row in sizes for number in row):
        yield "spills or a stack"
    if "warning" in report or "(C75" in report:
        yield "a warning"
    # Registers are given out in eights.
    if -(-registers // 8) * 8 * THREADS > REGISTERS:
        yield f"{registers} registers"
    if counts["LDL"] or counts["STL"]:
        yield "local memory"


def compile_spec(steepestc, spec, arch, ptx):
    """Writes the PTX for one architecture."""
    subprocess.run(
        [steepestc, "--target=cuda", f"--arch={arch}", spec, "-o", ptx], check=True
    )


def for_architecture(text, family, arch):
    """PTX of one architecture of a family, as that of another."""
    text = re.sub(r"^\.target \w+", f".target {arch}", text, flags=re.M)
    return re.sub(r"^\.version .*", f".version {family[arch]}", text, flags=re.M)


def find_differences(steepestc, spec, folder):
    """Architectures whose PTX is not what the first of their family gets."""
    ptx = pathlib.Path(folder, "step.ptx")
    for family in FAMILIES:
        first = None
        for arch in family:
            compile_spec(steepestc, spec, arch, ptx)
            text = ptx.read_text()
            first = first or text
            if text != for_architecture(first, family, arch):
                yield f"{pathlib.Path(spec).stem} is another program for {arch}"


def assemble(ptxas, steepestc, spec, arch, folder, share=False):
    """The registers of one spec's step, and what is wrong with it."""
    name = pathlib.Path(spec).stem
    ptx, cubin = os.path.join(folder, "step.ptx"), os.path.join(folder, "step.cubin")
    family = next((known for known in FAMILIES if arch in known), {arch: None})
    shared = pathlib.Path(folder, f"{name}.{next(iter(family))}.ptx")
    if share and shared.exists():
        text = for_architecture(shared.read_text(), family, arch)
        pathlib.Path(ptx).write_text(text)
    else:
        compile_spec(steepestc, spec, arch, ptx)
        if share:
            shutil.copy(ptx, shared)
    # Code that calls what is not in it is refused here.
    result = subprocess.run(
        [ptxas, "-v", f"-arch={arch}", ptx, "-o", cubin],
        capture_output=True,
        text=True,
        check=False,
    )
    report = result.stdout + result.stderr
    used = re.search(r"Used (\d+) registers", report)
    if result.returncode != 0 or not used:
        return 0, [report]
    registers, counts = int(used.group(1)), collections.Counter()
    if arch in sass.COUNTED:
        for _, kernel in sass.histogram(pathlib.Path(cubin)):
            counts += kernel
    print(f"{arch} {name}: {registers} registers, {sass.text(counts)}", flush=True)
    faults = list(find_faults(report, registers, counts))
    if not faults:
        return registers, []
    return registers, [f"{arch} {name} has {', '.join(faults)}\n{report}"]


def main():
    arguments = sys.argv[1:]
    if arguments[0] == "--same":
        steepestc, specs, names = arguments[1:]
        with tempfile.TemporaryDirectory() as folder:
            wrong = [
                difference
                for name in names.split(",")
                for difference in find_differences(
                    steepestc, os.path.join(specs, name + ".mlir"), folder
                )
            ]
        sys.exit("\n".join(wrong) or 0)
    table = arguments[0] == "--table"
    if table:
        arguments.pop(0)
    ptxas, steepestc, specs, archs, *names = arguments
    names = names or [",".join(sorted(p.stem for p in pathlib.Path(specs).glob("*.mlir")))]
    archs, wrong, total, rows = archs.split(","), [], 0, []
    with tempfile.TemporaryDirectory() as folder:
        for name in names[0].split(","):
            row = []
            for arch in archs:
                spec = os.path.join(specs, name + ".mlir")
                registers, faults = assemble(
                    ptxas, steepestc, spec, arch, folder, share=table
                )
                row.append(f"{registers}{'!' if faults else ''}")
                for fault in faults:
                    print(fault.splitlines()[0], flush=True)
                wrong += faults
                total += 1
                if faults and not table:
                    sys.exit("\n".join(faults))
            rows.append(f"| {name} | {' | '.join(row)} |")
    if table:
        print(f"| spec | {' | '.join(archs)} |\n|---{'|---' * len(archs)}|")
        print("\n".join(rows))
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{total} assembled")


if __name__ == "__main__":
    main()
