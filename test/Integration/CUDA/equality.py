#!/usr/bin/env python3
"""Device, CPU model of an SM and CPU, for a number of optimizers.

    equality.py DEVICE.PY STEEPESTC SPECS MOCK FOLDER [--driver DRIVER] [--arch sm_80,sm_90a]

Compiles each spec three ways into FOLDER and compares their steps: the device with the
model and with the CPU, a replayed graph and a list with single steps, to the bit. With
`--driver` the mock's and `--arch model` it is its own test.
"""

import argparse
import pathlib
import subprocess
import sys

# Elementwise, of rows and columns, products in f32 and bf16, eigen-decompositions,
# fractions, storage in bf16.
OPTIMIZERS = {
    "adamw": ["150x41", "1x1"],
    "adamw_bf16": ["33x40"],
    "signum": ["64x80"],
    "nsgd": ["150x41"],
    "scion_row": ["40x64"],
    "muon": ["150x41", "16x24"],
    "muon_bf16": ["48x64"],
    "shampoo": ["24x16"],
    "schatten": ["24x16"],
    "normuon": ["24x16"],
}


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("device", type=pathlib.Path)
    parser.add_argument("steepestc")
    parser.add_argument("specs", type=pathlib.Path)
    parser.add_argument("mock")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--driver", default="libcuda.so.1")
    parser.add_argument("--arch", default="sm_80,sm_90a")
    parser.add_argument("--only", nargs="*", default=list(OPTIMIZERS))
    line = parser.parse_args()

    def run(*command: object) -> None:
        result = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False
        )
        if result.returncode:
            text = " ".join(map(str, command))
            sys.exit(f"{text}\n{result.stdout}{result.stderr}")

    def compile(name: str, where: str, *options: str) -> pathlib.Path:  # noqa: A001
        library = line.folder / f"{name}-{where}.so"
        run(line.steepestc, line.specs / f"{name}.mlir", *options, "-o", library)
        return library

    def step(name: str, library: pathlib.Path, driver: str, shape: str, *options: str) -> object:
        dump = line.folder / f"{library.stem}-{shape}{''.join(options)}"
        run(
            sys.executable, "-B", line.device, "run", library, name, "--driver", driver,
            "--shape", shape, "--dump", dump, *options,
        )
        return dump

    def compare(*files: object, exact: bool = False) -> None:
        options = ["--exact"] if exact else []
        run(sys.executable, "-B", line.device, "compare", *options, *files)

    for name in line.only:
        cpu = compile(name, "cpu")
        model = compile(name, "model", "--target=cuda", "--arch=model")
        device = compile(name, "device", "--target=cuda", f"--arch={line.arch}")
        for shape in OPTIMIZERS[name]:
            own = step(name, device, line.driver, shape)
            compare(step(name, model, line.mock, shape), own)
            # Products of bf16 differ from a CPU's by more than is compared to here.
            if name != "muon_bf16":
                compare(step(name, cpu, "cpu", shape), own)
            compare(own, step(name, device, line.driver, shape, "--replay"), exact=True)
            compare(
                step(name, device, line.driver, shape, "--list"),
                step(name, device, line.driver, shape, "--list", "--replay"),
                exact=True,
            )
    print(f"{len(line.only)} optimizers equal")


if __name__ == "__main__":
    main()
