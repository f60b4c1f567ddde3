#include "server/signals.hpp"

#include "support/catch.hpp"

#include <pthread.h>
#include <unistd.h>

namespace ringlet {
namespace {

TEST_CASE("signals that are awaited are taken one after the other") {
    awaited_signals signals;
    CHECK(signals.take() == 0);
    ::kill(::getpid(), SIGTERM);
    ::kill(::getpid(), SIGHUP);
    CHECK(signals.take() == SIGHUP); // the kernel's order
    CHECK(signals.take() == SIGTERM);
    CHECK(signals.take() == 0);
}

// It is pending for a moment before it is delivered, and take() may be reading just then.
TEST_CASE("a signal that is to end the process is not taken by whoever waits for the others") {
    awaited_signals signals;
    signals.end_at_once_on_next();
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    ::kill(::getpid(), SIGTERM);
    CHECK(signals.take() == 0);
    ::kill(::getpid(), SIGHUP);
    CHECK(signals.take() == SIGHUP);
    std::signal(SIGTERM, SIG_IGN); // which throws away the one that is pending
    pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

} // namespace
} // namespace ringlet
