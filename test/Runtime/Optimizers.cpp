//===- Optimizers.cpp - descriptors written by hand -----------------------===//

#include "Optimizers.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace {

/// The workspace of one momentum step.
template <typename Real> struct Momentum {
  const steepest_kernel_arguments *arguments;
  Real *next;
  double *rowValues;
  std::atomic<int32_t> *workersInUse;
  std::atomic<int32_t> status{STEEPEST_OK};

  const steepest_matrix &matrix(int index) const {
    return arguments->tensors[index];
  }
  Real *row(int index, int64_t row) const {
    return static_cast<Real *>(matrix(index).data) +
           row * matrix(index).row_stride;
  }
};

int64_t roundUp(int64_t bytes) { return (bytes + 63) / 64 * 64; }

template <typename Real>
int64_t momentumBytes(const int64_t *dims, int64_t threads) {
  return roundUp(dims[0] * dims[1] * sizeof(Real)) + roundUp(dims[0] * 8) +
         roundUp(threads * 4);
}

template <typename Real>
void computeRow(void *argument, int64_t row, int64_t worker) {
  auto &step = *static_cast<Momentum<Real> *>(argument);
  if (step.workersInUse[worker].exchange(1))
    step.status = STEEPEST_NO_CONVERGENCE;
  Real beta = Real(step.arguments->hypers[1]);
  int64_t cols = step.matrix(0).cols;
  double value = 0;
  for (int64_t col = 0; col < cols; ++col) {
    Real gradient = step.row(1, row)[col];
    if (!std::isfinite(gradient))
      step.status = STEEPEST_NONFINITE;
    Real next = beta * step.row(2, row)[col] + gradient;
    step.next[row * cols + col] = next;
    value += double(gradient) * double(next);
  }
  step.rowValues[row] = value;
  step.workersInUse[worker] = 0;
}

template <typename Real> void commitRow(void *argument, int64_t row, int64_t) {
  auto &step = *static_cast<Momentum<Real> *>(argument);
  Real rate = Real(step.arguments->hypers[0]);
  int64_t cols = step.matrix(0).cols;
  for (int64_t col = 0; col < cols; ++col) {
    Real next = step.next[row * cols + col];
    step.row(2, row)[col] = next;
    step.row(0, row)[col] -= rate * next;
  }
}

template <typename Real>
int32_t momentumKernel(const steepest_kernel_arguments *arguments) {
  Momentum<Real> step;
  step.arguments = arguments;
  int64_t rows = arguments->tensors[0].rows, cols = arguments->tensors[0].cols;
  auto *memory = static_cast<char *>(arguments->workspace);
  if (reinterpret_cast<uintptr_t>(memory) % STEEPEST_WORKSPACE_ALIGNMENT)
    return STEEPEST_BAD_ALIGNMENT;
  step.next = reinterpret_cast<Real *>(memory);
  memory += roundUp(rows * cols * sizeof(Real));
  step.rowValues = reinterpret_cast<double *>(memory);
  memory += roundUp(rows * 8);
  step.workersInUse = reinterpret_cast<std::atomic<int32_t> *>(memory);
  for (int64_t worker = 0; worker < arguments->threads; ++worker)
    step.workersInUse[worker] = 0;
  arguments->parallel_for(arguments->pool, rows, computeRow<Real>, &step);
  if (step.status != STEEPEST_OK)
    return step.status;
  arguments->parallel_for(arguments->pool, rows, commitRow<Real>, &step);
  double value = 0;
  for (int64_t row = 0; row < rows; ++row)
    value += step.rowValues[row];
  *arguments->certificates = {value, value + 1, 1 / (value + 1),    0,
                              0,     3,         STEEPEST_CONVERGED, 0};
  return STEEPEST_OK;
}

int32_t descentKernel(const steepest_kernel_arguments *arguments) {
  const steepest_matrix &w = arguments->tensors[0], &g = arguments->tensors[1];
  for (int64_t col = 0; col < w.cols; ++col)
    static_cast<float *>(w.data)[col] -=
        float(arguments->hypers[0]) * static_cast<const float *>(g.data)[col];
  return w.rows == 1 ? STEEPEST_OK : STEEPEST_BAD_SHAPE;
}

int64_t noBytes(const int64_t *, int64_t) { return 0; }

/// As if a step were some 15 products with the smaller side inside.
int64_t costOfProducts(const int64_t *dims) {
  return 30 * dims[0] * dims[1] * std::min(dims[0], dims[1]);
}

const steepest_tensor_info varietyTensors[] = {
    {"w", STEEPEST_PARAMETER, STEEPEST_F32, 2, {-1, -1}, 0},
    {"g", STEEPEST_GRADIENT, STEEPEST_F32, 2, {-1, -1}, 0},
    {"left",
     STEEPEST_STATE,
     STEEPEST_F32,
     2,
     {-2, -2},
     0,
     STEEPEST_INITIAL_IDENTITY},
    {"right",
     STEEPEST_STATE,
     STEEPEST_F64,
     2,
     {-3, -3},
     0,
     STEEPEST_INITIAL_IDENTITY},
    {"sums",
     STEEPEST_STATE,
     STEEPEST_F32,
     1,
     {-2},
     0,
     STEEPEST_INITIAL_CONSTANT,
     0.5},
    {"table",
     STEEPEST_STATE,
     STEEPEST_F64,
     2,
     {2, 3},
     0,
     STEEPEST_INITIAL_CONSTANT,
     0.1},
    {"copy",
     STEEPEST_STATE,
     STEEPEST_F64,
     2,
     {-1, -1},
     0,
     STEEPEST_INITIAL_PARAMETER},
    {"count",
     STEEPEST_STATE,
     STEEPEST_F32,
     0,
     {},
     0,
     STEEPEST_INITIAL_CONSTANT,
     0},
};

int32_t varietyKernel(const steepest_kernel_arguments *arguments) {
  for (int index = 0; index < 8; ++index) {
    const steepest_matrix &matrix = arguments->tensors[index];
    for (int64_t row = 0; index != 1 && row < matrix.rows; ++row)
      for (int64_t col = 0; col < matrix.cols; ++col) {
        int64_t offset = row * matrix.row_stride + col;
        if (varietyTensors[index].dtype == STEEPEST_F64)
          static_cast<double *>(matrix.data)[offset] += 1;
        else
          static_cast<float *>(matrix.data)[offset] += 1;
      }
  }
  return STEEPEST_OK;
}

template <steepest_dtype dtype>
const steepest_tensor_info momentumTensors[] = {
    {"w", STEEPEST_PARAMETER, dtype, 2, {-1, -1}, 0},
    {"g", STEEPEST_GRADIENT, dtype, 2, {-1, -1}, 0},
    {"m", STEEPEST_STATE, dtype, 2, {-1, -1}, 0, STEEPEST_INITIAL_CONSTANT, 0},
};
template <int32_t rank>
const steepest_tensor_info descentTensors[] = {
    {"w", STEEPEST_PARAMETER, STEEPEST_F32, rank, {-1}, 0},
    {"g", STEEPEST_GRADIENT, STEEPEST_F32, rank, {-1}, 0},
};
const steepest_hyper_info hypers[] = {{"lr", 0.25}, {"beta", 0.5}};
const steepest_direction_info directions[] = {
    {"phi", "#steepest.frobenius", "", "closed form"}};

constexpr steepest_optimizer
describe(const char *name, int32_t numTensors,
         const steepest_tensor_info *tensors, int32_t numHypers,
         int32_t numDirections,
         int32_t (*kernel)(const steepest_kernel_arguments *),
         int64_t (*bytes)(const int64_t *, int64_t)) {
  return {STEEPEST_ABI_VERSION,
          name,
          "x86-64",
          "+sse2,+fxsr,-avx512f,fast-gather",
          "",
          numTensors,
          numHypers,
          numDirections,
          0,
          tensors,
          hypers,
          directions,
          steepest_workspace_bytes,
          steepest_init,
          steepest_step,
          kernel,
          bytes,
          costOfProducts};
}

} // namespace

const steepest_optimizer *momentum() {
  static const steepest_optimizer optimizer =
      describe("momentum", 3, momentumTensors<STEEPEST_F32>, 2, 1,
               momentumKernel<float>, momentumBytes<float>);
  return &optimizer;
}

const steepest_optimizer *momentumDouble() {
  static const steepest_optimizer optimizer =
      describe("momentum_double", 3, momentumTensors<STEEPEST_F64>, 2, 1,
               momentumKernel<double>, momentumBytes<double>);
  return &optimizer;
}

const steepest_optimizer *vectorDescent() {
  static const steepest_optimizer optimizer = describe(
      "vector_descent", 2, descentTensors<1>, 1, 0, descentKernel, noBytes);
  return &optimizer;
}

const steepest_optimizer *scalarDescent() {
  static const steepest_optimizer optimizer = describe(
      "scalar_descent", 2, descentTensors<0>, 1, 0, descentKernel, noBytes);
  return &optimizer;
}

const steepest_optimizer *variety() {
  static const steepest_optimizer optimizer =
      describe("variety", 8, varietyTensors, 0, 0, varietyKernel, noBytes);
  return &optimizer;
}
