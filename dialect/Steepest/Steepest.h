//===- Steepest.h - the steepest dialect ------------------------*- C++ -*-===//
//
// Umbrella header.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_STEEPEST_H
#define STEEPEST_DIALECT_STEEPEST_STEEPEST_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "dialect/Matrix/Matrix.h"
#include "dialect/Matrix/Real.h"
#include "dialect/Steepest/Facts.h"
#include "dialect/Steepest/Method.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/Steepest/SteepestDialect.h.inc"

#include "dialect/Steepest/SteepestEnums.h.inc"

#include "dialect/Steepest/SteepestInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Steepest/SteepestAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialect/Steepest/SteepestOps.h.inc"

#endif // STEEPEST_DIALECT_STEEPEST_STEEPEST_H
