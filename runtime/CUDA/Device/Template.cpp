//===- Template.cpp - all entry points of the device template -------------===//
//
// One file for the bitcode.
//
//===----------------------------------------------------------------------===//

#include "Choice.cpp"
#include "Products.cpp"
#include "Solvers.cpp"
