//===- FoldEpilogues.cpp - scaling and adding go into products ------------===//

#include "dialect/Matrix/FormulaBuilder.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

namespace steepest {
#define GEN_PASS_DEF_FOLDEPILOGUESPASS
#include "lib/Transforms/FoldEpilogues/FoldEpilogues.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

using matrix::FormulaBuilder;

/// The scalar s of a matrix whose entries are all s; null for others.
static Value entryOf(Value value) {
  auto broadcast = value.getDefiningOp<matrix::BroadcastOp>();
  return broadcast && broadcast.getAlong() == matrix::Extent::Scalar
             ? broadcast.getValue()
             : Value();
}

/// s A as A and s; s is null for 1.
static std::pair<Value, Value> splitScale(Value value) {
  if (auto scaled = value.getDefiningOp<arith::MulFOp>())
    for (unsigned i = 0; i < 2; ++i)
      if (Value factor = entryOf(scaled->getOperand(i)))
        return {scaled->getOperand(1 - i), factor};
  return {value, {}};
}

/// Whether a matrix lies in memory whatever becomes of this use.
static bool existsAnyway(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || !op->hasTrait<OpTrait::Elementwise>() || !value.hasOneUse();
}

/// Whether `user` alone reads the value: directly, or its shape for a factor of
/// `user`.
static bool isReadBy(Value value, Operation *user) {
  auto belongs = [&](Operation *op) {
    return op == user || (isa<arith::MulFOp>(op) && op->hasOneUse() &&
                          *op->user_begin() == user);
  };
  unsigned reads = 0;
  for (OpOperand &use : value.getUses()) {
    if (use.getOwner() == user) {
      ++reads;
      continue;
    }
    auto factor = dyn_cast<matrix::BroadcastOp>(use.getOwner());
    if (!factor || factor.getValue() == value ||
        !llvm::all_of(factor->getUsers(), belongs))
      return false;
  }
  return reads == 1;
}

/// A product that nobody else reads and that `user` can take the place of.
static matrix::ProductOp productFor(Value value, Operation *user) {
  auto product = value.getDefiningOp<matrix::ProductOp>();
  if (!product || !isReadBy(value, user) ||
      product->getBlock() != user->getBlock())
    return {};
  return product;
}

namespace {
struct FoldEpilogues : steepest::impl::FoldEpiloguesPassBase<FoldEpilogues> {
  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    Facts facts(optimizer);
    SmallVector<Operation *> work;
    optimizer.walk([&](Operation *op) {
      if (isa<arith::MulFOp, arith::AddFOp, arith::SubFOp>(op))
        work.push_back(op);
    });
    for (Operation *op : work) {
      auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
      if (!type || type.getRank() != 2)
        continue;
      matrix::ProductOp folded =
          isa<arith::MulFOp>(op) ? scale(op) : add(facts, op);
      if (!folded)
        continue;
      remark::passed(op->getLoc(), remark::RemarkOpts::name("FoldedEpilogue")
                                       .category("steepest-fold-epilogues")
                                       .function(optimizer.getSymName()))
          << remark::metric("extents", printExtents(folded))
          << remark::metric("operation", op->getName().getStringRef());
      op->getResult(0).replaceAllUsesWith(folded.getResult());
    }
    // Last, since facts are kept by the address of a value.
    IRRewriter rewriter(optimizer.getContext());
    (void)runRegionDCE(rewriter, optimizer->getRegions());
  }

private:
  struct Epilogue {
    Value alpha, beta, addend, gamma;
  };

  static matrix::ProductOp replace(Operation *user, matrix::ProductOp product,
                                   const Epilogue &epilogue) {
    OpBuilder builder(user);
    return matrix::ProductOp::create(
        builder, product.getLoc(), product.getResult().getType(),
        product.getLhs(), product.getRhs(), epilogue.alpha, epilogue.beta,
        epilogue.addend, epilogue.gamma, product.getTransposeLhs(),
        product.getTransposeRhs(), product.getSymmetric(),
        product.getFactorsAttr());
  }

  /// s (alpha A B + gamma I).
  static matrix::ProductOp scale(Operation *op) {
    for (unsigned i = 0; i < 2; ++i) {
      Value factor = entryOf(op->getOperand(1 - i));
      matrix::ProductOp product = productFor(op->getOperand(i), op);
      if (!factor || !product || product.getAddend())
        continue;
      OpBuilder builder(op);
      FormulaBuilder m(builder, op->getLoc());
      auto times = [&](Value value) {
        return value ? m.mul(value, factor) : value;
      };
      Value alpha = product.getAlpha() ? times(product.getAlpha()) : factor;
      return replace(op, product, {alpha, {}, {}, times(product.getGamma())});
    }
    return {};
  }

  /// alpha A B + gamma I + s D, or a difference of the two.
  static matrix::ProductOp add(const Facts &facts, Operation *op) {
    bool difference = isa<arith::SubFOp>(op);
    for (unsigned i = 0; i < 2; ++i) {
      matrix::ProductOp product = productFor(op->getOperand(i), op);
      if (!product || product.getAddend())
        continue;
      auto [addend, beta] = splitScale(op->getOperand(1 - i));
      bool shifts = isIdentityMatrix(addend) && facts.of(addend).square &&
                    !product.getGamma();
      if (!shifts && !existsAnyway(addend))
        continue;
      // Half a result cannot take what has two different halves.
      if (!shifts && product.getSymmetric() && !facts.of(addend).symmetric)
        continue;
      OpBuilder builder(op);
      FormulaBuilder m(builder, op->getLoc());
      Value one = m.constant(1, getElementTypeOrSelf(product.getResult()));
      if (!beta)
        beta = one;
      Epilogue epilogue{product.getAlpha(), {}, {}, product.getGamma()};
      if (difference && i == 0)
        beta = m.neg(beta);
      if (difference && i == 1) {
        epilogue.alpha = m.neg(epilogue.alpha ? epilogue.alpha : one);
        if (epilogue.gamma)
          epilogue.gamma = m.neg(epilogue.gamma);
      }
      if (shifts) {
        epilogue.gamma = beta;
      } else {
        epilogue.beta = beta;
        epilogue.addend = addend;
      }
      return replace(op, product, epilogue);
    }
    return {};
  }
};
} // namespace
