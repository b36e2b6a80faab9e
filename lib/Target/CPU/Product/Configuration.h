//===- Configuration.h - the members of the kernel family -------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H

#include "dialect/Kernel/Kernel.h"

#include <string>

namespace steepest::product {

/// What is fixed at compile time about one product. Shapes and strides are not.
struct Configuration {
  mlir::Type element;
  bool transposeLhs, transposeRhs, symmetric;
  bool hasAlpha, hasAddend, hasGamma;

  static Configuration get(kernel::ProductOp op) {
    return {op.getInto().getType().getElementType(),
            op.getTransposeLhs(),
            op.getTransposeRhs(),
            op.getSymmetric(),
            bool(op.getAlpha()),
            bool(op.getAddend()),
            bool(op.getGamma())};
  }

  /// Such as `kernel.product_f32_nt_symmetric_scale_plus`. The dot keeps it
  /// apart from the names that users give.
  std::string getName() const {
    std::string name =
        element.isF64() ? "kernel.product_f64_" : "kernel.product_f32_";
    name += transposeLhs ? 't' : 'n';
    name += transposeRhs ? 't' : 'n';
    name += symmetric ? "_symmetric" : "";
    name += hasAlpha ? "_scale" : "";
    name += hasAddend ? "_plus" : "";
    name += hasGamma ? "_shift" : "";
    return name;
  }
};

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_CONFIGURATION_H
