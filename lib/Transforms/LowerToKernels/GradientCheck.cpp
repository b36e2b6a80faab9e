//===- GradientCheck.cpp - passes that a host can make needless -----------===//
//
// A step writes nothing before all of its gradients have been seen to be
// finite. Where other passes come before the update, one of them looks as well;
// an elementwise rule has none, and reads its gradients once more for that
// alone. It need not when the host vouches for them.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerToKernels/Lowering.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;

/// Whether nothing is made of `largest` but the requirement that it be finite.
static bool isOnlyRequiredFinite(Value largest) {
  return llvm::all_of(largest.getUsers(), [](Operation *user) {
    auto compare = dyn_cast<arith::CmpFOp>(user);
    if (!compare || compare.getPredicate() != arith::CmpFPredicate::OLT ||
        !matchPattern(compare.getRhs(), m_PosInfFloat()))
      return false;
    return llvm::all_of(compare->getUsers(), [](Operation *user) {
      auto require = dyn_cast<matrix::RequireOp>(user);
      return require && require.getStatus() == STEEPEST_NONFINITE;
    });
  });
}

bool Lowering::isGradientCheck(matrix::MapOp map) {
  auto isGradient = [&](Value input) {
    auto argument = dyn_cast<BlockArgument>(input);
    unsigned end = 2 * optimizer.getNumParameters();
    return argument && argument.getOwner()->getParentOp() == optimizer &&
           argument.getArgNumber() < end && argument.getArgNumber() % 2 == 1;
  };
  return llvm::all_of(map.getInputs(), isGradient) &&
         llvm::all_of(map.getResults(), [](Value result) {
           return !isTensor(result) && isOnlyRequiredFinite(result);
         });
}

LogicalResult Lowering::lowerGradientCheck(matrix::MapOp map) {
  Location loc = map.getLoc();
  remark::passed(loc, remark::RemarkOpts::name("GradientCheckApart")
                          .category("steepest-lower-to-kernels")
                          .function(optimizer.getSymName()))
      << remark::reason("the pass does nothing but look for gradients that are "
                        "not finite, so that a host may vouch for them instead")
      << remark::metric("reads", static_cast<int64_t>(map.getInputs().size()));
  Value vouched =
      kernel::FiniteGradientsOp::create(builder, loc, builder.getI1Type());
  auto branch = scf::IfOp::create(builder, loc, map.getResultTypes(), vouched,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> zeros;
  for (Type type : map.getResultTypes())
    zeros.push_back(
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)));
  scf::YieldOp::create(builder, loc, zeros);
  builder.setInsertionPointToStart(branch.elseBlock());
  if (failed(lowerMap(map, {})))
    return failure();
  scf::YieldOp::create(builder, loc, scalarsOf(map.getResults()));
  for (auto [result, chosen] : llvm::zip(map.getResults(), branch.getResults()))
    scalars.map(result, chosen);
  return success();
}
