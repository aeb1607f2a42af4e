#pragma once

#include "actors/messages.hpp"
#include "actors/typed.hpp"

/// Every actor's interface: the page to read first.
namespace lastseen {

/// Gets what one client connection is answered. Pinned to its socket's I/O
/// thread.
using connection_actor = typed<
  // The status actor took an activity in, or could not.
  void(activity_answer),
  // The keys that a token waited for are there, or are not to be had.
  void(keys_atom),
  // INTERNAL: the connection is gone; the actor ends.
  void(caf::close_atom)>;

/// Owns the users of one shard.
using status_actor = typed<
  // A client did something; answered with `activity_answer` to the sender.
  void(activity),
  // A connection showed life.
  void(heartbeat),
  // Reads users; answered with `read_answers` to the API actor.
  void(read_call),
  // Updates or deletes users; answered with `write_answer` to the API actor
  // once the store has acknowledged.
  void(write_call),
  // The store came up or went down: see link_news.
  void(link_atom),
  // The store's answer to a batch.
  void(store_written),
  // The store's answer to a read.
  void(store_read),
  // From now on hold nothing back.
  void(drain_atom),
  // INTERNAL: time to look for work.
  void(work_atom)>;

/// Scatters calls of the server API over the shards and gathers the answers.
using api_actor = typed<
  // Carries a call out; the callback gets the answer.
  void(api_call),
  // A shard's part of a read.
  void(read_answers),
  // A shard's part of an update or delete.
  void(write_answer),
  // INTERNAL: calls may have run out of time.
  void(work_atom)>;

} // namespace lastseen
