"""A small GPT in PyTorch, trained with four optimizers on the same text.

    python examples/gpt/gpt.py                 # a few minutes on two cores
    python examples/gpt/gpt.py --steps 20      # to see that it runs

The text is the reference of the Python language, as Debian's libpython3-stdlib brings
it (`pydoc_data.topics`); --text FILE takes another. Prints a table of losses, times and
certificates with the load of the machine, and draws the losses to loss.png. The cells
(`# %%`) run one by one in editors that know them.
"""

# %% The model: characters in, characters out.

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import math
import os
import pathlib
import platform
import statistics
import time
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.nn import functional

import steepest
import steepest.torch

CONTEXT, WIDTH, HEADS, LAYERS, BATCH = 96, 128, 4, 4, 16


class Block(nn.Module):
    """Attention, then a perceptron, each beside the residual stream."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.projection = nn.Linear(WIDTH, WIDTH, bias=False)
        self.norm = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.down = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Of shape batch x length x width."""
        q, k, v = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in self.qkv(self.attention_norm(x)).chunk(3, dim=-1)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(mixed.transpose(1, 2).flatten(-2))
        return x + self.down(functional.gelu(self.up(self.norm(x))))


class GPT(nn.Module):
    """Logits of the next character."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters, bias=False)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Of shape batch x length x characters."""
        places = torch.arange(tokens.shape[1])
        return self.head(
            self.norm(self.blocks(self.embedding(tokens) + self.positions(places)))
        )


def matrices(model: GPT) -> Iterable[tuple[str, nn.Parameter]]:
    """The hidden matrices."""
    return steepest.torch.sort_model(model).matrices


# %% The optimizers: one call each, whatever the rule is.


def parts(model: GPT) -> list[dict]:
    """Groups: queries, keys and values are matrices of their own."""
    piles = steepest.torch.sort_model(model)
    fused = [(name, p) for name, p in piles.matrices if "qkv" in name]
    rest = [(name, p) for name, p in piles.matrices if "qkv" not in name]
    return [
        {"params": fused, "split": (3, 1)},
        {"params": rest},
        {"params": piles.others, "optimizer": "adamw", "lr": 3e-3, "decay": 0.0},
    ]


def begin_orthonormal(model: GPT, scale: float) -> None:
    """Where manifolds want the weights: every matrix orthonormal, times a number."""
    for name, parameter in matrices(model):
        for part in parameter.data.chunk(3 if "qkv" in name else 1):
            nn.init.orthogonal_(part)
            part.mul_(scale)


SPHERE = steepest.build(
    norm="spectral",
    manifold="norm_sphere<norm = spectral, radius = 2.0>",
    name="spectral_sphere_muon",
)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """An optimizer, and where its weights begin."""

    name: str
    make: Callable[[GPT], torch.optim.Optimizer]
    scale: float | None = None


# One thread where eigen-problems are solved: docs/sharp-bits.md, "Eigen-problems are
# LAPACK's".
RECIPES = [
    Recipe("adamw", lambda m: steepest.torch.Optimizer(m, "adamw", lr=3e-3, decay=0.0)),
    Recipe("muon", lambda m: steepest.torch.Optimizer(parts(m), "muon", lr=0.02)),
    Recipe(
        "spectral_sphere_muon",
        lambda m: steepest.torch.Optimizer(parts(m), SPHERE, lr=0.05, threads=1),
        scale=2.0,
    ),
    Recipe(
        "manifold_muon",
        lambda m: steepest.torch.Optimizer(parts(m), "manifold_muon", lr=0.05, threads=1),
        scale=1.0,
    ),
]


# %% Training.


@dataclasses.dataclass
class Result:
    """What one run came to."""

    losses: list[float]
    validation: float
    step_ms: float
    optimizer_ms: float
    optimizer_cpu_ms: float
    load: float
    gap: float
    distance: float


def load(path: pathlib.Path | None) -> torch.Tensor:
    """The text as numbers of characters."""
    if path is None:
        from pydoc_data.topics import topics

        text = "\n".join(topics.values())
    else:
        text = path.read_text(encoding="utf-8")
    characters = {c: i for i, c in enumerate(sorted(set(text)))}
    return torch.tensor([characters[c] for c in text])


def draw(text: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch of contexts and of what follows."""
    starts = torch.randint(len(text) - CONTEXT - 1, (BATCH,), generator=generator)
    tokens = torch.stack([text[s : s + CONTEXT + 1] for s in starts.tolist()])
    return tokens[:, :-1], tokens[:, 1:]


def train(recipe: Recipe, text: torch.Tensor, steps: int) -> Result:
    """One run; every recipe sees the same batches."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    training, held = text[: len(text) * 9 // 10], text[len(text) * 9 // 10 :]
    model = GPT(int(text.max()) + 1)
    if recipe.scale is not None:
        begin_orthonormal(model, recipe.scale)
    optimizer = recipe.make(model)
    warmup = max(1, min(20, steps // 10))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda t: min(1.0, (t + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * t / steps)),
    )
    losses, whole, own, processor, load = [], [], [], [], []
    gap = distance = 0.0
    for _ in range(steps):
        start = time.perf_counter()
        tokens, targets = draw(training, generator)
        loss = functional.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        middle, used = time.perf_counter(), time.process_time()
        optimizer.step()
        end, used = time.perf_counter(), time.process_time() - used
        schedule.step()
        losses.append(loss.item())
        whole.append(end - start)
        own.append(end - middle)
        processor.append(used)
        load.append(os.getloadavg()[0])
        for one in optimizer.report():
            gap = max(gap, one.report.gap)
            distance = max([distance, *(c.distance for c in one.report)])
    with torch.no_grad():
        checks = [draw(held, torch.Generator().manual_seed(seed)) for seed in range(20)]
        validation = sum(
            functional.cross_entropy(model(x).flatten(0, 1), y.flatten()).item() for x, y in checks
        ) / len(checks)

    def median_ms(times: list[float]) -> float:
        return statistics.median(times) * 1e3

    return Result(
        losses=losses,
        validation=validation,
        step_ms=median_ms(whole),
        optimizer_ms=median_ms(own),
        optimizer_cpu_ms=median_ms(processor),
        load=statistics.mean(load),
        gap=gap,
        distance=distance,
    )


def machine() -> str:
    """The processor, what this process may use of it, and how busy it is."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), model)
    return (
        f"{model}, {len(os.sched_getaffinity(0))} processors, {torch.get_num_threads()} threads, "
        f"load {os.getloadavg()[0]:.1f} before the first run"
    )


# %% The table and the picture.


def plot(results: dict[str, Result], path: pathlib.Path) -> None:
    """Losses, averaged over some steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for name, result in results.items():
        width = max(1, len(result.losses) // 30)
        smooth = [
            sum(result.losses[max(0, i - width) : i + 1]) / (i + 1 - max(0, i - width))
            for i in range(len(result.losses))
        ]
        axes.plot(smooth, label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("training loss (nats a character)")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Trains, prints, draws."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--text", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("loss.png"))
    parser.add_argument("--only", nargs="*", choices=[r.name for r in RECIPES])
    chosen = parser.parse_args()
    text = load(chosen.text)
    print(f"{len(text)} characters, {int(text.max()) + 1} kinds")
    print(machine())
    print("| optimizer | training loss | held-out loss | ms a step | of these, optimizer "
          "| its processor time, ms | load | largest gap | distance from the manifold |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    results = {}
    for recipe in RECIPES:
        if chosen.only and recipe.name not in chosen.only:
            continue
        result = results[recipe.name] = train(recipe, text, chosen.steps)
        last = result.losses[-max(1, chosen.steps // 20) :]
        distance = f"{result.distance:.1e}" if recipe.scale is not None else ""
        print(
            f"| {recipe.name} | {sum(last) / len(last):.3f} | {result.validation:.3f} "
            f"| {result.step_ms:.1f} | {result.optimizer_ms:.1f} | {result.optimizer_cpu_ms:.1f} "
            f"| {result.load:.1f} | {result.gap:.2g} | {distance} |",
            flush=True,
        )
    print(
        "Times are medians over the steps. Processor time is that of all threads and does not "
        "count\nwaiting for a processor; with a load (running processes, mean over the run) of "
        "more than the\nprocessors that there are, it alone compares optimizers."
    )
    plot(results, chosen.output)


if __name__ == "__main__":
    main()
