"""Coefficients of polynomials that make singular values one, as published."""

import numpy as np

# Jordan et al., "Muon", 2024: the five equal steps of torch.optim.Muon and optax.
MUON = [(3.4445, -4.7750, 2.0315)] * 5

# Amsel et al., "The Polar Express", arXiv 2505.16932: lowest 1e-3, with the safety
# factor 1.01; what is repeated after the eighth is the last.
POLAR_EXPRESS = [
    (8.2051, -22.9019, 16.4607), (4.0664, -2.8612, 0.5184), (3.9096, -2.8234, 0.5250),
    (3.2856, -2.4153, 0.4853), (2.2779, -1.6198, 0.3985), (1.8726, -1.2307, 0.3585),
    (1.8564, -1.2132, 0.3568), (1.875, -1.25, 0.375), (1.875, -1.25, 0.375),
    (1.875, -1.25, 0.375),
]  # fmt: skip


def polar_express(lowest, steps):
    """The greedy minimax composition of the same paper for [lowest, 1]: each step
    is the odd quintic nearest to 1 on what the one before left. Returns the
    coefficients and the largest |p - 1|.
    """
    low, high, table, error = lowest, 1.0, [], 1.0
    for _ in range(steps):
        step, error = _minimax(low, high)
        table.append(tuple(float(x) for x in step))
        low, high = 1 - error, 1 + error
        if error < 1e-12:
            break
    return table, float(error)


def _minimax(low, high):
    """(a, b, c) and E of the best odd quintic on [low, high], by Remez' exchange."""
    if low / high >= 1 - 5e-6:
        return np.array([15 / 8 / high, -10 / 8 / high**3, 3 / 8 / high**5]), 0.0
    inner = np.array([0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high])
    error = 1.0
    for _ in range(50):
        x = np.array([low, *inner, high])
        system = np.stack([x, x**3, x**5, [1, -1, 1, -1]], axis=1)
        *step, error = np.linalg.solve(system, np.ones(4))
        a, b, c = step
        root = np.sqrt(max(9 * b * b - 20 * a * c, 0.0))
        moved = np.sqrt(np.clip([(-3 * b - root) / (10 * c), (-3 * b + root) / (10 * c)], 0, None))
        moved = np.clip(np.sort(moved), low, high)
        if np.abs(moved - inner).max() < 1e-15 * high:
            break
        inner = moved
    return np.array(step), abs(error)


def steps_for(lowest, error):
    """The shortest table that makes [lowest, 1] lie within `error` of 1."""
    for steps in range(1, 20):
        table, reached = polar_express(lowest, steps)
        if reached <= error:
            return table
    raise ValueError(f"no table for {lowest} and {error}")
