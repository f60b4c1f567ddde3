// A generator without values, as in languages that had generators before they had coroutines: a
// function that can stop in its middle, and is gone on with by whoever has it.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace ringlet::models {

class resumable {
  public:
    struct promise_type {
        resumable get_return_object() {
            return resumable(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        std::suspend_always final_suspend() const noexcept { return {}; }
        std::suspend_always yield_value(std::nullptr_t) const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const { throw; }
    };

    resumable(resumable&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    resumable& operator=(resumable&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~resumable() {
        if (frame_)
            frame_.destroy();
    }

    /// On to its next `co_yield nullptr`; false when there is none.
    bool resume() {
        frame_.resume();
        return !frame_.done();
    }

  private:
    explicit resumable(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

    std::coroutine_handle<promise_type> frame_;
};

} // namespace ringlet::models
