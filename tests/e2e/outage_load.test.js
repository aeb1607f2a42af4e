// Redis is away for LASTSEEN_OUTAGE_SECONDS (default 15) while 5,000 users a
// second are updated by the server API and 1,000 clients report.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';

const outage = Number(process.env.LASTSEEN_OUTAGE_SECONDS ?? 15) * 1000;
const usersPerCall = 50;
const callsPerSecond = 100;
const timeout = 4000; // user_status.timeout
const MiB = 1024 * 1024;

/// The states of users in Redis.
function stored(redis, users) {
  const states = [];
  for (let i = 0; i < users.length; i += 1000) {
    const keys = users.slice(i, i + 1000).map((user) => `lastseen.user_status.${user}`);
    states.push(...redis.run('MGET', ...keys).split('\n').map((value) => numberOf(value.slice(40))));
  }
  return states;
}

test(`Redis is away for ${outage / 1000} s under load`, { timeout: outage + 100_000 }, async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { user_status: redisStore(redis) });
  const clients = [];
  for (let i = 0; i < 1000; i += 50)
    clients.push(...await Promise.all(Array.from({ length: 50 }, (_, k) => connectRaw(service, `client:${i + k}`))));
  t.after(() => clients.forEach((client) => client.socket.terminate()));
  await until('connects are stored', () => Number(redis.run('DBSIZE')) === clients.length);

  // How often each user was updated; the state is that number.
  const updates = new Map();
  const open = new Set();
  const errors = [];
  const update = (users, state) => {
    users.forEach((user) => updates.set(user, state));
    const begin = Date.now();
    const call = service.call('update_user_status', { users, state: `n${state}` })
      .then((reply) => errors.push({ ...reply.error, ms: Date.now() - begin }))
      .finally(() => open.delete(call));
    open.add(call);
  };
  const usersOf = (call) => Array.from({ length: usersPerCall }, (_, i) => `api:${call * usersPerCall + i}`);

  await redis.crash();
  const before = service.rss();
  const begin = Date.now();
  let reported = 0;
  let calls = 0;
  for (let past; (past = Date.now() - begin) < outage; await sleep(5)) {
    for (; calls < past * callsPerSecond / 1000; calls++) {
      update(usersOf(calls), 1);
      // One in ten again, a second later.
      if (calls % 10 === 0 && calls >= callsPerSecond) update(usersOf(calls - callsPerSecond), 2);
    }
    for (; reported < past; reported++) clients[reported % clients.length].report();
  }
  const pending = updates.size + clients.length;
  const rss = service.rss();
  const perUser = (rss - before) / pending;
  await until('all calls are answered', () => open.size === 0, 30_000);
  const afterCalls = service.rss();

  await redis.start();
  const back = Date.now();
  const expected = updates.size + clients.length;
  await until('all users are stored', () => Number(redis.run('DBSIZE')) >= expected, 30_000);
  const recovered = Date.now() - back;
  await until('clients are answered', () => clients.every((client) => client.waiting === 0));

  t.diagnostic(`${updates.size} users in ${errors.length} calls and ${clients.length} clients: stored `
    + `${recovered} ms after the recovery; ${Math.round(before / MiB)} MiB before, ${Math.round(rss / MiB)} at the end `
    + `(${Math.round(perUser)} bytes a user), ${Math.round(afterCalls / MiB)} without calls`);
  assert.ok(updates.size >= 0.95 * 5000 * outage / 1000, `only ${updates.size} users`);
  for (const { code, message, ms } of errors) {
    assert.equal(code, 100);
    assert.match(message, /^internal server error: redis 127\.0\.0\.1:\d+: connect: Connection refused$/);
    assert.ok(ms < timeout + 3000, `a call took ${ms} ms`);
  }
  const users = [...updates.keys()];
  await until('the newest values are stored', () =>
    stored(redis, users).every((state, i) => state === updates.get(users[i])));
  await until('the last reports are stored', () => {
    const states = stored(redis, clients.map(({ user }) => user));
    return clients.every(({ answered }, i) => states[i] === answered);
  });
  clients.forEach(({ errors, closed, user }) => {
    assert.deepEqual(errors, [], user);
    assert.equal(closed, null, user);
  });
  assert.ok(recovered < 5000, `it took ${recovered} ms to store all`);
  assert.ok(perUser < 3000, `${perUser} bytes a user`);
  assert.ok(service.output.length < 20_000, 'too much is logged');
  await service.stop();
});

test('max_pending_users refuses new users and merges known ones', { timeout: 60_000 }, async (t) => {
  const redis = await startRedis(t);
  const store = redisStore(redis);
  const service = await startService(t, {
    prometheus: { enabled: true },
    user_status: { ...store, max_pending_users: 1000, timeout: '500ms' },
  });
  const known = Array.from({ length: 999 }, (_, i) => `known:${i}`);
  const client = await connectRaw(service, 'client');
  const late = await connectRaw(service, 'late');
  t.after(() => [client, late].forEach(({ socket }) => socket.terminate()));
  await until('connects are stored', () => redis.run('DBSIZE') === '2');
  await redis.crash();
  const where = `internal server error: redis 127.0.0.1:${redis.port}: `;
  const update = async (users, state) =>
    (await service.call('update_user_status', { users, state })).error;

  client.report();
  await until('it is accepted', () => client.waiting === 0);
  const refused = `${where}connect: Connection refused`;
  assert.deepEqual(await update(known, 'n1'), { code: 100, message: refused });
  const full = { code: 100, message: `${where}max_pending_users (1000) reached` };
  const begin = Date.now();
  assert.deepEqual(await update(['new'], 'n1'), full);
  assert.deepEqual(await update(['known:0', 'new'], 'n9'), full); // as a whole
  assert.ok(Date.now() - begin < 500, 'it waited for the store');
  late.report();
  client.report();
  await until('reports are answered', () => late.waiting === 0 && client.waiting === 0);
  assert.deepEqual(late.errors, [{ code: 100, message: 'internal server error', temporary: true }]);
  assert.deepEqual(client.errors, []);
  assert.deepEqual(await update(known, 'n2'), { code: 100, message: refused });
  const { text } = await service.post('/metrics', undefined, {}, 'GET');
  assert.match(text, /^lastseen_pending_users{shard="0"} 1000$/m);
  // Of 'new' twice, of 'known:0' and of 'late'.
  assert.match(text, /^lastseen_updates_refused_total{shard="0",reason="max_pending_users"} 4$/m);

  await redis.start();
  await until('new users are taken again', async () => !await update(['new'], 'n1'));
  await until('known users are stored', () => stored(redis, known).every((state) => state === 2));
  await until('the report is stored', () => stored(redis, ['client'])[0] === 2);
  await service.stop();
});

// Calls that are over must not stay with the users that wait.
test('calls during an outage leave nothing behind', { timeout: 60_000 }, async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { user_status: { ...redisStore(redis), timeout: '300ms' } });
  await redis.crash();
  const users = Array.from({ length: 1000 }, (_, i) => `user:${i}`);
  const callFor = async (ms) => {
    let calls = 0;
    const caller = async () => {
      for (const end = Date.now() + ms; Date.now() < end; calls++)
        assert.equal((await service.call('update_user_status', { users })).error?.code, 100);
    };
    await Promise.all(Array.from({ length: 30 }, caller));
    return calls;
  };
  await callFor(4000);
  const before = service.rss();
  const calls = await callFor(6000);
  const grown = service.rss() - before;
  t.diagnostic(`${calls} calls of ${users.length} users: ${grown} bytes more`);
  assert.ok(calls > 50, 'too little load to say anything');
  // Eight bytes for each user of a call would be more.
  assert.ok(grown < Math.max(2 * MiB, 4 * calls * users.length), `memory grew by ${grown} bytes`);
  await redis.start();
  await until('all are stored', () => Number(redis.run('DBSIZE')) === users.length);
  await service.stop();
});
