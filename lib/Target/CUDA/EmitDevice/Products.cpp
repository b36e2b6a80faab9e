//===- Products.cpp - products on a team of blocks ------------------------===//
//
// Of the template's entry points (runtime/CUDA/Device/Products.def) those with
// 256 threads fit into a step's kernel. Which one it is, the shape decides when
// the step comes there (Choice.h):
//
//     f64                     fma_f64_64x64
//     f32                     fma_f32_64x64, fma_f32_128x128
//     f32, factors as bf16    mma_f32_as_bf16_64x128, _128x128; with wgmma
//     (f16 the same)          panel_bf16_64x64, _128x128
//     f32, factors as tf32    mma_tf32_64x128, _128x128; with wgmma
//                             panel_tf32_64x64, _128x128
//
// They are called by functions (TemplateCalls.h). Where factors are packed into
// panels the team meets once more.
//
// Tiles of 128 x 256 need more registers than a step that goes on after the
// product can spare.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Products.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "lib/Target/CUDA/EmitDevice/TemplateCalls.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "runtime/CUDA/Device/Choice.h"

using namespace mlir;
using namespace steepest;

/// Whether the last kernel before `user` that writes the matrix, in its block,
/// is a product that mirrors its result. Products name a buffer by one value;
/// other kernels may write it by views.
static bool isMirrored(Value matrix, Operation *user) {
  for (Operation *op = user->getPrevNode(); op; op = op->getPrevNode()) {
    if (auto product = dyn_cast<kernel::ProductOp>(op)) {
      if (product.getInto() == matrix)
        return product.getSymmetric() && !product.getLowerResult();
    } else if (op->getNumRegions() != 0 ||
               isa<kernel::KernelDialect>(op->getDialect())) {
      return false;
    }
  }
  return false;
}

void steepest::markMirroredFactors(func::FuncOp entry) {
  entry.walk([](kernel::ProductOp op) {
    if (op.getLhs() == op.getRhs() && isMirrored(op.getLhs(), op))
      op->setAttr(mirroredFactorAttrName, UnitAttr::get(op.getContext()));
  });
}

/// What a launch has to provide.
static void requireShared(gpu::GPUModuleOp module, StringRef attribute,
                          ArrayRef<ProductFamily::EntryPoint> entries) {
  int64_t bytes = 0;
  if (auto before = module->getAttrOfType<IntegerAttr>(attribute))
    bytes = before.getInt();
  for (const ProductFamily::EntryPoint &entry : entries)
    bytes = std::max(bytes, entry.sharedBytes);
  if (bytes)
    module->setAttr(
        attribute,
        IntegerAttr::get(IntegerType::get(module.getContext(), 64), bytes));
}

void steepest::reportDeviceProduct(kernel::ProductOp op) {
  Type element = cast<MemRefType>(op.getInto().getType()).getElementType();
  ProductFamily family = getProductFamily(op, element);
  if (family.choose.empty())
    return;
  bool symmetric = op.getSymmetric(), narrow = !family.fromPanels.empty();
  bool tf32 = family.name == "tf32";
  auto chosen = [&](int64_t n, bool hasWgmma) {
    return narrow ? steepest_choose_narrow(n, n, n, symmetric, hasWgmma, tf32)
                  : steepest_choose_fma(n, n, n, symmetric);
  };
  auto at = [&](int64_t n, bool hasWgmma) {
    int32_t number = chosen(n, hasWgmma);
    return number < int32_t(family.direct.size())
               ? family.direct[number].name
               : family.fromPanels[number - family.direct.size()].name;
  };
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (bool hasWgmma : {false, true}) {
    if (hasWgmma && !narrow)
      break;
    stream << (hasWgmma ? "; with wgmma " : "");
    StringRef before;
    for (int64_t n = 64; n <= 16384; n += 64)
      if (StringRef now = at(n, hasWgmma); now != before) {
        stream << (before.empty() ? "" : ", ") << now
               << (before.empty() ? "" : " from ");
        if (!before.empty())
          stream << n;
        before = now;
      }
  }
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("DeviceProduct")
                     .category("steepest-emit-device")
                     .function(op->getParentOfType<func::FuncOp>().getName()))
      << remark::add("{0}", stream.str());
}

/// A product that may be one from panels, by the arguments of `getProduct` but
/// the choice.
static void emitChosenProduct(IndexBuilder &b, kernel::ProductOp op,
                              TemplateCalls &calls, const ProductFamily &family,
                              ArrayRef<Value> arguments, Value header) {
  ArrayRef<Value> extents = arguments.slice(8, 3);
  Value choice =
      func::CallOp::create(b, calls.getChoice(family), extents).getResult(0);
  auto ways = scf::IfOp::create(b, calls.usesPanels(b, family, choice),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ways.elseBlock());
  SmallVector<Value> direct(arguments);
  direct.push_back(choice);
  func::CallOp::create(b, calls.getProduct(family), direct);

  b.setInsertionPointToStart(ways.thenBlock());
  Value panelsA = buildGlobalMatrix(b, op.getScratch()).first;
  Value panelsB = panelsA;
  if (!calls.packsOnce()) {
    SmallVector<Value> indices;
    for (Value extent : extents)
      indices.push_back(
          arith::IndexCastOp::create(b, b.getIndexType(), extent));
    Value start = buildDeviceProductScratch(b, indices[0], indices[1],
                                            indices[2], family.elementBytes)
                      .rhs;
    panelsB = LLVM::GEPOp::create(
        b, panelsA.getType(), b.getI8Type(), panelsA,
        ArrayRef<LLVM::GEPArg>{
            arith::IndexCastOp::create(b, b.getI64Type(), start).getResult()});
  }
  SmallVector<Value> packing(arguments.take_front(4));
  llvm::append_range(packing, extents);
  packing.append({panelsA, panelsB, header});
  func::CallOp::create(b, calls.getPacking(family), packing);
  SmallVector<Value> product = {panelsA, panelsB};
  llvm::append_range(product, arguments.slice(4));
  product.push_back(choice);
  func::CallOp::create(b, calls.getFromPanels(family), product);
}

void steepest::emitDeviceProduct(kernel::ProductOp op, Team &team) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  gpu::GPUModuleOp module = team.getModule();
  Type element = cast<MemRefType>(op.getInto().getType()).getElementType();
  ProductFamily family = getProductFamily(op, element);
  requireShared(module, sharedBytesAttrName, family.direct);
  requireShared(module, panelBytesAttrName, family.fromPanels);

  Type i32 = b.getI32Type();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  SmallVector<Value> matrices;
  for (Value memory :
       {op.getLhs(), op.getRhs(), op.getInto(), op.getAddend()}) {
    if (!memory) {
      matrices.append({LLVM::ZeroOp::create(b, global),
                       arith::ConstantOp::create(b, b.getI64IntegerAttr(0))});
      continue;
    }
    auto [pointer, leading] = buildGlobalMatrix(b, memory);
    matrices.append({pointer, leading});
  }
  Value m = memref::DimOp::create(b, op.getInto(), 0);
  Value n = memref::DimOp::create(b, op.getInto(), 1);
  Value k = memref::DimOp::create(b, op.getLhs(), op.getTransposeLhs() ? 0 : 1);
  SmallVector<Value> extents;
  for (Value extent : {m, n, k})
    extents.push_back(arith::IndexCastOp::create(b, i32, extent));

  SmallVector<Value> arguments(matrices);
  arguments.append(extents);
  auto addScalar = [&](Value scalar, double otherwise) {
    arguments.push_back(scalar ? scalar
                               : Value(arith::ConstantOp::create(
                                     b, b.getFloatAttr(element, otherwise))));
  };
  addScalar(op.getAlpha(), 1);
  addScalar(op.getBeta(), 0);
  addScalar(op.getGamma(), 0);
  TemplateCalls calls(op, module);
  if (family.fromPanels.empty())
    func::CallOp::create(b, calls.getProduct(family), arguments);
  else
    emitChosenProduct(b, op, calls, family, arguments, team.getHeader());
  team.meet(b);
  op.erase();
}
