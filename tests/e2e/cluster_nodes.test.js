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
