//===- Spec.h - a spec as a function of numbers -----------------*- C++ -*-===//
//
// Steps of a spec of examples/optimizers in the float64 reference, the states
// carried on. What compiled code computes is compared with the same reference
// by test/Integration/optimizers.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_EXAMPLES_SPEC_H
#define STEEPEST_TEST_UNIT_EXAMPLES_SPEC_H

#include "dialect/Steepest/Steepest.h"
#include "lib/Driver/Compiler.h"
#include "lib/Reference/Interpreter.h"
#include <random>

namespace steepest::examples {

using reference::Matrix;
using reference::Vector;

class Spec {
public:
  /// The optimizer of `name`.mlir with a parameter of one matrix; fails the
  /// running test when there is none.
  Spec(llvm::StringRef name, const Matrix &start);

  void setHyper(llvm::StringRef name, double value);
  /// One step with this gradient; returns the status.
  int32_t step(const Matrix &gradient);

  const Matrix &parameter() const { return get("w").matrix(); }
  /// A parameter or state.
  const reference::Value &get(llvm::StringRef name) const;

private:
  reference::Value initial(unsigned state, const Matrix &start);
  unsigned find(llvm::StringRef name) const;

  Compiler compiler;
  OptimizerOp optimizer;
  reference::Values arguments;
};

/// Normal numbers.
Matrix gaussian(std::mt19937_64 &generator, int64_t rows, int64_t cols);

} // namespace steepest::examples

#endif // STEEPEST_TEST_UNIT_EXAMPLES_SPEC_H
