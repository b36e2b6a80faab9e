//===- Options.c ----------------------------------------------------------===//

#include "Options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gpt2 [option value]...\n"
    "\n"
    "Trains a GPT-2 over bytes. Hidden matrices are stepped by the rule %s, "
    "the\n"
    "rest by %s.\n"
    "\n"
    "  --text PATH           a file, or a folder of files\n"
    "                        (default: /usr/share/games/fortunes)\n"
    "  --layers N            (default: 4)\n"
    "  --heads N             (default: 4)\n"
    "  --channels N          a multiple of the heads (default: 128)\n"
    "  --length N            bytes of a sequence (default: 128)\n"
    "  --batch N             sequences of a step (default: 4)\n"
    "  --steps N             of the whole schedule (default: 600)\n"
    "  --stop N              ends the run after step N, as if interrupted\n"
    "  --warmup N            steps in which the rate rises to its full value,\n"
    "                        from where it falls linearly to 0 (default: 10)\n"
    "  --matrices NAME=X     a hyper-parameter of the rule of matrices\n"
    "  --rest NAME=X         a hyper-parameter of the rule of the rest\n"
    "  --seed N              of the weights and of the sequences (default: 1)\n"
    "  --threads N           of model and optimizer (default: 1; 0: one per "
    "CPU)\n"
    "  --log N               steps between lines (default: 20)\n"
    "  --evaluate N          steps between losses of held-out text (default: "
    "100)\n"
    "  --checkpoint FILE     written at the end of the run\n"
    "  --checkpoint-every N  and after every N steps\n"
    "  --resume FILE         goes on from a checkpoint, with its model, seed,\n"
    "                        schedule and hyper-parameters\n"
    "  --generate N          prints N bytes of the model's own at the end\n"
    "  --device NAME         cpu, cuda or cuda:N (default: cpu)\n";

static int64_t parse_integer(const char *option, const char *text,
                             int64_t least, int64_t most) {
  char *end = NULL;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (*text == '\0' || *end != '\0' || errno != 0 || value < least ||
      value > most)
    fail("%s expects an integer from %lld to %lld, got '%s'", option,
         (long long)least, (long long)most, text);
  return value;
}

/// "name=value" into a rule.
static void parse_hyper(const char *option, const char *text, gpt2_rule *rule) {
  const char *equals = strchr(text, '=');
  char name[64] = "";
  if (!equals || equals == text || equals - text >= (long)sizeof(name))
    fail("%s expects NAME=VALUE, got '%s'", option, text);
  memcpy(name, text, (size_t)(equals - text));
  char *end = NULL;
  double value = strtod(equals + 1, &end);
  if (equals[1] == '\0' || *end != '\0' || !isfinite(value))
    fail("%s %s expects a number, got '%s'", option, name, equals + 1);
  rule_set(rule, name, value);
}

/// The number of a GPU; -1 for the processor.
static int parse_device(const char *text) {
  if (strcmp(text, "cpu") == 0)
    return -1;
  if (strcmp(text, "cuda") == 0)
    return 0;
  char *end = NULL;
  long number = -1;
  if (strncmp(text, "cuda:", 5) == 0 && text[5] >= '0' && text[5] <= '9')
    number = strtol(text + 5, &end, 10);
  if (number < 0 || number > 1 << 16 || *end != '\0')
    fail("--device expects cpu, cuda or cuda:N, got '%s'", text);
  return (int)number;
}

/// An option that takes an integer, and where it goes.
typedef struct {
  const char *name;
  int64_t *value;
  int64_t least, most;
  /// A resumed run has it from its checkpoint.
  int is_of_run;
} integer_option;

void options_read(gpt2_options *options, int argc, char **argv,
                  gpt2_rule *matrices, gpt2_rule *rest) {
  *options = (gpt2_options){.text = "/usr/share/games/fortunes",
                            .progress = {.config = {4, 4, 128, 128, 4},
                                         .seed = 1,
                                         .steps = 600,
                                         .warmup = 10},
                            .gpu = -1,
                            .threads = 1,
                            .evaluate_every = 100,
                            .log_every = 20};
  gpt2_config *config = &options->progress.config;
  int64_t seed = 1;
  const integer_option integers[] = {
      {"--layers", &config->layers, 1, 1000, 1},
      {"--heads", &config->heads, 1, 1000, 1},
      {"--channels", &config->channels, 1, 1 << 16, 1},
      {"--length", &config->length, 1, 1 << 16, 1},
      {"--batch", &config->batch, 1, 1 << 16, 1},
      {"--steps", &options->progress.steps, 1, 1 << 30, 1},
      {"--seed", &seed, 0, INT64_MAX, 1},
      {"--stop", &options->stop, 1, 1 << 30, 0},
      {"--warmup", &options->progress.warmup, 0, 1 << 30, 1},
      {"--threads", &options->threads, 0, 1 << 16, 0},
      {"--log", &options->log_every, 1, 1 << 30, 0},
      {"--evaluate", &options->evaluate_every, 1, 1 << 30, 0},
      {"--checkpoint-every", &options->checkpoint_every, 1, 1 << 30, 0},
      {"--generate", &options->generate, 1, 1 << 20, 0},
  };
  const size_t num_integers = sizeof(integers) / sizeof(*integers);
  const char *of_run = NULL;
  // First, so that hyper-parameters on the command line take precedence.
  for (int i = 1; i + 1 < argc; i += 2)
    if (strcmp(argv[i], "--resume") == 0) {
      checkpoint_read_progress(argv[i + 1], &options->progress);
      memcpy(matrices->hypers, options->progress.matrices,
             sizeof(matrices->hypers));
      memcpy(rest->hypers, options->progress.rest, sizeof(rest->hypers));
      seed = (int64_t)options->progress.seed;
    }
  for (int i = 1; i < argc; i += 2) {
    const char *option = argv[i], *value = argv[i + 1];
    if (strcmp(option, "--help") == 0) {
      printf(usage, matrices->descriptor->name, rest->descriptor->name);
      exit(0);
    }
    const integer_option *integer = NULL;
    for (size_t j = 0; j < num_integers; ++j)
      if (strcmp(option, integers[j].name) == 0)
        integer = &integers[j];
    const char *const others[] = {"--text",       "--matrices", "--rest",
                                  "--checkpoint", "--resume",   "--device"};
    int is_known = integer != NULL;
    for (size_t j = 0; j < sizeof(others) / sizeof(*others); ++j)
      is_known |= strcmp(option, others[j]) == 0;
    if (!is_known)
      fail("unknown option '%s'; see --help", option);
    if (!value)
      fail("'%s' lacks its value; see --help", option);
    if (integer) {
      *integer->value =
          parse_integer(option, value, integer->least, integer->most);
      if (integer->is_of_run)
        of_run = option;
    } else if (strcmp(option, "--text") == 0) {
      options->text = value;
    } else if (strcmp(option, "--matrices") == 0) {
      parse_hyper(option, value, matrices);
    } else if (strcmp(option, "--rest") == 0) {
      parse_hyper(option, value, rest);
    } else if (strcmp(option, "--checkpoint") == 0) {
      options->checkpoint = value;
    } else if (strcmp(option, "--resume") == 0) {
      options->resume = value;
    } else {
      options->gpu = parse_device(value);
    }
  }
  if (options->resume && of_run)
    fail("expects no %s with --resume: the checkpoint has it", of_run);
  options->progress.seed = (uint64_t)seed;
  memcpy(options->progress.matrices, matrices->hypers,
         sizeof(matrices->hypers));
  memcpy(options->progress.rest, rest->hypers, sizeof(rest->hypers));
  if (options->checkpoint_every && !options->checkpoint)
    fail("--checkpoint-every expects --checkpoint");
  if (config->channels % config->heads != 0)
    fail("--channels expects a multiple of --heads (%lld), got %lld",
         (long long)config->heads, (long long)config->channels);
}
