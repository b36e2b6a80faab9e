//===- Newton.h - one direction solved by smoothing -------------*- C++ -*-===//
//
// What an iteration is, and what does not change between iterations. The method
// is described in SmoothedNewton.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_NEWTON_H
#define STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_NEWTON_H

#include "lib/Models/Methods/Methods.h"

namespace steepest {

/// What one iteration hands to the next. Scalars are f64 or i1.
struct NewtonState {
  /// nu, and the one that the last step started from.
  mlir::Value normal, previous;
  /// Phi in the unit ball, if there is one already.
  mlir::Value primal, hasPrimal;
  /// The value that is rejected, and halvings of the step since.
  mlir::Value limit, halvings;
  mlir::Value smoothing, damping, forcing;
  /// Certified: ||P G + best nu||* and <G, best Phi>.
  mlir::Value upper, bestNormal, lower, bestPrimal;
  /// The gap before, and when and where it last fell by a tenth.
  mlir::Value gap, markGap, markIteration;
  mlir::Value iteration, running;

  static constexpr mlir::Value NewtonState::*fields[] = {
      &NewtonState::normal,     &NewtonState::previous,
      &NewtonState::primal,     &NewtonState::hasPrimal,
      &NewtonState::limit,      &NewtonState::halvings,
      &NewtonState::smoothing,  &NewtonState::damping,
      &NewtonState::forcing,    &NewtonState::upper,
      &NewtonState::bestNormal, &NewtonState::lower,
      &NewtonState::bestPrimal, &NewtonState::gap,
      &NewtonState::markGap,    &NewtonState::markIteration,
      &NewtonState::iteration,  &NewtonState::running};

  llvm::SmallVector<mlir::Value> pack() const {
    llvm::SmallVector<mlir::Value> values;
    for (mlir::Value NewtonState::*field : fields)
      values.push_back(this->*field);
    return values;
  }
  static NewtonState unpack(mlir::ValueRange values) {
    NewtonState state;
    for (auto [field, value] : llvm::zip_equal(fields, values))
      state.*field = value;
    return state;
  }
};

/// One direction, with what does not change between iterations.
class Newton {
public:
  using Builder = matrix::FormulaBuilder;

  Newton(Builder &m, DirectionOp op);
  mlir::FailureOr<SolvedDirection> solve(Builder &m);

private:
  /// In the type of all matrices here.
  mlir::Value like(Builder &m, mlir::Value x) const;
  mlir::Value project(Builder &m, mlir::Value x) const {
    return like(m, problem.manifoldModel.buildProjection(m, point, x));
  }
  mlir::Value normalPart(Builder &m, mlir::Value x) const {
    return m.sub(x, project(m, x));
  }
  mlir::Value length(Builder &m, mlir::Value x) const {
    return problem.normModel.buildNorm(m, x, problem.operands);
  }
  std::unique_ptr<SmoothedDual> smooth(Builder &m, mlir::Value z,
                                       mlir::Value smoothing) {
    auto dual = smoothed.buildSmoothedDual(m, z, problem.operands, smoothing);
    isBuilt &= dual != nullptr;
    return dual;
  }

  /// A tangent candidate, its length, and the value of it divided by that.
  struct Measured {
    mlir::Value candidate, length, value;
  };
  Measured measure(Builder &m, mlir::Value candidate) const;
  Measured clip(Builder &m, const Measured &measured, mlir::Value upper) const;

  NewtonState start(Builder &m) const;
  NewtonState iterate(Builder &m, const NewtonState &state);
  NewtonState shorten(Builder &m, NewtonState state) const;
  NewtonState advance(Builder &m, NewtonState state, mlir::Value z,
                      SmoothedDual &dual);
  NewtonState step(Builder &m, NewtonState state, mlir::Value z,
                   mlir::Value candidate, mlir::Value candidateLength,
                   mlir::Value pointGap);

  Problem problem;
  SmoothedNormModelAttrInterface smoothed;
  double tolerance;
  mlir::Type type;
  /// In float64; G in units of its largest entry, `unit`.
  mlir::Value point, unit, gradient, target, from;
  mlir::Value gradientLength, targetLength, isActive;
  bool isBuilt = true;
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_NEWTON_H
