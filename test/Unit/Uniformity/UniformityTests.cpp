//===- UniformityTests.cpp - what threads of a block have alike -----------===//

#include "lib/Target/CUDA/SpillUniform.h"
#include "lib/Target/CUDA/Uniformity.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace steepest;

namespace {

/// A module whose function `step` is asked about.
class Uniform : public testing::Test {
protected:
  Function &parse(const std::string &text) {
    SMDiagnostic problem;
    module = parseAssemblyString(declarations + text, problem, context);
    if (!module)
      report_fatal_error(problem.getMessage());
    return *module->getFunction("step");
  }
  bool isDivergent(Function &function, StringRef name) {
    Uniformity uniformity(function);
    for (const Instruction &instruction : instructions(function))
      if (instruction.getName() == name)
        return uniformity.isDivergent(&instruction);
    ADD_FAILURE() << "no value " << name.str();
    return false;
  }

  const std::string declarations = R"(
    declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
    declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
    declare i32 @elsewhere(ptr)
  )";
  LLVMContext context;
  std::unique_ptr<Module> module;
};

} // namespace

/// Registers are needed across barriers, which nobody sees in a result; here of
/// a loop that ends when a function says so, as that of a solver does.
static constexpr char loopUntilFound[] = R"(
  define i1 @find(ptr %flags) noinline convergent {
    %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
    %first = icmp eq i32 %thread, 0
    br i1 %first, label %write, label %meet
  write:
    store i32 1, ptr %flags
    br label %meet
  meet:
    call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
    %flag = load i32, ptr %flags
    %found = icmp ne i32 %flag, 0
    ret i1 RETURNED
  }
  define ptx_kernel void @step(ptr %flags, ptr %into) {
  entry:
    br label %loop
  loop:
    VALUES
    %found = call i1 @find(ptr %flags)
    br i1 %found, label %end, label %loop
  end:
    STORES
    ret void
  }
)";

/// The text with `count` values that the loop carries.
static std::string writeLoop(unsigned count, StringRef returned) {
  std::string values, stores;
  for (unsigned i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    values += "%v" + number + " = phi double [ " + number +
              ".0, %entry ], [ %n" + number + ", %loop ]\n";
    stores += "%p" + number + " = getelementptr double, ptr %into, i64 " +
              number + "\nstore double %n" + number + ", ptr %p" + number +
              "\n";
  }
  for (unsigned i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    values += "%n" + number + " = fadd double %v" + number + ", 1.0\n";
  }
  std::string text = loopUntilFound;
  auto replace = [&](StringRef from, StringRef to) {
    text.replace(text.find(from), from.size(), to);
  };
  replace("RETURNED", returned);
  replace("VALUES", values);
  replace("STORES", stores);
  return text;
}

TEST_F(Uniform, WhatAFunctionReturnsToAll) {
  Function &step = parse(writeLoop(1, "%found"));
  EXPECT_FALSE(isDivergent(step, "found"));
  EXPECT_FALSE(isDivergent(step, "v0"));
}

TEST_F(Uniform, WhatAFunctionReturnsToEachThread) {
  Function &step = parse(writeLoop(1, "%first"));
  EXPECT_TRUE(isDivergent(step, "found"));
  EXPECT_TRUE(isDivergent(step, "v0"));
}

TEST_F(Uniform, WhereThreadsReturnFromDifferentPlaces) {
  Function &step = parse(R"(
    define i32 @place() noinline {
      %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
      %first = icmp eq i32 %thread, 0
      br i1 %first, label %one, label %other
    one:
      ret i32 1
    other:
      ret i32 2
    }
    define i32 @recursive(i32 %n) noinline {
      %m = call i32 @recursive(i32 %n)
      ret i32 %m
    }
    define i32 @constant(i32 %n) noinline {
      %m = add i32 %n, 1
      ret i32 %m
    }
    define ptx_kernel void @step(ptr %into) {
      %place = call i32 @place()
      %recursive = call i32 @recursive(i32 0)
      %elsewhere = call i32 @elsewhere(ptr %into)
      %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
      %own = call i32 @constant(i32 %thread)
      %same = call i32 @constant(i32 3)
      ret void
    }
  )");
  EXPECT_TRUE(isDivergent(step, "place"));
  EXPECT_TRUE(isDivergent(step, "recursive"));
  EXPECT_TRUE(isDivergent(step, "elsewhere"));
  EXPECT_TRUE(isDivergent(step, "own"));
  EXPECT_FALSE(isDivergent(step, "same"));
}

/// What a loop carries goes to shared memory although a function that is called
/// says when it ends; were it each thread's own, it would have to stay.
TEST_F(Uniform, ScalarsOfALoopThatAFunctionEnds) {
  Function &step = parse(writeLoop(30, "%found"));
  SpilledScalars spilled = spillUniform(step);
  EXPECT_GE(spilled.registers, 60u);
  EXPECT_GE(spilled.count, 30u);
  EXPECT_FALSE(verifyModule(*module, &errs()));

  Function &other = parse(writeLoop(30, "%first"));
  EXPECT_EQ(spillUniform(other).count, 0u);
}
