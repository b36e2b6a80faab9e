//===- PrimalDualHybrid.cpp - primal-dual hybrid gradients ----------------===//
//
// Two copies of Phi, a in the ball and b tangent, tied by a multiplier y
// (Chambolle and Pock; Cesista for this problem):
//
//   y <- y + s (a~ - b~),   a <- ball(a - t y),   b <- P(b + t (y + G)),
//   a~ = 2 a' - a,  b~ = 2 b' - b,   2 s t < 1.
//
// At the end -y is in the normal cone of the ball at a, and G + y normal at W:
// Z = -y. With t = 1 and s = 0.49 times the mean atom no step has a scale.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Published/Published.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class PrimalDualHybrid : public PublishedMethod {
public:
  StringRef getName() const override { return "pdhg"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps", "step"};
    return names;
  }
  StringRef getArgument() const override {
    return "primal-dual hybrid gradients on two copies of Phi, one in the ball "
           "and one tangent, with steps in units of the mean atom of the "
           "gradient";
  }

protected:
  LogicalResult matchPair(DirectionOp op, const Problem &problem,
                          std::string &reason) const override {
    return expectBallProjection(op, reason);
  }

  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override {
    int64_t steps = options.getCount("steps", 1000);
    double t = options.getPositive("step", 1), s = 0.49 / t;
    Value zeros = m.broadcast(m.constant(0), problem.gradient);
    // a, b, their extrapolations, and y.
    return buildIteration(
        m, problem, {steps, getGapGoal(op)},
        {zeros, zeros, zeros, zeros, m.neg(problem.getObjective())},
        [&](FormulaBuilder &m, ValueRange v, Value) -> Iterate {
          Value apart = m.sub(v[2], v[3]);
          Value y = m.add(v[4], m.mul(apart, m.constant(s)));
          Value step = m.constant(t);
          Value a = problem.intoBall(m, m.sub(v[0], m.mul(y, step)));
          Value pull = m.add(y, problem.getObjective());
          Value b = problem.project(m, m.add(v[1], m.mul(pull, step)));
          auto beyond = [&](Value next, Value last) {
            return m.sub(m.add(next, next), last);
          };
          return {{a, b, beyond(a, v[0]), beyond(b, v[1]), y}, a, m.neg(y)};
        });
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createPrimalDualHybrid() {
  return std::make_unique<PrimalDualHybrid>();
}
