#include "http/compressor.hpp"
#include "http/status.hpp"
#include "middleware/fields.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/offload.hpp"
#include "server/content.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

using then = http::text_compressor::then;

// --- whether, and how ---

const detail::stream_content* stream_of(const response& r) noexcept {
    return r.content ? std::get_if<detail::stream_content>(&r.content->what) : nullptr;
}

// HEAD is answered with the head that is there.
bool is_worth_it(const response& r, std::size_t least_bytes) noexcept {
    return r.status >= 200 && !http::never_has_content(r.status) && r.status != 206 &&
           (r.content || r.body.size() >= least_bytes) && !has_field(r, "Content-Encoding") &&
           !has_member(r, "Cache-Control", "no-transform");
}

http::coding preferred(const request& req) {
    const auto values = req.fields("Accept-Encoding");
    for (const http::coding c : http::parse_accept_encoding(values).order())
        if (c != http::coding::zstd)
            return c;
    return http::coding::identity; // nothing that is known here would be better
}

/// Says in the answer that it depends on what the client accepts, if it does.
http::coding choose(response& r, const request& req, std::size_t least_bytes) {
    if ((r.content && stream_of(r) == nullptr) || !http::is_compressible(r.content_type))
        return http::coding::identity;
    add_vary(r, "Accept-Encoding");
    return is_worth_it(r, least_bytes) ? preferred(req) : http::coding::identity;
}

int level_of(const compress_options& o, http::coding c) noexcept {
    return c == http::coding::br ? o.brotli_level : o.gzip_level;
}

// The bytes are others now, but what they mean is the same (RFC 9110 section 8.8.1).
void mark(response& r, http::coding c) {
    r.set("Content-Encoding", std::string(http::name(c)));
    if (const std::string_view tag = r.field("ETag"); tag.starts_with('"'))
        r.set("ETag", "W/" + std::string(tag));
}

// --- the work ---

/// Whether there was room for the work on the pool.
template <class F>
awaitable<bool> offloaded(F work) {
    try {
        co_await offload(work);
        co_return true;
    } catch (const http_error& e) {
        if (e.status() != 503)
            throw;
    }
    co_return false;
}

/// Compresses what is written, piece by piece, and passes it on.
class compressing_writer final : public writer {
  public:
    compressing_writer(writer& to, http::coding c, int level, std::optional<std::uint64_t> promised)
        : to_(to), compressor_(http::make_compressor(c, level)), promised_(promised) {}

    // Flushed each time: the client may wait for just this.
    awaitable<void> write(std::string_view chunk) override {
        if (chunk.empty())
            co_return;
        count(chunk.size());
        co_await pass_on(chunk, then::flush);
    }

    awaitable<void> finish() {
        if (promised_ && written_ != *promised_)
            throw std::length_error("a stream is shorter than was promised");
        return pass_on({}, then::finish);
    }

  private:
    // With a coding the length is nobody's business any more, but a promise is a promise.
    void count(std::size_t bytes) {
        written_ += bytes;
        if (promised_ && written_ > *promised_)
            throw std::length_error("a stream is longer than was promised");
    }

    awaitable<void> pass_on(std::string_view chunk, then what) {
        out_.clear();
        auto work = [&] { compressor_->append(chunk, what, out_); };
        bool done = false;
        if (chunk.size() > limits::compress_inline_bytes)
            done = co_await offloaded(work);
        if (!done)
            work();
        co_await to_.write(out_);
    }

    writer& to_;
    std::unique_ptr<http::text_compressor> compressor_;
    std::optional<std::uint64_t> promised_;
    std::uint64_t written_ = 0;
    std::string out_;
};

awaitable<void> produce(const detail::stream_content& from, writer& to, http::coding c, int level) {
    compressing_writer out(to, c, level, from.length);
    auto producing = from.produce(out);
    co_await std::move(producing);
    co_await out.finish();
}

/// The same stream, compressed. The other one is left as it is: responses may share it.
std::shared_ptr<detail::content> compressed(std::shared_ptr<detail::content> whole,
                                            const detail::stream_content& from, http::coding c,
                                            int level) {
    detail::stream_content to{{}, std::nullopt, from.endless};
    to.produce = [whole = std::move(whole), &from, c, level](writer& out) {
        return produce(from, out, c, level);
    };
    return std::make_shared<detail::content>(detail::content{std::move(to)});
}

/// False where the body stays as it is.
awaitable<bool> compress_body(std::string& body, http::coding c, int level) {
    std::string out;
    auto work = [&] { http::make_compressor(c, level)->append(body, then::finish, out); };
    bool done = true;
    if (body.size() > limits::compress_inline_bytes)
        done = co_await offloaded(work);
    else
        work();
    if (done)
        body = std::move(out);
    co_return done;
}

awaitable<response> answer_compressed(const compress_options& o, request& req, next_handler next) {
    response r = co_await next(req);
    const http::coding c = choose(r, req, o.least_bytes);
    if (c == http::coding::identity)
        co_return r;
    bool done = true;
    if (const auto* stream = stream_of(r))
        r.content = compressed(r.content, *stream, c, level_of(o, c));
    else
        done = co_await compress_body(r.body, c, level_of(o, c));
    if (done)
        mark(r, c);
    co_return r;
}

} // namespace

middleware compress(compress_options options) {
    if (options.gzip_level < 1 || options.gzip_level > 9)
        throw std::invalid_argument("compress: gzip_level " + std::to_string(options.gzip_level) +
                                    ": allowed are 1 to 9");
    if (options.brotli_level < 0 || options.brotli_level > 11)
        throw std::invalid_argument("compress: brotli_level " +
                                    std::to_string(options.brotli_level) + ": allowed are 0 to 11");
    return [options](request& req, next_handler next) {
        return answer_compressed(options, req, next);
    };
}

} // namespace ringlet
