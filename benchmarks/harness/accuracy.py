"""How good a result is, in float64."""

import numpy as np


def relative_error(value, reference):
    """||value - reference||_F / ||reference||_F."""
    reference = np.asarray(reference, np.float64)
    return float(
        np.linalg.norm(np.asarray(value, np.float64) - reference)
        / max(np.linalg.norm(reference), 1e-300)
    )


def polynomial(gradient, coefficients, scale=None):
    """x <- a x + b x^3 + c x^5 for each (a, b, c), on the singular values of
    gradient / `scale` (its Frobenius norm), by products in float64."""
    x = np.asarray(gradient, np.float64)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (scale or np.linalg.norm(x))
    for a, b, c in coefficients:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide else x.T


def band_error(phi, gradient, lowest):
    """max |sigma - 1| over the singular values of Phi between the singular
    directions of G whose value is at least `lowest` of the largest.
    """
    if gradient.left is None:
        left, sigma, right = np.linalg.svd(
            np.asarray(gradient.value, np.float64), full_matrices=False
        )
        gradient.left, gradient.sigma, gradient.right = left, sigma, right.T
    keep = gradient.sigma >= lowest * gradient.sigma[0]
    core = gradient.left[:, keep].T @ np.asarray(phi, np.float64) @ gradient.right[:, keep]
    values = np.linalg.svd(core, compute_uv=False)
    return float(max(abs(values[0] - 1), abs(values[-1] - 1)))


class Certificate:
    """The bound of a tangent direction Phi on the Stiefel manifold at W, for the
    spectral norm: value = <G, F> with F = P_T(Phi) / max(1, ||P_T(Phi)||_2), bound
    = ||G + W X||_* for the best symmetric X at hand (any is rigorous), gap =
    (bound - value) / bound.
    """

    def __init__(self, weight, gradient, phi, multiplier=None):
        weight, gradient, phi = (np.asarray(x, np.float64) for x in (weight, gradient, phi))
        self.tangency = float(np.abs(_symmetric(weight.T @ phi)).max() * 2)
        feasible = phi - weight @ _symmetric(weight.T @ phi)
        feasible /= max(1.0, np.linalg.norm(feasible, 2))
        self.value = float(np.vdot(gradient, feasible))
        self.bound = _nuclear(gradient - weight @ _symmetric(weight.T @ gradient))
        if multiplier is not None:
            x = _symmetric(np.asarray(multiplier, np.float64))
            self.bound = min(self.bound, _nuclear(gradient + weight @ x))
        self.gap = (self.bound - self.value) / self.bound


def least_nuclear(gradient, normal, halvings=12):
    """min over lambda of ||G + lambda V||_*, which bounds <G, Phi> for all Phi with
    ||Phi||_2 <= 1 and <V, Phi> = 0; where ||V||_* = 1. It is convex in lambda with the
    derivative <V, msign(G + lambda V)>, whose sign is bisected; every value is a bound.
    """
    gradient, normal = np.asarray(gradient, np.float64), np.asarray(normal, np.float64)
    best = np.inf

    def rises(x):
        nonlocal best
        left, sigma, right = np.linalg.svd(gradient + x * normal, full_matrices=False)
        best = min(best, float(sigma.sum()))
        return np.vdot(normal, left @ right) > 0

    high = 1e-3 * np.linalg.norm(gradient)
    side = -1.0 if rises(0.0) else 1.0
    low = 0.0
    while rises(side * high) == (side < 0):
        low, high = high, 2 * high
    for _ in range(halvings):
        middle = (low + high) / 2
        if rises(side * middle) == (side < 0):
            low = middle
        else:
            high = middle
    return best


def _symmetric(x):
    return (x + x.T) / 2


def _nuclear(x):
    return float(np.linalg.svd(x, compute_uv=False).sum())
