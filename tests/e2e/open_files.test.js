// The service when its open files run out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { now, redisStore, startRedis, startService, until } from './helper.js';

const limit = 400;
const settings = {
  client: { stale_close_delay: '60s' },
  prometheus: { enabled: true },
};

const openFiles = (service) => fs.readdirSync(`/proc/${service.process.pid}/fd`).length;

/// The soft limit of a service that runs.
const setLimit = (service, files) =>
  execFileSync('prlimit', ['--pid', service.process.pid, `--nofile=${files}:${limit}`]);

/// By the connection that the helper keeps open.
async function metric(service, name) {
  const { text } = await service.post('/metrics', undefined, {}, 'GET');
  return Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))[1]);
}

const pauses = (service) => metric(service, 'lastseen_accept_pauses_total');

/// Connections that say nothing; the kernel takes them whoever accepts.
async function connectMany(t, service, n) {
  const sockets = Array.from({ length: n }, () => net.connect(service.port, '127.0.0.1'));
  const close = () => sockets.forEach((x) => x.destroy());
  t.after(close);
  sockets.forEach((x) => x.on('error', () => {}));
  await Promise.all(sockets.map((x) => once(x, 'connect')));
  return close;
}

test('connections leave files for the store, which comes back meanwhile', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { ...settings, user_status: redisStore(redis) }, {},
    undefined, undefined, ['prlimit', `--nofile=${limit}:${limit}`]);
  const close = await connectMany(t, service, limit + 100);
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
  const service = await startService(t, settings, {}, undefined, undefined, ['prlimit', `--nofile=${limit}:${limit}`]);
  await (await service.client(t, '42')).hangUp();
  const before = await pauses(service);
  setLimit(service, openFiles(service));
  await connectMany(t, service, 10);
  await until('accepting pauses', async () => (await pauses(service)) > before);
  assert.match(service.output, /accepts no connections for a moment.*Too many open files/);
  setLimit(service, limit);
  await (await service.client(t, '43')).hangUp();
  await service.stop();
});
