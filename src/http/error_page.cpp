#include "http/error_page.hpp"

#include "http/status.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace ringlet::http {
namespace {

constexpr std::size_t page_bytes = 1024; // at most

// After escaping; they keep the page below that.
constexpr std::size_t detail_bytes = 320;
constexpr std::size_t request_id_bytes = 64;

std::string_view entity(char c) noexcept {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return {};
    }
}

std::string_view sentence(status s) noexcept {
    switch (s) {
    case status::bad_request:
        return "The server could not understand the request.";
    case status::unauthorized:
        return "This page needs you to sign in.";
    case status::forbidden:
        return "You may not see this page.";
    case status::not_found:
        return "There is nothing at this address.";
    case status::method_not_allowed:
        return "This address does not support that kind of request.";
    case status::not_acceptable:
        return "The server has no version of this page that your browser accepts.";
    case status::request_timeout:
        return "The request took too long to arrive.";
    case status::conflict:
        return "The request is at odds with what is there now.";
    case status::gone:
        return "This page was removed for good.";
    case status::length_required:
        return "The request did not say how long its content is.";
    case status::precondition_failed:
        return "The page has changed in the meantime, or is not what the request expected.";
    case status::payload_too_large:
        return "The request carries more data than the server takes.";
    case status::uri_too_long:
        return "The address is too long.";
    case status::unsupported_media_type:
        return "The server does not take data of this kind.";
    case status::range_not_satisfiable:
        return "The file has no such part.";
    case status::expectation_failed:
        return "The server cannot do what the request expects.";
    case status::upgrade_required:
        return "The server wants another protocol for this.";
    case status::too_many_requests:
        return "There were too many requests; please wait a little.";
    case status::request_header_fields_too_large:
        return "The request's header, perhaps its cookies, is too large.";
    case status::internal_server_error:
        return "Something went wrong on the server.";
    case status::not_implemented:
        return "The server does not know this kind of request.";
    case status::bad_gateway:
        return "A server behind this one gave no usable answer.";
    case status::service_unavailable:
        return "The server is busy; please try again in a moment.";
    case status::gateway_timeout:
        return "A server behind this one took too long to answer.";
    case status::http_version_not_supported:
        return "The server does not speak this version of HTTP.";
    default:
        return static_cast<unsigned>(s) < 500 ? "The request cannot be answered."
                                              : "The server cannot answer this request.";
    }
}

/// The longest part of `text` that takes no more than `bytes` escaped and splits no character.
std::string_view fitting(std::string_view text, std::size_t bytes) noexcept {
    std::size_t used = 0;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        const std::string_view replacement = entity(text[end]);
        used += replacement.empty() ? 1 : replacement.size();
        if (used > bytes)
            break;
    }
    const auto continues_character = [&](std::size_t i) { return (text[i] & 0xc0) == 0x80; };
    while (end > 0 && end < text.size() && continues_character(end))
        --end;
    return text.substr(0, end);
}

void append_code(std::string& out, std::string_view text, std::size_t bytes) {
    const std::string_view shown = fitting(text, bytes);
    out += "<code>";
    html_escape(out, shown);
    out += shown.size() < text.size() ? "\u2026</code>" : "</code>";
}

/// `404 Not Found`, or the number alone.
void append_title(std::string& out, status s) {
    std::array<char, 10> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<unsigned>(s)).ptr;
    out.append(digits.data(), end);
    if (const std::string_view reason = reason_phrase(s); !reason.empty())
        out.append(" ").append(reason);
}

} // namespace

void html_escape(std::string& out, std::string_view text) {
    for (const char c : text) {
        const std::string_view replacement = entity(c);
        if (replacement.empty())
            out += c;
        else
            out += replacement;
    }
}

void error_page(std::string& out, status s, std::string_view detail, std::string_view request_id) {
    out.reserve(out.size() + page_bytes);
    // The color-scheme lets the browser pick its own dark colours: no second set to keep.
    out += "<!DOCTYPE html>\n"
           "<html lang=\"en\">\n"
           "<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n"
           "<title>";
    append_title(out, s);
    out += "</title>\n"
           "<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;"
           "padding:0 1em}code{overflow-wrap:anywhere}</style>\n"
           "<h1>";
    append_title(out, s);
    out += "</h1>\n<p>";
    out += sentence(s);
    out += "</p>\n";
    if (!detail.empty()) {
        out += "<p>";
        append_code(out, detail, detail_bytes);
        out += "</p>\n";
    }
    if (!request_id.empty()) {
        out += "<p><small>Request ";
        append_code(out, request_id, request_id_bytes);
        out += "</small></p>\n";
    }
    out += "</html>\n";
}

} // namespace ringlet::http
