//===- MergeVersions.cpp - the version for a shape, at run time -----------===//

#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

namespace steepest {
#define GEN_PASS_DEF_MERGEVERSIONSPASS
#include "lib/Transforms/MergeVersions/MergeVersions.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// Moves the operations of `from` into `to`, with its `return` as a yield.
/// Places on the stack go to `entry`, where they are made once: those in
/// `free`, which another branch has, serve this one, too.
static SmallVector<memref::AllocaOp>
moveBody(Block &from, ValueRange arguments, Block &to, Block &entry,
         SmallVector<memref::AllocaOp> free = {}) {
  SmallVector<memref::AllocaOp> made;
  for (auto [old, argument] : llvm::zip_equal(from.getArguments(), arguments))
    old.replaceAllUsesWith(argument);
  for (Operation &op : llvm::make_early_inc_range(from)) {
    if (auto place = dyn_cast<memref::AllocaOp>(op);
        place && op.getNumOperands() == 0) {
      auto *other = llvm::find_if(free, [&](memref::AllocaOp candidate) {
        return candidate.getType() == place.getType();
      });
      if (other != free.end()) {
        place.replaceAllUsesWith(other->getResult());
        free.erase(other);
        op.erase();
        continue;
      }
      op.moveBefore(&entry, entry.begin());
      made.push_back(place);
      continue;
    }
    if (auto end = dyn_cast<func::ReturnOp>(op)) {
      OpBuilder builder = OpBuilder::atBlockEnd(&to);
      scf::YieldOp::create(builder, end.getLoc(), end.getOperands());
      continue;
    }
    op.moveBefore(&to, to.end());
  }
  return made;
}

/// Makes the body of `general` a branch beside that of `version`, which is
/// taken when its two extents are `rows` and `cols`.
static void
merge(func::FuncOp general, func::FuncOp version, int64_t rows, int64_t cols,
      function_ref<Value(OpBuilder &, Block &, unsigned dim)> getExtent) {
  Location loc = general.getLoc();
  Block &old = general.getBody().front();
  auto *entry = new Block;
  for (BlockArgument argument : old.getArguments())
    entry->addArgument(argument.getType(), argument.getLoc());
  general.getBody().push_front(entry);
  OpBuilder builder = OpBuilder::atBlockEnd(entry);
  auto equals = [&](unsigned dim, int64_t size) -> Value {
    Value constant = arith::ConstantIndexOp::create(builder, loc, size);
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                 getExtent(builder, *entry, dim), constant);
  };
  Value isRows = equals(0, rows), isCols = equals(1, cols);
  Value matches = arith::AndIOp::create(builder, loc, isRows, isCols);
  auto branch =
      scf::IfOp::create(builder, loc, general.getResultTypes(), matches,
                        /*addThenBlock=*/true, /*addElseBlock=*/true);
  func::ReturnOp::create(builder, loc, branch.getResults());
  SmallVector<memref::AllocaOp> places =
      moveBody(version.getBody().front(), entry->getArguments(),
               *branch.thenBlock(), *entry);
  moveBody(old, entry->getArguments(), *branch.elseBlock(), *entry, places);
  old.erase();
}

namespace {
struct MergeVersions : steepest::impl::MergeVersionsPassBase<MergeVersions> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> versions;
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("steepest.version"))
        versions.push_back(function);
    // The first asked for is compared first: it is merged last.
    for (func::FuncOp version : llvm::reverse(versions)) {
      auto info = version->getAttrOfType<DictionaryAttr>("steepest.version");
      auto of = info.getAs<StringAttr>("of").getValue();
      int64_t rows = info.getAs<IntegerAttr>("rows").getInt();
      int64_t cols = info.getAs<IntegerAttr>("cols").getInt();
      auto general = module.lookupSymbol<func::FuncOp>(of);
      auto sizeOf = [&](StringRef name) {
        return module.lookupSymbol<func::FuncOp>((name + "__workspace").str());
      };
      func::FuncOp size = sizeOf(of), versionSize = sizeOf(version.getName());
      if (!general || !size || !versionSize) {
        version.emitError() << "expects the function it is a version of, got "
                               "no @"
                            << of << " with a planned workspace";
        return signalPassFailure();
      }
      merge(general, version, rows, cols,
            [&](OpBuilder &builder, Block &entry, unsigned dim) -> Value {
              return memref::DimOp::create(builder, general.getLoc(),
                                           entry.getArgument(0), dim);
            });
      merge(size, versionSize, rows, cols,
            [](OpBuilder &, Block &entry, unsigned dim) -> Value {
              return entry.getArgument(dim);
            });
      version.erase();
      versionSize.erase();
    }
  }
};
} // namespace
