#include "redis/server_error.hpp"

#include <gtest/gtest.h>

namespace lastseen::redis {
namespace {

TEST(ServerErrorTest, WhatPassesOrCanBeRepairedIsNotReady) {
  for (auto text :
       {"LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.",
        "OOM command not allowed when used memory > 'maxmemory'.",
        "BUSY Redis is busy running a script.",
        "NOSCRIPT No matching script. Please use EVAL.",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "CLUSTERDOWN Hash slot not served",
        "MASTERDOWN Link with MASTER is down",
        "MISCONF Redis is configured to save RDB snapshots",
        "NOREPLICAS Not enough good replicas to write.",
        "NOAUTH Authentication required.",
        "WRONGPASS invalid username-password pair or user is disabled.",
        "NOPERM this user has no permissions to run the 'evalsha' command",
        "LOADING"})
    EXPECT_EQ(meaning(text), ec::not_ready) << text;
}

TEST(ServerErrorTest, EverythingElseIsRejected) {
  for (auto text :
       {"ERR unknown command", "WRONGTYPE Operation against a key", "", "OOMPH",
        " OOM", "loading", "ERR OOM", "ERR - OOM", "MOVED 1 x:1",
        "ERR Error running script", "ERR Error running script: -",
        "ERR Error running script (call to f_1): @user_script:1: nil"})
    EXPECT_EQ(meaning(text), ec::rejected) << text;
}

TEST(ServerErrorTest, LooksIntoTheErrorOfAScript) {
  EXPECT_EQ(meaning("ERR Error running script (call to f_12): "
                    "@user_script:7: @user_script: 7: -OOM command not "
                    "allowed when used memory > 'maxmemory'."),
            ec::not_ready);
  EXPECT_EQ(meaning("ERR Error running script (call to f_12): "
                    "@user_script:7: @user_script: 7: -WRONGTYPE x"),
            ec::rejected);
}

TEST(ServerErrorTest, TheCauseIsAWordForCounters) {
  EXPECT_EQ(cause_of("timeout after 4s"), "timeout");
  EXPECT_EQ(cause_of("not connected: connect: refused"), "not connected");
  EXPECT_EQ(cause_of("LOADING Redis is loading the dataset"), "LOADING");
  EXPECT_EQ(cause_of("ERR Error running script (call to f_12): "
                     "@user_script:7: @user_script: 7: -OOM command"),
            "OOM");
  EXPECT_EQ(cause_of("AUTH: WRONGPASS invalid username"), "WRONGPASS");
  EXPECT_EQ(cause_of("SCRIPT LOAD: LOADING"), "LOADING");
  EXPECT_EQ(cause_of("ERR unknown command"), "");
  EXPECT_EQ(cause_of("Connection refused"), "");
}

} // namespace
} // namespace lastseen::redis
