//===- SpillUniform.h - scalars of a step in shared memory ------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_SPILLUNIFORM_H
#define STEEPEST_LIB_TARGET_CUDA_SPILLUNIFORM_H

#include "llvm/IR/Function.h"

namespace steepest {

struct SpilledScalars {
  /// Registers that they took across a barrier, at most.
  unsigned registers = 0;
  /// How many are kept in shared memory, 8 bytes each.
  unsigned count = 0;
};

/// Keeps what all threads of a block have alike in its shared memory between
/// barriers, once for all of them, where a kernel has more of it than its
/// registers can bear: the program of a long step has hundreds of addresses,
/// extents and scalars, each of which is needed by a few of its kernels.
///
/// A value that is needed beyond a barrier is stored once, by the first thread,
/// and loaded where it is used, before loops that have no barrier in them.
/// Barriers are added around stores: no thread still reads what was there
/// before, and all see what is there now. To be run before optimisation, which
/// would otherwise find common parts of all kernels and keep those as well.
SpilledScalars spillUniform(llvm::Function &kernel);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_SPILLUNIFORM_H
