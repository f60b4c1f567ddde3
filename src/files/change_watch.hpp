// Notices when a name in a folder comes to stand for something else (inotify).
#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringlet::files {

/// A path beneath a root, with the root's descriptor before it: "5/a/b.html". Folders end in '/'.
std::string place_of(int root, std::string_view path);

/// For one thread. Looks when it is asked to, so that nothing has to be woken: what was changed
/// before look() is told by it.
///
/// Not noticed is what changes through a mapping into memory, another hard link, or, on file
/// systems that are shared with other machines, from there: those are not watched at all.
class change_watch {
  public:
    /// Where inotify is not to be had, nothing is watched.
    change_watch();

    enum class outcome : std::uint8_t {
        since_before, // what changes was noticed when this was asked for already
        from_now_on,
        not_at_all,
        not_there, // now: it may have been a moment ago, or may be in a moment
    };

    /// Watches the folder of the file `path` beneath `root`, and those above it. A way through
    /// symbolic links is not watched.
    outcome watch(int root, std::string_view path);

    /// There is something to read when something has changed; -1 where nothing is watched. clear()
    /// makes it another use of the number, perhaps.
    int descriptor() const noexcept { return fd_.get(); }
    std::uint64_t use() const noexcept { return use_; }

    /// How many folders have been added so far, by anybody.
    std::uint64_t begun() const noexcept { return begun_; }

    class listener {
      public:
        virtual void file_changed(std::string_view place) = 0;
        virtual void folder_changed(std::string_view place) = 0; // and all that is in it
        virtual void all_changed() = 0;

      protected:
        ~listener() = default;
    };

    /// Tells what has changed since. Costs a system call.
    void look(listener& tell);

    /// Forgets all folders.
    void clear();

  private:
    outcome add(int root, std::string_view folder);
    void tell_one(std::uint32_t mask, int number, std::string_view name, listener& tell);
    void forget(std::string_view folder);

    unique_fd fd_;
    std::uint64_t use_ = 1;
    std::uint64_t begun_ = 0;
    std::map<std::string, int, std::less<>> numbers_; // by folder, those within it behind it
    std::unordered_map<int, std::vector<std::string>> folders_; // one may have several paths
};

} // namespace ringlet::files
