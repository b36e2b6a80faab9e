//===- Shapes.cpp - extents of a call and what follows from them ----------===//

#include "Shapes.h"

#include <algorithm>

namespace steepest::runtime {

/// An extent that a tensor may choose.
static constexpr int64_t freeExtent = -1;

bool isGiven(const steepest_optimizer *self, const steepest_tensor *tensors,
             int32_t index, Given given) {
  const steepest_tensor_info &info = self->tensors[index];
  switch (given) {
  case Given::All:
    return true;
  case Given::AllButGradients:
    return info.role != STEEPEST_GRADIENT || tensors[index].data ||
           info.like == index;
  case Given::Independent:
    return info.like == index;
  }
  return true;
}

/// The extent that dimension `dimension` (not counting the batch) of tensor
/// `index` must have.
static int64_t expectedExtent(const steepest_optimizer *self,
                              const steepest_tensor *tensors, bool batched,
                              int32_t index, int32_t dimension) {
  const steepest_tensor_info &info = self->tensors[index];
  int64_t extent = info.shape[dimension];
  if (extent >= 0)
    return extent;
  int32_t source = extent == -1 ? dimension : extent == -2 ? 0 : 1;
  if (info.like == index && source == dimension)
    return freeExtent;
  return tensors[info.like].shape[batched + source];
}

/// All tensors must agree whether there is a batch dimension; the first given
/// one decides.
static steepest_status checkRanks(const Report &report,
                                  const steepest_optimizer *self,
                                  const steepest_tensor *tensors, Given given,
                                  Shapes &shapes) {
  const char *decider = nullptr;
  shapes.batched = false;
  for (int32_t index = 0; index < self->num_tensors; ++index) {
    if (!isGiven(self, tensors, index, given))
      continue;
    const steepest_tensor_info &info = self->tensors[index];
    int32_t rank = tensors[index].rank;
    if (!decider) {
      if (rank != info.rank && rank != info.rank + 1)
        return report.refuse(
            STEEPEST_BAD_RANK,
            "tensor '%s' has rank %d, expected %d, or %d for a batch",
            info.name, rank, info.rank, info.rank + 1);
      decider = info.name;
      shapes.batched = rank == info.rank + 1;
    } else if (rank != info.rank + shapes.batched) {
      return report.refuse(
          STEEPEST_BAD_RANK,
          "tensor '%s' has rank %d, expected %d: tensor '%s' has %s batch "
          "dimension",
          info.name, rank, info.rank + shapes.batched, decider,
          shapes.batched ? "a" : "no");
    }
  }
  return STEEPEST_OK;
}

/// Checks the shape of one tensor and enters its rows and columns.
static steepest_status resolveShape(const Report &report,
                                    const steepest_optimizer *self,
                                    const steepest_tensor *tensors,
                                    int32_t index, bool given, Shapes &shapes) {
  const steepest_tensor_info &info = self->tensors[index];
  const int64_t *shape = tensors[index].shape;
  int32_t rank = info.rank + shapes.batched;
  int64_t expected[3];
  int64_t extents[2] = {1, 1};
  expected[0] = shapes.batch;
  for (int32_t dimension = 0; dimension < info.rank; ++dimension) {
    int64_t extent =
        expectedExtent(self, tensors, shapes.batched, index, dimension);
    expected[shapes.batched + dimension] = extent;
    // A vector is 1 x cols.
    extents[2 - info.rank + dimension] =
        given ? shape[shapes.batched + dimension] : extent;
  }
  for (int32_t dimension = 0; given && dimension < rank; ++dimension) {
    if (shape[dimension] >= 0 && (expected[dimension] == freeExtent ||
                                  shape[dimension] == expected[dimension]))
      continue;
    ShapeText found(rank, shape), wanted(rank, expected);
    if (shape[dimension] < 0)
      return report.refuse(STEEPEST_BAD_SHAPE,
                           "tensor '%s' has extent %lld in dimension %d, "
                           "expected shape %s",
                           info.name, (long long)shape[dimension], dimension,
                           wanted.text);
    if (info.like == index)
      return report.refuse(STEEPEST_BAD_SHAPE,
                           "tensor '%s' has shape %s, expected %s", info.name,
                           found.text, wanted.text);
    const steepest_tensor_info &like = self->tensors[info.like];
    return report.refuse(STEEPEST_BAD_SHAPE,
                         "tensor '%s' has shape %s, expected %s like %s '%s'",
                         info.name, found.text, wanted.text,
                         roleName(like.role), like.name);
  }
  // Every later product of extents is below this one.
  int64_t bytes = elementSize(info.dtype);
  if (__builtin_mul_overflow(bytes, std::max<int64_t>(shapes.batch, 1),
                             &bytes) ||
      __builtin_mul_overflow(bytes, std::max<int64_t>(extents[0], 1), &bytes) ||
      __builtin_mul_overflow(bytes, std::max<int64_t>(extents[1], 1), &bytes))
    return report.refuse(STEEPEST_BAD_SHAPE,
                         "tensor '%s' has shape %s, expected one that fits "
                         "into memory",
                         info.name, ShapeText(rank, shape).text);
  shapes.empty |= extents[0] == 0 || extents[1] == 0;
  shapes.dims[2 * index] = extents[0];
  shapes.dims[2 * index + 1] = extents[1];
  return STEEPEST_OK;
}

steepest_status resolveShapes(const Report &report,
                              const steepest_optimizer *self,
                              const steepest_tensor *tensors, Given given,
                              Shapes &shapes) {
  if (steepest_status status = checkRanks(report, self, tensors, given, shapes))
    return status;
  shapes.batch = shapes.batched ? freeExtent : 1;
  for (int32_t index = 0; shapes.batch == freeExtent; ++index)
    if (isGiven(self, tensors, index, given)) {
      shapes.batch = tensors[index].shape[0];
      break;
    }
  if (shapes.batch < 0)
    return report.refuse(STEEPEST_BAD_SHAPE,
                         "the batch dimension has extent %lld, expected 0 or "
                         "more",
                         (long long)shapes.batch);
  shapes.empty = shapes.batch == 0;
  // Independent tensors first: the others are measured by them.
  for (bool independent : {true, false})
    for (int32_t index = 0; index < self->num_tensors; ++index) {
      if ((self->tensors[index].like == index) != independent)
        continue;
      if (steepest_status status =
              resolveShape(report, self, tensors, index,
                           isGiven(self, tensors, index, given), shapes))
        return status;
    }
  return STEEPEST_OK;
}

static int64_t roundUp(int64_t bytes) {
  constexpr int64_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  return (bytes + alignment - 1) / alignment * alignment;
}

bool planLayout(const steepest_optimizer *self, const Shapes &shapes,
                int64_t threads, Layout &layout) {
  layout.acrossProblems = threads > 1 && shapes.batch >= threads;
  int64_t kernelBytes = self->kernel_workspace_bytes(
      shapes.dims, layout.acrossProblems ? 1 : threads);
  if (kernelBytes < 0)
    return false;
  layout.hyperBytes = roundUp(self->num_hypers * int64_t(sizeof(double)));
  layout.viewBytes =
      roundUp(self->num_tensors * int64_t(sizeof(steepest_matrix)));
  layout.certificateBytes =
      roundUp(self->num_directions * int64_t(sizeof(steepest_certificate)));
  layout.sliceBytes =
      layout.viewBytes + layout.certificateBytes + roundUp(kernelBytes);
  int64_t slices = layout.acrossProblems ? threads : 1;
  return !__builtin_mul_overflow(layout.sliceBytes, slices,
                                 &layout.totalBytes) &&
         !__builtin_add_overflow(layout.totalBytes, layout.hyperBytes,
                                 &layout.totalBytes);
}

int64_t requiredBytes(const steepest_optimizer *self, const Shapes &shapes,
                      int64_t threads) {
  if (shapes.empty)
    return 0;
  Layout parallel, serial;
  if (!planLayout(self, shapes, threads, parallel) ||
      !planLayout(self, shapes, 1, serial))
    return -1;
  return std::max(parallel.totalBytes, serial.totalBytes);
}

} // namespace steepest::runtime
