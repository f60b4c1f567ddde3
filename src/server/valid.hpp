// What the program's functions return when they are no coroutines.
#pragma once

#include "ringlet/awaitable.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace ringlet {

/// `a`, unless there is no coroutine behind it (`return {};`): awaiting that would crash. Throws
/// std::logic_error that names `whose` it is.
template <class T>
awaitable<T> valid(awaitable<T> a, const char* whose) {
    if (!a.valid())
        throw std::logic_error(std::string(whose) + " returned an empty awaitable");
    return a;
}

} // namespace ringlet
