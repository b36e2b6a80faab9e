//===- Products.cpp - products on a team of blocks ------------------------===//
//
// Of the template's entry points (runtime/CUDA/Device/Products.def) those with
// 256 threads fit into a step's kernel:
//
//     f64                     fma_f64_64x64
//     f32                     fma_f32_64x64
//     f32, factors as bf16    mma_f32_as_bf16_128x128
//
// Entry points are inlined where they are called, with the flags as constants;
// so each is called from one function per combination of flags, which is not.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Products.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;

namespace {

struct EntryPoint {
  StringRef name;
  int64_t sharedBytes;
};

/// Symmetry as the template counts it.
enum Symmetry { Full = 0, Symmetric = 1, Lower = 2 };

} // namespace

static EntryPoint choose(kernel::ProductOp op, Type element) {
  if (element.isF64())
    return {"fma_f64_64x64", 33792};
  if (op.getBf16Factors())
    return {"mma_f32_as_bf16_128x128", 49152};
  return {"fma_f32_64x64", 17408};
}

/// A function that calls the entry point with these flags:
/// (a, lda, b, ldb, c, ldc, d, ldd, m, n, k, alpha, beta, gamma).
static func::FuncOp getVariant(gpu::GPUModuleOp module, Location loc,
                               const EntryPoint &entry, Type element,
                               bool transposeA, bool transposeB,
                               Symmetry symmetry) {
  std::string name = ("product." + entry.name + (transposeA ? ".t" : ".n") +
                      (transposeB ? "t" : "n") +
                      (symmetry == Full        ? ""
                       : symmetry == Symmetric ? ".symmetric"
                                               : ".lower"))
                         .str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder builder(module.getContext());
  IndexBuilder b(loc, builder);
  b.setInsertionPointToStart(module.getBody());
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  auto generic = LLVM::LLVMPointerType::get(b.getContext());
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  std::string callee = ("steepest_product_" + entry.name).str();
  auto declared = module.lookupSymbol<LLVM::LLVMFuncOp>(callee);
  if (!declared) {
    SmallVector<Type> types;
    for (int matrix = 0; matrix < 4; ++matrix)
      types.append({generic, i64, i64});
    types.append(7, i32);
    types.append(3, element);
    types.append(2, generic);
    declared = LLVM::LLVMFuncOp::create(
        b, callee,
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                    types));
  }
  SmallVector<Type> types;
  for (int matrix = 0; matrix < 4; ++matrix)
    types.append({global, i64});
  types.append(3, i32);
  types.append(3, element);
  auto function = func::FuncOp::create(b, name, b.getFunctionType(types, {}));
  function.setPrivate();
  // What LLVM calls it, which the conversion hands on.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  auto constant = [&](Type type, int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, type, value);
  };
  SmallVector<Value> arguments;
  for (int matrix = 0; matrix < 4; ++matrix)
    arguments.append({LLVM::AddrSpaceCastOp::create(
                          b, generic, block->getArgument(2 * matrix)),
                      block->getArgument(2 * matrix + 1), constant(i64, 0)});
  for (int extent = 8; extent < 11; ++extent)
    arguments.push_back(block->getArgument(extent));
  arguments.append({constant(i32, 1), constant(i32, transposeA),
                    constant(i32, transposeB), constant(i32, symmetry)});
  for (int scalar = 11; scalar < 14; ++scalar)
    arguments.push_back(block->getArgument(scalar));
  Value null = LLVM::ZeroOp::create(b, generic);
  arguments.append({null, null});
  LLVM::CallOp::create(b, declared, arguments);
  func::ReturnOp::create(b);
  return function;
}

void steepest::emitDeviceProduct(kernel::ProductOp op, Team &team) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  gpu::GPUModuleOp module = team.getModule();
  Type element = cast<MemRefType>(op.getInto().getType()).getElementType();
  EntryPoint entry = choose(op, element);
  Symmetry symmetry = op.getLowerResult() ? Lower
                      : op.getSymmetric() ? Symmetric
                                          : Full;
  func::FuncOp variant =
      getVariant(module, op.getLoc(), entry, element, op.getTransposeLhs(),
                 op.getTransposeRhs(), symmetry);
  // What the launch has to provide.
  int64_t bytes = entry.sharedBytes;
  if (auto before = module->getAttrOfType<IntegerAttr>(sharedBytesAttrName))
    bytes = std::max(bytes, before.getInt());
  module->setAttr(sharedBytesAttrName, b.getI64IntegerAttr(bytes));

  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  SmallVector<Value> arguments;
  auto addMatrix = [&](Value memory) {
    if (!memory) {
      arguments.append({LLVM::ZeroOp::create(b, global),
                        arith::ConstantOp::create(b, b.getI64IntegerAttr(0))});
      return;
    }
    auto metadata = memref::ExtractStridedMetadataOp::create(b, memory);
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
    int64_t size = element.getIntOrFloatBitWidth() / 8;
    Value address = b.add(base, b.mul(metadata.getOffset(), size));
    Value integer = arith::IndexCastOp::create(b, i64, address);
    arguments.append(
        {LLVM::IntToPtrOp::create(b, global, integer),
         arith::IndexCastOp::create(b, i64, metadata.getStrides()[0])});
  };
  addMatrix(op.getLhs());
  addMatrix(op.getRhs());
  addMatrix(op.getInto());
  addMatrix(op.getAddend());
  auto addExtent = [&](Value memory, int64_t dimension) {
    Value extent = memref::DimOp::create(b, memory, dimension);
    arguments.push_back(arith::IndexCastOp::create(b, i32, extent));
  };
  addExtent(op.getInto(), 0);
  addExtent(op.getInto(), 1);
  addExtent(op.getLhs(), op.getTransposeLhs() ? 0 : 1);
  auto addScalar = [&](Value scalar, double otherwise) {
    arguments.push_back(scalar ? scalar
                               : Value(arith::ConstantOp::create(
                                     b, b.getFloatAttr(element, otherwise))));
  };
  addScalar(op.getAlpha(), 1);
  addScalar(op.getBeta(), 0);
  addScalar(op.getGamma(), 0);
  func::CallOp::create(b, variant, arguments);
  team.meet(b);
  op.erase();
}
