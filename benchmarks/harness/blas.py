"""OpenBLAS by its C interface: what a C program would call, without NumPy's
checks and copies. NumPy's own wheel brings a newer and threaded OpenBLAS, which is
preferred; Debian's is the other choice.
"""

import ctypes as c
import glob
import os

import numpy as np

_ROW_MAJOR, _NO_TRANSPOSE, _TRANSPOSE, _LOWER, _LEFT = 101, 111, 112, 122, 141


def _candidates(path):
    """(path, prefix, suffix, integer) of the libraries to try."""
    if path:
        yield path, "", "", c.c_int32
        yield path, "scipy_", "64_", c.c_int64
        return
    site = os.path.dirname(os.path.dirname(np.__file__))
    for library in sorted(glob.glob(os.path.join(site, "numpy.libs", "libscipy_openblas64_*"))):
        yield library, "scipy_", "64_", c.c_int64
    for library in (
        "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
        "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0",
        "libopenblas.so.0",
    ):
        yield library, "", "", c.c_int32


class Blas:
    """sgemm, ssyrk and ssymm on contiguous float32 matrices, into given results."""

    def __init__(self, threads, path=None):
        for library, prefix, suffix, integer in _candidates(path):
            try:
                loaded = c.CDLL(library)
                self._get = lambda n, l=loaded, p=prefix, s=suffix: getattr(l, p + n + s)
                self._get("cblas_sgemm")
                break
            except (OSError, AttributeError):
                continue
        else:
            raise OSError("no OpenBLAS found")
        corename = self._get("openblas_get_corename")
        corename.restype = c.c_char_p
        config = self._get("openblas_get_config")
        config.restype = c.c_char_p
        self._get("openblas_set_num_threads")(c.c_int(threads))
        self.threads = self._get("openblas_get_num_threads")()
        self.description = f"{config().decode().split(' NO_')[0]} ({corename().decode()})"
        f, p, i = c.c_float, c.c_void_p, integer
        self._gemm = self._get("cblas_sgemm")
        self._gemm.argtypes = [c.c_int] * 3 + [i] * 3 + [f, p, i, p, i, f, p, i]
        self._syrk = self._get("cblas_ssyrk")
        self._syrk.argtypes = [c.c_int] * 3 + [i] * 2 + [f, p, i, f, p, i]
        self._symm = self._get("cblas_ssymm")
        self._symm.argtypes = [c.c_int] * 3 + [i] * 2 + [f, p, i, p, i, f, p, i]
        self._axpby = self._get("cblas_saxpby")
        self._axpby.argtypes = [i, f, p, i, f, p, i]

    def gemm(self, a, b, out, alpha=1.0, beta=0.0, transpose_b=False):
        """out = alpha a op(b) + beta out."""
        rows, inner = a.shape
        cols = out.shape[1]
        self._gemm(
            _ROW_MAJOR, _NO_TRANSPOSE, _TRANSPOSE if transpose_b else _NO_TRANSPOSE,
            rows, cols, inner, alpha, a.ctypes.data, inner, b.ctypes.data, b.shape[1],
            beta, out.ctypes.data, cols,
        )  # fmt: skip

    def syrk(self, a, out, alpha=1.0, beta=0.0):
        """The lower triangle of out = alpha a a^T + beta out."""
        rows, inner = a.shape
        self._syrk(
            _ROW_MAJOR, _LOWER, _NO_TRANSPOSE, rows, inner, alpha, a.ctypes.data, inner,
            beta, out.ctypes.data, rows,
        )  # fmt: skip

    def symm(self, a, b, out, alpha=1.0, beta=0.0):
        """out = alpha a b + beta out, with a symmetric and read below its diagonal."""
        rows, cols = b.shape
        self._symm(
            _ROW_MAJOR, _LEFT, _LOWER, rows, cols, alpha, a.ctypes.data, rows,
            b.ctypes.data, cols, beta, out.ctypes.data, cols,
        )  # fmt: skip

    def axpby(self, alpha, x, beta, y):
        """y = alpha x + beta y."""
        self._axpby(x.size, alpha, x.ctypes.data, 1, beta, y.ctypes.data, 1)


def mirror(a, block=128):
    """Copies the lower triangle of `a` into the upper one, block by block, so that
    neither side misses the cache on every element.
    """
    size = len(a)
    for begin in range(0, size, block):
        end = min(begin + block, size)
        a[begin:end, end:] = a[end:, begin:end].T
        corner = a[begin:end, begin:end]
        corner[...] = np.tril(corner) + np.tril(corner, -1).T
