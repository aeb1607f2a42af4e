// What /metrics tells of slow calls, refused updates, and too much at once.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { grown, scrape, sum } from './metrics.js';
import { apiKey, redisStore, sleep, startRedis, startService, until } from './helper.js';
import { startProxy } from './redis_proxy.js';

const monitored = { prometheus: { enabled: true } };

test('how long calls take is summed up and sorted into buckets', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { ...monitored, user_status: { ...redisStore(redis), timeout: '20s' } });
  const labels = { protocol: 'http', method: 'get_user_status' };
  const name = 'lastseen_api_call_duration_seconds';
  const before = await scrape(service);
  for (let i = 0; i < 5; i++) await service.status('42');
  redis.process.kill('SIGSTOP');
  const began = performance.now();
  const slow = service.status('42');
  await sleep(600);
  redis.process.kill('SIGCONT');
  await slow;
  const took = (performance.now() - began) / 1000;

  const after = await scrape(service);
  const bounds = Object.keys(after)
    .filter((key) => key.startsWith(`${name}_bucket`) && key.includes('protocol="http",method="get_user_status"'))
    .map((key) => /le="(.+)"/.exec(key)[1]);
  const counts = bounds.map((le) => grown(before, after, `${name}_bucket`, { ...labels, le }));
  assert.equal(bounds.at(-1), '+Inf');
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b), 'each has what the one before has');
  assert.equal(counts.at(-1), 6);
  assert.equal(grown(before, after, `${name}_count`, labels), 6);
  bounds.forEach((le, i) => {
    if (le <= 0.5) assert.ok(counts[i] <= 5, `one of ${took} s is not within ${le} s`);
    if (le >= took) assert.equal(counts[i], 6, `${took} s is within ${le} s`);
  });
  const seconds = grown(before, after, `${name}_sum`, labels);
  assert.ok(seconds >= 0.5 && seconds < took + 5, `${seconds} s in all, ${took} s of the slow one`);
  await service.stop();
});

test('updates that the store will never take are counted', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  const service = await startService(t, { ...monitored, user_status: redisStore(proxy) });
  const before = await scrape(service);
  proxy.answers(() => Buffer.from('-ERR injected\r\n'));
  const { error } = await service.call('update_user_status', { users: ['42'] });
  proxy.asIs();
  assert.equal(error.code, 100);
  assert.match(error.message, /injected/);
  const after = await scrape(service);
  assert.equal(grown(before, after, 'lastseen_updates_refused_total', { reason: 'rejected' }), 1);
  assert.equal(grown(before, after, 'lastseen_updates_refused_total', { reason: 'max_pending_users' }), 0);
  assert.equal(grown(before, after, 'lastseen_store_errors_total', { operation: 'write', cause: 'rejected' }), 1);
  assert.equal(sum(after, 'lastseen_pending_users'), 0);
  await service.stop();
});

test('connections that keep too much in part are counted', async (t) => {
  const service = await startService(t, monitored);
  const part = 8 * 1024 * 1024 - 1;
  const head = `POST /api/get_user_status HTTP/1.1\r\nHost: x\r\nX-API-Key: ${apiKey}\r\n`
    + `Content-Length: ${part + 1}\r\n\r\n`;
  const before = await scrape(service);
  const sockets = [];
  for (let i = 0; i < 9; i++) { // 72 MiB
    const socket = net.connect(service.port, '127.0.0.1');
    socket.on('error', () => {}).write(head);
    socket.write(Buffer.alloc(part, ' '));
    sockets.push(socket);
  }
  await Promise.race(sockets.map((socket) => new Promise((closed) => socket.on('close', closed))));
  const after = await scrape(service);
  assert.equal(grown(before, after, 'lastseen_receive_overflows_total'), 1);
  await until('one of nine is gone', async () =>
    grown(before, await scrape(service), 'lastseen_http_connections') === 8);
  sockets.forEach((socket) => socket.destroy());
  await service.stop();
});

test('messages that wait for actors are shown, and how long', async (t) => {
  const service = await startService(t, { ...monitored, server: { threads: 2 } });
  const commands = Array.from({ length: 5000 }, (_, i) => ({ update_user_status: { users: [`${i}`] } }));
  const body = JSON.stringify({ commands, parallel: true });
  const most = {};
  const names = ['lastseen_api_mailbox_messages', 'lastseen_mailbox_messages', 'lastseen_mailbox_delay_seconds'];
  await until('all of them', async () => {
    let running = true;
    const batch = service.post('/api/batch', body).finally(() => (running = false));
    while (running) {
      const values = await scrape(service);
      for (const name of names) most[name] = Math.max(most[name] ?? 0, sum(values, name));
    }
    assert.equal((await batch).status, 200);
    return names.every((name) => most[name] > 0);
  }, 60_000);
  t.diagnostic(JSON.stringify(most));
  assert.ok(most.lastseen_mailbox_delay_seconds < 10);
  // What nothing waits for any more is at rest.
  await service.call('update_user_status', { users: ['1'] });
  await until('none waits', async () => {
    const values = await scrape(service);
    return sum(values, 'lastseen_api_mailbox_messages') === 0 && sum(values, 'lastseen_mailbox_messages') === 0;
  });
  await service.stop();
});
