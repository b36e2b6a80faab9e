"""The core of the package: compiling, the cache, steps on NumPy arrays."""

import concurrent.futures
import contextlib
import io
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import unittest
import warnings
from unittest import mock

import numpy as np

import steepest
from steepest import cache, compiler, tools

RNG = np.random.default_rng(7)


def randoms(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


def tolerance(dtype, terms=16):
    """Rounding of a sum of so many terms of size one."""
    return terms * np.finfo(dtype).eps


SIGN = """
steepest.optimizer @sign(%w: tensor<?xf64>, %g: tensor<?xf64>) hyper(%lr: f64 = 0.5) {
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xf64>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?xf64>
  steepest.update %w = %w1 : tensor<?xf64>
}
"""


class Steps(unittest.TestCase):
    def test_the_numbers_of_sgd(self):
        sgd = steepest.compile("sgd")
        w, state = randoms(5, 7), None
        state = sgd.init(w)
        expected, m = w.astype(float), np.zeros((5, 7))
        for _ in range(3):
            g = randoms(5, 7)
            sgd.step(w, g, state, lr=0.3, beta=0.5)
            m = 0.5 * m + 0.5 * g
            expected -= 0.3 * m
        np.testing.assert_allclose(w, expected, atol=tolerance(np.float32))
        np.testing.assert_allclose(state["m"], m, atol=tolerance(np.float32))

    def test_the_numbers_of_adamw(self):
        adamw = steepest.compile("adamw")
        w = randoms(4, 3)
        state = adamw.init(w)
        expected, m, v = w.astype(float), np.zeros((4, 3)), np.zeros((4, 3))
        for t in range(1, 4):
            g = randoms(4, 3)
            adamw.step(w, g, state, lr=0.1)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g.astype(float) ** 2
            expected *= 1 - 0.1 * 0.01
            expected -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        # 1 - 0.999^t loses three digits in float32.
        np.testing.assert_allclose(w, expected, atol=1000 * tolerance(np.float32))

    def test_the_direction_of_muon_is_certified(self):
        muon = steepest.compile("muon_plain")
        w, g = randoms(24, 10), randoms(24, 10)
        report = muon.step(w, g, muon.init(w))
        (certificate,) = report
        self.assertEqual(certificate.direction.norm, "spectral")
        nuclear = np.linalg.svd(0.05 * g, compute_uv=False).sum()
        self.assertLessEqual(certificate.value, nuclear * (1 + 1e-5))
        self.assertGreaterEqual(certificate.bound, nuclear * (1 - 1e-5))
        self.assertEqual(report.gap, certificate.gap)
        self.assertIn("spectral: gap", str(report))

    def test_vectors_of_float64(self):
        sign = steepest.compile(SIGN)
        w, g = randoms(9, dtype=float), randoms(9, dtype=float)
        expected = w - 0.5 * np.sign(g)
        sign.step(w, g)
        np.testing.assert_array_equal(w, expected)

    def test_a_batch_is_as_many_problems(self):
        muon = steepest.compile("muon")
        w, g = randoms(3, 8, 6), randoms(3, 8, 6)
        one = [w[i].copy() for i in range(3)]
        state = muon.init(w)
        self.assertEqual(state["m"].shape, (3, 8, 6))
        self.assertEqual(len(muon.step(w, g, state)), 3)
        for index, single in enumerate(one):
            muon.step(single, g[index], muon.init(single))
            np.testing.assert_array_equal(w[index], single)

    def test_views_are_written_in_place(self):
        muon = steepest.compile("muon")
        wide, g = randoms(8, 20), randoms(8, 6)
        rest = wide[:, 6:].copy()
        whole = wide[:, :6].copy()
        muon.step(wide[:, :6], g, muon.init(wide[:, :6]))
        muon.step(whole, g, muon.init(whole))
        np.testing.assert_array_equal(wide[:, :6], whole)
        np.testing.assert_array_equal(wide[:, 6:], rest)

    def test_several_parameters_and_factors(self):
        modular = steepest.compile("modular")
        weights = [randoms(6, 4), randoms(5, 5), randoms(2, 3)]
        names = ["embedding", "hidden", "head"]
        state = modular.init(dict(zip(names, weights)))
        report = modular.step(
            weights, {f"g{name}": randoms(*w.shape) for name, w in zip("eho", weights)}, state
        )
        self.assertEqual(len(report), 3)
        shampoo = steepest.compile("shampoo")
        state = shampoo.init(weights[0])
        self.assertEqual((state["l"].shape, state["r"].shape), ((6, 6), (4, 4)))
        self.assertEqual(state["l"].dtype, np.float64)

    def test_any_number_of_threads_gives_the_same_bits(self):
        muon = steepest.compile("muon")
        results = []
        w, g = randoms(70, 50), randoms(70, 50)
        for threads in (1, 2, 3):
            copy = w.copy()
            muon.step(copy, g, muon.init(copy), threads=threads)
            results.append(copy)
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])

    def test_a_fork_may_step(self):
        muon = steepest.compile("muon")
        w, g = randoms(70, 50), randoms(70, 50)
        muon.step(w, g, muon.init(w), threads=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that is what is tested
            child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                muon.step(w, g, muon.init(w), threads=2)
                os._exit(0)
            os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_other_types_than_those_of_the_spec(self):
        w, g = randoms(8, 5, dtype=float), randoms(8, 5, dtype=float)
        sgd = steepest.compile("sgd", dtype="f64")
        narrow = w.astype(np.float32)
        steepest.compile("sgd").step(narrow, g.astype(np.float32), {"m": np.zeros_like(narrow)})
        expected = w - 0.1 * 0.1 * g
        sgd.step(w, g, sgd.init(w))
        np.testing.assert_allclose(w, expected, atol=tolerance(float))
        np.testing.assert_allclose(w, narrow, atol=tolerance(np.float32))

    def test_maximize(self):
        w, g = randoms(8, 5), randoms(8, 5)
        other = w.copy()
        for name in ("adamw", "muon"):
            up, down = steepest.compile(name, maximize=True), steepest.compile(name)
            up.step(w, g, up.init(w))
            down.step(other, -g, down.init(other))
            np.testing.assert_array_equal(w, other)

    def test_entries_that_step_by_themselves(self):
        """A rule that says so does the same on a tensor and on its parts."""
        entrywise = set()
        for name in steepest.shipped_specs():
            if name.endswith("bf16") or "manifold" in name or "sphere" in name:
                continue
            optimizer = steepest.compile(name)
            if not optimizer.entrywise:
                continue
            entrywise.add(name)
            w, g = randoms(6, 4), randoms(6, 4)
            parts, whole = w.copy(), optimizer.init(w)
            upper, lower = optimizer.init(parts[:2]), optimizer.init(parts[2:].reshape(1, -1))
            for _ in range(3):
                optimizer.step(w, g, whole)
                optimizer.step(parts[:2], g[:2], upper)
                optimizer.step(parts[2:].reshape(1, -1), g[2:].reshape(1, -1), lower)
            np.testing.assert_array_equal(w, parts, err_msg=name)
        self.assertLessEqual({"sgd", "adam", "adamw", "lion", "signsgd", "signum"}, entrywise)
        self.assertTrue(entrywise.isdisjoint({"muon", "nsgd", "scion_sign", "soap", "ngpt"}))

    def refused(self, pattern, *arguments, error=steepest.SteepestError, **hypers):
        """The call is refused, and no array has changed."""
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        copies = [a.copy() for a in arrays]
        with self.assertRaisesRegex(error, pattern) as caught:
            steepest.compile("adamw").step(*arguments, **hypers)
        for array, copy in zip(arrays, copies):
            np.testing.assert_array_equal(array, copy)
        return caught.exception

    def test_refusals(self):
        w, g = randoms(6, 4), randoms(6, 4)
        adamw = steepest.compile("adamw")
        state = adamw.init(w)
        step = steepest.StepError
        self.refused("'g' has elements of type f64, expected f32", w, g.astype(float), state)
        self.refused("of float32, float64 or bfloat16, got int64", w, g.astype(int), state)
        error = self.refused("'g' has shape 4x4, expected 6x4", w, g[:4], state, error=step)
        self.assertEqual(error.status, "bad_shape")
        self.refused("stride", w, np.asfortranarray(g), state, error=step)
        self.refused("'w' has 1 dimensions, expected 2, or 3", w[0], g[0], state)
        self.refused("at most a batch", w[None, None], g, state)
        self.refused("an array of NumPy, or .* DLPack, got list", [w.tolist()], [g], state)
        self.refused("expected the states m, v, power1, power2, got none", w, g, {})
        self.refused("no hyper-parameter 'momentum'; it has lr", w, g, state, momentum=1)
        self.refused("at least one thread", w, g, state, threads=-1)
        self.refused("at least one thread, got '2'", w, g, state, threads="2")
        self.refused("expected a finite number for 'lr', got '1'", w, g, state, lr="1")
        self.refused("expected a finite number for 'lr', got nan", w, g, state, lr=np.nan)
        self.refused("expected the states by name, .* got ndarray", w, g, w)
        self.refused("overlap", w, w, state, error=step)
        frozen = w.copy()
        frozen.setflags(write=False)
        self.refused("'w': expected memory that may be written", frozen, g, state)
        g[2, 1] = np.nan
        error = self.refused("holds a nan", w, g, state, error=step)
        self.assertEqual(error.status, "nonfinite")

    def test_hyper_parameters_have_defaults(self):
        muon = steepest.compile("muon")
        self.assertEqual(muon.hypers, {"lr": 0.02, "beta": 0.95, "decay": 0.0})
        w, g = randoms(6, 4), randoms(6, 4)
        other = w.copy()
        muon.step(w, g, muon.init(w))
        muon.step(other, g, muon.init(other), lr=0.02, beta=0.95, decay=0.0)
        np.testing.assert_array_equal(w, other)

    def test_dlpack(self):
        class Foreign:
            """Speaks DLPack only."""

            def __init__(self, array):
                self._array = array

            def __dlpack__(self, **options):
                return self._array.__dlpack__(**options)

        muon = steepest.compile("muon")
        w, g = randoms(6, 4), randoms(6, 4)
        other = w.copy()
        muon.step(w, g, muon.init(w))
        state = {name: Foreign(array) for name, array in muon.init(Foreign(other)).items()}
        muon.step(Foreign(other), Foreign(g), state)
        np.testing.assert_array_equal(w, other)

    def test_a_compiled_optimizer_is_not_pickled(self):
        with self.assertRaisesRegex(TypeError, "pickle its spec"):
            pickle.dumps(steepest.compile("sgd"))


class Compiling(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        patch = mock.patch.dict(os.environ, {cache.CACHE: str(self.folder / "cache")})
        patch.start()
        self.addCleanup(patch.stop)

    def entries(self):
        return [path for path in (self.folder / "cache").iterdir() if path.is_dir()]

    def test_name_path_and_text_are_one_entry(self):
        path = tools.shipped_specs()["sgd"]
        by_name = steepest.compile("sgd")
        self.assertIs(steepest.compile(path), by_name)
        self.assertIs(steepest.compile(path.read_text()), by_name)
        self.assertEqual(by_name.spec, path.read_text())
        self.assertEqual(len(self.entries()), 1)

    def test_what_makes_another_entry(self):
        keys = {steepest.compile("sgd").path}
        keys.add(steepest.compile("sgd", arch="x86-64").path)
        keys.add(steepest.compile("sgd", shapes=[(8, 8)]).path)
        keys.add(steepest.compile(tools.shipped_specs()["sgd"].read_text() + "// more").path)
        with mock.patch.object(cache, "host_processor", lambda: "another"):
            keys.add(steepest.compile("sgd").path)
        compiled = tools.find_compiler()
        other = self.folder / "other" / "bin"
        other.mkdir(parents=True)
        (other / "steepestc").write_text(f'#!/bin/sh\nexec "{compiled}" "$@"\n')
        (other / "steepestc").chmod(0o755)
        with mock.patch.dict(os.environ, {tools.COMPILER: str(other)}):
            keys.add(steepest.compile("sgd").path)
        self.assertEqual(len(keys), 6)
        self.assertEqual(len(self.entries()), 6)

    def test_processes_may_compile_the_same_at_once(self):
        script = "import steepest; print(steepest.compile('sgd').path)"

        def run(_):
            return subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True
            ).stdout

        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            paths = set(threads.map(run, range(4)))
        self.assertEqual(len(paths), 1)
        self.assertEqual(len(self.entries()), 1)
        left = [p.name for p in (self.folder / "cache").iterdir() if p.name.startswith("make-")]
        self.assertEqual(left, [])

    def test_nothing_is_left_of_a_failure(self):
        with self.assertRaises(steepest.CompileError):
            steepest.compile("steepest.optimizer @x(")
        self.assertEqual(list((self.folder / "cache").iterdir()), [])

    def test_a_cache_that_cannot_be_written(self):
        file = self.folder / "file"
        file.write_text("")
        with mock.patch.dict(os.environ, {cache.CACHE: str(file / "cache")}):
            with self.assertRaisesRegex(
                steepest.CacheError, r"can be written .* got .*file/cache: .*STEEPEST_CACHE"
            ):
                steepest.compile("sgd")

    def test_no_compiler(self):
        with mock.patch.dict(os.environ, {tools.COMPILER: "/nowhere/steepestc"}):
            with self.assertRaisesRegex(
                steepest.CompilerNotFoundError, r"STEEPEST_COMPILER is '/nowhere/steepestc'"
            ):
                steepest.compile("sgd")
        clean = {k: v for k, v in os.environ.items() if k != tools.COMPILER}
        with mock.patch.dict(os.environ, clean | {"PATH": "/nowhere"}, clear=True):
            with mock.patch.object(tools, "_TREE", self.folder):
                with self.assertRaisesRegex(steepest.CompilerNotFoundError, "expected steepestc"):
                    steepest.compile("sgd")

    def test_diagnostics_are_those_of_the_compiler(self):
        bad = self.folder / "bad.mlir"
        bad.write_text(SIGN.replace("linf", "spectral"))
        with self.assertRaises(steepest.CompileError) as caught:
            steepest.compile(bad)
        first = caught.exception.diagnostics[0]
        self.assertEqual((first.severity, first.file, first.line), ("error", str(bad), 3))
        self.assertIn("expects a matrix for the spectral norm", first.message)
        self.assertIn(f"{bad}:3:", str(caught.exception))

    def test_requests_that_make_no_sense(self):
        for pattern, arguments, options in (
            ("got 'Muon' .*; did you mean 'muon'", ["Muon"], {}),
            ("shipped are: adam, adamw", ["gradient descent"], {}),
            (r"got \['muon'\] of type list", [["muon"]], {}),
            (r"shapes such as \[\(768, 3072\)\], got 8", ["sgd"], {"shapes": (8, 8)}),
            ("a list for shapes, got '8x8'", ["sgd"], {"shapes": "8x8"}),
            ("a list for plugins, got 'x.so'", ["sgd"], {"plugins": "x.so"}),
            ("the target 'cpu' or 'cuda', got 'rocm'", ["sgd"], {"target": "rocm"}),
            ("got 'sgd2'; it has sgd", ["sgd"], {"name": "sgd2"}),
            ("name= one of sign, sign2", [SIGN + SIGN.replace("@sign", "@sign2")], {}),
            ("cannot read the plugin", ["sgd"], {"plugins": ["/nowhere.so"]}),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(steepest.SteepestError, pattern):
                steepest.compile(*arguments, **options)

    def test_one_of_several(self):
        text = SIGN + SIGN.replace("@sign", "@sign2").replace("0.5", "0.25")
        self.assertEqual(steepest.compile(text, name="sign2").hypers, {"lr": 0.25})

    def test_it_says_when_it_takes_long(self):
        said = io.StringIO()
        with mock.patch.object(compiler, "PATIENCE", 0.001), contextlib.redirect_stderr(said):
            steepest.compile("sgd")
        self.assertRegex(
            said.getvalue(), r"steepest: compiling sgd \.\.\.\nsteepest: compiling sgd took .* s"
        )


if __name__ == "__main__":
    unittest.main()
