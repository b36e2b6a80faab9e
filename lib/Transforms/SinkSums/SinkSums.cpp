//===- SinkSums.cpp - sums for certificates leave branches ----------------===//
//
// Scalars of both branches are computed after the conditional, each from what
// its own branch yields, with zeros from the branch that was not taken; a
// selection throws the wrong ones away. They cost nothing, and without regions
// they are what FormMaps takes for the making of a certificate.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/FormMaps/Shapes.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace steepest {
#define GEN_PASS_DEF_SINKSUMSPASS
#include "lib/Transforms/SinkSums/SinkSums.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
/// What leaves one branch.
class Branch {
public:
  explicit Branch(Block &block);

  /// Whether some sum is over a tensor that the branch yields.
  bool sinks() const { return !sums.empty(); }
  /// Whether only scalar arithmetic lies between the value yielded at
  /// `position` and the sums that leave.
  bool isScalarWork(unsigned position) {
    return isScalarWork(yielded[position]);
  }
  /// Decides what leaves, for the yielded values at the positions.
  void choose(ArrayRef<unsigned> positions);
  ArrayRef<Value> getExported() const { return exported.getArrayRef(); }
  /// The yielded values at the positions, made anew after the conditional:
  /// `results` stand for its old results, `exports` for what is exported.
  SmallVector<Value> rebuild(OpBuilder &builder, ValueRange results,
                             ValueRange exports);

private:
  bool isInside(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == &block;
  }
  /// Whether the value is made, entry by entry, of yielded tensors, tensors
  /// from above and constants; `yields` when of a yielded one.
  bool isSinkable(Value value, bool &yields);
  /// Whether `value` depends on a sum that leaves.
  bool depends(Value value);
  bool isScalarWork(Value value);
  void collect(Value value);

  Block &block;
  SmallVector<Value> yielded;
  SmallVector<unsigned> positions;
  llvm::SmallPtrSet<Operation *, 4> sums;
  llvm::DenseMap<Value, bool> dependent;
  llvm::SetVector<Value> exported;
};
} // namespace

Branch::Branch(Block &block) : block(block) {
  llvm::append_range(yielded,
                     cast<scf::YieldOp>(block.getTerminator()).getResults());
  for (auto reduce : block.getOps<matrix::ReduceOp>()) {
    bool yields = false;
    if (reduce.getExtent() == matrix::Extent::Scalar &&
        isSinkable(reduce.getInput(), yields) && yields)
      sums.insert(reduce);
  }
}

void Branch::choose(ArrayRef<unsigned> chosen) {
  positions.assign(chosen.begin(), chosen.end());
  for (unsigned position : positions)
    collect(yielded[position]);
}

bool Branch::isSinkable(Value value, bool &yields) {
  if (!isInside(value))
    return true;
  if (isa<RankedTensorType>(value.getType()) &&
      llvm::is_contained(yielded, value)) {
    yields = true;
    return true;
  }
  Operation *maker = value.getDefiningOp();
  if (maker->hasTrait<OpTrait::ConstantLike>())
    return true;
  return isElementwise(maker) &&
         llvm::all_of(maker->getOperands(), [&](Value operand) {
           return isSinkable(operand, yields);
         });
}

bool Branch::depends(Value value) {
  if (!isInside(value))
    return false;
  Operation *maker = value.getDefiningOp();
  if (sums.contains(maker))
    return true;
  if (auto it = dependent.find(value); it != dependent.end())
    return it->second;
  llvm::SetVector<Value> read(llvm::from_range, maker->getOperands());
  getUsedValuesDefinedAbove(maker->getRegions(), read);
  bool found =
      llvm::any_of(read, [&](Value operand) { return depends(operand); });
  return dependent[value] = found;
}

bool Branch::isScalarWork(Value value) {
  // What no sum is part of is made in the branch as before, in whatever way.
  if (!depends(value) || sums.contains(value.getDefiningOp()))
    return true;
  Operation *maker = value.getDefiningOp();
  return maker->getNumRegions() == 0 && isPure(maker) &&
         llvm::none_of(maker->getOperands(),
                       [](Value operand) {
                         return isa<RankedTensorType>(operand.getType());
                       }) &&
         llvm::all_of(maker->getOperands(),
                      [&](Value operand) { return isScalarWork(operand); });
}

void Branch::collect(Value value) {
  if (!isInside(value) || sums.contains(value.getDefiningOp()))
    return;
  Operation *maker = value.getDefiningOp();
  if (!depends(value)) {
    if (!maker->hasTrait<OpTrait::ConstantLike>())
      exported.insert(value);
    return;
  }
  llvm::for_each(maker->getOperands(),
                 [&](Value operand) { collect(operand); });
}

SmallVector<Value> Branch::rebuild(OpBuilder &builder, ValueRange results,
                                   ValueRange exports) {
  IRMapping mapping;
  for (auto [value, result] : llvm::zip_equal(yielded, results))
    if (isa<RankedTensorType>(value.getType()) && isInside(value))
      mapping.map(value, result);
  mapping.map(exported.getArrayRef(), exports);
  auto make = [&](auto &make, Value value) -> Value {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    if (!isInside(value))
      return value;
    Operation *maker = value.getDefiningOp();
    for (Value operand : maker->getOperands())
      mapping.map(operand, make(make, operand));
    builder.clone(*maker, mapping);
    return mapping.lookup(value);
  };
  SmallVector<Value> made;
  for (unsigned position : positions)
    made.push_back(make(make, yielded[position]));
  return made;
}

namespace {
struct SinkSums : steepest::impl::SinkSumsPassBase<SinkSums> {
  void runOnOperation() override {
    SmallVector<scf::IfOp> work;
    getOperation().walk([&](scf::IfOp op) {
      if (op.elseBlock() && op->getNumResults() != 0)
        work.push_back(op);
    });
    for (scf::IfOp op : work)
      sink(op);
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }

private:
  void sink(scf::IfOp op);
};
} // namespace

void SinkSums::sink(scf::IfOp op) {
  Block *blocks[] = {op.thenBlock(), op.elseBlock()};
  SmallVector<Branch> branches;
  for (Block *block : blocks)
    branches.emplace_back(*block);
  if (llvm::none_of(branches,
                    [](const Branch &branch) { return branch.sinks(); }))
    return;
  SmallVector<unsigned> positions, kept;
  for (OpResult result : op->getResults()) {
    unsigned position = result.getResultNumber();
    llvm::SetVector<Operation *> path;
    bool leaves = !isa<RankedTensorType>(result.getType()) &&
                  !result.use_empty() && isOnlyCertified(result, path) &&
                  llvm::all_of(branches, [&](Branch &branch) {
                    return branch.isScalarWork(position);
                  });
    (leaves ? positions : kept).push_back(position);
  }
  if (positions.empty())
    return;
  for (Branch &branch : branches)
    branch.choose(positions);

  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<Type> types;
  for (unsigned position : kept)
    types.push_back(op.getResult(position).getType());
  for (Branch &branch : branches)
    llvm::append_range(types, ValueRange(branch.getExported()).getTypes());
  auto made = scf::IfOp::create(builder, loc, types, op.getCondition(),
                                /*withElseRegion=*/true);
  for (auto [number, region] : llvm::enumerate(made->getRegions())) {
    Operation *yield = blocks[number]->getTerminator();
    builder.setInsertionPoint(yield);
    SmallVector<Value> values;
    for (unsigned position : kept)
      values.push_back(yield->getOperand(position));
    for (auto [owner, branch] : llvm::enumerate(branches))
      for (Value value : branch.getExported())
        values.push_back(
            owner == number
                ? value
                : Value(arith::ConstantOp::create(
                      builder, loc, builder.getZeroAttr(value.getType()))));
    scf::YieldOp::create(builder, loc, values);
  }

  builder.setInsertionPointAfter(made);
  SmallVector<Value> results(op->getNumResults());
  for (auto [number, position] : llvm::enumerate(kept))
    results[position] = made.getResult(number);
  ValueRange exports = made.getResults().drop_front(kept.size());
  SmallVector<SmallVector<Value>> sunk;
  for (Branch &branch : branches) {
    sunk.push_back(branch.rebuild(
        builder, results, exports.take_front(branch.getExported().size())));
    exports = exports.drop_front(branch.getExported().size());
  }
  for (auto [number, position] : llvm::enumerate(positions))
    results[position] = arith::SelectOp::create(
        builder, loc, op.getCondition(), sunk[0][number], sunk[1][number]);
  for (auto [block, target] : llvm::zip_equal(blocks, made->getRegions())) {
    block->getTerminator()->erase(); // the old one
    target.takeBody(*block->getParent());
  }
  remark::passed(loc, remark::RemarkOpts::name("SumsSunk")
                          .category("steepest-sink-sums")
                          .function(getOperation().getSymName()))
      << remark::metric("scalars", static_cast<int64_t>(positions.size()))
      << remark::reason("nothing but certificates is made of sums over what "
                        "the branches yield");
  op->replaceAllUsesWith(results);
  op->erase();
}
