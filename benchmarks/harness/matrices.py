"""Gradients and weights whose singular values are known."""

import numpy as np


class Gradient:
    """G = U diag(sigma) V^T in float32, and its factors in float64 where the kind
    gives them (`left` is None otherwise)."""

    def __init__(self, rows, cols, kind, lowest=1e-2, seed=1):
        random = np.random.default_rng(seed)
        small = min(rows, cols)
        self.left = self.right = self.sigma = None
        if kind == "gaussian":
            self.value = random.standard_normal((rows, cols), np.float32)
            return
        if kind == "low_rank":
            rank = max(1, small // 8)
            value = random.standard_normal((rows, rank)) @ random.standard_normal((rank, cols))
            value += 1e-3 * random.standard_normal((rows, cols))
            self.value = value.astype(np.float32)
            return
        if kind == "decay":
            self.sigma = np.geomspace(1, 1e-4, small)
        elif kind == "spectrum":
            self.sigma = np.geomspace(1, lowest, small)
        else:
            raise ValueError(
                f"expected gaussian, low_rank, decay or spectrum, got '{kind}'"
            )
        self.left = orthonormal(rows, small, random)
        self.right = orthonormal(cols, small, random)
        self.value = ((self.left * self.sigma) @ self.right.T).astype(np.float32)


def orthonormal(rows, cols, random):
    """Uniformly distributed orthonormal columns, in float64."""
    q, r = np.linalg.qr(random.standard_normal((rows, cols)))
    return q * np.sign(np.diag(r))
