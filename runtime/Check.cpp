//===- Check.cpp - validation of arguments --------------------------------===//

#include "Check.h"

#include "Features.h"

#include <cstring>

namespace steepest::runtime {

steepest_status checkContext(const Report &report,
                             const steepest_context *context) {
  if (!context)
    return STEEPEST_NULL_ARGUMENT;
  // Not even `log` is where it should be in a context of another version.
  if (context->abi_version != STEEPEST_ABI_VERSION)
    return STEEPEST_BAD_VERSION;
  if (context->threads < 1)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "the context has %d threads, expected 1 or more",
                         context->threads);
  if (context->threads > 1 && !context->parallel_for)
    return report.refuse(STEEPEST_NULL_ARGUMENT,
                         "the context has %d threads and no parallel_for",
                         context->threads);
  return STEEPEST_OK;
}

/// A descriptor whose tensors refer to each other in a way that has no meaning
/// comes from a broken compiler or from memory that is no descriptor.
static bool isWellFormed(const steepest_optimizer *self) {
  if (self->num_tensors < 0 || self->num_hypers < 0 ||
      self->num_directions < 0 || !self->kernel ||
      !self->kernel_workspace_bytes || !self->kernel_cost ||
      (self->num_tensors && !self->tensors) ||
      (self->num_hypers && !self->hypers))
    return false;
  for (int32_t index = 0; index < self->num_tensors; ++index) {
    const steepest_tensor_info &info = self->tensors[index];
    if (info.rank < 0 || info.rank > 2 || info.like < 0 ||
        info.like >= self->num_tensors)
      return false;
    const steepest_tensor_info &like = self->tensors[info.like];
    if (like.like != info.like)
      return false;
    for (int32_t dimension = 0; dimension < info.rank; ++dimension) {
      int64_t extent = info.shape[dimension];
      int64_t source = extent == -1 ? dimension : -2 - extent;
      if (extent < -3 || (extent < 0 && source >= like.rank))
        return false;
    }
  }
  return true;
}

steepest_status checkOptimizer(const Report &report,
                               const steepest_optimizer *self) {
  if (!self)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the optimizer is null");
  if (self->abi_version != STEEPEST_ABI_VERSION)
    return report.refuse(STEEPEST_BAD_VERSION,
                         "the optimizer has abi version %d, expected %d",
                         self->abi_version, STEEPEST_ABI_VERSION);
  if (self->num_tensors > STEEPEST_MAX_TENSORS)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "optimizer '%s' has %d tensors, expected %d or fewer",
                         self->name, self->num_tensors, STEEPEST_MAX_TENSORS);
  if (!isWellFormed(self))
    return report.refuse(STEEPEST_BAD_VERSION,
                         "optimizer '%s' has a malformed descriptor",
                         self->name);
  char missing[128];
  if (self->features &&
      !supportsFeatures(self->features, missing, sizeof(missing)))
    return report.refuse(STEEPEST_UNSUPPORTED_CPU,
                         "optimizer '%s' is compiled for %s, this cpu lacks %s",
                         self->name, self->target ? self->target : "another",
                         missing);
  return STEEPEST_OK;
}

/// What a host wrote into an enum may be no member of it.
static int32_t rawDtype(const steepest_tensor &tensor) {
  static_assert(sizeof(tensor.dtype) == sizeof(int32_t));
  int32_t raw;
  memcpy(&raw, &tensor.dtype, sizeof(raw));
  return raw;
}

static const char *dtypeName(int32_t dtype) {
  return dtype == STEEPEST_F32    ? "f32"
         : dtype == STEEPEST_F64  ? "f64"
         : dtype == STEEPEST_BF16 ? "bf16"
                                  : "unknown";
}

/// Number, ranks, dtypes and shapes of tensors.
static steepest_status checkTensors(const Report &report,
                                    const steepest_optimizer *self,
                                    const steepest_tensor *tensors,
                                    int32_t numTensors, Given given,
                                    Shapes &shapes) {
  if (numTensors != self->num_tensors)
    return report.refuse(STEEPEST_BAD_COUNT, "got %d tensors, expected %d",
                         numTensors, self->num_tensors);
  if (!tensors && numTensors)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the tensors are null");
  for (int32_t index = 0; index < numTensors; ++index) {
    const steepest_tensor_info &info = self->tensors[index];
    int32_t dtype = rawDtype(tensors[index]);
    if (isGiven(self, tensors, index, given) && dtype != info.dtype)
      return report.refuse(STEEPEST_BAD_DTYPE,
                           "tensor '%s' has dtype %s, expected %s", info.name,
                           dtypeName(dtype), dtypeName(info.dtype));
  }
  return resolveShapes(report, self, tensors, given, shapes);
}

steepest_status refuseShapes(const Report &report,
                             const steepest_optimizer *self) {
  return report.refuse(STEEPEST_BAD_SHAPE,
                       "optimizer '%s' has no workspace size for shapes like "
                       "these",
                       self->name);
}

/// The workspace, for a step on `threads` threads.
static steepest_status checkWorkspace(const Report &report,
                                      const steepest_optimizer *self,
                                      int32_t threads,
                                      const steepest_arguments *arguments,
                                      const Shapes &shapes) {
  int64_t required = requiredBytes(self, shapes, threads);
  if (required < 0)
    return refuseShapes(report, self);
  if (!arguments->workspace)
    return report.refuse(STEEPEST_NULL_ARGUMENT,
                         "the workspace is null, expected %lld bytes",
                         (long long)required);
  if (uint64_t(required) > arguments->workspace_bytes)
    return report.refuse(STEEPEST_SHORT_WORKSPACE,
                         "the workspace has %zu bytes, expected %lld for %d "
                         "thread%s",
                         arguments->workspace_bytes, (long long)required,
                         threads, threads == 1 ? "" : "s");
  return STEEPEST_OK;
}

steepest_status checkStep(const Report &report, const steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_arguments *arguments,
                          int32_t workspaceThreads, Shapes &shapes) {
  if (steepest_status status = checkContext(report, context))
    return status;
  if (steepest_status status = checkOptimizer(report, self))
    return status;
  if (!arguments)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the arguments are null");
  if (steepest_status status =
          checkTensors(report, self, arguments->tensors, arguments->num_tensors,
                       Given::All, shapes))
    return status;
  // Null means the defaults, so the number of them is then of no interest.
  if (arguments->hypers && arguments->num_hypers != self->num_hypers)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "got %d hyper-parameters, expected %d",
                         arguments->num_hypers, self->num_hypers);
  if (shapes.empty)
    return STEEPEST_OK;
  if (workspaceThreads > 0)
    if (steepest_status status =
            checkWorkspace(report, self, workspaceThreads, arguments, shapes))
      return status;
  return checkMemory(report, self, arguments->tensors, Given::All, arguments,
                     shapes);
}

steepest_status checkInit(const Report &report, const steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_tensor *tensors, int32_t numTensors,
                          Shapes &shapes) {
  if (steepest_status status = checkContext(report, context))
    return status;
  if (steepest_status status = checkOptimizer(report, self))
    return status;
  if (steepest_status status = checkTensors(report, self, tensors, numTensors,
                                            Given::AllButGradients, shapes))
    return status;
  return checkMemory(report, self, tensors, Given::AllButGradients, nullptr,
                     shapes);
}

} // namespace steepest::runtime
