//===- LowerToKernels.cpp - values become memory --------------------------===//

#include "lib/Analysis/Cost/Machine.h"
#include "lib/Transforms/LowerToKernels/Lowering.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERTOKERNELSPASS
#include "lib/Transforms/LowerToKernels/LowerToKernels.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// The function that the optimizer becomes: its tensors' memory, its
/// hyper-parameters as f64, the workspace.
static func::FuncOp createEntry(OptimizerOp optimizer) {
  OpBuilder builder(optimizer);
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types;
  for (BlockArgument argument : optimizer.getBody().getArguments()) {
    if (argument.getArgNumber() >= optimizer.getNumTensors()) {
      types.push_back(builder.getF64Type());
      continue;
    }
    auto tensor = dyn_cast<RankedTensorType>(argument.getType());
    if (tensor && tensor.getRank() == 1) {
      types.push_back(Buffers::getType(tensor));
      continue;
    }
    int64_t dynamic = ShapedType::kDynamic;
    auto layout = StridedLayoutAttr::get(context, dynamic, {dynamic, 1});
    types.push_back(MemRefType::get(
        {dynamic, dynamic},
        kernel::getElementInMemory(getElementTypeOrSelf(argument.getType())),
        layout));
  }
  types.push_back(kernel::getBytesType(context));
  auto entry = func::FuncOp::create(
      builder, optimizer.getLoc(), optimizer.getSymName(),
      builder.getFunctionType(types, builder.getI32Type()));
  entry->setAttr("kernel.entry", builder.getUnitAttr());
  if (auto of = optimizer->getAttrOfType<StringAttr>("steepest.version_of")) {
    auto type =
        cast<RankedTensorType>(optimizer.getBody().getArgument(0).getType());
    entry->setAttr(
        "steepest.version",
        builder.getDictionaryAttr(
            {builder.getNamedAttr("of", of),
             builder.getNamedAttr("rows",
                                  builder.getIndexAttr(type.getDimSize(0))),
             builder.getNamedAttr("cols",
                                  builder.getIndexAttr(type.getDimSize(1)))}));
  }
  return entry;
}

namespace {
struct LowerToKernels : steepest::impl::LowerToKernelsPassBase<LowerToKernels> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    auto types = getFactorTypes(context, factors);
    if (succeeded(types))
      factorTypes = *types;
    return LogicalResult(types);
  }

  void runOnOperation() override {
    for (OptimizerOp optimizer :
         llvm::make_early_inc_range(getOperation().getOps<OptimizerOp>())) {
      Location loc = optimizer.getLoc();
      func::FuncOp entry = createEntry(optimizer);
      OpBuilder builder = OpBuilder::atBlockBegin(entry.addEntryBlock());
      Value status = memref::AllocaOp::create(
          builder, loc, MemRefType::get({}, builder.getI32Type()));
      Value zero =
          arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
      memref::StoreOp::create(builder, loc, zero, status, ValueRange{});
      Value code = memref::LoadOp::create(builder, loc, status, ValueRange{});
      func::ReturnOp::create(builder, loc, code);
      if (failed(Lowering(optimizer, entry, status, vectorBits, factorTypes,
                          device)
                     .run(entry)))
        return signalPassFailure();
      optimizer.erase();
    }
  }

private:
  SmallVector<Type> factorTypes;
};
} // namespace
