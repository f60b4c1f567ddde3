// A connection that never waits, without a loop around it.
#include "models/core/peer.hpp"
#include "models/model.hpp"

namespace ringlet::testing {
namespace {

models::settings settings_for(const model_site& site) {
    models::settings to;
    to.model = "test";
    to.folder = site.path().string();
    to.port = 0;
    return to;
}

std::uint16_t port_of(const models::service& here) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(here.listener(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
}

} // namespace

TEST_CASE("a client that has sent much ahead is not served to the end in one turn", "[once]") {
    using models::peer;
    const model_site site;
    const models::service here(settings_for(site), models::sockets::nonblocking);
    std::string requests;
    for (int i = 0; i < 100; ++i)
        requests += request_text("/one.txt");
    for (const peer::reach how_far :
         {peer::reach::one_receive, peer::reach::until_it_would_block}) {
        raw_client client(port_of(here));
        client.send(requests);
        unique_fd accepted;
        REQUIRE(eventually([&] { return accepted || (accepted = here.accept()); }));
        peer served(std::move(accepted), here);
        REQUIRE(eventually([&] { return served.advance(how_far) == models::step::send; }));
        int turns = 1;
        for (models::step waits = models::step::send; waits != models::step::receive; ++turns) {
            CHECK(served.until() <= models::steady_clock::now()); // it asks for another turn
            waits = served.advance(how_far);
            REQUIRE(waits != models::step::close);
        }
        CHECK(turns > 5);
        for (int i = 0; i < 100; ++i) {
            const auto a = client.read_answer();
            REQUIRE(a);
            CHECK(a->body == site["one.txt"]);
        }
    }
}

} // namespace ringlet::testing
