//===- Choose.h - which method solves a direction ---------------*- C++ -*-===//
//
// The rule of choice, in one place: the one asked for by name, or the first of
// least cost that matches.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_CHOOSE_H
#define STEEPEST_LIB_MODELS_METHODS_CHOOSE_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// A method that was asked whether it matches, and why it does not.
struct RejectedMethod {
  const DirectionMethod *method;
  std::string reason;
};

/// The first method that matches `op` among those that need not be asked for by
/// name; null when there is none. `rejected` lists those that came before it.
const DirectionMethod *
chooseAutomatically(DirectionOp op,
                    llvm::SmallVectorImpl<RejectedMethod> &rejected);

/// The same, or the one that `op` asks for by name, which is null when it is
/// not known or does not match.
const DirectionMethod *chooseMethod(DirectionOp op);

/// What a method of this cost is: `closed form`, `one multiplier`, `Newton` or
/// `splitting`.
llvm::StringRef describeCost(unsigned cost);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_CHOOSE_H
