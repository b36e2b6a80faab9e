//===- Family.cpp - the generated product functions of a module -----------===//

#include "lib/Target/CPU/Product/Family.h"

#include "lib/Target/CPU/Product/Packing.h"
#include "lib/Target/CPU/Product/Partition.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace steepest::product {

ProductFamily::ProductFamily(ModuleOp module, unsigned vectorBits)
    : module(module), symbols(module), vectorBits(vectorBits) {}

func::FuncOp ProductFamily::create(StringRef name, TypeRange arguments) {
  OpBuilder builder(module.getContext());
  auto type = builder.getFunctionType(arguments, {});
  auto function = func::FuncOp::create(builder, module.getLoc(), name, type);
  function.setPrivate();
  function->setAttr(
      "llvm.linkage",
      LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal));
  symbols.insert(function);
  function.addEntryBlock();
  return function;
}

func::FuncOp ProductFamily::getPack(Type element, bool transposing,
                                    int64_t width) {
  std::string name =
      (Twine("kernel.pack_") + (transposing ? "transpose_" : "copy_") +
       (element.isF64() ? "f64_" : "f32_") + Twine(width))
          .str();
  if (auto existing = symbols.lookup<func::FuncOp>(name))
    return existing;
  Type index = IndexType::get(module.getContext());
  func::FuncOp function =
      create(name, {getMatrixType(element), getFlatType(element), index, index,
                    index, index, index, index});
  Emitter e(function.getLoc(), module.getContext());
  e.setInsertionPointToStart(&function.getBody().front());
  MatrixView source = e.view(function.getArgument(0));
  Value buffer = function.getArgument(1), offset = function.getArgument(2);
  PackedPiece piece{function.getArgument(3), function.getArgument(4),
                    function.getArgument(5), function.getArgument(6),
                    function.getArgument(7)};
  if (transposing)
    emitTransposePack(e, source, buffer, offset, piece, width,
                      getProductTile(element, vectorBits));
  else
    emitCopyPack(e, source, buffer, offset, piece, width);
  func::ReturnOp::create(e);
  return function;
}

/// The types of the operands that a product and its slabs share: lhs, rhs and
/// into, then what the epilogue needs.
static SmallVector<Type> getEpilogueTypes(const Configuration &configuration) {
  SmallVector<Type> types;
  if (configuration.hasAlpha)
    types.push_back(configuration.element);
  if (configuration.hasAddend)
    types.append({configuration.element, getMatrixType(configuration.element)});
  if (configuration.hasGamma)
    types.push_back(configuration.element);
  return types;
}

func::FuncOp ProductFamily::getSlab(const Configuration &configuration) {
  std::string name = configuration.getName() + "_slab";
  if (auto existing = symbols.lookup<func::FuncOp>(name))
    return existing;
  Type element = configuration.element;
  ProductTile tile = getProductTile(element, vectorBits);
  func::FuncOp lhsPack =
      getPack(element, /*transposing=*/!configuration.transposeLhs, tile.mr);
  func::FuncOp rhsPack =
      getPack(element, /*transposing=*/configuration.transposeRhs, tile.nr);

  Type matrix = getMatrixType(element), flat = getFlatType(element);
  Type index = IndexType::get(module.getContext());
  SmallVector<Type> types{matrix, matrix, matrix};
  types.append(getEpilogueTypes(configuration));
  types.append({index, index, index, index, flat, flat});
  func::FuncOp function = create(name, types);

  Emitter e(function.getLoc(), module.getContext());
  e.setInsertionPointToStart(&function.getBody().front());
  unsigned next = 0;
  auto take = [&] { return Value(function.getArgument(next++)); };
  Slab slab;
  slab.lhs = take();
  slab.rhs = take();
  slab.into = take();
  if (configuration.hasAlpha)
    slab.epilogue.alpha = take();
  if (configuration.hasAddend) {
    slab.epilogue.beta = take();
    slab.epilogue.addend = e.view(take());
  }
  if (configuration.hasGamma)
    slab.epilogue.gamma = take();
  slab.rowBegin = take();
  slab.rowEnd = take();
  slab.columnBegin = take();
  slab.columnEnd = take();
  slab.lhsBuffer = take();
  slab.rhsBuffer = take();

  auto callPack = [&](func::FuncOp pack) {
    return
        [&e, pack](Value source, Value buffer, Value offset, ValueRange piece) {
          SmallVector<Value> operands{source, buffer, offset};
          llvm::append_range(operands, piece);
          func::CallOp::create(e, pack, operands);
        };
  };
  emitSlab(e, configuration, tile, slab, callPack(lhsPack), callPack(rhsPack));
  func::ReturnOp::create(e);
  return function;
}

func::FuncOp ProductFamily::getProduct(const Configuration &configuration) {
  std::string name = configuration.getName();
  if (auto existing = symbols.lookup<func::FuncOp>(name))
    return existing;
  func::FuncOp slab = getSlab(configuration);
  Type element = configuration.element;
  ProductTile tile = getProductTile(element, vectorBits);
  Type matrix = getMatrixType(element);
  SmallVector<Type> types{matrix, matrix, matrix,
                          kernel::getBytesType(module.getContext())};
  types.append(getEpilogueTypes(configuration));
  func::FuncOp function = create(name, types);

  Emitter e(function.getLoc(), module.getContext());
  e.setInsertionPointToStart(&function.getBody().front());
  Value lhs = function.getArgument(0), into = function.getArgument(2);
  Value scratch = function.getArgument(3);
  auto extent = [&](Value memref, int64_t dimension) -> Value {
    return memref::DimOp::create(e, memref, dimension);
  };
  Value m = extent(into, 0), n = extent(into, 1);
  Value k = extent(lhs, configuration.transposeLhs ? 0 : 1);
  WorkerScratch bytes = buildWorkerScratch(e, m, n, k, element, tile);

  // Calls the slab function for one piece with the scratch of one worker.
  auto callSlab = [&](const Piece &piece, Value worker) {
    Value begin = e.mul(worker, e.add(bytes.lhsBytes, bytes.rhsBytes));
    auto buffer = [&](Value offset, Value size) -> Value {
      Value elements =
          e.div(size, e.index(element.getIntOrFloatBitWidth() / 8));
      Value view = memref::ViewOp::create(
          e, MemRefType::get({ShapedType::kDynamic}, element), scratch, offset,
          elements);
      return memref::CastOp::create(e, getFlatType(element), view);
    };
    SmallVector<Value> operands{lhs, function.getArgument(1), into};
    llvm::append_range(operands, function.getArguments().drop_front(4));
    operands.append({piece.rowBegin, piece.rowEnd, piece.columnBegin,
                     piece.columnEnd, buffer(begin, bytes.lhsBytes),
                     buffer(e.add(begin, bytes.lhsBytes), bytes.rhsBytes)});
    func::CallOp::create(e, slab, operands);
  };
  emitPieces(e, configuration.symmetric, tile, m, n, k, callSlab);
  func::ReturnOp::create(e);
  return function;
}

} // namespace steepest::product
