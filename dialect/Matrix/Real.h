//===- Real.h - a real number as an attribute parameter ---------*- C++ -*-===//
//
// Prints as the shortest decimal that reads back to the same double; reads
// decimals, integers, `inf` and `nan`. Equality is equality of bits, so that
// attributes can be uniqued.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_REAL_H
#define STEEPEST_DIALECT_MATRIX_REAL_H

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/bit.h"
#include <string>

namespace steepest::matrix {

struct Real {
  double value = 0;

  Real() = default;
  Real(double value) : value(value) {}
  operator double() const { return value; }
  friend bool operator==(Real a, Real b) {
    return llvm::bit_cast<uint64_t>(a.value) ==
           llvm::bit_cast<uint64_t>(b.value);
  }
  friend llvm::hash_code hash_value(Real real) {
    return llvm::hash_value(llvm::bit_cast<uint64_t>(real.value));
  }
};

/// The shortest decimal that MLIR's lexer reads back to `value`.
std::string printReal(double value);

inline mlir::AsmPrinter &operator<<(mlir::AsmPrinter &printer, Real real) {
  return printer << printReal(real.value);
}

mlir::FailureOr<Real> parseReal(mlir::AsmParser &parser);

} // namespace steepest::matrix

template <> struct mlir::FieldParser<steepest::matrix::Real> {
  static FailureOr<steepest::matrix::Real> parse(AsmParser &parser) {
    return steepest::matrix::parseReal(parser);
  }
};

#endif // STEEPEST_DIALECT_MATRIX_REAL_H
