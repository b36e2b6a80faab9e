"""The lit format of specs on the CPU model of an SM: two steps of the compiler's
own device code, compared with float64, with rows further apart, in batches and
by several teams of blocks, which must all give the same bits."""

import formats

STEPS = 2
# Several blocks with rows that do not allow wide loads, wide, one entry, a batch.
SHAPES = ["150x41", "16x24", "1x1", "3x9x8"]
SMALL = ["24x16", "1x1", "3x5x9"]
# Of solvers whose iterations take the model seconds.
SMALLEST = ["12x8", "1x1", "2x5x3"]
# Of specs that are about other shapes: square matrices, several parameters.
SHAPES_OF = {
    # Eigen-decompositions take the model long.
    "caspr": SMALL,
    "manifold_muon": SMALLEST,
    "manifold_muon_admm": SMALLEST,
    "manifold_muon_dual_ascent": ["6x4", "1x1"],
    "manifold_muon_online_dual": SMALLEST,
    "manifold_muon_su": ["12x8", "1x1"],
    "nuclear": SMALL,
    "oblique_muon": ["24x16", "5x9"],
    "one_sided_shampoo": SMALL,
    "polargrad": SMALL,
    "schatten": SMALL,
    "shampoo": SMALL,
    "soap": SMALL,
    "spectral_ball_muon": SMALLEST,
    "spectral_sphere_muon": ["24x16", "5x9"],
    "spectral_sphere_muon_bisection": SMALLEST,
    "spectral_sphere_muon_online_dual": SMALLEST,
    "spectral_sphere_muon_su": SMALLEST,
    # Its polynomial is within the tolerance for small ones only, on any target.
    "grassmann_muon": ["24x16", "16x24", "1x1", "3x9x8"],
    "modular": ["24x16,16x16,12x16", "1x1,1x1,1x1", "2x9x5,2x5x5,2x3x5"],
    "orthogonal_muon": ["20x20", "1x1", "2x8x8"],
}
# Specs whose products are computed in every way there is: as the step chooses,
# which for small sizes is in shared memory, and by number
# (runtime/CUDA/Device/Choice.h), since the sizes for which the step chooses
# these take the model too long.
PRODUCTS = {"muon": [None, 0, 1], "muon_bf16": [None, 0, 1, 2, 3]}


class Steps(formats.Specs):
    def __init__(self, specs, steepest_run, driver):
        super().__init__(specs)
        self.run = [steepest_run, f"--sm-model={driver}"]
        self.run += [f"--steps={STEPS}", "--threads=2", "--padding=3"]

    def commands(self, test, name):
        cases = SHAPES_OF.get(name, SHAPES)
        command = [*self.run, test.file_path, *(f"--case={case}" for case in cases)]
        for product in PRODUCTS.get(name, [None]):
            yield command, formats.model_product(product), (STEPS, len(cases))
