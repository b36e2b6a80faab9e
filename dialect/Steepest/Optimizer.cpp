//===- Optimizer.cpp - syntax and rules of the optimizer op ---------------===//
//
//   steepest.optimizer @name(%w: T, %g: T)
//       state(%m: T = zeros) hyper(%lr: f32 = 0.1) { ... steepest.update ... }
//
// The syntax is written by hand because names, initial values and defaults
// stand where a mathematician puts them: in the signature.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Spelling.h"
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

/// What tensors may be stored as. Arithmetic on bf16 is done in f32, which the
/// body says by `arith.extf` and `arith.truncf`.
static bool isStored(Type element) {
  return element.isF32() || element.isF64() || element.isBF16();
}

/// Whether a gradient or state of this type has the extents of the parameter.
static bool isLike(Type type, Type parameter) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto other = dyn_cast<RankedTensorType>(parameter);
  return tensor && other && tensor.getShape() == other.getShape() &&
         isStored(tensor.getElementType());
}

/// Whether a state of this type can be made of the rows or columns of a
/// parameter: a vector of them, or a square matrix.
static bool isByExtent(Type type, Type parameter, StateShape shape) {
  auto state = dyn_cast<RankedTensorType>(type);
  auto matrix = dyn_cast<RankedTensorType>(parameter);
  if (!state || !matrix || matrix.getRank() != 2 || state.getRank() < 1 ||
      state.getRank() > 2 || !isStored(state.getElementType()))
    return false;
  int64_t extent = matrix.getDimSize(shape == StateShape::Rows ? 0 : 1);
  return llvm::all_of(state.getShape(),
                      [&](int64_t size) { return size == extent; });
}

/// The rules about types, for the parser, which can report them before the body
/// trips over a wrong type, and for the verifier. `emitError` reports about
/// argument i.
static LogicalResult
verifyTypes(TypeRange types, ArrayRef<StringRef> names, unsigned numParameters,
            ArrayRef<Attribute> initials,
            function_ref<InFlightDiagnostic(unsigned)> emitError) {
  unsigned parameters = 2 * numParameters,
           tensors = parameters + initials.size();
  for (unsigned i = 0; i < parameters; i += 2) {
    auto type = dyn_cast<RankedTensorType>(types[i]);
    if (!type || type.getRank() < 1 || type.getRank() > 3 ||
        !isStored(type.getElementType()))
      return emitError(i)
             << "expects parameter '" << names[i]
             << "' to be a vector, matrix or batch of matrices of f32, f64 or "
                "bf16, got "
             << types[i];
    if (!isLike(types[i + 1], type)) // C1
      return emitError(i + 1)
             << "expects gradient '" << names[i + 1]
             << "' to have the extents of parameter '" << names[i] << "', "
             << type << ", and elements of f32, f64 or bf16, got "
             << types[i + 1];
  }
  for (unsigned i = parameters; i < tensors; ++i) {
    bool scalar = types[i].isF32() || types[i].isF64();
    auto initial = cast<InitialAttr>(initials[i - parameters]);
    if (initial.getShape() != StateShape::Whole) {
      bool isRows = initial.getShape() == StateShape::Rows;
      unsigned parameter = 2 * initial.getParameter();
      if (parameter >= parameters ||
          !isByExtent(types[i], types[parameter], initial.getShape())) // C2
        return emitError(i) << "expects state '" << names[i]
                            << "' to be a vector or a square matrix by the "
                            << (isRows ? "rows" : "columns")
                            << " of a matrix, got " << types[i];
      if (initial.getKind() == InitialKind::Identity &&
          cast<RankedTensorType>(types[i]).getRank() < 2) // C5
        return emitError(i)
               << "expects a matrix to start as the identity, got " << types[i];
      continue;
    }
    bool like = false;
    for (unsigned parameter = 0; parameter < parameters; parameter += 2)
      like |= isLike(types[i], types[parameter]);
    if (!scalar && !like) { // C2
      InFlightDiagnostic error =
          emitError(i)
          << "expects state '" << names[i]
          << "' to be a scalar or to have the extents of a parameter, got "
          << types[i];
      error.attachNote()
          << "a matrix or vector by its rows or columns says so: "
             "`= zeros like %w by rows`";
      return error;
    }
    bool copies = initial.getKind() == InitialKind::Parameter;
    if ((copies || like) &&
        (initial.getParameter() >= numParameters ||
         !isLike(types[i], types[2 * initial.getParameter()]))) // C5
      return emitError(i) << "expects state '" << names[i]
                          << "' to have the extents of the parameter it "
                          << (copies ? "copies" : "is like") << ", got "
                          << types[i];
    auto type = dyn_cast<RankedTensorType>(types[i]);
    if (initial.getKind() == InitialKind::Identity &&
        (!type || type.getRank() < 2)) // C5
      return emitError(i) << "expects a matrix to start as the identity, got "
                          << types[i];
  }
  for (unsigned i = tensors; i < types.size(); ++i)
    if (!types[i].isF32() && !types[i].isF64()) // C3
      return emitError(i) << "expects hyper-parameter '" << names[i]
                          << "' to be f32 or f64, got " << types[i];
  return success();
}

/// Whether several parameters have the extents of this type: a state of the
/// type must say whose it has.
static bool isAmbiguous(Type type, ArrayRef<Type> parameters) {
  return llvm::count_if(parameters, [&](Type parameter) {
           return isLike(type, parameter);
         }) > 1;
}

/// The parameter that `operand` names.
static FailureOr<unsigned> findParameter(
    OpAsmParser &parser, const Signature &signature, unsigned numParameters,
    const OpAsmParser::UnresolvedOperand &operand, StringRef purpose) {
  for (unsigned i = 0; i < numParameters; ++i)
    if (signature.arguments[2 * i].ssaName.name == operand.name)
      return i;
  return parser.emitError(operand.location)
         << "expects a parameter to " << purpose << ", got " << operand.name;
}

/// %parameter |
/// (zeros | identity | number) (like %parameter (by (rows | columns))?)?
static ParseResult parseInitial(OpAsmParser &parser, Signature &signature,
                                unsigned numParameters) {
  auto add = [&](InitialKind kind, double value, unsigned parameter,
                 StateShape shape = StateShape::Whole) {
    signature.initials.push_back(
        InitialAttr::get(parser.getContext(), kind, value, parameter, shape));
    return success();
  };
  OpAsmParser::UnresolvedOperand source;
  OptionalParseResult operand = parser.parseOptionalOperand(source);
  if (operand.has_value()) {
    if (failed(*operand))
      return failure();
    FailureOr<unsigned> parameter =
        findParameter(parser, signature, numParameters, source, "copy");
    return failed(parameter) ? failure()
                             : add(InitialKind::Parameter, 0, *parameter);
  }
  InitialKind kind = InitialKind::Constant;
  double value = 0;
  StringRef word;
  SMLoc wordLoc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalKeyword(&word))) {
    if (word == "identity") {
      kind = InitialKind::Identity;
    } else if (word != "zeros") {
      InFlightDiagnostic error =
          parser.emitError(wordLoc)
          << "expects `zeros`, `identity`, a number or a parameter that state '"
          << cast<StringAttr>(signature.names.back()).getValue()
          << "' starts from, got '" << word << "'";
      StringRef nearest = getNearest(word, {"zeros", "identity"});
      if (!nearest.empty())
        error.attachNote() << "did you mean '" << nearest << "'?";
      return error;
    }
  } else {
    FailureOr<Real> number = matrix::parseReal(parser);
    if (failed(number))
      return failure();
    value = *number;
  }
  if (succeeded(parser.parseOptionalKeyword("like"))) {
    if (parser.parseOperand(source))
      return failure();
    FailureOr<unsigned> parameter = findParameter(
        parser, signature, numParameters, source, "take the extents of");
    if (failed(parameter))
      return failure();
    if (failed(parser.parseOptionalKeyword("by")))
      return add(kind, value, *parameter);
    StringRef extent;
    SMLoc extentLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&extent))
      return failure();
    std::optional<StateShape> shape = symbolizeStateShape(extent);
    if (!shape || shape == StateShape::Whole)
      return parser.emitError(extentLoc)
             << "expects `rows` or `columns`, got " << extent;
    return add(kind, value, *parameter, *shape);
  }
  SMLoc byLoc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalKeyword("by")))
    return parser.emitError(byLoc)
           << "expects the parameter whose rows or columns state '"
           << cast<StringAttr>(signature.names.back()).getValue()
           << "' has, as in `= zeros like %w by rows`";
  SmallVector<Type> parameters;
  for (unsigned i = 0; i < numParameters; ++i)
    parameters.push_back(signature.arguments[2 * i].type);
  Type type = signature.arguments.back().type;
  if (isAmbiguous(type, parameters))
    return parser.emitError(signature.arguments.back().ssaName.location)
           << "expects the parameter whose extents state '"
           << cast<StringAttr>(signature.names.back()).getValue()
           << "' has, as in `= zeros like %w`: several have those of " << type;
  auto first = llvm::find_if(
      parameters, [&](Type parameter) { return isLike(type, parameter); });
  return add(kind, value,
             first == parameters.end() ? 0 : first - parameters.begin());
}

/// Parses the `=` before an initial or default value.
static ParseResult parseEqual(OpAsmParser &parser, StringRef expected) {
  SMLoc loc = parser.getCurrentLocation();
  if (succeeded(parser.parseOptionalEqual()))
    return success();
  return parser.emitError(loc) << expected;
}

ParseResult OptimizerOp::parse(OpAsmParser &parser, OperationState &result) {
  Signature signature;
  StringAttr name;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes))
    return failure();
  SMLoc signatureLoc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren,
          [&]() -> ParseResult { return signature.parseArgument(parser); }))
    return failure();
  size_t pairs = signature.arguments.size();
  if (pairs == 0 || pairs % 2 != 0)
    return parser.emitError(signatureLoc)
           << "expects pairs of a parameter and its gradient, got " << pairs
           << (pairs == 1 ? " argument" : " arguments");
  unsigned numParameters = pairs / 2;

  if (succeeded(parser.parseOptionalKeyword("state")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            if (signature.parseArgument(parser) ||
                parseEqual(parser, "expects an initial value of the state, as "
                                   "in `= zeros`"))
              return failure();
            return parseInitial(parser, signature, numParameters);
          }))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("hyper")) &&
      parser.parseCommaSeparatedList(
          OpAsmParser::Delimiter::Paren, [&]() -> ParseResult {
            if (signature.parseArgument(parser) ||
                parseEqual(parser, "expects a default of the hyper-parameter, "
                                   "as in `= 0.1`"))
              return failure();
            FailureOr<Real> value = matrix::parseReal(parser);
            if (failed(value))
              return failure();
            signature.defaults.push_back(*value);
            return success();
          }))
    return failure();

  SmallVector<Type> types;
  SmallVector<StringRef> names;
  for (auto [argument, text] :
       llvm::zip(signature.arguments, signature.names)) {
    types.push_back(argument.type);
    names.push_back(cast<StringAttr>(text));
  }
  if (failed(verifyTypes(
          types, names, numParameters, signature.initials, [&](unsigned i) {
            return parser.emitError(signature.arguments[i].ssaName.location);
          })))
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
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parseClause(parser, /*required=*/"", "state hyper"))
    return failure();
  Region &body = *result.addRegion();
  if (parser.parseRegion(body, signature.arguments))
    return failure();
  if (body.front().empty() || !isa<UpdateOp>(body.front().back()))
    return parser.emitError(parser.getNameLoc())
           << "expects steepest.update as the last operation of @"
           << name.getValue() << ", got "
           << (body.front().empty()
                   ? "none"
                   : body.front().back().getName().getStringRef());
  return success();
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
      SmallVector<Type> parameters;
      for (unsigned k = 0; k < getNumParameters(); ++k)
        parameters.push_back(getParameter(k).getType());
      bool isWhole = initial.getShape() == StateShape::Whole;
      if (initial.getKind() != InitialKind::Parameter &&
          (!isWhole || isAmbiguous(getState(i).getType(), parameters)))
        printer << " like " << getParameter(initial.getParameter());
      if (!isWhole)
        printer << " by " << stringifyStateShape(initial.getShape());
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
  if (index >= getNumTensors())
    return index;
  // A state says whose extents it has; a scalar has none.
  unsigned like = 2 * getInitial(index - parameters).getParameter();
  if (getInitial(index - parameters).getShape() != StateShape::Whole)
    return like;
  bool hasExtents =
      like < parameters && isLike(type, getBody().getArgument(like).getType());
  return hasExtents ? like : index;
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

  SmallVector<StringRef> names;
  for (Attribute name : getArgumentNames())
    names.push_back(cast<StringAttr>(name));
  auto emitErrorAt = [&](unsigned i) {
    return mlir::emitError(block.getArgument(i).getLoc());
  };
  if (failed(verifyTypes(block.getArgumentTypes(), names, getNumParameters(),
                         getInitials().getValue(), emitErrorAt)))
    return failure();

  for (unsigned i = 1; i < parameters; i += 2)
    if (block.getArgument(i).use_empty()) // C4
      return emitErrorAt(i) << "gradient '" << names[i] << "' is never used";
  for (unsigned i = tensors; i < expected; ++i)
    if (block.getArgument(i).use_empty()) // C4
      return emitErrorAt(i)
             << "hyper-parameter '" << names[i] << "' is never used";
  WalkResult nested = walk([&](Operation *op) {
    if (!isa<DirectionOp, DirectionsOp>(op) || op->getParentOp() == *this)
      return WalkResult::advance();
    InFlightDiagnostic error =
        op->emitOpError() << "expects to stand in the body of the optimizer, "
                             "got one inside of '"
                          << op->getParentOp()->getName() << "'"; // C7
    error.attachNote() << "every direction has a certificate in every step; "
                          "choose among results by arith.select";
    return WalkResult::interrupt();
  });
  return failure(nested.wasInterrupted());
}
