// Two nodes whose clocks are ten minutes ahead and behind write the same users
// over bad links: times are those of the server and never go backwards, and
// /metrics tells how far off each is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockOff } from './clock_off.js';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { scrape, sum } from './metrics.js';
import { connectRaw } from './raw_client.js';
import { startProxy } from './redis_proxy.js';

const users = Array.from({ length: 100 }, (_, i) => `user:${i}`);
const seconds = 12;

/// Milliseconds of the server's clock.
function serverTime(redis) {
  const [s, us] = redis.run('TIME').split('\n').map(Number);
  return s * 1000 + Math.floor(us / 1000);
}

const random = (n) => Math.floor(Math.random() * n);

test('clocks that are ten minutes off', { timeout: 100_000 }, async (t) => {
  const redis = await startRedis(t);
  const nodes = await Promise.all(['+10m', '-10m'].map(async (by) => {
    const proxy = await startProxy(t, redis);
    const store = redisStore(proxy);
    store.redis.io_timeout = '400ms';
    const user_status = { ...store, timeout: '200ms', debounce_interval: '100ms', online_interval: '200ms' };
    const client = { ping_interval: '2s', pong_timeout: '1s' };
    const prometheus = { enabled: true };
    const service = await startService(t, { client, prometheus, user_status }, clockOff(by));
    const off = (Date.parse(/time=(\S+)/.exec(service.output)[1]) - Date.now()) / 60_000;
    assert.equal(Math.round(off), parseInt(by), 'its clock is not as it should be');
    return { by, proxy, service, highest: new Map() };
  }));

  const load = { running: true };
  t.after(() => (load.running = false));
  const stats = { stored: 0, read: 0, acknowledged: 0, unsure: 0 };
  const whileRunning = async (work) => {
    while (load.running) await work();
  };

  // Values of a user only grow, and none is ahead of `now`.
  const check = (highest, user, value, now) => {
    const before = highest.get(user) ?? { active: 0, online: 0 };
    for (const field of ['active', 'online']) {
      assert.ok(value[field] >= before[field], `${field} of ${user} fell by ${before[field] - value[field]}`);
      assert.ok(value[field] <= now, `${field} of ${user} is ${value[field] - now} ahead`);
    }
    highest.set(user, value);
  };

  const highest = new Map();
  const checkStored = () => {
    const values = redis.run('MGET', ...users.map((user) => `lastseen.user_status.${user}`)).split('\n');
    const now = serverTime(redis);
    values.forEach((value, i) => {
      const [, active, online] = /^(\d{13})(\d{13})/.exec(value) ?? [0, 0, 0];
      check(highest, users[i], { active: Number(active), online: Number(online) }, now);
    });
    stats.stored++;
  };
  const checkRead = async (node) => {
    const reply = await node.service.call('get_user_status', { users });
    if (reply.error) return;
    const now = Math.floor(serverTime(redis) / 1000);
    for (const { user, active = 0, online = 0 } of reply.result.statuses)
      check(node.highest, user, { active, online }, now);
    stats.read++;
  };

  const clients = await Promise.all(nodes.flatMap(({ service }) =>
    users.slice(0, 20).map((user) => connectRaw(service, user))));
  t.after(() => clients.forEach((client) => client.socket.terminate()));
  const work = nodes.flatMap((node) => [
    ...Array.from({ length: 4 }, () => whileRunning(async () => {
      const some = Array.from({ length: 1 + random(10) }, () => users[random(users.length)]);
      const { error } = await node.service.call('update_user_status', { users: some });
      stats[error ? 'unsure' : 'acknowledged']++;
      await sleep(random(20));
    })),
    whileRunning(async () => {
      await checkRead(node);
      await sleep(100);
    }),
    // A link that is reset, or stands still, also for longer than io_timeout.
    whileRunning(async () => {
      await sleep(random(400));
      if (random(2)) return node.proxy.reset();
      node.proxy.pause();
      await sleep(random(800));
      node.proxy.resume();
    }),
  ]);
  work.push(whileRunning(async () => {
    for (const client of clients) if (!random(10) && client.waiting < 10) client.report();
    await sleep(50);
  }));
  const failed = Promise.all(work); // the first of them that fails
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    checkStored();
    await Promise.race([sleep(50), failed]);
  }
  load.running = false;
  await failed;
  nodes.forEach(({ proxy }) => proxy.resume());

  // What is written late is not younger for it, and both nodes know the time.
  for (const { service } of nodes) {
    await until('it writes', async () => (await service.call('update_user_status', { users })).result);
    const now = serverTime(redis);
    checkStored();
    for (const [user, { active }] of highest)
      assert.ok(now - active < 5000, `active of ${user} is ${now - active} ms behind`);
  }
  for (const { by, service } of nodes) {
    const offset = sum(await scrape(service), 'lastseen_shard_clock_offset_seconds');
    const expected = -60 * parseInt(by); // the server's clock, seen from there
    assert.ok(Math.abs(offset - expected) < 2, `${offset} s where it is ${expected} s`);
  }
  t.diagnostic(JSON.stringify({ ...stats, connections: nodes.map(({ proxy }) => proxy.connections) }));
  assert.ok(stats.stored > 30 && stats.read > 10 && stats.acknowledged > 100 && stats.unsure > 5);
  clients.forEach((client) => assert.deepEqual(client.errors, [], client.user));
  await Promise.all(nodes.map(({ service }) => service.stop()));
});
