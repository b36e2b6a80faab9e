"""Dualizes matrices whose singular values are known, by the directions of
examples/figures/schatten.mlir in float64, and prints what became of the values.

known-spectra.py STEEPEST-RUN FIGURES FOLDER"""

import sys

import numpy as np

tool, figures, folder = sys.argv[1:]
sys.path.insert(0, figures)
import collect  # noqa: E402  (found through the path above)
import spectra  # noqa: E402

with open(f"{figures}/schatten.mlir", encoding="utf-8") as file:
    text = file.read().replace("f32", "f64")
spec = f"{folder}/schatten-f64.mlir"
with open(spec, "w", encoding="utf-8") as file:
    file.write(text)

random = np.random.default_rng(1)
SPECTRA = {
    "harmonic": 1 / np.arange(1, 65),
    "geometric": np.geomspace(1, 1e-4, 64),
}


def with_values(values):
    """A 96 x 64 matrix with these singular values."""
    u = np.linalg.qr(random.standard_normal((96, 64)))[0]
    v = np.linalg.qr(random.standard_normal((64, 64)))[0]
    return (u * values) @ v.T


phi = collect.directions(
    tool, spec, np.stack([with_values(values) for values in SPECTRA.values()])
)
for i, name in enumerate(SPECTRA):
    for p in spectra.EXPONENTS:
        t = np.linalg.svd(phi[p][i], compute_uv=False)
        numbers = spectra.statistics(phi[p][i])
        print(
            f"{name} p={p}: mean {numbers['mean']:.5f}, "
            f"variance {numbers['variance']:.3e}, "
            f"stable rank {numbers['stable_rank']:.4f}, ratio {t[-1] / t[0]:.4f}"
        )
