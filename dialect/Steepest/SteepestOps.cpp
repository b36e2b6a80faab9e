//===- SteepestOps.cpp - verifiers of the language's operations -----------===//

#include "dialect/Steepest/Steepest.h"

using namespace mlir;
using namespace steepest;

/// The point and the weights of a direction have its type, which is written
/// once.
static ParseResult
parseSameTypes(OpAsmParser &parser,
               const std::optional<OpAsmParser::UnresolvedOperand> &point,
               Type &pointType,
               ArrayRef<OpAsmParser::UnresolvedOperand> operands,
               SmallVectorImpl<Type> &operandTypes, Type resultType) {
  if (point)
    pointType = resultType;
  operandTypes.assign(operands.size(), resultType);
  return success();
}

static void printSameTypes(OpAsmPrinter &, Operation *, Value, Type,
                           OperandRange, TypeRange, Type) {}

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
  for (Type operand : getNormOperands().getTypes())
    if (operand != type)
      return emitOpError() << "expects norm operands of type " << type
                           << ", got " << operand;
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
  if (Attribute method = getMethodAttr()) { // C4
    if (!isa<StringAttr, PolynomialAttr>(method))
      return emitOpError() << "expects a name or #steepest.polynomial as "
                              "method, got "
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
