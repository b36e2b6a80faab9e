"""What a step says about itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from steepest import abi


@dataclasses.dataclass(frozen=True, slots=True)
class DirectionInfo:
    """One direction of a rule: what was asked, and what solves it."""

    name: str
    norm: str
    manifold: str
    method: str


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """How good one direction Phi is for max <G, Phi>, ||Phi|| <= 1, A_W(Phi) = 0.

    value: <G, Phi>, what it attains.
    bound: what no direction can exceed.
    gap: (bound - value) / bound, or 0 when both are 0.
    tangency: max |A_W(Phi)|.
    distance: how far the parameter was from its manifold before the step.
    iterations: of the solver; 0 for a closed form.
    outcome: how the solver left it.
    """

    direction: DirectionInfo
    value: float
    bound: float
    gap: float
    tangency: float
    distance: float
    iterations: int
    outcome: abi.Outcome

    @classmethod
    def read(cls, direction: DirectionInfo, raw: abi.Certificate) -> Certificate:
        """The certificate that a step wrote."""
        return cls(
            direction,
            raw.value,
            raw.bound,
            raw.gap,
            raw.tangency,
            raw.distance,
            int(raw.iterations),
            abi.Outcome(int(raw.outcome)),
        )

    def __str__(self) -> str:
        where = "" if self.direction.manifold == "none" else f" on {self.direction.manifold}"
        text = f"{self.direction.norm}{where}: gap {self.gap:.2g}"
        if where:
            text += f", tangency {self.tangency:.1g}, distance {self.distance:.1g}"
        if self.iterations:
            text += f", {self.iterations} iterations"
        if self.outcome is not abi.Outcome.CONVERGED:
            text += f", {self.outcome.name.lower()}"
        return text


class Report(Sequence[Certificate]):
    """The certificates of one step, direction by direction; of a batch, problem by
    problem and within it direction by direction.
    """

    def __init__(
        self, directions: Sequence[DirectionInfo], raw: Sequence[abi.Certificate]
    ) -> None:
        self._certificates = tuple(
            Certificate.read(directions[index % len(directions)], one)
            for index, one in enumerate(raw)
        )

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self._certificates[index]

    def __len__(self) -> int:
        return len(self._certificates)

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self._certificates)

    @property
    def gap(self) -> float:
        """The largest gap; 0 without directions."""
        return max((one.gap for one in self), default=0.0)

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no directions"

    __repr__ = __str__
