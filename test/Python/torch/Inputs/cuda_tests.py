"""The engine of a GPU without one: tensors are in the memory of the CPU, the driver is the
mock of test/CUDA/Driver, kernels run on a CPU model of an SM. Streams and graphs are
PyTorch's, and are tested where there is a GPU (gpu_tests.py).
"""

import contextlib
import copy
import ctypes
import math
import os
import unittest
from unittest import mock

import torch
from problems import Same, copies, problem, run

import steepest
from steepest.cuda.launch import raw_of
from steepest.torch import Optimizer, engine

MOCK = ctypes.CDLL(os.environ["STEEPEST_CUDA_DRIVER"], mode=ctypes.RTLD_GLOBAL)
MOCK.mock_take_calls.restype = MOCK.mock_take_error.restype = ctypes.c_char_p


class Posing(engine.CudaEngine):
    """The engine of a GPU for tensors that are not on one."""

    options = {"target": "cuda", "arch": "model"}
    stream = 0
    is_capturing = False

    def _on_device(self):
        return contextlib.nullcontext()

    def _current_stream(self):
        return Posing.stream

    def _is_capturing(self):
        return Posing.is_capturing


def posing():
    """Tensors of the CPU are stepped as a GPU's."""
    return mock.patch.dict(engine.ENGINES, cpu=Posing)


def calls():
    """What was asked of the driver since the last time."""
    return MOCK.mock_take_calls().decode().split(",")


class OnModel(Same):
    def tearDown(self):
        self.assertEqual(MOCK.mock_take_error(), b"")

    def assertNear(self, left, right, atol=1e-5):
        self.assertClose(left, right, atol)


class Steps(OnModel):
    def test_the_same_as_on_the_cpu(self):
        for name, options in (
            ("sgd", {"lr": 0.1}),
            ("adamw", {"lr": 0.01, "decay": 0.1}),
            ("signsgd", {"lr": 0.02}),
            ("muon", {"lr": 0.05}),
            ("normuon", {"lr": 0.05}),
        ):
            for more in ({}, {"maximize": True}):
                with self.subTest(name, **more):
                    parameters, loss = problem()
                    other, other_loss = problem()
                    run(Optimizer(other, name, **options, **more), other_loss, 3)
                    with posing():
                        run(Optimizer(parameters, name, **options, **more), loss, 3)
                    self.assertNear(parameters, other)

    def test_blocks_groups_and_types(self):
        results = []
        for context in (contextlib.nullcontext, posing):
            with context():
                torch.manual_seed(0)
                fused = torch.nn.Parameter(torch.randn(6, 8))
                vector = torch.nn.Parameter(torch.randn(5))
                narrow = torch.nn.Parameter(torch.randn(4, 4).bfloat16())
                optimizer = Optimizer(
                    [
                        {"params": [fused], "split": (3, 2)},
                        {"params": [vector, narrow], "optimizer": "adamw", "master": True},
                    ],
                    "muon",
                )
                for _ in range(2):
                    for parameter in (fused, vector, narrow):
                        parameter.grad = torch.randn_like(parameter)
                    optimizer.step()
                self.assertEqual(optimizer.state[narrow]["master_w"].dtype, torch.float32)
                results.append((copies([fused, vector, narrow.float()]), optimizer.report()))
        self.assertNear(results[0][0], results[1][0], atol=1e-2)
        self.assertNear(results[0][0][:2], results[1][0][:2])
        for theirs, ours in zip(results[0][1], results[1][1], strict=True):
            self.assertEqual(len(ours.report), len(theirs.report))
            self.assertAlmostEqual(ours.report.gap, theirs.report.gap, delta=1e-3)

    def test_a_step_is_launches_and_nothing_else(self):
        parameters, loss = problem()
        with posing():
            optimizer = Optimizer(parameters, "adamw")
            run(optimizer, loss, 1)
            calls()
            for stream in (0x40, 0x80):
                Posing.stream = stream
                run(optimizer, loss, 1)
                self.assertEqual(calls(), ["cuLaunchKernelEx"])
                launches = optimizer._plan._parts[0].engine._launches
                self.assertEqual({one.launch.raw.stream for one in launches}, {stream})
            Posing.stream = 0

    def test_a_list_is_few_launches(self):
        """As many tasks in each as the arguments of a launch hold; the numbers are those of
        steps one by one.
        """
        for capturable in (False, True):
            torch.manual_seed(0)
            many = [torch.nn.Parameter(torch.randn(3, 4 + n % 5)) for n in range(30)]
            matrices = [torch.nn.Parameter(torch.randn(4, 5)) for _ in range(3)]
            groups = [
                {"params": many[:20], "optimizer": "adamw", "lr": 0.1},
                {"params": matrices},
                {"params": many[20:], "optimizer": "adamw", "lr": 0.3, "decay": 0.5},
            ]
            gradients = [torch.randn_like(p) for p in [*many, *matrices]]
            expected = [p.detach().clone().requires_grad_() for p in [*many, *matrices]]
            for parameter, gradient in zip([*many, *matrices], gradients):
                parameter.grad = gradient
            with posing():
                optimizer = Optimizer(groups, "muon", capturable=capturable)
                optimizer.step()
                calls()
                optimizer.step()
                adamw, muon = (
                    steepest.compile(name, **Posing.options) for name in ("adamw", "muon")
                )
                room = [raw_of(rule).tasks_per_launch for rule in (adamw, muon)]
                self.assertGreater(room[0], 8)
                launches = -(-len(many) // room[0]) + -(-len(matrices) // room[1])
                self.assertEqual(calls(), ["cuLaunchKernelEx"] * launches)
                optimizer.check()
            one_by_one = Optimizer(
                [
                    {"params": expected[:20], "optimizer": "adamw", "lr": 0.1},
                    {"params": expected[30:]},
                    {"params": expected[20:30], "optimizer": "adamw", "lr": 0.3, "decay": 0.5},
                ],
                "muon",
            )
            for parameter, gradient in zip(expected, gradients):
                parameter.grad = gradient
            one_by_one.step()
            one_by_one.step()
            self.assertNear([*many, *matrices], expected)
            for ours, theirs in zip(optimizer.report(), one_by_one.report(), strict=True):
                self.assertAlmostEqual(ours.report.gap, theirs.report.gap, delta=1e-3)

    def test_states_go_through_a_checkpoint(self):
        with posing():
            parameters, loss = problem()
            optimizer = Optimizer(parameters, "adamw", lr=0.1)
            run(optimizer, loss, 2)
            saved, weights = copy.deepcopy(optimizer.state_dict()), copies(parameters)
            run(optimizer, loss, 2)
            expected = copies(parameters)
            with torch.no_grad():
                for parameter, weight in zip(parameters, weights):
                    parameter.copy_(weight)
            again = Optimizer(parameters, "adamw")
            again.load_state_dict(saved)
            run(again, loss, 2)
            self.assertSame(parameters, expected)


class Failures(OnModel):
    def test_what_was_not_stepped_is_known_to_check(self):
        parameters, loss = problem()
        with posing():
            optimizer = Optimizer([{"params": parameters}], "muon")
            optimizer.check()
            run(optimizer, loss, 1)
            optimizer.check()
            before = copies(parameters)
            parameters[0].grad[1, 1] = math.nan
            optimizer.step()
            with self.assertRaisesRegex(
                steepest.StepError, r"^parameter 0 \(muon\): nonfinite$"
            ) as caught:
                optimizer.check()
            self.assertEqual(caught.exception.status, "nonfinite")
            self.assertSame(parameters[:1], before[:1])
            self.assertFalse(torch.equal(parameters[1], before[1]))

    def test_of_a_list_it_is_known_which(self):
        with posing():
            plain = [torch.nn.Parameter(torch.randn(3, 4)) for _ in range(20)]
            matrices = [torch.nn.Parameter(torch.randn(3, 4)) for _ in range(2)]
            optimizer = Optimizer(
                [
                    {"params": plain[:15], "optimizer": "adamw"},
                    {"params": matrices},
                    {"params": plain[15:], "optimizer": "adamw"},
                ],
                "muon",
            )
            for parameter in [*plain, *matrices]:
                parameter.grad = torch.randn(3, 4)
            for parameter in (plain[3], matrices[1], plain[17]):
                parameter.grad[0, 1] = math.inf
            optimizer.step()
            with self.assertRaises(steepest.StepError) as caught:
                optimizer.check()
        self.assertEqual(
            str(caught.exception),
            "parameter 3 (adamw): nonfinite\nparameter 16 (muon): nonfinite\n"
            "parameter 19 (adamw): nonfinite",
        )

    def test_refusals(self):
        parameters, loss = problem()
        with self.assertRaisesRegex(
            steepest.SteepestError, "parameters on a GPU for capturable=True, parameter 0 is on cpu"
        ):
            run(Optimizer(parameters, "sgd", capturable=True), loss, 1)
        with posing():
            optimizer = Optimizer(parameters, "sgd")
            with mock.patch.object(Posing, "is_capturing", True):
                with self.assertRaisesRegex(steepest.SteepestError, "before the graph is captured"):
                    run(optimizer, loss, 1)
            run(optimizer, loss, 1)
            with mock.patch.object(Posing, "is_capturing", True):
                with self.assertRaisesRegex(steepest.SteepestError, "expected capturable=True"):
                    run(optimizer, loss, 1)


class Capturable(OnModel):
    def test_numbers_that_are_none(self):
        for capturable in (False, True):
            for value in (math.nan, "fast"):
                parameters, loss = problem()
                with posing():
                    optimizer = Optimizer(parameters, "sgd", capturable=capturable)
                    run(optimizer, loss, 1)
                    before = [p.detach().clone() for p in parameters]
                    optimizer.param_groups[0]["lr"] = value
                    with self.assertRaisesRegex(steepest.SteepestError, "finite number for 'lr'"):
                        optimizer.step()
                    self.assertSame(parameters, before)

    def test_numbers_are_read_from_the_device(self):
        rates = (0.1, 0.05, 0.3)
        other, other_loss = problem()
        theirs = Optimizer(other, "adamw")
        for rate in rates:
            theirs.param_groups[0]["lr"] = rate
            run(theirs, other_loss, 1)
        for kind in (float, torch.tensor):
            parameters, loss = problem()
            with posing():
                optimizer = Optimizer(parameters, "adamw", lr=kind(rates[0]), capturable=True)
                for rate in rates:
                    if kind is float:
                        optimizer.param_groups[0]["lr"] = rate
                    else:
                        optimizer.param_groups[0]["lr"].fill_(rate)
                    run(optimizer, loss, 1)
                    # Those of the host are not looked at.
                    for part in optimizer._plan._parts:
                        part.tasks._values[:] = memoryview(
                            (ctypes.c_double * len(part.tasks.hypers))(*[math.nan] * 5)
                        ).cast("B").cast("d")
            self.assertNear(parameters, other)

    def test_a_captured_step_takes_tensors_and_no_new_number(self):
        parameters, loss = problem()
        with posing():
            optimizer = Optimizer(parameters, "sgd", lr=torch.tensor(0.5), capturable=True)
            run(optimizer, loss, 1)
            calls()
            with mock.patch.object(Posing, "is_capturing", True):
                optimizer.step()
                self.assertEqual(calls(), ["cuLaunchKernelEx"])
                optimizer.param_groups[0]["beta"] = 0.25
                with self.assertRaisesRegex(steepest.SteepestError, "make it a tensor on the GPU"):
                    optimizer.step()


if __name__ == "__main__":
    unittest.main()
