//===- PrintFacts.td - report what is known of every matrix *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_PRINTFACTS
#define STEEPEST_LIB_TRANSFORMS_PRINTFACTS

include "mlir/Pass/PassBase.td"

def PrintFactsPass : Pass<"steepest-print-facts", "::steepest::OptimizerOp"> {
  let summary = "report what is known of every matrix";
  let description = [{
    Emits, at each operation with a matrix result, a remark with the facts of
    `lib/Analysis/Facts`: what rewrites of this phase rest on. Matrices of which
    nothing is known are left out.
  }];
  let dependentDialects = [];
}

#endif // STEEPEST_LIB_TRANSFORMS_PRINTFACTS
