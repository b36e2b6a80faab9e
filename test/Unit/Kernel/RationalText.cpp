//===- RationalText.cpp - a rational function as a kernel -----------------===//

#include "test/Unit/Kernel/RationalText.h"

#include "lib/Target/CPU/CPUTarget.h"
#include "lib/Target/CPU/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace steepest;
using namespace steepest::test;

static void replaceAll(std::string &text, const std::string &from,
                       const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

static std::string print(const std::vector<double> &values) {
  std::string text;
  for (double value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "[" + text + "]";
}

/// The function (rows, cols, threads) -> bytes of scratch, as text.
static std::string getScratchFunction(const Terms &terms, bool isDouble,
                                      unsigned vectorBits) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                      steepest::kernel::KernelDialect>();
  mlir::OpBuilder builder(&context);
  mlir::Location loc = builder.getUnknownLoc();
  mlir::Type index = builder.getIndexType();
  mlir::OwningOpRef<mlir::func::FuncOp> function(mlir::func::FuncOp::create(
      builder, loc, "bytes",
      builder.getFunctionType({index, index, index}, index)));
  (*function)->setAttr("kernel.workspace", builder.getUnitAttr());
  builder.setInsertionPointToStart(function->addEntryBlock());
  mlir::Type element = isDouble ? mlir::Type(builder.getF64Type())
                                : mlir::Type(builder.getF32Type());
  mlir::Value bytes = steepest::buildRationalScratchBytes(
      builder, loc, function->getArgument(0), terms.poles.size(),
      function->getArgument(2), element, vectorBits);
  mlir::func::ReturnOp::create(builder, loc, bytes);
  std::string text;
  llvm::raw_string_ostream(text) << *function;
  return text + "\n";
}

std::string steepest::test::getRationalText(const Terms &terms, bool isDouble,
                                            const std::string &cpu) {
  mlir::MLIRContext context;
  auto report = [&] { return emitError(mlir::UnknownLoc::get(&context)); };
  mlir::FailureOr<CPUTarget> target = getCPUTarget(cpu, report);
  if (failed(target))
    return "";
  std::string text = R"(
!matrix = memref<?x?xTYPE, strided<[?, 1], offset: ?>>
func.func @rational(%a: !matrix, %y: !matrix, %workspace: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %ok = kernel.rational %a into %y scratch(%workspace) constant(CONSTANT)
      weights(WEIGHTS) poles(POLES) : !matrix into !matrix
  %defined = arith.constant 0 : i32
  %undefined = arith.constant 3 : i32
  %status = arith.select %ok, %defined, %undefined : i32
  return %status : i32
}
)";
  replaceAll(text, "TYPE", isDouble ? "f64" : "f32");
  replaceAll(text, "CONSTANT", std::to_string(terms.constant));
  replaceAll(text, "WEIGHTS", print(terms.weights));
  replaceAll(text, "POLES", print(terms.poles));
  return getScratchFunction(terms, isDouble, target->vectorBits) + text;
}
