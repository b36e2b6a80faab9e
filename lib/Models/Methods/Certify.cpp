//===- Certify.cpp - certificates for any pair ----------------------------===//

#include "lib/Models/Methods/Certify.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Tangent parts are stretched to length one, but not by more: they would be
/// magnified with their rounding.
static constexpr double mostStretch = 16;

/// Singular values from a Gram matrix are wrong by up to this share of the
/// largest, each.
static constexpr double gramError = 2e-8;

static Problem inFloat64(FormulaBuilder &m, Problem problem) {
  problem.gradient = m.toF64(problem.gradient);
  problem.point = m.toF64(problem.point);
  return problem;
}

AmbientProblem::AmbientProblem(Builder &m, const Problem &given)
    : isSpace(given.manifold.getManifoldFacts().equality), problem(given),
      exact(matrix::ExactAttr::get(m.getBuilder().getContext())) {
  for (Value operand : given.operands)
    operands.push_back(m.toF64(operand));
  point = m.toF64(given.point);
  whole = m.toF64(given.gradient);
  Value part = project(m, whole);
  Value count = m.count(whole);
  Value least = m.mul(m.mul(m.frobenius(whole), m.sqrt(count)),
                      m.constant(8 * epsilonOf(given.getElement())));
  isLeft = m.compare(CmpFPredicate::OGT, m.frobenius(part), least);
  dualized = dualize(m, part);
  Value size = m.dot(dualized, dualized);
  Value atom = m.divOrZero(dual(m, part), size);
  Value isPositive = m.compare(CmpFPredicate::OGT, atom, m.constant(0));
  unit = m.select(isPositive, atom, m.constant(1));
  gradient = m.div(whole, unit);
  tangent = m.div(part, unit);
  bound = dual(m, tangent);
}

Value AmbientProblem::project(Builder &m, Value x) const {
  return problem.manifoldModel.buildProjection(m, point, x);
}

Value AmbientProblem::normalPart(Builder &m, Value x) const {
  return m.sub(x, project(m, x));
}

Value AmbientProblem::dualize(Builder &m, Value z) const {
  return problem.normModel.buildDualizer(m, z, operands, exact).phi;
}

Value AmbientProblem::norm(Builder &m, Value x) const {
  return problem.normModel.buildNorm(m, x, operands);
}

Value AmbientProblem::dual(Builder &m, Value z) const {
  return problem.normModel.buildDualNorm(m, z, operands);
}

Value AmbientProblem::intoBall(Builder &m, Value x) const {
  return problem.normModel.buildBallProjection(m, x, operands, m.constant(1));
}

AmbientProblem::Feasible AmbientProblem::makeFeasible(Builder &m,
                                                      Value y) const {
  // Twice: P y is tangent up to the rounding of y and the drift of W.
  Value part = project(m, project(m, y));
  Value length = m.max(norm(m, part), m.constant(1 / mostStretch));
  Value phi = m.div(part, length);
  return {phi, m.dot(getObjective(), phi)};
}

AmbientProblem::Bounded AmbientProblem::makeBound(Builder &m, Value z) const {
  // For a space P G does as well as G, with fewer digits to cancel.
  Value exactly = m.add(z, project(m, m.sub(getObjective(), z)));
  return {exactly, dual(m, exactly)};
}

Value AmbientProblem::fromNormal(Builder &m, Value normal) const {
  return m.add(tangent, m.div(m.toF64(normal), unit));
}

Value AmbientProblem::toNormal(Builder &m, Value z) const {
  Value keep = m.cast(isLeft, m.f64());
  Value normal = m.mul(m.mul(m.sub(z, tangent), unit), keep);
  return m.cast(normal, problem.getElement());
}

Value AmbientProblem::buildNormal(Builder &m) const {
  // Rounded data has a normal part to rounding; P knows the exact one.
  return normalPart(m, problem.manifoldModel.buildNormal(m, point));
}

SolvedDirection AmbientProblem::finish(Builder &m, Value phi, Value z,
                                       Value bound, Value iterations,
                                       Value outcome) const {
  Type element = problem.getElement();
  double epsilon = epsilonOf(element);
  Value keep = m.cast(isLeft, m.f64());
  // Rounding must not make it longer than one.
  Value rounded =
      m.cast(m.mul(phi, m.mul(keep, m.constant(1 - 2 * epsilon))), element);
  Problem wide = inFloat64(m, problem);
  Value isNonzero =
      m.compare(CmpFPredicate::OGT, m.maxAbs(whole), m.constant(0));
  Value left = m.select(isLeft, outcome,
                        m.select(isNonzero, m.constant(STEEPEST_NORMAL),
                                 m.constant(STEEPEST_ZERO)));
  // What P G, and singular values, are not known to.
  Value slack = m.add(m.mul(m.sqrt(m.count(whole)), m.constant(gramError)),
                      m.constant(1));
  Value rounding = m.mul(dual(m, whole), m.constant(32 * epsilonOf(m.f64())));
  Value least = m.add(m.mul(m.mul(bound, unit), slack), rounding);
  SolvedDirection solved = certified(m, wide, m.toF64(rounded), least, left);
  solved.phi = rounded;
  solved.iterations = m.mul(iterations, keep);
  solved.normal = toNormal(m, z);
  return solved;
}

LogicalResult steepest::expectBallProjection(DirectionOp op,
                                             std::string &reason) {
  // Tried on a copy of the problem that is thrown away.
  ScopedDiagnosticHandler silence(op.getContext(), [](Diagnostic &) {});
  auto block = std::make_unique<Block>();
  OpBuilder builder(op.getContext());
  builder.setInsertionPointToStart(block.get());
  FormulaBuilder m(builder, op.getLoc());
  auto argument = [&](Value like) -> Value {
    return block->addArgument(like.getType(), op.getLoc());
  };
  Value x = argument(op.getInput());
  SmallVector<Value> operands =
      llvm::map_to_vector(op.getNormOperands(), argument);
  auto model = cast<NormModelAttrInterface>(op.getNorm());
  if (model.buildBallProjection(m, x, operands, m.constant(1)))
    return success();
  reason = "the norm " + printed(op.getNorm()) +
           " has no formula for the nearest point of its ball";
  return failure();
}

LogicalResult steepest::expectOneNormal(const Problem &problem,
                                        std::string &reason) {
  ManifoldFacts facts = problem.manifold.getManifoldFacts();
  std::string name = "the manifold " + printed(problem.manifoldName);
  if (!facts.equality)
    reason = name + " bounds the step on one side only";
  else if (!(facts.oneNormal || facts.normalIsPoint) ||
           facts.separableColumns || facts.separableRows)
    reason = name + " has more than one normal";
  else
    return success();
  return failure();
}

BestCertificate BestCertificate::start(FormulaBuilder &m,
                                       const AmbientProblem &problem) {
  Value zero = m.constant(0);
  return {m.broadcast(zero, problem.gradient), zero, problem.tangent,
          problem.bound};
}

BestCertificate BestCertificate::improve(FormulaBuilder &m,
                                         const AmbientProblem &problem, Value y,
                                         Value z) const {
  auto choose = [&](Value condition, Value a, Value b) {
    return m.select(m.broadcast(condition, a), a, b);
  };
  AmbientProblem::Feasible lower = problem.makeFeasible(m, y);
  AmbientProblem::Bounded upper = problem.makeBound(m, z);
  Value isHigher = m.compare(CmpFPredicate::OGT, lower.value, value);
  Value isLower = m.compare(CmpFPredicate::OLT, upper.bound, bound);
  return {
      choose(isHigher, lower.phi, phi), m.select(isHigher, lower.value, value),
      choose(isLower, upper.z, this->z), m.select(isLower, upper.bound, bound)};
}

Value BestCertificate::isOpen(FormulaBuilder &m, double gap) const {
  return m.compare(CmpFPredicate::OGT, m.sub(bound, value),
                   m.mul(bound, m.constant(gap)));
}
