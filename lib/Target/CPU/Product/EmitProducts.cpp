//===- EmitProducts.cpp - products as generated kernels -------------------===//

#include "lib/Target/CPU/Product/EmitProducts.h"

#include "lib/Target/CPU/Product/Family.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_EMITPRODUCTSPASS
#include "lib/Target/CPU/Product/EmitProducts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using namespace steepest::product;

/// Replaces one product by a call of its kernel.
static void emitCall(kernel::ProductOp op, ProductFamily &family) {
  Configuration configuration = Configuration::get(op);
  func::FuncOp function = family.getProduct(configuration);
  OpBuilder builder(op);
  Type matrix = getMatrixType(configuration.element);
  auto castMatrix = [&](Value memref) -> Value {
    if (memref.getType() == matrix)
      return memref;
    return memref::CastOp::create(builder, op.getLoc(), matrix, memref);
  };
  SmallVector<Value> operands{castMatrix(op.getLhs()), castMatrix(op.getRhs()),
                              castMatrix(op.getInto()), op.getScratch()};
  if (configuration.hasAlpha)
    operands.push_back(op.getAlpha());
  if (configuration.hasAddend)
    operands.append({op.getBeta(), castMatrix(op.getAddend())});
  if (configuration.hasGamma)
    operands.push_back(op.getGamma());
  func::CallOp::create(builder, op.getLoc(), function, operands);
  op.erase();
}

namespace {
struct EmitProducts : steepest::impl::EmitProductsPassBase<EmitProducts> {
  using Base::Base;

  void runOnOperation() override {
    if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512) {
      getOperation().emitError()
          << "expects vector-bits to be 128, 256 or 512, got "
          << vectorBits.getValue();
      return signalPassFailure();
    }
    SmallVector<kernel::ProductOp> products;
    getOperation().walk([&](kernel::ProductOp op) { products.push_back(op); });
    ProductFamily family(getOperation(), vectorBits);
    for (kernel::ProductOp op : products) {
      Configuration configuration = Configuration::get(op);
      ProductTile tile = getProductTile(configuration.element, vectorBits);
      remark::passed(op.getLoc(), remark::RemarkOpts::name("ProductEmitted")
                                      .category("steepest-emit-products"))
          << remark::metric("kernel", configuration.getName())
          << remark::metric("mr", tile.mr) << remark::metric("nr", tile.nr)
          << remark::metric("mc", tile.mc) << remark::metric("kc", tile.kc)
          << remark::metric("nc", tile.nc);
      emitCall(op, family);
    }
  }
};
} // namespace
