// Time: deadlines of one length each in FIFO order (O(1)), and sleepers of any length in a tree
// (O(log n)).
#pragma once

#include "base/intrusive_list.hpp"
#include "io/backend.hpp"

#include <boost/intrusive/set.hpp>

#include <algorithm>
#include <optional>

namespace ringlet::io {

class deadline_queue;

/// A moment after which something is given up. Disarms itself when it is destroyed.
class deadline : public list_hook {
  public:
    /// `expired` is called on the context's thread, from its loop. The deadline is disarmed by
    /// then.
    using expired_fn = void (*)(deadline&);
    explicit deadline(expired_fn expired) noexcept : expired_(expired) {}

    void disarm() noexcept { unlink(); }
    bool armed() const noexcept { return is_linked(); }

  private:
    friend class deadline_queue;
    expired_fn expired_;
    clock::time_point at_;
};

/// `length` after `from`; the end of time if that is beyond it.
inline clock::time_point later(clock::time_point from, clock::duration length) noexcept {
    return length < clock::time_point::max() - from ? from + length : clock::time_point::max();
}

class timers;

/// All deadlines of one length. Because the length is the same, the order of arming is the order of
/// expiry.
class deadline_queue : public list_hook {
  public:
    deadline_queue(timers& set, clock::duration length);

    clock::duration length() const noexcept { return length_; }

    /// Expires `d` in length() from `now`, whatever it was armed to before.
    void arm(deadline& d, clock::time_point now) noexcept;

  private:
    friend class timers;
    clock::time_point next() const noexcept;
    void expire(clock::time_point now);

    timers& set_;
    clock::duration length_;
    intrusive_list<deadline> waiting_;
};

/// Something to be run at a point in time. Owned by whoever added it.
struct sleeper
    : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::safe_link>> {
    sleeper(clock::time_point t, task& w) noexcept : at(t), wakes(w) {}
    clock::time_point at;
    task& wakes;
    bool operator<(const sleeper& other) const noexcept { return at < other.at; }
};

/// All that a context waits for in time.
class timers {
  public:
    void add(sleeper& s) noexcept {
        sleepers_.insert(s);
        notice(s.at);
    }

    /// Takes `s` out; false if its time had come already.
    bool remove(sleeper& s) noexcept;

    /// How long the loop may wait; nullopt for ever. Too short, once, after a deadline was
    /// disarmed: to know better, those that come first would have to be fetched into the cache in
    /// each turn.
    std::optional<clock::duration> until_next(clock::time_point now) const noexcept;

    /// Runs the deadlines that have passed and moves the tasks of the sleepers whose time has come
    /// to `ready`.
    void expire(clock::time_point now, task_list& ready);

    /// Moves all sleepers' tasks to `ready`, whatever the time, and leaves the deadlines alone.
    void wake_all(task_list& ready) noexcept;

  private:
    friend class deadline_queue;
    void notice(clock::time_point at) noexcept { first_ = std::min(first_, at); }
    void wake(clock::time_point now, task_list& ready) noexcept;

    intrusive_list<deadline_queue> queues_;
    boost::intrusive::multiset<sleeper> sleepers_;
    clock::time_point first_ = clock::time_point::max(); // nothing is due before
};

inline void deadline_queue::arm(deadline& d, clock::time_point now) noexcept {
    d.unlink();
    d.at_ = later(now, length_);
    waiting_.push_back(d);
    set_.notice(d.at_);
}

} // namespace ringlet::io
