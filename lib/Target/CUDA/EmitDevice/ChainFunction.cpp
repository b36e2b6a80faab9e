//===- ChainFunction.cpp - a chain of products on one block ---------------===//

#include "lib/Target/CUDA/EmitDevice/ChainFunction.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;

static Value asIndex(IndexBuilder &b, OpFoldResult extent) {
  if (auto value = dyn_cast<Value>(extent))
    return value;
  return b.index(cast<IntegerAttr>(cast<Attribute>(extent)).getInt());
}

/// Calls a function that hands its arguments on to the template: the entry
/// point is inlined there, and nowhere else.
static void callShared(IndexBuilder &b, gpu::GPUModuleOp module, StringRef name,
                       ValueRange arguments) {
  std::string symbol = ("product." + name).str();
  auto function = module.lookupSymbol<func::FuncOp>(symbol);
  if (!function) {
    OpBuilder::InsertionGuard guard(b);
    function = makeDeviceFunction(b, module, symbol, arguments.getTypes());
    SmallVector<Value> operands;
    auto generic = LLVM::LLVMPointerType::get(b.getContext());
    for (Value argument : function.getArguments())
      operands.push_back(
          isa<LLVM::LLVMPointerType>(argument.getType())
              ? LLVM::AddrSpaceCastOp::create(b, generic, argument).getResult()
              : argument);
    callTemplate(b, module, name, operands);
    func::ReturnOp::create(b);
  }
  func::CallOp::create(b, function, arguments);
}
Value steepest::buildChainFits(IndexBuilder &b, gpu::GPUModuleOp module,
                               const Chain &chain) {
  ArrayRef<OpFoldResult> extents = chain.getExtents();
  Value bytes = b.index(0);
  for (const Chain::Shape &shape : chain.getShapes()) {
    if (shape.places == 0)
      continue;
    Value rows = asIndex(b, extents[shape.rows]);
    Value columns = asIndex(b, extents[shape.columns]);
    // steepest_staged_extent and steepest_staged_pitch.
    Value elements =
        b.mul(b.roundUp(rows, 16), b.add(b.roundUp(columns, 16), 4));
    bytes = b.add(bytes, b.mul(elements, 4 * shape.places));
  }
  Value given = callTemplate(b, module, "shared_bytes", {}, b.getI32Type());
  return arith::CmpIOp::create(
      b, arith::CmpIPredicate::ule, bytes,
      arith::IndexCastOp::create(b, b.getIndexType(), given).getResult());
}
func::FuncOp steepest::makeChainFunction(IndexBuilder &b,
                                         gpu::GPUModuleOp module,
                                         const Chain &chain, unsigned number) {
  ArrayRef<Value> matrices = chain.getMatrices(), scalars = chain.getScalars();
  ArrayRef<Chain::Version> versions = chain.getVersions();
  ArrayRef<Chain::Shape> shapes = chain.getShapes();
  size_t extents = chain.getExtents().size();
  OpBuilder::InsertionGuard guard(b);
  Type i32 = b.getI32Type(), i64 = b.getI64Type(), f32 = b.getF32Type();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  };
  SmallVector<Type> types;
  for (size_t i = 0; i < matrices.size(); ++i)
    types.append({global, i64});
  types.append(extents, i32);
  types.append(scalars.size(), f32);
  auto function =
      makeDeviceFunction(b, module, ("chain." + Twine(number)).str(), types);
  function->setAttr(chainAttrName, b.getUnitAttr());
  ValueRange arguments = function.getArguments();
  ValueRange ofMatrices = arguments.take_front(2 * matrices.size());
  ValueRange ofExtents = arguments.slice(ofMatrices.size(), extents);
  ValueRange ofScalars = arguments.take_back(scalars.size());
  auto end = func::ReturnOp::create(b);
  b.setInsertionPoint(end);

  Value rank = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rank, b.index(0));
  auto work = scf::IfOp::create(b, isFirst, /*withElseRegion=*/false);
  b.setInsertionPointToStart(work.thenBlock());

  // Where the places of each shape are, in elements.
  auto roundUp = [&](Value extent) -> Value {
    Value more = arith::AddIOp::create(b, extent, constant(15));
    return arith::AndIOp::create(b, more, constant(-16));
  };
  SmallVector<Value> starts, sizes;
  Value next = constant(0);
  for (const Chain::Shape &shape : shapes) {
    starts.push_back(next);
    Value pitch = arith::AddIOp::create(b, roundUp(ofExtents[shape.columns]),
                                        constant(4));
    sizes.push_back(
        arith::MulIOp::create(b, roundUp(ofExtents[shape.rows]), pitch));
    next = arith::AddIOp::create(
        b, next,
        arith::MulIOp::create(b, sizes.back(), constant(shape.places))
            .getResult());
  }
  auto placeOf = [&](int version) -> Value {
    if (version == Chain::none || versions[version].place == Chain::none)
      return constant(Chain::none);
    int shape = versions[version].shape;
    Value offset = arith::MulIOp::create(b, sizes[shape],
                                         constant(versions[version].place));
    return arith::AddIOp::create(b, starts[shape], offset);
  };
  auto globalOf = [&](Value memory) {
    int at = 2 * numberIn(matrices, memory);
    return std::pair(ofMatrices[at], ofMatrices[at + 1]);
  };
  auto scalarOr = [&](Value scalar, double otherwise) -> Value {
    if (scalar)
      return ofScalars[numberIn(scalars, scalar)];
    return arith::ConstantOp::create(b, b.getF32FloatAttr(otherwise));
  };

  for (auto [number, version] : llvm::enumerate(versions)) {
    if (!version.isGiven())
      continue;
    auto [pointer, leading] = globalOf(version.memory);
    const Chain::Shape &shape = shapes[version.shape];
    callShared(b, module, "stage",
               {pointer, leading, ofExtents[shape.rows],
                ofExtents[shape.columns], placeOf(number)});
  }
  for (auto [number, of] : llvm::enumerate(chain.getOperands())) {
    kernel::ProductOp product = chain.getProducts()[number];
    const Chain::Version &into = versions[of.into];
    if (into.place == Chain::none && !into.isUsedAfter)
      continue;
    Value pointer = LLVM::ZeroOp::create(b, global);
    Value leading = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    if (into.isUsedAfter)
      std::tie(pointer, leading) = globalOf(into.memory);
    const Chain::Shape &result = shapes[into.shape];
    const Chain::Shape &factor = shapes[versions[of.lhs].shape];
    int64_t symmetry = product.getLowerResult() ? 2 : product.getSymmetric();
    callShared(
        b, module, getStagedName(product),
        {placeOf(of.lhs), placeOf(of.rhs), placeOf(of.into), pointer, leading,
         placeOf(of.addend), ofExtents[result.rows], ofExtents[result.columns],
         ofExtents[product.getTransposeLhs() ? factor.rows : factor.columns],
         constant(product.getTransposeLhs()),
         constant(product.getTransposeRhs()), constant(symmetry),
         scalarOr(product.getAlpha(), 1), scalarOr(product.getBeta(), 0),
         scalarOr(product.getGamma(), 0)});
  }
  return function;
}

void steepest::callChainFunction(IndexBuilder &b, func::FuncOp function,
                                 const Chain &chain) {
  SmallVector<Value> arguments;
  for (Value memory : chain.getMatrices()) {
    auto [pointer, leading] = buildGlobalMatrix(b, memory);
    arguments.append({pointer, leading});
  }
  for (OpFoldResult extent : chain.getExtents())
    arguments.push_back(
        arith::IndexCastOp::create(b, b.getI32Type(), asIndex(b, extent)));
  llvm::append_range(arguments, chain.getScalars());
  func::CallOp::create(b, function, arguments);
}
