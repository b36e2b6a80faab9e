//===- Leaf.cpp - inverse factors of small matrices -----------------------===//
//
// Gaussian elimination on rows of [A, I]: step k subtracts multiples of row k
// from the rows below it. What is left of A is upper triangular and never read
// again; what has become of I is W, unit lower triangular, and W A W^T = D is
// diagonal, so that D^-1/2 W is the inverse of the Cholesky factor.
//
// One row holds both: after step k its entries up to k belong to W and those
// from k + 1 on to A. By symmetry the multiple for row i is entry i of row k,
// which the step does not change: rows are independent of one another.
//
// Four steps are taken together, so that the rows below are read and written
// once for four multiples. What a step waits for, its pivot and the multiples
// of the four rows themselves, is done in scalars.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/EmitInverse/Leaf.h"

#include "lib/Target/CPU/Product/Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;
using namespace steepest;
using namespace steepest::product;

/// Steps that are taken together.
static constexpr int64_t panel = 4;

int64_t inverse::getLeafOrder(const ProductTile &tile) {
  // Longer rows take masks that cost nothing.
  return tile.hasMasks() ? 2 * splitUnit : splitUnit;
}

namespace {

class LeafEmitter {
public:
  using Value = mlir::Value;

  LeafEmitter(Emitter &e, const ProductTile &tile, int64_t width,
              const MatrixView &a, Value pole, const MatrixView &into,
              Value rows)
      : e(e), tile(tile), width(width), a(a), into(into), pole(pole),
        rows(rows), order(a.rows), columns(e.maskBelow(a.rows, width)),
        element(pole.getType()), none(getReal(0)), one(getReal(1)),
        noneOfRow(e.zeros(element, width)) {}

  Value emit() {
    load();
    Value largest = getReal(std::numeric_limits<double>::infinity());
    SmallVector<Value> found =
        e.fold(e.index(0), order, e.index(panel), {largest, none},
               [&](Value k, ValueRange found) { return emitPanel(k, found); });
    Value isPositive = compare(arith::CmpFPredicate::OLT, none, found[0]);
    Value isFinite = compare(arith::CmpFPredicate::OEQ, none, found[1]);
    return e.logicalAnd(isPositive, isFinite);
  }

private:
  Value getReal(double value) {
    return arith::ConstantOp::create(e, e.getFloatAttr(element, value));
  }
  Value load(Value at) {
    return memref::LoadOp::create(e, rows, ValueRange(at));
  }
  Value compare(arith::CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(e, predicate, x, y);
  }
  Value multiply(Value x, Value y) { return arith::MulFOp::create(e, x, y); }
  /// x y + z for scalars, fused where the processor has that.
  Value fuse(Value x, Value y, Value z) {
    auto fused = arith::FastMathFlags::contract;
    return arith::AddFOp::create(e, arith::MulFOp::create(e, x, y, fused), z,
                                 fused);
  }
  /// x + multiple y for a row y.
  Value addMultiple(Value x, Value multiple, Value y) {
    return vector::FMAOp::create(e, e.splat(multiple, width), y, x);
  }
  Value getRow(Value k) { return e.mul(k, width); }

  void load();
  /// Steps k to k + 3. Carries the least pivot, and a sum that is zero as long
  /// as all pivots are finite: nothing waits for what they are, and it is
  /// looked at once.
  SmallVector<Value> emitPanel(Value k, ValueRange found);
  /// The rows below those from k on, of which `eliminated` tells.
  void emitRowsBelow(Value k, ArrayRef<Value> eliminated, Value isPanel);

  Emitter &e;
  const ProductTile &tile;
  int64_t width;
  const MatrixView &a, &into;
  Value pole, rows, order, columns;
  Type element;
  Value none, one, noneOfRow;
};

} // namespace

/// The lower triangle of A + pole I, mirrored; rows of the identity beyond.
void LeafEmitter::load() {
  Value zero = e.index(0), next = e.index(1);
  e.forEach(zero, order, next, [&](Value i) {
    Value row = e.maskedLoad(a.flat, e.mul(i, a.stride), columns);
    Value shifted = arith::AddFOp::create(e, row, e.splat(pole, width));
    e.store(e.select(e.maskAt(i, width), shifted, row), rows, getRow(i));
  });
  // As far as panels, and the registers that are mirrored, reach.
  Value extended = e.roundUp(order, std::max(tile.lanes, panel));
  e.forEach(order, extended, next, [&](Value i) {
    Value row = e.select(e.maskAt(i, width), e.splat(one, width), noneOfRow);
    e.store(row, rows, getRow(i));
  });
  MatrixView square{rows, extended, extended, e.index(width)};
  emitMirror(e, square, zero, extended, /*onlyBlocks=*/e.no(), tile.lanes,
             tile.lanesPer128);
}

SmallVector<Value> LeafEmitter::emitPanel(Value k, ValueRange found) {
  // The block on the diagonal, in scalars: pivots, and the multiples of its
  // rows.
  SmallVector<SmallVector<Value>> block(panel), multiples(panel);
  for (int64_t s = 0; s < panel; ++s) {
    Value at = e.add(getRow(e.add(k, s)), k);
    for (int64_t t = 0; t < panel; ++t)
      block[s].push_back(t < s ? Value() : load(e.add(at, t)));
  }
  Value minusOne = getReal(-1), least = found[0], differences = found[1];
  SmallVector<Value> roots, negated;
  for (int64_t s = 0; s < panel; ++s) {
    Value pivot = block[s][s];
    // NaN, which is not less, shows in the sum.
    Value isLess = compare(arith::CmpFPredicate::OLT, pivot, least);
    least = e.select(isLess, pivot, least);
    differences = arith::AddFOp::create(e, differences,
                                        arith::SubFOp::create(e, pivot, pivot));
    negated.push_back(arith::DivFOp::create(e, minusOne, pivot));
    roots.push_back(
        arith::DivFOp::create(e, one, math::SqrtOp::create(e, pivot)));
    multiples[s].resize(panel);
    for (int64_t t = s + 1; t < panel; ++t) {
      multiples[s][t] = multiply(block[s][t], negated[s]);
      for (int64_t r = t; r < panel; ++r)
        block[t][r] = fuse(multiples[s][t], block[s][r], block[t][r]);
    }
  }

  // The rows of the panel.
  Value isPanel = arith::XOrIOp::create(e, e.maskBelow(e.add(k, panel), width),
                                        e.maskBelow(k, width));
  SmallVector<Value> eliminated;
  for (int64_t s = 0; s < panel; ++s) {
    Value at = e.add(k, s);
    Value row = e.select(isPanel, noneOfRow, e.load(rows, getRow(at), width));
    row = e.select(e.maskAt(at, width), e.splat(one, width), row);
    for (int64_t t = 0; t < s; ++t)
      row = addMultiple(row, multiples[t][s], eliminated[t]);
    eliminated.push_back(row);
    e.store(multiply(row, e.splat(negated[s], width)), rows, getRow(at));
  }
  emitRowsBelow(k, eliminated, isPanel);

  for (int64_t s = 0; s < panel; ++s) {
    Value at = e.add(k, s);
    auto write = [&] {
      Value scaled = multiply(eliminated[s], e.splat(roots[s], width));
      Value lower =
          e.select(e.maskBelow(e.add(at, 1), width), scaled, noneOfRow);
      e.maskedStore(lower, into.flat, e.mul(at, into.stride), columns);
    };
    // Rows of the identity are not part of the result.
    if (s == 0)
      write();
    else
      e.when(e.less(at, order), write);
  }
  return {least, differences};
}

void LeafEmitter::emitRowsBelow(Value k, ArrayRef<Value> eliminated,
                                Value isPanel) {
  Value end = e.roundUp(order, panel);
  e.forEach(e.add(k, panel), end, e.index(1), [&](Value i) {
    Value at = getRow(i);
    Value row = e.select(isPanel, noneOfRow, e.load(rows, at, width));
    for (auto [s, other] : llvm::enumerate(eliminated))
      row = addMultiple(row, load(e.add(getRow(e.add(k, s)), i)), other);
    e.store(row, rows, at);
  });
}

Value inverse::emitLeaf(Emitter &e, const ProductTile &tile, int64_t width,
                        const MatrixView &a, Value pole, const MatrixView &into,
                        Value rows) {
  return LeafEmitter(e, tile, width, a, pole, into, rows).emit();
}
