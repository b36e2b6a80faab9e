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
  let summary = "matrices with columns of Euclidean norm one";
  let description = "Tangent: <w_j, phi_j> = 0 for every column. Retraction: `normalize`.";
}
def Steepest_ObliqueRowsAttr : Steepest_Manifold<"ObliqueRows", "oblique_rows"> {
  let summary = "matrices with rows of Euclidean norm one";
  let description = "Tangent: <w_i, phi_i> = 0 for every row. Retraction: `normalize`.";
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
    Singular values above `lowest` times the Frobenius norm come to
    [1 - error, 1 + error].
  }];
  let parameters = (ins Real:$lowest, Real:$error);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}
def Steepest_ExactAttr : Steepest_Attr<"Exact", "exact"> {
  let summary = "working precision";
  let description = "Through an eigen-decomposition in float64.";
}
def Steepest_PolynomialAttr : Steepest_Attr<"Polynomial", "polynomial"> {
  let summary = "forced polynomial steps of a named table";
  let description = [{
    `muon` with 5 steps is Muon as published; `newton_schulz`, `cubic`,
    `polar_express`, `you` are the other tables. The last row repeats.
  }];
  let parameters = (ins StringRefParameter<>:$table, "unsigned":$steps);
  let assemblyFormat = "`<` $table `,` `steps` `=` $steps `>`";
}

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
def Steepest_InitialAttr : Steepest_Attr<"Initial", "initial"> {
  let summary = "initial value of a state";
  let description = [{
    Every element is `value` (`constant`), the identity matrix, or a copy of
    the parameter number `parameter`, whose extents the state has in any case.
  }];
  let parameters = (ins EnumParameter<Steepest_InitialKind>:$kind,
    DefaultValuedParameter<Real, Real # "(0.0)">:$value,
    DefaultValuedParameter<"unsigned", "0">:$parameter);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // STEEPEST_DIALECT_STEEPEST_ATTRS
