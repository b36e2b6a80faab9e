"""Interleaved timings in one process.

Several pools of threads live in it: ours, OpenBLAS', OpenMP's (torch) and XLA's.
Some of them keep looking for work for a while after their last region, and would
take a processor from whoever is timed next. So before every sample there is a
pause in which they fall asleep, and then one call that is not timed, which wakes
the pool of the candidate and brings its data near.

The time is that on the wall. Beside every sample stands how much processor time
others took meanwhile (all that the kernel counted as busy, less what this process
used): a sample during which others took more than a tenth of one processor is
taken into the median only when fewer than three quiet ones could be had.
"""

import os
import statistics
import time

_TICK = os.sysconf("SC_CLK_TCK")
_QUIET = 0.1


def _busy_seconds():
    """Processor seconds that the kernel counted as used or stolen, of all."""
    with open("/proc/stat", encoding="utf-8") as file:
        fields = [int(x) for x in file.readline().split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / _TICK


class Sample:
    """Seconds per call, and the share of one processor that others used."""

    def __init__(self, run, repetitions):
        busy, own, start = _busy_seconds(), time.process_time(), time.perf_counter()
        for _ in range(repetitions):
            run()
        elapsed = time.perf_counter() - start
        others = _busy_seconds() - busy - (time.process_time() - own)
        self.seconds = elapsed / repetitions
        # One tick is the resolution of the kernel's count.
        self.others = max(0.0, (others - 1 / _TICK) / elapsed)


class Timing:
    """The samples of one candidate."""

    def __init__(self):
        self.samples = []

    @property
    def spent(self):
        return sum(sample.seconds for sample in self.samples)

    def _kept(self):
        quiet = [s.seconds for s in self.samples if s.others <= _QUIET]
        return quiet if len(quiet) >= 3 else [s.seconds for s in self.samples]

    @property
    def median(self):
        return statistics.median(self._kept())

    def to_json(self):
        kept = self._kept()
        return {
            "seconds": self.median,
            "least": min(kept),
            "most": max(kept),
            "samples": len(self.samples),
            "quiet": sum(s.others <= _QUIET for s in self.samples),
            "others": round(statistics.median(s.others for s in self.samples), 3),
        }


def interleave(candidates, rounds, seconds=0.2, pause=0.06, budget=60.0):
    """Times every candidate in turn, `rounds` times, for at least `seconds` each
    time; one that has taken `budget` seconds in all is asked no more (but twice at
    least). Returns a Timing for each.
    """
    timings = [Timing() for _ in candidates]
    repetitions = []
    for candidate in candidates:
        candidate.run()
        start = time.perf_counter()
        candidate.run()
        once = max(time.perf_counter() - start, 1e-7)
        repetitions.append(max(1, int(seconds / once)))
    for turn in range(rounds):
        for offset in range(len(candidates)):
            index = (turn + offset) % len(candidates)
            candidate, timing = candidates[index], timings[index]
            if len(timing.samples) >= 2 and timing.spent * repetitions[index] > budget:
                continue
            time.sleep(pause)
            if not timing.samples or timing.median < 1.0:
                candidate.run()
            timing.samples.append(Sample(candidate.run, repetitions[index]))
    return timings
