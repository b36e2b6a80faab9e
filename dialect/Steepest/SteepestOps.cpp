//===- SteepestOps.cpp - verifiers of the language's operations -----------===//

#include "dialect/Matrix/Exponent.h"
#include "dialect/Steepest/Spelling.h"
#include "dialect/Steepest/Steepest.h"
#include <cmath>

using namespace mlir;
using namespace steepest;

/// The point, the normals and the operands of a direction have its type, which
/// is written once; operands of other types are listed.
static ParseResult
parseSameTypes(OpAsmParser &parser,
               const std::optional<OpAsmParser::UnresolvedOperand> &point,
               Type &pointType,
               const std::optional<OpAsmParser::UnresolvedOperand> &normal,
               Type &normalType, Type &newNormalType,
               ArrayRef<OpAsmParser::UnresolvedOperand> operands,
               SmallVectorImpl<Type> &operandTypes, Type resultType) {
  if (point)
    pointType = resultType;
  if (normal)
    normalType = newNormalType = resultType;
  if (operands.empty() || failed(parser.parseOptionalKeyword("operands"))) {
    operandTypes.assign(operands.size(), resultType);
    return success();
  }
  return failure(parser.parseLParen() || parser.parseTypeList(operandTypes) ||
                 parser.parseRParen());
}

static void printSameTypes(OpAsmPrinter &printer, Operation *, Value, Type,
                           Value, Type, Type, OperandRange,
                           TypeRange operandTypes, Type resultType) {
  if (llvm::all_of(operandTypes, [&](Type type) { return type == resultType; }))
    return;
  printer << " operands(" << operandTypes << ")";
}

/// Inputs and points have the types of the results.
static ParseResult
parseLayerTypes(OpAsmParser &parser,
                ArrayRef<OpAsmParser::UnresolvedOperand> inputs,
                SmallVectorImpl<Type> &inputTypes,
                ArrayRef<OpAsmParser::UnresolvedOperand> points,
                SmallVectorImpl<Type> &pointTypes, TypeRange resultTypes) {
  llvm::append_range(inputTypes, resultTypes);
  if (!points.empty())
    llvm::append_range(pointTypes, resultTypes);
  return success();
}

static void printLayerTypes(OpAsmPrinter &, Operation *, OperandRange,
                            TypeRange, OperandRange, TypeRange, TypeRange) {}

/// Clauses are checked and not read: nothing is printed.
template <typename... Words>
static void printClause(OpAsmPrinter &, Operation *, Words...) {}

/// A float64, with a word on how it is written.
static ParseResult parseNumber(OpAsmParser &parser, FloatAttr &attribute) {
  if (failed(matrix::checkPoint(parser)))
    return failure();
  return parser.parseAttribute(attribute, parser.getBuilder().getF64Type());
}

static void printNumber(OpAsmPrinter &printer, Operation *,
                        FloatAttr attribute) {
  printer.printAttributeWithoutType(attribute);
}

#define GET_OP_CLASSES
#include "dialect/Steepest/SteepestOps.cpp.inc"

/// Checks that `attribute` belongs to the family of attributes that implement
/// `Interface` or promise to.
template <typename Interface>
static LogicalResult expectMember(Operation *op, StringRef family,
                                  Attribute attribute) {
  if (attribute.hasPromiseOrImplementsInterface<Interface>())
    return success();
  InFlightDiagnostic error = op->emitOpError()
                             << "expects a " << family << ", got " << attribute;
  if (auto opaque = dyn_cast<OpaqueAttr>(attribute))
    error.attachNote() << "load the plugin that defines the dialect '"
                       << opaque.getDialectNamespace().getValue() << "'";
  return error;
}

/// The distance from 1 to the next number of a type.
static double getRounding(Type element) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(element).getFloatSemantics();
  return std::ldexp(1.0, 1 - int(llvm::APFloat::semanticsPrecision(semantics)));
}

LogicalResult DirectionOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (failed(expectMember<NormAttrInterface>(*this, "norm", getNorm()))) // C2
    return failure();
  if (getManifold() && failed(expectMember<ManifoldAttrInterface>(
                           *this, "manifold", *getManifold()))) // C3
    return failure();
  if (getManifold() && !getPoint()) { // C1
    InFlightDiagnostic error = emitOpError()
                               << "expects a point for the manifold "
                               << *getManifold() << ", got none";
    error.attachNote() << "say where the weights are: `at %w`";
    return error;
  }
  if (getPoint() && !getManifold()) { // C1
    InFlightDiagnostic error = emitOpError()
                               << "expects a manifold for the point, got none";
    error.attachNote() << "add `on(#steepest...)`, or drop `at`";
    return error;
  }
  if (getNormal() && !getManifold()) { // C5
    InFlightDiagnostic error = emitOpError()
                               << "expects a manifold for `from`, got none";
    error.attachNote() << "without a manifold there is no multiplier to keep";
    return error;
  }
  if (bool(getNormal()) != bool(getNewNormal())) // C5
    return emitOpError() << "expects `from` and a second result together, got "
                         << (getNormal() ? "`from`" : "the result") << " alone";
  auto emitError = [&] { return emitOpError(); };
  if (auto norm = dyn_cast<NormAttrInterface>(getNorm()))
    if (failed(norm.verifyNorm(emitError, type,
                               getNormOperands().getTypes()))) // C2
      return failure();
  if (getManifold())
    if (auto manifold = dyn_cast<ManifoldAttrInterface>(*getManifold()))
      if (failed(manifold.verifyManifold(emitError, type))) // C3
        return failure();
  if (Attribute accuracy = getAccuracyAttr())
    if (!isa<GapAttr, BandAttr, ExactAttr>(accuracy)) // C4
      return emitOpError()
             << "expects #steepest.gap, #steepest.band or #steepest.exact as "
                "accuracy, got "
             << accuracy;
  auto expectAttainable = [&](StringRef what, double asked) -> LogicalResult {
    Type element = type.getElementType();
    double least = getRounding(element);
    if (asked >= least)
      return success();
    InFlightDiagnostic error = emitOpError();
    error << "expects " << what << " of at least the rounding of " << element
          << ", " << matrix::printReal(least) << ", got "
          << matrix::printReal(asked);
    error.attachNote() << "no direction in " << element
                       << " attains more; #steepest.exact asks for all there "
                          "is";
    return error;
  };
  if (auto gap = dyn_cast_or_null<GapAttr>(getAccuracyAttr())) // C4
    if (failed(expectAttainable("a gap", gap.getGap())))
      return failure();
  if (auto band = dyn_cast_or_null<BandAttr>(getAccuracyAttr())) // C4
    if (failed(expectAttainable("an error", band.getError())))
      return failure();
  if (Attribute method = getMethodAttr()) { // C4
    if (!isa<StringAttr, PolynomialAttr, MethodAttr>(method))
      return emitOpError() << "expects a name, #steepest.method or "
                              "#steepest.polynomial as method, got "
                           << method;
    if (isa<PolynomialAttr>(method) && getAccuracyAttr())
      return emitOpError() << "expects either polynomial steps or an accuracy, "
                              "got both";
  }
  return success();
}

LogicalResult RetractOp::verify() {
  auto type = cast<RankedTensorType>(getResult().getType());
  if (failed(expectMember<ManifoldAttrInterface>(*this, "manifold",
                                                 getManifold()))) // C1
    return failure();
  auto manifold = dyn_cast<ManifoldAttrInterface>(getManifold());
  if (!manifold)
    return success(); // only promised
  if (failed(manifold.verifyManifold([&] { return emitOpError(); }, type)))
    return failure();
  if (!getRetraction() ||
      llvm::is_contained(manifold.getRetractions(), *getRetraction()))
    return success();
  InFlightDiagnostic error = emitOpError()
                             << "expects a retraction of " << getManifold()
                             << ", got \"" << *getRetraction() << "\"";
  Diagnostic &note = error.attachNote();
  note << "known: ";
  llvm::interleaveComma(manifold.getRetractions(), note);
  return error;
}

/// A direction alone is numbered; with its multiplier both are named.
void DirectionOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (!getNewNormal())
    return;
  setName(getResult(), "phi");
  setName(getNewNormal(), "nu");
}

StringRef DirectionOp::getMethodName() {
  Attribute method = getMethodAttr();
  if (auto name = dyn_cast_or_null<StringAttr>(method))
    return name;
  if (auto withOptions = dyn_cast_or_null<MethodAttr>(method))
    return withOptions.getName();
  return {};
}

//===----------------------------------------------------------------------===//
// Directions of several parameters
//===----------------------------------------------------------------------===//

LogicalResult DirectionsOp::verify() {
  size_t layers = getInputs().size();
  if (layers == 0) // C4
    return emitOpError() << "expects at least one input, got none";
  if (getResults().size() != layers)
    return emitOpError() << "expects " << layers << " results, got "
                         << getResults().size();
  if (getNorms().size() != layers) // C1
    return emitOpError() << "expects one norm for each of the " << layers
                         << " inputs, got " << getNorms().size();
  if (getScales()) {
    if (getScales()->size() != layers) // C1
      return emitOpError() << "expects one scale for each of the " << layers
                           << " inputs, got " << getScales()->size();
    for (auto scale : getScales()->getAsRange<FloatAttr>())
      if (!(scale.getValueAsDouble() > 0) ||
          std::isinf(scale.getValueAsDouble()))
        return emitOpError() << "expects finite scales > 0, got " << scale;
  }
  if (getPoints().empty() != !getManifolds()) // C2
    return emitOpError() << "expects points and manifolds together, got "
                         << (getManifolds() ? "manifolds" : "points")
                         << " alone";
  if (getManifolds() &&
      (getManifolds()->size() != layers || getPoints().size() != layers)) // C2
    return emitOpError() << "expects one point and one manifold for each of "
                            "the "
                         << layers << " inputs, got " << getPoints().size()
                         << " and " << getManifolds()->size();
  auto emitError = [&] { return emitOpError(); };
  for (size_t i = 0; i < layers; ++i) { // C3
    auto type = cast<RankedTensorType>(getResult(i).getType());
    if (getInputs()[i].getType() != type)
      return emitOpError() << "expects result " << i << " to have the type "
                           << getInputs()[i].getType() << " of its input, got "
                           << type;
    Attribute norm = getNorms()[i];
    if (failed(expectMember<NormAttrInterface>(*this, "norm", norm)))
      return failure();
    if (auto measured = dyn_cast<NormAttrInterface>(norm))
      if (failed(measured.verifyNorm(emitError, type, {})))
        return failure();
    Attribute manifold =
        getManifolds() ? (*getManifolds())[i] : Attribute(UnitAttr());
    if (!manifold || isa<UnitAttr>(manifold))
      continue;
    if (failed(
            expectMember<ManifoldAttrInterface>(*this, "manifold", manifold)))
      return failure();
    if (auto member = dyn_cast<ManifoldAttrInterface>(manifold))
      if (failed(member.verifyManifold(emitError, type)))
        return failure();
  }
  if (Attribute accuracy = getAccuracyAttr())
    if (!isa<GapAttr, BandAttr, ExactAttr>(accuracy))
      return emitOpError()
             << "expects #steepest.gap, #steepest.band or #steepest.exact as "
                "accuracy, got "
             << accuracy;
  return success();
}

//===----------------------------------------------------------------------===//
// Points and matrix functions
//===----------------------------------------------------------------------===//

LogicalResult NearestOp::verify() {
  if (failed(expectMember<ManifoldAttrInterface>(*this, "manifold",
                                                 getManifold()))) // C1
    return failure();
  auto manifold = dyn_cast<ManifoldAttrInterface>(getManifold());
  if (!manifold)
    return success(); // only promised
  return manifold.verifyManifold([&] { return emitOpError(); },
                                 cast<RankedTensorType>(getResult().getType()));
}

/// Checks that `type` may be a square matrix.
static LogicalResult expectSquare(Operation *op, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  if (tensor.getRank() < 2)
    return op->emitOpError() << "expects a square matrix, got " << type;
  int64_t rows = tensor.getDimSize(tensor.getRank() - 2);
  int64_t cols = tensor.getDimSize(tensor.getRank() - 1);
  if (ShapedType::isDynamic(rows) || ShapedType::isDynamic(cols) ||
      rows == cols)
    return success();
  return op->emitOpError() << "expects a square matrix, got " << type;
}

LogicalResult PowerOp::verify() {
  if (failed(expectSquare(*this, getInput().getType()))) // C1
    return failure();
  double exponent = getExponent().convertToDouble();
  double ridge = getRidge().convertToDouble();
  if (!std::isfinite(exponent)) // C2
    return emitOpError() << "expects a finite exponent, got "
                         << getExponentAttr();
  if (!(ridge >= 0 && ridge < 1)) // C2
    return emitOpError() << "expects 0 <= ridge < 1, got " << getRidgeAttr();
  if (exponent < 0 && ridge == 0) { // C2
    InFlightDiagnostic error = emitOpError()
                               << "expects ridge > 0 for the negative exponent "
                               << getExponentAttr() << ", got 0";
    error.attachNote() << "eigenvalues that are zero have no inverse";
    return error;
  }
  if (FloatAttr errorAttr = getErrorAttr()) { // C3
    double error = errorAttr.getValueAsDouble();
    if (!(error > 0 && error < 1))
      return emitOpError() << "expects 0 < error < 1, got " << errorAttr;
    if (!(exponent >= -0.5 && exponent < 0))
      return emitOpError() << "expects an exponent in [-1/2, 0) with an error, "
                              "got "
                           << getExponentAttr();
  }
  return success();
}

LogicalResult EigenbasisOp::verify() {
  return expectSquare(*this, getInput().getType()); // C1
}

LogicalResult ApplyOp::verify() {
  auto matrix = cast<RankedTensorType>(getMatrix().getType());
  auto vector = cast<RankedTensorType>(getVector().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  auto agree = [](int64_t a, int64_t b) {
    return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
  };
  unsigned summed = getTranspose() ? 0 : 1;
  if (!agree(matrix.getDimSize(summed), vector.getDimSize(0))) // C1
    return emitOpError() << "expects a vector of " << matrix.getDimSize(summed)
                         << " entries, got " << vector;
  if (!agree(matrix.getDimSize(1 - summed), result.getDimSize(0))) // C1
    return emitOpError() << "expects a result of "
                         << matrix.getDimSize(1 - summed) << " entries, got "
                         << result;
  for (RankedTensorType type : {vector, result})
    if (type.getElementType() != matrix.getElementType()) // C2
      return emitOpError() << "expects vectors of element type "
                           << matrix.getElementType() << ", got " << type;
  return success();
}
