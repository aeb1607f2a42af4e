#include "status/text_buffer.hpp"

#include <gtest/gtest.h>

namespace lastseen {
namespace {

// As long as `size`, every byte other than its neighbours.
std::string text_of(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i)
    out += static_cast<char>('!' + i % 93);
  return out;
}

TEST(CopyShortTest, CopiesTextsOfEveryLengthAndNothingMore) {
  for (std::size_t size = 0; size <= 300; ++size) {
    auto text = text_of(size);
    std::string to(size + 2, '~');
    EXPECT_EQ(copy_short(text, to.data() + 1), to.data() + 1 + size);
    EXPECT_EQ(to, "~" + text + "~");
  }
}

TEST(TextBufferTest, HasTextsOneBehindTheOther) {
  text_buffer x;
  std::string all;
  for (std::size_t size = 0; size <= 300; ++size) {
    x.add(text_of(size));
    all += text_of(size);
    EXPECT_EQ(x.part(all.size() - size, size), text_of(size));
  }
  EXPECT_EQ(x.size(), all.size());
  EXPECT_EQ(x.part(0, x.size()), all);
}

TEST(TextBufferTest, KeepsItsMemoryWhenCleared) {
  text_buffer x;
  x.reserve(100);
  x.add("ab");
  auto* place = x.part(0, 2).data();
  x.clear();
  EXPECT_EQ(x.size(), 0u);
  EXPECT_GE(x.capacity(), 100u);
  x.add("cd");
  EXPECT_EQ(x.part(0, 2), "cd");
  EXPECT_EQ(x.part(0, 2).data(), place);
}

TEST(TextBufferTest, IsEmptyOnceItsTextsAreMovedAway) {
  for (const auto& text : {text_of(3), text_of(100)}) {
    text_buffer x;
    x.add(text);
    auto y = std::move(x);
    EXPECT_EQ(y.part(0, y.size()), text);
    EXPECT_EQ(x.size(), 0u); // NOLINT(bugprone-use-after-move)
    x.add("new");
    EXPECT_EQ(x.part(0, x.size()), "new");
    y = std::move(x);
    EXPECT_EQ(y.part(0, y.size()), "new");
    EXPECT_EQ(x.size(), 0u); // NOLINT(bugprone-use-after-move)
  }
}

} // namespace
} // namespace lastseen
