//===- Elementwise.cpp - elementwise rules against copies -----------------===//
//
// Steps of rules without products, against what the memory gives to loops that
// do nothing else: a copy, with ordinary and with non-temporal stores, a read,
// and a scaling in place, which reads and writes the same lines as a step does.
// A second peer is AdamW by hand, in one pass, without looking for gradients
// that are not finite. Interleaved, medians.
//
// `least` counts every tensor of the host that is read, once, and every one
// that is written, once. A step reads the gradient once more, before it writes
// anything: `moved`; not so where the host vouches for finite gradients.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/elementwise/Optimizer.h"
#include "benchmarks/native/Timer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

using namespace steepest::benchmark;

namespace {

typedef float Vector __attribute__((vector_size(64)));

/// Loops over pieces of arrays, shared among the workers of a context.
class Loops {
public:
  Loops(const steepest_context &context, int64_t size)
      : context(context), size(size) {}

  void run(const std::function<void(int64_t, int64_t)> &piece) const {
    constexpr int64_t length = 1 << 16;
    struct Region {
      const std::function<void(int64_t, int64_t)> *piece;
      int64_t size;
    } region = {&piece, size};
    context.parallel_for(
        context.pool, (size + length - 1) / length,
        [](void *argument, int64_t task, int64_t) {
          auto &region = *static_cast<Region *>(argument);
          (*region.piece)(task *length,
                          std::min((task + 1) * length, region.size));
        },
        &region);
  }

private:
  const steepest_context &context;
  int64_t size;
};

/// The pieces begin and end at multiples of 16 elements.
void copy(float *to, const float *from, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i += 16)
    *(Vector *)(to + i) = *(const Vector *)(from + i);
}

void copyAround(float *to, const float *from, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i += 16)
    __builtin_nontemporal_store(*(const Vector *)(from + i),
                                (Vector *)(to + i));
}

void scale(float *x, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i += 16)
    *(Vector *)(x + i) *= 0.9999f;
}

float largest(const float *x, int64_t begin, int64_t end) {
  Vector found[4] = {};
  for (int64_t i = begin; i + 64 <= end; i += 64)
    for (int64_t k = 0; k < 4; ++k) {
      Vector next = *(const Vector *)(x + i + 16 * k);
      found[k] = found[k] > next ? found[k] : next;
    }
  float result = 0;
  for (const Vector &vector : found)
    for (int64_t lane = 0; lane < 16; ++lane)
      result = std::max(result, vector[lane]);
  return result;
}

/// AdamW as torch.optim has it, with the corrections of a late step.
void adamw(float *__restrict w, const float *__restrict g, float *__restrict m,
           float *__restrict v, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    m[i] = m[i] * 0.9f + g[i] * 0.1f;
    v[i] = v[i] * 0.999f + g[i] * g[i] * 0.001f;
    w[i] = w[i] * 0.99999f - m[i] / (std::sqrt(v[i]) + 1e-8f) * 0.001f;
  }
}

struct Row {
  std::string name;
  double least, moved;
};

} // namespace

int main(int argc, char **argv) {
  int64_t size = 1 << 24;
  int32_t threads = 1;
  int rounds = 21;
  std::string folder = ".";
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const char *argument = argv[i];
    auto value = [&](const char *option) -> const char * {
      size_t length = std::strlen(option);
      return std::strncmp(argument, option, length) ? nullptr
                                                    : argument + length;
    };
    if (const char *text = value("--elements="))
      size = std::atoll(text) / 1024 * 1024;
    else if (const char *text = value("--threads="))
      threads = std::atoi(text);
    else if (const char *text = value("--rounds="))
      rounds = std::atoi(text);
    else if (const char *text = value("--folder="))
      folder = text;
    else
      names.push_back(argument);
  }
  if (names.empty() || size <= 0 || threads < 1 || rounds < 1) {
    std::fprintf(stderr,
                 "usage: benchmark-elementwise [--elements=N] [--threads=N] "
                 "[--rounds=N] [--folder=PATH] NAME...\n");
    return 1;
  }
  steepest_pool *pool = steepest_pool_create(threads);
  steepest_context context;
  steepest_context_init_pool(&context, pool);
  steepest_context vouching = context;
  vouching.finite_gradients = 1;
  Loops loops(context, size);

  size_t bytes = size * sizeof(float);
  std::vector<Memory> memories;
  for (int i = 0; i < 4; ++i) {
    memories.push_back(allocate(bytes));
    auto *data = reinterpret_cast<float *>(memories.back().get());
    for (int64_t k = 0; k < size; ++k)
      data[k] = 0.001f * float(k % 1000) + 0.1f;
  }
  auto array = [&](int i) {
    return reinterpret_cast<float *>(memories[i].get());
  };
  float *w = array(0), *g = array(1), *m = array(2), *v = array(3);

  std::vector<std::function<void()>> candidates;
  std::vector<Row> rows;
  auto add = [&](std::string name, double least, double moved,
                 std::function<void()> run) {
    rows.push_back({std::move(name), least, moved});
    candidates.push_back(std::move(run));
  };
  volatile float sink = 0;
  add("read", 1. * bytes, 1. * bytes, [&] {
    loops.run([&](int64_t begin, int64_t end) {
      float found = largest(g, begin, end);
      if (found > 1e30f)
        sink = found;
    });
  });
  add("copy", 2. * bytes, 2. * bytes, [&] {
    loops.run([&](int64_t begin, int64_t end) { copy(m, g, begin, end); });
  });
  add("copy, non-temporal", 2. * bytes, 2. * bytes, [&] {
    loops.run(
        [&](int64_t begin, int64_t end) { copyAround(m, g, begin, end); });
  });
  add("scaling in place", 2. * bytes, 2. * bytes, [&] {
    loops.run([&](int64_t begin, int64_t end) { scale(m, begin, end); });
  });
  size_t inPlace = rows.size() - 1;
  add("AdamW by hand, unchecked", 7. * bytes, 7. * bytes, [&] {
    loops.run(
        [&](int64_t begin, int64_t end) { adamw(w, g, m, v, begin, end); });
  });

  std::vector<std::unique_ptr<Problem>> problems;
  for (const std::string &name : names) {
    const steepest_optimizer *optimizer = loadOptimizer(folder, name);
    problems.push_back(std::make_unique<Problem>(optimizer, size / 1024, 1024));
    Problem *problem = problems.back().get();
    problem->allocateWorkspace(threads);
    add(name, problem->getLeastBytes(),
        problem->getLeastBytes() + problem->getGradientBytes(),
        [&context, problem] { problem->step(context); });
    add(name + ", vouched", problem->getLeastBytes(), problem->getLeastBytes(),
        [&vouching, problem] { problem->step(vouching); });
  }
  std::vector<double> times = measure(
      candidates, rounds, 0, threads == 1 ? Clock::Thread : Clock::Wall);
  double bandwidth = rows[inPlace].least / times[inPlace];
  std::printf("%ld elements, %d thread%s\n", long(size), threads,
              threads == 1 ? "" : "s");
  std::printf("| %-26s | %8s | %10s | %10s | %8s |\n", "", "ms", "least GB/s",
              "moved GB/s", "in place");
  for (size_t i = 0; i < rows.size(); ++i)
    std::printf(
        "| %-26s | %8.2f | %10.1f | %10.1f | %8.2f |\n", rows[i].name.c_str(),
        times[i] * 1e3, rows[i].least / times[i] * 1e-9,
        rows[i].moved / times[i] * 1e-9, rows[i].moved / times[i] / bandwidth);
  steepest_pool_destroy(pool);
  return 0;
}
