//===- CompiledModule.cpp - run kernels in a test -------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"

#include "runtime/Run.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Object.h"
#include "lib/Target/CPU/Pipeline.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/TargetSelect.h"
#include "gtest/gtest.h"

#include <atomic>
#include <cstring>
#include <thread>

using namespace mlir;
using namespace steepest;
using namespace steepest::test;

/// Enough for every kernel here.
static constexpr size_t workspaceBytes = 64 << 20;
/// What the workspace is filled with.
static constexpr char untouched = '\x5a';

std::string steepest::test::replaceAll(std::string text,
                                       const std::string &from,
                                       const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

bool steepest::test::isRunnable(const std::string &cpu) {
  MLIRContext context;
  context.getDiagEngine().registerHandler([](Diagnostic &) {});
  auto report = [&] { return emitError(UnknownLoc::get(&context)); };
  FailureOr<CPUTarget> host = getCPUTarget("native", report);
  FailureOr<CPUTarget> target = getCPUTarget(cpu, report);
  return succeeded(host) && succeeded(target) &&
         target->vectorBits <= host->vectorBits;
}

struct CompiledModule::Implementation {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// The object of `text`, or an empty one after a failure.
static llvm::SmallVector<char, 0>
compile(const std::string &text, const std::string &cpu,
        const std::vector<std::string> &exported,
        const std::function<void(ModuleOp)> &adjust) {
  llvm::SmallVector<char, 0> object;
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, func::FuncDialect,
                      kernel::KernelDialect, LLVM::LLVMDialect,
                      math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                      vector::VectorDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << "cannot parse " << text;
    return object;
  }
  FailureOr<CPUTarget> target =
      getCPUTarget(cpu, [&] { return emitError(UnknownLoc::get(&context)); });
  PassManager passes(&context);
  if (failed(target)) {
    ADD_FAILURE() << "no target " << cpu;
    return object;
  }
  buildLowerToLLVMPipeline(passes, *target);
  if (failed(passes.run(*module))) {
    ADD_FAILURE() << "cannot lower " << text;
    return object;
  }
  if (adjust)
    adjust(*module);
  llvm::raw_svector_ostream stream(object);
  if (failed(
          emitObject(*module, *target, exported, ObjectFormat::Object, stream)))
    ADD_FAILURE() << "cannot emit " << text;
  return object;
}

CompiledModule::CompiledModule(const std::string &text, const std::string &cpu,
                               std::vector<std::string> exported,
                               std::function<void(ModuleOp)> adjust)
    : implementation(std::make_unique<Implementation>()),
      workspace(workspaceBytes + STEEPEST_WORKSPACE_ALIGNMENT, untouched) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::sys::DynamicLibrary::LoadLibraryPermanently("liblapack.so.3");
  llvm::SmallVector<char, 0> object = compile(text, cpu, exported, adjust);
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError());
    return;
  }
  implementation->jit = std::move(*jit);
  llvm::orc::LLJIT &engine = *implementation->jit;
  llvm::orc::SymbolMap runtime;
  auto define = [&](const char *name, void *address) {
    runtime[engine.mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported};
  };
  define("steepest_workspace_bytes",
         reinterpret_cast<void *>(&steepest_workspace_bytes));
  define("steepest_init", reinterpret_cast<void *>(&steepest_init));
  define("steepest_step", reinterpret_cast<void *>(&steepest_step));
  define("steepest_lapack_begin",
         reinterpret_cast<void *>(&steepest_lapack_begin));
  define("steepest_lapack_end", reinterpret_cast<void *>(&steepest_lapack_end));
  llvm::Error error = engine.getMainJITDylib().define(
      llvm::orc::absoluteSymbols(std::move(runtime)));
  if (!error)
    error = engine.addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
        llvm::StringRef(object.data(), object.size())));
  if (error)
    ADD_FAILURE() << llvm::toString(std::move(error));
}

CompiledModule::~CompiledModule() = default;

void *CompiledModule::lookup(const std::string &name) {
  auto address = implementation->jit->lookup(name);
  if (!address) {
    ADD_FAILURE() << llvm::toString(address.takeError());
    return nullptr;
  }
  return address->toPtr<void *>();
}

/// `pool` points to the number of threads.
static void runParallel(void *pool, int64_t tasks, steepest_parallel_body body,
                        void *argument) {
  // Last task first: the order must not matter.
  std::atomic<int64_t> remaining(tasks);
  std::vector<std::thread> workers;
  for (int64_t worker = 0; worker < *static_cast<int64_t *>(pool); ++worker)
    workers.emplace_back([&, worker] {
      for (int64_t task; (task = --remaining) >= 0;)
        body(argument, task, worker);
    });
  for (std::thread &worker : workers)
    worker.join();
}

void *CompiledModule::getWorkspace() {
  auto base = reinterpret_cast<uintptr_t>(workspace.data());
  base = (base + STEEPEST_WORKSPACE_ALIGNMENT - 1) &
         ~uintptr_t(STEEPEST_WORKSPACE_ALIGNMENT - 1);
  return reinterpret_cast<void *>(base);
}

bool CompiledModule::keptWithin(int64_t bytes) {
  char *begin = static_cast<char *>(getWorkspace());
  std::fill_n(begin, bytes, untouched);
  // All bytes are the first one, which is as it was.
  return workspace.front() == untouched &&
         std::memcmp(workspace.data(), workspace.data() + 1,
                     workspace.size() - 1) == 0;
}

int32_t CompiledModule::run(const std::string &name,
                            std::vector<steepest_matrix> tensors,
                            std::vector<double> hypers, int64_t threads,
                            steepest_certificate *certificates) {
  using Kernel = int32_t (*)(const steepest_kernel_arguments *);
  auto kernel = reinterpret_cast<Kernel>(lookup(name));
  if (!kernel)
    return -1;
  steepest_kernel_arguments arguments = {
      tensors.data(), hypers.data(), getWorkspace(), certificates,
      nullptr,        &threads,      threads,        /*finite_gradients=*/0};
  // A host with one thread need not have one.
  if (threads > 1)
    arguments.parallel_for = runParallel;
  return kernel(&arguments);
}
