#include "io/timers.hpp"

#include <algorithm>

namespace ringlet::io {

deadline_queue::deadline_queue(timers& set, clock::duration length) : set_(set), length_(length) {
    set.queues_.push_back(*this);
}

clock::time_point deadline_queue::next() const noexcept {
    return waiting_.empty() ? clock::time_point::max() : waiting_.front().at_;
}

void deadline_queue::expire(clock::time_point now) {
    while (!waiting_.empty() && waiting_.front().at_ <= now) {
        deadline& d = waiting_.front();
        waiting_.pop_front();
        d.expired_(d);
    }
}

bool timers::remove(sleeper& s) noexcept {
    if (!s.is_linked())
        return false;
    sleepers_.erase(sleepers_.iterator_to(s));
    return true;
}

std::optional<clock::duration> timers::until_next(clock::time_point now) const noexcept {
    if (first_ == clock::time_point::max())
        return std::nullopt;
    return std::max(first_ - now, clock::duration::zero());
}

void timers::expire(clock::time_point now, task_list& ready) {
    if (now < first_)
        return;
    first_ = clock::time_point::max(); // whoever expires may arm again
    for (deadline_queue& q : queues_)
        q.expire(now);
    wake(now, ready);
    for (const deadline_queue& q : queues_)
        notice(q.next());
    if (!sleepers_.empty())
        notice(sleepers_.begin()->at);
}

void timers::wake_all(task_list& ready) noexcept {
    wake(clock::time_point::max(), ready);
}

void timers::wake(clock::time_point now, task_list& ready) noexcept {
    while (!sleepers_.empty() && sleepers_.begin()->at <= now) {
        task& t = sleepers_.begin()->wakes;
        sleepers_.erase(sleepers_.begin());
        ready.push(t);
    }
}

} // namespace ringlet::io
