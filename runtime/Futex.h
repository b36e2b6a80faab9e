//===- Futex.h - sleeping on a word of memory -------------------*- C++ -*-===//

#ifndef STEEPEST_RUNTIME_FUTEX_H
#define STEEPEST_RUNTIME_FUTEX_H

#include <atomic>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace steepest::runtime {

/// Sleeps while `word` holds `value`; may wake for no reason.
inline void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  static_assert(sizeof(word) == sizeof(uint32_t));
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

/// Wakes up to `count` sleepers.
inline void futexWake(std::atomic<uint32_t> &word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

} // namespace steepest::runtime

#endif // STEEPEST_RUNTIME_FUTEX_H
