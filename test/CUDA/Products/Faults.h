//===- Faults.h - checks of the template, by fault ------------------------===//

#ifndef STEEPEST_TEST_CUDA_PRODUCTS_FAULTS_H
#define STEEPEST_TEST_CUDA_PRODUCTS_FAULTS_H

#include "Problem.h"

/// Each runs a product and returns what is wrong: f32 by FMA, bf16 by mma.sync,
/// bf16 by wgmma in small tiles and in clusters of two, f32 from panels of
/// bf16, twice in one launch, in small tiles and larger ones, and f32 in shared
/// memory.
using FaultCheck = std::string (*)(const sm_test::Shape &, sm_model::Timing);
struct FaultChecks {
  FaultCheck fma, mma, wgmma, clusters, smallPanels, panels, staged;
};

#define STEEPEST_FAULTS(FAULT)                                                 \
  FAULT(None)                                                                  \
  FAULT(DescriptorStep)                                                        \
  FAULT(EarlyRelease)                                                          \
  FAULT(MissingWait)                                                           \
  FAULT(MissingMirror)                                                         \
  FAULT(ArriveCount)                                                           \
  FAULT(ExpectedBytes)                                                         \
  FAULT(EdgeOffByOne)                                                          \
  FAULT(MissingPhaseFlip)                                                      \
  FAULT(StagingReuse)                                                          \
  FAULT(MissingFence)                                                          \
  FAULT(MissingInvalidation)                                                   \
  FAULT(MissingMeeting)

#define STEEPEST_DECLARE(fault) extern const FaultChecks checksWith##fault;
STEEPEST_FAULTS(STEEPEST_DECLARE)
#undef STEEPEST_DECLARE

#endif // STEEPEST_TEST_CUDA_PRODUCTS_FAULTS_H
