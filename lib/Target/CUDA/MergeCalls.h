//===- MergeCalls.h - functions that become part of a kernel ----*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_MERGECALLS_H
#define STEEPEST_LIB_TARGET_CUDA_MERGECALLS_H

#include "llvm/IR/Function.h"

namespace steepest {

/// Marks functions whose calls are merged.
inline constexpr llvm::StringLiteral mergedCallsAttrName =
    "steepest-merged-calls";

/// Makes each function that is marked part of the kernel, once, however often
/// it is called: the calls become branches to one place, which goes back to
/// where the last one came from.
///
/// That is for wgmma: of a function that is called ptxas waits for each of them
/// before the next (C7510), and a step has too many products for the code of
/// one at each. Returns how many places there are.
unsigned mergeCalls(llvm::Function &kernel);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_MERGECALLS_H
