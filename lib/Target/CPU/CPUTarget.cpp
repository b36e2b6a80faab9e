//===- CPUTarget.cpp - the processor that code is made for ----------------===//

#include "lib/Target/CPU/CPUTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace steepest;

/// What an error suggests.
static constexpr llvm::StringLiteral someNames =
    "native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4, haswell, "
    "skylake-avx512, icelake-server, sapphirerapids, znver3, znver4, znver5";

static const llvm::Target *lookupTarget(const std::string &triple,
                                        std::string &error) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  (void)initialized;
  return llvm::TargetRegistry::lookupTarget(llvm::Triple(triple), error);
}

bool CPUTarget::hasFeature(llvm::StringRef feature) const {
  return llvm::is_contained(features, feature);
}

std::string CPUTarget::getFeatureList() const {
  return llvm::join(features, ",");
}

std::unique_ptr<llvm::TargetMachine> CPUTarget::createTargetMachine() const {
  std::string error;
  const llvm::Target *target = lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      llvm::Triple(triple), cpu, adjustments, llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// The host, which a hypervisor may have made less than its name says.
static void addHostFeatures(CPUTarget &target) {
  llvm::SubtargetFeatures adjustments;
  llvm::StringMap<bool> found = llvm::sys::getHostCPUFeatures();
  std::vector<std::pair<std::string, bool>> sorted;
  for (const auto &feature : found)
    sorted.emplace_back(feature.getKey().str(), feature.getValue());
  llvm::sort(sorted);
  for (const auto &[feature, isPresent] : sorted) {
    adjustments.AddFeature(feature, isPresent);
    if (isPresent)
      target.features.push_back(feature);
  }
  target.adjustments = adjustments.getString();
}

static void addNamedFeatures(CPUTarget &target) {
  if (!llvm::Triple(target.triple).isX86())
    return;
  llvm::SmallVector<llvm::StringRef> features;
  llvm::X86::getFeaturesForCPU(target.cpu, features);
  // What the list leaves out because other features imply it: x86-64-v4 does
  // not name avx512f.
  llvm::StringMap<bool> all;
  for (llvm::StringRef feature : features) {
    all[feature] = true;
    llvm::X86::updateImpliedFeatures(feature, /*Enabled=*/true, all);
  }
  for (const auto &entry : all)
    if (entry.getValue())
      target.features.push_back(entry.getKey().str());
  llvm::sort(target.features);
}

mlir::FailureOr<CPUTarget> steepest::getCPUTarget(
    llvm::StringRef name,
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError) {
  CPUTarget target;
  target.triple = llvm::sys::getDefaultTargetTriple();
  std::string error;
  const llvm::Target *backend = lookupTarget(target.triple, error);
  if (!backend)
    return emitError() << "no code generator for " << target.triple << ": "
                       << error;

  bool isHost = name == "native";
  target.cpu = isHost ? llvm::sys::getHostCPUName().str() : name.str();
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      backend->createMCSubtargetInfo(llvm::Triple(target.triple), "", ""));
  if (!subtarget->isCPUStringValid(target.cpu))
    return emitError() << "unknown target cpu '" << target.cpu
                       << "', expects a name that LLVM knows, such as "
                       << someNames;

  if (isHost)
    addHostFeatures(target);
  else
    addNamedFeatures(target);
  if (target.hasFeature("avx512f") && target.hasFeature("avx512bw") &&
      target.hasFeature("avx512vl") && target.hasFeature("avx512dq"))
    target.vectorBits = 512;
  else if (target.hasFeature("avx2") && target.hasFeature("fma"))
    target.vectorBits = 256;
  return target;
}
