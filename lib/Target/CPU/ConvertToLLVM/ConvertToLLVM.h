//===- ConvertToLLVM.h - the last conversion -------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_H
#define STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/ConvertToLLVM/ConvertToLLVM.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_H
