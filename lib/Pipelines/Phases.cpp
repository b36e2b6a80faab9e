//===- Phases.cpp - the phases of the compiler by name --------------------===//

#include "lib/Pipelines/Phases.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Target/CPU/Pipeline.h"
#include "lib/Target/CUDA/Pipeline.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace steepest;

/// Parsing and verification are all there is to it, unless the rule is for
/// other types than those that it was written for.
static void buildDeclare(OpPassManager &passes, const PhaseSettings &settings) {
  const Adaptation &adaptation = settings.adaptation;
  if (adaptation.isEmpty())
    return;
  AdaptPassOptions options;
  options.elementType = adaptation.elementType;
  options.parameterType = adaptation.parameterType;
  options.master = adaptation.master;
  options.maximize = adaptation.maximize;
  passes.addNestedPass<OptimizerOp>(createAdaptPass(options));
}

static void buildNormalize(OpPassManager &passes, const PhaseSettings &) {
  passes.addNestedPass<OptimizerOp>(createNormalizePass());
}

static void buildSolve(OpPassManager &passes, const PhaseSettings &settings) {
  SolvePassOptions options;
  options.vectorBits = settings.target.vectorBits;
  // As below: a GPU has no kernels for inverses.
  options.hasInverses =
      !settings.isCUDA &&
      !llvm::is_contained(settings.without, "rational-functions");
  passes.addNestedPass<OptimizerOp>(createSolvePass(options));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

/// What factors of a product the target multiplies faster than f32.
static SmallVector<std::string> getFactors(const PhaseSettings &settings) {
  if (settings.isCUDA)
    return {"tf32", "f16", "bf16"};
  if (settings.target.hasBf16Products())
    return {"bf16"};
  return {};
}

/// No pass but a way of building the `gram` route, which can be left out too.
static constexpr StringLiteral stepPairs = "step-pairs";
/// Another one, of spectral functions by eigen-decomposition.
static constexpr StringLiteral shareDecompositions = "share-decompositions";
/// A rewrite of kernels.
static constexpr StringLiteral lowerBlocks = "lower-blocks";

/// Options of a pass that compares the costs of routes.
template <typename Options>
static Options getRouteOptions(const PhaseSettings &settings) {
  Options options;
  options.vectorBits = settings.target.vectorBits;
  options.device = settings.isCUDA;
  options.stepPairs = !llvm::is_contained(settings.without, stepPairs);
  options.factors = getFactors(settings);
  return options;
}

/// A rewrite of matrix programs, which can be left out by its name.
struct Rewrite {
  StringLiteral name;
  std::unique_ptr<Pass> (*create)(const PhaseSettings &settings);
};

/// Of contracts, before spectral functions are lowered.
static ArrayRef<Rewrite> getContractRewrites() {
  static const Rewrite rewrites[] = {
      {"loosen-bands",
       [](const PhaseSettings &settings) {
         return createLoosenBandsPass(
             getRouteOptions<LoosenBandsPassOptions>(settings));
       }},
      {"rational-functions",
       [](const PhaseSettings &settings) {
         return createRationalFunctionsPass(
             getRouteOptions<RationalFunctionsPassOptions>(settings));
       }},
  };
  return rewrites;
}

/// In the order in which they run: sums that are nobody's but the certificates'
/// and transposes out of the way first, so that equal products look equal; what
/// cancels before what is reordered; facts that halve a product when its
/// factors are settled; and where its result is written last, since a product
/// with an addend is no part of a chain.
static ArrayRef<Rewrite> getProductRewrites() {
  static const Rewrite rewrites[] = {
      {"sink-sums", [](const PhaseSettings &) { return createSinkSumsPass(); }},
      {"fold-transposes",
       [](const PhaseSettings &) { return createFoldTransposesPass(); }},
      {"share-products",
       [](const PhaseSettings &) { return createShareProductsPass(); }},
      {"orthonormal-products",
       [](const PhaseSettings &) { return createOrthonormalProductsPass(); }},
      {"reassociate-products",
       [](const PhaseSettings &settings) {
         ReassociateProductsPassOptions options;
         options.vectorBits = settings.target.vectorBits;
         options.device = settings.isCUDA;
         return createReassociateProductsPass(options);
       }},
      {"symmetric-products",
       [](const PhaseSettings &) { return createSymmetricProductsPass(); }},
      {"fold-epilogues",
       [](const PhaseSettings &) { return createFoldEpiloguesPass(); }},
      {"hoist-invariants",
       [](const PhaseSettings &) { return createHoistInvariantsPass(); }},
  };
  return rewrites;
}

std::vector<StringRef> steepest::getRewriteNames() {
  std::vector<StringRef> names;
  for (const Rewrite &rewrite : getContractRewrites())
    names.push_back(rewrite.name);
  names.push_back(stepPairs);
  names.push_back(shareDecompositions);
  for (const Rewrite &rewrite : getProductRewrites())
    names.push_back(rewrite.name);
  names.push_back(lowerBlocks);
  return names;
}

static void addRewrites(OpPassManager &passes, ArrayRef<Rewrite> rewrites,
                        const PhaseSettings &settings) {
  for (const Rewrite &rewrite : rewrites)
    if (!llvm::is_contained(settings.without, rewrite.name))
      passes.addNestedPass<OptimizerOp>(rewrite.create(settings));
}

void steepest::buildFunctions(OpPassManager &passes,
                              const PhaseSettings &settings) {
  addRewrites(passes, getContractRewrites(), settings);
  passes.addNestedPass<OptimizerOp>(createPolynomialStepsPass(
      getRouteOptions<PolynomialStepsPassOptions>(settings)));
}

static void buildAlgebra(OpPassManager &passes, const PhaseSettings &settings) {
  // All versions apply the same functions.
  buildFunctions(passes, settings);
  if (!settings.shapes.empty()) {
    SpecializePassOptions specialize;
    specialize.shapes.assign(settings.shapes.begin(), settings.shapes.end());
    passes.addPass(createSpecializePass(specialize));
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
  }
  auto lower = getRouteOptions<LowerSpectralPassOptions>(settings);
  lower.shareDecompositions =
      !llvm::is_contained(settings.without, shareDecompositions);
  passes.addNestedPass<OptimizerOp>(createLowerSpectralPass(lower));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  addRewrites(passes, getProductRewrites(), settings);
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

static void buildKernel(OpPassManager &passes, const PhaseSettings &settings) {
  passes.addNestedPass<OptimizerOp>(createFormMapsPass());
  passes.addPass(createCSEPass());
  LowerToKernelsPassOptions options;
  options.vectorBits = settings.target.vectorBits;
  options.factors = getFactors(settings);
  options.device = settings.isCUDA;
  passes.addPass(createLowerToKernelsPass(options));
  if (!settings.isCUDA && !llvm::is_contained(settings.without, lowerBlocks))
    passes.addNestedPass<func::FuncOp>(createLowerBlocksPass());
  passes.addPass(createPlanWorkspacePass());
  if (!settings.shapes.empty())
    passes.addPass(createMergeVersionsPass());
  passes.addPass(createEstimateCostPass());
  passes.addPass(createCSEPass());
}

static void buildTarget(OpPassManager &passes, const PhaseSettings &settings) {
  if (settings.isCUDA)
    buildCUDAPipeline(passes, settings.target);
  else
    buildLowerToLLVMPipeline(passes, settings.target);
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
  Option<bool> cuda{*this, "cuda", llvm::cl::desc("steps run on a GPU"),
                    llvm::cl::init(false)};
  ListOption<std::string> without{*this, "without",
                                  llvm::cl::desc("rewrites to leave out")};
  ListOption<std::string> shapes{*this, "specialize",
                                 llvm::cl::desc("shapes to make versions for")};
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
          PhaseSettings settings;
          settings.target = *target;
          settings.isCUDA = options.cuda;
          settings.without.assign(options.without.begin(),
                                  options.without.end());
          settings.shapes.assign(options.shapes.begin(), options.shapes.end());
          build(passes, settings);
        });
  }
}
