#include "fuzz.hpp"
#include "net/protocol/emulation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace lastseen;
  auto body = fuzz::as_text(data, size);
  for (auto* read :
       {protocol::read_emulation_json, protocol::read_emulation_protobuf}) {
    auto x = read(body);
    fuzz::require(x ? x->session.size() + x->node.size() + x->data.size()
                        <= body.size()
                    : x.error().code == ec::bad_request);
  }
  return 0;
}
