//===- Family.cpp - the generated product functions of a module -----------===//

#include "lib/Target/CPU/Product/Family.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Function.h"
#include "lib/Target/CPU/Product/MacroKernel.h"
#include "lib/Target/CPU/Product/Packing.h"
#include "lib/Target/CPU/Product/Partition.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "lib/Target/CPU/Product/Transpose.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace steepest::product {

ProductFamily::ProductFamily(ModuleOp module, unsigned vectorBits)
    : module(module), symbols(module), vectorBits(vectorBits) {}

func::FuncOp
ProductFamily::get(const Twine &name, TypeRange arguments,
                   function_ref<void(Emitter &, ValueRange)> emit) {
  return getFunction(symbols, name, arguments, {},
                     [&](Emitter &e, func::FuncOp function) {
                       emit(e, function.getArguments());
                       return SmallVector<Value>();
                     });
}

static StringRef getSuffix(Type factor) {
  return factor.isF64() ? "f64" : factor.isBF16() ? "bf16" : "f32";
}

//===----------------------------------------------------------------------===//
// Structures as arguments
//===----------------------------------------------------------------------===//

/// The members of a problem, in the order of the arguments.
template <typename Visitor> static void visit(Problem &p, Visitor visitor) {
  for (Value *matrix : {&p.lhs, &p.rhs, &p.into, &p.addend})
    visitor(*matrix, getMatrixType);
  for (Value *scalar : {&p.alpha, &p.beta, &p.gamma})
    visitor(*scalar, [](Type element) { return element; });
  for (Value *flag :
       {&p.transposeLhs, &p.transposeRhs, &p.symmetric, &p.mirrors, &p.lhsLower,
        &p.rhsLower, &p.hasAddend, &p.hasGamma, &p.mirrorsBlocks, &p.lhsBlocks,
        &p.rhsBlocks})
    visitor(*flag, [](Type element) -> Type {
      return IntegerType::get(element.getContext(), 1);
    });
}

static Type getIndex(Type element) {
  return IndexType::get(element.getContext());
}

template <typename Visitor> static void visit(Slab &slab, Visitor visitor) {
  for (Value *index :
       {&slab.rowBegin, &slab.rowEnd, &slab.columnBegin, &slab.columnEnd})
    visitor(*index, getIndex);
  for (Value *buffer : {&slab.lhsBuffer, &slab.rhsBuffer})
    visitor(*buffer, getFlatType);
}

template <typename Visitor> static void visit(Block &b, Visitor visitor) {
  for (Value *memory : {&b.lhs, &b.rhs, &b.lhsPanels, &b.rhsPanels,
                        &b.into.flat, &b.addend.flat})
    visitor(*memory, getFlatType);
  for (Value *index :
       {&b.lhsOrigin, &b.rowStride, &b.termStride, &b.rhsOrigin, &b.rhsStride,
        &b.rowBegin, &b.rowEnd, &b.columnBegin, &b.columnEnd, &b.depthBegin,
        &b.depth, &b.into.stride, &b.addend.stride})
    visitor(*index, getIndex);
  for (Value *flag :
       {&b.readLhs, &b.readRhs, &b.symmetric, &b.lhsBegins, &b.lhsEnds,
        &b.rhsBegins, &b.rhsEnds, &b.hasAddend, &b.hasGamma})
    visitor(*flag, [](Type element) -> Type {
      return IntegerType::get(element.getContext(), 1);
    });
  for (Value *scalar : {&b.alpha, &b.beta, &b.gamma})
    visitor(*scalar, [](Type element) { return element; });
}

template <typename Structure>
static void appendTypes(SmallVector<Type> &types, Type factor) {
  Structure structure;
  visit(structure, [&](Value &, auto getType) {
    types.push_back(getType(getStoredType(factor)));
  });
}

template <typename Structure>
static void appendMembers(SmallVector<Value> &values, Structure structure) {
  visit(structure, [&](Value &member, auto) { values.push_back(member); });
}

/// Takes the members off the front of `arguments`.
template <typename Structure> static Structure take(ValueRange &arguments) {
  Structure structure;
  visit(structure, [&](Value &member, auto) {
    member = arguments.front();
    arguments = arguments.drop_front();
  });
  return structure;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

func::FuncOp ProductFamily::getPack(Type factor, bool transposing,
                                    int64_t width) {
  SmallVector<Type> types(8, getIndex(factor));
  types[0] = getMatrixType(getStoredType(factor));
  types[1] = getFlatType(getStoredType(factor));
  return get(
      Twine("kernel.pack_") + (transposing ? "transpose_" : "copy_") +
          getSuffix(factor) + "_" + Twine(width),
      types, [&](Emitter &e, ValueRange arguments) {
        MatrixView source = e.view(arguments[0]);
        Value buffer = arguments[1], offset = arguments[2];
        PackedPiece piece{arguments[3], arguments[4], arguments[5],
                          arguments[6], arguments[7]};
        ProductTile tile = getProductTile(factor, vectorBits);
        if (transposing)
          emitTransposePack(e, source, buffer, offset, piece, width, tile);
        else
          emitCopyPack(e, source, buffer, offset, piece, width, tile.inPairs);
      });
}

func::FuncOp ProductFamily::getMirror(Type element) {
  Type index = getIndex(element);
  Type truth = IntegerType::get(element.getContext(), 1);
  return get(Twine("kernel.mirror_") + getSuffix(element),
             {getMatrixType(element), index, index, truth},
             [&](Emitter &e, ValueRange arguments) {
               ProductTile tile = getProductTile(element, vectorBits);
               emitMirror(e, e.view(arguments[0]), arguments[1], arguments[2],
                          arguments[3], tile.lanes, tile.lanesPer128);
             });
}

func::FuncOp ProductFamily::getTiles(Type factor) {
  SmallVector<Type> types;
  appendTypes<Block>(types, factor);
  return get(Twine("kernel.tiles_") + getSuffix(factor), types,
             [&](Emitter &e, ValueRange arguments) {
               emitTiles(e, getProductTile(factor, vectorBits),
                         take<Block>(arguments));
             });
}

void ProductFamily::withCalls(Emitter &e, Type factor,
                              function_ref<void(const SlabCalls &)> body) {
  ProductTile tile = getProductTile(factor, vectorBits);
  Needs needed = needs.lookup(factor);
  auto packing = [&](int64_t width, bool copies, bool transposes) {
    return [=, &e](bool transposing, ValueRange operands) {
      if (transposing ? transposes : copies)
        func::CallOp::create(e, getPack(factor, transposing, width), operands);
    };
  };
  auto packLhs = packing(tile.mr, needed.copyLhs, needed.transposeLhs);
  auto packRhs = packing(tile.nr, needed.copyRhs, needed.transposeRhs);
  auto sumTiles = [&](const Block &block) {
    SmallVector<Value> operands;
    appendMembers(operands, block);
    func::CallOp::create(e, getTiles(factor), operands);
  };
  auto mirror = [&](ValueRange operands) {
    if (needed.mirror)
      func::CallOp::create(e, getMirror(getStoredType(factor)), operands);
  };
  body(
      {packLhs, packRhs, needed.lhsBlocks, needed.rhsBlocks, sumTiles, mirror});
}

func::FuncOp ProductFamily::getSlab(Type factor) {
  SmallVector<Type> types;
  appendTypes<Problem>(types, factor);
  appendTypes<Slab>(types, factor);
  return get(Twine("kernel.slab_") + getSuffix(factor), types,
             [&](Emitter &e, ValueRange arguments) {
               auto problem = take<Problem>(arguments);
               auto slab = take<Slab>(arguments);
               withCalls(e, factor, [&](const SlabCalls &calls) {
                 emitSlab(e, getProductTile(factor, vectorBits), problem, slab,
                          calls);
               });
             });
}

func::FuncOp ProductFamily::getProduct(Type factor) {
  SmallVector<Type> types;
  appendTypes<Problem>(types, factor);
  types.push_back(kernel::getBytesType(module.getContext()));
  return get(Twine("kernel.product_") + getSuffix(factor), types,
             [&](Emitter &e, ValueRange arguments) {
               auto problem = take<Problem>(arguments);
               emitProduct(e, factor, problem, arguments.front());
             });
}

void ProductFamily::emitProduct(Emitter &e, Type factor, const Problem &problem,
                                Value scratch) {
  ProductTile tile = getProductTile(factor, vectorBits);
  Type element = getStoredType(factor);
  auto extent = [&](Value memref, int64_t dimension) -> Value {
    return memref::DimOp::create(e, memref, dimension);
  };
  Value m = extent(problem.into, 0), n = extent(problem.into, 1);
  Value k = e.select(problem.transposeLhs, extent(problem.lhs, 0),
                     extent(problem.lhs, 1));
  auto getElements = [&](Value begin, Value bytes) -> Value {
    Value count = e.div(bytes, e.index(element.getIntOrFloatBitWidth() / 8));
    Value view = memref::ViewOp::create(
        e, MemRefType::get({ShapedType::kDynamic}, element), scratch, begin,
        count);
    return memref::CastOp::create(e, getFlatType(element), view);
  };

  auto small = [&]() -> SmallVector<Value> {
    Value noPanels = getElements(e.index(0), e.index(0));
    withCalls(e, factor, [&](const SlabCalls &calls) {
      emitSmall(e, problem, noPanels, m, n, k, calls);
    });
    return {};
  };
  auto large = [&]() -> SmallVector<Value> {
    // Panels of pairs have half of the depth and never need more.
    WorkerScratch bytes = buildWorkerScratch(e, m, n, k, element, tile);
    // Calls the slab function for one piece with the scratch of one worker.
    auto callSlab = [&](const Piece &piece, Value worker) {
      Value begin = e.mul(worker, e.add(bytes.lhsBytes, bytes.rhsBytes));
      Slab slab{piece.rowBegin,
                piece.rowEnd,
                piece.columnBegin,
                piece.columnEnd,
                getElements(begin, bytes.lhsBytes),
                getElements(e.add(begin, bytes.lhsBytes), bytes.rhsBytes)};
      SmallVector<Value> operands;
      appendMembers(operands, problem);
      appendMembers(operands, slab);
      func::CallOp::create(e, getSlab(factor), operands);
    };
    emitPieces(e, problem, tile, m, n, k, callSlab);
    return {};
  };
  auto called = [&] {
    return e.either(buildIsSmall(e, tile, problem, m, n, k), small, large);
  };
  if (!tile.hasMasks() || tile.inPairs) {
    called();
    return;
  }
  e.either(
      buildIsTiny(e, tile, problem, m, n, k),
      [&]() -> SmallVector<Value> {
        emitTiny(e, tile, problem, m, n, k);
        return {};
      },
      called);
}

} // namespace steepest::product
