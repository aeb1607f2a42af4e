#include "redis/cluster_nodes.hpp"
#include "redis/command.hpp"
#include "redis/server_error.hpp"

#include <algorithm>
#include <utility>

// The slot map: when it is asked for, and what follows from it.

namespace lastseen::redis {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds period{10'000};
constexpr milliseconds shortest_gap{100};
constexpr milliseconds longest_gap{500};
constexpr milliseconds short_trouble{30'000};
constexpr milliseconds idle_tick{1'000};
// A node that does not tell the map by then is not waited for.
constexpr milliseconds map_timeout{500};
constexpr milliseconds stay{5'000};

} // namespace

bool cluster_nodes::troubled(local_time now) const {
  return !mapped_ || incomplete_since_
         || std::ranges::any_of(nodes_, [&](auto& x) {
              auto& node = *x.second;
              return node.master && (!node.up || node.silent(map_timeout, now));
            });
}

milliseconds cluster_nodes::gap(local_time now) const {
  auto lasting = troubled_since_ && now - *troubled_since_ > short_trouble;
  return lasting ? longest_gap : shortest_gap;
}

void cluster_nodes::arm(milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait(
    [self = shared_from_this()](const boost::system::error_code& failed) {
      if (!failed && !self->closed_)
        self->tick();
    });
}

void cluster_nodes::tick() {
  auto now = boot_clock::now();
  auto trouble = troubled(now);
  if (!trouble)
    troubled_since_.reset();
  else if (!troubled_since_)
    troubled_since_ = now;
  if (asking_ && now - asked_at_ >= map_timeout)
    asking_ = false;
  if (!asking_ && (wanted_ || trouble || now - asked_at_ >= period))
    refresh();
  if (now - looked_at_ >= period)
    look_at_clocks([] {});
  arm(asking_ || wanted_ || trouble ? gap(now) : idle_tick);
}

void cluster_nodes::refresh_soon() {
  if (closed_ || wanted_)
    return;
  auto now = boot_clock::now();
  auto since = std::chrono::floor<milliseconds>(now - asked_at_);
  if (!asking_ && since >= gap(now))
    return refresh();
  wanted_ = true;
  arm(std::max(gap(now) - since, 1ms));
}

void cluster_nodes::refresh() {
  auto now = boot_clock::now();
  std::vector<cluster_node*> able;
  for (auto& [where, node] : nodes_) {
    if (node->up && !node->silent(map_timeout, now))
      able.push_back(node.get());
  }
  asked_at_ = now;
  if (able.empty())
    return explore();
  wanted_ = false;
  asking_ = true;
  auto* node = able[turn_++ % able.size()];
  node->link->send(
    "CLUSTER SLOTS",
    [](std::string& out) {
      append_command(out, {"CLUSTER", "SLOTS"});
    },
    [self = shared_from_this(), node,
     number = ++question_](const result<answer>& x) {
      if (self->closed_ || number != self->question_)
        return;
      self->asking_ = false;
      self->take(*node, x);
    });
}

void cluster_nodes::take(cluster_node& asked, const result<answer>& x) {
  constexpr std::string_view command = "CLUSTER SLOTS";
  if (!x)
    return;
  auto head = (*x->text)[0];
  if (head.type == kind::error) {
    cause_ = asked.link->failure(meaning(head.text), command, head.text);
    return announce();
  }
  auto ranges = parse_slots(*x->text, asked.host());
  if (!ranges)
    return asked.link->drop(command, "unexpected reply");
  if (ranges->empty())
    cause_ = asked.link->failure(ec::not_ready, command, "no slot is assigned");
  adopt(*ranges);
}

void cluster_nodes::adopt(const std::vector<slot_range>& ranges) {
  slots_.fill(nullptr);
  known_.clear();
  for (auto& [where, node] : nodes_)
    node->master = false;
  std::size_t served = 0;
  for (auto& range : ranges) {
    auto& node = add(range.master);
    node.master = true;
    std::fill(slots_.begin() + range.first, slots_.begin() + range.last + 1,
              &node);
    served += range.last - range.first + 1U;
    known_.push_back(range.master);
    known_.insert(known_.end(), range.replicas.begin(), range.replicas.end());
  }
  std::sort(known_.begin(), known_.end());
  known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
  mapped_ = !ranges.empty();
  if (served == slot_count)
    incomplete_since_.reset();
  else if (!incomplete_since_)
    incomplete_since_ = boot_clock::now();
  if (mapped_)
    close_strangers();
  announce();
}

// Their calls fail and look for the new masters, so the map is complete before.
void cluster_nodes::close_strangers() {
  auto now = boot_clock::now();
  std::vector<std::unique_ptr<cluster_node>> gone;
  for (auto i = nodes_.begin(); i != nodes_.end();) {
    auto& node = *i->second;
    if (node.master) {
      ++i;
      continue;
    }
    node.announced = false;
    if (now - node.named < stay) {
      ++i;
      continue;
    }
    gone.push_back(std::move(i->second));
    i = nodes_.erase(i);
  }
  for (auto& node : gone)
    node->link->close();
}

} // namespace lastseen::redis
