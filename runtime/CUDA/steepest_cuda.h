//===- steepest_cuda.h - compiled optimizers on a GPU -----------*- C++ -*-===//
//
// An optimizer that is compiled for CUDA is a `steepest_optimizer` like any
// other, with more behind it: its descriptor is the first member of a
// `steepest_cuda_optimizer`. Tensors, workspace and certificates are device
// memory. A step is one launch on the host's stream: it neither waits nor
// allocates nor copies, so it can be captured into a graph.
//
//   const steepest_cuda_optimizer *cuda = (const void *)steepest_sgd();
//   steepest_cuda_plan *plan;
//   cuda->create_plan(&plan, cuda, NULL, log);          // once per device
//   cuda->prepare(plan, workspace, bytes, stream, log); // once per workspace
//   steepest_cuda_launch launch = {plan, stream, NULL, NULL};
//   steepest_context context;
//   steepest_context_init_cuda(&context, &launch);
//   cuda->base.step(&cuda->base, &context, &arguments);
//
// The step's return value says whether it was launched. How it ended is known
// when the stream gets there: one status per problem, in device memory.
//
// Only the driver (libcuda.so.1) is needed, by dlopen; CUDA 12.0 or later.
// Plain C11 and C++17.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_STEEPEST_CUDA_H
#define STEEPEST_RUNTIME_CUDA_STEEPEST_CUDA_H

#include "../steepest.h"

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// What a driver can load.
typedef enum steepest_cuda_image_kind {
  STEEPEST_CUDA_PTX = 0,
  STEEPEST_CUDA_CUBIN = 1,
  STEEPEST_CUDA_FATBIN = 2,
  STEEPEST_CUDA_MODEL = 3 ///< a function of this process, for the mock driver
} steepest_cuda_image_kind;

typedef struct steepest_cuda_image {
  int32_t kind;
  /// As ptxas names it, such as sm_90a; empty for several.
  const char *architecture;
  const void *data;
  int64_t bytes;
} steepest_cuda_image;

/// A loaded optimizer on one device, that of the context which is current when
/// the plan is made. It has no context of its own and changes none: work goes
/// to that of the stream, by the default stream to the calling thread's, which
/// has to be of the plan's device. `init` and `prepare` look; a step, which
/// does nothing but launch, does not. Any thread may use a plan, and several
/// at once. Host memory only.
typedef struct steepest_cuda_plan steepest_cuda_plan;

/// A CUstream, which is also a cudaStream_t.
typedef struct CUstream_st *steepest_cuda_stream;

/// Where refusals go, as in `steepest_context`.
typedef struct steepest_cuda_log {
  void (*log)(void *log_user, steepest_status status, const char *message);
  void *log_user;
} steepest_cuda_log;

typedef struct steepest_cuda_optimizer {
  steepest_optimizer base;
  /// Internal: name of the kernel in every image, and what a launch needs.
  const char *kernel;
  int32_t block_threads;
  int32_t num_images;
  int64_t shared_bytes;
  /// On a GPU of compute capability 9.0, whose code uses more.
  int64_t shared_bytes_90;
  /// More than that is of use, up to this; 0: none.
  int64_t most_shared_bytes;
  /// Tasks of a list that one launch takes.
  int64_t tasks_per_launch;
  const steepest_cuda_image *images;
  /// Loads the driver (`driver`: its file, or null for libcuda.so.1) and the
  /// image for the device of the calling thread's current context, which the
  /// host has made. `log` may be null. Refuses with STEEPEST_NO_DRIVER,
  /// STEEPEST_UNSUPPORTED_GPU, STEEPEST_OUT_OF_MEMORY, STEEPEST_DRIVER_ERROR.
  steepest_status (*create_plan)(steepest_cuda_plan **plan,
                                 const struct steepest_cuda_optimizer *self,
                                 const char *driver,
                                 const steepest_cuda_log *log);
  /// No step of the plan may be under way. Null is fine.
  void (*destroy_plan)(steepest_cuda_plan *plan);
  /// Writes the first bytes of a workspace, on the stream. Once for every
  /// workspace, and again after a launch that was ended by an error. `log` may
  /// be null.
  steepest_status (*prepare)(steepest_cuda_plan *plan, void *workspace,
                             size_t workspace_bytes,
                             steepest_cuda_stream stream,
                             const steepest_cuda_log *log);
  /// Steps a list of independent tasks of this optimizer, whose own workspaces
  /// are not looked at, in as few launches as their arguments allow: a launch
  /// takes 4 KB of them, some 12 tasks of AdamW (`tasks_per_launch`). Every
  /// task is checked before the first launch, and its status says whether it
  /// was launched; the first that is not OK is returned. Of the context's
  /// launch, `statuses` has one for each problem of the tasks that are not
  /// refused, in the order of the list, and `device_hypers` a row of
  /// hyper-parameters for each task. Problems are dealt out to teams of blocks,
  /// those that take longest first. Like a step it can be captured into a
  /// graph.
  steepest_status (*step_many)(const struct steepest_cuda_optimizer *self,
                               const steepest_context *context,
                               steepest_task *tasks, int64_t num_tasks,
                               void *workspace, size_t workspace_bytes);
  /// The workspace for it, where up to `threads` problems are worked on at
  /// once. Of the tasks only the optimizer and the shapes are read. -1: bad
  /// shapes, or a task of another optimizer.
  int64_t (*step_many_bytes)(const struct steepest_cuda_optimizer *self,
                             const steepest_task *tasks, int64_t num_tasks,
                             int32_t threads);
} steepest_cuda_optimizer;

/// One stream of steps. Two streams may share a plan, but not a workspace.
typedef struct steepest_cuda_launch {
  steepest_cuda_plan *plan;
  steepest_cuda_stream stream;
  /// Device memory for one `steepest_status` (int32_t) per problem, or null.
  int32_t *statuses;
  /// Hyper-parameters in device memory, in descriptor order, or null for those
  /// of the arguments. A captured graph reads them anew at every replay.
  const double *device_hypers;
} steepest_cuda_launch;

/// A context whose steps go to `launch`, which must outlive it.
/// `finite_gradients` is not looked at: a GPU checks its gradients in any case.
void steepest_context_init_cuda(steepest_context *context,
                                const steepest_cuda_launch *launch);

/// Behind the function pointers of the descriptor. `threads` of
/// `workspace_bytes` is how many problems of a batch may be worked on at once;
/// a step takes as many as the workspace has room for.
int64_t steepest_cuda_workspace_bytes(const steepest_optimizer *self,
                                      const steepest_tensor *tensors,
                                      int32_t num_tensors, int32_t threads);
steepest_status steepest_cuda_init(const steepest_optimizer *self,
                                   const steepest_context *context,
                                   const steepest_tensor *tensors,
                                   int32_t num_tensors);
steepest_status steepest_cuda_step(const steepest_optimizer *self,
                                   const steepest_context *context,
                                   const steepest_arguments *arguments);
int32_t steepest_cuda_kernel(const steepest_kernel_arguments *arguments);
steepest_status steepest_cuda_create_plan(steepest_cuda_plan **plan,
                                          const steepest_cuda_optimizer *self,
                                          const char *driver,
                                          const steepest_cuda_log *log);
void steepest_cuda_destroy_plan(steepest_cuda_plan *plan);
steepest_status steepest_cuda_prepare(steepest_cuda_plan *plan, void *workspace,
                                      size_t workspace_bytes,
                                      steepest_cuda_stream stream,
                                      const steepest_cuda_log *log);
steepest_status steepest_cuda_step_many(const steepest_cuda_optimizer *self,
                                        const steepest_context *context,
                                        steepest_task *tasks, int64_t num_tasks,
                                        void *workspace,
                                        size_t workspace_bytes);
int64_t steepest_cuda_step_many_bytes(const steepest_cuda_optimizer *self,
                                      const steepest_task *tasks,
                                      int64_t num_tasks, int32_t threads);

#ifdef __cplusplus
} // extern "C"
#endif

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif // STEEPEST_RUNTIME_CUDA_STEEPEST_CUDA_H
