"""`steepest.torch.Optimizer` as what PyTorch's own tests expect of an optimizer, and its
trajectories beside those of `torch.optim`.
"""

import copy
import functools
import io
import math
import pickle
import unittest
import warnings
from unittest import mock

import torch
import torch.optim._muon as torch_muon

import steepest
import steepest.torch
from steepest.torch import Optimizer

#: One for each way of having states, and what its groups may change.
RULES = {
    "sgd": {"lr": 0.1, "beta": 0.5},
    "adamw": {"lr": 0.01, "decay": 0.1},
    "signsgd": {"lr": 0.02},
    "muon": {"lr": 0.05, "decay": 0.1},
    "shampoo": {"lr": 0.1},
    "normuon": {"lr": 0.05},
}


def problem(dtype=torch.float32, seed=0, shape=(6, 4)):
    """A quadratic in two matrices with a closure that has gradients of it."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*extents):
        return torch.randn(*extents, generator=generator, dtype=torch.float64).to(dtype)

    parameters = [torch.nn.Parameter(draw(*shape)), torch.nn.Parameter(draw(shape[1], 3))]
    left, target = draw(5, shape[0]), draw(5, 3)

    def loss():
        return (left @ parameters[0] @ parameters[1] - target).float().square().mean()

    return parameters, loss


def run(optimizer, loss, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def copies(parameters):
    return [p.detach().clone() for p in parameters]


def each_rule(test):
    """Runs a test for every rule of the table."""

    @functools.wraps(test)
    def run_all(self):
        for name, options in RULES.items():
            with self.subTest(name):
                test(self, name, options, *problem())

    return run_all


class Same(unittest.TestCase):
    def assertSame(self, left, right):
        for a, b in zip(left, right, strict=True):
            torch.testing.assert_close(a.detach(), b.detach(), rtol=0, atol=0)

    def assertClose(self, left, right, atol):
        for a, b in zip(left, right, strict=True):
            torch.testing.assert_close(a.detach(), b.detach(), rtol=0, atol=atol)


class Contract(Same):
    """What `test_optim.py` of PyTorch asks of every optimizer in its table."""

    @each_rule
    def test_the_loss_falls(self, name, options, parameters, loss):
        first = loss().item()
        run(Optimizer(parameters, name, **options), loss, 30)
        self.assertLess(loss().item(), 0.7 * first)

    @each_rule
    def test_state_dict_is_deterministic(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters, name, **options)
        run(optimizer, loss, 5)
        saved, weights = copy.deepcopy(optimizer.state_dict()), copies(parameters)
        run(optimizer, loss, 5)
        expected = copies(parameters)
        with torch.no_grad():
            for parameter, weight in zip(parameters, weights):
                parameter.copy_(weight)
        again = Optimizer(parameters, name)
        again.load_state_dict(saved)
        run(again, loss, 5)
        self.assertSame(parameters, expected)

    def test_state_dict_goes_through_a_file(self):
        parameters, loss = problem()
        optimizer = Optimizer(parameters, "adamw", lr=0.01)
        run(optimizer, loss, 3)
        file = io.BytesIO()
        torch.save(optimizer.state_dict(), file)
        file.seek(0)
        loaded = torch.load(file, weights_only=True)
        other = Optimizer(parameters, "adamw")
        other.load_state_dict(loaded)
        self.assertEqual(other.param_groups[0]["lr"], 0.01)
        for parameter in parameters:
            self.assertSame(
                optimizer.state[parameter].values(), other.state[parameter].values()
            )

    def test_states_keep_their_types(self):
        parameters, loss = problem(torch.bfloat16)
        optimizer = Optimizer(parameters, "adamw", master=True)
        run(optimizer, loss, 2)
        expected = {n: s.dtype for n, s in optimizer.state[parameters[0]].items()}
        self.assertEqual(expected["m"], torch.float32)
        self.assertEqual(expected["master_w"], torch.float32)
        saved = optimizer.state_dict()
        optimizer.load_state_dict(saved)
        self.assertEqual(
            {n: s.dtype for n, s in optimizer.state[parameters[0]].items()}, expected
        )
        for name, value in saved["state"][0].items():
            torch.testing.assert_close(optimizer.state[parameters[0]][name], value, rtol=0, atol=0)
            self.assertIsNot(optimizer.state[parameters[0]][name], value)

    @each_rule
    def test_deepcopy_and_pickle(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters, name, **options)
        run(optimizer, loss, 3)
        results = []
        for duplicate in (
            copy.deepcopy((optimizer, parameters)),
            pickle.loads(pickle.dumps((optimizer, parameters))),
            (optimizer, parameters),
        ):
            other, own = duplicate
            for mine, theirs in zip(own, parameters):
                mine.grad = torch.ones_like(theirs)
            other.step()
            results.append(copies(own))
        self.assertSame(results[0], results[2])
        self.assertSame(results[1], results[2])

    @each_rule
    def test_groups_have_their_own_numbers(self, name, options, parameters, loss):
        groups = [{"params": parameters[:1], "lr": 0.0}, {"params": parameters[1:]}]
        options = {k: v for k, v in options.items() if k != "decay"}
        optimizer = Optimizer(groups, name, **options)
        before = copies(parameters)
        run(optimizer, loss, 2)
        self.assertSame(parameters[:1], before[:1])
        self.assertFalse(torch.equal(parameters[1], before[1]))

    def test_groups_have_their_own_optimizers(self):
        parameters, loss = problem()
        optimizer = Optimizer(
            [
                {"params": parameters[:1]},
                {"params": parameters[1:], "optimizer": "adamw", "decay": 0.5},
            ],
            "muon",
            lr=0.3,
        )
        self.assertEqual([g["lr"] for g in optimizer.param_groups], [0.3, 0.001])
        self.assertNotIn("beta", optimizer.param_groups[1])
        other, other_loss = problem()
        apart = [
            Optimizer([{"params": other[:1]}], "muon", lr=0.3),
            Optimizer([{"params": other[1:]}], "adamw", decay=0.5),
        ]
        run(optimizer, loss, 3)
        for _ in range(3):
            for one in other:
                one.grad = None
            other_loss().backward()
            for one in apart:
                one.step()
        self.assertSame(parameters, other)

    @each_rule
    def test_numbers_may_change_between_steps(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters, name, **options)
        run(optimizer, loss, 1)
        before = copies(parameters)
        optimizer.param_groups[0]["lr"] = 0.0
        run(optimizer, loss, 1)
        self.assertSame(parameters, before)

    def test_the_rate_may_be_a_tensor(self):
        parameters, loss = problem()
        other, other_loss = problem()
        run(Optimizer(parameters, "muon", lr=torch.tensor(0.25)), loss, 2)
        run(Optimizer(other, "muon", lr=0.25), other_loss, 2)
        self.assertSame(parameters, other)

    @each_rule
    def test_add_param_group(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters[:1], name, **options)
        run(optimizer, loss, 1)
        optimizer.add_param_group({"params": parameters[1:], "lr": 0.0})
        self.assertEqual(len(optimizer.param_groups), 2)
        before = copies(parameters)
        optimizer.add_param_group({"params": torch.nn.Parameter(torch.ones(2, 2))})
        optimizer.param_groups[0]["lr"] = 0.0
        run(optimizer, loss, 1)
        self.assertSame(parameters, before)

    @each_rule
    def test_without_gradients_nothing_happens(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters, name, **options)
        before = copies(parameters)
        optimizer.step()
        self.assertSame(parameters, before)
        self.assertEqual(len(optimizer.state), 0)
        loss().backward()
        parameters[0].grad = None
        optimizer.step()
        self.assertSame(parameters[:1], before[:1])
        self.assertFalse(torch.equal(parameters[1], before[1]))
        self.assertNotIn(parameters[0], optimizer.state)

    def test_gradients_may_come_and_go(self):
        parameters, loss = problem()
        optimizer = Optimizer(parameters, "muon")
        other, other_loss = problem()
        apart = [Optimizer([{"params": [p]}], "muon") for p in other]
        for pattern in ((1, 1), (1, 0), (0, 0), (0, 1), (1, 1)):
            for mine, one, f in ((parameters, [optimizer], loss), (other, apart, other_loss)):
                for parameter in mine:
                    parameter.grad = None
                f().backward()
                for parameter, keep in zip(mine, pattern):
                    parameter.grad = parameter.grad if keep else None
                for each in one:
                    each.step()
        self.assertSame(parameters, other)

    @each_rule
    def test_zero_gradients(self, name, options, parameters, _):
        optimizer = Optimizer(parameters, name, **{**options, "lr": 0.5})
        for group in optimizer.param_groups:
            group.update({"decay": 0.0} if "decay" in group else {})
        before = copies(parameters)
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        self.assertSame(parameters, before)

    def test_a_closure(self):
        parameters, loss = problem()
        other, other_loss = problem()
        optimizer = Optimizer(parameters, "muon")

        def closure():
            self.assertTrue(torch.is_grad_enabled())
            optimizer.zero_grad()
            value = loss()
            value.backward()
            return value

        with torch.no_grad():
            returned = optimizer.step(closure)
        self.assertEqual(returned.item(), other_loss().item())
        run(Optimizer(other, "muon"), other_loss, 1)
        self.assertSame(parameters, other)

    @each_rule
    def test_maximize(self, name, options, parameters, loss):
        other, other_loss = problem()
        options = {k: v for k, v in options.items() if k != "decay"}
        run(Optimizer(parameters, name, maximize=True, **options), loss, 3)
        run(Optimizer(other, name, **options), lambda: -other_loss(), 3)  # noqa: B023
        self.assertSame(parameters, other)

    def test_schedulers(self):
        for make in (
            lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5),
            lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 5),
            lambda o: torch.optim.lr_scheduler.LinearLR(o),
            lambda o: torch.optim.lr_scheduler.OneCycleLR(
                o, 0.5, total_steps=9, cycle_momentum=False
            ),
            lambda o: torch.optim.lr_scheduler.SequentialLR(
                o,
                [
                    torch.optim.lr_scheduler.ConstantLR(o, 0.1, 2),
                    torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
                ],
                [2],
            ),
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rates = []
                for kind in (
                    lambda p: Optimizer(p, "sgd", lr=0.5),
                    lambda p: torch.optim.SGD(p, lr=0.5),
                ):
                    parameters, loss = problem()
                    optimizer = kind(parameters)
                    scheduler = make(optimizer)
                    rates.append([])
                    for _ in range(4):
                        run(optimizer, loss, 1)
                        scheduler.step()
                        rates[-1].append(optimizer.param_groups[0]["lr"])
                self.assertEqual(*rates)

    def test_hooks(self):
        parameters, loss = problem()
        optimizer = Optimizer(parameters, "sgd")
        called = []
        optimizer.register_step_pre_hook(lambda *_: called.append("before"))
        optimizer.register_step_post_hook(lambda *_: called.append("after"))
        optimizer.register_state_dict_post_hook(lambda *_: called.append("saved"))
        optimizer.register_load_state_dict_post_hook(lambda *_: called.append("loaded"))
        run(optimizer, loss, 1)
        optimizer.load_state_dict(optimizer.state_dict())
        self.assertEqual(called, ["before", "after", "saved", "loaded"])

    def test_autograd_sees_that_weights_change(self):
        parameters, loss = problem()
        optimizer = Optimizer(parameters, "sgd")
        loss().backward()
        held = loss()
        optimizer.step()
        with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
            held.backward()

    @each_rule
    def test_float64_and_bfloat16(self, name, options, *_):
        wide, wide_loss = problem(torch.float64)
        run(Optimizer(wide, name, **options), wide_loss, 3)
        for dtype, atol in ((torch.float32, 1e-3), (torch.bfloat16, 0.2)):
            parameters, loss = problem(dtype)
            optimizer = Optimizer(parameters, name, **options)
            run(optimizer, loss, 3)
            self.assertClose([p.double() for p in parameters], wide, atol)

    def test_a_master_adds_up_small_steps(self):
        results = {}
        for master in (False, True):
            parameter = torch.nn.Parameter(torch.ones(4, 4, dtype=torch.bfloat16))
            optimizer = Optimizer([{"params": [parameter]}], "signsgd", lr=1e-4, master=master)
            for _ in range(100):
                parameter.grad = torch.ones_like(parameter)
                optimizer.step()
            results[master] = parameter[0, 0].item()
        self.assertEqual(results[False], 1.0)
        self.assertAlmostEqual(results[True], 0.99, delta=0.003)

    def test_gradient_scaler(self):
        parameters, loss = problem()
        other, other_loss = problem()
        optimizer = Optimizer(parameters, "muon")
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**8)
        for _ in range(3):
            optimizer.zero_grad()
            scaler.scale(loss()).backward()
            scaler.step(optimizer)
            scaler.update()
        run(Optimizer(other, "muon"), other_loss, 3)
        self.assertSame(parameters, other)
        before = copies(parameters)
        parameters[0].grad.fill_(math.inf)
        scaler.scale(loss())  # so that it looks for infinities again
        scaler.step(optimizer)
        self.assertSame(parameters, before)

    def test_a_compiled_model(self):
        parameters, loss = problem()
        other, other_loss = problem()
        run(Optimizer(parameters, "muon"), torch.compile(loss, backend="eager"), 3)
        run(Optimizer(other, "muon"), other_loss, 3)
        self.assertSame(parameters, other)


class Trajectories(Same):
    """A hundred steps beside `torch.optim`."""

    def beside(self, ours, theirs, dtype, atol, steps=100):
        left, right = problem(dtype), problem(dtype)
        mine, other = ours(left[0]), theirs(right[0])
        for _ in range(steps):
            for optimizer, (_, loss) in ((mine, left), (other, right)):
                run(optimizer, loss, 1)
        self.assertClose(left[0], right[0], atol)

    def types(self):
        # A hundred roundings of weights of size one, carried along.
        return (torch.float32, 1e-4), (torch.float64, 1e-12)

    def test_sgd(self):
        for dtype, atol in self.types():
            for decay in (0.0, 0.1):
                self.beside(
                    lambda p: Optimizer(p, "heavy_ball", lr=0.05, beta=0.9, decay=decay),
                    lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=decay),
                    dtype,
                    atol,
                )

    def test_adamw(self):
        for dtype, atol in self.types():
            self.beside(
                lambda p: Optimizer(p, "adamw", lr=0.01, beta1=0.8, beta2=0.99, decay=0.1),
                lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.99), weight_decay=0.1),
                dtype,
                atol,
            )

    def muon(self, dtype, atol, steps=100):
        self.beside(
            lambda p: Optimizer(p, "muon", lr=0.002, beta=0.9, decay=0.1),
            lambda p: torch.optim.Muon(p, lr=0.002, momentum=0.9, weight_decay=0.1),
            dtype,
            atol,
            steps,
        )

    def test_muon(self):
        """PyTorch's rounds to bfloat16 in between; with its arithmetic in the type of the
        parameters both are the same.
        """

        def exact(gradient, coefficients, steps, eps):
            a, b, c = coefficients
            x = gradient.T if gradient.size(0) > gradient.size(1) else gradient
            x = x / x.norm().clamp(min=eps)
            for _ in range(steps):
                gram = x @ x.T
                x = a * x + (b * gram + c * gram @ gram) @ x
            return x.T if gradient.size(0) > gradient.size(1) else x

        with mock.patch.object(torch_muon, "_zeropower_via_newtonschulz", exact):
            # The polynomials multiply differences of small singular values by up to
            # 3.4^5 of a step.
            for dtype, atol in ((torch.float32, 1e-4), (torch.float64, 1e-12)):
                self.muon(dtype, atol)
        # One step, relative to which bfloat16 rounds.
        self.muon(torch.float32, 0.002 * 0.1, steps=1)


class Views(Same):
    def test_blocks_are_matrices_of_their_own(self):
        for split, parts in (
            ((2, 1), lambda w: [w[:3], w[3:]]),
            ((1, 2), lambda w: [w[:, :4], w[:, 4:]]),
            ((2, 2), lambda w: [w[:3, :4], w[:3, 4:], w[3:, :4], w[3:, 4:]]),
            (2, lambda w: [w[:3], w[3:]]),
        ):
            for name in ("muon", "adamw", "shampoo", "normuon"):
                with self.subTest(split=split, name=name):
                    whole = torch.nn.Parameter(torch.randn(6, 8))
                    apart = [torch.nn.Parameter(p.clone()) for p in parts(whole.detach())]
                    optimizer = Optimizer([{"params": [whole], "split": split}], name)
                    other = Optimizer([{"params": apart}], name)
                    for _ in range(2):
                        whole.grad = torch.randn(6, 8)
                        for p, g in zip(apart, parts(whole.grad)):
                            p.grad = g.clone()
                        optimizer.step()
                        other.step()
                    self.assertSame(parts(whole), apart)
                    directions = len(steepest.compile(name).directions)
                    report = optimizer.report()[0].report
                    self.assertEqual(len(report), len(apart) * directions)
                    saved = optimizer.state_dict()
                    optimizer.load_state_dict(saved)
                    optimizer.step()

    def test_convolutions_are_matrices(self):
        weight = torch.nn.Parameter(torch.randn(8, 3, 2, 2))
        flat = torch.nn.Parameter(weight.detach().flatten(1).clone())
        for parameter in (weight, flat):
            parameter.grad = torch.ones_like(parameter)
            Optimizer([{"params": [parameter]}], "muon").step()
        self.assertSame([weight.flatten(1)], [flat])

    def test_entries_in_any_layout(self):
        shapes = [(), (5,), (3, 4), (2, 3, 4), (2, 3, 4, 5)]
        tensors = [torch.randn(shape) for shape in shapes]
        tensors.append(torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last))
        tensors.append(torch.randn(4, 3).T)
        for tensor in tensors:
            parameter = torch.nn.Parameter(tensor.clone())
            other = torch.nn.Parameter(tensor.clone())
            self.assertEqual(parameter.stride(), tensor.stride())
            mine = Optimizer([{"params": [parameter]}], "adamw", decay=0.1)
            theirs = torch.optim.AdamW([other], weight_decay=0.1)
            for _ in range(3):
                parameter.grad = torch.randn_like(tensor)
                other.grad = parameter.grad.clone()
                mine.step()
                theirs.step()
            self.assertClose([parameter], [other], 1e-6)

    def test_a_slice_of_a_larger_tensor(self):
        wide = torch.randn(6, 10)
        rest = wide[:, 4:].clone()
        parameter = torch.nn.Parameter(wide[:, :4])
        other = torch.nn.Parameter(wide[:, :4].clone())
        for name in ("muon", "adamw"):
            optimizers = [Optimizer([{"params": [p]}], name) for p in (parameter, other)]
            for _ in range(2):
                parameter.grad, other.grad = torch.ones(6, 4), torch.ones(6, 10)[:, :4]
                for optimizer in optimizers:
                    optimizer.step()
            self.assertSame([parameter, wide[:, 4:]], [other, rest])


class Policy(unittest.TestCase):
    def model(self):
        return torch.nn.ModuleDict(
            {
                "wte": torch.nn.Embedding(11, 8),
                "block": torch.nn.Sequential(
                    torch.nn.LayerNorm(8), torch.nn.Linear(8, 16), torch.nn.Linear(16, 8)
                ),
                "conv": torch.nn.Conv1d(8, 8, 3),
                "logits_of": torch.nn.Linear(8, 11, bias=False),
                "classifier": torch.nn.Linear(8, 2),
            }
        )

    def piles(self, optimizer):
        return [(g["optimizer"], g.get("param_names")) for g in optimizer.param_groups]

    def test_of_a_model(self):
        others = [
            "wte.weight",
            "block.0.weight",
            "block.0.bias",
            "block.1.bias",
            "block.2.bias",
            "conv.bias",
            "logits_of.weight",
            "classifier.weight",
            "classifier.bias",
        ]
        optimizer = Optimizer(self.model(), "muon", lr=0.3, others_options={"lr": 0.1})
        self.assertEqual(
            self.piles(optimizer),
            [("muon", ["block.1.weight", "block.2.weight", "conv.weight"]), ("adamw", others)],
        )
        self.assertEqual([g["lr"] for g in optimizer.param_groups], [0.3, 0.1])

    def test_of_names(self):
        optimizer = Optimizer(self.model().named_parameters(), "muon", others="sgd")
        matrices = ["block.1.weight", "block.2.weight", "conv.weight", "logits_of.weight"]
        self.assertEqual(self.piles(optimizer)[0], ("muon", matrices))
        self.assertEqual(self.piles(optimizer)[1][0], "sgd")

    def test_of_dimensions(self):
        optimizer = Optimizer(self.model().parameters(), "muon")
        sizes = [len(g["params"]) for g in optimizer.param_groups]
        self.assertEqual(sizes, [6, 6])

    def test_a_rule_for_entries_takes_all(self):
        self.assertEqual(len(Optimizer(self.model(), "adamw").param_groups), 1)
        with self.assertRaisesRegex(steepest.SteepestError, "others_options are for none"):
            Optimizer(self.model(), "adamw", others_options={"lr": 0.1})

    def test_tied_weights_are_embeddings(self):
        model = self.model()
        model["logits_of"].weight = model["wte"].weight
        names = self.piles(Optimizer(model, "muon"))[1][1]
        self.assertEqual(names.count("wte.weight"), 1)
        self.assertNotIn("logits_of.weight", names)


class Reports(unittest.TestCase):
    def test_certificates_by_parameter(self):
        model = torch.nn.Linear(6, 4)
        rule = steepest.build(norm="spectral", accuracy=0.01, name="muon_close")
        optimizer = Optimizer(model, rule)
        self.assertEqual(optimizer.report(), [])
        model(torch.ones(3, 6)).sum().backward()
        optimizer.step()
        first, second = steepest.torch.report(optimizer)
        self.assertEqual((first.name, first.optimizer), ("weight", "muon_close"))
        self.assertIs(first.parameter, model.weight)
        self.assertEqual(first.report[0].direction.norm, "spectral")
        self.assertLess(first.report.gap, 0.01)
        self.assertIn("weight (muon_close): spectral", str(first))
        self.assertEqual(second.optimizer, "adamw")


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

        self.refused("parameter 1 is torch.sparse_coo, expected a dense", self.parameters(), sparse)
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

    def test_cuda(self):
        class Elsewhere(torch.nn.Parameter):
            """Says that it is on a device that there may be none of here."""

            @property
            def device(self):
                return torch.device("cuda:0")

        with self.assertRaisesRegex(
            steepest.SteepestError, "on cuda:0, expected cpu: there is no CUDA back end yet"
        ):
            Optimizer([{"params": [Elsewhere(torch.ones(2, 2))]}], "muon")

    def test_numbers_and_options(self):
        parameters = self.parameters()
        for pattern, options, group in (
            ("muon has no hyper-parameter 'momentum'; it has lr", {"momentum": 1}, {}),
            ("muon has no hyper-parameter 'weight_decay'", {}, {"weight_decay": 0.1}),
            ("expected a number for 'lr', got 'big'", {"lr": "big"}, {}),
            (r"split=\(rows, columns\) of blocks, got \(0, 1\)", {}, {"split": (0, 1)}),
            ("shipped are: adam", {}, {"optimizer": "mun"}),
        ):
            with self.subTest(pattern), self.assertRaisesRegex(steepest.SteepestError, pattern):
                Optimizer([{"params": parameters, **group}], "muon", **options)

    def test_splits_that_do_not_divide(self):
        parameter = torch.nn.Parameter(torch.ones(4, 3))
        parameter.grad = torch.ones(4, 3)
        for split in ((3, 1), (1, 2)):
            optimizer = Optimizer([{"params": [parameter], "split": split}], "muon")
            with self.assertRaisesRegex(steepest.SteepestError, "blocks divide, got 4x3"):
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

    def test_states_of_other_shapes_and_names(self):
        parameters = self.parameters()
        optimizer = Optimizer([{"params": parameters}], "muon")
        for parameter in parameters:
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        for pattern, change in (
            (r"expected state 'm' of shape \(4, 3\), got \(3, 3\)", {"m": torch.ones(3, 3)}),
            ("muon has the states m, got v", {"v": torch.ones(4, 3)}),
        ):
            saved = copy.deepcopy(optimizer.state_dict())
            saved["state"][1] = change
            with self.assertRaisesRegex(steepest.SteepestError, pattern):
                optimizer.load_state_dict(saved)
            optimizer.step()


if __name__ == "__main__":
    unittest.main()
