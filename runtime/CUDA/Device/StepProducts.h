//===- StepProducts.h - the products that a step as CUDA C++ calls --------===//
//
// Once in a file that has defined STEEPEST_PRODUCTS, rows of Products.def. The
// CPU model of an SM chooses among them itself.
//
//===----------------------------------------------------------------------===//

#include "Products.cpp"
#ifndef STEEPEST_SM_MODEL
#include "Choice.cpp"
#endif
