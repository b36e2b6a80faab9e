//===- CheckRetractions.h - parameters that leave their manifold *- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKRETRACTIONS_H
#define STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKRETRACTIONS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// Warns of directions that are tangent to a curved manifold and change the
/// parameter they are tangent at without a retraction: W - t Phi is then off
/// the manifold by O(t^2) in every step.
void checkRetractions(OptimizerOp optimizer);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKRETRACTIONS_H
