//===- Support.h - errors, memory, loops over tasks -------------*- C -*-===//

#ifndef GPT2_SUPPORT_H
#define GPT2_SUPPORT_H

#include "steepest.h"

/// The numbers of the model. The test of the gradients compiles it in double.
#ifndef GPT2_REAL
#define GPT2_REAL float
#endif
typedef GPT2_REAL real;

/// Prints "gpt2: error: ..." to stderr and ends the program with status 1.
#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
_Noreturn void fail(const char *format, ...);

/// Zeroed memory, aligned for workspaces; never null.
void *allocate(size_t bytes);

/// Zeroed memory for `count` numbers.
real *allocate_reals(int64_t count);

/// Runs `body(argument, task, worker)` for every task, on the threads of the
/// context. The model and the optimizer share one pool.
void for_tasks(const steepest_context *context, int64_t tasks,
               steepest_parallel_body body, void *argument);

#endif // GPT2_SUPPORT_H
