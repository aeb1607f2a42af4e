// One of four shards is away: the users of the others do not notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';

const timeout = 2000; // user_status.timeout
const users = Array.from({ length: 400 }, (_, i) => `user:${i}`);

/// Reads and updates `some` of the users over and over for `ms`, several at a
/// time, by each service in turn, so that whatever else the machine does is the
/// same for all; answers the milliseconds that calls of each took, ascending.
async function latencies(services, some, ms) {
  const all = services.map(() => []);
  const caller = async (n) => {
    for (const end = Date.now() + ms; Date.now() < end; n++) {
      const params = { users: [some[n % some.length], some[(n + 1) % some.length]] };
      const method = n % 2 ? 'get_user_status' : 'update_user_status';
      for (const [i, service] of services.entries()) {
        const begin = performance.now();
        const reply = await service.call(method, params);
        assert.ok(reply.result, JSON.stringify(reply));
        all[i].push(performance.now() - begin);
      }
      await sleep(2);
    }
  };
  await Promise.all([0, 20, 40, 60].map(caller));
  return all.map((times) => times.sort((a, b) => a - b));
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
    const [another, ...servers] = await Promise.all([0, 1, 2, 3, 4].map(() => startRedis(t)));
    const start = (shards) => {
      const store = redisStore(...shards);
      store.redis.io_timeout = '1s';
      return startService(t, { prometheus: { enabled: true }, user_status: { ...store, timeout: `${timeout}ms` } });
    };
    const service = await start(servers);
    const healthy = await start([...servers.slice(0, 2), another, servers[3]]);
    assert.ok((await service.call('update_user_status', { users })).result);
    const [, , dead] = servers;
    const lost = new Set(dead.users());
    const others = users.filter((user) => !lost.has(user));
    assert.ok(lost.size > 50 && others.length > 250, `${lost.size} users are on the shard`);

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
    const [during, meanwhile] = await latencies([service, healthy], others, 5000);

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

    const [p50, p90, max] = [0.5, 0.9, 1].map((share) => [at(meanwhile, share), at(during, share)]);
    t.diagnostic(`ms without and with the fault: p50 ${p50.map((x) => x.toFixed(1))}, `
      + `p90 ${p90.map((x) => x.toFixed(1))}, max ${max.map((x) => x.toFixed(1))}; ${during.length} calls each`);
    // Of the same order; it has those who wait for the dead shard to serve, too.
    assert.ok(p50[1] < 3 * p50[0] + 10, `p50 ${p50}`);
    assert.ok(p90[1] < 3 * p90[0] + 30, `p90 ${p90}`);
    assert.ok(max[1] < Math.max(timeout / 2, 3 * max[0]), `max ${max}`);

    await fault.end(dead);
    await until('all shards answer', async () => (await service.call('get_user_status', { users })).result);
    await until('what was refused is stored', () => dead.users().length === lost.size);
    await Promise.all([service, healthy].map((x) => x.stop()));
  });
}
