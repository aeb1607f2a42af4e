#include "config/fields.hpp"
#include "config/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace lastseen::config {

namespace {

using testing::HasSubstr;

TEST(Reference, NamesEveryKeyAndVariable) {
  auto text = render_reference();
  for (const auto& f : fields())
    EXPECT_THAT(text, HasSubstr("| `" + std::string{f.key} + "` | `"
                                + env_name(f.key) + "` | `"));
  EXPECT_THAT(text, HasSubstr("| `user_status.expire_interval` | "
                              "`LASTSEEN_USER_STATUS_EXPIRE_INTERVAL` | "
                              "`\"744h\"` | "));
}

TEST(Reference, IsWhatTheDocsSay) {
  const std::string path = LASTSEEN_SOURCE_DIR "/docs/configuration.md";
  auto text = render_reference();
  if (std::getenv("LASTSEEN_UPDATE_DOCS"))
    std::ofstream{path, std::ios::binary} << text;
  std::ifstream file{path, std::ios::binary};
  std::string there{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_TRUE(there == text)
    << path << " is out of date; run this test with LASTSEEN_UPDATE_DOCS=1 to "
    << "write it anew";
}

} // namespace

} // namespace lastseen::config
