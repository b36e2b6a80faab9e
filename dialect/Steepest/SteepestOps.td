//===- SteepestOps.td - what an optimizer is made of -------*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_STEEPEST_OPS
#define STEEPEST_DIALECT_STEEPEST_OPS

include "dialect/Steepest/SteepestAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"

// Vectors, matrices, and batches of matrices (leading dimension).
def Steepest_Tensor : AnyTypeOf<[1DTensorOf<[F32, F64]>, 2DTensorOf<[F32, F64]>,
                                 3DTensorOf<[F32, F64]>],
                                "vector, matrix or batch of matrices of f32 or f64">;
def Steepest_Real : AnyTypeOf<[F32, F64], "f32 or f64">;

// Open families: verifiers check them, since only they can say what was found
// instead and how to load it.
class Steepest_Member<string summary> : Attr<CPred<"true">, summary> {
  let storageType = AnyAttr.storageType;
  let returnType = AnyAttr.returnType;
  let convertFromStorage = AnyAttr.convertFromStorage;
}
def Steepest_NormConstraint
    : Steepest_Member<"a norm (an attribute implementing `NormAttrInterface`)">;
def Steepest_ManifoldConstraint
    : Steepest_Member<"a manifold (an attribute implementing `ManifoldAttrInterface`)">;

class Steepest_Op<string mnemonic, list<Trait> traits = []>
    : Op<Steepest_Dialect, mnemonic, traits>;

// A scalar operand of the element type of the result.
class Steepest_ElementType<string scalar>
    : TypesMatchWith<"`" # scalar # "` has the element type of the result", "result", scalar,
                     "::mlir::getElementTypeOrSelf($_self)">;

def Steepest_OptimizerOp : Steepest_Op<"optimizer", [
    IsolatedFromAbove, Symbol, SingleBlock,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "an optimizer";
  let description = [{
    A rule that maps parameters, their gradients, states and hyper-parameters
    to new parameters and states. Arguments come in pairs of a parameter and
    its gradient, of equal extents, stored as f32, f64 or bf16; what is stored as
    bf16 is widened by `arith.extf` and narrowed by `arith.truncf`. States have an initial value: a number,
    `zeros`, `identity`, or a parameter whose copy they start as. A state has
    the extents of the parameter that it copies, or of the one it is `like`
    (`= zeros like %b`), which must be said when several have its extents; `by rows`
    (`by columns`) makes it a square matrix or a vector of the rows (columns) of
    that parameter, as in `= identity like %w by rows`. Hyper-parameters are
    run-time scalars with a default.

    (C1) every gradient has the extents of its parameter;
    (C2) states are tensors like some parameter, matrices or vectors by its rows
    or columns, or scalars;
    (C3) hyper-parameters are f32 or f64;
    (C4) every gradient and hyper-parameter is used;
    (C5) a state that copies a parameter, or is like it, has its extents; one starting as the
    identity is a matrix;
    (C6) names are unique;
    (C7) directions stand in the body itself, not in a conditional or a loop: each
    has its certificate in every step.

    Example:

    ```mlir
    steepest.optimizer @sgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
        state(%m: tensor<?x?xf32> = zeros)
        hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
      %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
      %w1 = steepest.descend %w, %m1, %lr : tensor<?x?xf32>
      steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$num_parameters,
    StrArrayAttr:$argument_names, ArrayAttr:$initials, DenseF64ArrayAttr:$defaults);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumStates() { return getInitials().size(); }
    unsigned getNumHypers() { return getDefaults().size(); }
    /// Parameters, gradients and states.
    unsigned getNumTensors() { return 2 * getNumParameters() + getNumStates(); }
    ::llvm::StringRef getArgumentName(unsigned index) {
      return ::llvm::cast<::mlir::StringAttr>(getArgumentNames()[index]).getValue();
    }
    ::mlir::BlockArgument getParameter(unsigned i) { return getBody().getArgument(2 * i); }
    ::mlir::BlockArgument getGradient(unsigned i) { return getBody().getArgument(2 * i + 1); }
    ::mlir::BlockArgument getState(unsigned i) {
      return getBody().getArgument(2 * getNumParameters() + i);
    }
    ::mlir::BlockArgument getHyper(unsigned i) {
      return getBody().getArgument(getNumTensors() + i);
    }
    InitialAttr getInitial(unsigned i) { return ::llvm::cast<InitialAttr>(getInitials()[i]); }
    /// The number of the tensor whose extents tensor `index` has: itself for a
    /// parameter, the first parameter of the same type otherwise; itself for
    /// scalars.
    unsigned getLike(unsigned index);
    UpdateOp getUpdate();
  }];
}

def Steepest_UpdateOp : Steepest_Op<"update", [Terminator, HasParent<"OptimizerOp">,
                                              SameVariadicOperandSize]> {
  let summary = "new values of parameters and states";
  let description = [{
    (C1) targets are parameters or states; (C2) each parameter and state is
    updated exactly once; (C3) by a value of its type.

    Example:

    ```mlir
    steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$targets, Variadic<AnyType>:$values);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The new value of a parameter or state.
    ::mlir::Value getValueOf(::mlir::Value target);
  }];
}

def Steepest_EmaOp : Steepest_Op<"ema", [Pure, AllTypesMatch<["average", "value", "result"]>,
    Steepest_ElementType<"beta">]> {
  let summary = "exponential moving average";
  let description = [{
    beta * average + (1 - beta) * value.

    Example:

    ```mlir
    %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$average, Steepest_Tensor:$value, Steepest_Real:$beta);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = "$average `,` $value `,` $beta attr-dict `:` type($result)";
}

def Steepest_ScaleOp : Steepest_Op<"scale", [Pure, AllTypesMatch<["input", "result"]>,
    Steepest_ElementType<"factor">]> {
  let summary = "tensor times a scalar";
  let description = [{
    factor * input.

    Example:

    ```mlir
    %y = steepest.scale %x, %s : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$input, Steepest_Real:$factor);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = "$input `,` $factor attr-dict `:` type($result)";
}

def Steepest_FillOp : Steepest_Op<"fill", [Pure, AllTypesMatch<["like", "result"]>,
    Steepest_ElementType<"value">]> {
  let summary = "tensor of one value";
  let description = [{
    The scalar in every place of the shape of `like`.

    Example:

    ```mlir
    %y = steepest.fill %s like %x : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Real:$value, Steepest_Tensor:$like);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = "$value `like` $like attr-dict `:` type($result)";
}

def Steepest_DirectionOp : Steepest_Op<"direction", [Pure, AttrSizedOperandSegments,
    AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "direction of steepest ascent";
  let description = [{
    The maximiser Phi of <G, Phi> subject to ||Phi|| <= 1 and A_W(Phi) = 0,
    where G is `input` and W is the `point`. With `penalty` the result is d Phi,
    d being the maximum: the solution of min <G, D> + ||D||^2 / 2 up to sign. d
    is taken from the certificate: the value that the multiple of Phi of length
    one attains, below the maximum by at most the certified gap.

    `from` starts the method from the multiplier of an earlier step, a vector
    normal at W in units of G, and the second result is what to keep for the next:
    a state of the type of the parameter that starts as zeros. Closed forms have
    none and give back what they got.

    `accuracy` is a contract: `#steepest.gap<1.0e-3>`,
    `#steepest.band<lowest = 1.0e-3, error = 1.0e-2>` or `#steepest.exact`.
    `method` forces a method by name, with options as in
    `#steepest.method<"admm", {steps = 10}>`, or polynomial steps:
    `#steepest.polynomial<"muon", steps = 5>`.

    (C1) a manifold comes with a point, and a point with a manifold;
    (C2) the norm is one, and can measure the input, with these operands;
    (C3) the manifold is one, and can contain the input;
    (C4) accuracy and method are of the forms above, and not both a polynomial
    and an accuracy, which is no finer than the rounding of the elements;
    (C5) `from` comes with a manifold and with a second result, and a second
    result with `from`.

    Example:

    ```mlir
    %phi = steepest.direction %m at %w norm(#steepest.spectral) on(#steepest.stiefel)
           accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$input, Optional<Steepest_Tensor>:$point,
    Optional<Steepest_Tensor>:$normal, Variadic<Steepest_Tensor>:$norm_operands,
    Steepest_NormConstraint:$norm, OptionalAttr<Steepest_ManifoldConstraint>:$manifold,
    UnitAttr:$penalty, OptionalAttr<AnyAttr>:$accuracy, OptionalAttr<AnyAttr>:$method,
    OptionalAttr<I32Attr>:$index);
  let results = (outs Steepest_Tensor:$result, Optional<Steepest_Tensor>:$new_normal);
  let assemblyFormat = [{
    $input (`at` $point^)? (`from` $normal^)?
    `` custom<Clause>("\"norm\"", "\"at from norm on penalty accuracy method\"")
    `norm` `(` $norm (`,` $norm_operands^)? `)`
    (`on` `(` $manifold^ `)`)? (`penalty` $penalty^)?
    (`accuracy` `(` $accuracy^ `)`)? (`method` `(` $method^ `)`)?
    `` custom<Clause>("\"\"", "\"at from norm on penalty accuracy method\"")
    attr-dict `:` type($result)
    `` custom<SameTypes>(ref($point), type($point), ref($normal), type($normal), type($new_normal),
                         ref($norm_operands), type($norm_operands), ref(type($result)))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The name of the method asked for; empty when none is, or polynomials.
    ::llvm::StringRef getMethodName();
  }];
}

def Steepest_DirectionsOp : Steepest_Op<"directions", [Pure, AttrSizedOperandSegments]> {
  let summary = "directions of steepest ascent of several parameters under one norm";
  let description = [{
    The maximiser (Phi_1, ..., Phi_L) of sum <G_l, Phi_l> subject to ||Phi|| <= 1
    and each Phi_l tangent, where the norm is that of the lengths s_l N_l(Phi_l)
    over the parameters: their `max` (modular: every layer has the budget 1 /
    s_l), `l2` or `l1`. With d_l the maximum of layer l alone (N_l(Phi_l) <= 1)
    and D_l its maximiser,

      max: Phi_l = D_l / s_l
      l2:  Phi_l = (d_l / s_l^2) D_l / M,  M = (sum d_l^2 / s_l^2)^(1/2)
      l1:  Phi_l = D_l / s_l for the first l with the largest d_l / s_l, else 0.

    With `penalty` each is multiplied by the dual norm of the whole: sum d_l /
    s_l, M, or max d_l / s_l. Each layer has a certificate of its own; d_l is
    <G_l, D_l>.

    (C1) as many norms as inputs, and scales > 0 where there are some; (C2)
    points come with manifolds, one for each input, `unit` being none; (C3) each
    layer is a direction without operands; (C4) at least one input.

    Example:

    ```mlir
    %p, %q = steepest.directions over max (%a, %b)
             norms([#steepest.spectral, #steepest.rows]) scales([1.0, 0.5])
             : tensor<?x?xf32>, tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Variadic<Steepest_Tensor>:$inputs, Variadic<Steepest_Tensor>:$points,
    Steepest_OverAttr:$over, ArrayAttr:$norms, OptionalAttr<ArrayAttr>:$manifolds,
    OptionalAttr<F64ArrayAttr>:$scales, UnitAttr:$penalty, OptionalAttr<AnyAttr>:$accuracy);
  let results = (outs Variadic<Steepest_Tensor>:$results);
  let assemblyFormat = [{
    `over` `` $over `(` $inputs `)` (`at` `(` $points^ `)`)?
    `` custom<Clause>("\"norms\"", "\"over at norms on scales penalty accuracy\"")
    `norms` `(` $norms `)`
    (`on` `(` $manifolds^ `)`)? (`scales` `(` $scales^ `)`)? (`penalty` $penalty^)?
    (`accuracy` `(` $accuracy^ `)`)?
    `` custom<Clause>("\"\"", "\"over at norms on scales penalty accuracy\"")
    attr-dict `:` type($results)
    `` custom<LayerTypes>(ref($inputs), type($inputs), ref($points), type($points),
                          ref(type($results)))
  }];
  let hasVerifier = 1;
}

def Steepest_NearestOp : Steepest_Op<"nearest", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "a point of a manifold";
  let description = [{
    The point of the manifold where an input off it starts: the nearest one for
    all that are closed sets with a formula for it (see the manifold), the input
    itself when it is on it.

    (C1) the manifold is one, and can contain the input.

    Example:

    ```mlir
    %w1 = steepest.nearest %w on(#steepest.stiefel) : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$input, Steepest_ManifoldConstraint:$manifold);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = [{
    $input `` custom<Clause>("\"on\"", "\"on\"")
    `on` `(` $manifold `)` `` custom<Clause>("\"\"", "\"on\"")
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Steepest_PowerOp : Steepest_Op<"power", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "power of a symmetric positive semidefinite matrix";
  let description = [{
    V diag(l_i^p) V^T for X = V diag(l_i) V^T, by an eigen-decomposition in
    float64. Eigenvalues below `ridge` times the largest count as that multiple
    of it; X = 0 gives 0, or I for p = 0. Default ridge: 1e-12.

    With `error`, powers may be off by this part of them, and eigenvalues below
    `ridge` times the largest may have any power from that of this multiple, less
    `error`, to four times it: partial fractions then take the place of the
    decomposition where rounding leaves room and they cost less. An X that is
    not semidefinite up to rounding fails the step.

    (C1) the input is a square matrix (of static extents, if they are known);
    (C2) the exponent is finite, 0 <= ridge < 1, and > 0 for negative exponents;
    (C3) with an error, 0 < error < 1 and -1/2 <= exponent < 0.

    Example:

    ```mlir
    %r = steepest.power %l, -0.25 ridge(1.0e-10) : tensor<?x?xf32>
    %s = steepest.power %l, -0.25 ridge(1.0e-6) error(1.0e-2) : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$input, F64Attr:$exponent,
    DefaultValuedAttr<F64Attr, "1.0e-12">:$ridge, OptionalAttr<F64Attr>:$error);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = [{
    $input `,` custom<Number>($exponent)
    (`ridge` `(` custom<Number>($ridge)^ `)`)? (`error` `(` custom<Number>($error)^ `)`)?
    `` custom<Clause>("\"\"", "\"ridge error\"")
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Steepest_EigenbasisOp : Steepest_Op<"eigenbasis", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "eigenvectors of a symmetric matrix";
  let description = [{
    Q with orthonormal columns and Q^T X Q diagonal, ascending. Each column has
    its largest entry (the first of several) positive.

    (C1) the input is a square matrix (of static extents, if they are known).

    Example:

    ```mlir
    %q = steepest.eigenbasis %l : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$input);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Steepest_ApplyOp : Steepest_Op<"apply", [Pure]> {
  let summary = "matrix times vector";
  let description = [{
    A v, or A^T v under `transpose`, with sums in float64.

    (C1) the vector has one entry for each column of A (row, under `transpose`),
    and the result one for each row (column); (C2) element types agree.

    Example:

    ```mlir
    %u = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
    %x = steepest.apply %w, %u {transpose} : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
    ```
  }];
  let arguments = (ins 2DTensorOf<[F32, F64]>:$matrix, 1DTensorOf<[F32, F64]>:$vector,
    UnitAttr:$transpose);
  let results = (outs 1DTensorOf<[F32, F64]>:$result);
  let assemblyFormat = [{
    $matrix `,` $vector attr-dict `:` type($matrix) `,` type($vector) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Steepest_RetractOp : Steepest_Op<"retract", [Pure,
    AllTypesMatch<["point", "direction", "result"]>, Steepest_ElementType<"rate">]> {
  let summary = "step along a manifold";
  let description = [{
    The point of the manifold reached from `point` by the tangent step
    -rate * direction, by the named retraction (default: the manifold's first).

    (C1) the manifold is one, and can contain the point; (C2) the manifold has the retraction.

    Example:

    ```mlir
    %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) by("polar") : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$point, Steepest_Tensor:$direction, Steepest_Real:$rate,
    Steepest_ManifoldConstraint:$manifold, OptionalAttr<StrAttr>:$retraction);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = [{
    $point `,` $direction `,` $rate
    `` custom<Clause>("\"on\"", "\"on by\"",
                      "\"a straight step, without a manifold, is `steepest.descend`\"")
    `on` `(` $manifold `)` (`by` `(` $retraction^ `)`)?
    `` custom<Clause>("\"\"", "\"on by\"")
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Steepest_DescendOp : Steepest_Op<"descend", [Pure,
    AllTypesMatch<["point", "direction", "result"]>, Steepest_ElementType<"rate">]> {
  let summary = "straight step";
  let description = [{
    point - rate * direction.

    Example:

    ```mlir
    %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Steepest_Tensor:$point, Steepest_Tensor:$direction, Steepest_Real:$rate);
  let results = (outs Steepest_Tensor:$result);
  let assemblyFormat = [{
    $point `,` $direction `,` $rate
    `` custom<Clause>("\"\"", "\"\"", "\"a step along a manifold is `steepest.retract`\"")
    attr-dict `:` type($result)
  }];
}

#endif // STEEPEST_DIALECT_STEEPEST_OPS
