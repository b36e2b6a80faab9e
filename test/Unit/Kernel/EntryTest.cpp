//===- EntryTest.cpp - entries, tasks and the descriptor ------------------===//

#include "test/Unit/Kernel/CompiledModule.h"

#include "lib/Target/CPU/CPUTarget.h"
#include "lib/Target/CPU/Scratch.h"
#include "lib/Target/Common/Descriptor.h"
#include "lib/Target/Common/MapTasks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace steepest;
using namespace steepest::test;

// A function that the entry calls from tasks and outside of them, tasks within
// tasks, certificates, and the number of threads.
static const char *const text = R"(
!matrix = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @add(%x: !matrix, %row: index, %amount: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %cols = memref.dim %x, %c1 : !matrix
  kernel.parallel %cols {
  ^bb0(%j: index, %worker: index):
    %a = memref.load %x[%row, %j] : !matrix
    %b = arith.addf %a, %amount : f32
    memref.store %b, %x[%row, %j] : !matrix
  }
  return
}
func.func @rule(%x: !matrix, %rate: f64, %limit: f64, %workspace: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %x, %c0 : !matrix
  %cols = memref.dim %x, %c1 : !matrix
  %amount = arith.truncf %rate : f64 to f32
  func.call @add(%x, %c0, %amount) : (!matrix, index, f32) -> ()
  kernel.parallel %rows {
  ^bb0(%i: index, %worker: index):
    func.call @add(%x, %i, %amount) : (!matrix, index, f32) -> ()
    kernel.parallel %cols {
    ^bb0(%j: index, %inner: index):
      %a = memref.load %x[%i, %j] : !matrix
      %b = arith.addf %a, %a : f32
      memref.store %b, %x[%i, %j] : !matrix
    }
  }
  %threads = kernel.threads
  %t = arith.index_cast %threads : index to i64
  %value = arith.sitofp %t : i64 to f64
  kernel.certify %c1(%value, %rate, %limit, %rate, %limit, %rate, %limit)
  %status = arith.constant 5 : i32
  return %status : i32
}
func.func @rule__workspace(%rows: index, %cols: index, %threads: index) -> index
    attributes {kernel.workspace} {
  %a = arith.muli %rows, %cols : index
  %b = arith.addi %a, %threads : index
  return %b : index
}
func.func @rule__cost(%rows: index, %cols: index) -> index
    attributes {kernel.cost} {
  %a = arith.muli %rows, %cols : index
  %b = arith.muli %a, %cols : index
  return %b : index
}
)";

TEST(Entry, TasksAndCertificates) {
  CompiledModule module(text, "native", {"rule__kernel", "rule__workspace"});
  ASSERT_FALSE(HasFailure());
  for (int64_t threads : {1, 3}) {
    Matrix<float> x(20, 30, 2);
    x.fill([](int64_t i, int64_t j) { return float(i * 100 + j); });
    steepest_certificate certificates[2] = {};
    EXPECT_EQ(
        module.run("rule__kernel", {x.view()}, {0.5, 7}, threads, certificates),
        5);
    for (int64_t i = 0; i < 20; ++i)
      for (int64_t j = 0; j < 30; ++j)
        EXPECT_EQ(x(i, j), 2 * (i * 100 + j + (i == 0 ? 1.f : 0.5f)));
    EXPECT_EQ(certificates[0].value, 0);
    EXPECT_EQ(certificates[1].value, threads);
    EXPECT_EQ(certificates[1].bound, 0.5);
    EXPECT_EQ(certificates[1].gap, 7);
    EXPECT_EQ(certificates[1].tangency, 0.5);
    EXPECT_EQ(certificates[1].distance, 7);
    EXPECT_EQ(certificates[1].iterations, 0.5);
    EXPECT_EQ(certificates[1].outcome, 7);
    EXPECT_EQ(certificates[1].reserved, 0);
    // Certificates are optional.
    EXPECT_EQ(module.run("rule__kernel", {x.view()}, {0.5, 7}, threads), 5);
  }
  using Sizes = int64_t (*)(const int64_t *, int64_t);
  auto sizes = reinterpret_cast<Sizes>(module.lookup("rule__workspace"));
  ASSERT_TRUE(sizes);
  const int64_t dims[] = {20, 30};
  EXPECT_EQ(sizes(dims, 4), 604);
}

TEST(Entry, Descriptor) {
  OptimizerDescription description;
  description.name = "rule";
  description.target = "here";
  description.features = "avx2,fma";
  description.explanation = "two\nlines";
  description.tensors.resize(2);
  description.tensors[0].name = "w";
  description.tensors[0].shape = {-1, 12};
  description.tensors[1].name = "m";
  description.tensors[1].role = STEEPEST_STATE;
  description.tensors[1].dtype = STEEPEST_F64;
  description.tensors[1].rank = 1;
  description.tensors[1].like = 1;
  description.tensors[1].initial = STEEPEST_INITIAL_IDENTITY;
  description.tensors[1].initialValue = 0.25;
  description.hypers = {{"rate", 0.125}};
  description.accessor = getAccessorName("rule");
  description.kernel = "rule__kernel";
  description.workspace = "rule__workspace";
  description.cost = "rule__cost";
  CompiledModule module(text, "native", {description.accessor, "rule__kernel"},
                        [&](mlir::ModuleOp lowered) {
                          EXPECT_TRUE(
                              succeeded(emitDescriptor(lowered, description)));
                        });
  ASSERT_FALSE(HasFailure());
  using Accessor = const steepest_optimizer *(*)();
  auto accessor = reinterpret_cast<Accessor>(module.lookup("steepest_rule"));
  ASSERT_TRUE(accessor);
  const steepest_optimizer *optimizer = accessor();
  EXPECT_EQ(optimizer->abi_version, STEEPEST_ABI_VERSION);
  EXPECT_STREQ(optimizer->name, "rule");
  EXPECT_STREQ(optimizer->target, "here");
  EXPECT_STREQ(optimizer->features, "avx2,fma");
  EXPECT_STREQ(optimizer->explanation, "two\nlines");
  ASSERT_EQ(optimizer->num_tensors, 2);
  ASSERT_EQ(optimizer->num_hypers, 1);
  EXPECT_EQ(optimizer->num_directions, 0);
  EXPECT_EQ(optimizer->directions, nullptr);
  EXPECT_STREQ(optimizer->tensors[0].name, "w");
  EXPECT_EQ(optimizer->tensors[0].shape[0], -1);
  EXPECT_EQ(optimizer->tensors[0].shape[1], 12);
  EXPECT_STREQ(optimizer->tensors[1].name, "m");
  EXPECT_EQ(optimizer->tensors[1].role, STEEPEST_STATE);
  EXPECT_EQ(optimizer->tensors[1].dtype, STEEPEST_F64);
  EXPECT_EQ(optimizer->tensors[1].rank, 1);
  EXPECT_EQ(optimizer->tensors[1].like, 1);
  EXPECT_EQ(optimizer->tensors[1].initial, STEEPEST_INITIAL_IDENTITY);
  EXPECT_EQ(optimizer->tensors[1].initial_value, 0.25);
  EXPECT_STREQ(optimizer->hypers[0].name, "rate");
  EXPECT_EQ(optimizer->hypers[0].default_value, 0.125);
  EXPECT_EQ(optimizer->workspace_bytes, &steepest_workspace_bytes);
  EXPECT_EQ(optimizer->init, &steepest_init);
  EXPECT_EQ(optimizer->step, &steepest_step);
  EXPECT_EQ(reinterpret_cast<void *>(optimizer->kernel),
            module.lookup("rule__kernel"));
  const int64_t dims[] = {3, 5};
  EXPECT_EQ(optimizer->kernel_workspace_bytes(dims, 1), 16);
  EXPECT_EQ(optimizer->kernel_cost(dims), 75);
}

// Products are tested in test/Unit/Product; this one goes through the whole
// pipeline and the host's workers.
TEST(Entry, Product) {
  CompiledModule module(R"(
!matrix = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func @gram(%x: !matrix, %g: !matrix, %workspace: memref<?xi8>) -> i32
    attributes {kernel.entry} {
  %half = arith.constant 0.5 : f32
  kernel.product %x, %x into %g scratch(%workspace) scale(%half : f32)
      shift(%half : f32) {transpose_rhs, symmetric}
      : !matrix, !matrix into !matrix
  %status = arith.constant 0 : i32
  return %status : i32
}
)",
                        "native", {"gram__kernel"});
  ASSERT_FALSE(HasFailure());
  const int64_t m = 200, k = 90;
  Matrix<float> x(m, k, 3), one(m, m, 1), two(m, m, 1);
  x.fillRandom(1);
  ASSERT_EQ(module.run("gram__kernel", {x.view(), one.view()}, {}, 1), 0);
  ASSERT_EQ(module.run("gram__kernel", {x.view(), two.view()}, {}, 2), 0);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < m; ++j) {
      double expected = i == j ? 0.5 : 0;
      for (int64_t l = 0; l < k; ++l)
        expected += 0.5 * x(i, l) * x(j, l);
      ASSERT_NEAR(one(i, j), expected, 1e-5);
      ASSERT_EQ(one(i, j), two(i, j));
    }
}

/// Compiles what `build` makes of two extents as a size, and evaluates it.
static int64_t
evaluate(int64_t rows, int64_t cols,
         llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location,
                                        mlir::Value, mlir::Value)>
             build) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                      kernel::KernelDialect>();
  mlir::Location loc = mlir::UnknownLoc::get(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  mlir::OpBuilder builder(module->getBodyRegion());
  mlir::Type index = builder.getIndexType();
  auto function = mlir::func::FuncOp::create(
      builder, loc, "size",
      builder.getFunctionType({index, index, index}, index));
  function->setAttr("kernel.workspace", builder.getUnitAttr());
  mlir::Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  mlir::Value bytes =
      build(builder, loc, entry->getArgument(0), entry->getArgument(1));
  mlir::func::ReturnOp::create(builder, loc, bytes);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  CompiledModule compiled(text, "native", {"size"});
  using Sizes = int64_t (*)(const int64_t *, int64_t);
  auto size = reinterpret_cast<Sizes>(compiled.lookup("size"));
  const int64_t dims[] = {rows, cols};
  return size ? size(dims, 1) : -1;
}

TEST(Scratch, Maps) {
  using kernel::Extent, kernel::ResultKind;
  auto bytes = [](int64_t rows, int64_t cols,
                  std::vector<std::pair<ResultKind, Extent>> kinds) {
    return evaluate(rows, cols,
                    [&](mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value m, mlir::Value n) {
                      std::vector<kernel::ResultAttr> attrs;
                      for (auto [kind, extent] : kinds)
                        attrs.push_back(kernel::ResultAttr::get(
                            builder.getContext(), kind, extent));
                      return buildMapScratchBytes(builder, loc, m, n, attrs);
                    });
  };
  std::pair store(ResultKind::Store, Extent::Full);
  std::pair scalar(ResultKind::Sum, Extent::Scalar);
  std::pair row(ResultKind::Sum, Extent::Row);
  std::pair column(ResultKind::Sum, Extent::Column);
  EXPECT_EQ(bytes(1000, 1000, {store}), 0);
  // 16 rows in a task, 63 tasks.
  EXPECT_EQ(bytes(1000, 1000, {scalar}), 63 * 8);
  EXPECT_EQ(bytes(1000, 1000, {scalar, row, scalar}), 2 * 63 * 8);
  EXPECT_EQ(bytes(1, 100000, {scalar}), 7 * 8);
  EXPECT_EQ(bytes(1000, 1000, {scalar, column}), 4 * 8);
  EXPECT_EQ(bytes(1000, 1000, {scalar, column, row}), 8);
  EXPECT_EQ(bytes(0, 1000, {scalar}), 0);
}

TEST(Scratch, Eigh) {
  auto bytes = [](int64_t n, bool isDouble) {
    return evaluate(n, n,
                    [&](mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value m, mlir::Value) {
                      mlir::Type element =
                          isDouble ? mlir::Type(builder.getF64Type())
                                   : builder.getF32Type();
                      return buildEighScratchBytes(builder, loc, m, element);
                    });
  };
  EXPECT_EQ(bytes(10, true), (1 + 60 + 200) * 8 + (3 + 50) * 4 + 4);
  EXPECT_EQ(bytes(10, false), (1 + 60 + 200) * 4 + (3 + 50) * 4);
}

TEST(Target, Names) {
  mlir::MLIRContext context;
  std::string message;
  context.getDiagEngine().registerHandler(
      [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto report = [&] { return emitError(mlir::UnknownLoc::get(&context)); };
  auto widest = getCPUTarget("znver5", report);
  ASSERT_TRUE(succeeded(widest));
  EXPECT_EQ(widest->vectorBits, 512u);
  EXPECT_TRUE(widest->hasFeature("avx512f"));
  auto middle = getCPUTarget("haswell", report);
  ASSERT_TRUE(succeeded(middle));
  EXPECT_EQ(middle->vectorBits, 256u);
  EXPECT_FALSE(middle->hasFeature("avx512f"));
  EXPECT_TRUE(succeeded(getCPUTarget("native", report)));
  EXPECT_TRUE(message.empty());
  EXPECT_TRUE(failed(getCPUTarget("pdp11", report)));
  EXPECT_NE(message.find("unknown target cpu 'pdp11'"), std::string::npos);
  EXPECT_NE(message.find("x86-64-v3"), std::string::npos);
}
