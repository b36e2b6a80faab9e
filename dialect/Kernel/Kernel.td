//===- Kernel.td - umbrella of the kernel dialect ------------*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_KERNEL_KERNEL_TD
#define STEEPEST_DIALECT_KERNEL_KERNEL_TD

include "dialect/Kernel/KernelDialect.td"
include "dialect/Kernel/KernelAttrs.td"
include "dialect/Kernel/KernelOps.td"

#endif // STEEPEST_DIALECT_KERNEL_KERNEL_TD
