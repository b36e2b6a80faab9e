//===- Real.cpp - a real number as an attribute parameter -----------------===//

#include "dialect/Matrix/Real.h"
#include "dialect/Matrix/Exponent.h"
#include "llvm/ADT/StringExtras.h"
#include <charconv>
#include <cmath>
#include <cstring>
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

/// The number at the start of `text` where it has an exponent and no point;
/// empty for all other text.
static StringRef findPointless(StringRef text) {
  StringRef rest = text.drop_while(llvm::isDigit);
  if (rest.size() == text.size())
    return {};
  if (!rest.consume_front("e") && !rest.consume_front("E"))
    return {};
  if (!rest.consume_front("-"))
    rest.consume_front("+");
  StringRef end = rest.drop_while(llvm::isDigit);
  if (end.size() == rest.size())
    return {};
  return text.drop_back(end.size());
}

ParseResult steepest::matrix::checkPoint(AsmParser &parser) {
  const char *begin = parser.getCurrentLocation().getPointer();
  StringRef text(begin, std::strspn(begin, "0123456789eE+-"));
  bool negative = text.consume_front("-");
  StringRef found = findPointless(text);
  if (found.empty())
    return success();
  StringRef sign = negative ? "-" : "";
  size_t exponent = found.find_first_of("eE");
  return parser.emitError(parser.getCurrentLocation())
         << "expects a point in a number with an exponent, " << sign
         << found.take_front(exponent) << ".0" << found.drop_front(exponent)
         << ", got " << sign << found;
}

FailureOr<Real> steepest::matrix::parseReal(AsmParser &parser) {
  if (failed(checkPoint(parser)))
    return failure();
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
