//===- Explain.h - what was chosen and why ----------------------*- C++ -*-===//
//
// Passes emit remarks; this collects them and writes them as text. Nothing is
// said about a choice anywhere but in its remark.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_DRIVER_EXPLAIN_H
#define STEEPEST_LIB_DRIVER_EXPLAIN_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace steepest {

struct RemarkRecord {
  /// "Passed", "Missed", "Failure" or "Analysis".
  std::string kind;
  /// The pass, the optimizer, and the name of the remark.
  std::string category, function, name;
  std::vector<std::pair<std::string, std::string>> arguments;
};

/// Collects all remarks of a context from construction on.
class Explanation {
public:
  explicit Explanation(mlir::MLIRContext &context);
  Explanation(const Explanation &) = delete;

  /// The choices made for one optimizer, as text.
  std::string textFor(llvm::StringRef optimizer) const;

private:
  /// The remarks of one function under a title.
  std::string describe(llvm::StringRef title, llvm::StringRef function) const;

  /// Shared with the context's remark engine.
  std::shared_ptr<std::vector<RemarkRecord>> records;
};

} // namespace steepest

#endif // STEEPEST_LIB_DRIVER_EXPLAIN_H
