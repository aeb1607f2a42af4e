#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Small functions on text that the parts of config/ share.
namespace lastseen::config {

/// `x` in quotes for a message of one line: control characters and bytes that
/// are no UTF-8 are escaped, and all after 80 bytes is left out.
std::string quote(std::string_view x);

/// The parts of `x` between spaces; none of them is empty.
std::vector<std::string> split_words(std::string_view x);

/// The number of single characters to insert, remove or replace that make `b`
/// of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `candidates` that `x` was most likely meant to be: one that ends
/// with `.x`, or the one with the least edit distance, if that is at most a
/// third of the length of `x`; empty for none.
std::string_view nearest(std::string_view x,
                         std::span<const std::string> candidates);

} // namespace lastseen::config
