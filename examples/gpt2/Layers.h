//===- Layers.h - the layers of a transformer and their gradients -*- C -*-===//
//
// Every tensor is dense, by rows, and memory of the device. A position is one
// token of one sequence; `positions` is the batch times the length of a
// sequence. Gradients of parameters and of inputs are added to what is there.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_LAYERS_H
#define GPT2_LAYERS_H

#include "Support.h"

/// Where the layers run; Device.h.
typedef struct gpt2_device gpt2_device;

typedef struct {
  /// out[p] = token_weight[tokens[p]] + position_weight[p mod length].
  void (*embed)(gpt2_device *device, real *out, const uint8_t *tokens,
                const real *token_weight, const real *position_weight,
                int64_t positions, int64_t length, int64_t channels);
  void (*embed_backward)(gpt2_device *device, real *d_token, real *d_position,
                         const real *d_out, const uint8_t *tokens,
                         int64_t positions, int64_t length, int64_t channels);

  /// out = a + b, by entries.
  void (*add)(gpt2_device *device, real *out, const real *a, const real *b,
              int64_t count);

  /// out[p] = mean-free, unit-variance in[p], times weight, plus bias. `mean`
  /// and `scale` (1 / sqrt(variance + 1e-5)) have one number per position.
  void (*normalize)(gpt2_device *device, real *out, real *mean, real *scale,
                    const real *in, const real *weight, const real *bias,
                    int64_t positions, int64_t channels);
  void (*normalize_backward)(gpt2_device *device, real *d_in, real *d_weight,
                             real *d_bias, const real *d_out, const real *in,
                             const real *weight, const real *mean,
                             const real *scale, int64_t positions,
                             int64_t channels);

  /// out [positions, to] = in [positions, from] weight^T + bias for weight [to,
  /// from]; bias may be null.
  void (*linear)(gpt2_device *device, real *out, const real *in,
                 const real *weight, const real *bias, int64_t positions,
                 int64_t from, int64_t to);
  void (*linear_backward)(gpt2_device *device, real *d_in, real *d_weight,
                          real *d_bias, const real *d_out, const real *in,
                          const real *weight, int64_t positions, int64_t from,
                          int64_t to);

  /// Causal attention. qkv [batch, length, 3, heads, channels / heads]; out
  /// [batch, length, channels]; shares [batch, heads, length, length] are the
  /// softmaxes, kept for the gradient.
  void (*attend)(gpt2_device *device, real *out, real *shares, const real *qkv,
                 int64_t batch, int64_t length, int64_t channels,
                 int64_t heads);
  /// `d_shares` is room for as many numbers as `shares`.
  void (*attend_backward)(gpt2_device *device, real *d_qkv, real *d_shares,
                          const real *d_out, const real *qkv,
                          const real *shares, int64_t batch, int64_t length,
                          int64_t channels, int64_t heads);

  /// out = in (1 + tanh(sqrt(2 / pi) (in + 0.044715 in^3))) / 2, by entries;
  /// the hyperbolic tangents are kept for the gradient.
  void (*gelu)(gpt2_device *device, real *out, real *tangents, const real *in,
               int64_t positions, int64_t channels);
  void (*gelu_backward)(gpt2_device *device, real *d_in, const real *d_out,
                        const real *in, const real *tangents, int64_t positions,
                        int64_t channels);

  /// losses[p] = -log softmax(logits[p])[targets[p]]; logits become their
  /// gradient, of the mean over all positions.
  void (*cross_entropy)(gpt2_device *device, real *losses, real *logits,
                        const uint8_t *targets, int64_t positions,
                        int64_t classes);
} gpt2_layers;

/// Those of the processor, in C.
extern const gpt2_layers host_layers;

#endif // GPT2_LAYERS_H
