//===- Team.h - threads, blocks and how they meet ---------------*- C++ -*-===//
//
// A team is the row of blocks of the grid that works on one problem: block x of
// grid row y is member x of team y. All members run the same program; they meet
// (`meet`) after every kernel, by counting themselves in the team's header:
//
//     arrived     blocks that have come, zero between meetings
//     generation  number of meetings that are over
//     magic       what the host has written into a header it has prepared
//
// and leave scalars that the last to come has folded in the team's slots. A
// slot is written by the last to come, before anyone leaves, and read after.
// Whoever reads it late does so before it comes to the next meeting, where the
// slot is written again at the earliest: one set of slots suffices.
//
// Needs: all blocks of a team run at the same time (a cooperative launch, when
// there is more than one).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEAM_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEAM_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace steepest {

/// Marks the function that is the program of a step.
inline constexpr llvm::StringLiteral deviceProgramAttrName = "steepest.program";
/// Marks the function of a map or a move.
inline constexpr llvm::StringLiteral kernelFunctionAttrName = "steepest.kernel";
/// Attribute of a device module: dynamic shared memory that launches need.
inline constexpr llvm::StringLiteral sharedBytesAttrName =
    "steepest.shared_bytes";
/// The same of those to GPUs with wgmma, where products use more.
inline constexpr llvm::StringLiteral panelBytesAttrName =
    "steepest.panel_bytes";

/// How much more than these is of use.
inline constexpr llvm::StringLiteral mostSharedBytesAttrName =
    "steepest.most_shared_bytes";

/// How many tasks of a list one launch takes.
inline constexpr llvm::StringLiteral tasksPerLaunchAttrName =
    "steepest.tasks_per_launch";

/// Threads of a block, and of a warp.
constexpr int64_t blockThreads = 256;
constexpr int64_t warpThreads = 32;
constexpr int64_t blockWarps = blockThreads / warpThreads;

/// The header and the slots of a team, as runtime/CUDA/Layout.h has them.
constexpr int64_t teamHeaderBytes = 64;
constexpr int32_t teamMagic = 0x53544550;
constexpr int64_t teamSlots = 128;
constexpr int64_t teamSlotBytes = 8 * teamSlots;

/// Says what the value is called where device code is read, and returns it.
mlir::Value named(mlir::Value value, llvm::StringRef name);

mlir::Value compare(IndexBuilder &builder, mlir::arith::CmpIPredicate predicate,
                    mlir::Value lhs, mlir::Value rhs);

/// Emission in one device function.
class Team {
public:
  /// At the entry of a function that is given the header and the slots.
  Team(IndexBuilder &builder, mlir::gpu::GPUModuleOp module, mlir::Value header,
       mlir::Value slots);

  mlir::gpu::GPUModuleOp getModule() const { return module; }
  mlir::Value getHeader() const { return header; }
  mlir::Value getSlots() const { return slots; }
  mlir::Value getThread() const { return thread; }
  mlir::Value getWarp() const { return warp; }
  mlir::Value getLane() const { return lane; }
  /// Number of this block in its team, and of the blocks of the team.
  mlir::Value getRank() const { return rank; }
  mlir::Value getSize() const { return size; }
  /// Whether this is the first thread of its block, of its team.
  mlir::Value isFirst() const { return first; }
  mlir::Value isLeader() const { return leader; }

  /// All of the team come here; what they have written before is seen by all
  /// after. The last block to come runs `byLast` in between.
  void meet(IndexBuilder &builder,
            llvm::function_ref<void(IndexBuilder &)> byLast = nullptr);

  /// Folds one value of each thread of the block; all get the result. Lanes
  /// are folded as a butterfly, warps in their order.
  mlir::Value fold(IndexBuilder &builder, kernel::ResultKind kind,
                   mlir::Value value);
  /// The same over the lanes of a warp, and over the warps of what that has
  /// left.
  mlir::Value foldWarp(IndexBuilder &builder, kernel::ResultKind kind,
                       mlir::Value value);
  mlir::Value foldWarps(IndexBuilder &builder, kernel::ResultKind kind,
                        mlir::Value part);

  /// Slot `number` as one element of `type`.
  mlir::Value getSlot(IndexBuilder &builder, unsigned number, mlir::Type type);

  /// Shared memory of the block, by a name that says what for.
  mlir::Value getShared(IndexBuilder &builder, llvm::StringRef name,
                        llvm::ArrayRef<int64_t> shape, mlir::Type element);

private:
  mlir::gpu::GPUModuleOp module;
  mlir::Value header, slots, thread, warp, lane, rank, size, first, leader;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_TEAM_H
