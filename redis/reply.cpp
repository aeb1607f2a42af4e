#include "redis/reply.hpp"

#include <hiredis/hiredis.h>

#include <cstring>
#include <utility>

namespace lastseen::redis {

namespace {

// A status, an error or a number is never longer. Without this bound a stream
// without line ends is searched from its start again with every portion.
constexpr std::size_t max_line = 64 * 1024;

// Memory that is kept for the next reply.
constexpr std::size_t max_spare = 1024 * 1024;

kind kind_of(const redisReadTask* task) noexcept {
  switch (task->type) {
    case REDIS_REPLY_ERROR:
      return kind::error;
    case REDIS_REPLY_STATUS:
      return kind::status;
    default:
      return kind::string;
  }
}

} // namespace

bool reply::is_flat_array(std::size_t elements) const noexcept {
  return !entries_.empty() && entries_[0].type == kind::array
         && entries_[0].number == static_cast<std::int64_t>(elements)
         && entries_.size() == elements + 1;
}

// What hiredis calls for each part of a reply, arrays before their elements.
// It wants an object or `nullptr` for "out of memory"; ours is the reader.
struct reply_reader::functions {
  static void* add(const redisReadTask* task, kind type, std::string_view text,
                   std::int64_t number) {
    return static_cast<reply_reader*>(task->privdata)->add(type, text, number);
  }

  static void* string(const redisReadTask* task, char* data, std::size_t size) {
    return add(task, kind_of(task), {data, size}, 0);
  }

  static void* array(const redisReadTask* task, int elements) {
    return add(task, kind::array, {}, elements);
  }

  static void* integer(const redisReadTask* task, long long value) {
    return add(task, kind::integer, {}, value);
  }

  static void* nil(const redisReadTask* task) {
    return add(task, kind::nil, {}, 0);
  }

  static redisReplyObjectFunctions table;
};

redisReplyObjectFunctions reply_reader::functions::table{string, array, integer,
                                                         nil, nullptr};

void reply_reader::deleter::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

reply_reader::reply_reader(std::size_t max_bytes)
  : reader_{redisReaderCreateWithFunctions(&functions::table)},
    max_bytes_{max_bytes} {
  reader_->privdata = this;
  reader_->maxbuf = max_spare;
}

void* reply_reader::add(kind type, std::string_view text, std::int64_t number) {
  auto& [entries, bytes] = reply_;
  if (complete_) {
    complete_ = false;
    entries.clear();
    bytes.clear();
  }
  auto used =
    bytes.size() + text.size() + (entries.size() + 1) * sizeof(reply::entry);
  if (used > max_bytes_)
    return nullptr;
  if (type <= kind::error)
    number = static_cast<std::int64_t>(bytes.size());
  bytes.add(text);
  entries.push_back({number, static_cast<std::uint32_t>(text.size()), type});
  return this;
}

void reply_reader::feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK
      && failure_.empty())
    failure_ = reader_->err != 0 ? reader_->errstr : "out of memory";
}

bool reply_reader::endless_line() const noexcept {
  return std::memchr(reader_->buf + reader_->pos, '\n', max_line) == nullptr;
}

result<const reply*> reply_reader::next() {
  if (complete_
      && reply_.bytes_.capacity()
             + reply_.entries_.capacity() * sizeof(reply::entry)
           > max_spare) {
    reply released;
    std::swap(reply_, released);
  }
  void* done = nullptr;
  if (failure_.empty() && redisReaderGetReply(reader_.get(), &done) != REDIS_OK)
    failure_ =
      reader_->err == REDIS_ERR_OOM ? "reply too large" : reader_->errstr;
  auto waiting = reader_->len - reader_->pos;
  if (failure_.empty() && done == nullptr) {
    if (waiting > max_bytes_)
      failure_ = "reply too large";
    else if (waiting > max_line && endless_line())
      failure_ = "endless line";
  }
  if (!failure_.empty())
    return error{ec::unavailable, "protocol error: " + failure_};
  if (done == nullptr)
    return nullptr;
  complete_ = true;
  return &reply_;
}

} // namespace lastseen::redis
