#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace lastseen;
  fuzz::decode_all(protocol::json_v2_codec, fuzz::as_text(data, size));
  return 0;
}
