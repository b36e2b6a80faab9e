//===- Check.h - validation of arguments ------------------------*- C++ -*-===//
//
// Everything a call passes is checked against the descriptor before anything is
// written: a kernel may rely on every extent, stride and address it is given.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CHECK_H
#define STEEPEST_RUNTIME_CHECK_H

#include "Shapes.h"

namespace steepest::runtime {

/// The context alone: version, threads, and a way to run on them.
steepest_status checkContext(const Report &report,
                             const steepest_context *context);

/// The descriptor alone, and whether this CPU can run its code.
steepest_status checkOptimizer(const Report &report,
                               const steepest_optimizer *self);

/// All arguments of a step but the size of the workspace, which the caller has
/// to know when `workspaceThreads` is 0; otherwise it has to suffice for a step
/// on that many threads. When `shapes.empty` is set, memory has not been looked
/// at, since none will be used.
steepest_status checkStep(const Report &report, const steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_arguments *arguments,
                          int32_t workspaceThreads, Shapes &shapes);

/// Refuses shapes for which the kernel has no workspace.
steepest_status refuseShapes(const Report &report,
                             const steepest_optimizer *self);

/// All arguments of an initialisation: tensors only.
steepest_status checkInit(const Report &report, const steepest_optimizer *self,
                          const steepest_context *context,
                          const steepest_tensor *tensors, int32_t numTensors,
                          Shapes &shapes);

/// The part of both that looks at memory (CheckMemory.cpp): addresses,
/// alignment, strides, and that no buffer that is written overlaps another.
/// `arguments` is null for an initialisation.
steepest_status checkMemory(const Report &report,
                            const steepest_optimizer *self,
                            const steepest_tensor *tensors, Given given,
                            const steepest_arguments *arguments,
                            const Shapes &shapes);

} // namespace steepest::runtime

#endif // STEEPEST_RUNTIME_CHECK_H
