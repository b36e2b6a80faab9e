//===- steepest.h - the C ABI of compiled optimizers ------------*- C -*-===//
//
// One compiled optimizer is one `const steepest_optimizer *`, obtained from the
// symbol `steepest_<name>` of its object, library or shared library. The
// descriptor says everything a host needs: names, roles, types, initial values,
// memory. `step` performs one update in place. Nothing is kept between calls
// but the states, nothing is allocated, locked or printed inside a step (what a
// LAPACK does that a method calls is its own, and one that may not be called
// twice at once is locked), and nothing is written before every argument has
// been checked.
//
// Plain C11 and C++17. The header includes nothing of the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_STEEPEST_H
#define STEEPEST_RUNTIME_STEEPEST_H

#include <stddef.h>
#include <stdint.h>

// The runtime is compiled with hidden visibility; what is declared here is what
// it shows.
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Version of every struct layout below. A descriptor with another version is
/// refused with `STEEPEST_BAD_VERSION`.
#define STEEPEST_ABI_VERSION 5

/// Alignment of the workspace, in bytes.
#define STEEPEST_WORKSPACE_ALIGNMENT 64

/// The most tensor arguments an optimizer may have; a step keeps what it works
/// out about them on the stack.
#define STEEPEST_MAX_TENSORS 1024

/// What a call came to. Everything but `STEEPEST_OK` means: nothing was
/// written to parameters or states. A batch is a list of independent problems
/// and each of them is atomic: a refusal (16 and above) leaves all untouched,
/// a failure (1 to 15) of one problem leaves that one untouched while the
/// others step, and the status is that of the first that failed.
typedef enum steepest_status {
  STEEPEST_OK = 0,
  /// The gradient (or the state made of it) holds a NaN or an infinity.
  STEEPEST_NONFINITE = 1,
  /// A parameter is too far from the manifold it was declared to live on.
  STEEPEST_OFF_MANIFOLD = 2,
  /// An eigenvalue or factorisation routine did not converge.
  STEEPEST_NO_CONVERGENCE = 3,
  STEEPEST_BAD_VERSION = 16,
  STEEPEST_NULL_ARGUMENT = 17,
  STEEPEST_BAD_COUNT = 18,
  STEEPEST_BAD_RANK = 19,
  STEEPEST_BAD_SHAPE = 20,
  STEEPEST_BAD_STRIDE = 21,
  STEEPEST_BAD_DTYPE = 22,
  STEEPEST_BAD_ALIGNMENT = 23,
  STEEPEST_OVERLAP = 24,
  STEEPEST_SHORT_WORKSPACE = 25,
  STEEPEST_UNSUPPORTED_CPU = 26,
  STEEPEST_OUT_OF_MEMORY = 27,
  /// The driver of the GPU is missing, or older than the code needs.
  STEEPEST_NO_DRIVER = 28,
  /// No code for this GPU.
  STEEPEST_UNSUPPORTED_GPU = 29,
  /// The driver reports an error, maybe of earlier work on this GPU.
  STEEPEST_DRIVER_ERROR = 30,
  /// The workspace has not been prepared (runtime/CUDA/steepest_cuda.h).
  STEEPEST_UNPREPARED = 31
} steepest_status;

typedef enum steepest_dtype {
  STEEPEST_F32 = 0,
  STEEPEST_F64 = 1,
  STEEPEST_BF16 = 2 ///< the upper half of an f32
} steepest_dtype;

/// A strided view of the host's memory. `rank` is the declared rank, or one
/// more when the leading dimension is a batch of independent problems.
/// Strides count elements; the innermost must be 1. Rows may not overlap, nor
/// may the problems of a batch: these lie one after another, or interleaved row
/// by row as column slices of one wide matrix do. The stride of a dimension of
/// extent 1 is not read. Memory must be aligned to the element.
typedef struct steepest_tensor {
  void *data;
  steepest_dtype dtype;
  int32_t rank;
  int64_t shape[3];
  int64_t strides[3];
} steepest_tensor;

/// What a tensor argument is to the rule.
typedef enum steepest_role {
  STEEPEST_PARAMETER = 0, ///< read and written
  STEEPEST_GRADIENT = 1,  ///< read only
  STEEPEST_STATE = 2      ///< read and written, kept by the host between steps
} steepest_role;

/// Initial value of a state.
typedef enum steepest_initial {
  STEEPEST_INITIAL_CONSTANT = 0, ///< every element is `initial_value`
  STEEPEST_INITIAL_IDENTITY = 1, ///< the identity matrix
  STEEPEST_INITIAL_PARAMETER = 2 ///< a copy of the parameter `like`
} steepest_initial;

/// One tensor argument, in the order in which `step` takes them.
typedef struct steepest_tensor_info {
  const char *name;
  steepest_role role;
  steepest_dtype dtype;
  /// 0 (a scalar), 1 or 2.
  int32_t rank;
  /// An extent, or where it comes from: -1 the same dimension of `like`, -2 the
  /// first and -3 the second dimension of `like` (a factor of one row per row
  /// of the parameter is -2 x -2). A tensor that is `like` itself chooses its
  /// -1.
  int64_t shape[2];
  /// Index of the tensor that this one has its dynamic extents from: itself
  /// for a parameter, the parameter for its gradient and for states whose shape
  /// follows from it.
  int32_t like;
  steepest_initial initial;
  double initial_value;
} steepest_tensor_info;

/// One hyper-parameter: a run-time scalar, passed as a double.
typedef struct steepest_hyper_info {
  const char *name;
  double default_value;
} steepest_hyper_info;

/// How a solver left a direction.
typedef enum steepest_outcome {
  STEEPEST_CONVERGED = 0,
  /// The gradient is zero: so is the direction.
  STEEPEST_ZERO = 1,
  /// The gradient is normal to the manifold up to rounding: Phi = 0.
  STEEPEST_NORMAL = 2,
  /// No further progress within the arithmetic; the gap reported is true.
  STEEPEST_STALLED = 3,
  /// The iteration limit was reached; the gap reported is true.
  STEEPEST_BUDGET = 4
} steepest_outcome;

/// The certificate of one direction Phi for max <G, Phi>, ||Phi|| <= 1,
/// A_W(Phi) = 0. All members are doubles so that generated code writes them
/// alike.
typedef struct steepest_certificate {
  /// <G, Phi>: what the direction attains.
  double value;
  /// A rigorous upper bound of what any direction can attain.
  double bound;
  /// (bound - value) / bound, or 0 when both are 0.
  double gap;
  /// max |A_W(Phi)|: how far Phi is from the tangent space.
  double tangency;
  /// Distance of the incoming parameter from its manifold.
  double distance;
  /// Iterations of the solver; 0 for a closed form.
  double iterations;
  /// A `steepest_outcome`.
  double outcome;
  double reserved;
} steepest_certificate;

/// One `steepest.direction` of the rule.
typedef struct steepest_direction_info {
  const char *name;
  const char *norm;
  const char *manifold;
  const char *method;
} steepest_direction_info;

/// Runs `body(argument, task, worker)` for every task in [0, tasks), in any
/// order, and returns when all are done. `worker` is in [0, threads) and no two
/// tasks run at once on the same worker. Tasks should be started in rising
/// order: long ones come first.
typedef void (*steepest_parallel_body)(void *argument, int64_t task,
                                       int64_t worker);
typedef void (*steepest_parallel_for)(void *pool, int64_t tasks,
                                      steepest_parallel_body body,
                                      void *argument);

/// What the host owns. Fill it by hand, or with `steepest_context_init_*`.
typedef struct steepest_context {
  int32_t abi_version;
  /// Number of workers `parallel_for` uses; 1 means the calling thread alone.
  int32_t threads;
  /// May be null when `threads` is 1.
  steepest_parallel_for parallel_for;
  void *pool;
  /// Called on the calling thread with every refusal and every failure, in
  /// words. May be null.
  void (*log)(void *log_user, steepest_status status, const char *message);
  void *log_user;
  /// Not 0: the host vouches that no gradient holds a NaN or an infinity, as
  /// one that has clipped or unscaled them knows; 0, the default, is always
  /// right. Nothing may be written before all of a gradient has been seen, so
  /// that elementwise rules read it once more for that alone, and with this do
  /// not. The bits written are the same. A promise that is false is not found
  /// out by them: what the rule makes of a NaN or an infinity is written to the
  /// parameters and states of that tensor, and the status is `STEEPEST_OK`.
  /// Where the check costs no pass of its own it is made all the same, as in
  /// float64, whose certificates need the largest entry of a gradient.
  int32_t finite_gradients;
} steepest_context;

struct steepest_optimizer;

/// One problem: the tensors in descriptor order, the hyper-parameters in
/// descriptor order (null: the defaults), memory, and where to put the report.
typedef struct steepest_arguments {
  const steepest_tensor *tensors;
  int32_t num_tensors;
  int32_t num_hypers;
  const double *hypers;
  void *workspace;
  size_t workspace_bytes;
  /// `num_directions` certificates per problem of the batch, or null.
  steepest_certificate *certificates;
} steepest_arguments;

/// The view of a matrix that generated code takes. A vector is 1 x cols, a
/// scalar 1 x 1.
typedef struct steepest_matrix {
  void *data;
  int64_t rows;
  int64_t cols;
  int64_t row_stride;
} steepest_matrix;

/// Arguments of the generated kernel for one problem. Internal: hosts call
/// `step`. Nothing is null: without a certificate of the host's there is one in
/// the workspace, and with one thread `parallel_for` is a loop. No tensor is
/// empty, and the workspace is aligned to `STEEPEST_WORKSPACE_ALIGNMENT`.
typedef struct steepest_kernel_arguments {
  const steepest_matrix *tensors;
  const double *hypers;
  void *workspace;
  steepest_certificate *certificates;
  steepest_parallel_for parallel_for;
  void *pool;
  int64_t threads;
  /// As in the context.
  int64_t finite_gradients;
} steepest_kernel_arguments;

/// The compiled optimizer.
typedef struct steepest_optimizer {
  int32_t abi_version;
  const char *name;
  /// The triple and CPU this was compiled for, for people.
  const char *target;
  /// The CPU features the code uses, comma separated, as LLVM spells them.
  const char *features;
  /// The text of `steepestc --explain`.
  const char *explanation;
  int32_t num_tensors;
  int32_t num_hypers;
  int32_t num_directions;
  /// 1 when each entry of a parameter and its states steps by itself: the rule
  /// may be run on a part of a tensor, or on a tensor of another shape with the
  /// same entries, and does the same to each. (A NaN stops the whole of what a
  /// step was called with.) 0 when entries depend on each other.
  int32_t entrywise;
  const steepest_tensor_info *tensors;
  const steepest_hyper_info *hypers;
  const steepest_direction_info *directions;
  /// Bytes of workspace for tensors of these shapes and this number of threads.
  /// Data is not read, and shapes only of tensors that are `like` themselves:
  /// parameters suffice. -1: bad shapes, or a CPU that cannot run the code.
  int64_t (*workspace_bytes)(const struct steepest_optimizer *self,
                             const steepest_tensor *tensors,
                             int32_t num_tensors, int32_t threads);
  /// Fills the states with their initial values. Gradients with null data are
  /// passed over.
  steepest_status (*init)(const struct steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_tensor *tensors, int32_t num_tensors);
  /// One step, in place.
  steepest_status (*step)(const struct steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_arguments *arguments);
  /// Internal. One problem; returns a steepest_status.
  int32_t (*kernel)(const steepest_kernel_arguments *arguments);
  /// Internal. Workspace of one problem; `dims` holds rows and cols of every
  /// tensor in descriptor order. Grows with `threads`; negative when there is
  /// no step for such shapes.
  int64_t (*kernel_workspace_bytes)(const int64_t *dims, int64_t threads);
  /// Internal. Estimated time of one problem on one thread, in floating-point
  /// operations of an f32 product at its full rate (a multiplication and an
  /// addition are two); other work counts by how much longer it takes. For the
  /// order and the distribution of tasks only; nothing computed depends on it.
  int64_t (*kernel_cost)(const int64_t *dims);
} steepest_optimizer;

/// The implementations behind the descriptor's function pointers; generated
/// descriptors refer to them, so they are linked into every library made by
/// `steepestc`.
int64_t steepest_workspace_bytes(const steepest_optimizer *self,
                                 const steepest_tensor *tensors,
                                 int32_t num_tensors, int32_t threads);
steepest_status steepest_init(const steepest_optimizer *self,
                              const steepest_context *context,
                              const steepest_tensor *tensors,
                              int32_t num_tensors);
steepest_status steepest_step(const steepest_optimizer *self,
                              const steepest_context *context,
                              const steepest_arguments *arguments);

/// One entry of `steepest_step_many`. `status` is written.
typedef struct steepest_task {
  const steepest_optimizer *optimizer;
  steepest_arguments arguments;
  steepest_status status;
} steepest_task;

/// Steps a list of independent problems, of one optimizer or of several: all
/// are checked first, then run over matrices in parallel, the costliest first
/// and equal ones one after another; matrices that would keep one thread busy
/// while the others have run out of work are cut up among all threads. Returns
/// the first status that is not OK. A task that is refused leaves the others
/// untouched by it: the others run. Tasks may not share memory that is written;
/// with more than one thread a workspace shared by two tasks is refused. A
/// thread may run a task in the workspace of another that it has run. The bits
/// written depend neither on the threads nor on what else is in the list.
steepest_status steepest_step_many(const steepest_context *context,
                                   steepest_task *tasks, int64_t num_tasks);

/// The same within one workspace of `workspace_bytes` bytes for all tasks,
/// whose own workspaces are not looked at. Each thread works in an equal piece
/// of it; a task that does not fit into a piece has the whole, and all threads,
/// for itself. So less memory means fewer problems at once, and the same bits.
/// When a task that is otherwise fine does not fit into the whole, nothing is
/// run: every task that was fine gets `STEEPEST_SHORT_WORKSPACE`.
steepest_status steepest_step_many_within(const steepest_context *context,
                                          steepest_task *tasks,
                                          int64_t num_tasks, void *workspace,
                                          size_t workspace_bytes);

/// Bytes with which `steepest_step_many_within` keeps `threads` threads busy,
/// and in `least`, unless it is null, those below which it refuses. Of the
/// tasks only the optimizers and the shapes are read. -1: bad shapes, or a CPU
/// that cannot run the code.
int64_t steepest_step_many_bytes(const steepest_task *tasks, int64_t num_tasks,
                                 int32_t threads, int64_t *least);

/// A short lower-case name of a status, such as "nonfinite".
const char *steepest_status_name(steepest_status status);

/// Our own pool: `threads` workers (0: one per CPU this process may run on),
/// the calling thread being one of them; the others are pinned. A region that
/// is opened while the pool is busy (from inside a task, or from another
/// thread) runs on its caller alone. Returns null when memory or threads cannot
/// be had.
typedef struct steepest_pool steepest_pool;
steepest_pool *steepest_pool_create(int32_t threads);
void steepest_pool_destroy(steepest_pool *pool);

/// A context that runs on the calling thread, and one that uses `pool`.
void steepest_context_init_serial(steepest_context *context);
void steepest_context_init_pool(steepest_context *context, steepest_pool *pool);

#ifdef __cplusplus
} // extern "C"
#endif

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif // STEEPEST_RUNTIME_STEEPEST_H
