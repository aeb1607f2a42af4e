#pragma once

#include <string>

namespace lastseen::config {

/// The text of docs/configuration.md, Markdown, made from the table of keys.
std::string render_reference();

} // namespace lastseen::config
