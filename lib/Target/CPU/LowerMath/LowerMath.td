//===- LowerMath.td - the pass that keeps functions exact ----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_TD
#define STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_TD

include "mlir/Pass/PassBase.td"

def LowerMathPass : Pass<"steepest-lower-math", "::mlir::ModuleOp"> {
  let summary = "call libm for functions that LLVM would only approximate";
  let description = [{
    The conversion of `math` to the LLVM dialect writes expm1(x) as exp(x) - 1
    and log1p(x) as log(1 + x), which have no correct digit near 0: that is
    where they are used. Here they become calls of libm, one per lane, before
    that conversion sees them. A power with an integer exponent becomes one with
    a real exponent, because LLVM has no such power of vectors.

    ```mlir
    %r = math.expm1 %x : f64
    // becomes
    %r = func.call @expm1(%x) : (f64) -> f64
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_LOWERMATH_LOWERMATH_TD
