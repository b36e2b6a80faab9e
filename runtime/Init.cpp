//===- Init.cpp - initial values of states --------------------------------===//

#include "Check.h"

#include <cstring>

namespace steepest::runtime {
namespace {

/// To nearest, ties to even; a NaN stays one.
uint16_t roundToBf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  if (value != value)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// Where one tensor of one problem lies.
struct Elements {
  char *data;
  steepest_dtype dtype;
  int64_t rowStride;

  char *at(int64_t row, int64_t col) const {
    return data + (row * rowStride + col) * elementSize(dtype);
  }
  void write(int64_t row, int64_t col, double value) const {
    if (dtype == STEEPEST_F64) {
      memcpy(at(row, col), &value, sizeof(value));
      return;
    }
    float narrow = static_cast<float>(value);
    if (dtype == STEEPEST_BF16) {
      uint16_t half = roundToBf16(narrow);
      memcpy(at(row, col), &half, sizeof(half));
      return;
    }
    memcpy(at(row, col), &narrow, sizeof(narrow));
  }
  double read(int64_t row, int64_t col) const {
    if (dtype == STEEPEST_F64) {
      double value;
      memcpy(&value, at(row, col), sizeof(value));
      return value;
    }
    float narrow;
    if (dtype == STEEPEST_BF16) {
      uint16_t half;
      memcpy(&half, at(row, col), sizeof(half));
      uint32_t bits = uint32_t(half) << 16;
      memcpy(&narrow, &bits, sizeof(narrow));
      return narrow;
    }
    memcpy(&narrow, at(row, col), sizeof(narrow));
    return narrow;
  }
};

} // namespace

static Elements elementsOf(const steepest_optimizer *self,
                           const steepest_tensor *tensors, const Shapes &shapes,
                           int32_t index, int64_t problem) {
  const steepest_tensor &tensor = tensors[index];
  steepest_dtype dtype = self->tensors[index].dtype;
  int64_t offset = problem ? problem * tensor.strides[0] : 0;
  return {static_cast<char *>(tensor.data) + offset * elementSize(dtype), dtype,
          shapes.rows(index) > 1 ? tensor.strides[shapes.batched]
                                 : shapes.cols(index)};
}

static void initialize(const steepest_optimizer *self,
                       const steepest_tensor *tensors, const Shapes &shapes,
                       int32_t index, int64_t problem) {
  const steepest_tensor_info &info = self->tensors[index];
  Elements state = elementsOf(self, tensors, shapes, index, problem);
  Elements source = elementsOf(self, tensors, shapes, info.like, problem);
  for (int64_t row = 0; row < shapes.rows(index); ++row)
    for (int64_t col = 0; col < shapes.cols(index); ++col)
      switch (info.initial) {
      case STEEPEST_INITIAL_CONSTANT:
        state.write(row, col, info.initial_value);
        break;
      case STEEPEST_INITIAL_IDENTITY:
        state.write(row, col, row == col ? 1 : 0);
        break;
      case STEEPEST_INITIAL_PARAMETER:
        // The bits themselves where nothing is converted: a NaN keeps its
        // payload.
        if (state.dtype == source.dtype)
          memcpy(state.at(row, col), source.at(row, col),
                 elementSize(state.dtype));
        else
          state.write(row, col, source.read(row, col));
        break;
      }
}

} // namespace steepest::runtime

using namespace steepest::runtime;

steepest_status steepest_init(const steepest_optimizer *self,
                              const steepest_context *context,
                              const steepest_tensor *tensors,
                              int32_t num_tensors) {
  Report report(context);
  Shapes shapes;
  if (steepest_status status =
          checkInit(report, self, context, tensors, num_tensors, shapes))
    return status;
  for (int32_t index = 0; index < num_tensors; ++index) {
    const steepest_tensor_info &info = self->tensors[index];
    if (info.role == STEEPEST_STATE &&
        info.initial == STEEPEST_INITIAL_PARAMETER &&
        (shapes.rows(index) != shapes.rows(info.like) ||
         shapes.cols(index) != shapes.cols(info.like)))
      return report.refuse(STEEPEST_BAD_SHAPE,
                           "state '%s' begins as a copy of parameter '%s', "
                           "expected the same shape",
                           info.name, self->tensors[info.like].name);
  }
  for (int32_t index = 0; index < num_tensors; ++index)
    for (int64_t problem = 0;
         self->tensors[index].role == STEEPEST_STATE && problem < shapes.batch;
         ++problem)
      initialize(self, tensors, shapes, index, problem);
  return STEEPEST_OK;
}
