//===- MatrixAttrs.td - attributes of matrix programs ------*- tablegen -*-===//
//
// How a fused pass reads its inputs and leaves its results, and what an msign
// promises.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_ATTRS
#define STEEPEST_DIALECT_MATRIX_ATTRS

include "dialect/Matrix/MatrixDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Matrix_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::steepest::matrix";
  let genSpecializedAttr = 0;
}

def Matrix_Fold : Matrix_Enum<"Fold", "how values are folded into one", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Maximum", 1, "maximum">,
  I32EnumAttrCase<"Minimum", 2, "minimum">
]>;

// What a vector or a fold runs along: `row` has one value per row, `column`
// one value per column, `scalar` one value in all.
def Matrix_Extent : Matrix_Enum<"Extent", "one value per what", [
  I32EnumAttrCase<"Scalar", 0, "scalar">,
  I32EnumAttrCase<"Row", 1, "row">,
  I32EnumAttrCase<"Column", 2, "column">
]>;

def Matrix_IndexKind : Matrix_Enum<"IndexKind", "which index", [
  I32EnumAttrCase<"Row", 0, "row">,
  I32EnumAttrCase<"Column", 1, "column">,
  I32EnumAttrCase<"Linear", 2, "linear">
]>;

def Matrix_FoldAttr : EnumAttr<Matrix_Dialect, Matrix_Fold, "fold">;
def Matrix_ExtentAttr : EnumAttr<Matrix_Dialect, Matrix_Extent, "extent">;
def Matrix_IndexKindAttr : EnumAttr<Matrix_Dialect, Matrix_IndexKind, "index_kind">;

class Matrix_Attr<string name, string attrMnemonic> : AttrDef<Matrix_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Matrix_BandAttr : Matrix_Attr<"Band", "band"> {
  let summary = "accuracy of a polar factor on an interval of singular values";
  let description = [{
    Every singular value s of X with s >= `lowest` * ||X||_2 becomes a value in
    [1 - `error`, 1 + `error`]; smaller ones become something in
    [0, 1 + `error`]. Nothing computes ||X||_2: a function that keeps the
    promise for all X with ||X||_S4 = (sum s_i^4)^(1/4) = 1 does, as that is at
    most min(rows, cols)^(1/4) ||X||_2. An extent that is not known is taken to
    be at most 16384.

    With `gap` > 0 the band is only a means: any result Phi will do for which the
    bound N of ||X||_* that comes with it is near, N - <X, Phi> / max(1, ||Phi||_2)
    <= gap N.

    0 < lowest < 1, 0 < error < 1, 0 <= gap < 1.
  }];
  let parameters = (ins "::steepest::matrix::Real":$lowest, "::steepest::matrix::Real":$error,
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$gap);
  let builders = [
    AttrBuilder<(ins "::steepest::matrix::Real":$lowest, "::steepest::matrix::Real":$error), [{
      return $_get($_ctxt, lowest, error, Real(0.0));
    }]>
  ];
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = [{
    /// What a direction is given that asks for nothing: 1e-2 down to 1e-2 of the
    /// largest singular value.
    static BandAttr getDefault(::mlir::MLIRContext *context);
  }];
  let genVerifyDecl = 1;
}

def Matrix_PolynomialsAttr : Matrix_Attr<"Polynomials", "polynomials"> {
  let summary = "forced odd polynomial steps";
  let description = [{
    Steps X <- a X + b X (X^T X) + c X (X^T X)^2 applied in this order to
    X / ||X||_F or, with `schatten4`, to X / ||X||_S4 (`#matrix.fractions`):
    `coefficients` holds a, b, c of each step. The result is whatever it is; the
    bounds that `matrix.msign` returns are computed for it. `rounding` is how
    far, in the spectral norm, it may be from that of exact steps, for singular
    values of at least `lowest` of that norm of X; 0 is the rounding of the
    element type.

    0 <= rounding < 1, 0 <= lowest < 1.
  }];
  let parameters = (ins "::steepest::matrix::Reals":$coefficients,
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$rounding,
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$lowest,
    DefaultValuedParameter<"bool", "false">:$schatten4);
  let assemblyFormat = [{
    `<` $coefficients (`,` struct($rounding, $lowest, $schatten4)^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Matrix_FractionsAttr : Matrix_Attr<"Fractions", "fractions"> {
  let summary = "forced rational function, by partial fractions";
  let description = [{
    A singular value s of X becomes t (c + sum_j w_j / (t^2 + p_j)) with
    t = s / ||X||_S4, the Schatten-4 norm (sum s_i^4)^(1/4), which is that of
    the Gram matrix and not below the largest s. The result is whatever it is;
    the bounds that `matrix.msign` returns are computed for it.

    For X of float32, the terms of the first `wide` poles and the Gram matrix
    are computed in float64, and so are the sum and the last product with
    `wide_product`.

    c >= 0; as many w_j > 0 as p_j, which are positive and ascend; `wide` is at
    most their number.
  }];
  let parameters = (ins "::steepest::matrix::Real":$constant,
    "::steepest::matrix::Reals":$weights, "::steepest::matrix::Reals":$poles,
    DefaultValuedParameter<"unsigned", "0">:$wide,
    DefaultValuedParameter<"bool", "false">:$wide_product);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Matrix_RationalStepsAttr : Matrix_Attr<"RationalSteps", "rational_steps"> {
  let summary = "forced rational functions, one after another";
  let description = [{
    A singular value s of X becomes f_k(... f_1(s / ||X||_S4)) with functions
    f_j(t) = t (c + sum_i w_i / (t^2 + p_i)), each a `#matrix.fractions` of
    which all poles are `wide`, with `wide_product`, or none. Each is that of
    the Gram matrix of what the one before has left. The result is whatever it
    is; the bounds that `matrix.msign` returns are computed for it. From
    `lowest` ||X||_S4 on values are close to 1.

    At least one step; 0 <= lowest < 1.
  }];
  let parameters = (ins ArrayRefParameter<"::steepest::matrix::FractionsAttr">:$steps,
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$lowest);
  let assemblyFormat = "`<` `[` $steps `]` (`,` struct($lowest)^)? `>`";
  let genVerifyDecl = 1;
}

def Matrix_ExactAttr : Matrix_Attr<"Exact", "exact"> {
  let summary = "polar factor to working precision";
  let description = [{
    Singular values of at least `lowest` * ||X||_2 become 1 up to rounding.

    Without `lowest` that is 1e-6, and smaller ones are noise and become zero:
    the eigen-decomposition of the smaller Gram matrix in float64, which tells
    one from the other. With it smaller ones become something in [0, 1].

    0 <= lowest < 1.
  }];
  let parameters = (ins
    DefaultValuedParameter<"::steepest::matrix::Real", "::steepest::matrix::Real(0.0)">:$lowest);
  let assemblyFormat = "(`<` struct($lowest)^ `>`)?";
  let builders = [AttrBuilder<(ins), [{ return $_get($_ctxt, Real(0.0)); }]>];
  let genVerifyDecl = 1;
}

#endif // STEEPEST_DIALECT_MATRIX_ATTRS
