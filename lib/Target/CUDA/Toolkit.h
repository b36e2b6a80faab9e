//===- Toolkit.h - programs of the CUDA toolkit -----------------*- C++ -*-===//
//
// PTX needs none of them. ptxas makes cubins, fatbinary binds several.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_TOOLKIT_H
#define STEEPEST_LIB_TARGET_CUDA_TOOLKIT_H

#include "lib/Target/CUDA/DeviceCode.h"

namespace steepest {

class Toolkit {
public:
  /// Looks in `folder`, or where it is empty, in $CUDA_HOME, $CUDA_PATH and the
  /// PATH.
  explicit Toolkit(llvm::StringRef folder) : folder(folder.str()) {}

  /// Machine code of PTX. Reports a missing toolkit, and what ptxas says.
  mlir::FailureOr<DeviceImage> assemble(const DeviceImage &ptx,
                                        mlir::Location loc) const;
  /// One image of several, cubins and PTX.
  mlir::FailureOr<DeviceImage> bind(llvm::ArrayRef<DeviceImage> images,
                                    mlir::Location loc) const;

private:
  mlir::FailureOr<std::string> find(llvm::StringRef program,
                                    mlir::Location loc) const;

  std::string folder;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_TOOLKIT_H
