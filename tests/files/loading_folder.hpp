// A folder, and what a loader does with it, operation by operation.
#pragma once

#include "files/loader.hpp"
#include "support/catch.hpp"
#include "support/io_run.hpp"
#include "support/temporary_folder.hpp"

#include <functional>

namespace ringlet::files {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// Passes everything on, counts what is opened, and lets a test do something in between.
class watched_backend final : public io::backend {
  public:
    struct hooks {
        int opens = 0;
        std::function<void(io::opcode)> before_start; // of an operation
        std::function<void()> between_turns;
        bool all_at_once = false; // each turn waits for the end of all operations
        bool hold_next_read = false;
        io::op* held = nullptr; // until it is submitted again
    };

    explicit watched_backend(hooks& h) : hooks_(h), real_(testing::make_backend()) {}

    std::string_view name() const noexcept override { return real_->name(); }
    void attach(io::context& c) noexcept override { real_->attach(c); }
    void submit(io::op& o) override {
        hooks_.opens += o.request.code == io::opcode::open ? 1 : 0;
        if (hooks_.before_start)
            hooks_.before_start(o.request.code);
        if (o.request.code == io::opcode::read && std::exchange(hooks_.hold_next_read, false))
            hooks_.held = &o;
        else
            real_->submit(o);
    }
    void cancel(io::op& o) override { real_->cancel(o); }
    void cancel_descriptor(int fd) override { real_->cancel_descriptor(fd); }
    void close(int fd) override { real_->close(fd); }
    bool wait(std::optional<io::clock::duration> timeout, io::task_list& ready) override {
        const bool more = real_->wait(timeout, ready);
        while (hooks_.all_at_once && real_->in_flight() != 0)
            real_->wait(std::nullopt, ready);
        if (hooks_.between_turns)
            hooks_.between_turns();
        return more;
    }
    void wake() noexcept override { real_->wake(); }
    std::size_t in_flight() const noexcept override { return real_->in_flight(); }
    void cancel_all() override { real_->cancel_all(); }
    unsigned buffer_count() const noexcept override { return real_->buffer_count(); }
    const char* buffer(std::uint16_t n) const noexcept override { return real_->buffer(n); }
    void give_back(std::uint16_t n) noexcept override { real_->give_back(n); }

  private:
    hooks& hooks_;
    std::unique_ptr<io::backend> real_;
};

/// A folder, and what is loaded from it.
struct loading_folder {
    explicit loading_folder(std::uint64_t cache_bytes = 1 << 20)
        : owned(std::make_unique<io::context>(std::make_unique<watched_backend>(hooks))),
          ctx(*owned),
          from(ctx, cache_bytes) {
        fs::create_directories(root.path() / "dir");
        for (const char* name : {"x", "y", "dir/x", "dir/index.html"})
            root.write(name, name);
        fd = unique_fd(testing::checked(
            ::open(root.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"));
    }

    ~loading_folder() {
        hooks = {};    // what they refer to is gone
        owned.reset(); // the coroutines in it need the loader
    }

    wanted want(std::string_view path, http::coding_list accepted = {}) const {
        return {path,        {fd.get(), path}, "text/plain",
                "max-age=1", accepted,         10'000'000'000}; // beyond all files' times
    }
    /// As a connection asks: what is known first.
    awaitable<void> ask(wanted w, loaded& result) {
        if (const known_target* t = from.find(w.target)) {
            result = {t->status, t->status == http::status::ok ? t->find(w.accepted) : nullptr};
            if (result.status != http::status::ok || result.what)
                co_return;
        }
        result = co_await from.load(w);
    }
    loaded get(std::string_view path, http::coding_list accepted = {}) {
        loaded result;
        testing::run(ctx, ask(want(path, accepted), result));
        return result;
    }
    std::string text(std::string_view path, http::coding_list accepted = {}) {
        const loaded l = get(path, accepted);
        return l.what && l.what->in_memory() ? std::string(l.what->bytes()) : "none";
    }
    http::status status(std::string_view path) { return get(path).status; }

    /// How many files are opened for it.
    int opens_for(std::string_view path, http::coding_list accepted = {}) {
        const int before = hooks.opens;
        get(path, accepted);
        return hooks.opens - before;
    }
    /// Once: everything about its folder is watched then.
    loading_folder& watched() {
        get("/y");
        return *this;
    }
    void replace(const std::string& name, std::string_view content) const {
        root.write("next", content);
        fs::rename(root.path() / "next", root.path() / name);
    }

    testing::temporary_folder root;
    unique_fd fd;
    watched_backend::hooks hooks;
    std::unique_ptr<io::context> owned;
    io::context& ctx;
    loader from;
};

} // namespace ringlet::files
