#include "redis/cluster_call.hpp"

#include "redis/cluster_slots.hpp"
#include "redis/node_commands.hpp"

#include <algorithm>
#include <utility>

namespace lastseen::redis {

bool cluster_call::take(const reply& text, std::size_t part) {
  if (!merge(text, part))
    return false;
  parts_[part].state = phase::served;
  --open_;
  return true;
}

void cluster_call::fail(std::size_t part, error why) {
  --open_;
  give_up(part, std::move(why));
}

// An error that passes is told rather than one that does not: what is tried
// again in vain fails with the other one then.
void cluster_call::give_up(std::size_t part, error why) {
  parts_[part].state = phase::failed;
  if (cause_.what.empty()
      || (cause_.code == ec::rejected && why.code != ec::rejected))
    cause_ = std::move(why);
}

void cluster_call::add(std::uint16_t slot) {
  parts_.push_back({slot});
  ++open_;
}

void cluster_call::want_copies(std::size_t part,
                               const std::shared_ptr<connection>& link) {
  auto known = std::ranges::find(written_, link, &written::link);
  if (known == written_.end())
    known = written_.insert(known, {link, {}});
  known->parts.push_back(part);
}

void cluster_call::copied(const std::vector<std::size_t>& parts, copies x,
                          error why) {
  if (x == copies::missing)
    return unconfirmed(std::move(why));
  if (x == copies::unknown)
    for (auto part : parts)
      give_up(part, why);
}

void cluster_call::report(unserved& into) {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (parts_[i].state == phase::failed)
      into.failed.push_back(static_cast<std::uint32_t>(i));
  if (!into.failed.empty())
    into.cause = std::move(cause_);
}

namespace {

class slots_of_keys {
public:
  explicit slots_of_keys(const std::string& prefix)
    : key_{prefix}, prefix_{prefix.size()} {}

  std::uint16_t operator()(std::string_view user) {
    key_.resize(prefix_);
    key_.append(user);
    return key_slot(key_);
  }

private:
  std::string key_;
  std::size_t prefix_;
};

class cluster_write final : public cluster_call {
public:
  cluster_write(const cluster_keys& keys, write_batch batch,
                store::write_handler done, local_time deadline)
    : cluster_call{deadline},
      keys_{keys},
      batch_{std::move(batch)},
      done_{std::move(done)} {
    slots_of_keys slot_of{keys_.prefix};
    for (auto& write : *batch_)
      add(slot_of(write.user));
  }

  std::string_view command() const noexcept override {
    return "EVALSHA";
  }

  void encode(std::string& out, std::string_view sha,
              std::size_t part) const override {
    append_write(out, sha, keys_.prefix, keys_.keep, (*batch_)[part]);
  }

  bool awaited(std::size_t part) const noexcept override {
    return (*batch_)[part].awaited;
  }

  void answer(const clock_sample& clock) override {
    report_.clock = clock;
    report(report_);
    batch_.reset();
    done_(std::move(report_));
  }

  void answer(error why) override {
    done_(std::move(why));
  }

private:
  bool merge(const reply& text, std::size_t) override {
    auto one = parse_write(text);
    if (!one)
      return false;
    server_time_ = one->clock.server;
    report_.changed += one->changed;
    report_.unparsable += one->unparsable;
    report_.expired += one->expired;
    report_.guarded += one->guarded;
    report_.deleted += one->deleted;
    return true;
  }

  void unconfirmed(error why) override {
    report_.unconfirmed = std::move(why);
  }

  const cluster_keys& keys_;
  write_batch batch_;
  store::write_handler done_;
  write_report report_;
};

class cluster_read final : public cluster_call {
public:
  cluster_read(const cluster_keys& keys, user_list users,
               store::read_handler done, local_time deadline)
    : cluster_call{deadline},
      keys_{keys},
      users_{std::move(users)},
      done_{std::move(done)} {
    slots_of_keys slot_of{keys_.prefix};
    for (std::size_t i = 0; i < users_.size(); ++i)
      add(slot_of(users_[i]));
    report_.records.resize(users_.size());
  }

  std::string_view command() const noexcept override {
    return "GET";
  }

  void encode(std::string& out, std::string_view,
              std::size_t part) const override {
    append_get(out, keys_.prefix, users_[part]);
  }

  bool awaited(std::size_t) const noexcept override {
    return false;
  }

  void answer(const clock_sample&) override {
    report(report_);
    users_ = {};
    done_(std::move(report_));
  }

  void answer(error why) override {
    done_(std::move(why));
  }

private:
  bool merge(const reply& text, std::size_t part) override {
    return parse_get(text, part, report_);
  }

  void unconfirmed(error) override {}

  const cluster_keys& keys_;
  user_list users_;
  store::read_handler done_;
  read_report report_;
};

class cluster_exchange final : public cluster_call {
public:
  cluster_exchange(const cluster_keys& keys, std::string id, std::string about,
                   node_registry::handler done, local_time deadline)
    : cluster_call{deadline},
      key_{nodes_key(keys.prefix)},
      id_{std::move(id)},
      about_{std::move(about)},
      done_{std::move(done)} {
    add(key_slot(key_));
  }

  std::string_view command() const noexcept override {
    return "EVAL";
  }

  void encode(std::string& out, std::string_view, std::size_t) const override {
    append_exchange(out, key_, id_, about_);
  }

  bool awaited(std::size_t) const noexcept override {
    return false;
  }

  void answer(const clock_sample&) override {
    unserved failed;
    report(failed);
    if (failed.failed.empty())
      done_(std::move(nodes_));
    else
      done_(std::move(failed.cause));
  }

  void answer(error why) override {
    done_(std::move(why));
  }

private:
  bool merge(const reply& text, std::size_t) override {
    auto nodes = parse_exchange(text);
    if (nodes)
      nodes_ = std::move(*nodes);
    return nodes.has_value();
  }

  void unconfirmed(error) override {}

  std::string key_;
  std::string id_;
  std::string about_;
  node_registry::handler done_;
  std::vector<std::string> nodes_;
};

} // namespace

std::shared_ptr<cluster_call> make_cluster_write(const cluster_keys& keys,
                                                 write_batch batch,
                                                 store::write_handler done,
                                                 local_time deadline) {
  return std::make_shared<cluster_write>(keys, std::move(batch),
                                         std::move(done), deadline);
}

std::shared_ptr<cluster_call> make_cluster_read(const cluster_keys& keys,
                                                user_list users,
                                                store::read_handler done,
                                                local_time deadline) {
  return std::make_shared<cluster_read>(keys, std::move(users), std::move(done),
                                        deadline);
}

std::shared_ptr<cluster_call> make_cluster_exchange(const cluster_keys& keys,
                                                    std::string id,
                                                    std::string about,
                                                    node_registry::handler done,
                                                    local_time deadline) {
  return std::make_shared<cluster_exchange>(
    keys, std::move(id), std::move(about), std::move(done), deadline);
}

} // namespace lastseen::redis
