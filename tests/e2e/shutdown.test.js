// SIGTERM under load: what was answered is stored, clients are told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, tempDir, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';

const stores = {
  embedded: (t) => ({ embedded: { path: path.join(tempDir(t), 'statuses.db') } }),
  redis: async (t) => redisStore(await startRedis(t)),
};

/// Updates a user by the server API until the service is gone.
async function backend(service, log) {
  for (log.acknowledged = 0; ; log.acknowledged++) {
    const params = { users: [log.user], state: `n${log.acknowledged + 1}` };
    const reply = await service.call('update_user_status', params).catch(() => null);
    if (!reply?.result) return;
  }
}

for (const [storeName, settings] of Object.entries(stores)) {
  test(`every answered update is in the ${storeName} store after SIGTERM`, async (t) => {
    const service = await startService(t, { user_status: await settings(t) });
    const users = Array.from({ length: 50 }, (_, i) => `client:${i}`);
    const all = await Promise.all(users.map((user) => connectRaw(service, user)));
    t.after(() => all.forEach((client) => client.socket.terminate()));
    const backends = Array.from({ length: 8 }, (_, i) => ({ user: `backend:${i}` }));
    const work = backends.map((log) => backend(service, log));
    const load = (async () => {
      while (all.some((client) => client.closed === null)) {
        for (const client of all)
          if (client.closed === null && client.waiting < 10) client.report();
        await sleep(5);
      }
    })();

    await sleep(2000);
    await service.stop();
    await Promise.all([load, ...work]);
    await until('all are closed', () => all.every((client) => client.closed));
    for (const { user, closed, errors } of all) {
      assert.deepEqual(closed, { code: 3001, reason: 'shutdown' }, user);
      assert.deepEqual(errors, [], user);
    }

    await service.start();
    const clientStatuses = await service.statuses(users);
    all.forEach(({ user, answered, sent }, i) => {
      const stored = numberOf(clientStatuses[i].state);
      assert.ok(answered > 10, 'too little load to say anything');
      assert.ok(stored >= answered && stored <= sent, `${user}: ${stored}, answered ${answered}`);
    });
    const backendStatuses = await service.statuses(backends.map(({ user }) => user));
    backends.forEach(({ user, acknowledged }, i) => {
      const stored = numberOf(backendStatuses[i].state);
      assert.ok(acknowledged > 10, 'too little load to say anything');
      assert.ok(stored >= acknowledged, `${user}: ${stored}, acknowledged ${acknowledged}`);
    });
    await service.stop();
  });
}

test('a store that does not take everything in time ends it with 1 and a count', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, {
    user_status: redisStore(redis),
    shutdown: { timeout: '1s' },
  });
  const client = await connectRaw(service, '42');
  redis.process.kill('SIGSTOP');
  client.report();
  await until('it is answered', () => client.waiting === 0);
  service.process.kill('SIGTERM');
  const [code, signal] = await service.exited;
  assert.deepEqual({ code, signal }, { code: 1, signal: null }, service.output);
  assert.match(service.output, /users_lost=1\b/);
});

test('what piled up while the store was away is stored at the end', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, {
    user_status: { ...redisStore(redis), timeout: '1s' },
  });
  await redis.crash();
  const calls = Array.from({ length: 20 }, (_, call) =>
    service.call('update_user_status', {
      users: Array.from({ length: 10_000 }, (_, i) => `user:${call * 10_000 + i}`),
    }));
  for (const { error } of await Promise.all(calls)) assert.equal(error.code, 100);
  service.process.kill('SIGTERM');
  await until('it stops', () => service.output.includes('stopping'));
  await redis.start();
  assert.deepEqual(await service.exited, [0, null], service.output);
  assert.equal(redis.run('DBSIZE'), '200000');
});

test('calls that are cut off end it with 1, too', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, {
    prometheus: { enabled: true }, user_status: redisStore(redis), shutdown: { timeout: '1s' },
  });
  redis.process.kill('SIGSTOP');
  const call = service.call('get_user_status', { users: ['42'] }).catch(() => ({}));
  await until('it is under way', async () => {
    const { text } = await service.post('/metrics', '', {}, 'GET');
    return /^lastseen_api_calls_in_flight 1$/m.test(text);
  });
  service.process.kill('SIGTERM');
  assert.deepEqual(await service.exited, [1, null], service.output);
  assert.match(service.output, /users_lost=0 calls_lost=1\b/);
  assert.equal((await call).result, undefined);
});

test('whatever hangs, it ends', async (t) => {
  // Resolving that name takes for ever.
  const source = `#include <dlfcn.h>
    #include <netdb.h>
    #include <string.h>
    #include <unistd.h>
    extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
      while (node != nullptr && strcmp(node, "hangs.test") == 0) pause();
      auto next = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
      return next(node, service, hints, found);
    }`;
  const library = path.join(tempDir(t), 'hangs.so');
  execFileSync('g++', ['-shared', '-fPIC', '-o', library, '-x', 'c++', '-'], { input: source });
  const redis = await startRedis(t);
  const store = redisStore(redis);
  store.redis.address.push('hangs.test:6379');
  const service = await startService(t, {
    server: { threads: 2 }, user_status: store, shutdown: { timeout: '1s' },
  }, { LD_PRELOAD: library, ASAN_OPTIONS: 'verify_asan_link_order=0' });
  service.process.kill('SIGTERM');
  const [code] = await Promise.race([service.exited, sleep(20_000, ['still there'], { ref: false })]);
  assert.equal(code, 1, service.output);
  assert.match(service.output, /msg="does not come to an end, so it is ended"\n$/);
});

test('SIGINT ends it cleanly too', async (t) => {
  const service = await startService(t);
  service.process.kill('SIGINT');
  assert.deepEqual(await service.exited, [0, null], service.output);
});
