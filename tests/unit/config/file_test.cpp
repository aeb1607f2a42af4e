#include "config/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <unistd.h>

namespace lastseen::config {

namespace {

using testing::HasSubstr;

class ReadFile : public testing::Test {
protected:
  void TearDown() override {
    std::remove(path_.c_str());
  }

  void write(const std::string& text) {
    std::ofstream{path_, std::ios::binary} << text;
  }

  std::string path_ = testing::TempDir() + "lastseen_read_file."
                      + std::to_string(getpid()) + ".json";
};

TEST_F(ReadFile, GivesTheBytes) {
  auto text = std::string("a\0\r\n\xff", 5);
  write(text);
  auto read = read_file(path_);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, text);
}

TEST_F(ReadFile, GivesNothingWithoutFile) {
  auto read = read_file(path_);
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST_F(ReadFile, FailsForADirectory) {
  auto read = read_file(testing::TempDir());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ec::bad_config);
  EXPECT_THAT(read.error().what, HasSubstr("directory"));
}

TEST_F(ReadFile, FailsForAPathThroughAFile) {
  write("{}");
  auto read = read_file(path_ + "/x");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr(path_));
}

TEST_F(ReadFile, IsBounded) {
  write(std::string(1024 * 1024, ' '));
  EXPECT_TRUE(read_file(path_));
  write(std::string(1024 * 1024 + 1, ' '));
  auto read = read_file(path_);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, HasSubstr("larger than 1 MiB"));
  EXPECT_FALSE(read_file("/dev/zero"));
}

TEST(ParseFile, GoesByTheEnding) {
  for (auto [name, text] :
       std::initializer_list<std::pair<const char*, const char*>>{
         {"c.json", R"({"log": {"level": "warn"}})"},
         {"c", R"({"log": {"level": "warn"}})"},
         {"c.yaml", "log:\n  level: warn\n"},
         {"c.yml", "log: {level: warn}"},
         {"c.toml", "[log]\nlevel = \"warn\"\n"}}) {
    auto x = parse_file(text, name);
    ASSERT_TRUE(x) << name << x.error().what;
    EXPECT_EQ(x->at("log").as_object().at("level").as_string(), "warn") << name;
  }
  EXPECT_FALSE(parse_file("log: {}", "c.json"));
  EXPECT_FALSE(parse_file("log: {}", "c.toml"));
}

} // namespace

} // namespace lastseen::config
