#include "net/handler_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace lastseen {
namespace {

using allocator = handler_memory::allocator<std::byte>;

bool is_inside(const handler_memory& memory, const void* at) {
  auto begin = reinterpret_cast<std::uintptr_t>(&memory);
  auto where = reinterpret_cast<std::uintptr_t>(at);
  return begin <= where && where < begin + sizeof memory;
}

TEST(HandlerMemory, IsUsedAgainOnceItWasGivenBack) {
  handler_memory memory;
  allocator aut{memory};
  for (int i = 0; i < 3; ++i) {
    auto* at = aut.allocate(100);
    EXPECT_TRUE(is_inside(memory, at));
    aut.deallocate(at, 100);
  }
}

TEST(HandlerMemory, SecondOperationComesFromTheHeap) {
  handler_memory memory;
  allocator aut{memory};
  auto* first = aut.allocate(100);
  auto* second = aut.allocate(100);
  EXPECT_TRUE(is_inside(memory, first));
  EXPECT_FALSE(is_inside(memory, second));
  aut.deallocate(second, 100);
  auto* third = aut.allocate(100); // the first is still there
  EXPECT_FALSE(is_inside(memory, third));
  aut.deallocate(third, 100);
  aut.deallocate(first, 100);
}

TEST(HandlerMemory, LargeOperationComesFromTheHeap) {
  handler_memory memory;
  allocator aut{memory};
  auto* large = aut.allocate(1000);
  EXPECT_FALSE(is_inside(memory, large));
  auto* small = aut.allocate(100);
  EXPECT_TRUE(is_inside(memory, small));
  aut.deallocate(small, 100);
  aut.deallocate(large, 1000);
}

TEST(HandlerMemory, AllocatorsOfAllTypesShareIt) {
  handler_memory memory;
  handler_memory::allocator<std::uint64_t> aut{allocator{memory}};
  auto* at = aut.allocate(8);
  EXPECT_TRUE(is_inside(memory, at));
  EXPECT_TRUE(aut == handler_memory::allocator<std::uint64_t>{memory});
  aut.deallocate(at, 8);
}

} // namespace
} // namespace lastseen
