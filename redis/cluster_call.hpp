#pragma once

#include "redis/connection.hpp"
#include "redis/status_commands.hpp"
#include "redis/wait_replicas.hpp"
#include "status/merge.hpp"
#include "status/node_registry.hpp"
#include "status/store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastseen::redis {

/// What the calls of one store have in common.
struct cluster_keys {
  /// What every key begins with.
  std::string prefix;
  retention keep;
};

/// A batch or a read on its way through a Cluster: one command per user, a
/// *part*, each with a slot of its own; their answers gather here. Knows no
/// node; pure.
class cluster_call {
public:
  explicit cluster_call(local_time deadline) : deadline_{deadline} {}
  virtual ~cluster_call() = default;

  /// The command of every part, a literal.
  virtual std::string_view command() const noexcept = 0;

  /// Appends the command of a part; `sha` names the script at its node.
  virtual void encode(std::string& out, std::string_view sha,
                      std::size_t part) const = 0;

  /// Takes the answer to a part, which is served with it: false when it makes
  /// no sense. REQUIRES: the part is open.
  bool take(const reply& text, std::size_t part);

  /// What the clock of the node showed that gave the last answer taken, in
  /// microseconds; 0: it did not say.
  std::int64_t server_time() const noexcept {
    return server_time_;
  }

  /// Ends a part that cannot be served. REQUIRES: the part is open.
  void fail(std::size_t part, error why);

  /// A part goes on waiting, because of that.
  void put_off(error why) {
    last_cause_ = std::move(why);
  }

  /// Whether copies are wanted of a part, should the store be told to care.
  virtual bool awaited(std::size_t part) const noexcept = 0;

  /// The parts of which copies are wanted, by the connection they went over.
  struct written {
    std::shared_ptr<connection> link;
    std::vector<std::size_t> parts;
  };

  /// A part that was served is to be copied.
  void want_copies(std::size_t part, const std::shared_ptr<connection>& link);

  /// Gives those parts away.
  std::vector<written> take_written() {
    return std::exchange(written_, {});
  }

  /// What became of the copies of some parts.
  void copied(const std::vector<std::size_t>& parts, copies x, error why);

  /// Answers the call. REQUIRES: `done()`. Call once.
  virtual void answer(const clock_sample& clock) = 0;

  /// Answers the call, whatever its parts.
  virtual void answer(error why) = 0;

  std::size_t size() const noexcept {
    return parts_.size();
  }

  std::uint16_t slot(std::size_t part) const noexcept {
    return parts_[part].slot;
  }

  bool open(std::size_t part) const noexcept {
    return parts_[part].state == phase::open;
  }

  /// How often the part was tried, this time included.
  unsigned next_try(std::size_t part) noexcept {
    return ++parts_[part].tries;
  }

  /// Whether no part is open.
  bool done() const noexcept {
    return open_ == 0;
  }

  /// When the parts that are still open fail.
  local_time deadline() const noexcept {
    return deadline_;
  }

  /// Why a part was put off last; empty: none was.
  const error& last_cause() const noexcept {
    return last_cause_;
  }

protected:
  void add(std::uint16_t slot);
  /// Moves what `fail` was told to the report.
  void report(unserved& into);
  /// As `take`; sets `server_time_` if the answer tells.
  virtual bool merge(const reply& text, std::size_t part) = 0;
  virtual void unconfirmed(error why) = 0;

  std::int64_t server_time_ = 0;

private:
  enum class phase : std::uint8_t { open, served, failed };

  struct progress {
    std::uint16_t slot;
    std::uint8_t tries = 0;
    phase state = phase::open;
  };

  void give_up(std::size_t part, error why);

  std::vector<progress> parts_;
  std::vector<written> written_;
  std::size_t open_ = 0;
  local_time deadline_;
  error cause_;
  error last_cause_;
};

/// One EVALSHA per user of a batch.
std::shared_ptr<cluster_call> make_cluster_write(const cluster_keys& keys,
                                                 write_batch batch,
                                                 store::write_handler done,
                                                 local_time deadline);

/// One GET per user.
std::shared_ptr<cluster_call> make_cluster_read(const cluster_keys& keys,
                                                user_list users,
                                                store::read_handler done,
                                                local_time deadline);

/// One EVAL on the key of the nodes.
std::shared_ptr<cluster_call> make_cluster_exchange(const cluster_keys& keys,
                                                    std::string id,
                                                    std::string about,
                                                    node_registry::handler done,
                                                    local_time deadline);

} // namespace lastseen::redis
