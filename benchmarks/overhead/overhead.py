#!/usr/bin/env python3
"""The host's time of a step from PyTorch, beyond the kernels.

A step of `steepest.torch.Optimizer` is some Python and one call in C. The call is timed
within the step, and what is left is the host's; parameters are too small to matter. The
gradients are new tensors in every step, as after `zero_grad(set_to_none=True)`. Medians on
one thread, of steps one after another and of steps in turn with other optimizers, whose
code and data push everything out of the caches. The order is shuffled in each round: what
comes after another's code is colder than what comes after its own kind.
"""

import argparse
import random
import statistics
import time

import torch

import steepest.torch


def make(count, extent):
    """Parameters with gradients."""
    parameters = [torch.nn.Parameter(torch.randn(extent, extent)) for _ in range(count)]
    renew(parameters)
    return parameters


def renew(parameters):
    """New gradients, elsewhere in memory."""
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)


def time_of(call):
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Timed:
    """An optimizer of ours whose calls in C are timed."""

    def __init__(self, optimizer):
        self.step = optimizer.step
        self.call = 0.0
        self._run, optimizer._plan.run = optimizer._plan.run, self._timed

    def _timed(self):
        self.call = time_of(self._run)


def measure(candidates, rounds):
    """Of every candidate the medians of a step and of its call, in microseconds."""
    times = {name: ([], []) for name in candidates}
    order, shuffler = list(candidates.items()), random.Random(0)
    for _ in range(rounds):
        shuffler.shuffle(order)
        for name, (parameters, optimizer) in order:
            renew(parameters)
            whole, calls = times[name]
            whole.append(time_of(optimizer.step))
            calls.append(getattr(optimizer, "call", 0.0))
    return {
        name: tuple(statistics.median(values) * 1e6 for values in both)
        for name, both in times.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parameters", type=int, default=150)
    parser.add_argument("--extent", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    candidates = {}
    for name in ("sgd", "adamw", "muon"):
        parameters = make(chosen.parameters, chosen.extent)
        optimizer = steepest.torch.Optimizer([{"params": parameters}], name, threads=1)
        optimizer.step()
        candidates[name] = (parameters, Timed(optimizer))
    for name, options in (("AdamW, foreach", {"foreach": True}), ("AdamW, fused", {"fused": True})):
        parameters = make(chosen.parameters, chosen.extent)
        candidates[f"torch.optim.{name}"] = (parameters, torch.optim.AdamW(parameters, **options))
    alone = {}
    for name, one in candidates.items():
        alone |= measure({name: one}, chosen.rounds)
    together = measure(candidates, chosen.rounds)
    print(f"{chosen.parameters} parameters of {chosen.extent} x {chosen.extent}, microseconds")
    print(f"{'':28}{'one after another':>30}{'in turn':>30}")
    print(f"{'':28}" + f"{'step':>10}{'call in C':>12}{'host':>8}" * 2)
    for name in candidates:
        line = f"{name:28}"
        for step, call in (alone[name], together[name]):
            line += f"{step:10.0f}"
            line += f"{call:12.0f}{step - call:8.0f}" if call else " " * 20
        print(line.rstrip())


if __name__ == "__main__":
    main()
