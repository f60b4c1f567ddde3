#include "ringlet/test/client.hpp"

#include "http/syntax.hpp"
#include "io/memory_backend.hpp"
#include "io/offload_pool.hpp"
#include "io/sleep.hpp"
#include "server/connection.hpp"
#include "server/server_impl.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace ringlet::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

// How long, really, something may come from elsewhere when a handler waits for no time.
constexpr auto patience = std::chrono::seconds(1);

std::string text_of(const question& q) {
    std::string text = q.method + ' ' + q.target + " HTTP/1.1\r\n";
    const auto has = [&q](std::string_view name) {
        return std::ranges::any_of(
            q.fields, [name](const auto& f) { return ringlet::http::iequals(f.first, name); });
    };
    if (!has("host"))
        text += "Host: localhost\r\n";
    for (const auto& [name, value] : q.fields)
        text.append(name).append(": ").append(value).append("\r\n");
    const bool may_have_none = q.method == "GET" || q.method == "HEAD";
    if (!(q.body.empty() && may_have_none) && !has("content-length") && !has("transfer-encoding"))
        text += "Content-Length: " + std::to_string(q.body.size()) + "\r\n";
    return text.append("\r\n").append(q.body);
}

// An answer in the reading.
class reader {
  public:
    explicit reader(bool head_only) {
        parser_.eager(true);
        parser_.body_limit(boost::none);
        parser_.skip(head_only);
    }

    // Whether the answer is complete.
    bool take(std::string_view bytes) {
        text_ += bytes;
        boost::system::error_code failed;
        while (!text_.empty() && !parser_.is_done() && !failed)
            text_.erase(0, parser_.put(asio::buffer(text_), failed));
        return parser_.is_done() || (failed && failed != http::error::need_more);
    }

    answer finish(bool closed) {
        boost::system::error_code failed;
        if (closed && parser_.is_header_done() && parser_.need_eof())
            parser_.put_eof(failed);
        answer a;
        if (!parser_.is_header_done())
            return a;
        a.complete = parser_.is_done();
        http::response<http::string_body> r = parser_.release();
        a.status = r.result_int();
        for (const auto& f : r)
            a.fields.emplace_back(f.name_string(), f.value());
        a.body = std::move(r.body());
        return a;
    }

  private:
    http::response_parser<http::string_body> parser_;
    std::string text_;
};

} // namespace

struct client::impl {
    impl(site& s, const server_limits& most)
        : made(std::make_unique<io::memory_backend>(io::memory_options{.patience = patience})),
          network(*made),
          pool(limits::offload_threads, limits::offload_queue),
          ctx(std::move(made), &pool) {
        state = std::make_unique<worker_state>(ctx, s, nullptr, most);
    }

    // Sends `bytes` and calls `more(what has come)` until it wants no more, the server has closed,
    // or nothing is left to wait for. Returns whether the server has closed.
    template <class More>
    bool converse(std::string_view bytes, More more) {
        const auto began = ctx.time();
        io::memory_connection made_now = network.connect();
        connection::start(std::make_unique<connection>(*state, std::move(made_now.server)));
        bool news = true;
        made_now.client.on_progress([&] {
            news = true;
            ctx.stop();
        });
        made_now.client.write(bytes);
        while (std::exchange(news, false)) {
            ctx.run();
            if (!more(made_now.client.read()) || made_now.client.server_closed())
                break;
        }
        elapsed = ctx.time() - began;
        return made_now.client.server_closed();
    }

    // After the client has left: what it has cut off ends.
    void settle() { ctx.run(); }

    std::unique_ptr<io::memory_backend> made; // until the context has it
    io::memory_backend& network;
    io::offload_pool pool;
    std::unique_ptr<worker_state> state; // outlives the context, whose end destroys the connections
    io::context ctx;
    io::clock::duration elapsed{};
};

client::client(server& app, const server_limits& limits) {
    check(limits);
    app.impl_->what.finish();
    impl_ = std::make_unique<impl>(app.impl_->what, limits);
}
client::~client() = default;

std::string_view answer::field(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields)
        if (ringlet::http::iequals(key, name))
            return value;
    return {};
}

answer client::get(std::string target, field_list fields) {
    return send({"GET", std::move(target), std::move(fields), {}});
}

answer client::post(std::string target, std::string body, field_list fields) {
    return send({"POST", std::move(target), std::move(fields), std::move(body)});
}

answer client::send(const question& q) {
    reader reading(q.method == "HEAD");
    const bool closed =
        impl_->converse(text_of(q), [&](const std::string& bytes) { return !reading.take(bytes); });
    impl_->settle();
    return reading.finish(closed);
}

std::string client::send_raw(std::string_view bytes) {
    std::string all;
    impl_->converse(bytes, [&all](const std::string& more) {
        all += more;
        return true;
    });
    impl_->settle();
    return all;
}

std::string client::leave_after(const question& q, std::chrono::steady_clock::duration length) {
    bool due = false;
    bool left = false;
    io::async_sleep(impl_->ctx, length, [&](const io::error_code&) {
        due = true;
        if (!left)
            impl_->ctx.stop();
    });
    std::string all;
    impl_->converse(text_of(q), [&](const std::string& more) {
        all += more;
        return !due;
    });
    left = true;
    impl_->settle();
    return all;
}

std::chrono::steady_clock::duration client::elapsed() const noexcept {
    return impl_->elapsed;
}

} // namespace ringlet::test
