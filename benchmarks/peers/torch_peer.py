"""PyTorch: its own optimizers, and what its users write with its products."""

from harness.candidates import Absent, Candidate, candidate, need
from peers import polynomials


def load(settings):
    """The module, with as many threads as everybody else."""
    torch = need("torch")
    torch.set_num_threads(settings.threads)
    return torch


def _parameters(torch, problem):
    """Parameters of their own; the gradients are shared with everybody."""
    made = []
    for p in problem.parameters:
        parameter = torch.nn.Parameter(torch.from_numpy(p.weight.copy()))
        parameter.grad = torch.from_numpy(p.gradient)
        made.append(parameter)
    return made


def reset_optimizers(torch, problem, parameters, optimizers):
    with torch.no_grad():
        for parameter, p in zip(parameters, problem.parameters):
            parameter.copy_(torch.from_numpy(p.weight))
        for optimizer in optimizers:
            for state in optimizer.state.values():
                for value in state.values():
                    if torch.is_tensor(value):
                        value.zero_()


def split(problem, parameters):
    """Parameters by rule, with the numbers of the rule."""
    by_rule = {}
    for p, parameter in zip(problem.parameters, parameters):
        by_rule.setdefault(p.rule, (p.hypers, []))[1].append(parameter)
    return by_rule


def adamw(torch, h, parameters, **options):
    return torch.optim.AdamW(
        parameters, lr=h["lr"], betas=(h["beta1"], h["beta2"]), eps=h["epsilon"],
        weight_decay=h["decay"], **options,
    )  # fmt: skip


def _sgd(torch, h, parameters, **options):
    """With the average of gradients that our rule keeps. It begins at zero: of a first
    gradient PyTorch would take all."""
    optimizer = torch.optim.SGD(
        parameters, lr=h["lr"], momentum=h["beta"], dampening=h["beta"], **options
    )
    for parameter in parameters:
        optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return optimizer


def _muon(torch, h, parameters):
    if not hasattr(torch.optim, "Muon"):
        raise Absent(f"torch {torch.__version__} has no optim.Muon")
    return torch.optim.Muon(
        parameters, lr=h["lr"], momentum=h["beta"], weight_decay=h["decay"], nesterov=True
    )


class _Signum:
    """Signum with PyTorch's multi-tensor operations, its fastest way to say it."""

    def __init__(self, torch, h, parameters):
        self.torch, self.h, self.parameters = torch, h, parameters
        self.state = {p: {"m": torch.zeros_like(p)} for p in parameters}

    def step(self):
        torch, h = self.torch, self.h
        with torch.no_grad():
            averages = [self.state[p]["m"] for p in self.parameters]
            gradients = [p.grad for p in self.parameters]
            torch._foreach_lerp_(averages, gradients, 1 - h["beta"])
            torch._foreach_mul_(self.parameters, 1 - h["lr"] * h["decay"])
            torch._foreach_add_(self.parameters, torch._foreach_sign(averages), alpha=-h["lr"])


@candidate("parameters", "torch", "step")
def step(problem, settings, mode="fused", compiled=False):
    """torch.optim.Muon for matrices, AdamW and SGD ("eager": one tensor at a time,
    "foreach" or "fused") for the rest, Signum where the rule says so. `compiled`
    runs the steps through torch.compile.
    """
    torch = load(settings)
    parameters = _parameters(torch, problem)
    options = {"foreach": False, "fused": False}
    if mode != "eager":
        options[mode] = True
    optimizers = []
    for rule, (h, group) in split(problem, parameters).items():
        if rule == "muon":
            optimizers.append(_muon(torch, h, group))
        elif rule == "adamw":
            optimizers.append(adamw(torch, h, group, **options))
        elif rule == "sgd":
            optimizers.append(_sgd(torch, h, group, **options))
        else:
            optimizers.append(_Signum(torch, h, group))

    def run():
        for optimizer in optimizers:
            optimizer.step()

    if compiled:
        torch._dynamo.config.recompile_limit = 10**4
        steps = [torch.compile(o.step, fullgraph=False) for o in optimizers]

        def run():
            for step in steps:
                step()

        try:
            run()
        except Exception as error:  # torch.compile needs a C++ compiler at run time
            first = str(error).strip().splitlines()[0]
            raise Absent(f"torch.compile does not work here: {first}") from error

    def result():
        return [p.detach().numpy().copy() for p in parameters]

    return Candidate(
        run, result, lambda: reset_optimizers(torch, problem, parameters, optimizers)
    )


@candidate("matrix", "torch", "newton_schulz")
def newton_schulz(problem, settings, dtype="bfloat16"):
    """The five steps of torch.optim.Muon by its own function (bf16), or the same
    statements in f32."""
    torch = load(settings)
    gradient = torch.from_numpy(problem.gradient.value)
    kept = [None]
    if dtype == "bfloat16":
        inner = need("torch.optim._muon")._zeropower_via_newtonschulz

        def run():
            kept[0] = inner(gradient, polynomials.MUON[0], 5, 1e-7)

    else:

        def run():
            kept[0] = steps(torch, gradient, polynomials.MUON, torch.float32)

    return Candidate(run, lambda: kept[0].float().numpy().copy())


@candidate("matrix", "torch", "polar_express")
def polar_express(problem, settings, dtype="float32", steps_made=6):
    """Polar Express as published, its first steps, on X / (1.01 ||X||_F)."""
    torch = load(settings)
    gradient = torch.from_numpy(problem.gradient.value)
    kept = [None]

    def run():
        kept[0] = steps(
            torch, gradient, polynomials.POLAR_EXPRESS[:steps_made], getattr(torch, dtype), 1.01
        )

    return Candidate(run, lambda: kept[0].float().numpy().copy())


def steps(torch, gradient, coefficients, dtype, safety=1.0):
    """Odd quintic steps on the singular values, as torch.optim.Muon writes them."""
    x = gradient.to(dtype)
    tall = x.size(0) > x.size(1)
    x = x.T if tall else x
    x = x / (safety * x.norm()).clamp(min=1e-30)
    for a, b, c in coefficients:
        gram = x @ x.T
        update = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.addmm(x, update, x, beta=a)
    return x.T if tall else x


@candidate("matrix", "torch", "svd")
def svd(problem, settings):
    torch = load(settings)
    gradient = torch.from_numpy(problem.gradient.value)
    kept = [None]

    def run():
        left, _, right = torch.linalg.svd(gradient, full_matrices=False)
        kept[0] = left @ right

    return Candidate(run, lambda: kept[0].numpy().copy())
