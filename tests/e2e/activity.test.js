// An unmodified centrifuge-js reports activity, a backend reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now, redisStore, sleep, startRedis, startService, until } from './helper.js';

const near = (time, expected, tolerance = 1) =>
  assert.ok(Math.abs(time - expected) <= tolerance, `${time} is not about ${expected}`);

const stores = {
  embedded: () => ({}),
  redis: async (t) => redisStore(await startRedis(t)),
};

for (const [storeName, settings] of Object.entries(stores)) {
  test(`reported activity is read back at once, ${storeName} store`, async (t) => {
    const service = await startService(t, { user_status: await settings(t) });
    const client = await service.client(t, '42');
    assert.equal((await service.status('42')).active, undefined);
    near((await service.status('42')).online, now());

    assert.deepEqual(await client.rpc('update_user_status', {}), { data: {} });
    near((await service.status('42')).active, now());
    near((await service.status('42')).online, now());

    await client.rpc('update_user_status', { state: 'away' });
    assert.equal((await service.status('42')).state, 'away');
    await client.rpc('update_user_status', null);
    assert.equal((await service.status('42')).state, 'away');
    await client.rpc('update_user_status', { state: '' });
    assert.equal((await service.status('42')).state, undefined);
    await service.stop();
  });

  test(`online is the time of the disconnect, ${storeName} store`, async (t) => {
    const service = await startService(t, { user_status: await settings(t) });
    const client = await service.client(t, '42');
    await client.rpc('update_user_status', {});
    const reported = now();
    await sleep(3000);
    near((await service.status('42')).online, reported);

    await client.hangUp();
    const left = now();
    await until('online moves', async () => (await service.status('42')).online > reported + 1);
    await sleep(1500);
    near((await service.status('42')).online, left);
    near((await service.status('42')).active, reported);
    await service.stop();
  });
}

test('with an idle tab online keeps moving and active stays', async (t) => {
  const service = await startService(t, {
    client: { ping_interval: '1s', pong_timeout: '500ms' },
    user_status: { online_interval: '500ms' },
  });
  const client = await service.client(t, '42');
  client.on('disconnected', () => assert.fail('disconnected'));
  await client.rpc('update_user_status', {});
  const { active, online } = await service.status('42');
  let status;
  for (let i = 0; i < 5; i++) {
    await sleep(1000);
    status = await service.status('42');
    near(status.online, now(), 2);
    assert.equal(status.active, active);
  }
  assert.ok(status.online >= online + 3);
  client.removeAllListeners('disconnected');
  await service.stop();
});

test('a user with two tabs stays online until the last is closed', async (t) => {
  const service = await startService(t, {
    client: { ping_interval: '1s', pong_timeout: '500ms' },
    user_status: { online_interval: '500ms' },
  });
  const first = await service.client(t, '42');
  await service.client(t, '42');
  await first.hangUp();
  const left = now();
  await until('online moves on', async () => (await service.status('42')).online > left + 2);
  await service.stop();
});

test('what a client may not do is refused', async (t) => {
  const service = await startService(t, {
    client: { allow_anonymous_connect_without_token: true },
  });
  const nobody = await service.client(t);
  await assert.rejects(nobody.rpc('update_user_status', {}),
    { code: 103, message: 'permission denied' });
  const client = await service.client(t, '42');
  await assert.rejects(client.rpc('nope', {}), { code: 104, message: 'method not found' });
  await assert.rejects(client.rpc('update_user_status', { state: 1 }), { code: 107 });
  await service.stop();
});
