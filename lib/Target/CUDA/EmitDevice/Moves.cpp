//===- Moves.cpp - transposes on a team of blocks -------------------------===//
//
// A block takes tiles of 32 x 32 in turn: rows of the source come in along
// rows, and go out along rows of the result. The tile in shared memory has 33
// columns, so that neither way two lanes meet on a bank.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Moves.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using kernel::Access;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

static constexpr int64_t tile = warpThreads;

/// Runs `body` on the elements of a tile, one warp on every eighth row: at
/// [row, column] of a matrix of rows x columns, and at [tileRow, lane] in the
/// tile.
static void sweepTile(
    IndexBuilder &b, Team &team, Value rowBegin, Value colBegin, Value rows,
    Value cols,
    function_ref<void(IndexBuilder &, Value row, Value column, Value tileRow)>
        body) {
  scf::ForOp::create(
      b, team.getWarp(), b.index(tile), b.index(blockWarps), ValueRange{},
      [&](OpBuilder &nested, Location loc, Value tileRow, ValueRange) {
        IndexBuilder b(loc, nested);
        Value row = b.add(rowBegin, tileRow);
        Value column = b.add(colBegin, team.getLane());
        Value inside = arith::AndIOp::create(
            b, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, rows),
            arith::CmpIOp::create(b, arith::CmpIPredicate::ult, column, cols));
        scf::IfOp::create(b, inside, [&](OpBuilder &nested, Location loc) {
          IndexBuilder inner(loc, nested);
          body(inner, row, column, tileRow);
          scf::YieldOp::create(inner);
        });
        scf::YieldOp::create(b);
      });
}

void steepest::emitDeviceTranspose(kernel::TransposeOp op, Team &team) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  Value source = op.getSource(), into = op.getInto();
  Type element = cast<MemRefType>(source.getType()).getElementType();
  Value rows = memref::DimOp::create(b, source, 0);
  Value cols = memref::DimOp::create(b, source, 1);
  Value across = b.ceilDiv(cols, b.index(tile));
  Value tiles = b.mul(b.ceilDiv(rows, b.index(tile)), across);
  std::string name = "shared.transpose";
  llvm::raw_string_ostream(name) << '_' << element;
  Value shared = team.getShared(b, name, {tile, tile + 1}, element);
  scf::ForOp::create(
      b, team.getRank(), tiles, team.getSize(), ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        Value rowBegin = b.mul(b.div(number, across), tile);
        Value colBegin = b.mul(b.remainder(number, across), tile);
        sweepTile(b, team, rowBegin, colBegin, rows, cols,
                  [&](IndexBuilder &b, Value row, Value column, Value tileRow) {
                    Value value = memref::LoadOp::create(
                        b, source, ValueRange{row, column});
                    memref::StoreOp::create(
                        b, value, shared, ValueRange{tileRow, team.getLane()});
                  });
        gpu::BarrierOp::create(b);
        sweepTile(b, team, colBegin, rowBegin, cols, rows,
                  [&](IndexBuilder &b, Value row, Value column, Value tileRow) {
                    Value value = memref::LoadOp::create(
                        b, shared, ValueRange{team.getLane(), tileRow});
                    memref::StoreOp::create(b, value, into,
                                            ValueRange{row, column});
                  });
        gpu::BarrierOp::create(b);
        scf::YieldOp::create(b);
      });
  team.meet(b);
  op.erase();
}

kernel::MapOp steepest::makeMap(kernel::CopyOp op) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  auto type = cast<MemRefType>(op.getSource().getType());
  bool isMatrix = type.getRank() == 2;
  Value rows = isMatrix ? Value(memref::DimOp::create(b, op.getSource(), 0))
                        : b.index(1);
  Value cols = memref::DimOp::create(b, op.getSource(), isMatrix ? 1 : 0);
  Access access = isMatrix ? Access::Full : Access::Column;
  auto kind = ResultAttr::get(b.getContext(), ResultKind::Store,
                              isMatrix ? Extent::Full : Extent::Column);
  auto map = kernel::MapOp::create(
      b, rows, cols, ValueRange{op.getSource()}, ArrayRef<Access>{access},
      ValueRange{op.getInto()}, ArrayRef<ResultAttr>{kind}, /*scratch=*/Value(),
      TypeRange{}, [](OpBuilder &body, Location loc, ValueRange arguments) {
        kernel::YieldOp::create(body, loc, arguments.drop_front(2));
      });
  op.erase();
  return map;
}
