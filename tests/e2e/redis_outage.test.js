// Redis goes away for ten seconds under load and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';

const clients = 100;
const timeout = 4000; // user_status.timeout
const MiB = 1024 * 1024;

/// A backend that updates a user by the server API, one call after the other,
/// until told to stop; knows what was acknowledged.
async function backend(service, user, load) {
  const log = { user, sent: 0, acknowledged: 0, refused: [] };
  load.backends.push(log);
  while (load.running) {
    const begin = Date.now();
    const state = `n${++log.sent}`;
    const reply = await service.call('update_user_status', { users: [user], state });
    if (reply.result) log.acknowledged = log.sent;
    else log.refused.push({ ...reply.error, ms: Date.now() - begin });
    await sleep(10);
  }
}

/// Every client reports 40 times a second until told to stop.
async function report(all, load) {
  while (load.running) {
    for (const client of all) if (client.waiting < 100) client.report();
    await sleep(25);
  }
}

test('Redis stopped for ten seconds under load', { timeout: 110_000 }, async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { user_status: redisStore(redis) });
  const users = Array.from({ length: clients }, (_, i) => `client:${i}`);
  const all = await Promise.all(users.map((user) => connectRaw(service, user)));
  t.after(() => all.forEach((client) => client.socket.terminate()));

  const load = { running: true, backends: [] };
  t.after(() => (load.running = false));
  const work = [report(all, load)];
  for (let i = 0; i < 10; i++) work.push(backend(service, `backend:${i}`, load));
  await sleep(3000);

  await redis.shutdownSave();
  const down = Date.now();
  const before = service.rss();
  const answeredBefore = all.reduce((sum, client) => sum + client.answered, 0);
  let reads = 0;
  for (; Date.now() - down < 10_000; reads++) {
    const begin = Date.now();
    const { error, result } = await service.call('get_user_status', { users: ['client:0'] });
    assert.equal(result, undefined, 'a read was answered without Redis');
    assert.equal(error.code, 100);
    assert.match(error.message, /^internal server error: /);
    assert.ok(Date.now() - begin < timeout + 500, `a read took ${Date.now() - begin} ms`);
    await sleep(100);
  }
  const grown = service.rss() - before;
  const accepted = all.reduce((sum, client) => sum + client.answered, 0) - answeredBefore;
  await redis.start();

  await until('reads are answered again', async () =>
    (await service.call('get_user_status', { users: ['client:0'] })).result);
  await sleep(2000);
  load.running = false;
  await Promise.all(work);
  await until('all are answered', () => all.every((client) => client.waiting === 0));

  t.diagnostic(`${reads} reads refused, ${accepted} reports accepted, ${grown} bytes more`);
  assert.ok(reads >= 5);
  assert.ok(accepted >= clients * 100, 'too little load to say anything');
  assert.ok(grown < 8 * MiB, `memory grew by ${grown} bytes`);
  for (const client of all) {
    assert.equal(client.closed, null, client.user);
    assert.deepEqual(client.errors, [], client.user);
  }

  // What was answered is stored within the debounce interval; at once it is
  // read back, since a node reads its own writes.
  for (const status of await service.statuses(users)) {
    const client = all[users.indexOf(status.user)];
    assert.equal(numberOf(status.state), client.answered, status.user);
  }
  await until('the last reports are in Redis', () => users.every((user) => {
    return numberOf(redis.stored(user).slice(40)) === all[users.indexOf(user)].answered;
  }), 20_000);
  for (const { user, sent, acknowledged, refused } of load.backends) {
    // A refused update may be stored all the same, an acknowledged one must.
    const stored = numberOf(redis.stored(user).slice(40));
    assert.ok(stored >= acknowledged && stored <= sent, `${user}: ${stored} < ${acknowledged}`);
    assert.ok(acknowledged > 0 && refused.length > 0, user);
    for (const { code, ms } of refused) {
      assert.equal(code, 100);
      assert.ok(ms < timeout + 500, `an update took ${ms} ms`);
    }
  }
  await service.stop();
});
