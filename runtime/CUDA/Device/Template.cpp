//===- Template.cpp - all entry points of the device template -------------===//
//
// One file for the bitcode.
//
//===----------------------------------------------------------------------===//

#include "Choice.cpp"
#include "Functions.cpp"
#include "Products.cpp"
#include "Solvers.cpp"
