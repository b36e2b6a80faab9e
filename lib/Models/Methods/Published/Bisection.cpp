//===- Bisection.cpp - halving the bracket of one multiplier --------------===//
//
// Where the condition is <V, Phi> = 0, Z = P G + x V with the zero x of the
// nondecreasing h(x) = <V, D(P G + x V)>. N*(Z) <= N*(P G) at the optimum gives
// |x| <= 2 N*(P G) / N*(V): a bracket that needs no search (the spectral sphere
// optimizer doubles one from a fixed first step).
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Published/Published.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

namespace {
class Bisection : public PublishedMethod {
public:
  StringRef getName() const override { return "bisection"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps"};
    return names;
  }
  StringRef getArgument() const override {
    return "halves the bracket |x| <= 2 N*(P G) / N*(V) of the one multiplier "
           "x at which D(P G + x V) is tangent";
  }

protected:
  LogicalResult matchPair(DirectionOp op, const Problem &problem,
                          std::string &reason) const override {
    return expectOneNormal(problem, reason);
  }

  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override {
    int64_t steps = options.getCount("steps", 60);
    Value v = problem.buildNormal(m);
    Value reach =
        m.mul(m.divOrZero(problem.bound, problem.dual(m, v)), m.constant(2));
    return buildIteration(
        m, problem, {steps, getGapGoal(op)}, {m.neg(reach), reach},
        [&](FormulaBuilder &m, ValueRange ends, Value) -> Iterate {
          Value x = m.mul(m.add(ends[0], ends[1]), m.constant(0.5));
          Value z = m.add(problem.tangent, m.mul(v, x));
          Value phi = problem.dualize(m, z);
          Value isAbove =
              m.compare(CmpFPredicate::OGT, m.dot(v, phi), m.constant(0));
          return {
              {m.select(isAbove, ends[0], x), m.select(isAbove, x, ends[1])},
              phi,
              z};
        });
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createBisection() {
  return std::make_unique<Bisection>();
}
