//===- KernelMap.cpp - kernel.map -----------------------------------------===//
//
// Builder and verifier of the fused pass over an index space.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest::kernel;

void MapOp::build(
    OpBuilder &builder, OperationState &state, Value rows, Value cols,
    ValueRange inputs, ArrayRef<Access> access, ValueRange outputs,
    ArrayRef<ResultAttr> kinds, Value scratch, TypeRange folds,
    function_ref<void(OpBuilder &, Location, ValueRange)> buildBody) {
  MLIRContext *context = builder.getContext();
  state.addOperands({rows, cols});
  state.addOperands(inputs);
  state.addOperands(outputs);
  if (scratch)
    state.addOperands(scratch);
  state.addTypes(folds);

  Properties &properties = state.getOrAddProperties<Properties>();
  properties.operandSegmentSizes = {1, 1, static_cast<int32_t>(inputs.size()),
                                    static_cast<int32_t>(outputs.size()),
                                    scratch ? 1 : 0};
  properties.setInputAccess(AccessArrayAttr::get(context, access));
  properties.setKinds(ResultArrayAttr::get(context, kinds));

  Type index = builder.getIndexType();
  SmallVector<Type> types = {index, index};
  for (Value input : inputs)
    types.push_back(getElementInRegister(cast<MemRefType>(input.getType())));
  SmallVector<Location> locations(types.size(), state.location);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(state.addRegion(), {}, types, locations);
  if (buildBody)
    buildBody(builder, state.location, body->getArguments());
}

ValueRange MapOp::getYielded() {
  return cast<YieldOp>(getBody().front().getTerminator()).getValues();
}

/// Whether `kind` can be taken `to` this extent.
static bool isPossible(ResultAttr result) {
  bool isStore = result.getKind() == ResultKind::Store;
  Extent extent = result.getExtent();
  if (isStore)
    return extent == Extent::Full || extent == Extent::Column;
  return extent != Extent::Full;
}

LogicalResult MapOp::verify() {
  ArrayRef<Access> access = getInputAccess();
  if (access.size() != getInputs().size())
    return emitOpError("expects one access per input, got ")
           << access.size() << " for " << getInputs().size();
  for (auto [position, input] : llvm::enumerate(getInputs())) { // map_c2
    int64_t expected = access[position] == Access::Full ? 2 : 1;
    int64_t rank = cast<MemRefType>(input.getType()).getRank();
    if (rank != expected)
      return emitOpError("expects rank ")
             << expected << " for access " << stringifyAccess(access[position])
             << ", got " << input.getType() << " as input " << position;
  }

  size_t scalars = 0;
  for (auto [position, result] : llvm::enumerate(getKinds())) { // map_c3
    if (!isPossible(result))
      return emitOpError("expects a store to full or column, or a fold to row, "
                         "column or scalar, got ")
             << stringifyResultKind(result.getKind()) << " to "
             << stringifyExtent(result.getExtent()) << " as result "
             << position;
    scalars += result.getExtent() == Extent::Scalar;
  }
  if (scalars != getFolds().size()) // map_c6
    return emitOpError("expects one SSA result per scalar, got ")
           << getFolds().size() << " for " << scalars;
  if (getKinds().size() - scalars != getOutputs().size())
    return emitOpError("expects one output per result in memory, got ")
           << getOutputs().size() << " for " << getKinds().size() - scalars;
  if (scalars != 0 && !getScratch()) // map_c7
    return emitOpError("expects scratch for results to scalar");
  return success();
}

LogicalResult MapOp::verifyRegions() {
  TypeRange arguments = getBody().getArgumentTypes();
  if (arguments.size() != getInputs().size() + 2 || // map_c1
      !arguments[0].isIndex() || !arguments[1].isIndex())
    return emitOpError("expects a body over two of index and one element per "
                       "input, got ")
           << arguments.size() << " arguments for " << getInputs().size()
           << " inputs";
  for (auto [position, input] : llvm::enumerate(getInputs())) {
    Type expected = getElementInRegister(cast<MemRefType>(input.getType()));
    if (arguments[position + 2] != expected)
      return emitOpError("expects an element of type ")
             << expected << ", got " << arguments[position + 2] << " for input "
             << position;
  }

  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || yield.getNumOperands() != getKinds().size())
    return emitOpError("expects a body that yields one value per result");
  size_t nextOutput = 0, nextFold = 0;
  for (auto [position, result] : llvm::enumerate(getKinds())) {
    Type type = yield.getValues()[position].getType();
    if (result.getKind() != ResultKind::Store &&
        (type.isInteger(1) || type.isBF16())) // map_c5
      return emitOpError("expects to fold f32, f64 or i64, got ")
             << type << " as result " << position;
    if (result.getExtent() == Extent::Scalar) {
      Type fold = getFolds()[nextFold++].getType();
      if (fold != type) // map_c6
        return emitOpError("expects an SSA result of type ")
               << type << ", got " << fold << " as result " << position;
      continue;
    }
    auto output = cast<MemRefType>(getOutputs()[nextOutput++].getType());
    int64_t rank = result.getExtent() == Extent::Full ? 2 : 1;
    if (output.getRank() != rank || getElementInRegister(output) != type)
      return emitOpError("expects an output of rank ") // map_c4
             << rank << " for " << type << ", got " << output << " as result "
             << position;
  }

  for (Operation &op : getBody().front().without_terminator()) // map_c8
    if (!isMemoryEffectFree(&op) ||
        !(op.hasTrait<OpTrait::ConstantLike>() ||
          OpTrait::hasElementwiseMappableTraits(&op)))
      return emitOpError(
                 "expects a body of elementwise ops and constants, got ")
             << op.getName();
  return success();
}
