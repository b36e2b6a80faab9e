"""Our own compiled optimizers."""

import functools

import numpy as np

from harness.artefact import Problem, aligned, step_many
from harness.candidates import Candidate, candidate


_NOTHING = np.empty(0, np.uint8)


def _copy(array):
    """Memory of its own that begins at a cache line."""
    copy = aligned(array.size, array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


class _States:
    """Puts parameters and states back to what they were."""

    def __init__(self, problems):
        self._problems = problems
        self._kept = [
            {n: a.copy() for n, a in p.arrays.items() if n != "g"} for p in problems
        ]

    def reset(self):
        for problem, kept in zip(self._problems, self._kept):
            for name, array in kept.items():
                problem.arrays[name][...] = array


@candidate("matrix", "steepest", "spec")
def spec(problem, settings, spec, output="w", threads=None):
    """One step of a spec with a parameter w and a gradient g. `output` is the
    tensor that holds the direction: a state that the spec writes it to, or w, which
    then moves by a rate of -1, so that the direction is by how much it moved.
    """
    threads = threads or settings.threads
    optimizer = settings.optimizer(spec)
    start = problem.weight if problem.weight is not None else np.zeros_like(problem.gradient.value)
    hypers = {"lr": -1.0} if output == "w" else {}
    made = Problem(
        optimizer, threads, {"w": _copy(start), "g": _copy(problem.gradient.value)}, hypers
    )
    states = _States([made])
    return Candidate(
        made.stepper(threads),
        lambda: made.arrays[output] - (start if output == "w" else 0), states.reset,
        certificate=lambda: made.certificates[0],
    )  # fmt: skip


@candidate("stream", "steepest", "spec")
def stream(problem, settings, spec, threads=None):
    """Steps along a stream of gradients: each call takes the next one."""
    threads = threads or settings.threads
    optimizer = settings.optimizer(spec)
    made = Problem(
        optimizer, threads, {"w": _copy(problem.weight), "g": _copy(problem.gradients[0])}
    )
    gradients = [_copy(g) for g in problem.gradients]
    step = made.stepper(threads)
    turn = [0]

    def run():
        turn[0] = (turn[0] + 1) % len(gradients)
        made.bind("g", gradients[turn[0]])
        step()

    return Candidate(run, lambda: made.arrays["w"].copy(), certificate=lambda: made.certificates[0])


@candidate("parameters", "steepest", "step")
def step(problem, settings, specs, threads=None, finite_gradients=False):
    """All parameters in one `steepest_step_many`; `specs` names one for each rule. With
    `finite_gradients` nobody looks for NaNs, as in the optimizers of PyTorch and optax.
    Our candidates for one problem share their memory: models are large, and each
    begins anew when it is judged.
    """
    threads = threads or settings.threads
    shared = vars(problem).setdefault("memory", {})

    def allocate(index, name, count, dtype):
        size = count * np.dtype(dtype).itemsize
        if shared.get((index, name), _NOTHING).nbytes < size:
            shared[index, name] = aligned(size)
        return shared[index, name][:size].view(dtype)

    problems = []
    for index, parameter in enumerate(problem.parameters):
        optimizer = settings.optimizer(specs[parameter.rule])
        known = {k: v for k, v in parameter.hypers.items() if k in optimizer.hypers}
        given = {
            "w": allocate(index, "w", parameter.weight.size, np.float32).reshape(
                np.atleast_2d(parameter.weight).shape
            ),
            "g": np.atleast_2d(parameter.gradient),
        }
        given["w"][...] = parameter.weight
        problems.append(
            Problem(optimizer, threads, given, known, functools.partial(allocate, index))
        )

    def result():
        return [
            m.arrays["w"].reshape(p.weight.shape) for m, p in zip(problems, problem.parameters)
        ]

    def reset():
        for made, parameter in zip(problems, problem.parameters):
            made.arrays["w"][...] = np.atleast_2d(parameter.weight)
            made.initialize()

    made = Candidate(step_many(problems, threads, finite_gradients), result, reset)
    made.workspace_bytes = sum(p.workspace.nbytes for p in problems)
    return made

