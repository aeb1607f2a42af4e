// Deletes and updates of the same users by two nodes, one of which often
// cannot reach Redis: what happened last is what counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { connectRaw } from './raw_client.js';
import { startProxy } from './redis_proxy.js';

const ioTimeout = 500;

/// Longer than the nodes may be wrong about the time of the server.
const later = () => sleep(300);

test('the last of updates and deletes counts', { timeout: 100_000 }, async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  const settings = (server) => {
    const store = redisStore(server);
    store.redis.io_timeout = `${ioTimeout}ms`;
    return {
      // No sign of life disturbs.
      client: { ping_interval: '600s' },
      user_status: { ...store, timeout: '300ms', debounce_interval: '20ms' },
    };
  };
  const near = await startService(t, settings(redis));
  const far = await startService(t, settings(proxy));
  const nodes = [near, far];

  const group = (name) => Array.from({ length: 20 }, (_, i) => `${name}:${i}`);
  // What happens to them while the far node is cut off, in this order.
  const gone = group('update on far, delete on near');
  const goneClients = group('report to far, delete on near');
  const back = group('update on far, delete on near, update on near');
  const backFar = group('update on near, delete on near, update on far');
  const goneLate = group('update on near, delete on far');
  const backLate = group('update on near, delete on far, update on near');
  const all = [gone, goneClients, back, backFar, goneLate, backLate].flat();
  const clients = await Promise.all(goneClients.map((user) => connectRaw(far, user)));
  t.after(() => clients.forEach((client) => client.socket.terminate()));

  const update = (node, users, state) => node.call('update_user_status', { users, state });
  const remove = (node, users) => node.call('delete_user_status', { users });
  const unsure = async (reply) => assert.equal((await reply).error?.code, 100);
  const sure = async (reply) => assert.ok((await reply).result, JSON.stringify(await reply));

  // Whoever wins: it must not disturb what comes after.
  async function race() {
    const one = async (i) => {
      const users = all.filter(() => Math.random() < 0.3);
      const node = nodes[i % 2];
      if (users.length === 0) return;
      if (Math.random() < 0.5) await update(node, users, `race${i}`);
      else await remove(node, users);
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => one(i)));
  }

  // How long the link stands still after all has happened: shorter than the
  // timeout, so that what it holds arrives late; or longer, so that it is lost
  // and sent again. Or it is reset.
  for (const [round, end] of [0, 'reset', 1500, 'reset'].entries()) {
    await race();
    await sure(update(near, [...backFar, ...goneLate, ...backLate], 'before'));
    proxy.pause();
    clients.forEach((client) => client.report());
    await until('reports are accepted', () => clients.every((client) => client.waiting === 0));
    await unsure(update(far, [...gone, ...back], 'before'));
    await unsure(remove(far, [...goneLate, ...backLate]));
    await sure(remove(near, [...gone, ...goneClients, ...back, ...backFar]));
    await later();
    await sure(update(near, [...back, ...backLate], `after${round}`));
    await unsure(update(far, backFar, `after${round}`));
    if (end === 'reset') proxy.reset();
    else await sleep(end);
    proxy.resume();

    // Everything that the far node held is written once this is.
    const held = () => update(far, ['marker'], `m${round}`);
    await until('the far node writes', async () => (await held()).result);
    await sleep(50);
    await until('it has written', async () => (await held()).result);
    for (const user of [...gone, ...goneClients, ...goneLate])
      assert.match(redis.stored(user), /^0{26}D\d{13}$/, `round ${round}: ${user}`);
    for (const user of [...back, ...backFar, ...backLate]) {
      const [, active, state] = /^(\d{13})\d{13}(?:D\d{13})?:\d{13}(.*)$/.exec(redis.stored(user)) ?? [];
      assert.ok(active > 0, `round ${round}: ${user}: ${redis.stored(user)}`);
      assert.equal(state, `after${round}`, `round ${round}: ${user}`);
    }
    for (const node of nodes) {
      const read = async () => (await node.call('get_user_status', { users: all })).result;
      for (const status of (await until('it is read', read)).statuses) {
        const there = status.state === `after${round}`;
        assert.equal(status.active !== undefined, there, JSON.stringify(status));
      }
    }
  }
  clients.forEach((client) => assert.deepEqual(client.errors, [], client.user));
  await Promise.all(nodes.map((node) => node.stop()));
});
