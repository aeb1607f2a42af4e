// gRPC when the open files of the service run out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectGrpc, startGrpc } from './grpc_client.js';
import { connectMany, metric, openFiles, pauses, setLimit, within } from './open_files.js';
import { now, redisStore, startRedis, until } from './helper.js';

const limit = 400;
const settings = { client: { stale_close_delay: '60s' }, prometheus: { enabled: true } };

/// A client with a connection of its own.
const connect = (t, service) =>
  connectGrpc(t, service.grpcPort, undefined, { 'grpc.use_local_subchannel_pool': 1 });

const grpcConnections = (service) => metric(service, 'lastseen_grpc_connections');

test('connections by gRPC leave files for the store, which comes back meanwhile', async (t) => {
  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, { ...settings, user_status: redisStore(redis) }, within(limit));
  const client = connect(t, service);
  await client.call('UpdateUserStatus', { users: ['42'] });
  const close = await connectMany(t, service.grpcPort, limit + 100);
  await until('accepting pauses', async () => (await pauses(service)) > 0);
  assert.ok(openFiles(service) < limit - 100, `${openFiles(service)}`);
  assert.ok((await grpcConnections(service)) > 100);

  await redis.crash();
  await redis.start();
  await until('Redis is reached again', async () =>
    (await service.call('update_user_status', { users: ['42'] })).result, 20_000);
  assert.ok((await service.status('42')).active >= now() - 5);
  assert.ok((await client.call('GetUserStatus', { users: ['42'] })).result);

  close();
  await connect(t, service).call('Info');
  await until('they are gone', async () => (await grpcConnections(service)) < 5);
  await (await service.client(t, '43')).hangUp();
  await service.stop();
});

test('without a file left gRPC accepts none, and goes on when there is one', async (t) => {
  const service = await startGrpc(t, {}, settings, within(limit));
  const client = connect(t, service);
  // UBSan needs a file when it sees a type for the first time.
  const calls = async () => {
    assert.ok(await service.status('42'));
    assert.ok((await client.call('GetUserStatus', { users: ['42'] })).result);
  };
  await calls();
  const before = await pauses(service);
  setLimit(service, openFiles(service), limit);
  const close = await connectMany(t, service.grpcPort, 10);
  await until('accepting pauses', async () => (await pauses(service)) > before);
  assert.match(service.output, /accepts no connections for a moment.*Too many open files/);
  // Those who are there are served, by HTTP and by gRPC.
  await calls();
  setLimit(service, limit, limit);
  close();
  await connect(t, service).call('Info');
  await (await service.client(t, '43')).hangUp();
  await service.stop();
});

test('a connection by gRPC that says nothing is closed', async (t) => {
  const service = await startGrpc(t, {}, {
    client: { stale_close_delay: '300ms' }, prometheus: { enabled: true },
  });
  await connectMany(t, service.grpcPort, 3);
  await until('they are there', async () => (await grpcConnections(service)) === 3);
  await until('they are gone', async () => (await grpcConnections(service)) === 0);
  await service.stop();
});
