//===- StepTest.cpp - steps, batches, defaults, failures ------------------===//

#include "Optimizers.h"
#include "Problem.h"

#include <cmath>
#include <gtest/gtest.h>

namespace {

struct PoolDelete {
  void operator()(steepest_pool *pool) const { steepest_pool_destroy(pool); }
};
using Pool = std::unique_ptr<steepest_pool, PoolDelete>;

steepest_context poolContext(const Pool &pool) {
  steepest_context context;
  steepest_context_init_pool(&context, pool.get());
  return context;
}

/// Steps `problem` and compares with the rule, element by element.
void expectMomentum(Problem &problem, const steepest_context &context,
                    double rate, double beta) {
  struct Element {
    double w, g, m;
  };
  std::vector<Element> elements;
  const steepest_tensor &w = problem.tensors[0];
  bool batched = w.rank == 3;
  int64_t batch = batched ? w.shape[0] : 1;
  auto forEach = [&](auto visit) {
    for (int64_t problem = 0; problem < batch; ++problem)
      for (int64_t row = 0; row < w.shape[batched]; ++row)
        for (int64_t col = 0; col < w.shape[batched + 1]; ++col)
          visit(problem, row, col);
  };
  forEach([&](int64_t p, int64_t r, int64_t c) {
    elements.push_back({problem.get(0, p, r, c), problem.get(1, p, r, c),
                        problem.get(2, p, r, c)});
  });
  ASSERT_EQ(problem.step(context), STEEPEST_OK);
  size_t index = 0;
  std::vector<double> values(batch);
  forEach([&](int64_t p, int64_t r, int64_t c) {
    Element &element = elements[index++];
    double next = beta * element.m + element.g;
    EXPECT_EQ(problem.get(1, p, r, c), element.g);
    EXPECT_NEAR(problem.get(2, p, r, c), next, 1e-6);
    EXPECT_NEAR(problem.get(0, p, r, c), element.w - rate * next, 1e-6);
    values[p] += element.g * next;
  });
  if (problem.arguments.certificates)
    for (int64_t p = 0; p < batch; ++p) {
      EXPECT_NEAR(problem.certificates[p].value, values[p], 1e-4);
      EXPECT_EQ(problem.certificates[p].iterations, 3);
    }
}

} // namespace

TEST(StepTest, Defaults) {
  steepest_context context;
  steepest_context_init_serial(&context);
  for (const steepest_optimizer *self : {momentum(), momentumDouble()}) {
    Problem problem(self, 5, 7);
    expectMomentum(problem, context, 0.25, 0.5);
  }
}

TEST(StepTest, Hypers) {
  steepest_context context;
  steepest_context_init_serial(&context);
  Problem problem(momentum(), 5, 7);
  problem.hypers = {0.125, 0.75};
  problem.arguments.hypers = problem.hypers.data();
  problem.arguments.num_hypers = 2;
  expectMomentum(problem, context, 0.125, 0.75);
}

TEST(StepTest, CertificatesMayBeNull) {
  steepest_context context;
  steepest_context_init_serial(&context);
  for (int64_t batch : {-1, 3}) {
    Problem problem(momentum(), 5, 7, batch);
    problem.arguments.certificates = nullptr;
    expectMomentum(problem, context, 0.25, 0.5);
  }
}

TEST(StepTest, StridesBatchesThreads) {
  for (int32_t threads : {1, 2, 3}) {
    Pool pool(steepest_pool_create(threads));
    steepest_context context = poolContext(pool);
    EXPECT_EQ(context.threads, threads);
    for (int64_t batch : {-1, 1, 2, 3, 8})
      for (int64_t padding : {0, 3}) {
        Problem problem(momentum(), 6, 5, batch, padding, threads);
        expectMomentum(problem, context, 0.25, 0.5);
      }
  }
}

TEST(StepTest, UnusedStridesAreNotRead) {
  steepest_context context;
  steepest_context_init_serial(&context);
  Problem row(momentum(), 1, 5), column(momentum(), 5, 1),
      single(momentum(), 3, 4, 1);
  for (int index = 0; index < 3; ++index) {
    row.tensors[index].strides[0] = -77;
    column.tensors[index].strides[1] = 0;
    single.tensors[index].strides[0] = -1;
  }
  for (Problem *problem : {&row, &column}) {
    ASSERT_EQ(problem->step(context), STEEPEST_OK);
  }
  ASSERT_EQ(single.step(context), STEEPEST_OK);
}

TEST(StepTest, InterleavedBatch) {
  // Three heads of 2 columns in matrices of 6 columns.
  steepest_context context;
  steepest_context_init_serial(&context);
  Problem problem(momentum(), 4, 2, 3, 6);
  for (steepest_tensor &tensor : problem.tensors) {
    tensor.strides[0] = 2;
    tensor.strides[1] = 6;
  }
  for (int index = 0; index < 3; ++index)
    for (int64_t head = 0; head < 3; ++head)
      for (int64_t row = 0; row < 4; ++row)
        for (int64_t col = 0; col < 2; ++col)
          problem.set(index, head, row, col, index + row - head * 0.25 + col);
  expectMomentum(problem, context, 0.25, 0.5);
  // One column too narrow.
  problem.tensors[0].strides[1] = 5;
  EXPECT_EQ(problem.step(context), STEEPEST_BAD_STRIDE);
}

TEST(StepTest, VectorsAndScalars) {
  for (int64_t batch : {-1, 2}) {
    Problem vector(vectorDescent(), 1, 3, batch, 1);
    Problem scalar(scalarDescent(), 1, 1, batch, 1);
    for (Problem *problem : {&vector, &scalar}) {
      int64_t last = batch < 0 ? 0 : batch - 1;
      double w = problem->get(0, last, 0, 0), g = problem->get(1, last, 0, 0);
      ASSERT_EQ(problem->step(), STEEPEST_OK);
      EXPECT_NEAR(problem->get(0, last, 0, 0), w - 0.25 * g, 1e-6);
    }
  }
}

TEST(StepTest, EmptyProblems) {
  for (auto [rows, cols, batch] : std::vector<std::array<int64_t, 3>>{
           {0, 4, -1}, {3, 0, -1}, {0, 0, -1}, {3, 4, 0}, {0, 4, 2}}) {
    Problem problem(momentum(), rows, cols, batch);
    EXPECT_EQ(problem.arguments.workspace_bytes, 0u);
    for (steepest_tensor &tensor : problem.tensors)
      tensor.data = nullptr;
    problem.arguments.workspace = nullptr;
    problem.arguments.certificates = nullptr;
    EXPECT_EQ(problem.step(), STEEPEST_OK);
    EXPECT_TRUE(problem.messages.empty());
  }
  // Shapes of empty problems are checked all the same.
  Problem problem(momentum(), 0, 4);
  problem.tensors[1].shape[1] = 3;
  EXPECT_EQ(problem.step(), STEEPEST_BAD_SHAPE);
}

TEST(StepTest, FailureWritesNothing) {
  Problem problem(momentum(), 3, 4);
  problem.set(1, 0, 2, 3, NAN);
  auto before = problem.tensorBytes();
  EXPECT_EQ(problem.step(), STEEPEST_NONFINITE);
  EXPECT_EQ(problem.tensorBytes(), before);
  EXPECT_EQ(problem.messages.at(0).second,
            "the gradient, or a state made of it, holds a nan or an infinity, "
            "so nothing was written");
}

TEST(StepTest, EveryProblemOfABatchIsAtomic) {
  for (int32_t threads : {1, 2, 5}) {
    Pool pool(steepest_pool_create(threads));
    Problem problem(momentum(), 3, 4, 4, 0, threads);
    problem.set(1, 2, 0, 0, INFINITY);
    problem.set(1, 3, 0, 0, NAN);
    std::vector<double> before, after;
    for (int64_t index = 0; index < 4; ++index)
      before.push_back(problem.get(0, index, 1, 1));
    steepest_context context = poolContext(pool);
    logTo(context, problem.messages);
    EXPECT_EQ(problem.step(context), STEEPEST_NONFINITE);
    ASSERT_EQ(problem.messages.size(), 1u);
    EXPECT_EQ(problem.messages[0].second,
              "problem 2 of a batch of 4: the gradient, or a state made of it, "
              "holds a nan or an infinity, so nothing was written to it");
    for (int64_t index = 0; index < 4; ++index)
      EXPECT_EQ(problem.get(0, index, 1, 1) == before[index], index >= 2);
  }
}

TEST(StepTest, FirstFailureOfTheBatchCounts) {
  steepest_optimizer optimizer = *vectorDescent();
  optimizer.kernel = [](const steepest_kernel_arguments *arguments) {
    // The status is in the data.
    return int32_t(*static_cast<float *>(arguments->tensors[1].data));
  };
  Pool pool(steepest_pool_create(2));
  Problem problem(&optimizer, 1, 1, 6, 0, 2);
  for (int64_t index = 0; index < 6; ++index)
    problem.set(1, index, 0, 0, 0);
  problem.set(1, 5, 0, 0, STEEPEST_NONFINITE);
  problem.set(1, 3, 0, 0, STEEPEST_OFF_MANIFOLD);
  problem.set(1, 4, 0, 0, STEEPEST_NO_CONVERGENCE);
  EXPECT_EQ(problem.step(poolContext(pool)), STEEPEST_OFF_MANIFOLD);
  problem.set(1, 0, 0, 0, STEEPEST_NO_CONVERGENCE);
  EXPECT_EQ(problem.step(poolContext(pool)), STEEPEST_NO_CONVERGENCE);
  EXPECT_EQ(problem.step(), STEEPEST_NO_CONVERGENCE);
  EXPECT_EQ(problem.messages.at(0).second,
            "problem 0 of a batch of 6: an eigenvalue or factorisation routine "
            "did not converge, so nothing was written to it");
}

TEST(StepTest, SameBitsOnAnyNumberOfThreads) {
  for (int64_t batch : {-1, 2, 3, 9}) {
    std::vector<std::string> expected;
    std::vector<double> values;
    for (int32_t threads : {1, 2, 4}) {
      Pool pool(steepest_pool_create(threads));
      Problem problem(momentum(), 33, 17, batch, 1, threads);
      for (int time = 0; time < 3; ++time)
        ASSERT_EQ(problem.step(poolContext(pool)), STEEPEST_OK);
      if (expected.empty())
        expected = problem.tensorBytes();
      EXPECT_EQ(problem.tensorBytes(), expected);
      values.push_back(problem.certificates.back().value);
      EXPECT_EQ(values.back(), values.front());
    }
  }
}
