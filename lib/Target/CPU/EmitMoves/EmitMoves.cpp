//===- EmitMoves.cpp - the pass that emits moves --------------------------===//
//
// A block of N x N elements is transposed by log2 N rounds of the perfect
// shuffle: interleaving row k with row k + N/2 for all k rotates the bits of
// the 2 log2 N bit address of an element by one; after log2 N rounds row and
// column have changed places. Each round is N two-operand permutes, so an
// element costs log2 N / N of them, far less than the gather it replaces.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/EmitMoves/EmitMoves.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace steepest {
#define GEN_PASS_DEF_EMITMOVESPASS
#include "lib/Target/CPU/EmitMoves/EmitMoves.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using kernel::Access;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

/// Side of the square that one task transposes.
static constexpr int64_t taskSide = 128;

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// A vector is an index space of one row.
static void emitCopy(kernel::CopyOp op) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  bool isMatrix = op.getSource().getType().getRank() == 2;
  Value rows = isMatrix ? Value(memref::DimOp::create(b, op.getSource(), 0))
                        : b.index(1);
  Value cols = memref::DimOp::create(b, op.getSource(), isMatrix ? 1 : 0);
  Access access = isMatrix ? Access::Full : Access::Column;
  auto store = ResultAttr::get(b.getContext(), ResultKind::Store,
                               isMatrix ? Extent::Full : Extent::Column);
  kernel::MapOp::create(
      b, rows, cols, op.getSource(), access, op.getInto(), store,
      /*scratch=*/Value(), TypeRange(),
      [](OpBuilder &nested, Location loc, ValueRange arguments) {
        kernel::YieldOp::create(nested, loc, arguments.back());
      });
  op.erase();
}

//===----------------------------------------------------------------------===//
// Transposes
//===----------------------------------------------------------------------===//

/// Transposes rows of a square block in registers.
static SmallVector<Value> buildTranspose(IndexBuilder &b,
                                         SmallVector<Value> rows) {
  int64_t size = rows.size();
  SmallVector<int64_t> low, high;
  for (int64_t lane = 0; lane < size; ++lane) {
    int64_t from = lane / 2 + (lane % 2) * size;
    low.push_back(from);
    high.push_back(from + size / 2);
  }
  for (int64_t round = 1; round < size; round *= 2) {
    SmallVector<Value> next;
    for (int64_t k = 0; k < size / 2; ++k) {
      Value first = rows[k], second = rows[k + size / 2];
      next.push_back(vector::ShuffleOp::create(b, first, second, low));
      next.push_back(vector::ShuffleOp::create(b, first, second, high));
    }
    rows = std::move(next);
  }
  return rows;
}

static void buildLoop(IndexBuilder &b, Value begin, Value end, int64_t step,
                      function_ref<void(IndexBuilder &, Value)> body) {
  scf::ForOp::create(
      b, begin, end, b.index(step), ValueRange(),
      [&](OpBuilder &nested, Location loc, Value position, ValueRange) {
        IndexBuilder inner(loc, nested);
        body(inner, position);
        scf::YieldOp::create(inner);
      });
}

namespace {

/// Moves the part [rowBegin, rowEnd) x [colBegin, colEnd) of a source.
struct Transposer {
  Value source, into;
  int64_t lanes;

  void emitBlock(IndexBuilder &b, Value row, Value col) {
    Type element = cast<MemRefType>(source.getType()).getElementType();
    auto type = VectorType::get({lanes}, element);
    SmallVector<Value> rows;
    for (int64_t k = 0; k < lanes; ++k)
      rows.push_back(vector::LoadOp::create(b, type, source,
                                            ValueRange{b.add(row, k), col}));
    for (auto [k, column] : llvm::enumerate(buildTranspose(b, rows)))
      vector::StoreOp::create(b, column, into, ValueRange{b.add(col, k), row});
  }

  void emitElements(IndexBuilder &b, Value rowBegin, Value rowEnd,
                    Value colBegin, Value colEnd) {
    buildLoop(b, colBegin, colEnd, 1, [&](IndexBuilder &b, Value col) {
      buildLoop(b, rowBegin, rowEnd, 1, [&](IndexBuilder &b, Value row) {
        Value element = memref::LoadOp::create(b, source, ValueRange{row, col});
        memref::StoreOp::create(b, element, into, ValueRange{col, row});
      });
    });
  }

  void emit(IndexBuilder &b, Value rowBegin, Value rowEnd, Value colBegin,
            Value colEnd) {
    Value rowStop =
        b.add(rowBegin, b.roundDown(b.sub(rowEnd, rowBegin), lanes));
    Value colStop =
        b.add(colBegin, b.roundDown(b.sub(colEnd, colBegin), lanes));
    // Writes run along rows of the result.
    buildLoop(b, colBegin, colStop, lanes, [&](IndexBuilder &b, Value col) {
      buildLoop(b, rowBegin, rowStop, lanes,
                [&](IndexBuilder &b, Value row) { emitBlock(b, row, col); });
    });
    emitElements(b, rowStop, rowEnd, colBegin, colStop);
    emitElements(b, rowBegin, rowEnd, colStop, colEnd);
  }
};

} // namespace

static void emitTranspose(kernel::TransposeOp op, int64_t lanes) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  Value rows = memref::DimOp::create(b, op.getSource(), 0);
  Value cols = memref::DimOp::create(b, op.getSource(), 1);
  Value side = b.index(taskSide);
  Value rowTasks = b.ceilDiv(rows, side), colTasks = b.ceilDiv(cols, side);
  kernel::ParallelOp::create(
      b, b.mul(rowTasks, colTasks),
      [&](OpBuilder &nested, Location loc, Value task, Value worker) {
        IndexBuilder b(loc, nested);
        Value rowBegin = b.mul(b.div(task, colTasks), side);
        Value colBegin = b.mul(b.remainder(task, colTasks), side);
        Value rowEnd = b.min(b.add(rowBegin, side), rows);
        Value colEnd = b.min(b.add(colBegin, side), cols);
        Transposer{op.getSource(), op.getInto(), lanes}.emit(
            b, rowBegin, rowEnd, colBegin, colEnd);
      });
  op.erase();
}

//===----------------------------------------------------------------------===//
// One function per kind of move
//===----------------------------------------------------------------------===//

/// Matrices of any row stride, so that one function serves all of an element.
static MemRefType getMovedType(MemRefType type) {
  if (type.getRank() == 1)
    return type;
  int64_t dynamic = ShapedType::kDynamic;
  return MemRefType::get(
      {dynamic, dynamic}, type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), dynamic, {dynamic, 1}));
}

/// Replaces a move by a call of the function that holds moves of its type: a
/// solver copies dozens of matrices, and each copy is a parallel loop.
template <typename MoveOp>
static void callMover(ModuleOp module, StringRef kind, MoveOp op) {
  MemRefType type = getMovedType(op.getSource().getType());
  std::string name = ("kernel." + kind).str();
  llvm::raw_string_ostream(name)
      << "_" << type.getElementType() << "_" << type.getRank();
  OpBuilder builder(op);
  auto mover = module.lookupSymbol<func::FuncOp>(name);
  if (!mover) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    mover = func::FuncOp::create(builder, op.getLoc(), name,
                                 builder.getFunctionType({type, type}, {}));
    mover.setPrivate();
    Block *body = mover.addEntryBlock();
    builder.setInsertionPointToStart(body);
    MoveOp::create(builder, op.getLoc(), body->getArgument(0),
                   body->getArgument(1));
    func::ReturnOp::create(builder, op.getLoc());
  }
  auto cast = [&](Value memory) -> Value {
    if (memory.getType() == type)
      return memory;
    return memref::CastOp::create(builder, op.getLoc(), type, memory);
  };
  func::CallOp::create(builder, op.getLoc(), mover,
                       ValueRange{cast(op.getSource()), cast(op.getInto())});
  op.erase();
}

namespace {

struct EmitMoves : steepest::impl::EmitMovesPassBase<EmitMoves> {
  using Base::Base;

  void runOnOperation() override {
    if (lanes <= 0 || !llvm::isPowerOf2_64(lanes)) {
      emitError(getOperation()->getLoc())
          << "expects a power of two as number of lanes, got "
          << lanes.getValue();
      return signalPassFailure();
    }
    ModuleOp module = getOperation();
    SmallVector<Operation *> moves;
    module.walk([&](Operation *op) {
      if (isa<kernel::CopyOp, kernel::TransposeOp>(op))
        moves.push_back(op);
    });
    for (Operation *op : moves) {
      if (auto copy = dyn_cast<kernel::CopyOp>(op))
        callMover(module, "copy", copy);
      else
        callMover(module, "transpose", cast<kernel::TransposeOp>(op));
    }
    module.walk([&](kernel::CopyOp op) { emitCopy(op); });
    module.walk([&](kernel::TransposeOp op) { emitTranspose(op, lanes); });
  }
};

} // namespace
