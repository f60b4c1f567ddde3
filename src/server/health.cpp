#include "server/health.hpp"

#include "server/nowhere.hpp"

namespace ringlet {

bool answer_health(const health& state, request::data& asked, response& answer) {
    const bool alive = asked.path == "/-/healthz";
    if (!alive && asked.path != "/-/readyz")
        return false;
    if (asked.head.method != http::verb::get && asked.head.method != http::verb::head) {
        answer = answer_other_method(asked, allowed_for_files);
    } else {
        const bool well = alive || state.ready.load(std::memory_order_relaxed);
        answer = text(well ? "ok\n" : "ending\n");
        answer.status = well ? 200 : 503;
    }
    answer.set("Cache-Control", "no-store");
    return true;
}

} // namespace ringlet
