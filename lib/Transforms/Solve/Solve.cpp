//===- Solve.cpp - directions become matrix programs ----------------------===//
//
// The decision order is the registry's: closed forms cost nothing and come
// first, solvers after them. The pass itself knows neither norms nor
// manifolds; it asks methods whether they match and models for their formulas.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Cost/Machine.h"
#include "lib/Models/Methods/Choose.h"
#include "lib/Models/Methods/Contract.h"
#include "lib/Support/RationalPlan.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Solve/GradientScale.h"
#include "lib/Transforms/Solve/MatrixFunctions.h"
#include "runtime/steepest.h"
#include <cmath>
#include <limits>

namespace steepest {
#define GEN_PASS_DEF_SOLVEPASS
#include "lib/Transforms/Solve/Solve.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-solve";

/// A point is too far from its manifold to speak of tangents there when its
/// relative distance exceeds this. Certificates degrade in proportion to the
/// distance (solver.md, 8), and are void from about here on.
static constexpr double farFromManifold = 1e-2;

namespace {
class Solver {
public:
  /// `machine` is null where there are no inverses.
  Solver(OptimizerOp optimizer, const Machine *machine)
      : optimizer(optimizer), machine(machine) {}

  LogicalResult run();

private:
  void requireFiniteGradients();
  /// The distance of `point` from `manifold`, required to be small; built once
  /// for each pair.
  FailureOr<Value> distance(FormulaBuilder &m, Attribute manifold, Value point,
                            Location loc);
  LogicalResult solve(DirectionOp op);
  const DirectionMethod *choose(DirectionOp op);
  Value lowerPower(FormulaBuilder &m, PowerOp power);
  LogicalResult lower(Operation &op);
  LogicalResult lowerBlock(Block &block);
  remark::RemarkOpts remarkName(StringRef name) {
    return remark::RemarkOpts::name(name).category(category).function(
        optimizer.getSymName());
  }

  OptimizerOp optimizer;
  const Machine *machine;
  DenseMap<std::pair<Attribute, Value>, Value> distances;
  SmallVector<Attribute> directions;
};
} // namespace

void Solver::requireFiniteGradients() {
  OpBuilder builder = OpBuilder::atBlockBegin(&optimizer.getBody().front());
  for (unsigned i = 0; i < optimizer.getNumParameters(); ++i) {
    Value gradient = optimizer.getGradient(i);
    FormulaBuilder m(builder, gradient.getLoc());
    if (getElementTypeOrSelf(gradient).isBF16())
      gradient = m.cast(gradient, builder.getF32Type());
    // The maximum of absolute values is NaN if any value is.
    Value largest = m.maxAbs(gradient);
    Value infinity =
        m.constant(std::numeric_limits<double>::infinity(), largest.getType());
    m.require(m.compare(arith::CmpFPredicate::OLT, largest, infinity),
              STEEPEST_NONFINITE);
  }
}

FailureOr<Value> Solver::distance(FormulaBuilder &m, Attribute manifold,
                                  Value point, Location loc) {
  Value &cached = distances[{manifold, point}];
  if (cached)
    return cached;
  auto model = dyn_cast<ManifoldModelAttrInterface>(manifold);
  if (!model)
    return emitError(loc) << "expects a manifold with a model, got " << manifold
                          << "; load the plugin that defines it";
  cached = model.buildDistance(m, point);
  m.require(
      m.compare(arith::CmpFPredicate::OLE, cached, m.constant(farFromManifold)),
      STEEPEST_OFF_MANIFOLD);
  return cached;
}

const DirectionMethod *Solver::choose(DirectionOp op) {
  MethodRegistry &registry =
      op->getContext()->getLoadedDialect<SteepestDialect>()->getMethods();
  std::string reason;
  if (StringRef name = op.getMethodName(); !name.empty()) {
    const DirectionMethod *method = registry.find(name);
    if (!method) {
      InFlightDiagnostic error =
          op.emitOpError() << "expects a known method, got \"" << name << "\"";
      Diagnostic &note = error.attachNote();
      note << "known: ";
      llvm::interleaveComma(registry.all(), note,
                            [&](auto &m) { note << m->getName(); });
      return nullptr;
    }
    if (failed(getMethodOptions(op, *method)))
      return nullptr;
    if (succeeded(method->match(op, reason)))
      return method;
    InFlightDiagnostic error = op.emitOpError() << "cannot be solved by \""
                                                << name << "\": " << reason;
    SmallVector<RejectedMethod> others;
    if (const DirectionMethod *other = chooseAutomatically(op, others))
      error.attachNote() << "\"" << other->getName()
                         << "\" solves it: " << other->getArgument();
    return nullptr;
  }
  SmallVector<RejectedMethod> rejected;
  const DirectionMethod *chosen = chooseAutomatically(op, rejected);
  for (const RejectedMethod &other : rejected)
    remark::missed(op.getLoc(), remarkName("MethodRejected"))
        << remark::metric("method", other.method->getName())
        << remark::reason("{0}", other.reason);
  if (chosen)
    return chosen;
  InFlightDiagnostic error = op.emitOpError()
                             << "has no method for the norm " << op.getNorm();
  if (op.getManifold())
    error << " on " << *op.getManifold();
  for (const RejectedMethod &other : rejected)
    error.attachNote() << other.method->getName() << ": " << other.reason;
  return nullptr;
}

/// The outcome of a direction, which has not converged unless its gap is the
/// one asked for: rounding may stand in the way of any method.
static Value checkGap(FormulaBuilder &m, DirectionOp op,
                      const SolvedDirection &solved) {
  Value outcome = solved.outcome ? solved.outcome : m.constant(0);
  auto asked = dyn_cast_or_null<GapAttr>(op.getAccuracyAttr());
  if (!asked)
    return outcome;
  Value missing = m.sub(solved.bound, solved.value);
  Value allowed = m.mul(solved.bound, m.constant(asked.getGap()));
  Value isShort = m.compare(arith::CmpFPredicate::OGT, missing, allowed);
  Value hasConverged = m.compare(arith::CmpFPredicate::OEQ, outcome,
                                 m.constant(STEEPEST_CONVERGED));
  return m.select(m.logicalAnd(isShort, hasConverged),
                  m.constant(STEEPEST_STALLED), outcome);
}

/// Whether what was built between `before` (null: the start of the block) and
/// `end` takes a polar factor, whose accuracy the contract is about.
static bool usesContract(Operation *before, Operation *end) {
  Operation *op = before ? before->getNextNode() : &end->getBlock()->front();
  for (; op != end; op = op->getNextNode())
    if (op->walk([](matrix::MsignOp) {
            return WalkResult::interrupt();
          }).wasInterrupted())
      return true;
  return false;
}

LogicalResult Solver::solve(DirectionOp op) {
  {
    auto remark = remark::analysis(op.getLoc(), remarkName("Problem"));
    remark << remark::metric("direction",
                             static_cast<int64_t>(op.getIndex().value_or(0)))
           << remark::metric("norm", op.getNorm());
    if (op.getManifold())
      remark << remark::metric("manifold", *op.getManifold());
    remark << remark::add("maximise <G, Phi> subject to ||Phi|| <= 1{0}",
                          op.getManifold() ? " and Phi tangent at W" : "");
  }
  const DirectionMethod *method = choose(op);
  if (!method)
    return failure();
  FailureOr<Attribute> contract = getMsignContract(op);
  if (failed(contract))
    return failure();
  OpBuilder builder(op);
  FormulaBuilder m(builder, op.getLoc());

  Value distance = m.constant(0);
  if (op.getManifold()) {
    FailureOr<Value> built =
        this->distance(m, *op.getManifold(), op.getPoint(), op.getLoc());
    if (failed(built))
      return failure();
    distance = *built;
  }
  Operation *before = op->getPrevNode();
  GradientScale scale(m, op.getInput());
  op.getInputMutable().assign(scale.getScaled());
  Value kept = op.getNormal();
  if (kept)
    op.getNormalMutable().assign(scale.apply(m, kept));

  FailureOr<SolvedDirection> solved = method->build(m, op, *contract);
  if (failed(solved))
    return failure();
  Value outcome = checkGap(m, op, *solved);
  scale.undo(m, *solved);

  // For the descriptor.
  Attribute manifold =
      op.getManifold() ? *op.getManifold() : Attribute(builder.getUnitAttr());
  NamedAttrList entry;
  entry.append("manifold", manifold);
  entry.append("method", builder.getStringAttr(method->getName()));
  entry.append("norm", op.getNorm());
  // Facts about the point hold for the parameter itself.
  if (auto point = dyn_cast_or_null<BlockArgument>(op.getPoint()))
    if (op.getManifold() && point.getOwner() == &optimizer.getBody().front())
      entry.append("parameter",
                   builder.getI64IntegerAttr(point.getArgNumber()));
  directions.push_back(entry.getDictionary(builder.getContext()));

  auto orZero = [&](Value value) { return value ? value : m.constant(0); };
  matrix::CertifyOp::create(builder, op.getLoc(), op.getIndex().value_or(0),
                            solved->value, solved->bound,
                            orZero(solved->tangency), distance,
                            orZero(solved->iterations), outcome);
  Value result = solved->phi;
  if (op.getPenalty())
    result = solved->penalty
                 ? solved->penalty
                 : m.mul(result,
                         m.cast(solved->value, getElementTypeOrSelf(result)));
  {
    auto remark = remark::passed(op.getLoc(), remarkName("Method"));
    remark << remark::metric("method", method->getName())
           << remark::metric("norm", op.getNorm());
    if (op.getManifold())
      remark << remark::metric("manifold", *op.getManifold());
    remark << remark::metric("form", op.getPenalty() ? "penalty" : "step");
    if (*contract && usesContract(before, op))
      remark << remark::metric("contract", *contract);
    remark << remark::reason("{0}", method->getArgument());
  }
  op.getResult().replaceAllUsesWith(result);
  // A method without a multiplier leaves what the state holds.
  if (op.getNewNormal())
    op.getNewNormal().replaceAllUsesWith(solved->normal ? solved->normal
                                                        : kept);
  op.erase();
  return success();
}

/// What an extent is taken to be at most while it is not known.
static constexpr int64_t largestExtent = 16384;

/// By partial fractions where the op allows an error, rounding leaves room for
/// them, and they cost less than the eigen-decomposition, in the mean over the
/// extents that are possible.
Value Solver::lowerPower(FormulaBuilder &m, PowerOp power) {
  double exponent = power.getExponent().convertToDouble();
  double ridge = power.getRidge().convertToDouble();
  auto type = cast<RankedTensorType>(power.getInput().getType());
  auto describe = [&](auto &&remark) {
    remark << remark::metric("exponent", matrix::printReal(exponent))
           << remark::metric("ridge", matrix::printReal(ridge));
  };
  if (FloatAttr allowed = power.getErrorAttr(); allowed && machine) {
    double error = allowed.getValueAsDouble();
    int64_t extent = type.isDynamicDim(0) ? largestExtent : type.getDimSize(0);
    // The ridge is relative to the largest eigenvalue, fractions to the norm.
    double lowest = ridge / std::sqrt(double(std::max<int64_t>(extent, 1)));
    std::optional<RationalFit> fit = planInversePower(-exponent, lowest, error);
    Type f64 = m.f64();
    Monomial size = Monomial::m();
    double ratio = std::numeric_limits<double>::infinity();
    if (fit)
      ratio =
          getMeanTime(machine->inverses(size, fit->function.poles.size(), f64),
                      type) /
          getMeanTime(machine->eigenDecomposition(size) +
                          machine->product(size, size, size, f64,
                                           /*symmetric=*/true),
                      type);
    if (ratio < 1) {
      auto remark = remark::passed(power.getLoc(), remarkName("MatrixPower"));
      describe(remark);
      remark << remark::metric("error", matrix::printReal(error))
             << remark::metric("poles",
                               static_cast<int64_t>(fit->function.poles.size()))
             << remark::metric("ratio", matrix::printReal(ratio))
             << remark::reason("by partial fractions, in this part of the time "
                               "of an eigen-decomposition");
      return buildPowerByFractions(m, power.getInput(), exponent,
                                   fit->function);
    }
    auto remark = remark::missed(power.getLoc(), remarkName("PowerFractions"));
    describe(remark);
    remark << remark::metric("error", matrix::printReal(error));
    if (fit)
      remark << remark::metric("ratio", matrix::printReal(ratio))
             << remark::reason("an eigen-decomposition costs less");
    else
      remark << remark::reason("rounding in float64 leaves too little");
  }
  {
    auto remark = remark::passed(power.getLoc(), remarkName("MatrixPower"));
    describe(remark);
    remark << remark::reason("by an eigen-decomposition in float64");
  }
  return buildPower(m, power.getInput(), exponent, ridge);
}

LogicalResult Solver::lower(Operation &op) {
  OpBuilder builder(&op);
  FormulaBuilder m(builder, op.getLoc());
  auto replace = [&](Value value) {
    op.getResult(0).replaceAllUsesWith(value);
    op.erase();
    return success();
  };
  if (auto direction = dyn_cast<DirectionOp>(op))
    return solve(direction);
  if (auto ema = dyn_cast<EmaOp>(op)) {
    Value one = m.constant(1, ema.getBeta().getType());
    return replace(m.add(m.mul(ema.getAverage(), ema.getBeta()),
                         m.mul(ema.getValue(), m.sub(one, ema.getBeta()))));
  }
  if (auto scale = dyn_cast<ScaleOp>(op))
    return replace(m.mul(scale.getInput(), scale.getFactor()));
  if (auto fill = dyn_cast<FillOp>(op))
    return replace(m.broadcast(fill.getValue(), fill.getLike()));
  if (auto descend = dyn_cast<DescendOp>(op))
    return replace(m.sub(descend.getPoint(),
                         m.mul(descend.getDirection(), descend.getRate())));
  if (auto apply = dyn_cast<ApplyOp>(op))
    return replace(buildApply(m, apply.getMatrix(), apply.getVector(),
                              apply.getTranspose()));
  if (auto power = dyn_cast<PowerOp>(op))
    return replace(lowerPower(m, power));
  if (auto basis = dyn_cast<EigenbasisOp>(op)) {
    remark::passed(op.getLoc(), remarkName("Eigenbasis"))
        << remark::reason("by an eigen-decomposition in float64");
    return replace(buildEigenbasis(m, basis.getInput()));
  }
  if (auto nearest = dyn_cast<NearestOp>(op)) {
    auto model = dyn_cast<ManifoldModelAttrInterface>(nearest.getManifold());
    Value point = model ? model.buildNearest(m, nearest.getInput()) : Value();
    if (!point)
      return nearest.emitOpError()
             << "expects a manifold that can place a point, got "
             << nearest.getManifold();
    // Some input may have no point near it that a formula finds.
    if (failed(distance(m, nearest.getManifold(), point, op.getLoc())))
      return failure();
    return replace(point);
  }
  if (auto retract = dyn_cast<RetractOp>(op)) {
    auto manifold = dyn_cast<ManifoldAttrInterface>(retract.getManifold());
    auto model = dyn_cast<ManifoldModelAttrInterface>(retract.getManifold());
    if (!manifold || !model)
      return retract.emitOpError()
             << "expects a manifold with a model, got " << retract.getManifold()
             << "; load the plugin that defines it";
    StringRef name =
        retract.getRetraction().value_or(manifold.getRetractions().front());
    remark::passed(op.getLoc(), remarkName("Retraction"))
        << remark::metric("retraction", name)
        << remark::metric("manifold", retract.getManifold());
    return replace(model.buildRetraction(m, name, retract.getPoint(),
                                         retract.getDirection(),
                                         retract.getRate()));
  }
  return success();
}

LogicalResult Solver::lowerBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    // What a spec puts into conditionals and loops; methods build what follows.
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        if (failed(lowerBlock(nested)))
          return failure();
    if (failed(lower(op)))
      return failure();
  }
  return success();
}

LogicalResult Solver::run() {
  requireFiniteGradients();
  if (failed(lowerBlock(optimizer.getBody().front())))
    return failure();
  optimizer->setAttr("steepest.directions",
                     Builder(optimizer.getContext()).getArrayAttr(directions));
  return success();
}

namespace {
struct Solve : steepest::impl::SolvePassBase<Solve> {
  using Base::Base;

  void runOnOperation() override {
    const Machine *machine =
        hasInverses ? &Machine::forVectorBits(vectorBits) : nullptr;
    if (failed(Solver(getOperation(), machine).run()))
      signalPassFailure();
  }
};
} // namespace
