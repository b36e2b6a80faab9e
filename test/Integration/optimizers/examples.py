"""The lit format of specs: steps of compiled code, the states carried on, each
compared with float64 from the same numbers. What is allowed follows from the
type, the arithmetic and, for solved directions, the certified gap; the report of
steepest-run says it."""

import formats

STEPS = 20
# Sanitizers look at memory, which is the same in every step, and are slow.
SANITIZED_STEPS = 3
# Large enough for the direction to count beside the weights, small enough for
# the cheap retractions.
RATE = 0.1
# Tall, wide, square, one entry, odd extents, a batch.
SHAPES = ["24x16", "16x24", "20x20", "1x1", "9x5", "2x5x8"]
# Of specs that are about other shapes: square matrices, several parameters.
SHAPES_OF = {
    "modular": ["24x16,16x16,12x16", "1x1,1x1,1x1", "2x9x5,2x5x5,2x3x5"],
    "orthogonal_muon": ["20x20", "1x1", "9x9", "2x8x8"],
}


class Examples(formats.Specs):
    def __init__(self, specs, steepest_run):
        super().__init__(specs)
        self.steepest_run = steepest_run

    def commands(self, test, name):
        cases = SHAPES_OF.get(name, SHAPES)
        sanitized = "asan" in test.config.available_features
        steps = SANITIZED_STEPS if sanitized else STEPS
        command = [self.steepest_run, test.file_path]
        command += [f"--case={case}" for case in cases]
        command += [f"--steps={steps}", f"--hyper=lr={RATE}"]
        yield command, {}, (steps, len(cases))
