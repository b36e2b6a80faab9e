//===- Object.cpp - from the LLVM dialect to machine code -----------------===//

#include "lib/Target/CPU/Object.h"
#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Optimize.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace steepest;

static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  // Our own marks have done their work; LLVM IR has no place for them.
  module.walk([](LLVM::LLVMFuncOp function) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(i, kernel::KernelDialect::getContextAttrName());
  });
  return translateModuleToLLVMIR(module, context, "steepest");
}

LogicalResult steepest::emitObject(ModuleOp module, const CPUTarget &target,
                                   ArrayRef<std::string> exported,
                                   ObjectFormat format,
                                   llvm::raw_pwrite_stream &stream,
                                   TimingScope timing) {
  CodeGenerationGate gate;
  llvm::LLVMContext context;
  context.setOptPassGate(gate);
  TimingScope part = timing.nest("translate");
  std::unique_ptr<llvm::Module> code = translate(module, context);
  if (!code)
    return failure();
  std::unique_ptr<llvm::TargetMachine> machine = target.createTargetMachine();
  if (!machine)
    return module.emitError("no code generator for ") << target.triple;
  code->setTargetTriple(llvm::Triple(target.triple));
  code->setDataLayout(machine->createDataLayout());
  llvm::internalizeModule(*code, [&](const llvm::GlobalValue &value) {
    return llvm::is_contained(exported, value.getName());
  });
  for (llvm::Function &function : *code) {
    if (function.isDeclaration())
      continue;
    // Nothing that we call throws, so no unwind tables are needed.
    function.setDoesNotThrow();
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.adjustments.empty())
      function.addFnAttr("target-features", target.adjustments);
  }

  part = timing.nest("optimize");
  optimize(*code, *machine);
  if (format == ObjectFormat::LLVMIR) {
    code->print(stream, nullptr);
    return success();
  }
  part = timing.nest("generate");
  llvm::legacy::PassManager passes;
  auto type = format == ObjectFormat::Assembly
                  ? llvm::CodeGenFileType::AssemblyFile
                  : llvm::CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return module.emitError("cannot write machine code for ") << target.triple;
  passes.run(*code);
  stream.flush();
  return success();
}
