// The service when its open files run out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectMany, openFiles, pauses, setLimit, within } from './open_files.js';
import { now, redisStore, startRedis, startService, until } from './helper.js';

const limit = 400;
const settings = {
  client: { stale_close_delay: '60s' },
  prometheus: { enabled: true },
};

test('connections leave files for the store, which comes back meanwhile', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { ...settings, user_status: redisStore(redis) }, {},
    undefined, undefined, within(limit));
  const close = await connectMany(t, service.port, limit + 100);
  await until('accepting pauses', async () => (await pauses(service)) > 0);
  assert.ok(openFiles(service) < limit - 100, `${openFiles(service)}`);

  await redis.crash();
  await redis.start();
  await until('Redis is reached again', async () =>
    (await service.call('update_user_status', { users: ['42'] })).result, 20_000);
  assert.ok((await service.status('42')).active >= now() - 5);

  close();
  await (await service.client(t, '43')).hangUp();
  await service.stop();
});

test('without a file left accepting pauses, and goes on when there is one', async (t) => {
  const service = await startService(t, settings, {}, undefined, undefined, within(limit));
  await (await service.client(t, '42')).hangUp();
  const before = await pauses(service);
  setLimit(service, openFiles(service), limit);
  await connectMany(t, service.port, 10);
  await until('accepting pauses', async () => (await pauses(service)) > before);
  assert.match(service.output, /accepts no connections for a moment.*Too many open files/);
  setLimit(service, limit, limit);
  await (await service.client(t, '43')).hangUp();
  await service.stop();
});
