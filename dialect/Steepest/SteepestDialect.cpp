//===- SteepestDialect.cpp - registration ---------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace steepest;

#include "dialect/Steepest/SteepestDialect.cpp.inc"

#include "dialect/Steepest/SteepestEnums.cpp.inc"

#include "dialect/Steepest/SteepestInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Steepest/SteepestAttrs.cpp.inc"

void SteepestDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/Steepest/SteepestAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/Steepest/SteepestOps.cpp.inc"
      >();
  // The mathematics lives in lib/Models.
  declarePromisedInterfaces<
      NormModelAttrInterface, L1Attr, L2Attr, LpAttr, LinfAttr, FrobeniusAttr,
      RmsAttr, SpectralAttr, RmsToRmsAttr, NuclearAttr, SchattenAttr,
      ColumnsAttr, RowsAttr, WeightedL2Attr, ScaledAttr, KyFanAttr,
      KyFanDualAttr, SpectralFrobeniusAttr, LinfL2Attr, MaxColumnsAttr,
      MaxRowsAttr, OperatorAttr, BlocksAttr, SmoothedSpectralAttr,
      TransportedAttr>();
  declarePromisedInterfaces<
      ManifoldModelAttrInterface, SphereAttr, ObliqueColumnsAttr,
      ObliqueRowsAttr, OrthogonalAttr, StiefelAttr, NormSphereAttr,
      NormBallAttr, GrassmannAttr, GramDiagonalAttr, ZeroRowSumsAttr,
      ZeroColumnSumsAttr, SymmetricAttr, SkewSymmetricAttr, FixedTraceAttr>();
}

//===----------------------------------------------------------------------===//
// Syntax of attributes
//===----------------------------------------------------------------------===//

/// The names of those attributes that implement an interface.
template <template <typename> class Trait, typename... Attributes>
static SmallVector<StringRef> namesOf() {
  SmallVector<StringRef> names;
  (..., (std::is_base_of_v<Trait<Attributes>, Attributes>
             ? names.push_back(Attributes::getMnemonic())
             : void()));
  return names;
}

static SmallVector<StringRef> getNormNames() {
  return namesOf<NormAttrInterface::Trait,
#define GET_ATTRDEF_LIST
#include "dialect/Steepest/SteepestAttrs.cpp.inc"
                 >();
}

static SmallVector<StringRef> getManifoldNames() {
  return namesOf<ManifoldAttrInterface::Trait,
#define GET_ATTRDEF_LIST
#include "dialect/Steepest/SteepestAttrs.cpp.inc"
                 >();
}

/// What the attributes with named parameters call them; the generated parsers
/// say only which one they do not know.
static StringRef getParameterNames(StringRef attribute) {
  return llvm::StringSwitch<StringRef>(attribute)
      .Case("scaled", "norm, radius, rows, cols, max, min")
      .Case("operator", "from, to")
      .Case("blocks", "norm, rows, cols")
      .Case("transported", "norm, left, right")
      .Cases({"sphere", "oblique_columns", "oblique_rows"}, "radius")
      .Cases({"norm_sphere", "norm_ball"}, "norm, radius")
      .Case("fixed_trace", "trace")
      .Case("band", "lowest, error")
      .Default("");
}

Attribute SteepestDialect::parseAttribute(DialectAsmParser &parser,
                                          Type type) const {
  SMLoc loc = parser.getCurrentLocation();
  StringRef spelt =
      parser.getFullSymbolSpec().take_until([](char c) { return c == '<'; });
  ScopedDiagnosticHandler addKnown(getContext(), [&](Diagnostic &error) {
    StringRef known = getParameterNames(spelt);
    std::string message = error.str();
    StringRef text(message);
    if (!known.empty() && error.getNotes().empty() &&
        (text.contains("unknown struct parameter name") ||
         text.contains("expected a parameter name")))
      error.attachNote() << "parameters of " << spelt << ": " << known;
    return failure(); // reported by the one before
  });
  StringRef name;
  Attribute attribute;
  if (generatedAttributeParser(parser, &name, type, attribute).has_value())
    return attribute;
  InFlightDiagnostic error = parser.emitError(loc);
  error << "expects an attribute of the steepest dialect, got '" << name << "'";
  auto list = [&](StringRef family, ArrayRef<StringRef> known) {
    Diagnostic &note = error.attachNote();
    note << family << ": ";
    llvm::interleaveComma(known, note);
  };
  list("norms", getNormNames());
  list("manifolds", getManifoldNames());
  return {};
}

void SteepestDialect::printAttribute(Attribute attribute,
                                     DialectAsmPrinter &printer) const {
  (void)generatedAttributePrinter(attribute, printer);
}

//===----------------------------------------------------------------------===//
// Rules of attributes
//===----------------------------------------------------------------------===//

LogicalResult GapAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              matrix::Real gap) {
  if (!(gap > 0 && gap < 1))
    return emitError() << "expects a gap in (0, 1), got "
                       << matrix::printReal(gap);
  return success();
}

LogicalResult
PolynomialAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       llvm::StringRef, unsigned, matrix::Real rounding) {
  if (!(rounding >= 0 && rounding < 1))
    return emitError() << "expects 0 <= rounding < 1, got "
                       << matrix::printReal(rounding);
  return success();
}

LogicalResult ExactAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                matrix::Real lowest) {
  return matrix::ExactAttr::verify(emitError, lowest);
}

LogicalResult BandAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               matrix::Real lowest, matrix::Real error) {
  return matrix::BandAttr::verify(emitError, lowest, error);
}
