//===- Kernels.cpp - the layers on a GPU ----------------------------------===//
//
// Compiled by clang to PTX, without a toolkit, and by tests for the CPU model
// of an SM (STEEPEST_SM_MODEL). Products and elementary functions are those of
// the device template that steps are made of; here is the rest of ../Layers.c,
// as simple as there.
//
// No atomics: a sum has one owner, a thread or the lanes of a warp, which add
// in an order that depends on the sizes alone.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Warps.h"

// Of the products, those of f32.
#define STEEPEST_PRODUCTS                                                      \
  STEEPEST_FMA(fma_f32_128x128, float, 128, 128, 256, 33792)                   \
  STEEPEST_FMA(fma_f32_64x64, float, 64, 64, 256, 17408)
#include "CUDA/Device/Products.cpp"

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

KERNEL(embed) {
  int64_t count = in.positions * in.channels;
  for (int64_t i = index(); i < count; i += indexCount()) {
    int64_t p = i / in.channels, c = i % in.channels;
    in.out[i] = in.token_weight[in.tokens[p] * in.channels + c] +
                in.position_weight[p % in.length * in.channels + c];
  }
}

// A block for each row of either table: it looks for its positions in order.
KERNEL(embed_backward) {
  for (int64_t row = blockIndex(); row < in.classes + in.length;
       row += gridSize()) {
    bool isToken = row < in.classes;
    float *to = isToken ? in.d_token + row * in.channels
                        : in.d_position + (row - in.classes) * in.channels;
    for (int64_t c = threadIndex(); c < in.channels; c += GPT2_BLOCK) {
      float sum = to[c];
      if (isToken) {
        for (int64_t p = 0; p < in.positions; ++p)
          if (in.tokens[p] == row)
            sum += in.d_out[p * in.channels + c];
      } else {
        for (int64_t p = row - in.classes; p < in.positions; p += in.length)
          sum += in.d_out[p * in.channels + c];
      }
      to[c] = sum;
    }
  }
}

//===----------------------------------------------------------------------===//
// Layer normalization, and sums down columns
//===----------------------------------------------------------------------===//

// A warp for each position.
KERNEL(normalize) {
  float channels = (float)in.channels;
  for (int64_t p = warpIndex(); p < in.positions; p += warpCount()) {
    const float *x = in.in + p * in.channels;
    float sum = 0, squares = 0;
    for (int64_t c = lane(); c < in.channels; c += 32)
      sum += x[c];
    float mean = sumOfLanes(sum) / channels;
    for (int64_t c = lane(); c < in.channels; c += 32)
      squares = fma(x[c] - mean, x[c] - mean, squares);
    float variance = sumOfLanes(squares) / channels;
    float scale = 1 / squareRoot(variance + 1e-5f);
    for (int64_t c = lane(); c < in.channels; c += 32)
      in.out[p * in.channels + c] =
          fma((x[c] - mean) * scale, in.weight[c], in.bias[c]);
    if (lane() == 0) {
      in.mean[p] = mean;
      in.scale[p] = scale;
    }
  }
}

KERNEL(normalize_backward) {
  float channels = (float)in.channels;
  for (int64_t p = warpIndex(); p < in.positions; p += warpCount()) {
    int64_t first = p * in.channels;
    float mean = in.mean[p], scale = in.scale[p];
    float sum = 0, projection = 0;
    for (int64_t c = lane(); c < in.channels; c += 32) {
      float e = in.d_out[first + c] * in.weight[c];
      sum += e;
      projection = fma(e, (in.in[first + c] - mean) * scale, projection);
    }
    sum = sumOfLanes(sum) / channels;
    projection = sumOfLanes(projection) / channels;
    for (int64_t c = lane(); c < in.channels; c += 32) {
      float e = in.d_out[first + c] * in.weight[c];
      float n = (in.in[first + c] - mean) * scale;
      in.d_in[first + c] =
          fma(scale, fma(-n, projection, e - sum), in.d_in[first + c]);
    }
  }
}

// A block for 32 columns, of which each warp adds every eighth row.
KERNEL(add_columns) {
  constexpr int warps = GPT2_BLOCK / 32;
  float *sums = (float *)sharedMemory();
  int warp = threadIndex() / 32;
  for (int64_t first = (int64_t)blockIndex() * 32; first < in.channels;
       first += (int64_t)gridSize() * 32) {
    int64_t c = first + lane();
    float bias = 0, weight = 0;
    if (c < in.channels)
      for (int64_t p = warp; p < in.positions; p += warps) {
        float dy = in.d_out[p * in.channels + c];
        bias += dy;
        if (in.d_weight)
          weight =
              fma(dy, (in.in[p * in.channels + c] - in.mean[p]) * in.scale[p],
                  weight);
      }
    sums[threadIndex()] = bias;
    sums[GPT2_BLOCK + threadIndex()] = weight;
    syncThreads();
    if (warp == 0 && c < in.channels) {
      for (int w = 1; w < warps; ++w) {
        bias += sums[w * 32 + lane()];
        weight += sums[GPT2_BLOCK + w * 32 + lane()];
      }
      in.d_bias[c] += bias;
      if (in.d_weight)
        in.d_weight[c] += weight;
    }
    syncThreads();
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {

struct Bias {
  const float *values;
  int32_t columns;
};

STEEPEST_DEVICE SteepestPair<float> addBias(void *context, int64_t, int32_t,
                                            int32_t column, float first,
                                            float second) {
  auto *bias = (const Bias *)context;
  if (bias->values) {
    first += bias->values[column];
    if (column + 1 < bias->columns)
      second += bias->values[column + 1];
  }
  return {first, second};
}

} // namespace

#define PRODUCT(name, tile, transposeA, transposeB)                            \
  typedef product_arguments name##_arguments;                                  \
  KERNEL(name) {                                                               \
    Bias bias = {in.bias, in.columns};                                         \
    steepest_product_fma_f32_##tile##x##tile(                                  \
        in.a, transposeA ? in.rows : in.depth, 0, in.b,                        \
        transposeB ? in.depth : in.columns, 0, in.c, in.columns, 0, in.d,      \
        in.columns, 0, in.rows, in.columns, in.depth, /*batch=*/1, transposeA, \
        transposeB, SteepestFull, /*alpha=*/1, /*beta=*/1, /*gamma=*/0,        \
        addBias, &bias);                                                       \
  }
GPT2_PRODUCTS(PRODUCT)
#undef PRODUCT

//===----------------------------------------------------------------------===//
// By entries
//===----------------------------------------------------------------------===//

KERNEL(add) {
  for (int64_t i = index(); i < in.count; i += indexCount())
    in.out[i] = in.a[i] + in.b[i];
}

namespace {
constexpr float geluCubic = 0.044715f;
constexpr float geluScale = 0.7978845608028654f; // sqrt(2 / pi)
} // namespace

KERNEL(gelu) {
  for (int64_t i = index(); i < in.count; i += indexCount()) {
    float x = in.in[i];
    float twice = 2 * geluScale * fma(geluCubic * x * x, x, x);
    float tangent = 1 - 2 / (exponentialOf(twice) + 1);
    in.tangents[i] = tangent;
    in.out[i] = 0.5f * x * (1 + tangent);
  }
}

KERNEL(gelu_backward) {
  for (int64_t i = index(); i < in.count; i += indexCount()) {
    float x = in.in[i], tangent = in.tangents[i];
    float inner = geluScale * fma(3 * geluCubic * x, x, 1.0f);
    float slope =
        fma(0.5f * x * (1 - tangent * tangent), inner, 0.5f * (1 + tangent));
    in.d_in[i] = fma(slope, in.d_out[i], in.d_in[i]);
  }
}

// A warp for each position.
KERNEL(cross_entropy) {
  for (int64_t p = warpIndex(); p < in.positions; p += warpCount()) {
    float *logits = in.logits + p * in.classes;
    int64_t target = in.targets[p];
    float at_target = logits[target];
    float largest = -__builtin_inff(), sum = 0;
    for (int64_t c = lane(); c < in.classes; c += 32)
      largest = logits[c] > largest ? logits[c] : largest;
    largest = largestOfLanes(largest);
    // All have read the target's logit.
    syncWarp();
    for (int64_t c = lane(); c < in.classes; c += 32) {
      logits[c] = exponentialOf(logits[c] - largest);
      sum += logits[c];
    }
    sum = sumOfLanes(sum);
    if (lane() == 0)
      in.losses[p] = logarithmOf(sum) + largest - at_target;
    float positions = (float)in.positions, factor = 1 / (sum * positions);
    for (int64_t c = lane(); c < in.classes; c += 32) {
      float share = logits[c] * factor;
      logits[c] = c == target ? share - 1 / positions : share;
    }
  }
}
