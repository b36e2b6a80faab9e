//===- Phases.cpp - the phases of the compiler by name --------------------===//

#include "lib/Pipelines/Phases.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Target/CPU/Pipeline.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace steepest;

static void buildDeclare(OpPassManager &, const CPUTarget &) {
  // Parsing and verification are all there is to it.
}

static void buildNormalize(OpPassManager &passes, const CPUTarget &) {
  passes.addNestedPass<OptimizerOp>(createNormalizePass());
}

static void buildSolve(OpPassManager &passes, const CPUTarget &) {
  passes.addNestedPass<OptimizerOp>(createSolvePass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

static void buildAlgebra(OpPassManager &passes, const CPUTarget &target) {
  LowerSpectralPassOptions spectral;
  spectral.vectorBits = target.vectorBits;
  passes.addNestedPass<OptimizerOp>(createLowerSpectralPass(spectral));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

static void buildKernel(OpPassManager &passes, const CPUTarget &target) {
  passes.addNestedPass<OptimizerOp>(createFormMapsPass());
  passes.addPass(createCSEPass());
  LowerToKernelsPassOptions options;
  options.vectorBits = target.vectorBits;
  passes.addPass(createLowerToKernelsPass(options));
  passes.addPass(createPlanWorkspacePass());
  passes.addPass(createEstimateCostPass());
  passes.addPass(createCSEPass());
}

static void buildTarget(OpPassManager &passes, const CPUTarget &target) {
  buildLowerToLLVMPipeline(passes, target);
}

ArrayRef<Phase> steepest::getPhases() {
  static const Phase phases[] = {
      {"declare", "parse and verify", buildDeclare},
      {"normalize", "canonical norms, one problem of a batch", buildNormalize},
      {"solve", "directions become closed forms and solver loops", buildSolve},
      {"algebra", "spectral functions become products", buildAlgebra},
      {"kernel", "fused kernels over a planned workspace", buildKernel},
      {"target", "kernels become the LLVM dialect", buildTarget},
  };
  return phases;
}

namespace {
struct PhaseOptions : PassPipelineOptions<PhaseOptions> {
  Option<std::string> targetCPU{
      *this, "target-cpu",
      llvm::cl::desc("processor to compile for (default: x86-64-v3)"),
      llvm::cl::init("x86-64-v3")};
};
} // namespace

void steepest::registerPhases() {
  for (const Phase &phase : getPhases()) {
    std::string name = "steepest-phase-" + phase.name.str();
    PassPipelineRegistration<PhaseOptions>(
        name, phase.summary,
        [build = phase.build](OpPassManager &passes,
                              const PhaseOptions &options) {
          MLIRContext context;
          Location loc = UnknownLoc::get(&context);
          FailureOr<CPUTarget> target =
              getCPUTarget(options.targetCPU, [&] { return emitError(loc); });
          if (failed(target))
            llvm::report_fatal_error("no such target-cpu", false);
          build(passes, *target);
        });
  }
}
