#include "ringlet/response.hpp"

#include "http/event.hpp"
#include "http/syntax.hpp"
#include "ringlet/json.hpp"
#include "server/content.hpp"
#include "server/finite.hpp"
#include "server/valid.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <stdexcept>

namespace ringlet {
namespace {

template <class Content>
std::shared_ptr<detail::content> make_content(Content what) {
    return std::make_shared<detail::content>(detail::content{std::move(what)});
}

awaitable<void> write_events(std::function<awaitable<void>(event_writer&)>& source, writer& out) {
    event_writer events(out);
    auto writing = valid(source(events), "the source of events");
    co_await std::move(writing);
}

} // namespace

response& response::set(std::string_view name, std::string value) {
    const auto has_name = [name](const auto& f) { return http::iequals(f.first, name); };
    const auto found = std::ranges::find_if(fields, has_name);
    if (found == fields.end())
        return add(name, std::move(value));
    found->second = std::move(value);
    fields.erase(std::remove_if(std::next(found), fields.end(), has_name), fields.end());
    return *this;
}

response& response::add(std::string_view name, std::string value) {
    fields.emplace_back(name, std::move(value));
    return *this;
}

std::string_view response::field(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields)
        if (http::iequals(key, name))
            return value;
    return {};
}

response json(const boost::json::value& value) {
    if (!all_finite(value))
        throw std::invalid_argument("json() was given an infinity or NaN, which JSON cannot say");
    return {200, "application/json", boost::json::serialize(value)};
}

response redirect(std::string to, unsigned code) {
    if (code != 301 && code != 302 && code != 303 && code != 307 && code != 308)
        throw std::invalid_argument("redirect() was given the status " + std::to_string(code));
    response r = status(code);
    r.add("Location", std::move(to));
    return r;
}

response file(std::string path) {
    response r;
    r.content = make_content(detail::file_content{{}, std::move(path)});
    return r;
}

response file_in(std::string folder, std::string_view path) {
    if (folder.empty())
        folder = "."; // nothing is what file() has
    response r;
    r.content = make_content(detail::file_content{std::move(folder), std::string(path)});
    return r;
}

response stream(media_type type, producer content) {
    response r{200, std::move(type), {}};
    r.content = make_content(detail::stream_content{std::move(content), std::nullopt});
    return r;
}

response stream(media_type type, std::uint64_t length, producer content) {
    response r{200, std::move(type), {}};
    r.content = make_content(detail::stream_content{std::move(content), length});
    return r;
}

response events(std::function<awaitable<void>(event_writer&)> source) {
    // Kept by the response for as long as it is written, so the coroutine may refer to it.
    auto produce = [s = std::move(source)](writer& out) mutable { return write_events(s, out); };
    response r = stream("text/event-stream", std::move(produce));
    std::get<detail::stream_content>(r.content->what).endless = true;
    r.set("Cache-Control", "no-store");
    return r;
}

awaitable<void> event_writer::send(std::string_view data, std::string_view name,
                                   std::string_view id) {
    std::string text;
    if (!http::append_event(text, data, name, id))
        throw std::invalid_argument("the name or the id of an event has a line break");
    co_await out_.write(text);
}

awaitable<void> event_writer::keep_alive() {
    std::string text;
    http::append_comment(text);
    co_await out_.write(text);
}

} // namespace ringlet
