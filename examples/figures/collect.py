"""Dualizes the gradients of a training run with Steepest and writes what happens
to their singular values as a table (CSV).

    collect.py --run FOLDER --output schatten.csv [--tool build/bin/steepest-run]

FOLDER is what `fashion-mnist --save` wrote for one optimizer that keeps its
momentum in a state `m`. Every direction is compared with NumPy's; one that
differs is an error, and then nothing is written.
"""

import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import spectra

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = {"gradient": "g", "momentum": "m"}
FIELDS = (
    "layer rows cols step source p rank log_variance mean variance stable_rank "
    "frobenius_size spectral_size"
).split()


def saved_steps(folder):
    """The steps and layers in the names NAME-STEP-weightLAYER-g.npy."""
    found = {}
    for path in sorted(folder.glob("*-g.npy")):
        name = re.fullmatch(r"(\w+)-(\d+)-weight(\d+)-g\.npy", path.name)
        if name:
            found.setdefault(int(name[3]), []).append((int(name[2]), name[1]))
    if not found:
        sys.exit(f"collect.py: error: no gradients in {folder}")
    return {layer: sorted(steps) for layer, steps in sorted(found.items())}


def directions(tool, spec, batch):
    """The directions of a batch of gradients, by the name of their norm."""
    names = spectra.EXPONENTS + ["muon"]
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/g.npy", batch)
        # NumPy compares, in place of the tool's own reference.
        command = [tool, spec, "--no-reference", "--case", "x".join(map(str, batch.shape))]
        command += ["--set", f"g={folder}/g.npy"]
        for name in names:
            command += ["--save", f"phi_{name}={folder}/{name}.npy"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"collect.py: error: {tool} failed\n{done.stdout}{done.stderr}")
        return {
            name: np.load(f"{folder}/{name}.npy").astype(np.float64) for name in names
        }


def rows_of(layer, keys, gradients, weights, phi):
    """The lines of one layer, and the largest difference from NumPy."""
    worst = (0.0, "")
    rows = []
    for i, (step, source) in enumerate(keys):
        g = gradients[i].astype(np.float64)
        svd = np.linalg.svd(g, full_matrices=False)
        rank = spectra.ranks(svd[1])[0]
        for p, batch in phi.items():
            off = spectra.difference(p, batch[i], g, svd)
            worst = max(worst, (off, f"p = {p}, layer {layer}, step {step}, {source}"))
            numbers = spectra.statistics(batch[i])
            numbers["log_variance"] = np.var(np.log(svd[1][:rank]))
            weight = weights[step].astype(np.float64)
            numbers["frobenius_size"] = numbers["frobenius"] / np.linalg.norm(weight)
            numbers["spectral_size"] = numbers["spectral"] / np.linalg.norm(weight, 2)
            row = {"layer": layer, "rows": g.shape[0], "cols": g.shape[1]}
            row |= {"step": step, "source": source, "p": p, "rank": rank}
            row |= {f: f"{numbers[f]:.6g}" for f in FIELDS if f in numbers}
            rows.append(row)
    return rows, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--tool", default="build/bin/steepest-run")
    parser.add_argument("--spec", default=str(HERE / "schatten.mlir"))
    # Directions are float32; at the noise threshold a Gram matrix in float64
    # knows a singular value to 2e-4.
    parser.add_argument("--tolerance", type=float, default=1e-3)
    options = parser.parse_args()

    table, worst = [], (0.0, "")
    for layer, steps in saved_steps(options.run).items():

        def load(step, name, tensor, layer=layer):
            return np.load(options.run / f"{name}-{step}-weight{layer}-{tensor}.npy")

        keys = [(step, source) for step, _ in steps for source in SOURCES]
        batch = np.stack(
            [load(*step, tensor) for step in steps for tensor in SOURCES.values()]
        )
        weights = {step: load(step, name, "w") for step, name in steps}
        phi = directions(options.tool, options.spec, batch)
        rows, off = rows_of(layer, keys, batch, weights, phi)
        table += rows
        worst = max(worst, off)

    print(
        f"{len(table)} directions; the largest relative difference from NumPy's is "
        f"{worst[0]:.1e} ({worst[1]})"
    )
    if not worst[0] <= options.tolerance:
        sys.exit(f"collect.py: error: expects at most {options.tolerance:g}")
    with open(options.output, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
