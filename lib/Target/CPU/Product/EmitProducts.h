//===- EmitProducts.h - products as generated kernels -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL_EMITPRODUCTSPASS
#include "lib/Target/CPU/Product/EmitProducts.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/Product/EmitProducts.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_H
