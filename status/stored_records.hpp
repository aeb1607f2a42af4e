#pragma once

#include "status/record.hpp"
#include "status/text_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lastseen {

/// Records in their stored form, in one block of memory. Most of what is read
/// is only passed on, and an answer in JSON has the digits of the stored form,
/// which need not become numbers for that.
class stored_records {
public:
  stored_records() = default;

  stored_records(const std::vector<record>& all) {
    for (const auto& x : all)
      add(x);
  }

  void reserve(std::size_t records) {
    texts_.reserve(records);
    bytes_.reserve(records * bare_form_size);
  }

  /// REQUIRES: `text` is a stored form (`is_stored_form`) or empty, no record.
  void add(std::string_view text) {
    texts_.push_back(keep(text));
  }

  void add(const record& x) {
    add(form_of(x));
  }

  /// Adds empty records.
  void resize(std::size_t records) {
    texts_.resize(records);
  }

  /// As `add`, in the place of the i-th one.
  void set(std::size_t i, std::string_view text) {
    texts_[i] = keep(text);
  }

  void set(std::size_t i, const record& x) {
    set(i, form_of(x));
  }

  /// The stored form; empty where there is no record.
  std::string_view text(std::size_t i) const noexcept {
    return bytes_.part(texts_[i].begin, texts_[i].size);
  }

  record operator[](std::size_t i) const {
    return decode(text(i)).value_or(record{});
  }

  std::size_t size() const noexcept {
    return texts_.size();
  }

  bool empty() const noexcept {
    return texts_.empty();
  }

private:
  struct place {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  static std::string form_of(const record& x) {
    return x == record{} ? std::string{} : encode(x);
  }

  place keep(std::string_view text) {
    place out{static_cast<std::uint32_t>(bytes_.size()),
              static_cast<std::uint32_t>(text.size())};
    bytes_.add(text);
    return out;
  }

  std::vector<place> texts_;
  text_buffer bytes_;
};

} // namespace lastseen
