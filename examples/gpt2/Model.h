//===- Model.h - GPT-2 over bytes -------------------------------*- C -*-===//
//
// The architecture of GPT-2 (pre-normalization, learnt positions, GELU, output
// tied to the embedding) with bytes for tokens.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_MODEL_H
#define GPT2_MODEL_H

#include "Device.h"

enum { GPT2_VOCABULARY = 256 };

/// The size of a model, and of the batches that it is run on.
typedef struct {
  int64_t layers, heads, channels, length, batch;
} gpt2_config;

/// The parameters, in the order in which they are kept. Equal ones of all
/// layers lie one after another.
enum {
  TOKEN_EMBEDDING,
  POSITION_EMBEDDING,
  NORM1_WEIGHT,
  NORM1_BIAS,
  QKV_WEIGHT,
  QKV_BIAS,
  ATTENTION_WEIGHT,
  ATTENTION_BIAS,
  NORM2_WEIGHT,
  NORM2_BIAS,
  EXPAND_WEIGHT,
  EXPAND_BIAS,
  CONTRACT_WEIGHT,
  CONTRACT_BIAS,
  LAST_NORM_WEIGHT,
  LAST_NORM_BIAS,
  GPT2_PARAMETERS
};

/// `problems` matrices of rows x columns that are optimized one by one: of
/// queries, keys and values three a layer. A vector is one row.
typedef struct {
  const char *name;
  /// Inside the network: neither embedding, nor normalization, nor bias.
  int is_hidden_matrix;
  int64_t problems, rows, columns;
  /// Memory of the device.
  real *value, *gradient;
} gpt2_parameter;

/// What the forward pass keeps; see Model.c.
typedef struct gpt2_activations gpt2_activations;

typedef struct {
  gpt2_device *device;
  gpt2_config config;
  gpt2_parameter parameters[GPT2_PARAMETERS];
  gpt2_activations *activations;
  /// Of `value` of all parameters, one after another.
  int64_t num_values;
} gpt2_model;

/// Allocates a model on a device, which must outlive it, and draws its weights
/// as GPT-2 does: normal with standard deviation 0.02, smaller by sqrt(2
/// layers) where a layer adds to the residual stream; biases are zero.
void gpt2_create(gpt2_model *model, gpt2_device *device,
                 const gpt2_config *config, uint64_t seed);
void gpt2_destroy(gpt2_model *model);

/// The mean loss (cross-entropy in nats per byte) of predicting targets [batch,
/// length] from tokens [batch, length].
double gpt2_loss(gpt2_model *model, const uint8_t *tokens,
                 const uint8_t *targets);

/// The same, and the gradient of every parameter.
double gpt2_loss_and_gradient(gpt2_model *model, const uint8_t *tokens,
                              const uint8_t *targets);

/// The logits [GPT2_VOCABULARY] of what follows tokens [length] of one
/// sequence at `position`, in memory of the host that the model has.
const real *gpt2_logits(gpt2_model *model, const uint8_t *tokens,
                        int64_t position);

/// The next of a stream of random numbers (splitmix64), and one in [0, 1).
uint64_t random_bits(uint64_t *state);
double random_uniform(uint64_t *state);

#endif // GPT2_MODEL_H
