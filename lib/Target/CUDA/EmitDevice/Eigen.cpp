//===- Eigen.cpp - eigen-decompositions on a team of blocks ---------------===//
//
// Jacobi's method with rows in pairs, as players of a tournament: in each of
// the n - 1 rounds of a sweep every row meets another one, so that n / 2
// rotations are found at once, and then applied at once: the 2 x 2 block where
// two pairs cross is rotated from both sides by one thread. Two meetings of the
// team per round; some eight sweeps. An element below the rounding of the
// largest one is left alone, and a sweep that finds no other ends the method.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Eigen.h"

#include "lib/Target/CUDA/EmitDevice/Maps.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

static constexpr int64_t maximumSweeps = 40;

namespace {

/// Two rows that meet; the second may be one that is not there, when the order
/// is odd.
struct Pair {
  Value first, second, isThere;
};

class EighBuilder {
public:
  EighBuilder(IndexBuilder &b, Team &team, Value matrix, Value values,
              Value scratch, bool wantsVectors)
      : team(team), matrix(matrix), values(values), scratch(scratch),
        wantsVectors(wantsVectors),
        element(cast<MemRefType>(matrix.getType()).getElementType()) {
    order = memref::DimOp::create(b, matrix, 0);
    Value odd = b.remainder(order, b.index(2));
    players = b.add(order, odd);
    pairs = b.div(players, b.index(2));
    DeviceEighScratch parts = buildDeviceEighScratch(b, order, element);
    vectors = view(b, parts.vectors, {order, order}, element);
    rotations = view(b, parts.rotations, {b.add(order, 2)}, element);
    diagonal = view(b, parts.diagonal, {order}, element);
    flags = view(b, parts.flags, {b.index(2)}, b.getI32Type());
    partials = parts.partials;
  }

  /// Whether the method has converged.
  FailureOr<Value> build(IndexBuilder &b);

private:
  using Body = function_ref<void(IndexBuilder &, Value)>;

  Value view(IndexBuilder &b, Value offset, ArrayRef<Value> extents,
             Type type) {
    SmallVector<int64_t> shape(extents.size(), ShapedType::kDynamic);
    return memref::ViewOp::create(b, MemRefType::get(shape, type), scratch,
                                  offset, extents);
  }
  Value real(IndexBuilder &b, double value) {
    return arith::ConstantOp::create(b, b.getFloatAttr(element, value));
  }
  Value compare(IndexBuilder &b, CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  Value load(IndexBuilder &b, Value memory, ValueRange indices) {
    return memref::LoadOp::create(b, memory, indices);
  }
  /// The element, or zero where it is not there.
  Value loadIf(IndexBuilder &b, Value isThere, Value memory,
               ValueRange indices);
  void storeIf(IndexBuilder &b, Value isThere, Value value, Value memory,
               ValueRange indices);
  /// c x - s y.
  Value difference(IndexBuilder &b, Value c, Value x, Value s, Value y) {
    return arith::SubFOp::create(b, arith::MulFOp::create(b, c, x),
                                 arith::MulFOp::create(b, s, y));
  }
  /// s x + c y.
  Value sum(IndexBuilder &b, Value s, Value x, Value c, Value y) {
    return arith::AddFOp::create(b, arith::MulFOp::create(b, s, x),
                                 arith::MulFOp::create(b, c, y));
  }
  void when(IndexBuilder &b, Value condition,
            function_ref<void(IndexBuilder &)> body) {
    scf::IfOp::create(b, condition, [&](OpBuilder &nested, Location loc) {
      IndexBuilder inner(loc, nested);
      body(inner);
      scf::YieldOp::create(inner);
    });
  }
  /// Deals out 0 .. count to the threads of the team.
  void forAll(IndexBuilder &b, Value count, Body body);

  FailureOr<Value> buildNorm(IndexBuilder &b);
  Pair pairOf(IndexBuilder &b, Value round, Value number);
  std::pair<Value, Value> rotationOf(IndexBuilder &b, Value pair);
  void findRotations(IndexBuilder &b, Value round, Value parity,
                     Value threshold);
  void rotateMatrix(IndexBuilder &b, Value round);
  void rotateVectors(IndexBuilder &b, Value round);
  void buildSweep(IndexBuilder &b, Value sweep, Value parity, Value threshold);
  void sort(IndexBuilder &b);

  Team &team;
  Value matrix, values, scratch;
  bool wantsVectors;
  Type element;
  Value order, players, pairs;
  Value vectors, rotations, diagonal, flags, partials;
};

} // namespace

Value EighBuilder::loadIf(IndexBuilder &b, Value isThere, Value memory,
                          ValueRange indices) {
  auto op = scf::IfOp::create(
      b, isThere,
      [&](OpBuilder &nested, Location loc) {
        Value value = memref::LoadOp::create(nested, loc, memory, indices);
        scf::YieldOp::create(nested, loc, value);
      },
      [&](OpBuilder &nested, Location loc) {
        IndexBuilder inner(loc, nested);
        scf::YieldOp::create(nested, loc, real(inner, 0));
      });
  return op.getResult(0);
}

void EighBuilder::storeIf(IndexBuilder &b, Value isThere, Value value,
                          Value memory, ValueRange indices) {
  when(b, isThere, [&](IndexBuilder &b) {
    memref::StoreOp::create(b, value, memory, indices);
  });
}

void EighBuilder::forAll(IndexBuilder &b, Value count, Body body) {
  Value start = b.add(b.mul(team.getRank(), blockThreads), team.getThread());
  Value step = b.mul(team.getSize(), blockThreads);
  scf::ForOp::create(
      b, start, count, step, ValueRange{},
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder inner(loc, nested);
        body(inner, number);
        scf::YieldOp::create(inner);
      });
}

/// The largest magnitude.
FailureOr<Value> EighBuilder::buildNorm(IndexBuilder &b) {
  using kernel::Access;
  auto maximum = kernel::ResultAttr::get(
      b.getContext(), kernel::ResultKind::Maximum, kernel::Extent::Scalar);
  auto bytes = kernel::getBytesType(b.getContext());
  Value room = b.sub(memref::DimOp::create(b, scratch, 0), partials);
  Value part =
      memref::ViewOp::create(b, bytes, scratch, partials, ValueRange{room});
  auto map = kernel::MapOp::create(
      b, order, order, ValueRange{matrix}, ArrayRef<Access>{Access::Full},
      ValueRange{}, ArrayRef<kernel::ResultAttr>{maximum}, part,
      TypeRange{element},
      [](OpBuilder &body, Location loc, ValueRange arguments) {
        Value magnitude = math::AbsFOp::create(body, loc, arguments[2]);
        kernel::YieldOp::create(body, loc, ValueRange{magnitude});
      });
  // A value that outlives the map.
  Value zero = real(b, 0);
  Value norm = arith::AddFOp::create(b, map.getFolds()[0], zero);
  if (failed(emitDeviceMap(map, team)))
    return failure();
  return norm;
}

/// The last player stays, the others go round.
Pair EighBuilder::pairOf(IndexBuilder &b, Value round, Value number) {
  Value last = b.sub(players, b.index(1));
  Value isFirst = compare(b, CmpIPredicate::eq, number, b.index(0));
  // Both sums are below twice the number that goes round.
  auto wrap = [&](Value sum) -> Value {
    Value over = compare(b, CmpIPredicate::uge, sum, last);
    return arith::SelectOp::create(b, over, b.sub(sum, last), sum);
  };
  Value ahead = wrap(b.add(round, number));
  Value behind = wrap(b.sub(b.add(round, last), number));
  Pair pair;
  pair.first = arith::SelectOp::create(b, isFirst, round, ahead);
  pair.second = arith::SelectOp::create(b, isFirst, last, behind);
  pair.isThere = compare(b, CmpIPredicate::ult, pair.second, order);
  return pair;
}

std::pair<Value, Value> EighBuilder::rotationOf(IndexBuilder &b, Value pair) {
  Value at = b.mul(pair, 2);
  return {load(b, rotations, at), load(b, rotations, b.add(at, 1))};
}

void EighBuilder::findRotations(IndexBuilder &b, Value round, Value parity,
                                Value threshold) {
  forAll(b, pairs, [&](IndexBuilder &b, Value number) {
    Pair pair = pairOf(b, round, number);
    Value p = pair.first, q = pair.second;
    Value off = loadIf(b, pair.isThere, matrix, {p, q});
    Value turns = arith::CmpFOp::create(
        b, CmpFPredicate::OGT, Value(math::AbsFOp::create(b, off)), threshold);
    Value one = real(b, 1), zero = real(b, 0);
    auto found = scf::IfOp::create(
        b, turns,
        [&](OpBuilder &nested, Location loc) {
          IndexBuilder b(loc, nested);
          // The smaller root t of t^2 + 2 tau t = 1.
          Value gap = arith::SubFOp::create(b, load(b, matrix, {q, q}),
                                            load(b, matrix, {p, p}));
          Value tau = arith::DivFOp::create(
              b, gap, arith::AddFOp::create(b, off, off).getResult());
          Value square = arith::MulFOp::create(b, tau, tau);
          Value root = math::SqrtOp::create(
              b, arith::AddFOp::create(b, one, square).getResult());
          Value magnitude = math::AbsFOp::create(b, tau);
          Value t = arith::DivFOp::create(
              b, one, arith::AddFOp::create(b, magnitude, root).getResult());
          t = math::CopySignOp::create(b, t, tau);
          Value length = math::SqrtOp::create(
              b, arith::AddFOp::create(
                     b, one, arith::MulFOp::create(b, t, t).getResult())
                     .getResult());
          Value c = arith::DivFOp::create(b, one, length);
          Value s = arith::MulFOp::create(b, t, c);
          Value flag = arith::ConstantOp::create(b, b.getI32IntegerAttr(1));
          memref::StoreOp::create(b, flag, flags, parity);
          scf::YieldOp::create(b, ValueRange{c, s});
        },
        [&](OpBuilder &nested, Location loc) {
          scf::YieldOp::create(nested, loc, ValueRange{one, zero});
        });
    Value at = b.mul(number, 2);
    memref::StoreOp::create(b, found.getResult(0), rotations, at);
    memref::StoreOp::create(b, found.getResult(1), rotations, b.add(at, 1));
  });
}

void EighBuilder::rotateMatrix(IndexBuilder &b, Value round) {
  forAll(b, b.mul(pairs, pairs), [&](IndexBuilder &b, Value number) {
    Value left = b.div(number, pairs), right = b.remainder(number, pairs);
    Pair rows = pairOf(b, round, left), cols = pairOf(b, round, right);
    auto [c, s] = rotationOf(b, left);
    auto [d, t] = rotationOf(b, right);
    Value p = rows.first, q = rows.second, u = cols.first, v = cols.second;
    Value both = arith::AndIOp::create(b, rows.isThere, cols.isThere);
    Value pu = load(b, matrix, {p, u});
    Value pv = loadIf(b, cols.isThere, matrix, {p, v});
    Value qu = loadIf(b, rows.isThere, matrix, {q, u});
    Value qv = loadIf(b, both, matrix, {q, v});
    Value topU = difference(b, c, pu, s, qu),
          topV = difference(b, c, pv, s, qv);
    Value lowU = sum(b, s, pu, c, qu), lowV = sum(b, s, pv, c, qv);
    // What the rotation is there to remove is zero, whatever is rounded.
    Value zero = real(b, 0);
    Value same = compare(b, CmpIPredicate::eq, left, right);
    Value turned = arith::CmpFOp::create(b, CmpFPredicate::ONE, s, zero);
    Value removed = arith::AndIOp::create(b, same, turned);
    Value newPv =
        arith::SelectOp::create(b, removed, zero, sum(b, t, topU, d, topV));
    Value newQu = arith::SelectOp::create(b, removed, zero,
                                          difference(b, d, lowU, t, lowV));
    memref::StoreOp::create(b, difference(b, d, topU, t, topV), matrix,
                            ValueRange{p, u});
    storeIf(b, cols.isThere, newPv, matrix, {p, v});
    storeIf(b, rows.isThere, newQu, matrix, {q, u});
    storeIf(b, both, sum(b, t, lowU, d, lowV), matrix, {q, v});
  });
}

void EighBuilder::rotateVectors(IndexBuilder &b, Value round) {
  forAll(b, b.mul(pairs, order), [&](IndexBuilder &b, Value number) {
    Value at = b.div(number, order), column = b.remainder(number, order);
    Pair pair = pairOf(b, round, at);
    when(b, pair.isThere, [&](IndexBuilder &b) {
      auto [c, s] = rotationOf(b, at);
      Value x = load(b, vectors, {pair.first, column});
      Value y = load(b, vectors, {pair.second, column});
      memref::StoreOp::create(b, difference(b, c, x, s, y), vectors,
                              ValueRange{pair.first, column});
      memref::StoreOp::create(b, sum(b, s, x, c, y), vectors,
                              ValueRange{pair.second, column});
    });
  });
}

void EighBuilder::buildSweep(IndexBuilder &b, Value sweep, Value parity,
                             Value threshold) {
  Value rounds = b.sub(players, b.index(1));
  scf::ForOp::create(
      b, b.index(0), rounds, b.index(1), ValueRange{},
      [&](OpBuilder &nested, Location loc, Value round, ValueRange) {
        IndexBuilder b(loc, nested);
        findRotations(b, round, parity, threshold);
        team.meet(b);
        // The other flag has been read by all, and will be written in the next
        // sweep.
        when(b, team.isLeader(), [&](IndexBuilder &b) {
          Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
          memref::StoreOp::create(b, zero, flags, b.sub(b.index(1), parity));
        });
        rotateMatrix(b, round);
        if (wantsVectors)
          rotateVectors(b, round);
        team.meet(b);
        scf::YieldOp::create(b);
      });
}

/// Ascending values, and their vectors as rows.
void EighBuilder::sort(IndexBuilder &b) {
  forAll(b, order, [&](IndexBuilder &b, Value row) {
    memref::StoreOp::create(b, load(b, matrix, {row, row}), diagonal, row);
  });
  team.meet(b);
  forAll(b, order, [&](IndexBuilder &b, Value row) {
    Value own = load(b, diagonal, row);
    auto loop = scf::ForOp::create(
        b, b.index(0), order, b.index(1), ValueRange{b.index(0)},
        [&](OpBuilder &nested, Location loc, Value other, ValueRange carried) {
          IndexBuilder b(loc, nested);
          Value value = load(b, diagonal, other);
          Value less = arith::CmpFOp::create(b, CmpFPredicate::OLT, value, own);
          Value equal =
              arith::CmpFOp::create(b, CmpFPredicate::OEQ, value, own);
          Value earlier = compare(b, CmpIPredicate::ult, other, row);
          Value before = arith::OrIOp::create(
              b, less, arith::AndIOp::create(b, equal, earlier).getResult());
          Value next = arith::SelectOp::create(b, before, b.add(carried[0], 1),
                                               carried[0]);
          scf::YieldOp::create(b, next);
        });
    Value place = loop.getResult(0);
    memref::StoreOp::create(b, own, values, place);
    Value integer = arith::IndexCastOp::create(b, b.getI32Type(), place);
    Value number = arith::SIToFPOp::create(b, element, integer);
    memref::StoreOp::create(b, number, rotations, row);
  });
  team.meet(b);
  if (!wantsVectors)
    return;
  forAll(b, b.mul(order, order), [&](IndexBuilder &b, Value number) {
    Value row = b.div(number, order), column = b.remainder(number, order);
    Value integer =
        arith::FPToSIOp::create(b, b.getI32Type(), load(b, rotations, row));
    Value place = arith::IndexCastOp::create(b, b.getIndexType(), integer);
    memref::StoreOp::create(b, load(b, vectors, {row, column}), matrix,
                            ValueRange{place, column});
  });
  team.meet(b);
}

FailureOr<Value> EighBuilder::build(IndexBuilder &b) {
  FailureOr<Value> norm = buildNorm(b);
  if (failed(norm))
    return failure();
  Value infinity = real(b, std::numeric_limits<double>::infinity());
  Value finite = arith::CmpFOp::create(b, CmpFPredicate::OLT, *norm, infinity);
  Value threshold = arith::MulFOp::create(
      b, *norm, real(b, element.isF64() ? 0x1p-54 : 0x1p-25));
  forAll(b, b.mul(order, order), [&](IndexBuilder &b, Value number) {
    Value row = b.div(number, order), column = b.remainder(number, order);
    Value same = compare(b, CmpIPredicate::eq, row, column);
    Value start = arith::SelectOp::create(b, same, real(b, 1), real(b, 0));
    memref::StoreOp::create(b, start, vectors, ValueRange{row, column});
  });
  when(b, team.isLeader(), [&](IndexBuilder &b) {
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    memref::StoreOp::create(b, zero, flags, b.index(0));
    memref::StoreOp::create(b, zero, flags, b.index(1));
  });
  team.meet(b);

  SmallVector<Type> types = {b.getIndexType(), b.getI1Type()};
  auto loop = scf::WhileOp::create(b, types, ValueRange{b.index(0), finite});
  {
    OpBuilder::InsertionGuard guard(b);
    Location loc = b.getLoc();
    Block *before = b.createBlock(&loop.getBefore(), {}, types, {loc, loc});
    Value inTime = compare(b, CmpIPredicate::ult, before->getArgument(0),
                           b.index(maximumSweeps));
    Value goes = arith::AndIOp::create(b, before->getArgument(1), inTime);
    scf::ConditionOp::create(b, goes, before->getArguments());
    Block *after = b.createBlock(&loop.getAfter(), {}, types, {loc, loc});
    Value sweep = after->getArgument(0);
    Value parity = b.remainder(sweep, b.index(2));
    buildSweep(b, sweep, parity, threshold);
    Value flag = load(b, flags, parity);
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    Value found = compare(b, CmpIPredicate::ne, flag, zero);
    scf::YieldOp::create(b, ValueRange{b.add(sweep, 1), found});
  }
  sort(b);
  Value done = arith::XOrIOp::create(
      b, loop.getResult(1), arith::ConstantIntOp::create(b, 1, 1).getResult());
  return Value(arith::AndIOp::create(b, finite, done));
}

static MemRefType getAnyVector(Type element) {
  auto layout =
      StridedLayoutAttr::get(element.getContext(), ShapedType::kDynamic, {1});
  return MemRefType::get({ShapedType::kDynamic}, element, layout);
}

static MemRefType getAnyMatrix(Type element) {
  int64_t dynamic = ShapedType::kDynamic;
  auto layout =
      StridedLayoutAttr::get(element.getContext(), dynamic, {dynamic, 1});
  return MemRefType::get({dynamic, dynamic}, element, layout);
}

LogicalResult steepest::emitDeviceEigh(kernel::EighOp op,
                                       gpu::GPUModuleOp module, Value header,
                                       Value slots) {
  Type element = cast<MemRefType>(op.getMatrix().getType()).getElementType();
  bool wantsVectors = !op.getValuesOnly();
  std::string name = wantsVectors ? "eigh_" : "eigenvalues_";
  llvm::raw_string_ostream(name) << element;
  MemRefType matrix = getAnyMatrix(element), vector = getAnyVector(element);
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    OpBuilder builder(module.getContext());
    IndexBuilder b(op.getLoc(), builder);
    b.setInsertionPointToStart(module.getBody());
    function = func::FuncOp::create(
        b, name,
        b.getFunctionType({header.getType(), slots.getType(), matrix, vector,
                           op.getScratch().getType()},
                          b.getI1Type()));
    function.setPrivate();
    function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    Team team(b, module, entry->getArgument(0), entry->getArgument(1));
    FailureOr<Value> converged =
        EighBuilder(b, team, entry->getArgument(2), entry->getArgument(3),
                    entry->getArgument(4), wantsVectors)
            .build(b);
    if (failed(converged))
      return failure();
    func::ReturnOp::create(b, *converged);
  }
  OpBuilder builder(op);
  auto cast = [&](Value memory, MemRefType type) -> Value {
    if (memory.getType() == type)
      return memory;
    return memref::CastOp::create(builder, op.getLoc(), type, memory);
  };
  auto call = func::CallOp::create(
      builder, op.getLoc(), function,
      ValueRange{header, slots, cast(op.getMatrix(), matrix),
                 cast(op.getValues(), vector), op.getScratch()});
  op.getConverged().replaceAllUsesWith(call.getResult(0));
  op.erase();
  return success();
}
