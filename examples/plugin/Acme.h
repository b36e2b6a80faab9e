//===- Acme.h - a norm, a manifold and a method from outside ----*- C++ -*-===//

#ifndef ACME_H
#define ACME_H

#include "dialect/Steepest/Steepest.h"

#include "AcmeDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "AcmeAttrs.h.inc"

namespace acme {

/// Unitarily invariant norms on the manifold of zero row sums.
std::unique_ptr<steepest::DirectionMethod> createCenteredDualizer();

} // namespace acme

#endif // ACME_H
