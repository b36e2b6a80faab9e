//===- LayerTests.cpp - the trainer's kernels against its layers in C -----===//
//
// Every layer, forward and backward, on the CPU model of an SM, at sizes that
// leave edges beside tiles, warps and blocks. Sums of both are of the same
// terms in another order: the tolerance is that of f32, for sums of some
// hundred terms of about one.
//
//===----------------------------------------------------------------------===//

#include "Trainer.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace {

using Values = std::vector<float>;

constexpr float tolerance = 2e-5f;

/// Numbers in [-1, 1), others for every seed.
Values draw(size_t count, uint64_t seed) {
  Values values(count);
  for (float &value : values)
    value = float(2 * random_uniform(&seed) - 1);
  return values;
}

/// Both devices.
struct Devices {
  explicit Devices(int processors = 4, uint64_t seed = 7) {
    MockSettings settings = mock_defaults();
    settings.processors = processors;
    settings.seed = seed;
    mock_configure(&settings);
    steepest_context_init_serial(&context);
    host = host_create(&context, nullptr);
    gpu = gpu_create(0, &context);
  }
  ~Devices() {
    host->destroy(host);
    gpu->destroy(gpu);
    EXPECT_EQ(mock_allocations(), 0);
    EXPECT_STREQ(mock_take_error(), "");
  }

  steepest_context context;
  gpt2_device *host, *gpu;
};

/// Memory of one device, of a call.
class Memory {
public:
  explicit Memory(gpt2_device *device) : device(device) {}
  ~Memory() {
    for (void *memory : all)
      device->memory->release(device, memory);
  }

  template <class T> T *put(const std::vector<T> &values) {
    size_t bytes = values.size() * sizeof(T);
    void *memory = device->memory->allocate(device, bytes);
    device->memory->write(device, memory, values.data(), bytes);
    all.push_back(memory);
    return static_cast<T *>(memory);
  }
  Values get(const float *memory, size_t count) {
    Values values(count);
    device->memory->read(device, values.data(), memory, count * sizeof(float));
    return values;
  }

private:
  gpt2_device *device;
  std::vector<void *> all;
};

/// Runs a call on both devices; what it returns has to be equal to rounding.
template <class Call> void compare(Call &&call) {
  Devices devices;
  std::vector<Values> expected, got;
  {
    Memory memory(devices.host);
    expected = call(devices.host, memory);
  }
  {
    Memory memory(devices.gpu);
    got = call(devices.gpu, memory);
  }
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i].size(), got[i].size());
    float largest = 0;
    for (float value : expected[i])
      largest = std::max(largest, std::fabs(value));
    EXPECT_GT(largest, 1e-4f) << "nothing to compare in " << i;
    for (size_t j = 0; j < expected[i].size(); ++j)
      ASSERT_NEAR(expected[i][j], got[i][j], tolerance * largest)
          << "output " << i << ", entry " << j;
  }
}

const std::vector<uint8_t> tokens = {3, 255, 3, 0, 17, 3, 9,
                                     9, 254, 3, 0, 1,  2, 3};
constexpr int64_t batch = 2, length = 7, positions = batch * length;

TEST(Gpt2Layers, Embed) {
  constexpr int64_t channels = 37;
  compare([](gpt2_device *device, Memory &memory) {
    float *out = memory.put(Values(positions * channels));
    device->layers->embed(
        device, out, memory.put(tokens), memory.put(draw(256 * channels, 1)),
        memory.put(draw(length * channels, 2)), positions, length, channels);
    return std::vector<Values>{memory.get(out, positions * channels)};
  });
}

TEST(Gpt2Layers, EmbedBackward) {
  constexpr int64_t channels = 37;
  compare([](gpt2_device *device, Memory &memory) {
    // Added to what is there.
    float *d_token = memory.put(draw(256 * channels, 1));
    float *d_position = memory.put(draw(length * channels, 2));
    device->layers->embed_backward(
        device, d_token, d_position, memory.put(draw(positions * channels, 3)),
        memory.put(tokens), positions, length, channels);
    return std::vector<Values>{memory.get(d_token, 256 * channels),
                               memory.get(d_position, length * channels)};
  });
}

TEST(Gpt2Layers, Add) {
  constexpr int64_t count = 1031;
  compare([](gpt2_device *device, Memory &memory) {
    // In place, as the residual stream has it.
    float *out = memory.put(draw(count, 1));
    device->layers->add(device, out, out, memory.put(draw(count, 2)), count);
    return std::vector<Values>{memory.get(out, count)};
  });
}

class Channels : public testing::TestWithParam<int64_t> {};

TEST_P(Channels, Normalize) {
  int64_t channels = GetParam();
  compare([=](gpt2_device *device, Memory &memory) {
    float *out = memory.put(Values(positions * channels));
    float *mean = memory.put(Values(positions));
    float *scale = memory.put(Values(positions));
    float *in = memory.put(draw(positions * channels, 1));
    float *weight = memory.put(draw(channels, 2));
    device->layers->normalize(device, out, mean, scale, in, weight,
                              memory.put(draw(channels, 3)), positions,
                              channels);
    float *d_in = memory.put(draw(positions * channels, 4));
    float *d_weight = memory.put(draw(channels, 5));
    float *d_bias = memory.put(draw(channels, 6));
    device->layers->normalize_backward(
        device, d_in, d_weight, d_bias,
        memory.put(draw(positions * channels, 7)), in, weight, mean, scale,
        positions, channels);
    return std::vector<Values>{memory.get(out, positions * channels),
                               memory.get(mean, positions),
                               memory.get(scale, positions),
                               memory.get(d_in, positions * channels),
                               memory.get(d_weight, channels),
                               memory.get(d_bias, channels)};
  });
}
INSTANTIATE_TEST_SUITE_P(Gpt2Layers, Channels, testing::Values(5, 32, 71));

struct Extents {
  int64_t positions, from, to;
};
class Linear : public testing::TestWithParam<Extents> {};

TEST_P(Linear, ForwardAndBackward) {
  auto [positions, from, to] = GetParam();
  compare([=, positions = positions, from = from, to = to](gpt2_device *device,
                                                           Memory &memory) {
    float *out = memory.put(Values(positions * to));
    float *unbiased = memory.put(Values(positions * to));
    float *in = memory.put(draw(positions * from, 1));
    float *weight = memory.put(draw(to * from, 2));
    device->layers->linear(device, out, in, weight, memory.put(draw(to, 3)),
                           positions, from, to);
    device->layers->linear(device, unbiased, in, weight, nullptr, positions,
                           from, to);
    float *d_in = memory.put(draw(positions * from, 4));
    float *d_weight = memory.put(draw(to * from, 5));
    float *d_bias = memory.put(draw(to, 6));
    float *d_out = memory.put(draw(positions * to, 7));
    device->layers->linear_backward(device, d_in, d_weight, d_bias, d_out, in,
                                    weight, positions, from, to);
    device->layers->linear_backward(device, d_in, d_weight, nullptr, d_out, in,
                                    weight, positions, from, to);
    return std::vector<Values>{
        memory.get(out, positions * to), memory.get(unbiased, positions * to),
        memory.get(d_in, positions * from), memory.get(d_weight, to * from),
        memory.get(d_bias, to)};
  });
}
// The last is enough tiles of 128 x 128 for the four processors of the mock.
INSTANTIATE_TEST_SUITE_P(Gpt2Layers, Linear,
                         testing::Values(Extents{1, 1, 1}, Extents{14, 12, 36},
                                         Extents{70, 33, 5},
                                         Extents{131, 7, 129}));

TEST(Gpt2Layers, LargeTilesGiveTheSameBits) {
  constexpr int64_t positions = 131, from = 7, to = 129;
  std::vector<Values> results;
  for (int processors : {4, 100}) {
    Devices devices(processors);
    Memory memory(devices.gpu);
    float *out = memory.put(Values(positions * to));
    devices.gpu->layers->linear(devices.gpu, out,
                                memory.put(draw(positions * from, 1)),
                                memory.put(draw(to * from, 2)),
                                memory.put(draw(to, 3)), positions, from, to);
    results.push_back(memory.get(out, positions * to));
  }
  EXPECT_EQ(results[0], results[1]);
}

class Heads : public testing::TestWithParam<Extents> {};

TEST_P(Heads, Attend) {
  // Positions are the length here, and columns heads and their size.
  auto [length, heads, size] = GetParam();
  int64_t channels = heads * size, count = batch * length;
  int64_t scores = batch * heads * length * length;
  compare([=, length = length, heads = heads](gpt2_device *device,
                                              Memory &memory) {
    float *out = memory.put(Values(count * channels));
    float *shares = memory.put(Values(scores));
    float *qkv = memory.put(draw(count * 3 * channels, 1));
    device->layers->attend(device, out, shares, qkv, batch, length, channels,
                           heads);
    float *d_qkv = memory.put(draw(count * 3 * channels, 2));
    float *d_shares = memory.put(Values(scores));
    device->layers->attend_backward(device, d_qkv, d_shares,
                                    memory.put(draw(count * channels, 3)), qkv,
                                    shares, batch, length, channels, heads);
    return std::vector<Values>{memory.get(out, count * channels),
                               memory.get(shares, scores),
                               memory.get(d_qkv, count * 3 * channels)};
  });
}
INSTANTIATE_TEST_SUITE_P(Gpt2Layers, Heads,
                         testing::Values(Extents{1, 1, 1}, Extents{7, 3, 5},
                                         Extents{37, 2, 40}));

TEST(Gpt2Layers, Gelu) {
  constexpr int64_t channels = 41, count = positions * channels;
  compare([](gpt2_device *device, Memory &memory) {
    float *out = memory.put(Values(count));
    float *tangents = memory.put(Values(count));
    Values inputs = draw(count, 1);
    for (float &x : inputs)
      x *= 6;
    // Where exponentials overflow and vanish.
    inputs[0] = 60;
    inputs[1] = -60;
    float *in = memory.put(inputs);
    device->layers->gelu(device, out, tangents, in, positions, channels);
    float *d_in = memory.put(draw(count, 2));
    device->layers->gelu_backward(device, d_in, memory.put(draw(count, 3)), in,
                                  tangents, positions, channels);
    return std::vector<Values>{memory.get(out, count),
                               memory.get(tangents, count),
                               memory.get(d_in, count)};
  });
}

TEST(Gpt2Layers, CrossEntropy) {
  for (int64_t classes : {256, 19})
    compare([=](gpt2_device *device, Memory &memory) {
      std::vector<uint8_t> targets(tokens);
      for (uint8_t &target : targets)
        target = uint8_t(target % classes);
      Values inputs = draw(positions * classes, 1);
      for (float &x : inputs)
        x *= 20;
      float *losses = memory.put(Values(positions));
      float *logits = memory.put(inputs);
      device->layers->cross_entropy(device, losses, logits, memory.put(targets),
                                    positions, classes);
      return std::vector<Values>{memory.get(losses, positions),
                                 memory.get(logits, positions * classes)};
    });
}

/// Whoever runs first, and however many blocks: the same bits.
TEST(Gpt2Layers, OrderOfThreadsDoesNotMatter) {
  constexpr int64_t channels = 37;
  std::vector<Values> tables, biases;
  for (int seed : {1, 2, 3}) {
    Devices devices(/*processors=*/seed, uint64_t(seed));
    gpt2_device *gpu = devices.gpu;
    Memory memory(gpu);
    float *d_token = memory.put(draw(256 * channels, 1));
    float *d_position = memory.put(draw(length * channels, 2));
    float *d_in = memory.put(draw(positions * channels, 3));
    float *d_weight = memory.put(draw(channels * channels, 4));
    float *d_bias = memory.put(draw(channels, 5));
    float *d_out = memory.put(draw(positions * channels, 6));
    gpu->layers->embed_backward(gpu, d_token, d_position, d_out,
                                memory.put(tokens), positions, length,
                                channels);
    gpu->layers->linear_backward(gpu, d_in, d_weight, d_bias, d_out, d_out,
                                 memory.put(draw(channels * channels, 7)),
                                 positions, channels, channels);
    tables.push_back(memory.get(d_token, 256 * channels));
    biases.push_back(memory.get(d_bias, channels));
  }
  for (size_t i = 1; i < tables.size(); ++i) {
    EXPECT_EQ(tables[i], tables[0]);
    EXPECT_EQ(biases[i], biases[0]);
  }
}

} // namespace
