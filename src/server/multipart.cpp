#include "http/multipart.hpp"

#include "base/unique_fd.hpp"
#include "http/media_type.hpp"
#include "io/file.hpp"
#include "ringlet/body.hpp"
#include "server/request_data.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace ringlet {

namespace asio = boost::asio;
using event = http::multipart_reader::event;

struct multipart::state {
    state(request::data& d, const std::string& boundary) : asked(d), reader(boundary) {}
    request::data& asked;
    http::multipart_reader reader;
    std::string_view rest; // of the request's last piece
    bool in_part = false;

    // The reader's next event, with its data; never need_more nor bad.
    awaitable<std::pair<event, std::string_view>> advance() {
        for (;;) {
            const auto step = reader.next(rest);
            rest.remove_prefix(step.consumed);
            if (step.what == event::bad)
                throw http_error(400, "The form is malformed.");
            if (step.what != event::need_more)
                co_return std::pair(step.what, step.data);
            rest = co_await asked.source->next_piece();
            if (rest.empty())
                throw http_error(400, "The form breaks off.");
        }
    }
};

namespace {

std::string boundary_of(request& req) {
    const std::string_view type = req.field("content-type");
    auto boundary = http::parameter(type, "boundary");
    if (!http::is_media_type(type, "multipart/form-data") || !boundary)
        throw http_error(415, "The content should be multipart/form-data.");
    return std::move(*boundary);
}

// A file in the making: removed again unless it is kept.
class new_file {
  public:
    new_file(unique_fd fd, const std::string& path) noexcept : fd_(std::move(fd)), path_(path) {}
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() {
        if (!kept_)
            ::unlink(path_.c_str());
    }
    int fd() const noexcept { return fd_.get(); }
    void keep() noexcept { kept_ = true; }

  private:
    unique_fd fd_;
    const std::string& path_;
    bool kept_ = false;
};

void throw_if(const boost::system::error_code& failed) {
    if (failed)
        throw boost::system::system_error(failed);
}

awaitable<unique_fd> create(io::context& ctx, const std::string& path) {
    open_how how{};
    how.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    how.mode = 0666; // less the umask
    auto opening = io::async_open(ctx, AT_FDCWD, path.c_str(), how, asio::as_tuple(asio::deferred));
    const auto [failed, fd] = co_await std::move(opening);
    throw_if(failed);
    co_return unique_fd(static_cast<int>(fd));
}

awaitable<void> write_all(io::context& ctx, int fd, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        auto writing = io::async_write_at(ctx, fd, bytes, offset, asio::as_tuple(asio::deferred));
        const auto [failed, written] = co_await std::move(writing);
        throw_if(failed);
        offset += written;
        bytes.remove_prefix(written);
    }
}

} // namespace

multipart::multipart(request& req)
    : state_(std::make_unique<state>(request::data::of(req), boundary_of(req))) {}
multipart::~multipart() = default;

awaitable<std::optional<part>> multipart::next() {
    state& s = *state_;
    for (;;) {
        const auto [what, bytes] = co_await s.advance();
        s.in_part = what == event::part_begin;
        if (what == event::end)
            co_return std::nullopt;
        if (s.in_part)
            break;
    }
    part p{std::string(s.reader.name()), std::nullopt, std::string(s.reader.content_type())};
    if (const auto filename = s.reader.filename())
        p.filename = std::string(*filename);
    co_return p;
}

awaitable<std::string_view> multipart::data() {
    state& s = *state_;
    if (!s.in_part)
        co_return std::string_view();
    const auto [what, bytes] = co_await s.advance();
    s.in_part = what == event::data;
    co_return bytes;
}

awaitable<std::string> multipart::text(std::uint64_t limit_bytes) {
    std::string all;
    for (;;) {
        const std::string_view piece = co_await data();
        if (piece.empty())
            break;
        if (piece.size() > limit_bytes - all.size())
            throw http_error(413, "A field of the form is larger than is accepted here.");
        all += piece;
    }
    co_return all;
}

awaitable<std::uint64_t> multipart::save(std::string path) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    io::context& ctx = *io::context::of(ex);
    unique_fd created = co_await create(ctx, path);
    new_file file(std::move(created), path);
    std::uint64_t written = 0;
    std::string block;
    for (;;) {
        const std::string_view piece = co_await data();
        block += piece;
        if (!piece.empty() && block.size() < limits::save_block_bytes)
            continue;
        co_await write_all(ctx, file.fd(), block, written);
        written += block.size();
        block.clear();
        if (piece.empty())
            break;
    }
    file.keep();
    co_return written;
}

} // namespace ringlet
