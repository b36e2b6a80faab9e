//===- Abi.h - comparing declarations of the driver -------------*- C++ -*-===//

#ifndef STEEPEST_TEST_CUDA_DRIVER_ABI_H
#define STEEPEST_TEST_CUDA_DRIVER_ABI_H

#include <cuda.h>
#include <type_traits>
#include <utility>

namespace steepest {

/// The type of a function of ours and of the driver's, with every pointer to a
/// struct or handle as void *: what is left are sizes and their order.
template <class T> struct Erased {
  using Type = T;
};
template <class T> struct Erased<T *> {
  using Type = void *;
};
template <> struct Erased<CUresult> {
  using Type = int;
};
template <> struct Erased<CUdevice_attribute> {
  using Type = int;
};
template <> struct Erased<CUfunction_attribute> {
  using Type = int;
};
template <class R, class... A> struct Signature {
  using Type = typename Erased<R>::Type (*)(typename Erased<A>::Type...);
};
template <class R, class... A>
typename Signature<R, A...>::Type erase(R (*)(A...));

template <class Ours, class Theirs> constexpr bool isSameFunction() {
  return std::is_same_v<decltype(erase(std::declval<Ours>())),
                        decltype(erase(std::declval<Theirs>()))>;
}

} // namespace steepest

#endif // STEEPEST_TEST_CUDA_DRIVER_ABI_H
