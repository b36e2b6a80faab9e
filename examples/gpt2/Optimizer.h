//===- Optimizer.h - a model's compiled optimizers --------------*- C -*-===//
//
// Knows no rule: what a step needs is in the descriptors.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_OPTIMIZER_H
#define GPT2_OPTIMIZER_H

#include "Model.h"

/// Room for the tensors of one parameter.
enum { GPT2_MAX_TENSORS = 32, GPT2_MAX_HYPERS = 32 };

/// A rule with its hyper-parameters, in the order of its descriptor.
typedef struct {
  const steepest_optimizer *descriptor;
  double hypers[GPT2_MAX_HYPERS];
  /// Those of the step: `lr` scaled.
  double scaled[GPT2_MAX_HYPERS];
} gpt2_rule;

/// One parameter of the model with its states.
typedef struct {
  const gpt2_rule *rule;
  const gpt2_parameter *parameter;
  steepest_tensor tensors[GPT2_MAX_TENSORS];
  /// Memory of the device.
  steepest_certificate *certificates;
  int64_t num_certificates;
} gpt2_entry;

typedef struct {
  gpt2_device *device;
  gpt2_rule *matrices, *rest;
  gpt2_entry entries[GPT2_PARAMETERS];
  steepest_task tasks[GPT2_PARAMETERS];
} gpt2_optimizer;

/// The defaults of a rule. It must take one f32 matrix and its gradient.
void rule_create(gpt2_rule *rule, const steepest_optimizer *descriptor);

/// Sets a hyper-parameter; an unknown name is an error that lists the known.
void rule_set(gpt2_rule *rule, const char *name, double value);

/// Goes over to the same rule compiled for another device; hyper-parameters
/// stay.
void rule_compiled_for(gpt2_rule *rule, const steepest_optimizer *descriptor);

/// Gives hidden matrices to one rule and the rest to the other, and initialises
/// the states. Rules are compiled for the device of the model.
void optimizer_create(gpt2_optimizer *optimizer, const gpt2_model *model,
                      gpt2_rule *matrices, gpt2_rule *rest);
void optimizer_destroy(gpt2_optimizer *optimizer);

/// One step of all parameters in one call, with `lr` of both rules scaled.
/// A parameter whose step is refused or fails ends the program.
void optimizer_step(gpt2_optimizer *optimizer, double scale);

/// The largest gap of the last step's directions of hidden matrices; -1 where
/// the rule has none.
double optimizer_gap(const gpt2_optimizer *optimizer);

/// The bytes that a tensor holds.
size_t tensor_bytes(const steepest_tensor *tensor);

#endif // GPT2_OPTIMIZER_H
