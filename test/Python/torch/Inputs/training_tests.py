"""The optimizer among what trains a model: closures, schedulers, hooks, gradient scalers,
compiled models, narrow types.
"""

import math
import unittest
import warnings

import torch
from problems import Same, copies, each_rule, problem, run

from steepest import SteepestError
from steepest.torch import Optimizer


class Training(Same):
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

    def test_options_may_change_between_steps(self):
        parameter = torch.nn.Parameter(torch.zeros(4, 4))
        optimizer = Optimizer([{"params": [parameter]}], "signsgd", lr=1.0)
        values = []
        for maximize in (False, True, True, False):
            optimizer.param_groups[0]["maximize"] = maximize
            parameter.grad = torch.ones(4, 4)
            optimizer.step()
            values.append(parameter[0, 0].item())
        self.assertEqual(values, [-1.0, 0.0, 1.0, 0.0])

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

    def test_hooks_of_states_see_what_is_loaded_and_what_stays(self):
        parameters, loss = problem(torch.bfloat16)
        optimizer = Optimizer(parameters, "muon")
        run(optimizer, loss, 1)
        seen = []

        def halve(_, given):
            states = {k: {"m": s["m"] / 2} for k, s in given["state"].items()}
            return {**given, "state": states}

        optimizer.register_load_state_dict_pre_hook(halve)
        optimizer.register_load_state_dict_post_hook(
            lambda o: seen.extend(o.state[p]["m"].clone() for p in parameters)
        )
        saved = optimizer.state_dict()
        wanted = [state["m"] / 2 for state in saved["state"].values()]
        optimizer.load_state_dict(saved)
        self.assertEqual({state.dtype for state in seen}, {torch.float32})
        self.assertSame(seen, wanted)
        self.assertSame([optimizer.state[p]["m"] for p in parameters], wanted)
        # A hook may make what is loaded, and what it makes is checked.
        optimizer.register_load_state_dict_pre_hook(lambda *_: {"param_groups": []})
        with self.assertRaisesRegex(SteepestError, "what state_dict returned"):
            optimizer.load_state_dict(saved)

    def test_states_are_loaded_in_the_layout_of_the_parameter(self):
        weight = torch.randn(4, 3, 2, 2)
        saved = None
        for memory_format in (torch.contiguous_format, torch.channels_last):
            parameter = torch.nn.Parameter(weight.clone(memory_format=memory_format))
            optimizer = Optimizer([{"params": [parameter]}], "adamw")
            if saved is not None:
                optimizer.load_state_dict(saved)
            parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            saved = optimizer.state_dict()
        self.assertEqual(optimizer.state[parameter]["m"].stride(), parameter.stride())

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

    def test_a_compiled_training_step(self):
        """Of which the optimizer's step is left out, and nothing else is."""
        results = []
        for compiled in (True, False):
            parameters, loss = problem()
            optimizer = Optimizer(parameters, "muon")
            graphs = []

            def keep(graph, _):
                graphs.append([node.target for node in graph.graph.nodes])  # noqa: B023
                return graph.forward

            def step():
                optimizer.zero_grad()  # noqa: B023
                loss().backward()  # noqa: B023
                optimizer.step()  # noqa: B023

            steps = torch.compile(step, backend=keep) if compiled else step
            for rate in (0.1, 0.2, 0.3):
                optimizer.param_groups[0]["lr"] = rate
                steps()
            results.append(copies(parameters))
            # The loss, once.
            self.assertEqual(len(graphs), compiled, graphs)
        self.assertSame(*results)


if __name__ == "__main__":
    unittest.main()
