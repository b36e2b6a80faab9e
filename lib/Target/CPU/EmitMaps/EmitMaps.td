//===- EmitMaps.td - the pass that emits maps ----------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_TD
#define STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_TD

include "mlir/Pass/PassBase.td"

def EmitMapsPass : Pass<"steepest-emit-maps"> {
  let summary = "emit fused maps as tasks of vector loops";
  let description = [{
    Replaces `kernel.map` by `kernel.parallel` around `scf` loops over rows and
    vectors of columns. The index space is cut by its shape alone, and partial
    results are folded in task order: the bits do not depend on the threads.

    ```mlir
    kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
        outs(%y : memref<?x?xf32>) [store to full] {...}
    // becomes
    kernel.parallel %tasks {
    ^bb0(%task: index, %worker: index):
      scf.for %i = ... {
        scf.for %j = ... step 16 { vector.load ... vector.store }
        scf.for %j = ... { vector.maskedload ... vector.maskedstore }
      }
    }
    ```
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "16",
           "columns that one vector covers, a power of two">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_EMITMAPS_EMITMAPS_TD
