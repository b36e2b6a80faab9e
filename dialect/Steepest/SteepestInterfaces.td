//===- SteepestInterfaces.td - norms and manifolds ---------*- tablegen -*-===//
//
// The two open families. Each has a light interface that the language asks
// (verification, facts) and a model interface that the compiler asks (the
// mathematics as IR). Our own members promise the model and `lib/Models`
// attaches it; a plugin implements both in its attribute.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_INTERFACES
#define STEEPEST_DIALECT_STEEPEST_INTERFACES

include "mlir/IR/OpBase.td"

class Steepest_AttrInterface<string name> : AttrInterface<name> {
  let cppNamespace = "::steepest";
}

def Steepest_NormAttrInterface : Steepest_AttrInterface<"NormAttrInterface"> {
  let description = [{
    A norm on vectors or matrices of one shape, possibly with run-time operands
    (weights).
  }];
  let methods = [
    InterfaceMethod<[{
      Checks the norm itself and that it can measure tensors of `type`
      with these operands.
    }], "::llvm::LogicalResult", "verifyNorm",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$type, "::mlir::TypeRange":$operands)>,
    InterfaceMethod<"Algebraic facts.", "::steepest::NormFacts", "getNormFacts", (ins)>,
    InterfaceMethod<[{
      An equal norm of simpler form for tensors of `type`, or the norm itself:
      Schatten-2 is Frobenius, RMS is a scaled Frobenius norm.
    }], "::mlir::Attribute", "getCanonicalNorm", (ins "::mlir::RankedTensorType":$type),
      /*methodBody=*/"", /*defaultImplementation=*/"return $_attr;">
  ];
}

def Steepest_NormModelAttrInterface : Steepest_AttrInterface<"NormModelAttrInterface"> {
  let description = [{
    The mathematics of a norm as matrix programs. `x` is a float tensor; all
    scalars built are f64. Nothing here may depend on the scale of `x`.
  }];
  let methods = [
    InterfaceMethod<"The norm of x.", "::mlir::Value", "buildNorm",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::mlir::ValueRange":$operands)>,
    InterfaceMethod<"The dual norm max <x, Phi> over ||Phi|| <= 1.",
      "::mlir::Value", "buildDualNorm",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::mlir::ValueRange":$operands)>,
    InterfaceMethod<[{
      A maximiser Phi of <x, Phi> over ||Phi|| <= 1, of the type of `x`; 0 for
      x = 0. `contract` is the accuracy asked for where the norm cannot be
      dualized exactly by arithmetic (an attribute of `matrix.msign`).
    }], "::steepest::Dualized", "buildDualizer",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::mlir::ValueRange":$operands, "::mlir::Attribute":$contract)>,
    InterfaceMethod<[{
      A subgradient V of the norm at x, of the type of `x`: <V, x> = ||x|| and
      the dual norm of V is at most 1; 0 for x = 0. It is the normal of the
      sphere of this norm. Null when there is none to build.
    }], "::mlir::Value", "buildGradient",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::mlir::ValueRange":$operands),
      /*methodBody=*/"", /*defaultImplementation=*/"return {};">,
    InterfaceMethod<[{
      The Euclidean nearest point to x, of the type of `x`, with norm at most
      `radius` (f64, positive). Null when there is none to build.
    }], "::mlir::Value", "buildBallProjection",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::mlir::ValueRange":$operands, "::mlir::Value":$radius),
      /*methodBody=*/"", /*defaultImplementation=*/"return {};">
  ];
}

def Steepest_SmoothedNormModelAttrInterface
    : Steepest_AttrInterface<"SmoothedNormModelAttrInterface"> {
  let description = [{
    A norm whose dual can be smoothed and differentiated: what Newton's method
    asks of it.
  }];
  let methods = [
    InterfaceMethod<[{
      The smoothed dual norm at z (f64), or null with a diagnostic. `smoothing`
      (f64) is relative to the mean magnitude of the atoms of z.
    }], "::std::unique_ptr<::steepest::SmoothedDual>", "buildSmoothedDual",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$z,
           "::mlir::ValueRange":$operands, "::mlir::Value":$smoothing)>
  ];
}

def Steepest_PartsNormModelAttrInterface
    : Steepest_AttrInterface<"PartsNormModelAttrInterface"> {
  let description = [{
    A norm of vectors that can measure all columns, or all rows, of a matrix in
    one pass: what `max_columns` and `max_rows` ask of it.
  }];
  let methods = [
    InterfaceMethod<[{
      The norm of every column (`extent` Column) or row of x, which is f64.
    }], "::std::unique_ptr<::steepest::PartsNorm>", "buildParts",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$x,
           "::steepest::matrix::Extent":$extent)>
  ];
}

def Steepest_ManifoldAttrInterface : Steepest_AttrInterface<"ManifoldAttrInterface"> {
  let description = [{
    A manifold of vectors or matrices.
  }];
  let methods = [
    InterfaceMethod<"Checks the manifold itself and that it contains tensors of `type`.",
      "::llvm::LogicalResult", "verifyManifold",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$type)>,
    InterfaceMethod<"Algebraic facts.", "::steepest::ManifoldFacts", "getManifoldFacts", (ins)>,
    InterfaceMethod<"Names of the retractions, the default first.",
      "::llvm::ArrayRef<::llvm::StringRef>", "getRetractions", (ins)>
  ];
}

def Steepest_ManifoldModelAttrInterface : Steepest_AttrInterface<"ManifoldModelAttrInterface"> {
  let description = [{
    The mathematics of a manifold as matrix programs. W is a point on it.
  }];
  let methods = [
    InterfaceMethod<[{
      Euclidean projection of x onto the tangent space at w; for inequalities
      onto the cone of tangent Phi.
    }], "::mlir::Value", "buildProjection",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$w, "::mlir::Value":$x)>,
    InterfaceMethod<[{
      max |A_w(x)| as f64: 0 exactly when x is tangent at w; for inequalities how
      far the worst condition is violated.
    }], "::mlir::Value", "buildTangency",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$w, "::mlir::Value":$x)>,
    InterfaceMethod<"How far w is from the manifold, as f64, relative to its size.",
      "::mlir::Value", "buildDistance",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$w)>,
    InterfaceMethod<[{
      The point reached from w by the tangent step -rate * phi with ||phi||_2
      <= 1, by the retraction of this name (one of `getRetractions`).
    }], "::mlir::Value", "buildRetraction",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::llvm::StringRef":$name,
           "::mlir::Value":$w, "::mlir::Value":$phi, "::mlir::Value":$rate)>,
    InterfaceMethod<[{
      V of the conditions <V, Phi> = 0 (>= 0 for inequalities), one of all, of
      each column or of each row as the facts say; 0 where the condition is not
      active. In the type of `w`. Null without the fact `oneNormal`.
    }], "::mlir::Value", "buildNormal",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$w),
      /*methodBody=*/"", /*defaultImplementation=*/"return {};">,
    InterfaceMethod<[{
      A point of the manifold near any w, w itself when it is one: where a
      parameter starts. The nearest point unless the manifold says otherwise.
      Null when there is none to build.
    }], "::mlir::Value", "buildNearest",
      (ins "::steepest::matrix::FormulaBuilder &":$m, "::mlir::Value":$w),
      /*methodBody=*/"", /*defaultImplementation=*/"return {};">
  ];
}

#endif // STEEPEST_DIALECT_STEEPEST_INTERFACES
