"""C calls into OpenBLAS: what NumPy users run, and the best that a careful person
writes with half products (ssyrk, ssymm)."""

import numpy as np

from harness.blas import mirror
from harness.candidates import Absent, Candidate, candidate
from peers import polynomials


def _blas(settings):
    try:
        return settings.blas
    except OSError as error:
        raise Absent(str(error)) from error


def _wide(gradient):
    """The gradient with its short side first; a transpose costs one pass."""
    rows, cols = gradient.shape
    return gradient if rows <= cols else np.ascontiguousarray(gradient.T)


class Chain:
    """Odd quintic steps on the singular values of an m x n matrix, m <= n."""

    def __init__(self, blas, shape):
        small, large = min(shape), max(shape)
        self.blas = blas
        self.x, self.y = (np.empty((small, large), np.float32) for _ in range(2))
        self.gram, self.p, self.q, self.t = (
            np.zeros((small, small), np.float32) for _ in range(4)
        )

    def load(self, gradient, norm):
        """X <- G / norm(G); "schatten4" is sharper than "frobenius" and costs half
        a product that the first step would compute anyway."""
        source = _wide(gradient)
        self.norm = norm
        np.copyto(self.x, source)
        if norm == "frobenius":
            self.x *= 1 / max(float(np.linalg.norm(self.x)), 1e-30)
        else:
            # A power of two that is near the Frobenius norm keeps the Gram product
            # away from the ends of the format.
            self.x *= 1 / max(float(np.linalg.norm(self.x)), 1e-30)
            self.blas.syrk(self.x, self.gram)
            below = np.tril(self.gram, -1)
            four = 2 * np.vdot(below, below) + np.vdot(self.gram.diagonal(), self.gram.diagonal())
            scale = 1 / np.sqrt(np.sqrt(four))
            self.x *= scale
            self.gram *= scale * scale

    def eager(self, coefficients):
        """Three full products and separate passes for the sums, as written in eager
        frameworks."""
        blas = self.blas
        for a, b, c in coefficients:
            blas.gemm(self.x, self.x, self.gram, transpose_b=True)
            blas.gemm(self.gram, self.gram, self.p)
            blas.axpby(b, self.gram, c, self.p)
            blas.gemm(self.p, self.x, self.y)
            blas.axpby(a, self.x, 1.0, self.y)
            self.x, self.y = self.y, self.x

    def careful(self, coefficients):
        """Half products, with the sums folded into them."""
        blas = self.blas
        for index, (a, b, c) in enumerate(coefficients):
            if index or self.norm == "frobenius":
                blas.syrk(self.x, self.gram)
            mirror(self.gram)
            np.copyto(self.p, self.gram)
            blas.syrk(self.gram, self.p, c, b)
            np.copyto(self.y, self.x)
            blas.symm(self.p, self.x, self.y, 1.0, a)
            self.x, self.y = self.y, self.x

    def gram_form(self, coefficients):
        """X_T = Q X_0 with Q made of m x m products alone (Dao et al., "Gram
        Newton-Schulz", 2025); commuting symmetric products are half ones."""
        blas, last = self.blas, len(coefficients) - 1
        if self.norm == "frobenius":
            blas.syrk(self.x, self.gram)
        for index, (a, b, c) in enumerate(coefficients):
            mirror(self.gram)
            np.copyto(self.p, self.gram)
            blas.syrk(self.gram, self.p, c, b)
            diagonal = np.einsum("ii->i", self.p)
            diagonal += a
            if index == 0:
                mirror(self.p)
                self.q, accumulated = self.p.copy(), None
            else:
                mirror(self.p)
                blas.symm(self.p, self.q, self.t)
                self.q, self.t = self.t, self.q
            if index < last:
                # G <- P G P; the middle product is symmetric up to rounding.
                blas.symm(self.p, self.gram, self.t)
                blas.gemm(self.t, self.p, self.gram)
        blas.gemm(self.q, self.x, self.y)
        self.x, self.y = self.y, self.x


def _chain_candidate(problem, settings, form, coefficients, norm):
    chain = Chain(_blas(settings), problem.gradient.value.shape)
    tall = problem.gradient.value.shape[0] > problem.gradient.value.shape[1]

    def run():
        chain.load(problem.gradient.value, norm)
        getattr(chain, form)(coefficients)

    return Candidate(run, lambda: (chain.x.T if tall else chain.x).copy())


@candidate("matrix", "openblas", "newton_schulz")
def newton_schulz(problem, settings, form="eager"):
    return _chain_candidate(problem, settings, form, polynomials.MUON, "frobenius")


@candidate("matrix", "openblas", "polar_express")
def polar_express(problem, settings, form="careful", lowest=1e-2, error=1.3e-2, norm="schatten4"):
    """Coefficients for the interval that is left after scaling: what the band asks
    for, divided by how far the norm can exceed the largest singular value."""
    sigma = np.linalg.svd(problem.gradient.value, compute_uv=False).astype(np.float64)
    power = 4 if norm == "schatten4" else 2
    excess = (sigma**power).sum() ** (1 / power) / sigma[0]
    table = polynomials.steps_for(lowest / excess, 0.9 * error)
    return _chain_candidate(problem, settings, form, table, norm)


@candidate("matrix", "openblas", "eigh")
def gram_eigh(problem, settings):
    """X (X^T X)^(-1/2) from the eigenvectors of the Gram matrix (LAPACK's ssyevd)."""
    blas = _blas(settings)
    source = problem.gradient.value
    tall = source.shape[0] > source.shape[1]
    small, large = min(source.shape), max(source.shape)
    gram, root, out = (np.empty((small, n), np.float32) for n in (small, small, large))

    def run():
        x = _wide(source)
        blas.syrk(x, gram)
        mirror(gram)
        values, vectors = np.linalg.eigh(gram)
        floor = np.finfo(np.float32).eps * max(values[-1], 1e-30)
        scaled = vectors * (1 / np.sqrt(np.sqrt(np.maximum(values, floor))))
        blas.syrk(np.ascontiguousarray(scaled, np.float32), root)
        blas.symm(root, x, out)

    return Candidate(run, lambda: (out.T if tall else out).copy())
