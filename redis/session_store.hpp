#pragma once

#include "status/node_registry.hpp"
#include "status/store.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <utility>

namespace lastseen::redis {

/// A store whose work is done by a `Session` on the thread of a context. The
/// session has the functions of a store and of a node registry, used on that
/// thread only; its `close` is over when it returns. It lives as long as a call
/// is under way.
template <class Session>
class session_store final : public store, public node_registry {
public:
  session_store(boost::asio::io_context& context,
                std::shared_ptr<Session> session)
    : context_{context}, session_{std::move(session)} {}

  session_store(const session_store&) = delete;
  session_store& operator=(const session_store&) = delete;

  ~session_store() override {
    boost::asio::dispatch(context_, [x = session_] { x->close(); });
  }

  const std::string& name() const noexcept override {
    return session_->name();
  }

  void open(link_handler on_link) override {
    boost::asio::dispatch(
      context_, [x = session_, on_link = std::move(on_link)]() mutable {
        x->open(std::move(on_link));
      });
  }

  void write(write_batch batch, write_handler done) override {
    boost::asio::dispatch(context_, [x = session_, batch = std::move(batch),
                                     done = std::move(done)]() mutable {
      x->write(std::move(batch), std::move(done));
    });
  }

  void read(user_list users, read_handler done) override {
    boost::asio::dispatch(context_, [x = session_, users = std::move(users),
                                     done = std::move(done)]() mutable {
      x->read(std::move(users), std::move(done));
    });
  }

  void exchange_nodes(std::string id, std::string about,
                      handler done) override {
    boost::asio::dispatch(context_, [x = session_, id = std::move(id),
                                     about = std::move(about),
                                     done = std::move(done)]() mutable {
      x->exchange_nodes(std::move(id), std::move(about), std::move(done));
    });
  }

  void close(std::function<void()> done) override {
    boost::asio::dispatch(context_, [&context = context_, x = session_,
                                     done = std::move(done)]() mutable {
      x->close();
      boost::asio::post(context, std::move(done));
    });
  }

private:
  boost::asio::io_context& context_;
  std::shared_ptr<Session> session_;
};

} // namespace lastseen::redis
