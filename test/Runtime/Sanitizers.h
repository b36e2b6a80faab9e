//===- Sanitizers.h - whether this is a sanitized build ---------*- C++ -*-===//

#ifndef STEEPEST_TEST_RUNTIME_SANITIZERS_H
#define STEEPEST_TEST_RUNTIME_SANITIZERS_H

// GCC has macros, clang has features.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEEPEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STEEPEST_SANITIZED
#endif
#endif

#endif // STEEPEST_TEST_RUNTIME_SANITIZERS_H
