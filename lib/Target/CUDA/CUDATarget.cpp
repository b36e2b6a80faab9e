//===- CUDATarget.cpp - the GPUs that code is made for --------------------===//

#include "lib/Target/CUDA/CUDATarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace steepest;

llvm::ArrayRef<CUDAArchitecture> steepest::getCUDAArchitectures() {
  static const CUDAArchitecture architectures[] = {
      {"sm_80", "ptx80"},   {"sm_86", "ptx80"},   {"sm_87", "ptx80"},
      {"sm_89", "ptx80"},   {"sm_90", "ptx80"},   {"sm_90a", "ptx80"},
      {"sm_100", "ptx86"},  {"sm_100a", "ptx86"}, {"sm_100f", "ptx88"},
      {"sm_103a", "ptx88"}, {"sm_120", "ptx87"},  {"sm_120a", "ptx87"},
      {"sm_121a", "ptx88"},
  };
  return architectures;
}

std::string CUDATarget::getDescription() const {
  if (isModel)
    return "the CPU model of an SM";
  std::string text;
  for (const CUDAArchitecture &architecture : architectures)
    text += (text.empty() ? "" : ",") + architecture.name.str();
  return text;
}

mlir::FailureOr<CUDATarget> steepest::getCUDATarget(
    llvm::ArrayRef<std::string> names,
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError) {
  CUDATarget target;
  for (const std::string &name : names) {
    if (name == smModelName) {
      target.isModel = true;
      continue;
    }
    const CUDAArchitecture *found =
        llvm::find_if(getCUDAArchitectures(),
                      [&](const auto &known) { return known.name == name; });
    if (found == getCUDAArchitectures().end()) {
      mlir::InFlightDiagnostic error = emitError();
      error << "expects an architecture of a GPU, got '" << name
            << "'; known: ";
      llvm::interleaveComma(getCUDAArchitectures(), error,
                            [&](const auto &known) { error << known.name; });
      return error;
    }
    if (llvm::none_of(target.architectures, [&](const auto &other) {
          return other.name == found->name;
        }))
      target.architectures.push_back(*found);
  }
  if (target.isModel && !target.architectures.empty())
    return emitError() << "expects the model of an SM alone or architectures, "
                          "got both";
  if (!target.isModel && target.architectures.empty())
    return emitError() << "expects at least one architecture, got none";
  return target;
}

std::unique_ptr<llvm::TargetMachine>
steepest::createNVPTXMachine(const CUDAArchitecture &architecture) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, architecture.name, ("+" + architecture.ptx).str(),
      llvm::TargetOptions(), std::nullopt, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}
