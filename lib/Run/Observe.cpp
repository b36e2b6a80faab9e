//===- Observe.cpp - looking into a rule ----------------------------------===//

#include "lib/Run/Observe.h"
#include "dialect/Steepest/Extents.h"
#include "lib/Models/Methods/Choose.h"
#include "lib/Transforms/Passes.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::run;

/// A state of zeros with the extents of `value`: those of a parameter, or of
/// its rows or columns alone.
static InitialAttr zerosLike(OptimizerOp optimizer, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  auto isLike = [&](unsigned parameter, StateShape shape) {
    Value whole = optimizer.getParameter(parameter);
    if (shape == StateShape::Whole && whole.getType() != type)
      return false;
    for (unsigned dim = 0; dim < type.getRank(); ++dim) {
      unsigned source = shape == StateShape::Whole  ? dim
                        : shape == StateShape::Rows ? 0
                                                    : 1;
      if (getExtent(optimizer, value, dim) !=
          getExtent(optimizer, whole, source))
        return false;
    }
    return true;
  };
  auto zeros = [&](unsigned parameter, StateShape shape) {
    return InitialAttr::get(optimizer.getContext(), InitialKind::Constant, 0.0,
                            parameter, shape);
  };
  for (unsigned i = 0; i < optimizer.getNumParameters(); ++i) {
    auto whole = cast<RankedTensorType>(optimizer.getParameter(i).getType());
    if (isLike(i, StateShape::Whole))
      return zeros(i, StateShape::Whole);
    if (whole.getRank() == 2)
      for (StateShape shape : {StateShape::Rows, StateShape::Columns})
        if (isLike(i, shape))
          return zeros(i, shape);
  }
  return zeros(0, StateShape::Whole);
}

/// Adds a state of the shape of `shaped` that is updated with `value`, or keeps
/// its value when that is null. Returns the number of its argument.
static int addState(OptimizerOp optimizer, const Twine &name, Value value,
                    Value shaped) {
  Type type = shaped.getType();
  InitialAttr initial = zerosLike(optimizer, shaped);
  unsigned index = optimizer.getNumTensors();
  BlockArgument state = optimizer.getBody().front().insertArgument(
      index, type, optimizer.getLoc());
  Builder builder(optimizer.getContext());
  SmallVector<Attribute> names(optimizer.getArgumentNames().getValue());
  names.insert(names.begin() + index, builder.getStringAttr(name));
  optimizer.setArgumentNamesAttr(builder.getArrayAttr(names));
  SmallVector<Attribute> initials(optimizer.getInitials().getValue());
  initials.push_back(initial);
  optimizer.setInitialsAttr(builder.getArrayAttr(initials));

  UpdateOp update = optimizer.getUpdate();
  SmallVector<Value> operands(update.getTargets());
  operands.push_back(state);
  llvm::append_range(operands, update.getValues());
  operands.push_back(value ? value : state);
  update->setOperands(operands);
  return index;
}

/// Whether a polar factor that a direction is made of has a contract that is
/// but a means to its gap. Solves a copy of the rule, in which no other
/// direction asks for a gap.
static bool hasOpenFunction(DirectionOp op) {
  MLIRContext *context = op.getContext();
  auto whole = op->getParentOfType<ModuleOp>();
  OwningOpRef<ModuleOp> copy = whole.clone();
  StringAttr name = op->getParentOfType<OptimizerOp>().getSymNameAttr();
  for (auto rule : llvm::make_early_inc_range(copy->getOps<OptimizerOp>())) {
    if (rule.getSymNameAttr() != name) {
      rule.erase();
      continue;
    }
    for (auto other : rule.getBody().front().getOps<DirectionOp>())
      if (other.getIndex() != op.getIndex())
        other.removeAccuracyAttr();
  }
  // What is wrong is said when the rule itself is compiled.
  ScopedDiagnosticHandler silence(context,
                                  [](Diagnostic &) { return success(); });
  PassManager passes(context, ModuleOp::getOperationName());
  passes.addNestedPass<OptimizerOp>(createSolvePass());
  if (failed(passes.run(*copy)))
    return false;
  return copy
      ->walk([](matrix::MsignOp msign) {
        auto band = dyn_cast<matrix::BandAttr>(msign.getContract());
        return band && band.getGap() > 0 ? WalkResult::interrupt()
                                         : WalkResult::advance();
      })
      .wasInterrupted();
}

SmallVector<ObservedDirection> run::findDirections(OptimizerOp optimizer,
                                                   bool all) {
  SmallVector<ObservedDirection> found;
  for (auto op : optimizer.getBody().front().getOps<DirectionOp>()) {
    ObservedDirection direction;
    direction.norm = op.getNorm();
    direction.manifold = op.getManifoldAttr();
    direction.isPenalty = op.getPenalty();
    if (auto gap = dyn_cast_or_null<GapAttr>(op.getAccuracyAttr()))
      direction.gap = gap.getGap();
    // The choice that the `solve` phase will make.
    const DirectionMethod *method = chooseMethod(op);
    direction.isClosed = method && method->getCost() == 0;
    direction.isOpen =
        direction.isClosed && direction.gap && hasOpenFunction(op);
    direction.isSolved =
        method && (all || !direction.isClosed || direction.isOpen);
    found.push_back(std::move(direction));
  }
  return found;
}

void run::observeResults(OptimizerOp optimizer,
                         MutableArrayRef<ObservedDirection> directions) {
  for (auto op : optimizer.getBody().front().getOps<DirectionOp>()) {
    ObservedDirection &direction = directions[*op.getIndex()];
    if (direction.isSolved)
      direction.result =
          addState(optimizer, "direction" + Twine(*op.getIndex()),
                   op.getResult(), op.getResult());
  }
}

void run::observeAll(OptimizerOp optimizer,
                     MutableArrayRef<ObservedDirection> directions) {
  for (auto op : optimizer.getBody().front().getOps<DirectionOp>()) {
    ObservedDirection &direction = directions[*op.getIndex()];
    if (!direction.isSolved)
      continue;
    auto name = [&](StringRef what) {
      return (what + Twine(*op.getIndex())).str();
    };
    auto observe = [&](StringRef what, Value value) {
      return addState(optimizer, name(what), value, value);
    };
    direction.given =
        addState(optimizer, name("given"), Value(), op.getInput());
    Value given = optimizer.getBody().getArgument(direction.given);
    op.getResult().replaceAllUsesWith(given);
    direction.result = observe("direction", op.getResult());
    direction.input = observe("input", op.getInput());
    if (op.getPoint())
      direction.point = observe("point", op.getPoint());
    for (auto [number, operand] : llvm::enumerate(op.getNormOperands()))
      direction.operands.push_back(
          observe("operand" + std::to_string(number) + "of", operand));
  }
}

SmallVector<bool> run::findMultipliers(OptimizerOp optimizer) {
  SmallVector<bool> multipliers;
  for (unsigned i = 0; i < optimizer.getNumTensors(); ++i) {
    Value kept =
        optimizer.getUpdate().getValueOf(optimizer.getBody().getArgument(i));
    auto direction = kept ? kept.getDefiningOp<DirectionOp>() : DirectionOp();
    multipliers.push_back(direction && kept == direction.getNewNormal());
  }
  return multipliers;
}

SmallVector<Attribute> run::findManifolds(OptimizerOp optimizer) {
  SmallVector<Attribute> manifolds(optimizer.getNumTensors());
  auto enter = [&](Value point, Attribute manifold) {
    auto argument = dyn_cast_or_null<BlockArgument>(point);
    if (argument && argument.getArgNumber() < manifolds.size())
      manifolds[argument.getArgNumber()] = manifold;
  };
  for (Operation &op : optimizer.getBody().front()) {
    if (auto direction = dyn_cast<DirectionOp>(op))
      enter(direction.getPoint(), direction.getManifoldAttr());
    if (auto retract = dyn_cast<RetractOp>(op))
      enter(retract.getPoint(), retract.getManifold());
  }
  return manifolds;
}
