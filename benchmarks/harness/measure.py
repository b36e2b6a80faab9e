"""Interleaved timings in one process.

Several pools of threads live in it: ours, OpenBLAS', OpenMP's (torch) and XLA's.
Some of them keep looking for work for a while after their last region, and would
take a processor from whoever is timed next. So before every sample there is a
pause in which they fall asleep, and then one call that is not timed, which wakes
the pool of the candidate and brings its data near.

Beside every sample on the wall stands how much processor time others took meanwhile
(all that the kernel counted as busy, less what this process used): a sample during
which others took more than a tenth of one processor is taken into the median only
when fewer than three quiet ones could be had.
"""

import os
import statistics
import time

from harness.clocks import CLOCKS

_TICK = os.sysconf("SC_CLK_TCK")
_QUIET = 0.1

# A call longer than this needs no warming, and two samples of it will do.
_LONG = 2.0


def _busy_seconds():
    """Processor seconds that the kernel counted as used or stolen, of all."""
    with open("/proc/stat", encoding="utf-8") as file:
        fields = [int(x) for x in file.readline().split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / _TICK


class Sample:
    """`time` per call by the clock, seconds on the wall in all, and the share of one
    processor that others used."""

    def __init__(self, run, repetitions, clock):
        busy, own, start = _busy_seconds(), time.process_time(), time.perf_counter()
        now = CLOCKS[clock]
        before = now()
        for _ in range(repetitions):
            run()
        self.time = (now() - before) / repetitions
        self.elapsed = time.perf_counter() - start
        others = _busy_seconds() - busy - (time.process_time() - own)
        # One tick is the resolution of the kernel's count.
        self.others = max(0.0, (others - 1 / _TICK) / self.elapsed)


class Timing:
    """The samples of one candidate."""

    def __init__(self, clock):
        self.clock, self.samples = clock, []

    @property
    def spent(self):
        return sum(sample.elapsed for sample in self.samples)

    def _kept(self):
        every = [s.time for s in self.samples]
        if self.clock != "wall":
            return every
        quiet = [s.time for s in self.samples if s.others <= _QUIET]
        return quiet if len(quiet) >= 3 else every

    def to_json(self):
        kept = self._kept()
        return {
            "time": statistics.median(kept),
            "least": min(kept),
            "most": max(kept),
            "samples": len(self.samples),
            "quiet": sum(s.others <= _QUIET for s in self.samples),
            "others": round(statistics.median(s.others for s in self.samples), 3),
        }


def interleave(candidates, clock, rounds, seconds=0.2, pause=0.06, budget=60.0):
    """Times every candidate in turn, `rounds` times, for at least `seconds` each
    time; one that has taken `budget` seconds in all is asked no more. Returns a
    Timing for each.
    """
    timings = [Timing(clock) for _ in candidates]
    repetitions = []
    for candidate, timing in zip(candidates, timings):
        first = Sample(candidate.run, 1, clock)
        if first.elapsed > _LONG:
            timing.samples.append(first)
            repetitions.append(1)
            continue
        once = max(Sample(candidate.run, 1, clock).elapsed, 1e-7)
        repetitions.append(max(1, int(seconds / once)))
    for turn in range(rounds):
        for offset in range(len(candidates)):
            index = (turn + offset) % len(candidates)
            candidate, timing = candidates[index], timings[index]
            if timing.samples and timing.spent > budget:
                continue
            time.sleep(pause)
            if not timing.samples or timing.samples[-1].elapsed < _LONG:
                candidate.run()
            timing.samples.append(Sample(candidate.run, repetitions[index], clock))
    return timings
