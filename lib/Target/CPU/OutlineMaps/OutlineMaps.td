//===- OutlineMaps.td - the pass that shares maps ------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_TD
#define STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_TD

include "mlir/Pass/PassBase.td"

def OutlineMapsPass : Pass<"steepest-outline-maps", "::mlir::ModuleOp"> {
  let summary = "move maps into functions, equal ones into the same";
  let description = [{
    Each `kernel.map` becomes a call of a private function that holds it. Maps
    that differ in nothing but the values they are given share one: a solver
    does the same to many matrices. The functions take every value once, also
    one that is read and written, and no constants: what is known of a map
    stays known.

    ```mlir
    kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
        outs(%x : memref<?x?xf32>) [store to full] {...}
    // becomes
    call @kernel.map_0(%m, %n, %x) : (index, index, memref<?x?xf32>) -> ()
    ```
  }];
  let dependentDialects = [
    "::mlir::func::FuncDialect", "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_OUTLINEMAPS_OUTLINEMAPS_TD
