// A doubly linked list through members of its elements: no allocation, O(1) removal of any element.
#pragma once

#include <boost/intrusive/list.hpp>

namespace ringlet {

/// Base of an element. Unlinks itself when it is destroyed, so a list never holds a dead element.
using list_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// The list does not own its elements.
template <class T>
using intrusive_list = boost::intrusive::list<T, boost::intrusive::constant_time_size<false>>;

} // namespace ringlet
