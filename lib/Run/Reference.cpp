//===- Reference.cpp - what a step should have computed -------------------===//

#include "lib/Run/Reference.h"
#include "dialect/Steepest/Extents.h"
#include "lib/Support/Polynomials.h"
#include "lib/Transforms/LowerSpectral/PolynomialSign.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::run;
using matrix::FormulaBuilder;

Reference::Reference(const CompilerOptions &options) : compiler(options) {}

/// The largest value of the function that an msign applies, with the rounding
/// that its fractions allow; nothing for the polar factor itself.
static std::optional<double> largestValue(matrix::MsignOp op) {
  if (auto forced = dyn_cast<matrix::PolynomialsAttr>(op.getContract())) {
    ArrayRef<double> c = forced.getCoefficients();
    OddSteps steps;
    for (size_t i = 0; i < c.size(); i += 3)
      steps.push_back({c[i], c[i + 1], c[i + 2]});
    return imageOf(steps, 0, 1).upper;
  }
  if (auto forced = dyn_cast<matrix::FractionsAttr>(op.getContract())) {
    RationalPlan plan = planOf(forced, getElementTypeOrSelf(op.getInput()));
    return imageOf(plan.fit.function, 0.5, 0, 1).upper + plan.rounding;
  }
  if (auto forced = dyn_cast<matrix::RationalStepsAttr>(op.getContract())) {
    RationalSteps steps = stepsOf(forced);
    bool isFloat64 = getElementTypeOrSelf(op.getInput()).isF64();
    return imageOf(steps, 0, 1).upper + lastRoundingOf(steps, isFloat64);
  }
  return std::nullopt;
}

/// Takes over the function that is chosen for a spectral function: its largest
/// value is the bound of its norm. How accurate it is is a matter of the
/// certificate; that it was applied, one of the tensors.
static void takeFunctions(ModuleOp module) {
  module.walk([](Operation *op) {
    OpBuilder builder(op);
    FormulaBuilder m(builder, op->getLoc());
    if (auto msign = dyn_cast<matrix::MsignOp>(op)) {
      if (std::optional<double> largest = largestValue(msign))
        msign.getSpectral().replaceAllUsesWith(
            m.constant(std::max(1.0, *largest)));
    } else if (auto power = dyn_cast<matrix::SpectralPowerOp>(op)) {
      Value x = power.getInput();
      if (auto forced =
              dyn_cast_or_null<matrix::FractionsAttr>(power.getContractAttr()))
        power.getExcess().replaceAllUsesWith(
            buildRationalExcess(m, x, power.getPower().convertToDouble(),
                                planOf(forced, getElementTypeOrSelf(x))));
    }
  });
}

/// How far rounding may carry what an op computes, where that is more than
/// the rounding of its products; or, of steps for a band, the certificates that
/// it is for.
static double allowedRounding(Operation *op, bool ofCertificates) {
  if (!isa<matrix::MsignOp, matrix::SpectralPowerOp>(op))
    return 0;
  Attribute contract = op->getAttr("contract");
  Type element = getElementTypeOrSelf(op->getOperand(0));
  if (auto forced = dyn_cast_or_null<matrix::FractionsAttr>(contract))
    return planOf(forced, element).rounding;
  if (auto forced = dyn_cast_or_null<matrix::RationalStepsAttr>(contract))
    return roundingOf(stepsOf(forced), element.isF64(), forced.getLowest());
  auto forced = dyn_cast_or_null<matrix::PolynomialsAttr>(contract);
  if (!forced)
    return 0;
  if (!(forced.getLowest() > 0))
    return forced.getRounding();
  if (ofCertificates)
    return 0;
  // By as much as they turn singular vectors, in whichever form they are made,
  // which says nothing of values and bounds.
  SignProblem problem =
      getSignProblem(cast<RankedTensorType>(op->getOperand(0).getType()),
                     contract, SignTarget());
  Segments segments = segmentsOfGramSign(problem);
  double vectors = deviationOfStandardSign(problem).vectors;
  if (segments.deviation.ofBounds() <= problem.allowance)
    vectors = std::max(vectors, segments.deviation.vectors);
  return vectors;
}

/// The polar factor that a value is, whichever way extents decide for.
static matrix::MsignOp findSign(Value value) {
  while (auto branch = value.getDefiningOp<scf::IfOp>()) {
    if (!branch.elseBlock())
      return nullptr;
    unsigned number = cast<OpResult>(value).getResultNumber();
    value = branch.thenYield().getOperand(number);
  }
  return value.getDefiningOp<matrix::MsignOp>();
}

/// Whether a branch keeps a polar factor that was taken before it or takes
/// another one of the same matrix.
static bool choosesFunction(scf::IfOp branch) {
  if (branch.getNumResults() == 0 || !branch.elseBlock())
    return false;
  Value kept = branch.thenYield().getOperand(0);
  if (branch.getThenRegion().isAncestor(kept.getParentRegion()))
    return false;
  matrix::MsignOp first = findSign(kept);
  matrix::MsignOp second = findSign(branch.elseYield().getOperand(0));
  return first && second && first.getInput() == second.getInput();
}

/// A copy of a rule in which every such branch goes one way.
static OptimizerOp fixFunctions(OptimizerOp rule, bool first) {
  OpBuilder builder(rule);
  auto copy = cast<OptimizerOp>(builder.clone(*rule));
  copy.setSymName((rule.getSymName() + (first ? "$loose" : "$tight")).str());
  copy.walk([&](scf::IfOp branch) {
    if (!choosesFunction(branch))
      return;
    OpBuilder inner(branch);
    branch.getConditionMutable().assign(arith::ConstantIntOp::create(
        inner, branch.getLoc(), first, /*width=*/1));
  });
  return copy;
}

LogicalResult Reference::load(StringRef path, bool all) {
  if (!compiler.isValid() || failed(compiler.parseFile(path)) ||
      failed(compiler.runTo("normalize")))
    return failure();
  for (auto op : compiler.getModule().getOps<OptimizerOp>()) {
    Rule rule;
    rule.numTensors = op.getNumTensors();
    Names &known = names.emplace_back();
    known.optimizer = op.getSymName().str();
    for (unsigned i = 0; i < rule.numTensors + op.getNumHypers(); ++i)
      (i < rule.numTensors ? known.tensors : known.hypers)
          .push_back(op.getArgumentName(i).str());
    rule.manifolds = findManifolds(op);
    rule.multipliers = findMultipliers(op);
    rule.directions = findDirections(op, all);
    observeAll(op, rule.directions);
    rules[op.getSymName()] = std::move(rule);
  }
  if (failed(compiler.runTo("solve")) || failed(compiler.chooseFunctions()))
    return failure();
  for (auto op : compiler.getModule().getOps<OptimizerOp>()) {
    Rule &rule = rules[op.getSymName()];
    rule.op = op;
    op.walk([&](Operation *inner) {
      rule.rounding = std::max(
          rule.rounding, allowedRounding(inner, /*ofCertificates=*/false));
      rule.ofCertificates = std::max(
          rule.ofCertificates, allowedRounding(inner, /*ofCertificates=*/true));
    });
  }
  takeFunctions(compiler.getModule());
  for (auto &entry : rules) {
    Rule &rule = entry.second;
    if (llvm::any_of(rule.directions, [](auto &d) { return d.isOpen; }))
      for (bool first : {true, false})
        rule.functions.push_back(fixFunctions(rule.op, first));
  }
  return success();
}

ArrayRef<ObservedDirection> Reference::getDirections(StringRef optimizer) {
  return rules[optimizer].directions;
}

bool Reference::isMultiplier(StringRef optimizer, unsigned tensor) {
  return rules[optimizer].multipliers[tensor];
}

static bool hasProducts(Operation *op) {
  auto isProduct = [](Operation *op) {
    return isa<matrix::ProductOp, matrix::MsignOp, matrix::EighOp,
               matrix::EigenvaluesOp, matrix::RationalOp,
               matrix::SpectralPowerOp, matrix::LeadingOp,
               matrix::SingularValuesOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  };
  return op->walk(isProduct).wasInterrupted();
}

Arithmetic Reference::getArithmetic(StringRef optimizer) {
  Rule &rule = rules[optimizer];
  bool products = hasProducts(rule.op);
  return {products, products ? rule.ofCertificates : 0};
}

Arithmetic Reference::getArithmetic(StringRef optimizer, unsigned tensor) {
  Rule &rule = rules[optimizer];
  OptimizerOp op = rule.op;
  Value target = op.getBody().getArgument(tensor);
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.omitUsesFromAbove = false;
  options.inclusive = true;
  options.filter = [&](Operation *user) { return user != op; };
  (void)getBackwardSlice(op.getUpdate().getValueOf(target), &slice, options);
  bool products = llvm::any_of(slice, hasProducts);
  return {products, products ? rule.rounding : 0};
}

/// Zeros in the shape of tensor `index`, whose extents follow from the
/// parameters.
static reference::Value zerosOf(OptimizerOp op, unsigned index,
                                const reference::Values &parameters) {
  auto type = cast<RankedTensorType>(op.getBody().getArgument(index).getType());
  int64_t extents[] = {1, 1};
  for (unsigned dim = 0; dim < type.getRank(); ++dim) {
    ExtentSource source = getArgumentExtent(op, index, dim);
    const reference::Value &like = parameters[source.argument];
    extents[dim] = source.isStatic() ? source.size
                   : source.dim == 0 ? like.rows()
                                     : like.cols();
  }
  return reference::Value::zeros(/*isInteger=*/false, type.getRank(),
                                 extents[0], extents[1]);
}

FailureOr<StepValues>
Reference::step(StringRef optimizer, const Tensors &tensors,
                ArrayRef<double> hypers,
                ArrayRef<reference::Value> givenDirections) {
  Rule &rule = rules[optimizer];
  reference::Values arguments;
  for (const HostTensor &tensor : tensors)
    arguments.push_back(tensor.toValue());
  // Observing states are not read; they need a value of their type.
  for (unsigned i = rule.numTensors; i < rule.op.getNumTensors(); ++i)
    arguments.push_back(zerosOf(rule.op, i, arguments));
  size_t next = 0;
  for (const ObservedDirection &direction : rule.directions)
    if (direction.isSolved && next < givenDirections.size())
      arguments[direction.given] = givenDirections[next++];
  for (unsigned i = 0; i < rule.op.getNumHypers(); ++i)
    // A hyper-parameter of float32 means the rounded number.
    arguments.push_back(rule.op.getHyper(i).getType().isF32()
                            ? double(float(hypers[i]))
                            : hypers[i]);

  reference::Interpreter interpreter;
  FailureOr<reference::Values> results =
      interpreter.run(rule.op.getBody().front(), arguments);
  if (failed(results))
    return failure();
  StepValues step;
  step.status = interpreter.getFailedStatus().value_or(0);
  UpdateOp update = rule.op.getUpdate();
  reference::Values all(arguments.begin(),
                        arguments.begin() + rule.op.getNumTensors());
  size_t targets = update.getTargets().size();
  for (auto [number, target] : llvm::enumerate(update.getTargets()))
    all[cast<BlockArgument>(target).getArgNumber()] =
        (*results)[targets + number];
  step.tensors.assign(all.begin(), all.begin() + rule.numTensors);
  step.directions.resize(rule.directions.size());
  for (const reference::CertificateRecord &record :
       interpreter.getCertificates())
    step.directions[record.index].certificate = record;
  for (auto [values, direction] : llvm::zip(step.directions, rule.directions)) {
    if (!direction.isSolved)
      continue;
    values.result = all[direction.result];
    values.input = all[direction.input];
    if (direction.point >= 0)
      values.point = all[direction.point];
    for (int operand : direction.operands)
      values.operands.push_back(all[operand]);
  }
  for (OptimizerOp fixed : rule.functions) {
    FailureOr<reference::Values> other =
        reference::Interpreter().run(fixed.getBody().front(), arguments);
    if (failed(other))
      return failure();
    UpdateOp last = fixed.getUpdate();
    for (auto [values, direction] :
         llvm::zip(step.directions, rule.directions)) {
      if (!direction.isOpen)
        continue;
      Value result = fixed.getBody().getArgument(direction.result);
      auto target = llvm::find(last.getTargets(), result);
      size_t number = std::distance(last.getTargets().begin(), target);
      values.functions.push_back((*other)[targets + number]);
    }
  }
  return step;
}

FailureOr<reference::Value>
Reference::evaluate(ArrayRef<reference::Value> arguments, Formula formula) {
  MLIRContext *context = &compiler.getContext();
  OpBuilder builder(context);
  Location loc = UnknownLoc::get(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  SmallVector<Type> types;
  for (const reference::Value &argument : arguments)
    types.push_back(RankedTensorType::get(
        SmallVector<int64_t>(argument.rank(), ShapedType::kDynamic),
        builder.getF64Type()));
  auto function = func::FuncOp::create(builder, loc, "formula",
                                       builder.getFunctionType(types, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  FormulaBuilder m(builder, loc);
  Value result = formula(m, block->getArguments());
  if (!result)
    return failure();
  func::ReturnOp::create(builder, loc, result);
  function.setType(builder.getFunctionType(types, result.getType()));
  reference::Interpreter interpreter;
  FailureOr<reference::Values> values =
      interpreter.evaluate(function, arguments);
  if (failed(values))
    return failure();
  return values->front();
}

/// Retractions bring back what is near the manifold; some bring all.
static constexpr int mostRetractions = 20;
static constexpr double closeToManifold = 1e-12;

FailureOr<reference::Value> Reference::findPoint(StringRef optimizer,
                                                 unsigned tensor,
                                                 const reference::Value &x) {
  Attribute attribute = rules[optimizer].manifolds[tensor];
  auto manifold = dyn_cast_or_null<ManifoldAttrInterface>(attribute);
  auto model = dyn_cast_or_null<ManifoldModelAttrInterface>(attribute);
  if (!manifold || !model)
    return x;
  bool canPlace = true;
  FailureOr<reference::Value> placed =
      evaluate(x, [&](FormulaBuilder &m, ValueRange arguments) {
        Value nearest = model.buildNearest(m, arguments[0]);
        canPlace = static_cast<bool>(nearest);
        return canPlace ? nearest : arguments[0];
      });
  if (canPlace)
    return placed;
  reference::Value best = x;
  double least = std::numeric_limits<double>::infinity();
  for (StringRef name : manifold.getRetractions()) {
    reference::Value point = x;
    for (int i = 0; i < mostRetractions && least > closeToManifold; ++i) {
      FailureOr<reference::Value> next =
          evaluate(point, [&](FormulaBuilder &m, ValueRange arguments) {
            Value w = arguments[0], zero = m.sub(w, w);
            return model.buildRetraction(m, name, w, zero, m.constant(0));
          });
      if (failed(next))
        return failure();
      point = *next;
      FailureOr<reference::Value> distance =
          evaluate(point, [&](FormulaBuilder &m, ValueRange arguments) {
            return model.buildDistance(m, arguments[0]);
          });
      if (failed(distance))
        return failure();
      if (!(distance->real() < least))
        break; // it does not come closer
      least = distance->real();
      best = point;
    }
  }
  return best;
}

FailureOr<double> Reference::length(const ObservedDirection &direction,
                                    const reference::Value &phi,
                                    const DirectionValues &at) {
  auto model = cast<NormModelAttrInterface>(direction.norm);
  reference::Values arguments = {phi};
  llvm::append_range(arguments, at.operands);
  auto result = evaluate(arguments, [&](FormulaBuilder &m, ValueRange values) {
    return model.buildNorm(m, values[0], values.drop_front());
  });
  if (failed(result))
    return failure();
  return result->real();
}

FailureOr<double> Reference::tangency(const ObservedDirection &direction,
                                      const reference::Value &phi,
                                      const DirectionValues &at) {
  auto model = dyn_cast_or_null<ManifoldModelAttrInterface>(direction.manifold);
  if (!model)
    return 0.0;
  auto result =
      evaluate({at.point, phi}, [&](FormulaBuilder &m, ValueRange values) {
        return model.buildTangency(m, values[0], values[1]);
      });
  if (failed(result))
    return failure();
  return result->real();
}
