//===- DeviceEntry.cpp - the kernel that is launched ----------------------===//

#include "lib/Target/CUDA/LowerDevice/LowerDevice.h"

#include "lib/Target/CUDA/DeviceLayout.h"
#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/steepest.h"

namespace steepest {
#define GEN_PASS_DEF_DEVICEENTRYPASS
#include "lib/Target/CUDA/LowerDevice/LowerDevice.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {

class EntryBuilder {
public:
  EntryBuilder(func::FuncOp program)
      : program(program), builder(program), b(program.getLoc(), builder),
        converter(program.getContext()) {}

  void build();

private:
  Type i64() { return b.getI64Type(); }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(b, i64(), value);
  }
  Value toInteger(Value index) {
    return arith::IndexCastOp::create(b, i64(), index);
  }
  /// Member at this path of the argument struct.
  Value member(ArrayRef<LLVM::GEPArg> path, Type type);
  /// Member at this path of the entry at hand.
  Value entryMember(EntryMember which, Type type,
                    ArrayRef<LLVM::GEPArg> path = {}) {
    SmallVector<LLVM::GEPArg> indices = {int32_t(ArgumentMember::Entries),
                                         entry, int32_t(which)};
    indices.append(path.begin(), path.end());
    return member(indices, type);
  }
  Value tensorMember(int32_t tensor, TensorMember which, Type type) {
    return entryMember(EntryMember::Tensors, type, {tensor, int32_t(which)});
  }
  Value argument(ArgumentMember which, Type type) {
    return member({int32_t(which)}, type);
  }
  Value byteOffset(Value pointer, Value bytes);
  Value element(Value pointer, Type type, Value number);
  Value asMemref(MemRefDescriptor descriptor, MemRefType type) {
    return UnrealizedConversionCastOp::create(b, type, Value(descriptor))
        .getResult(0);
  }
  /// Contiguous memory with these extents.
  Value memory(MemRefType type, Value pointer, ArrayRef<Value> extents,
               Value rowStride);
  Value tensor(MemRefType type, int32_t number, Value problem);
  SmallVector<Value> loadHypers();
  Value findEntry(Value problem);
  Value runProblem(Value problem, Value header, Value slice);
  Value isPrepared(Value header);

  func::FuncOp program;
  OpBuilder builder;
  IndexBuilder b;
  LLVMTypeConverter converter;
  Value arguments, entry;
  Type argumentType;
  LLVM::LLVMPointerType generic, global;
  int32_t numTensors = 0, numHypers = 0;
};

} // namespace

Value EntryBuilder::member(ArrayRef<LLVM::GEPArg> path, Type type) {
  SmallVector<LLVM::GEPArg> indices = {0};
  indices.append(path.begin(), path.end());
  Value address =
      LLVM::GEPOp::create(b, generic, argumentType, arguments, indices);
  return LLVM::LoadOp::create(b, type, address);
}

Value EntryBuilder::byteOffset(Value pointer, Value bytes) {
  return LLVM::GEPOp::create(b, pointer.getType(), b.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value EntryBuilder::element(Value pointer, Type type, Value number) {
  return LLVM::GEPOp::create(b, pointer.getType(), type, pointer,
                             ArrayRef<LLVM::GEPArg>{number});
}

Value EntryBuilder::memory(MemRefType type, Value pointer,
                           ArrayRef<Value> extents, Value rowStride) {
  auto descriptor =
      MemRefDescriptor::poison(b, b.getLoc(), converter.convertType(type));
  Value base = LLVM::AddrSpaceCastOp::create(b, generic, pointer);
  descriptor.setAllocatedPtr(b, b.getLoc(), base);
  descriptor.setAlignedPtr(b, b.getLoc(), base);
  descriptor.setOffset(b, b.getLoc(), constant(0));
  unsigned last = type.getRank() - 1;
  for (auto [dimension, extent] : llvm::enumerate(extents))
    descriptor.setSize(b, b.getLoc(), dimension, extent);
  descriptor.setStride(b, b.getLoc(), last, constant(1));
  if (last == 1)
    descriptor.setStride(b, b.getLoc(), 0, rowStride);
  return asMemref(descriptor, type);
}

Value EntryBuilder::tensor(MemRefType type, int32_t number, Value problem) {
  auto load = [&](TensorMember which) {
    return tensorMember(number, which, i64());
  };
  Value pointer = tensorMember(number, TensorMember::Data, global);
  Value elements =
      arith::MulIOp::create(b, problem, load(TensorMember::BatchStride));
  pointer = element(pointer, type.getElementType(), elements);
  Value cols = load(TensorMember::Cols);
  if (type.getRank() == 1)
    return memory(type, pointer, {cols}, Value());
  return memory(type, pointer, {load(TensorMember::Rows), cols},
                load(TensorMember::RowStride));
}

/// From device memory when the host has them there, or else from the launch.
SmallVector<Value> EntryBuilder::loadHypers() {
  if (numHypers == 0)
    return {};
  Value device = entryMember(EntryMember::DeviceHypers, global);
  Value null = LLVM::ZeroOp::create(b, global);
  Value given = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, device, null);
  Type f64 = b.getF64Type();
  auto yield = [&](bool fromDevice) {
    return [this, fromDevice, device, f64](OpBuilder &nested, Location) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(nested.getInsertionBlock(),
                          nested.getInsertionPoint());
      SmallVector<Value> values;
      for (int32_t i = 0; i < numHypers; ++i)
        values.push_back(fromDevice
                             ? LLVM::LoadOp::create(
                                   b, f64, element(device, f64, constant(i)))
                                   .getResult()
                             : entryMember(EntryMember::Hypers, f64, {i}));
      scf::YieldOp::create(b, values);
    };
  };
  auto op = scf::IfOp::create(b, given, yield(true), yield(false));
  return SmallVector<Value>(op.getResults());
}

/// A team of one block needs no header.
Value EntryBuilder::isPrepared(Value header) {
  Value size = gpu::GridDimOp::create(b, gpu::Dimension::x);
  Value alone =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, size, b.index(1));
  Value address = byteOffset(header, constant(teamMagicOffset));
  Value found = LLVM::LoadOp::create(b, b.getI32Type(), address);
  Value magic = LLVM::ConstantOp::create(b, b.getI32Type(), teamMagic);
  Value right =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, found, magic);
  return arith::OrIOp::create(b, alone, right);
}

/// The entry that a problem of the launch is in: as many end before it.
Value EntryBuilder::findEntry(Value problem) {
  Value count = arith::IndexCastOp::create(
      b, b.getIndexType(), argument(ArgumentMember::NumEntries, i64()));
  auto loop = scf::ForOp::create(b, b.index(0), count, b.index(1),
                                 ValueRange{constant(0)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value end =
      member({int32_t(ArgumentMember::Entries),
              toInteger(loop.getInductionVar()), int32_t(EntryMember::End)},
             i64());
  Value isPast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sle, end, problem);
  Value one = arith::ExtUIOp::create(b, i64(), isPast);
  scf::YieldOp::create(
      b, arith::AddIOp::create(b, loop.getRegionIterArg(0), one).getResult());
  return loop.getResult(0);
}

Value EntryBuilder::runProblem(Value problem, Value header, Value slice) {
  SmallVector<Value> operands;
  operands.push_back(memory(cast<MemRefType>(program.getArgumentTypes()[0]),
                            header, {constant(teamHeaderBytes)}, Value()));
  operands.push_back(memory(cast<MemRefType>(program.getArgumentTypes()[1]),
                            slice, {constant(teamSlotBytes)}, Value()));
  auto rows = cast<MemRefType>(program.getArgumentTypes()[2]);
  Value directions = argument(ArgumentMember::NumDirections, i64());
  Value certificates = entryMember(EntryMember::Certificates, global);
  Value first = arith::MulIOp::create(b, problem, directions);
  certificates =
      byteOffset(certificates, arith::MulIOp::create(b, first, constant(64)));
  operands.push_back(
      memory(rows, certificates, {directions, constant(8)}, constant(8)));
  for (int32_t i = 0; i < numTensors; ++i)
    operands.push_back(tensor(
        cast<MemRefType>(program.getArgumentTypes()[3 + i]), i, problem));
  operands.append(loadHypers());
  Value workspace = byteOffset(slice, constant(teamSlotBytes));
  operands.push_back(
      memory(cast<MemRefType>(program.getArgumentTypes().back()), workspace,
             {constant(std::numeric_limits<int64_t>::max())}, Value()));
  return func::CallOp::create(b, program, operands).getResult(0);
}

void EntryBuilder::build() {
  MLIRContext *context = program.getContext();
  generic = LLVM::LLVMPointerType::get(context);
  global = LLVM::LLVMPointerType::get(context, 1);
  for (Type type : program.getArgumentTypes().drop_front(3).drop_back())
    isa<MemRefType>(type) ? ++numTensors : ++numHypers;
  argumentType = getKernelArgumentsType(context, numTensors, numHypers);
  program->removeAttr(deviceProgramAttrName);
  program.setPrivate();
  std::string name = program.getName().str();

  b.setInsertionPointAfter(program);
  auto kernel = LLVM::LLVMFuncOp::create(
      b, name + "__step",
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {generic}));
  kernel->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
  kernel->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                  b.getDenseI32ArrayAttr({int32_t(blockThreads)}));
  // The program of a step keeps many scalars. Without a bound ptxas stops at 64
  // or 128 registers of its own accord, and spills.
  kernel->setAttr(NVVM::NVVMDialect::getMaxnregAttrName(),
                  b.getI32IntegerAttr(255));
  kernel.setArgAttr(0, LLVM::LLVMDialect::getByValAttrName(),
                    TypeAttr::get(argumentType));
  kernel.setArgAttr(0, LLVM::LLVMDialect::getAlignAttrName(),
                    b.getI64IntegerAttr(8));
  kernel.setArgAttr(0, NVVM::NVVMDialect::getGridConstantAttrName(),
                    b.getUnitAttr());
  Block *block = kernel.addEntryBlock(b);
  b.setInsertionPointToStart(block);
  arguments = block->getArgument(0);
  Value team = gpu::BlockIdOp::create(b, gpu::Dimension::y);
  Value teams = gpu::GridDimOp::create(b, gpu::Dimension::y);
  Value problems = arith::IndexCastOp::create(
      b, b.getIndexType(), argument(ArgumentMember::Problems, i64()));
  Value slice = byteOffset(
      argument(ArgumentMember::Workspace, global),
      arith::MulIOp::create(b, toInteger(team),
                            argument(ArgumentMember::SliceBytes, i64())));
  Value header = byteOffset(
      argument(ArgumentMember::Headers, global),
      arith::MulIOp::create(b, toInteger(team), constant(teamHeaderBytes)));
  Value prepared = isPrepared(header);
  Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x,
                                         b.getIndexAttr(blockThreads));
  Value rank = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value isLeader = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                         b.add(thread, rank), b.index(0));
  auto loop = scf::ForOp::create(b, team, problems, teams);
  b.setInsertionPointToStart(loop.getBody());
  Value problem = toInteger(loop.getInductionVar());
  int64_t tasksPerLaunch = countTasksPerLaunch(numTensors, numHypers);
  program->getParentOfType<gpu::GPUModuleOp>()->setAttr(
      tasksPerLaunchAttrName, b.getI64IntegerAttr(tasksPerLaunch));
  entry = tasksPerLaunch > 1 ? findEntry(problem) : constant(0);
  problem =
      arith::SubIOp::create(b, problem, entryMember(EntryMember::Begin, i64()));
  Type i32 = b.getI32Type();
  auto run = scf::IfOp::create(b, TypeRange{i32}, prepared, true);
  b.setInsertionPointToStart(run.thenBlock());
  scf::YieldOp::create(b, ValueRange{runProblem(problem, header, slice)});
  b.setInsertionPointToStart(run.elseBlock());
  Value unprepared =
      LLVM::ConstantOp::create(b, i32, int64_t(STEEPEST_UNPREPARED));
  scf::YieldOp::create(b, ValueRange{unprepared});
  b.setInsertionPointAfter(run);
  auto write = scf::IfOp::create(b, isLeader, /*withElseRegion=*/false);
  b.setInsertionPointToStart(write.thenBlock());
  Value statuses = entryMember(EntryMember::Statuses, global);
  LLVM::StoreOp::create(b, run.getResult(0), element(statuses, i32, problem));
  b.setInsertionPointToEnd(block);
  LLVM::ReturnOp::create(b, ValueRange{});
}

namespace {

struct DeviceEntry : steepest::impl::DeviceEntryPassBase<DeviceEntry> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<func::FuncOp> programs;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(deviceProgramAttrName))
        programs.push_back(function);
    for (func::FuncOp program : programs)
      EntryBuilder(program).build();
  }
};

} // namespace
