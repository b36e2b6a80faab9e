//===- KernelOps.td - operations of the kernel dialect -------*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_KERNEL_KERNELOPS_TD
#define STEEPEST_DIALECT_KERNEL_KERNELOPS_TD

include "dialect/Kernel/KernelAttrs.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Kernel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Kernel_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def HasUnitInnerStride
    : CPred<"::steepest::kernel::hasUnitInnerStride("
            "::llvm::cast<::mlir::MemRefType>($_self))">;

class Kernel_Memory<list<Type> elements, list<int> ranks, string description>
    : ConfinedType<MemRefRankOf<elements, ranks>, [HasUnitInnerStride],
                   description, "::mlir::MemRefType">;

def Kernel_Real : AnyTypeOf<[F32, F64]>;
def Kernel_Matrix
    : Kernel_Memory<[F32, F64], [2],
                    "matrix of f32 or f64 with unit stride along rows">;
def Kernel_Vector
    : Kernel_Memory<[F32, F64], [1], "contiguous vector of f32 or f64">;
def Kernel_Array
    : Kernel_Memory<[F32, F64, I8, I16, I64], [1, 2],
                    "matrix or vector of f32, f64, i64, i16 (bf16) or i8 (truth values) "
                    "with unit stride along rows">;
def Kernel_Factor : AnyTypeOf<[BF16, F16, TF32], "bf16, f16 or tf32">;
def Kernel_Scratch
    : Type<CPred<"$_self == ::steepest::kernel::getBytesType($_self.getContext())">,
           "memref<?xi8>", "::mlir::MemRefType">,
      BuildableType<"::steepest::kernel::getBytesType($_builder.getContext())">;

//===----------------------------------------------------------------------===//
// Products and eigen-problems
//===----------------------------------------------------------------------===//

def Kernel_ProductOp : Kernel_Op<"product", [AttrSizedOperandSegments]> {
  let summary = "matrix product with an epilogue";
  let description = [{
    C = x op(A) op(B) + y D + z I, where op transposes if `transpose_lhs` or
    `transpose_rhs` is given; x is 1 without `scale`, y D and z I are absent
    without `plus` and `shift`.

    With `symmetric`, C is known to be symmetric: the lower half of its tiles is
    computed and then mirrored; of D only the lower triangle matters. With
    `lower_result`, too, C is left without the mirror image: what is above its
    diagonal is arbitrary.

    With `factors` of bf16, f16 or tf32, the elements of op(A) and op(B) are
    rounded to that type (to nearest, ties to even; subnormal numbers of bf16 may
    become zero) and their products added up in f32.

    With `lhs_lower` (`rhs_lower`), A (B) as it is stored is known to be lower
    triangular, with zeros above the diagonal: most of them are neither read nor
    multiplied.

    A symmetric matrix *in lower blocks* has its lower triangle in memory and
    squares of `diagonalBlock` rows on its diagonal, elements (i, j) with
    j / diagonalBlock <= i / diagonalBlock; the others are arbitrary. With
    `lower_blocks_result`, C is left so; with `lhs_lower_blocks`
    (`rhs_lower_blocks`), A (B) is symmetric and in lower blocks.

    (C1) C does not overlap A or B; it may be the same memory as D.
    (C2) x, y, z, D have the element type of C.
    (C3) `lower_result` comes with `symmetric`.
    (C4) a triangular factor is square.
    (C5) `factors` is for f32 and without triangular factors; on CPUs it is bf16,
         with AVX512-BF16.
    (C6) `lower_blocks_result` comes with `symmetric` and without
         `lower_result`.
    (C7) a factor in lower blocks is square, and comes with `factors`.

    Example:

    ```mlir
    kernel.product %a, %b into %c scratch(%s) scale(%x : f32)
        plus(%y, %d : f32, memref<?x?xf32>) shift(%z : f32) {transpose_rhs}
        : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
    ```
  }];
  let arguments = (ins
    Arg<Kernel_Matrix, "", [MemRead]>:$lhs,
    Arg<Kernel_Matrix, "", [MemRead]>:$rhs,
    Arg<Kernel_Matrix, "", [MemWrite]>:$into,
    Arg<Kernel_Scratch, "", [MemRead, MemWrite]>:$scratch,
    Optional<Kernel_Real>:$alpha,
    Optional<Kernel_Real>:$beta,
    Arg<Optional<Kernel_Matrix>, "", [MemRead]>:$addend,
    Optional<Kernel_Real>:$gamma,
    UnitAttr:$transpose_lhs,
    UnitAttr:$transpose_rhs,
    UnitAttr:$symmetric,
    UnitAttr:$lower_result,
    UnitAttr:$lhs_lower,
    UnitAttr:$rhs_lower,
    OptionalAttr<TypeAttrOf<Kernel_Factor>>:$factors,
    UnitAttr:$lower_blocks_result,
    UnitAttr:$lhs_lower_blocks,
    UnitAttr:$rhs_lower_blocks
  );
  let extraClassDeclaration = [{
    /// The order of the squares on the diagonal of a matrix in lower blocks.
    static constexpr int64_t diagonalBlock = 32;
  }];
  let assemblyFormat = [{
    $lhs `,` $rhs `into` $into `scratch` `(` $scratch `)`
    (`scale` `(` $alpha^ `:` type($alpha) `)`)?
    (`plus` `(` $beta^ `,` $addend `:` type($beta) `,` type($addend) `)`)?
    (`shift` `(` $gamma^ `:` type($gamma) `)`)?
    attr-dict `:` type($lhs) `,` type($rhs) `into` type($into)
  }];
  let hasVerifier = 1;
}

def Kernel_EighOp : Kernel_Op<"eigh"> {
  let summary = "eigen-decomposition of a symmetric matrix, in place";
  let description = [{
    A = Q^T diag(v) Q with v ascending. On return *row* k of A is the
    eigenvector of v_k; with `values_only`, which costs a fraction, A is
    undefined. `converged` is false when the routine gave up; A and v
    are then undefined. The order 0 is a no-op that converges.

    (C1) A is contiguous (identity layout) and square.
    (C2) A and v have the same element type.
    (C3) scratch has `buildEighScratchBytes` bytes, aligned to 8.

    Example:

    ```mlir
    %converged = kernel.eigh %a values(%v) scratch(%s)
        : memref<?x?xf64>, memref<?xf64>
    ```
  }];
  let arguments = (ins
    Arg<Kernel_Matrix, "", [MemRead, MemWrite]>:$matrix,
    Arg<Kernel_Vector, "", [MemWrite]>:$values,
    Arg<Kernel_Scratch, "", [MemRead, MemWrite]>:$scratch,
    UnitAttr:$values_only
  );
  let results = (outs I1:$converged);
  let assemblyFormat = [{
    $matrix `values` `(` $values `)` `scratch` `(` $scratch `)` attr-dict
    `:` type($matrix) `,` type($values)
  }];
  let hasVerifier = 1;
}

def Kernel_RationalOp : Kernel_Op<"rational"> {
  let summary = "rational function of a symmetric matrix, by partial fractions";
  let description = [{
    Y = c I + sum_j w_j (A + p_j I)^-1 for a symmetric A of order n, of which
    only the lower triangle matters; Y is symmetric. `defined` is true when
    every A + p_j I was found positive definite: all pivots of its Cholesky
    factorization are positive and finite. If not, which includes that an
    element of A is not finite, Y is arbitrary. The order 0 is defined.

    A term costs n^3 flops and is off by about eps cond(A + p_j I) relative to
    its norm, as by LAPACK's potrf and potri.

    (C1) Y does not overlap A.
    (C2) A and Y have the same element type.
    (C3) there are as many weights as poles, at least one.
    (C4) A and Y are square, of one order.
    (C5) scratch has `buildRationalScratchBytes` bytes, aligned to 64.

    Example:

    ```mlir
    %defined = kernel.rational %a into %y scratch(%s) constant(1.0)
        weights([0.5, 2.0]) poles([0.1, 3.0])
        : memref<?x?xf32> into memref<?x?xf32>
    ```
  }];
  let arguments = (ins
    Arg<Kernel_Matrix, "", [MemRead]>:$matrix,
    Arg<Kernel_Matrix, "", [MemRead, MemWrite]>:$into,
    Arg<Kernel_Scratch, "", [MemRead, MemWrite]>:$scratch,
    F64Attr:$constant,
    DenseF64ArrayAttr:$weights,
    DenseF64ArrayAttr:$poles
  );
  let results = (outs I1:$defined);
  let assemblyFormat = [{
    $matrix `into` $into `scratch` `(` $scratch `)` `constant` `(` $constant `)`
    `weights` `(` $weights `)` `poles` `(` $poles `)` attr-dict
    `:` type($matrix) `into` type($into)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Maps and moves
//===----------------------------------------------------------------------===//

def Kernel_MapOp
    : Kernel_Op<"map", [AttrSizedOperandSegments, RecursiveMemoryEffects,
                        SingleBlock]> {
  let summary = "one fused pass over an index space of rows x cols";
  let description = [{
    For every (i, j) in rows x cols the body sees i, j and one element of each
    input, chosen by its access: [i, j] (`full`), [i] (`row`) or [j]
    (`column`). It yields one value per result; each is stored or folded as its
    `#kernel.result` says. A fold `to scalar` is an SSA result of the op; every
    other result writes the next memref of `outs`.

    A fold is `arith.addf`, `maximumf`, `minimumf` (NaN propagates) or `addi`,
    `maxsi`, `minsi`. Over an empty index space a sum is 0, a maximum the
    lowest value (-inf), a minimum the greatest. The order of the additions
    depends on the shape alone.

    An output may be the same memory as an input that is accessed at the same
    index; it must not overlap an input otherwise. The output of a fold `to
    column` overlaps no input at all: it is updated row by row.

    (C1) the body has arguments i, j : index and one per input: its element
         type, or i1 for i8 and bf16 for i16.
    (C2) an input has rank 2 for `full`, and rank 1 otherwise.
    (C3) a result is `store` to `full` or `column`, or a fold to `row`,
         `column` or `scalar`.
    (C4) an output has rank 2 for `full`, rank 1 otherwise, and the element
         type of the yielded value (i8 for i1, i16 for bf16).
    (C5) folded values are f32, f64 or i64.
    (C6) results to `scalar` and SSA results agree in number and type.
    (C7) scratch is given when a result is to `scalar`. It has
         `buildMapScratchBytes` bytes, aligned to 8.
    (C8) the body consists of elementwise mappable ops and constants, without
         memory effects.

    Example:

    ```mlir
    %norm = kernel.map %rows, %cols
        ins(%x, %v : memref<?x?xf32>, memref<?xf32>) [full, row]
        outs(%y : memref<?x?xf32>) [store to full, sum to scalar]
        scratch(%s) -> f32 {
    ^bb0(%i: index, %j: index, %a: f32, %b: f32):
      %c = arith.mulf %a, %b : f32
      %d = arith.mulf %c, %c : f32
      kernel.yield %c, %d : f32, f32
    }
    ```
  }];
  let arguments = (ins
    Index:$rows,
    Index:$cols,
    Arg<Variadic<Kernel_Array>, "", [MemRead]>:$inputs,
    Arg<Variadic<Kernel_Array>, "", [MemWrite]>:$outputs,
    Arg<Optional<Kernel_Scratch>, "", [MemRead, MemWrite]>:$scratch,
    Kernel_AccessArrayAttr:$input_access,
    Kernel_ResultArrayAttr:$kinds
  );
  let results = (outs Variadic<AnyTypeOf<[F32, F64, I64]>>:$folds);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $rows `,` $cols
    `ins` `(` ($inputs^ `:` type($inputs))? `)` $input_access
    `outs` `(` ($outputs^ `:` type($outputs))? `)` $kinds
    (`scratch` `(` $scratch^ `)`)?
    (`->` type($folds)^)? $body attr-dict
  }];
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Value":$rows, "::mlir::Value":$cols,
      "::mlir::ValueRange":$inputs, "::llvm::ArrayRef<Access>":$access,
      "::mlir::ValueRange":$outputs, "::llvm::ArrayRef<ResultAttr>":$kinds,
      "::mlir::Value":$scratch, "::mlir::TypeRange":$folds,
      CArg<"::llvm::function_ref<void(::mlir::OpBuilder &, ::mlir::Location, "
           "::mlir::ValueRange)>", "nullptr">:$buildBody)>
  ];
  let extraClassDeclaration = [{
    ::mlir::Value getRowIndex() { return getBody().getArgument(0); }
    ::mlir::Value getColumnIndex() { return getBody().getArgument(1); }
    /// Arguments of the body that stand for elements of the inputs.
    ::llvm::ArrayRef<::mlir::BlockArgument> getElements() {
      return getBody().getArguments().drop_front(2);
    }
    /// The values that the body yields, one per result.
    ::mlir::ValueRange getYielded();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Kernel_TransposeOp : Kernel_Op<"transpose"> {
  let summary = "transpose of a matrix";
  let description = [{
    B_ji = A_ij. The two do not overlap.

    Example:

    ```mlir
    kernel.transpose %a into %b : memref<?x?xf32>, memref<?x?xf32>
    ```
  }];
  let arguments = (ins
    Arg<Kernel_Array, "", [MemRead]>:$source,
    Arg<Kernel_Array, "", [MemWrite]>:$into
  );
  let assemblyFormat = [{
    $source `into` $into attr-dict `:` type($source) `,` type($into)
  }];
  let hasVerifier = 1;
}

def Kernel_CopyOp : Kernel_Op<"copy"> {
  let summary = "copy of a matrix or vector";
  let description = [{
    B = A, of the same shape; row strides may differ. The two do not overlap.

    Example:

    ```mlir
    kernel.copy %a into %b : memref<?x?xf32>, memref<?x?xf32>
    ```
  }];
  let arguments = (ins
    Arg<Kernel_Array, "", [MemRead]>:$source,
    Arg<Kernel_Array, "", [MemWrite]>:$into
  );
  let assemblyFormat = [{
    $source `into` $into attr-dict `:` type($source) `,` type($into)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The host
//===----------------------------------------------------------------------===//

def Kernel_ParallelOp
    : Kernel_Op<"parallel", [AutomaticAllocationScope, RecursiveMemoryEffects,
                             SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "runs tasks on the workers of the host";
  let description = [{
    Runs the body once for every task in [0, tasks), in any order and possibly
    at the same time, through the host's `parallel_for`. `worker` is in
    [0, kernel.threads); no two tasks run at once on the same worker, so it may
    choose a piece of scratch, and nothing else: what a task computes depends on
    `task` alone.

    Example:

    ```mlir
    kernel.parallel %tasks {
    ^bb0(%task: index, %worker: index):
      func.call @piece(%task) : (index) -> ()
    }
    ```
  }];
  let arguments = (ins Index:$tasks);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$tasks $body attr-dict";
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Value":$tasks,
      CArg<"::llvm::function_ref<void(::mlir::OpBuilder &, ::mlir::Location, "
           "::mlir::Value, ::mlir::Value)>", "nullptr">:$buildBody)>
  ];
  let extraClassDeclaration = [{
    ::mlir::Value getTask() { return getBody().getArgument(0); }
    ::mlir::Value getWorker() { return getBody().getArgument(1); }
  }];
  let hasRegionVerifier = 1;
}

def Kernel_ThreadsOp : Kernel_Op<"threads", [Pure]> {
  let summary = "number of workers of this call";
  let description = [{
    At least 1. Results must not depend on it, only the size of scratch may.

    Example:

    ```mlir
    %threads = kernel.threads
    ```
  }];
  let results = (outs Index:$threads);
  let assemblyFormat = "attr-dict";
}

def Kernel_FiniteGradientsOp
    : Kernel_Op<"finite_gradients", [MemoryEffects<[MemRead]>]> {
  let summary = "whether the host vouches for finite gradients";
  let description = [{
    True when the host knows that no gradient holds a NaN or an infinity
    (`steepest_context::finite_gradients`), so that no pass need look for them.
    Nothing else may depend on it: unlike the number of threads it has no part
    in sizes, which is why it counts as a read of memory.

    Example:

    ```mlir
    %vouched = kernel.finite_gradients
    ```
  }];
  let results = (outs I1:$vouched);
  let assemblyFormat = "attr-dict";
}

def Kernel_CertifyOp : Kernel_Op<"certify", [MemoryEffects<[MemWrite]>]> {
  let summary = "writes the certificate of one direction";
  let description = [{
    Writes the members of `steepest_certificate` number `direction`, unless the
    host wants no certificates.

    Example:

    ```mlir
    kernel.certify %direction(%value, %bound, %gap, %tangency, %distance,
                              %iterations, %outcome)
    ```
  }];
  let arguments = (ins
    Index:$direction, F64:$value, F64:$bound, F64:$gap, F64:$tangency,
    F64:$distance, F64:$iterations, F64:$outcome
  );
  let assemblyFormat = [{
    $direction `(` $value `,` $bound `,` $gap `,` $tangency `,` $distance `,`
    $iterations `,` $outcome `)` attr-dict
  }];
}

def Kernel_YieldOp
    : Kernel_Op<"yield", [Pure, ReturnLike, Terminator,
                          ParentOneOf<["MapOp", "ParallelOp"]>]> {
  let summary = "ends a body";
  let description = [{
    The values of one element of a `kernel.map`; no values in a
    `kernel.parallel`.

    Example:

    ```mlir
    kernel.yield %0, %1 : f32, f64
    ```
  }];
  let arguments = (ins Variadic<AnyTypeOf<[F32, F64, BF16, I64, I1]>>:$values);
  let builders = [OpBuilder<(ins), [{ /* no values */ }]>];
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // STEEPEST_DIALECT_KERNEL_KERNELOPS_TD
