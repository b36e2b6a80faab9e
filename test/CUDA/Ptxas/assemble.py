#!/usr/bin/env python3
"""Assembles kernels of the device template and checks what ptxas made of them.

    assemble.py PTXAS ARCHITECTURE PTX PRODUCTS.DEF

For every kernel: no spills, no local memory, no more registers than its block
may have, none of the warnings of the C75xx family (wgmma serialised, setmaxnreg
ignored), and the instructions its family is about in the machine code. Prints a
line for each kernel, and fails with a message if one is not as it should be.

Launch bounds come from the table Products.def; clang has no words for them
outside of CUDA.
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile

import sass

# What an SM has; a thread of a block has no more than its share, in eights.
REGISTERS = 65536


def table(path):
    """The threads of every entry point."""
    # Solvers have no table; Solvers.h says SteepestSolverThreads.
    rows = collections.defaultdict(lambda: 256)
    for line in re.finditer(r"^STEEPEST_\w+\(([^)]*)\)", path.read_text(), re.M):
        fields = [field.strip() for field in line.group(1).split(",")]
        wgmma = fields[0].startswith("wgmma")
        rows[fields[0]] = int(fields[-3] if wgmma else fields[-2])
    return rows


def blocks_per_sm(name):
    """How many blocks registers are kept for, as Products.def has it."""
    wide = re.search("_128x(128|256)", name)
    narrow = name.startswith("mma") and not re.search("tf32|f32_as", name)
    return 1 if wide and not narrow else 2


def with_bounds(ptx, rows):
    """The text, with the launch bounds of every kernel."""

    def bounds(match):
        name = match.group(1).split("__")[0]
        return (
            f"{match.group(0)}\n.maxntid {rows[name]}\n"
            f".minnctapersm {blocks_per_sm(name)}\n"
        )

    return re.sub(r"\.entry (\w+)\([^)]*\)", bounds, ptx)


def expected_instructions(kernel):
    """Names of instructions without which a kernel is not what it should be."""
    if kernel.startswith("wgmma"):
        wide = "_f32_" in kernel or "tf32" in kernel
        return ["HGMMA", "UTMALDG", "UTMASTG"] + ([] if wide else ["STSM"])
    if kernel.startswith("panel"):
        return ["HGMMA", "UBLKCP"]
    if kernel.startswith("pack") or kernel == "stage":
        return []
    if kernel == "staged_f32":
        return ["FFMA"]
    if kernel.startswith(("newton", "staged")):
        return ["HMMA"]
    if kernel.startswith("mma"):
        wide = "_f32_as_" in kernel or "tf32" in kernel
        return ["HMMA", "LDGSTS"] + ([] if wide else ["LDSM"])
    return ["FFMA" if "f32" in kernel else "DFMA"]


def main():
    ptxas, arch, source, definitions = sys.argv[1:]
    rows = table(pathlib.Path(definitions))
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        ptx = pathlib.Path(folder, "kernels.ptx")
        cubin = pathlib.Path(folder, "kernels.cubin")
        text = pathlib.Path(source).read_text()
        ptx.write_text(with_bounds(text, rows))
        result = subprocess.run(
            [ptxas, "-v", f"-arch={arch}", ptx, "-o", cubin],
            capture_output=True,
            text=True,
            check=False,
        )
        report = result.stdout + result.stderr
        if result.returncode != 0:
            sys.exit(report)
        wrong += [
            line
            for line in report.splitlines()
            if "warning" in line or "C75" in line
        ]
        counts = dict(sass.histogram(cubin)) if arch in sass.COUNTED else {}
    kernels = re.findall(
        r"Compiling entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) "
        r"bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers",
        report,
        re.S,
    )
    if len(kernels) != len(re.findall(r"\.entry ", text)):
        sys.exit(f"ptxas reports {len(kernels)} kernels\n{report}")
    for name, stack, stores, loads, registers in kernels:
        share = REGISTERS // (rows[name.split("__")[0]] * blocks_per_sm(name))
        cap = min(255, share // 8 * 8)
        count = counts.get(name, {})
        print(
            f"{arch} {name}: {registers} of {cap} registers,",
            sass.text(count),
        )
        if int(stack) or int(stores) or int(loads):
            wrong.append(f"{name} has {stack} bytes of stack, spills {stores}")
        if int(registers) > cap:
            wrong.append(f"{name} has {registers} registers, more than {cap}")
        if count:
            wrong += [
                f"{name} has no {instruction}"
                for instruction in expected_instructions(name)
                if not count.get(instruction)
            ]
            if count.get("LDL") or count.get("STL"):
                wrong.append(f"{name} uses local memory")
    print(f"{arch}: {len(kernels)} kernels")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
