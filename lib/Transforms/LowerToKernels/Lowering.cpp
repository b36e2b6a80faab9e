//===- Lowering.cpp - kernels of each op ----------------------------------===//

#include "lib/Transforms/LowerToKernels/Lowering.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "lib/Target/CPU/Scratch.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "lib/Target/Common/MapTasks.h"

using namespace mlir;
using namespace steepest;

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

Value Lowering::blockOf(Value whole, Value block, int64_t row, int64_t col,
                        Location loc) {
  Value extents[] = {buffers.extent(block, 0), buffers.extent(block, 1)};
  SmallVector<OpFoldResult> offsets, sizes(extents, extents + 2),
      strides(2, builder.getIndexAttr(1));
  int64_t position[] = {row, col};
  for (auto [extent, index] : llvm::zip(extents, position))
    offsets.push_back(arith::MulIOp::create(
                          builder, loc, extent,
                          arith::ConstantIndexOp::create(builder, loc, index))
                          .getResult());
  return memref::SubViewOp::create(builder, loc, whole, offsets, sizes,
                                   strides);
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
  Value rows = buffers.extent(op.getResult(), 0);
  Value cols = buffers.extent(op.getResult(), 1), bytes;
  TypeAttr rounded = op.getFactorsAttr();
  if (rounded && !llvm::is_contained(factors, rounded.getValue()))
    rounded = {};
  if (!device) {
    bytes = product::buildProductScratchBytes(
        entry, loc, rows, cols, inner, threads, element,
        product::getProductTile(element, vectorBits));
  } else if (rounded) {
    IndexBuilder b(loc, entry);
    bytes = buildDeviceProductScratch(b, rows, cols, inner,
                                      getPanelElementBytes(rounded.getValue()))
                .total;
  } else {
    bytes = arith::ConstantIndexOp::create(entry, loc, 0);
  }
  Value scratch = buffers.allocateBytes(bytes, loc);
  auto scalar = [&](Value value) {
    return value ? scalars.lookup(value) : Value();
  };
  Value addend = op.getAddend() ? memoryOf(op.getAddend()) : Value();
  kernel::ProductOp::create(
      builder, loc, memoryOf(op.getLhs()), memoryOf(op.getRhs()),
      destination(op.getResult()), scratch, scalar(op.getAlpha()),
      scalar(op.getBeta()), addend, scalar(op.getGamma()), op.getTransposeLhs(),
      op.getTransposeRhs(), op.getSymmetric(), /*lower_result=*/false,
      /*lhs_lower=*/false, /*rhs_lower=*/false, rounded);
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
        buildMapScratchBytes(buffers.atEntry(), loc, rows, cols, kinds,
                             device ? deviceMapCut : MapCut()),
        loc);
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
  Type element = getElementTypeOrSelf(input);
  Value order = buffers.extent(input, 0), bytes;
  if (device) {
    IndexBuilder entry(loc, buffers.atEntry());
    bytes = buildDeviceEighScratch(entry, order, element).total;
  } else {
    bytes = buildEighScratchBytes(buffers.atEntry(), loc, order, element);
  }
  Value scratch = buffers.allocateBytes(bytes, loc);
  // In place, on a copy.
  Value matrix = vectors ? destination(vectors) : buffers.allocate(input);
  copy(memoryOf(input), matrix, loc);
  auto eigh = kernel::EighOp::create(builder, loc, builder.getI1Type(), matrix,
                                     destination(values), scratch,
                                     /*values_only=*/!vectors);
  scalars.map(converged, eigh.getConverged());
  return success();
}

void Lowering::lowerRational(matrix::RationalOp op) {
  Location loc = op.getLoc();
  Type element = getElementTypeOrSelf(op.getInput());
  Value order = buffers.extent(op.getInput(), 0), bytes;
  if (device) {
    IndexBuilder entry(loc, buffers.atEntry());
    bytes = buildDeviceRationalScratch(entry, order, element).total;
  } else {
    OpBuilder &entry = buffers.atEntry();
    Value threads = kernel::ThreadsOp::create(entry, loc, entry.getIndexType());
    bytes = buildRationalScratchBytes(entry, loc, order, op.getPoles().size(),
                                      threads, element, vectorBits);
  }
  Value scratch = buffers.allocateBytes(bytes, loc);
  auto rational = kernel::RationalOp::create(
      builder, loc, builder.getI1Type(), memoryOf(op.getInput()),
      destination(op.getResult()), scratch, op.getConstantAttr(),
      op.getWeightsAttr(), op.getPolesAttr());
  scalars.map(op.getDefined(), rational.getDefined());
}

//===----------------------------------------------------------------------===//
// Requirements and certificates
//===----------------------------------------------------------------------===//

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
// The walk
//===----------------------------------------------------------------------===//

LogicalResult Lowering::lower(Operation &op) {
  if (isReport(op)) {
    reports.insert(&op);
    return success();
  }
  if (auto product = dyn_cast<matrix::ProductOp>(op))
    return lowerProduct(product);
  if (auto map = dyn_cast<matrix::MapOp>(op)) {
    if (isFinalMap(map)) {
      reports.insert(map);
      return success(); // with the update
    }
    if (!device && isGradientCheck(map))
      return lowerGradientCheck(map);
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
  if (auto rational = dyn_cast<matrix::RationalOp>(op)) {
    lowerRational(rational);
    return success();
  }
  if (auto transpose = dyn_cast<matrix::TransposeOp>(op)) {
    Value source = memoryOf(transpose.getInput());
    kernel::TransposeOp::create(builder, op.getLoc(), source,
                                destination(transpose.getResult()));
    return success();
  }
  if (auto block = dyn_cast<matrix::BlockOp>(op)) {
    Value target = destination(block.getResult());
    copy(blockOf(memoryOf(block.getInput()), block.getResult(), block.getRow(),
                 block.getCol(), op.getLoc()),
         target, op.getLoc());
    return success();
  }
  if (auto assemble = dyn_cast<matrix::AssembleOp>(op)) {
    Value target = destination(assemble.getResult());
    int64_t across = assemble.getCols();
    for (auto [i, block] : llvm::enumerate(assemble.getBlocks()))
      copy(memoryOf(block),
           blockOf(target, block, int64_t(i) / across, int64_t(i) % across,
                   op.getLoc()),
           op.getLoc());
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
