// An example as a process, and how to ask it.
#pragma once

#include "support/beast_client.hpp"
#include "support/server_process.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ringlet::testing {

/// Serves from the constructor on; see server_process.
class example : public server_process {
  public:
    explicit example(const std::string& name, const std::vector<std::string>& arguments = {})
        : server_process(command(name, arguments)) {}

    /// For another one's --to.
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  private:
    static std::vector<std::string> command(const std::string& name,
                                            const std::vector<std::string>& arguments) {
        std::vector<std::string> words{RINGLET_EXAMPLES "/" + name, "--listen", "127.0.0.1:0"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        return words;
    }
};

using beast_http::verb;

struct content {
    std::string type;
    std::string bytes;
    bool chunked = false;
};

/// One exchange over a connection of its own.
inline beast_response exchange(std::uint16_t port, verb method, const std::string& target,
                               const content& what = {}, const header_list& fields = {}) {
    beast_request question = make_beast_request(target, fields, method);
    question.body() = what.bytes;
    if (!what.type.empty())
        question.set(beast_http::field::content_type, what.type);
    question.prepare_payload();
    if (what.chunked)
        question.chunked(true);
    return exchange_once(port, std::move(question));
}

inline beast_response get(std::uint16_t port, const std::string& target,
                          const header_list& fields = {}) {
    return exchange(port, verb::get, target, {}, fields);
}

inline std::string field_of(const beast_response& r, std::string_view name) {
    return std::string(r[boost::beast::string_view(name.data(), name.size())]);
}

/// A form with one file in it.
inline content form_with_file(const std::string& filename, const std::string& bytes) {
    const std::string boundary = "----the-boundary-of-this-form";
    std::string text = "--" + boundary + "\r\n";
    text += "Content-Disposition: form-data; name=\"note\"\r\n\r\na field\r\n";
    text += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
    text += filename + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    text += bytes + "\r\n--" + boundary + "--\r\n";
    return {"multipart/form-data; boundary=" + boundary, std::move(text)};
}

} // namespace ringlet::testing
