//===- Npy.h - tensors as files that NumPy reads --------------------------===//

#ifndef FASHION_MNIST_NPY_H
#define FASHION_MNIST_NPY_H

#include "steepest.h"

#include <string>

/// Writes a contiguous tensor in NumPy's format (.npy). Throws
/// std::runtime_error, naming the file, when it cannot.
void writeNpy(const std::string &path, const steepest_tensor &tensor);

#endif // FASHION_MNIST_NPY_H
