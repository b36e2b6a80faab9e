//===- ScalarFunctions.h - elementwise operations on numbers ----*- C++ -*-===//
//
// Each operation of `arith` and `math` is written once, on numbers; the
// interpreter applies it to scalars and to the elements of tensors.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_SCALARFUNCTIONS_H
#define STEEPEST_LIB_REFERENCE_SCALARFUNCTIONS_H

#include "lib/Reference/Value.h"
#include "mlir/IR/Operation.h"
#include <functional>

namespace steepest::reference {

/// One application of an elementwise operation.
struct ScalarCall {
  mlir::Operation *op;
  llvm::ArrayRef<Scalar> operands;
  /// Bits of each operand's element type, 64 for index.
  llvm::ArrayRef<unsigned> widths;
  /// Cleared when the result is undefined, as of a division by zero.
  bool defined = true;

  double real(unsigned i) const { return operands[i].real; }
  /// Operand `i` as a signed and as an unsigned integer.
  int64_t integer(unsigned i) const;
  uint64_t natural(unsigned i) const;
  int64_t undefined() {
    defined = false;
    return 0;
  }
};

/// Fills the member of the result that the result's element type selects.
/// Integers need not fit the type: the caller wraps them.
using ScalarFunction = std::function<Scalar(ScalarCall &)>;

/// The function of an operation, or null when it is not elementwise or not
/// known.
const ScalarFunction *findScalarFunction(mlir::OperationName name);

/// `value` as an integer type of `width` bits holds it: signed, except that an
/// i1 is 0 or 1.
int64_t wrapInteger(int64_t value, unsigned width);

/// Folds of floats in which a NaN among the operands wins.
double maximumOf(double a, double b);
double minimumOf(double a, double b);

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_SCALARFUNCTIONS_H
