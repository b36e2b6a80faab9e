//===- Artefacts.h - what a compilation leaves behind -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_DRIVER_ARTEFACTS_H
#define STEEPEST_LIB_DRIVER_ARTEFACTS_H

#include "lib/Driver/Compiler.h"

namespace steepest {

/// The C header that declares the accessors of all optimizers of the file.
std::string makeHeader(Compiler &compiler);

/// Writes an object file.
mlir::LogicalResult writeObject(Compiler &compiler, ObjectFormat format,
                                llvm::StringRef path);
/// Writes the device code of one optimizer: PTX or a cubin for one
/// architecture, or a fatbin for all.
mlir::LogicalResult writeDeviceCode(Compiler &compiler, ImageKind kind,
                                    llvm::StringRef path);
/// Writes the step of one optimizer as CUDA C++.
mlir::LogicalResult writeSource(Compiler &compiler, llvm::StringRef path);
/// Writes a static library with the object alone; the host links the runtime
/// (libsteepest.a), which several optimizers then share.
mlir::LogicalResult writeArchive(Compiler &compiler, llvm::StringRef path);
/// Writes a shared library with the runtime in it, ready for dlopen. Calls the
/// system's C compiler to link.
mlir::LogicalResult writeSharedLibrary(Compiler &compiler,
                                       llvm::StringRef path);
/// Writes a folder that builds where there is a C and C++ compiler and nothing
/// of LLVM. The file must declare one optimizer.
mlir::LogicalResult writeBundle(Compiler &compiler, llvm::StringRef folder);
/// Writes a text; `-` is the standard output.
mlir::LogicalResult writeText(Compiler &compiler, llvm::StringRef text,
                              llvm::StringRef path);

} // namespace steepest

#endif // STEEPEST_LIB_DRIVER_ARTEFACTS_H
