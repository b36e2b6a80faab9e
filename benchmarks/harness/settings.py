"""What one run of the benchmarks was asked for."""

import functools
import os
import pathlib
import tempfile

import steepest
from harness.blas import Blas
from harness.candidates import Absent

FOLDER = pathlib.Path(__file__).resolve().parent.parent


class Settings:
    def __init__(self, build, threads, quick=False, blas=None, rounds=None, clock="wall", slow=False, case=None):
        self.build = pathlib.Path(build)
        self.threads, self.quick, self.rounds = threads, quick, rounds
        self.blas_path, self.clock = blas, clock
        self.slow, self.case = slow, case
        self._folder = tempfile.TemporaryDirectory(prefix="steepest-benchmarks-")
        self._optimizers = {}
        os.environ["STEEPEST_COMPILER"] = str(self.steepestc)
        os.environ["STEEPEST_CACHE"] = self._folder.name

    @property
    def steepestc(self):
        return self.build / "bin" / "steepestc"

    @functools.cached_property
    def blas(self):
        return Blas(self.threads, self.blas_path)

    def optimizer(self, spec):
        """The compiled optimizer of a spec, named by its path under benchmarks/."""
        if spec not in self._optimizers:
            path = (FOLDER / spec).resolve()
            if not path.exists():
                raise Absent(f"the spec {spec} is not there")
            try:
                self._optimizers[spec] = steepest.compile(path)
            except steepest.CompileError as error:
                raise Absent(f"{spec} does not compile: {str(error).splitlines()[0]}") from error
        return self._optimizers[spec]
