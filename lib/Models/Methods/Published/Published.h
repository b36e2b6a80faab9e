//===- Published.h - methods of the literature, for comparison --*- C++ -*-===//
//
// Taken only when asked for by name. Each is what was published, but for its
// steps, which are relative to the mean magnitude of the atoms of the projected
// gradient (AmbientProblem), so that they suit gradients of every scale; and
// each returns a feasible direction with a true certificate (Certify.h).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_PUBLISHED_PUBLISHED_H
#define STEEPEST_LIB_MODELS_METHODS_PUBLISHED_PUBLISHED_H

#include "lib/Models/Methods/Certify.h"
#include "lib/Models/Methods/Options.h"

namespace steepest {

class PublishedMethod : public DirectionMethod {
public:
  unsigned getCost() const final { return 100; }
  bool isByRequest() const final { return true; }
  /// On a manifold; then as `matchPair` says.
  llvm::LogicalResult match(DirectionOp op, std::string &reason) const final;
  mlir::FailureOr<SolvedDirection> build(matrix::FormulaBuilder &m,
                                         DirectionOp op,
                                         mlir::Attribute contract) const final;

protected:
  virtual llvm::LogicalResult matchPair(DirectionOp op, const Problem &problem,
                                        std::string &reason) const {
    return llvm::success();
  }
  /// Builds the iteration; `problem` stays alive.
  virtual SolvedDirection solve(matrix::FormulaBuilder &m, DirectionOp op,
                                const AmbientProblem &problem,
                                Options &options) const = 0;
};

/// What one iteration found: the next state, y near Phi, and Z near G - nu.
struct Iterate {
  Values next;
  mlir::Value y, z;
};

/// How long to iterate, and what to return.
struct IterationGoal {
  int64_t steps;
  double gap;
  /// The last y rather than the best.
  bool returnsLast = false;
};

/// Iterates `step(m, state, number)` from `init`, certifying every iterate,
/// until the gap is closed or the steps are used up. `number` counts from 0 as
/// f64. With `last`, the last state is handed back in it.
SolvedDirection
buildIteration(matrix::FormulaBuilder &m, const AmbientProblem &problem,
               const IterationGoal &goal, Values init,
               llvm::function_ref<Iterate(matrix::FormulaBuilder &,
                                          mlir::ValueRange, mlir::Value number)>
                   step,
               Values *last = nullptr);

std::unique_ptr<DirectionMethod> createAlternatingProjection();
std::unique_ptr<DirectionMethod> createBisection();
std::unique_ptr<DirectionMethod> createDualAscent();
std::unique_ptr<DirectionMethod> createFixedPoint();
std::unique_ptr<DirectionMethod> createOnlineDual();
std::unique_ptr<DirectionMethod> createPrimalDualHybrid();

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_PUBLISHED_PUBLISHED_H
