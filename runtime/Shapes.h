//===- Shapes.h - extents of a call and what follows from them --*- C++ -*-===//
//
// The descriptor says how the shapes of the tensors hang together; a call says
// what they are. Here the two are brought together: rows and columns of every
// tensor of one problem, the number of problems, and how the workspace is cut.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_SHAPES_H
#define STEEPEST_RUNTIME_SHAPES_H

#include "Report.h"

namespace steepest::runtime {

/// What a call gives besides the shapes that follow from the descriptor.
enum class Given {
  /// Every tensor.
  All,
  /// Every tensor, gradients only where they have data.
  AllButGradients,
  /// Tensors that are `like` themselves; the rest follows.
  Independent
};

struct Shapes {
  bool batched;
  /// Number of problems; 1 without a batch dimension.
  int64_t batch;
  /// Some tensor has no elements: there is nothing to do.
  bool empty;
  /// Rows and columns of every tensor of one problem, as the kernel's
  /// `kernel_workspace_bytes` takes them.
  int64_t dims[2 * STEEPEST_MAX_TENSORS];

  int64_t rows(int32_t tensor) const { return dims[2 * tensor]; }
  int64_t cols(int32_t tensor) const { return dims[2 * tensor + 1]; }
};

/// Whether tensor `index` is one that the call gives.
bool isGiven(const steepest_optimizer *self, const steepest_tensor *tensors,
             int32_t index, Given given);

/// Checks ranks and shapes of the given tensors against the descriptor and
/// fills `shapes`. Reads no data.
steepest_status resolveShapes(const Report &report,
                              const steepest_optimizer *self,
                              const steepest_tensor *tensors, Given given,
                              Shapes &shapes);

inline int64_t elementSize(steepest_dtype dtype) {
  return dtype == STEEPEST_F64 ? 8 : dtype == STEEPEST_BF16 ? 2 : 4;
}

/// How a workspace is cut: default hyper-parameters, then one slice for every
/// problem that runs at a time. A slice holds the views the kernel takes, room
/// for certificates nobody asked for, and the kernel's own temporaries.
struct Layout {
  /// Problems run in parallel, each on one thread; otherwise one after another,
  /// with all threads inside each.
  bool acrossProblems;
  int64_t hyperBytes;
  int64_t viewBytes;
  int64_t certificateBytes;
  int64_t sliceBytes;
  int64_t totalBytes;
};

/// Plans a step on `threads` threads. False when the kernel refuses the shapes.
bool planLayout(const steepest_optimizer *self, const Shapes &shapes,
                int64_t threads, Layout &layout);

/// Workspace for steps on `threads` threads and on one, -1 when the kernel
/// refuses the shapes. A list of tasks may run a task either way.
int64_t requiredBytes(const steepest_optimizer *self, const Shapes &shapes,
                      int64_t threads);

} // namespace steepest::runtime

#endif // STEEPEST_RUNTIME_SHAPES_H
