//===- MergeCalls.cpp - functions that become part of a kernel ------------===//

#include "lib/Target/CUDA/MergeCalls.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

using namespace llvm;

/// One place for all calls, and the call there.
static CallInst *mergeCalls(Function &callee, ArrayRef<CallInst *> calls) {
  Function &kernel = *calls.front()->getFunction();
  LLVMContext &context = kernel.getContext();
  BasicBlock *place = BasicBlock::Create(context, "merged", &kernel);
  IRBuilder<> b(place);
  SmallVector<PHINode *> arguments;
  for (Argument &argument : callee.args())
    arguments.push_back(
        b.CreatePHI(argument.getType(), calls.size(), argument.getName()));
  PHINode *from = b.CreatePHI(b.getInt32Ty(), calls.size(), "from");
  CallInst *merged = b.CreateCall(
      &callee, SmallVector<Value *>(arguments.begin(), arguments.end()));
  // The last one is where any other number would lead, too.
  BasicBlock *last = nullptr;
  SmallVector<BasicBlock *> after;
  for (auto [number, call] : enumerate(calls)) {
    BasicBlock *before = call->getParent();
    last = SplitBlock(before, call->getIterator());
    after.push_back(last);
    before->getTerminator()->eraseFromParent();
    BranchInst::Create(place, before);
    for (auto [phi, operand] : zip(arguments, call->args()))
      phi->addIncoming(operand, before);
    from->addIncoming(b.getInt32(number), before);
    call->eraseFromParent();
  }
  SwitchInst *back = b.CreateSwitch(from, last, calls.size() - 1);
  for (auto [number, block] : enumerate(ArrayRef(after).drop_back()))
    back->addCase(b.getInt32(number), block);
  return merged;
}

/// Values whose uses may now be reached without them: they go by way of memory,
/// which becomes registers again.
static void repairUses(Function &kernel) {
  DominatorTree tree(kernel);
  SmallVector<Instruction *> escaping;
  for (Instruction &instruction : instructions(kernel))
    if (tree.isReachableFromEntry(instruction.getParent()) &&
        any_of(instruction.uses(), [&](const Use &use) {
          return !tree.dominates(&instruction, use);
        }))
      escaping.push_back(&instruction);
  SmallVector<AllocaInst *> slots;
  for (Instruction *instruction : escaping)
    slots.push_back(DemoteRegToStack(*instruction));
  tree.recalculate(kernel);
  PromoteMemToReg(slots, tree);
}

unsigned steepest::mergeCalls(Function &kernel) {
  MapVector<Function *, SmallVector<CallInst *>> byCallee;
  for (Instruction &instruction : instructions(kernel))
    if (auto *call = dyn_cast<CallInst>(&instruction))
      if (Function *callee = call->getCalledFunction();
          callee && callee->hasFnAttribute(mergedCallsAttrName))
        byCallee[callee].push_back(call);
  SmallVector<CallInst *> merged;
  for (auto &[callee, calls] : byCallee)
    merged.push_back(calls.size() == 1 ? calls.front()
                                       : ::mergeCalls(*callee, calls));
  repairUses(kernel);
  for (CallInst *call : merged) {
    InlineFunctionInfo info;
    InlineResult result = InlineFunction(*call, info);
    assert(result.isSuccess() && "expects a function that can be inlined");
    (void)result;
  }
  return merged.size();
}
