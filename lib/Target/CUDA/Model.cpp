//===- Model.cpp - device code for the CPU model of an SM -----------------===//

#include "lib/Target/CUDA/Model.h"

#include "lib/Target/CPU/CPUTarget.h"
#include "lib/Target/CUDA/DeviceCode.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/ReplaceConstant.h"

using namespace mlir;
using namespace steepest;

std::string steepest::getModelSymbol(StringRef kernel) {
  return ("steepest_model__" + kernel).str();
}

/// The function of the model that an intrinsic becomes; empty when it has none.
static StringRef modelFunction(llvm::Intrinsic::ID id) {
  switch (id) {
  case llvm::Intrinsic::nvvm_read_ptx_sreg_tid_x:
    return "steepest_model_thread";
  case llvm::Intrinsic::nvvm_read_ptx_sreg_ctaid_x:
    return "steepest_model_block_x";
  case llvm::Intrinsic::nvvm_read_ptx_sreg_ctaid_y:
    return "steepest_model_block_y";
  case llvm::Intrinsic::nvvm_read_ptx_sreg_nctaid_x:
    return "steepest_model_grid_x";
  case llvm::Intrinsic::nvvm_read_ptx_sreg_nctaid_y:
    return "steepest_model_grid_y";
  case llvm::Intrinsic::nvvm_barrier_cta_sync_aligned_all:
    return "steepest_model_barrier";
  case llvm::Intrinsic::nvvm_shfl_sync_bfly_i32:
    return "steepest_model_shuffle_i32";
  case llvm::Intrinsic::nvvm_shfl_sync_bfly_f32:
    return "steepest_model_shuffle_f32";
  case llvm::Intrinsic::nvvm_nanosleep:
    return "steepest_model_sleep";
  default:
    return {};
  }
}

static LogicalResult replaceIntrinsics(llvm::Module &code, Location loc) {
  for (llvm::Function &function : llvm::make_early_inc_range(code)) {
    if (!function.isIntrinsic() ||
        !function.getName().starts_with("llvm.nvvm."))
      continue;
    StringRef name = modelFunction(function.getIntrinsicID());
    if (name.empty()) {
      if (function.use_empty())
        continue;
      return emitError(loc)
             << "the model of an SM has no '" << function.getName() << "'";
    }
    llvm::FunctionCallee callee =
        code.getOrInsertFunction(name, function.getFunctionType());
    function.replaceAllUsesWith(callee.getCallee());
  }
  return success();
}

/// Each block has its own: an offset into the memory that the model gives it.
static void replaceSharedMemory(llvm::Module &code) {
  const llvm::DataLayout &layout = code.getDataLayout();
  int64_t offset = 0;
  llvm::IRBuilder<> b(code.getContext());
  for (llvm::GlobalVariable &global :
       llvm::make_early_inc_range(code.globals())) {
    if (global.getAddressSpace() != 3)
      continue;
    llvm::convertUsersOfConstantsToInstructions({&global});
    uint64_t align =
        std::max<uint64_t>(16, global.getAlign().valueOrOne().value());
    offset = llvm::alignTo(offset, align);
    llvm::FunctionCallee shared = code.getOrInsertFunction(
        "steepest_model_shared", global.getType(), b.getInt64Ty());
    for (llvm::User *user : llvm::make_early_inc_range(global.users())) {
      auto *instruction = cast<llvm::Instruction>(user);
      llvm::Function *function = instruction->getFunction();
      b.SetInsertPoint(&*function->getEntryBlock().getFirstInsertionPt());
      llvm::Value *address = b.CreateCall(shared, {b.getInt64(offset)});
      instruction->replaceUsesOfWith(&global, address);
    }
    offset += layout.getTypeAllocSize(global.getValueType());
    global.eraseFromParent();
  }
}

/// A kernel's only argument, by value on the device, is a pointer here.
static void replaceKernels(llvm::Module &code) {
  for (llvm::Function &function : code) {
    if (function.isDeclaration())
      continue;
    function.removeFnAttr("target-cpu");
    function.removeFnAttr("target-features");
    if (function.getCallingConv() == llvm::CallingConv::PTX_Kernel) {
      function.setCallingConv(llvm::CallingConv::C);
      function.removeParamAttr(0, llvm::Attribute::ByVal);
      function.setName(getModelSymbol(function.getName()));
    }
  }
}

FailureOr<std::string> steepest::emitModelObject(gpu::GPUModuleOp module) {
  Location loc = module.getLoc();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateDevice(
      module, context,
      *llvm::find_if(getCUDAArchitectures(),
                     [](auto &known) { return known.name == "sm_90a"; }),
      /*isModel=*/true);
  if (!code)
    return failure();
  FailureOr<CPUTarget> host =
      getCPUTarget("x86-64-v3", [&] { return emitError(loc); });
  if (failed(host))
    return failure();
  std::unique_ptr<llvm::TargetMachine> machine = host->createTargetMachine();
  if (!machine)
    return emitError(loc) << "no code generator for " << host->triple;
  if (failed(replaceIntrinsics(*code, loc)))
    return failure();
  // What LLVM's code generator does on top of optimised code takes it minutes
  // for a solver's step, and a model need not be fast.
  machine->setOptLevel(llvm::CodeGenOptLevel::None);
  replaceSharedMemory(*code);
  replaceKernels(*code);
  code->setTargetTriple(machine->getTargetTriple());
  code->setDataLayout(machine->createDataLayout());
  SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return emitError(loc) << "cannot write machine code for " << host->triple;
  passes.run(*code);
  return std::string(buffer.data(), buffer.size());
}
