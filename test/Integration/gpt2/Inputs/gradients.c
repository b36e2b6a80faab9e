// Compares the gradients of every parameter of a small model with central
// differences of its loss, in double.

#include "Model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  // Sizes that leave edges beside the tiles of products.
  const gpt2_config config = {
      .layers = 2, .heads = 3, .channels = 12, .length = 7, .batch = 2};
  steepest_context context = {.abi_version = STEEPEST_ABI_VERSION,
                              .threads = 1};
  gpt2_device *device = host_create(&context, /*steps=*/NULL);
  gpt2_model model;
  gpt2_create(&model, device, &config, 1);

  // Weights so large that no gradient is small, and biases that are not zero.
  uint64_t random = 2;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_parameter *p = &model.parameters[i];
    for (int64_t j = 0; j < p->problems * p->rows * p->columns; ++j)
      p->value[j] += 0.6 * (random_uniform(&random) - 0.5);
  }
  enum { POSITIONS = 14, SAMPLES = 60, USED = 6 };
  uint8_t tokens[POSITIONS], targets[POSITIONS];
  for (int i = 0; i < POSITIONS; ++i) {
    tokens[i] = (uint8_t)(random_bits(&random) % USED);
    targets[i] = (uint8_t)(random_bits(&random) % USED);
  }

  double loss = gpt2_loss_and_gradient(&model, tokens, targets);
  if (loss != gpt2_loss(&model, tokens, targets)) {
    printf("the loss with and without the gradient differ\n");
    return 1;
  }
  int num_wrong = 0;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_parameter *p = &model.parameters[i];
    int64_t entries = p->problems * p->rows * p->columns;
    // Of the embedding, mostly the rows in use.
    int64_t range = i == TOKEN_EMBEDDING ? (USED + 2) * p->columns : entries;
    double largest = 0, error = 0;
    for (int64_t j = 0; j < entries; ++j)
      largest = fmax(largest, fabs(p->gradient[j]));
    for (int s = 0; s < SAMPLES; ++s) {
      int64_t j = (int64_t)(random_bits(&random) % (uint64_t)range);
      // The differences err by step^2 and by 1e-16 / step.
      const double step = 1e-5;
      double value = p->value[j];
      p->value[j] = value + step;
      double above = gpt2_loss(&model, tokens, targets);
      p->value[j] = value - step;
      double below = gpt2_loss(&model, tokens, targets);
      p->value[j] = value;
      error = fmax(error, fabs((above - below) / (2 * step) - p->gradient[j]));
    }
    int is_right = largest > 1e-4 && error < 1e-6 * largest + 1e-9;
    num_wrong += !is_right;
    printf("%s %s: error %.1e of %.1e\n", is_right ? "right" : "WRONG", p->name,
           error, largest);
  }
  gpt2_destroy(&model);
  device->destroy(device);
  printf("%d parameters, %d wrong\n", GPT2_PARAMETERS, num_wrong);
  return num_wrong != 0;
}
