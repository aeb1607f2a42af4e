// One of four shards is away: the users of the others do not notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';

const timeout = 2000; // user_status.timeout
const users = Array.from({ length: 400 }, (_, i) => `user:${i}`);

/// Reads and updates `some` of the users over and over for `ms`, several at a
/// time; answers the milliseconds that calls took, ascending.
async function latencies(service, some, ms) {
  const all = [];
  const caller = async (n) => {
    for (const end = Date.now() + ms; Date.now() < end; n++) {
      const begin = performance.now();
      const params = { users: [some[n % some.length], some[(n + 1) % some.length]] };
      const method = n % 2 ? 'get_user_status' : 'update_user_status';
      const reply = await service.call(method, params);
      assert.ok(reply.result, JSON.stringify(reply));
      all.push(performance.now() - begin);
      await sleep(2);
    }
  };
  await Promise.all([0, 20, 40, 60].map(caller));
  return all.sort((a, b) => a - b);
}

const at = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)];

for (const [name, fault] of Object.entries({
  'that is killed': { begin: (redis) => redis.crash(), end: (redis) => redis.start(), says: /: connect: Connection refused$/ },
  'that stands still': {
    begin: (redis) => redis.process.kill('SIGSTOP'),
    end: (redis) => redis.process.kill('SIGCONT'),
    says: /(: timeout after 1s|: no answer within 2000 ms)$/,
  },
})) {
  test(`one of four shards ${name}`, { timeout: 100_000 }, async (t) => {
    const servers = await Promise.all([0, 1, 2, 3].map(() => startRedis(t)));
    const store = redisStore(...servers);
    store.redis.io_timeout = '1s';
    const service = await startService(t, {
      prometheus: { enabled: true }, user_status: { ...store, timeout: `${timeout}ms` },
    });
    assert.ok((await service.call('update_user_status', { users })).result);
    const [, , dead] = servers;
    const lost = new Set(dead.users());
    const others = users.filter((user) => !lost.has(user));
    assert.ok(lost.size > 50 && others.length > 250, `${lost.size} users are on the shard`);

    const before = await latencies(service, others, 3000);
    await fault.begin(dead);
    // Somebody waits for the dead shard all the time.
    const load = { running: true };
    t.after(() => (load.running = false));
    const waiting = (async () => {
      while (load.running) {
        await Promise.all(['get_user_status', 'update_user_status'].map(async (method) => {
          const { error } = await service.call(method, { users: [...lost] });
          assert.equal(error?.code, 100);
        }));
        await sleep(20);
      }
    })();
    const during = await latencies(service, others, 4000);

    const whole = await service.call('get_user_status', { users });
    assert.equal(whole.error?.code, 100);
    const shard = `internal server error: redis 127.0.0.1:${dead.port}: `;
    assert.ok(whole.error.message.startsWith(shard), whole.error.message);
    assert.match(whole.error.message, fault.says);

    const { result } = await service.call('get_user_status', { users, allow_partial: true });
    assert.deepEqual(result.statuses.map(({ user }) => user), users);
    for (const status of result.statuses) {
      if (!lost.has(status.user)) {
        assert.ok(status.active && !status.error, JSON.stringify(status));
        continue;
      }
      assert.equal(status.error?.code, 100);
      assert.ok(status.error.message.startsWith(shard), status.error.message);
      assert.equal(status.active, undefined);
    }
    load.running = false;
    await waiting;
    const { text } = await service.post('/metrics', undefined, {}, 'GET');
    const failed = text.match(/^lastseen_store_errors_total{shard="\d"/mg) ?? [];
    assert.deepEqual([...new Set(failed)], ['lastseen_store_errors_total{shard="2"']);

    const [p50, p90] = [0.5, 0.9].map((share) => [at(before, share), at(during, share)]);
    t.diagnostic(`ms before and during: p50 ${p50.map((x) => x.toFixed(1))}, p90 ${p90.map((x) => x.toFixed(1))}, `
      + `max ${at(before, 1).toFixed(1)}, ${at(during, 1).toFixed(1)}; ${before.length}, ${during.length} calls`);
    // Of the same order; the slack is for a machine that has more to do.
    assert.ok(p50[1] < 3 * p50[0] + 10, `p50 ${p50}`);
    assert.ok(p90[1] < 3 * p90[0] + 30, `p90 ${p90}`);
    assert.ok(at(during, 1) < timeout / 2, `a call took ${at(during, 1)} ms`);

    await fault.end(dead);
    await until('all shards answer', async () => (await service.call('get_user_status', { users })).result);
    await until('what was refused is stored', () => dead.users().length === lost.size);
    await service.stop();
  });
}
