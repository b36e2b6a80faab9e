//===- Matrix.h - the matrix dialect ----------------------------*- C++ -*-===//
//
// Umbrella header.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_MATRIX_H
#define STEEPEST_DIALECT_MATRIX_MATRIX_H

#include "dialect/Matrix/Real.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/Matrix/MatrixDialect.h.inc"

#include "dialect/Matrix/MatrixEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Matrix/MatrixAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialect/Matrix/MatrixOps.h.inc"

#endif // STEEPEST_DIALECT_MATRIX_MATRIX_H
