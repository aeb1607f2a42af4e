#include "status/merge.hpp"

#include <algorithm>

namespace lastseen {

namespace {

// Drops the fields for which `old` holds.
template <class Predicate>
bool drop_fields(record& x, Predicate old) {
  auto dropped = false;
  auto drop = [&](stamp& field) {
    if (field == 0 || !old(field))
      return false;
    field = 0;
    dropped = true;
    return true;
  };
  drop(x.active);
  drop(x.online);
  if (drop(x.changed))
    x.state.clear();
  return dropped;
}

void forget_past_guard(record& x, stamp now, stamp guard) {
  if (x.deleted != 0 && now - x.deleted >= guard)
    x.deleted = 0;
  if (x.changed != 0 && x.state.empty() && now - x.changed >= guard)
    x.changed = 0;
}

} // namespace

merged merge(const std::optional<record>& stored, record update, stamp now,
             const retention& keep) {
  merged out;
  auto expire = static_cast<stamp>(keep.expire_interval.count());
  auto guard = static_cast<stamp>(keep.delete_guard.count());
  for (auto* field :
       {&update.active, &update.online, &update.deleted, &update.changed})
    *field = std::min(*field, now);
  out.expired = drop_fields(update, [=](stamp x) { return now - x >= expire; });
  if (stored) {
    out.value = *stored;
    auto too_late = [&](stamp x) { return x != 0 && x <= stored->deleted; };
    out.deleted = too_late(update.active) || too_late(update.online)
                  || too_late(update.changed);
  } else {
    out.guarded =
      drop_fields(update, [=](stamp x) { return now - x >= guard; });
  }
  if (!join(out.value, update))
    return out;
  forget_past_guard(out.value, now, guard);
  auto last = newest(out.value);
  out.expires_at = last != 0 ? last + expire : out.value.deleted + guard;
  if (out.expires_at > now)
    out.action = merge_action::put;
  else
    out.action = stored ? merge_action::erase : merge_action::keep;
  return out;
}

} // namespace lastseen
