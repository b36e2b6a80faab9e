//===- SourceLines.cpp - lines of CUDA C++ --------------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include <limits>
#include <utility>

using namespace mlir;
using namespace steepest;

static constexpr size_t lineLength = 80;

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

/// Where a line that is too long is broken best: behind the last comma or
/// before the last operator that fits, as much on the outside as it can be.
static size_t findBreak(StringRef text, size_t begin, size_t limit) {
  size_t best = StringRef::npos;
  int depth = 0, least = std::numeric_limits<int>::max();
  for (size_t i = begin; i < std::min(limit, text.size()); ++i) {
    if (text[i] == '(' || text[i] == '{')
      ++depth;
    else if (text[i] == ')' || text[i] == '}')
      --depth;
    else if (text[i] == ' ' && i > (begin + limit) / 2 && depth <= least) {
      best = i;
      least = depth;
    }
  }
  return best;
}

void SourcePrinter::line(const Twine &text) {
  std::string whole = text.str();
  if (!whole.empty())
    whole.insert(0, 2 * indent, ' ');
  bool isComment = StringRef(whole).ltrim().starts_with("//");
  // What follows is indented more, and a comment is one on each line.
  std::string next(2 * indent + (isComment ? 0 : 4), ' ');
  if (isComment)
    next += "//     ";
  size_t begin = 2 * indent;
  while (whole.size() > lineLength) {
    size_t at = findBreak(whole, begin, lineLength);
    if (at == StringRef::npos)
      break;
    write(StringRef(whole).take_front(at).str() + '\n');
    whole = next + whole.substr(at + 1);
    begin = next.size();
  }
  write(whole + '\n');
}

void SourcePrinter::write(StringRef lines) {
  if (collected)
    *collected += lines;
  else
    os << lines;
}

void SourcePrinter::open(const Twine &text) {
  line(text);
  ++indent;
}

void SourcePrinter::close(const Twine &text) {
  --indent;
  line(text);
}

std::string SourcePrinter::collect(llvm::function_ref<void()> print) {
  std::string lines;
  std::string *before = std::exchange(collected, &lines);
  print();
  collected = before;
  return lines;
}

//===----------------------------------------------------------------------===//
// Assignments
//===----------------------------------------------------------------------===//

static bool mentions(StringRef text, StringRef name) {
  for (size_t at = text.find(name); at != StringRef::npos;
       at = text.find(name, at + 1)) {
    auto isPart = [&](size_t i) {
      return i < text.size() && isOfName(text[i]);
    };
    if (!(at && isPart(at - 1)) && !isPart(at + name.size()))
      return true;
  }
  return false;
}

void SourcePrinter::assign(ArrayRef<std::string> variables, ValueRange values) {
  SmallVector<std::string> texts;
  for (Value value : values)
    texts.push_back(use(value).text);
  SmallVector<std::string> later;
  for (size_t number = 0; number < variables.size(); ++number) {
    const std::string &variable = variables[number], &text = texts[number];
    if (text == variable)
      continue;
    bool isRead = llvm::any_of(
        ArrayRef(texts).drop_front(number + 1),
        [&](const std::string &other) { return mentions(other, variable); });
    if (!isRead) {
      line(variable + " = " + text + ";");
      continue;
    }
    std::string next = makeName("next_" + variable);
    Value value = values[number];
    define(getType(value.getType(), value.getLoc()), next, text);
    later.push_back(variable + " = " + next + ";");
  }
  for (const std::string &assignment : later)
    line(assignment);
}
