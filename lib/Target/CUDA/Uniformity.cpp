//===- Uniformity.cpp - what all threads of a block have alike ------------===//

#include "lib/Target/CUDA/Uniformity.h"

#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsNVPTX.h"

using namespace llvm;
using namespace steepest;

bool steepest::isBlockBarrier(const Instruction &instruction) {
  auto *call = dyn_cast<IntrinsicInst>(&instruction);
  return call &&
         call->getIntrinsicID() == Intrinsic::nvvm_barrier_cta_sync_aligned_all;
}

/// Whether assembly does nothing but read what a launch has.
static bool readsLaunch(const CallBase &call) {
  auto *assembly = cast<InlineAsm>(call.getCalledOperand());
  return call.arg_empty() && !assembly->hasSideEffects() &&
         assembly->getAsmString() == "mov.u32 $0, %dynamic_smem_size;";
}

/// Whether the result differs between threads although all operands agree.
bool Uniformity::isSource(const Instruction &instruction, KnownReturns &known) {
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    // A thread that comes later may find another value of an atomic.
    return load->isAtomic() || load->isVolatile();
  if (auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction))
    switch (intrinsic->getIntrinsicID()) {
    case Intrinsic::nvvm_read_ptx_sreg_ctaid_x:
    case Intrinsic::nvvm_read_ptx_sreg_ctaid_y:
    case Intrinsic::nvvm_read_ptx_sreg_nctaid_x:
    case Intrinsic::nvvm_read_ptx_sreg_nctaid_y:
      return false;
    case Intrinsic::nvvm_read_ptx_sreg_tid_x:
    case Intrinsic::nvvm_read_ptx_sreg_laneid:
      return true;
    default:
      break;
    }
  if (auto *call = dyn_cast<CallBase>(&instruction)) {
    // Clang calls all assembly convergent.
    if (call->isInlineAsm())
      return !readsLaunch(*call);
    Function *callee = call->getCalledFunction();
    if (callee && !callee->isDeclaration())
      return returnsDivergent(*callee, known);
    return call->isConvergent() || !call->doesNotAccessMemory();
  }
  return isa<AtomicRMWInst, AtomicCmpXchgInst, AllocaInst>(instruction);
}

/// Whether threads that call a function together, with the same arguments, may
/// each be returned a value of their own.
bool Uniformity::returnsDivergent(Function &callee, KnownReturns &known) {
  if (callee.getReturnType()->isVoidTy())
    return false;
  // A function that calls itself says nothing.
  auto [found, isNew] = known.try_emplace(&callee, true);
  if (!isNew)
    return found->second;
  Uniformity within(callee, known);
  bool divergent = any_of(callee, [&](const BasicBlock &block) {
    auto *end = dyn_cast<ReturnInst>(block.getTerminator());
    return end && (within.isDivergent(&block) ||
                   within.isDivergent(end->getReturnValue()));
  });
  return known[&callee] = divergent;
}

/// Whether the instruction is found to be divergent now.
bool Uniformity::update(const Instruction &instruction, KnownReturns &known) {
  if (values.contains(&instruction))
    return false;
  bool divergent =
      blocks.contains(instruction.getParent()) ||
      isSource(instruction, known) ||
      (isa<PHINode>(instruction) && joins.contains(instruction.getParent())) ||
      any_of(instruction.operands(),
             [&](const Use &use) { return values.contains(use.get()); });
  return divergent && values.insert(&instruction).second;
}

/// What lies between a branch on which threads part and where all of them meet
/// again, the branch itself if it is come to once more before.
void Uniformity::addRegions(Function &function) {
  PostDominatorTree tree(function);
  for (BasicBlock &block : function) {
    Instruction *end = block.getTerminator();
    if (end->getNumSuccessors() < 2 || !values.contains(end))
      continue;
    auto *node = tree.getNode(&block);
    BasicBlock *join =
        node && node->getIDom() ? node->getIDom()->getBlock() : nullptr;
    if (join)
      joins.insert(join);
    SmallVector<BasicBlock *> work(successors(&block));
    DenseSet<BasicBlock *> seen;
    while (!work.empty()) {
      BasicBlock *next = work.pop_back_val();
      if (next == join || !seen.insert(next).second)
        continue;
      blocks.insert(next);
      append_range(work, successors(next));
    }
  }
}

Uniformity::Uniformity(Function &function) {
  KnownReturns known;
  analyze(function, known);
}

void Uniformity::analyze(Function &function, KnownReturns &known) {
  for (bool changed = true; changed;) {
    changed = false;
    size_t before = blocks.size() + joins.size();
    for (bool more = true; more;) {
      more = false;
      for (const Instruction &instruction : instructions(function))
        more |= update(instruction, known);
      changed |= more;
    }
    addRegions(function);
    changed |= blocks.size() + joins.size() != before;
  }
}
