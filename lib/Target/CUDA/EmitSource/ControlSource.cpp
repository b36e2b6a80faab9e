//===- ControlSource.cpp - control flow as CUDA C++ -----------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;

/// Declares a variable for each carried value, and what it is at first.
static SmallVector<std::string> declareCarried(SourcePrinter &p, Operation *op,
                                               ValueRange values,
                                               ValueRange initial) {
  SmallVector<std::string> names;
  for (auto [value, start] : llvm::zip_equal(values, initial)) {
    std::string type = p.getType(value.getType(), op->getLoc());
    Expression expression = p.use(start);
    names.push_back(p.declare(value));
    p.defineVariable(type, names.back(), expression.text);
  }
  return names;
}

static void printFor(SourcePrinter &p, scf::ForOp op) {
  SmallVector<std::string> carried =
      declareCarried(p, op, op.getRegionIterArgs(), op.getInitArgs());
  for (auto [result, name] : llvm::zip_equal(op.getResults(), carried))
    p.setName(result, name);
  Value counter = op.getInductionVar();
  std::string type = p.getType(counter.getType(), op.getLoc());
  std::string name = p.declare(counter, "i");
  std::string step = p.use(op.getStep()).text;
  if (p.isMergedWithin(*op.getBody())) {
    p.defineVariable(type, name);
    type.clear();
  } else {
    type += " ";
  }
  p.open("for (" + type + name + " = " + p.use(op.getLowerBound()).text + "; " +
         name + " < " + p.use(op.getUpperBound(), Binding::Additive) + "; " +
         (step == "1" ? "++" + name : name + " += " + step) + ") {");
  p.printBlock(*op.getBody());
  p.assign(carried, op.getBody()->getTerminator()->getOperands());
  p.close();
}

/// Whether nothing but its result is computed in a branch.
static bool isExpression(Region &region) {
  return region.hasOneBlock() && llvm::hasSingleElement(region.front());
}

static void printIf(SourcePrinter &p, scf::IfOp op) {
  std::string condition = p.use(op.getCondition()).text;
  SmallVector<std::string> results;
  for (Value result : op.getResults()) {
    std::string type = p.getType(result.getType(), op.getLoc());
    if (op.getNumResults() == 1 && isExpression(op.getThenRegion()) &&
        isExpression(op.getElseRegion())) {
      std::string then =
          p.use(op.thenYield().getOperand(0), Binding::LogicalOr);
      std::string otherwise =
          p.use(op.elseYield().getOperand(0), Binding::LogicalOr);
      std::string test = p.use(op.getCondition(), Binding::LogicalOr);
      p.define(type, p.declare(result),
               test + " ? " + then + " : " + otherwise);
      return;
    }
    results.push_back(p.declare(result));
    p.defineVariable(type, results.back());
  }
  p.open("if (" + condition + ") {");
  p.printBlock(*op.thenBlock());
  p.assign(results, op.thenYield().getOperands());
  std::string otherwise;
  if (op.elseBlock())
    otherwise = p.collect([&] {
      p.printBlock(*op.elseBlock());
      p.assign(results, op.elseYield().getOperands());
    });
  p.close(otherwise.empty() ? "}" : "} else {");
  if (otherwise.empty())
    return;
  p.write(otherwise);
  p.line("}");
}

/// What is computed before the condition is computed in the loop, which is then
/// left from there.
static void printWhile(SourcePrinter &p, scf::WhileOp op) {
  SmallVector<std::string> carried =
      declareCarried(p, op, op.getBeforeArguments(), op.getInits());
  SmallVector<std::string> results;
  for (auto [result, after] :
       llvm::zip_equal(op.getResults(), op.getAfterArguments())) {
    std::string type = p.getType(result.getType(), op.getLoc());
    results.push_back(p.declare(result));
    p.defineVariable(type, results.back());
    p.setName(after, results.back());
  }
  scf::ConditionOp condition = op.getConditionOp();
  p.open("while (true) {");
  p.printBlock(*op.getBeforeBody());
  // Of the condition before what it reads is overwritten.
  std::string test = p.use(condition.getCondition(), Binding::Unary);
  if (!results.empty()) {
    std::string name = p.makeName("goes_on");
    p.define("bool", name, test);
    test = name;
  }
  p.assign(results, condition.getArgs());
  p.line("if (!" + test + ")");
  p.line("  break;");
  p.printBlock(*op.getAfterBody());
  p.assign(carried, op.getYieldOp()->getOperands());
  p.close();
}

static void printSwitch(SourcePrinter &p, scf::IndexSwitchOp op) {
  SmallVector<std::string> results;
  for (Value result : op.getResults()) {
    results.push_back(p.declare(result));
    p.defineVariable(p.getType(result.getType(), op.getLoc()), results.back());
  }
  auto printCase = [&](const Twine &label, Block &block) {
    p.open(label + ": {");
    p.printBlock(block);
    p.assign(results, block.getTerminator()->getOperands());
    p.line("break;");
    p.close();
  };
  p.line("switch (" + p.use(op.getArg()).text + ") {");
  for (auto [number, value] : llvm::enumerate(op.getCases()))
    printCase("case " + Twine(value), op.getCaseBlock(number));
  printCase("default", op.getDefaultBlock());
  p.line("}");
}

/// What a function that is not inlined is given: the members of memory one by
/// one.
static std::string printMembers(SourcePrinter &p, func::CallOp op) {
  std::string text;
  for (Value operand : op.getOperands()) {
    text += text.empty() ? "" : ", ";
    std::string argument = p.use(operand).text;
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type || type.getRank() == 0) {
      text += argument;
      continue;
    }
    if (llvm::any_of(argument, [](char c) {
          return !llvm::isAlnum(c) && c != '_' && c != '.';
        })) {
      std::string name = p.makeName("memory");
      p.define(p.getType(type, op.getLoc()), name, argument);
      argument = name;
    }
    StringRef separator = "";
    for (StringRef member : SourcePrinter::getMembers(type)) {
      text += separator.str() + argument + "." + member.str();
      separator = ", ";
    }
  }
  return text;
}

static void printCall(SourcePrinter &p, func::CallOp op) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  std::string members;
  bool isOutlined = callee && SourcePrinter::isOutlined(callee);
  if (isOutlined)
    members = printMembers(p, op);
  if (isOutlined && p.printMergedCall(callee, members))
    return;
  std::string call =
      isOutlined ? getSymbolName(op.getCallee()) + "(" + members + ")"
                 : p.call(getSymbolName(op.getCallee()), op.getOperands()).text;
  if (op.getNumResults() == 0)
    return p.line(call + ";");
  if (op.getNumResults() == 1) {
    Value result = op.getResult(0);
    std::string type = p.getType(result.getType(), op.getLoc());
    return p.define(type, p.declare(result), call);
  }
  std::string name = p.makeName(getSymbolName(op.getCallee()) + "_result");
  p.define(p.getResultType(callee), name, call);
  for (OpResult result : op.getResults())
    p.setName(result,
              name + ".result" + std::to_string(result.getResultNumber()));
}

void steepest::addControlSource(SourceRegistry &registry) {
  registry.addStatement<scf::ForOp>(printFor);
  registry.addStatement<scf::IfOp>(printIf);
  registry.addStatement<scf::WhileOp>(printWhile);
  registry.addStatement<scf::IndexSwitchOp>(printSwitch);
  registry.addStatement<func::CallOp>(printCall);
}
