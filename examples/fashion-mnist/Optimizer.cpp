//===- Optimizer.cpp - hosting compiled optimizers ------------------------===//

#include "Optimizer.h"
#include "Npy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <new>
#include <stdexcept>

//===----------------------------------------------------------------------===//
// Optimizer
//===----------------------------------------------------------------------===//

Optimizer::Optimizer(const OptimizerChoice &choice)
    : library(nullptr, dlclose) {
  auto fail = [&](const std::string &message) {
    throw std::runtime_error("optimizer " + choice.name + ": " + message);
  };
  // Without a slash dlopen would search the system's folders instead.
  std::string path = choice.path.find('/') == std::string::npos
                         ? "./" + choice.path
                         : choice.path;
  library.reset(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library)
    fail(dlerror());
  std::string symbol = "steepest_" + choice.name;
  auto *entry = reinterpret_cast<const steepest_optimizer *(*)()>(
      dlsym(library.get(), symbol.c_str()));
  if (!entry)
    fail(choice.path + " has no symbol " + symbol);
  descriptor = entry();
  if (descriptor->abi_version != STEEPEST_ABI_VERSION)
    fail("made for ABI version " + std::to_string(descriptor->abi_version) +
         ", this trainer has version " + std::to_string(STEEPEST_ABI_VERSION));

  auto count = [&](steepest_role role) {
    return std::count_if(
        descriptor->tensors, descriptor->tensors + descriptor->num_tensors,
        [&](const steepest_tensor_info &info) { return info.role == role; });
  };
  if (count(STEEPEST_PARAMETER) != 1 || count(STEEPEST_GRADIENT) != 1)
    fail("expects " + std::to_string(count(STEEPEST_PARAMETER)) +
         " parameters at once; this trainer gives it one");

  for (int i = 0; i < descriptor->num_hypers; ++i)
    values.push_back(descriptor->hypers[i].default_value);
  for (const auto &[name, value] : choice.hypers) {
    auto *end = descriptor->hypers + descriptor->num_hypers;
    auto *info = std::find_if(
        descriptor->hypers, end,
        [&, &name = name](const auto &info) { return name == info.name; });
    if (info == end) {
      std::string known;
      for (int i = 0; i < descriptor->num_hypers; ++i)
        known += std::string(" ") + descriptor->hypers[i].name;
      fail("no hyper-parameter '" + name + "'; it has:" + known);
    }
    values[info - descriptor->hypers] = value;
  }
}

std::vector<double> Optimizer::hypers(double scale) const {
  std::vector<double> scaled = values;
  for (std::size_t i = 0; i < scaled.size(); ++i)
    if (std::strcmp(descriptor->hypers[i].name, "lr") == 0)
      scaled[i] *= scale;
  return scaled;
}

bool Optimizer::isOrthonormal() const {
  return std::any_of(descriptor->directions,
                     descriptor->directions + descriptor->num_directions,
                     [](const steepest_direction_info &info) {
                       return std::strcmp(info.manifold, "stiefel") == 0;
                     });
}

//===----------------------------------------------------------------------===//
// ModelOptimizer
//===----------------------------------------------------------------------===//

void ModelOptimizer::AlignedFree::operator()(void *memory) const {
  std::free(memory);
}

ModelOptimizer::Memory ModelOptimizer::allocate(std::size_t bytes) {
  // aligned_alloc wants a multiple of the alignment.
  constexpr std::size_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  bytes = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  Memory memory(std::aligned_alloc(alignment, bytes));
  if (!memory)
    throw std::bad_alloc();
  return memory;
}

/// A contiguous matrix.
static steepest_tensor matrixTensor(float *data, std::int64_t rows,
                                    std::int64_t cols) {
  steepest_tensor tensor = {};
  tensor.data = data;
  tensor.dtype = STEEPEST_F32;
  tensor.rank = 2;
  tensor.shape[0] = rows;
  tensor.shape[1] = cols;
  tensor.strides[0] = cols;
  tensor.strides[1] = 1;
  return tensor;
}

/// A vector as `optimizer` wants it: a rule for matrices takes it as a matrix
/// with one row, which means the same to every rule that works by entries.
static steepest_tensor vectorTensor(const Optimizer &optimizer, float *data,
                                    std::int64_t size) {
  if (optimizer->tensors[0].rank != 1)
    return matrixTensor(data, 1, size);
  steepest_tensor tensor = {};
  tensor.data = data;
  tensor.dtype = STEEPEST_F32;
  tensor.rank = 1;
  tensor.shape[0] = size;
  tensor.strides[0] = 1;
  return tensor;
}

ModelOptimizer::ModelOptimizer(Model &model, const Optimizer &matrices,
                               const Optimizer *vectors,
                               const steepest_context &context)
    : context(context) {
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    Layer &layer = model.layers[i];
    std::string number = std::to_string(i + 1);
    auto rows = layer.weight.rows(), cols = layer.weight.cols();
    add(matrices, "weight " + number,
        matrixTensor(layer.weight.data(), rows, cols),
        matrixTensor(layer.weightGradient.data(), rows, cols));
    if (vectors)
      add(*vectors, "bias " + number,
          vectorTensor(*vectors, layer.bias.data(), rows),
          vectorTensor(*vectors, layer.biasGradient.data(), rows));
  }

  constexpr std::size_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  std::size_t total = 0;
  for (const auto &entry : entries)
    total += (entry->workspaceBytes + alignment - 1) / alignment * alignment;
  workspace = allocate(total);

  auto *piece = static_cast<char *>(workspace.get());
  for (const auto &entry : entries) {
    steepest_task task = {};
    task.optimizer = entry->optimizer->get();
    task.arguments.tensors = entry->tensors.data();
    task.arguments.num_tensors = task.optimizer->num_tensors;
    task.arguments.num_hypers = task.optimizer->num_hypers;
    task.arguments.workspace = piece;
    task.arguments.workspace_bytes = entry->workspaceBytes;
    task.arguments.certificates = entry->certificates.data();
    tasks.push_back(task);
    piece += (entry->workspaceBytes + alignment - 1) / alignment * alignment;
  }
}

void ModelOptimizer::add(const Optimizer &optimizer, const std::string &label,
                         const steepest_tensor &parameter,
                         const steepest_tensor &gradient) {
  auto check = [&](steepest_status status) {
    if (status != STEEPEST_OK)
      throw std::runtime_error(std::string(optimizer->name) + ", " + label +
                               ": " + steepest_status_name(status));
  };
  auto entry = std::make_unique<Entry>();
  entry->optimizer = &optimizer;
  entry->label = label;
  for (int i = 0; i < optimizer->num_tensors; ++i) {
    const steepest_tensor_info &info = optimizer->tensors[i];
    if (info.role == STEEPEST_PARAMETER) {
      entry->tensors.push_back(parameter);
      continue;
    }
    if (info.role == STEEPEST_GRADIENT) {
      entry->tensors.push_back(gradient);
      continue;
    }
    steepest_tensor state = {};
    state.dtype = info.dtype;
    state.rank = info.rank;
    // Extents below 0 name a dimension of the tensor `like`; a scalar has none.
    if (info.rank > 0 && (info.like < 0 || info.like >= i))
      throw std::runtime_error(std::string(optimizer->name) + ": state " +
                               info.name +
                               " has a shape that follows from no parameter");
    const steepest_tensor &like = entry->tensors[info.like];
    std::int64_t elements = 1;
    for (int d = info.rank; d-- > 0;) {
      std::int64_t extent = info.shape[d];
      state.shape[d] = extent >= 0    ? extent
                       : extent == -1 ? like.shape[d]
                                      : like.shape[-2 - extent];
      state.strides[d] = elements;
      elements *= state.shape[d];
    }
    entry->states.push_back(
        allocate(elements * (info.dtype == STEEPEST_F64 ? sizeof(double)
                                                        : sizeof(float))));
    state.data = entry->states.back().get();
    entry->tensors.push_back(state);
  }

  check(optimizer->init(optimizer.get(), &context, entry->tensors.data(),
                        optimizer->num_tensors));
  std::int64_t bytes =
      optimizer->workspace_bytes(optimizer.get(), entry->tensors.data(),
                                 optimizer->num_tensors, context.threads);
  if (bytes < 0)
    check(STEEPEST_BAD_SHAPE);
  entry->workspaceBytes = bytes;
  entry->certificates.resize(optimizer->num_directions);
  entries.push_back(std::move(entry));
}

void ModelOptimizer::step(double scale) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    entries[i]->hypers = entries[i]->optimizer->hypers(scale);
    tasks[i].arguments.hypers = entries[i]->hypers.data();
  }
  steepest_step_many(&context, tasks.data(), tasks.size());

  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Entry &entry = *entries[i];
    if (tasks[i].status != STEEPEST_OK)
      throw std::runtime_error(
          std::string((*entry.optimizer)->name) + ", " + entry.label +
          ": step refused: " + steepest_status_name(tasks[i].status));
    for (const steepest_certificate &certificate : entry.certificates) {
      gap = std::max(gap, certificate.gap);
      stops += certificate.outcome == STEEPEST_BUDGET;
    }
  }
}

void ModelOptimizer::save(const std::string &prefix, bool states) const {
  for (const auto &entry : entries) {
    const steepest_optimizer *optimizer = entry->optimizer->get();
    std::string label = entry->label;
    label.erase(std::remove(label.begin(), label.end(), ' '), label.end());
    for (int i = 0; i < optimizer->num_tensors; ++i)
      if ((optimizer->tensors[i].role == STEEPEST_STATE) == states)
        writeNpy(prefix + label + "-" + optimizer->tensors[i].name + ".npy",
                 entry->tensors[i]);
  }
}
