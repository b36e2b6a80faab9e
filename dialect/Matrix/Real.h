//===- Real.h - a real number as an attribute parameter ---------*- C++ -*-===//
//
// Prints as the shortest decimal that reads back to the same double; reads
// decimals, integers, `inf` and `nan`. Equality is equality of bits, so that
// attributes can be uniqued. `Reals` is a list of them: a `DenseF64ArrayAttr`
// keeps the bits too, but prints six digits.
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

struct Reals {
  mlir::DenseF64ArrayAttr values;

  Reals(mlir::DenseF64ArrayAttr values) : values(values) {}
  operator llvm::ArrayRef<double>() const { return values.asArrayRef(); }
  llvm::ArrayRef<double> asArrayRef() const { return values.asArrayRef(); }
  size_t size() const { return values.size(); }
  friend bool operator==(Reals a, Reals b) { return a.values == b.values; }
  friend llvm::hash_code hash_value(Reals reals) {
    return hash_value(reals.values);
  }
};

/// [1.0, 0.5].
mlir::AsmPrinter &operator<<(mlir::AsmPrinter &printer, Reals reals);
mlir::FailureOr<Reals> parseReals(mlir::AsmParser &parser);

} // namespace steepest::matrix

template <> struct mlir::FieldParser<steepest::matrix::Real> {
  static FailureOr<steepest::matrix::Real> parse(AsmParser &parser) {
    return steepest::matrix::parseReal(parser);
  }
};

template <> struct mlir::FieldParser<steepest::matrix::Reals> {
  static FailureOr<steepest::matrix::Reals> parse(AsmParser &parser) {
    return steepest::matrix::parseReals(parser);
  }
};

#endif // STEEPEST_DIALECT_MATRIX_REAL_H
