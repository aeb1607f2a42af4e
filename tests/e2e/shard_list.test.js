// The list of shards grows from four to five: the nodes are restarted one by
// one with user_status.redis.previous_address while updates, deletes and reads
// go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';

const named = (kind, n) => Array.from({ length: n }, (_, i) => `${kind}:${i}`);
const numberOf = (state) => Number(state?.slice(1) ?? 0);

/// What is known of a user: what was sent last, what was acknowledged, the
/// latest `active` seen, and whether a delete was sent and acknowledged.
const users = new Map();
const know = (user) => users.set(user, { sent: 0, acknowledged: 0, active: 0, deleting: false, deleted: false });

/// One of the nodes that are in service.
const any = (nodes) => {
  const serving = nodes.filter((node) => node.serving);
  return serving[Math.floor(Math.random() * serving.length)];
};

/// Calls a node; undefined when it went away meanwhile, so that the outcome is
/// unknown. A node in service answers.
async function call(nodes, method, params) {
  const node = any(nodes);
  try {
    const reply = await node.call(method, params);
    if (reply.result) return reply.result;
    assert.ok(!node.serving, `${method}: ${JSON.stringify(reply)}`);
  } catch (error) {
    if (node.serving) throw error;
  }
  return undefined;
}

/// Updates some users again and again, each time on any node.
async function update(nodes, mine, load) {
  for (let i = 0; load.running; i++) {
    const user = mine[i % mine.length];
    const known = users.get(user);
    const n = ++known.sent;
    if (await call(nodes, 'update_user_status', { users: [user], state: `n${n}` })) {
      known.acknowledged = n;
      load.updates++;
    }
    await sleep(2);
  }
}

/// Deletes one user after the other.
async function remove(nodes, mine, load) {
  for (const user of mine) {
    if (!load.running) return;
    users.get(user).deleting = true;
    while (!(await call(nodes, 'delete_user_status', { users: [user] })));
    users.get(user).deleted = true;
    load.deletes++;
    await sleep(100);
  }
}

/// What any node must say, given what was known when it was asked.
function check(status, known, sent) {
  const seen = numberOf(status.state);
  if (known.deleted) {
    assert.deepEqual(status, { user: status.user });
    return;
  }
  assert.ok(seen >= known.acknowledged, `${JSON.stringify(status)} after ${known.acknowledged}`);
  assert.ok(seen <= sent, status.user);
  assert.ok((status.active ?? 0) >= known.active, `${JSON.stringify(status)}: ${known.active}`);
}

async function checkAll(nodes, names) {
  const before = new Map(names.map((user) => [user, { ...users.get(user) }]));
  const result = await call(nodes, 'get_user_status', { users: names });
  for (const status of result?.statuses ?? []) {
    const known = users.get(status.user);
    const then = before.get(status.user);
    if (known.deleting && !then.deleted) continue; // it may be seen or not
    check(status, then, known.sent);
    // Until an update is acknowledged, only the node that has it may show it.
    if (numberOf(status.state) <= known.acknowledged)
      known.active = Math.max(known.active, status.active ?? 0);
  }
  return result !== undefined;
}

async function read(nodes, names, load) {
  while (load.running) {
    if (await checkAll(nodes, names)) load.reads++;
    await sleep(20);
  }
}

async function restart(node, redis) {
  node.serving = false;
  await node.stop();
  node.config.user_status.redis = redis;
  await node.start();
  const names = [...users.keys()];
  await until('it reads all shards', async () =>
    (await node.call('get_user_status', { users: names })).result);
  node.serving = true;
}

test('four shards become five under load', { timeout: 110_000 }, async (t) => {
  const servers = await Promise.all(Array.from({ length: 5 }, () => startRedis(t)));
  const four = redisStore(...servers.slice(0, 4)).redis;
  const five = redisStore(...servers).redis;
  const nodes = await Promise.all(Array.from({ length: 3 }, () =>
    startService(t, { user_status: redisStore(...servers.slice(0, 4)) })));
  for (const node of nodes) node.serving = true;

  const quiet = named('quiet', 100);
  const busy = named('busy', 100);
  const deleted = named('deleted', 60);
  const all = [...quiet, ...busy, ...deleted];
  all.forEach(know);
  await nodes[0].call('update_user_status', { users: all, state: 'n0' });
  await checkAll(nodes, all);
  assert.ok(all.every((user) => users.get(user).active));

  const load = { running: true, updates: 0, deletes: 0, reads: 0 };
  t.after(() => (load.running = false));
  const work = [read(nodes, all, load), read(nodes, all, load), remove(nodes, deleted, load)];
  for (let i = 0; i < 10; i++) work.push(update(nodes, busy.slice(i * 10, i * 10 + 10), load));
  const failed = Promise.race(work.map((x) => x.then(() => new Promise(() => {}))));
  const roll = async () => {
    await sleep(1000);
    for (const node of nodes) {
      await restart(node, { ...five, previous_address: four.address });
      await sleep(1000);
    }
  };
  await Promise.race([roll(), failed]);
  await until('all deletes are done', () => load.deletes === deleted.length, 30_000);
  load.running = false;
  await Promise.all(work);
  t.diagnostic(`${load.updates} updates, ${load.deletes} deletes, ${load.reads} reads`);
  assert.ok(load.updates > 100 && load.reads > 20, 'too little load to say anything');

  // Every status is there, on every node.
  for (const node of nodes) assert.ok(await checkAll([node], all));

  // The fifth server has about a fifth of the users, and only those of them
  // that something was done to; nobody else has moved.
  const keys = servers.map((server) => new Set(server.users()));
  const moved = busy.filter((user) => keys[4].has(user));
  assert.ok(moved.length >= 5 && moved.length <= 35, `${moved.length} of ${busy.length} moved`);
  for (const user of busy) {
    const copies = keys.filter((names) => names.has(user)).length;
    assert.equal(copies, moved.includes(user) ? 2 : 1, user);
  }

  // Those are right on a node that knows the new list only.
  await restart(nodes[0], five);
  assert.ok(await checkAll([nodes[0]], [...busy, ...deleted]));
  for (const node of nodes) await node.stop();
});
