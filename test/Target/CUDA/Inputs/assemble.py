"""Assembles steps and looks for what ptxas says of them.

    assemble.py PTXAS STEEPESTC SPECS ARCH,... NAME,...

Fails when a kernel or a function of it spills registers or has a stack.
"""

import os
import re
import subprocess
import sys
import tempfile


def assemble(ptxas, steepestc, spec, arch, folder):
    """What is wrong with the code of one spec for one architecture."""
    ptx = os.path.join(folder, "step.ptx")
    subprocess.run(
        [steepestc, "--target=cuda", f"--arch={arch}", spec, "-o", ptx], check=True
    )
    result = subprocess.run(
        [ptxas, "-v", f"-arch={arch}", ptx, "-o", os.devnull],
        capture_output=True,
        text=True,
        check=False,
    )
    report = result.stdout + result.stderr
    if result.returncode != 0 or "warning" in report:
        return [report]
    counts = re.findall(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads",
        report,
    )
    if not counts:
        return ["ptxas says nothing of spills:\n" + report]
    registers = re.search(r"Used (\d+) registers", report).group(1)
    print(f"{arch} {os.path.basename(spec)}: {registers} registers")
    return [report] if any(number != "0" for row in counts for number in row) else []


def main():
    ptxas, steepestc, specs, archs, names = sys.argv[1:]
    wrong, total = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names.split(","):
            for arch in archs.split(","):
                spec = os.path.join(specs, name + ".mlir")
                wrong += assemble(ptxas, steepestc, spec, arch, folder)
                total += 1
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{total} assembled")


if __name__ == "__main__":
    main()
