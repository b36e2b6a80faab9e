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

static Value getReal(Emitter &e, Type type, double value) {
  return arith::ConstantOp::create(e, e.getFloatAttr(type, value));
}

/// The lower triangle of A, mirrored, in rows of leafOrder; zeros beyond.
static void emitLoad(Emitter &e, const ProductTile &tile, const MatrixView &a,
                     Value rows, Value mask) {
  Value zero = e.index(0), one = e.index(1);
  e.forEach(zero, a.rows, one, [&](Value i) {
    Value row = e.maskedLoad(a.flat, e.mul(i, a.stride), mask);
    e.store(row, rows, e.mul(i, inverse::leafOrder));
  });
  MatrixView square{rows, a.rows, a.rows, e.index(inverse::leafOrder)};
  emitMirror(e, square, zero, a.rows, tile.lanes, tile.lanesPer128);
}

Value inverse::emitLeaf(Emitter &e, const ProductTile &tile,
                        const MatrixView &a, Value pole, const MatrixView &into,
                        Value rows) {
  Type element = pole.getType();
  Value zero = e.index(0), one = e.index(1), order = a.rows;
  Value columns = e.maskBelow(order, leafOrder);
  emitLoad(e, tile, a, rows, columns);

  Value unity = getReal(e, element, 1);
  Value largest = getReal(e, element, std::numeric_limits<double>::infinity());
  Value none = getReal(e, element, 0);
  Value noneOfRow = e.zeros(element, leafOrder);
  auto load = [&](Value at) -> Value {
    return memref::LoadOp::create(e, rows, ValueRange(at));
  };
  auto isLess = [&](Value x, Value y) -> Value {
    return arith::CmpFOp::create(e, arith::CmpFPredicate::OLT, x, y);
  };

  auto step = [&](Value k, ValueRange found) -> SmallVector<Value> {
    Value at = e.mul(k, leafOrder);
    Value pivot = arith::AddFOp::create(e, load(e.add(at, k)), pole);
    // False for NaN.
    Value isGood = e.logicalAnd(isLess(none, pivot), isLess(pivot, largest));
    pivot = e.select(isGood, pivot, unity);
    Value negated = arith::DivFOp::create(e, getReal(e, element, -1), pivot);
    Value diagonal = e.maskAt(k, leafOrder);
    Value row = e.select(diagonal, e.splat(unity, leafOrder),
                         e.load(rows, at, leafOrder));
    e.forEach(e.add(k, one), order, one, [&](Value i) {
      Value multiple = arith::MulFOp::create(e, load(e.add(at, i)), negated);
      Value below = e.mul(i, leafOrder);
      Value old = e.select(diagonal, noneOfRow, e.load(rows, below, leafOrder));
      Value next =
          vector::FMAOp::create(e, e.splat(multiple, leafOrder), row, old);
      e.store(next, rows, below);
    });
    Value root =
        arith::DivFOp::create(e, unity, math::SqrtOp::create(e, pivot));
    Value scaled = arith::MulFOp::create(e, row, e.splat(root, leafOrder));
    Value lower =
        e.select(e.maskBelow(e.add(k, one), leafOrder), scaled, noneOfRow);
    e.maskedStore(lower, into.flat, e.mul(k, into.stride), columns);
    return {e.logicalAnd(found.front(), isGood)};
  };
  return e.fold(zero, order, one, e.yes(), step).front();
}
