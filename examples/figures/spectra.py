"""Directions of steepest descent under Schatten-p norms by NumPy's singular value
decomposition, and the numbers that the figures draw."""

import numpy as np

# The norms of schatten.mlir, each a state phi_P of it.
EXPONENTS = ["2", "3", "4", "6", "8", "12", "16", "24", "32", "48", "64", "inf"]

# Steepest treats singular values below this share of the largest one as zero
# (lib/Transforms/LowerSpectral/GramFunctions.cpp).
NOISE = 1e-6


def ranks(values):
    """The numbers of singular values above the noise: all that are possible when
    a value at the threshold may count or not."""
    shares = values / values[0] / NOISE
    return range(np.sum(shares > 1.001), np.sum(shares > 0.999) + 1)


def schatten(p, u, values, vt, rank):
    """U diag(s^(q-1)) V^T / ||s||_q^(q-1) over the first `rank` values, where
    1/p + 1/q = 1 and so q - 1 = 1/(p - 1)."""
    exponent = 1 / (float(p) - 1)
    # The direction does not depend on the scale, and powers of 1 do not overflow.
    s = values[:rank] / values[0]
    t = s**exponent / np.sum(s ** (exponent + 1)) ** (exponent / (exponent + 1))
    return (u[:, :rank] * t) @ vt[:rank]


def muon(g):
    """Five steps of Jordan's polynomial from g / ||g||_F."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / np.linalg.norm(g)
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


def difference(name, direction, g, svd):
    """How far a direction is from NumPy's, relative to the latter."""
    if name == "muon":
        expected = [muon(g)]
    else:
        expected = [schatten(name, *svd, rank) for rank in ranks(svd[1])]
    return min(np.linalg.norm(direction - e) / np.linalg.norm(e) for e in expected)


def statistics(direction):
    """Of the singular values t of a direction; with ||.||_F and ||.||_2."""
    t = np.linalg.svd(direction, compute_uv=False)
    frobenius = np.sqrt(np.sum(t * t))
    return {
        "mean": np.mean(t),
        "variance": np.var(t),
        "stable_rank": (frobenius / t[0]) ** 2,
        "frobenius": frobenius,
        "spectral": t[0],
    }
