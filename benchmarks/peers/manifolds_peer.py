"""Published solvers for the directions of manifold Muon and of the spectral sphere
optimizer, written from their descriptions, on the products of NumPy (OpenBLAS) or
of PyTorch.

    maximise <G, Phi>  subject to  ||Phi||_2 <= 1,  W^T Phi + Phi^T W = 0

The dual is the nuclear norm of Z = G + W X over symmetric X; Phi = msign(Z). Steps
in units of the mean singular value of G are not published: they are what keeps the
published ones meaningful when G is scaled, and serve as the stronger peer.
"""

import numpy as np

from harness.candidates import Candidate, candidate
from peers import polynomials, torch_peer


class _NumPy:
    """float32 products of OpenBLAS."""

    def array(self, x):
        return np.ascontiguousarray(x, np.float32)

    def msign(self, x, steps):
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x
        x = x / np.float32(1.01 * np.linalg.norm(x) + 1e-30)
        for a, b, c in polynomials.POLAR_EXPRESS[:steps]:
            gram = x @ x.T
            x = np.float32(a) * x + (np.float32(b) * gram + np.float32(c) * (gram @ gram)) @ x
        return x.T if tall else x

    def identity(self, n):
        return np.eye(n, dtype=np.float32)

    def numpy(self, x):
        return np.array(x, np.float32)


class _Torch:
    """PyTorch's products; msign in bfloat16, as published code runs it, or float32."""

    def __init__(self, torch, dtype):
        self.torch, self.dtype = torch, getattr(torch, dtype)

    def array(self, x):
        return self.torch.from_numpy(np.ascontiguousarray(x, np.float32))

    def msign(self, x, steps):
        table = polynomials.POLAR_EXPRESS[:steps]
        return torch_peer.steps(self.torch, x, table, self.dtype, 1.01).float()

    def identity(self, n):
        return self.torch.eye(n)

    def numpy(self, x):
        return x.numpy().copy()


def _arrays(library, settings, dtype):
    return _NumPy() if library == "numpy" else _Torch(torch_peer.load(settings), dtype)


def _prepare(problem, settings, library, dtype, solve):
    ops = _arrays(library, settings, dtype)
    weight, gradient = ops.array(problem.weight), ops.array(problem.gradient.value)
    kept = {}

    def run():
        kept["phi"], kept["x"] = solve(ops, weight, gradient)

    return Candidate(
        run, lambda: ops.numpy(kept["phi"]), certificate=lambda: ops.numpy(kept["x"])
    )  # fmt: skip


def _mean_singular_value(ops, gradient, steps):
    return float((ops.msign(gradient, steps) * gradient).sum()) / min(gradient.shape)


@candidate("manifold", "manifolds", "dual_ascent")
def dual_ascent(
    problem, settings, steps=100, rate=0.01, scaled=False, msign_steps=10, library="numpy",
    dtype="bfloat16",
):  # fmt: skip
    """Thinking Machines, "Modular manifolds", 2025: L <- L - rate (1 - k / K) H with
    H = W^T A + A^T W, A = msign(G + 2 W L), L_0 = -(W^T G + G^T W) / 4, K steps.
    `scaled`: the rate in units of the mean singular value of G.
    """

    def solve(ops, w, g):
        product = w.T @ g
        multiplier = -(product + product.T) * 0.25
        unit = rate * (_mean_singular_value(ops, g, msign_steps) if scaled else 1.0)
        for step in range(steps):
            phi = ops.msign(g + 2 * (w @ multiplier), msign_steps)
            product = w.T @ phi
            residual = product + product.T
            if float((residual * residual).mean()) < 1e-12:
                break
            multiplier = multiplier - (unit * (1 - step / steps)) * residual
        phi = ops.msign(g + 2 * (w @ multiplier), msign_steps)
        return phi, 2 * multiplier

    return _prepare(problem, settings, library, dtype, solve)


@candidate("manifold", "manifolds", "admm")
def admm(
    problem, settings, steps=10, penalty=4.0, scaled=False, msign_steps=10, library="numpy",
    dtype="bfloat16",
):  # fmt: skip
    """Buchanan, "A faster manifold Muon with ADMM", 2025: minimise ||X||_* subject to
    X = G + 2 W L, singular values soft-thresholded by two msigns a step. `scaled`:
    the penalty over the mean singular value of G.
    """

    def threshold(ops, m, level):
        """(M - level msign M)(I + msign(M^T M - level^2 I)) / 2."""
        identity = ops.identity(m.shape[1])
        sign = ops.msign(m.T @ m - level**2 * identity, msign_steps)
        return (0.5 * (m - level * ops.msign(m, msign_steps))) @ (identity + sign)

    def solve(ops, w, g):
        rho = penalty / (_mean_singular_value(ops, g, msign_steps) if scaled else 1.0)
        product = w.T @ g
        multiplier = -(product + product.T) * 0.25
        x = g + 2 * (w @ multiplier)
        dual = 0 * g
        for _ in range(steps):
            product = w.T @ (dual / rho + x - g)
            multiplier = (product + product.T) * 0.25
            target = g + 2 * (w @ multiplier)
            x = threshold(ops, target - dual / rho, 1 / rho)
            dual = dual + rho * (x - target)
        phi = ops.msign(g + 2 * (w @ multiplier), msign_steps)
        return phi, 2 * multiplier

    return _prepare(problem, settings, library, dtype, solve)


@candidate("sphere", "manifolds", "bisection")
def bisection(
    problem, settings, expansions=10, halvings=20, tolerated=2e-4, msign_steps=8, power_steps=20,
    library="numpy", dtype="bfloat16",
):  # fmt: skip
    """Xie et al., "Spectral sphere optimizer", arXiv 2601.08393: a bracket by
    doubling from 1e-3, then halving, of <Theta, msign(G + lambda Theta)> = 0, with
    Theta = u v^T of the largest singular value of W by power iteration and G of
    Frobenius norm one. The first factor is kept from step to step there; here it
    starts from the sum of the columns of W.
    """

    def solve(ops, w, g):
        norm = float((g * g).sum()) ** 0.5
        g = g / norm
        v = w.sum(0)
        for _ in range(power_steps):
            v = w.T @ (w @ v)
            v = v / float((v * v).sum()) ** 0.5
        u = w @ v
        u = u / float((u * u).sum()) ** 0.5
        theta = u[:, None] * v[None, :]

        def evaluate(multiplier):
            phi = ops.msign(g + multiplier * theta, msign_steps)
            return phi, float((theta * phi).sum())

        phi, value = evaluate(0.0)
        low = high = 0.0
        if abs(value) > tolerated:
            step = -1e-3 if value > 0 else 1e-3
            first = value
            for _ in range(expansions):
                phi, value = evaluate(step)
                if value * first <= 0 or abs(value) <= tolerated:
                    break
                step *= 2
            low, high = min(0.0, step), max(0.0, step)
            middle = step
            for _ in range(halvings):
                if abs(value) <= tolerated:
                    break
                middle = (low + high) / 2
                phi, value = evaluate(middle)
                low, high = (low, middle) if value > 0 else (middle, high)
            high = middle
        # In units of the gradient that was given; the residual stays in Phi.
        return phi, ops.array(np.array([[high * norm]]))

    return _prepare(problem, settings, library, dtype, solve)
