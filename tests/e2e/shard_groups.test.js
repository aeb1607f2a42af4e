// Shards that are not one server each: Sentinel groups and Clusters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterStore, seeds, startCluster } from './cluster.js';
import { startService, until } from './helper.js';
import { masterOf, sentinelStore, startSentinelGroup } from './sentinel.js';

const users = Array.from({ length: 400 }, (_, i) => `user:${i}`);

/// The users that the servers have, each once.
function usersIn(servers) {
  const all = servers.flatMap((x) => x.users());
  const once = new Set(all);
  assert.equal(once.size, all.length, 'a user is in two servers of a shard');
  return once;
}

async function set(node, names, state) {
  const { result, error } = await node.call('update_user_status', { users: names, state });
  assert.ok(result, JSON.stringify(error));
}

const remove = async (node, names) =>
  assert.deepEqual(await node.call('delete_user_status', { users: names }), { result: {} });

/// The state of each user, as a node says; undefined of those it knows not.
const states = async (node) => (await node.statuses(users)).map(({ state }) => state);

test('two Sentinel groups are two shards', { timeout: 110_000 }, async (t) => {
  const groups = await Promise.all([startSentinelGroup(t, 1), startSentinelGroup(t, 1)]);
  const [a, b] = groups.map(sentinelStore);
  const node = await startService(t, {
    user_status: { ...a, redis: { ...a.redis, sentinel_address: [a, b].map((x) => x.redis.sentinel_address) } },
  });
  await set(node, users, 'one');
  const masters = groups.map((group) => masterOf(group));
  const [first, second] = masters.map((master) => usersIn([master]));
  assert.equal(first.size + second.size, users.length);
  assert.ok(Math.min(first.size, second.size) > users.length / 4, `${first.size} and ${second.size}`);

  await masters[0].crash();
  await set(node, [...second], 'two'); // the other shard is not concerned
  await until('the replica is the master', () => masterOf(groups[0]) !== masters[0] && masterOf(groups[0]), 30_000);
  await until('the first shard takes updates', async () =>
    (await node.call('update_user_status', { users: [...first], state: 'two' })).result);
  assert.deepEqual(new Set(await states(node)), new Set(['two']));
  await node.stop();
});

// Through previous_address, with one node after the other.
test('one Cluster becomes two', { timeout: 110_000 }, async (t) => {
  const [first, second] = await Promise.all([startCluster(t, {}, 0), startCluster(t, {}, 0)]);
  const start = (...clusters) => (redis) => startService(t, {
    user_status: clusterStore(first, { cluster_address: clusters.map(seeds), ...redis }),
  });
  const [old, both] = [
    await start(first)({}),
    await start(first, second)({ previous_address: [`redis+cluster://127.0.0.1:${first.servers[0].port}`] }),
  ];
  await set(old, users, 'one');
  assert.deepEqual(new Set(await states(both)), new Set(['one']));
  assert.equal(usersIn(second.servers).size, 0);

  const updated = users.slice(0, 200);
  const deleted = users.slice(200, 250);
  const deletedByOld = users.slice(250, 300);
  await set(both, updated, 'two');
  await remove(both, deleted);
  await remove(old, deletedByOld);
  const expected = users.map((_, i) => (i < 200 ? 'two' : i < 300 ? undefined : 'one'));
  assert.deepEqual(await states(old), expected);
  assert.deepEqual(await states(both), expected);

  const moved = usersIn(second.servers);
  assert.ok(updated.filter((user) => moved.has(user)).length > 60, 'too few of the updated users have moved');
  assert.ok(users.slice(300).every((user) => !moved.has(user)), 'a user that nobody wrote to has moved');

  // What was written with both lists is where the new list says.
  const after = await start(first, second)({});
  assert.deepEqual((await states(after)).slice(0, 250), expected.slice(0, 250));
  for (const node of [old, both, after]) await node.stop();
});
