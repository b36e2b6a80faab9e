//===- Model.c ------------------------------------------------------------===//

#include "Model.h"
#include "Layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// What one layer keeps, and the gradients of it. Shapes in units of the
/// channels C, per position; `shares` is [batch, heads, length, length].
typedef struct {
  real *norm1, *mean1, *scale1; // C, 1, 1
  real *qkv, *shares;           // 3C
  real *attended;               // C
  real *residual1;              // C
  real *norm2, *mean2, *scale2; // C, 1, 1
  real *expanded, *tangents;    // 4C, 4C
  real *activated;              // 4C
  real *residual2;              // C
} layer_activations;

struct gpt2_activations {
  real *embedded;
  layer_activations *layers;
  real *last, *last_mean, *last_scale;
  real *logits, *losses;
  // Room for one layer's gradients; that of the residual stream is kept.
  real *d_residual, *d_channels, *d_wide, *d_activated, *d_shares;
  real *transposed;
};

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

uint64_t random_bits(uint64_t *state) {
  uint64_t bits = *state += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

double random_uniform(uint64_t *state) {
  return (double)(random_bits(state) >> 11) * 0x1p-53;
}

static void fill_normal(real *values, int64_t count, double deviation,
                        uint64_t *state) {
  // Box and Muller's transform.
  for (int64_t i = 0; i < count; ++i) {
    double radius = sqrt(-2 * log(1 - random_uniform(state)));
    double angle = 6.283185307179586 * random_uniform(state);
    values[i] = (real)(deviation * radius * cos(angle));
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static void describe_parameters(gpt2_parameter *parameters,
                                const gpt2_config *config) {
  int64_t l = config->layers, c = config->channels;
  const gpt2_parameter all[GPT2_PARAMETERS] = {
      [TOKEN_EMBEDDING] = {"wte", 0, 1, GPT2_VOCABULARY, c, 0, 0},
      [POSITION_EMBEDDING] = {"wpe", 0, 1, config->length, c, 0, 0},
      [NORM1_WEIGHT] = {"ln_1.weight", 0, l, 1, c, 0, 0},
      [NORM1_BIAS] = {"ln_1.bias", 0, l, 1, c, 0, 0},
      [QKV_WEIGHT] = {"attn.c_attn.weight", 1, 3 * l, c, c, 0, 0},
      [QKV_BIAS] = {"attn.c_attn.bias", 0, l, 1, 3 * c, 0, 0},
      [ATTENTION_WEIGHT] = {"attn.c_proj.weight", 1, l, c, c, 0, 0},
      [ATTENTION_BIAS] = {"attn.c_proj.bias", 0, l, 1, c, 0, 0},
      [NORM2_WEIGHT] = {"ln_2.weight", 0, l, 1, c, 0, 0},
      [NORM2_BIAS] = {"ln_2.bias", 0, l, 1, c, 0, 0},
      [EXPAND_WEIGHT] = {"mlp.c_fc.weight", 1, l, 4 * c, c, 0, 0},
      [EXPAND_BIAS] = {"mlp.c_fc.bias", 0, l, 1, 4 * c, 0, 0},
      [CONTRACT_WEIGHT] = {"mlp.c_proj.weight", 1, l, c, 4 * c, 0, 0},
      [CONTRACT_BIAS] = {"mlp.c_proj.bias", 0, l, 1, c, 0, 0},
      [LAST_NORM_WEIGHT] = {"ln_f.weight", 0, 1, 1, c, 0, 0},
      [LAST_NORM_BIAS] = {"ln_f.bias", 0, 1, 1, c, 0, 0},
  };
  memcpy(parameters, all, sizeof(all));
}

static int64_t count_values(const gpt2_parameter *parameter) {
  return parameter->problems * parameter->rows * parameter->columns;
}

/// The part of a parameter, or of its gradient, that belongs to a layer.
static real *of_layer(const gpt2_model *model, real *values, int parameter,
                      int64_t layer) {
  return values + count_values(&model->parameters[parameter]) /
                      model->config.layers * layer;
}

/// Calls `visit` with every buffer of the activations and its size: so that
/// allocating and freeing name them once.
static void for_buffers(gpt2_activations *activations,
                        const gpt2_config *config,
                        void (*visit)(real **buffer, int64_t count)) {
  int64_t n = config->batch * config->length, c = config->channels;
  int64_t shares = n * config->heads * config->length;
  visit(&activations->embedded, n * c);
  for (int64_t l = 0; l < config->layers; ++l) {
    layer_activations *layer = &activations->layers[l];
    visit(&layer->norm1, n * c);
    visit(&layer->mean1, n);
    visit(&layer->scale1, n);
    visit(&layer->qkv, n * 3 * c);
    visit(&layer->shares, shares);
    visit(&layer->attended, n * c);
    visit(&layer->residual1, n * c);
    visit(&layer->norm2, n * c);
    visit(&layer->mean2, n);
    visit(&layer->scale2, n);
    visit(&layer->expanded, n * 4 * c);
    visit(&layer->tangents, n * 4 * c);
    visit(&layer->activated, n * 4 * c);
    visit(&layer->residual2, n * c);
  }
  visit(&activations->last, n * c);
  visit(&activations->last_mean, n);
  visit(&activations->last_scale, n);
  visit(&activations->logits, n * GPT2_VOCABULARY);
  visit(&activations->losses, n);
  visit(&activations->d_residual, n * c);
  visit(&activations->d_channels, n * c);
  visit(&activations->d_wide, n * 4 * c);
  visit(&activations->d_activated, n * 4 * c);
  visit(&activations->d_shares, shares);
  int64_t widest = 4 * c > GPT2_VOCABULARY ? 4 * c : GPT2_VOCABULARY;
  visit(&activations->transposed, widest * c);
}

static void allocate_buffer(real **buffer, int64_t count) {
  *buffer = allocate_reals(count);
}

static void free_buffer(real **buffer, int64_t count) {
  (void)count;
  free(*buffer);
}

void gpt2_create(gpt2_model *model, const gpt2_config *config, uint64_t seed) {
  memset(model, 0, sizeof(*model));
  model->config = *config;
  describe_parameters(model->parameters, config);
  double small = 0.02 / sqrt(2 * (double)config->layers);
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_parameter *parameter = &model->parameters[i];
    int64_t count = count_values(parameter);
    model->num_values += count;
    parameter->value = allocate_reals(count);
    parameter->gradient = allocate_reals(count);
    if (i == NORM1_WEIGHT || i == NORM2_WEIGHT || i == LAST_NORM_WEIGHT)
      for (int64_t j = 0; j < count; ++j)
        parameter->value[j] = 1;
    else if (i == ATTENTION_WEIGHT || i == CONTRACT_WEIGHT)
      fill_normal(parameter->value, count, small, &seed);
    else if (parameter->is_hidden_matrix || i == TOKEN_EMBEDDING ||
             i == POSITION_EMBEDDING)
      fill_normal(parameter->value, count, 0.02, &seed);
  }
  model->activations = allocate(sizeof(gpt2_activations));
  model->activations->layers =
      allocate((size_t)config->layers * sizeof(layer_activations));
  for_buffers(model->activations, config, allocate_buffer);
}

void gpt2_destroy(gpt2_model *model) {
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    free(model->parameters[i].value);
    free(model->parameters[i].gradient);
  }
  for_buffers(model->activations, &model->config, free_buffer);
  free(model->activations->layers);
  free(model->activations);
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

static void add(real *out, const real *a, const real *b, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = a[i] + b[i];
}

/// From tokens to logits.
static void forward(gpt2_model *model, const steepest_context *context,
                    const uint8_t *tokens, int64_t batch) {
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  int64_t c = config->channels, n = batch * config->length;
  real *weights[GPT2_PARAMETERS];
  for (int i = 0; i < GPT2_PARAMETERS; ++i)
    weights[i] = model->parameters[i].value;

  for (int64_t p = 0; p < n; ++p)
    add(kept->embedded + p * c, weights[TOKEN_EMBEDDING] + tokens[p] * c,
        weights[POSITION_EMBEDDING] + p % config->length * c, c);
  real *residual = kept->embedded;
  for (int64_t l = 0; l < config->layers; ++l) {
    layer_activations *layer = &kept->layers[l];
#define WEIGHT(parameter) of_layer(model, weights[parameter], parameter, l)
    normalize(layer->norm1, layer->mean1, layer->scale1, residual,
              WEIGHT(NORM1_WEIGHT), WEIGHT(NORM1_BIAS), n, c);
    linear(context, layer->qkv, layer->norm1, WEIGHT(QKV_WEIGHT),
           WEIGHT(QKV_BIAS), kept->transposed, n, c, 3 * c);
    attend(context, layer->attended, layer->shares, layer->qkv, batch,
           config->length, c, config->heads);
    linear(context, layer->residual1, layer->attended, WEIGHT(ATTENTION_WEIGHT),
           WEIGHT(ATTENTION_BIAS), kept->transposed, n, c, c);
    add(layer->residual1, layer->residual1, residual, n * c);
    normalize(layer->norm2, layer->mean2, layer->scale2, layer->residual1,
              WEIGHT(NORM2_WEIGHT), WEIGHT(NORM2_BIAS), n, c);
    linear(context, layer->expanded, layer->norm2, WEIGHT(EXPAND_WEIGHT),
           WEIGHT(EXPAND_BIAS), kept->transposed, n, c, 4 * c);
    gelu(context, layer->activated, layer->tangents, layer->expanded, n, 4 * c);
    linear(context, layer->residual2, layer->activated, WEIGHT(CONTRACT_WEIGHT),
           WEIGHT(CONTRACT_BIAS), kept->transposed, n, 4 * c, c);
    add(layer->residual2, layer->residual2, layer->residual1, n * c);
#undef WEIGHT
    residual = layer->residual2;
  }
  normalize(kept->last, kept->last_mean, kept->last_scale, residual,
            weights[LAST_NORM_WEIGHT], weights[LAST_NORM_BIAS], n, c);
  linear(context, kept->logits, kept->last, weights[TOKEN_EMBEDDING], NULL,
         kept->transposed, n, c, GPT2_VOCABULARY);
}

double gpt2_loss(gpt2_model *model, const steepest_context *context,
                 const uint8_t *tokens, const uint8_t *targets) {
  gpt2_activations *kept = model->activations;
  int64_t n = model->config.batch * model->config.length;
  forward(model, context, tokens, model->config.batch);
  cross_entropy(context, kept->losses, kept->logits, targets, n,
                GPT2_VOCABULARY);
  double sum = 0;
  for (int64_t p = 0; p < n; ++p)
    sum += kept->losses[p];
  return sum / (double)n;
}

const real *gpt2_logits(gpt2_model *model, const steepest_context *context,
                        const uint8_t *tokens, int64_t position) {
  forward(model, context, tokens, /*batch=*/1);
  return model->activations->logits + position * GPT2_VOCABULARY;
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

/// The gradient of one layer: `d_residual` is that of its output and becomes
/// that of its input, `residual`.
static void backward_layer(gpt2_model *model, const steepest_context *context,
                           int64_t l, const real *residual) {
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  layer_activations *layer = &kept->layers[l];
  int64_t c = config->channels, n = config->batch * config->length;
  size_t narrow = (size_t)(n * c) * sizeof(real), wide = 4 * narrow;
#define WEIGHT(parameter)                                                      \
  of_layer(model, model->parameters[parameter].value, parameter, l)
#define GRADIENT(parameter)                                                    \
  of_layer(model, model->parameters[parameter].gradient, parameter, l)

  memset(kept->d_activated, 0, wide);
  linear_backward(context, kept->d_activated, GRADIENT(CONTRACT_WEIGHT),
                  GRADIENT(CONTRACT_BIAS), kept->d_residual, layer->activated,
                  WEIGHT(CONTRACT_WEIGHT), n, 4 * c, c);
  memset(kept->d_wide, 0, wide);
  gelu_backward(context, kept->d_wide, kept->d_activated, layer->expanded,
                layer->tangents, n, 4 * c);
  memset(kept->d_channels, 0, narrow);
  linear_backward(context, kept->d_channels, GRADIENT(EXPAND_WEIGHT),
                  GRADIENT(EXPAND_BIAS), kept->d_wide, layer->norm2,
                  WEIGHT(EXPAND_WEIGHT), n, c, 4 * c);
  normalize_backward(kept->d_residual, GRADIENT(NORM2_WEIGHT),
                     GRADIENT(NORM2_BIAS), kept->d_channels, layer->residual1,
                     WEIGHT(NORM2_WEIGHT), layer->mean2, layer->scale2, n, c);

  memset(kept->d_channels, 0, narrow);
  linear_backward(context, kept->d_channels, GRADIENT(ATTENTION_WEIGHT),
                  GRADIENT(ATTENTION_BIAS), kept->d_residual, layer->attended,
                  WEIGHT(ATTENTION_WEIGHT), n, c, c);
  memset(kept->d_wide, 0, 3 * narrow);
  attend_backward(context, kept->d_wide, kept->d_shares, kept->d_channels,
                  layer->qkv, layer->shares, config->batch, config->length, c,
                  config->heads);
  memset(kept->d_channels, 0, narrow);
  linear_backward(context, kept->d_channels, GRADIENT(QKV_WEIGHT),
                  GRADIENT(QKV_BIAS), kept->d_wide, layer->norm1,
                  WEIGHT(QKV_WEIGHT), n, c, 3 * c);
  normalize_backward(kept->d_residual, GRADIENT(NORM1_WEIGHT),
                     GRADIENT(NORM1_BIAS), kept->d_channels, residual,
                     WEIGHT(NORM1_WEIGHT), layer->mean1, layer->scale1, n, c);
#undef WEIGHT
#undef GRADIENT
}

double gpt2_loss_and_gradient(gpt2_model *model,
                              const steepest_context *context,
                              const uint8_t *tokens, const uint8_t *targets) {
  double loss = gpt2_loss(model, context, tokens, targets);
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  gpt2_parameter *parameters = model->parameters;
  int64_t c = config->channels, n = config->batch * config->length;
  size_t narrow = (size_t)(n * c) * sizeof(real);
  for (int i = 0; i < GPT2_PARAMETERS; ++i)
    memset(parameters[i].gradient, 0,
           (size_t)count_values(&parameters[i]) * sizeof(real));

  // The logits have become their gradient.
  memset(kept->d_channels, 0, narrow);
  linear_backward(context, kept->d_channels,
                  parameters[TOKEN_EMBEDDING].gradient, NULL, kept->logits,
                  kept->last, parameters[TOKEN_EMBEDDING].value, n, c,
                  GPT2_VOCABULARY);
  memset(kept->d_residual, 0, narrow);
  normalize_backward(kept->d_residual, parameters[LAST_NORM_WEIGHT].gradient,
                     parameters[LAST_NORM_BIAS].gradient, kept->d_channels,
                     kept->layers[config->layers - 1].residual2,
                     parameters[LAST_NORM_WEIGHT].value, kept->last_mean,
                     kept->last_scale, n, c);
  for (int64_t l = config->layers - 1; l >= 0; --l)
    backward_layer(model, context, l,
                   l == 0 ? kept->embedded : kept->layers[l - 1].residual2);
  for (int64_t p = 0; p < n; ++p) {
    real *token = parameters[TOKEN_EMBEDDING].gradient + tokens[p] * c;
    real *position =
        parameters[POSITION_EMBEDDING].gradient + p % config->length * c;
    const real *gradient = kept->d_residual + p * c;
    add(token, token, gradient, c);
    add(position, position, gradient, c);
  }
  return loss;
}
