// Base64 (RFC 4648 section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringlet::http {

/// The bytes that `text` stands for; nothing when it is not the one way to write them: padding left
/// out, bits that stand for nothing, or any character that does not belong.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace ringlet::http
