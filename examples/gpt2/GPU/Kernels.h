//===- Kernels.h - what a launch hands to a kernel --------------*- C -*-===//
//
// Read by the host, in C, and by Kernels.cpp, which is compiled for GPUs. Every
// kernel takes one struct; what its members mean, and the shapes of what they
// point to, is as in ../Layers.h. Any number of blocks gives the same bits: who
// adds up what, and in which order, depends on the sizes alone.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_GPU_KERNELS_H
#define GPT2_GPU_KERNELS_H

#include <stdint.h>

/// The threads of a block, of every kernel.
enum { GPT2_BLOCK = 256 };

/// Every kernel, and the dynamic shared memory of a block. The name of its
/// argument ends in _arguments; those of products share one.
#define GPT2_KERNELS(KERNEL)                                                   \
  KERNEL(embed, 0)                                                             \
  KERNEL(embed_backward, 0)                                                    \
  KERNEL(add, 0)                                                               \
  KERNEL(normalize, 0)                                                         \
  KERNEL(normalize_backward, 0)                                                \
  KERNEL(add_columns, 2 * GPT2_BLOCK * 4)                                      \
  KERNEL(attend, 0)                                                            \
  KERNEL(attend_scores_backward, 0)                                            \
  KERNEL(attend_values_backward, 0)                                            \
  KERNEL(gelu, 0)                                                              \
  KERNEL(gelu_backward, 0)                                                     \
  KERNEL(cross_entropy, 0)

/// Products, in tiles of 64 x 64 and of 128 x 128; nn, nt and tn say which
/// factor is stored transposed.
#define GPT2_PRODUCTS(PRODUCT)                                                 \
  PRODUCT(product_nn_64, 64, 0, 0)                                             \
  PRODUCT(product_nt_64, 64, 0, 1)                                             \
  PRODUCT(product_tn_64, 64, 1, 0)                                             \
  PRODUCT(product_nn_128, 128, 0, 0)                                           \
  PRODUCT(product_nt_128, 128, 0, 1)                                           \
  PRODUCT(product_tn_128, 128, 1, 0)

typedef struct {
  float *out;
  const uint8_t *tokens;
  const float *token_weight, *position_weight;
  int64_t positions, length, channels;
} embed_arguments;

typedef struct {
  float *d_token, *d_position;
  const float *d_out;
  const uint8_t *tokens;
  int64_t positions, length, channels, classes;
} embed_backward_arguments;

typedef struct {
  float *out;
  const float *a, *b;
  int64_t count;
} add_arguments;

typedef struct {
  float *out, *mean, *scale;
  const float *in, *weight, *bias;
  int64_t positions, channels;
} normalize_arguments;

/// The gradient of the input alone; those of the parameters are sums down
/// columns, `add_columns`.
typedef struct {
  float *d_in;
  const float *d_out, *in, *weight, *mean, *scale;
  int64_t positions, channels;
} normalize_backward_arguments;

/// d_bias[c] += sum_p d_out[p, c], and, unless d_weight is null,
/// d_weight[c] += sum_p d_out[p, c] (in[p, c] - mean[p]) scale[p].
typedef struct {
  float *d_weight, *d_bias;
  const float *d_out, *in, *mean, *scale;
  int64_t positions, channels;
} add_columns_arguments;

/// c = op(a) op(b) + d + bias for c [rows, columns], a sum over `depth`; all
/// dense. d is null or c; bias, of a number for each column, may be null.
typedef struct {
  const float *a, *b;
  float *c;
  const float *d, *bias;
  int32_t rows, columns, depth;
} product_arguments;

typedef struct {
  float *out, *shares;
  const float *qkv;
  int64_t batch, length, channels, heads;
} attend_arguments;

/// The gradient of the scores, to `d_scores`, and with it that of the queries.
typedef struct {
  float *d_qkv, *d_scores;
  const float *d_out, *qkv, *shares;
  int64_t batch, length, channels, heads;
} attend_scores_backward_arguments;

/// From that the gradients of keys and values.
typedef struct {
  float *d_qkv;
  const float *d_scores, *d_out, *qkv, *shares;
  int64_t batch, length, channels, heads;
} attend_values_backward_arguments;

typedef struct {
  float *out, *tangents;
  const float *in;
  int64_t count;
} gelu_arguments;

typedef struct {
  float *d_in;
  const float *d_out, *in, *tangents;
  int64_t count;
} gelu_backward_arguments;

typedef struct {
  float *losses, *logits;
  const uint8_t *targets;
  int64_t positions, classes;
} cross_entropy_arguments;

#endif // GPT2_GPU_KERNELS_H
