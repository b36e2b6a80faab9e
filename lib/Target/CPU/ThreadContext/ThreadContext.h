//===- ThreadContext.h - the pass that hands the host on -------- -*- C++
//-*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_H
#define STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_H

#include "mlir/Pass/Pass.h"

namespace steepest {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/CPU/ThreadContext/ThreadContext.h.inc"

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_H
