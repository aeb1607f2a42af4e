// Half of the slots of a Cluster move to another master under the load of two
// nodes, and nobody notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterStore, startCluster } from './cluster.js';
import { FailoverLoad } from './failover_load.js';
import { sleep, startNodes } from './helper.js';

test('half of the slots move under load', { timeout: 110_000 }, async (t) => {
  const cluster = await startCluster(t);
  const nodes = await startNodes(t, { user_status: clusterStore(cluster) });
  // Keys in most of the slots, so that there is something to move.
  const users = Array.from({ length: 9_000 }, (_, i) => `user:${i}`);
  const stored = await nodes[0].call('update_user_status', { users });
  assert.ok(stored.result, JSON.stringify(stored.error));

  const load = new FailoverLoad(t, nodes);
  const id = (i) => cluster.servers[i].run('CLUSTER', 'MYID');
  const begun = Date.now();
  await cluster.cli('reshard', `127.0.0.1:${cluster.servers[0].port}`, '--cluster-from',
    `${id(0)},${id(1)}`, '--cluster-to', id(2), '--cluster-slots', '8192', '--cluster-pipeline', '100');
  t.diagnostic(`8,192 slots in ${Date.now() - begun} ms, ${load.acknowledged.length} calls meanwhile`);
  await sleep(500);
  await load.stop();

  assert.deepEqual(load.refused, []);
  assert.deepEqual(load.stale, []);
  assert.ok(load.acknowledged.length > 100, 'there was load');
  for (const node of nodes) {
    assert.deepEqual(await load.lost(node), []);
    const statuses = await node.statuses(users);
    assert.ok(statuses.every(({ active }) => active > 0), 'those who were there still are');
  }
  for (const node of nodes) await node.stop();
});
