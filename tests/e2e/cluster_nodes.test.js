// Two nodes on a real Cluster: what one is told the other one knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterStore, startCluster } from './cluster.js';
import { redisStore, startService, until } from './helper.js';

// One of them is told of a single server, and finds the Cluster behind it.
test('two nodes on one Cluster', { timeout: 110_000 }, async (t) => {
  const cluster = await startCluster(t);
  const [a, b] = [
    await startService(t, { user_status: clusterStore(cluster) }),
    await startService(t, { user_status: redisStore(cluster.servers[4]) }),
  ];
  const users = Array.from({ length: 500 }, (_, i) => `user:${i}`);
  const { result, error } = await a.call('update_user_status', { users });
  assert.ok(result, JSON.stringify(error));
  const seen = await b.statuses([...users, 'nobody']);
  assert.deepEqual(seen.map(({ user }) => user), [...users, 'nobody']);
  for (const { user, active } of seen) assert.equal(Boolean(active), user !== 'nobody', user);
  for (const server of cluster.servers.slice(0, 3))
    assert.ok(Number(server.run('DBSIZE')) > 100, 'the users are spread over the masters');

  await b.call('delete_user_status', { users: users.slice(0, 250) });
  const left = await a.statuses(users);
  assert.deepEqual(left.filter(({ active }) => active).map(({ user }) => user), users.slice(250));

  const client = await a.client(t, 'alice');
  await until('the other node sees the client', async () => (await b.status('alice')).online > 0);
  await client.hangUp();
  await a.stop();
  await b.stop();
});

test('a master without a replica is away, the others serve their users', { timeout: 60_000 }, async (t) => {
  const cluster = await startCluster(t, { 'cluster-require-full-coverage': 'no' }, 0);
  const node = await startService(t, { user_status: { ...clusterStore(cluster), timeout: '3s' } });
  const users = Array.from({ length: 300 }, (_, i) => `user:${i}`);
  const update = async (names, state) => node.call('update_user_status', { users: names, state });
  assert.ok((await update(users, 'one')).result);
  const dead = cluster.servers[1];
  const lost = new Set(dead.users());
  const others = users.filter((user) => !lost.has(user));
  assert.ok(lost.size > 50 && others.length > 150, `${lost.size} users are on that master`);

  await dead.crash();
  for (let i = 0; i < 10; i++) {
    assert.ok((await update(others, `two${i}`)).result, 'users of other masters are served');
    const statuses = await node.statuses(others);
    assert.ok(statuses.every(({ state }) => state === `two${i}`));
  }
  const { error } = await node.call('get_user_status', { users });
  assert.equal(error?.code, 100);
  assert.ok(error.message.startsWith(`internal server error: redis 127.0.0.1:${dead.port}: `), error.message);
  const { result } = await node.call('get_user_status', { users, allow_partial: true });
  for (const { user, state, error } of result.statuses) {
    assert.equal(Boolean(error), lost.has(user), user);
    assert.equal(state, lost.has(user) ? undefined : 'two9', user);
  }

  await dead.start();
  await until('its users are served again', async () => (await update([...lost], 'three')).result);
  await node.stop();
});
