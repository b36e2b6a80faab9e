//===- Exponent.h - numbers that MLIR's lexer takes apart -------*- C++ -*-===//

#ifndef STEEPEST_DIALECT_MATRIX_EXPONENT_H
#define STEEPEST_DIALECT_MATRIX_EXPONENT_H

#include "mlir/IR/OpImplementation.h"

namespace steepest::matrix {

/// Reads nothing; reports a number with an exponent and no point, as 1e-12: to
/// MLIR's lexer, that is `1`, `e`, `-` and `12`.
mlir::ParseResult checkPoint(mlir::AsmParser &parser);

} // namespace steepest::matrix

#endif // STEEPEST_DIALECT_MATRIX_EXPONENT_H
