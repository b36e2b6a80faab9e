//===- Observe.h - looking into a rule --------------------------*- C++ -*-===//
//
// A step gives new parameters and states; its directions stay inside. To check
// them on their own, a rule is given additional states that are updated with
// its directions and with what those are computed from, and directions may be
// taken from outside.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_OBSERVE_H
#define STEEPEST_LIB_RUN_OBSERVE_H

#include "dialect/Steepest/Steepest.h"
#include <optional>

namespace steepest::run {

/// One direction of a rule and the states by which it is seen.
struct ObservedDirection {
  mlir::Attribute norm, manifold;
  bool isPenalty = false;
  /// It is stored, checked on its own, and taken over by the reference: it is
  /// solved by iteration, when other maximisers are as good to the gap, its
  /// function is open, or all are looked at.
  bool isSolved = false;
  /// A closed form whose polar factor has a contract that any of several
  /// functions keeps (`#matrix.band` with a gap): what is lost decides while
  /// the step runs which of them it is (`steepest-loosen-bands`).
  bool isOpen = false;
  /// A closed form, whose result may be longer than one where the contract of
  /// an msign lets it be; its certificate is that of the multiple of length
  /// one.
  bool isClosed = false;
  /// The gap asked for.
  std::optional<double> gap;
  /// Numbers of tensor arguments; -1 where there is none.
  int result = -1, input = -1, point = -1, given = -1;
  llvm::SmallVector<int> operands;
};

/// The directions of a normalized rule, in order, of which closed forms are
/// looked at when `all` are. Their states are missing.
llvm::SmallVector<ObservedDirection> findDirections(OptimizerOp optimizer,
                                                    bool all);

/// Adds a state for the result of every solved direction.
void observeResults(OptimizerOp optimizer,
                    llvm::MutableArrayRef<ObservedDirection> directions);
/// The same, and states for what solved directions are computed from; what
/// follows them takes them from further states.
void observeAll(OptimizerOp optimizer,
                llvm::MutableArrayRef<ObservedDirection> directions);

/// For each tensor argument, whether it is kept from a direction's multiplier.
/// Neither optimum nor multiplier need be unique; the next certificate says
/// what a multiplier was worth.
llvm::SmallVector<bool> findMultipliers(OptimizerOp optimizer);

/// The manifold that each tensor argument lives on; null for none.
llvm::SmallVector<mlir::Attribute> findManifolds(OptimizerOp optimizer);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_OBSERVE_H
