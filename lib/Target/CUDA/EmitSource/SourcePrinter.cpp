//===- SourcePrinter.cpp - device code as CUDA C++ ------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SaveAndRestore.h"

#include <utility>

using namespace mlir;
using namespace steepest;

/// Longer expressions get a name: of those that are used once, and of those
/// that cost nothing.
static constexpr size_t longestInlined = 64, longestFree = 32;

/// Words that variables cannot be called by: those of C++, and of the headers
/// that the code is written over.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> words = [] {
    SmallVector<StringRef> list;
    StringRef(
        "absolute addressOf alignas asm auto bitCast block bool break case "
        "char class const continue convert copySign default delete do "
        "double else entry enum extern false fence fetchAdd float fma for "
        "friend goto if infinity inline insert int iota isOrdered launch "
        "long maximum maximumNumber minimum minimumNumber namespace new "
        "notANumber operator private public register return segment select "
        "shared shiftLeft short shuffleXor signed sizeof sleep slice splat "
        "squareRoot static struct switch template this true typedef union "
        "unsigned using void volatile while workspace")
        .split(list, ' ');
    llvm::StringSet<> set;
    set.insert_range(list);
    return set;
  }();
  return words.contains(name);
}

std::string steepest::getSymbolName(StringRef symbol) {
  std::string name;
  for (char c : symbol)
    name += llvm::isAlnum(c) ? c : '_';
  return name;
}

std::string steepest::getVariableName(StringRef name) {
  std::string variable = getSymbolName(name);
  // Beside them stand those that every step has.
  bool isTaken = llvm::is_contained(
      {"certificates", "header", "slots", "workspace"}, variable);
  return isTaken || isReserved(variable) ? variable + "_" : variable;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

std::string SourcePrinter::getType(Type type, Location loc) {
  if (type.isIndex() || type.isInteger(64))
    return "int64_t";
  if (type.isInteger(1))
    return "bool";
  if (type.isInteger(8))
    return "char";
  if (type.isInteger(16))
    return "int16_t";
  if (type.isInteger(32))
    return "int32_t";
  if (type.isF32())
    return "float";
  if (type.isF64())
    return "double";
  if (type.isBF16())
    return "steepest_bf16";
  if (auto vector = dyn_cast<VectorType>(type);
      vector && vector.getRank() == 1 && !vector.isScalable()) {
    std::string element = getType(vector.getElementType(), loc);
    int64_t size = vector.getNumElements();
    return size == 1 ? element
                     : "Lanes<" + element + ", " + std::to_string(size) + ">";
  }
  if (auto memory = dyn_cast<MemRefType>(type);
      memory && memory.getRank() <= 2) {
    std::string element = getType(memory.getElementType(), loc);
    return memory.getRank() == 0   ? element
           : memory.getRank() == 1 ? "Span<" + element + ">"
                                   : "Matrix<" + element + ">";
  }
  if (type.getDialect().getNamespace() == "llvm")
    return "Address";
  if (!failed)
    emitError(loc) << "expects a type that there is CUDA C++ for, got " << type;
  failed = true;
  return "void";
}

std::string SourcePrinter::getResultType(func::FuncOp function) {
  TypeRange results = function.getResultTypes();
  if (results.empty())
    return "void";
  if (results.size() == 1)
    return getType(results[0], function.getLoc());
  return getSymbolName(function.getName()) + "_results";
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string SourcePrinter::makeName(StringRef base) {
  std::string name = getSymbolName(base);
  if (!isReserved(name) && taken.insert(name).second)
    return name;
  for (unsigned number = 1;; ++number) {
    std::string numbered = name + std::to_string(number);
    if (taken.insert(numbered).second)
      return numbered;
  }
}

/// The name in the value's location.
static StringRef getGivenName(Location loc) {
  while (true) {
    if (auto named = dyn_cast<NameLoc>(loc))
      return named.getName();
    auto fused = dyn_cast<FusedLoc>(loc);
    if (!fused || fused.getLocations().empty())
      return {};
    loc = fused.getLocations().front();
  }
}

std::string SourcePrinter::getBaseName(Value value) {
  StringRef given = getGivenName(value.getLoc());
  if (!given.empty())
    return given.str();
  if (Operation *op = value.getDefiningOp()) {
    if (const OpSource *source = registry.find(op))
      if (!source->name.empty())
        return source->name;
    // A scalar of the spec as another type.
    if (isa<arith::TruncFOp, arith::ExtFOp>(op) &&
        isa<FloatType>(value.getType()))
      if (Expression wide = use(op->getOperand(0));
          llvm::all_of(wide.text, isOfName))
        return wide.text + (value.getType().isF32() ? "_float" : "_double");
    if (auto global = dyn_cast<memref::GetGlobalOp>(op))
      return global.getName().rsplit('.').second.str();
    if (isa<memref::LoadOp, vector::LoadOp>(op))
      if (Expression memory = use(op->getOperand(0));
          llvm::all_of(memory.text, isOfName))
        return memory.text + "_value";
  }
  Type type = value.getType();
  Type element = getElementTypeOrSelf(type);
  if (isa<MemRefType>(type))
    return "part";
  if (element.isInteger(1))
    return "is";
  if (element.isIntOrIndex())
    return "n";
  return isa<FloatType>(element) ? "x" : "p";
}

std::string SourcePrinter::declare(Value value, StringRef base) {
  std::string name =
      makeName(base.empty() ? StringRef(getBaseName(value)) : base);
  setName(value, name);
  return name;
}

void SourcePrinter::fail(Operation *op, const Twine &message) {
  if (!failed)
    emitError(op->getLoc()) << message;
  failed = true;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

Expression SourcePrinter::use(Value value) {
  auto found = expressions.find(value);
  if (found != expressions.end())
    return found->second;
  fail(value.getDefiningOp() ? value.getDefiningOp()
                             : value.getParentBlock()->getParentOp(),
       "expects a value that has been printed, got another");
  return {"0"};
}

std::string SourcePrinter::use(Value value, Binding binding) {
  Expression expression = use(value);
  return expression.binding >= binding ? expression.text
                                       : "(" + expression.text + ")";
}

Expression SourcePrinter::call(StringRef function, ValueRange operands) {
  std::string text = function.str() + "(";
  for (auto [number, operand] : llvm::enumerate(operands)) {
    std::string argument = use(operand).text;
    // The first argument says what the function is for; a literal is an int.
    Type type = operand.getType();
    bool isLiteral =
        argument.find_first_not_of("-0123456789") == StringRef::npos;
    if (number == 0 && isLiteral && type.isIntOrIndex() && !type.isInteger(32))
      argument = getType(type, operand.getLoc()) + "(" + argument + ")";
    text += (number ? ", " : "") + argument;
  }
  return {text + ")"};
}

Expression SourcePrinter::infix(StringRef symbol, Binding binding, Value lhs,
                                Value rhs) {
  // What adds or multiplies nothing.
  if (lhs.getType().isIntOrIndex()) {
    std::string left = use(lhs).text, right = use(rhs).text;
    if ((symbol == "+" && left == "0") || (symbol == "*" && left == "1"))
      return use(rhs);
    if (((symbol == "+" || symbol == "-") && right == "0") ||
        (symbol == "*" && right == "1"))
      return use(lhs);
    if (symbol == "*" && (left == "0" || right == "0"))
      return {"0"};
  }
  // Those that readers mistake the order of are always in parentheses.
  auto weakest = [&](bool isRight) {
    switch (binding) {
    case Binding::LogicalOr:
    case Binding::LogicalAnd:
      return Binding::Equality;
    case Binding::Bitwise:
    case Binding::Equality:
    case Binding::Relational:
      return Binding::Additive;
    default:
      return isRight ? Binding(int(binding) + 1) : binding;
    }
  };
  std::string left = use(lhs, weakest(false));
  // A chain of the same needs none.
  if (use(lhs).binding == binding &&
      (binding == Binding::LogicalAnd || binding == Binding::LogicalOr))
    left = use(lhs).text;
  return {left + " " + symbol.str() + " " + use(rhs, weakest(true)), binding};
}

/// The operation whose statement `op` would become part of, if every value in
/// between did.
static bool hasEffectsBetween(Operation *op, Operation *user) {
  for (Operation *next = op->getNextNode(); next && next != user;
       next = next->getNextNode())
    if (!isMemoryEffectFree(next)) {
      auto effects = dyn_cast<MemoryEffectOpInterface>(next);
      if (!effects || !effects.onlyHasEffect<MemoryEffects::Read>() ||
          next->getNumRegions())
        return true;
    }
  return false;
}

/// Where an operation that is used once is used at last, when all in between
/// is: conservatively, the last operation of its block that can be reached by
/// single uses.
static Operation *findStatement(Operation *op) {
  while (op->getNumResults() == 1 && op->getResult(0).hasOneUse()) {
    Operation *user = *op->getResult(0).user_begin();
    if (user->getBlock() != op->getBlock())
      return nullptr;
    op = user;
    if (!isMemoryEffectFree(op) || op->getNumRegions())
      break;
  }
  return op;
}

bool SourcePrinter::isInlined(Operation *op, const Expression &expression) {
  if (op->getNumResults() != 1 || !op->getResult(0).hasOneUse() ||
      expression.text.size() > longestInlined)
    return false;
  Operation *user = *op->getResult(0).user_begin();
  if (isMemoryEffectFree(op)) {
    // Not into a loop, where it would be computed again and again.
    Operation *parent = user;
    while (parent->getBlock() != op->getBlock()) {
      parent = parent->getParentOp();
      if (!isa<scf::IfOp>(parent))
        return false;
    }
    return true;
  }
  // What reads memory stays before what writes it.
  Operation *statement = findStatement(op);
  return statement && !hasEffectsBetween(op, statement);
}

void SourcePrinter::printOperation(Operation *op) {
  const OpSource *source = registry.find(op);
  if (!source)
    return fail(op, "expects an operation that there is CUDA C++ for, got '" +
                        op->getName().getStringRef() + "'");
  if (source->statement)
    return source->statement(*this, op);
  if (isOpTriviallyDead(op))
    return;
  for (OpResult result : op->getResults()) {
    if (result.use_empty())
      continue;
    Expression expression = source->expression(*this, result);
    bool isFree = source->isFree && (expression.text.size() <= longestFree ||
                                     op->hasTrait<OpTrait::ConstantLike>());
    if (isFree || isInlined(op, expression)) {
      expressions[result] = expression;
      continue;
    }
    std::string type = getType(result.getType(), op->getLoc());
    define(type, declare(result), expression.text);
  }
}

/// The words of the kernel that an operation was emitted for, which are
/// distinct for each.
static DistinctAttr getKernelWords(Operation *op) {
  Location loc = op->getLoc();
  while (auto named = dyn_cast<NameLoc>(loc))
    loc = named.getChildLoc();
  auto fused = dyn_cast<FusedLoc>(loc);
  return fused ? dyn_cast_or_null<DistinctAttr>(fused.getMetadata())
               : DistinctAttr();
}

void SourcePrinter::printWords(Operation *op, StringRef mark) {
  DistinctAttr words = getKernelWords(op);
  if (!words)
    return;
  SmallVector<StringRef> lines;
  cast<StringAttr>(words.getReferencedAttr()).getValue().split(lines, '\n');
  for (StringRef text : lines)
    line(mark + text);
}

/// The words come before the first of what was emitted for the kernel into the
/// block where its loops are: what has been moved out of loops has none.
void SourcePrinter::printBlock(Block &block) {
  llvm::SaveAndRestore within(isBroken, merged.blocks.contains(&block));
  llvm::DenseSet<Attribute> kernels;
  for (Operation &op : block)
    if (const OpSource *source = registry.find(&op))
      if (DistinctAttr words = getKernelWords(&op);
          words && source->statement && notes && !noted.contains(words))
        kernels.insert(words);
  for (Operation &op : block.without_terminator()) {
    if (failed)
      return;
    DistinctAttr words = getKernelWords(&op);
    const OpSource *source = registry.find(&op);
    if (words && source && !source->isFree && kernels.contains(words) &&
        noted.insert(words).second) {
      line("");
      printWords(&op, "// ");
    }
    printOperation(&op);
  }
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

void SourcePrinter::beginFunction(func::FuncOp function) {
  expressions.clear();
  taken.clear();
  noted.clear();
  merged = {};
  findMerged(function);
}

bool SourcePrinter::isOutlined(func::FuncOp function) {
  return function->hasAttr("passthrough");
}

ArrayRef<StringRef> SourcePrinter::getMembers(MemRefType type) {
  static constexpr StringRef matrix[] = {"data", "rows", "cols", "rowStride"};
  static constexpr StringRef span[] = {"data", "size"};
  return type.getRank() == 2 ? ArrayRef<StringRef>(matrix)
                             : ArrayRef<StringRef>(span);
}

std::string
SourcePrinter::getMemberParameters(BlockArgument argument, StringRef name,
                                   SmallVectorImpl<std::string> &members) {
  auto type = cast<MemRefType>(argument.getType());
  Location loc = argument.getLoc();
  std::string parameters, values;
  for (StringRef member : getMembers(type)) {
    bool isData = member == "data";
    StringRef separator = isData ? "" : ", ";
    parameters += separator;
    parameters +=
        isData ? getType(type.getElementType(), loc) + " *" : "int64_t";
    if (argument.use_empty())
      continue;
    std::string part = makeName(
        (name + member.substr(0, 1).upper() + member.drop_front()).str());
    parameters += (isData ? "" : " ") + part;
    values += separator.str() + part;
  }
  if (!argument.use_empty())
    members.push_back("const " + getType(type, loc) + " " + name.str() +
                      " = {" + values + "};");
  return parameters;
}

std::string SourcePrinter::getSignature(func::FuncOp function,
                                        StringRef specifiers,
                                        ArrayRef<std::string> names,
                                        SmallVectorImpl<std::string> &members) {
  std::string text = (specifiers + " " + getResultType(function) + " " +
                      getSymbolName(function.getName()) + "(")
                         .str();
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    std::string name = number < names.size() && !names[number].empty()
                           ? names[number]
                           : makeName(getBaseName(argument));
    if (number < names.size())
      taken.insert(name);
    // A struct would be handed on by memory of the thread's own.
    if (auto memory = dyn_cast<MemRefType>(argument.getType());
        memory && memory.getRank() != 0 && isOutlined(function)) {
      text += number ? ", " : "";
      text += getMemberParameters(argument, name, members);
      setName(argument, name);
      continue;
    }
    bool isAddress = isa<LLVM::LLVMPointerType>(argument.getType());
    setName(argument, isAddress ? "Address(" + name + ")" : name);
    text +=
        (number ? ", " : "") +
        (isAddress ? "char *" : getType(argument.getType(), function.getLoc()));
    if (!argument.use_empty())
      text += (isAddress ? "" : " ") + name;
  }
  return text + ")";
}

LogicalResult SourcePrinter::printFunction(func::FuncOp function,
                                           StringRef specifiers,
                                           ArrayRef<std::string> names) {
  beginFunction(function);
  // Other functions serve several kernels.
  notes = !names.empty();
  if (!function.getBody().hasOneBlock()) {
    fail(function, "expects structured control flow, got branches");
    return failure();
  }
  if (function.getNumResults() > 1) {
    open("struct " + getResultType(function) + " {");
    for (auto [number, type] : llvm::enumerate(function.getResultTypes()))
      line(getType(type, function.getLoc()) + " result" + Twine(number) + ";");
    close("};");
  }
  SmallVector<std::string> members;
  open(getSignature(function, specifiers, names, members) + " {");
  for (const std::string &member : members)
    line(member);
  Block &body = function.getBody().front();
  std::string statements = collect([&] { printBlock(body); });
  if (failed)
    return failure();
  printKept();
  write(statements);
  Operation *end = body.getTerminator();
  std::string values;
  for (auto [number, value] : llvm::enumerate(end->getOperands()))
    values += (number ? ", " : "") + use(value).text;
  if (end->getNumOperands() > 1)
    line("return {" + values + "};");
  else if (end->getNumOperands() == 1)
    line("return " + values + ";");
  printPlaces();
  close();
  return success(!failed);
}
