//===- LowerToKernels.cpp - values become memory --------------------------===//
//
// One walk over the matrix program, building the kernels of each op in order.
// Scalars stay values. A tensor is written once, by the op that makes it,
// except for tensors carried by loops, which have one buffer each that the end
// of an iteration copies into.
//
// A requirement of the whole step opens a conditional that holds the rest of
// the step, so that nothing runs on values that are not finite. The update
// stands innermost: only there is memory of the host written.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "lib/Target/CPU/Scratch.h"
#include "lib/Transforms/LowerToKernels/Buffers.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERTOKERNELSPASS
#include "lib/Transforms/LowerToKernels/LowerToKernels.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

namespace {
class Lowering {
public:
  Lowering(OptimizerOp optimizer, func::FuncOp entry, Value status,
           unsigned vectorBits)
      : optimizer(optimizer), status(status), vectorBits(vectorBits),
        buffers(optimizer, entry), builder(entry.getContext()) {}

  /// Lowers the body of the optimizer to `entry`.
  LogicalResult run(func::FuncOp entry);

private:
  LogicalResult lowerBlock(Block &block);
  LogicalResult lower(Operation &op);
  LogicalResult lowerProduct(matrix::ProductOp op);
  LogicalResult lowerMap(matrix::MapOp op, ValueRange outputs);
  LogicalResult lowerEigh(Operation *op, Value input, Value values,
                          Value vectors, Value converged);
  LogicalResult lowerIf(scf::IfOp op);
  LogicalResult lowerFor(scf::ForOp op);
  LogicalResult lowerWhile(scf::WhileOp op);
  LogicalResult lowerRequire(matrix::RequireOp op);
  void lowerCertify(matrix::CertifyOp op);
  LogicalResult lowerUpdate(UpdateOp op);

  /// The memory that the op making `tensor` writes.
  Value destination(Value tensor);
  Value memoryOf(Value tensor) {
    Value buffer = buffers.lookup(tensor);
    assert(buffer && "tensor has no memory");
    return buffer;
  }
  void copy(Value from, Value to, Location loc);
  /// Copies tensors into buffers as if all at once.
  void copyAll(ValueRange tensors, ValueRange targets, Location loc);
  SmallVector<Value> scalarsOf(ValueRange values);
  bool isFinalMap(matrix::MapOp map);

  OptimizerOp optimizer;
  Value status;
  unsigned vectorBits;
  Buffers buffers;
  OpBuilder builder;
  IRMapping scalars;
  /// Memory that a tensor was promised before its op is lowered.
  DenseMap<Value, Value> promised;
};
} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Lowering::destination(Value tensor) {
  Value buffer = promised.lookup(tensor);
  if (!buffer)
    buffer = buffers.allocate(tensor);
  buffers.assign(tensor, buffer);
  return buffer;
}

void Lowering::copy(Value from, Value to, Location loc) {
  if (from != to)
    kernel::CopyOp::create(builder, loc, from, to);
}

void Lowering::copyAll(ValueRange tensors, ValueRange targets, Location loc) {
  SmallVector<Value> sources;
  for (Value tensor : tensors)
    sources.push_back(memoryOf(tensor));
  // A source that is another's target is saved before it is overwritten.
  for (auto [i, source] : llvm::enumerate(sources))
    if (source != targets[i] && llvm::is_contained(targets, source)) {
      Value saved = buffers.allocate(tensors[i]);
      copy(source, saved, loc);
      source = saved;
    }
  for (auto [source, target] : llvm::zip(sources, targets))
    copy(source, target, loc);
}

SmallVector<Value> Lowering::scalarsOf(ValueRange values) {
  SmallVector<Value> result;
  for (Value value : values)
    if (!isTensor(value))
      result.push_back(scalars.lookup(value));
  return result;
}

//===----------------------------------------------------------------------===//
// Computation
//===----------------------------------------------------------------------===//

LogicalResult Lowering::lowerProduct(matrix::ProductOp op) {
  Location loc = op.getLoc();
  Type element = getElementTypeOrSelf(op.getResult());
  Value inner = buffers.extent(op.getLhs(), !op.getTransposeLhs());
  OpBuilder &entry = buffers.atEntry();
  Value threads = kernel::ThreadsOp::create(entry, loc, entry.getIndexType());
  Value bytes = product::buildProductScratchBytes(
      entry, loc, buffers.extent(op.getResult(), 0),
      buffers.extent(op.getResult(), 1), inner, threads, element,
      product::getProductTile(element, vectorBits));
  Value scratch = buffers.allocateBytes(bytes, loc);
  auto scalar = [&](Value value) {
    return value ? scalars.lookup(value) : Value();
  };
  Value addend = op.getAddend() ? memoryOf(op.getAddend()) : Value();
  kernel::ProductOp::create(
      builder, loc, memoryOf(op.getLhs()), memoryOf(op.getRhs()),
      destination(op.getResult()), scratch, scalar(op.getAlpha()),
      scalar(op.getBeta()), addend, scalar(op.getGamma()), op.getTransposeLhs(),
      op.getTransposeRhs(), op.getSymmetric());
  return success();
}

static kernel::ResultAttr resultAttr(MLIRContext *context, int32_t fold,
                                     int32_t extent) {
  using kernel::ResultKind;
  auto along = static_cast<matrix::Extent>(extent);
  if (fold < 0)
    return kernel::ResultAttr::get(context, ResultKind::Store,
                                   along == matrix::Extent::Scalar
                                       ? kernel::Extent::Full
                                       : kernel::Extent::Column);
  ResultKind kind = ResultKind::Sum;
  switch (static_cast<matrix::Fold>(fold)) {
  case matrix::Fold::Sum:
    break;
  case matrix::Fold::Maximum:
    kind = ResultKind::Maximum;
    break;
  case matrix::Fold::Minimum:
    kind = ResultKind::Minimum;
    break;
  }
  kernel::Extent where = along == matrix::Extent::Row ? kernel::Extent::Row
                         : along == matrix::Extent::Column
                             ? kernel::Extent::Column
                             : kernel::Extent::Scalar;
  return kernel::ResultAttr::get(context, kind, where);
}

LogicalResult Lowering::lowerMap(matrix::MapOp op, ValueRange outputs) {
  Location loc = op.getLoc();
  SmallVector<kernel::Access> access;
  for (int32_t a : op.getAccess())
    access.push_back(static_cast<kernel::Access>(a));
  SmallVector<kernel::ResultAttr> kinds;
  SmallVector<Type> foldTypes;
  for (auto [fold, extent, result] :
       llvm::zip(op.getFolds(), op.getExtents(), op.getResults())) {
    kinds.push_back(resultAttr(op.getContext(), fold, extent));
    if (!isTensor(result))
      foldTypes.push_back(result.getType());
  }
  Value rows = buffers.index(op.getRows()), cols = buffers.index(op.getCols());
  Value scratch;
  if (!foldTypes.empty())
    scratch = buffers.allocateBytes(
        buildMapScratchBytes(buffers.atEntry(), loc, rows, cols, kinds), loc);
  SmallVector<Value> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(memoryOf(input));
  auto map = kernel::MapOp::create(
      builder, loc, rows, cols, inputs, access, outputs, kinds, scratch,
      foldTypes, [&](OpBuilder &body, Location, ValueRange arguments) {
        IRMapping mapping = scalars;
        Block &source = op.getBody().front();
        mapping.map(source.getArguments(), arguments);
        for (Operation &inner : source.without_terminator()) {
          // Extents used as numbers inside the body.
          for (Value operand : inner.getOperands())
            if (operand.getType().isIndex() && !mapping.contains(operand))
              mapping.map(operand, buffers.index(operand));
          body.clone(inner, mapping);
        }
        SmallVector<Value> yielded;
        for (Value value :
             cast<matrix::YieldOp>(source.getTerminator()).getValues())
          yielded.push_back(mapping.lookupOrDefault(value));
        kernel::YieldOp::create(body, loc, yielded);
      });
  unsigned fold = 0;
  for (Value result : op.getResults())
    if (!isTensor(result))
      scalars.map(result, map.getFolds()[fold++]);
  return success();
}

LogicalResult Lowering::lowerEigh(Operation *op, Value input, Value values,
                                  Value vectors, Value converged) {
  Location loc = op->getLoc();
  Value scratch = buffers.allocateBytes(
      buildEighScratchBytes(buffers.atEntry(), loc, buffers.extent(input, 0),
                            getElementTypeOrSelf(input)),
      loc);
  // In place, on a copy.
  Value matrix = vectors ? destination(vectors) : buffers.allocate(input);
  copy(memoryOf(input), matrix, loc);
  auto eigh = kernel::EighOp::create(builder, loc, builder.getI1Type(), matrix,
                                     destination(values), scratch,
                                     /*values_only=*/!vectors);
  scalars.map(converged, eigh.getConverged());
  return success();
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

LogicalResult Lowering::lowerIf(scf::IfOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets;
  SmallVector<Type> types;
  for (Value result : op.getResults()) {
    if (isTensor(result))
      targets.push_back(destination(result));
    else
      types.push_back(result.getType());
  }
  auto branch =
      scf::IfOp::create(builder, loc, types, scalars.lookup(op.getCondition()),
                        /*withElseRegion=*/op.elseBlock() != nullptr);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [source, target] :
       llvm::zip(op->getRegions(), branch->getRegions())) {
    if (source.empty())
      continue;
    Block &block = source.front();
    if (!types.empty() || target.front().empty())
      builder.setInsertionPointToEnd(&target.front());
    else
      builder.setInsertionPoint(target.front().getTerminator());
    auto yield = cast<scf::YieldOp>(block.getTerminator());
    SmallVector<Value> tensors;
    for (Value value : yield.getResults())
      if (isTensor(value))
        tensors.push_back(value);
    // What is made here for the result is made in its memory.
    for (auto [tensor, target] : llvm::zip(tensors, targets)) {
      Operation *maker = tensor.getDefiningOp();
      if (maker && maker->getBlock() == &block && !isa<tensor::CastOp>(maker))
        promised.try_emplace(tensor, target);
    }
    if (failed(lowerBlock(block)))
      return failure();
    copyAll(tensors, targets, loc);
    if (!types.empty())
      scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  }
  unsigned next = 0;
  for (Value result : op.getResults())
    if (!isTensor(result))
      scalars.map(result, branch.getResult(next++));
  return success();
}

LogicalResult Lowering::lowerFor(scf::ForOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets, tensors, inits;
  for (auto [init, argument, result] :
       llvm::zip(op.getInits(), op.getRegionIterArgs(), op.getResults())) {
    if (!isTensor(init)) {
      inits.push_back(scalars.lookup(init));
      continue;
    }
    Value target = buffers.allocate(init);
    copy(memoryOf(init), target, loc);
    buffers.assign(argument, target);
    buffers.assign(result, target);
    targets.push_back(target);
  }
  auto loop = scf::ForOp::create(builder, loc,
                                 scalars.lookupOrDefault(op.getLowerBound()),
                                 scalars.lookupOrDefault(op.getUpperBound()),
                                 scalars.lookupOrDefault(op.getStep()), inits);
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  unsigned next = 0;
  for (auto [argument, result] :
       llvm::zip(op.getRegionIterArgs(), op.getResults()))
    if (!isTensor(argument)) {
      scalars.map(argument, loop.getRegionIterArg(next));
      scalars.map(result, loop.getResult(next++));
    }
  OpBuilder::InsertionGuard guard(builder);
  Block *body = loop.getBody();
  if (body->mightHaveTerminator())
    builder.setInsertionPoint(body->getTerminator());
  else
    builder.setInsertionPointToEnd(body);
  if (failed(lowerBlock(*op.getBody())))
    return failure();
  auto yield = cast<scf::YieldOp>(op.getBody()->getTerminator());
  for (Value value : yield.getResults())
    if (isTensor(value))
      tensors.push_back(value);
  copyAll(tensors, targets, loc);
  if (!inits.empty()) {
    builder.setInsertionPointToEnd(body);
    scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  }
  return success();
}

LogicalResult Lowering::lowerWhile(scf::WhileOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets, inits;
  SmallVector<Type> types;
  for (auto [init, argument] :
       llvm::zip(op.getInits(), op.getBeforeArguments())) {
    if (!isTensor(init)) {
      inits.push_back(scalars.lookup(init));
      continue;
    }
    Value target = buffers.allocate(init);
    copy(memoryOf(init), target, loc);
    buffers.assign(argument, target);
    targets.push_back(target);
  }
  for (Value result : op.getResults())
    if (!isTensor(result))
      types.push_back(result.getType());
  auto loop = scf::WhileOp::create(builder, loc, types, inits);
  OpBuilder::InsertionGuard guard(builder);

  Block *before =
      builder.createBlock(&loop.getBefore(), {}, ValueRange(inits).getTypes(),
                          SmallVector<Location>(inits.size(), loc));
  unsigned next = 0;
  for (Value argument : op.getBeforeArguments())
    if (!isTensor(argument))
      scalars.map(argument, before->getArgument(next++));
  if (failed(lowerBlock(*op.getBeforeBody())))
    return failure();
  scf::ConditionOp condition = op.getConditionOp();
  scf::ConditionOp::create(builder, loc,
                           scalars.lookup(condition.getCondition()),
                           scalarsOf(condition.getArgs()));

  // Tensors are handed on where they lie.
  Block *after = builder.createBlock(&loop.getAfter(), {}, types,
                                     SmallVector<Location>(types.size(), loc));
  next = 0;
  for (auto [value, argument, result] : llvm::zip(
           condition.getArgs(), op.getAfterArguments(), op.getResults())) {
    if (isTensor(value)) {
      buffers.assign(argument, memoryOf(value));
      buffers.assign(result, memoryOf(value));
      continue;
    }
    scalars.map(argument, after->getArgument(next));
    scalars.map(result, loop.getResult(next++));
  }
  if (failed(lowerBlock(*op.getAfterBody())))
    return failure();
  scf::YieldOp yield = op.getYieldOp();
  SmallVector<Value> tensors;
  for (Value value : yield.getResults())
    if (isTensor(value))
      tensors.push_back(value);
  copyAll(tensors, targets, loc);
  scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  return success();
}

LogicalResult Lowering::lowerRequire(matrix::RequireOp op) {
  Location loc = op.getLoc();
  Value condition = scalars.lookup(op.getCondition());
  Value code = arith::ConstantOp::create(builder, loc, op.getStatusAttr());
  // The first failure counts.
  Value before = memref::LoadOp::create(builder, loc, status, ValueRange{});
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value clean = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                      before, zero);
  Value found = arith::SelectOp::create(builder, loc, condition, zero, code);
  Value now = arith::SelectOp::create(builder, loc, clean, found, before);
  memref::StoreOp::create(builder, loc, now, status, ValueRange{});
  if (op->getParentOp() != optimizer)
    return success();
  auto rest = scf::IfOp::create(builder, loc, condition);
  builder.setInsertionPoint(rest.thenYield());
  return success();
}

void Lowering::lowerCertify(matrix::CertifyOp op) {
  Location loc = op.getLoc();
  Value value = scalars.lookup(op.getValue());
  Value bound = scalars.lookup(op.getBound());
  matrix::FormulaBuilder m(builder, loc);
  Value gap = m.divOrZero(m.sub(bound, value), bound);
  kernel::CertifyOp::create(
      builder, loc, m.index(op.getIndex()), value, bound, gap,
      scalars.lookup(op.getTangency()), scalars.lookup(op.getDistance()),
      scalars.lookup(op.getIterations()), scalars.lookup(op.getOutcome()));
}

//===----------------------------------------------------------------------===//
// Update
//===----------------------------------------------------------------------===//

/// Maps that make new values of parameters and states and nothing else: they
/// write the memory of the host.
bool Lowering::isFinalMap(matrix::MapOp map) {
  return map->getNumResults() > 0 &&
         llvm::all_of(map->getResults(), [&](Value result) {
           return isTensor(result) &&
                  llvm::all_of(result.getUsers(), [&](Operation *user) {
                    return isa<UpdateOp>(user);
                  });
         });
}

LogicalResult Lowering::lowerUpdate(UpdateOp op) {
  Location loc = op.getLoc();
  auto targetOf = [&](Value value) {
    for (auto [target, updated] : llvm::zip(op.getTargets(), op.getValues()))
      if (updated == value)
        return target;
    return Value();
  };
  SmallVector<matrix::MapOp> finals;
  for (Value value : op.getValues())
    if (auto map = value.getDefiningOp<matrix::MapOp>())
      if (isFinalMap(map) && !llvm::is_contained(finals, map))
        finals.push_back(map);
  llvm::sort(finals, [](matrix::MapOp a, matrix::MapOp b) {
    return a->isBeforeInBlock(b);
  });

  // A map writes the host's memory directly unless something else still reads
  // what it overwrites, other than itself at the same place.
  auto overwrites = [&](matrix::MapOp map, Value tensor) {
    return llvm::any_of(map.getResults(), [&](Value result) {
      return targetOf(result) == tensor;
    });
  };
  auto isDirect = [&](matrix::MapOp map) {
    for (Value result : map.getResults())
      if (llvm::count(op.getValues(), result) != 1)
        return false;
    for (auto [input, access] : llvm::zip(map.getInputs(), map.getAccess()))
      if (overwrites(map, input) && access != 0 &&
          cast<RankedTensorType>(input.getType()).getRank() == 1 &&
          cast<RankedTensorType>(map.getResult(0).getType()).getRank() == 2)
        return false;
    for (Value value : op.getValues())
      if (overwrites(map, value))
        return false; // a plain copy of an old value
    return llvm::all_of(finals, [&](matrix::MapOp other) {
      return other == map || llvm::none_of(other.getInputs(), [&](Value input) {
               return overwrites(map, input);
             });
    });
  };

  SmallVector<std::pair<Value, Value>> copies;
  SmallVector<matrix::MapOp> direct;
  for (matrix::MapOp map : finals) {
    if (isDirect(map)) {
      direct.push_back(map);
      continue;
    }
    SmallVector<Value> outputs;
    for (Value result : map.getResults())
      outputs.push_back(destination(result));
    if (failed(lowerMap(map, outputs)))
      return failure();
  }

  Value code = memref::LoadOp::create(builder, loc, status, ValueRange{});
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value clean =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, code, zero);
  auto commit = scf::IfOp::create(builder, loc, clean);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(commit.thenYield());
  SmallVector<Value> tensors, targets;
  for (auto [target, value] : llvm::zip(op.getTargets(), op.getValues())) {
    if (!isTensor(value)) {
      Value origin = arith::ConstantIndexOp::create(builder, loc, 0);
      memref::StoreOp::create(builder, loc, scalars.lookup(value),
                              memoryOf(target), ValueRange{origin, origin});
      continue;
    }
    if (value == target ||
        llvm::is_contained(direct, value.getDefiningOp<matrix::MapOp>()))
      continue;
    tensors.push_back(value);
    targets.push_back(memoryOf(target));
  }
  for (matrix::MapOp map : direct) {
    SmallVector<Value> outputs;
    for (Value result : map.getResults())
      outputs.push_back(memoryOf(targetOf(result)));
    if (failed(lowerMap(map, outputs)))
      return failure();
  }
  copyAll(tensors, targets, loc);
  return success();
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

LogicalResult Lowering::lower(Operation &op) {
  if (auto product = dyn_cast<matrix::ProductOp>(op))
    return lowerProduct(product);
  if (auto map = dyn_cast<matrix::MapOp>(op)) {
    if (isFinalMap(map))
      return success(); // with the update
    SmallVector<Value> outputs;
    for (Value result : map.getResults())
      if (isTensor(result))
        outputs.push_back(destination(result));
    return lowerMap(map, outputs);
  }
  if (auto eigh = dyn_cast<matrix::EighOp>(op))
    return lowerEigh(&op, eigh.getInput(), eigh.getValues(), eigh.getVectors(),
                     eigh.getConverged());
  if (auto eigenvalues = dyn_cast<matrix::EigenvaluesOp>(op))
    return lowerEigh(&op, eigenvalues.getInput(), eigenvalues.getValues(),
                     Value(), eigenvalues.getConverged());
  if (auto transpose = dyn_cast<matrix::TransposeOp>(op)) {
    Value source = memoryOf(transpose.getInput());
    kernel::TransposeOp::create(builder, op.getLoc(), source,
                                destination(transpose.getResult()));
    return success();
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    buffers.assign(cast.getResult(), memoryOf(cast.getSource()));
    return success();
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return lowerIf(branch);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return lowerFor(loop);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return lowerWhile(loop);
  if (auto require = dyn_cast<matrix::RequireOp>(op))
    return lowerRequire(require);
  if (auto certify = dyn_cast<matrix::CertifyOp>(op)) {
    lowerCertify(certify);
    return success();
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    scalars.map(dim.getResult(), buffers.index(dim.getResult()));
    return success();
  }
  if (auto update = dyn_cast<UpdateOp>(op))
    return lowerUpdate(update);
  // Scalar arithmetic stays as it is.
  bool scalar = op.getNumRegions() == 0 &&
                llvm::none_of(op.getOperands(), isTensor) &&
                llvm::none_of(op.getResults(), isTensor);
  if (!scalar)
    return op.emitOpError() << "has no kernel";
  builder.clone(op, scalars);
  return success();
}

LogicalResult Lowering::lowerBlock(Block &block) {
  for (Operation &op : block) {
    if (isa<scf::YieldOp, scf::ConditionOp>(op))
      continue;
    if (failed(lower(op)))
      return failure();
  }
  return success();
}

LogicalResult Lowering::run(func::FuncOp entry) {
  Block &body = entry.getBody().front();
  builder.setInsertionPoint(body.getTerminator()->getPrevNode());
  for (BlockArgument argument : optimizer.getBody().getArguments()) {
    unsigned number = argument.getArgNumber();
    Value memory = entry.getArgument(number);
    if (isTensor(argument)) {
      buffers.assign(argument, memory);
      continue;
    }
    Location loc = argument.getLoc();
    Value value = memory;
    if (number < optimizer.getNumTensors()) { // a scalar state
      buffers.assign(argument, memory);
      Value origin = arith::ConstantIndexOp::create(builder, loc, 0);
      value = memref::LoadOp::create(builder, loc, memory,
                                     ValueRange{origin, origin});
    } else if (argument.getType().isF32()) {
      value = arith::TruncFOp::create(builder, loc, argument.getType(), value);
    }
    scalars.map(argument, value);
  }
  if (failed(lowerBlock(optimizer.getBody().front())))
    return failure();
  return buffers.getResult();
}

/// The function that the optimizer becomes: its tensors' memory, its
/// hyper-parameters as f64, the workspace.
static func::FuncOp createEntry(OptimizerOp optimizer) {
  OpBuilder builder(optimizer);
  MLIRContext *context = builder.getContext();
  SmallVector<Type> types;
  for (BlockArgument argument : optimizer.getBody().getArguments()) {
    if (argument.getArgNumber() >= optimizer.getNumTensors()) {
      types.push_back(builder.getF64Type());
      continue;
    }
    auto tensor = dyn_cast<RankedTensorType>(argument.getType());
    if (tensor && tensor.getRank() == 1) {
      types.push_back(Buffers::getType(tensor));
      continue;
    }
    int64_t dynamic = ShapedType::kDynamic;
    auto layout = StridedLayoutAttr::get(context, dynamic, {dynamic, 1});
    types.push_back(MemRefType::get(
        {dynamic, dynamic}, getElementTypeOrSelf(argument.getType()), layout));
  }
  types.push_back(kernel::getBytesType(context));
  auto entry = func::FuncOp::create(
      builder, optimizer.getLoc(), optimizer.getSymName(),
      builder.getFunctionType(types, builder.getI32Type()));
  entry->setAttr("kernel.entry", builder.getUnitAttr());
  return entry;
}

namespace {
struct LowerToKernels : steepest::impl::LowerToKernelsPassBase<LowerToKernels> {
  using Base::Base;

  void runOnOperation() override {
    for (OptimizerOp optimizer :
         llvm::make_early_inc_range(getOperation().getOps<OptimizerOp>())) {
      Location loc = optimizer.getLoc();
      func::FuncOp entry = createEntry(optimizer);
      OpBuilder builder = OpBuilder::atBlockBegin(entry.addEntryBlock());
      Value status = memref::AllocaOp::create(
          builder, loc, MemRefType::get({}, builder.getI32Type()));
      Value zero =
          arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
      memref::StoreOp::create(builder, loc, zero, status, ValueRange{});
      Value code = memref::LoadOp::create(builder, loc, status, ValueRange{});
      func::ReturnOp::create(builder, loc, code);
      if (failed(Lowering(optimizer, entry, status, vectorBits).run(entry)))
        return signalPassFailure();
      optimizer.erase();
    }
  }
};
} // namespace
