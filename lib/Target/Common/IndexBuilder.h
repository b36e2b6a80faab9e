//===- IndexBuilder.h - arithmetic on nonnegative indices -------*- C++ -*-===//
//
// The little index arithmetic that cutting an index space into tasks takes,
// written once so that emission reads like the formula.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_COMMON_INDEXBUILDER_H
#define STEEPEST_LIB_TARGET_COMMON_INDEXBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace steepest {

class IndexBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(*this, value);
  }
  Value add(Value a, Value b) {
    return mlir::arith::AddIOp::create(*this, a, b);
  }
  Value add(Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }
  Value sub(Value a, Value b) {
    return mlir::arith::SubIOp::create(*this, a, b);
  }
  Value mul(Value a, Value b) {
    return mlir::arith::MulIOp::create(*this, a, b);
  }
  Value mul(Value a, int64_t b) { return mul(a, index(b)); }
  Value div(Value a, Value b) {
    return mlir::arith::DivUIOp::create(*this, a, b);
  }
  Value remainder(Value a, Value b) {
    return mlir::arith::RemUIOp::create(*this, a, b);
  }
  Value min(Value a, Value b) {
    return mlir::arith::MinUIOp::create(*this, a, b);
  }
  Value max(Value a, Value b) {
    return mlir::arith::MaxUIOp::create(*this, a, b);
  }
  /// Quotient rounded up; `b` is positive.
  Value ceilDiv(Value a, Value b) { return div(add(a, sub(b, index(1))), b); }
  /// The greatest multiple of `b` that is at most `a`.
  Value roundDown(Value a, int64_t b) {
    return b == 1 ? a : mul(div(a, index(b)), b);
  }
  /// The least multiple of `b` that is at least `a`.
  Value roundUp(Value a, int64_t b) { return mul(ceilDiv(a, index(b)), b); }
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_INDEXBUILDER_H
