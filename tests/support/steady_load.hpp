// Clients that ask on and on, and what becomes of their requests.
#pragma once

#include "support/child_process.hpp"
#include "support/raw_client.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace ringlet::testing {

/// Asks over a kept connection until it is told that this was the last answer. Returns whether it
/// was answered every time, and whether the connection ended then.
inline bool ask_until_told(raw_client& kept, const std::string& target, const std::string& body) {
    return eventually([&] {
        const auto a = kept.send(request_text(target)).read_answer();
        if (!a || !a->complete || a->body != body)
            throw std::runtime_error("a request on a kept connection was lost");
        return a->field("Connection") == "close" && kept.at_end();
    });
}

class steady_load {
  public:
    /// Each client on a thread of its own: `kept` keep their connections for as long as the server
    /// does, `brief` make one for each request. `body` is what `target` has.
    steady_load(std::uint16_t port, std::string target, std::string body, int kept, int brief)
        : port_(port), target_(std::move(target)), body_(std::move(body)) {
        for (int i = 0; i < kept + brief; ++i)
            clients_.emplace_back([this, keeps = i < kept](const std::stop_token& stop) {
                while (!stop.stop_requested())
                    use_connection(stop, keeps);
            });
    }

    /// Waits until `count` more requests have been answered.
    bool wait_for(long count) const {
        const long until = whole_ + count;
        return eventually([&] { return whole_ >= until || failed_ != 0; }) && failed_ == 0;
    }

    void end() { clients_.clear(); }

    long whole() const noexcept { return whole_; }
    long failed() const noexcept { return failed_; }

  private:
    void use_connection(const std::stop_token& stop, bool keeps) {
        try {
            raw_client client(port_);
            const std::string request = request_text(target_, keeps ? "" : "Connection: close\r\n");
            bool closes = false;
            while (!closes && !stop.stop_requested()) {
                const auto a = client.send(request).read_answer();
                const bool well = a && a->complete && a->status == 200 && a->body == body_;
                ++(well ? whole_ : failed_);
                closes = !well || a->field("Connection") == "close";
            }
            if (closes && !client.at_end())
                ++failed_;
        } catch (const std::exception&) { // refused, reset
            ++failed_;
        }
    }

    const std::uint16_t port_;
    const std::string target_, body_;
    std::atomic<long> whole_{0}, failed_{0};
    std::vector<std::jthread> clients_;
};

} // namespace ringlet::testing
