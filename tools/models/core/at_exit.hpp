// What is to be done at the end of a scope, however it ends.
#pragma once

#include <utility>

namespace ringlet::models {

template <class Work>
class at_exit {
  public:
    explicit at_exit(Work work) : work_(std::move(work)) {}
    at_exit(const at_exit&) = delete;
    at_exit& operator=(const at_exit&) = delete;
    ~at_exit() { work_(); }

  private:
    Work work_;
};

} // namespace ringlet::models
