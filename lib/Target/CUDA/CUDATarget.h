//===- CUDATarget.h - the GPUs that code is made for ------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CUDA_CUDATARGET_H
#define STEEPEST_LIB_TARGET_CUDA_CUDATARGET_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <string>
#include <vector>

namespace steepest {

/// One architecture as ptxas names it, and the least PTX version that has it.
struct CUDAArchitecture {
  llvm::StringLiteral name;
  llvm::StringLiteral ptx;

  /// Whether it multiplies matrices by warp groups.
  bool hasWgmma() const { return name == "sm_90a"; }
};

/// All that code can be made for.
llvm::ArrayRef<CUDAArchitecture> getCUDAArchitectures();

/// The name of the CPU model of an SM, which is no architecture: the device
/// code is compiled for this machine, with calls of the model for what a
/// processor does not have.
inline constexpr llvm::StringLiteral smModelName = "model";

/// What `--arch` names.
struct CUDATarget {
  std::vector<CUDAArchitecture> architectures;
  bool isModel = false;

  /// The architectures, comma separated.
  std::string getDescription() const;
};

/// Reports an error that lists the architectures when one is unknown.
mlir::FailureOr<CUDATarget>
getCUDATarget(llvm::ArrayRef<std::string> names,
              llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

std::unique_ptr<llvm::TargetMachine>
createNVPTXMachine(const CUDAArchitecture &architecture);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_CUDATARGET_H
