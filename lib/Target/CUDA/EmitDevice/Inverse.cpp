//===- Inverse.cpp - partial fractions on a team of blocks ----------------===//
//
// A positive definite S = A + p I has a Cholesky factor L, and S^-1 = T^T T
// with T = L^-1. Elimination of [S | I] by rows leaves [L^T | T]; here it goes
// in panels of some rows, of which only products remain:
//
//     D = L_kk^-1                    one block, in shared memory
//     R = D [S_k | T_k]              the rows of the panel; columns from the
//                                    panel on, and up to it
//     [S | T] -= R_S^T R             the rows below
//     Y += w R_T^T R_T               what these rows of T add to the result
//
// S_k are the columns beyond the panel and T_k those up to its end, which lie
// side by side. Of S what is above the diagonal counts; so the elimination
// starts from the transpose of A, of which what is below counts. 8/3 n^3 flops
// of products a term (the trailing products compute both halves of S), four
// meetings a panel.
//
// Y^-1 by blocks instead, without T, would lose all digits at condition 1e4.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Inverse.h"

#include "lib/Target/CUDA/EmitDevice/Moves.h"
#include "lib/Target/CUDA/EmitDevice/Products.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

namespace {

class InverseBuilder {
public:
  InverseBuilder(IndexBuilder &b, Team &team, Value matrix, Value into,
                 Value scratch, Value pole, Value weight)
      : team(team), matrix(matrix), into(into), scratch(scratch), pole(pole),
        weight(weight),
        element(cast<MemRefType>(matrix.getType()).getElementType()),
        panel(getInversePanel(element)) {
    order = memref::DimOp::create(b, matrix, 0);
    DeviceRationalScratch parts = buildDeviceRationalScratch(b, order, element);
    Value rows = b.index(panel);
    whole = view(b, parts.augmented, {order, b.mul(order, 2)}, element);
    reduced = view(b, parts.rows, {rows, order}, element);
    corner = view(b, parts.corner, {rows, rows}, element);
    flag = view(b, parts.flag, {b.index(1)}, b.getI32Type());
  }

  /// Adds weight (matrix + pole I)^-1 to the result; clears the flag if that
  /// does not exist.
  void build(IndexBuilder &b);

  static Value view(IndexBuilder &b, Value scratch, Value offset,
                    ArrayRef<Value> extents, Type type) {
    SmallVector<int64_t> shape(extents.size(), ShapedType::kDynamic);
    return memref::ViewOp::create(b, MemRefType::get(shape, type), scratch,
                                  offset, extents);
  }

private:
  Value view(IndexBuilder &b, Value offset, ArrayRef<Value> extents,
             Type type) {
    return view(b, scratch, offset, extents, type);
  }
  Value real(IndexBuilder &b, double value) {
    return arith::ConstantOp::create(b, b.getFloatAttr(element, value));
  }
  Value compare(IndexBuilder &b, CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  Value part(IndexBuilder &b, Value of, Value row, Value column, Value rows,
             Value columns) {
    Value one = b.index(1);
    return memref::SubViewOp::create(b, of, ValueRange{row, column},
                                     ValueRange{rows, columns},
                                     ValueRange{one, one});
  }
  /// The elements of the corner, one after another, for the threads of a
  /// block.
  void forCorner(IndexBuilder &b, Value rows,
                 function_ref<void(IndexBuilder &, Value, Value)> body);
  void multiply(IndexBuilder &b, Value lhs, Value rhs, Value result,
                Value scale, Value addend, bool transposeLhs, bool symmetric);
  void start(IndexBuilder &b);
  void eliminateCorner(IndexBuilder &b, Value shared, Value rows);
  void invertCorner(IndexBuilder &b, Value begin, Value rows);
  void eliminate(IndexBuilder &b, Value begin);

  Team &team;
  Value matrix, into, scratch, pole, weight;
  Type element;
  int64_t panel;
  Value order;
  Value whole, reduced, corner, flag;
};

} // namespace

void InverseBuilder::forCorner(
    IndexBuilder &b, Value rows,
    function_ref<void(IndexBuilder &, Value, Value)> body) {
  scf::ForOp::create(
      b, team.getThread(), b.mul(rows, rows), b.index(blockThreads),
      ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        body(b, b.div(number, rows), b.remainder(number, rows));
        scf::YieldOp::create(b);
      });
}

void InverseBuilder::multiply(IndexBuilder &b, Value lhs, Value rhs,
                              Value result, Value scale, Value addend,
                              bool transposeLhs, bool symmetric) {
  Value one = addend ? real(b, 1) : Value();
  auto product = kernel::ProductOp::create(
      b, lhs, rhs, result, scratch, scale, one, addend, /*gamma=*/Value(),
      transposeLhs, /*transpose_rhs=*/false, symmetric,
      /*lower_result=*/false, /*lhs_lower=*/false, /*rhs_lower=*/false,
      /*factors=*/TypeAttr());
  emitDeviceProduct(product, team);
}

/// [A^T | I].
void InverseBuilder::start(IndexBuilder &b) {
  Value zero = b.index(0);
  Value left = part(b, whole, zero, zero, order, order);
  Value first = b.add(b.mul(team.getRank(), blockThreads), team.getThread());
  Value step = b.mul(team.getSize(), blockThreads);
  scf::ForOp::create(
      b, first, b.mul(order, order), step, ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        Value row = b.div(number, order), column = b.remainder(number, order);
        Value same = compare(b, CmpIPredicate::eq, row, column);
        Value value = arith::SelectOp::create(b, same, real(b, 1), real(b, 0));
        memref::StoreOp::create(b, value, whole,
                                ValueRange{row, b.add(order, column)});
        scf::YieldOp::create(b);
      });
  auto transpose = kernel::TransposeOp::create(b, matrix, left);
  emitDeviceTranspose(transpose, team);
}

/// Elimination without roots: row j of U D^-1 U^T stays as it is, and of the
/// inverse factor what is below the diagonal takes the place of zeros.
void InverseBuilder::eliminateCorner(IndexBuilder &b, Value shared,
                                     Value rows) {
  scf::ForOp::create(
      b, b.index(0), rows, b.index(1), ValueRange{},
      [&](OpBuilder &nested, Location loc, Value j, ValueRange) {
        IndexBuilder b(loc, nested);
        Value pivot = memref::LoadOp::create(b, shared, ValueRange{j, j});
        forCorner(b, rows, [&](IndexBuilder &b, Value row, Value column) {
          // Rows below; columns up to j, and those of the upper triangle.
          Value below = compare(b, CmpIPredicate::ugt, row, j);
          Value counts =
              arith::OrIOp::create(b, compare(b, CmpIPredicate::ule, column, j),
                                   compare(b, CmpIPredicate::uge, column, row));
          Value changes = arith::AndIOp::create(b, below, counts);
          scf::IfOp::create(b, changes, [&](OpBuilder &nested, Location loc) {
            IndexBuilder b(loc, nested);
            Value factor = arith::DivFOp::create(
                b,
                memref::LoadOp::create(b, shared, ValueRange{j, row})
                    .getResult(),
                pivot);
            Value isNew = compare(b, CmpIPredicate::eq, column, j);
            Value above =
                memref::LoadOp::create(b, shared, ValueRange{j, column});
            Value before =
                memref::LoadOp::create(b, shared, ValueRange{row, column});
            above = arith::SelectOp::create(b, isNew, real(b, 1), above);
            before = arith::SelectOp::create(b, isNew, real(b, 0), before);
            Value change = arith::MulFOp::create(b, factor, above);
            Value after = arith::SubFOp::create(b, before, change);
            memref::StoreOp::create(b, after, shared, ValueRange{row, column});
            scf::YieldOp::create(b);
          });
        });
        gpu::BarrierOp::create(b);
        scf::YieldOp::create(b);
      });
}

/// The first block of the team: D, from the rows and columns of the panel.
void InverseBuilder::invertCorner(IndexBuilder &b, Value begin, Value rows) {
  Value isFirst = compare(b, CmpIPredicate::eq, team.getRank(), b.index(0));
  scf::IfOp::create(b, isFirst, [&](OpBuilder &nested, Location loc) {
    IndexBuilder b(loc, nested);
    std::string name = "shared.corner";
    llvm::raw_string_ostream(name) << '_' << element;
    Value shared = team.getShared(b, name, {panel, panel}, element);
    forCorner(b, rows, [&](IndexBuilder &b, Value row, Value column) {
      Value value = memref::LoadOp::create(
          b, whole, ValueRange{b.add(begin, row), b.add(begin, column)});
      Value same = compare(b, CmpIPredicate::eq, row, column);
      Value shifted = arith::AddFOp::create(b, value, pole);
      memref::StoreOp::create(
          b, arith::SelectOp::create(b, same, shifted, value).getResult(),
          shared, ValueRange{row, column});
    });
    gpu::BarrierOp::create(b);
    eliminateCorner(b, shared, rows);
    forCorner(b, rows, [&](IndexBuilder &b, Value row, Value column) {
      Value pivot = memref::LoadOp::create(b, shared, ValueRange{row, row});
      Value root = math::SqrtOp::create(b, pivot);
      Value value = memref::LoadOp::create(b, shared, ValueRange{row, column});
      Value same = compare(b, CmpIPredicate::eq, row, column);
      Value above = compare(b, CmpIPredicate::ugt, column, row);
      value = arith::SelectOp::create(b, same, real(b, 1), value);
      value = arith::DivFOp::create(b, value, root);
      value = arith::SelectOp::create(b, above, real(b, 0), value);
      memref::StoreOp::create(b, value, corner, ValueRange{row, column});
      // A pivot that is no positive number.
      Value infinity = real(b, std::numeric_limits<double>::infinity());
      Value positive =
          arith::CmpFOp::create(b, CmpFPredicate::OGT, pivot, real(b, 0));
      Value finite =
          arith::CmpFOp::create(b, CmpFPredicate::OLT, pivot, infinity);
      Value isPivot = arith::AndIOp::create(b, positive, finite);
      Value isBad = arith::AndIOp::create(
          b, same,
          arith::XOrIOp::create(
              b, isPivot, arith::ConstantIntOp::create(b, 1, 1).getResult())
              .getResult());
      scf::IfOp::create(b, isBad, [&](OpBuilder &nested, Location loc) {
        IndexBuilder b(loc, nested);
        Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
        memref::StoreOp::create(b, zero, flag, b.index(0));
        scf::YieldOp::create(b);
      });
    });
    scf::YieldOp::create(b);
  });
  team.meet(b);
}

void InverseBuilder::eliminate(IndexBuilder &b, Value begin) {
  Value zero = b.index(0);
  Value end = b.min(b.add(begin, panel), order);
  Value rows = b.sub(end, begin), rest = b.sub(order, end);
  invertCorner(b, begin, rows);
  Value factor = part(b, corner, zero, zero, rows, rows);
  Value own = part(b, whole, begin, end, rows, order);
  Value row = part(b, reduced, zero, zero, rows, order);
  multiply(b, factor, own, row, Value(), Value(), false, false);
  Value ofMatrix = part(b, reduced, zero, zero, rows, rest);
  Value ofFactor = part(b, reduced, zero, rest, rows, end);
  Value below = part(b, whole, end, end, rest, order);
  multiply(b, ofMatrix, row, below, real(b, -1), below, true, false);
  Value touched = part(b, into, zero, zero, end, end);
  multiply(b, ofFactor, ofFactor, touched, weight, touched, true, true);
}

void InverseBuilder::build(IndexBuilder &b) {
  start(b);
  Value one = b.index(1);
  Value panels = b.ceilDiv(order, b.index(panel));
  scf::ForOp::create(
      b, b.index(0), panels, one, ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        auto yield = scf::YieldOp::create(b);
        b.setInsertionPoint(yield);
        eliminate(b, b.mul(number, panel));
      });
}

static MemRefType getAnyMatrix(Type element) {
  int64_t dynamic = ShapedType::kDynamic;
  auto layout =
      StridedLayoutAttr::get(element.getContext(), dynamic, {dynamic, 1});
  return MemRefType::get({dynamic, dynamic}, element, layout);
}

/// (header, slots, matrix, into, scratch, pole, weight).
static func::FuncOp getTermFunction(kernel::RationalOp op,
                                    gpu::GPUModuleOp module, Value header,
                                    Value slots, Type element) {
  std::string name = "rational_term_";
  llvm::raw_string_ostream(name) << element;
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder builder(module.getContext());
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPointToStart(module.getBody());
  MemRefType matrix = getAnyMatrix(element);
  auto function = func::FuncOp::create(
      b, name,
      b.getFunctionType({header.getType(), slots.getType(), matrix, matrix,
                         op.getScratch().getType(), element, element},
                        {}));
  function.setPrivate();
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  auto end = func::ReturnOp::create(b);
  b.setInsertionPoint(end);
  Team team(b, module, entry->getArgument(0), entry->getArgument(1));
  InverseBuilder(b, team, entry->getArgument(2), entry->getArgument(3),
                 entry->getArgument(4), entry->getArgument(5),
                 entry->getArgument(6))
      .build(b);
  return function;
}

void steepest::emitDeviceRational(kernel::RationalOp op,
                                  gpu::GPUModuleOp module, Value header,
                                  Value slots) {
  Type element = cast<MemRefType>(op.getMatrix().getType()).getElementType();
  func::FuncOp function = getTermFunction(op, module, header, slots, element);
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  Team team(b, module, header, slots);
  auto real = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getFloatAttr(element, value));
  };
  Value order = memref::DimOp::create(b, op.getMatrix(), 0);
  DeviceRationalScratch parts = buildDeviceRationalScratch(b, order, element);
  Value flag = InverseBuilder::view(b, op.getScratch(), parts.flag,
                                    {b.index(1)}, b.getI32Type());
  // c I, and no term that does not exist, yet. The first meeting of a term is
  // after this.
  Value constant = real(op.getConstant().convertToDouble()), zero = real(0);
  Value first = b.add(b.mul(team.getRank(), blockThreads), team.getThread());
  Value step = b.mul(team.getSize(), blockThreads);
  scf::ForOp::create(
      b, first, b.mul(order, order), step, ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        Value row = b.div(number, order), column = b.remainder(number, order);
        Value same = arith::CmpIOp::create(b, CmpIPredicate::eq, row, column);
        Value value = arith::SelectOp::create(b, same, constant, zero);
        memref::StoreOp::create(b, value, op.getInto(),
                                ValueRange{row, column});
        scf::YieldOp::create(b);
      });
  scf::IfOp::create(b, team.isLeader(), [&](OpBuilder &nested, Location loc) {
    IndexBuilder b(loc, nested);
    Value one = arith::ConstantOp::create(b, b.getI32IntegerAttr(1));
    memref::StoreOp::create(b, one, flag, b.index(0));
    scf::YieldOp::create(b);
  });
  auto cast = [&](Value memory) -> Value {
    MemRefType type = getAnyMatrix(element);
    if (memory.getType() == type)
      return memory;
    return memref::CastOp::create(b, type, memory);
  };
  Value matrix = cast(op.getMatrix()), into = cast(op.getInto());
  for (auto [pole, weight] : llvm::zip(op.getPoles(), op.getWeights()))
    func::CallOp::create(b, function,
                         ValueRange{header, slots, matrix, into,
                                    op.getScratch(), real(pole), real(weight)});
  // Read before anyone can begin what is next.
  Value slot = team.getSlot(b, 0, b.getI32Type());
  team.meet(b, [&](IndexBuilder &b) {
    Value found = memref::LoadOp::create(b, flag, b.index(0));
    memref::StoreOp::create(b, found, slot, b.index(0));
  });
  Value found = memref::LoadOp::create(b, slot, b.index(0));
  Value none = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  op.getDefined().replaceAllUsesWith(
      arith::CmpIOp::create(b, CmpIPredicate::ne, found, none).getResult());
  op.erase();
}
