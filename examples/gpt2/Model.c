//===- Model.c ------------------------------------------------------------===//

#include "Model.h"

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
  uint8_t *tokens, *targets;
  // Memory of the host.
  real *read_losses, *read_logits;
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
static void for_buffers(gpt2_model *model,
                        void (*visit)(gpt2_device *device, real **buffer,
                                      int64_t count)) {
  gpt2_activations *activations = model->activations;
  const gpt2_config *config = &model->config;
  gpt2_device *device = model->device;
  int64_t n = config->batch * config->length, c = config->channels;
  int64_t shares = n * config->heads * config->length;
  visit(device, &activations->embedded, n * c);
  for (int64_t l = 0; l < config->layers; ++l) {
    layer_activations *layer = &activations->layers[l];
    visit(device, &layer->norm1, n * c);
    visit(device, &layer->mean1, n);
    visit(device, &layer->scale1, n);
    visit(device, &layer->qkv, n * 3 * c);
    visit(device, &layer->shares, shares);
    visit(device, &layer->attended, n * c);
    visit(device, &layer->residual1, n * c);
    visit(device, &layer->norm2, n * c);
    visit(device, &layer->mean2, n);
    visit(device, &layer->scale2, n);
    visit(device, &layer->expanded, n * 4 * c);
    visit(device, &layer->tangents, n * 4 * c);
    visit(device, &layer->activated, n * 4 * c);
    visit(device, &layer->residual2, n * c);
  }
  visit(device, &activations->last, n * c);
  visit(device, &activations->last_mean, n);
  visit(device, &activations->last_scale, n);
  visit(device, &activations->logits, n * GPT2_VOCABULARY);
  visit(device, &activations->losses, n);
  visit(device, &activations->d_residual, n * c);
  visit(device, &activations->d_channels, n * c);
  visit(device, &activations->d_wide, n * 4 * c);
  visit(device, &activations->d_activated, n * 4 * c);
  visit(device, &activations->d_shares, shares);
}

static void allocate_buffer(gpt2_device *device, real **buffer, int64_t count) {
  *buffer = device->memory->allocate(device, (size_t)count * sizeof(real));
}

static void free_buffer(gpt2_device *device, real **buffer, int64_t count) {
  (void)count;
  device->memory->release(device, *buffer);
}

/// What a parameter begins with, in memory of the host.
static void draw_values(real *values, int parameter, int64_t count,
                        const gpt2_parameter *description,
                        const gpt2_config *config, uint64_t *seed) {
  if (parameter == NORM1_WEIGHT || parameter == NORM2_WEIGHT ||
      parameter == LAST_NORM_WEIGHT)
    for (int64_t i = 0; i < count; ++i)
      values[i] = 1;
  else if (parameter == ATTENTION_WEIGHT || parameter == CONTRACT_WEIGHT)
    fill_normal(values, count, 0.02 / sqrt(2 * (double)config->layers), seed);
  else if (description->is_hidden_matrix || parameter == TOKEN_EMBEDDING ||
           parameter == POSITION_EMBEDDING)
    fill_normal(values, count, 0.02, seed);
}

void gpt2_create(gpt2_model *model, gpt2_device *device,
                 const gpt2_config *config, uint64_t seed) {
  memset(model, 0, sizeof(*model));
  model->config = *config;
  model->device = device;
  describe_parameters(model->parameters, config);
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_parameter *parameter = &model->parameters[i];
    int64_t count = count_values(parameter);
    model->num_values += count;
    allocate_buffer(device, &parameter->value, count);
    allocate_buffer(device, &parameter->gradient, count);
    real *values = allocate_reals(count);
    draw_values(values, i, count, parameter, config, &seed);
    device->memory->write(device, parameter->value, values,
                          (size_t)count * sizeof(real));
    free(values);
  }
  gpt2_activations *kept = allocate(sizeof(gpt2_activations));
  model->activations = kept;
  kept->layers = allocate((size_t)config->layers * sizeof(layer_activations));
  for_buffers(model, allocate_buffer);
  size_t positions = (size_t)(config->batch * config->length);
  kept->tokens = device->memory->allocate(device, positions);
  kept->targets = device->memory->allocate(device, positions);
  kept->read_losses = allocate_reals((int64_t)positions);
  kept->read_logits = allocate_reals(GPT2_VOCABULARY);
}

void gpt2_destroy(gpt2_model *model) {
  gpt2_device *device = model->device;
  gpt2_activations *kept = model->activations;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    device->memory->release(device, model->parameters[i].value);
    device->memory->release(device, model->parameters[i].gradient);
  }
  for_buffers(model, free_buffer);
  device->memory->release(device, kept->tokens);
  device->memory->release(device, kept->targets);
  free(kept->read_losses);
  free(kept->read_logits);
  free(kept->layers);
  free(kept);
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

/// From tokens, in memory of the host, to logits.
static void forward(gpt2_model *model, const uint8_t *tokens, int64_t batch) {
  gpt2_device *device = model->device;
  const gpt2_layers *layers = device->layers;
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  int64_t c = config->channels, n = batch * config->length;
  real *weights[GPT2_PARAMETERS];
  for (int i = 0; i < GPT2_PARAMETERS; ++i)
    weights[i] = model->parameters[i].value;

  device->memory->write(device, kept->tokens, tokens, (size_t)n);
  layers->embed(device, kept->embedded, kept->tokens, weights[TOKEN_EMBEDDING],
                weights[POSITION_EMBEDDING], n, config->length, c);
  real *residual = kept->embedded;
  for (int64_t l = 0; l < config->layers; ++l) {
    layer_activations *layer = &kept->layers[l];
#define WEIGHT(parameter) of_layer(model, weights[parameter], parameter, l)
    layers->normalize(device, layer->norm1, layer->mean1, layer->scale1,
                      residual, WEIGHT(NORM1_WEIGHT), WEIGHT(NORM1_BIAS), n, c);
    layers->linear(device, layer->qkv, layer->norm1, WEIGHT(QKV_WEIGHT),
                   WEIGHT(QKV_BIAS), n, c, 3 * c);
    layers->attend(device, layer->attended, layer->shares, layer->qkv, batch,
                   config->length, c, config->heads);
    layers->linear(device, layer->residual1, layer->attended,
                   WEIGHT(ATTENTION_WEIGHT), WEIGHT(ATTENTION_BIAS), n, c, c);
    layers->add(device, layer->residual1, layer->residual1, residual, n * c);
    layers->normalize(device, layer->norm2, layer->mean2, layer->scale2,
                      layer->residual1, WEIGHT(NORM2_WEIGHT),
                      WEIGHT(NORM2_BIAS), n, c);
    layers->linear(device, layer->expanded, layer->norm2, WEIGHT(EXPAND_WEIGHT),
                   WEIGHT(EXPAND_BIAS), n, c, 4 * c);
    layers->gelu(device, layer->activated, layer->tangents, layer->expanded, n,
                 4 * c);
    layers->linear(device, layer->residual2, layer->activated,
                   WEIGHT(CONTRACT_WEIGHT), WEIGHT(CONTRACT_BIAS), n, 4 * c, c);
    layers->add(device, layer->residual2, layer->residual2, layer->residual1,
                n * c);
#undef WEIGHT
    residual = layer->residual2;
  }
  layers->normalize(device, kept->last, kept->last_mean, kept->last_scale,
                    residual, weights[LAST_NORM_WEIGHT],
                    weights[LAST_NORM_BIAS], n, c);
  layers->linear(device, kept->logits, kept->last, weights[TOKEN_EMBEDDING],
                 NULL, n, c, GPT2_VOCABULARY);
}

double gpt2_loss(gpt2_model *model, const uint8_t *tokens,
                 const uint8_t *targets) {
  gpt2_device *device = model->device;
  gpt2_activations *kept = model->activations;
  int64_t n = model->config.batch * model->config.length;
  forward(model, tokens, model->config.batch);
  device->memory->write(device, kept->targets, targets, (size_t)n);
  device->layers->cross_entropy(device, kept->losses, kept->logits,
                                kept->targets, n, GPT2_VOCABULARY);
  device->memory->read(device, kept->read_losses, kept->losses,
                       (size_t)n * sizeof(real));
  double sum = 0;
  for (int64_t p = 0; p < n; ++p)
    sum += kept->read_losses[p];
  return sum / (double)n;
}

const real *gpt2_logits(gpt2_model *model, const uint8_t *tokens,
                        int64_t position) {
  gpt2_device *device = model->device;
  gpt2_activations *kept = model->activations;
  forward(model, tokens, /*batch=*/1);
  device->memory->read(device, kept->read_logits,
                       kept->logits + position * GPT2_VOCABULARY,
                       GPT2_VOCABULARY * sizeof(real));
  return kept->read_logits;
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

/// The gradient of one layer: `d_residual` is that of its output and becomes
/// that of its input, `residual`.
static void backward_layer(gpt2_model *model, int64_t l, const real *residual) {
  gpt2_device *device = model->device;
  const gpt2_layers *layers = device->layers;
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  layer_activations *layer = &kept->layers[l];
  int64_t c = config->channels, n = config->batch * config->length;
  size_t narrow = (size_t)(n * c) * sizeof(real), wide = 4 * narrow;
#define WEIGHT(parameter)                                                      \
  of_layer(model, model->parameters[parameter].value, parameter, l)
#define GRADIENT(parameter)                                                    \
  of_layer(model, model->parameters[parameter].gradient, parameter, l)

  device->memory->clear(device, kept->d_activated, wide);
  layers->linear_backward(device, kept->d_activated, GRADIENT(CONTRACT_WEIGHT),
                          GRADIENT(CONTRACT_BIAS), kept->d_residual,
                          layer->activated, WEIGHT(CONTRACT_WEIGHT), n, 4 * c,
                          c);
  device->memory->clear(device, kept->d_wide, wide);
  layers->gelu_backward(device, kept->d_wide, kept->d_activated,
                        layer->expanded, layer->tangents, n, 4 * c);
  device->memory->clear(device, kept->d_channels, narrow);
  layers->linear_backward(device, kept->d_channels, GRADIENT(EXPAND_WEIGHT),
                          GRADIENT(EXPAND_BIAS), kept->d_wide, layer->norm2,
                          WEIGHT(EXPAND_WEIGHT), n, c, 4 * c);
  layers->normalize_backward(device, kept->d_residual, GRADIENT(NORM2_WEIGHT),
                             GRADIENT(NORM2_BIAS), kept->d_channels,
                             layer->residual1, WEIGHT(NORM2_WEIGHT),
                             layer->mean2, layer->scale2, n, c);

  device->memory->clear(device, kept->d_channels, narrow);
  layers->linear_backward(device, kept->d_channels, GRADIENT(ATTENTION_WEIGHT),
                          GRADIENT(ATTENTION_BIAS), kept->d_residual,
                          layer->attended, WEIGHT(ATTENTION_WEIGHT), n, c, c);
  device->memory->clear(device, kept->d_wide, 3 * narrow);
  layers->attend_backward(device, kept->d_wide, kept->d_shares,
                          kept->d_channels, layer->qkv, layer->shares,
                          config->batch, config->length, c, config->heads);
  device->memory->clear(device, kept->d_channels, narrow);
  layers->linear_backward(device, kept->d_channels, GRADIENT(QKV_WEIGHT),
                          GRADIENT(QKV_BIAS), kept->d_wide, layer->norm1,
                          WEIGHT(QKV_WEIGHT), n, c, 3 * c);
  layers->normalize_backward(device, kept->d_residual, GRADIENT(NORM1_WEIGHT),
                             GRADIENT(NORM1_BIAS), kept->d_channels, residual,
                             WEIGHT(NORM1_WEIGHT), layer->mean1, layer->scale1,
                             n, c);
#undef WEIGHT
#undef GRADIENT
}

double gpt2_loss_and_gradient(gpt2_model *model, const uint8_t *tokens,
                              const uint8_t *targets) {
  double loss = gpt2_loss(model, tokens, targets);
  gpt2_device *device = model->device;
  const gpt2_layers *layers = device->layers;
  const gpt2_config *config = &model->config;
  gpt2_activations *kept = model->activations;
  gpt2_parameter *parameters = model->parameters;
  int64_t c = config->channels, n = config->batch * config->length;
  size_t narrow = (size_t)(n * c) * sizeof(real);
  for (int i = 0; i < GPT2_PARAMETERS; ++i)
    device->memory->clear(device, parameters[i].gradient,
                          (size_t)count_values(&parameters[i]) * sizeof(real));

  // The logits have become their gradient.
  device->memory->clear(device, kept->d_channels, narrow);
  layers->linear_backward(
      device, kept->d_channels, parameters[TOKEN_EMBEDDING].gradient, NULL,
      kept->logits, kept->last, parameters[TOKEN_EMBEDDING].value, n, c,
      GPT2_VOCABULARY);
  device->memory->clear(device, kept->d_residual, narrow);
  layers->normalize_backward(
      device, kept->d_residual, parameters[LAST_NORM_WEIGHT].gradient,
      parameters[LAST_NORM_BIAS].gradient, kept->d_channels,
      kept->layers[config->layers - 1].residual2,
      parameters[LAST_NORM_WEIGHT].value, kept->last_mean, kept->last_scale, n,
      c);
  for (int64_t l = config->layers - 1; l >= 0; --l)
    backward_layer(model, l,
                   l == 0 ? kept->embedded : kept->layers[l - 1].residual2);
  layers->embed_backward(device, parameters[TOKEN_EMBEDDING].gradient,
                         parameters[POSITION_EMBEDDING].gradient,
                         kept->d_residual, kept->tokens, n, config->length, c);
  return loss;
}
