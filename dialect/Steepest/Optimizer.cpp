//===- Optimizer.cpp - syntax and rules of the optimizer op ---------------===//
//
//   steepest.optimizer @name(%w: T, %g: T)
//       state(%m: T = zeros) hyper(%lr: f32 = 0.1) { ... steepest.update ... }
//
// The syntax is written by hand because names, initial values and defaults
// stand where a mathematician puts them: in the signature.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace steepest;
using matrix::Real;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {
/// Collects the signature while it is parsed.
struct Signature {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Attribute> names, initials;
  SmallVector<double> defaults;

  ParseResult parseArgument(OpAsmParser &parser) {
    OpAsmParser::Argument argument;
    if (parser.parseArgument(argument) || parser.parseColon() ||
        parser.parseType(argument.type))
      return failure();
    names.push_back(
        parser.getBuilder().getStringAttr(argument.ssaName.name.drop_front()));
    arguments.push_back(argument);
    return success();
  }
};
} // namespace

/// zeros | identity | number | %parameter
static ParseResult parseInitial(OpAsmParser &parser, Signature &signature,
                                unsigned numParameters) {
  MLIRContext *context = parser.getContext();
  auto add = [&](InitialKind kind, double value, unsigned parameter) {
    signature.initials.push_back(
        InitialAttr::get(context, kind, value, parameter));
    return success();
  };
  if (succeeded(parser.parseOptionalKeyword("zeros")))
    return add(InitialKind::Constant, 0, 0);
  if (succeeded(parser.parseOptionalKeyword("identity")))
    return add(InitialKind::Identity, 0, 0);
  SMLoc loc = parser.getCurrentLocation();
  OpAsmParser::UnresolvedOperand source;
  OptionalParseResult operand = parser.parseOptionalOperand(source);
  if (operand.has_value()) {
    if (failed(*operand))
      return failure();
    for (unsigned i = 0; i < numParameters; ++i)
      if (signature.arguments[2 * i].ssaName.name == source.name)
        return add(InitialKind::Parameter, 0, i);
    return parser.emitError(loc)
           << "expects a parameter to copy, got " << source.name;
  }
  FailureOr<Real> value = matrix::parseReal(parser);
  if (failed(value))
    return failure();
  return add(InitialKind::Constant, *value, 0);
}

ParseResult OptimizerOp::parse(OpAsmParser &parser, OperationState &result) {
  Signature signature;
  StringAttr name;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes))
    return failure();
  SMLoc signatureLoc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        return signature.parseArgument(parser);
      }))
    return failure();
  size_t pairs = signature.arguments.size();
  if (pairs == 0 || pairs % 2 != 0)
    return parser.emitError(signatureLoc)
           << "expects pairs of a parameter and its gradient, got " << pairs
           << (pairs == 1 ? " argument" : " arguments");
  unsigned numParameters = pairs / 2;

  if (succeeded(parser.parseOptionalKeyword("state")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        if (signature.parseArgument(parser) || parser.parseEqual())
          return failure();
        return parseInitial(parser, signature, numParameters);
      }))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("hyper")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
        if (signature.parseArgument(parser) || parser.parseEqual())
          return failure();
        FailureOr<Real> value = matrix::parseReal(parser);
        if (failed(value))
          return failure();
        signature.defaults.push_back(*value);
        return success();
      }))
    return failure();

  Builder &builder = parser.getBuilder();
  result.addAttribute(getNumParametersAttrName(result.name),
                      builder.getI64IntegerAttr(numParameters));
  result.addAttribute(getArgumentNamesAttrName(result.name),
                      builder.getArrayAttr(signature.names));
  result.addAttribute(getInitialsAttrName(result.name),
                      builder.getArrayAttr(signature.initials));
  result.addAttribute(getDefaultsAttrName(result.name),
                      builder.getDenseF64ArrayAttr(signature.defaults));
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parser.parseRegion(*result.addRegion(), signature.arguments);
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

void OptimizerOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  Block &block = getBody().front();
  unsigned next = 0;
  auto printArgument = [&] {
    BlockArgument argument = block.getArgument(next++);
    printer << argument << ": " << argument.getType();
  };
  printer << '(';
  llvm::interleaveComma(llvm::seq(2 * getNumParameters()), printer,
                        [&](int64_t) { printArgument(); });
  printer << ')';
  if (unsigned states = getNumStates()) {
    printer << " state(";
    llvm::interleaveComma(llvm::seq(states), printer, [&](unsigned i) {
      printArgument();
      printer << " = ";
      InitialAttr initial = getInitial(i);
      if (initial.getKind() == InitialKind::Identity)
        printer << "identity";
      else if (initial.getKind() == InitialKind::Parameter)
        printer << getParameter(initial.getParameter());
      else if (initial.getValue() == Real(0.0))
        printer << "zeros";
      else
        printer << matrix::printReal(initial.getValue());
    });
    printer << ')';
  }
  if (unsigned hypers = getNumHypers()) {
    printer << " hyper(";
    llvm::interleaveComma(llvm::seq(hypers), printer, [&](unsigned i) {
      printArgument();
      printer << " = " << matrix::printReal(getDefaults()[i]);
    });
    printer << ')';
  }
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {getSymNameAttrName(), getNumParametersAttrName(),
                            getArgumentNamesAttrName(), getInitialsAttrName(),
                            getDefaultsAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

void OptimizerOp::getAsmBlockArgumentNames(Region &region,
                                           OpAsmSetValueNameFn setName) {
  for (auto [argument, name] :
       llvm::zip(region.getArguments(), getArgumentNames()))
    setName(argument, cast<StringAttr>(name).getValue());
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

unsigned OptimizerOp::getLike(unsigned index) {
  Type type = getBody().getArgument(index).getType();
  unsigned parameters = 2 * getNumParameters();
  if (index < parameters)
    return index & ~1u;
  for (unsigned i = 0; i < parameters; i += 2)
    if (getBody().getArgument(i).getType() == type)
      return i;
  return index;
}

UpdateOp OptimizerOp::getUpdate() {
  return cast<UpdateOp>(getBody().front().getTerminator());
}

LogicalResult OptimizerOp::verifyRegions() {
  Block &block = getBody().front();
  unsigned parameters = 2 * getNumParameters(), tensors = getNumTensors();
  size_t expected = tensors + getNumHypers();
  if (block.getNumArguments() != expected ||
      getArgumentNames().size() != expected)
    return emitOpError() << "expects " << expected
                         << " arguments and names, got "
                         << block.getNumArguments() << " and "
                         << getArgumentNames().size();
  llvm::StringSet<> seen;
  for (Attribute name : getArgumentNames())
    if (!seen.insert(cast<StringAttr>(name).getValue()).second)
      return emitOpError() << "expects unique names, got " << name << " twice";

  auto nameOf = [&](unsigned i) { return getArgumentName(i); };
  for (unsigned i = 0; i < parameters; i += 2) {
    auto type = dyn_cast<RankedTensorType>(block.getArgument(i).getType());
    if (!type || type.getRank() < 1 || type.getRank() > 3 ||
        !(type.getElementType().isF32() || type.getElementType().isF64()))
      return mlir::emitError(block.getArgument(i).getLoc())
             << "expects parameter '" << nameOf(i)
             << "' to be a vector, matrix or batch of matrices of f32 or f64, "
                "got "
             << block.getArgument(i).getType();
    if (block.getArgument(i + 1).getType() != type) // C1
      return mlir::emitError(block.getArgument(i + 1).getLoc())
             << "expects gradient '" << nameOf(i + 1) << "' to have the type "
             << type << " of parameter '" << nameOf(i) << "', got "
             << block.getArgument(i + 1).getType();
    if (block.getArgument(i + 1).use_empty()) // C4
      return mlir::emitError(block.getArgument(i + 1).getLoc())
             << "gradient '" << nameOf(i + 1) << "' is never used";
  }
  for (unsigned i = 0; i < getNumStates(); ++i) {
    BlockArgument state = getState(i);
    unsigned index = state.getArgNumber();
    bool scalar = state.getType().isF32() || state.getType().isF64();
    if (!scalar && getLike(index) == index) // C2
      return mlir::emitError(state.getLoc())
             << "expects state '" << nameOf(index)
             << "' to be a scalar or to have the type of a parameter, got "
             << state.getType();
    InitialAttr initial = getInitial(i);
    if (initial.getKind() == InitialKind::Parameter &&
        (initial.getParameter() >= getNumParameters() ||
         getParameter(initial.getParameter()).getType() !=
             state.getType())) // C5
      return mlir::emitError(state.getLoc())
             << "expects state '" << nameOf(index)
             << "' to have the type of the parameter it copies, got "
             << state.getType();
    auto type = dyn_cast<RankedTensorType>(state.getType());
    if (initial.getKind() == InitialKind::Identity &&
        (!type || type.getRank() < 2)) // C5
      return mlir::emitError(state.getLoc())
             << "expects a matrix to start as the identity, got "
             << state.getType();
  }
  for (unsigned i = 0; i < getNumHypers(); ++i) {
    BlockArgument hyper = getHyper(i);
    StringRef name = nameOf(hyper.getArgNumber());
    if (!hyper.getType().isF32() && !hyper.getType().isF64()) // C3
      return mlir::emitError(hyper.getLoc())
             << "expects hyper-parameter '" << name
             << "' to be f32 or f64, got " << hyper.getType();
    if (hyper.use_empty()) // C4
      return mlir::emitError(hyper.getLoc())
             << "hyper-parameter '" << name << "' is never used";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Update
//===----------------------------------------------------------------------===//

Value UpdateOp::getValueOf(Value target) {
  for (auto [candidate, value] : llvm::zip(getTargets(), getValues()))
    if (candidate == target)
      return value;
  return {};
}

ParseResult UpdateOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> targets, values;
  SmallVector<Type> types;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList([&] {
        return failure(parser.parseOperand(targets.emplace_back()) ||
                       parser.parseEqual() ||
                       parser.parseOperand(values.emplace_back()));
      }) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonTypeList(types) ||
      parser.resolveOperands(targets, types, loc, result.operands) ||
      parser.resolveOperands(values, types, loc, result.operands))
    return failure();
  return success();
}

void UpdateOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  llvm::interleaveComma(
      llvm::zip(getTargets(), getValues()), printer, [&](auto pair) {
        printer << std::get<0>(pair) << " = " << std::get<1>(pair);
      });
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getTargets().getTypes();
}

LogicalResult UpdateOp::verify() {
  auto optimizer = cast<OptimizerOp>((*this)->getParentOp());
  llvm::SmallPtrSet<Value, 8> updated;
  for (auto [target, value] : llvm::zip(getTargets(), getValues())) {
    auto argument = dyn_cast<BlockArgument>(target);
    unsigned index = argument ? argument.getArgNumber() : 0;
    unsigned gradients = 2 * optimizer.getNumParameters();
    if (!argument || argument.getOwner() != &optimizer.getBody().front() ||
        index >= optimizer.getNumTensors() ||
        (index < gradients && index % 2 == 1)) // C1
      return emitOpError() << "expects parameters and states as targets, got "
                           << (argument
                                   ? "'" + optimizer.getArgumentName(index) +
                                         "'"
                                   : llvm::Twine("a computed value"));
    if (!updated.insert(target).second) // C2
      return emitOpError() << "updates '" << optimizer.getArgumentName(index)
                           << "' twice";
    if (value.getType() != target.getType()) // C3
      return emitOpError() << "expects a value of type " << target.getType()
                           << " for '" << optimizer.getArgumentName(index)
                           << "', got " << value.getType();
  }
  for (unsigned i = 0; i < optimizer.getNumTensors(); ++i) {
    bool gradient = i < 2 * optimizer.getNumParameters() && i % 2 == 1;
    if (gradient || updated.contains(optimizer.getBody().getArgument(i)))
      continue;
    bool parameter = i < 2 * optimizer.getNumParameters();
    return emitOpError() << "never updates "
                         << (parameter ? "parameter '" : "state '")
                         << optimizer.getArgumentName(i) << "'"; // C2
  }
  return success();
}
