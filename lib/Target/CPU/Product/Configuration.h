//===- Configuration.h - what is known about a product ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H

#include "dialect/Kernel/Kernel.h"

#include <string>

namespace steepest::product {

/// What the terms of a product are made of: the element type, or what it rounds
/// them to.
inline mlir::Type getFactorType(kernel::ProductOp op) {
  return op.getFactors().value_or(op.getInto().getType().getElementType());
}

/// What the factors of a product of these are stored as.
inline mlir::Type getStoredType(mlir::Type factor) {
  return factor.isBF16() ? mlir::Float32Type::get(factor.getContext()) : factor;
}

/// What is fixed at compile time about one product: the factor type chooses
/// the function, the rest are arguments that are constants. Where all calls
/// agree, LLVM makes them constants of the function.
struct Configuration {
  mlir::Type factor;
  bool transposeLhs, transposeRhs, symmetric;
  bool hasAlpha, hasAddend, hasGamma;
  bool lowerResult, lhsLower, rhsLower;
  bool lowerBlocksResult, lhsLowerBlocks, rhsLowerBlocks;

  static Configuration get(kernel::ProductOp op) {
    return {getFactorType(op),         op.getTransposeLhs(),
            op.getTransposeRhs(),      op.getSymmetric(),
            bool(op.getAlpha()),       bool(op.getAddend()),
            bool(op.getGamma()),       op.getLowerResult(),
            op.getLhsLower(),          op.getRhsLower(),
            op.getLowerBlocksResult(), op.getLhsLowerBlocks(),
            op.getRhsLowerBlocks()};
  }

  /// Such as `nt_symmetric_scale_plus`.
  std::string getForm() const {
    std::string form;
    form += transposeLhs ? 't' : 'n';
    form += transposeRhs ? 't' : 'n';
    form += symmetric ? "_symmetric" : "";
    form += lowerResult ? "_lower" : "";
    form += lhsLower ? "_lhslower" : "";
    form += rhsLower ? "_rhslower" : "";
    form += lowerBlocksResult ? "_blocks" : "";
    form += lhsLowerBlocks ? "_lhsblocks" : "";
    form += rhsLowerBlocks ? "_rhsblocks" : "";
    form += hasAlpha ? "_scale" : "";
    form += hasAddend ? "_plus" : "";
    form += hasGamma ? "_shift" : "";
    return form;
  }
};

/// What the products of one factor type in a module need: the branches for the
/// rest are not emitted.
struct Needs {
  bool copyLhs = false, transposeLhs = false;
  bool copyRhs = false, transposeRhs = false;
  bool mirror = false;
  bool lhsBlocks = false, rhsBlocks = false;

  /// op(A) = A and op(B) = B^T have rows along k, which are transposed when
  /// they are packed.
  void add(const Configuration &configuration) {
    (configuration.transposeLhs ? copyLhs : transposeLhs) = true;
    (configuration.transposeRhs ? transposeRhs : copyRhs) = true;
    mirror |= configuration.symmetric && !configuration.lowerResult;
    if (configuration.lhsLowerBlocks)
      copyLhs = transposeLhs = lhsBlocks = true;
    if (configuration.rhsLowerBlocks)
      copyRhs = transposeRhs = rhsBlocks = true;
  }
};

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H
