//===- Pool.cpp - workers of a benchmark ----------------------------------===//

#include "benchmarks/native/Pool.h"

#include <sched.h>

namespace steepest::benchmark {

Pool::Pool(int threads) {
  int processor = sched_getcpu();
  pool = steepest_pool_create(threads);
  steepest_context_init_pool(&context, pool);
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(processor, &here);
  // A system that forbids it is measured as it is.
  (void)sched_setaffinity(0, sizeof(here), &here);
}

Pool::~Pool() { steepest_pool_destroy(pool); }

} // namespace steepest::benchmark
