// What /metrics, /ready and the access log tell is what happened.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { connectGrpc, startGrpc } from './grpc_client.js';
import { grown, scrape, sum } from './metrics.js';
import { apiKey, redisStore, startRedis, startService, until } from './helper.js';

const monitored = { health: { enabled: true }, prometheus: { enabled: true } };

const get = (service, where, headers = {}) => service.post(where, undefined, headers, 'GET');

const api = { protocol: 'http' };

test('activity and calls are counted', async (t) => {
  const service = await startService(t, monitored);
  const before = await scrape(service);
  const client = await service.client(t, '42');
  for (let i = 0; i < 20; i++) await client.rpc('update_user_status', {});
  await assert.rejects(client.rpc('nope', {}));
  await service.call('update_user_status', { users: ['1', '2', '3'] });
  await service.call('delete_user_status', { users: ['3'] });
  await service.statuses(['1', '2']);
  await service.call('get_user_status', { users: [] }); // 107
  await service.call('info', {});
  await service.call('batch', { commands: [{ info: {} }, {}] }); // the second: 104
  await service.post('/api/get_user_status', '{}', {}); // 401
  await service.post('/nowhere', '');

  const after = await until('all is written', async () => {
    const values = await scrape(service);
    return sum(values, 'lastseen_pending_users') === 0 && values;
  });
  const check = (expected, name, labels) =>
    assert.equal(grown(before, after, name, labels), expected, `${name} ${JSON.stringify(labels)}`);
  check(1, 'lastseen_clients');
  check(1, 'lastseen_client_connections_total');
  check(1, 'lastseen_client_commands_total', { command: 'connect' });
  check(21, 'lastseen_client_commands_total', { command: 'rpc' });
  check(1, 'lastseen_client_errors_total', { code: 104 });
  const count = 'lastseen_api_call_duration_seconds_count';
  check(1, count, { ...api, method: 'update_user_status' });
  check(1, count, { ...api, method: 'delete_user_status' });
  check(1, count, { ...api, method: 'get_user_status' });
  check(2, count, { ...api, method: 'info' });
  check(3, 'lastseen_api_users_total', { method: 'update_user_status' });
  check(1, 'lastseen_api_users_total', { method: 'delete_user_status' });
  check(2, 'lastseen_api_users_total', { method: 'get_user_status' });
  check(1, 'lastseen_api_errors_total', { method: 'get_user_status', code: 107 });
  check(1, 'lastseen_api_errors_total', { method: 'other', code: 104 });
  check(2, 'lastseen_api_errors_total');
  check(1, 'lastseen_http_responses_total', { status: 101 });
  check(1, 'lastseen_http_responses_total', { status: 401 });
  check(1, 'lastseen_http_responses_total', { status: 404 });
  check(1 + 20 + 3 + 1, 'lastseen_updates_total'); // the first is the connect
  check(0, 'lastseen_updates_refused_total');
  check(0, 'lastseen_store_errors_total');
  const written = grown(before, after, 'lastseen_users_written_total');
  assert.ok(written >= 4 && written <= 10, `${written} written`);
  const batches = grown(before, after, 'lastseen_batch_users_count');
  assert.ok(batches >= 2 && batches <= written, `${batches} batches`);
  assert.equal(grown(before, after, 'lastseen_batch_users_sum'), written);
  check(batches, 'lastseen_store_duration_seconds_count', { operation: 'write' });
  check(1, 'lastseen_store_duration_seconds_count', { operation: 'read' });
  assert.equal(after['lastseen_pending_oldest_age_seconds{shard="0"}'], 0);
  assert.ok(Math.abs(after['lastseen_shard_clock_offset_seconds{shard="0"}']) < 1);
  assert.equal(sum(after, 'lastseen_shard_info', { store: 'embedded :memory:' })
    + sum(after, 'lastseen_shard_info'), 2);
  assert.ok(after.process_resident_memory_bytes > 1024 * 1024);
  await service.stop();
});

test('a stopped Redis is seen in its shard, and so is its return', { timeout: 100_000 }, async (t) => {
  const servers = [await startRedis(t), await startRedis(t)];
  const service = await startService(t, {
    ...monitored,
    user_status: { ...redisStore(...servers), timeout: '500ms', max_pending_users: 20 },
  });
  await until('both are up', async () => (await get(service, '/ready')).status === 200);
  const names = servers.map((server) => `redis 127.0.0.1:${server.port}`);
  const before = await scrape(service);
  for (const i of [0, 1])
    assert.equal(before[`lastseen_shard_info{shard="${i}",store="${names[i]}"}`], 1);

  await servers[1].shutdownSave();
  const { text } = await until('not ready', async () => {
    const reply = await get(service, '/ready');
    return reply.status === 503 && reply;
  });
  const { ready, reasons } = JSON.parse(text);
  assert.equal(ready, false);
  assert.equal(reasons.length, 1);
  assert.ok(reasons[0].startsWith(`shard 1: ${names[1]}: `), reasons[0]);
  assert.equal((await get(service, '/health')).status, 200);

  // 64 users a call, so that each shard has more than it may keep.
  const users = Array.from({ length: 64 }, (_, i) => `user:${i}`);
  const { error } = await service.call('update_user_status', { users });
  assert.equal(error.code, 100);
  const { error: late } = await service.call('update_user_status', { users: users.slice(0, 8) });
  assert.equal(late.code, 100);
  const during = await scrape(service);
  const shard = (i) => ({ shard: i });
  assert.equal(during['lastseen_store_up{shard="0"}'], 1);
  assert.equal(during['lastseen_store_up{shard="1"}'], 0);
  assert.ok(grown(before, during, 'lastseen_store_errors_total', { ...shard(1), operation: 'connect' }) >= 2);
  assert.equal(grown(before, during, 'lastseen_store_errors_total', shard(0)), 0);
  assert.equal(grown(before, during, 'lastseen_api_errors_total', { code: 100 }), 2);
  assert.ok(sum(during, 'lastseen_pending_users', shard(1)) > 0);
  assert.ok(sum(during, 'lastseen_pending_oldest_age_seconds', shard(1)) > 0.3);
  assert.ok(grown(before, during, 'lastseen_updates_refused_total', { reason: 'max_pending_users' }) > 20);

  await servers[1].start();
  await until('ready again', async () => (await get(service, '/ready')).status === 200);
  const after = await until('all is written', async () => {
    const values = await scrape(service);
    return sum(values, 'lastseen_pending_users') === 0 && values;
  });
  assert.equal(grown(before, after, 'lastseen_store_reconnects_total', shard(1)), 1);
  assert.equal(grown(before, after, 'lastseen_store_reconnects_total', shard(0)), 0);
  assert.equal(sum(after, 'lastseen_pending_oldest_age_seconds'), 0);
  await service.stop();
});

test('values that are none of ours are counted', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, { ...monitored, user_status: redisStore(redis) });
  redis.run('SET', 'lastseen.user_status.odd', 'not a status');
  const before = await scrape(service);
  await service.status('odd');
  const after = await scrape(service);
  assert.equal(grown(before, after, 'lastseen_values_unparsable_total'), 1);
  await service.stop();
});

test('the access log and a failure at the store have the request ID', async (t) => {
  const redis = await startRedis(t);
  const service = await startService(t, {
    ...monitored,
    log: { access: true, format: 'json' },
    user_status: { ...redisStore(redis), timeout: '300ms' },
  });
  await redis.shutdownSave();
  const headers = { 'X-API-Key': apiKey, 'X-Request-ID': 'order-7/3' };
  const reply = await service.post('/api/get_user_status?secret=1', '{"users":["1"]}', headers);
  assert.equal(reply.headers['x-request-id'], 'order-7/3');
  assert.equal(JSON.parse(reply.text).error.code, 100);
  const made = await get(service, '/health', { 'X-Request-ID': 'no good' });
  assert.match(made.headers['x-request-id'], /^[0-9a-f]{16}$/);

  const lines = () => service.output.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const find = (msg, id) => lines().find((line) => line.msg === msg && line.request_id === id);
  const logged = await until('the request is logged', () => find('request', 'order-7/3'));
  assert.equal(logged.method, 'POST');
  assert.equal(logged.path, '/api/get_user_status');
  assert.equal(logged.status, '200');
  assert.equal(logged.bytes, String(reply.text.length));
  const failed = find('call failed', 'order-7/3');
  assert.match(failed.why, new RegExp(`^redis 127.0.0.1:${redis.port}: `));
  await until('so is the other', () => find('request', made.headers['x-request-id']));
  assert.doesNotMatch(service.output, /secret|api-key-of-the-tests/);
  await service.stop();
});

// `./dev test` gets it.
const promtool = spawnSync('promtool', ['--version']).status === 0;

test('promtool has nothing to say', { skip: !promtool && 'no promtool' }, async (t) => {
  const lint = async (service) => {
    const { text } = await get(service, '/metrics');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.deepEqual([stdout + stderr, status], ['', 0]);
    return text;
  };
  const idle = await startService(t, monitored);
  await lint(idle);
  await idle.stop();

  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, {
    ...monitored, user_status: { ...redisStore(redis), timeout: '300ms', lanes: 2 },
  });
  const grpc = connectGrpc(t, service.grpcPort);
  const client = await service.client(t, '42');
  await client.rpc('update_user_status', {});
  await assert.rejects(client.rpc('nope', {}));
  const traffic = async () => {
    await service.call('update_user_status', { users: ['1', '2'] });
    await service.call('get_user_status', { users: ['1'], allow_partial: true });
    await service.call('info', {});
    for (const method of ['UpdateUserStatus', 'GetUserStatus']) await grpc.call(method, { users: ['3'] });
  };
  await traffic();
  await redis.crash();
  await traffic();
  await redis.start();
  await until('it is back', async () => (await get(service, '/ready')).status === 200);
  await traffic();
  const text = await lint(service);
  for (const series of ['lastseen_store_errors_total{', 'protocol="grpc"', 'lane="1"', 'code="104"'])
    assert.ok(text.includes(series), series);
  await client.hangUp();
  await service.stop();
});
