//===- Published.cpp - methods of the literature, for comparison ----------===//

#include "lib/Models/Methods/Published/Published.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

LogicalResult PublishedMethod::match(DirectionOp op,
                                     std::string &reason) const {
  Problem problem(op);
  if (failed(problem.expect(/*onManifold=*/true, reason)))
    return failure();
  return matchPair(op, problem, reason);
}

FailureOr<SolvedDirection>
PublishedMethod::build(FormulaBuilder &m, DirectionOp op, Attribute) const {
  Options options(op, *this);
  AmbientProblem problem(m, Problem(op));
  SolvedDirection solved = solve(m, op, problem, options);
  if (!options.isValid())
    return failure();
  return solved;
}

SolvedDirection steepest::buildIteration(
    FormulaBuilder &m, const AmbientProblem &problem, const IterationGoal &goal,
    Values init,
    function_ref<Iterate(FormulaBuilder &, ValueRange, Value)> step,
    Values *last) {
  constexpr unsigned certificate = 4;
  Values state = {m.constant(0), problem.isLeft};
  // Behind the certificate the last y, then the method's own state.
  state.append(BestCertificate::start(m, problem).pack());
  state.push_back(m.broadcast(m.constant(0), problem.gradient));
  state.append(init);
  Values end = buildLoop(
      m, state,
      [&](FormulaBuilder &m, ValueRange state) {
        Value isEarly = m.compare(CmpFPredicate::OLT, state[0],
                                  m.constant(double(goal.steps)));
        return m.logicalAnd(isEarly, state[1]);
      },
      [&](FormulaBuilder &m, ValueRange state) {
        auto best = BestCertificate::unpack(state.slice(2, certificate));
        Iterate iterate = step(m, state.drop_front(3 + certificate), state[0]);
        best = best.improve(m, problem, iterate.y, iterate.z);
        Values next = {m.add(state[0], m.constant(1)),
                       best.isOpen(m, goal.gap)};
        next.append(best.pack());
        next.push_back(iterate.y);
        next.append(iterate.next);
        return next;
      });
  ValueRange result = end;
  auto best = BestCertificate::unpack(result.slice(2, certificate));
  if (last)
    last->assign(result.begin() + 3 + certificate, result.end());
  Value outcome = m.select(result[1], m.constant(STEEPEST_BUDGET),
                           m.constant(STEEPEST_CONVERGED));
  Value phi = best.phi;
  if (goal.returnsLast)
    phi = problem.makeFeasible(m, result[2 + certificate]).phi;
  return problem.finish(m, phi, best.z, best.bound, result[0], outcome);
}
