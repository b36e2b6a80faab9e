//===- Explain.cpp - what was chosen and why ------------------------------===//

#include "lib/Driver/Explain.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace steepest;

namespace {
class Collector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Collector(std::shared_ptr<std::vector<RemarkRecord>> records)
      : records(std::move(records)) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    RemarkRecord record{remark.getRemarkTypeString().str(),
                        remark.getCategoryName().str(),
                        remark.getFunction().str(),
                        remark.getRemarkName().str(),
                        {}};
    for (const auto &argument : remark.getArgs())
      record.arguments.emplace_back(argument.key, argument.val);
    records->push_back(std::move(record));
  }

private:
  std::shared_ptr<std::vector<RemarkRecord>> records;
};
} // namespace

Explanation::Explanation(MLIRContext &context)
    : records(std::make_shared<std::vector<RemarkRecord>>()) {
  remark::RemarkCategories all;
  // `all` alone widens what the others ask for, which is nothing.
  all.passed = all.missed = all.analysis = all.failed = ".*";
  // Fails only for a bad expression.
  (void)remark::enableOptimizationRemarks(
      context, std::make_unique<Collector>(records),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
}

/// "PolynomialSteps" as "polynomial steps".
static std::string wordsOf(StringRef name) {
  std::string words;
  for (char c : name) {
    if (llvm::isUpper(c) && !words.empty())
      words += ' ';
    words += llvm::toLower(c);
  }
  return words;
}

/// A solver makes dozens of passes; the first few show what they are like.
static constexpr unsigned longestRun = 4;

std::string Explanation::textFor(StringRef optimizer) const {
  std::string text = describe("optimizer @" + optimizer.str(), optimizer);
  // Versions for given shapes are called NAME__768x3072.
  std::vector<std::string> versions;
  for (const RemarkRecord &record : *records)
    if (record.name == "Version" &&
        StringRef(record.function).rsplit("__").first == optimizer &&
        !llvm::is_contained(versions, record.function))
      versions.push_back(record.function);
  for (const std::string &version : versions)
    text += describe("version @" + version, version);
  return text;
}

std::string Explanation::describe(StringRef title, StringRef optimizer) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << title << '\n';
  std::string phase, name;
  unsigned repeated = 0;
  auto endRun = [&] {
    if (repeated > longestRun)
      os << "  " << wordsOf(name) << ": " << repeated - longestRun << " more\n";
    repeated = 0;
  };
  for (const RemarkRecord &record : *records) {
    if (record.function != optimizer)
      continue;
    if (record.category != phase || record.name != name)
      endRun();
    name = record.name;
    if (record.category != phase) {
      phase = record.category;
      os << phase << ":\n";
    }
    if (record.kind == "Analysis" && ++repeated > longestRun)
      continue;
    os << "  " << wordsOf(record.name) << ": ";
    std::string sentences;
    bool first = true;
    for (const auto &[key, value] : record.arguments) {
      // Reasons and sentences stand on lines of their own.
      if (key == "Reason" || key == "Remark" || key == "Suggestion") {
        sentences += "      " + value + '\n';
        continue;
      }
      os << (first ? "" : ", ") << key << " = " << value;
      first = false;
    }
    os << '\n' << sentences;
  }
  endRun();
  return text;
}
