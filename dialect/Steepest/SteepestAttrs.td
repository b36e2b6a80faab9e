//===- SteepestAttrs.td - norms, manifolds, contracts ------*- tablegen -*-===//
//
// Notation as in the literature: X is d_out x d_in, s_i its singular values.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_ATTRS
#define STEEPEST_DIALECT_STEEPEST_ATTRS

include "dialect/Steepest/SteepestDialect.td"
include "dialect/Steepest/SteepestInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

defvar Real = "::steepest::matrix::Real";

/// A number of things; `unsigned` alone would take -1 for 4294967295.
class Count<string count = ""> : AttrParameter<"unsigned", ""> {
  let parser = "parseCount($_parser)";
  let defaultValue = count;
}

class Steepest_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Steepest_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

class Steepest_Norm<string name, string attrMnemonic, list<string> overridden = []>
    : Steepest_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Steepest_NormAttrInterface, overridden>]>;

def Steepest_L1Attr : Steepest_Norm<"L1", "l1"> {
  let summary = "sum of absolute values";
  let description = "Dual: max |x_i|. Dualizer: the sign of the first largest entry, alone.";
}
def Steepest_L2Attr : Steepest_Norm<"L2", "l2", ["getCanonicalNorm"]> {
  let summary = "Euclidean norm of the entries";
  let description = "The Frobenius norm, by its name for vectors.";
}
def Steepest_LpAttr : Steepest_Norm<"Lp", "lp", ["getCanonicalNorm"]> {
  let summary = "(sum |x_i|^p)^(1/p)";
  let description = [{
    Real p >= 1, or `inf`. Dual: l_q with 1/p + 1/q = 1. Dualizer:
    sign(x) |x|^(q-1) / ||x||_q^(q-1).
  }];
  let parameters = (ins Real:$p);
  let assemblyFormat = "`<` $p `>`";
}
def Steepest_LinfAttr : Steepest_Norm<"Linf", "linf"> {
  let summary = "largest absolute value";
  let description = "Dual: sum |x_i|. Dualizer: sign(x), with sign(0) = 0.";
}
def Steepest_FrobeniusAttr : Steepest_Norm<"Frobenius", "frobenius"> {
  let summary = "Euclidean norm of the entries";
  let description = "Its own dual. Dualizer: x / ||x||.";
}
def Steepest_RmsAttr : Steepest_Norm<"Rms", "rms", ["getCanonicalNorm"]> {
  let summary = "root mean square of the entries";
  let description = "||x||_F / sqrt(number of entries).";
}
def Steepest_SpectralAttr : Steepest_Norm<"Spectral", "spectral"> {
  let summary = "largest singular value";
  let description = "Dual: the nuclear norm. Dualizer: msign(X) = U V^T (Muon).";
}
def Steepest_RmsToRmsAttr : Steepest_Norm<"RmsToRms", "rms_to_rms", ["getCanonicalNorm"]> {
  let summary = "operator norm between root-mean-square norms";
  let description = "sqrt(d_in / d_out) ||X||_2. Dualizer: sqrt(d_out / d_in) msign(X).";
}
def Steepest_NuclearAttr : Steepest_Norm<"Nuclear", "nuclear"> {
  let summary = "sum of the singular values";
  let description = "Dual: the spectral norm. Dualizer: U1 V1^T / k over the k-fold largest singular value.";
}
def Steepest_SchattenAttr : Steepest_Norm<"Schatten", "schatten", ["getCanonicalNorm"]> {
  let summary = "l_p norm of the singular values";
  let description = [{
    Real p >= 1, or `inf`. Dual: Schatten-q. Dualizer: U s^(q-1) V^T /
    ||X||_Sq^(q-1).
  }];
  let parameters = (ins Real:$p);
  let assemblyFormat = "`<` $p `>`";
}
def Steepest_ColumnsAttr : Steepest_Norm<"Columns", "columns"> {
  let summary = "largest Euclidean norm of a column (the 1->2 operator norm)";
  let description = "Dual: the sum of the column norms. Dualizer: every column normalised.";
}
def Steepest_RowsAttr : Steepest_Norm<"Rows", "rows"> {
  let summary = "largest Euclidean norm of a row (the 2->inf operator norm)";
  let description = "Dual: the sum of the row norms. Dualizer: every row normalised.";
}
def Steepest_WeightedL2Attr : Steepest_Norm<"WeightedL2", "weighted_l2"> {
  let summary = "sqrt(sum v_i x_i^2) with run-time weights v > 0";
  let description = [{
    One operand: the weights, of the type measured. Dual: sqrt(sum x_i^2 / v_i).
    Dualizer: (x / v) / dual. Its penalty form x / v is Adam with v = the root
    of the second moment.
  }];
}
def Steepest_ScaledAttr : Steepest_Norm<"Scaled", "scaled"> {
  let summary = "a norm whose unit ball has another radius";
  let description = [{
    N(X) / r with r = radius * rows^a * cols^b * max(rows, cols)^c *
    min(rows, cols)^d: a step of size one has N = r. Conventions in use, for
    `#steepest.spectral`: `max = 0.5, cols = -0.5` is sqrt(max(1, d_out/d_in));
    `radius = 0.2, max = 0.5` matches AdamW's step.
  }];
  let parameters = (ins "::mlir::Attribute":$norm,
    DefaultValuedParameter<Real, Real # "(1.0)">:$radius,
    DefaultValuedParameter<Real, Real # "(0.0)">:$rows,
    DefaultValuedParameter<Real, Real # "(0.0)">:$cols,
    DefaultValuedParameter<Real, Real # "(0.0)">:$max,
    DefaultValuedParameter<Real, Real # "(0.0)">:$min);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Steepest_KyFanAttr : Steepest_Norm<"KyFan", "ky_fan", ["getCanonicalNorm"]> {
  let summary = "sum of the k largest singular values";
  let description = [{
    Dual: max(s_1, (sum s_i) / k). Dualizer: U1 V1^T / (multiplicity) where s_1
    is the larger, msign(X) / k otherwise.
  }];
  let parameters = (ins Count<>:$k);
  let assemblyFormat = "`<` $k `>`";
}
def Steepest_KyFanDualAttr : Steepest_Norm<"KyFanDual", "ky_fan_dual", ["getCanonicalNorm"]> {
  let summary = "the larger of s_1 and (sum s_i) / k";
  let description = [{
    Dual: the sum of the k largest singular values. Dualizer: U_k V_k^T, the
    msign of the best approximation of rank k.
  }];
  let parameters = (ins Count<>:$k);
  let assemblyFormat = "`<` $k `>`";
}
def Steepest_SpectralFrobeniusAttr : Steepest_Norm<"SpectralFrobenius", "spectral_frobenius"> {
  let summary = "the larger of the spectral norm and the Frobenius norm / radius";
  let description = [{
    Dualizer: U min(1, s / t) V^T, singular values clipped at the t for which
    the result has Frobenius norm `radius`; msign(X) when rank(X) <= radius^2.
  }];
  let parameters = (ins Real:$radius);
  let assemblyFormat = "`<` $radius `>`";
}
def Steepest_LinfL2Attr : Steepest_Norm<"LinfL2", "linf_l2"> {
  let summary = "the larger of the largest entry and the Euclidean norm / radius";
  let description = [{
    Dualizer: sign(x) min(1, |x| / t) with t such that its Euclidean norm is
    `radius`; sign(x) when at most radius^2 entries are not zero.
  }];
  let parameters = (ins Real:$radius);
  let assemblyFormat = "`<` $radius `>`";
}
def Steepest_MaxColumnsAttr : Steepest_Norm<"MaxColumns", "max_columns", ["getCanonicalNorm"]> {
  let summary = "largest norm of a column";
  let description = [{
    The maximum over columns of a norm of vectors: `#steepest.lp<q>` makes it
    the operator norm from l1 to lq. Dual: the sum of the dual norms of the
    columns. Dualizer: that of every column.
  }];
  let parameters = (ins "::mlir::Attribute":$norm);
  let assemblyFormat = "`<` $norm `>`";
}
def Steepest_MaxRowsAttr : Steepest_Norm<"MaxRows", "max_rows", ["getCanonicalNorm"]> {
  let summary = "largest norm of a row";
  let description = [{
    The maximum over rows of a norm of vectors: `#steepest.lp<q>` makes it the
    operator norm from l_p to l_inf, 1/p + 1/q = 1.
  }];
  let parameters = (ins "::mlir::Attribute":$norm);
  let assemblyFormat = "`<` $norm `>`";
}
def Steepest_OperatorAttr : Steepest_Norm<"Operator", "operator", ["getCanonicalNorm"]> {
  let summary = "operator norm between two norms of feature vectors";
  let description = [{
    max ||X v||_to over ||v||_from <= 1. From l1: the largest `to` norm of a
    column. To linf: the largest dual `from` norm of a row. From l2 to l2: the
    spectral norm. rms norms are l2 up to the square root of the size. Other
    pairs are NP-hard to compute (Hendrickx and Olshevsky 2010; Steinberg 2005)
    and refused.
  }];
  let parameters = (ins "::mlir::Attribute":$from, "::mlir::Attribute":$to);
  let assemblyFormat = "`<` struct(params) `>`";
}
def Steepest_BlocksAttr : Steepest_Norm<"Blocks", "blocks"> {
  let summary = "largest norm of a block";
  let description = [{
    The matrix is cut into `rows` x `cols` equal blocks (heads, the parts of a
    fused projection, experts, taps of a convolution) and the norm is the
    largest `norm` of a block. Dual: the sum of the duals. Dualizer: that of
    every block. (rows divides the number of rows, cols that of columns.)
  }];
  let parameters = (ins "::mlir::Attribute":$norm,
    Count<"1">:$rows,
    Count<"1">:$cols);
  let assemblyFormat = "`<` struct(params) `>`";
}
def Steepest_SmoothedSpectralAttr : Steepest_Norm<"SmoothedSpectral", "smoothed_spectral"> {
  let summary = "the norm whose dual is the nuclear norm with smoothed singular values";
  let description = [{
    Dual: sum sqrt(s_i^2 + e^2 ||X||_F^2 / k) with e = `smoothing` and k =
    min(rows, cols): a norm, as the entries are convex, even and homogeneous in
    s. Dualizer: its gradient X Q^-1 + (e^2 / k) tr(Q^-1) X with Q = (X^T X +
    e^2 ||X||_F^2 / k)^(1/2): a soft msign (SoftMuon), which takes small
    singular values to small ones.
  }];
  let parameters = (ins Real:$smoothing);
  let assemblyFormat = "`<` $smoothing `>`";
}
def Steepest_TransportedAttr : Steepest_Norm<"Transported", "transported"> {
  let summary = "a norm seen through invertible linear maps given at run time";
  let description = [{
    N(X) = ||A X B||, where the operands of the direction are the inverse maps:
    `left` A^-1 (rows x rows) and then `right` B^-1 (cols x cols), followed by
    those of `norm`. Dual: N*(Z) = ||A^-T Z B^-T||*. Dualizer: A^-1 D(A^-T Z
    B^-T) B^-1. With Frobenius, A^-1 = L^(-1/8) and B^-1 = R^(-1/8) its penalty
    form is Shampoo's L^(-1/4) G R^(-1/4); with `weighted_l2` and eigenvectors
    it is SOAP's Adam in the eigenbasis. `norm` measures the same shape.
  }];
  let parameters = (ins "::mlir::Attribute":$norm,
    DefaultValuedParameter<"bool", "true">:$left,
    DefaultValuedParameter<"bool", "true">:$right);
  let assemblyFormat = "`<` struct(params) `>`";
}

//===----------------------------------------------------------------------===//
// Manifolds
//===----------------------------------------------------------------------===//

class Steepest_Manifold<string name, string attrMnemonic>
    : Steepest_Attr<name, attrMnemonic,
        [DeclareAttrInterfaceMethods<Steepest_ManifoldAttrInterface>]>;

def Steepest_SphereAttr : Steepest_Manifold<"Sphere", "sphere"> {
  let summary = "vectors or matrices of Euclidean norm `radius`";
  let description = [{
    Tangent: <W, Phi> = 0. Retractions: `radial` (rescale), `exact`
    (W - rate Phi divided by sqrt(1 + (rate ||Phi|| / radius)^2)).
  }];
  let parameters = (ins DefaultValuedParameter<Real, Real # "(1.0)">:$radius);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}
def Steepest_ObliqueColumnsAttr : Steepest_Manifold<"ObliqueColumns", "oblique_columns"> {
  let summary = "matrices with columns of Euclidean norm `radius`";
  let description = "Tangent: <w_j, phi_j> = 0 for every column. Retraction: `normalize`.";
  let parameters = (ins DefaultValuedParameter<Real, Real # "(1.0)">:$radius);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}
def Steepest_ObliqueRowsAttr : Steepest_Manifold<"ObliqueRows", "oblique_rows"> {
  let summary = "matrices with rows of Euclidean norm `radius`";
  let description = "Tangent: <w_i, phi_i> = 0 for every row. Retraction: `normalize`.";
  let parameters = (ins DefaultValuedParameter<Real, Real # "(1.0)">:$radius);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}
def Steepest_OrthogonalAttr : Steepest_Manifold<"Orthogonal", "orthogonal"> {
  let summary = "square orthogonal matrices";
  let description = [{
    Tangent: W^T Phi skew. Retractions: `cubic` (one centred Newton-Schulz
    step), `polar` (the nearest orthogonal matrix).
  }];
}
def Steepest_StiefelAttr : Steepest_Manifold<"Stiefel", "stiefel"> {
  let summary = "matrices with orthonormal columns (tall) or rows (wide)";
  let description = [{
    W^T W = I for rows >= cols, W W^T = I otherwise. Tangent: W^T Phi + Phi^T W
    = 0. Retractions: `cubic` (one centred Newton-Schulz step, error (3/32)
    rate^4), `polar` (the nearest point).
  }];
}

def Steepest_NormSphereAttr : Steepest_Manifold<"NormSphere", "norm_sphere"> {
  let summary = "points of norm `radius`, for any norm";
  let description = [{
    Tangent: <V, Phi> = 0 with V a subgradient of the norm at W: the p-spheres,
    the spectral and Schatten spheres, the spheres of the largest row or column.
    Where the norm is not differentiable V is one of its subgradients, and the
    tangent space that of the sphere seen from there. Retraction: `radial`.
  }];
  let parameters = (ins "::mlir::Attribute":$norm,
    DefaultValuedParameter<Real, Real # "(1.0)">:$radius);
  let assemblyFormat = "`<` struct(params) `>`";
}
def Steepest_NormBallAttr : Steepest_Manifold<"NormBall", "norm_ball"> {
  let summary = "points of norm at most `radius`, for any norm";
  let description = [{
    An inequality. Inside, every Phi is tangent; on the boundary those of which
    -Phi does not point outwards: <V, Phi> >= 0 for every subgradient V of the
    norm at W. Frobenius and spectral balls, the box (linf). Retractions: `clip`
    (the nearest point), `radial`.
  }];
  let parameters = (ins "::mlir::Attribute":$norm,
    DefaultValuedParameter<Real, Real # "(1.0)">:$radius);
  let assemblyFormat = "`<` struct(params) `>`";
}
def Steepest_GrassmannAttr : Steepest_Manifold<"Grassmann", "grassmann"> {
  let summary = "subspaces, by orthonormal columns (tall) or rows (wide)";
  let description = [{
    The column space (row space of a wide matrix) counts, not its basis. Tangent:
    W^T Phi = 0. Retractions: `cubic`, `polar`, as on the Stiefel manifold.
  }];
}
def Steepest_GramDiagonalAttr : Steepest_Manifold<"GramDiagonal", "gram_diagonal"> {
  let summary = "matrices with orthogonal columns of free lengths (DGram)";
  let description = [{
    W^T W diagonal, rows >= cols. Tangent: the off-diagonal part of W^T Phi +
    Phi^T W is 0. Retraction: `polar`, msign(W') with columns as long as those
    of W'.
  }];
}
def Steepest_ZeroRowSumsAttr : Steepest_Manifold<"ZeroRowSums", "zero_row_sums"> {
  let summary = "matrices of which every row sums to zero";
  let description = "Linear: tangent vectors are the points. Retraction: `straight`.";
}
def Steepest_ZeroColumnSumsAttr : Steepest_Manifold<"ZeroColumnSums", "zero_column_sums"> {
  let summary = "matrices of which every column sums to zero";
  let description = "Linear: tangent vectors are the points. Retraction: `straight`.";
}
def Steepest_SymmetricAttr : Steepest_Manifold<"Symmetric", "symmetric"> {
  let summary = "symmetric matrices";
  let description = "Linear: tangent vectors are the points. Retraction: `straight`.";
}
def Steepest_SkewSymmetricAttr : Steepest_Manifold<"SkewSymmetric", "skew_symmetric"> {
  let summary = "skew-symmetric matrices";
  let description = "Linear: tangent vectors are the points. Retraction: `straight`.";
}
def Steepest_FixedTraceAttr : Steepest_Manifold<"FixedTrace", "fixed_trace"> {
  let summary = "square matrices of trace `trace`";
  let description = "Affine. Tangent: tr Phi = 0. Retraction: `straight`.";
  let parameters = (ins DefaultValuedParameter<Real, Real # "(1.0)">:$trace);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

//===----------------------------------------------------------------------===//
// Contracts and forced methods
//===----------------------------------------------------------------------===//

def Steepest_GapAttr : Steepest_Attr<"Gap", "gap"> {
  let summary = "certified relative duality gap";
  let description = "(bound - value) / bound is at most this.";
  let parameters = (ins Real:$gap);
  let assemblyFormat = "`<` $gap `>`";
  let genVerifyDecl = 1;
}
def Steepest_BandAttr : Steepest_Attr<"Band", "band"> {
  let summary = "singular-value band of an msign";
  let description = [{
    Singular values of at least `lowest` times the largest come to
    [1 - error, 1 + error], smaller ones to [0, 1 + error].
  }];
  let parameters = (ins Real:$lowest, Real:$error);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}
def Steepest_ExactAttr : Steepest_Attr<"Exact", "exact"> {
  let summary = "working precision";
  let description = [{
    Singular values of at least `lowest` times the largest come to 1 up to
    rounding. Without `lowest`, values above 1e-6 of the largest do, and smaller
    ones are noise and come to 0, through an eigen-decomposition in float64.
    With it smaller ones come to something in [0, 1]; `lowest` may be down to
    1e-7 in float32, what its rounding leaves, and 1e-14 in float64.

    0 <= lowest < 1.
  }];
  let parameters = (ins DefaultValuedParameter<Real, Real # "(0.0)">:$lowest);
  let assemblyFormat = "(`<` struct($lowest)^ `>`)?";
  let genVerifyDecl = 1;
}
def Steepest_PolynomialAttr : Steepest_Attr<"Polynomial", "polynomial"> {
  let summary = "forced polynomial steps of a named table";
  let description = [{
    `muon` with 5 steps is Muon as published; `newton_schulz`, `cubic`,
    `polar_express`, `you` are the other tables. The last row repeats.
    `rounding` is how far, in the spectral norm, the result may be from that of
    exact steps; 0.25 allows five steps with factors in bf16. 0 is the rounding
    of the element type.

    0 <= rounding < 1.
  }];
  let parameters = (ins StringRefParameter<>:$table, Count<>:$steps,
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$rounding);
  let assemblyFormat = [{
    `<` $table `,` `steps` `=` $steps (`,` `rounding` `=` $rounding^)? `>`
  }];
  let genVerifyDecl = 1;
}
def Steepest_MethodAttr : Steepest_Attr<"Method", "method"> {
  let summary = "forced method with options";
  let description = [{
    `#steepest.method<"dual_ascent", {steps = 100, step = 0.5}>`: what a method
    takes is said in `docs/solvers.md`.
  }];
  let parameters = (ins StringRefParameter<>:$name,
                        OptionalParameter<"::mlir::DictionaryAttr">:$options);
  let assemblyFormat = "`<` $name (`,` $options^)? `>`";
}

//===----------------------------------------------------------------------===//
// Products of norms
//===----------------------------------------------------------------------===//

def Steepest_Over : I32EnumAttr<"Over", "norm of the lengths of several parameters", [
  I32EnumAttrCase<"Max", 0, "max">,
  I32EnumAttrCase<"L2", 1, "l2">,
  I32EnumAttrCase<"L1", 2, "l1">
]> {
  let cppNamespace = "::steepest";
  let genSpecializedAttr = 0;
}
def Steepest_OverAttr : EnumAttr<Steepest_Dialect, Steepest_Over, "over">;

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

def Steepest_InitialKind : I32EnumAttr<"InitialKind", "initial value of a state", [
  I32EnumAttrCase<"Constant", 0, "constant">,
  I32EnumAttrCase<"Identity", 1, "identity">,
  I32EnumAttrCase<"Parameter", 2, "parameter">
]> {
  let cppNamespace = "::steepest";
  let genSpecializedAttr = 0;
}
def Steepest_StateShape : I32EnumAttr<"StateShape", "shape of a state", [
  I32EnumAttrCase<"Whole", 0, "whole">,
  I32EnumAttrCase<"Rows", 1, "rows">,
  I32EnumAttrCase<"Columns", 2, "columns">
]> {
  let cppNamespace = "::steepest";
  let genSpecializedAttr = 0;
}
def Steepest_StateShapeParameter : EnumParameter<Steepest_StateShape> {
  let defaultValue = "::steepest::StateShape::Whole";
}
def Steepest_InitialAttr : Steepest_Attr<"Initial", "initial"> {
  let summary = "initial value of a state";
  let description = [{
    Every element is `value` (`constant`), the identity matrix, or a copy of
    the parameter number `parameter`, whose extents the state has in any case:
    all of them (`whole`), or its rows (columns) alone, as a vector or as a
    square matrix.
  }];
  let parameters = (ins EnumParameter<Steepest_InitialKind>:$kind,
    DefaultValuedParameter<Real, Real # "(0.0)">:$value,
    Count<"0">:$parameter,
    Steepest_StateShapeParameter:$shape);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // STEEPEST_DIALECT_STEEPEST_ATTRS
