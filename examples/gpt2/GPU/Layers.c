//===- Layers.c - launches of the kernels ---------------------------------===//

#include "GPU.h"

/// One launch, by as many blocks as there is work for. More than a few waves of
/// them gain nothing: threads go on to what is left.
static void launch(gpt2_device *device, int kernel, int64_t blocks,
                   int shared_bytes, const void *arguments) {
  enum { WAVES = 16 };
  gpu_device *gpu = (gpu_device *)device;
  int64_t most = WAVES * gpu->processors;
  unsigned grid = (unsigned)(blocks < most ? blocks : most);
  void *parameters[] = {(void *)arguments};
  gpu_check(gpu,
            gpu->driver.cuLaunchKernel(gpu->kernels[kernel], grid, 1, 1,
                                       GPT2_BLOCK, 1, 1, (unsigned)shared_bytes,
                                       gpu->stream, parameters, NULL),
            "launch a kernel");
}

static int shared_bytes_of(int kernel) {
  static const int bytes[] = {
#define KERNEL(name, shared_bytes) shared_bytes,
      GPT2_KERNELS(KERNEL)
#undef KERNEL
  };
  return bytes[kernel];
}

/// A kernel with its arguments.
#define LAUNCH(name, blocks, ...)                                              \
  launch(device, KERNEL_##name, blocks, shared_bytes_of(KERNEL_##name),        \
         &(name##_arguments){__VA_ARGS__})

/// Blocks for a number of threads, or of warps.
static int64_t blocks_of_threads(int64_t threads) {
  return (threads + GPT2_BLOCK - 1) / GPT2_BLOCK;
}
static int64_t blocks_of_warps(int64_t warps) {
  return blocks_of_threads(warps * 32);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static int32_t extent(int64_t count) {
  if (count > INT32_MAX)
    fail("a product on a GPU expects at most %d rows and columns, got %lld",
         INT32_MAX, (long long)count);
  return (int32_t)count;
}

/// By the larger tile where there are enough for all processors: it reads each
/// factor half as often. Sums are in the same order with either.
static void multiply(gpt2_device *device, int small, int large,
                     const product_arguments *arguments) {
  int64_t rows = arguments->rows, columns = arguments->columns;
  int64_t tiles = ((rows + 127) / 128) * ((columns + 127) / 128);
  if (tiles >= ((gpu_device *)device)->processors) {
    launch(device, large, tiles, /*shared_bytes=*/33792, arguments);
    return;
  }
  tiles = ((rows + 63) / 64) * ((columns + 63) / 64);
  launch(device, small, tiles, /*shared_bytes=*/17408, arguments);
}

#define MULTIPLY(layout, ...)                                                  \
  multiply(device, KERNEL_product_##layout##_64,                               \
           KERNEL_product_##layout##_128, &(product_arguments){__VA_ARGS__})

static void linear(gpt2_device *device, real *out, const real *in,
                   const real *weight, const real *bias, int64_t positions,
                   int64_t from, int64_t to) {
  MULTIPLY(nt, .a = in, .b = weight, .c = out, .bias = bias,
           .rows = extent(positions), .columns = extent(to),
           .depth = extent(from));
}

static void linear_backward(gpt2_device *device, real *d_in, real *d_weight,
                            real *d_bias, const real *d_out, const real *in,
                            const real *weight, int64_t positions, int64_t from,
                            int64_t to) {
  MULTIPLY(nn, .a = d_out, .b = weight, .c = d_in, .d = d_in,
           .rows = extent(positions), .columns = extent(from),
           .depth = extent(to));
  MULTIPLY(tn, .a = d_out, .b = in, .c = d_weight, .d = d_weight,
           .rows = extent(to), .columns = extent(from),
           .depth = extent(positions));
  if (d_bias)
    LAUNCH(add_columns, (to + 31) / 32, .d_bias = d_bias, .d_out = d_out,
           .positions = positions, .channels = to);
}

//===----------------------------------------------------------------------===//
// The others
//===----------------------------------------------------------------------===//

static void embed(gpt2_device *device, real *out, const uint8_t *tokens,
                  const real *token_weight, const real *position_weight,
                  int64_t positions, int64_t length, int64_t channels) {
  LAUNCH(embed, blocks_of_threads(positions * channels), .out = out,
         .tokens = tokens, .token_weight = token_weight,
         .position_weight = position_weight, .positions = positions,
         .length = length, .channels = channels);
}

static void embed_backward(gpt2_device *device, real *d_token, real *d_position,
                           const real *d_out, const uint8_t *tokens,
                           int64_t positions, int64_t length,
                           int64_t channels) {
  // Tokens are bytes.
  enum { CLASSES = 256 };
  LAUNCH(embed_backward, CLASSES + length, .d_token = d_token,
         .d_position = d_position, .d_out = d_out, .tokens = tokens,
         .positions = positions, .length = length, .channels = channels,
         .classes = CLASSES);
}

static void add(gpt2_device *device, real *out, const real *a, const real *b,
                int64_t count) {
  LAUNCH(add, blocks_of_threads(count), .out = out, .a = a, .b = b,
         .count = count);
}

static void normalize(gpt2_device *device, real *out, real *mean, real *scale,
                      const real *in, const real *weight, const real *bias,
                      int64_t positions, int64_t channels) {
  LAUNCH(normalize, blocks_of_warps(positions), .out = out, .mean = mean,
         .scale = scale, .in = in, .weight = weight, .bias = bias,
         .positions = positions, .channels = channels);
}

static void normalize_backward(gpt2_device *device, real *d_in, real *d_weight,
                               real *d_bias, const real *d_out, const real *in,
                               const real *weight, const real *mean,
                               const real *scale, int64_t positions,
                               int64_t channels) {
  LAUNCH(normalize_backward, blocks_of_warps(positions), .d_in = d_in,
         .d_out = d_out, .in = in, .weight = weight, .mean = mean,
         .scale = scale, .positions = positions, .channels = channels);
  LAUNCH(add_columns, (channels + 31) / 32, .d_weight = d_weight,
         .d_bias = d_bias, .d_out = d_out, .in = in, .mean = mean,
         .scale = scale, .positions = positions, .channels = channels);
}

static void attend(gpt2_device *device, real *out, real *shares,
                   const real *qkv, int64_t batch, int64_t length,
                   int64_t channels, int64_t heads) {
  LAUNCH(attend, blocks_of_warps(batch * heads * length), .out = out,
         .shares = shares, .qkv = qkv, .batch = batch, .length = length,
         .channels = channels, .heads = heads);
}

static void attend_backward(gpt2_device *device, real *d_qkv, real *d_shares,
                            const real *d_out, const real *qkv,
                            const real *shares, int64_t batch, int64_t length,
                            int64_t channels, int64_t heads) {
  int64_t blocks = blocks_of_warps(batch * heads * length);
  LAUNCH(attend_scores_backward, blocks, .d_qkv = d_qkv, .d_scores = d_shares,
         .d_out = d_out, .qkv = qkv, .shares = shares, .batch = batch,
         .length = length, .channels = channels, .heads = heads);
  LAUNCH(attend_values_backward, blocks, .d_qkv = d_qkv, .d_scores = d_shares,
         .d_out = d_out, .qkv = qkv, .shares = shares, .batch = batch,
         .length = length, .channels = channels, .heads = heads);
}

static void gelu(gpt2_device *device, real *out, real *tangents, const real *in,
                 int64_t positions, int64_t channels) {
  int64_t count = positions * channels;
  LAUNCH(gelu, blocks_of_threads(count), .out = out, .tangents = tangents,
         .in = in, .count = count);
}

static void gelu_backward(gpt2_device *device, real *d_in, const real *d_out,
                          const real *in, const real *tangents,
                          int64_t positions, int64_t channels) {
  int64_t count = positions * channels;
  LAUNCH(gelu_backward, blocks_of_threads(count), .d_in = d_in, .d_out = d_out,
         .in = in, .tangents = tangents, .count = count);
}

static void cross_entropy(gpt2_device *device, real *losses, real *logits,
                          const uint8_t *targets, int64_t positions,
                          int64_t classes) {
  LAUNCH(cross_entropy, blocks_of_warps(positions), .losses = losses,
         .logits = logits, .targets = targets, .positions = positions,
         .classes = classes);
}

const gpt2_layers gpu_layers = {.embed = embed,
                                .embed_backward = embed_backward,
                                .add = add,
                                .normalize = normalize,
                                .normalize_backward = normalize_backward,
                                .linear = linear,
                                .linear_backward = linear_backward,
                                .attend = attend,
                                .attend_backward = attend_backward,
                                .gelu = gelu,
                                .gelu_backward = gelu_backward,
                                .cross_entropy = cross_entropy};
