//===- SteepestDialect.cpp - registration ---------------------------------===//

#include "dialect/Steepest/Spelling.h"
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

/// A number of things that is a parameter of an attribute.
static FailureOr<unsigned> parseCount(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t value;
  OptionalParseResult result = parser.parseOptionalInteger(value);
  if (!result.has_value())
    return parser.emitError(loc) << "expects a whole number";
  if (failed(*result))
    return failure();
  if (value < 0 || value > std::numeric_limits<unsigned>::max())
    return parser.emitError(loc)
           << "expects a whole number from 0 to "
           << std::numeric_limits<unsigned>::max() << ", got " << value;
  return static_cast<unsigned>(value);
}

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
  declarePromisedInterfaces<PartsNormModelAttrInterface, L1Attr, LpAttr,
                            LinfL2Attr>();
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

template <typename... Attributes> static SmallVector<StringRef> namesOfAll() {
  return {Attributes::getMnemonic()...};
}

static SmallVector<StringRef> getAllNames() {
  return namesOfAll<
#define GET_ATTRDEF_LIST
#include "dialect/Steepest/SteepestAttrs.cpp.inc"
      >();
}

/// What the attributes with named parameters call them, and how those without
/// names are written; the generated parsers say only what they did not expect.
static StringRef getSpelling(StringRef attribute) {
  return llvm::StringSwitch<StringRef>(attribute)
      .Case("scaled", "parameters of scaled: norm, radius, rows, cols, max, "
                      "min")
      .Case("operator", "parameters of operator: from, to")
      .Case("blocks", "parameters of blocks: norm, rows, cols")
      .Case("transported", "parameters of transported: norm, left, right")
      .Case("sphere", "parameters of sphere: radius")
      .Case("oblique_columns", "parameters of oblique_columns: radius")
      .Case("oblique_rows", "parameters of oblique_rows: radius")
      .Case("norm_sphere", "parameters of norm_sphere: norm, radius")
      .Case("norm_ball", "parameters of norm_ball: norm, radius")
      .Case("fixed_trace", "parameters of fixed_trace: trace")
      .Case("band", "parameters of band: lowest, error")
      .Case("lp", "written as in #steepest.lp<3.0>")
      .Case("schatten", "written as in #steepest.schatten<4.0>")
      .Case("ky_fan", "written as in #steepest.ky_fan<2>")
      .Case("ky_fan_dual", "written as in #steepest.ky_fan_dual<2>")
      .Case("spectral_frobenius",
            "written as in #steepest.spectral_frobenius<2.0>")
      .Case("linf_l2", "written as in #steepest.linf_l2<2.0>")
      .Case("smoothed_spectral",
            "written as in #steepest.smoothed_spectral<0.1>")
      .Case("max_columns", "written as in #steepest.max_columns<#steepest.l1>")
      .Case("max_rows", "written as in #steepest.max_rows<#steepest.l1>")
      .Case("gap", "written as in #steepest.gap<0.01>")
      .Case("polynomial",
            "written as in #steepest.polynomial<\"muon\", steps = 5>")
      .Default("");
}

/// Whether an error is about how something is written, and not what it means.
static bool isAboutSyntax(StringRef error) {
  return error.starts_with("expected ") ||
         error.contains("unknown struct parameter name") ||
         error.starts_with("expects a number") ||
         error.starts_with("expects a whole number");
}

Attribute SteepestDialect::parseAttribute(DialectAsmParser &parser,
                                          Type type) const {
  SMLoc loc = parser.getCurrentLocation();
  StringRef symbol = parser.getFullSymbolSpec();
  StringRef spelt = symbol.take_until([](char c) { return c == '<'; });
  // The first error says what is wrong, and how the attribute is written; what
  // the generated parser adds about C++ types helps nobody.
  bool isFirst = true;
  ScopedDiagnosticHandler addSpelling(getContext(), [&](Diagnostic &error) {
    if (!isFirst)
      return success();
    isFirst = false;
    StringRef spelling = getSpelling(spelt);
    if (!spelling.empty() && error.getNotes().empty() &&
        isAboutSyntax(error.str()))
      error.attachNote() << spelling;
    return failure(); // reported by the one before
  });
  StringRef name;
  Attribute attribute;
  if (generatedAttributeParser(parser, &name, type, attribute).has_value()) {
    // MLIR goes on behind the brackets, whatever a parser has left in them.
    SMLoc end = parser.getCurrentLocation();
    if (!attribute || end.getPointer() >= symbol.end())
      return attribute;
    parser.emitError(end) << "expects no parameters of '" << spelt << "', got "
                          << StringRef(end.getPointer(),
                                       symbol.end() - end.getPointer());
    return {};
  }
  InFlightDiagnostic error = parser.emitError(loc);
  error << "expects an attribute of the steepest dialect, got '" << name << "'";
  if (StringRef nearest = getNearest(name, getAllNames()); !nearest.empty())
    error.attachNote() << "did you mean '" << nearest << "'?";
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
  return matrix::BandAttr::verify(emitError, lowest, error, /*gap=*/0.0);
}
