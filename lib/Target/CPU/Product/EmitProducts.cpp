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
  Type element = op.getInto().getType().getElementType();
  func::FuncOp function = family.getProduct(getFactorType(op));
  OpBuilder builder(op);
  Emitter e(op.getLoc(), builder);
  auto scalarOr = [&](Value scalar, double otherwise) -> Value {
    if (scalar)
      return scalar;
    return arith::ConstantOp::create(e, FloatAttr::get(element, otherwise));
  };
  auto flag = [&](bool value) { return value ? e.yes() : e.no(); };
  Value into = e.castToMatrix(op.getInto());
  SmallVector<Value> operands{e.castToMatrix(op.getLhs()),
                              e.castToMatrix(op.getRhs()),
                              into,
                              op.getAddend() ? e.castToMatrix(op.getAddend())
                                             : into,
                              scalarOr(op.getAlpha(), 1),
                              scalarOr(op.getBeta(), 0),
                              scalarOr(op.getGamma(), 0),
                              flag(op.getTransposeLhs()),
                              flag(op.getTransposeRhs()),
                              flag(op.getSymmetric()),
                              flag(op.getSymmetric() && !op.getLowerResult()),
                              flag(op.getLhsLower()),
                              flag(op.getRhsLower()),
                              flag(bool(op.getAddend())),
                              flag(bool(op.getGamma())),
                              flag(op.getLowerBlocksResult()),
                              flag(op.getLhsLowerBlocks()),
                              flag(op.getRhsLowerBlocks()),
                              op.getScratch()};
  func::CallOp::create(e, function, operands);
  op.erase();
}

namespace {
struct EmitProducts : steepest::impl::EmitProductsPassBase<EmitProducts> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifyVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    SmallVector<kernel::ProductOp> products;
    getOperation().walk([&](kernel::ProductOp op) { products.push_back(op); });
    ProductFamily family(getOperation(), vectorBits);
    for (kernel::ProductOp op : products) {
      if (std::optional<Type> factors = op.getFactors()) {
        if (!factors->isBF16()) {
          op.emitOpError() << "expects `factors` of bf16 on a CPU, got "
                           << *factors;
          return signalPassFailure();
        }
        if (vectorBits != 512) {
          op.emitOpError() << "expects registers of 512 bits for `factors`, "
                              "got "
                           << vectorBits.getValue();
          return signalPassFailure();
        }
      }
      family.expect(Configuration::get(op));
    }
    for (kernel::ProductOp op : products) {
      Configuration configuration = Configuration::get(op);
      ProductTile tile = getProductTile(configuration.factor, vectorBits);
      remark::passed(op.getLoc(), remark::RemarkOpts::name("ProductEmitted")
                                      .category("steepest-emit-products"))
          << remark::metric("form", configuration.getForm())
          << remark::metric("factors", configuration.factor)
          << remark::metric("mr", tile.mr) << remark::metric("nr", tile.nr)
          << remark::metric("mc", tile.mc) << remark::metric("kc", tile.kc)
          << remark::metric("nc", tile.nc);
      emitCall(op, family);
    }
  }
};
} // namespace
