//===- Descriptor.h - what an optimizer says of itself ----------*- C++ -*-===//
//
// Emits the constant `steepest_optimizer` of runtime/steepest.h and the
// exported function `steepest_<name>` that returns it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_COMMON_DESCRIPTOR_H
#define STEEPEST_LIB_TARGET_COMMON_DESCRIPTOR_H

#include "mlir/IR/BuiltinOps.h"
#include "runtime/steepest.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace steepest {

/// `steepest_tensor_info`.
struct TensorDescription {
  std::string name;
  steepest_role role = STEEPEST_PARAMETER;
  steepest_dtype dtype = STEEPEST_F32;
  /// 0 (a scalar), 1 or 2.
  int32_t rank = 2;
  /// -1 where the extent is known only at run time.
  std::array<int64_t, 2> shape = {-1, -1};
  int32_t like = 0;
  steepest_initial initial = STEEPEST_INITIAL_CONSTANT;
  double initialValue = 0;
};

/// `steepest_hyper_info`.
struct HyperDescription {
  std::string name;
  double defaultValue = 0;
};

/// `steepest_direction_info`.
struct DirectionDescription {
  std::string name, norm, manifold, method;
};

/// One `steepest_cuda_image`: its `steepest_cuda_image_kind`, for which
/// architecture, and what a driver loads. For the CPU model of an SM, the bytes
/// are the name of the function that runs a thread.
struct ImageDescription {
  int32_t kind;
  std::string architecture;
  std::string bytes;
};

/// What `steepest_cuda_optimizer` adds.
struct DeviceDescription {
  /// Name of the kernel in the images.
  std::string kernel;
  int32_t blockThreads = 0;
  /// Dynamic shared memory that a block needs.
  int64_t sharedBytes = 0;
  /// The same on GPUs of compute capability 9.0.
  int64_t sharedBytes90 = 0;
  /// More than that is of use, up to this.
  int64_t mostSharedBytes = 0;
  /// Tasks of a list that one launch takes.
  int64_t tasksPerLaunch = 1;
  std::vector<ImageDescription> images;
};

/// `steepest_optimizer`.
struct OptimizerDescription {
  std::string name;
  /// Name of the exported function that returns the descriptor.
  std::string accessor;
  std::string target, features;
  std::string explanation;
  std::vector<TensorDescription> tensors;
  std::vector<HyperDescription> hypers;
  std::vector<DirectionDescription> directions;
  bool isEntrywise = false;
  /// Names of the C functions of the module: `NAME__kernel`,
  /// `NAME__workspace` and `NAME__cost`.
  std::string kernel, workspace, cost;
  /// For a GPU; `kernel` is then of no meaning.
  std::optional<DeviceDescription> device;
};

/// Name of that function where nobody asks for another one.
std::string getAccessorName(llvm::StringRef optimizer);

/// Adds the descriptor to a module of the LLVM dialect, which must define the
/// functions that it names.
mlir::LogicalResult emitDescriptor(mlir::ModuleOp module,
                                   const OptimizerDescription &description);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_DESCRIPTOR_H
