//===- Many.cpp - the parameters of a model in one call -------------------===//
//
// Steps all parameters of a model by `steepest_step_many`, against stepping
// them one after another, on one thread and on several, and within workspaces
// of falling size. Before anything is timed the bits are compared: 1, 2, 3 and
// 5 threads, one by one or together, with any workspace.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/elementwise/Optimizer.h"
#include "benchmarks/native/Timer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

using namespace steepest::benchmark;

namespace {

struct Shape {
  bool isMatrix;
  int64_t rows, cols;
  int count;
};

/// Every matrix of a layer by the first rule, all else by the second.
const std::vector<Shape> gpt2Small = {
    {true, 2304, 768, 12}, {true, 768, 768, 12},   {true, 3072, 768, 12},
    {true, 768, 3072, 12}, {false, 50257, 768, 1}, {false, 1024, 768, 1},
    {false, 1, 768, 74},   {false, 1, 2304, 12},   {false, 1, 3072, 12}};

/// 126 filters of a convolutional network, as rows of outputs, and small dense
/// layers.
const std::vector<Shape> small = {{true, 16, 144, 18},  {true, 32, 288, 18},
                                  {true, 64, 64, 18},   {true, 64, 576, 18},
                                  {true, 128, 128, 18}, {true, 256, 64, 18},
                                  {true, 512, 128, 18}};

/// So small that the work is next to nothing.
const std::vector<Shape> tiny = {{false, 1, 16, 1000}};

class Model {
public:
  Model(const std::vector<Shape> &shapes, const steepest_optimizer *matrices,
        const steepest_optimizer *others) {
    for (const Shape &shape : shapes)
      for (int i = 0; i < shape.count; ++i)
        problems.push_back(std::make_unique<Problem>(
            shape.isMatrix ? matrices : others, shape.rows, shape.cols));
  }

  void reset() {
    for (auto &problem : problems)
      problem->reset();
  }
  std::string getWritten() const {
    std::string all;
    for (auto &problem : problems)
      all += problem->getWritten();
    return all;
  }
  std::vector<steepest_task> getTasks() const {
    std::vector<steepest_task> tasks;
    for (auto &problem : problems)
      tasks.push_back(problem->task());
    return tasks;
  }

  std::vector<std::unique_ptr<Problem>> problems;
};

/// A pool and a context on it.
struct Threads {
  explicit Threads(int32_t threads) : pool(steepest_pool_create(threads)) {
    steepest_context_init_pool(&context, pool);
  }
  ~Threads() { steepest_pool_destroy(pool); }
  steepest_pool *pool;
  steepest_context context;
};

} // namespace

static void check(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "error: %s\n", what);
  std::exit(1);
}

static void stepWithin(const steepest_context &context, const Model &model,
                       const Memory &memory, int64_t bytes) {
  std::vector<steepest_task> tasks = model.getTasks();
  check(steepest_step_many_within(&context, tasks.data(), tasks.size(),
                                  memory.get(), bytes) == STEEPEST_OK,
        "step_many_within failed");
}

static void compareBits(Model &model) {
  std::string expected;
  for (int32_t count : {1, 2, 3, 5}) {
    Threads threads(count);
    std::vector<steepest_task> tasks = model.getTasks();
    int64_t least, busy = steepest_step_many_bytes(tasks.data(), tasks.size(),
                                                   count, &least);
    Memory memory = allocate(busy);
    for (int64_t bytes : {busy, least}) {
      model.reset();
      stepWithin(threads.context, model, memory, bytes);
      if (expected.empty())
        expected = model.getWritten();
      check(model.getWritten() == expected,
            "the bits depend on threads or memory");
    }
  }
}

static void run(const char *name, Model &model, int32_t count, int rounds) {
  compareBits(model);
  Threads one(1), several(count);
  std::vector<steepest_task> tasks = model.getTasks();
  int64_t least, busy = steepest_step_many_bytes(tasks.data(), tasks.size(),
                                                 count, &least);
  Memory memory = allocate(busy);
  double sum = 0, held = 0;
  for (auto &problem : model.problems) {
    int64_t bytes = problem->optimizer->workspace_bytes(
        problem->optimizer, problem->tensors.data(), problem->tensors.size(),
        count);
    sum += double(bytes);
    held += problem->getWritten().size();
    problem->arguments.workspace = memory.get();
    problem->arguments.workspace_bytes = busy;
  }
  auto oneByOne = [&](const steepest_context &context) {
    return [&] {
      for (auto &problem : model.problems)
        problem->step(context);
    };
  };
  auto together = [&](const steepest_context &context, int64_t bytes) {
    return [&, bytes] { stepWithin(context, model, memory, bytes); };
  };
  std::vector<double> times =
      measure({oneByOne(one.context), together(one.context, busy),
               oneByOne(several.context), together(several.context, busy),
               together(several.context, least)},
              rounds, 0.02, Clock::Wall);
  std::printf("%s: %zu problems, parameters and states %.1f MB\n", name,
              model.problems.size(), held * 1e-6);
  std::printf("  workspaces: %.1f MB one for each, %.1f MB for %d threads, "
              "%.1f MB least\n",
              sum * 1e-6, busy * 1e-6, count, least * 1e-6);
  const char *rows[] = {"one by one, 1 thread", "together, 1 thread",
                        "one by one", "together", "together, least memory"};
  for (size_t i = 0; i < times.size(); ++i)
    std::printf("  %-24s %10.3f ms %8.2f us each %6.2f\n", rows[i],
                times[i] * 1e3, times[i] * 1e6 / model.problems.size(),
                times[0] / times[i]);
  std::fflush(stdout);
}

int main(int argc, char **argv) {
  int32_t threads = 2;
  int rounds = 11;
  std::string folder = ".", matrices = "muon", others = "adamw", list = "all";
  for (int i = 1; i < argc; ++i) {
    const char *argument = argv[i];
    auto value = [&](const char *option) -> const char * {
      size_t length = std::strlen(option);
      return std::strncmp(argument, option, length) ? nullptr
                                                    : argument + length;
    };
    if (const char *text = value("--threads="))
      threads = std::atoi(text);
    else if (const char *text = value("--rounds="))
      rounds = std::atoi(text);
    else if (const char *text = value("--folder="))
      folder = text;
    else if (const char *text = value("--matrices="))
      matrices = text;
    else if (const char *text = value("--others="))
      others = text;
    else if (const char *text = value("--list="))
      list = text;
    else
      check(false, "usage: benchmark-many [--list=gpt2-small|small|tiny] "
                   "[--threads=N] [--rounds=N] [--folder=PATH] "
                   "[--matrices=NAME] [--others=NAME]");
  }
  const steepest_optimizer *first = loadOptimizer(folder, matrices),
                           *second = loadOptimizer(folder, others);
  for (auto [name, shapes] :
       {std::pair("tiny", &tiny), std::pair("small", &small),
        std::pair("gpt2-small", &gpt2Small)}) {
    if (list != "all" && list != name)
      continue;
    Model model(*shapes, first, second);
    run(name, model, threads, rounds);
  }
  return 0;
}
