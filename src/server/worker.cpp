#include "server/worker.hpp"

#include "io/make_backend.hpp"
#include "server/log.hpp"

#include <boost/asio/post.hpp>

#include <new>

namespace ringlet {

namespace asio = boost::asio;

namespace {

thread_local std::size_t number_of_this_worker = 0;

} // namespace

std::size_t detail::worker_number() noexcept {
    return number_of_this_worker;
}

worker::worker(const shared& with, std::size_t number, std::vector<unique_fd> listening,
               access_log::buffer* log, std::function<void()> ended)
    : with_(with),
      number_(number),
      listening_(std::move(listening)),
      log_(log),
      ended_(std::move(ended)) {}

worker::means worker::start() {
    std::promise<means> started;
    auto serves_with = started.get_future();
    thread_ = std::thread([this, &started] { run(started); });
    try {
        return serves_with.get();
    } catch (...) {
        thread_.join();
        throw;
    }
}

void worker::run(std::promise<means>& started) {
    number_of_this_worker = number_;
    bool serving = false;
    try {
        auto [backend, why_not_uring] = io::make_backend(with_.options.backend);
        io::context ctx(std::move(backend), &with_.pool);
        state_ = std::make_unique<worker_state>(ctx, with_.what, log_, with_.options.limits);
        state_->probes = with_.probes;
        acceptor_ = std::make_unique<acceptor>(*state_, with_.clients);
        state_->rate = with_.rate;
        state_->share(with_.workers);
        {
            const std::lock_guard lock(mutex_);
            context_ = &ctx;
        }
        serving = true;
        const bool told = with_.what.mounts.empty() || state_->loader.told_of_changes();
        means with{std::string(ctx.backend_name()), why_not_uring, told};
        started.set_value(std::move(with)); // then it is gone
        serve(ctx);
    } catch (...) {
        if (!serving) {
            started.set_exception(std::current_exception());
            return;
        }
        failure_ = text_of(std::current_exception());
    }
    acceptor_.reset();
    state_.reset(); // both after the context, whose end destroys the connections
    ended_();
}

void worker::serve(io::context& ctx) {
    struct end_of_serving {
        worker& self;
        ~end_of_serving() {
            const std::lock_guard lock(self.mutex_);
            self.context_ = nullptr;
            self.acceptor_->close();
        }
    } const ended{*this};

    for (unique_fd& fd : listening_)
        acceptor_->start(std::move(fd));
    while (!run_to_the_end(ctx))
        ;
}

// Asio starts an operation when its coroutine is suspended. If there is no memory for it then,
// nobody can be told: Asio has destroyed the coroutine, with its connection. The others go on.
bool worker::run_to_the_end(io::context& ctx) try {
    ctx.run();
    return true;
} catch (const std::bad_alloc&) {
    try {
        log(log_level::error, "out of memory: a connection was closed");
    } catch (const std::bad_alloc&) { // nor for that
    }
    return false;
}

void worker::forget_files() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr)
        asio::post(context_->get_executor(), [this] { state_->loader.forget(); });
}

void worker::drain() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr)
        asio::post(context_->get_executor(), [this] { acceptor_->drain(); });
}

void worker::stop() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr)
        context_->stop();
}

void worker::join() {
    if (thread_.joinable())
        thread_.join();
}

} // namespace ringlet
