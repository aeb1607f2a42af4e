// What /metrics tells of clients, and of updates that come to nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { grown, scrape, sum } from './metrics.js';
import { redisStore, sleep, startRedis, startService, until } from './helper.js';
import { startProxy } from './redis_proxy.js';

const monitored = { prometheus: { enabled: true } };

const written = (service) => until('all is written', async () => {
  const values = await scrape(service);
  return sum(values, 'lastseen_pending_users') === 0 && values;
});

test('clients, their pongs and how they end are counted', async (t) => {
  const service = await startService(t, {
    ...monitored, client: { ping_interval: '1s', pong_timeout: '500ms' },
  });
  const before = await scrape(service);
  assert.equal(Object.keys(before).filter((key) =>
    /^lastseen_build_info\{version="\d+\.\d+\.\d+.*"\}$/.test(key) && before[key] === 1).length, 1);
  const clients = [];
  for (const user of ['42', '42', '43']) clients.push(await service.client(t, user));
  const bad = new WebSocket(service.websocketUrl);
  bad.on('open', () => bad.send('garbage'));
  const code = await new Promise((resolve) => bad.on('close', resolve));
  assert.equal(code, 3501);
  const during = await until('pongs', async () => {
    const values = await scrape(service);
    return grown(before, values, 'lastseen_client_pongs_total') >= 3 && values;
  });
  const check = (expected, name, labels) =>
    assert.equal(grown(before, during, name, labels), expected, `${name} ${JSON.stringify(labels)}`);
  assert.equal(sum(during, 'lastseen_clients'), 3);
  assert.equal(sum(during, 'lastseen_connected_users'), 2);
  check(4, 'lastseen_client_connections_total');
  check(1, 'lastseen_client_disconnects_total', { code: 3501 });
  check(0, 'lastseen_tls_handshake_failures_total');
  check(0, 'lastseen_receive_overflows_total');
  assert.equal(sum(during, 'lastseen_http_connections'), 1);
  assert.equal(sum(during, 'lastseen_api_calls_in_flight'), 0);
  assert.equal(sum(during, 'lastseen_waiting_reads'), 0);
  assert.ok(during['lastseen_mailbox_delay_seconds{shard="0"}'] < 1);
  assert.ok(during.process_open_fds > 10 && during.process_open_fds < during.process_max_fds);
  assert.ok(during.process_cpu_seconds_total > before.process_cpu_seconds_total);

  await Promise.all(clients.map((client) => client.hangUp()));
  await until('they are gone', async () => {
    const after = await scrape(service);
    return sum(after, 'lastseen_clients') === 0 && sum(after, 'lastseen_connected_users') === 0;
  });
  await service.stop();
});

test('calls and reads that wait are shown', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { ...monitored, user_status: { ...redisStore(redis), timeout: '20s' } });
  await service.status('42');
  redis.process.kill('SIGSTOP');
  // The first waits for Redis, the others for the first.
  const calls = Array.from({ length: 8 }, (_, i) => service.status(`${i}`));
  await until('they wait', async () => {
    const values = await scrape(service);
    return sum(values, 'lastseen_api_calls_in_flight') === 8 && sum(values, 'lastseen_waiting_reads') >= 1;
  });
  redis.process.kill('SIGCONT');
  await Promise.all(calls);
  await until('none does', async () => {
    const after = await scrape(service);
    return sum(after, 'lastseen_api_calls_in_flight') === 0 && sum(after, 'lastseen_waiting_reads') === 0;
  });
  await service.stop();
});

/// What is counted as dropped when a client reports while Redis is away for so
/// long.
async function dropped(t, settings, away) {
  const redis = await startRedis(t);
  const service = await startService(t, {
    ...monitored,
    client: { ping_interval: '600s' }, // no sign of life
    user_status: { ...redisStore(redis), debounce_interval: '1ms', ...settings },
  });
  const client = await service.client(t, '42');
  const before = await written(service);
  redis.run('DEL', 'lastseen.user_status.42');
  await redis.crash();
  await until('it is away', async () => sum(await scrape(service), 'lastseen_store_up') === 0);
  await client.rpc('update_user_status', {});
  await sleep(away);
  await redis.start();
  const after = await written(service);
  await client.hangUp();
  await service.stop();
  return (reason) => grown(before, after, 'lastseen_updates_dropped_total', { reason });
}

test('updates that expire while they wait are counted', async (t) => {
  const of = await dropped(t, { expire_interval: '1s', delete_guard: '1s' }, 2500);
  assert.equal(of('expired'), 1);
  assert.equal(of('deleted'), 0);
});

test('updates that may be of a deleted user are counted', async (t) => {
  const of = await dropped(t, { delete_guard: '1s' }, 2500);
  assert.equal(of('guarded'), 1);
  assert.equal(of('expired'), 0);
});

test('updates that a later delete on another node undoes are counted', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  const settings = (server) => ({
    ...monitored,
    client: { ping_interval: '600s' },
    user_status: { ...redisStore(server), debounce_interval: '1ms' },
  });
  const near = await startService(t, settings(redis));
  const far = await startService(t, settings(proxy));
  const client = await far.client(t, '42');
  const before = await written(far);
  proxy.pause();
  await client.rpc('update_user_status', {});
  await sleep(300); // longer than the nodes may be wrong about Redis' time
  assert.ok((await near.call('delete_user_status', { users: ['42'] })).result);
  proxy.resume();
  const after = await written(far);
  assert.equal(grown(before, after, 'lastseen_updates_dropped_total', { reason: 'deleted' }), 1);
  assert.deepEqual(await near.status('42'), { user: '42' });
  await far.stop();
  await near.stop();
});
