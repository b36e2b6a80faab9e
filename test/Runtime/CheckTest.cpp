//===- CheckTest.cpp - every refusal, its words, and nothing written ------===//

#include "Optimizers.h"
#include "Problem.h"

#include <cstring>
#include <functional>
#include <gtest/gtest.h>

namespace {

/// One thing wrong with an otherwise good step of `momentum` on 3x4 matrices.
struct Refusal {
  const char *name;
  std::function<void(Problem &)> spoil;
  steepest_status status;
  const char *message;
};

void PrintTo(const Refusal &refusal, std::ostream *out) {
  *out << refusal.name;
}

class RefusalTest : public testing::TestWithParam<Refusal> {};
class BatchRefusalTest : public testing::TestWithParam<Refusal> {};

/// A copy of the optimizer of `problem` that may be changed. It lives to the
/// end of the program, as descriptors do.
steepest_optimizer &changeOptimizer(Problem &problem) {
  auto *copy = new steepest_optimizer(*problem.optimizer);
  static std::vector<std::unique_ptr<steepest_optimizer>> copies;
  copies.emplace_back(copy);
  problem.optimizer = copy;
  return *copy;
}

void expectRefusal(Problem &problem, const Refusal &refusal) {
  problem.hypers = {0.1, 0.2};
  refusal.spoil(problem);
  auto before = problem.snapshot();
  EXPECT_EQ(problem.step(), refusal.status);
  ASSERT_EQ(problem.messages.size(), 1u);
  EXPECT_EQ(problem.messages[0].first, refusal.status);
  EXPECT_EQ(problem.messages[0].second, refusal.message);
  EXPECT_EQ(problem.snapshot(), before);
}

void move(steepest_tensor &tensor, int64_t bytes) {
  tensor.data = static_cast<char *>(tensor.data) + bytes;
}

} // namespace

TEST_P(RefusalTest, IsLoggedAndWritesNothing) {
  Problem problem(momentum(), 3, 4, -1, 2);
  expectRefusal(problem, GetParam());
}

TEST_P(BatchRefusalTest, IsLoggedAndWritesNothing) {
  Problem problem(momentum(), 3, 4, 2, 2);
  expectRefusal(problem, GetParam());
}

static const Refusal refusals[] = {
    {"OptimizerVersion", [](Problem &p) { changeOptimizer(p).abi_version = 7; },
     STEEPEST_BAD_VERSION, "the optimizer has abi version 7, expected 5"},
    {"Malformed",
     [](Problem &p) {
       static steepest_tensor_info infos[3];
       memcpy(infos, p.optimizer->tensors, sizeof(infos));
       infos[1].like = 5;
       changeOptimizer(p).tensors = infos;
     },
     STEEPEST_BAD_VERSION, "optimizer 'momentum' has a malformed descriptor"},
    {"TooManyTensors",
     [](Problem &p) { changeOptimizer(p).num_tensors = 2000; },
     STEEPEST_BAD_COUNT,
     "optimizer 'momentum' has 2000 tensors, expected 1024 or fewer"},
    {"Features",
     [](Problem &p) { changeOptimizer(p).features = "+sse2,+warp9,+quux"; },
     STEEPEST_UNSUPPORTED_CPU,
     "optimizer 'momentum' is compiled for x86-64, this cpu lacks warp9, quux"},
    {"TensorCount", [](Problem &p) { p.arguments.num_tensors = 2; },
     STEEPEST_BAD_COUNT, "got 2 tensors, expected 3"},
    {"NullTensors", [](Problem &p) { p.arguments.tensors = nullptr; },
     STEEPEST_NULL_ARGUMENT, "the tensors are null"},
    {"HyperCount",
     [](Problem &p) {
       p.arguments.hypers = p.hypers.data();
       p.arguments.num_hypers = 1;
     },
     STEEPEST_BAD_COUNT, "got 1 hyper-parameters, expected 2"},
    {"NullData", [](Problem &p) { p.tensors[1].data = nullptr; },
     STEEPEST_NULL_ARGUMENT, "gradient 'g' has null data"},
    {"Dtype", [](Problem &p) { p.tensors[2].dtype = STEEPEST_F64; },
     STEEPEST_BAD_DTYPE, "tensor 'm' has dtype f64, expected f32"},
    {"NoDtype",
     [](Problem &p) {
       int32_t dtype = 77;
       memcpy(&p.tensors[0].dtype, &dtype, sizeof(dtype));
     },
     STEEPEST_BAD_DTYPE, "tensor 'w' has dtype unknown, expected f32"},
    {"Rank", [](Problem &p) { p.tensors[0].rank = 4; }, STEEPEST_BAD_RANK,
     "tensor 'w' has rank 4, expected 2, or 3 for a batch"},
    {"MixedRanks", [](Problem &p) { p.tensors[1].rank = 3; }, STEEPEST_BAD_RANK,
     "tensor 'g' has rank 3, expected 2: tensor 'w' has no batch dimension"},
    {"Shape", [](Problem &p) { p.tensors[1].shape[1] = 5; }, STEEPEST_BAD_SHAPE,
     "tensor 'g' has shape 3x5, expected 3x4 like parameter 'w'"},
    {"NegativeExtent", [](Problem &p) { p.tensors[0].shape[0] = -3; },
     STEEPEST_BAD_SHAPE,
     "tensor 'w' has extent -3 in dimension 0, expected shape ?x?"},
    {"HugeShape",
     [](Problem &p) {
       for (auto &tensor : p.tensors)
         tensor.shape[0] = int64_t(1) << 62;
     },
     STEEPEST_BAD_SHAPE,
     "tensor 'w' has shape 4611686018427387904x4, expected one that fits into "
     "memory"},
    {"InnerStride", [](Problem &p) { p.tensors[0].strides[1] = 2; },
     STEEPEST_BAD_STRIDE, "tensor 'w' has stride 2 in dimension 1, expected 1"},
    {"RowsOverlap", [](Problem &p) { p.tensors[2].strides[0] = 3; },
     STEEPEST_BAD_STRIDE,
     "tensor 'm' has stride 3 in dimension 0, expected 4 or more"},
    {"NegativeStride", [](Problem &p) { p.tensors[1].strides[0] = -6; },
     STEEPEST_BAD_STRIDE,
     "tensor 'g' has stride -6 in dimension 0, expected 4 or more"},
    {"HugeStride",
     [](Problem &p) { p.tensors[1].strides[0] = int64_t(1) << 61; },
     STEEPEST_BAD_STRIDE,
     "tensor 'g' has strides that leave the address space"},
    {"Misaligned", [](Problem &p) { move(p.tensors[0], 2); },
     STEEPEST_BAD_ALIGNMENT, "tensor 'w' is aligned to 2 bytes, expected 4"},
    {"NullWorkspace", [](Problem &p) { p.arguments.workspace = nullptr; },
     STEEPEST_NULL_ARGUMENT, "the workspace is null, expected 448 bytes"},
    {"ShortWorkspace", [](Problem &p) { p.arguments.workspace_bytes = 447; },
     STEEPEST_SHORT_WORKSPACE,
     "the workspace has 447 bytes, expected 448 for 1 thread"},
    {"MisalignedWorkspace",
     [](Problem &p) {
       p.arguments.workspace = static_cast<char *>(p.arguments.workspace) + 8;
     },
     STEEPEST_BAD_ALIGNMENT,
     "the address of the workspace is aligned to 8 bytes, expected 64"},
    {"MisalignedCertificates",
     [](Problem &p) {
       p.arguments.certificates = reinterpret_cast<steepest_certificate *>(
           reinterpret_cast<char *>(p.certificates.data()) + 1);
     },
     STEEPEST_BAD_ALIGNMENT,
     "the address of the certificates is aligned to 1 byte, expected 8"},
    {"SameBuffer", [](Problem &p) { p.tensors[1].data = p.tensors[0].data; },
     STEEPEST_OVERLAP, "parameter 'w' and gradient 'g' overlap in memory"},
    {"LastElement",
     [](Problem &p) {
       p.tensors[2].data = p.tensors[1].data;
       move(p.tensors[2], 15 * 4);
     },
     STEEPEST_OVERLAP, "gradient 'g' and state 'm' overlap in memory"},
    {"WorkspaceOverTensor",
     [](Problem &p) {
       p.arguments.workspace = p.tensors[1].data;
       p.arguments.workspace_bytes = 1 << 20;
     },
     STEEPEST_OVERLAP, "gradient 'g' and the workspace overlap in memory"},
    {"EndlessWorkspace",
     [](Problem &p) {
       p.arguments.workspace = p.tensors[0].data;
       p.arguments.workspace_bytes = SIZE_MAX;
     },
     STEEPEST_OVERLAP, "parameter 'w' and the workspace overlap in memory"},
    {"CertificatesOverWorkspace",
     [](Problem &p) {
       p.arguments.certificates =
           static_cast<steepest_certificate *>(p.arguments.workspace);
     },
     STEEPEST_OVERLAP, "the workspace and the certificates overlap in memory"},
    {"HypersInWorkspace",
     [](Problem &p) {
       p.arguments.hypers = static_cast<double *>(p.arguments.workspace);
       p.arguments.num_hypers = 2;
     },
     STEEPEST_OVERLAP,
     "the workspace and the hyper-parameters overlap in memory"},
};

static const Refusal batchRefusals[] = {
    {"MixedRanks", [](Problem &p) { p.tensors[2].rank = 2; }, STEEPEST_BAD_RANK,
     "tensor 'm' has rank 2, expected 3: tensor 'w' has a batch dimension"},
    {"Batch", [](Problem &p) { p.tensors[2].shape[0] = 1; }, STEEPEST_BAD_SHAPE,
     "tensor 'm' has shape 1x3x4, expected 2x3x4 like parameter 'w'"},
    {"NegativeBatch", [](Problem &p) { p.tensors[0].shape[0] = -2; },
     STEEPEST_BAD_SHAPE,
     "the batch dimension has extent -2, expected 0 or more"},
    {"ProblemsOverlap", [](Problem &p) { p.tensors[0].strides[0] = 15; },
     STEEPEST_BAD_STRIDE,
     "tensor 'w' has stride 15 in dimension 0, expected 16 or more"},
    {"Broadcast", [](Problem &p) { p.tensors[1].strides[0] = 0; },
     STEEPEST_BAD_STRIDE,
     "tensor 'g' has stride 0 in dimension 0, expected 16 or more"},
};

static std::string nameOf(const testing::TestParamInfo<Refusal> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Single, RefusalTest, testing::ValuesIn(refusals),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Batch, BatchRefusalTest,
                         testing::ValuesIn(batchRefusals), nameOf);

TEST(CheckTest, StaticExtents) {
  Problem problem(variety(), 3, 4);
  problem.tensors[5].shape[0] = 7;
  auto before = problem.snapshot();
  EXPECT_EQ(problem.step(), STEEPEST_BAD_SHAPE);
  EXPECT_EQ(problem.messages.at(0).second,
            "tensor 'table' has shape 7x3, expected 2x3 like parameter 'w'");
  EXPECT_EQ(problem.snapshot(), before);
}

TEST(CheckTest, ShapesThatFollowOneDimension) {
  Problem problem(variety(), 3, 4);
  problem.tensors[3].shape[0] = 3;
  EXPECT_EQ(problem.step(), STEEPEST_BAD_SHAPE);
  EXPECT_EQ(problem.messages.at(0).second,
            "tensor 'right' has shape 3x4, expected 4x4 like parameter 'w'");
}

TEST(CheckTest, Context) {
  Problem problem(momentum(), 3, 4);
  auto before = problem.snapshot();
  const steepest_optimizer *self = problem.optimizer;
  EXPECT_EQ(steepest_step(self, nullptr, &problem.arguments),
            STEEPEST_NULL_ARGUMENT);
  steepest_context context = loggingContext(problem.messages);
  EXPECT_EQ(steepest_step(nullptr, &context, &problem.arguments),
            STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(problem.messages.back().second, "the optimizer is null");
  EXPECT_EQ(steepest_step(self, &context, nullptr), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(problem.messages.back().second, "the arguments are null");
  context.threads = 0;
  EXPECT_EQ(problem.step(context), STEEPEST_BAD_COUNT);
  EXPECT_EQ(problem.messages.back().second,
            "the context has 0 threads, expected 1 or more");
  context.threads = 2;
  context.parallel_for = nullptr;
  EXPECT_EQ(problem.step(context), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(problem.messages.back().second,
            "the context has 2 threads and no parallel_for");
  // With another version nobody knows where `log` is.
  size_t logged = problem.messages.size();
  context.abi_version = STEEPEST_ABI_VERSION + 1;
  EXPECT_EQ(problem.step(context), STEEPEST_BAD_VERSION);
  EXPECT_EQ(problem.messages.size(), logged);
  EXPECT_EQ(problem.snapshot(), before);
}

TEST(CheckTest, NobodyNeedsToListen) {
  Problem problem(momentum(), 3, 4);
  problem.tensors[0].data = nullptr;
  steepest_context context;
  steepest_context_init_serial(&context);
  EXPECT_EQ(problem.step(context), STEEPEST_NULL_ARGUMENT);
}

TEST(CheckTest, OnlyWhatIsWrittenMayNotOverlap) {
  // Two problems that read one gradient.
  static const steepest_tensor_info infos[] = {
      {"w", STEEPEST_PARAMETER, STEEPEST_F32, 1, {-1}, 0},
      {"g", STEEPEST_GRADIENT, STEEPEST_F32, 1, {-1}, 0},
      {"h", STEEPEST_GRADIENT, STEEPEST_F32, 1, {-1}, 0}};
  steepest_optimizer optimizer = *vectorDescent();
  optimizer.tensors = infos;
  optimizer.num_tensors = 3;
  Problem problem(&optimizer, 1, 5);
  problem.tensors[2].data = problem.tensors[1].data;
  EXPECT_EQ(problem.step(), STEEPEST_OK);
  // A long buffer counts beyond a short one inside it.
  Problem vectors(&optimizer, 1, 5, 3, 15);
  for (int index : {0, 2})
    vectors.tensors[index].data = vectors.tensors[1].data;
  move(vectors.tensors[0], 41 * 4);
  vectors.tensors[2].strides[0] = 5;
  EXPECT_EQ(vectors.step(), STEEPEST_OVERLAP);
  EXPECT_EQ(vectors.messages.at(0).second,
            "parameter 'w' and gradient 'g' overlap in memory");
}

TEST(CheckTest, MissingShapesOfTheKernel) {
  steepest_optimizer optimizer = *momentum();
  optimizer.kernel_workspace_bytes = [](const int64_t *, int64_t) {
    return int64_t(-1);
  };
  Problem problem(&optimizer, 3, 4);
  EXPECT_EQ(problem.step(), STEEPEST_BAD_SHAPE);
  EXPECT_EQ(problem.messages.at(0).second,
            "optimizer 'momentum' has no workspace size for shapes like these");
}

TEST(StatusTest, Names) {
  EXPECT_STREQ(steepest_status_name(STEEPEST_OK), "ok");
  EXPECT_STREQ(steepest_status_name(STEEPEST_NONFINITE), "nonfinite");
  EXPECT_STREQ(steepest_status_name(STEEPEST_OFF_MANIFOLD), "off_manifold");
  EXPECT_STREQ(steepest_status_name(STEEPEST_NO_CONVERGENCE), "no_convergence");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_VERSION), "bad_version");
  EXPECT_STREQ(steepest_status_name(STEEPEST_NULL_ARGUMENT), "null_argument");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_COUNT), "bad_count");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_RANK), "bad_rank");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_SHAPE), "bad_shape");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_STRIDE), "bad_stride");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_DTYPE), "bad_dtype");
  EXPECT_STREQ(steepest_status_name(STEEPEST_BAD_ALIGNMENT), "bad_alignment");
  EXPECT_STREQ(steepest_status_name(STEEPEST_OVERLAP), "overlap");
  EXPECT_STREQ(steepest_status_name(STEEPEST_SHORT_WORKSPACE),
               "short_workspace");
  EXPECT_STREQ(steepest_status_name(STEEPEST_UNSUPPORTED_CPU),
               "unsupported_cpu");
  EXPECT_STREQ(steepest_status_name(STEEPEST_OUT_OF_MEMORY), "out_of_memory");
  EXPECT_STREQ(steepest_status_name(STEEPEST_NO_DRIVER), "no_driver");
  EXPECT_STREQ(steepest_status_name(STEEPEST_UNSUPPORTED_GPU),
               "unsupported_gpu");
  EXPECT_STREQ(steepest_status_name(STEEPEST_DRIVER_ERROR), "driver_error");
  EXPECT_STREQ(steepest_status_name(STEEPEST_UNPREPARED), "unprepared");
  EXPECT_STREQ(steepest_status_name(steepest_status(15)), "unknown");
}
