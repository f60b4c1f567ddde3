// Media types by file name suffix.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet::http {

/// A table of media types: about a hundred built in, more from /etc/mime.types.
///
/// Text goes out as UTF-8: text/* carries `charset=utf-8`. Other types carry no charset.
/// application/json has no such parameter (RFC 8259 section 11), and XML, SVG included, says its
/// encoding in its own declaration, which a parameter would overrule (RFC 7303 section 3).
///
/// Neither copyable nor movable, so that views into it stay good. Load first, then share: after
/// that any number of threads may read.
class mime_types {
  public:
    mime_types() = default;
    mime_types(const mime_types&) = delete;
    mime_types& operator=(const mime_types&) = delete;

    /// Merges text in the format of /etc/mime.types: a type and its suffixes per line, `#` begins a
    /// comment. It adds to the built-in types and replaces them, and a later entry replaces an
    /// earlier one, except for the suffixes that the web itself is made of (HTML, scripts, styles,
    /// fonts, images, media): distributions have been years behind there (`js` as
    /// application/javascript, `ts` as a translation file), and a wrong one breaks pages under
    /// `nosniff`. Whatever is not well-formed is skipped.
    void load(std::string_view text);

    /// By the last suffix of the last path segment, in any case; `application/octet-stream` when it
    /// is unknown or there is none (a leading dot begins no suffix). The view is valid, and keeps
    /// its meaning, for the life of this object, across load() too.
    std::string_view content_type(std::string_view path) const noexcept;

  private:
    struct entry {
        std::string_view suffix;
        std::string_view type;
    };

    std::string_view keep(std::string text);
    void load_line(std::string_view line);

    std::deque<std::string> texts_; // only ever grows, and never moves what it has
    std::vector<entry> loaded_;     // by suffix, without duplicates and without pinned suffixes
};

} // namespace ringlet::http
