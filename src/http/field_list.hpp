// The field lines of a request head, kept small.
#pragma once

#include "http/types.hpp"
#include "ringlet/limits.hpp"

#include <boost/container/small_vector.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>

namespace ringlet::http {

/// One field line. `value` has no surrounding white space.
struct field_view {
    field_id id = field_id::unknown;
    std::string_view name;
    std::string_view value;
};

/// Field lines in order, as places in the bytes of one head, which must outlive the list. A place
/// takes 10 bytes where a field_view takes 40, and 64 of them fit without allocating. A range of
/// field_view, made as it is read: iterators give values, not references.
class field_list {
  public:
    class iterator;

    field_list() = default;

    /// Empty, for fields that lie at `base` and in the 64 KiB behind it.
    explicit field_list(const char* base) noexcept : base_(base) {}

    /// Empties the list; what is added from now on lies at or behind `base`.
    void clear(const char* base) noexcept {
        base_ = base;
        ids_ = 0;
        places_.clear();
    }

    /// How many there may be is for the caller to bound (server_limits::head_fields).
    void push_back(const field_view& f) {
        ids_ |= bit(f.id);
        places_.push_back(
            {f.id, offset(f.name), narrow(f.name.size()), offset(f.value), narrow(f.value.size())});
    }

    std::size_t size() const noexcept { return places_.size(); }
    bool empty() const noexcept { return places_.empty(); }

    /// If false, there is none of that id: most are looked for in vain.
    bool may_have(field_id id) const noexcept { return (ids_ & bit(id)) != 0; }

    field_view operator[](std::size_t i) const noexcept {
        assert(i < size());
        return view(places_[i]);
    }

    iterator begin() const noexcept;
    iterator end() const noexcept;

  private:
    struct place {
        field_id id;
        std::uint16_t name_at, name_size, value_at, value_size;
    };
    static_assert(limits::head_bytes_most <= std::numeric_limits<std::uint16_t>::max());

    static constexpr std::uint64_t bit(field_id id) noexcept {
        return std::uint64_t{1} << static_cast<unsigned>(id) % 64;
    }
    static std::uint16_t narrow(std::size_t n) noexcept {
        assert(n <= std::numeric_limits<std::uint16_t>::max());
        return static_cast<std::uint16_t>(n);
    }
    std::uint16_t offset(std::string_view part) const noexcept {
        return narrow(static_cast<std::size_t>(part.data() - base_));
    }
    field_view view(const place& p) const noexcept {
        return {p.id, {base_ + p.name_at, p.name_size}, {base_ + p.value_at, p.value_size}};
    }

    static constexpr std::size_t inline_fields = 64; // browsers send 12 to 20, behind proxies more

    const char* base_ = nullptr;
    std::uint64_t ids_ = 0;
    boost::container::small_vector<place, inline_fields> places_;
};

class field_list::iterator {
  public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag; // no more, for it yields no references
    using value_type = field_view;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = field_view;

    iterator() = default;

    field_view operator*() const noexcept { return list_->view(*at_); }
    iterator& operator++() noexcept {
        ++at_;
        return *this;
    }
    iterator operator++(int) noexcept {
        const iterator before = *this;
        ++at_;
        return before;
    }
    friend bool operator==(const iterator&, const iterator&) = default;

  private:
    friend field_list;
    iterator(const field_list& list, const place* at) noexcept : list_(&list), at_(at) {}

    const field_list* list_ = nullptr;
    const place* at_ = nullptr;
};

inline field_list::iterator field_list::begin() const noexcept {
    return {*this, places_.data()};
}
inline field_list::iterator field_list::end() const noexcept {
    return {*this, places_.data() + places_.size()};
}

} // namespace ringlet::http
