//===- Spelling.cpp - what may be written, and what was meant -------------===//

#include "dialect/Steepest/Spelling.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace mlir;
using namespace steepest;

StringRef steepest::getNearest(StringRef unknown, ArrayRef<StringRef> known) {
  StringRef nearest;
  unsigned least = std::max<size_t>(1, unknown.size() / 3) + 1;
  for (StringRef name : known) {
    // Letters in another order are one slip, not two.
    bool isReordered =
        unknown.size() == name.size() &&
        std::is_permutation(unknown.begin(), unknown.end(), name.begin());
    unsigned distance = isReordered ? 1 : unknown.edit_distance(name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/// The word where the parser stands; empty if there is none.
static StringRef peekWord(OpAsmParser &parser) {
  const char *begin = parser.getCurrentLocation().getPointer();
  if (!llvm::isAlpha(*begin) && *begin != '_')
    return {};
  const char *end = begin + 1; // the text ends in a zero
  while (llvm::isAlnum(*end) || *end == '_')
    ++end;
  return {begin, static_cast<size_t>(end - begin)};
}

ParseResult steepest::parseClause(OpAsmParser &parser, StringRef required,
                                  StringRef clauses, StringRef advice) {
  StringRef word = peekWord(parser);
  if (word == required)
    return success();
  SmallVector<StringRef> known;
  clauses.split(known, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  InFlightDiagnostic error = parser.emitError(parser.getCurrentLocation());
  bool isMissing = word.empty();
  if (isMissing)
    error << "expects the clause `" << required << "`, got '"
          << StringRef(parser.getCurrentLocation().getPointer(), 1) << "'";
  else if (known.empty())
    error << "expects no clause, got '" << word << "'";
  else if (llvm::is_contained(known, word))
    error << "expects each clause once and in order, got '" << word << "'";
  else
    error << "expects a clause, got '" << word << "'";
  SmallVector<StringRef> candidates; // the first of equally near ones is taken
  if (!required.empty())
    candidates.push_back(required);
  candidates.append(known);
  if (StringRef nearest = getNearest(word, candidates);
      !nearest.empty() && nearest != word)
    error.attachNote() << "did you mean '" << nearest << "'?";
  if (!advice.empty() && (isMissing || known.empty()))
    error.attachNote() << advice;
  if (!known.empty()) {
    Diagnostic &note = error.attachNote();
    note << "clauses, in order: ";
    llvm::interleaveComma(known, note);
  }
  return failure();
}
