//===- EmitMoves.td - the pass that emits moves --------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_TD
#define STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_TD

include "mlir/Pass/PassBase.td"

def EmitMovesPass : Pass<"steepest-emit-moves", "::mlir::ModuleOp"> {
  let summary = "emit transposes and copies";
  let description = [{
    `kernel.copy` becomes the map that stores what it reads. `kernel.transpose`
    becomes tasks of 128 x 128 elements, each made of `lanes` x `lanes` blocks
    that are transposed in registers; the ragged edge is moved element by
    element.

    ```mlir
    kernel.transpose %a into %b : memref<?x?xf32>, memref<?x?xf32>
    // becomes
    kernel.parallel %tasks {
    ^bb0(%task: index, %worker: index):
      scf.for %j = ... { scf.for %i = ... { vector.load ... vector.shuffle ... } }
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "16",
           "side of the blocks that are transposed in registers, a power of "
           "two">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_EMITMOVES_EMITMOVES_TD
