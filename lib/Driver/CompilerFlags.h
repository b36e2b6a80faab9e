//===- CompilerFlags.h - options that tools share ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_DRIVER_COMPILERFLAGS_H
#define STEEPEST_LIB_DRIVER_COMPILERFLAGS_H

#include "lib/Driver/Compiler.h"
#include "llvm/Support/CommandLine.h"

namespace steepest {

/// The command-line options of every tool that compiles specs.
class CompilerFlags {
public:
  explicit CompilerFlags(llvm::cl::OptionCategory &category)
      : targetCPU{"target-cpu",
                  llvm::cl::desc("Processor to compile for (default: native, "
                                 "this machine's)"),
                  llvm::cl::init("native"), llvm::cl::value_desc("name"),
                  llvm::cl::cat(category)},
        shapes{"specialize", llvm::cl::CommaSeparated,
               llvm::cl::desc("Also make versions for parameters of these "
                              "shapes, which are taken when a parameter has "
                              "one"),
               llvm::cl::value_desc("768x3072,..."), llvm::cl::cat(category)},
        without{"without", llvm::cl::CommaSeparated,
                llvm::cl::desc("Leave out rewrites, by name"),
                llvm::cl::value_desc("rewrite,..."), llvm::cl::cat(category)},
        plugins{"load-dialect-plugin",
                llvm::cl::desc("Load norms, manifolds and methods from a "
                               "plugin"),
                llvm::cl::value_desc("file.so"), llvm::cl::cat(category)} {}

  void apply(CompilerOptions &options) const {
    options.targetCPU = targetCPU;
    options.shapes.assign(shapes.begin(), shapes.end());
    options.without.assign(without.begin(), without.end());
    options.plugins.assign(plugins.begin(), plugins.end());
  }

private:
  llvm::cl::opt<std::string> targetCPU;
  llvm::cl::list<std::string> shapes, without, plugins;
};

} // namespace steepest

#endif // STEEPEST_LIB_DRIVER_COMPILERFLAGS_H
