//===- Trainer.h - the trainer's declarations, for C++ ----------*- C++ -*-===//

#ifndef STEEPEST_TEST_CUDA_GPT2_TRAINER_H
#define STEEPEST_TEST_CUDA_GPT2_TRAINER_H

#include "Driver/Mock.h"

// C's word for it.
#define _Noreturn __attribute__((noreturn))

extern "C" {
#include "GPU/Device.h"
#include "Model.h"
}

#endif // STEEPEST_TEST_CUDA_GPT2_TRAINER_H
