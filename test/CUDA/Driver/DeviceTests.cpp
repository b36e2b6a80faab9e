//===- DeviceTests.cpp - several devices on the mock driver ---------------===//
//
// Two devices that are not alike, three contexts, and plans on each: a step
// goes where its stream is, and nobody's current context changes.
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

#include <thread>

using namespace cuda_test;
using steepest::runtime::cuda::Handle;
using steepest::runtime::cuda::Stream;

extern "C" {
int cuDevicePrimaryCtxRetain(Handle *context, int device);
int cuCtxCreate_v2(Handle *context, unsigned flags, int device);
int cuCtxDestroy_v2(Handle context);
int cuCtxGetCurrent(Handle *context);
int cuCtxSetCurrent(Handle context);
int cuStreamCreate(Stream *stream, unsigned flags);
int cuStreamDestroy_v2(Stream stream);
}

namespace {

Handle currentContext() {
  Handle context = nullptr;
  EXPECT_EQ(cuCtxGetCurrent(&context), 0);
  return context;
}

/// A plan in a context, with a stream of it and a problem.
struct Place {
  Handle context = nullptr;
  Stream stream = nullptr;
  steepest_cuda_plan *plan = nullptr;
  Problem problem{1, 120, 100};
  steepest_arguments arguments = problem.arguments();
  Log log;

  /// Makes all of it, and leaves what was current as it was.
  void open(Handle in, const steepest_cuda_optimizer *rule = optimizer()) {
    Handle before = currentContext();
    context = in;
    cuCtxSetCurrent(context);
    ASSERT_EQ(cuStreamCreate(&stream, 0), 0);
    steepest_cuda_log refusals = log.get();
    ASSERT_EQ(rule->create_plan(&plan, rule, MOCK_DRIVER, &refusals),
              STEEPEST_OK)
        << log.text;
    ASSERT_EQ(init(), STEEPEST_OK) << log.text;
    ASSERT_EQ(prepare(), STEEPEST_OK) << log.text;
    EXPECT_EQ(currentContext(), context);
    cuCtxSetCurrent(before);
  }

  void close() {
    optimizer()->destroy_plan(plan);
    plan = nullptr;
  }

  steepest_status prepare() {
    steepest_cuda_log refusals = log.get();
    return optimizer()->prepare(plan, arguments.workspace,
                                arguments.workspace_bytes, stream, &refusals);
  }

  steepest_status init() {
    return with(
        [&](const steepest_optimizer *base, const steepest_context *context) {
          return base->init(base, context, arguments.tensors,
                            arguments.num_tensors);
        });
  }

  steepest_status step() {
    return with(
        [&](const steepest_optimizer *base, const steepest_context *context) {
          return base->step(base, context, &arguments);
        });
  }

  template <class Call> steepest_status with(Call call) {
    steepest_cuda_launch launch = {plan, stream, problem.statuses.data(),
                                   nullptr};
    steepest_context context;
    steepest_context_init_cuda(&context, &launch);
    context.log = log.get().log;
    context.log_user = &log;
    return call(&plan->optimizer->base, &context);
  }
};

class CudaDevices : public CudaRuntime {
protected:
  void SetUp() override {
    CudaRuntime::SetUp();
    // Less than the first one has, of everything.
    const MockGpu second = {8, 6, 2};
    mock_more_gpus(&second, 1);
    cuDevicePrimaryCtxRetain(&contexts[0], 0);
    cuDevicePrimaryCtxRetain(&contexts[1], 1);
    cuCtxCreate_v2(&contexts[2], 0, 0);
    cuCtxSetCurrent(contexts[0]);
    for (int i = 0; i < 3; ++i)
      places[i].open(contexts[i]);
    mock_take_calls();
  }

  void TearDown() override {
    for (Place &place : places) {
      if (place.plan)
        place.close();
      if (place.stream)
        cuStreamDestroy_v2(place.stream);
    }
    cuCtxDestroy_v2(contexts[2]);
    mock_more_gpus(nullptr, 0);
    configure(); // forgets what is current
    CudaRuntime::TearDown();
  }

  /// Where everything was launched, in any order.
  std::vector<MockLaunch> takeLaunches() {
    std::vector<MockLaunch> launches(64);
    launches.resize(
        size_t(mock_take_launches(launches.data(), int64_t(launches.size()))));
    return launches;
  }

  void expectLaunch(const MockLaunch &launch, int at) {
    EXPECT_EQ(launch.context, contexts[at]) << at;
    EXPECT_EQ(launch.stream, places[at].stream) << at;
    EXPECT_EQ(launch.library, places[at].plan->library) << at;
    EXPECT_EQ(launch.device, at == 1) << at;
  }

  /// What places whose problems were the same have come to.
  void expectSame(const Place &a, const Place &b) {
    EXPECT_EQ(a.problem.memory, b.problem.memory);
    EXPECT_EQ(a.problem.statuses, b.problem.statuses);
  }

  Handle contexts[3];
  Place places[3];
};

TEST_F(CudaDevices, PlansAreOfTheirDevice) {
  EXPECT_EQ(places[0].plan->device, 0);
  EXPECT_EQ(places[1].plan->device, 1);
  EXPECT_EQ(places[0].plan->residentBlocks, 4);
  EXPECT_EQ(places[1].plan->residentBlocks, 2);
  EXPECT_NE(places[0].plan->library, places[1].plan->library);
  EXPECT_NE(places[0].plan->library, places[2].plan->library);
}

TEST_F(CudaDevices, StepsGoToTheirStream) {
  for (int current : {0, 1, 2}) {
    cuCtxSetCurrent(contexts[current]);
    mock_take_calls();
    for (int at : {1, 0, 2, 0})
      ASSERT_EQ(places[at].step(), STEEPEST_OK) << places[at].log.text;
    EXPECT_STREQ(mock_take_calls(), "cuLaunchKernelEx,cuLaunchKernelEx,"
                                    "cuLaunchKernelEx,cuLaunchKernelEx");
    EXPECT_EQ(currentContext(), contexts[current]);
    std::vector<MockLaunch> launches = takeLaunches();
    ASSERT_EQ(launches.size(), 4u);
    expectLaunch(launches[0], 1);
    expectLaunch(launches[1], 0);
    expectLaunch(launches[2], 2);
    expectLaunch(launches[3], 0);
  }
  // Three steps, whatever the device and its number of blocks.
  expectSame(places[1], places[2]);
}

/// Each thread has its own context, current before and after.
TEST_F(CudaDevices, StepsOfSeveralThreads) {
  constexpr int steps = 5;
  auto run = [&](int at) {
    cuCtxSetCurrent(contexts[at]);
    for (int i = 0; i < steps; ++i)
      EXPECT_EQ(places[at].step(), STEEPEST_OK) << places[at].log.text;
    EXPECT_EQ(currentContext(), contexts[at]);
  };
  std::thread first(run, 0), second(run, 1);
  first.join();
  second.join();
  EXPECT_EQ(currentContext(), contexts[0]);
  int counts[2] = {};
  for (const MockLaunch &launch : takeLaunches()) {
    int at = launch.device;
    expectLaunch(launch, at);
    ++counts[at];
  }
  EXPECT_EQ(counts[0], steps);
  EXPECT_EQ(counts[1], steps);
  expectSame(places[0], places[1]);
}

/// Two threads share a plan; each has its own stream, workspace and problem.
TEST_F(CudaDevices, AThreadMayUseAnothersPlan) {
  Place other;
  other.open(contexts[1]);
  steepest_cuda_plan *own = other.plan;
  other.plan = places[1].plan;
  auto run = [&](Place *place) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(place->step(), STEEPEST_OK) << place->log.text;
  };
  std::thread first(run, &other), second(run, &places[1]);
  first.join();
  second.join();
  for (const MockLaunch &launch : takeLaunches())
    EXPECT_EQ(launch.library, places[1].plan->library);
  expectSame(other, places[1]);
  optimizer()->destroy_plan(own);
  cuStreamDestroy_v2(other.stream);
}

TEST_F(CudaDevices, DestroyingAPlanLeavesTheOthers) {
  cuCtxSetCurrent(contexts[1]);
  places[0].close();
  EXPECT_EQ(currentContext(), contexts[1]);
  mock_take_launches(nullptr, 0);
  ASSERT_EQ(places[1].step(), STEEPEST_OK) << places[1].log.text;
  ASSERT_EQ(places[2].step(), STEEPEST_OK) << places[2].log.text;
  std::vector<MockLaunch> launches = takeLaunches();
  ASSERT_EQ(launches.size(), 2u);
  expectLaunch(launches[0], 1);
  expectLaunch(launches[1], 2);
  expectSame(places[1], places[2]);
}

/// Filling memory is refused where the plan's device is not current.
TEST_F(CudaDevices, AnotherDeviceIsRefused) {
  cuCtxSetCurrent(contexts[1]);
  mock_take_calls();
  const char *said = "the plan is for GPU 0, this thread's context is of GPU 1";
  EXPECT_EQ(places[0].prepare(), STEEPEST_UNSUPPORTED_GPU);
  EXPECT_EQ(places[0].log.text, said);
  places[0].log.text.clear();
  EXPECT_EQ(places[0].init(), STEEPEST_UNSUPPORTED_GPU);
  EXPECT_EQ(places[0].log.text, said);
  EXPECT_STREQ(mock_take_calls(), "cuCtxGetDevice,cuCtxGetDevice");
  // Another context of the device will do.
  cuCtxSetCurrent(contexts[2]);
  EXPECT_EQ(places[0].prepare(), STEEPEST_OK);
  EXPECT_EQ(places[0].init(), STEEPEST_OK);
  // None will not.
  cuCtxSetCurrent(nullptr);
  EXPECT_EQ(places[0].prepare(), STEEPEST_DRIVER_ERROR);
  EXPECT_EQ(places[0].log.text, "cannot ask for the GPU: invalid device "
                                "context (error 201 of the driver)");
}

/// The default stream is that of the current context, whose device has fewer
/// blocks than the plan counts on: the driver says so.
TEST_F(CudaDevices, TheDefaultStreamIsTheCurrentContexts) {
  Place &place = places[0];
  Stream stream = place.stream;
  place.stream = nullptr;
  place.problem = Problem(1, 300, 100);
  place.arguments = place.problem.arguments();
  ASSERT_EQ(place.prepare(), STEEPEST_OK) << place.log.text;
  ASSERT_EQ(place.step(), STEEPEST_OK) << place.log.text;
  EXPECT_EQ(takeLaunches().back().context, contexts[0]);
  cuCtxSetCurrent(contexts[1]);
  EXPECT_EQ(place.step(), STEEPEST_DRIVER_ERROR);
  EXPECT_EQ(place.log.text,
            "cannot launch the step: too many blocks in cooperative launch: "
            "more blocks than run at one time (error 720 of the driver)");
  EXPECT_STREQ(mock_take_error(), "more blocks than run at one time");
  place.stream = stream;
}

} // namespace
