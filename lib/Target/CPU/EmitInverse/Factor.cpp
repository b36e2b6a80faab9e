//===- Factor.cpp - the inverse of the Cholesky factor --------------------===//
//
// With h the split, P the memory for Schur complements and X the result:
//
//   X11 = Linv(A11 + p I), with spare memory for complements
//   X12 = T = X11 A21^T
//   P22 = A22 + p I - T^T T
//   X22 = Linv(P22), with complements in P22 and P21 to spare
//   P21 = T^T X11
//   X21 = -X22 P21
//   X12 = 0
//
// T instead of its transpose: a triangular factor on the left has its zeros
// left out by rows of 12, on the right by columns of 32 (at order 64, 171
// instead of 139 GF/s), and T^T T needs no transposing packing.
//
// P may be the last rows of A: what it is written over is not read again. The
// function calls itself; the depth is the logarithm of n over the order of a
// leaf.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/EmitInverse/Factor.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Function.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::product;

Value inverse::buildSplit(Emitter &e, Value n) {
  return e.mul(e.div(e.add(n, splitUnit), e.index(2 * splitUnit)), splitUnit);
}

static std::string getName(StringRef what, Type element) {
  return ("kernel.inverse_" + what + (element.isF64() ? "_f64" : "_f32")).str();
}

/// The function (A, pole, into, rows) -> i1 of `emitLeaf`.
static func::FuncOp getLeaf(SymbolTable &symbols, Type element, int64_t width,
                            const ProductTile &tile) {
  Type matrix = getMatrixType(element);
  Type truth = IntegerType::get(element.getContext(), 1);
  std::string name = getName("leaf", element) + "_" + std::to_string(width);
  return getFunction(symbols, name,
                     {matrix, element, matrix, getFlatType(element)}, truth,
                     [&](Emitter &e, func::FuncOp leaf) -> SmallVector<Value> {
                       auto arguments = leaf.getArguments();
                       return {inverse::emitLeaf(
                           e, tile, width, e.view(arguments[0]), arguments[1],
                           e.view(arguments[2]), arguments[3])};
                     });
}

/// The block of `rows` rows and `columns` columns from (row, column).
static Value buildBlock(Emitter &e, Value matrix, Value row, Value column,
                        Value rows, Value columns) {
  OpFoldResult one = e.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets{row, column}, sizes{rows, columns},
      strides{one, one};
  return memref::SubViewOp::create(e, matrix, offsets, sizes, strides);
}

static void emitClear(Emitter &e, const MatrixView &matrix, Type element) {
  constexpr int64_t width = inverse::splitUnit;
  Value zero = e.index(0), none = e.zeros(element, width);
  Value whole = e.roundDown(matrix.cols, width);
  Value mask = e.maskBelow(e.sub(matrix.cols, whole), width);
  e.forEach(zero, matrix.rows, e.index(1), [&](Value i) {
    Value row = e.mul(i, matrix.stride);
    e.forEach(zero, whole, e.index(width),
              [&](Value j) { e.store(none, matrix.flat, e.add(row, j)); });
    e.maskedStore(none, matrix.flat, e.add(row, whole), mask);
  });
}

namespace {

/// Emits the products of one split.
struct Split {
  Emitter &e;
  Value scratch;

  struct Terms {
    Value alpha, beta, addend, gamma;
  };

  void product(Value lhs, Value rhs, Value into, const Terms &terms,
               bool transposeLhs, bool transposeRhs, bool symmetric,
               bool lhsLower, bool rhsLower) {
    kernel::ProductOp::create(e, lhs, rhs, into, scratch, terms.alpha,
                              terms.beta, terms.addend, terms.gamma,
                              transposeLhs, transposeRhs, symmetric,
                              /*lower_result=*/symmetric, lhsLower, rhsLower,
                              /*factors=*/TypeAttr());
  }
};

} // namespace

/// One level of the recursion, for orders that are no leaves.
static Value emitSplit(Emitter &e, func::FuncOp factor) {
  auto arguments = factor.getArguments();
  Value a = arguments[0], pole = arguments[1], schur = arguments[2],
        spare = arguments[3], into = arguments[4], rows = arguments[5],
        scratch = arguments[6];
  Type element = pole.getType();
  Value zero = e.index(0);
  Value n = memref::DimOp::create(e, a, 0);
  Value h = inverse::buildSplit(e, n), rest = e.sub(n, h);
  auto real = [&](double value) -> Value {
    return arith::ConstantOp::create(e, e.getFloatAttr(element, value));
  };
  auto call = [&](Value a, Value pole, Value schur, Value spare, Value into) {
    return func::CallOp::create(
               e, factor,
               ValueRange{a, pole, schur, spare, into, rows, scratch})
        .getResult(0);
  };

  Value a11 = buildBlock(e, a, zero, zero, h, h);
  Value a21 = buildBlock(e, a, h, zero, rest, h);
  Value a22 = buildBlock(e, a, h, h, rest, rest);
  Value x11 = buildBlock(e, into, zero, zero, h, h);
  Value x12 = buildBlock(e, into, zero, h, h, rest);
  Value x21 = buildBlock(e, into, h, zero, rest, h);
  Value x22 = buildBlock(e, into, h, h, rest, rest);
  Value p21 = buildBlock(e, schur, zero, zero, rest, h);
  Value p22 = buildBlock(e, schur, zero, h, rest, rest);
  Value innerSplit = inverse::buildSplit(e, rest);
  Value innerSchur =
      buildBlock(e, p22, innerSplit, zero, e.sub(rest, innerSplit), rest);

  Split split{e, scratch};
  Value minusOne = real(-1);
  Value first = call(a11, pole, spare, spare, x11);
  split.product(x11, a21, x12, {}, /*transposeLhs=*/false,
                /*transposeRhs=*/true, /*symmetric=*/false, /*lhsLower=*/true,
                /*rhsLower=*/false);
  split.product(x12, x12, p22, {minusOne, real(1), a22, pole},
                /*transposeLhs=*/true, /*transposeRhs=*/false,
                /*symmetric=*/true, /*lhsLower=*/false, /*rhsLower=*/false);
  Value second = call(p22, real(0), innerSchur, p21, x22);
  split.product(x12, x11, p21, {}, /*transposeLhs=*/true,
                /*transposeRhs=*/false, /*symmetric=*/false, /*lhsLower=*/false,
                /*rhsLower=*/true);
  split.product(x22, p21, x21, {minusOne, {}, {}, {}}, /*transposeLhs=*/false,
                /*transposeRhs=*/false, /*symmetric=*/false, /*lhsLower=*/true,
                /*rhsLower=*/false);
  emitClear(e, e.view(x12), element);
  return e.logicalAnd(first, second);
}

/// Calls the narrowest leaf that is wide enough, from `width` on, or `split`.
static SmallVector<Value> emitByOrder(Emitter &e, Value n, int64_t width,
                                      int64_t widest,
                                      function_ref<Value(int64_t)> leaf,
                                      function_ref<Value()> split) {
  if (width > widest)
    return {split()};
  return e.either(
      e.lessEqual(n, e.index(width)),
      [&]() -> SmallVector<Value> { return {leaf(width)}; },
      [&] { return emitByOrder(e, n, 2 * width, widest, leaf, split); });
}

func::FuncOp inverse::getFactor(SymbolTable &symbols, Type element,
                                const ProductTile &tile) {
  Type matrix = getMatrixType(element);
  Type truth = IntegerType::get(element.getContext(), 1);
  return getFunction(
      symbols, getName("factor", element),
      {matrix, element, matrix, matrix, matrix, getFlatType(element),
       kernel::getBytesType(element.getContext())},
      truth, [&](Emitter &e, func::FuncOp factor) {
        auto arguments = factor.getArguments();
        auto leaf = [&](int64_t width) -> Value {
          return func::CallOp::create(e, getLeaf(symbols, element, width, tile),
                                      ValueRange{arguments[0], arguments[1],
                                                 arguments[4], arguments[5]})
              .getResult(0);
        };
        return emitByOrder(e, memref::DimOp::create(e, arguments[0], 0),
                           splitUnit, getLeafOrder(tile), leaf,
                           [&] { return emitSplit(e, factor); });
      });
}
