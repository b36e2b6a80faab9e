//===- DualAscent.cpp - gradient steps of the multiplier ------------------===//
//
// The dual of  max <G, Phi>, ||Phi|| <= 1, Phi in T  is to minimise
// N*(G - nu) over nu in the polar cone of T (its normal space). The dualizer D
// is the gradient of N*, so that a projected gradient step is
//
//   nu <- Q(nu + step D(G - nu)),   Q x = x - P x.
//
// On the Stiefel manifold, with nu = -W X, that is X <- X - step (W^T D + D^T
// W) / 2: the dual ascent of Thinking Machines' manifold Muon (a step that
// decays, 100 of them) and of Cesista (step / sqrt(k + 1), and cones); seed 003
// keeps nu between training steps and takes one step in each. Where those used
// numbers as steps, they are multiples of the mean atom here.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Published/Published.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

struct Ascent {
  int64_t steps;
  double step;
  StringRef schedule;
  double momentum;
  bool bySign;

  /// The step of this number.
  Value at(FormulaBuilder &m, Value number) const;
  /// One step from multiplier and momentum.
  Iterate take(FormulaBuilder &m, const AmbientProblem &problem,
               ValueRange state, Value number) const;
};

class DualAscent : public PublishedMethod {
public:
  StringRef getName() const override { return "dual_ascent"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps", "step", "schedule",
                                          "momentum", "sign"};
    return names;
  }
  StringRef getArgument() const override {
    return "nu <- Q(nu + step D(G - nu)), Q the projection onto the normals: "
           "gradient steps of the dual N*(G - nu), in units of the mean atom "
           "of the gradient";
  }

protected:
  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override;
};

class OnlineDual : public PublishedMethod {
public:
  StringRef getName() const override { return "online_dual"; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps", "step"};
    return names;
  }
  StringRef getArgument() const override {
    return "Phi = D(G - nu) with the multiplier of the last training step, "
           "which then takes one gradient step of the dual and is kept";
  }

protected:
  LogicalResult matchPair(DirectionOp op, const Problem &problem,
                          std::string &reason) const override;
  SolvedDirection solve(FormulaBuilder &m, DirectionOp op,
                        const AmbientProblem &problem,
                        Options &options) const override;
};

} // namespace

Value Ascent::at(FormulaBuilder &m, Value number) const {
  Value first = m.constant(step);
  if (schedule == "decayed")
    return m.mul(
        first, m.sub(m.constant(1), m.div(number, m.constant(double(steps)))));
  if (schedule == "square_root")
    return m.div(first, m.sqrt(m.add(number, m.constant(1))));
  return first;
}

Iterate Ascent::take(FormulaBuilder &m, const AmbientProblem &problem,
                     ValueRange state, Value number) const {
  Value nu = state[0], velocity = state[1];
  Value z = m.sub(problem.getObjective(), nu);
  Value phi = problem.dualize(m, z);
  // The constraint's residual; by its signs, entry by entry, which are not
  // normal until they are projected.
  Value change = bySign ? m.sign(problem.normalPart(m, phi)) : phi;
  if (momentum > 0)
    velocity = m.add(m.mul(velocity, m.constant(momentum)), change);
  else
    velocity = change;
  Value moved = m.add(nu, m.mul(velocity, at(m, number)));
  return {{problem.normalPart(m, moved), velocity}, phi, z};
}

/// The multiplier to start from, as nu, and no velocity.
static Values start(FormulaBuilder &m, DirectionOp op,
                    const AmbientProblem &problem) {
  Value zeros = m.broadcast(m.constant(0), problem.gradient);
  Value nu = zeros;
  if (Value from = op.getNormal()) {
    Value z = problem.fromNormal(m, from);
    nu = problem.normalPart(m, m.sub(problem.getObjective(), z));
  }
  return {nu, zeros};
}

SolvedDirection DualAscent::solve(FormulaBuilder &m, DirectionOp op,
                                  const AmbientProblem &problem,
                                  Options &options) const {
  Ascent ascent;
  ascent.steps = options.getCount("steps", 100);
  ascent.step = options.getPositive("step", 1);
  ascent.schedule =
      options.getWord("schedule", {"fixed", "decayed", "square_root"});
  ascent.momentum = options.getFraction("momentum", 0);
  ascent.bySign = options.getFlag("sign", false);
  return buildIteration(m, problem, {ascent.steps, getGapGoal(op)},
                        start(m, op, problem),
                        [&](FormulaBuilder &m, ValueRange state, Value number) {
                          return ascent.take(m, problem, state, number);
                        });
}

LogicalResult OnlineDual::matchPair(DirectionOp op, const Problem &,
                                    std::string &reason) const {
  if (op.getNormal())
    return success();
  reason = "it goes on from the multiplier of the last step; keep one in a "
           "state that starts as zeros and write `from`";
  return failure();
}

SolvedDirection OnlineDual::solve(FormulaBuilder &m, DirectionOp op,
                                  const AmbientProblem &problem,
                                  Options &options) const {
  Ascent ascent;
  ascent.steps = options.getCount("steps", 1);
  ascent.step = options.getPositive("step", 1);
  ascent.schedule = "fixed";
  ascent.momentum = 0;
  ascent.bySign = false;
  // No gap ends it: the multiplier moves at every training step.
  Values last;
  SolvedDirection solved = buildIteration(
      m, problem, {ascent.steps, /*gap=*/-1, /*returnsLast=*/true},
      start(m, op, problem),
      [&](FormulaBuilder &m, ValueRange state, Value number) {
        return ascent.take(m, problem, state, number);
      },
      &last);
  Value z = m.sub(problem.getObjective(), last[0]);
  solved.normal = problem.toNormal(m, z);
  return solved;
}

std::unique_ptr<DirectionMethod> steepest::createDualAscent() {
  return std::make_unique<DualAscent>();
}

std::unique_ptr<DirectionMethod> steepest::createOnlineDual() {
  return std::make_unique<OnlineDual>();
}
