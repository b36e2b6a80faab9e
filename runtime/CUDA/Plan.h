//===- Plan.h - a loaded optimizer on one device ----------------*- C++ -*-===//

#ifndef STEEPEST_RUNTIME_CUDA_PLAN_H
#define STEEPEST_RUNTIME_CUDA_PLAN_H

#include "../Report.h"
#include "../Shapes.h"
#include "Driver.h"
#include "Layout.h"
#include "steepest_cuda.h"

struct steepest_cuda_plan {
  steepest::runtime::cuda::Driver driver;
  const steepest_cuda_optimizer *optimizer;
  void *library;
  void *kernel;
  /// That of the context which was current when the plan was made.
  int device;
  /// Blocks that run at one time.
  int64_t residentBlocks;
  bool cooperative;
  /// Dynamic shared memory of a block.
  int64_t sharedBytes;
};

namespace steepest::runtime::cuda {

/// How a workspace is cut (Layout.h).
struct DeviceLayout {
  int64_t certificateBytes;
  int64_t statusBytes;
  int64_t sliceBytes;

  int64_t fixedBytes() const {
    return headerBytes + certificateBytes + statusBytes;
  }
  /// Of two that share their slices.
  friend DeviceLayout operator+(const DeviceLayout &a, const DeviceLayout &b) {
    return {a.certificateBytes + b.certificateBytes,
            a.statusBytes + b.statusBytes,
            a.sliceBytes > b.sliceBytes ? a.sliceBytes : b.sliceBytes};
  }
};

/// False when the kernel refuses the shapes.
bool planDeviceLayout(const steepest_optimizer *self, const Shapes &shapes,
                      DeviceLayout &layout);

/// The launch of a context, with a plan for this optimizer; or a refusal.
steepest_status findLaunch(const Report &report, const steepest_optimizer *self,
                           const steepest_context *context,
                           const steepest_cuda_launch *&launch);

/// Refuses where the context that is current in this thread is of another
/// device than the plan's.
steepest_status checkDevice(const Report &report,
                            const steepest_cuda_plan &plan);

/// Reports what the driver says about an attempt to `what`.
steepest_status refuseResult(const Report &report, const Driver &driver,
                             int result, const char *what);

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_PLAN_H
