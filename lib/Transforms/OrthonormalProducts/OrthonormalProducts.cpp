//===- OrthonormalProducts.cpp - products with orthonormal matrices that cancel
//===//

#include "dialect/Matrix/FormulaBuilder.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"

namespace steepest {
#define GEN_PASS_DEF_ORTHONORMALPRODUCTSPASS
#include "lib/Transforms/OrthonormalProducts/OrthonormalProducts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

using matrix::FormulaBuilder;

namespace {
/// op(value): the value, or its transpose.
struct Factor {
  Value value;
  bool transposed;

  bool isTransposeOf(const Factor &other) const {
    return value == other.value && transposed != other.transposed;
  }
};

struct OrthonormalProducts
    : steepest::impl::OrthonormalProductsPassBase<OrthonormalProducts> {
  using Base::Base;

  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    Facts facts(optimizer);
    // Whether op(A)^T op(A) = I.
    auto isOrthonormal = [&](const Factor &factor) {
      MatrixFacts known = facts.of(factor.value);
      return known.drift <= drift &&
             (factor.transposed ? known.orthonormalRows
                                : known.orthonormalColumns);
    };
    SmallVector<matrix::ProductOp> products;
    optimizer.walk([&](matrix::ProductOp op) {
      if (isPlain(op))
        products.push_back(op);
    });
    // Erased last: the facts are kept by the address of a value.
    SmallVector<Operation *> dead;
    for (matrix::ProductOp op : products) {
      OpBuilder builder(op);
      FormulaBuilder m(builder, op.getLoc());
      Value replacement;
      StringRef identity;
      Factor left{op.getLhs(), op.getTransposeLhs()};
      Factor right{op.getRhs(), op.getTransposeRhs()};
      if (right.isTransposeOf(left) && isOrthonormal(right)) {
        identity = "Q^T Q = I";
        Value extent = m.extent(right.value, right.transposed ? 0 : 1);
        Type element = getElementTypeOrSelf(op.getResult());
        replacement =
            m.identity(m.fill(m.constant(0, element), {extent, extent}));
      } else if (auto rest = cancel(left, right, isOrthonormal)) {
        identity = "Q^T (Q B) = B";
        replacement = rest->transposed ? m.transpose(rest->value) : rest->value;
      }
      if (!replacement || replacement.getType() != op.getResult().getType())
        continue;
      remark::passed(op.getLoc(), remark::RemarkOpts::name("OrthonormalProduct")
                                      .category("steepest-orthonormal-products")
                                      .function(optimizer.getSymName()))
          << remark::metric("extents", printExtents(op))
          << remark::add("{0}", identity);
      op.getResult().replaceAllUsesWith(replacement);
      dead.push_back(op);
    }
    for (Operation *op : llvm::reverse(dead))
      op->erase();
  }

private:
  /// The factors of op(A B), in order.
  static std::pair<Factor, Factor> factorsOf(matrix::ProductOp product,
                                             bool transposed) {
    Factor first{product.getLhs(), product.getTransposeLhs()};
    Factor second{product.getRhs(), product.getTransposeRhs()};
    if (!transposed)
      return {first, second};
    return {{second.value, !second.transposed},
            {first.value, !first.transposed}};
  }

  /// What L R comes to when a factor of one is the transpose of the other.
  static std::optional<Factor>
  cancel(const Factor &left, const Factor &right,
         function_ref<bool(const Factor &)> isOrthonormal) {
    if (matrix::ProductOp product = getPlainProduct(right.value)) {
      auto [q, rest] = factorsOf(product, right.transposed);
      if (left.isTransposeOf(q) && isOrthonormal(q))
        return rest;
    }
    if (matrix::ProductOp product = getPlainProduct(left.value)) {
      auto [rest, q] = factorsOf(product, left.transposed);
      if (right.isTransposeOf(q) && isOrthonormal(right))
        return rest;
    }
    return std::nullopt;
  }
};
} // namespace
