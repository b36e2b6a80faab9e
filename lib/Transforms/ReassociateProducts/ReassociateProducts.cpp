//===- ReassociateProducts.cpp - chains of products in their cheapest order
//===//

#include "dialect/Steepest/Extents.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Cost/Machine.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"

namespace steepest {
#define GEN_PASS_DEF_REASSOCIATEPRODUCTSPASS
#include "lib/Transforms/ReassociateProducts/ReassociateProducts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
/// op(value): the value, or its transpose.
struct Factor {
  Value value;
  bool transposed;
};

/// A, B and C of (A B) C or A (B C).
struct Chain {
  Factor a, b, c;
  matrix::ProductOp inner;
  bool leftFirst;
};

struct ReassociateProducts
    : steepest::impl::ReassociateProductsPassBase<ReassociateProducts> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<matrix::ProductOp> products;
    getOperation().walk([&](matrix::ProductOp op) { products.push_back(op); });
    // From the end: the outermost product of a chain first, whose new inner
    // product may be the outer one of another.
    while (!products.empty()) {
      matrix::ProductOp op = products.pop_back_val();
      if (matrix::ProductOp changed = reassociate(op, products))
        products.push_back(changed);
    }
  }

private:
  static std::optional<Chain> chainOf(matrix::ProductOp op, bool leftFirst);
  /// The new outer product; null where the order stays.
  matrix::ProductOp reassociate(matrix::ProductOp op,
                                SmallVector<matrix::ProductOp> &others);
  /// Times in both orders at some extents.
  bool isCheaper(const Chain &chain, Type element, std::string &text);
};
} // namespace

std::optional<Chain> ReassociateProducts::chainOf(matrix::ProductOp op,
                                                  bool leftFirst) {
  Value value = leftFirst ? op.getLhs() : op.getRhs();
  bool transposed = leftFirst ? op.getTransposeLhs() : op.getTransposeRhs();
  matrix::ProductOp inner = getPlainProduct(value);
  // A product of another block may run less often.
  if (!inner || !inner.getResult().hasOneUse() ||
      inner->getBlock() != op->getBlock())
    return std::nullopt;
  // These factors may be rounded, others may not.
  if (inner.getFactors() || op.getFactors())
    return std::nullopt;
  Factor first{inner.getLhs(), inner.getTransposeLhs()};
  Factor second{inner.getRhs(), inner.getTransposeRhs()};
  if (transposed) {
    std::swap(first, second);
    first.transposed = !first.transposed;
    second.transposed = !second.transposed;
  }
  if (leftFirst)
    return Chain{
        first, second, {op.getRhs(), op.getTransposeRhs()}, inner, true};
  return Chain{
      {op.getLhs(), op.getTransposeLhs()}, first, second, inner, false};
}

bool ReassociateProducts::isCheaper(const Chain &chain, Type element,
                                    std::string &text) {
  const Machine &machine =
      device ? Machine::forGPU() : Machine::forVectorBits(vectorBits);
  OptimizerOp optimizer = getOperation();
  std::optional<ExtentSource> sources[] = {
      getExtent(optimizer, chain.a.value, chain.a.transposed ? 1 : 0),
      getExtent(optimizer, chain.b.value, chain.b.transposed ? 1 : 0),
      getExtent(optimizer, chain.c.value, chain.c.transposed ? 1 : 0),
      getExtent(optimizer, chain.c.value, chain.c.transposed ? 0 : 1)};
  SmallVector<ExtentSource> open;
  for (const std::optional<ExtentSource> &source : sources) {
    if (!source)
      return false;
    if (!source->isStatic() && !llvm::is_contained(open, *source))
      open.push_back(*source);
  }
  // Every open extent takes each of these values.
  constexpr int64_t values[] = {32, 256, 1024, 4096};
  constexpr double worthwhile = 0.95;
  size_t cases = 1;
  for (size_t i = 0; i < open.size(); ++i)
    cases *= std::size(values);
  double before = 0, after = 0;
  for (size_t number = 0; number < cases; ++number) {
    auto extent = [&](unsigned i) {
      if (sources[i]->isStatic())
        return Monomial::number(sources[i]->size);
      size_t digits = number;
      for (const ExtentSource &source : open) {
        if (source == *sources[i])
          break;
        digits /= std::size(values);
      }
      return Monomial::number(values[digits % std::size(values)]);
    };
    Monomial p = extent(0), q = extent(1), r = extent(2), s = extent(3);
    Cost leftFirst = machine.product(p, q, r, element);
    leftFirst += machine.product(p, r, s, element);
    Cost rightFirst = machine.product(q, r, s, element);
    rightFirst += machine.product(p, q, s, element);
    double now = (chain.leftFirst ? leftFirst : rightFirst).at(1, 1);
    double then = (chain.leftFirst ? rightFirst : leftFirst).at(1, 1);
    if (then > now)
      return false;
    before += now;
    after += then;
  }
  text = printTime(before / cases) + " to " + printTime(after / cases);
  return after < worthwhile * before;
}

matrix::ProductOp
ReassociateProducts::reassociate(matrix::ProductOp op,
                                 SmallVector<matrix::ProductOp> &others) {
  Type element = getElementTypeOrSelf(op.getResult());
  for (bool leftFirst : {true, false}) {
    std::optional<Chain> chain = chainOf(op, leftFirst);
    std::string times;
    if (!chain || !isCheaper(*chain, element, times))
      continue;
    OpBuilder builder(op);
    auto extent = [](const Factor &factor, unsigned dim) {
      return cast<RankedTensorType>(factor.value.getType())
          .getDimSize(factor.transposed ? 1 - dim : dim);
    };
    const Factor &x = leftFirst ? chain->b : chain->a;
    const Factor &y = leftFirst ? chain->c : chain->b;
    auto type = RankedTensorType::get({extent(x, 0), extent(y, 1)}, element);
    auto inner = matrix::ProductOp::create(
        builder, chain->inner.getLoc(), type, x.value, y.value, Value(),
        Value(), Value(), Value(), x.transposed, y.transposed, false,
        /*factors=*/TypeAttr());
    Factor made{inner.getResult(), false};
    const Factor &left = leftFirst ? chain->a : made;
    const Factor &right = leftFirst ? made : chain->c;
    auto outer = matrix::ProductOp::create(
        builder, op.getLoc(), op.getResult().getType(), left.value, right.value,
        op.getAlpha(), op.getBeta(), op.getAddend(), op.getGamma(),
        left.transposed, right.transposed, op.getSymmetric(),
        /*factors=*/TypeAttr());
    remark::passed(op.getLoc(), remark::RemarkOpts::name("ReassociatedProduct")
                                    .category("steepest-reassociate-products")
                                    .function(getOperation().getSymName()))
        << remark::metric("time", times)
        << remark::add("{0}", leftFirst ? "(A B) C becomes A (B C)"
                                        : "A (B C) becomes (A B) C");
    op.getResult().replaceAllUsesWith(outer.getResult());
    llvm::erase(others, chain->inner);
    op->erase();
    chain->inner->erase();
    others.push_back(inner);
    return outer;
  }
  return {};
}
