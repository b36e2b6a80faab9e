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
#include "lib/Transforms/Adapt/Adapt.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/EstimateCost/EstimateCost.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/FoldEpilogues/FoldEpilogues.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/FoldTransposes/FoldTransposes.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/FormMaps/FormMaps.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/HoistInvariants/HoistInvariants.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LoosenBands/LoosenBands.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LowerBlocks/LowerBlocks.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LowerSpectral/LowerSpectral.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/LowerToKernels/LowerToKernels.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/MergeVersions/MergeVersions.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Normalize/Normalize.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/OrthonormalProducts/OrthonormalProducts.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/PlanWorkspace/PlanWorkspace.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/PolynomialSteps/PolynomialSteps.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/PrintFacts/PrintFacts.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/RationalFunctions/RationalFunctions.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/ReassociateProducts/ReassociateProducts.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/ShareProducts/ShareProducts.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/SinkSums/SinkSums.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Solve/Solve.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Specialize/Specialize.h.inc"
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/SymmetricProducts/SymmetricProducts.h.inc"

/// Registers every pass above.
inline void registerTransforms() {
  registerAdaptPasses();
  registerEstimateCostPasses();
  registerFoldEpiloguesPasses();
  registerFoldTransposesPasses();
  registerFormMapsPasses();
  registerHoistInvariantsPasses();
  registerLoosenBandsPasses();
  registerLowerBlocksPasses();
  registerLowerSpectralPasses();
  registerLowerToKernelsPasses();
  registerMergeVersionsPasses();
  registerNormalizePasses();
  registerOrthonormalProductsPasses();
  registerPlanWorkspacePasses();
  registerPolynomialStepsPasses();
  registerPrintFactsPasses();
  registerRationalFunctionsPasses();
  registerReassociateProductsPasses();
  registerShareProductsPasses();
  registerSinkSumsPasses();
  registerSolvePasses();
  registerSpecializePasses();
  registerSymmetricProductsPasses();
}

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_PASSES_H
