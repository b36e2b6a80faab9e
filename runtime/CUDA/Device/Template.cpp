//===- Template.cpp - all entry points of the device template -------------===//
//
// One file for the bitcode.
//
//===----------------------------------------------------------------------===//

#include "Products.cpp"
#include "Solvers.cpp"
