#include "bench/process.hpp"

#include "bench/loopback.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace lastseen::bench {

namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t interrupt_count = 0;

void on_interrupt(int) {
  interrupt_count = 1;
}

std::filesystem::path proc(pid_t pid, const char* file) {
  return std::filesystem::path{"/proc"} / std::to_string(pid) / file;
}

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* argv, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent)
    _exit(1);
  auto fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  execvp(argv[0], argv);
  constexpr std::string_view why = "cannot be started\n";
  (void)!write(STDERR_FILENO, why.data(), why.size());
  _exit(127);
}

} // namespace

result<child> child::start(std::vector<std::string> command,
                           const std::filesystem::path& log) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (auto& word : command)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  auto parent = getpid();
  auto pid = fork();
  if (pid < 0)
    return system_error("fork");
  if (pid == 0)
    become(argv.data(), log.c_str(), parent);
  child result;
  result.name_ = std::filesystem::path{command.front()}.filename();
  result.pid_ = pid;
  return result;
}

child::child(child&& other) noexcept
  : name_(std::move(other.name_)), pid_(std::exchange(other.pid_, 0)) {}

child& child::operator=(child&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(pid_, other.pid_);
  return *this;
}

child::~child() {
  (void)stop();
}

bool child::alive() {
  siginfo_t info{};
  return pid_ != 0
         && waitid(P_PID, static_cast<id_t>(pid_), &info,
                   WEXITED | WNOHANG | WNOWAIT)
              == 0
         && info.si_pid == 0;
}

result<void> child::stop() {
  if (pid_ == 0)
    return {};
  kill(pid_, SIGTERM);
  for (auto waited = 0ms; waited < 15s && alive(); waited += 10ms)
    std::this_thread::sleep_for(10ms);
  kill(pid_, SIGKILL);
  auto status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return {};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
    return {};
  auto how = WIFSIGNALED(status)
               ? "by signal " + std::to_string(WTERMSIG(status))
               : "with code " + std::to_string(WEXITSTATUS(status));
  return error{ec::unavailable, name_ + ": ended " + how};
}

result<std::chrono::microseconds> cpu_time(pid_t pid) {
  std::ifstream file{proc(pid, "stat")};
  std::string text;
  std::getline(file, text);
  // The name, in parentheses, may hold anything; 11 fields later it comes.
  auto name_end = text.rfind(')');
  if (name_end == text.npos)
    return error{ec::unavailable, "no process " + std::to_string(pid)};
  std::istringstream fields{text.substr(name_end + 1)};
  std::string skipped;
  for (auto i = 0; i < 11; ++i)
    fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return std::chrono::microseconds{(user + system) * 1'000'000
                                   / sysconf(_SC_CLK_TCK)};
}

result<std::size_t> resident(pid_t pid) {
  std::ifstream file{proc(pid, "smaps_rollup")};
  std::string word;
  while (file >> word) {
    std::size_t kilobytes = 0;
    if (word == "Rss:" && file >> kilobytes)
      return kilobytes * 1024;
  }
  return error{ec::unavailable,
               "no memory map of process " + std::to_string(pid)};
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept {
  return interrupt_count != 0;
}

} // namespace lastseen::bench
