// A get of 10,000 users, some twice and some unknown, answers each position.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, startRedis, startService } from './helper.js';

const settings = {
  'the embedded store': () => ({}),
  '1 Redis': (t) => redis(t, 1),
  '3 shards': (t) => redis(t, 3),
  '8 shards': (t) => redis(t, 8),
};

async function redis(t, shards) {
  return redisStore(...await Promise.all(Array.from({ length: shards }, () => startRedis(t))));
}

for (const [name, userStatus] of Object.entries(settings)) {
  test(`10,000 positions come back in request order from ${name}`, async (t) => {
    const service = await startService(t, { user_status: await userStatus(t) });
    // The state tells whose status it is; user 3k+2 is never updated.
    for (const rest of [0, 1]) {
      const users = Array.from({ length: 2000 }, (_, k) => `user:${3 * k + rest}`);
      const reply = await service.call('update_user_status', { users, state: `rest ${rest}` });
      assert.deepEqual(reply, { result: {} });
    }
    const numbers = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 6000);
    const statuses = await service.statuses(numbers.map((n) => `user:${n}`));
    assert.equal(statuses.length, 10_000);
    numbers.forEach((n, i) => {
      const { user, active, state, ...more } = statuses[i];
      assert.equal(user, `user:${n}`);
      assert.equal(state, n % 3 === 2 ? undefined : `rest ${n % 3}`);
      assert.equal(active > 1e9, n % 3 !== 2);
      assert.deepEqual(more, {});
    });
    await service.stop();
  });
}

test('users go to the shards that the contract names', async (t) => {
  const servers = await Promise.all(Array.from({ length: 3 }, () => startRedis(t)));
  const service = await startService(t, { user_status: redisStore(...servers) });
  const shards = { 42: 1, 1: 2, 'user:1': 0, alice: 0, 'канал': 2 };
  await service.call('update_user_status', { users: Object.keys(shards) });
  for (const [user, shard] of Object.entries(shards))
    servers.forEach((redis, i) => assert.equal(redis.stored(user) !== '', i === shard, user));
  await service.stop();
});
