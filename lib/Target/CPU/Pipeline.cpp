//===- Pipeline.cpp - from kernels to the LLVM dialect --------------------===//
//
// Math comes before the other conversions, because what libm computes one by
// one is taken out of vectors there. Memory and arithmetic are converted at
// once: in MLIR 22.1 a conversion of arith alone, before that of memrefs, hides
// constant indices of memref.dim, which then go through the stack, inside
// loops. Nothing is simplified between conversions: LLVM does that in a tenth
// of the time.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Pipeline.h"

#include "lib/Target/CPU/ConvertToLLVM/ConvertToLLVM.h"
#include "lib/Target/CPU/EmitEigh/EmitEigh.h"
#include "lib/Target/CPU/EmitInverse/EmitInverse.h"
#include "lib/Target/CPU/EmitMaps/EmitMaps.h"
#include "lib/Target/CPU/EmitMoves/EmitMoves.h"
#include "lib/Target/CPU/LowerEntry/LowerEntry.h"
#include "lib/Target/CPU/LowerMath/LowerMath.h"
#include "lib/Target/CPU/OutlineMaps/OutlineMaps.h"
#include "lib/Target/CPU/OutlineParallel/OutlineParallel.h"
#include "lib/Target/CPU/Product/EmitProducts.h"
#include "lib/Target/CPU/ThreadContext/ThreadContext.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace steepest;

void steepest::buildEmitKernelsPipeline(OpPassManager &passes,
                                        const CPUTarget &target) {
  passes.addPass(createEmitEighPass());
  EmitInversePassOptions inverses;
  inverses.vectorBits = target.vectorBits;
  passes.addPass(createEmitInversePass(inverses));
  EmitProductsPassOptions products;
  products.vectorBits = target.vectorBits;
  passes.addPass(createEmitProductsPass(products));
  passes.addPass(createOutlineMapsPass());
  EmitMovesPassOptions moves;
  moves.lanes = target.getLanes();
  passes.addPass(createEmitMovesPass(moves));
  EmitMapsPassOptions maps;
  maps.lanes = target.getLanes();
  passes.addPass(createEmitMapsPass(maps));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createThreadContextPass());
  passes.addPass(createOutlineParallelPass());
  passes.addPass(createLowerEntryPass());
}

void steepest::buildLowerToLLVMPipeline(OpPassManager &passes,
                                        const CPUTarget &target) {
  buildEmitKernelsPipeline(passes, target);
  passes.addPass(createLoopInvariantCodeMotionPass());
  passes.addPass(createLowerMathPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertMathToLibmPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  // LLVM would call a function to round to bf16 where no instruction does.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = !target.hasBf16Products();
  passes.addPass(arith::createArithExpandOpsPass(expand));
  passes.addPass(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  // Simplifies vectors as well, which a conversion cannot.
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

namespace {
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> cpu{
      *this, "target-cpu", llvm::cl::init("native"),
      llvm::cl::desc("Processor to make code for, as LLVM names it; native is "
                     "this machine")};
};
} // namespace

using BuildPipeline = void (*)(OpPassManager &, const CPUTarget &);

/// A pipeline is built before there is a module to report an unknown processor
/// on, so that the report goes to whoever parses the pipeline.
static LogicalResult
parsePipeline(OpPassManager &passes, StringRef text, BuildPipeline build,
              function_ref<LogicalResult(const Twine &)> reportError) {
  PipelineOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  std::string message;
  ScopedDiagnosticHandler handler(
      &context, [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  FailureOr<CPUTarget> target = getCPUTarget(
      options.cpu, [&] { return emitError(UnknownLoc::get(&context)); });
  if (failed(target))
    return reportError(message);
  build(passes, *target);
  return success();
}

static void registerPipeline(StringRef name, StringRef description,
                             BuildPipeline build) {
  registerPassPipeline(
      name, description,
      [build](OpPassManager &passes, StringRef text,
              function_ref<LogicalResult(const Twine &)> reportError) {
        return parsePipeline(passes, text, build, reportError);
      },
      [](function_ref<void(const detail::PassOptions &)> visit) {
        visit(PipelineOptions());
      });
}

void steepest::registerCPUTargetPasses() {
  registerConvertToLLVMPasses();
  registerEmitEighPasses();
  registerEmitInversePasses();
  registerEmitMapsPasses();
  registerEmitMovesPasses();
  registerEmitProductsPasses();
  registerLowerEntryPasses();
  registerLowerMathPasses();
  registerOutlineMapsPasses();
  registerOutlineParallelPasses();
  registerThreadContextPasses();
  registerPipeline("steepest-emit-kernels",
                   "Emit kernels as loops, vectors and functions",
                   buildEmitKernelsPipeline);
  registerPipeline("steepest-lower-to-llvm",
                   "Lower kernels to the LLVM dialect",
                   buildLowerToLLVMPipeline);
}
