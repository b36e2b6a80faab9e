"""Specs from keywords, and the round trip of the dialect's attributes."""

import re
import subprocess
import unittest

import numpy as np

import steepest
from steepest import attribute, build, tools
from steepest.attributes import as_attribute
from steepest.compiler import run_compiler

def canonical(text):
    """As the compiler reads it."""
    return run_compiler(["--stop-after=declare"], text, "<spec>")


def attributes_in(text):
    """All outermost attributes of the dialect in a text."""
    found, at = [], 0
    while match := re.compile(r"#steepest\.\w+").search(text, at):
        at = match.end()
        depth = 0
        if text[at : at + 1] == "<":
            while True:
                depth += {"<": 1, ">": -1}.get(text[at], 0)
                at += 1
                if not depth:
                    break
        found.append(text[match.start() : at])
    return found


def supported():
    """All members of the families that the compiler lists, plugins' aside."""
    tool = tools.find_compiler().with_name("steepest-opt")
    page = subprocess.run([tool, "--print-support"], capture_output=True, text=True, check=True)
    matrices = page.stdout.split("## Matrices")[1].split("##")[0].strip().splitlines()
    manifolds = [cell.strip() for cell in matrices[0].strip("| ").split(" | ")]
    norms = [row.split("**")[1] for row in matrices if row.startswith("| **")]
    return norms, manifolds


class RoundTrip(unittest.TestCase):
    def reread(self, text):
        """What the compiler prints is read, and the compiler reads what is printed."""
        read = canonical(text)
        again = read
        for one in attributes_in(read):
            parsed = as_attribute(one)
            self.assertEqual(as_attribute(str(parsed)), parsed)
            self.assertEqual(eval(repr(parsed)), parsed)
            again = again.replace(one, str(parsed))
        self.assertEqual(canonical(again), read)
        return read

    def test_every_norm_and_manifold(self):
        norms, manifolds = supported()
        self.assertGreater(len(norms), 20)
        self.assertGreater(len(manifolds), 15)
        operands = {"weighted_l2": {"second_moment": 0.9}, "transported": {"left": -0.5}}
        for norm in norms:
            with self.subTest(norm):
                bare = re.match(r"\w+", norm)[0]
                made = build("frobenius" if bare == "transported" else norm, **operands.get(bare, {}))
                if norm == "operator<from = linf, to = l2>":
                    with self.assertRaisesRegex(steepest.CompileError, "NP-hard"):
                        self.reread(str(made))
                    continue
                self.assertIn(f"norm(#steepest.{bare}", self.reread(str(made)))
        for manifold in manifolds[1:]:
            with self.subTest(manifold):
                bare = re.match(r"\w+", manifold)[0]
                made = build("frobenius", manifold=manifold)
                self.assertIn(f"on(#steepest.{bare}", self.reread(str(made)))

    def test_every_shipped_optimizer(self):
        for path in steepest.shipped_specs().values():
            with self.subTest(path.stem):
                self.reread(path.read_text())

    def test_what_is_no_attribute(self):
        for bad in ("", "spectral > x", "lp<3", "#x", "3", 3):
            with self.subTest(bad), self.assertRaises(steepest.SteepestError):
                as_attribute(bad)

    def test_plugins(self):
        self.assertEqual(str(attribute("acme.diamond", 2)), "#acme.diamond<2>")
        self.assertEqual(as_attribute("acme.diamond<2>"), attribute("acme.diamond", 2))


class Building(unittest.TestCase):
    def steps(self, spec, reference, count=3, shape=(6, 4), atol=1e-5):
        """The compiled spec and another optimizer make the same steps."""
        rng = np.random.default_rng(5)
        ours, theirs = spec.compile(), steepest.compile(reference)
        w = rng.standard_normal(shape).astype(np.float32)
        v = w.copy()
        mine, other = ours.init(w), theirs.init(v)
        for _ in range(count):
            g = rng.standard_normal(shape).astype(np.float32)
            ours.step(w, g, mine, lr=0.01)
            theirs.step(v, g, other, lr=0.01)
        np.testing.assert_allclose(w, v, atol=atol)

    def test_sgd(self):
        self.steps(build("frobenius", momentum=0.9, penalty=True), "sgd")

    def test_muon(self):
        norm = attribute("scaled", norm="spectral", cols=-0.5, max=0.5)
        method = attribute("polynomial", "muon", steps=5)
        self.steps(build(norm, nesterov=True, method=method, decay=0.0), "muon")

    def test_adamw(self):
        spec = build(
            "weighted_l2",
            momentum=0.9,
            second_moment=0.999,
            bias_correction=True,
            penalty=True,
            decay=0.01,
        )
        self.steps(spec, "adamw")

    def test_shampoo(self):
        spec = build("frobenius", momentum=None, left=-0.125, right=-0.125, penalty=True)
        self.steps(spec, "shampoo", atol=1e-4)

    def test_manifold_muon(self):
        spec = build(manifold="stiefel", warm_start=True, accuracy=0.01)
        optimizer = spec.compile()
        w = np.linalg.qr(np.random.default_rng(3).standard_normal((8, 5)))[0].astype(np.float32)
        report = optimizer.step(w, np.ones_like(w), optimizer.init(w))
        self.assertLessEqual(report.gap, 0.01)
        np.testing.assert_allclose(w.T @ w, np.eye(5), atol=1e-5)

    def test_layers(self):
        spec = build(
            ["spectral", "rows"],
            over="l2",
            scales=[1, 2],
            manifold=[None, "oblique_rows"],
            momentum=None,
        )
        optimizer = spec.compile()
        self.assertEqual([t.name for t in optimizer.parameters], ["w0", "w1"])
        w = [np.ones((4, 3), np.float32), np.eye(3, dtype=np.float32)]
        optimizer.step(w, [np.ones_like(w[0]), np.ones_like(w[1])])
        np.testing.assert_allclose(np.linalg.norm(w[1], axis=1), 1, atol=1e-6)

    def test_more_that_compiles(self):
        for keywords in (
            {"norm": "schatten<4>", "accuracy": "exact"},
            {"accuracy": "band<lowest = 1.0e-3, error = 1.0e-2>"},
            {"manifold": "stiefel", "method": ("dual_ascent", {"steps": 3, "step": 0.5})},
            {"manifold": "stiefel", "method": "fixed_point", "retraction": "polar"},
            {"norm": "linf", "rank": 1, "dtype": "f64"},
            {"norm": "frobenius", "left": -0.25, "factor_momentum": 0.9, "dtype": "f64"},
            {"norm": "spectral", "initial": {"m": "copy"}},
            {"norm": "spectral", "initial": {"m": 0.5}, "name": "half"},
        ):
            with self.subTest(**keywords):
                spec = build(**keywords)
                self.assertEqual(spec.compile().spec, str(spec))
                self.assertEqual(str(eval(f"{spec!r}")), str(spec))

    def test_initial_values(self):
        optimizer = build("spectral", initial={"m": "copy"}).compile()
        w = np.ones((3, 2), np.float32)
        np.testing.assert_array_equal(optimizer.init(w)["m"], w)

    def test_what_does_not_go_together(self):
        for pattern, keywords in (
            ("no decay on a manifold", {"manifold": "stiefel", "decay": 0.1}),
            ("dtype f32 or f64, got 'f16'", {"dtype": "f16"}),
            ("rank 1 or 2, got 3", {"rank": 3}),
            ("a finite number for 'lr', got nan", {"lr": float("nan")}),
            ("a finite number for 'beta', got '0.9'", {"momentum": "0.9"}),
            ("a momentum to look ahead with", {"momentum": None, "nesterov": True}),
            ("initial values of states, got 'x'", {"initial": {"x": 1.0}}),
            ("a manifold for each of 2 norms", {"norm": ["l2", "l2"], "manifold": [None]}),
            ("no method, warm start", {"norm": ["l2", "l2"], "warm_start": True}),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(steepest.SteepestError, pattern):
                build(**keywords)

    def test_the_compiler_refuses_the_rest(self):
        with self.assertRaisesRegex(steepest.CompileError, "spektral"):
            build("spektral").compile()
        with self.assertRaisesRegex(steepest.CompileError, "matri"):
            build("spectral", rank=1).compile()


if __name__ == "__main__":
    unittest.main()
