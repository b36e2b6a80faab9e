//===- Plan.cpp - loading an optimizer ------------------------------------===//

#include "Plan.h"

#include "../Check.h"
#include "GridChoice.h"

#include <cstdlib>
#include <cstring>

namespace steepest::runtime::cuda {

steepest_status refuseResult(const Report &report, const Driver &driver,
                             int result, const char *what) {
  steepest_status status = result == outOfMemory      ? STEEPEST_OUT_OF_MEMORY
                           : result == noBinaryForGpu ? STEEPEST_UNSUPPORTED_GPU
                           : result == unsupportedPtxVersion
                               ? STEEPEST_NO_DRIVER
                               : STEEPEST_DRIVER_ERROR;
  return report.refuse(status, "cannot %s: %s (error %d of the driver)", what,
                       driver.describe(result), result);
}

namespace {

struct Capability {
  int major, minor;
};

/// Whether code for `architecture`, as sm_90a, runs on a device. Machine code
/// runs on later minor versions, PTX on everything later; what ends in a
/// letter only where it was made for (f: on the family).
bool runsOn(const steepest_cuda_image &image, Capability device) {
  if (image.kind == STEEPEST_CUDA_FATBIN || image.kind == STEEPEST_CUDA_MODEL)
    return true;
  const char *text = image.architecture;
  if (strncmp(text, "sm_", 3) != 0)
    return false;
  char *end;
  long number = strtol(text + 3, &end, 10);
  int major = int(number / 10), minor = int(number % 10);
  if (*end == 'a')
    return major == device.major && minor == device.minor;
  if (*end == 'f' || image.kind == STEEPEST_CUDA_CUBIN)
    return major == device.major && minor <= device.minor;
  return major < device.major ||
         (major == device.major && minor <= device.minor);
}

/// A number that is larger the closer the code is to the device.
int closeness(const steepest_cuda_image &image) {
  char *end;
  long number = strncmp(image.architecture, "sm_", 3)
                    ? 0
                    : strtol(image.architecture + 3, &end, 10);
  bool isOwn = number && *end == 'a';
  return int(number) * 4 + isOwn * 2 + (image.kind == STEEPEST_CUDA_CUBIN);
}

steepest_status openDriver(const Report &report, Driver &driver,
                           const char *file) {
  const char *missing = driver.open(file);
  if (missing && !driver.library)
    return report.refuse(STEEPEST_NO_DRIVER,
                         "cannot load the driver of the GPU, '%s'", missing);
  int version = 0;
  if (driver.driverGetVersion)
    driver.driverGetVersion(&version);
  if (missing || version < leastDriverVersion)
    return report.refuse(STEEPEST_NO_DRIVER,
                         "the driver of the GPU is for CUDA %d.%d, expected "
                         "%d.%d or later%s%s",
                         version / 1000, version % 1000 / 10,
                         leastDriverVersion / 1000,
                         leastDriverVersion % 1000 / 10,
                         missing ? ": it lacks " : "", missing ? missing : "");
  if (int result = driver.init(0))
    return refuseResult(report, driver, result, "start the driver");
  return STEEPEST_OK;
}

steepest_status loadImage(const Report &report, steepest_cuda_plan &plan) {
  const Driver &driver = plan.driver;
  const steepest_cuda_optimizer *self = plan.optimizer;
  Capability capability = {};
  if (int result = driver.deviceGetAttribute(
          &capability.major, computeCapabilityMajor, plan.device))
    return refuseResult(report, driver, result, "ask for the GPU's kind");
  driver.deviceGetAttribute(&capability.minor, computeCapabilityMinor,
                            plan.device);
  plan.sharedBytes = capability.major == 9 && capability.minor == 0
                         ? self->shared_bytes_90
                         : self->shared_bytes;
  const steepest_cuda_image *best = nullptr;
  for (int32_t i = 0; i < self->num_images; ++i) {
    const steepest_cuda_image &image = self->images[i];
    if (runsOn(image, capability) &&
        (!best || closeness(image) > closeness(*best)))
      best = &image;
  }
  if (!best)
    return report.refuse(STEEPEST_UNSUPPORTED_GPU,
                         "optimizer '%s' is compiled for %s, this GPU is "
                         "sm_%d%d",
                         self->base.name, self->base.target, capability.major,
                         capability.minor);
  if (int result = driver.libraryLoadData(&plan.library, best->data, nullptr,
                                          nullptr, 0, nullptr, nullptr, 0))
    return refuseResult(report, driver, result, "load the device code");
  if (int result =
          driver.libraryGetKernel(&plan.kernel, plan.library, self->kernel))
    return refuseResult(report, driver, result, "find the kernel");
  return STEEPEST_OK;
}

/// Dynamic shared memory of a block: what the step needs, and what more there
/// is where it knows a use for that.
steepest_status getSharedMemory(const Report &report,
                                steepest_cuda_plan &plan) {
  const Driver &driver = plan.driver;
  const steepest_cuda_optimizer *self = plan.optimizer;
  int most = 0, used = 0;
  int result =
      driver.deviceGetAttribute(&most, maxSharedBytesPerBlock, plan.device);
  if (!result)
    result = driver.kernelGetAttribute(&used, staticSharedBytes, plan.kernel,
                                       plan.device);
  if (result)
    return refuseResult(report, driver, result, "ask for shared memory");
  int64_t needed = plan.sharedBytes;
  plan.sharedBytes =
      chooseSharedBytes(needed, self->most_shared_bytes, most - used);
  if (plan.sharedBytes < 0)
    return report.refuse(STEEPEST_UNSUPPORTED_GPU,
                         "a block of optimizer '%s' needs %lld bytes of shared "
                         "memory, this GPU has %d",
                         self->base.name, (long long)(needed + used), most);
  constexpr int64_t withoutAsking = 48 << 10;
  if (plan.sharedBytes + used > withoutAsking)
    if (int result = driver.kernelSetAttribute(maxDynamicSharedBytes,
                                               int(plan.sharedBytes),
                                               plan.kernel, plan.device))
      return refuseResult(report, driver, result, "get shared memory");
  return STEEPEST_OK;
}

/// How many blocks run at one time.
steepest_status measureDevice(const Report &report, steepest_cuda_plan &plan) {
  const Driver &driver = plan.driver;
  const steepest_cuda_optimizer *self = plan.optimizer;
  Handle function = nullptr;
  int processors = 0, blocks = 0, cooperative = 0;
  int result = driver.kernelGetFunction(&function, plan.kernel);
  if (!result)
    result = driver.deviceGetAttribute(&processors, multiprocessorCount,
                                       plan.device);
  if (!result)
    result =
        driver.deviceGetAttribute(&cooperative, cooperativeLaunch, plan.device);
  if (!result)
    result = driver.occupancy(&blocks, function, self->block_threads,
                              size_t(plan.sharedBytes));
  if (result)
    return refuseResult(report, driver, result, "ask how many blocks fit");
  if (blocks < 1)
    return report.refuse(STEEPEST_UNSUPPORTED_GPU,
                         "a block of %d threads with %lld bytes of shared "
                         "memory does not fit on this GPU",
                         self->block_threads, (long long)plan.sharedBytes);
  plan.cooperative = cooperative != 0;
  plan.residentBlocks = int64_t(processors) * blocks;
  return STEEPEST_OK;
}

steepest_status fillPlan(const Report &report, steepest_cuda_plan &plan,
                         const char *driverFile) {
  if (steepest_status status = openDriver(report, plan.driver, driverFile))
    return status;
  Handle context = nullptr;
  int result = plan.driver.ctxGetCurrent(&context);
  if (!result && !context)
    return report.refuse(STEEPEST_DRIVER_ERROR,
                         "this thread has no current context of a GPU");
  if (!result)
    result = plan.driver.ctxGetDevice(&plan.device);
  if (result)
    return refuseResult(report, plan.driver, result, "ask for the GPU");
  if (steepest_status status = loadImage(report, plan))
    return status;
  if (steepest_status status = getSharedMemory(report, plan))
    return status;
  return measureDevice(report, plan);
}

/// Where there is nothing but a log.
steepest_context contextOf(const steepest_cuda_log *log) {
  steepest_context context;
  steepest_context_init_serial(&context);
  if (log) {
    context.log = log->log;
    context.log_user = log->log_user;
  }
  return context;
}

} // namespace

bool planDeviceLayout(const steepest_optimizer *self, const Shapes &shapes,
                      DeviceLayout &layout) {
  auto roundUp = [](int64_t bytes, int64_t to) {
    return (bytes + to - 1) / to * to;
  };
  int64_t bytes = self->kernel_workspace_bytes(shapes.dims, 1);
  if (bytes < 0)
    return false;
  layout.certificateBytes = roundUp(shapes.batch * self->num_directions *
                                        int64_t(sizeof(steepest_certificate)),
                                    256);
  layout.statusBytes = roundUp(shapes.batch * int64_t(sizeof(int32_t)), 256);
  layout.sliceBytes = roundUp(slotBytes + bytes, 256);
  return true;
}

steepest_status checkDevice(const Report &report,
                            const steepest_cuda_plan &plan) {
  int device = 0;
  if (int result = plan.driver.ctxGetDevice(&device))
    return refuseResult(report, plan.driver, result, "ask for the GPU");
  if (device != plan.device)
    return report.refuse(STEEPEST_UNSUPPORTED_GPU,
                         "the plan is for GPU %d, this thread's context is of "
                         "GPU %d",
                         plan.device, device);
  return STEEPEST_OK;
}

steepest_status findLaunch(const Report &report, const steepest_optimizer *self,
                           const steepest_context *context,
                           const steepest_cuda_launch *&launch) {
  launch = static_cast<const steepest_cuda_launch *>(context->pool);
  if (!launch || !launch->plan)
    return report.refuse(STEEPEST_NULL_ARGUMENT,
                         "the context has no launch with a plan, expected one "
                         "of steepest_context_init_cuda");
  if (&launch->plan->optimizer->base != self)
    return report.refuse(STEEPEST_BAD_VERSION,
                         "the plan is for optimizer '%s', expected '%s'",
                         launch->plan->optimizer->base.name, self->name);
  return STEEPEST_OK;
}

} // namespace steepest::runtime::cuda

using namespace steepest::runtime;
using namespace steepest::runtime::cuda;

steepest_status steepest_cuda_create_plan(steepest_cuda_plan **plan,
                                          const steepest_cuda_optimizer *self,
                                          const char *driver,
                                          const steepest_cuda_log *log) {
  steepest_context context = contextOf(log);
  Report report(&context);
  if (!plan)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the plan is null");
  *plan = nullptr;
  if (steepest_status status = checkOptimizer(report, &self->base))
    return status;
  if (maximumEntries(self->base.num_tensors, self->base.num_hypers) < 1)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "optimizer '%s' has %d tensors, more than a launch "
                         "takes",
                         self->base.name, self->base.num_tensors);
  auto *made =
      static_cast<steepest_cuda_plan *>(calloc(1, sizeof(steepest_cuda_plan)));
  if (!made)
    return report.refuse(STEEPEST_OUT_OF_MEMORY, "no memory for a plan");
  made->optimizer = self;
  steepest_status status = fillPlan(report, *made, driver);
  if (status != STEEPEST_OK) {
    steepest_cuda_destroy_plan(made);
    return status;
  }
  *plan = made;
  return STEEPEST_OK;
}

void steepest_cuda_destroy_plan(steepest_cuda_plan *plan) {
  if (!plan)
    return;
  if (plan->library)
    plan->driver.libraryUnload(plan->library);
  plan->driver.close();
  free(plan);
}

steepest_status steepest_cuda_prepare(steepest_cuda_plan *plan, void *workspace,
                                      size_t workspace_bytes,
                                      steepest_cuda_stream stream,
                                      const steepest_cuda_log *log) {
  steepest_context context = contextOf(log);
  Report report(&context);
  if (!plan)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the plan is null");
  if (!workspace)
    return report.refuse(STEEPEST_NULL_ARGUMENT,
                         "the workspace is null, expected %lld bytes or more",
                         (long long)headerBytes);
  if (workspace_bytes < size_t(headerBytes))
    return report.refuse(STEEPEST_SHORT_WORKSPACE,
                         "the workspace has %zu bytes, expected %lld or more",
                         workspace_bytes, (long long)headerBytes);
  if (steepest_status status = checkDevice(report, *plan))
    return status;
  auto memory = reinterpret_cast<Pointer>(workspace);
  const Driver &driver = plan->driver;
  int result =
      driver.memset2D32(memory, headerBytes, 0, headerBytes / 4, 1, stream);
  if (!result)
    result = driver.memset2D32(memory + offsetof(TeamHeader, magic),
                               sizeof(TeamHeader), teamMagic, 1, maximumTeams,
                               stream);
  if (result)
    return refuseResult(report, driver, result, "prepare the workspace");
  return STEEPEST_OK;
}
