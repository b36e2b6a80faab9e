"""Bad input raises what says why, and changes nothing."""

import copy
import math
import unittest
import warnings

import torch
from problems import Same, copies

import steepest
from steepest.torch import Optimizer


#: Has a state that is a number.
SCALAR_STATE = """
steepest.optimizer @counted(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%p: f32 = 1.0) hyper(%lr: f32 = 0.1) {
  %half = arith.constant 0.5 : f32
  %p1 = arith.mulf %p, %half : f32
  %w1 = steepest.descend %w, %g, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %p = %p1 : tensor<?x?xf32>, f32
}
"""


class Refusals(Same):
    """Bad input raises what says why, and changes nothing."""

    def refused(self, pattern, parameters, change, name="adamw", error=steepest.SteepestError):
        optimizer = Optimizer([{"params": parameters}], name)
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        before = copies(parameters)
        states = copy.deepcopy(optimizer.state_dict()["state"])
        change(parameters[-1])
        with self.assertRaisesRegex(error, pattern):
            optimizer.step()
        self.assertSame([p[: len(b)] for p, b in zip(parameters, before)], before)
        for key, state in optimizer.state_dict()["state"].items():
            self.assertSame(state.values(), states[key].values())

    def parameters(self):
        return [torch.nn.Parameter(torch.randn(4, 3)) for _ in range(2)]

    def test_gradients(self):
        def sparse(p):
            p.grad = torch.ones(4, 3).to_sparse()

        def turned(p):
            p.grad = torch.ones(3, 4).T

        def wide(p):
            p.grad_dtype = None
            p.grad = torch.ones(4, 3, dtype=torch.float64)

        self.refused("parameter 1 is torch.sparse_coo, expected a dense", self.parameters(), sparse)
        self.refused("dtype torch.float64, expected torch.float32", self.parameters(), wide)
        self.refused(r"parameter 1: expected the strides of its parameter", self.parameters(), turned)

    def test_a_parameter_that_changed_under_its_gradient(self):
        def grown(p):
            grad, p.grad = p.grad, None
            p.data = torch.cat([p.data, torch.zeros(2, 3)])
            p.grad = torch.ones(6, 3)

        self.refused(r"expected shape \(6, 3\), got \(4, 3\)", self.parameters(), grown)

    def test_a_nan_stops_its_parameter_alone(self):
        parameters = self.parameters()
        optimizer = Optimizer([{"params": parameters}], "muon")
        before = copies(parameters)
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        parameters[0].grad[1, 1] = math.nan
        with self.assertRaisesRegex(steepest.StepError, r"parameter 0 \(muon\): .* nan") as caught:
            optimizer.step()
        self.assertEqual(caught.exception.status, "nonfinite")
        self.assertSame(parameters[:1], before[:1])
        self.assertFalse(torch.equal(parameters[1], before[1]))

    def test_parameters(self):
        Parameter = torch.nn.Parameter
        leaf = torch.ones(2, 2, requires_grad=True)
        for pattern, params, name, error in (
            ("real numbers, got torch.complex64", [Parameter(torch.ones(2, 2) + 0j)], "adamw", None),
            ("can't optimize a non-leaf Tensor", [leaf * 1], "adamw", ValueError),
            ("empty parameter list", [], "adamw", ValueError),
            ("expected an iterable of parameters", leaf, "adamw", TypeError),
            ("several|appear in more than one", [leaf, leaf], "adamw", ValueError),
        ):
            with self.subTest(pattern), warnings.catch_warnings():
                warnings.simplefilter("error")
                with self.assertRaisesRegex(
                    error or steepest.SteepestError, pattern
                ) if error is not ValueError or "more than" not in pattern else self.assertRaises(
                    (ValueError, UserWarning)
                ):
                    Optimizer(params if isinstance(params, torch.Tensor) else list(params), name)

    def test_what_a_rule_cannot_step(self):
        for pattern, tensor, name in (
            ("has 1 dimensions, but muon is for matrices", torch.ones(3), "muon"),
            ("float32, float64 or bfloat16, got torch.float16", torch.ones(2, 2).half(), "muon"),
            ("expected rows that are contiguous", torch.ones(3, 2).T, "muon"),
            ("memory without holes", torch.ones(3, 4)[:, ::2], "adamw"),
            ("expected a rule of one parameter", torch.ones(3, 4), "modular"),
            ("on the device meta", torch.ones(3, 4, device="meta"), "muon"),
            ("adamw_bf16 is for parameters of bfloat16", torch.ones(3, 4), "adamw_bf16"),
        ):
            with self.subTest(pattern):
                parameter = torch.nn.Parameter(tensor)
                optimizer = Optimizer([{"params": [parameter]}], name)
                parameter.grad = torch.empty_like(parameter).fill_(1)
                before = parameter.detach().clone()
                with self.assertRaisesRegex(steepest.SteepestError, pattern):
                    optimizer.step()
                if parameter.device.type != "meta":
                    self.assertSame([parameter], [before])
                self.assertEqual(len(optimizer.state), 0)

    def test_other_devices(self):
        class Elsewhere(torch.nn.Parameter):
            """Says that it is on a device that there may be none of here."""

            @property
            def device(self):
                return torch.device("xpu:0")

        with self.assertRaisesRegex(
            steepest.SteepestError, "a parameter is on xpu:0, expected cpu or cuda"
        ):
            Optimizer([{"params": [Elsewhere(torch.ones(2, 2))]}], "muon")

    def test_numbers_and_options(self):
        parameters = self.parameters()
        for pattern, options, group in (
            ("muon has no hyper-parameter 'momentum'; it has lr", {"momentum": 1}, {}),
            ("muon has no hyper-parameter 'weight_decay'", {}, {"weight_decay": 0.1}),
            ("expected a finite number for 'lr', got '1e-3'", {"lr": "1e-3"}, {}),
            ("expected a finite number for 'lr', got nan", {"lr": math.nan}, {}),
            ("at least one thread, got 0", {"threads": 0}, {}),
            ("at least one thread, got '2'", {"threads": "2"}, {}),
            ("a dictionary of others_options, got 3", {"others_options": 3}, {}),
            ("a group has 'optimiser': did you mean 'optimizer'", {}, {"optimiser": "adamw"}),
            ("a group has 'maximise': did you mean 'maximize'", {}, {"maximise": "yes"}),
            ("muon has no hyper-parameter 'learning_rate'", {}, {"learning_rate": 0.1}),
            (r"split=\(rows, columns\) of blocks, got \(0, 1\)", {}, {"split": (0, 1)}),
            ("per_head to be a number of heads, got 0", {}, {"per_head": 0}),
            ("per_head to be a number of heads, got True", {}, {"per_head": True}),
            (r"per_head to be a number of heads, got \(2, 1\)", {"per_head": (2, 1)}, {}),
            (
                r"split or per_head of a group, got split=\(2, 1\) and per_head=2",
                {},
                {"split": (2, 1), "per_head": 2},
            ),
            ("got split=2 and per_head=2", {"split": 2, "per_head": 2}, {}),
            ("got 'mun' .*; did you mean 'muon'", {}, {"optimizer": "mun"}),
            ("shipped are: adam", {}, {"optimizer": "gradient descent"}),
            ("got <class .* of type type", {}, {"optimizer": torch.optim.AdamW}),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(steepest.SteepestError, pattern):
                Optimizer([{"params": parameters, **group}], "muon", **options)

    def test_numbers_that_become_none(self):
        def refused_after(change, pattern):
            parameters = self.parameters()
            optimizer = Optimizer([{"params": parameters}], "sgd")
            for parameter in parameters:
                parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            before = copies(parameters)
            change(optimizer.param_groups[0])
            with self.assertRaisesRegex(steepest.SteepestError, pattern):
                optimizer.step()
            self.assertSame(parameters, before)

        refused_after(lambda g: g.update(lr="fast"), "finite number for 'lr', got 'fast'")
        refused_after(lambda g: g.update(lr=math.nan), "finite number for 'lr', got nan")
        refused_after(lambda g: g.update(beta=math.inf), "finite number for 'beta', got inf")
        refused_after(lambda g: g.update(lr=torch.tensor(math.nan)), r"got tensor\(nan\)")
        refused_after(lambda g: g.update(lr=torch.ones(2)), r"for 'lr', got tensor\(\[1")
        refused_after(lambda g: g.pop("lr"), "finite number for 'lr', got None")
        refused_after(lambda g: g.update(split=(3, 1)), "3 x 1 blocks divide, got 4x3")

    def test_what_is_no_parameters(self):
        with self.assertRaisesRegex(TypeError, "or a model; got a method"):
            Optimizer(torch.nn.Linear(2, 2).parameters, "sgd")
        with self.assertRaisesRegex(steepest.SteepestError, "with 'params', got one with param"):
            Optimizer([{"param": self.parameters()}], "sgd")
        optimizer = Optimizer([{"params": self.parameters()}], "sgd")
        for given in ({}, optimizer):
            with self.assertRaisesRegex(
                steepest.SteepestError, "what state_dict returned, with 'param_groups'"
            ):
                optimizer.load_state_dict(given)

    def test_splits_that_do_not_divide(self):
        parameter = torch.nn.Parameter(torch.ones(4, 3))
        parameter.grad = torch.ones(4, 3)
        for option, said in (
            ({"split": (3, 1)}, "3 x 1 blocks divide"),
            ({"split": (1, 2)}, "1 x 2 blocks divide"),
            ({"per_head": 3}, "per_head=3 blocks of rows divide"),
        ):
            optimizer = Optimizer([{"params": [parameter], **option}], "muon")
            with self.assertRaisesRegex(
                steepest.SteepestError, f"parameter 0: expected extents that {said}, got 4x3"
            ):
                optimizer.step()
        self.assertSame([parameter], [torch.ones(4, 3)])

    def test_heads_of_what_is_no_matrix(self):
        parameter = torch.nn.Parameter(torch.ones(4))
        parameter.grad = torch.ones(4)
        optimizer = Optimizer([{"params": [parameter], "per_head": 2}], "adamw")
        with self.assertRaisesRegex(steepest.SteepestError, "expected a matrix to split, got shape 4"):
            optimizer.step()

    def test_a_spec_that_does_not_compile(self):
        with self.assertRaisesRegex(steepest.CompileError, "expected"):
            Optimizer(self.parameters(), "steepest.optimizer @x(")

    def test_a_state_of_another_optimizer(self):
        parameters = self.parameters()
        for make in (
            lambda: Optimizer([{"params": parameters}], "muon"),
            lambda: torch.optim.AdamW(parameters),
        ):
            other = make()
            for parameter in parameters:
                parameter.grad = torch.ones_like(parameter)
            other.step()
            saved = other.state_dict()
            optimizer = Optimizer([{"params": parameters}], "adamw", lr=0.5)
            optimizer.step()
            before = copy.deepcopy(optimizer.state_dict())
            with self.assertRaisesRegex(
                steepest.SteepestError, "is stepped by adamw, expected a state of that, got one of"
            ):
                optimizer.load_state_dict(saved)
            after = optimizer.state_dict()
            self.assertEqual(before["param_groups"], after["param_groups"])
            for key in before["state"]:
                self.assertSame(before["state"][key].values(), after["state"][key].values())

    def test_states_of_other_shapes_names_and_types(self):
        for name, pattern, change in (
            (
                "muon",
                r"state 'm' of parameter 1: expected shape \(4, 3\), got \(3, 3\)",
                {"m": torch.ones(3, 3)},
            ),
            ("muon", "parameter 1: muon has the states m, got v", {"v": torch.ones(4, 3)}),
            (
                "muon",
                "state 'm' of parameter 1: expected torch.float32, got torch.float64",
                {"m": torch.ones(4, 3, dtype=torch.float64)},
            ),
            (
                "shampoo",
                r"state 'l' of parameter 1: expected shape \(4, 4\), got \(3, 3\)",
                {"l": torch.eye(3).double(), "r": torch.eye(4).double()},
            ),
            ("counted", r"expected shape \(\), got float", {"p": 0.5}),
        ):
            with self.subTest(pattern):
                self.not_loaded(
                    SCALAR_STATE if name == "counted" else name,
                    pattern,
                    lambda saved: saved["state"].update({1: change}),  # noqa: B023
                )

    def test_states_with_other_numbers(self):
        for pattern, change in (
            ("finite number for 'lr', got 'fast'", {"lr": "fast"}),
            ("finite number for 'beta', got nan", {"beta": math.nan}),
            ("finite number for 'lr', got None", {"lr": None}),
            ("got split=2 and per_head=2", {"split": 2, "per_head": 2}),
        ):
            with self.subTest(pattern):
                self.not_loaded(
                    "muon",
                    pattern,
                    lambda saved: saved["param_groups"][0].update(change),  # noqa: B023
                )

    def not_loaded(self, spec, pattern, change):
        """A state with a change is refused; parameters, states and groups stay."""
        parameters = self.parameters()
        optimizer = Optimizer([{"params": parameters}], spec)
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        before = copy.deepcopy(optimizer.state_dict())
        saved = copy.deepcopy(before)
        change(saved)
        with self.assertRaisesRegex(steepest.SteepestError, pattern):
            optimizer.load_state_dict(saved)
        after = optimizer.state_dict()
        self.assertEqual(before["param_groups"], after["param_groups"])
        for key, states in before["state"].items():
            self.assertEqual(list(states), list(after["state"][key]))
            self.assertSame(states.values(), after["state"][key].values())
        optimizer.step()

    def test_lazy_parameters(self):
        # Without shapes matrices would pass for vectors.
        model = torch.nn.Sequential(torch.nn.LazyLinear(3))
        with self.assertRaisesRegex(
            steepest.SteepestError, "that have shapes, 0.weight has none yet: run the model once"
        ):
            Optimizer(model, "muon")
        model(torch.ones(2, 4))
        self.assertEqual(len(Optimizer(model, "muon").param_groups), 2)

    def test_tensors_as_arrays(self):
        sgd = steepest.compile("sgd")
        w, g = torch.ones(4, 3), torch.ones(4, 3)
        state = sgd.init(w)
        before = copies([w, g])
        for pattern, tensor in (
            ("'w': .* require gradient, use tensor.detach", w.clone().requires_grad_()),
            ("'w': .*device type meta", w.to("meta")),
            ("'w': .*layout other than torch.strided", w.to_sparse()),
            ("'w': expected elements of float32, .* got torch.complex64", w + 0j),
        ):
            with self.subTest(pattern):
                with self.assertRaisesRegex(steepest.SteepestError, pattern):
                    sgd.step(tensor, g, state)
        self.assertSame([w, g], before)
        self.assertEqual(float(abs(state["m"]).max()), 0)


if __name__ == "__main__":
    unittest.main()
