//===- Solve.cpp - running the smoothed Newton method in tests ------------===//

#include "test/Unit/Newton/Solve.h"
#include "test/Unit/Laws/Harness.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::newton;
using matrix::FormulaBuilder;
using solver::Problem;

Solution newton::solve(const std::string &norm, const std::string &manifold,
                       const Problem &problem, const Options &options) {
  MLIRContext &context = laws::getContext();
  Type element = options.isFloat32 ? Type(Float32Type::get(&context))
                                   : Type(Float64Type::get(&context));
  Type type = laws::typeOf(problem.g, 2, options.isStatic, element);
  Matrix from =
      options.from.value_or(Matrix::Zero(problem.g.rows(), problem.g.cols()));
  auto build = [&](FormulaBuilder &m, ValueRange values) {
    Value normal = options.from ? values[2] : Value();
    auto op = DirectionOp::create(
        m.getBuilder(), m.getLoc(), type, options.from ? type : Type(),
        values[0], values[1], normal, ValueRange(), laws::parse(norm),
        laws::parse(manifold), /*penalty=*/false,
        GapAttr::get(&context, options.gap), /*method=*/Attribute(),
        IntegerAttr());
    const DirectionMethod *method =
        context.getLoadedDialect<SteepestDialect>()->getMethods().find(
            "smoothed_newton");
    std::string reason;
    SmallVector<Value> results;
    if (failed(method->match(op, reason))) {
      ADD_FAILURE() << reason;
    } else if (FailureOr<SolvedDirection> solved =
                   method->build(m, op, Attribute());
               succeeded(solved)) {
      results = {solved->phi,      solved->value,      solved->bound,
                 solved->tangency, solved->iterations, solved->outcome,
                 solved->normal};
    }
    op.erase();
    return results;
  };
  laws::Data results =
      laws::evaluate({type, type, type},
                     {laws::datumOf(problem.g, 2), laws::datumOf(problem.w, 2),
                      laws::datumOf(from, 2)},
                     build);
  if (results.size() != 7) {
    ADD_FAILURE() << "there is no answer";
    Matrix zero = Matrix::Zero(problem.g.rows(), problem.g.cols());
    return {zero, 0, 0, 0, 0, STEEPEST_STALLED, zero};
  }
  auto real = [&](unsigned i) { return results[i].real(); };
  return {results[0].matrix(),
          real(1),
          real(2),
          real(3),
          int(real(4)),
          steepest_outcome(int(real(5))),
          results[6].matrix()};
}

void newton::expectTrue(const Norm &norm, const Manifold &manifold,
                        const Problem &problem, const Solution &solution) {
  const Matrix &w = problem.w, &g = problem.g;
  Matrix phi = solver::roundToFloat(solution.phi);
  ASSERT_TRUE(phi.allFinite());
  double length = norm.measure(phi);
  EXPECT_LE(length, 1 + 1e-6);
  EXPECT_LE((phi - manifold.project(w, phi)).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LE(solution.tangency, 1e-5);
  EXPECT_GE(solution.bound, solution.value);

  // ||G - nu||* of any normal nu is a bound.
  Matrix projected = manifold.project(w, g);
  Matrix normal = solution.normal - manifold.project(w, solution.normal);
  EXPECT_LE((solution.normal - normal).norm(), 1e-6 * solution.normal.norm());
  double value = g.cwiseProduct(phi).sum() / std::max(1.0, length);
  double bound = norm.dual(projected + normal);
  double gap = bound == 0 ? 0 : (bound - value) / bound;
  // Rounding Phi to float32 after the fact tilts it out of the tangent space,
  // where a nearly normal gradient is large.
  double tilt = 1e-7 * g.norm() / std::max(projected.norm(), 1e-7 * g.norm());
  EXPECT_GE(solution.gap(), gap - 1e-6 - tilt);
  EXPECT_NEAR(solution.bound, bound, 1e-5 * bound + 1e-6 * g.norm());
}
