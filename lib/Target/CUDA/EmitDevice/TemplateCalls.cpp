//===- TemplateCalls.cpp - functions that call products -------------------===//

#include "lib/Target/CUDA/EmitDevice/TemplateCalls.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "lib/Target/CUDA/MergeCalls.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;

ProductFamily steepest::getProductFamily(kernel::ProductOp op, Type element) {
  if (element.isF64())
    return {"f64", "", {{"fma_f64_64x64", 33792}}, {}, "", 0};
  // In the order of Choice.h.
  Type factors = op.getFactors().value_or(element);
  int64_t bytes = getPanelElementBytes(factors);
  if (factors.isBF16())
    return {
        "bf16",
        "choose_narrow",
        {{"mma_f32_as_bf16_64x128", 36864}, {"mma_f32_as_bf16_128x128", 49152}},
        {{"panel_bf16_64x64", 147520}, {"panel_bf16_128x128", 131136}},
        "pack_bf16",
        bytes};
  if (factors.isF16())
    return {
        "f16",
        "choose_narrow",
        {{"mma_f32_as_f16_64x128", 36864}, {"mma_f32_as_f16_128x128", 49152}},
        {{"panel_f16_64x64", 147520}, {"panel_f16_128x128", 131136}},
        "pack_f16",
        bytes};
  if (factors.isTF32())
    return {"tf32",
            "choose_tf32",
            {{"mma_tf32_64x128", 36864}, {"mma_tf32_128x128", 49152}},
            {{"panel_tf32_64x64", 147520}, {"panel_tf32_128x128", 131136}},
            "pack_tf32",
            bytes};
  return {"f32",
          "choose_fma",
          {{"fma_f32_64x64", 17408}, {"fma_f32_128x128", 33792}},
          {},
          "",
          0};
}

TemplateCalls::TemplateCalls(kernel::ProductOp op, gpu::GPUModuleOp module)
    : op(op), module(module), builder(module.getContext()),
      b(op.getLoc(), builder), i32(b.getI32Type()), i64(b.getI64Type()),
      element(cast<MemRefType>(op.getInto().getType()).getElementType()),
      generic(LLVM::LLVMPointerType::get(b.getContext())),
      global(LLVM::LLVMPointerType::get(b.getContext(), 1)),
      symmetry(op.getLowerResult() ? Lower
               : op.getSymmetric() ? Symmetric
                                   : Full) {}

bool TemplateCalls::packsOnce() {
  return op.getLhs() == op.getRhs() &&
         (op.getTransposeLhs() != op.getTransposeRhs() ||
          op->hasAttr(mirroredFactorAttrName));
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

Value TemplateCalls::call(StringRef name, ValueRange arguments, Type result) {
  return callTemplate(b, module, name, arguments, result);
}

Value TemplateCalls::constant(int64_t value) {
  return LLVM::ConstantOp::create(b, i32, value);
}

StringRef TemplateCalls::symmetryName() const {
  return symmetry == Full        ? ""
         : symmetry == Symmetric ? ".symmetric"
                                 : ".lower";
}

std::string TemplateCalls::transposeName() {
  return {'.', op.getTransposeLhs() ? 't' : 'n',
          op.getTransposeRhs() ? 't' : 'n'};
}

Value TemplateCalls::asGeneric(Value pointer) {
  return LLVM::AddrSpaceCastOp::create(b, generic, pointer);
}

Value TemplateCalls::choose(const ProductFamily &family, ValueRange extents) {
  if (family.choose.empty())
    return constant(0);
  SmallVector<Value> arguments(extents);
  arguments.push_back(constant(symmetry != Full));
  return call(family.choose, arguments, i32);
}

void TemplateCalls::switchOn(Value choice, int64_t first, int64_t count,
                             function_ref<void(int64_t)> emit) {
  if (count == 1)
    return emit(0);
  auto branch = scf::IfOp::create(
      b,
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, choice,
                            constant(first + count - 1)),
      true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit(count - 1);
  b.setInsertionPointToStart(branch.elseBlock());
  switchOn(choice, first, count - 1, emit);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

func::FuncOp TemplateCalls::getChoice(const ProductFamily &family) {
  std::string name =
      ("product." + family.name + ".choose" + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  auto function =
      makeDeviceFunction(b, module, name, {i32, i32, i32}, {"m", "n", "k"});
  function.setFunctionType(b.getFunctionType({i32, i32, i32}, {i32}));
  func::ReturnOp::create(b, choose(family, function.getArguments()));
  return function;
}

Value TemplateCalls::usesPanels(IndexBuilder &at, const ProductFamily &family,
                                Value choice) {
  // Constant in the code for each GPU, so that what it has not is dropped.
  Value has = callTemplate(at, module, "has_wgmma", {}, i32);
  Value hasAny = arith::CmpIOp::create(at, arith::CmpIPredicate::ne, has,
                                       LLVM::ConstantOp::create(at, i32, 0));
  Value isOne = arith::CmpIOp::create(
      at, arith::CmpIPredicate::sge, choice,
      LLVM::ConstantOp::create(at, i32, family.direct.size()));
  return arith::AndIOp::create(at, hasAny, isOne);
}

func::FuncOp TemplateCalls::getFromPanels(const ProductFamily &family) {
  std::string name =
      ("product." + family.name + ".panels" + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types = {global, global, global, i64, global,
                             i64,    i32,    i32,    i32};
  types.append(3, element);
  types.push_back(i32);
  auto function =
      makeDeviceFunction(b, module, name, types,
                         {"panelsA", "panelsB", "c", "ldc", "d", "ldd", "m",
                          "n", "k", "alpha", "beta", "gamma", "choice"});
  function->setAttr("passthrough",
                    b.getStrArrayAttr({"noinline", mergedCallsAttrName}));
  ValueRange arguments = function.getArguments();
  switchOn(arguments.back(), family.direct.size(), family.fromPanels.size(),
           [&](int64_t number) {
             SmallVector<Value> operands = {
                 asGeneric(arguments[0]), asGeneric(arguments[1]),
                 asGeneric(arguments[2]), arguments[3],
                 asGeneric(arguments[4]), arguments[5]};
             llvm::append_range(operands, arguments.slice(6, 3));
             operands.push_back(constant(symmetry));
             llvm::append_range(operands, arguments.slice(9, 3));
             operands.append(2, LLVM::ZeroOp::create(b, generic));
             call(family.fromPanels[number].name, operands);
           });
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp TemplateCalls::getPacking(const ProductFamily &family) {
  std::string name = ("product." + family.name + ".pack" + transposeName() +
                      (packsOnce() ? ".once" : ""))
                         .str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  SmallVector<Type> types = {
      global, i64,
      global, i64,
      i32,    i32,
      i32,    global,
      global, MemRefType::get({teamHeaderBytes}, b.getI8Type())};
  auto function = makeDeviceFunction(
      b, module, name, types,
      {"a", "lda", "b", "ldb", "m", "n", "k", "panelsA", "panelsB", "header"});
  ValueRange arguments = function.getArguments();
  auto pack = [&](unsigned matrix, Value rows, bool alongK, Value panels) {
    call(family.pack,
         {asGeneric(arguments[matrix]), arguments[matrix + 1], rows,
          arguments[6], constant(alongK), asGeneric(panels)});
  };
  pack(0, arguments[4], !op.getTransposeLhs(), arguments[7]);
  if (!packsOnce())
    pack(2, arguments[5], op.getTransposeRhs(), arguments[8]);
  Team(b, module, arguments[9], arguments[9]).meet(b);
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp TemplateCalls::getProduct(const ProductFamily &family) {
  bool packs = !family.fromPanels.empty();
  std::string name =
      ("product." + family.name + transposeName() + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  SmallVector<Type> types;
  for (int matrix = 0; matrix < 4; ++matrix)
    types.append({global, i64});
  types.append(3, i32);
  types.append(3, element);
  if (packs)
    types.push_back(i32);
  auto function =
      makeDeviceFunction(b, module, name, types,
                         {"a", "lda", "b", "ldb", "c", "ldc", "d", "ldd", "m",
                          "n", "k", "alpha", "beta", "gamma", "choice"});
  ValueRange arguments = function.getArguments();
  Value choice =
      packs ? arguments.back() : choose(family, arguments.slice(8, 3));
  auto emitDirect = [&](int64_t number) {
    SmallVector<Value> operands;
    for (int matrix = 0; matrix < 4; ++matrix)
      operands.append({asGeneric(arguments[2 * matrix]),
                       arguments[2 * matrix + 1],
                       LLVM::ConstantOp::create(b, i64, 0)});
    llvm::append_range(operands, arguments.slice(8, 3));
    operands.append({constant(1), constant(op.getTransposeLhs()),
                     constant(op.getTransposeRhs()), constant(symmetry)});
    llvm::append_range(operands, arguments.slice(11, 3));
    operands.append(2, LLVM::ZeroOp::create(b, generic));
    call(family.direct[number].name, operands);
  };
  switchOn(choice, 0, family.direct.size(), emitDirect);
  b.setInsertionPointToEnd(&function.front());
  func::ReturnOp::create(b);
  return function;
}
