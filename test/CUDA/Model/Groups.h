//===- Groups.h - groups of asynchronous operations -----------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_GROUPS_H
#define STEEPEST_TEST_CUDA_MODEL_GROUPS_H

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace sm_model {

/// Operations that a thread (or warp group) has started, in groups that it
/// waits for in order.
struct Groups {
  std::vector<uint64_t> open;
  std::deque<std::vector<uint64_t>> committed;
  /// What the operations do, for those that happen in the order of issue: each
  /// takes the first one.
  std::deque<std::function<void()>> inOrder;

  void commit();
  /// Lets all but the last `pending` groups happen.
  void wait(int pending);
};

/// Of this thread: by cp.async and by TMA stores; of its warp group: by wgmma.
Groups &copies();
Groups &stores();
Groups &products();

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_GROUPS_H
