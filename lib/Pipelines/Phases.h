//===- Phases.h - the phases of the compiler by name ------------*- C++ -*-===//
//
//   declare    spec                    parse, verify, adapt to other types
//   normalize  spec -> canonical spec
//   solve      directions -> closed forms, solver loops
//   algebra    matrix program -> cheaper matrix program
//   kernel     matrix program -> fused kernels over planned memory
//   target     kernels -> LLVM dialect
//   binary     -> object, library, header, bundle
//
// The driver, `steepest-opt` (as `--steepest-phase-NAME`) and tests build the
// same pipelines.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_PIPELINES_PHASES_H
#define STEEPEST_LIB_PIPELINES_PHASES_H

#include "lib/Target/CPU/CPUTarget.h"
#include "mlir/Pass/PassManager.h"

namespace steepest {

/// How the rules of a spec are changed before they are compiled; the options of
/// the pass `steepest-adapt`.
struct Adaptation {
  std::string elementType;
  std::string parameterType;
  bool master = false;
  bool maximize = false;

  bool isEmpty() const {
    return elementType.empty() && parameterType.empty() && !master && !maximize;
  }
};

/// What the passes of a phase depend on.
struct PhaseSettings {
  /// The processor of the host, which for a GPU only computes sizes.
  CPUTarget target;
  /// Steps run on a GPU.
  bool isCUDA = false;
  /// Names of rewrites (`getRewriteNames`) that do not run.
  std::vector<std::string> without;
  /// Shapes, as 768x3072, that versions are made for beside the general one.
  std::vector<std::string> shapes;
  Adaptation adaptation;
};

/// The rewrites that can be left out, in order: of the algebra phase, and last
/// `lower-blocks` of the kernel phase. Each but
/// `step-pairs` and `share-decompositions`, options of passes, is the pass
/// `steepest-NAME`.
std::vector<llvm::StringRef> getRewriteNames();

/// One phase that is made of passes.
struct Phase {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  void (*build)(mlir::OpPassManager &passes, const PhaseSettings &settings);
};

/// The phases from `declare` to `target`, in order. (`binary` is not made of
/// passes.)
llvm::ArrayRef<Phase> getPhases();

/// What the algebra phase begins with: which function keeps each contract.
void buildFunctions(mlir::OpPassManager &passes, const PhaseSettings &settings);

/// Registers every phase as the pipeline `steepest-phase-NAME`.
void registerPhases();

} // namespace steepest

#endif // STEEPEST_LIB_PIPELINES_PHASES_H
