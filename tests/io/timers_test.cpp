#include "io/timers.hpp"
#include "support/catch.hpp"

#include <memory>
#include <vector>

using namespace ringlet::io;
using namespace std::chrono_literals;

namespace {

const clock::time_point zero{};

struct noted : deadline {
    noted(std::vector<int>& o, int n) : deadline(&expired), order(o), number(n) {}
    static void expired(deadline& d) {
        auto& self = static_cast<noted&>(d);
        CHECK_FALSE(self.armed());
        self.order.push_back(self.number);
    }
    std::vector<int>& order;
    int number;
};

struct noted_task : task {
    noted_task() : task([](task&, bool) {}) {}
};

} // namespace

TEST_CASE("deadlines of one length expire in the order of arming, not before their time") {
    timers set;
    deadline_queue queue(set, 10ms);
    std::vector<int> order;
    task_list ready;
    noted a(order, 1);
    noted b(order, 2);
    CHECK(set.until_next(zero) == std::nullopt);
    queue.arm(a, zero);
    queue.arm(b, zero + 5ms);
    CHECK(set.until_next(zero) == 10ms);
    set.expire(zero + 9ms, ready);
    CHECK(order.empty());
    set.expire(zero + 10ms, ready);
    CHECK(order == std::vector<int>{1});
    CHECK(set.until_next(zero + 10ms) == 5ms);
    CHECK(set.until_next(zero + 1h) == 0ms);
    set.expire(zero + 1h, ready);
    CHECK(order == std::vector<int>{1, 2});
    CHECK(set.until_next(zero + 1h) == std::nullopt);
}

TEST_CASE("queues of several lengths: the earliest counts") {
    timers set;
    deadline_queue slow(set, 60s);
    deadline_queue quick(set, 5s);
    std::vector<int> order;
    task_list ready;
    noted a(order, 1);
    noted b(order, 2);
    slow.arm(a, zero);
    quick.arm(b, zero + 1s);
    CHECK(set.until_next(zero) == 6s);
    set.expire(zero + 6s, ready);
    CHECK(order == std::vector<int>{2});
    CHECK(set.until_next(zero) == 60s);
}

TEST_CASE("a disarmed deadline does not expire, one armed again expires at its new time") {
    timers set;
    deadline_queue queue(set, 10ms);
    std::vector<int> order;
    task_list ready;
    noted a(order, 1);
    noted b(order, 2);
    queue.arm(a, zero);
    queue.arm(b, zero);
    a.disarm();
    CHECK_FALSE(a.armed());
    queue.arm(b, zero + 7ms);
    set.expire(zero + 10ms, ready);
    CHECK(order.empty());
    queue.arm(a, zero + 8ms);
    set.expire(zero + 30ms, ready);
    CHECK(order == std::vector<int>{2, 1});
}

TEST_CASE("a deadline moves from one queue to another") {
    timers set;
    deadline_queue first(set, 10ms);
    deadline_queue second(set, 1h);
    std::vector<int> order;
    task_list ready;
    noted a(order, 1);
    first.arm(a, zero);
    second.arm(a, zero);
    set.expire(zero + 10ms, ready);
    CHECK(order.empty());
    CHECK(a.armed());
}

TEST_CASE("a destroyed deadline is forgotten") {
    timers set;
    deadline_queue queue(set, 10ms);
    std::vector<int> order;
    task_list ready;
    {
        noted a(order, 1);
        queue.arm(a, zero);
    }
    CHECK(set.until_next(zero) == 10ms); // the loop wakes in vain, once
    set.expire(zero + 10ms, ready);
    CHECK(order.empty());
    CHECK(set.until_next(zero + 10ms) == std::nullopt);
}

TEST_CASE("a deadline may arm itself and disarm others when it expires") {
    struct busy : deadline {
        busy(deadline_queue& q, deadline& v) : deadline(&expired), queue(q), victim(v) {}
        static void expired(deadline& d) {
            auto& self = static_cast<busy&>(d);
            ++self.times;
            self.victim.disarm();
            self.queue.arm(self, zero + 10ms);
        }
        deadline_queue& queue;
        deadline& victim;
        int times = 0;
    };
    timers set;
    deadline_queue queue(set, 10ms);
    std::vector<int> order;
    task_list ready;
    noted victim(order, 1);
    busy b(queue, victim);
    queue.arm(b, zero);
    queue.arm(victim, zero);
    set.expire(zero + 10ms, ready);
    CHECK(b.times == 1);
    CHECK(order.empty());
    CHECK(b.armed());
}

TEST_CASE("sleepers wake in the order of their times") {
    timers set;
    noted_task first;
    noted_task second;
    noted_task third;
    sleeper c(zero + 3ms, third);
    sleeper a(zero + 1ms, first);
    sleeper b(zero + 2ms, second);
    set.add(c);
    set.add(a);
    set.add(b);
    task_list ready;
    CHECK(set.until_next(zero) == 1ms);
    set.expire(zero + 2ms, ready);
    CHECK(&ready.pop() == &first);
    CHECK(&ready.pop() == &second);
    CHECK(ready.empty());
    CHECK_FALSE(set.remove(a));
    CHECK(set.remove(c));
    CHECK_FALSE(set.remove(c));
    set.expire(zero + 1h, ready);
    CHECK(ready.empty());
    CHECK(set.until_next(zero + 1h) == std::nullopt);
}

TEST_CASE("a time beyond the end of time is the end of time") {
    CHECK(later(clock::now(), clock::duration::max()) == clock::time_point::max());
    CHECK(later(zero, 1s) == zero + 1s);
    CHECK(later(zero + 5s, -1s) == zero + 4s);
}
