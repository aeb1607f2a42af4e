#include "status/record_list.hpp"
#include "tests/support/print_record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

std::vector<record> some_records() {
  std::vector<record> out(4);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].active = out[i].changed = static_cast<stamp>(i + 1);
    out[i].state =
      "a state that is too long to be kept in place " + std::to_string(i);
  }
  return out;
}

TEST(RecordList, IsEmptyAtFirst) {
  record_list x;
  EXPECT_TRUE(x.empty());
  EXPECT_EQ(x.size(), 0u);
}

TEST(RecordList, GivesBackAllOfABlock) {
  record_list x{stored_records{some_records()}};
  EXPECT_FALSE(x.empty());
  ASSERT_EQ(x.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(x[i], some_records()[i]);
  EXPECT_EQ(x.text(3), encode(some_records()[3]));
}

TEST(RecordList, PartOutlivesTheWhole) {
  record_list part;
  {
    record_list whole{stored_records{some_records()}};
    part = whole.part(1, 2);
    EXPECT_EQ(part.text(0).data(), whole.text(1).data()); // shared
  }
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0], some_records()[1]);
  EXPECT_EQ(part[1], some_records()[2]);
  EXPECT_EQ(part.part(1, 1)[0], some_records()[2]);
  EXPECT_TRUE(part.part(2, 0).empty());
}

} // namespace
} // namespace lastseen
