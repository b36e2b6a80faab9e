//===- main.c - train a small GPT-2 with compiled optimizers --------------===//
//
//   gpt2 --steps 600 --threads 2 --generate 400
//
//===----------------------------------------------------------------------===//

#define _POSIX_C_SOURCE 200809L // clock_gettime

#include "Options.h"
#include "Text.h"
#ifdef GPT2_CUDA
#include "GPU/Device.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The rules are chosen by CMake, and found by the names that it gives them.
const steepest_optimizer *GPT2_MATRIX_RULE(void);
const steepest_optimizer *GPT2_REST_RULE(void);
#ifdef GPT2_CUDA
const steepest_optimizer *GPT2_MATRIX_RULE_CUDA(void);
const steepest_optimizer *GPT2_REST_RULE_CUDA(void);
#endif

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void log_to_stderr(void *user, steepest_status status,
                          const char *message) {
  (void)user;
  fprintf(stderr, "gpt2: %s: %s\n", steepest_status_name(status), message);
}

/// The factor of `lr` at a step: up linearly, then down linearly.
static double rate(const gpt2_options *options, int64_t step) {
  int64_t warmup = options->progress.warmup, steps = options->progress.steps;
  if (step < warmup)
    return (double)(step + 1) / (double)(warmup + 1);
  return (double)(steps - step) / (double)(steps - warmup);
}

/// The mean loss of a few held-out batches, the same ones every time.
static double evaluate(gpt2_model *model, const gpt2_text *text,
                       uint8_t *tokens, uint8_t *targets) {
  enum { BATCHES = 8 };
  double sum = 0;
  for (int64_t i = 0; i < BATCHES; ++i) {
    text_draw(text, /*is_held_out=*/1, /*seed=*/0, i, model->config.batch,
              model->config.length, tokens, targets);
    sum += gpt2_loss(model, tokens, targets);
  }
  return sum / BATCHES;
}

/// Prints bytes drawn from the model, after a line's end.
static void generate(gpt2_model *model, int64_t bytes, uint64_t seed) {
  int64_t length = model->config.length, known = 1;
  uint8_t *tokens = allocate((size_t)length);
  tokens[0] = '\n';
  for (int64_t i = 0; i < bytes; ++i) {
    const real *logits = gpt2_logits(model, tokens, known - 1);
    double shares[GPT2_VOCABULARY], sum = 0, largest = logits[0];
    for (int b = 1; b < GPT2_VOCABULARY; ++b)
      largest = fmax(largest, logits[b]);
    // A temperature of 0.8: a little more of what is likely.
    for (int b = 0; b < GPT2_VOCABULARY; ++b)
      sum += shares[b] = exp((logits[b] - largest) / 0.8);
    double drawn = random_uniform(&seed) * sum;
    int byte = 0;
    while (byte + 1 < GPT2_VOCABULARY && (drawn -= shares[byte]) >= 0)
      ++byte;
    putchar(byte);
    if (known == length)
      memmove(tokens, tokens + 1, (size_t)--known);
    tokens[known++] = (uint8_t)byte;
  }
  putchar('\n');
  free(tokens);
}

static void train(const gpt2_options *options, gpt2_model *model,
                  gpt2_optimizer *optimizer, const gpt2_text *text) {
  const gpt2_config *config = &model->config;
  gpt2_progress progress = options->progress;
  int64_t end = progress.steps;
  if (options->stop && options->stop < end)
    end = options->stop;
  size_t positions = (size_t)(config->batch * config->length);
  uint8_t *tokens = allocate(positions), *targets = allocate(positions);
  double start = now(), optimizer_seconds = 0;
  int64_t first = progress.step;
  while (progress.step < end) {
    int64_t step = progress.step;
    text_draw(text, /*is_held_out=*/0, progress.seed, step, config->batch,
              config->length, tokens, targets);
    double loss = gpt2_loss_and_gradient(model, tokens, targets);
    double before = now();
    optimizer_step(optimizer, rate(options, step));
    optimizer_seconds += now() - before;
    progress.step = step + 1;

    if (step % options->log_every == 0 || progress.step == end) {
      double steps = (double)(progress.step - first);
      printf("step %5lld/%lld  loss %.9g  %.1f ms a step, %.2f of it the "
             "optimizer's",
             (long long)progress.step, (long long)progress.steps, loss,
             1e3 * (now() - start) / steps, 1e3 * optimizer_seconds / steps);
      double gap = optimizer_gap(optimizer);
      if (gap >= 0)
        printf("  largest gap %.2g", gap);
      putchar('\n');
    }
    if (progress.step % options->evaluate_every == 0 || progress.step == end)
      printf("step %5lld/%lld  held-out loss %.9g\n", (long long)progress.step,
             (long long)progress.steps, evaluate(model, text, tokens, targets));
    fflush(stdout);
    if (options->checkpoint &&
        (progress.step == end ||
         (options->checkpoint_every &&
          progress.step % options->checkpoint_every == 0)))
      checkpoint_write(options->checkpoint, &progress, optimizer);
  }
  free(tokens);
  free(targets);
}

/// The device to train on, and the rules compiled for it.
static gpt2_device *open_device(const gpt2_options *options,
                                const steepest_context *context,
                                gpt2_rule *matrices, gpt2_rule *rest) {
  if (options->gpu >= 0) {
#ifdef GPT2_CUDA
    rule_compiled_for(matrices, GPT2_MATRIX_RULE_CUDA());
    rule_compiled_for(rest, GPT2_REST_RULE_CUDA());
    return gpu_create(options->gpu, context);
#else
    (void)matrices;
    (void)rest;
    fail("expects --device cpu, got cuda: this gpt2 was built without GPUs "
         "(-DGPT2_CUDA=ON, which takes clang)");
#endif
  }
  return host_create(context, &host_steps);
}

int main(int argc, char **argv) {
  gpt2_rule matrices, rest;
  rule_create(&matrices, GPT2_MATRIX_RULE());
  rule_create(&rest, GPT2_REST_RULE());
  gpt2_options options;
  options_read(&options, argc, argv, &matrices, &rest);

  steepest_context context;
  steepest_context_init_serial(&context);
  steepest_pool *pool = NULL;
  if (options.threads != 1) {
    pool = steepest_pool_create((int32_t)options.threads);
    if (!pool)
      fail("cannot start %lld threads", (long long)options.threads);
    steepest_context_init_pool(&context, pool);
  }
  context.log = log_to_stderr;

  gpt2_device *device = open_device(&options, &context, &matrices, &rest);
  gpt2_text text;
  text_read(&text, options.text);
  if (options.resume && options.progress.text_size != text.size)
    fail("expects the text of the run, of %lld bytes, got %lld",
         (long long)options.progress.text_size, (long long)text.size);
  options.progress.text_size = text.size;
  gpt2_model model;
  gpt2_create(&model, device, &options.progress.config, options.progress.seed);
  gpt2_optimizer optimizer;
  optimizer_create(&optimizer, &model, &matrices, &rest);
  if (options.resume)
    checkpoint_read(options.resume, &optimizer);
  printf("%lld parameters; %lld bytes of text; matrices by %s, the rest by %s; "
         "%s\n",
         (long long)model.num_values, (long long)text.size,
         matrices.descriptor->name, rest.descriptor->name, device->name);

  train(&options, &model, &optimizer, &text);
  if (options.generate)
    generate(&model, options.generate, options.progress.seed);

  optimizer_destroy(&optimizer);
  gpt2_destroy(&model);
  device->destroy(device);
  text_free(&text);
  steepest_pool_destroy(pool);
  return 0;
}
