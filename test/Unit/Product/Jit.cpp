//===- Jit.cpp - products compiled and run in this process ----------------===//

#include "test/Unit/Product/Jit.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Object.h"
#include "lib/Target/CPU/Pipeline.h"
#include "lib/Target/CPU/Product/Scratch.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

#include <cstdio>
#include <cstdlib>

using namespace mlir;

namespace steepest::product::jit {

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
  name += hasBf16Factors ? "_bf16" : "";
  name += hasAlpha ? "_scale" : "";
  name += hasAddend ? "_plus" : "";
  name += hasGamma ? "_shift" : "";
  name += lowerResult ? "_lower" : "";
  name += lhsLower ? "_lhslower" : "";
  name += rhsLower ? "_rhslower" : "";
  name += lowerBlocksResult ? "_blocks" : "";
  name += lhsLowerBlocks ? "_lhsblocks" : "";
  name += rhsLowerBlocks ? "_rhsblocks" : "";
  return name;
}

/// The entry (lhs, rhs, into, addend, alpha, beta, gamma, scratch).
static std::string getSource(const Variant &variant) {
  std::string real = variant.isDouble ? "f64" : "f32";
  std::string matrix = "memref<?x?x" + real + ", strided<[?, 1], offset: ?>>";
  std::string text =
      "func.func @" + variant.getName() + "(%a: " + matrix + ", %b: " + matrix +
      ", %c: " + matrix + ", %d: " + matrix +
      ", %alpha: f64, %beta: f64, %gamma: f64, %s: memref<?xi8>) -> i32 "
      "attributes {kernel.entry} {\n";
  auto narrow = [&](const char *name, const char *wide) {
    text += variant.isDouble
                ? std::string("  %zero_") + name +
                      " = arith.constant -0.0 : f64\n  %" + name +
                      " = arith.addf %" + wide + ", %zero_" + name + " : f64\n"
                : std::string("  %") + name + " = arith.truncf %" + wide +
                      " : f64 to f32\n";
  };
  narrow("x", "alpha");
  narrow("y", "beta");
  narrow("z", "gamma");
  text += "  kernel.product %a, %b into %c scratch(%s)";
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
  if (variant.lowerResult)
    flags.push_back("lower_result");
  if (variant.lhsLower)
    flags.push_back("lhs_lower");
  if (variant.rhsLower)
    flags.push_back("rhs_lower");
  if (variant.lowerBlocksResult)
    flags.push_back("lower_blocks_result");
  if (variant.lhsLowerBlocks)
    flags.push_back("lhs_lower_blocks");
  if (variant.rhsLowerBlocks)
    flags.push_back("rhs_lower_blocks");
  if (variant.hasBf16Factors)
    flags.push_back("factors = bf16");
  if (!flags.empty())
    text += " {" + llvm::join(flags, ", ") + "}";
  return text + " : " + matrix + ", " + matrix + " into " + matrix +
         "\n  %status = arith.constant 0 : i32\n  return %status : i32\n}\n";
}

/// The size of the scratch of a variant, for the extents of its four matrices.
static void addScratchFunction(ModuleOp module, const Variant &variant,
                               unsigned vectorBits) {
  auto location = module.getLoc();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Type index = builder.getIndexType();
  auto function = func::FuncOp::create(
      builder, location, variant.getName() + "_bytes",
      builder.getFunctionType(SmallVector<Type>(9, index), index));
  function->setAttr(kernel::KernelDialect::getWorkspaceAttrName(),
                    builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value m = function.getArgument(4), n = function.getArgument(5);
  Value k = function.getArgument(variant.transposeLhs ? 0 : 1);
  Value threads = function.getArgument(8);
  Type element = variant.isDouble ? Type(builder.getF64Type())
                                  : Type(builder.getF32Type());
  Value bytes =
      buildProductScratchBytes(builder, location, m, n, k, threads, element,
                               getProductTile(element, vectorBits));
  func::ReturnOp::create(builder, location, bytes);
}

Library::Library(const std::string &cpu, const std::vector<Variant> &variants) {
  std::string text;
  std::vector<std::string> exported;
  for (const Variant &variant : variants) {
    text += getSource(variant);
    exported.push_back(variant.getName() + "__kernel");
    exported.push_back(variant.getName() + "_bytes");
  }
  compile(cpu, text, exported, [&](ModuleOp module) {
    for (const Variant &variant : variants)
      addScratchFunction(module, variant, vectorBits);
  });
}

Library::Library(const std::string &cpu, const std::string &text,
                 const std::vector<std::string> &exported) {
  compile(cpu, text, exported, [](ModuleOp) {});
}

void Library::compile(const std::string &cpu, const std::string &text,
                      const std::vector<std::string> &exported,
                      const Extend &extend) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<arith::ArithDialect, func::FuncDialect,
                      kernel::KernelDialect, memref::MemRefDialect>();
  FailureOr<CPUTarget> target =
      getCPUTarget(cpu, [&] { return emitError(UnknownLoc::get(&context)); });
  check(succeeded(target), "no such processor");
  vectorBits = target->vectorBits;

  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  check(bool(module), "cannot parse the kernels");
  extend(*module);
  PassManager passes(&context);
  buildLowerToLLVMPipeline(passes, *target);
  check(succeeded(passes.run(*module)), "cannot lower to llvm");
  SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  check(succeeded(emitObject(*module, *target, exported, ObjectFormat::Object,
                             stream)),
        "cannot emit machine code");

  jit = take(llvm::orc::LLJITBuilder().create());
  check(!jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
            StringRef(object.data(), object.size()))),
        "cannot link the object");
}

bool Library::hasBf16Products(const std::string &cpu) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  FailureOr<CPUTarget> target =
      getCPUTarget(cpu, [&] { return emitError(UnknownLoc::get(&context)); });
  return succeeded(target) && target->hasBf16Products();
}

Library::~Library() = default;

void *Library::lookup(const std::string &name) {
  return take(jit->lookup(name)).toPtr<void *>();
}

Library::Kernel Library::getKernel(const Variant &variant) {
  return reinterpret_cast<Kernel>(lookup(variant.getName() + "__kernel"));
}

int64_t Library::getScratchBytes(const Variant &variant,
                                 const Operands &operands, int64_t threads) {
  auto function = reinterpret_cast<int64_t (*)(const int64_t *, int64_t)>(
      lookup(variant.getName() + "_bytes"));
  std::vector<int64_t> extents;
  for (const steepest_matrix *matrix :
       {&operands.lhs, &operands.rhs, &operands.into, &operands.addend}) {
    extents.push_back(matrix->rows);
    extents.push_back(matrix->cols);
  }
  return function(extents.data(), threads);
}

void Library::run(Kernel kernel, const Operands &operands, void *scratch,
                  const Workers &workers) {
  const steepest_matrix tensors[] = {operands.lhs, operands.rhs, operands.into,
                                     operands.addend};
  const double hypers[] = {operands.alpha, operands.beta, operands.gamma};
  steepest_kernel_arguments arguments = {};
  arguments.tensors = tensors;
  arguments.hypers = hypers;
  arguments.workspace = scratch;
  arguments.parallel_for = workers.parallelFor;
  arguments.pool = workers.pool;
  arguments.threads = workers.threads;
  check(kernel(&arguments) == 0, "a product failed");
}

bool canRun(unsigned vectorBits) {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (vectorBits == 512)
    return features.lookup("avx512f");
  if (vectorBits == 256)
    return features.lookup("avx2") && features.lookup("fma");
  return true;
}

} // namespace steepest::product::jit
