// multipart/form-data, the content of forms with files (RFC 7578, RFC 2046 section 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::http {

/// Takes a form apart that arrives in pieces.
///
/// Read strictly: lines end with CRLF only, every part has one Content-Disposition of form-data
/// with a name, and a line that begins like a delimiter is one, whatever the sender meant.
/// Headers and parts are bounded (limits::multipart_head_bytes, limits::multipart_parts); how much
/// content there may be is for the caller to bound. What stands before the first part and behind
/// the last is skipped.
class multipart_reader {
  public:
    enum class event : std::uint8_t {
        part_begin, // name(), filename() and content_type() tell which
        data,       // a piece of the part's content
        part_end,
        end,       // of the form, whatever else comes
        need_more, // all input was consumed
        bad,       // no form, or not within the limits
    };

    struct step {
        event what;
        std::size_t consumed; // of the input; can be 0 unless more is needed
        /// A view into the input, or into the reader when it begins with bytes that came before and
        /// looked like a delimiter then; valid until the next call. Empty unless `what` is data.
        std::string_view data;
    };

    /// `boundary` is the parameter of the Content-Type. With one that RFC 2046 does not allow,
    /// every step is bad.
    explicit multipart_reader(std::string_view boundary);

    /// Reads `in` up to the next event. Call again with what was not consumed, or with new bytes
    /// after need_more. End and bad are final. A form whose content is over before its end was cut
    /// off, and so may be the last piece of data.
    step next(std::string_view in);

    // --- the part that began last; views valid until the next one begins ---

    std::string_view name() const noexcept;

    /// What the client calls the file; nothing when the part is no file, empty when none was
    /// chosen. Only what follows the last slash or backslash, and never "." or "..", but otherwise
    /// as the client likes it: line ends and leading dots are possible.
    std::optional<std::string_view> filename() const noexcept;

    /// As sent; text/plain when the part does not say (RFC 7578 section 4.4).
    std::string_view content_type() const noexcept;

    /// What the header of a part says.
    struct part_head {
        std::optional<std::string> name, filename, content_type;
    };

  private:
    //  preamble --delimiter--> tail --"--"--> done
    //                           ^ |
    //                 delimiter | +--CRLF--> head --empty line--> content
    //                           +--------------------------------------+
    enum class state : std::uint8_t {
        preamble,
        tail,         // behind a delimiter
        tail_dash,    // after one of two dashes
        tail_padding, // white space, which some mailers append
        tail_lf,
        head,
        content,
        done,
        failed,
    };

    std::optional<event> advance(std::string_view& in, std::string_view& data);
    std::optional<event> skip_preamble(std::string_view& in) noexcept;
    std::optional<event> read_tail(std::string_view& in);
    std::optional<event> read_head(std::string_view& in);
    std::optional<event> read_content(std::string_view& in, std::string_view& data) noexcept;
    state after_tail_byte(char c) const noexcept;
    std::optional<event> end_line();
    void expect_delimiter(state where) noexcept;
    bool count_head(std::size_t bytes) noexcept;
    event fail() noexcept;

    std::string delimiter_;       // CRLF, two dashes and the boundary
    std::size_t matched_ = 0;     // of the delimiter, by bytes already consumed
    std::size_t not_content_ = 0; // of these: the CRLF of the line before
    std::size_t head_bytes_ = 0;  // of the part's header or the preamble
    std::size_t parts_ = 0;
    std::string line_; // of the header, as far as it has come
    part_head part_;
    state state_ = state::failed;
};

} // namespace ringlet::http
