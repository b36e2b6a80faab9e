//===- EmitEigh.cpp - the pass that emits eigen-problems ------------------===//
//
// xSYEVD with job V on order n wants 1 + 6n + 2n^2 elements and 3 + 5n
// integers of 32 bits; with job N, values only, less. It sees a column-major
// matrix: a symmetric one is the same either way, and the eigenvectors that it
// leaves in columns are our rows.
//
// Fortran passes everything by address. The few numbers it takes live in a
// struct on the stack of the calling function.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/EmitEigh/EmitEigh.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Scratch.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace steepest {
#define GEN_PASS_DEF_EMITEIGHPASS
#include "lib/Target/CPU/EmitEigh/EmitEigh.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// Above this order the sizes that LAPACK takes as i32 overflow.
static constexpr int64_t largestOrder = 32000;

static Value buildWorkElements(IndexBuilder &b, Value n) {
  return b.add(b.mul(n, b.add(b.mul(n, 2), 6)), 1);
}
static Value buildWorkIntegers(IndexBuilder &b, Value n) {
  return b.add(b.mul(n, 5), 3);
}

Value steepest::buildEighScratchBytes(OpBuilder &builder, Location loc, Value n,
                                      Type element) {
  IndexBuilder b(loc, builder);
  // Also enough for the partial results of the test for finite values.
  Value elements =
      b.mul(buildWorkElements(b, n), element.getIntOrFloatBitWidth() / 8);
  return b.roundUp(b.add(elements, b.mul(buildWorkIntegers(b, n), 4)), 8);
}

namespace {

/// The numbers that LAPACK takes by address.
enum Number { Order, Leading, WorkSize, IntegerWorkSize, Info, numNumbers };

class EighEmitter {
public:
  EighEmitter(ModuleOp module, kernel::EighOp op)
      : module(module), op(op), builder(op), b(op.getLoc(), builder),
        i32(b.getI32Type()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())) {}

  void emit();

private:
  LLVM::LLVMFuncOp getRoutine();
  LLVM::LLVMFuncOp getFunction(StringRef name, ArrayRef<Type> arguments);
  /// The runtime's, which lets one call in at a time where that is needed.
  void buildGuard(StringRef name);
  Value buildFinite(Value n);
  Value buildCall(Value n);

  /// Addresses of stack memory, made at the entry of the function so that a
  /// loop does not grow the stack.
  Value buildStack(Type type, int64_t count);
  Value buildAddress(Value memory);

  ModuleOp module;
  kernel::EighOp op;
  OpBuilder builder;
  IndexBuilder b;
  Type i32, pointer;
};

} // namespace

LLVM::LLVMFuncOp EighEmitter::getRoutine() {
  bool isDouble = op.getMatrix().getType().getElementType().isF64();
  StringRef name = isDouble ? "dsyevd_" : "ssyevd_";
  // Eleven addresses, then the hidden lengths of the two strings.
  SmallVector<Type> arguments(11, pointer);
  arguments.append(2, b.getI64Type());
  return getFunction(name, arguments);
}

void EighEmitter::buildGuard(StringRef name) {
  LLVM::CallOp::create(b, getFunction(name, {}), ValueRange());
}

LLVM::LLVMFuncOp EighEmitter::getFunction(StringRef name,
                                          ArrayRef<Type> arguments) {
  if (auto found = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return found;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(
      b, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  arguments));
}

Value EighEmitter::buildStack(Type type, int64_t count) {
  OpBuilder::InsertionGuard guard(b);
  Operation *scope =
      op->getParentWithTrait<OpTrait::AutomaticAllocationScope>();
  b.setInsertionPointToStart(&scope->getRegion(0).front());
  Value size = LLVM::ConstantOp::create(b, b.getI64Type(), count);
  return LLVM::AllocaOp::create(b, pointer, type, size);
}

Value EighEmitter::buildAddress(Value memory) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), address);
  return LLVM::IntToPtrOp::create(b, pointer, integer);
}

/// x - x is 0 for finite x and NaN otherwise.
Value EighEmitter::buildFinite(Value n) {
  Type element = op.getMatrix().getType().getElementType();
  auto sum = kernel::ResultAttr::get(b.getContext(), kernel::ResultKind::Sum,
                                     kernel::Extent::Scalar);
  auto map = kernel::MapOp::create(
      b, n, n, op.getMatrix(), kernel::Access::Full, ValueRange(), sum,
      op.getScratch(), element,
      [](OpBuilder &nested, Location loc, ValueRange arguments) {
        Value x = arguments.back();
        Value difference = arith::SubFOp::create(nested, loc, x, x);
        kernel::YieldOp::create(nested, loc, difference);
      });
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, map.getResult(0),
                               zero);
}

Value EighEmitter::buildCall(Value n) {
  auto type = op.getMatrix().getType();
  Value numbers = buildStack(i32, numNumbers);
  Value letters = buildStack(b.getI8Type(), 2);

  auto addressOf = [&](Number number) -> Value {
    return LLVM::GEPOp::create(b, pointer, i32, numbers,
                               ArrayRef<LLVM::GEPArg>{number});
  };
  auto set = [&](Number number, Value value) {
    Value narrow = arith::IndexCastOp::create(b, i32, value);
    LLVM::StoreOp::create(b, narrow, addressOf(number));
  };
  set(Order, n);
  set(Leading, n);
  set(WorkSize, buildWorkElements(b, n));
  set(IntegerWorkSize, buildWorkIntegers(b, n));
  set(Info, b.index(0));

  auto letter = [&](int32_t position, char value) -> Value {
    Value address = LLVM::GEPOp::create(b, pointer, b.getI8Type(), letters,
                                        ArrayRef<LLVM::GEPArg>{position});
    Value byte = arith::ConstantIntOp::create(b, value, 8);
    LLVM::StoreOp::create(b, byte, address);
    return address;
  };

  Value work = buildAddress(op.getScratch());
  Value workBytes = arith::IndexCastOp::create(
      b, b.getI64Type(),
      b.mul(buildWorkElements(b, n), type.getElementTypeBitWidth() / 8));
  Value integerWork = LLVM::GEPOp::create(b, pointer, b.getI8Type(), work,
                                          ArrayRef<LLVM::GEPArg>{workBytes});
  Value one = arith::ConstantIntOp::create(b, 1, 64);
  buildGuard("steepest_lapack_begin");
  LLVM::CallOp::create(
      b, getRoutine(),
      ValueRange{letter(0, op.getValuesOnly() ? 'N' : 'V'), letter(1, 'L'),
                 addressOf(Order), buildAddress(op.getMatrix()),
                 addressOf(Leading), buildAddress(op.getValues()), work,
                 addressOf(WorkSize), integerWork, addressOf(IntegerWorkSize),
                 addressOf(Info), one, one});
  buildGuard("steepest_lapack_end");
  Value info = LLVM::LoadOp::create(b, i32, addressOf(Info));
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, info, zero);
}

void EighEmitter::emit() {
  Value n = memref::DimOp::create(b, op.getMatrix(), 0);
  Value isEmpty =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, n, b.index(0));
  Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, n,
                                     b.index(largestOrder));
  Value isFinite = buildFinite(n);
  Value isSome =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, n, b.index(0));
  Value calls = arith::AndIOp::create(b, isSome,
                                      arith::AndIOp::create(b, fits, isFinite));
  auto branch = scf::IfOp::create(b, b.getI1Type(), calls,
                                  /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, buildCall(n));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, isEmpty);
  op.replaceAllUsesWith(branch.getResult(0));
  op.erase();
}

namespace {

struct EmitEigh : steepest::impl::EmitEighPassBase<EmitEigh> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    module.walk([&](kernel::EighOp op) { EighEmitter(module, op).emit(); });
  }
};

} // namespace
