//===- Uniformity.h - what all threads of a block have alike ----*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_UNIFORMITY_H
#define STEEPEST_LIB_TARGET_CUDA_UNIFORMITY_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/Function.h"

namespace steepest {

/// Which values of device code are the same in all threads of a block, and
/// which of its blocks of instructions all of them come to equally often.
///
/// LLVM's analysis of that name asks whether the threads of a warp agree, takes
/// the arguments of every function but a kernel's as different, and has no
/// answer to the second question. Here the arguments of `function` are taken as
/// the same, so it has to be called so.
class Uniformity {
public:
  explicit Uniformity(llvm::Function &function);

  /// Whether each thread may have a value of its own.
  bool isDivergent(const llvm::Value *value) const {
    return values.contains(value);
  }
  /// Whether some threads may come there more often than others.
  bool isDivergent(const llvm::BasicBlock *block) const {
    return blocks.contains(block);
  }

private:
  /// Of functions that are called, whether what they return is divergent.
  using KnownReturns = llvm::DenseMap<const llvm::Function *, bool>;

  Uniformity(llvm::Function &function, KnownReturns &known) {
    analyze(function, known);
  }
  void analyze(llvm::Function &function, KnownReturns &known);
  static bool isSource(const llvm::Instruction &instruction,
                       KnownReturns &known);
  static bool returnsDivergent(llvm::Function &callee, KnownReturns &known);
  bool update(const llvm::Instruction &instruction, KnownReturns &known);
  void addRegions(llvm::Function &function);

  llvm::DenseSet<const llvm::Value *> values;
  llvm::DenseSet<const llvm::BasicBlock *> blocks;
  /// Where threads that went different ways meet again.
  llvm::DenseSet<const llvm::BasicBlock *> joins;
};

/// Whether this is the barrier of a block.
bool isBlockBarrier(const llvm::Instruction &instruction);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_UNIFORMITY_H
