#include "base/intrusive_list.hpp"
#include "support/catch.hpp"

#include <memory>
#include <vector>

namespace {

struct element : ringlet::list_hook {
    explicit element(int v) : value(v) {}
    int value;
};

std::vector<int> values(const ringlet::intrusive_list<element>& list) {
    std::vector<int> all;
    for (const element& e : list)
        all.push_back(e.value);
    return all;
}

} // namespace

TEST_CASE("a list keeps the order of its elements") {
    element one(1);
    element two(2);
    element three(3);
    ringlet::intrusive_list<element> list;
    list.push_back(two);
    list.push_back(three);
    list.push_front(one);
    CHECK(values(list) == std::vector<int>{1, 2, 3});
}

TEST_CASE("an element leaves the list when it is destroyed") {
    ringlet::intrusive_list<element> list;
    element one(1);
    list.push_back(one);
    auto two = std::make_unique<element>(2);
    list.push_back(*two);
    two.reset();
    CHECK(values(list) == std::vector<int>{1});
}

TEST_CASE("an element can be taken out from anywhere, and be put in again") {
    element one(1);
    element two(2);
    ringlet::intrusive_list<element> list;
    list.push_back(one);
    list.push_back(two);
    one.unlink();
    CHECK_FALSE(one.is_linked());
    list.push_back(one);
    CHECK(values(list) == std::vector<int>{2, 1});
}

TEST_CASE("elements outlive their list") {
    element one(1);
    {
        ringlet::intrusive_list<element> list;
        list.push_back(one);
    }
    CHECK_FALSE(one.is_linked());
}
