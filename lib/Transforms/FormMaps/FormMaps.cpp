//===- FormMaps.cpp - fuse elementwise work into passes -------------------===//
//
// Vocabulary. A tensor is *in memory* when it is an argument, the result of an
// op that is not elementwise, or the result of a map. The *cone* of an
// elementwise value are the elementwise ops it is made of, down to its
// *leaves*: tensors in memory and scalars. A map can stand wherever all leaves
// of its cones are ready.
//
// A block is read once, from its first op to its last. Each elementwise value
// that is needed in memory and each reduction joins the first earlier map over
// the same index space at whose place its leaves are ready, or starts a new
// one. What only the update needs is left to the last maps, so that the step
// writes parameters and states once, at the end. A reduction for a certificate
// alone joins them when they read what it is made of: its sum is known after
// the step has been written, which is early enough for a report, and a pass
// over memory is saved.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Extents.h"
#include "lib/Transforms/FormMaps/Shapes.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace steepest {
#define GEN_PASS_DEF_FORMMAPSPASS
#include "lib/Transforms/FormMaps/FormMaps.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static constexpr StringLiteral category = "steepest-form-maps";

/// A value that a map will compute: an elementwise value to store, or the
/// result of a reduction of one.
static Value elementOf(Operation *op) {
  if (auto reduce = dyn_cast<matrix::ReduceOp>(op))
    return reduce.getInput();
  return op->getResult(0);
}

namespace {
/// One map to be: results that share an index space and a place.
struct Group {
  /// Root of the shape of the index space.
  Value shape;
  /// The map is built before this op.
  Operation *place;
  SmallVector<Operation *> results;
};

/// What a map reads: a tensor or scalar, and along what a vector is spread
/// (`Scalar`: a matrix, read in full).
using Leaves = SetVector<std::pair<Value, matrix::Extent>>;

/// The tensor leaves of a map and their places among its inputs.
struct Inputs : llvm::MapVector<std::pair<Value, matrix::Extent>, unsigned> {
  /// How tensors of the index space's own shape are read.
  matrix::Extent direct;
};

class MapFormer {
public:
  explicit MapFormer(OptimizerOp optimizer) : optimizer(optimizer) {}
  void run();

private:
  void formIn(Block &block);
  bool isNeeded(Operation *op);
  void addLeaves(Value value, Block *block, bool isVector, Leaves &leaves);
  bool ready(Operation *op, Operation *place);
  bool readsNoMore(Operation *op, const Group &group);
  bool sameShape(Value a, Value b);
  void build(Group &group);
  Value emit(Value value, OpBuilder &body, IRMapping &mapping,
             const Inputs &inputs, matrix::MapOp map);

  OptimizerOp optimizer;
  /// Reductions that became results of maps.
  DenseMap<Value, Value> replaced;
};
} // namespace

/// Whether the tensor must lie in memory for some user.
bool MapFormer::isNeeded(Operation *op) {
  for (OpOperand &use : op->getResult(0).getUses()) {
    Operation *user = use.getOwner();
    if (user->getBlock() != op->getBlock())
      return true;
    // A vector spread over a matrix is computed once, not in every row.
    if (auto broadcast = dyn_cast<matrix::BroadcastOp>(user)) {
      if (use.getOperandNumber() == 0)
        return true;
      continue; // only the shape
    }
    if (isa<matrix::IndexOp, tensor::DimOp>(user))
      continue;
    if (isElementwise(user) || isa<matrix::ReduceOp>(user))
      continue;
    return true;
  }
  return false;
}

/// Whether `value` is computed inside a map that stands in `block`. Values of
/// enclosing blocks are in memory: they were needed here.
static Operation *coneOp(Value value, Block *block) {
  Operation *op = value.getDefiningOp();
  return isElementwise(op) && op->getBlock() == block ? op : nullptr;
}

/// Tensors in memory, with how they are read, and scalars that the cone of
/// `value` reads.
void MapFormer::addLeaves(Value value, Block *block, bool isVector,
                          Leaves &leaves) {
  auto direct = isVector ? matrix::Extent::Column : matrix::Extent::Scalar;
  Operation *op = coneOp(value, block);
  if (!op) {
    leaves.insert({value, direct});
    return;
  }
  if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
    leaves.insert({broadcast.getValue(), broadcast.getAlong()});
    return;
  }
  if (isa<matrix::IndexOp, arith::ConstantOp>(op))
    return;
  if (auto splat = dyn_cast<tensor::SplatOp>(op)) {
    leaves.insert({splat.getInput(), direct});
    return;
  }
  for (Value operand : op->getOperands())
    addLeaves(operand, block, isVector, leaves);
}

/// Whether everything that the element of `op` is made of, and its shape, is
/// there before `place` (in the same block).
bool MapFormer::ready(Operation *op, Operation *place) {
  Leaves leaves;
  addLeaves(elementOf(op), op->getBlock(), /*isVector=*/false, leaves);
  SmallVector<Value> needed;
  for (auto [leaf, along] : leaves)
    needed.push_back(leaf);
  Value root = shapeRoot(elementOf(op));
  if (auto splat = root.getDefiningOp<tensor::SplatOp>())
    llvm::append_range(needed, splat.getDynamicSizes());
  else
    needed.push_back(root);
  return llvm::all_of(needed, [&](Value leaf) {
    Operation *definition = leaf.getDefiningOp();
    if (!definition || definition->getBlock() != place->getBlock())
      return true; // an argument, or from an enclosing block
    return definition->isBeforeInBlock(place);
  });
}

/// Whether the group reads all tensors that the element of `op` is made of.
bool MapFormer::readsNoMore(Operation *op, const Group &group) {
  auto isVector = cast<RankedTensorType>(group.shape.getType()).getRank() == 1;
  Leaves read, wanted;
  for (Operation *other : group.results)
    addLeaves(elementOf(other), other->getBlock(), isVector, read);
  addLeaves(elementOf(op), op->getBlock(), isVector, wanted);
  return llvm::all_of(wanted, [&](auto leaf) {
    return !isa<RankedTensorType>(leaf.first.getType()) || read.contains(leaf);
  });
}

/// Whether two shape roots are the same or have provably equal extents.
bool MapFormer::sameShape(Value a, Value b) {
  if (a == b)
    return true;
  auto typeA = cast<RankedTensorType>(a.getType());
  auto typeB = cast<RankedTensorType>(b.getType());
  if (typeA.getRank() != typeB.getRank())
    return false;
  if (typeA.hasStaticShape() && typeB.hasStaticShape())
    return typeA.getShape() == typeB.getShape();
  for (unsigned dim = 0; dim < typeA.getRank(); ++dim) {
    std::optional<ExtentSource> extent = getExtent(optimizer, a, dim);
    if (!extent || extent != getExtent(optimizer, b, dim))
      return false;
  }
  return true;
}

/// Emits the scalar that stands for one element of `value` into the body.
Value MapFormer::emit(Value value, OpBuilder &body, IRMapping &mapping,
                      const Inputs &inputs, matrix::MapOp map) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Location loc = value.getLoc();
  Block &block = map.getBody().front();
  // Scalars from above are used as they are.
  auto leaf = [&](Value tensor, matrix::Extent along) {
    auto it = inputs.find({tensor, along});
    return it == inputs.end() ? tensor : block.getArgument(2 + it->second);
  };
  Operation *op = coneOp(value, map->getBlock());
  Value result;
  if (!op) {
    result = leaf(value, inputs.direct);
  } else if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
    result = leaf(broadcast.getValue(), broadcast.getAlong());
  } else if (auto splat = dyn_cast<tensor::SplatOp>(op)) {
    result = splat.getInput();
  } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    result = arith::ConstantOp::create(
        body, loc, cast<TypedAttr>(splat.getSplatValue<Attribute>()));
  } else if (auto index = dyn_cast<matrix::IndexOp>(op)) {
    auto asInteger = [&](Value v) -> Value {
      return arith::IndexCastOp::create(body, loc, body.getI64Type(), v);
    };
    Value i = asInteger(block.getArgument(0));
    Value j = asInteger(block.getArgument(1));
    if (index.getKind() == matrix::IndexKind::Row)
      result = i;
    else if (index.getKind() == matrix::IndexKind::Column)
      result = j;
    else
      result = arith::AddIOp::create(
          body, loc,
          arith::MulIOp::create(body, loc, i, asInteger(map.getCols())), j);
  } else {
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, emit(operand, body, mapping, inputs, map));
    Operation *scalar = body.clone(*op, operands);
    scalar->getResult(0).setType(
        getElementTypeOrSelf(op->getResult(0).getType()));
    result = scalar->getResult(0);
  }
  mapping.map(value, result);
  return result;
}

void MapFormer::build(Group &group) {
  OpBuilder builder(group.place);
  Location loc = group.results.front()->getLoc();
  matrix::FormulaBuilder m(builder, loc);

  if (Value now = replaced.lookup(group.shape))
    group.shape = now;
  auto spaceType = cast<RankedTensorType>(group.shape.getType());
  bool isVector = spaceType.getRank() == 1;
  auto extent = [&](unsigned dim) -> Value {
    if (auto splat = group.shape.getDefiningOp<tensor::SplatOp>())
      if (spaceType.isDynamicDim(dim))
        return splat.getDynamicSizes()[spaceType.getDynamicDimIndex(dim)];
    return m.extent(group.shape, dim);
  };
  Value rows = isVector ? m.index(1) : extent(0);
  Value cols = extent(isVector ? 0 : 1);

  Leaves leaves;
  for (Operation *op : group.results)
    addLeaves(elementOf(op), op->getBlock(), isVector, leaves);
  Inputs inputs;
  inputs.direct = isVector ? matrix::Extent::Column : matrix::Extent::Scalar;
  SmallVector<Value> operands;
  SmallVector<int32_t> access;
  for (auto [leaf, along] : leaves) {
    if (!isa<RankedTensorType>(leaf.getType()))
      continue;
    inputs.insert({{leaf, along}, static_cast<unsigned>(operands.size())});
    operands.push_back(leaf);
    access.push_back(static_cast<int32_t>(along));
  }

  SmallVector<int32_t> folds, extents;
  SmallVector<Type> types;
  for (Operation *op : group.results) {
    types.push_back(op->getResult(0).getType());
    auto reduce = dyn_cast<matrix::ReduceOp>(op);
    folds.push_back(reduce ? static_cast<int32_t>(reduce.getFold()) : -1);
    matrix::Extent extent =
        reduce ? reduce.getExtent()
               : (isVector ? matrix::Extent::Column : matrix::Extent::Scalar);
    extents.push_back(static_cast<int32_t>(extent));
  }
  auto map = matrix::MapOp::create(builder, loc, types, rows, cols, operands,
                                   access, folds, extents);
  Block *block = builder.createBlock(&map.getBody());
  block->addArguments({builder.getIndexType(), builder.getIndexType()},
                      {loc, loc});
  for (Value input : operands)
    block->addArgument(getElementTypeOrSelf(input), loc);
  IRMapping mapping;
  SmallVector<Value> yielded;
  for (Operation *op : group.results)
    yielded.push_back(emit(elementOf(op), builder, mapping, inputs, map));
  matrix::YieldOp::create(builder, loc, yielded);

  remark::analysis(loc,
                   remark::RemarkOpts::name("Pass").category(category).function(
                       optimizer.getSymName()))
      << remark::metric("reads", static_cast<int64_t>(operands.size()))
      << remark::metric("results", static_cast<int64_t>(types.size()));
  for (auto [op, result] : llvm::zip(group.results, map.getResults())) {
    op->getResult(0).replaceAllUsesWith(result);
    replaced[op->getResult(0)] = result;
  }
}

void MapFormer::formIn(Block &block) {
  // What only the update needs is computed last.
  auto update = dyn_cast<UpdateOp>(block.getTerminator());
  auto onlyUpdated = [&](Operation *op) {
    return update && llvm::all_of(op->getUses(), [&](OpOperand &use) {
             Operation *user = use.getOwner();
             if (user->getBlock() != &block)
               return false;
             if (isa<matrix::BroadcastOp>(user) && use.getOperandNumber() == 0)
               return false;
             return user == update || isElementwise(user) ||
                    isa<matrix::ReduceOp, tensor::DimOp>(user);
           });
  };
  // The last maps, and what they sum for certificates.
  std::vector<Group> finals;
  llvm::SmallPtrSet<Operation *, 16> last;
  for (Operation &op : block) {
    if (isa<matrix::ReduceOp>(op) || !isElementwise(&op) || !isNeeded(&op) ||
        !onlyUpdated(&op))
      continue;
    last.insert(&op);
    Value shape = shapeRoot(elementOf(&op));
    auto joined = llvm::find_if(
        finals, [&](Group &group) { return sameShape(group.shape, shape); });
    if (joined == finals.end())
      finals.push_back({shape, block.getTerminator(), {&op}});
    else
      joined->results.push_back(&op);
  }
  SetVector<Operation *> reports;
  for (Operation &op : block) {
    auto reduce = dyn_cast<matrix::ReduceOp>(op);
    SetVector<Operation *> path;
    if (!reduce || reduce.getExtent() != matrix::Extent::Scalar ||
        !isOnlyCertified(reduce.getResult(), path))
      continue;
    Value shape = shapeRoot(elementOf(&op));
    auto joined = llvm::find_if(finals, [&](Group &group) {
      return sameShape(group.shape, shape) && readsNoMore(&op, group);
    });
    if (joined == finals.end())
      continue;
    joined->results.push_back(&op);
    last.insert(&op);
    reports.insert_range(path);
    remark::passed(op.getLoc(),
                   remark::RemarkOpts::name("CertificateSummedLast")
                       .category(category)
                       .function(optimizer.getSymName()))
        << remark::reason("nothing but the certificate needs the sum, so that "
                          "the pass that writes the step takes it");
  }
  std::vector<Group> groups;
  for (Operation &op : block) {
    for (Region &region : op.getRegions())
      if (!isa<matrix::MapOp>(op))
        for (Block &nested : region)
          formIn(nested);
    bool reduce = isa<matrix::ReduceOp>(op);
    if (!reduce && !(isElementwise(&op) && isNeeded(&op)))
      continue;
    if (last.contains(&op))
      continue;
    Value shape = shapeRoot(elementOf(&op));
    // A fold per column and a fold per row walk the matrix in different orders.
    auto compatible = [&](Group &group) {
      auto reduceHere = dyn_cast<matrix::ReduceOp>(op);
      bool columns =
          reduceHere && reduceHere.getExtent() == matrix::Extent::Column;
      for (Operation *other : group.results) {
        auto reduceThere = dyn_cast<matrix::ReduceOp>(other);
        bool columnsThere =
            reduceThere && reduceThere.getExtent() == matrix::Extent::Column;
        if (columns != columnsThere && reduceThere && reduceHere)
          return false;
      }
      return true;
    };
    auto joined = llvm::find_if(groups, [&](Group &group) {
      return sameShape(group.shape, shape) && compatible(group) &&
             ready(&op, group.place);
    });
    if (joined != groups.end()) {
      joined->results.push_back(&op);
      continue;
    }
    groups.push_back({shape, &op, {&op}});
  }
  // Maps are built in the order of their places: what one stores is a leaf of
  // those after it. The ops they replace stay until all are built, since they
  // mark the places.
  for (Group &group : groups)
    build(group);
  // What is made of the sums comes after the last maps.
  SmallVector<Operation *> sunk(reports.begin(), reports.end());
  llvm::sort(sunk,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : sunk)
    op->moveBefore(block.getTerminator());
  for (Group &group : finals)
    group.place = sunk.empty() ? block.getTerminator() : sunk.front();
  for (Group &group : finals)
    build(group);
}

void MapFormer::run() {
  resolveShapes(optimizer);
  sinkFills(optimizer);
  hoistScalars(optimizer);
  formIn(optimizer.getBody().front());
  // What is left of the elementwise ops has no user.
  bool changed = true;
  while (changed) {
    changed = false;
    optimizer.walk([&](Operation *op) {
      if (!op->getParentOfType<matrix::MapOp>() && op->use_empty() &&
          (isElementwise(op) || isa<matrix::ReduceOp, tensor::DimOp>(op))) {
        op->erase();
        changed = true;
      }
    });
  }
}

namespace {
struct FormMaps : steepest::impl::FormMapsPassBase<FormMaps> {
  void runOnOperation() override { MapFormer(getOperation()).run(); }
};
} // namespace
