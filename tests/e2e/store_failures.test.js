// Calls of the server API over HTTP while Redis is away: error 100 in every
// style, whatever the call allows, and an ID to find it by in the log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiKey, redisStore, startRedis, startService, until } from './helper.js';

test('a call that fails at the store', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, {
    log: { format: 'json' },
    user_status: { ...redisStore(redis), timeout: '300ms' },
  });
  await redis.crash();
  await until('it is away', () => /store is down/.test(service.output));

  const failed = ({ error, result }) => {
    assert.equal(result, undefined);
    assert.equal(error?.code, 100);
    assert.ok(error.message.startsWith(`internal server error: redis 127.0.0.1:${redis.port}: `), error.message);
  };
  const users = ['42'];
  for (const method of ['update_user_status', 'delete_user_status']) {
    const params = { users, allow_partial: true };
    failed(await service.call(method, params));
    for (const command of [{ method, params }, { params, method }])
      failed(JSON.parse((await service.post('/api', JSON.stringify(command))).text));
    for (const parallel of [false, true]) {
      const { replies } = await service.call('batch', { commands: [{ [method]: params }], parallel });
      assert.equal(replies.length, 1);
      failed(replies[0]);
    }
  }
  failed(await service.call('get_user_status', { users }));
  const { result } = await service.call('get_user_status', { users, allow_partial: true });
  failed(result.statuses[0]);

  // One failure a second is logged.
  const logged = (id) => service.output.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    .some((line) => line.msg === 'call failed' && line.request_id === id);
  const ask = async (headers) => {
    const reply = await service.post('/api/get_user_status', '{"users":["42"]}', { 'X-API-Key': apiKey, ...headers });
    return reply.headers['x-request-id'];
  };
  await until('the ID that was made', async () => {
    const id = await ask({});
    assert.match(id, /^[0-9a-f]{16}$/);
    return logged(id);
  });
  await until('the ID of the client', async () => {
    assert.equal(await ask({ 'X-Request-ID': 'order-7/3' }), 'order-7/3');
    return logged('order-7/3');
  });
  assert.ok(!logged(''), 'none is without');
  await redis.start();
  await service.stop();
});
