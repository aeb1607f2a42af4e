#include "fuzz.hpp"
#include "net/auth/token_keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace lastseen;
  auto keys = read_token_keys(fuzz::as_text(data, size));
  fuzz::require(keys || keys.error().code == ec::bad_request);
  return 0;
}
