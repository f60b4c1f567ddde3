#include "server/memory_limit.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace ringlet;

namespace {

class fake_system {
  public:
    void write(const std::string& name, const std::string& text) {
        std::filesystem::create_directories((folder_.path() / name).parent_path());
        folder_.write(name, text);
    }
    std::uint64_t memory() const { return memory_of_process(folder_.path()); }

  private:
    testing::temporary_folder folder_;
};

} // namespace

TEST_CASE("without a control group the memory is the machine's") {
    CHECK(fake_system().memory() > 1'000'000);
    CHECK(memory_of_process() <= fake_system().memory());
}

TEST_CASE("the least limit of a control group and those that it is in counts") {
    fake_system s;
    s.write("proc/self/cgroup", "0::/a/b\n");
    s.write("sys/fs/cgroup/a/b/memory.max", "max\n");
    CHECK(s.memory() == fake_system().memory());
    s.write("sys/fs/cgroup/a/b/memory.max", "3000\n");
    CHECK(s.memory() == 3000);
    s.write("sys/fs/cgroup/a/memory.max", "2000\n");
    CHECK(s.memory() == 2000);
}

TEST_CASE("in a container the limit is at the root of what can be seen") {
    fake_system s;
    s.write("proc/self/cgroup", "0::/\n");
    s.write("sys/fs/cgroup/memory.max", "4000\n");
    CHECK(s.memory() == 4000);
    fake_system elsewhere;
    elsewhere.write("proc/self/cgroup", "0::/../outside\n");
    elsewhere.write("sys/fs/cgroup/memory.max", "5000\n");
    CHECK(elsewhere.memory() == 5000);
}

TEST_CASE("control groups of the first version have limits, too") {
    fake_system s;
    s.write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n0::/\n");
    s.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "6000\n");
    s.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    CHECK(s.memory() == 6000);
}
