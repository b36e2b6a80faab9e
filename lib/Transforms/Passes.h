//===- Passes.h - the transformations of the compiler -----------*- C++ -*-===//
//
// Every pass has a folder of its own; this header collects their factories.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_PASSES_H
#define STEEPEST_LIB_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace steepest {

// The generated headers undefine what selects their parts.
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/EstimateCost/EstimateCost.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/FormMaps/FormMaps.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LowerSpectral/LowerSpectral.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LowerToKernels/LowerToKernels.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Normalize/Normalize.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/PlanWorkspace/PlanWorkspace.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Solve/Solve.h.inc"

/// Registers every pass above.
inline void registerTransforms() {
  registerEstimateCostPasses();
  registerFormMapsPasses();
  registerLowerSpectralPasses();
  registerLowerToKernelsPasses();
  registerNormalizePasses();
  registerPlanWorkspacePasses();
  registerSolvePasses();
}

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_PASSES_H
