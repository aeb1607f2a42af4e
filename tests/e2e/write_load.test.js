// However often clients report, Redis sees one write per user and interval.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';

const clients = 200;
const perSecond = 50;
const seconds = 5;

/// Watches what the service sends: the users of all EVALSHAs so far.
function countWrittenUsers(t, redis) {
  const monitor = spawn('redis-cli', ['-p', `${redis.port}`, 'MONITOR']);
  t.after(() => monitor.kill());
  const seen = { calls: 0, users: 0 };
  let rest = '';
  monitor.stdout.on('data', (data) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const keys = /"evalsha" "[0-9a-f]{40}" "(\d+)"/i.exec(line);
      if (!keys) continue;
      seen.calls++;
      seen.users += Number(keys[1]);
    }
  });
  return seen;
}

test('200 clients × 50 updates a second × 5 seconds', async (t) => {
  const redis = await startRedis(t);
  const seen = countWrittenUsers(t, redis);
  const service = await startService(t, { user_status: redisStore(redis) });
  await until('the monitor sees a call', async () => {
    await service.call('update_user_status', { users: ['?'] });
    return seen.calls > 0;
  });
  redis.run('CONFIG', 'RESETSTAT');
  Object.assign(seen, { calls: 0, users: 0 });

  const begin = Date.now();
  const users = Array.from({ length: clients }, (_, i) => `load:${i}`);
  const all = await Promise.all(users.map((user) => connectRaw(service, user)));
  t.after(() => all.forEach((client) => client.socket.terminate()));

  const start = Date.now();
  for (let i = 0; i < perSecond * seconds; i++) {
    all.forEach((client) => client.report());
    await sleep(Math.max(0, start + ((i + 1) * 1000) / perSecond - Date.now()));
  }
  await until('all are answered', () => all.every((client) => client.waiting === 0), 60_000);
  all.forEach((client) => assert.deepEqual(client.errors, []));

  // Every user's last value is in Redis itself; the key ends with its state.
  const last = `n${perSecond * seconds}`;
  await until('the last values are stored', () => {
    const keys = users.map((user) => `lastseen.user_status.${user}`);
    const values = redis.run('MGET', ...keys).split('\n');
    return values.length === clients && values.every((value) => value.endsWith(last));
  });
  const elapsed = (Date.now() - begin) / 1000;
  for (const status of await service.statuses(users))
    assert.equal(numberOf(status.state), perSecond * seconds);

  const bound = clients * (elapsed + 1);
  const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.run('INFO', 'commandstats'))[1]);
  t.diagnostic(`${seen.users} users in ${calls} batches in ${elapsed} s; the bound is ${bound}`);
  await until('the monitor caught up', () => seen.calls >= calls);
  assert.ok(seen.users <= bound, `${seen.users} writes are more than ${bound}`);
  // Else nothing was measured: connect and the last value are two writes.
  assert.ok(seen.users >= clients * 2);
  await service.stop();
});
