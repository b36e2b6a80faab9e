//===- AlternatingProjection.cpp - dualize and project in turns -----------===//
//
//   Phi <- D(P(Phi)),   Phi_0 = D(P(G)).
//
// A heuristic, not a solver: nothing in it remembers G after the first step,
// and the value of P(Phi) can fall with every further one (on Su's 8 x 4
// problem from 85.5 to 69.8 where the maximum is 90.0). What it returns is the
// last Phi, projected; its bound is N*(P G), the only one it has.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Published/Published.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class AlternatingProjection : public PublishedMethod {
public:
  StringRef getName() const override { return "alternating_projection"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps"};
    return names;
  }
  StringRef getArgument() const override {
    return "Phi <- D(P(Phi)) from D(P(G)): a heuristic that forgets G and may "
           "get worse with every step; the certificate says how far it is";
  }

protected:
  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override {
    int64_t steps = options.getCount("steps", 1);
    return buildIteration(
        m, problem, {steps, getGapGoal(op), /*returnsLast=*/true},
        {problem.dualized},
        [&](FormulaBuilder &m, ValueRange v, Value) -> Iterate {
          Value part = problem.project(m, v[0]);
          return {{problem.dualize(m, part)}, v[0], problem.tangent};
        });
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createAlternatingProjection() {
  return std::make_unique<AlternatingProjection>();
}
