//===- Optimize.h - what LLVM is asked to do --------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OPTIMIZE_H
#define STEEPEST_LIB_TARGET_CPU_OPTIMIZE_H

#include "llvm/IR/Module.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/Target/TargetMachine.h"

namespace steepest {

/// Optimizes `module` for `machine`.
///
/// Kernels come out of our emitters blocked, unrolled and vectorized. What is
/// left to LLVM is to clean up (memory to registers, common subexpressions,
/// combining of instructions), to move out of loops what they do not change,
/// and to make their counting fit the machine's addresses. Unrolling and
/// vectorizing once more, inlining, and copies of functions for the callbacks
/// they are given change no step's time, and take four times as long.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Keeps the code generator from reducing the strength of loops, which
/// `optimize` has done where it pays. To be set on the context before code is
/// generated.
class CodeGenerationGate : public llvm::OptPassGate {
public:
  bool isEnabled() const override { return true; }
  bool shouldRunPass(llvm::StringRef pass,
                     llvm::StringRef description) const override;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_OPTIMIZE_H
