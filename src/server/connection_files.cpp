// How a connection sends files.
#include "server/connection.hpp"

#include "http/head_writer.hpp"
#include "http/syntax.hpp"
#include "io/file.hpp"
#include "io/send_file.hpp"
#include "server/log.hpp"
#include "server/nowhere.hpp"

#include <algorithm>
#include <fcntl.h>
#include <optional>

namespace ringlet {

namespace asio = boost::asio;
namespace {

// Of the fields that a handler or middleware gives with a file, those for which the file has values
// of its own.
bool is_for_the_file(std::string_view name) noexcept {
    static constexpr std::string_view names[] = {
        "Accept-Ranges", "Cache-Control", "Content-Encoding",
        "Content-Range", "ETag",          "Last-Modified"};
    return std::ranges::any_of(names,
                               [name](std::string_view n) { return http::iequals(n, name); });
}

std::string_view type_of(const http::mime_types& types, std::string_view path) noexcept {
    return types.content_type(path.ends_with('/') ? files::index_file : path);
}

// The path as the client wrote it; empty where a target is not a path. What is behind middleware is
// not for those who come without, and a path that has a route has other answers.
std::string target_for_cache(const exchange& x) {
    const std::string_view target = x.asked.head.target;
    if (!target.starts_with('/'))
        return {};
    return std::string(x.to->around.empty() && x.asked.allowed.empty() ? "" : "=")
        .append(target.substr(0, target.find('?')));
}

// False, and the operator is told, when the program's own function fails or gives what cannot be
// sent.
bool ask_cache_control(const mount& from, const std::string& path, std::string& value) {
    if (!from.options.cache_control)
        return true;
    std::string failed = "its value cannot be sent";
    try {
        value = from.options.cache_control(path);
        if (http::is_safe_field_value(value))
            return true;
    } catch (...) {
        failed = text_of(std::current_exception());
    }
    log(log_level::error, path + ": cache_control failed: " + failed);
    return false;
}

} // namespace

// An error in the place of a file, which is not to be kept as long as that, nor decoded.
void connection::write_file_error(unsigned status) {
    std::erase_if(x_->answer.fields, [](const auto& f) { return is_for_the_file(f.first); });
    write_error(status);
    if (status == 503)
        x_->answer.set("Retry-After", std::to_string(limits::retry_after_s));
}

awaitable<void> connection::answer_mounted(const mount& from) {
    exchange& x = *x_;
    const std::string_view path = std::string_view(x.asked.path).substr(from.prefix.size());
    if (may_be_read(path)) {
        const std::string_view type = type_of(shared_.what.types, path);
        const std::string target = target_for_cache(x);
        files::wanted w{target,
                        {from.root.fd(), path, true, from.options.links},
                        type,
                        {},
                        codings_for(type),
                        shared_.fields.unix_s(shared_.ctx.now())};
        files::loaded found = known(w);
        std::optional<file_place> place;
        if (found.status == http::status::service_unavailable) {
            std::string cache_control;
            const bool asked = ask_cache_control(from, x.asked.path, cache_control);
            w.cache_control = cache_control;
            if (!asked)
                w.target = {}; // it may be better next time
            place.emplace(shared_);
            if (*place) {
                auto loading = shared_.loader.load(w);
                found = co_await std::move(loading);
            }
            if (found.what && found.what->in_memory())
                place.reset();
            if (!asked && found.status == http::status::ok)
                found.status = http::status::internal_server_error;
        }
        if (is_served(found.status)) {
            x.file = std::move(found.what);
            co_await answer_file(*x.file);
        }
    }
    if (x.text.empty())
        co_await answer_text();
}

// What is remembered; without that, service_unavailable.
files::loaded connection::known(const files::wanted& w) {
    const files::known_target* t = w.target.empty() ? nullptr : shared_.loader.find(w.target);
    if (t == nullptr)
        return {};
    if (t->status != http::status::ok)
        return {t->status, {}};
    const files::representation_ptr& r = t->find(w.accepted);
    return r ? files::loaded{http::status::ok, r} : files::loaded();
}

// Else an error, or a redirect, is the answer. `path` is beneath the folder.
bool connection::may_be_read(std::string_view path) {
    request::data& asked = x_->asked;
    if (asked.head.method != http::verb::get && asked.head.method != http::verb::head) {
        x_->answer = answer_other_method(asked, allowed_for_files);
        return false;
    }
    if (path.empty()) // the folder itself, without its slash
        write_redirect();
    else if (http::is_hidden(asked.path))
        write_error(404);
    else
        return true;
    return false;
}

http::coding_list connection::codings_for(std::string_view type) const {
    if (!http::is_compressible(type))
        return {};
    return http::parse_accept_encoding(x_->asked.head).order();
}

bool connection::is_served(http::status found) {
    const request::data& asked = x_->asked;
    if (found == http::status::permanent_redirect && asked.path.back() == '/')
        found = http::status::not_found; // index.html is itself a folder
    if (found == http::status::permanent_redirect)
        write_redirect();
    else if (found == http::status::not_found && !asked.allowed.empty())
        write_file_error(405); // a route takes the path, but not to read it
    else if (found != http::status::ok)
        write_file_error(static_cast<unsigned>(found));
    return found == http::status::ok;
}

awaitable<void> connection::answer_own_file(const detail::file_content& own) {
    exchange& x = *x_;
    const file_place place(shared_);
    unsigned refused = place ? 0 : 503;
    unique_fd folder;
    files::location where{AT_FDCWD, own.path, false};
    std::string beneath;
    if (refused == 0 && !own.folder.empty()) {
        open_how how{};
        how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
        auto opening = io::async_open(shared_.ctx, AT_FDCWD, own.folder.c_str(), how,
                                      asio::as_tuple(asio::deferred));
        const auto [failed, fd] = co_await std::move(opening);
        if (!failed)
            folder.reset(static_cast<int>(fd));
        beneath = '/' + own.path;
        where = {folder.get(), beneath, true};
        if (failed)
            refused = static_cast<unsigned>(files::status_of(failed));
        else if (http::is_hidden(beneath))
            refused = 404;
    }
    if (refused != 0) {
        write_file_error(refused);
    } else {
        std::string_view type = x.answer.content_type;
        if (type.empty())
            type = type_of(shared_.what.types, where.path);
        const std::string cache_control(x.answer.field("Cache-Control"));
        const files::wanted w{{}, where, type, cache_control, codings_for(type)};
        auto loading = shared_.loader.load(w);
        files::loaded found = co_await std::move(loading);
        x.file = std::move(found.what);
        if (found.status == http::status::ok)
            co_await answer_file(*x.file);
        else if (found.status == http::status::permanent_redirect)
            write_file_error(404); // a folder
        else
            write_file_error(static_cast<unsigned>(found.status));
    }
    if (x.text.empty())
        co_await answer_text();
}

// Head and preconditions are decided at once; then come the bytes.
awaitable<void> connection::answer_file(const files::representation& file) {
    exchange& x = *x_;
    x.body = write_file_head(file).body;
    if (!add_at_once(x.text))
        co_await add(x.text);
    for (const files::piece& p : x.body) {
        if (!p.text.empty())
            co_await add(p.text);
        x.body_bytes += p.text.size();
        if (p.range && !broken_ && file.in_memory())
            co_await add_range(file, *p.range);
        else if (p.range && !broken_)
            co_await add_opened(file.file, *p.range);
        if (broken_)
            break;
    }
}

files::reply connection::write_file_head(const files::representation& file) {
    exchange& x = *x_;
    const io::clock::time_point now = shared_.ctx.now();
    std::string with_more;
    std::string_view common = shared_.fields.lines(now);
    if (!x.answer.fields.empty()) {
        with_more = common;
        for (const auto& [name, value] : x.answer.fields)
            if (!is_for_the_file(name))
                with_more.append(name).append(": ").append(value).append("\r\n");
        common = with_more;
    }
    decide_end();
    files::reply r =
        files::make_reply(x.text, x.asked.head, file.file, file.coding,
                          {common, connection_value(), file.content_type, file.cache_control,
                           shared_.fields.unix_s(now), shared_.random()});
    x.status = static_cast<unsigned>(r.status);
    return r;
}

awaitable<void> connection::add_range(const files::representation& r, http::byte_range range) {
    x_->body_bytes += range.length();
    const std::string_view bytes = r.bytes().substr(range.first, range.length());
    const io::file_place* place = r.body.place();
    if (place == nullptr || bytes.size() <= limits::batch_bytes / 2) {
        co_await add(bytes);
        co_return;
    }
    co_await flush();
    co_await send_stored(bytes, {place->fd, place->offset + range.first});
}

awaitable<void> connection::add_opened(const files::open_file& file, http::byte_range range) {
    exchange& x = *x_;
    bool fits = out_.takes(range.length());
    if (!fits) {
        co_await flush();
        if (broken_)
            co_return;
        fits = range.length() <= limits::batch_bytes / 2 && out_.takes(range.length());
    }
    if (!fits) {
        io::file_part part{file.fd.get(), range.first, range.length(), file};
        const io::error_code failed =
            co_await io::send_file(socket_, part, deadline_, shared_.send_time);
        x.body_bytes += range.length() - part.length;
        broken_ = static_cast<bool>(failed);
        timed_out_ = timed_out_ && broken_;
        co_return;
    }
    std::span<char> left = out_.prepare(static_cast<std::size_t>(range.length()));
    while (!left.empty()) {
        auto reading =
            io::async_read_at(shared_.ctx, file.fd.get(), left, range.last + 1 - left.size(),
                              asio::as_tuple(asio::deferred));
        const auto [failed, got] = co_await std::move(reading);
        if (failed || got == 0)
            break;
        left = left.subspan(got);
    }
    if (!left.empty() || !io::is_still(file, file.fd.get())) {
        co_await flush(); // what was promised cannot be kept; but there may be earlier answers
        broken_ = true;
        co_return;
    }
    out_.commit(static_cast<std::size_t>(range.length()));
    x.body_bytes += range.length();
}

} // namespace ringlet
