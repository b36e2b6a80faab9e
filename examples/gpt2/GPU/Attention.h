//===- Attention.h - the kernels of attention -----------------------------===//
//
// A warp has a row of scores, or a column of them, which it reads again and
// again: simple, and fast enough where sequences are short.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_GPU_ATTENTION_H
#define GPT2_GPU_ATTENTION_H

#include "Warps.h"

namespace {

/// A row of scores: of position `t` of a head, which begins at `qkv` in a row
/// of queries, keys and values, and at `column` in one of the output.
struct Row {
  int64_t t, size, width, qkv, out, scores;

  template <class Arguments>
  STEEPEST_DEVICE Row(const Arguments &in, int64_t row)
      : t(row % in.length), size(in.channels / in.heads),
        width(3 * in.channels) {
    int64_t head = row / in.length % in.heads;
    int64_t first = row / in.length / in.heads * in.length;
    qkv = first * width + head * size;
    out = first * in.channels + head * size;
    scores = (row - t) * in.length;
  }
};

STEEPEST_DEVICE float dot(const float *a, const float *b, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum = fma(a[i], b[i], sum);
  return sum;
}

} // namespace

// A warp for each row: scores by lanes, then channels by lanes.
KERNEL(attend) {
  int64_t rows = in.batch * in.heads * in.length;
  for (int64_t number = warpIndex(); number < rows; number += warpCount()) {
    Row row(in, number);
    const float *q = in.qkv + row.qkv + row.t * row.width;
    const float *k = in.qkv + row.qkv + in.channels, *v = k + in.channels;
    float *share = in.shares + row.scores + row.t * in.length;
    float scale = 1 / squareRoot((float)row.size);
    float largest = -__builtin_inff(), sum = 0;
    for (int64_t s = lane(); s <= row.t; s += 32) {
      float score = scale * dot(q, k + s * row.width, row.size);
      share[s] = score;
      largest = score > largest ? score : largest;
    }
    largest = largestOfLanes(largest);
    for (int64_t s = lane(); s <= row.t; s += 32) {
      share[s] = exponentialOf(share[s] - largest);
      sum += share[s];
    }
    sum = sumOfLanes(sum);
    for (int64_t s = lane(); s <= row.t; s += 32)
      share[s] /= sum;
    // Lanes read what others have written.
    syncWarp();
    for (int64_t c = lane(); c < row.size; c += 32) {
      float y = 0;
      for (int64_t s = 0; s <= row.t; ++s)
        y = fma(share[s], v[s * row.width + c], y);
      in.out[row.out + row.t * in.channels + c] = y;
    }
  }
}

KERNEL(attend_scores_backward) {
  int64_t rows = in.batch * in.heads * in.length;
  for (int64_t number = warpIndex(); number < rows; number += warpCount()) {
    Row row(in, number);
    const float *k = in.qkv + row.qkv + in.channels, *v = k + in.channels;
    const float *share = in.shares + row.scores + row.t * in.length;
    const float *dy = in.d_out + row.out + row.t * in.channels;
    float *d_score = in.d_scores + row.scores + row.t * in.length;
    float *dq = in.d_qkv + row.qkv + row.t * row.width;
    float scale = 1 / squareRoot((float)row.size), projection = 0;
    for (int64_t s = lane(); s <= row.t; s += 32) {
      d_score[s] = dot(dy, v + s * row.width, row.size);
      projection = fma(share[s], d_score[s], projection);
    }
    projection = sumOfLanes(projection);
    for (int64_t s = lane(); s <= row.t; s += 32)
      d_score[s] = share[s] * (d_score[s] - projection) * scale;
    syncWarp();
    for (int64_t c = lane(); c < row.size; c += 32) {
      float sum = dq[c];
      for (int64_t s = 0; s <= row.t; ++s)
        sum = fma(d_score[s], k[s * row.width + c], sum);
      dq[c] = sum;
    }
  }
}

// A warp for each column of scores: what later positions took from it.
KERNEL(attend_values_backward) {
  int64_t rows = in.batch * in.heads * in.length;
  for (int64_t number = warpIndex(); number < rows; number += warpCount()) {
    Row row(in, number);
    int64_t s = row.t;
    const float *q = in.qkv + row.qkv;
    float *dk = in.d_qkv + row.qkv + s * row.width + in.channels;
    float *dv = dk + in.channels;
    for (int64_t c = lane(); c < row.size; c += 32) {
      float key = dk[c], value = dv[c];
      for (int64_t t = s; t < in.length; ++t) {
        int64_t at = row.scores + t * in.length + s;
        key = fma(in.d_scores[at], q[t * row.width + c], key);
        value =
            fma(in.shares[at], in.d_out[row.out + t * in.channels + c], value);
      }
      dk[c] = key;
      dv[c] = value;
    }
  }
}

#endif // GPT2_GPU_ATTENTION_H
