//===- DeviceSource.cpp - threads and the template as CUDA C++ ------------===//
//
// The words of the GPU, and the few operations of the LLVM dialect that teams
// of blocks meet by and that call the device template.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;

/// A word of the GPU along x, the only dimension that threads and blocks of a
/// team have.
template <class Op>
static void addIndex(SourceRegistry &registry, StringRef function,
                     StringRef name) {
  registry.addExpression<Op>(
      [=](SourcePrinter &p, Op op, OpResult) -> Expression {
        if (op.getDimension() != gpu::Dimension::x)
          p.fail(op, "expects the dimension x, got another");
        return {function.str() + "()"};
      },
      name);
}

/// A statement: all lanes of the warp have to come there.
static void printShuffle(SourcePrinter &p, gpu::ShuffleOp op) {
  if (op.getMode() != gpu::ShuffleMode::XOR || !op.getValid().use_empty())
    return p.fail(op, "expects the values of an exclusive or of lanes, got "
                      "another shuffle");
  std::string call = p.call("shuffleXor", {op.getValue(), op.getOffset()}).text;
  Value result = op.getShuffleResult();
  p.define(p.getType(result.getType(), op.getLoc()), p.declare(result, "other"),
           call);
}

/// The address of the first element, instead of the number that it is.
static Expression writePointer(SourcePrinter &p, LLVM::IntToPtrOp op,
                               OpResult) {
  Value number = op.getArg();
  while (auto cast = number.getDefiningOp<arith::IndexCastOp>())
    number = cast.getIn();
  std::string offset;
  if (auto sum = number.getDefiningOp<arith::AddIOp>()) {
    number = sum.getLhs();
    offset = p.use(sum.getRhs(), Binding::Multiplicative);
  }
  auto base = number.getDefiningOp<memref::ExtractAlignedPointerAsIndexOp>();
  if (!base) {
    p.fail(op, "expects the address of a matrix, got another");
    return {"nullptr"};
  }
  std::string address =
      "addressOf(" + p.use(base.getSource(), Binding::Primary) + ".data)";
  // Matrices begin at their first element.
  if (offset.empty() || StringRef(offset).starts_with("0 *") || offset == "0")
    return {address};
  return {address + " + " + offset, Binding::Additive};
}

static Expression writeElementPointer(SourcePrinter &p, LLVM::GEPOp op,
                                      OpResult) {
  if (op.getIndices().size() != 1 || !op.getElemType().isIntOrFloat()) {
    p.fail(op, "expects the address of an element, got another");
    return {"nullptr"};
  }
  int64_t bytes = op.getElemType().getIntOrFloatBitWidth() / 8;
  auto index = op.getIndices()[0];
  std::string text;
  if (auto value = dyn_cast<Value>(index))
    text = bytes == 1 ? p.use(value, Binding::Multiplicative)
                      : p.use(value, Binding::Multiplicative) + " * " +
                            std::to_string(bytes);
  else
    text = std::to_string(cast<IntegerAttr>(index).getInt() * bytes);
  return {p.use(op.getBase(), Binding::Additive) + " + " + text,
          Binding::Additive};
}

static void printAtomicLoad(SourcePrinter &p, LLVM::LoadOp op) {
  LLVM::AtomicOrdering ordering = op.getOrdering();
  bool isKnown = op.getType().isInteger(32) &&
                 (ordering == LLVM::AtomicOrdering::monotonic ||
                  ordering == LLVM::AtomicOrdering::acquire);
  if (!isKnown)
    return p.fail(op, "expects a word that blocks share, got another load");
  std::string address = p.use(op.getAddr()).text;
  p.define("int32_t", p.declare(op.getResult(), "now"),
           (ordering == LLVM::AtomicOrdering::acquire ? "loadAcquire("
                                                      : "loadRelaxed(") +
               address + ")");
}

static void printAtomicStore(SourcePrinter &p, LLVM::StoreOp op) {
  LLVM::AtomicOrdering ordering = op.getOrdering();
  bool isKnown = op.getValue().getType().isInteger(32) &&
                 (ordering == LLVM::AtomicOrdering::monotonic ||
                  ordering == LLVM::AtomicOrdering::release);
  if (!isKnown)
    return p.fail(op, "expects a word that blocks share, got another store");
  p.line((ordering == LLVM::AtomicOrdering::release ? "storeRelease("
                                                    : "storeRelaxed(") +
         p.use(op.getAddr()).text + ", " + p.use(op.getValue()).text + ");");
}

static void printAtomicAdd(SourcePrinter &p, LLVM::AtomicRMWOp op) {
  if (op.getBinOp() != LLVM::AtomicBinOp::add || !op.getType().isInteger(32) ||
      op.getOrdering() != LLVM::AtomicOrdering::monotonic)
    return p.fail(op, "expects to add to a word that blocks share, got "
                      "another atomic operation");
  std::string operands =
      p.use(op.getPtr()).text + ", " + p.use(op.getVal()).text;
  p.define("int32_t", p.declare(op.getResult(), "before"),
           "fetchAdd(" + operands + ")");
}

static void printCall(SourcePrinter &p, LLVM::CallOp op) {
  std::optional<StringRef> callee = op.getCallee();
  if (!callee)
    return p.fail(op, "expects a call of the device template, got another");
  std::string call = p.call(*callee, op.getArgOperands()).text;
  if (op.getNumResults() == 0)
    return p.line(call + ";");
  Value result = op.getResult();
  p.define(p.getType(result.getType(), op.getLoc()),
           p.declare(result, "choice"), call);
}

void steepest::addDeviceSource(SourceRegistry &registry) {
  addIndex<gpu::ThreadIdOp>(registry, "threadIndex", "thread");
  addIndex<gpu::BlockIdOp>(registry, "blockIndex", "rank");
  addIndex<gpu::GridDimOp>(registry, "gridSize", "blocks");
  registry.addStatement<gpu::BarrierOp>(
      [](SourcePrinter &p, gpu::BarrierOp) { p.line("syncThreads();"); });
  registry.addStatement<gpu::ShuffleOp>(printShuffle);
  registry.addStatement<NVVM::NanosleepOp>(
      [](SourcePrinter &p, NVVM::NanosleepOp op) {
        p.line("sleep(" + p.use(op.getDuration()).text + ");");
      });

  registry
      .addExpression<LLVM::ConstantOp>(
          [](SourcePrinter &p, LLVM::ConstantOp op, OpResult) {
            return getLiteral(p, op, op.getValue(), op.getType());
          })
      .isFree = true;
  registry
      .addExpression<LLVM::ZeroOp>(
          [](SourcePrinter &p, LLVM::ZeroOp op, OpResult) -> Expression {
            if (isa<LLVM::LLVMPointerType>(op.getType()))
              return {"nullptr"};
            p.fail(op, "expects a null address, got another zero");
            return {"0"};
          })
      .isFree = true;
  registry
      .addExpression<LLVM::AddrSpaceCastOp>(
          [](SourcePrinter &p, LLVM::AddrSpaceCastOp op, OpResult) {
            return p.use(op.getArg());
          })
      .isFree = true;
  registry.addExpression<LLVM::IntToPtrOp>(writePointer, "address");
  registry.addExpression<LLVM::GEPOp>(writeElementPointer, "address");
  registry.addStatement<LLVM::LoadOp>(printAtomicLoad);
  registry.addStatement<LLVM::StoreOp>(printAtomicStore);
  registry.addStatement<LLVM::AtomicRMWOp>(printAtomicAdd);
  registry.addStatement<LLVM::FenceOp>([](SourcePrinter &p, LLVM::FenceOp op) {
    if (op.getOrdering() != LLVM::AtomicOrdering::acq_rel)
      p.fail(op, "expects a fence that acquires and releases, got another");
    p.line("fence();");
  });
  registry.addStatement<LLVM::CallOp>(printCall);
}
