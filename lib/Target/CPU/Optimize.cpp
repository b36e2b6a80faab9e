//===- Optimize.cpp - what LLVM is asked to do ----------------------------===//

#include "lib/Target/CPU/Optimize.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/SCCP.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopStrengthReduce.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace llvm;

namespace {
/// Strength reduction of the loops that do the work. Its time grows with the
/// square of what a loop computes; a loop around hundreds of blocks, such as a
/// solver's, spends nothing on counting.
struct ReduceStrengthOfSmallLoops
    : public PassInfoMixin<ReduceStrengthOfSmallLoops> {
  static constexpr unsigned maximumBlocks = 128;

  PreservedAnalyses run(Loop &loop, LoopAnalysisManager &analyses,
                        LoopStandardAnalysisResults &standard,
                        LPMUpdater &updater) {
    if (loop.getNumBlocks() > maximumBlocks)
      return PreservedAnalyses::all();
    return LoopStrengthReducePass().run(loop, analyses, standard, updater);
  }
};
} // namespace

static FunctionPassManager buildFunctionPipeline() {
  FunctionPassManager passes;
  passes.addPass(SROAPass(SROAOptions::ModifyCFG));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(SimplifyCFGPass());
  passes.addPass(InstCombinePass());
  LoopPassManager loops;
  loops.addPass(LoopRotatePass());
  loops.addPass(LICMPass(LICMOptions()));
  passes.addPass(createFunctionToLoopPassAdaptor(std::move(loops),
                                                 /*UseMemorySSA=*/true));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(InstCombinePass());
  passes.addPass(SimplifyCFGPass());
  passes.addPass(ADCEPass());
  passes.addPass(createFunctionToLoopPassAdaptor(ReduceStrengthOfSmallLoops()));
  return passes;
}

void steepest::optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  ModulePassManager passes;
  passes.addPass(GlobalDCEPass());
  // What all calls of a product have in common, such as the flags of a form
  // that none of them has. Without it a product of order 8 took 1.3 times as
  // long, one of 48 1.2 times, and an inverse of any order 1.07 times.
  passes.addPass(IPSCCPPass());
  passes.addPass(createModuleToFunctionPassAdaptor(buildFunctionPipeline(),
                                                   /*EagerlyInvalidate=*/true));
  passes.run(module, modules);
}

bool steepest::CodeGenerationGate::shouldRunPass(StringRef pass,
                                                 StringRef) const {
  return pass != "Loop Strength Reduction";
}
