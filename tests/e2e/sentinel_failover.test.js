// The master of two nodes is killed under load, and a replica takes its place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailoverLoad } from './failover_load.js';
import { now, sleep, startNodes, until } from './helper.js';
import { masterOf, sentinelStore, startSentinelGroup } from './sentinel.js';

const settings = (group, redis = {}) => {
  const store = sentinelStore(group);
  return {
    client: { ping_interval: '3s', pong_timeout: '2s' },
    user_status: { ...store, redis: { ...store.redis, ...redis }, online_interval: '1s' },
  };
};

/// Kills the master and waits until a replica has taken its place and updates
/// are answered with success again; answers when it was killed.
async function failOver(t, master, replicas, load) {
  const killed = Date.now();
  await master.crash();
  await until('a replica is promoted', () =>
    replicas.some((x) => x.run('ROLE').startsWith('master')), 30_000);
  const promoted = Date.now();
  const first = await until('updates are acknowledged again', () => load.firstAfter(promoted), 30_000);
  const back = first.answered - promoted;
  t.diagnostic(`promoted after ${promoted - killed} ms, writes back ${back} ms later`);
  assert.ok(back < 1000, `writes came back ${back} ms after the promotion`);
  return killed;
}

test('the master is killed under load', { timeout: 110_000 }, async (t) => {
  const group = await startSentinelGroup(t, 2);
  const nodes = await startNodes(t, settings(group));
  const users = ['client 1', 'client 2'];
  for (let i = 0; i < 2; i++) await nodes[i].client(t, users[i]);
  const load = new FailoverLoad(t, nodes);
  await sleep(2000);

  const [master, ...replicas] = group.servers;
  const killed = await failOver(t, master, replicas, load);
  // Whatever Redis forgot of them, the next sign of life repairs it.
  const since = now() + 1;
  await until('those who are connected are online', async () => {
    const reply = await nodes[0].call('get_user_status', { users });
    return reply.result?.statuses.every(({ online }) => online >= since);
  }, 30_000);
  await load.stop();

  load.checkRefusals(/^internal server error: .*mymaster/);
  // Only what Redis had not replicated yet may be gone.
  const lost = await load.lost(nodes[0]);
  t.diagnostic(`${load.acknowledged.length} acknowledged, ${load.refused.length} refused, `
    + `${lost.length} not replicated before the kill`);
  for (const { user, answered } of lost)
    assert.ok(answered <= killed + 50 && answered > killed - 500, `${user} of ${answered - killed} ms is lost`);
  for (const node of nodes) await node.stop();
});

test('five failovers lose nothing that replicas had to have', { timeout: 170_000 }, async (t) => {
  const group = await startSentinelGroup(t, 2);
  // Both, since either may be the next master.
  const nodes = await startNodes(t, settings(group, { wait_replicas: 2 }));
  const load = new FailoverLoad(t, nodes);
  for (let i = 0; i < 5; i++) {
    const before = load.acknowledged.length;
    await until('updates are acknowledged', () => load.acknowledged.length > before + 100, 60_000);
    const master = await until('there are two replicas', () => masterOf(group, 2), 60_000);
    const replicas = group.servers.filter((x) => x !== master);
    // What the master takes in now is on no replica.
    for (const x of replicas) x.process.kill('SIGSTOP');
    master.run('CLIENT', 'KILL', 'TYPE', 'replica');
    await sleep(200);
    await master.crash();
    for (const x of replicas) x.process.kill('SIGCONT');
    const fresh = await until('a replica is the master', () => masterOf(group), 60_000);
    master.options.replicaof = `127.0.0.1 ${fresh.port}`;
    await master.start();
  }
  const before = load.acknowledged.length;
  await until('updates are acknowledged', () => load.acknowledged.length > before, 60_000);
  await load.stop();

  t.diagnostic(`${load.acknowledged.length} acknowledged, ${load.refused.length} refused`);
  load.checkRefusals(/^internal server error: .*mymaster/);
  for (const node of nodes) assert.deepEqual(await load.lost(node), []);
  assert.deepEqual(load.stale, []);
  for (const node of nodes) await node.stop();
});
