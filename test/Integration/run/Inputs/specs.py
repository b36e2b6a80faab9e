"""Prints the rules of one family of directions: norms of the dialect alone, or on
the manifolds for which there is a method. Usage: specs.py FAMILY [f32|f64]"""

import sys

family = sys.argv[1]
element = sys.argv[2] if len(sys.argv) > 2 else "f32"


def optimizer(name, norm, manifold="", extra="", rank=2):
    """A rule that descends along one direction, without momentum."""
    tensor = f"tensor<{'?x' * rank}{element}>"
    operands = at = on = ""
    lines = []
    types = ""
    if "transported" in norm:
        # The inverse maps I + W W^T and I + W^T W.
        lines += [f"%unit = arith.constant 1.0 : {element}"]
        for side, transposed in [("left", "transpose_rhs"), ("right", "transpose_lhs")]:
            lines += [
                f"%{side} = matrix.product %w, %w shift(%unit : {element}) "
                f"{{{transposed}, symmetric}} : {tensor}, {tensor} -> {tensor}"
            ]
        operands = ", %left, %right"
        types = f" operands({tensor}, {tensor}" + ", " * ("weighted" in norm)
        types += tensor * ("weighted" in norm) + ")"
    if "weighted_l2" in norm:
        # Positive, and not all alike.
        lines += [
            f"%one = arith.constant 1.0 : {element}",
            f"%ones = steepest.fill %one like %g : {tensor}",
            f"%cosine = math.cos %w : {tensor}",
            f"%square = arith.mulf %cosine, %cosine : {tensor}",
            f"%weights = arith.addf %square, %ones : {tensor}",
        ]
        operands += ", %weights"
    if manifold:
        at, on = " at %w", f" on({manifold})"
    lines += [
        f"%d = steepest.direction %g{at} norm({norm}{operands}){on} {extra} : {tensor}{types}"
    ]
    if manifold:
        lines += [f"%w1 = steepest.retract %w, %d, %lr on({manifold}) : {tensor}"]
    else:
        lines += [f"%w1 = steepest.descend %w, %d, %lr : {tensor}"]
    lines += [f"steepest.update %w = %w1 : {tensor}"]
    print(f"steepest.optimizer @{name}(%w: {tensor}, %g: {tensor})")
    print(f"    hyper(%lr: {element} = 0.1) {{")
    for line in lines:
        print(f"  {line}")
    print("}")


def spell(norm):
    """A name for the optimizer of a norm or manifold."""
    return "".join(c if c.isalnum() else "_" for c in norm).strip("_")


def norms(names, rank=2):
    for norm in names:
        optimizer(spell(norm), "#steepest." + norm, rank=rank)


def penalties(names):
    for norm in names:
        optimizer(spell(norm) + "_penalty", "#steepest." + norm, extra="penalty")


def pairs(names, manifolds, extra="", rank=2):
    for manifold in manifolds:
        for norm in names:
            optimizer(
                spell(norm) + "_on_" + spell(manifold),
                "#steepest." + norm,
                "#steepest." + manifold,
                extra,
                rank,
            )


euclidean = ["frobenius", "l2", "rms", "lp<2>", "schatten<2>"]
entrywise = ["l1", "lp<1>", "lp<1.5>", "lp<3>", "lp<inf>", "linf", "weighted_l2"]
groups = ["columns", "rows"]
scaled = [
    "scaled<norm = #steepest.linf, radius = 0.5>",
    "scaled<norm = #steepest.frobenius, rows = 0.5, cols = -0.5, max = 0.25, min = 0.25>",
]
clipped = ["linf_l2<1.0>", "linf_l2<3.0>", "linf_l2<100.0>"]
parts = [
    "max_columns<#steepest.l1>",
    "max_columns<#steepest.linf_l2<2.0>>",
    "max_rows<#steepest.lp<3.0>>",
    "max_rows<#steepest.rms>",
    "operator<from = #steepest.l1, to = #steepest.lp<1.5>>",
    "operator<from = #steepest.rms, to = #steepest.linf>",
]
tops = ["ky_fan<2>", "ky_fan<6>", "ky_fan_dual<2>", "ky_fan_dual<6>"]
clips = ["spectral_frobenius<1.5>", "spectral_frobenius<100.0>"]
soft = ["smoothed_spectral<0.01>", "smoothed_spectral<0.5>"]
blocks = [
    "blocks<norm = #steepest.spectral, rows = 4>",
    "blocks<norm = #steepest.columns, rows = 2, cols = 4>",
]
transported = [
    "transported<norm = #steepest.frobenius>",
    "transported<norm = #steepest.linf>",
    "transported<norm = #steepest.weighted_l2>",
]
separable = ["oblique_columns", "oblique_rows"]
spheres = ["sphere", "sphere<radius = 3.0>"]


def norm_spheres(names):
    return [f"norm_sphere<norm = #steepest.{name}, radius = 2.0>" for name in names]


def norm_balls(names):
    return [f"norm_ball<norm = #steepest.{name}, radius = 2.0>" for name in names]


if family == "elementwise":
    norms(euclidean + entrywise + groups + scaled)
elif family == "penalties":
    penalties(["frobenius", "l1", "lp<3>", "linf", "weighted_l2", "rows"] + scaled)
elif family == "vectors":
    norms(["l2", "rms"] + entrywise + scaled, rank=1)
    pairs(["frobenius", "linf", "weighted_l2"], spheres, rank=1)
elif family == "families":
    norms(clipped + parts)
    penalties(["linf_l2<3.0>", "max_rows<#steepest.l1>"])
elif family == "clipped-vectors":
    norms(clipped, rank=1)
elif family == "spectral-families":
    for norm in tops + clips + soft:
        optimizer(spell(norm), "#steepest." + norm, extra="accuracy(#steepest.exact)")
    optimizer("ky_fan_default", "#steepest.ky_fan<6>")
    penalties(["ky_fan_dual<3>", "spectral_frobenius<2.0>"])
elif family == "blocks":
    for norm in blocks:
        optimizer(spell(norm), "#steepest." + norm, extra="accuracy(#steepest.exact)")
    penalties(blocks[:1])
elif family == "transported":
    norms(transported)
    penalties(transported[:1])
elif family == "spectral":
    norms(["nuclear", "schatten<1.5>"])
    penalties(["schatten<4>"])
    for norm in ["spectral", "rms_to_rms"]:
        optimizer(spell(norm), "#steepest." + norm, extra="accuracy(#steepest.exact)")
elif family == "polynomial":
    optimizer("spectral_default", "#steepest.spectral")
    optimizer(
        "spectral_band",
        "#steepest.spectral",
        extra="accuracy(#steepest.band<lowest = 1.0e-4, error = 1.0e-3>)",
    )
    optimizer("spectral_gap", "#steepest.spectral", extra="accuracy(#steepest.gap<0.1>)")
    optimizer("rms_to_rms", "#steepest.rms_to_rms", extra="penalty")
    for table, steps in [("muon", 5), ("newton_schulz", 6), ("cubic", 8)]:
        optimizer(
            "spectral_" + table,
            "#steepest.spectral",
            extra=f'method(#steepest.polynomial<"{table}", steps = {steps}>)',
        )
elif family == "manifolds":
    pairs(["frobenius", "linf", "weighted_l2"], spheres[1:] + separable)
    pairs(["rms"], ["sphere"])
    pairs(["columns"], ["oblique_columns"])
    pairs(["rows"], ["oblique_rows"])
elif family == "stiefel":
    pairs(["frobenius"], ["stiefel"])
elif family == "orthogonal":
    pairs(["frobenius", "nuclear", "schatten<4>"], ["orthogonal"])
    pairs(["spectral"], ["orthogonal"], "accuracy(#steepest.exact)")
elif family == "norm-spheres":
    # One multiplier, evaluated in passes over memory.
    pairs(["lp<3>"], norm_spheres(["lp<4>", "rows"]))
    pairs(["l1", "linf", "columns"], norm_spheres(["lp<1.5>"]))
    pairs(["lp<3>"], separable)
elif family == "norm-spheres-spectral":
    # One multiplier, evaluated by decompositions.
    pairs(["spectral"], spheres[:1] + norm_spheres(["spectral"]))
    pairs(["nuclear"], norm_spheres(["schatten<3>"]))
elif family == "norm-balls":
    pairs(["lp<3>"], norm_balls(["linf", "lp<4>"]))
    pairs(["linf"], norm_balls(["columns"]))
    pairs(["spectral"], norm_balls(["frobenius"]))
    pairs(["frobenius"], norm_balls(["spectral"]))
elif family == "spectral-stiefel":
    optimizer("spectral_on_stiefel", "#steepest.spectral", "#steepest.stiefel")
else:
    sys.exit(f"specs.py: no family {family}")
