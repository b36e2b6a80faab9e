//===- Init.cpp - initial values of states on a GPU -----------------------===//

#include "../Check.h"
#include "Plan.h"

#include <cstring>

namespace steepest::runtime::cuda {
namespace {

/// A matrix in device memory, in words of two or four bytes.
struct DeviceMatrix {
  Pointer data;
  steepest_dtype dtype;
  int64_t rows, cols, rowStride;

  int64_t pitch() const { return rowStride * elementSize(dtype); }
};

/// Fills matrices on a stream; keeps the first error.
class Filler {
public:
  Filler(const Driver &driver, Stream stream)
      : driver(driver), stream(stream) {}

  void fill(const DeviceMatrix &matrix, double value);
  void fillDiagonal(const DeviceMatrix &matrix);
  void copy(const DeviceMatrix &from, const DeviceMatrix &to);

  int result = success;

private:
  /// `height` words `pitch` bytes apart, or rows of `width` words.
  void set32(Pointer memory, int64_t pitch, uint32_t value, int64_t width,
             int64_t height) {
    if (!result)
      result = driver.memset2D32(memory, size_t(pitch), value, size_t(width),
                                 size_t(height), stream);
  }
  void set16(Pointer memory, int64_t pitch, uint16_t value, int64_t width,
             int64_t height) {
    if (!result)
      result = driver.memset2D16(memory, size_t(pitch), value, size_t(width),
                                 size_t(height), stream);
  }

  const Driver &driver;
  Stream stream;
};

uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// To nearest, ties to even; initial values are finite.
uint16_t bf16BitsOf(float value) {
  uint32_t bits = bitsOf(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void Filler::fill(const DeviceMatrix &matrix, double value) {
  if (matrix.dtype == STEEPEST_F32)
    return set32(matrix.data, matrix.pitch(), bitsOf(float(value)), matrix.cols,
                 matrix.rows);
  if (matrix.dtype == STEEPEST_BF16)
    return set16(matrix.data, matrix.pitch(), bf16BitsOf(float(value)),
                 matrix.cols, matrix.rows);
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  auto low = uint32_t(bits), high = uint32_t(bits >> 32);
  if (low == high)
    return set32(matrix.data, matrix.pitch(), low, 2 * matrix.cols,
                 matrix.rows);
  for (int64_t row = 0; row < matrix.rows; ++row) {
    Pointer start = matrix.data + Pointer(row * matrix.pitch());
    set32(start, 8, low, 1, matrix.cols);
    set32(start + 4, 8, high, 1, matrix.cols);
  }
}

void Filler::fillDiagonal(const DeviceMatrix &matrix) {
  int64_t count = matrix.rows < matrix.cols ? matrix.rows : matrix.cols;
  int64_t step = matrix.pitch() + elementSize(matrix.dtype);
  if (matrix.dtype == STEEPEST_F32)
    set32(matrix.data, step, bitsOf(1), 1, count);
  else if (matrix.dtype == STEEPEST_BF16)
    set16(matrix.data, step, bf16BitsOf(1), 1, count);
  else // the low half of 1.0 is zero
    set32(matrix.data + 4, step, 0x3ff00000, 1, count);
}

void Filler::copy(const DeviceMatrix &from, const DeviceMatrix &to) {
  Copy2D copy = {};
  copy.srcType = copy.dstType = deviceMemory;
  copy.srcDevice = from.data;
  copy.srcPitch = size_t(from.pitch());
  copy.dstDevice = to.data;
  copy.dstPitch = size_t(to.pitch());
  copy.widthBytes = size_t(to.cols * elementSize(to.dtype));
  copy.height = size_t(to.rows);
  if (!result)
    result = driver.memcpy2D(&copy, stream);
}

DeviceMatrix matrixOf(const steepest_optimizer *self,
                      const steepest_tensor *tensors, const Shapes &shapes,
                      int32_t index, int64_t problem) {
  const steepest_tensor &tensor = tensors[index];
  DeviceMatrix matrix;
  matrix.dtype = self->tensors[index].dtype;
  int64_t offset = problem ? problem * tensor.strides[0] : 0;
  matrix.data = reinterpret_cast<Pointer>(tensor.data) +
                Pointer(offset * elementSize(matrix.dtype));
  matrix.rows = shapes.rows(index);
  matrix.cols = shapes.cols(index);
  matrix.rowStride =
      matrix.rows > 1 ? tensor.strides[shapes.batched] : matrix.cols;
  return matrix;
}

steepest_status checkCopy(const Report &report, const steepest_optimizer *self,
                          const Shapes &shapes, int32_t index) {
  const steepest_tensor_info &info = self->tensors[index];
  const steepest_tensor_info &like = self->tensors[info.like];
  if (shapes.rows(index) != shapes.rows(info.like) ||
      shapes.cols(index) != shapes.cols(info.like))
    return report.refuse(STEEPEST_BAD_SHAPE,
                         "state '%s' begins as a copy of parameter '%s', "
                         "expected its shape",
                         info.name, like.name);
  if (info.dtype != like.dtype)
    return report.refuse(STEEPEST_BAD_DTYPE,
                         "state '%s' begins as a copy of parameter '%s', "
                         "expected its dtype on a GPU",
                         info.name, like.name);
  return STEEPEST_OK;
}

} // namespace
} // namespace steepest::runtime::cuda

using namespace steepest::runtime;
using namespace steepest::runtime::cuda;

steepest_status steepest_cuda_init(const steepest_optimizer *self,
                                   const steepest_context *context,
                                   const steepest_tensor *tensors,
                                   int32_t num_tensors) {
  Report report(context);
  Shapes shapes;
  if (steepest_status status =
          checkInit(report, self, context, tensors, num_tensors, shapes))
    return status;
  const steepest_cuda_launch *launch;
  if (steepest_status status = findLaunch(report, self, context, launch))
    return status;
  for (int32_t index = 0; index < num_tensors; ++index)
    if (self->tensors[index].role == STEEPEST_STATE &&
        self->tensors[index].initial == STEEPEST_INITIAL_PARAMETER)
      if (steepest_status status = checkCopy(report, self, shapes, index))
        return status;
  if (shapes.empty)
    return STEEPEST_OK;
  if (steepest_status status = checkDevice(report, *launch->plan))
    return status;
  Filler filler(launch->plan->driver, launch->stream);
  for (int32_t index = 0; index < num_tensors; ++index) {
    const steepest_tensor_info &info = self->tensors[index];
    if (info.role != STEEPEST_STATE)
      continue;
    for (int64_t problem = 0; problem < shapes.batch; ++problem) {
      DeviceMatrix state = matrixOf(self, tensors, shapes, index, problem);
      if (info.initial == STEEPEST_INITIAL_PARAMETER) {
        filler.copy(matrixOf(self, tensors, shapes, info.like, problem), state);
        continue;
      }
      bool isIdentity = info.initial == STEEPEST_INITIAL_IDENTITY;
      filler.fill(state, isIdentity ? 0 : info.initial_value);
      if (isIdentity)
        filler.fillDiagonal(state);
    }
  }
  if (filler.result)
    return refuseResult(report, launch->plan->driver, filler.result,
                        "fill the states");
  return STEEPEST_OK;
}
