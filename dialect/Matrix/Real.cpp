//===- Real.cpp - a real number as an attribute parameter -----------------===//

#include "dialect/Matrix/Real.h"
#include <charconv>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace steepest::matrix;

std::string steepest::matrix::printReal(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  // MLIR's grammar wants a point in every float.
  if (text.find('.') == std::string::npos) {
    size_t exponent = text.find('e');
    text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
  }
  return text;
}

FailureOr<Real> steepest::matrix::parseReal(AsmParser &parser) {
  bool negative = succeeded(parser.parseOptionalMinus());
  double sign = negative ? -1 : 1;
  if (succeeded(parser.parseOptionalKeyword("inf")))
    return Real(sign * std::numeric_limits<double>::infinity());
  if (succeeded(parser.parseOptionalKeyword("nan")))
    return Real(std::numeric_limits<double>::quiet_NaN());
  int64_t integer;
  OptionalParseResult asInteger = parser.parseOptionalInteger(integer);
  if (asInteger.has_value()) {
    if (failed(*asInteger))
      return failure();
    return Real(sign * static_cast<double>(integer));
  }
  SMLoc loc = parser.getCurrentLocation();
  if (!llvm::isDigit(*loc.getPointer()))
    return parser.emitError(loc) << "expects a number";
  double value;
  if (parser.parseFloat(value))
    return failure();
  return Real(sign * value);
}

AsmPrinter &steepest::matrix::operator<<(AsmPrinter &printer, Reals reals) {
  printer << '[';
  llvm::interleaveComma(reals.asArrayRef(), printer,
                        [&](double value) { printer << printReal(value); });
  return printer << ']';
}

FailureOr<Reals> steepest::matrix::parseReals(AsmParser &parser) {
  SmallVector<double> values;
  auto parseOne = [&]() -> ParseResult {
    FailureOr<Real> value = parseReal(parser);
    if (failed(value))
      return failure();
    values.push_back(*value);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  return Reals(DenseF64ArrayAttr::get(parser.getContext(), values));
}
