//===- MergedSource.cpp - calls of one place as CUDA C++ ------------------===//
//
// What MergeCalls.h does to PTX: a function that is marked stands at one place,
// behind the statements of what calls it, and calls go there and come back.
// C++ goes into a block only where nothing is declared before, so all that
// blocks with such calls declare is declared at the beginning of the function.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"
#include "lib/Target/CUDA/MergeCalls.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace steepest;

bool SourcePrinter::isMerged(func::FuncOp function) const {
  auto attributes = function->getAttrOfType<ArrayAttr>("passthrough");
  return mergesCalls && attributes &&
         llvm::any_of(attributes.getAsRange<StringAttr>(), [](StringAttr name) {
           return name.getValue() == mergedCallsAttrName;
         });
}

/// One that is called once stands at one place as it is.
void SourcePrinter::findMerged(func::FuncOp function) {
  llvm::MapVector<Operation *, SmallVector<func::CallOp>> calls;
  function.walk([&](func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (callee && isMerged(callee))
      calls[callee].push_back(call);
  });
  for (auto &[callee, found] : calls) {
    if (found.size() == 1)
      continue;
    merged.places[callee].callee = cast<func::FuncOp>(callee);
    for (func::CallOp call : found)
      for (Block *block = call->getBlock(); block;
           block = block->getParentOp() == function.getOperation()
                       ? nullptr
                       : block->getParentOp()->getBlock())
        merged.blocks.insert(block);
  }
}

void SourcePrinter::define(StringRef type, StringRef name, StringRef value) {
  if (isBroken)
    return defineVariable(type, name, value);
  line("const " + type + " " + name + " = " + value + ";");
}

void SourcePrinter::defineVariable(StringRef type, StringRef name,
                                   StringRef value) {
  std::string text = name.str();
  if (isBroken)
    merged.kept[type.str()].push_back(text);
  else
    text = (type + " " + name).str();
  if (!value.empty())
    line(text + " = " + value + ";");
  else if (!isBroken)
    line(text + ";");
}

bool SourcePrinter::printMergedCall(func::FuncOp callee, StringRef operands) {
  auto found = merged.places.find(callee);
  if (found == merged.places.end())
    return false;
  Place &place = found->second;
  std::string name = getSymbolName(callee.getName());
  if (place.labels.empty()) {
    place.operands = makeName("operands");
    place.from = makeName("from");
  }
  place.labels.push_back(makeName("back"));
  line(place.operands + " = {" + operands + "};");
  line(place.from + " = " + Twine(place.labels.size()) + ";");
  line("goto " + name + "_place;");
  line(place.labels.back() + ":;");
  return true;
}

static std::string getStructName(func::FuncOp callee) {
  return getSymbolName(callee.getName()) + "_given";
}

void SourcePrinter::printOperands(func::FuncOp callee) {
  open("struct " + getStructName(callee) + " {");
  for (BlockArgument argument : callee.getArguments()) {
    Type type = argument.getType();
    bool isAddress = isa<LLVM::LLVMPointerType>(type);
    line((isAddress ? "char *" : getType(type, callee.getLoc()) + " ") +
         getBaseName(argument) + ";");
  }
  close("};");
}

void SourcePrinter::printKept() {
  if (merged.places.empty())
    return;
  line("// What goes to a place at the end and comes back declares nothing "
       "itself.");
  for (auto &[type, names] : merged.kept)
    line(type + " " + llvm::join(names, ", ") + ";");
  for (auto &[op, place] : merged.places) {
    line(getStructName(place.callee) + " " + place.operands + ";");
    line("int32_t " + place.from + ";");
  }
}

void SourcePrinter::printPlaces() {
  for (auto &[op, place] : merged.places) {
    std::string name = getSymbolName(place.callee.getName());
    SmallVector<std::string> operands;
    for (BlockArgument argument : place.callee.getArguments())
      operands.push_back(place.operands + "." + getBaseName(argument));
    line("");
    line("// Once for all: ptxas waits for each wgmma of what is called.");
    line(name + "_place:");
    line(name + "(" + llvm::join(operands, ", ") + ");");
    open("switch (" + place.from + ") {");
    for (auto [number, label] :
         llvm::enumerate(ArrayRef(place.labels).drop_back()))
      line("case " + Twine(number + 1) + ": goto " + label + ";");
    line("default: goto " + place.labels.back() + ";");
    close();
  }
}
