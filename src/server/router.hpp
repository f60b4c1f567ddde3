// Which handler a path belongs to.
#pragma once

#include "ringlet/server.hpp"

#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

/// Name and value; views into the route and the path.
using path_params =
    boost::container::small_vector<std::pair<std::string_view, std::string_view>, 4>;

/// Filled once, then only read, by any number of threads.
class router {
  public:
    /// Throws std::invalid_argument with one line that names the pattern.
    void add(std::string pattern, handler h);

    bool empty() const noexcept { return routes_.empty(); }

    /// The handler for `path`, or nullptr. At each segment a literal wins over a name, whatever the
    /// order of add().
    const handler* find(std::string_view path, path_params& params) const;

  private:
    struct segment {
        std::string text; // literal, or the name
        bool is_name = false;
    };
    struct route {
        std::string pattern;
        std::vector<segment> segments;
        handler call;
    };

    static std::vector<segment> parse(const std::string& pattern);
    static bool same_shape(const route& a, const route& b) noexcept;
    static bool goes_before(const route& a, const route& b) noexcept;
    static bool matches(const route& r, std::string_view path, path_params& params);

    std::vector<route> routes_; // the first that matches is the one
};

} // namespace ringlet
