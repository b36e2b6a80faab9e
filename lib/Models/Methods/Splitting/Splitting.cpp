//===- Splitting.cpp - ball and tangent space taken in turns --------------===//
//
// For every norm with a nearest point of its ball and every manifold with a
// projection P onto its tangent space (or cone) T:
//
//   maximise <G, Phi>  over  Phi in the unit ball B and in T.
//
// Douglas-Rachford splitting, that is, the alternating direction method of
// multipliers, in the variable z:
//
//   x = P(z + t G),   y = nearest point of B to 2 x - z,   z += a (y - x).
//
// At a fixed point x = y is optimal. At every iteration nu = (z + t G - x) / t
// is in the polar cone of T, so that Z = G - nu = (x - z) / t gives the bound
// N*(Z), and P y a feasible Phi (Certify.h).
//
// The step t weighs the sizes of Phi against those of G; in the units of
// AmbientProblem a number suits every scale. It is set anew to ||y|| / ||Z||
// (Lorenz and Tran-Dinh 2019) at iterations ever further apart, so that it
// settles. Anderson's acceleration with a safeguard cuts the iterations by 2 to
// 10: a point it proposes is kept unless its residual exceeds the last one by
// more than 5 %. And where residuals do not change at all, as long as the
// active set of a polyhedral ball stays, the step along them is doubled, under
// the same safeguard.
//
// Iterations to a certified gap of 1e-3, the most over nine manifolds and
// gradients of Gaussian entries, singular values down to 1e-4 and low rank with
// and without noise, on matrices of 8 x 4 to 64 x 32: 12 for lp with p up to 4,
// 20 for Schatten-4, 64 for Schatten-16, 36 for columns, 48 for rows, 90 for
// the nuclear norm, 200 for the spectral, 760 for linf, and 1360 for l1 (on
// matrices with orthogonal columns; 620 elsewhere).
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Certify.h"
#include "lib/Models/Methods/Options.h"
#include "lib/Models/Methods/Splitting/Anderson.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

namespace {

struct Settings {
  int64_t steps;
  double step, relaxation, gap;
  unsigned memory;
  bool isBalanced;
};

/// A residual may exceed the last one by this factor, after acceleration.
constexpr double growth = 1.05;
/// Residuals that differ by less than this, relatively, are equal: the step
/// along them is doubled, up to `longest`.
constexpr double still = 0.01;
constexpr double longest = 1e6;
/// Iterations between certificates, after the first ones.
constexpr double certificateInterval = 4;
/// The step is balanced every so many iterations at first, and then at powers
/// of two, by at most `mostBalance` at a time, and not for less than
/// `leastBalance`.
constexpr double firstBalances = 4, lastFrequent = 64;
constexpr double mostBalance = 10, leastBalance = 1.3;
/// Residuals below this, relative to Phi, are rounding.
constexpr double smallestResidual = 1e-13;

/// What an iteration hands to the next. Flags are i1, the others f64.
struct State {
  Value z, step;
  /// Of the last iteration: residual, image and length of the residual;
  /// whether they may be compared with, and whether the memory goes on.
  Value residual, image, length, isKnown, isLinked;
  /// Whether z is a proposal that may be rejected, and how far the step along
  /// a still residual goes.
  Value isTrial, reach;
  Value iteration, nextBalance, nextCertificate;
  /// Whether the certificate is open and the iteration moves.
  Value isOpen, isMoving;
  BestCertificate best;
  AndersonMemory memory;

  Values pack() const;
  static State unpack(ValueRange values);
};

Values State::pack() const {
  Values values = {z,      step,      residual,    image,
                   length, isKnown,   isLinked,    isTrial,
                   reach,  iteration, nextBalance, nextCertificate,
                   isOpen, isMoving};
  values.append(best.pack());
  values.append(memory.pack());
  return values;
}

State State::unpack(ValueRange v) {
  State state{v[0], v[1], v[2],  v[3],  v[4],  v[5],  v[6], v[7],
              v[8], v[9], v[10], v[11], v[12], v[13], {},   {}};
  state.best = BestCertificate::unpack(v.slice(14, 4));
  state.memory = AndersonMemory::unpack(v.drop_front(18));
  return state;
}

class Iteration {
public:
  Iteration(const AmbientProblem &problem, const Settings &settings)
      : problem(problem), settings(settings) {}

  State start(FormulaBuilder &m, Value from) const;
  Value isOpen(FormulaBuilder &m, const State &state) const;
  State step(FormulaBuilder &m, const State &state) const;

private:
  /// One of two tensors by a flag.
  static Value choose(FormulaBuilder &m, Value flag, Value a, Value b) {
    return m.select(m.broadcast(flag, a), a, b);
  }
  static Value negate(FormulaBuilder &m, Value flag) {
    return m.select(flag, m.truth(false), m.truth(true));
  }
  static Value either(FormulaBuilder &m, Value a, Value b) {
    return m.select(a, m.truth(true), b);
  }

  const AmbientProblem &problem;
  const Settings &settings;
};

} // namespace

State Iteration::start(FormulaBuilder &m, Value from) const {
  State state;
  Value objective = problem.getObjective();
  Value zeros = m.broadcast(m.constant(0), objective);
  state.step = m.constant(settings.step);
  state.z = zeros;
  if (from) {
    // x = P D(Z) and z = x - t Z, unless there is no multiplier yet.
    Value z = problem.makeBound(m, problem.fromNormal(m, from)).z;
    Value x = problem.makeFeasible(m, problem.dualize(m, z)).phi;
    Value hasOne =
        m.compare(CmpFPredicate::OGT, m.toF64(m.maxAbs(from)), m.constant(0));
    state.z = choose(m, hasOne, m.sub(x, m.mul(z, state.step)), zeros);
  }
  state.residual = state.image = zeros;
  state.length = state.iteration = m.constant(0);
  state.isKnown = state.isLinked = state.isTrial = m.truth(false);
  state.reach = m.constant(settings.relaxation);
  state.nextBalance = m.constant(firstBalances);
  state.nextCertificate = m.constant(1);
  state.isOpen = problem.isLeft;
  state.isMoving = m.truth(true);
  state.best = BestCertificate::start(m, problem);
  state.memory = AndersonMemory::create(m, settings.memory, objective);
  return state;
}

Value Iteration::isOpen(FormulaBuilder &m, const State &state) const {
  Value isEarly = m.compare(CmpFPredicate::OLT, state.iteration,
                            m.constant(double(settings.steps)));
  return m.logicalAnd(isEarly, m.logicalAnd(state.isOpen, state.isMoving));
}

State Iteration::step(FormulaBuilder &m, const State &state) const {
  State next = state;
  Value objective = problem.getObjective();
  Value x = problem.project(m, m.add(state.z, m.mul(objective, state.step)));
  Value y = problem.intoBall(m, m.sub(m.add(x, x), state.z));
  Value z = m.div(m.sub(x, state.z), state.step);
  Value r = m.sub(y, x);
  Value length = m.frobenius(r), size = m.frobenius(y);
  next.iteration = m.add(state.iteration, m.constant(1));
  next.isMoving = m.compare(CmpFPredicate::OGT, length,
                            m.mul(size, m.constant(smallestResidual)));

  // Certificates: the first ones, then every few iterations, and at the end.
  Value isDue = either(
      m, m.compare(CmpFPredicate::OGE, next.iteration, state.nextCertificate),
      negate(m, next.isMoving));
  Values best = m.branch(
      isDue,
      [&](FormulaBuilder &m) {
        return state.best.improve(m, problem, y, z).pack();
      },
      [&](FormulaBuilder &) { return state.best.pack(); });
  next.best = BestCertificate::unpack(best);
  next.isOpen = next.best.isOpen(m, settings.gap);
  Value interval = m.select(m.compare(CmpFPredicate::OLT, next.iteration,
                                      m.constant(certificateInterval)),
                            m.constant(1), m.constant(certificateInterval));
  next.nextCertificate =
      m.select(isDue, m.add(next.iteration, interval), state.nextCertificate);

  // A proposal that made the residual grow is taken back.
  Value isWorse = m.compare(CmpFPredicate::OGT, length,
                            m.mul(state.length, m.constant(growth)));
  Value isRejected = m.logicalAnd(state.isTrial, isWorse);
  Value isAccepted = negate(m, isRejected);

  // The step that balances y and Z.
  Value isTime =
      m.logicalAnd(isAccepted, m.compare(CmpFPredicate::OGE, next.iteration,
                                         state.nextBalance));
  Value isFrequent =
      m.compare(CmpFPredicate::OLT, next.iteration, m.constant(lastFrequent));
  Value later =
      m.select(isFrequent, m.add(next.iteration, m.constant(firstBalances)),
               m.add(next.iteration, next.iteration));
  next.nextBalance = m.select(isTime, later, state.nextBalance);
  Value ratio = m.divOrZero(size, m.mul(m.frobenius(z), state.step));
  ratio =
      m.max(m.min(ratio, m.constant(mostBalance)), m.constant(1 / mostBalance));
  Value isOff = either(
      m, m.compare(CmpFPredicate::OGT, ratio, m.constant(leastBalance)),
      m.compare(CmpFPredicate::OLT, ratio, m.constant(1 / leastBalance)));
  Value isBalanced = m.logicalAnd(isTime, isOff);
  if (!settings.isBalanced)
    isBalanced = m.truth(false);
  Value isStep = m.logicalAnd(isAccepted, negate(m, isBalanced));
  next.step = m.select(isBalanced, m.mul(state.step, ratio), state.step);

  // Where the residual stands still, twice as far along it.
  Value image = m.add(state.z, m.mul(r, m.constant(settings.relaxation)));
  Value change = m.sub(r, state.residual);
  Value isStill = m.compare(CmpFPredicate::OLT, m.frobenius(change),
                            m.mul(length, m.constant(still)));
  Value isAlong = m.logicalAnd(isStep, m.logicalAnd(state.isKnown, isStill));
  Value reach = m.min(m.add(state.reach, state.reach), m.constant(longest));
  next.reach = m.select(isAlong, reach, m.constant(settings.relaxation));

  // Otherwise where the accelerated iteration leads.
  Value isPlain = m.logicalAnd(isStep, negate(m, isAlong));
  Value isLinked = m.logicalAnd(isPlain, state.isLinked);
  Value proposal = image;
  if (settings.memory > 0) {
    next.memory =
        state.memory.push(m, isLinked, change, m.sub(image, state.image));
    proposal = next.memory.extrapolate(m, r, image);
  }
  Value along = m.add(state.z, m.mul(r, reach));
  // z = x - t Z with the new t.
  Value balanced = m.sub(x, m.mul(z, next.step));
  next.z = choose(m, isAlong, along, proposal);
  next.z = choose(m, isBalanced, balanced, next.z);
  next.z = choose(m, isRejected, state.image, next.z);

  next.residual = r;
  next.image = image;
  next.length = length;
  next.isKnown = isStep;
  next.isLinked = isPlain;
  next.isTrial = either(m, isAlong, isLinked);
  return next;
}

namespace {
class Splitting : public DirectionMethod {
public:
  StringRef getName() const override { return "admm"; }
  unsigned getCost() const override { return 20; }
  ArrayRef<StringRef> getOptions() const override {
    static constexpr StringRef names[] = {"steps", "step", "relaxation",
                                          "memory", "balance"};
    return names;
  }
  StringRef getArgument() const override {
    return "alternates between the unit ball of the norm and the tangent space "
           "(or cone), of which it needs only the nearest points; multipliers "
           "of the latter, made normal by its projection P, give the bound "
           "N*(G - nu), and P(Phi) / N(P(Phi)) is feasible";
  }
  LogicalResult match(DirectionOp op, std::string &reason) const override;
  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override;
};
} // namespace

LogicalResult Splitting::match(DirectionOp op, std::string &reason) const {
  Problem problem(op);
  if (failed(problem.expect(/*onManifold=*/true, reason)))
    return failure();
  if (isa_and_nonnull<PolynomialAttr>(op.getMethodAttr()))
    reason = "polynomial steps do not give tangent directions";
  else
    return expectBallProjection(op, reason);
  return failure();
}

FailureOr<SolvedDirection> Splitting::build(FormulaBuilder &m, DirectionOp op,
                                            Attribute) const {
  Options options(op, *this);
  Settings settings;
  settings.steps = options.getCount("steps", 2000);
  settings.step = options.getPositive("step", 0.3);
  settings.relaxation = options.getPositive("relaxation", 1.6);
  settings.memory = options.getCount("memory", 3, /*least=*/0, /*most=*/10);
  settings.isBalanced = options.getFlag("balance", true);
  // Rounding, and what bounds its effect, take the rest.
  settings.gap = 0.9 * getGapGoal(op);
  if (!options.isValid())
    return failure();

  AmbientProblem problem(m, Problem(op));
  Iteration iteration(problem, settings);
  Values last = buildLoop(
      m, iteration.start(m, op.getNormal()).pack(),
      [&](FormulaBuilder &m, ValueRange values) {
        return iteration.isOpen(m, State::unpack(values));
      },
      [&](FormulaBuilder &m, ValueRange values) {
        return iteration.step(m, State::unpack(values)).pack();
      });
  State state = State::unpack(last);
  Value outcome = m.select(state.isOpen,
                           m.select(state.isMoving, m.constant(STEEPEST_BUDGET),
                                    m.constant(STEEPEST_STALLED)),
                           m.constant(STEEPEST_CONVERGED));
  return problem.finish(m, state.best.phi, state.best.z, state.best.bound,
                        state.iteration, outcome);
}

std::unique_ptr<DirectionMethod> steepest::createSplitting() {
  return std::make_unique<Splitting>();
}
