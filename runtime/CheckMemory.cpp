//===- CheckMemory.cpp - addresses, strides and overlap -------------------===//
//
// Overlap is an interval test on the bytes between the first and the last
// element of every buffer. It refuses some views that interleave without
// touching; between tensors of one call that is a mistake in every case seen.
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include <algorithm>

namespace steepest::runtime {
namespace {

/// Buffers of a step that are no tensors, numbered after these.
enum Buffer : int32_t {
  Workspace = STEEPEST_MAX_TENSORS,
  Certificates,
  Hypers,
  NumBuffers
};

/// The bytes of one buffer.
struct Interval {
  uintptr_t begin, end;
  int32_t buffer;
  bool written;
};

/// A name for messages: "parameter 'w'", "the workspace".
struct BufferName {
  const char *role, *quote = "", *name = "", *endQuote = "";
};

/// Gathers the buffers of one call, checking each, and then compares them.
class MemoryCheck {
public:
  MemoryCheck(const Report &report, const steepest_optimizer *self,
              const steepest_tensor *tensors, const Shapes &shapes)
      : report(report), self(self), tensors(tensors), shapes(shapes) {}

  steepest_status addTensor(int32_t index, bool written);
  /// A buffer that is no tensor. Null is fine here.
  steepest_status addBuffer(Buffer buffer, const void *data, size_t bytes,
                            int64_t alignment, bool written);
  /// Refuses two buffers that share a byte which is written.
  steepest_status compare();

private:
  /// Checks the strides of a tensor that has elements, and finds how many
  /// elements lie between its first and its last.
  steepest_status checkStrides(int32_t index, int64_t &span) const;
  steepest_status refuseStride(int32_t index, int32_t dimension,
                               const char *expected, int64_t least) const;
  steepest_status refuseReach(int32_t index) const;
  BufferName nameOf(int32_t buffer) const;

  const Report &report;
  const steepest_optimizer *self;
  const steepest_tensor *tensors;
  const Shapes &shapes;
  Interval intervals[NumBuffers];
  int32_t numIntervals = 0;
};

} // namespace

BufferName MemoryCheck::nameOf(int32_t buffer) const {
  if (buffer == Workspace)
    return {"the workspace"};
  if (buffer == Certificates)
    return {"the certificates"};
  if (buffer == Hypers)
    return {"the hyper-parameters"};
  const steepest_tensor_info &info = self->tensors[buffer];
  return {roleName(info.role), " '", info.name, "'"};
}

/// The largest power of two that divides an address, for messages.
static long long alignmentOf(const void *data) {
  uintptr_t address = reinterpret_cast<uintptr_t>(data);
  return address & -address;
}

/// Elements from the first to one past the last of `count` groups of `size`
/// elements that begin `stride` apart. False on overflow.
static bool spanOf(int64_t count, int64_t stride, int64_t size, int64_t &span) {
  return !__builtin_mul_overflow(count - 1, stride, &span) &&
         !__builtin_add_overflow(span, size, &span);
}

steepest_status MemoryCheck::refuseStride(int32_t index, int32_t dimension,
                                          const char *expected,
                                          int64_t least) const {
  return report.refuse(STEEPEST_BAD_STRIDE,
                       "tensor '%s' has stride %lld in dimension %d, expected "
                       "%lld%s",
                       self->tensors[index].name,
                       (long long)tensors[index].strides[dimension], dimension,
                       (long long)least, expected);
}

steepest_status MemoryCheck::refuseReach(int32_t index) const {
  return report.refuse(STEEPEST_BAD_STRIDE,
                       "tensor '%s' has strides that leave the address space",
                       self->tensors[index].name);
}

steepest_status MemoryCheck::checkStrides(int32_t index, int64_t &span) const {
  const int64_t *strides = tensors[index].strides;
  int32_t rank = self->tensors[index].rank;
  int32_t last = rank + shapes.batched - 1;
  int64_t rows = shapes.rows(index), cols = shapes.cols(index);
  int64_t batch = shapes.batch;
  if (rank > 0 && cols > 1 && strides[last] != 1)
    return refuseStride(index, last, "", 1);
  span = cols;
  if (rows > 1) {
    int64_t rowStride = strides[last - 1];
    if (rowStride < cols)
      return refuseStride(index, last - 1, " or more", cols);
    if (!spanOf(rows, rowStride, cols, span))
      return refuseReach(index);
    // Interleaved problems: the rows of all of them fit between two rows of
    // one, as the columns of a wide matrix that is cut into heads.
    int64_t wide;
    if (batch > 1 && strides[0] >= cols && strides[0] < span &&
        spanOf(batch, strides[0], cols, wide) && rowStride >= wide) {
      batch = 1;
      if (__builtin_add_overflow(span, wide - cols, &span))
        return refuseReach(index);
    }
  }
  if (batch > 1) {
    if (strides[0] < span)
      return refuseStride(index, 0, " or more", span);
    if (!spanOf(batch, strides[0], span, span))
      return refuseReach(index);
  }
  return STEEPEST_OK;
}

steepest_status MemoryCheck::addTensor(int32_t index, bool written) {
  const steepest_tensor_info &info = self->tensors[index];
  const void *data = tensors[index].data;
  if (shapes.rows(index) == 0 || shapes.cols(index) == 0 || shapes.batch == 0)
    return STEEPEST_OK;
  if (!data)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "%s '%s' has null data",
                         roleName(info.role), info.name);
  int64_t size = elementSize(info.dtype);
  uintptr_t begin = reinterpret_cast<uintptr_t>(data), end;
  if (begin % size)
    return report.refuse(STEEPEST_BAD_ALIGNMENT,
                         "tensor '%s' is aligned to %lld byte%s, expected %lld",
                         info.name, alignmentOf(data),
                         alignmentOf(data) == 1 ? "" : "s", (long long)size);
  int64_t span = 0, bytes;
  if (steepest_status status = checkStrides(index, span))
    return status;
  if (__builtin_mul_overflow(span, size, &bytes) ||
      __builtin_add_overflow(begin, uintptr_t(bytes), &end))
    return refuseReach(index);
  intervals[numIntervals++] = {begin, end, index, written};
  return STEEPEST_OK;
}

steepest_status MemoryCheck::addBuffer(Buffer buffer, const void *data,
                                       size_t bytes, int64_t alignment,
                                       bool written) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(data), end;
  if (!data || !bytes)
    return STEEPEST_OK;
  if (begin % alignment)
    return report.refuse(STEEPEST_BAD_ALIGNMENT,
                         "the address of %s is aligned to %lld byte%s, "
                         "expected %lld",
                         nameOf(buffer).role, alignmentOf(data),
                         alignmentOf(data) == 1 ? "" : "s",
                         (long long)alignment);
  if (__builtin_add_overflow(begin, bytes, &end))
    end = UINTPTR_MAX;
  intervals[numIntervals++] = {begin, end, buffer, written};
  return STEEPEST_OK;
}

// Sorted by their beginnings, a buffer overlaps an earlier one exactly when it
// begins before the furthest end so far.
steepest_status MemoryCheck::compare() {
  std::sort(intervals, intervals + numIntervals,
            [](const Interval &a, const Interval &b) {
              return a.begin != b.begin ? a.begin < b.begin
                                        : a.buffer < b.buffer;
            });
  const Interval *furthest = nullptr, *furthestWritten = nullptr;
  for (Interval *current = intervals; current != intervals + numIntervals;
       ++current) {
    const Interval *before = current->written ? furthest : furthestWritten;
    if (before && current->begin < before->end) {
      // In the order of the descriptor: the message does not depend on where
      // things lie in memory.
      BufferName a = nameOf(std::min(before->buffer, current->buffer));
      BufferName b = nameOf(std::max(before->buffer, current->buffer));
      return report.refuse(
          STEEPEST_OVERLAP, "%s%s%s%s and %s%s%s%s overlap in memory", a.role,
          a.quote, a.name, a.endQuote, b.role, b.quote, b.name, b.endQuote);
    }
    if (!furthest || current->end > furthest->end)
      furthest = current;
    if (current->written &&
        (!furthestWritten || current->end > furthestWritten->end))
      furthestWritten = current;
  }
  return STEEPEST_OK;
}

steepest_status checkMemory(const Report &report,
                            const steepest_optimizer *self,
                            const steepest_tensor *tensors, Given given,
                            const steepest_arguments *arguments,
                            const Shapes &shapes) {
  MemoryCheck check(report, self, tensors, shapes);
  for (int32_t index = 0; index < self->num_tensors; ++index) {
    if (!isGiven(self, tensors, index, given))
      continue;
    steepest_role role = self->tensors[index].role;
    // An initialisation writes states only.
    bool written =
        arguments ? role != STEEPEST_GRADIENT : role == STEEPEST_STATE;
    if (steepest_status status = check.addTensor(index, written))
      return status;
  }
  if (!arguments)
    return check.compare();
  size_t numCertificates = self->num_directions * size_t(shapes.batch);
  if (steepest_status status = check.addBuffer(
          Workspace, arguments->workspace, arguments->workspace_bytes,
          STEEPEST_WORKSPACE_ALIGNMENT, true))
    return status;
  if (steepest_status status =
          check.addBuffer(Certificates, arguments->certificates,
                          numCertificates * sizeof(steepest_certificate),
                          alignof(steepest_certificate), true))
    return status;
  if (steepest_status status = check.addBuffer(
          Hypers, arguments->hypers, self->num_hypers * sizeof(double),
          alignof(double), false))
    return status;
  return check.compare();
}

} // namespace steepest::runtime
