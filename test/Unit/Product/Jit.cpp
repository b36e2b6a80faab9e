//===- Jit.cpp - products compiled and run in this process ----------------===//

#include "test/Unit/Product/Jit.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/EmitProducts.h"
#include "lib/Target/CPU/Product/Scratch.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <cstdio>
#include <cstdlib>

using namespace mlir;

namespace steepest::product::jit {

static int64_t workers = 1;
static int64_t getWorkers() { return workers; }

static void check(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "product jit: %s\n", what);
  std::abort();
}

template <typename T> static T take(llvm::Expected<T> value) {
  if (!value) {
    llvm::logAllUnhandledErrors(value.takeError(), llvm::errs());
    std::abort();
  }
  return std::move(*value);
}

std::string Variant::getName() const {
  std::string name = isDouble ? "run_f64_" : "run_f32_";
  name += transposeLhs ? 't' : 'n';
  name += transposeRhs ? 't' : 'n';
  name += symmetric ? "_symmetric" : "";
  name += hasAlpha ? "_scale" : "";
  name += hasAddend ? "_plus" : "";
  name += hasGamma ? "_shift" : "";
  return name;
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

static std::string getSource(const Variant &variant) {
  std::string real = variant.isDouble ? "f64" : "f32";
  std::string matrix = "memref<?x?x" + real + ", strided<[?, 1], offset: ?>>";
  std::string text = "func.func @" + variant.getName() + "(%a: " + matrix +
                     ", %b: " + matrix + ", %c: " + matrix +
                     ", %s: memref<?xi8>, %x: " + real + ", %y: " + real +
                     ", %d: " + matrix + ", %z: " + real +
                     ") attributes {llvm.emit_c_interface} {\n"
                     "  kernel.product %a, %b into %c scratch(%s)";
  if (variant.hasAlpha)
    text += " scale(%x : " + real + ")";
  if (variant.hasAddend)
    text += " plus(%y, %d : " + real + ", " + matrix + ")";
  if (variant.hasGamma)
    text += " shift(%z : " + real + ")";
  SmallVector<StringRef> flags;
  if (variant.transposeLhs)
    flags.push_back("transpose_lhs");
  if (variant.transposeRhs)
    flags.push_back("transpose_rhs");
  if (variant.symmetric)
    flags.push_back("symmetric");
  if (!flags.empty())
    text += " {" + llvm::join(flags, ", ") + "}";
  return text + " : " + matrix + ", " + matrix + " into " + matrix +
         "\n  return\n}\n";
}

/// index scratch_<real>(m, n, k).
static void addScratchFunction(ModuleOp module, Type element,
                               unsigned vectorBits) {
  auto location = module.getLoc();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type index = builder.getIndexType();
  auto function = func::FuncOp::create(
      builder, location, element.isF64() ? "scratch_f64" : "scratch_f32",
      builder.getFunctionType({index, index, index}, index));
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value threads = kernel::ThreadsOp::create(builder, location, index);
  Value bytes = buildProductScratchBytes(
      builder, location, function.getArgument(0), function.getArgument(1),
      function.getArgument(2), threads, element,
      getProductTile(element, vectorBits));
  func::ReturnOp::create(builder, location, bytes);
}

/// Replaces the workers of the host by a loop.
static void simulateWorkers(ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto function =
      func::FuncOp::create(builder, module.getLoc(), "simulated_workers",
                           builder.getFunctionType({}, builder.getIndexType()));
  function.setPrivate();
  module.walk([](kernel::ThreadsOp op) {
    OpBuilder builder(op);
    auto call = func::CallOp::create(builder, op.getLoc(), "simulated_workers",
                                     op.getType());
    op.replaceAllUsesWith(call.getResult(0));
    op.erase();
  });
  module.walk([](kernel::ParallelOp op) {
    OpBuilder builder(op);
    Location location = op.getLoc();
    Value zero = arith::ConstantIndexOp::create(builder, location, 0);
    Value one = arith::ConstantIndexOp::create(builder, location, 1);
    auto loop = scf::ForOp::create(builder, location, zero, op.getTasks(), one);
    builder.setInsertionPointToStart(loop.getBody());
    Value task = arith::SubIOp::create(builder, location, op.getTasks(), one);
    task =
        arith::SubIOp::create(builder, location, task, loop.getInductionVar());
    op.getTask().replaceAllUsesWith(task);
    op.getWorker().replaceAllUsesWith(task);
    Block &body = op.getBody().front();
    body.getTerminator()->erase();
    loop.getBody()->getOperations().splice(std::prev(loop.getBody()->end()),
                                           body.getOperations());
    op.erase();
  });
}

static void lowerToLLVM(ModuleOp module, unsigned vectorBits) {
  PassManager manager(module.getContext());
  EmitProductsPassOptions options;
  options.vectorBits = vectorBits;
  manager.addPass(createEmitProductsPass(options));
  check(succeeded(manager.run(module)), "cannot emit products");
  simulateWorkers(module);

  PassManager lower(module.getContext());
  lower.addPass(createCanonicalizerPass());
  lower.addPass(createCSEPass());
  lower.addPass(memref::createExpandStridedMetadataPass());
  lower.addPass(createLowerAffinePass());
  lower.addPass(createCanonicalizerPass());
  lower.addPass(createCSEPass());
  lower.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  lower.addPass(createSCFToControlFlowPass());
  lower.addPass(createFinalizeMemRefToLLVMConversionPass());
  lower.addPass(createConvertVectorToLLVMPass());
  lower.addPass(createUBToLLVMConversionPass());
  lower.addPass(createConvertFuncToLLVMPass());
  lower.addPass(createConvertControlFlowToLLVMPass());
  lower.addPass(createConvertMathToLLVMPass());
  lower.addPass(createArithToLLVMConversionPass());
  lower.addPass(createConvertIndexToLLVMPass());
  lower.addPass(createReconcileUnrealizedCastsPass());
  lower.addPass(createCanonicalizerPass());
  lower.addPass(createCSEPass());
  check(succeeded(lower.run(module)), "cannot lower to llvm");
}

//===----------------------------------------------------------------------===//
// The machine code
//===----------------------------------------------------------------------===//

static llvm::orc::JITTargetMachineBuilder getTarget(const Machine &machine) {
  if (!machine.cpu)
    return take(llvm::orc::JITTargetMachineBuilder::detectHost())
        .setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  llvm::orc::JITTargetMachineBuilder builder{
      llvm::Triple(llvm::sys::getProcessTriple())};
  builder.setCPU(machine.cpu);
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  return builder;
}

static void optimize(llvm::Module &module, llvm::TargetMachine *target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target->getTargetCPU());
    function.addFnAttr("target-features", target->getTargetFeatureString());
  }
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(target);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

Library::Library(const Machine &machine, const std::vector<Variant> &variants) {
  DialectRegistry registry;
  registry.insert<kernel::KernelDialect, func::FuncDialect,
                  memref::MemRefDialect, arith::ArithDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();

  std::string text;
  for (const Variant &variant : variants)
    text += getSource(variant);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  check(bool(module), "cannot parse the products");
  addScratchFunction(*module, Float32Type::get(&context), machine.vectorBits);
  addScratchFunction(*module, Float64Type::get(&context), machine.vectorBits);
  lowerToLLVM(*module, machine.vectorBits);

  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(*module, *llvmContext);
  check(bool(code), "cannot translate to llvm");
  auto builder = getTarget(machine);
  auto target = take(builder.createTargetMachine());
  code->setDataLayout(target->createDataLayout());
  code->setTargetTriple(target->getTargetTriple());
  optimize(*code, target.get());
  if (const char *path = std::getenv("STEEPEST_DUMP_PRODUCTS")) {
    std::error_code error;
    llvm::raw_fd_ostream stream(std::string(path) + "." + machine.name + ".ll",
                                error);
    code->print(stream, nullptr);
  }

  jit = take(llvm::orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(builder))
                 .create());
  auto &library = jit->getMainJITDylib();
  library.addGenerator(
      take(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
          jit->getDataLayout().getGlobalPrefix())));
  check(!library.define(llvm::orc::absoluteSymbols(
            {{jit->mangleAndIntern("simulated_workers"),
              {llvm::orc::ExecutorAddr::fromPtr(&getWorkers),
               llvm::JITSymbolFlags::Exported}}})),
        "cannot define the workers");
  check(!jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(code),
                                                      std::move(llvmContext))),
        "cannot add the module");
}

Library::~Library() = default;

void Library::setThreads(int64_t threads) { workers = threads; }

void *Library::lookup(const std::string &name) {
  return take(jit->lookup(name)).toPtr<void *>();
}

int64_t Library::getScratchBytes(bool isDouble, int64_t m, int64_t n,
                                 int64_t k) {
  auto function = reinterpret_cast<int64_t (*)(int64_t, int64_t, int64_t)>(
      lookup(isDouble ? "scratch_f64" : "scratch_f32"));
  return function(m, n, k);
}

template <typename Real>
Library::Product<Real> Library::getProduct(const Variant &variant) {
  struct Bytes {
    void *allocated, *aligned;
    int64_t offset, size, stride;
  };
  using Function = void (*)(Matrix<Real> *, Matrix<Real> *, Matrix<Real> *,
                            Bytes *, Real, Real, Matrix<Real> *, Real);
  auto function =
      reinterpret_cast<Function>(lookup("_mlir_ciface_" + variant.getName()));
  return [=](Matrix<Real> lhs, Matrix<Real> rhs, Matrix<Real> into,
             void *scratch, size_t scratchBytes, Real alpha, Real beta,
             Matrix<Real> addend, Real gamma) {
    Bytes bytes{scratch, scratch, 0, int64_t(scratchBytes), 1};
    function(&lhs, &rhs, &into, &bytes, alpha, beta, &addend, gamma);
  };
}

template Library::Product<float> Library::getProduct(const Variant &);
template Library::Product<double> Library::getProduct(const Variant &);

bool canRun(const Machine &machine) {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (machine.vectorBits == 512)
    return features.lookup("avx512f");
  if (machine.vectorBits == 256)
    return features.lookup("avx2") && features.lookup("fma");
  return true;
}

} // namespace steepest::product::jit
