//===- Methods.cpp - what the methods share -------------------------------===//

#include "lib/Models/Methods/Methods.h"
#include "lib/Models/Methods/Published/Published.h"
#include "lib/Models/RegisterModels.h"
#include "runtime/steepest.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

void steepest::registerMethods(MethodRegistry &methods) {
  methods.add(createDualizer());
  methods.add(createEuclideanProjection());
  methods.add(createColumnwise());
  methods.add(createRowwise());
  methods.add(createOrthogonalGroup());
  methods.add(createCommutingProjection());
  methods.add(createWeightedProjection());
  methods.add(createScalarRoot());
  methods.add(createSplitting());
  methods.add(createAlternatingProjection());
  methods.add(createBisection());
  methods.add(createDualAscent());
  methods.add(createFixedPoint());
  methods.add(createOnlineDual());
  methods.add(createPrimalDualHybrid());
  methods.add(createStiefelSpectral());
  methods.add(createSmoothedNewton());
}

std::string steepest::printed(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

Problem::Problem(DirectionOp op)
    : gradient(op.getInput()), point(op.getPoint()),
      operands(op.getNormOperands()), normName(op.getNorm()),
      manifoldName(op.getManifoldAttr()),
      norm(dyn_cast<NormAttrInterface>(normName)),
      normModel(dyn_cast<NormModelAttrInterface>(normName)),
      manifold(dyn_cast_or_null<ManifoldAttrInterface>(manifoldName)),
      manifoldModel(
          dyn_cast_or_null<ManifoldModelAttrInterface>(manifoldName)) {}

LogicalResult Problem::expect(bool onManifold, std::string &reason) const {
  if (!onManifold && manifoldName) {
    reason = "there is the manifold " + printed(manifoldName);
    return failure();
  }
  if (onManifold && !manifoldName) {
    reason = "there is no manifold";
    return failure();
  }
  if (!norm || !normModel) {
    reason = "nothing implements the norm " + printed(normName) +
             "; load the library or plugin that does";
    return failure();
  }
  if (onManifold && (!manifold || !manifoldModel)) {
    reason = "nothing implements the manifold " + printed(manifoldName) +
             "; load the library or plugin that does";
    return failure();
  }
  return success();
}

Extent steepest::getConditions(ManifoldFacts facts) {
  return facts.separableColumns ? Extent::Column
         : facts.separableRows  ? Extent::Row
                                : Extent::Scalar;
}

double steepest::epsilonOf(Type element) {
  return element.isF64() ? std::numeric_limits<double>::epsilon()
                         : double(std::numeric_limits<float>::epsilon());
}

Value steepest::buildOutcome(FormulaBuilder &m, Value isLeft, Value isNonzero) {
  return m.select(isLeft, m.constant(STEEPEST_CONVERGED),
                  m.select(isNonzero, m.constant(STEEPEST_NORMAL),
                           m.constant(STEEPEST_ZERO)));
}

TangentPart steepest::buildTangentPart(FormulaBuilder &m,
                                       const Problem &problem, Extent extent) {
  Value g = problem.gradient;
  Value whole = problem.manifoldModel.buildProjection(m, problem.point, g);
  auto length = [&](Value x) {
    return m.sqrt(m.sum(m.square(m.toF64(x)), extent));
  };
  // The number of entries each condition runs over.
  Value count = extent == Extent::Scalar ? m.count(g)
                : extent == Extent::Row  ? m.toFloat(m.cols(g))
                                         : m.toFloat(m.rows(g));
  Value relative =
      m.mul(m.constant(8 * epsilonOf(problem.getElement())), m.sqrt(count));
  Value gradientLength = length(g);
  Value isLeft = m.compare(arith::CmpFPredicate::OGT, length(whole),
                           m.mul(gradientLength, relative));
  Value factor = m.cast(isLeft, m.f64());
  auto any = [&](Value x) {
    if (extent != Extent::Scalar)
      x = m.maximum(x);
    return m.compare(arith::CmpFPredicate::OGT, x, m.constant(0));
  };
  Value outcome = buildOutcome(m, any(factor), any(gradientLength));
  Value spread = m.broadcast(m.cast(factor, problem.getElement()), g, extent);
  return {m.mul(whole, spread), whole, outcome};
}

SolvedDirection steepest::certified(FormulaBuilder &m, const Problem &problem,
                                    Value phi, Value bound, Value outcome) {
  SolvedDirection solved;
  solved.phi = phi;
  solved.value = m.dot(problem.gradient, phi);
  solved.bound = m.max(bound, solved.value);
  if (problem.manifoldModel)
    solved.tangency =
        problem.manifoldModel.buildTangency(m, problem.point, phi);
  solved.outcome = outcome;
  return solved;
}
