//===- Options.h - what `#steepest.method` may set --------------*- C++ -*-===//

#ifndef STEEPEST_LIB_MODELS_METHODS_OPTIONS_H
#define STEEPEST_LIB_MODELS_METHODS_OPTIONS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// The options that a direction gives to its method. What is read is checked;
/// a wrong one is reported once, and `isValid` says so at the end.
class Options {
public:
  Options(DirectionOp op, const DirectionMethod &method);

  /// A number > 0.
  double getPositive(llvm::StringRef name, double otherwise);
  /// A number in [0, 1).
  double getFraction(llvm::StringRef name, double otherwise);
  /// An integer from `least` to `most`.
  int64_t getCount(llvm::StringRef name, int64_t otherwise, int64_t least = 1,
                   int64_t most = 1000000);
  bool getFlag(llvm::StringRef name, bool otherwise);
  /// One of the words, the first unless told.
  llvm::StringRef getWord(llvm::StringRef name,
                          llvm::ArrayRef<llvm::StringRef> words);

  bool isValid() const { return valid; }

private:
  /// The number of this name, if there is one.
  std::optional<double> getNumber(llvm::StringRef name);
  void refuse(llvm::StringRef name, const llvm::Twine &expected);

  DirectionOp op;
  mlir::DictionaryAttr options;
  bool valid = true;
};

/// The gap that a direction asks a solver for: 1e-3 unless told, 1e-6 for
/// "exact", which is all that data of float32 carries.
double getGapGoal(DirectionOp op);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_OPTIONS_H
