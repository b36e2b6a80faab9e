//===- Entrywise.h - rules in which entries are alone -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_ANALYSIS_ENTRYWISE_ENTRYWISE_H
#define STEEPEST_LIB_ANALYSIS_ENTRYWISE_ENTRYWISE_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// Whether what the rule writes at an entry depends on nothing but the same
/// entry of its tensors, on scalar states and on hyper-parameters: Adam, Lion,
/// gradient descent, but no rule with a norm of the whole. Certificates and
/// checks, which are about the whole, do not count.
///
/// For rules whose directions are solved (after the phase `solve`); a `false`
/// may be for want of knowledge.
bool isEntrywise(OptimizerOp optimizer);

} // namespace steepest

#endif // STEEPEST_LIB_ANALYSIS_ENTRYWISE_ENTRYWISE_H
