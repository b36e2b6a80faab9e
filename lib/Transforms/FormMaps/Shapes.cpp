//===- Shapes.cpp - elementwise values and their shapes -------------------===//

#include "lib/Transforms/FormMaps/Shapes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace steepest;

bool steepest::isElementwise(Operation *op) {
  if (!op || op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return false;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return isa<matrix::BroadcastOp, matrix::IndexOp, tensor::SplatOp>(op) ||
         OpTrait::hasElementwiseMappableTraits(op);
}

Value steepest::shapeRoot(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
      value = broadcast.getLike();
      continue;
    }
    if (auto index = dyn_cast<matrix::IndexOp>(op)) {
      value = index.getLike();
      continue;
    }
    if (auto assemble = dyn_cast<matrix::AssembleOp>(op)) {
      value = assemble.getLike();
      continue;
    }
    if (!isElementwise(op) || isa<tensor::SplatOp, arith::ConstantOp>(op))
      return value;
    // Constants are static; prefer an operand that is somewhere in memory.
    Value next;
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()) &&
          (!next || isa_and_nonnull<arith::ConstantOp>(next.getDefiningOp())))
        next = operand;
    if (!next)
      return value;
    value = next;
  }
  return value;
}

bool steepest::isOnlyCertified(Value scalar,
                               llvm::SetVector<Operation *> &path) {
  Operation *maker = scalar.getDefiningOp();
  return llvm::all_of(scalar.getUsers(), [&](Operation *user) {
    if (path.contains(user))
      return true;
    bool isScalar =
        user->getNumRegions() == 0 && isPure(user) &&
        llvm::none_of(user->getResultTypes(), llvm::IsaPred<RankedTensorType>);
    if (user->getBlock() != maker->getBlock() ||
        !(isScalar || isa<matrix::CertifyOp>(user)))
      return false;
    path.insert(user);
    return llvm::all_of(user->getResults(), [&](Value result) {
      return isOnlyCertified(result, path);
    });
  });
}

/// The extent of a splat, which is one of its operands or static.
static Value splatExtent(tensor::SplatOp splat, unsigned dim,
                         OpBuilder &builder, Location loc) {
  auto type = cast<RankedTensorType>(splat.getType());
  if (!type.isDynamicDim(dim))
    return arith::ConstantIndexOp::create(builder, loc, type.getDimSize(dim));
  return splat.getDynamicSizes()[type.getDynamicDimIndex(dim)];
}

void steepest::resolveShapes(Operation *scope) {
  SmallVector<Operation *> work;
  scope->walk([&](Operation *op) {
    if (isa<tensor::DimOp, matrix::BroadcastOp, matrix::IndexOp>(op))
      work.push_back(op);
  });
  for (Operation *op : work) {
    OpBuilder builder(op);
    if (auto dim = dyn_cast<tensor::DimOp>(op)) {
      Value root = shapeRoot(dim.getSource());
      std::optional<int64_t> index = dim.getConstantIndex();
      auto splat = root.getDefiningOp<tensor::SplatOp>();
      if (splat && index) {
        dim.getResult().replaceAllUsesWith(
            splatExtent(splat, *index, builder, op->getLoc()));
        op->erase();
        continue;
      }
      dim.getSourceMutable().assign(root);
      continue;
    }
    unsigned operand = isa<matrix::IndexOp>(op) ? 0 : 1;
    Value root = shapeRoot(op->getOperand(operand));
    op->setOperand(operand, root);
    auto broadcast = dyn_cast<matrix::BroadcastOp>(op);
    auto splat = root.getDefiningOp<tensor::SplatOp>();
    if (broadcast && splat && broadcast.getAlong() == matrix::Extent::Scalar) {
      auto type = cast<RankedTensorType>(splat.getType())
                      .clone(broadcast.getValue().getType());
      auto filled = tensor::SplatOp::create(builder, op->getLoc(), type,
                                            broadcast.getValue(),
                                            splat.getDynamicSizes());
      broadcast.replaceAllUsesWith(filled.getResult());
      op->erase();
    }
  }
}

void steepest::sinkFills(OptimizerOp optimizer) {
  SmallVector<Operation *> fills;
  optimizer.walk([&](Operation *op) {
    auto broadcast = dyn_cast<matrix::BroadcastOp>(op);
    bool fill = isElementwise(op) &&
                (isa<tensor::SplatOp, arith::ConstantOp, matrix::IndexOp>(op) ||
                 (broadcast && broadcast.getAlong() == matrix::Extent::Scalar));
    if (fill)
      fills.push_back(op);
  });
  for (Operation *op : fills)
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
      Operation *user = use.getOwner();
      if (user->getBlock() == op->getBlock() || !isElementwise(user))
        continue;
      OpBuilder builder(user);
      use.set(builder.clone(*op)->getResult(0));
    }
}

void steepest::hoistScalars(OptimizerOp optimizer) {
  Block &block = optimizer.getBody().front();
  Operation *top = &block.front();
  llvm::SmallPtrSet<Operation *, 16> hoisted;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto early = [&](Value operand) {
      Operation *maker = operand.getDefiningOp();
      return !isa<RankedTensorType>(operand.getType()) &&
             (!maker || hoisted.contains(maker));
    };
    if (op.getNumRegions() != 0 || op.getNumResults() == 0 || !isPure(&op) ||
        isa<RankedTensorType>(op.getResult(0).getType()) ||
        !llvm::all_of(op.getOperands(), early))
      continue;
    hoisted.insert(&op);
    if (&op == top)
      top = op.getNextNode();
    else
      op.moveBefore(top);
  }
}
