// The server API over gRPC, with grpc-js.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { connectGrpc, connectHealth, errorIn, failureOf, grpc, grpcKey, load, metadata, startGrpc, withKey } from './grpc_client.js';
import { now, redisStore, startRedis, tempDir, until } from './helper.js';

const { status } = grpc;

/// A call with the bytes of a request.
const raw = (client, method, bytes) => new Promise((resolve, reject) => {
  client.makeUnaryRequest(`/centrifugal.centrifugo.api.CentrifugoApi/${method}`, (x) => x, (x) => x,
    bytes, withKey(), (error, response) => (error ? reject(error) : resolve(response)));
});

/// The most bytes of memory that were ever resident.
const peak = (service) => 1024
  * Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${service.process.pid}/status`))[1]);

test('every RPC does what it does over HTTP', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  const before = now();
  assert.deepEqual(await client.call('UpdateUserStatus', { users: ['42', '43'], state: 'away' }), { result: {} });
  const { result } = await client.call('GetUserStatus', { users: ['43', 'none', '42', '43'] });
  assert.deepEqual(result.statuses.map((x) => x.user), ['43', 'none', '42', '43']);
  assert.deepEqual(result.statuses[1], { user: 'none' });
  assert.equal(result.statuses[0].state, 'away');
  assert.ok(result.statuses[0].active >= before && result.statuses[0].active <= now());
  assert.deepEqual(await service.statuses(['43', 'none', '42', '43']), result.statuses);

  // Absent leaves the state, empty clears it.
  await client.call('UpdateUserStatus', { users: ['42'] });
  assert.equal((await service.status('42')).state, 'away');
  await client.call('UpdateUserStatus', { users: ['42'], state: '' });
  assert.equal((await service.status('42')).state, undefined);

  assert.deepEqual(await client.call('DeleteUserStatus', { users: ['42', '43'] }), { result: {} });
  assert.deepEqual(await service.statuses(['42', '43']), [{ user: '42' }, { user: '43' }]);

  const info = await client.call('Info');
  const http = await service.call('info', {});
  assert.equal(info.result.nodes.length, 1);
  for (const key of ['uid', 'name', 'version'])
    assert.equal(info.result.nodes[0][key], http.result.nodes[0][key]);
  await service.stop();
});

test('a batch answers each command, in order', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  for (const parallel of [false, true]) {
    const { replies } = await client.call('Batch', {
      parallel,
      commands: [
        { update_user_status: { users: ['42'], state: 'busy' } },
        { get_user_status: { users: [] } },
        {},
        { info: {} },
        { delete_user_status: { users: ['43'] } },
      ],
    }, withKey({ 'x-centrifugo-error-mode': 'transport' }));
    assert.deepEqual(replies[0], { update_user_status: {} });
    assert.deepEqual(replies[1], { error: { code: 107, message: 'bad request: users: required' } });
    assert.deepEqual(replies[2], { error: { code: 104, message: 'not found' } });
    assert.match(replies[3].info.nodes[0].version, /^lastseen/);
    assert.deepEqual(replies[4], { delete_user_status: {} });
  }
  const { replies } = await client.call('Batch', {
    commands: [{ update_user_status: { users: ['44'], state: 'x' } }, { get_user_status: { users: ['44'] } }],
  });
  assert.equal(replies[1].get_user_status.statuses[0].state, 'x');
  assert.deepEqual(await client.call('Batch', {}), {});
  await service.stop();
});

test('the key must be exactly one of those of today', async (t) => {
  const service = await startGrpc(t, { keys: ['another'] });
  const client = connectGrpc(t, service.grpcPort);
  const code = async (authorization) => {
    const meta = authorization === undefined ? metadata({}) : metadata({ authorization });
    const request = { users: ['42'] };
    return client.call('GetUserStatus', request, meta).then(() => 0, (failure) => failure.code);
  };
  assert.equal(await code(`apikey ${grpcKey}`), 0);
  assert.equal(await code('apikey another'), 0);
  for (const wrong of [undefined, grpcKey, `Apikey ${grpcKey}`, `apikey  ${grpcKey}`, `apikey ${grpcKey}x`, 'apikey ', 'apikey'])
    assert.equal(await code(wrong), status.UNAUTHENTICATED, wrong);
  assert.equal((await failureOf(client.call('Info', {}, metadata({})))).details, 'unauthenticated');
  const reload = (grpc_api) => {
    const config = { ...service.config, grpc_api: { ...service.config.grpc_api, ...grpc_api } };
    fs.writeFileSync(path.join(service.dir, 'config.json'), JSON.stringify(config));
    service.process.kill('SIGHUP');
  };
  reload({ key: 'next', keys: [] });
  await until('the new key is taken', async () => (await code('apikey next')) === 0);
  assert.equal(await code('apikey another'), status.UNAUTHENTICATED);
  reload({ key: '', keys: [] });
  await until('it says that keys stay', () => /keys of grpc_api stay/.test(service.output));
  assert.equal(await code(undefined), status.UNAUTHENTICATED);
  await service.stop();
});

test('an error is in the response, or in the status when asked for', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  const error = { code: 107, message: 'bad request: users[1]: empty' };
  const request = { users: ['42', ''] };
  for (const method of ['UpdateUserStatus', 'GetUserStatus', 'DeleteUserStatus']) {
    assert.deepEqual(await client.call(method, request), { error });
    const failure = await failureOf(client.call(method, request, withKey({ 'x-centrifugo-error-mode': 'transport' })));
    assert.equal(failure.code, status.INVALID_ARGUMENT);
    assert.equal(failure.details, error.message);
    assert.deepEqual(errorIn(failure), {
      code: status.INVALID_ARGUMENT,
      message: error.message,
      type: 'type.googleapis.com/centrifugal.centrifugo.api.Error',
      error,
    });
  }
  await service.stop();

  const strict = await startGrpc(t, { error_mode: 'transport' });
  const other = connectGrpc(t, strict.grpcPort);
  assert.equal((await failureOf(other.call('GetUserStatus', {}))).code, status.INVALID_ARGUMENT);
  await strict.stop();
});

test('what is no message is refused with the reason', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  const refused = (method, bytes) => failureOf(raw(client, method, Buffer.from(bytes)));
  const users = await refused('GetUserStatus', [0x0a, 1, 0x61, 0x0a, 1, 0xff]);
  assert.deepEqual([users.code, users.details], [status.INVALID_ARGUMENT, 'bad request: users[1]: not UTF-8']);
  const cut = await refused('GetUserStatus', [0x0a, 9, 0x61]);
  assert.equal(cut.code, status.INVALID_ARGUMENT);
  assert.match(cut.details, /^bad request: malformed at byte \d$/);
  const unknown = await refused('Publish', []);
  assert.equal(unknown.code, status.UNIMPLEMENTED);
  await service.stop();
});

test('a message over the limit is refused, one below it is served', async (t) => {
  const service = await startGrpc(t, {}, { user_status: { max_users_per_request: 100_000 } });
  const unlimited = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };
  const client = connectGrpc(t, service.grpcPort, undefined, unlimited);
  const users = (bytes) => Array.from({ length: bytes / 503 }, (_, i) => `${i}`.padEnd(500, 'x'));
  const mib = 1024 * 1024;
  const below = users(7.9 * mib);
  const { result } = await client.call('GetUserStatus', { users: below });
  assert.equal(result.statuses.length, below.length);
  assert.equal((await failureOf(client.call('GetUserStatus', { users: users(8.1 * mib) }))).code, status.RESOURCE_EXHAUSTED);
  // Compressed, it is a few kilobytes.
  // grpc-js compresses no longer once it has had an answer.
  const zipped = () => connectGrpc(t, service.grpcPort, undefined, {
    'grpc.default_compression_algorithm': 2,
    'grpc.use_local_subchannel_pool': 1,
    ...unlimited,
  });
  assert.equal((await zipped().call('GetUserStatus', { users: users(4 * mib) })).result.statuses.length,
    users(4 * mib).length);
  // Unpacked no further than the limit, and taken in no further than gRPC may.
  const before = peak(service);
  const bomb = await failureOf(raw(zipped(), 'GetUserStatus', Buffer.alloc(400 * mib)));
  assert.equal(bomb.code, status.RESOURCE_EXHAUSTED, bomb.message);
  assert.ok(peak(service) - before < 100 * mib, `${before} bytes, then ${peak(service)}`);
  const huge = await failureOf(raw(client, 'GetUserStatus', Buffer.alloc(1000 * mib)));
  assert.equal(huge.code, status.RESOURCE_EXHAUSTED, huge.message);
  assert.ok(peak(service) - before < 600 * mib, `${before} bytes, then ${peak(service)}`);
  const deflated = connectGrpc(t, service.grpcPort, undefined, { 'grpc.default_compression_algorithm': 1 });
  assert.equal((await failureOf(deflated.call('GetUserStatus', { users: ['42'] }))).code, status.UNIMPLEMENTED);
  const broken = await failureOf(raw(client, 'GetUserStatus', Buffer.from([0x1f, 0x8b, 1, 2, 3])));
  assert.equal(broken.code, status.INVALID_ARGUMENT);
  await service.stop();

  const small = await startGrpc(t, { max_receive_message_size: 4 * mib });
  const other = connectGrpc(t, small.grpcPort, undefined, unlimited);
  assert.ok((await other.call('GetUserStatus', { users: users(3.9 * mib) })).result);
  assert.equal((await failureOf(other.call('GetUserStatus', { users: users(4.1 * mib) }))).code, status.RESOURCE_EXHAUSTED);
  await small.stop();
});

/// Calls of a service whose Redis stands still, so many, all arrived.
async function stallCalls(t, count) {
  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, {
    prometheus: { enabled: true },
    user_status: { ...redisStore(redis), timeout: '60s' },
  });
  const client = connectGrpc(t, service.grpcPort);
  await client.call('UpdateUserStatus', { users: ['0'] });
  const before = threads(service);
  redis.process.kill('SIGSTOP');
  const calls = Array.from({ length: count }, (_, i) => client.call('UpdateUserStatus', { users: [`${i}`] }));
  await until('they arrived', async () => {
    const { text } = await service.post('/metrics', '', {}, 'GET');
    return Number(/^lastseen_api_calls_in_flight (\d+)/m.exec(text)?.[1]) === count;
  }, 60_000);
  return { redis, service, client, calls, before };
}

/// The threads of the service.
const threads = (service) =>
  Number(/Threads:\s+(\d+)/.exec(fs.readFileSync(`/proc/${service.process.pid}/status`))[1]);

test('5,000 calls in flight need no more threads', async (t) => {
  const { redis, service, calls, before } = await stallCalls(t, 5000);
  const during = threads(service);
  assert.ok(during <= before + 8, `${before} threads, then ${during}`);
  redis.process.kill('SIGCONT');
  for (const reply of await Promise.all(calls)) assert.deepEqual(reply, { result: {} });
  await service.stop();
});

test('SIGTERM answers the calls under way', async (t) => {
  const { redis, service, client, calls } = await stallCalls(t, 100);
  const stopped = service.stop();
  await until('it stops', async () =>
    (await client.call('Info').catch((failure) => failure.code)) === status.UNAVAILABLE);
  redis.process.kill('SIGCONT');
  for (const reply of await Promise.all(calls)) assert.deepEqual(reply, { result: {} });
  await stopped;
  assert.ok(redis.stored('99'));
});

test('a client that goes does not keep the service from stopping', async (t) => {
  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, { user_status: { ...redisStore(redis), timeout: '2s' } });
  const client = connectGrpc(t, service.grpcPort);
  await client.call('UpdateUserStatus', { users: ['0'] });
  redis.process.kill('SIGSTOP');
  const failure = await failureOf(client.call('UpdateUserStatus', { users: ['1'] }, withKey(), { deadline: Date.now() + 300 }));
  assert.equal(failure.code, status.DEADLINE_EXCEEDED);
  client.close();
  redis.process.kill('SIGCONT');
  await service.stop();
});

test('the health service answers by option', async (t) => {
  const check = (client, service) => new Promise((resolve) => {
    client.Check({ service }, (error, response) => resolve(error ? error.code : response));
  });
  const service = await startGrpc(t, { health: true });
  const client = connectHealth(t, service.grpcPort);
  assert.deepEqual(await check(client, ''), { status: 1 });
  assert.deepEqual(await check(client, 'centrifugal.centrifugo.api.CentrifugoApi'), { status: 1 });
  assert.equal(await check(client, 'other'), status.NOT_FOUND);
  const seen = [];
  const watch = client.Watch({ service: '' });
  watch.on('data', (x) => seen.push(x.status)).on('error', () => {});
  await until('it is watched', () => seen[0] === 1);
  await service.stop(); // which a watcher does not hold up
  const without = await startGrpc(t);
  assert.equal(await check(connectHealth(t, without.grpcPort), ''), status.UNIMPLEMENTED);
  await without.stop();
});

test('reflection lists the service by option', async (t) => {
  const file = path.join(tempDir(t), 'reflection.proto');
  fs.writeFileSync(file, `syntax = "proto3";
    package grpc.reflection.v1alpha;
    message ServerReflectionRequest { string file_containing_symbol = 4; string list_services = 7; }
    message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
    message ServiceResponse { string name = 1; }
    message ListServiceResponse { repeated ServiceResponse service = 1; }
    message ServerReflectionResponse {
      FileDescriptorResponse file_descriptor_response = 4;
      ListServiceResponse list_services_response = 6;
    }
    service ServerReflection {
      rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse);
    }`);
  const { ServerReflection } = load(file).grpc.reflection.v1alpha;
  const ask = (service, request) => new Promise((resolve) => {
    const client = new ServerReflection(`127.0.0.1:${service.grpcPort}`, grpc.credentials.createInsecure());
    t.after(() => client.close());
    const call = client.ServerReflectionInfo();
    call.on('data', resolve).on('error', (error) => resolve(error.code));
    call.write(request);
  });
  const service = await startGrpc(t, { reflection: true });
  const { list_services_response: list } = await ask(service, { list_services: '*' });
  assert.ok(list.service.some(({ name }) => name === 'centrifugal.centrifugo.api.CentrifugoApi'));
  const { file_descriptor_response: found } = await ask(service, {
    file_containing_symbol: 'centrifugal.centrifugo.api.CentrifugoApi',
  });
  assert.ok(found.file_descriptor_proto[0].includes('UpdateUserStatus'));
  await service.stop(); // though the streams are open
  const without = await startGrpc(t);
  assert.equal(await ask(without, { list_services: '*' }), status.UNIMPLEMENTED);
  await without.stop();
});

test('a start that cannot serve gRPC says why', async (t) => {
  const service = await startGrpc(t);
  const ended = async (settings) => (await failureOf(startGrpc(t, settings))).message;
  assert.match(await ended({ port: service.grpcPort }),
    new RegExp(`grpc_api.port: cannot listen on 127.0.0.1:${service.grpcPort}: Address already in use`));
  assert.match(await ended({ address: '', key: '' }), /grpc_api.key = .*must be set.*grpc_api.address/);
  assert.match(await ended({ error_mode: 'http' }), /grpc_api.error_mode = .*must be `transport` or empty/);
  await service.stop();
});

test('request IDs are given back, and calls are in the access log and the metrics', async (t) => {
  const service = await startGrpc(t, {}, { log: { access: true }, prometheus: { enabled: true } });
  const client = connectGrpc(t, service.grpcPort);
  await client.call('GetUserStatus', { users: ['42'] }, withKey({ 'x-request-id': 'r7' }));
  assert.deepEqual(client.headers.get('x-request-id'), ['r7']);
  await client.call('GetUserStatus', { users: ['42'] }, withKey({ 'x-request-id': 'no spaces' }));
  assert.match(client.headers.get('x-request-id')[0], /^[0-9a-f]{16}$/);
  await client.call('UpdateUserStatus', { users: [] });
  await failureOf(client.call('UpdateUserStatus', { users: [] }, withKey({ 'x-centrifugo-error-mode': 'transport' })));
  await failureOf(client.call('Batch', {}, metadata({})));
  await client.call('Batch', { commands: [{ info: {} }, {}] });
  await client.call('Info');
  assert.match(service.output,
    /method=gRPC path=\/centrifugal.centrifugo.api.CentrifugoApi\/GetUserStatus status=0 .*request_id=r7/);
  const { text } = await service.post('/metrics', '', {}, 'GET');
  assert.match(text, /lastseen_api_call_duration_seconds_count\{protocol="grpc",method="get_user_status"\} 2\n/);
  assert.match(text, /lastseen_api_users_total\{protocol="grpc",method="get_user_status"\} 2\n/);
  assert.match(text, /lastseen_api_call_duration_seconds_count\{protocol="grpc",method="info"\} 2\n/);
  assert.match(text, /lastseen_api_errors_total\{protocol="grpc",method="update_user_status",code="107"\} 2\n/);
  assert.match(text, /lastseen_api_errors_total\{protocol="grpc",method="other",code="104"\} 1\n/);
  for (const [method, status, count] of [['get_user_status', 'OK', 2], ['update_user_status', 'OK', 1],
    ['update_user_status', 'INVALID_ARGUMENT', 1], ['batch', 'OK', 1], ['batch', 'UNAUTHENTICATED', 1], ['info', 'OK', 1]])
    assert.ok(text.includes(`lastseen_grpc_responses_total{method="${method}",status="${status}"} ${count}\n`), method);
  await service.stop();
});
