//===- Pairs.cpp - factors rounded to bf16 --------------------------------===//

#include "lib/Target/CPU/Product/Pairs.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace steepest::product {

static int64_t lanesOf(Value vector) {
  return cast<VectorType>(vector.getType()).getDimSize(0);
}

static Value bitcast(Emitter &e, Value vector, int64_t lanes, Type element) {
  return vector::BitCastOp::create(e, VectorType::get({lanes}, element),
                                   vector);
}

static Value round(Emitter &e, Value terms) {
  auto type = VectorType::get({lanesOf(terms)}, e.getBF16Type());
  return arith::TruncFOp::create(e, type, terms);
}

Value roundNeighbours(Emitter &e, Value terms) {
  return bitcast(e, round(e, terms), lanesOf(terms) / 2, e.getF32Type());
}

Value roundTogether(Emitter &e, Value first, Value second) {
  int64_t lanes = lanesOf(first);
  auto wide = VectorType::get({lanes}, e.getI32Type());
  auto bits = [&](Value terms) -> Value {
    Value narrow = bitcast(e, round(e, terms), lanes, e.getI16Type());
    return arith::ExtUIOp::create(e, wide, narrow);
  };
  Value half = arith::ConstantOp::create(
      e, DenseElementsAttr::get(wide, e.getI32IntegerAttr(16)));
  Value high = arith::ShLIOp::create(e, bits(second), half);
  return bitcast(e, arith::OrIOp::create(e, bits(first), high), lanes,
                 e.getF32Type());
}

Value addPairs(Emitter &e, Value sum, Value a, Value b) {
  auto terms = [&](Value pairs) {
    return bitcast(e, pairs, 2 * pairLanes, e.getBF16Type());
  };
  return LLVM::CallIntrinsicOp::create(
             e, sum.getType(),
             e.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
             ValueRange{sum, terms(a), terms(b)})
      .getResult(0);
}

} // namespace steepest::product
