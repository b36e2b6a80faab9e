//===- StepManyTest.cpp - lists of independent steps ----------------------===//

#include "Optimizers.h"
#include "Problem.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

namespace {

class StepManyTest : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    pool = steepest_pool_create(GetParam());
    steepest_context_init_pool(&context, pool);
    logTo(context, messages);
  }
  void TearDown() override { steepest_pool_destroy(pool); }

  steepest_status run() {
    tasks.clear();
    for (auto &problem : problems)
      tasks.push_back(problem->task());
    return steepest_step_many(&context, tasks.data(), tasks.size());
  }

  void add(const steepest_optimizer *optimizer, int64_t rows, int64_t cols,
           int64_t batch = -1) {
    problems.push_back(
        std::make_unique<Problem>(optimizer, rows, cols, batch, 1, GetParam()));
  }

  steepest_pool *pool;
  steepest_context context;
  std::vector<std::pair<steepest_status, std::string>> messages;
  std::vector<std::unique_ptr<Problem>> problems;
  std::vector<steepest_task> tasks;
};

} // namespace

TEST_P(StepManyTest, SameBitsAsOneByOne) {
  // Small and large, equal and different, batches, vectors, empty ones: all
  // three ways of running a task are taken.
  for (auto [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{
           {300, 200}, {90, 80}, {90, 80}, {90, 80}, {10, 700}, {1, 1}})
    add(momentum(), rows, cols);
  for (int index = 0; index < 20; ++index)
    add(index % 2 ? momentumDouble() : momentum(), 5 + index, 40);
  add(momentum(), 30, 30, 7);
  add(momentum(), 70, 70, 1);
  add(vectorDescent(), 1, 1000);
  add(scalarDescent(), 1, 1);
  add(momentum(), 0, 7);
  add(variety(), 9, 8, 3);
  auto copies = std::move(problems);
  problems.clear();
  auto again = [&] {
    for (auto &problem : copies) {
      const steepest_tensor &w = problem->tensors[0];
      int32_t rank = problem->optimizer->tensors[0].rank;
      bool batched = w.rank > rank;
      add(problem->optimizer, rank == 2 ? w.shape[batched] : 1,
          rank ? w.shape[w.rank - 1] : 1, batched ? w.shape[0] : -1);
    }
  };
  again();
  for (auto &problem : copies)
    ASSERT_EQ(problem->step(), STEEPEST_OK);
  EXPECT_EQ(run(), STEEPEST_OK);
  for (size_t index = 0; index < problems.size(); ++index) {
    EXPECT_EQ(tasks[index].status, STEEPEST_OK);
    EXPECT_EQ(problems[index]->tensorBytes(), copies[index]->tensorBytes())
        << index;
    for (size_t c = 0; c < problems[index]->certificates.size(); ++c)
      EXPECT_EQ(problems[index]->certificates[c].value,
                copies[index]->certificates[c].value);
  }
  EXPECT_TRUE(messages.empty());
}

TEST_P(StepManyTest, OneRefusalLeavesTheOthers) {
  for (int index = 0; index < 5; ++index)
    add(momentum(), 30, 40);
  problems[1]->set(1, 0, 29, 39, NAN);
  problems[3]->tensors[1].shape[1] = 41;
  std::vector<std::vector<std::string>> before;
  for (auto &problem : problems)
    before.push_back(problem->tensorBytes());
  EXPECT_EQ(run(), STEEPEST_NONFINITE);
  for (size_t index = 0; index < 5; ++index) {
    steepest_status expected = index == 1   ? STEEPEST_NONFINITE
                               : index == 3 ? STEEPEST_BAD_SHAPE
                                            : STEEPEST_OK;
    EXPECT_EQ(tasks[index].status, expected);
    EXPECT_EQ(problems[index]->tensorBytes() == before[index],
              expected != STEEPEST_OK);
  }
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].second,
            "task 3: tensor 'g' has shape 30x41, expected 30x40 like parameter "
            "'w'");
  EXPECT_EQ(messages[1].second,
            "task 1: the gradient, or a state made of it, holds a nan or an "
            "infinity, so nothing was written");
}

TEST_P(StepManyTest, SharedWorkspace) {
  for (int index = 0; index < 4; ++index)
    add(momentum(), 20, 20);
  for (int index : {0, 2})
    problems[index]->arguments.workspace = problems[3]->arguments.workspace;
  if (GetParam() == 1) {
    EXPECT_EQ(run(), STEEPEST_OK);
    return;
  }
  auto before = problems[3]->tensorBytes();
  EXPECT_EQ(run(), STEEPEST_OVERLAP);
  EXPECT_EQ(tasks[0].status, STEEPEST_OK);
  EXPECT_EQ(tasks[1].status, STEEPEST_OK);
  EXPECT_EQ(tasks[2].status, STEEPEST_OVERLAP);
  EXPECT_EQ(tasks[3].status, STEEPEST_OVERLAP);
  EXPECT_EQ(problems[3]->tensorBytes(), before);
  EXPECT_EQ(messages.at(0).second,
            "task 2: the workspace overlaps that of task 0, expected one for "
            "each");
}

TEST_P(StepManyTest, LongLists) {
  for (int index = 0; index < 2500; ++index)
    add(momentum(), 1 + index % 7, 12);
  EXPECT_EQ(run(), STEEPEST_OK);
  for (int rows = 0; rows < 7; ++rows) {
    Problem alone(momentum(), 1 + rows, 12, -1, 1);
    EXPECT_EQ(alone.step(), STEEPEST_OK);
    for (size_t index = rows; index < 2500; index += 7)
      ASSERT_EQ(problems[index]->tensorBytes(), alone.tensorBytes()) << index;
  }
}

// With two threads: a large matrix has both inside, an even number of equal
// ones have one each, and of an odd number one is cut up.
TEST(StepManyScheduleTest, LargeOnesAreCutUp) {
  steepest_optimizer optimizer = *momentum();
  optimizer.kernel = [](const steepest_kernel_arguments *arguments) {
    arguments->certificates->iterations = double(arguments->threads);
    return int32_t(STEEPEST_OK);
  };
  steepest_pool *pool = steepest_pool_create(2);
  steepest_context context;
  steepest_context_init_pool(&context, pool);
  auto threadsInside = [&](std::vector<int64_t> sizes) {
    std::vector<std::unique_ptr<Problem>> problems;
    std::vector<steepest_task> tasks;
    for (int64_t size : sizes) {
      problems.push_back(
          std::make_unique<Problem>(&optimizer, size, size, -1, 0, 2));
      tasks.push_back(problems.back()->task());
    }
    EXPECT_EQ(steepest_step_many(&context, tasks.data(), tasks.size()),
              STEEPEST_OK);
    std::vector<int> threads;
    for (auto &problem : problems)
      threads.push_back(int(problem->certificates[0].iterations));
    return threads;
  };
  using Threads = std::vector<int>;
  EXPECT_EQ(threadsInside({100}), (Threads{2}));
  EXPECT_EQ(threadsInside({100, 100}), (Threads{1, 1}));
  EXPECT_EQ(threadsInside({100, 100, 100}), (Threads{2, 1, 1}));
  EXPECT_EQ(threadsInside({50, 20, 200, 50}), (Threads{1, 1, 2, 1}));
  EXPECT_EQ(threadsInside({100, 100, 100, 70, 70, 70}),
            (Threads{1, 1, 1, 1, 1, 1}));
  // Small ones are never worth it.
  EXPECT_EQ(threadsInside({40}), (Threads{1}));
  EXPECT_EQ(threadsInside({40, 40, 40}), (Threads{1, 1, 1}));
  steepest_pool_destroy(pool);
}

// A thread works in as few places as it can, and no two threads in one.
TEST(StepManyScheduleTest, ThreadsStayInTheLargestWorkspace) {
  steepest_optimizer optimizer = *momentum();
  optimizer.kernel = [](const steepest_kernel_arguments *arguments) {
    arguments->certificates->iterations =
        double(reinterpret_cast<uintptr_t>(arguments->workspace));
    return int32_t(STEEPEST_OK);
  };
  auto places = [&](int32_t threads, std::vector<int64_t> sizes,
                    std::vector<std::pair<int64_t, int64_t>> &found) {
    steepest_pool *pool = steepest_pool_create(threads);
    steepest_context context;
    steepest_context_init_pool(&context, pool);
    std::vector<std::unique_ptr<Problem>> problems;
    std::vector<steepest_task> tasks;
    for (int64_t size : sizes) {
      problems.push_back(
          std::make_unique<Problem>(&optimizer, size, size, -1, 0, threads));
      tasks.push_back(problems.back()->task());
    }
    EXPECT_EQ(steepest_step_many(&context, tasks.data(), tasks.size()),
              STEEPEST_OK);
    steepest_pool_destroy(pool);
    // The task whose workspace it was, and that of each.
    for (size_t index = 0; index < problems.size(); ++index) {
      auto place = uintptr_t(problems[index]->certificates[0].iterations);
      for (size_t owner = 0; owner < problems.size(); ++owner) {
        auto begin =
            reinterpret_cast<uintptr_t>(problems[owner]->arguments.workspace);
        if (begin <= place &&
            place < begin + problems[owner]->arguments.workspace_bytes)
          found.emplace_back(index, owner);
      }
    }
    ASSERT_EQ(found.size(), problems.size());
  };
  using Places = std::vector<std::pair<int64_t, int64_t>>;
  Places alone;
  places(1, {20, 60, 60, 30, 40}, alone);
  EXPECT_EQ(alone, (Places{{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}}));
  Places several;
  places(3, std::vector<int64_t>(60, 64), several);
  std::set<int64_t> owners;
  for (auto [task, owner] : several) {
    owners.insert(owner);
    EXPECT_EQ(several[owner].second, owner);
  }
  EXPECT_LE(owners.size(), 3u);
}

// One workspace for all, from as much as every thread can use down to what the
// largest task alone needs: always the bits of one after another.
TEST_P(StepManyTest, SameBitsWithinAnyWorkspace) {
  auto fill = [&] {
    problems.clear();
    for (auto [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{
             {300, 200}, {90, 80}, {17, 80}, {90, 80}, {10, 700}, {1, 1}})
      add(momentum(), rows, cols);
    for (int index = 0; index < 30; ++index)
      add(index % 3 ? momentumDouble() : momentum(), 5 + index, 40);
    add(momentum(), 30, 30, 7);
    add(vectorDescent(), 1, 1000);
    add(momentum(), 0, 7);
    // Their own workspaces are not looked at.
    for (auto &problem : problems) {
      problem->arguments.workspace = nullptr;
      problem->arguments.workspace_bytes = 0;
    }
  };
  auto collect = [&] {
    tasks.clear();
    for (auto &problem : problems)
      tasks.push_back(problem->task());
  };
  fill();
  collect();
  int64_t least = 0;
  int64_t busy =
      steepest_step_many_bytes(tasks.data(), tasks.size(), GetParam(), &least);
  ASSERT_GT(least, 0);
  ASSERT_GE(busy, least);
  std::vector<std::vector<std::string>> expected;
  for (int64_t bytes : {busy, (busy + least) / 2, least + 64, least}) {
    Memory memory(bytes);
    fill();
    collect();
    EXPECT_EQ(steepest_step_many_within(&context, tasks.data(), tasks.size(),
                                        memory.data(), memory.size()),
              STEEPEST_OK);
    std::vector<std::vector<std::string>> found;
    for (auto &problem : problems)
      found.push_back(problem->tensorBytes());
    if (expected.empty()) {
      fill();
      Memory one(busy);
      for (auto &problem : problems) {
        problem->arguments.workspace = one.data();
        problem->arguments.workspace_bytes = one.size();
        EXPECT_EQ(problem->step(), STEEPEST_OK);
        expected.push_back(problem->tensorBytes());
      }
    }
    EXPECT_EQ(found, expected) << bytes;
  }
  EXPECT_TRUE(messages.empty());
}

// Below what one task needs nothing is run, whichever task it is.
TEST_P(StepManyTest, TooSmallAWorkspace) {
  add(momentum(), 20, 30);
  add(momentum(), 60, 70);
  add(momentum(), 20, 30);
  problems[2]->tensors[1].shape[1] = 31;
  std::vector<std::vector<std::string>> before;
  for (auto &problem : problems) {
    before.push_back(problem->tensorBytes());
    tasks.push_back(problem->task());
  }
  int64_t least = 0;
  ASSERT_GT(steepest_step_many_bytes(tasks.data(), 2, GetParam(), &least), 0);
  EXPECT_EQ(steepest_step_many_bytes(tasks.data(), 2, 0, &least), -1);
  EXPECT_EQ(steepest_step_many_bytes(nullptr, 2, 1, nullptr), -1);
  Memory memory(least);
  auto within = [&](void *data, size_t bytes) {
    return steepest_step_many_within(&context, tasks.data(), tasks.size(), data,
                                     bytes);
  };
  EXPECT_EQ(within(memory.data(), least - 1), STEEPEST_SHORT_WORKSPACE);
  EXPECT_EQ(tasks[0].status, STEEPEST_SHORT_WORKSPACE);
  EXPECT_EQ(tasks[1].status, STEEPEST_SHORT_WORKSPACE);
  EXPECT_EQ(tasks[2].status, STEEPEST_BAD_SHAPE);
  EXPECT_EQ(messages.back().second,
            "the workspace has " + std::to_string(least - 1) +
                " bytes, expected " + std::to_string(least) +
                " for task 1 alone");
  EXPECT_EQ(within(nullptr, least), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(messages.back().second, "the workspace is null, expected " +
                                        std::to_string(least) + " bytes");
  EXPECT_EQ(within(memory.data() + 8, least), STEEPEST_BAD_ALIGNMENT);
  EXPECT_EQ(tasks[1].status, STEEPEST_BAD_ALIGNMENT);
  for (size_t index = 0; index < problems.size(); ++index)
    EXPECT_EQ(problems[index]->tensorBytes(), before[index]);
  EXPECT_EQ(within(memory.data(), least), STEEPEST_BAD_SHAPE);
  EXPECT_EQ(tasks[0].status, STEEPEST_OK);
  EXPECT_EQ(tasks[1].status, STEEPEST_OK);
}

TEST_P(StepManyTest, BadLists) {
  EXPECT_EQ(steepest_step_many(&context, nullptr, 0), STEEPEST_OK);
  EXPECT_EQ(steepest_step_many(&context, nullptr, 2), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(messages.back().second, "the tasks are null");
  add(momentum(), 3, 4);
  tasks = {problems[0]->task(), problems[0]->task()};
  EXPECT_EQ(steepest_step_many(&context, tasks.data(), -1), STEEPEST_BAD_COUNT);
  EXPECT_EQ(messages.back().second, "got -1 tasks, expected 0 or more");
  tasks[0].optimizer = nullptr;
  EXPECT_EQ(steepest_step_many(&context, tasks.data(), 2),
            STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(messages.back().second, "task 0: the optimizer is null");
  EXPECT_EQ(tasks[1].status, STEEPEST_OK);
  auto before = problems[0]->snapshot();
  EXPECT_EQ(steepest_step_many(nullptr, tasks.data(), 2),
            STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(tasks[1].status, STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(problems[0]->snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(Threads, StepManyTest, testing::Values(1, 2, 3, 4, 5));

// What the host vouches for reaches every problem, wherever it is run: alone,
// inside a batch, in a list, cut up, within one workspace.
TEST(StepManyScheduleTest, PromisesReachEveryKernel) {
  steepest_optimizer optimizer = *momentum();
  optimizer.kernel = [](const steepest_kernel_arguments *arguments) {
    arguments->certificates->iterations = double(arguments->finite_gradients);
    return int32_t(STEEPEST_OK);
  };
  steepest_pool *pool = steepest_pool_create(2);
  for (int32_t threads : {1, 2})
    for (int32_t promised : {0, 1}) {
      steepest_context context;
      if (threads == 1)
        steepest_context_init_serial(&context);
      else
        steepest_context_init_pool(&context, pool);
      EXPECT_EQ(context.finite_gradients, 0);
      context.finite_gradients = promised;
      std::vector<std::unique_ptr<Problem>> problems;
      std::vector<steepest_task> tasks;
      for (int64_t size : {100, 100, 100, 12, 5}) {
        problems.push_back(std::make_unique<Problem>(&optimizer, size, size,
                                                     size == 5 ? 3 : -1, 0, 2));
        tasks.push_back(problems.back()->task());
      }
      auto expect = [&] {
        for (auto &problem : problems)
          for (steepest_certificate &certificate : problem->certificates) {
            EXPECT_EQ(certificate.iterations, promised);
            certificate.iterations = -1;
          }
      };
      for (auto &problem : problems)
        EXPECT_EQ(problem->step(context), STEEPEST_OK);
      expect();
      EXPECT_EQ(steepest_step_many(&context, tasks.data(), tasks.size()),
                STEEPEST_OK);
      expect();
      int64_t least;
      int64_t most =
          steepest_step_many_bytes(tasks.data(), tasks.size(), threads, &least);
      for (int64_t bytes : {least, most}) {
        Memory workspace(bytes);
        EXPECT_EQ(steepest_step_many_within(&context, tasks.data(),
                                            tasks.size(), workspace.data(),
                                            bytes),
                  STEEPEST_OK);
        expect();
      }
    }
  steepest_pool_destroy(pool);
}
