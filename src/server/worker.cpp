#include "server/worker.hpp"

#include "io/make_backend.hpp"
#include "io/sleep.hpp"
#include "server/listen.hpp"
#include "server/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace ringlet {

namespace asio = boost::asio;

namespace {

// After an accept failed for want of descriptors or memory: time for some to come back.
constexpr auto accept_pause = std::chrono::milliseconds(100);

// Between two lines of the log about connections that were turned away.
constexpr auto turned_away_pause = std::chrono::seconds(10);

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

worker::backend_info worker::start() {
    std::promise<backend_info> started;
    auto backend = started.get_future();
    thread_ = std::thread([this, &started] { run(started); });
    try {
        return backend.get();
    } catch (...) {
        thread_.join();
        throw;
    }
}

void worker::run(std::promise<backend_info>& started) {
    number_of_this_worker = number_;
    bool serving = false;
    try {
        auto [backend, why_not_uring] = io::make_backend(with_.options.backend);
        io::context ctx(std::move(backend), &with_.pool);
        state_ = std::make_unique<worker_state>(ctx, with_.what, log_, with_.options.limits);
        {
            const std::lock_guard lock(mutex_);
            context_ = &ctx;
        }
        serving = true;
        started.set_value({std::string(ctx.backend_name()), why_not_uring}); // then it is gone
        serve(ctx);
    } catch (...) {
        if (!serving) {
            started.set_exception(std::current_exception());
            return;
        }
        failure_ = text_of(std::current_exception());
    }
    state_.reset(); // after the context, whose end destroys the connections
    ended_();
}

void worker::serve(io::context& ctx) {
    struct end_of_serving {
        worker& self;
        ~end_of_serving() {
            const std::lock_guard lock(self.mutex_);
            self.context_ = nullptr;
            self.listeners_.clear();
        }
    } const ended{*this};

    for (unique_fd& fd : listening_) {
        listeners_.push_back(std::make_unique<io::listener>(ctx, std::move(fd)));
        asio::co_spawn(ctx.get_executor(), accept_all(*listeners_.back()),
                       [](std::exception_ptr thrown) {
                           if (thrown) // out of run(): a worker that cannot accept is of no use
                               std::rethrow_exception(std::move(thrown));
                       });
    }
    ctx.run();
}

asio::awaitable<void> worker::accept_all(io::listener& from) {
    for (;;) {
        auto accepting = from.accept();
        auto [failed, fd] = co_await std::move(accepting);
        if (failed == asio::error::operation_aborted) {
            from.close(); // clients are refused at once, and another server can take the port
            co_return;
        }
        const std::string problem = failed ? failed.message() : add_connection(std::move(fd));
        if (problem.empty())
            continue;
        log(log_level::warning, "cannot accept: " + problem);
        auto pausing = io::async_sleep(state_->ctx, accept_pause, asio::as_tuple(asio::deferred));
        co_await std::move(pausing);
    }
}

// Gives what is wrong, or nothing.
std::string worker::add_connection(unique_fd fd) try {
    admission::ticket ticket(with_.clients, client_of(peer_of(fd.get())));
    if (ticket.verdict() != admission::verdict::admitted)
        count_turned_away();
    if (ticket.verdict() == admission::verdict::too_many_refused)
        return {};
    auto owned = std::make_unique<connection>(*state_, std::move(fd), std::move(ticket));
    connections_.push_back(*owned);
    connection::start(std::move(owned));
    return {};
} catch (const std::exception& e) {
    return e.what(); // no memory: the next one may have better luck
}

void worker::count_turned_away() {
    ++turned_away_;
    if (state_->ctx.now() < log_next_)
        return;
    log(log_level::warning, "too many connections, in all or of one client; turned away: " +
                                std::to_string(std::exchange(turned_away_, 0)));
    log_next_ = state_->ctx.now() + turned_away_pause;
}

void worker::drain() {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr)
        asio::post(context_->get_executor(), [this] { begin_draining(); });
}

void worker::begin_draining() {
    state_->draining = true;
    for (const auto& l : listeners_)
        l->stop();
    for (connection& c : connections_)
        c.drain();
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
