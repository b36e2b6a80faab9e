//===- ScalarRoot.cpp - any norm, one multiplier --------------------------===//
//
// Spheres of any norm, hyperplanes, balls with one normal; and, for a norm that
// is a maximum over columns (rows), manifolds with one condition for each. The
// mathematics is in ScalarDual.h.
//
// A norm that is nested, ||X|| = ||(||x_1||, ..., ||x_n||)||, has the dual
// ||(d_1, ..., d_n)||_* with the duals d_j of the columns, which depends on
// each multiplier through its d_j alone and grows with it. So the columns are
// solved as for the largest of their norms, and with their maximisers phi_j,
//
//   phi = (b_1 phi_1, ..., b_n phi_n),  b = D(d_1, ..., d_n)
//
// is the maximiser of the whole. Rows alike.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Options.h"
#include "lib/Models/Methods/ScalarRoot/ScalarDual.h"
#include "lib/Models/Norms/Norms.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;
using matrix::FormulaBuilder;

/// The gap where a pass over memory is all that an evaluation costs.
static constexpr double sweepGap = 1e-7;
/// The least gap where it costs a decomposition: beyond it those do not carry.
static constexpr double leastWalkGap = 1e-6;

static bool splitsIntoColumns(NormFacts norm) {
  return norm.separableColumns || norm.euclideanColumns ||
         norm.isEntrywiseMaximum();
}

static bool splitsIntoRows(NormFacts norm) {
  return norm.separableRows || norm.euclideanRows || norm.isEntrywiseMaximum();
}

namespace {
class ScalarRoot : public DirectionMethod {
public:
  StringRef getName() const override { return "scalar_root"; }
  unsigned getCost() const override { return 5; }
  StringRef getArgument() const override {
    return "minimises the dual ||G + x V||_* over the one multiplier x of the "
           "normal V in a bracket; the combination of the dualizers at both "
           "ends with <V, Phi> = 0 is feasible, and its gap is certified";
  }
  LogicalResult match(DirectionOp op, std::string &reason) const override;
  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override;
};
} // namespace

LogicalResult ScalarRoot::match(DirectionOp op, std::string &reason) const {
  Problem problem(op);
  if (failed(problem.expect(/*onManifold=*/true, reason)))
    return failure();
  NormFacts norm = problem.norm.getNormFacts();
  ManifoldFacts manifold = problem.manifold.getManifoldFacts();
  std::string normName = "the norm " + printed(problem.normName);
  std::string manifoldName = "the manifold " + printed(problem.manifoldName);
  if (!manifold.oneNormal && !manifold.normalIsPoint)
    reason = manifoldName + " has more than one normal";
  else if (manifold.separableColumns && !splitsIntoColumns(norm) &&
           !norm.nested)
    reason = manifoldName + " has a normal for each column, and " + normName +
             " is not put together from those of the columns";
  else if (manifold.separableRows && !splitsIntoRows(norm) && !norm.nested)
    reason = manifoldName + " has a normal for each row, and " + normName +
             " is not put together from those of the rows";
  else if (isa_and_nonnull<PolynomialAttr>(op.getMethodAttr()))
    reason = "polynomial steps do not give tangent directions";
  else
    return success();
  return failure();
}

/// Converged, stalled or out of evaluations; normal or zero where nothing is
/// left.
static Value buildSolverOutcome(FormulaBuilder &m, const Problem &problem,
                                ScalarDual &dual,
                                const ScalarSolution &solution) {
  Value isNonzero = m.compare(CmpFPredicate::OGT, m.maxAbs(problem.gradient),
                              m.constant(0, problem.getElement()));
  Value isLeft = dual.any(dual.isLeft);
  Value failed = m.select(solution.isStuck, m.constant(STEEPEST_STALLED),
                          m.constant(STEEPEST_BUDGET));
  return m.select(m.logicalAnd(isLeft, solution.isOpen), failed,
                  buildOutcome(m, isLeft, isNonzero));
}

FailureOr<SolvedDirection> ScalarRoot::build(FormulaBuilder &m, DirectionOp op,
                                             Attribute) const {
  Problem problem(op);
  NormFacts norm = problem.norm.getNormFacts();
  ManifoldFacts manifold = problem.manifold.getManifoldFacts();
  Extent extent = getConditions(manifold);
  Value point = m.toF64(problem.point);
  Value normal = problem.manifoldModel.buildNormal(m, point);
  if (!normal && manifold.normalIsPoint)
    normal = point;
  if (!normal) {
    op.emitOpError() << "expects a manifold that builds its normal, got "
                     << problem.manifoldName;
    return failure();
  }

  // Bands of msign would end the bracket where their errors begin.
  auto exact = matrix::ExactAttr::get(m.getBuilder().getContext());
  Problem parts = problem;
  bool isNested = (extent == Extent::Column && !splitsIntoColumns(norm)) ||
                  (extent == Extent::Row && !splitsIntoRows(norm));
  if (isNested) {
    MLIRContext *context = op.getContext();
    Attribute largest =
        extent == Extent::Column
            ? Attribute(MaxColumnsAttr::get(context, problem.normName))
            : Attribute(MaxRowsAttr::get(context, problem.normName));
    parts.normModel = getSimplestModel(m, largest, problem.gradient);
    if (!parts.normModel)
      return failure();
  }
  ScalarDual dual(m, parts, normal, extent, exact);
  // What the multipliers of an inequality are relative to: P_W(G) is T + V
  // max(c, 0) there, and T elsewhere.
  Value offset = manifold.equality ? Value() : m.max(dual.start, m.constant(0));
  ScalarGoal goal;
  if (Value from = op.getNormal()) {
    goal.from =
        m.divOrZero(dual.fold(m.mul(m.toF64(from), dual.v)), dual.square);
    if (offset)
      goal.from = m.add(goal.from, offset);
  }
  bool isCheap = extent != Extent::Scalar || norm.absolute || norm.euclidean ||
                 norm.isEntrywiseMaximum();
  goal.gap = isCheap ? sweepGap : std::max(getGapGoal(op), leastWalkGap);
  ScalarSolution solution = isCheap ? sweep(dual, goal) : walk(dual, goal);

  if (isNested) {
    Dualized whole =
        problem.normModel.buildDualizer(m, solution.bounds, {}, exact);
    solution.phi = m.mul(solution.phi, dual.spread(whole.phi));
    solution.bound = whole.dual;
  }
  Value phi = m.cast(solution.phi, problem.getElement());
  SolvedDirection solved =
      certified(m, problem, phi, solution.bound,
                buildSolverOutcome(m, problem, dual, solution));
  solved.iterations = solution.iterations;
  Value multiplier =
      offset ? m.sub(solution.multiplier, offset) : solution.multiplier;
  solved.normal =
      m.cast(m.mul(dual.v, dual.spread(multiplier)), problem.getElement());
  return solved;
}

std::unique_ptr<DirectionMethod> steepest::createScalarRoot() {
  return std::make_unique<ScalarRoot>();
}
