#include "tests/support/redis_server.hpp"

#include "redis/status_store.hpp"

#include <hiredis/hiredis.h>

#include <arpa/inet.h>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace lastseen::test {

namespace {

constexpr std::chrono::milliseconds pulse{5};

redisContext* connect_to(const std::string& path) {
  auto* context = redisConnectUnixWithTimeout(path.c_str(), {5, 0});
  if (context != nullptr && context->err == 0
      && redisSetTimeout(context, {5, 0}) == REDIS_OK)
    return context;
  if (context != nullptr)
    redisFree(context);
  return nullptr;
}

std::string to_text(const redisReply& x) {
  switch (x.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(x.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ARRAY: {
      std::string out;
      for (std::size_t i = 0; i < x.elements; ++i)
        out += (i == 0 ? "" : " ") + to_text(*x.element[i]);
      return out;
    }
    default:
      return {x.str, x.len};
  }
}

} // namespace

// Below those that the system gives to clients: one that connects again and
// again might get the very port of a server that is away, and keep it from
// coming back. Processes begin at different ones.
std::uint16_t free_port() {
  constexpr unsigned first = 10'000;
  static const auto end = [] {
    unsigned given = 0;
    std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> given;
    return given > first + 1000 ? given : 32'768U;
  }();
  static std::atomic next = static_cast<unsigned>(::getpid()) * 50;
  for (auto tries = first; tries < end; ++tries) {
    auto port = static_cast<std::uint16_t>(first + next++ % (end - first));
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto ok = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(fd);
    if (ok == 0)
      return port;
  }
  return 0;
}

redis_server::redis_server(std::vector<std::string> args, std::string file)
  : args_{std::move(args)}, file_{std::move(file)} {
  // hiredis writes to connections that a server has closed.
  ::signal(SIGPIPE, SIG_IGN);
  for (auto tries = 0; tries < 20; ++tries) {
    port_ = free_port();
    if (launch())
      return;
  }
  std::fputs("redis-server does not start\n", stderr);
  std::abort();
}

redis_server::~redis_server() {
  kill9();
}

config::redis_address redis_server::address() const {
  config::redis_address x;
  x.host = "127.0.0.1";
  x.port = port_;
  return x;
}

config::redis_address redis_server::unix_address() const {
  config::redis_address x;
  x.unix_path = directory_.path("redis.sock");
  return x;
}

bool redis_server::launch() {
  std::vector<std::string> all{"redis-server",
                               "--port",
                               std::to_string(port_),
                               "--bind",
                               "127.0.0.1",
                               "--unixsocket",
                               directory_.path("redis.sock"),
                               "--dir",
                               directory_.path(),
                               "--save",
                               "",
                               "--logfile",
                               directory_.path("log")};
  if (!file_.empty()) {
    auto path = directory_.path("conf");
    // A sentinel remembers there what it learnt.
    if (!std::filesystem::exists(path))
      std::ofstream{path} << file_;
    all.insert(all.begin() + 1, path);
  }
  for (auto& x : args_)
    all.push_back(x == "PORT" ? std::to_string(port_) : x);
  std::vector<char*> argv;
  argv.reserve(all.size() + 1);
  for (auto& x : all)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent)
      ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (pid_ > 0 && !exited() && std::chrono::steady_clock::now() < deadline) {
    // By its own socket: on the port there might be another server.
    auto text = command({"PING"});
    if (text == "PONG" || text.starts_with("NOAUTH"))
      return true;
    std::this_thread::sleep_for(pulse);
  }
  kill9();
  return false;
}

std::string redis_server::command(const std::vector<std::string>& args) {
  if (!admin_)
    admin_.reset(connect_to(directory_.path("redis.sock")));
  if (!admin_)
    return "";
  std::vector<const char*> data;
  std::vector<std::size_t> sizes;
  for (auto& x : args) {
    data.push_back(x.data());
    sizes.push_back(x.size());
  }
  auto* answer = static_cast<redisReply*>(
    redisCommandArgv(static_cast<redisContext*>(admin_.get()),
                     static_cast<int>(data.size()), data.data(), sizes.data()));
  if (answer == nullptr) {
    admin_.reset();
    return "";
  }
  auto text = to_text(*answer);
  freeReplyObject(answer);
  return text;
}

void redis_server::context_deleter::operator()(void* context) const noexcept {
  redisFree(static_cast<redisContext*>(context));
}

bool redis_server::exited() {
  if (::waitpid(pid_, nullptr, WNOHANG) != pid_)
    return false;
  pid_ = 0;
  return true;
}

void redis_server::end(int signal) {
  admin_.reset();
  if (pid_ <= 0)
    return;
  ::kill(pid_, signal);
  if (signal != SIGKILL)
    ::kill(pid_, SIGCONT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void redis_server::stop() {
  end(SIGTERM);
}

void redis_server::kill9() {
  end(SIGKILL);
}

void redis_server::start() {
  for (auto tries = 0; tries < 20; ++tries)
    if (launch())
      return;
  std::fputs("redis-server does not start again\n", stderr);
  std::abort();
}

void redis_server::pause() {
  ::kill(pid_, SIGSTOP);
}

void redis_server::resume() {
  ::kill(pid_, SIGCONT);
}

std::unique_ptr<store> redis_backend::make(const retention& keep) {
  static redis_server server;
  static std::atomic<int> stores = 0;
  redis::store_options options;
  options.address = server.address();
  options.prefix = "conformance" + std::to_string(++stores);
  options.keep = keep;
  return redis::make_store(io_.context(), std::move(options));
}

} // namespace lastseen::test
