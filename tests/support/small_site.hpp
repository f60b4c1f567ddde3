// A small site asked in memory, with whatever bytes a test wants: what its answers are, and whether
// it ends the connection.
#pragma once

#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_folder.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet::testing {

/// What came back over one connection.
struct conversation {
    std::vector<answer> answers;
    bool closed = false; // by the server, and not because it was idle

    /// The last answer, or an empty one.
    answer last() const { return answers.empty() ? answer() : answers.back(); }

    /// In one line, such as "200 400 closed" or "200 kept".
    std::string outcome() const {
        std::string line;
        for (const answer& a : answers)
            line += std::to_string(a.status) + (a.complete ? " " : "(incomplete) ");
        return line + (closed ? "closed" : "kept");
    }
};

/// A folder at the root, with file.txt among others, and some handlers: see write_files() and
/// make_app().
class small_site {
  public:
    static constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
    static constexpr std::string_view modified = "Sun, 06 Nov 1994 08:49:37 GMT"; // file.txt

    small_site() : app_(make_app(folder_)), client_(app_) {}

    /// Sends `bytes` and reads all answers; `methods` are those of the requests, GET unless told.
    conversation say(std::string_view bytes, std::initializer_list<std::string_view> methods = {}) {
        std::string came = client_.send_raw(bytes);
        conversation all;
        all.closed = client_.elapsed() < server_limits().idle_timeout_s;
        auto method = methods.begin();
        while (!came.empty()) {
            const auto a =
                take_answer(came, method == methods.end() ? "GET" : *method, [] { return false; });
            if (!a || !a->head.starts_with("HTTP/1.1 ")) {
                all.answers.emplace_back(); // bytes that are no answer
                break;
            }
            all.answers.push_back(*a);
            if (a->status >= 200 && method != methods.end())
                ++method;
        }
        return all;
    }

    std::string outcome(std::string_view bytes,
                        std::initializer_list<std::string_view> methods = {}) {
        return say(bytes, methods).outcome();
    }

    /// The answer to one request. `fields` are whole lines.
    answer ask(std::string_view target, std::string_view fields = {},
               std::string_view method = "GET") {
        const conversation all = say(request_text(target, fields, method), {method});
        CHECK(all.answers.size() == 1);
        return all.last();
    }

  private:
    static server make_app(const temporary_folder& folder);

    temporary_folder folder_;
    server app_;
    test::client client_;
};

} // namespace ringlet::testing
