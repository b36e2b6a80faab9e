//===- Compare.h - compiled against reference -------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_RUN_COMPARE_H
#define STEEPEST_LIB_RUN_COMPARE_H

#include "lib/Run/Program.h"
#include "lib/Run/Reference.h"

namespace steepest::run {

/// A compiled tensor may differ by `relative` of the largest change and
/// `rounding` of the largest value.
struct Tolerance {
  double relative, rounding;
  /// What it is derived from.
  std::string reason;
};

Tolerance getTolerance(steepest_dtype dtype, Arithmetic arithmetic,
                       std::optional<double> relative);

/// The largest difference of one tensor.
struct Difference {
  double largest = 0, allowed = 0;
  /// The largest reference value, and the largest change.
  double value = 0, change = 0;

  bool isOk() const { return largest <= allowed; }
};

Difference compare(const HostTensor &before, const HostTensor &after,
                   const reference::Value &reference,
                   const Tolerance &tolerance);

/// What is wrong with a certificate; empty when nothing is.
std::string checkCertificate(const steepest_certificate &certificate,
                             const DirectionValues &reference,
                             const ObservedDirection &direction,
                             const Tolerance &tolerance);

/// A solved direction of compiled code, measured in float64.
struct Measured {
  double value, length, tangency;

  /// The relative gap of its multiple of length one below the reference's
  /// bound.
  double gapBelow(const DirectionValues &reference) const;
};
mlir::FailureOr<Measured> measure(Reference &reference,
                                  const ObservedDirection &direction,
                                  const reference::Value &phi,
                                  const DirectionValues &at);
std::string checkMeasured(const Measured &measured,
                          const steepest_certificate &certificate,
                          const DirectionValues &reference,
                          const Tolerance &tolerance, bool isClosed);

/// Entry by entry against one of these, what is wrong with all; empty when one
/// fits.
std::string checkEntries(const reference::Value &phi,
                         llvm::ArrayRef<reference::Value> functions,
                         const Tolerance &tolerance);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_COMPARE_H
