//===- Loop.h - iterations inside formulas ----------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_MODELS_LOOP_H
#define STEEPEST_LIB_MODELS_LOOP_H

#include "dialect/Matrix/FormulaBuilder.h"

namespace steepest {

using Values = mlir::SmallVector<mlir::Value>;

/// while (isOpen(state)) state = step(state); returns the last state. Scalars
/// and tensors alike; the types of the state stay.
Values buildLoop(
    matrix::FormulaBuilder &m, Values init,
    llvm::function_ref<mlir::Value(matrix::FormulaBuilder &, mlir::ValueRange)>
        isOpen,
    llvm::function_ref<Values(matrix::FormulaBuilder &, mlir::ValueRange)>
        step);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_LOOP_H
