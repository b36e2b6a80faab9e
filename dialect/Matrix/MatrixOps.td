//===- MatrixOps.td - operations of matrix programs --------*- tablegen -*-===//
//
// Notation: A, B, X are matrices, v a vector, S^T the transpose.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_OPS
#define STEEPEST_DIALECT_MATRIX_OPS

include "dialect/Matrix/MatrixAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Matrix_Scalar : AnyTypeOf<[F32, F64, I64, I1], "scalar of f32, f64, i64 or i1">;
def Matrix_Float : AnyTypeOf<[F32, F64], "f32 or f64">;
def Matrix_Matrix : 2DTensorOf<[F32, F64, I64, I1]>;
def Matrix_FloatMatrix : 2DTensorOf<[F32, F64]>;
/// What the factors of a product may be rounded to.
def Matrix_Factor : AnyTypeOf<[BF16, F16, TF32], "bf16, f16 or tf32">;
// bf16 is stored and converted, never computed with.
def Matrix_Tensor : AnyTypeOf<[1DTensorOf<[F32, F64, BF16, I64, I1]>,
                               2DTensorOf<[F32, F64, BF16, I64, I1]>],
                              "vector or matrix tensor">;

// Enums print a blank of their own, hence `` before them in formats.
class Matrix_Op<string mnemonic, list<Trait> traits = []>
    : Op<Matrix_Dialect, mnemonic, traits>;

def Matrix_ProductOp : Matrix_Op<"product", [Pure, AttrSizedOperandSegments]> {
  let summary = "scaled and shifted matrix product";
  let description = [{
    alpha op(A) op(B) + beta D + gamma I, where op(X) is X, or X^T under
    `transpose_lhs` / `transpose_rhs`; alpha is 1, beta and gamma are 0 when
    not given. `symmetric` states that the value is symmetric (X^T X, or a
    product of commuting symmetric matrices), so that half of it need be
    computed. `factors` allows A and B, of f32, to be rounded to that type (bf16,
    f16 or tf32) where that is faster; the sums are of f32. Who gives f16 knows
    that A and B have no elements beyond its range, and that what is lost of
    those below 6e-5 does not matter. All types agree in their element;
    `symmetric` and a shift need a square result.

    Example:

    ```mlir
    %r = matrix.product %x, %x {transpose_lhs, symmetric}
         : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<4x4xf32>
    %p = matrix.product %r, %r scale(%c) plus(%b, %r) shift(%a) {symmetric}
         : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
    ```
  }];
  let arguments = (ins
    Matrix_FloatMatrix:$lhs, Matrix_FloatMatrix:$rhs,
    Optional<Matrix_Float>:$alpha,
    Optional<Matrix_Float>:$beta, Optional<Matrix_FloatMatrix>:$addend,
    Optional<Matrix_Float>:$gamma,
    UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs, UnitAttr:$symmetric,
    OptionalAttr<TypeAttrOf<Matrix_Factor>>:$factors);
  let results = (outs Matrix_FloatMatrix:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`scale` `(` $alpha^ `:` type($alpha) `)`)?
    (`plus` `(` $beta^ `,` $addend `:` type($beta) `,` type($addend) `)`)?
    (`shift` `(` $gamma^ `:` type($gamma) `)`)?
    attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Matrix_TransposeOp : Matrix_Op<"transpose", [Pure]> {
  let summary = "transpose of a matrix";
  let description = [{
    Example:

    ```mlir
    %t = matrix.transpose %x : tensor<2x?xf32> -> tensor<?x2xf32>
    ```
  }];
  let arguments = (ins Matrix_Matrix:$input);
  let results = (outs Matrix_Matrix:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Matrix_BlockOp : Matrix_Op<"block", [Pure]> {
  let summary = "one block of a grid of equal blocks";
  let description = [{
    The block in row `row` and column `col` of blocks when the matrix is cut
    into `rows` x `cols` equal ones. What does not fill a block is left out.

    Example:

    ```mlir
    %b = matrix.block %x [0, 2] of [1, 3] : tensor<4x?xf32> -> tensor<4x?xf32>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input, I64Attr:$row, I64Attr:$col,
    I64Attr:$rows, I64Attr:$cols);
  let results = (outs Matrix_FloatMatrix:$result);
  let assemblyFormat = [{
    $input `` `[` $row `,` $col `]` `of` `[` $rows `,` $cols `]` attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Matrix_AssembleOp : Matrix_Op<"assemble", [Pure,
    TypesMatchWith<"the type of `like`", "result", "like", "$_self">]> {
  let summary = "a matrix of a grid of equal blocks";
  let description = [{
    The matrix of which `matrix.block` would take these blocks, which are given
    row by row and have equal extents. It has the extents of `like`, whose
    values do not matter; what no block fills has no value.

    Example:

    ```mlir
    %y = matrix.assemble [1, 2] %a, %b like %x
         : tensor<4x?xf32>, tensor<4x?xf32> -> tensor<4x?xf32>
    ```
  }];
  let arguments = (ins I64Attr:$rows, I64Attr:$cols,
    Variadic<Matrix_FloatMatrix>:$blocks, Matrix_FloatMatrix:$like);
  let results = (outs Matrix_FloatMatrix:$result);
  let assemblyFormat = [{
    `[` $rows `,` $cols `]` $blocks `like` $like attr-dict
    `:` type($blocks) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Matrix_EighOp : Matrix_Op<"eigh", [Pure]> {
  let summary = "eigen-decomposition of a symmetric matrix";
  let description = [{
    A = Q^T diag(v) Q with v ascending; the rows of Q are orthonormal
    eigenvectors. Only one triangle of A is read. `converged` is false when
    the iteration failed or A is not finite; the values are then arbitrary.

    Example:

    ```mlir
    %v, %q, %ok = matrix.eigh %a : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F64]>:$input);
  let results = (outs 1DTensorOf<[F64]>:$values, 2DTensorOf<[F64]>:$vectors, I1:$converged);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($values) `,` type($vectors)";
  let hasVerifier = 1;
}

def Matrix_EigenvaluesOp : Matrix_Op<"eigenvalues", [Pure]> {
  let summary = "eigenvalues of a symmetric matrix";
  let description = [{
    The values of `matrix.eigh` alone, which cost a fraction of it.

    Example:

    ```mlir
    %v, %ok = matrix.eigenvalues %a : tensor<?x?xf64> -> tensor<?xf64>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F64]>:$input);
  let results = (outs 1DTensorOf<[F64]>:$values, I1:$converged);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($values)";
  let hasVerifier = 1;
}

def Matrix_RationalOp : Matrix_Op<"rational", [Pure,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "rational function of a symmetric matrix, by partial fractions";
  let description = [{
    c I + sum_j w_j (A + p_j I)^-1 for symmetric A, of which only the lower
    triangle is read. Weights and poles, one or more, are given at compile
    time; with one pole at 0, weight 1 and constant 0 it is the inverse.
    `defined` is true when every A + p_j I was found positive definite;
    otherwise, and when A is not finite, it is false and the result arbitrary.

    An inverse costs m^3 flops, half of a full product. Rounding: each term is
    off by about eps cond(A + p_j I) relative to its norm.

    Example:

    ```mlir
    %y, %ok = matrix.rational %a constant(1.0) weights([0.5, 2.0]) poles([0.1, 3.0])
              : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input, F64Attr:$constant,
    DenseF64ArrayAttr:$weights, DenseF64ArrayAttr:$poles);
  let results = (outs Matrix_FloatMatrix:$result, I1:$defined);
  let assemblyFormat = [{
    $input `constant` `(` $constant `)` `weights` `(` $weights `)`
    `poles` `(` $poles `)` attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def Matrix_MsignOp : Matrix_Op<"msign", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "certified polar factor";
  let description = [{
    For X = U diag(s) V^T: `result` = U f(diag(s)) V^T with f near 1 as
    `contract` promises and f(0) = 0 (a partial isometry), whatever the scale
    of X. `nuclear` is an upper bound of ||X||_* = sum s_i, `spectral` an upper
    bound of the spectral norm of `result`; both are exact up to the contract.
    X = 0 gives 0, 0 and 1. X must be finite.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>}
                   : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input, AnyAttr:$contract);
  let results = (outs Matrix_FloatMatrix:$result, F64:$nuclear, F64:$spectral);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Matrix_SpectralPowerOp : Matrix_Op<"spectral_power", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "power of the singular values";
  let description = [{
    For X = U diag(s) V^T: `result` = U diag(s_i^p) V^T over the singular values
    above rounding; the others stay zero. p >= 0; p = 0 is the exact msign.

    With a `contract`, for 0 < p < 1, values may be off: `#matrix.band` allows
    s^p (1 + d), |d| <= `error`, where s >= `lowest` ||X||_2, and anything in
    [0, (1 + `error`) s^p] elsewhere, and rounding of `error` ||X||_S4^p;
    `#matrix.fractions` makes the value ||X||_S4^p times what it says.

    `sum` is an upper bound of sum s_i^(1+p), and `excess` one of the
    Schatten-(1 + 1/p) norm of `result` over <X, result>^(p / (1 + p)), which it
    is for the power itself; without a contract both are exact up to rounding.

    Example:

    ```mlir
    %y, %sum, %excess = matrix.spectral_power %x, 0.5 : tensor<?x?xf64>
    %z:3 = matrix.spectral_power %x, 0.5
           {contract = #matrix.band<lowest = 0.01, error = 0.01>} : tensor<?x?xf64>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input, F64Attr:$power, OptionalAttr<AnyAttr>:$contract);
  let results = (outs Matrix_FloatMatrix:$result, F64:$sum, F64:$excess);
  let assemblyFormat = "$input `,` $power attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Matrix_LeadingOp : Matrix_Op<"leading", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "projector on the largest singular value";
  let description = [{
    U1 V1^T / k, where U1, V1 hold the singular vectors of the largest singular
    value and k is its multiplicity up to rounding. X = 0 gives 0.

    Example:

    ```mlir
    %y = matrix.leading %x : tensor<?x?xf64>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input);
  let results = (outs Matrix_FloatMatrix:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def Matrix_SingularValuesOp : Matrix_Op<"singular_values", [Pure]> {
  let summary = "singular values, descending";
  let description = [{
    The min(rows, cols) singular values of X in float64. Values below about
    sqrt(eps64) times the largest may be reported as any smaller number.

    Example:

    ```mlir
    %s = matrix.singular_values %x : tensor<?x?xf32> -> tensor<?xf64>
    ```
  }];
  let arguments = (ins Matrix_FloatMatrix:$input);
  let results = (outs 1DTensorOf<[F64]>:$values);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($values)";
}

def Matrix_ReduceOp : Matrix_Op<"reduce", [Pure]> {
  let summary = "fold of a tensor";
  let description = [{
    Folds by `sum`, `maximum` or `minimum` into one `scalar`, one value per
    `row` or one per `column`. A NaN among the values gives NaN. A vector folds
    to a scalar only. The fold of nothing is 0, -inf, inf. The order of
    summation is fixed by the shape.

    Example:

    ```mlir
    %s = matrix.reduce sum %x to scalar : tensor<?x?xf64> -> f64
    %c = matrix.reduce maximum %x to column : tensor<?x?xf64> -> tensor<?xf64>
    ```
  }];
  let arguments = (ins Matrix_FoldAttr:$fold, Matrix_Tensor:$input, Matrix_ExtentAttr:$extent);
  let results = (outs AnyType:$result);
  let assemblyFormat = "`` $fold $input `to` `` $extent attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Matrix_BroadcastOp : Matrix_Op<"broadcast", [Pure]> {
  let summary = "spread a scalar or a vector over a shape";
  let description = [{
    out_ij = s for a scalar; out_ij = v_i `along row`; out_ij = v_j `along
    column`. The shape is that of `like`, whose values do not matter.

    Example:

    ```mlir
    %a = matrix.broadcast %s like %x : f32, tensor<?x?xf32> -> tensor<?x?xf32>
    %b = matrix.broadcast %v along row like %x : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins AnyType:$value,
    DefaultValuedAttr<Matrix_ExtentAttr, "Extent::Scalar">:$along,
    Matrix_Tensor:$like);
  let results = (outs Matrix_Tensor:$result);
  let assemblyFormat = "$value (`along` `` $along^)? `like` $like attr-dict `:` type($value) `,` type($like) `->` type($result)";
  let hasVerifier = 1;
}

def Matrix_IndexOp : Matrix_Op<"index", [Pure]> {
  let summary = "indices of the elements";
  let description = [{
    out_ij = i (`row`), j (`column`) or i * cols + j (`linear`).

    Example:

    ```mlir
    %i = matrix.index row like %x : tensor<?x?xf32> -> tensor<?x?xi64>
    ```
  }];
  let arguments = (ins Matrix_IndexKindAttr:$kind, Matrix_Tensor:$like);
  let results = (outs Matrix_Tensor:$result);
  let assemblyFormat = "`` $kind `like` $like attr-dict `:` type($like) `->` type($result)";
  let hasVerifier = 1;
}

def Matrix_MapOp : Matrix_Op<"map", [Pure, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "one fused pass over a matrix";
  let description = [{
    Runs the region once for every (i, j) of a rows x cols index space. Block
    arguments: i, j as index, then one scalar per input, read as `access` says:
    `scalar` means the element [i, j], `row` v_i, `column` v_j. Each yielded
    value becomes one result as `folds` and `extents` say: a fold code of -1
    stores it (extent `scalar`: into the matrix [i, j]; `column`: into the
    vector [j], rows must be 1), otherwise it is folded as in `matrix.reduce`.

    Example:

    ```mlir
    %u, %n = matrix.map(%rows, %cols) ins(%m, %g : tensor<?x?xf32>, tensor<?x?xf32>)
        access [0, 0] folds [-1, 0] extents [0, 0] {
    ^bb0(%i: index, %j: index, %a: f32, %b: f32):
      %0 = arith.addf %a, %b : f32
      %1 = arith.mulf %0, %0 : f32
      matrix.yield %0, %1 : f32, f32
    } -> tensor<?x?xf32>, f32
    ```
  }];
  let arguments = (ins Index:$rows, Index:$cols, Variadic<Matrix_Tensor>:$inputs,
    DenseI32ArrayAttr:$access, DenseI32ArrayAttr:$folds, DenseI32ArrayAttr:$extents);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $rows `,` $cols `)` (`ins` `(` $inputs^ `:` type($inputs) `)`)?
    `access` $access `folds` $folds `extents` $extents attr-dict-with-keyword $body
    `->` type($results)
  }];
  let hasVerifier = 1;
}

def Matrix_YieldOp : Matrix_Op<"yield", [Pure, Terminator, ParentOneOf<["MapOp"]>]> {
  let summary = "values of one element";
  let description = [{
    Ends the region of a `matrix.map`.
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ /* no values */ }]>];
}

def Matrix_RequireOp : Matrix_Op<"require"> {
  let summary = "condition without which the step does nothing";
  let description = [{
    When `condition` is false the whole step has no effect and returns
    `status`, a `steepest_status` of `runtime/steepest.h`; the first failing
    requirement counts.

    Example:

    ```mlir
    matrix.require %finite, 1
    ```
  }];
  let arguments = (ins I1:$condition, I32Attr:$status);
  let assemblyFormat = "$condition `,` $status attr-dict";
}

def Matrix_CertifyOp : Matrix_Op<"certify"> {
  let summary = "certificate of one direction";
  let description = [{
    Reports for direction number `index`: the value <G, Phi>, an upper bound of
    what any feasible direction attains, the tangency max |A(Phi)|, the distance
    of the incoming parameter from its manifold, the iterations of the solver
    and its outcome (a `steepest_outcome`).

    Example:

    ```mlir
    matrix.certify 0 value(%v) bound(%u) tangency(%t) distance(%d) iterations(%k) outcome(%o)
    ```
  }];
  let arguments = (ins I32Attr:$index, F64:$value, F64:$bound, F64:$tangency,
    F64:$distance, F64:$iterations, F64:$outcome);
  let assemblyFormat = [{
    $index `value` `(` $value `)` `bound` `(` $bound `)` `tangency` `(` $tangency `)`
    `distance` `(` $distance `)` `iterations` `(` $iterations `)`
    `outcome` `(` $outcome `)` attr-dict
  }];
}

#endif // STEEPEST_DIALECT_MATRIX_OPS
