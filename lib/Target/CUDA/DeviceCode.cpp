//===- DeviceCode.cpp - from device code to PTX ---------------------------===//

#include "lib/Target/CUDA/DeviceCode.h"

#include "lib/Target/CUDA/MergeCalls.h"
#include "lib/Target/CUDA/SpillUniform.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace steepest;

/// The bitcode lies beside the tools, in ../lib of their folder.
static std::string findDeviceTemplate() {
  static int anchor;
  std::string tool = llvm::sys::fs::getMainExecutable("steepestc", &anchor);
  for (StringRef folder : {"lib", "lib64", "lib/x86_64-linux-gnu"}) {
    SmallString<128> path(
        llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool)));
    llvm::sys::path::append(path, folder, "steepest-device.bc");
    if (llvm::sys::fs::exists(path))
      return path.str().str();
  }
  return {};
}

/// Whether a function is the device template's, and not in the module yet.
static bool isOfTemplate(const llvm::Function &function) {
  return function.isDeclaration() &&
         (function.getName().starts_with("steepest_product_") ||
          function.getName().starts_with("steepest_math_"));
}

static LogicalResult linkTemplate(llvm::Module &code, Location loc) {
  if (llvm::none_of(code, isOfTemplate))
    return success();
  std::string path = findDeviceTemplate();
  if (path.empty())
    return emitError(loc) << "cannot find the device template "
                             "steepest-device.bc beside the tools, which "
                             "products and functions need; is the "
                             "installation complete?";
  llvm::SMDiagnostic problem;
  std::unique_ptr<llvm::Module> library =
      llvm::parseIRFile(path, problem, code.getContext());
  if (!library)
    return emitError(loc) << "cannot read '" << path
                          << "': " << problem.getMessage();
  library->setTargetTriple(code.getTargetTriple());
  library->setDataLayout(code.getDataLayout());
  if (llvm::Linker::linkModules(code, std::move(library),
                                llvm::Linker::LinkOnlyNeeded))
    return emitError(loc) << "cannot link '" << path << "'";
  return success();
}

/// Answers what the template asks of the target.
static void defineTarget(llvm::Module &code,
                         const CUDAArchitecture &architecture) {
  llvm::Function *function = code.getFunction("steepest_product_has_wgmma");
  if (!function)
    return;
  auto *block = llvm::BasicBlock::Create(code.getContext(), "", function);
  llvm::ReturnInst::Create(code.getContext(),
                           llvm::ConstantInt::get(function->getReturnType(),
                                                  architecture.hasWgmma()),
                           block);
}

/// What a step reads it may have written itself, so that no load may go by the
/// cache for constants, which sees no stores of the same launch. The template
/// is written for launches that only read their operands.
static void forbidConstantLoads(llvm::Module &code) {
  for (llvm::Function &function : code)
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      auto *call = dyn_cast<llvm::CallInst>(&instruction);
      auto *assembly =
          call ? dyn_cast<llvm::InlineAsm>(call->getCalledOperand()) : nullptr;
      if (!assembly)
        continue;
      std::string text = assembly->getAsmString().str();
      size_t at = text.find("ld.global.nc");
      if (at == std::string::npos)
        continue;
      text.replace(at, strlen("ld.global.nc"), "ld.global");
      // Not before a meeting either.
      call->setCalledOperand(llvm::InlineAsm::get(
          assembly->getFunctionType(), text, assembly->getConstraintString(),
          /*hasSideEffects=*/true, assembly->isAlignStack(),
          assembly->getDialect()));
    }
}

/// The program of a step goes into the kernel: there its pointers are known to
/// be of global memory. What says that it is not inlined is a function of its
/// own.
static void inlineCalls(llvm::Module &code) {
  for (llvm::Function &function : code)
    if (!function.isDeclaration() &&
        function.getCallingConv() != llvm::CallingConv::PTX_Kernel &&
        !function.hasFnAttribute(llvm::Attribute::NoInline))
      function.addFnAttr(llvm::Attribute::AlwaysInline);
}

/// What a model's code is made of, which need not be fast: loops of one huge
/// function take LLVM's optimiser minutes.
static constexpr StringLiteral modelPasses =
    "function(simplifycfg,instcombine<no-verify-fixpoint>,early-cse,"
    "simplifycfg),globaldce";

/// Runs passes; those of LLVM's second level of optimisation, if none are
/// named.
static void runPasses(llvm::Module &code, llvm::TargetMachine &machine,
                      StringRef pipeline = {}) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  if (pipeline.empty())
    passes = builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2);
  else
    llvm::cantFail(builder.parsePassPipeline(passes, pipeline));
  passes.run(code, modules);
}

/// What functions of the program are given lies in global memory. Those that
/// are inlined see where it comes from, others are told; before a pass that
/// sees pairs of casts and drops them.
static void promiseGlobalMemory(llvm::Module &code) {
  for (llvm::Function &function : code) {
    if (function.isDeclaration() ||
        !function.hasFnAttribute(llvm::Attribute::NoInline))
      continue;
    llvm::IRBuilder<> builder(&*function.getEntryBlock().begin());
    llvm::Type *global = builder.getPtrTy(1);
    for (llvm::Argument &argument : function.args()) {
      if (argument.use_empty() || argument.getType() != builder.getPtrTy())
        continue;
      llvm::Value *pointer = builder.CreateAddrSpaceCast(&argument, global);
      llvm::Value *known =
          builder.CreateAddrSpaceCast(pointer, argument.getType());
      argument.replaceUsesWithIf(
          known, [&](llvm::Use &use) { return use.getUser() != pointer; });
    }
  }
}

/// Leaves to the registers what kernels need within.
static void spillScalars(llvm::Module &code, llvm::TargetMachine &machine,
                         const CUDAArchitecture &architecture, Location loc) {
  // What is stored once must not be computed in two places.
  runPasses(code, machine,
            "always-inline,globaldce,function(sroa,early-cse,"
            "instcombine<no-verify-fixpoint>)");
  promiseGlobalMemory(code);
  runPasses(code, machine,
            "function(infer-address-spaces,simplifycfg),deadargelim,"
            "rpo-function-attrs,cgscc(function-attrs),function(early-cse)");
  for (llvm::Function &function : code) {
    if (function.isDeclaration() ||
        function.getCallingConv() != llvm::CallingConv::PTX_Kernel)
      continue;
    SpilledScalars spilled = spillUniform(function);
    StringRef optimizer = function.getName();
    optimizer.consume_back("__step");
    auto options = remark::RemarkOpts::name("SharedScalars")
                       .category("steepest-device-code")
                       .function(optimizer);
    auto remark = spilled.count ? remark::passed(loc, options)
                                : remark::missed(loc, options);
    remark << remark::metric("architecture", architecture.name)
           << remark::metric("registers", int64_t(spilled.registers))
           << remark::metric("values", int64_t(spilled.count));
    // What is live at one call is live at all of them then, of which little is
    // left.
    mergeCalls(function);
  }
}

/// Whatever is called must be here: a driver would refuse the code much later,
/// and not say why.
static LogicalResult checkSymbols(const llvm::Module &code, bool isModel,
                                  Location loc) {
  for (const llvm::Function &function : code)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !(isModel && isOfTemplate(function)))
      return emitError(loc) << "the device code calls '" << function.getName()
                            << "', which is not in it";
  return success();
}

std::unique_ptr<llvm::Module>
steepest::translateDevice(gpu::GPUModuleOp module, llvm::LLVMContext &context,
                          const CUDAArchitecture &architecture, bool isModel) {
  Location loc = module.getLoc();
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, context, module.getName());
  if (!code)
    return nullptr;
  std::unique_ptr<llvm::TargetMachine> machine =
      createNVPTXMachine(architecture);
  if (!machine) {
    emitError(loc) << "no code generator for NVPTX in this LLVM";
    return nullptr;
  }
  code->setTargetTriple(machine->getTargetTriple());
  code->setDataLayout(machine->createDataLayout());
  if (!isModel) {
    if (failed(linkTemplate(*code, loc)))
      return nullptr;
    defineTarget(*code, architecture);
  }
  llvm::internalizeModule(*code, [](const llvm::GlobalValue &value) {
    auto *function = dyn_cast<llvm::Function>(&value);
    return function &&
           function->getCallingConv() == llvm::CallingConv::PTX_Kernel;
  });
  for (llvm::Function &function : *code)
    if (!function.isDeclaration())
      function.setDoesNotThrow();
  forbidConstantLoads(*code);
  inlineCalls(*code);
  spillScalars(*code, *machine, architecture, loc);
  runPasses(*code, *machine, isModel ? StringRef(modelPasses) : StringRef());
  if (failed(checkSymbols(*code, isModel, loc)))
    return nullptr;
  return code;
}

FailureOr<DeviceImage> steepest::emitPTX(gpu::GPUModuleOp module,
                                         const CUDAArchitecture &architecture) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateDevice(module, context, architecture, /*isModel=*/false);
  if (!code)
    return failure();
  std::unique_ptr<llvm::TargetMachine> machine =
      createNVPTXMachine(architecture);
  SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return emitError(module.getLoc()) << "cannot write PTX";
  passes.run(*code);
  return DeviceImage{ImageKind::PTX, architecture.name.str(),
                     std::string(buffer.data(), buffer.size())};
}
