// The server that tools/bench/handlers measures: handlers, files, and a count of its own
// allocations.
//
//     handlers DIR ROUTES [PORT]    (ROUTES: 0 for files alone)
#include <ringlet/ringlet.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

namespace {
std::atomic<std::uint64_t> allocations = 0;
}

// Coroutine frames come from Asio, which keeps freed ones and asks here only for what it has not.
void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* p = std::malloc(size))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    const auto a = static_cast<std::size_t>(alignment);
    if (void* p = std::aligned_alloc(a, (size + a - 1) / a * a))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p, std::align_val_t) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    std::free(p);
}

using namespace ringlet;

namespace {

awaitable<response> hello(request&) {
    co_return text("hello, world\n");
}

awaitable<response> asleep(request&) {
    co_await sleep_for(std::chrono::seconds(30));
    co_return text("awake\n");
}

awaitable<response> count(request&) {
    co_return text(std::to_string(allocations.load()));
}

} // namespace

int main(int argc, char** argv) {
    server app;
    if (std::atoi(argv[2]) != 0) {
        app.get("/hello", hello);
        app.get("/asleep", asleep);
        app.get("/allocations", count);
        for (int i = 0; i < std::atoi(argv[2]); ++i)
            app.get("/more/" + std::to_string(i) + "/{id}", hello);
    }
    app.files("/", argv[1]);
    run_options options;
    options.port = argc > 3 ? static_cast<std::uint16_t>(std::atoi(argv[3])) : 0;
    options.workers = 1;
    return app.run(options);
}
