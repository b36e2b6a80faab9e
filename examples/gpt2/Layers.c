//===- Layers.c -----------------------------------------------------------===//

#include "Device.h"
#include "Product.h"

#include <stdlib.h>
#include <tgmath.h>

//===----------------------------------------------------------------------===//
// Embeddings and sums
//===----------------------------------------------------------------------===//

static void add(gpt2_device *device, real *out, const real *a, const real *b,
                int64_t count) {
  (void)device;
  for (int64_t i = 0; i < count; ++i)
    out[i] = a[i] + b[i];
}

static void embed(gpt2_device *device, real *out, const uint8_t *tokens,
                  const real *token_weight, const real *position_weight,
                  int64_t positions, int64_t length, int64_t channels) {
  for (int64_t p = 0; p < positions; ++p)
    add(device, out + p * channels, token_weight + tokens[p] * channels,
        position_weight + p % length * channels, channels);
}

static void embed_backward(gpt2_device *device, real *d_token, real *d_position,
                           const real *d_out, const uint8_t *tokens,
                           int64_t positions, int64_t length,
                           int64_t channels) {
  for (int64_t p = 0; p < positions; ++p) {
    real *token = d_token + tokens[p] * channels;
    real *position = d_position + p % length * channels;
    add(device, token, token, d_out + p * channels, channels);
    add(device, position, position, d_out + p * channels, channels);
  }
}

//===----------------------------------------------------------------------===//
// Layer normalization
//===----------------------------------------------------------------------===//

static void normalize(gpt2_device *device, real *out, real *mean, real *scale,
                      const real *in, const real *weight, const real *bias,
                      int64_t positions, int64_t channels) {
  (void)device;
  for (int64_t p = 0; p < positions; ++p) {
    const real *x = in + p * channels;
    real *y = out + p * channels;
    real sum = 0, squares = 0;
    for (int64_t c = 0; c < channels; ++c)
      sum += x[c];
    mean[p] = sum / (real)channels;
    for (int64_t c = 0; c < channels; ++c)
      squares += (x[c] - mean[p]) * (x[c] - mean[p]);
    scale[p] = 1 / sqrt(squares / (real)channels + (real)1e-5);
    for (int64_t c = 0; c < channels; ++c)
      y[c] = (x[c] - mean[p]) * scale[p] * weight[c] + bias[c];
  }
}

// With n = (x - mean) scale and e = dy weight:
//   dx = scale (e - mean(e) - n mean(e n)).
static void normalize_backward(gpt2_device *device, real *d_in, real *d_weight,
                               real *d_bias, const real *d_out, const real *in,
                               const real *weight, const real *mean,
                               const real *scale, int64_t positions,
                               int64_t channels) {
  (void)device;
  for (int64_t p = 0; p < positions; ++p) {
    const real *x = in + p * channels, *dy = d_out + p * channels;
    real *dx = d_in + p * channels;
    real sum = 0, projection = 0;
    for (int64_t c = 0; c < channels; ++c) {
      real n = (x[c] - mean[p]) * scale[p];
      sum += dy[c] * weight[c];
      projection += dy[c] * weight[c] * n;
    }
    sum /= (real)channels;
    projection /= (real)channels;
    for (int64_t c = 0; c < channels; ++c) {
      real n = (x[c] - mean[p]) * scale[p];
      d_weight[c] += dy[c] * n;
      d_bias[c] += dy[c];
      dx[c] += scale[p] * (dy[c] * weight[c] - sum - n * projection);
    }
  }
}

//===----------------------------------------------------------------------===//
// Linear maps
//===----------------------------------------------------------------------===//

static void linear(gpt2_device *device, real *out, const real *in,
                   const real *weight, const real *bias, int64_t positions,
                   int64_t from, int64_t to) {
  gpt2_host *host = (gpt2_host *)device;
  if (host->room_count < from * to) {
    free(host->room);
    host->room = allocate_reals(from * to);
    host->room_count = from * to;
  }
  real *transposed = host->room;
  transpose(transposed, weight, to, from);
  for (int64_t p = 0; p < positions; ++p)
    for (int64_t c = 0; c < to; ++c)
      out[p * to + c] = bias ? bias[c] : 0;
  add_product(device->context, out, in, from, 1, transposed, positions, to,
              from);
}

static void linear_backward(gpt2_device *device, real *d_in, real *d_weight,
                            real *d_bias, const real *d_out, const real *in,
                            const real *weight, int64_t positions, int64_t from,
                            int64_t to) {
  add_product(device->context, d_in, d_out, to, 1, weight, positions, from, to);
  add_product(device->context, d_weight, d_out, 1, to, in, to, from, positions);
  if (!d_bias)
    return;
  for (int64_t p = 0; p < positions; ++p)
    for (int64_t c = 0; c < to; ++c)
      d_bias[c] += d_out[p * to + c];
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// An inner product by partial sums, of which a compiler makes a vector.
static real dot(const real *a, const real *b, int64_t count) {
  enum { PARTS = 16 };
  real parts[PARTS] = {0}, sum = 0;
  int64_t i = 0;
  for (; i + PARTS <= count; i += PARTS)
    for (int j = 0; j < PARTS; ++j)
      parts[j] += a[i + j] * b[i + j];
  for (; i < count; ++i)
    sum += a[i] * b[i];
  for (int j = 0; j < PARTS; ++j)
    sum += parts[j];
  return sum;
}

/// out += factor in.
static void add_multiple(real *restrict out, real factor,
                         const real *restrict in, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    out[i] += factor * in[i];
}

// One task per head of a sequence; tasks write different columns.
typedef struct {
  real *out, *shares;
  const real *qkv;
  // Of the gradient alone.
  real *d_qkv, *d_shares;
  const real *d_out, *kept;
  int64_t length, channels, heads;
} attention_task;

/// Where the head `task` reads and writes: `first` is the offset of the first
/// position in units of a row of qkv or out, `column` that of the head in one.
typedef struct {
  int64_t first, column, size;
} attention_head;

static attention_head find_head(const attention_task *task, int64_t index) {
  attention_head head;
  head.size = task->channels / task->heads;
  head.first = index / task->heads * task->length;
  head.column = index % task->heads * head.size;
  return head;
}

static void attend_head(void *argument, int64_t index, int64_t worker) {
  (void)worker;
  const attention_task *task = argument;
  attention_head head = find_head(task, index);
  int64_t width = 3 * task->channels;
  const real *q = task->qkv + head.first * width + head.column;
  const real *k = q + task->channels, *v = k + task->channels;
  real *out = task->out + head.first * task->channels + head.column;
  real *shares = task->shares + index * task->length * task->length;
  real scale = 1 / sqrt((real)head.size);
  for (int64_t t = 0; t < task->length; ++t) {
    real *share = shares + t * task->length;
    real largest = -INFINITY, sum = 0;
    for (int64_t s = 0; s <= t; ++s) {
      share[s] = scale * dot(q + t * width, k + s * width, head.size);
      if (share[s] > largest)
        largest = share[s];
    }
    for (int64_t s = 0; s <= t; ++s) {
      share[s] = exp(share[s] - largest);
      sum += share[s];
    }
    real *y = out + t * task->channels;
    for (int64_t c = 0; c < head.size; ++c)
      y[c] = 0;
    for (int64_t s = 0; s <= t; ++s) {
      share[s] /= sum;
      add_multiple(y, share[s], v + s * width, head.size);
    }
  }
}

// With shares a = softmax(z) and da = dy v^T:
//   dz = a (da - <a, da>), dq = dz k, dk = dz^T q, dv = a^T dy.
static void attend_head_backward(void *argument, int64_t index,
                                 int64_t worker) {
  (void)worker;
  const attention_task *task = argument;
  attention_head head = find_head(task, index);
  int64_t width = 3 * task->channels;
  int64_t offset = head.first * width + head.column;
  const real *q = task->qkv + offset;
  const real *k = q + task->channels, *v = k + task->channels;
  real *dq = task->d_qkv + offset;
  real *dk = dq + task->channels, *dv = dk + task->channels;
  const real *d_out = task->d_out + head.first * task->channels + head.column;
  const real *shares = task->kept + index * task->length * task->length;
  real *d_share = task->d_shares + index * task->length * task->length;
  real scale = 1 / sqrt((real)head.size);
  for (int64_t t = 0; t < task->length; ++t) {
    const real *share = shares + t * task->length;
    const real *dy = d_out + t * task->channels;
    real projection = 0;
    for (int64_t s = 0; s <= t; ++s) {
      d_share[s] = dot(dy, v + s * width, head.size);
      projection += share[s] * d_share[s];
      add_multiple(dv + s * width, share[s], dy, head.size);
    }
    for (int64_t s = 0; s <= t; ++s) {
      real slope = share[s] * (d_share[s] - projection) * scale;
      add_multiple(dq + t * width, slope, k + s * width, head.size);
      add_multiple(dk + s * width, slope, q + t * width, head.size);
    }
  }
}

static void attend(gpt2_device *device, real *out, real *shares,
                   const real *qkv, int64_t batch, int64_t length,
                   int64_t channels, int64_t heads) {
  attention_task task = {.out = out,
                         .shares = shares,
                         .qkv = qkv,
                         .length = length,
                         .channels = channels,
                         .heads = heads};
  for_tasks(device->context, batch * heads, attend_head, &task);
}

static void attend_backward(gpt2_device *device, real *d_qkv, real *d_shares,
                            const real *d_out, const real *qkv,
                            const real *shares, int64_t batch, int64_t length,
                            int64_t channels, int64_t heads) {
  attention_task task = {.kept = shares,
                         .qkv = qkv,
                         .d_qkv = d_qkv,
                         .d_shares = d_shares,
                         .d_out = d_out,
                         .length = length,
                         .channels = channels,
                         .heads = heads};
  for_tasks(device->context, batch * heads, attend_head_backward, &task);
}

//===----------------------------------------------------------------------===//
// By entries
//===----------------------------------------------------------------------===//

// One task per position.
typedef struct {
  real *out, *tangents;
  const real *in;
  // Of the gradient alone.
  const real *d_out, *kept;
  int64_t channels;
} gelu_task;

static const real gelu_cubic = (real)0.044715;
static const real gelu_scale = (real)0.7978845608028654; // sqrt(2 / pi)

static void gelu_position(void *argument, int64_t position, int64_t worker) {
  (void)worker;
  const gelu_task *task = argument;
  int64_t offset = position * task->channels;
  for (int64_t i = offset; i < offset + task->channels; ++i) {
    real x = task->in[i];
    // tanh(y) = 1 - 2 / (exp(2 y) + 1), which is several times as fast.
    real twice = 2 * gelu_scale * (x + gelu_cubic * x * x * x);
    real tangent = 1 - 2 / (exp(twice) + 1);
    task->tangents[i] = tangent;
    task->out[i] = (real)0.5 * x * (1 + tangent);
  }
}

static void gelu_position_backward(void *argument, int64_t position,
                                   int64_t worker) {
  (void)worker;
  const gelu_task *task = argument;
  int64_t offset = position * task->channels;
  for (int64_t i = offset; i < offset + task->channels; ++i) {
    real x = task->in[i], tangent = task->kept[i];
    real inner = gelu_scale * (1 + 3 * gelu_cubic * x * x);
    real slope = (real)0.5 * (1 + tangent) +
                 (real)0.5 * x * (1 - tangent * tangent) * inner;
    task->out[i] += slope * task->d_out[i];
  }
}

static void gelu(gpt2_device *device, real *out, real *tangents, const real *in,
                 int64_t positions, int64_t channels) {
  gelu_task task = {
      .out = out, .tangents = tangents, .in = in, .channels = channels};
  for_tasks(device->context, positions, gelu_position, &task);
}

static void gelu_backward(gpt2_device *device, real *d_in, const real *d_out,
                          const real *in, const real *tangents,
                          int64_t positions, int64_t channels) {
  gelu_task task = {.out = d_in,
                    .kept = tangents,
                    .in = in,
                    .d_out = d_out,
                    .channels = channels};
  for_tasks(device->context, positions, gelu_position_backward, &task);
}

typedef struct {
  real *losses, *logits;
  const uint8_t *targets;
  int64_t positions, classes;
} cross_entropy_task;

static void cross_entropy_position(void *argument, int64_t position,
                                   int64_t worker) {
  (void)worker;
  const cross_entropy_task *task = argument;
  real *logits = task->logits + position * task->classes;
  int target = task->targets[position];
  real largest = -INFINITY, sum = 0, at_target = logits[target];
  for (int64_t c = 0; c < task->classes; ++c)
    if (logits[c] > largest)
      largest = logits[c];
  for (int64_t c = 0; c < task->classes; ++c) {
    logits[c] = exp(logits[c] - largest);
    sum += logits[c];
  }
  task->losses[position] = log(sum) + largest - at_target;
  real factor = 1 / (sum * (real)task->positions);
  for (int64_t c = 0; c < task->classes; ++c)
    logits[c] *= factor;
  logits[target] -= 1 / (real)task->positions;
}

static void cross_entropy(gpt2_device *device, real *losses, real *logits,
                          const uint8_t *targets, int64_t positions,
                          int64_t classes) {
  cross_entropy_task task = {.losses = losses,
                             .logits = logits,
                             .targets = targets,
                             .positions = positions,
                             .classes = classes};
  for_tasks(device->context, positions, cross_entropy_position, &task);
}

const gpt2_layers host_layers = {.embed = embed,
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
