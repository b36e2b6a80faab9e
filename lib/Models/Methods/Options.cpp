//===- Options.cpp - what `#steepest.method` may set ----------------------===//

#include "lib/Models/Methods/Options.h"

using namespace mlir;
using namespace steepest;

static constexpr double defaultGap = 1e-3;
static constexpr double exactGap = 1e-6;

double steepest::getGapGoal(DirectionOp op) {
  Attribute accuracy = op.getAccuracyAttr();
  if (auto gap = dyn_cast_or_null<GapAttr>(accuracy))
    return gap.getGap();
  if (auto band = dyn_cast_or_null<BandAttr>(accuracy))
    return band.getError();
  return isa_and_nonnull<ExactAttr>(accuracy) ? exactGap : defaultGap;
}

Options::Options(DirectionOp op, const DirectionMethod &method) : op(op) {
  FailureOr<DictionaryAttr> found = getMethodOptions(op, method);
  valid = succeeded(found);
  options = valid ? *found : DictionaryAttr::get(op.getContext());
}

void Options::refuse(StringRef name, const Twine &expected) {
  valid = false;
  std::string found;
  llvm::raw_string_ostream os(found);
  options.get(name).print(os, /*elideType=*/true);
  op.emitOpError() << "expects the option \"" << name << "\" to be " << expected
                   << ", got " << found;
}

std::optional<double> Options::getNumber(StringRef name) {
  Attribute value = options.get(name);
  if (auto number = dyn_cast_or_null<FloatAttr>(value))
    return number.getValueAsDouble();
  if (auto number = dyn_cast_or_null<IntegerAttr>(value))
    if (!number.getType().isInteger(1))
      return static_cast<double>(number.getInt());
  return std::nullopt;
}

double Options::getPositive(StringRef name, double otherwise) {
  if (!options.contains(name))
    return otherwise;
  std::optional<double> number = getNumber(name);
  if (number && *number > 0 && *number < 1e300)
    return *number;
  refuse(name, "a positive number");
  return otherwise;
}

double Options::getFraction(StringRef name, double otherwise) {
  if (!options.contains(name))
    return otherwise;
  std::optional<double> number = getNumber(name);
  if (number && *number >= 0 && *number < 1)
    return *number;
  refuse(name, "a number from 0 to below 1");
  return otherwise;
}

int64_t Options::getCount(StringRef name, int64_t otherwise, int64_t least,
                          int64_t most) {
  if (!options.contains(name))
    return otherwise;
  std::optional<double> number = getNumber(name);
  if (number && isa<IntegerAttr>(options.get(name)) && *number >= least &&
      *number <= most)
    return static_cast<int64_t>(*number);
  refuse(name, "an integer from " + Twine(least) + " to " + Twine(most));
  return otherwise;
}

bool Options::getFlag(StringRef name, bool otherwise) {
  if (!options.contains(name))
    return otherwise;
  if (auto flag = dyn_cast<BoolAttr>(options.get(name)))
    return flag.getValue();
  refuse(name, "true or false");
  return otherwise;
}

StringRef Options::getWord(StringRef name, ArrayRef<StringRef> words) {
  if (!options.contains(name))
    return words.front();
  if (auto word = dyn_cast<StringAttr>(options.get(name)))
    if (llvm::is_contained(words, word.getValue()))
      return word.getValue();
  refuse(name, "one of \"" + llvm::join(words, "\", \"") + "\"");
  return words.front();
}
