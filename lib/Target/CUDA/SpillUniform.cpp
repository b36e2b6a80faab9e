//===- SpillUniform.cpp - scalars of a step in shared memory --------------===//

#include "lib/Target/CUDA/SpillUniform.h"

#include "lib/Target/CUDA/Uniformity.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;
using namespace steepest;

/// Registers that uniform values may take across a barrier: a map needs some
/// hundred of the 255, functions that multiply or decompose up to 190.
static constexpr unsigned besideMaps = 128;
static constexpr unsigned besideCalls = 48;

/// Each value has eight bytes.
static constexpr uint64_t slotBytes = 8;

namespace {

class Spiller {
public:
  explicit Spiller(Function &kernel)
      : kernel(kernel), uniformity(kernel), tree(kernel), loops(tree),
        layout(kernel.getDataLayout()) {}

  SpilledScalars run();

private:
  bool isBoundary(const Instruction &instruction) const;
  bool isConstantOfLaunch(const Instruction &instruction) const;
  bool isCandidate(const Instruction &instruction) const;
  /// Where a use takes place: a phi's at the end of the block it comes from.
  static Instruction *placeOf(const Use &use);
  void number();
  /// The boundaries that the value is needed after, of those it is there
  /// before.
  DenseSet<const Instruction *> findCrossed(Instruction *value) const;
  /// The next boundary in the block, or its end.
  Instruction *endOfSegment(Instruction *from) const;
  bool hasBoundary(const Loop &loop) const;
  Instruction *findLoadPlace(Instruction *value, Instruction *use) const;
  void emitStores(Instruction *before, ArrayRef<Instruction *> values);
  Value *emitLoad(Instruction *value, Instruction *before);
  Value *slotOf(IRBuilder<> &b, Instruction *value);

  Function &kernel;
  Uniformity uniformity;
  DominatorTree tree;
  LoopInfo loops;
  const DataLayout &layout;
  DenseMap<const Instruction *, unsigned> order;
  /// Boundaries of each block, in their order.
  DenseMap<const BasicBlock *, SmallVector<Instruction *>> boundaries;
  MapVector<Instruction *, unsigned> slots;
  /// Whether there are boundaries other than barriers.
  bool hasCalls = false;
  GlobalVariable *frame = nullptr;
};

} // namespace

/// Barriers, and functions that are not inlined, which need registers, too.
bool Spiller::isBoundary(const Instruction &instruction) const {
  if (isBlockBarrier(instruction))
    return true;
  auto *call = dyn_cast<CallInst>(&instruction);
  Function *callee = call ? call->getCalledFunction() : nullptr;
  return callee && !callee->isIntrinsic() &&
         callee->hasFnAttribute(Attribute::NoInline) &&
         !call->doesNotAccessMemory();
}

/// A member of the kernel's argument at a known place, which an instruction
/// reads where it needs it.
bool Spiller::isConstantOfLaunch(const Instruction &instruction) const {
  auto *load = dyn_cast<LoadInst>(&instruction);
  if (!load)
    return false;
  const Value *base = load->getPointerOperand()->stripInBoundsConstantOffsets();
  auto *argument = dyn_cast<Argument>(base);
  return argument && argument->hasByValAttr();
}

bool Spiller::isCandidate(const Instruction &instruction) const {
  Type *type = instruction.getType();
  bool isScalar = type->isFloatTy() || type->isDoubleTy() ||
                  type->isPointerTy() ||
                  (type->isIntegerTy() && type->getIntegerBitWidth() <= 64);
  return isScalar && !uniformity.isDivergent(&instruction) &&
         !uniformity.isDivergent(instruction.getParent()) &&
         tree.isReachableFromEntry(instruction.getParent()) &&
         !isConstantOfLaunch(instruction) &&
         // Addresses within the argument.
         !isa<Argument>(instruction.stripInBoundsConstantOffsets());
}

Instruction *Spiller::placeOf(const Use &use) {
  auto *user = cast<Instruction>(use.getUser());
  if (auto *phi = dyn_cast<PHINode>(user))
    return phi->getIncomingBlock(use)->getTerminator();
  return user;
}

void Spiller::number() {
  unsigned next = 0;
  for (Instruction &instruction : instructions(kernel)) {
    order[&instruction] = next++;
    if (!isBoundary(instruction))
      continue;
    boundaries[instruction.getParent()].push_back(&instruction);
    hasCalls |= !isBlockBarrier(instruction);
  }
}

DenseSet<const Instruction *> Spiller::findCrossed(Instruction *value) const {
  DenseSet<const Instruction *> crossed;
  DenseSet<const BasicBlock *> seen;
  SmallVector<const BasicBlock *> work;
  const BasicBlock *home = value->getParent();
  auto cross = [&](const BasicBlock *block, unsigned begin, unsigned end) {
    auto found = boundaries.find(block);
    if (found == boundaries.end())
      return;
    for (Instruction *boundary : found->second)
      if (order.at(boundary) >= begin && order.at(boundary) < end)
        crossed.insert(boundary);
  };
  auto comeFrom = [&](const BasicBlock *block) {
    for (const BasicBlock *before : predecessors(block))
      if (seen.insert(before).second)
        work.push_back(before);
  };
  unsigned none = 0, start = order.at(value);
  for (const Use &use : value->uses()) {
    Instruction *place = placeOf(use);
    const BasicBlock *block = place->getParent();
    // A phi uses the value at the end of a block, after all that is in it.
    unsigned end = order.at(place);
    if (block == home && start < end) {
      cross(block, start, end);
      continue;
    }
    cross(block, none, end);
    comeFrom(block);
  }
  while (!work.empty()) {
    const BasicBlock *block = work.pop_back_val();
    unsigned end = order.at(block->getTerminator());
    if (block == home) {
      cross(block, start, end);
      continue;
    }
    cross(block, none, end);
    comeFrom(block);
  }
  return crossed;
}

Instruction *Spiller::endOfSegment(Instruction *from) const {
  BasicBlock *block = from->getParent();
  if (auto found = boundaries.find(block); found != boundaries.end())
    for (Instruction *boundary : found->second)
      if (order.at(boundary) > order.at(from))
        return boundary;
  return block->getTerminator();
}

bool Spiller::hasBoundary(const Loop &loop) const {
  return any_of(loop.blocks(), [&](const BasicBlock *block) {
    return boundaries.contains(block);
  });
}

/// Before the outermost loop that has no boundary, nor the value itself.
Instruction *Spiller::findLoadPlace(Instruction *value,
                                    Instruction *use) const {
  Instruction *place = use;
  for (Loop *loop = loops.getLoopFor(use->getParent());
       loop && !loop->contains(value) && !hasBoundary(*loop);
       loop = loop->getParentLoop()) {
    BasicBlock *before = loop->getLoopPredecessor();
    if (!before)
      break;
    place = before->getTerminator();
  }
  return place;
}

Value *Spiller::slotOf(IRBuilder<> &b, Instruction *value) {
  return b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), frame,
                                      slotBytes * slots.lookup(value));
}

void Spiller::emitStores(Instruction *before, ArrayRef<Instruction *> values) {
  Module *module = kernel.getParent();
  auto barrier = [&](IRBuilder<> &b) {
    Function *function = Intrinsic::getOrInsertDeclaration(
        module, Intrinsic::nvvm_barrier_cta_sync_aligned_all);
    b.CreateCall(function, {b.getInt32(0)});
  };
  IRBuilder<> b(before);
  barrier(b);
  Value *thread = b.CreateIntrinsic(b.getInt32Ty(),
                                    Intrinsic::nvvm_read_ptx_sreg_tid_x, {});
  Value *isFirst = b.CreateICmpEQ(thread, b.getInt32(0));
  Instruction *inner = SplitBlockAndInsertIfThen(isFirst, before, false);
  IRBuilder<> stores(inner);
  for (Instruction *value : values) {
    Value *stored = value;
    if (stored->getType()->isIntegerTy(1))
      stored = stores.CreateZExt(stored, stores.getInt8Ty());
    stores.CreateAlignedStore(stored, slotOf(stores, value), Align(slotBytes));
  }
  if (isBlockBarrier(*before))
    return;
  b.SetInsertPoint(before);
  barrier(b);
}

Value *Spiller::emitLoad(Instruction *value, Instruction *before) {
  IRBuilder<> b(before);
  Type *type = value->getType();
  bool isTruth = type->isIntegerTy(1);
  Value *loaded =
      b.CreateAlignedLoad(isTruth ? b.getInt8Ty() : type, slotOf(b, value),
                          Align(slotBytes), value->getName());
  return isTruth ? b.CreateTrunc(loaded, type) : loaded;
}

SpilledScalars Spiller::run() {
  number();
  DenseMap<const Instruction *, unsigned> registers;
  for (Instruction &instruction : instructions(kernel)) {
    if (!isCandidate(instruction))
      continue;
    auto crossed = findCrossed(&instruction);
    if (crossed.empty())
      continue;
    slots.insert({&instruction, unsigned(slots.size())});
    unsigned size =
        layout.getTypeSizeInBits(instruction.getType()) > 32 ? 2 : 1;
    for (const Instruction *boundary : crossed)
      registers[boundary] += size;
  }
  SpilledScalars result;
  for (auto [boundary, count] : registers)
    result.registers = std::max(result.registers, count);
  if (result.registers <= (hasCalls ? besideCalls : besideMaps))
    return result;
  result.count = slots.size();

  auto *type =
      ArrayType::get(Type::getInt64Ty(kernel.getContext()), slots.size());
  frame = new GlobalVariable(*kernel.getParent(), type, /*isConstant=*/false,
                             GlobalValue::InternalLinkage,
                             PoisonValue::get(type), "shared.scalars", nullptr,
                             GlobalValue::NotThreadLocal, /*AddressSpace=*/3);
  frame->setAlignment(Align(16));

  // Everything is placed before anything changes.
  MapVector<Instruction *, SmallVector<Instruction *>> stores;
  struct Load {
    Instruction *value, *place;
    SmallVector<Use *> uses;
  };
  SmallVector<Load> loads;
  for (auto &[value, slot] : slots) {
    Instruction *start = value;
    if (isa<PHINode>(value))
      start = &*value->getParent()->getFirstNonPHIIt();
    Instruction *end =
        start == value || !isBoundary(*start) ? endOfSegment(start) : start;
    stores[end].push_back(value);
    // One load in each stretch between boundaries that uses the value.
    DenseMap<Instruction *, unsigned> bySegment;
    for (Use &use : value->uses()) {
      Instruction *place = placeOf(use);
      if (place->getParent() == value->getParent() &&
          order.at(value) < order.at(place) && order.at(place) <= order.at(end))
        continue;
      place = findLoadPlace(value, place);
      Instruction *segment = isBoundary(*place) ? place : endOfSegment(place);
      auto [found, isNew] = bySegment.insert({segment, unsigned(loads.size())});
      if (isNew)
        loads.push_back({value, place, {}});
      Load &load = loads[found->second];
      if (order.at(place) < order.at(load.place))
        load.place = place;
      load.uses.push_back(&use);
    }
  }
  for (auto &[before, values] : stores)
    emitStores(before, values);
  for (const Load &load : loads) {
    Value *loaded = emitLoad(load.value, load.place);
    for (Use *use : load.uses)
      use->set(loaded);
  }
  return result;
}

SpilledScalars steepest::spillUniform(Function &kernel) {
  return Spiller(kernel).run();
}
