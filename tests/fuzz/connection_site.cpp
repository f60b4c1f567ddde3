#include "fuzz/connection_site.hpp"

#include "ringlet/ringlet.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace ringlet::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr int stream_pieces = 5;

std::string piece(int i) {
    return std::string(static_cast<std::size_t>(i) * 700, static_cast<char>('a' + i));
}

awaitable<void> produce(writer& out) {
    for (int i = 1; i <= stream_pieces; ++i) {
        const std::string next = piece(i);
        co_await out.write(next);
        if (i == 2)
            co_await sleep_for(5ms);
    }
}

awaitable<response> hello(request&) {
    co_return text(std::string(hello_text));
}

awaitable<response> asleep(request&) {
    co_await sleep_for(20ms);
    co_return text(std::string(slept_text));
}

awaitable<response> echo(request& req) {
    std::string all = co_await req.body().text();
    co_return text(std::move(all));
}

awaitable<response> late(request& req) {
    co_await sleep_for(10ms);
    std::string all = co_await req.body().text();
    co_return text(std::move(all));
}

awaitable<response> small(request& req) {
    std::string all = co_await req.body().text(small_limit);
    co_return text(std::move(all));
}

awaitable<response> ignore(request&) {
    co_return text(std::string(ignored_text));
}

awaitable<response> streamed(request&) {
    co_return stream("text/plain", produce);
}

awaitable<response> sized(request&) {
    co_return stream("text/plain", stream_text().size(), produce);
}

awaitable<response> nothing(request&) {
    co_return status(204);
}

awaitable<response> throwing(request&) {
    throw std::runtime_error("as it should");
    co_return response();
}

// In no request of a pipeline, but in much of the content.
awaitable<response> smuggled(request&) {
    co_return status(299);
}

struct whole_site {
    whole_site() {
        folder.write("small.txt", small_file());
        folder.write("large.bin", large_file());
        const auto time = std::filesystem::file_time_type::clock::from_sys(
            std::chrono::sys_seconds(1'600'000'000s)); // so that entity tags have one length
        for (const char* name : {"small.txt", "large.bin"})
            last_write_time(folder.path() / name, time);
        const scope& top = what.scopes.front();
        what.add_route(top, "GET", "/hello", hello);
        what.add_route(top, "GET", "/sleep", asleep);
        what.add_route(top, "POST", "/echo", echo);
        what.add_route(top, "POST", "/late", late);
        what.add_route(top, "POST", "/small", small);
        what.add_route(top, "POST", "/ignore", ignore);
        what.add_route(top, "GET", "/stream", streamed);
        what.add_route(top, "GET", "/sized", sized);
        what.add_route(top, "DELETE", "/nothing", nothing);
        what.add_route(top, "GET", "/throw", throwing);
        what.add_route(top, "GET", "/smuggled", smuggled);
        what.add_mount(top, "/files", folder.path().string(), {});
        what.finish();
    }

    testing::temporary_folder folder;
    site what;
};

} // namespace

const site& the_site() {
    static const whole_site made;
    return made.what;
}

std::string stream_text() {
    std::string all;
    for (int i = 1; i <= stream_pieces; ++i)
        all += piece(i);
    return all;
}

const std::string& small_file() {
    static const std::string text = "0123456789 is what this file has";
    return text;
}

const std::string& large_file() {
    static const std::string bytes = [] {
        std::string all;
        while (all.size() < 140'000)
            all.append(std::to_string(all.size())).push_back('\n');
        return all;
    }();
    return bytes;
}

} // namespace ringlet::fuzz
