"""What a call took: seconds on the wall, or seconds of processors.

Processor time is that of all threads of this process: it leaves out whoever shares
the machine, and counts a thread that looks for work as much as one that works, so it
is meant for one thread. `wall` is the only clock for several.
"""

import time


def text(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds * 1e6:.1f} us"


CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
