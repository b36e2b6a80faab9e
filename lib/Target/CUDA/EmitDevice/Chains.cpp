//===- Chains.cpp - chains of products in shared memory -------------------===//
//
// The steps of a polynomial are products one after another, with nothing but
// scalars between them: a *chain*. Of small matrices each costs a meeting and a
// way to memory and back, which take longer than the product. So a chain is
// also emitted as a function of one block, which stages what the chain starts
// from, multiplies in shared memory (runtime/CUDA/Device/ProductStaged.h) and
// stores what is used afterwards; the other blocks wait for it at the meeting.
// The step takes this way when the matrices fit into the shared memory of the
// launch. The bits are those of the products on the ordinary units and of
// mma.sync.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Chains.h"

#include "lib/Target/CUDA/EmitDevice/Chain.h"
#include "lib/Target/CUDA/EmitDevice/ChainFunction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace steepest;
using kernel::ProductOp;

/// The most shared memory of a block: of compute capability 8.6, 8.9 and 12,
/// the least of all; of 8.0; of 9.0 and 10, the most of all.
static constexpr int64_t blockBytes = 99 << 10, blockBytes80 = 163 << 10,
                         blockBytes90 = 227 << 10;

/// Emits both ways. Chains of the same structure share a function.
static void emitChain(const Chain &chain, Team &team,
                      llvm::StringMap<func::FuncOp> &functions) {
  ProductOp first = chain.getProducts().front();
  OpBuilder builder(first);
  IndexBuilder b(first.getLoc(), builder);
  b.setInsertionPoint(first);
  gpu::GPUModuleOp module = team.getModule();
  func::FuncOp &function = functions[chain.getStructure()];
  if (!function)
    function = makeChainFunction(b, module, chain, functions.size() - 1);
  auto ways = scf::IfOp::create(b, buildChainFits(b, module, chain),
                                /*withElseRegion=*/true);
  for (ProductOp product : chain.getProducts())
    product->moveBefore(ways.elseYield());
  b.setInsertionPointToStart(ways.thenBlock());
  callChainFunction(b, function, chain);
  team.meet(b);
}

static void reportChain(const Chain &chain) {
  auto largest = [&](int64_t bytes) {
    int64_t order = 0;
    while (chain.getBytes(order + 16) <= bytes)
      order += 16;
    return order;
  };
  ProductOp first = chain.getProducts().front();
  remark::passed(
      first.getLoc(),
      remark::RemarkOpts::name("DeviceChain")
          .category("steepest-emit-device")
          .function(first->getParentOfType<func::FuncOp>().getName()))
      << remark::metric("products", chain.getProducts().size())
      << remark::metric("matrices", chain.countPlaces())
      << remark::metric("largestOrder", largest(blockBytes))
      << remark::metric("bytes", chain.getBytes(largest(blockBytes)))
      << remark::metric("largestOrder80", largest(blockBytes80))
      << remark::metric("bytes80", chain.getBytes(largest(blockBytes80)))
      << remark::metric("largestOrder90", largest(blockBytes90))
      << remark::metric("bytes90", chain.getBytes(largest(blockBytes90)));
}

/// Of f32 matrices that have their memory to themselves: parts of others could
/// be written by another name.
static bool canBeStaged(ProductOp product) {
  return llvm::all_of(
      ValueRange{product.getLhs(), product.getRhs(), product.getInto()},
      [](Value memory) {
        auto type = cast<MemRefType>(memory.getType());
        return type.getElementType().isF32() &&
               (isa<BlockArgument>(memory) ||
                memory.getDefiningOp<memref::ViewOp>());
      });
}

int64_t steepest::emitDeviceChains(func::FuncOp entry, Team &team) {
  SmallVector<SmallVector<ProductOp>> found;
  entry.walk([&](Block *block) {
    SmallVector<ProductOp> run;
    SmallVector<Operation *> between;
    auto finish = [&] {
      // One product alone gains nothing.
      if (run.size() > 1)
        found.push_back(run);
      run.clear();
      between.clear();
    };
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      auto product = dyn_cast<ProductOp>(op);
      if (product && canBeStaged(product)) {
        // Scalars do not depend on products.
        for (Operation *scalar : between)
          scalar->moveBefore(run.front());
        between.clear();
        run.push_back(product);
      } else if (!product && op.getNumRegions() == 0 &&
                 isMemoryEffectFree(&op)) {
        if (!run.empty())
          between.push_back(&op);
      } else {
        finish();
      }
    }
    finish();
  });
  llvm::StringMap<func::FuncOp> functions;
  for (ArrayRef<ProductOp> products : found) {
    Chain chain(products);
    emitChain(chain, team, functions);
    reportChain(chain);
  }
  return found.size();
}

void steepest::requireChainMemory(gpu::GPUModuleOp module) {
  if (llvm::none_of(module.getOps<func::FuncOp>(), [](func::FuncOp function) {
        return function->hasAttr(chainAttrName);
      }))
    return;
  // How much there is, and what of it is declared by name, shows where the
  // kernel is loaded.
  auto i64 = IntegerType::get(module.getContext(), 64);
  module->setAttr(mostSharedBytesAttrName, IntegerAttr::get(i64, blockBytes90));
}
