//===- EmitDevice.cpp - the pass that emits device code -------------------===//

#include "lib/Target/CUDA/EmitDevice/EmitDevice.h"

#include "lib/Target/CUDA/EmitDevice/Chains.h"
#include "lib/Target/CUDA/EmitDevice/Eigen.h"
#include "lib/Target/CUDA/EmitDevice/Inverse.h"
#include "lib/Target/CUDA/EmitDevice/Maps.h"
#include "lib/Target/CUDA/EmitDevice/Moves.h"
#include "lib/Target/CUDA/EmitDevice/Outline.h"
#include "lib/Target/CUDA/EmitDevice/Products.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_EMITDEVICEPASS
#include "lib/Target/CUDA/EmitDevice/EmitDevice.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using kernel::KernelDialect;

/// Maps and moves that a program has in its body at most.
static constexpr int64_t inlinedKernels = 8;

namespace {

/// The program of one step.
class DeviceProgram {
public:
  explicit DeviceProgram(func::FuncOp entry) : entry(entry) {}

  LogicalResult emit();

private:
  /// Moves the entry into a module of its own and gives it its arguments.
  void moveToModule();
  LogicalResult emitKernels(Team &team);
  LogicalResult emitKernel(Operation *op, Team &team);
  void emitCertify(kernel::CertifyOp op, Team &team);
  /// Stores to memory of the host: one thread's work, between meetings.
  void emitStores(Team &team);

  func::FuncOp entry;
  gpu::GPUModuleOp module;
  Value certificates;
  std::optional<OutlinedKernels> outlined;
  unsigned meetings = 0;
};

} // namespace

void DeviceProgram::moveToModule() {
  OpBuilder builder(entry);
  Location loc = entry.getLoc();
  module = gpu::GPUModuleOp::create(builder, loc,
                                    (entry.getName() + "__device").str());
  entry->moveBefore(module.getBody(), module.getBody()->end());
  auto header = MemRefType::get({teamHeaderBytes}, builder.getI8Type());
  auto rows = MemRefType::get({ShapedType::kDynamic, 8}, builder.getF64Type());
  // No entry of a host any more: it has arguments of its own.
  entry->removeAttr(KernelDialect::getEntryAttrName());
  entry->setAttr(deviceProgramAttrName, builder.getUnitAttr());
  (void)entry.insertArgument(0, header, {}, loc);
  auto slots = MemRefType::get({teamSlotBytes}, builder.getI8Type());
  (void)entry.insertArgument(1, slots, {}, loc);
  (void)entry.insertArgument(2, rows, {}, loc);
  certificates = entry.getArgument(2);
}

void DeviceProgram::emitCertify(kernel::CertifyOp op, Team &team) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  scf::IfOp::create(b, team.isLeader(), [&](OpBuilder &nested, Location loc) {
    IndexBuilder b(loc, nested);
    for (auto [number, value] : llvm::enumerate(op->getOperands().drop_front()))
      memref::StoreOp::create(b, value, certificates,
                              ValueRange{op.getDirection(), b.index(number)});
    scf::YieldOp::create(b);
  });
  op.erase();
}

static bool isPass(Operation *op) {
  return isa<kernel::MapOp, kernel::CopyOp, kernel::TransposeOp>(op);
}

/// A map or a transpose.
static LogicalResult emitPass(Operation *op, Team &team) {
  if (auto map = dyn_cast<kernel::MapOp>(op))
    return emitDeviceMap(map, team);
  emitDeviceTranspose(cast<kernel::TransposeOp>(op), team);
  return success();
}

LogicalResult DeviceProgram::emitKernel(Operation *op, Team &team) {
  ++meetings;
  if (auto copy = dyn_cast<kernel::CopyOp>(op))
    op = makeMap(copy);
  if (isa<kernel::MapOp, kernel::TransposeOp>(op))
    return outlined ? outlined->outline(op, emitPass) : emitPass(op, team);
  if (auto product = dyn_cast<kernel::ProductOp>(op)) {
    reportDeviceProduct(product);
    emitDeviceProduct(product, team);
    return success();
  }
  if (auto eigh = dyn_cast<kernel::EighOp>(op))
    return emitDeviceEigh(eigh, module, entry.getArgument(0),
                          entry.getArgument(1));
  if (auto rational = dyn_cast<kernel::RationalOp>(op)) {
    emitDeviceRational(rational, module, entry.getArgument(0),
                       entry.getArgument(1));
    return success();
  }
  return emitError(op->getLoc())
         << "expects an operation that there is device code for, got '"
         << op->getName() << "'";
}

LogicalResult DeviceProgram::emitKernels(Team &team) {
  markMirroredFactors(entry);
  SmallVector<Operation *> kernels;
  entry.walk([&](Operation *op) {
    if (isa_and_nonnull<KernelDialect>(op->getDialect()) &&
        !isa<kernel::YieldOp>(op))
      kernels.push_back(op);
  });
  if (llvm::count_if(kernels, isPass) > inlinedKernels)
    outlined.emplace(team);
  for (Operation *op : kernels) {
    if (auto threads = dyn_cast<kernel::ThreadsOp>(op)) {
      // Scratch is not per worker here.
      OpBuilder builder(op);
      threads.replaceAllUsesWith(
          arith::ConstantIndexOp::create(builder, op->getLoc(), 1).getResult());
      op->erase();
      continue;
    }
    if (auto certify = dyn_cast<kernel::CertifyOp>(op)) {
      emitCertify(certify, team);
      continue;
    }
    if (failed(emitKernel(op, team)))
      return failure();
  }
  return success();
}

void DeviceProgram::emitStores(Team &team) {
  SmallVector<memref::StoreOp> stores;
  entry.walk([&](memref::StoreOp store) {
    if (isa<BlockArgument>(store.getMemRef()) &&
        store.getMemRef() != certificates)
      stores.push_back(store);
  });
  for (size_t i = 0; i < stores.size();) {
    // Neighbours share two meetings: before, all have read; after, all see.
    size_t end = i + 1;
    while (end < stores.size() &&
           stores[end]->getPrevNode() == stores[end - 1].getOperation())
      ++end;
    OpBuilder builder(stores[i]);
    IndexBuilder b(stores[i].getLoc(), builder);
    b.setInsertionPoint(stores[i]);
    team.meet(b);
    auto branch =
        scf::IfOp::create(b, team.isLeader(), /*withElseRegion=*/false);
    for (; i < end; ++i)
      stores[i]->moveBefore(branch.thenYield());
    b.setInsertionPointAfter(branch);
    team.meet(b);
    meetings += 2;
  }
}

LogicalResult DeviceProgram::emit() {
  WalkResult calls = entry.walk([](func::CallOp call) {
    emitError(call.getLoc())
        << "expects a step of one function for a GPU, got a call of '"
        << call.getCallee() << "'";
    return WalkResult::interrupt();
  });
  if (calls.wasInterrupted())
    return failure();
  moveToModule();
  OpBuilder builder(module.getContext());
  IndexBuilder b(entry.getLoc(), builder);
  b.setInsertionPointToStart(&entry.front());
  Team team(b, module, entry.getArgument(0), entry.getArgument(1));
  // Those of the step itself, before emission adds its own.
  emitStores(team);
  meetings += emitDeviceChains(entry, team);
  if (failed(emitKernels(team)))
    return failure();
  requireChainMemory(module);
  remark::passed(entry.getLoc(), remark::RemarkOpts::name("DeviceProgram")
                                     .category("steepest-emit-device")
                                     .function(entry.getName()))
      << remark::metric("meetings", meetings)
      << remark::metric("threads", blockThreads);
  return success();
}

namespace {

struct EmitDevice : steepest::impl::EmitDevicePassBase<EmitDevice> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<func::FuncOp> entries;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(KernelDialect::getEntryAttrName()))
        entries.push_back(function);
    for (func::FuncOp entry : entries)
      if (failed(DeviceProgram(entry).emit()))
        return signalPassFailure();
  }
};

} // namespace
