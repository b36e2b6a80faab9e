//===- Optimizer.cpp - a compiled optimizer and its problems --------------===//

#include "benchmarks/elementwise/Optimizer.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace steepest::benchmark {

[[noreturn]] static void fail(const std::string &message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  std::exit(1);
}

const steepest_optimizer *loadOptimizer(const std::string &folder,
                                        const std::string &name) {
  void *library = dlopen((folder + "/" + name + ".so").c_str(), RTLD_NOW);
  if (!library)
    fail(dlerror());
  auto accessor = reinterpret_cast<const steepest_optimizer *(*)()>(
      dlsym(library, ("steepest_" + name).c_str()));
  if (!accessor)
    fail(dlerror());
  return accessor();
}

void FreeMemory::operator()(void *memory) const { std::free(memory); }

Memory allocate(size_t bytes) {
  constexpr size_t page = 4096;
  size_t rounded = (bytes + page - 1) / page * page;
  Memory memory(
      static_cast<char *>(std::aligned_alloc(page, rounded ? rounded : page)));
  if (!memory)
    fail("out of memory");
  std::memset(memory.get(), 0, bytes);
  return memory;
}

int64_t Problem::getSize(size_t tensor) const {
  int64_t size = 1;
  for (int32_t dim = 0; dim < tensors[tensor].rank; ++dim)
    size *= tensors[tensor].shape[dim];
  return size;
}

size_t Problem::getBytes(size_t tensor) const {
  return getSize(tensor) * (tensors[tensor].dtype == STEEPEST_F64 ? 8 : 4);
}

Problem::Problem(const steepest_optimizer *optimizer, int64_t rows,
                 int64_t cols)
    : optimizer(optimizer) {
  for (int32_t i = 0; i < optimizer->num_tensors; ++i) {
    const steepest_tensor_info &info = optimizer->tensors[i];
    int64_t given[2] = {info.rank == 1 ? cols : rows, cols};
    steepest_tensor tensor = {};
    tensor.dtype = info.dtype;
    tensor.rank = info.rank;
    for (int32_t dim = 0; dim < info.rank; ++dim) {
      int64_t extent = info.shape[dim];
      tensor.shape[dim] = extent >= 0    ? extent
                          : extent == -1 ? given[dim]
                                         : given[-2 - extent];
    }
    for (int64_t dim = info.rank - 1, stride = 1; dim >= 0; --dim) {
      tensor.strides[dim] = stride;
      stride *= tensor.shape[dim];
    }
    tensors.push_back(tensor);
    memories.push_back(allocate(getBytes(i)));
    tensors.back().data = memories.back().get();
  }
  arguments.tensors = tensors.data();
  arguments.num_tensors = int32_t(tensors.size());
  reset();
}

void Problem::reset() {
  uint32_t random = 1;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (optimizer->tensors[i].role == STEEPEST_STATE)
      continue;
    auto fill = [&](auto *data) {
      for (int64_t k = 0, size = getSize(i); k < size; ++k) {
        random = random * 1664525u + 1013904223u;
        data[k] = (int32_t(random) >> 8) * 0x1p-23f;
      }
    };
    if (tensors[i].dtype == STEEPEST_F64)
      fill(static_cast<double *>(tensors[i].data));
    else
      fill(static_cast<float *>(tensors[i].data));
  }
  steepest_context context;
  steepest_context_init_serial(&context);
  if (optimizer->init(optimizer, &context, tensors.data(), tensors.size()))
    fail("the states cannot be initialised");
}

void Problem::allocateWorkspace(int32_t threads) {
  int64_t bytes = optimizer->workspace_bytes(optimizer, tensors.data(),
                                             tensors.size(), threads);
  if (bytes < 0)
    fail("no workspace for this shape");
  workspace = allocate(bytes);
  arguments.workspace = workspace.get();
  arguments.workspace_bytes = bytes;
}

void Problem::step(const steepest_context &context) const {
  if (steepest_status status = optimizer->step(optimizer, &context, &arguments))
    fail(std::string("a step ends with ") + steepest_status_name(status));
}

double Problem::getLeastBytes() const {
  double bytes = 0;
  for (size_t i = 0; i < tensors.size(); ++i)
    bytes += getBytes(i) *
             (optimizer->tensors[i].role == STEEPEST_GRADIENT ? 1. : 2.);
  return bytes;
}

double Problem::getGradientBytes() const {
  double bytes = 0;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (optimizer->tensors[i].role == STEEPEST_GRADIENT)
      bytes += getBytes(i);
  return bytes;
}

std::string Problem::getWritten() const {
  std::string bytes;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (optimizer->tensors[i].role != STEEPEST_GRADIENT)
      bytes.append(static_cast<const char *>(tensors[i].data), getBytes(i));
  return bytes;
}

} // namespace steepest::benchmark
