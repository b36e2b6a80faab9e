//===- Problem.cpp - a problem with its memory ----------------------------===//

#include "Problem.h"

#include <cstdlib>
#include <cstring>

Memory::Memory(size_t bytes)
    : count(bytes),
      bytes(static_cast<char *>(aligned_alloc(64, (bytes + 64) / 64 * 64))) {
  memset(data(), 0x5a, bytes);
}
void Memory::Free::operator()(char *memory) const { free(memory); }

static int64_t sizeOf(const steepest_tensor &tensor) {
  return tensor.dtype == STEEPEST_F64 ? 8 : 4;
}

/// The extents of tensor `info` where the parameter is rows x cols.
static std::pair<int64_t, int64_t> extentsOf(const steepest_tensor_info &info,
                                             int64_t rows, int64_t cols) {
  auto extent = [&](int dimension) {
    int64_t declared = info.shape[dimension];
    if (declared >= 0)
      return declared;
    if (declared == -1)
      return dimension == 0 && info.rank == 2 ? rows : cols;
    return declared == -2 ? rows : cols;
  };
  if (info.rank == 2)
    return {extent(0), extent(1)};
  return {1, info.rank == 1 ? extent(0) : 1};
}

Problem::Problem(const steepest_optimizer *optimizer, int64_t rows,
                 int64_t cols, int64_t batch, int64_t padding, int32_t threads)
    : optimizer(optimizer) {
  uint64_t state = 88172645463325252u + rows * 131 + cols;
  int64_t problems = batch < 0 ? 1 : batch;
  for (int index = 0; index < optimizer->num_tensors; ++index) {
    const steepest_tensor_info &info = optimizer->tensors[index];
    auto [tensorRows, tensorCols] = extentsOf(info, rows, cols);
    steepest_tensor tensor = {};
    tensor.dtype = info.dtype;
    int64_t rowStride = tensorCols + (info.rank == 2 ? padding : 0);
    int64_t batchStride = tensorRows * rowStride + padding;
    auto add = [&](int64_t extent, int64_t stride) {
      tensor.shape[tensor.rank] = extent;
      tensor.strides[tensor.rank++] = stride;
    };
    if (batch >= 0)
      add(batch, batchStride);
    if (info.rank == 2)
      add(tensorRows, rowStride);
    if (info.rank >= 1)
      add(tensorCols, 1);
    memories.emplace_back(problems * batchStride * sizeOf(tensor) + 64);
    tensor.data = memories.back().data();
    tensors.push_back(tensor);
    for (int64_t problem = 0; problem < problems; ++problem)
      for (int64_t row = 0; row < tensorRows; ++row)
        for (int64_t col = 0; col < tensorCols; ++col) {
          state ^= state << 13, state ^= state >> 7, state ^= state << 17;
          set(index, problem, row, col, double(state >> 40) / (1 << 23) - 1);
        }
  }
  arguments.tensors = tensors.data();
  arguments.num_tensors = optimizer->num_tensors;
  int64_t bytes = optimizer->workspace_bytes(optimizer, tensors.data(),
                                             optimizer->num_tensors, threads);
  workspace = std::make_unique<Memory>(bytes < 0 ? 0 : bytes);
  arguments.workspace = workspace->data();
  arguments.workspace_bytes = workspace->size();
  certificates.resize(problems * optimizer->num_directions);
  arguments.certificates = certificates.data();
}

char *Problem::address(int index, int64_t problem, int64_t row,
                       int64_t col) const {
  const steepest_tensor &tensor = tensors[index];
  int32_t rank = optimizer->tensors[index].rank;
  int64_t offset = col;
  if (rank == 2)
    offset += row * tensor.strides[tensor.rank - 2];
  if (tensor.rank > rank)
    offset += problem * tensor.strides[0];
  return static_cast<char *>(tensor.data) + offset * sizeOf(tensor);
}

double Problem::get(int tensor, int64_t problem, int64_t row,
                    int64_t col) const {
  const char *from = address(tensor, problem, row, col);
  if (tensors[tensor].dtype == STEEPEST_F64)
    return *reinterpret_cast<const double *>(from);
  return *reinterpret_cast<const float *>(from);
}

void Problem::set(int tensor, int64_t problem, int64_t row, int64_t col,
                  double value) {
  char *to = address(tensor, problem, row, col);
  if (tensors[tensor].dtype == STEEPEST_F64)
    *reinterpret_cast<double *>(to) = value;
  else
    *reinterpret_cast<float *>(to) = float(value);
}

steepest_status Problem::step(const steepest_context &context) {
  return optimizer->step(optimizer, &context, &arguments);
}

steepest_status Problem::step() {
  steepest_context context = loggingContext(messages);
  return step(context);
}

steepest_status Problem::init() {
  steepest_context context = loggingContext(messages);
  return optimizer->init(optimizer, &context, tensors.data(), tensors.size());
}

std::vector<std::string> Problem::tensorBytes() const {
  std::vector<std::string> all;
  for (const Memory &memory : memories)
    all.emplace_back(memory.data(), memory.size());
  return all;
}

std::vector<std::string> Problem::snapshot() const {
  std::vector<std::string> all = tensorBytes();
  all.emplace_back(workspace->data(), workspace->size());
  all.emplace_back(reinterpret_cast<const char *>(certificates.data()),
                   certificates.size() * sizeof(steepest_certificate));
  return all;
}

void logTo(steepest_context &context,
           std::vector<std::pair<steepest_status, std::string>> &messages) {
  context.log_user = &messages;
  context.log = [](void *user, steepest_status status, const char *message) {
    static_cast<std::vector<std::pair<steepest_status, std::string>> *>(user)
        ->emplace_back(status, message);
  };
}

steepest_context
loggingContext(std::vector<std::pair<steepest_status, std::string>> &messages) {
  steepest_context context;
  steepest_context_init_serial(&context);
  logTo(context, messages);
  return context;
}
