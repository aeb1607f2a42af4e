#include "status/record_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lastseen {
namespace {

std::vector<record> some_records() {
  std::vector<record> out(4);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].active = static_cast<stamp>(i);
    out[i].state =
      "a state that is too long to be kept in place " + std::to_string(i);
  }
  return out;
}

TEST(RecordList, IsEmptyAtFirst) {
  record_list x;
  EXPECT_TRUE(x.empty());
  EXPECT_EQ(x.size(), 0u);
  EXPECT_TRUE(std::span<const record>{x}.empty());
}

TEST(RecordList, GivesBackAllOfAVector) {
  record_list x{some_records()};
  EXPECT_FALSE(x.empty());
  EXPECT_EQ((std::vector<record>(x.begin(), x.end())), some_records());
  EXPECT_EQ(x[3], some_records()[3]);
}

TEST(RecordList, PartOutlivesTheWhole) {
  record_list part;
  {
    record_list whole{some_records()};
    part = whole.part(1, 2);
    EXPECT_EQ(&part[0], &whole[1]); // shared
  }
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part[0], some_records()[1]);
  EXPECT_EQ(part[1], some_records()[2]);
  EXPECT_EQ(part.part(1, 1)[0], some_records()[2]);
  EXPECT_TRUE(part.part(2, 0).empty());
}

} // namespace
} // namespace lastseen
