//===- Normalize.cpp - canonical specs ------------------------------------===//
//
// After this pass a direction has a canonical, unscaled norm and a number, and
// every tensor is one vector or one matrix.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Models/Norms/Norms.h"
#include "lib/Transforms/Normalize/CheckExtents.h"
#include "lib/Transforms/Normalize/CheckRetractions.h"
#include "lib/Transforms/Normalize/Products.h"
#include "lib/Transforms/Passes.h"

namespace steepest {
#define GEN_PASS_DEF_NORMALIZEPASS
#include "lib/Transforms/Normalize/Normalize.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static constexpr StringLiteral category = "steepest-normalize";

/// The type of one problem of a batch.
static Type withoutBatch(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() != 3)
    return type;
  return RankedTensorType::get(tensor.getShape().drop_front(),
                               tensor.getElementType());
}

/// Rewrites every type of the rule. Only ops that act on each problem alone
/// keep their meaning: our own, and elementwise ones.
static LogicalResult splitBatch(OptimizerOp optimizer) {
  Block &block = optimizer.getBody().front();
  auto isBatch = [](Type type) { return withoutBatch(type) != type; };
  unsigned tensors = 2 * optimizer.getNumParameters();
  if (llvm::none_of(block.getArgumentTypes(), isBatch))
    return success();
  for (BlockArgument argument : block.getArguments().take_front(tensors))
    if (!isBatch(argument.getType()))
      return optimizer.emitOpError()
             << "expects batches of matrices throughout, got "
             << argument.getType() << " for '"
             << optimizer.getArgumentName(argument.getArgNumber()) << "'";
  // Conditionals and loops hand on what is in them; their conditions and bounds
  // are scalars, which are those of all problems.
  WalkResult dependent = block.walk([&](Operation *op) {
    bool independent =
        isa<SteepestDialect, scf::SCFDialect>(op->getDialect()) ||
        op->hasTrait<OpTrait::Elementwise>() ||
        llvm::none_of(op->getOperandTypes(), isBatch);
    if (independent)
      return WalkResult::advance();
    InFlightDiagnostic error =
        op->emitOpError()
        << "expects an op that treats the matrices of a batch alike";
    error.attachNote() << "declare one matrix; the host may hand in a batch of "
                          "them all the same";
    return WalkResult::interrupt();
  });
  if (dependent.wasInterrupted())
    return failure();
  for (BlockArgument argument : block.getArguments())
    argument.setType(withoutBatch(argument.getType()));
  block.walk([&](Operation *op) {
    for (Value result : op->getResults())
      result.setType(withoutBatch(result.getType()));
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        argument.setType(withoutBatch(argument.getType()));
    auto constant = dyn_cast<arith::ConstantOp>(op);
    auto splat =
        constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : nullptr;
    if (splat && isBatch(splat.getType()))
      constant.setValueAttr(SplatElementsAttr::get(
          cast<ShapedType>(withoutBatch(splat.getType())),
          splat.getSplatValue<Attribute>()));
  });
  remark::passed(optimizer.getLoc(), remark::RemarkOpts::name("BatchSplit")
                                         .category(category)
                                         .function(optimizer.getSymName()))
      << remark::add("a batch is a list of independent problems");
  return success();
}

/// Replaces the norm by its simplest equal form, as often as there is one.
static void canonicalizeNorm(DirectionOp op, StringRef function) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  while (auto norm = dyn_cast<NormAttrInterface>(op.getNorm())) {
    Attribute canonical = norm.getCanonicalNorm(type);
    if (canonical == op.getNorm())
      return;
    remark::passed(op.getLoc(), remark::RemarkOpts::name("CanonicalNorm")
                                    .category(category)
                                    .function(function))
        << remark::metric("norm", op.getNorm())
        << remark::metric("canonical", canonical);
    op.setNormAttr(canonical);
  }
}

/// direction(N / r) = r direction(N).
static void splitRadius(DirectionOp op, StringRef function) {
  auto scaled = dyn_cast<ScaledAttr>(op.getNorm());
  if (!scaled)
    return;
  remark::passed(op.getLoc(), remark::RemarkOpts::name("RadiusSplit")
                                  .category(category)
                                  .function(function))
      << remark::metric("norm", op.getNorm());
  op.setNormAttr(scaled.getNorm());
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  matrix::FormulaBuilder m(builder, op.getLoc());
  Value radius = buildRadius(m, scaled, op.getInput());
  if (op.getPenalty())
    radius = m.square(radius);
  Value factor = m.cast(radius, getElementTypeOrSelf(op.getResult()));
  auto result = ScaleOp::create(builder, op.getLoc(), op.getResult().getType(),
                                op.getResult(), factor);
  op.getResult().replaceAllUsesExcept(result, result);
}

namespace {
struct Normalize : steepest::impl::NormalizePassBase<Normalize> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    if (failed(splitBatch(optimizer)) || failed(checkExtents(optimizer)))
      return signalPassFailure();
    SmallVector<DirectionsOp> products(
        optimizer.getBody().front().getOps<DirectionsOp>());
    for (DirectionsOp op : products)
      splitProduct(op, optimizer.getSymName());
    checkRetractions(optimizer);
    int32_t index = 0;
    SmallVector<DirectionOp> directions(
        optimizer.getBody().front().getOps<DirectionOp>());
    for (DirectionOp op : directions) {
      op.setIndex(index++);
      // A scaled norm may hide a scaled norm.
      do {
        canonicalizeNorm(op, optimizer.getSymName());
        splitRadius(op, optimizer.getSymName());
      } while (isa<ScaledAttr>(op.getNorm()));
      canonicalizeNorm(op, optimizer.getSymName());
    }
  }
};
} // namespace
