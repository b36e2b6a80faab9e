"""What `test_optim.py` of PyTorch asks of every optimizer in its table: groups, numbers,
states, copies, and gradients that come and go.
"""

import copy
import io
import pickle
import unittest

import torch
from problems import Same, copies, each_rule, problem, run

from steepest.torch import Optimizer


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

    def test_older_states_without_options(self):
        parameters, loss = problem()
        optimizer = Optimizer(parameters, "muon")
        run(optimizer, loss, 1)
        saved = optimizer.state_dict()
        for group in saved["param_groups"]:
            for option in ("maximize", "master", "split", "per_head"):
                del group[option]
        optimizer.load_state_dict(saved)
        run(optimizer, loss, 1)
        self.assertFalse(optimizer.param_groups[0]["maximize"])

    def test_options_are_loaded_with_the_states(self):
        parameters, loss = problem(torch.bfloat16)
        for master in (True, False):
            optimizer = Optimizer(parameters, "adamw", master=master)
            run(optimizer, loss, 1)
            other = Optimizer(parameters, "adamw", master=not master)
            other.load_state_dict(optimizer.state_dict())
            self.assertEqual(other.param_groups[0]["master"], master)
            self.assertEqual("master_w" in other.state[parameters[0]], master)
            run(other, loss, 1)

    def test_states_with_names_and_without(self):
        model = torch.nn.Linear(4, 3)
        named = Optimizer(model, "muon")
        plain = Optimizer([{"params": [p]} for p in model.parameters()], "adamw")
        plain.load_state_dict(plain.state_dict())
        self.assertNotIn("param_names", plain.param_groups[0])
        saved = named.state_dict()
        self.assertEqual(saved["param_groups"][0]["param_names"], ["weight"])
        for group in saved["param_groups"]:
            del group["param_names"]
        named.load_state_dict(saved)
        self.assertEqual(named.param_groups[0]["param_names"], ["weight"])

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
    def test_gradients_are_never_written(self, name, options, parameters, loss):
        optimizer = Optimizer(parameters, name, **options)
        for maximize in (False, True):
            optimizer.param_groups[0]["maximize"] = maximize
            loss().backward()
            before = [p.grad.clone() for p in parameters]
            optimizer.step()
            self.assertSame([p.grad for p in parameters], before)

    def test_empty_parameters_and_gradients(self):
        parameters, loss = problem()
        other, other_loss = problem()
        empty = torch.nn.Parameter(torch.empty(0, 4))
        empty.grad = torch.empty(0, 4)
        optimizer = Optimizer([{"params": [empty, *parameters]}], "adamw")
        loss().backward()
        optimizer.step()
        run(Optimizer(other, "adamw"), other_loss, 1)
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


if __name__ == "__main__":
    unittest.main()
