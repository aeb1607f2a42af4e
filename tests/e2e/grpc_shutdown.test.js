// SIGTERM with clients of gRPC.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import test from 'node:test';
import { connectGrpc, connectHealth, grpc, startGrpc } from './grpc_client.js';
import { redisStore, sleep, startRedis, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';

const { status } = grpc;

test('clients are sent elsewhere at once, while calls under way are answered', async (t) => {
  const redis = await startRedis(t);
  const service = await startGrpc(t, { health: true }, {
    user_status: { ...redisStore(redis), timeout: '60s' }, prometheus: { enabled: true },
  });
  const health = [];
  const watch = connectHealth(t, service.grpcPort).Watch({ service: '' });
  watch.on('data', (x) => health.push(x.status)).on('error', () => {});
  const other = http2.connect(`http://127.0.0.1:${service.grpcPort}`);
  t.after(() => other.destroy());
  await once(other, 'remoteSettings');
  redis.process.kill('SIGSTOP');
  const call = connectGrpc(t, service.grpcPort).call('UpdateUserStatus', { users: ['42'] });
  await until('it is under way', async () => {
    const { text } = await service.post('/metrics', '', {}, 'GET');
    return /^lastseen_api_calls_in_flight 1$/m.test(text);
  });

  const goaway = once(other, 'goaway').then(() => true);
  const stopped = service.stop();
  assert.ok(await Promise.race([goaway, sleep(10_000, false, { ref: false })]), 'no GOAWAY');
  await until('it is seen that it serves no more', () => health.length === 2);
  assert.deepEqual(health, [1, 2]);
  redis.process.kill('SIGCONT');
  assert.deepEqual(await call, { result: {} });
  await stopped;
  assert.ok(redis.stored('42'));
});

/// Updates a user over and over, whatever the answer is.
async function callOn(client, log, load) {
  while (load.running) {
    const request = { users: [log.user], state: `n${log.sent + 1}` };
    log.sent += 1;
    await client.call('UpdateUserStatus', request).then(
      () => (log.acknowledged = log.sent),
      (failure) => log.failures.push(failure));
    if (log.failures.length) await sleep(1);
  }
}

test('clients that call on and on do not hold it up, and nothing is lost', async (t) => {
  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, {
    user_status: { ...redisStore(redis), debounce_interval: '60s' }, shutdown: { timeout: '20s' },
  });
  const app = await connectRaw(service, 'app');
  const client = connectGrpc(t, service.grpcPort);
  const load = { running: true };
  t.after(() => (load.running = false));
  const logs = Array.from({ length: 64 }, (_, i) => ({ user: `backend:${i}`, sent: 0, acknowledged: 0, failures: [] }));
  const work = logs.map((log) => callOn(client, log, load));
  await until('all were served', () => logs.every((log) => log.acknowledged > 10));
  app.report();
  await until('it is answered', () => app.waiting === 0);
  assert.equal(redis.stored('app').slice(40), '', 'it is not pending');

  const begin = Date.now();
  await service.stop();
  assert.ok(Date.now() - begin < 10_000, `it took ${Date.now() - begin} ms`);
  await until('all were refused', () => logs.every((log) => log.failures.length > 2));
  load.running = false;
  await Promise.all(work);
  assert.equal(redis.stored('app').slice(40), 'n1');
  for (const { user, sent, acknowledged, failures } of logs) {
    const stored = numberOf(redis.stored(user).slice(40));
    assert.ok(stored >= acknowledged && stored <= sent, `${user}: ${stored}, acknowledged ${acknowledged}`);
    for (const { code, message } of failures)
      assert.ok([status.UNAVAILABLE, status.CANCELLED].includes(code), message);
  }
});
