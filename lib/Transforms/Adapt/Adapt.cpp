//===- Adapt.cpp - a rule for other tensors -------------------------------===//
//
// What is left of a spec when the type that it computes in, the type that
// parameters are stored in and the sign of the gradient are taken away is the
// rule. A host that has float64 parameters, or bf16 ones with or without a
// master copy, or that maximises, gets the rule for those without another spec.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Remarks.h"

#include <charconv>

namespace steepest {
#define GEN_PASS_DEF_ADAPTPASS
#include "lib/Transforms/Adapt/Adapt.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// The number that the shortest decimal of `value` means in `semantics`: what
/// was written as 0.1 is 0.1 again.
static APFloat reread(const APFloat &value,
                      const llvm::fltSemantics &semantics) {
  if (&value.getSemantics() == &APFloat::IEEEsingle() && value.isFinite()) {
    char text[64];
    auto end = std::to_chars(text, text + sizeof(text), value.convertToFloat());
    return APFloat(semantics, StringRef(text, end.ptr - text));
  }
  APFloat result = value;
  bool losesInfo;
  result.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return result;
}

/// Every `from` becomes `to`, constants included.
static void replaceElementType(OptimizerOp optimizer, FloatType from,
                               FloatType to) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FloatType type) -> std::optional<Type> {
    return type == from ? Type(to) : Type(type);
  });
  replacer.addReplacement(
      [&](FloatAttr attribute)
          -> std::optional<std::pair<Attribute, WalkResult>> {
        if (attribute.getType() != from)
          return std::pair<Attribute, WalkResult>(attribute,
                                                  WalkResult::skip());
        APFloat value = reread(attribute.getValue(), to.getFloatSemantics());
        return std::pair<Attribute, WalkResult>(FloatAttr::get(to, value),
                                                WalkResult::skip());
      });
  replacer.addReplacement(
      [&](DenseFPElementsAttr attribute)
          -> std::optional<std::pair<Attribute, WalkResult>> {
        if (attribute.getElementType() != from)
          return std::pair<Attribute, WalkResult>(attribute,
                                                  WalkResult::skip());
        Attribute made = attribute.mapValues(to, [&](const APFloat &value) {
          return reread(value, to.getFloatSemantics()).bitcastToAPInt();
        });
        return std::pair<Attribute, WalkResult>(made, WalkResult::skip());
      });
  replacer.recursivelyReplaceElementsIn(optimizer, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  SmallVector<Operation *> casts;
  optimizer.walk([&](Operation *op) {
    if (isa<arith::ExtFOp, arith::TruncFOp>(op) &&
        op->getOperand(0).getType() == op->getResult(0).getType())
      casts.push_back(op);
  });
  for (Operation *cast : casts) {
    cast->getResult(0).replaceAllUsesWith(cast->getOperand(0));
    cast->erase();
  }
}

static Type withElement(Type type, Type element) {
  return cast<RankedTensorType>(type).clone(element);
}

/// A parameter or gradient is stored as bf16: its uses get it widened.
static void storeArgument(OptimizerOp optimizer, BlockArgument argument) {
  OpBuilder builder = OpBuilder::atBlockBegin(&optimizer.getBody().front());
  Type wide = argument.getType();
  argument.setType(withElement(wide, builder.getBF16Type()));
  auto widened =
      arith::ExtFOp::create(builder, optimizer.getLoc(), wide, argument);
  argument.replaceUsesWithIf(widened, [&](OpOperand &use) {
    return use.getOwner() != widened && !isa<UpdateOp>(use.getOwner());
  });
}

/// The value that the update gives to an argument.
static OpOperand &valueOperand(UpdateOp update, Value target) {
  unsigned count = update.getTargets().size();
  unsigned index =
      llvm::find(update.getTargets(), target) - update.getTargets().begin();
  return update->getOpOperand(count + index);
}

/// The update rounds what it writes to a parameter that is stored as bf16.
static void roundParameter(OptimizerOp optimizer, BlockArgument parameter) {
  OpOperand &operand = valueOperand(optimizer.getUpdate(), parameter);
  if (operand.get() == parameter)
    return; // it is kept
  OpBuilder builder(optimizer.getUpdate());
  operand.set(arith::TruncFOp::create(builder, optimizer.getLoc(),
                                      parameter.getType(), operand.get()));
}

/// Adds a state that begins as the parameter, takes its place in the rule, and
/// is updated with what the parameter was.
static void addMaster(OptimizerOp optimizer, unsigned number, Type type) {
  Builder attributes(optimizer.getContext());
  unsigned index = optimizer.getNumTensors();
  BlockArgument parameter = optimizer.getParameter(number);
  BlockArgument master = optimizer.getBody().front().insertArgument(
      index, type, optimizer.getLoc());
  SmallVector<Attribute> names(optimizer.getArgumentNames().getValue());
  names.insert(names.begin() + index,
               attributes.getStringAttr("master_" +
                                        optimizer.getArgumentName(2 * number)));
  optimizer.setArgumentNamesAttr(attributes.getArrayAttr(names));
  SmallVector<Attribute> initials(optimizer.getInitials().getValue());
  initials.push_back(InitialAttr::get(optimizer.getContext(),
                                      InitialKind::Parameter, 0.0, number,
                                      StateShape::Whole));
  optimizer.setInitialsAttr(attributes.getArrayAttr(initials));

  UpdateOp update = optimizer.getUpdate();
  Value next = valueOperand(update, parameter).get();
  parameter.replaceUsesWithIf(
      master, [&](OpOperand &use) { return use.getOwner() != update; });
  if (next == parameter)
    next = master;
  SmallVector<Value> operands(update.getTargets());
  operands.push_back(master);
  llvm::append_range(operands, update.getValues());
  operands.push_back(next);
  update->setOperands(operands);
}

/// The uses of a value get it negated; of one that is stored as bf16, those of
/// what it is widened to, which is what arithmetic is done on.
static void negate(Value value) {
  if (getElementTypeOrSelf(value.getType()).isBF16()) {
    for (Operation *user : value.getUsers())
      for (Value wide : user->getResults())
        negate(wide);
    return;
  }
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto negated = arith::NegFOp::create(builder, value.getLoc(), value);
  value.replaceAllUsesExcept(negated, negated);
}

namespace {
struct Adapt : steepest::impl::AdaptPassBase<Adapt> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(adapt(getOperation())))
      signalPassFailure();
  }

private:
  LogicalResult adapt(OptimizerOp optimizer) {
    auto elementOf = [&](unsigned number) {
      return cast<FloatType>(
          getElementTypeOrSelf(optimizer.getParameter(number).getType()));
    };
    Builder builder(&getContext());
    if (!elementType.empty()) {
      if (elementType != "f32" && elementType != "f64")
        return optimizer.emitError()
               << "expects the element type f32 or f64, got '" << elementType
               << "'";
      FloatType from = elementOf(0);
      if (from.isBF16())
        return optimizer.emitError()
               << "expects parameters of f32 or f64 to change their element "
                  "type, got "
               << optimizer.getParameter(0).getType();
      FloatType to =
          elementType == "f64" ? builder.getF64Type() : builder.getF32Type();
      if (from != to)
        replaceElementType(optimizer, from, to);
    }
    if (!parameterType.empty() && parameterType != "bf16")
      return optimizer.emitError()
             << "expects parameters to be stored as bf16, got '"
             << parameterType << "'";
    if (master && parameterType.empty())
      return optimizer.emitError()
             << "expects a type to store parameters in beside their masters, "
                "got none";
    for (unsigned number = 0;
         number < optimizer.getNumParameters() && !parameterType.empty();
         ++number) {
      BlockArgument parameter = optimizer.getParameter(number);
      Type wide = parameter.getType();
      if (!elementOf(number).isF32())
        return optimizer.emitError()
               << "expects parameters of f32 to store as bf16, got " << wide;
      if (master)
        addMaster(optimizer, number, wide);
      storeArgument(optimizer, parameter);
      roundParameter(optimizer, parameter);
      if (elementOfGradient(optimizer, number).isF32())
        storeArgument(optimizer, optimizer.getGradient(number));
      if (parameter.use_empty())
        continue;
      for (Operation *user : llvm::make_early_inc_range(parameter.getUsers()))
        if (isa<arith::ExtFOp>(user) && user->use_empty())
          user->erase(); // the master is read instead
    }
    for (unsigned number = 0; maximize && number < optimizer.getNumParameters();
         ++number)
      negate(optimizer.getGradient(number));
    remark::passed(optimizer.getLoc(), remark::RemarkOpts::name("Adapted")
                                           .category("steepest-adapt")
                                           .function(optimizer.getSymName()))
        << remark::metric("parameters", optimizer.getParameter(0).getType())
        << remark::metric("master", master.getValue())
        << remark::metric("maximize", maximize.getValue());
    return success();
  }

  static FloatType elementOfGradient(OptimizerOp optimizer, unsigned number) {
    return cast<FloatType>(
        getElementTypeOrSelf(optimizer.getGradient(number).getType()));
  }
};
} // namespace
