//===- EstimateCost.td - how long a step takes -------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_ESTIMATECOST
#define STEEPEST_LIB_TRANSFORMS_ESTIMATECOST

include "mlir/Pass/PassBase.td"

def EstimateCostPass : Pass<"steepest-estimate-cost", "::mlir::ModuleOp"> {
  let summary = "a function of the shapes that estimates the time of a step";
  let description = [{
    For every function marked `kernel.entry` makes a function `NAME__cost` of
    the extents of all tensors (rows, cols each), marked `kernel.cost`. The
    unit is the time of one floating-point operation of an f32 product at its
    full rate on one thread; other work counts by how much longer it takes
    (lib/Target/CPU/Cost.h). Of two branches the dearer counts, and a loop of
    unknown length as eight turns: lists of tasks are ordered and distributed
    by the number, and nothing that is computed depends on it.

    Example:

    ```mlir
    func.func @sgd(%w: memref<?x?xf32, ...>, ...) -> i32 attributes {kernel.entry}
    // gets
    func.func @sgd__cost(%rows: index, %cols: index, ...) -> index attributes {kernel.cost}
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::steepest::kernel::KernelDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_ESTIMATECOST
