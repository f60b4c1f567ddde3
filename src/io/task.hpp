// What the scheduler runs: a node of its ready list.
#pragma once

#include <utility>

namespace ringlet::io {

/// `finish` is called once for each time the task was made ready, on the context's thread. With
/// `invoke` it completes; without, the context is being destroyed and the task only frees what it
/// owns.
struct task {
    using finish_fn = void (*)(task&, bool invoke);

    explicit task(finish_fn f) noexcept : finish(f) {}
    task(const task&) = delete;
    task& operator=(const task&) = delete;

    finish_fn finish;
    task* next = nullptr; // owned by the list that the task is in
};

/// First in, first out, through the tasks themselves: pushing cannot fail.
class task_list {
  public:
    bool empty() const noexcept { return head_ == nullptr; }

    void push(task& t) noexcept {
        t.next = nullptr;
        *tail_ = &t;
        tail_ = &t.next;
    }

    task& pop() noexcept {
        task& t = *head_;
        head_ = t.next;
        if (head_ == nullptr)
            tail_ = &head_;
        return t;
    }

    /// Takes all tasks out of `other`.
    void splice(task_list& other) noexcept {
        if (other.empty())
            return;
        *tail_ = other.head_;
        tail_ = other.tail_;
        other.head_ = nullptr;
        other.tail_ = &other.head_;
    }

    task_list() noexcept = default;
    task_list(const task_list&) = delete;
    task_list& operator=(const task_list&) = delete;

  private:
    task* head_ = nullptr;
    task** tail_ = &head_;
};

} // namespace ringlet::io
