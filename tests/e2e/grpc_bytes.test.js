// Every row of the contract's table of gRPC messages (B.3), byte by byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectGrpc, errorIn, failureOf, grpc, startGrpc, withKey } from './grpc_client.js';
import { now, redisStore, startRedis, until } from './helper.js';

/// Bytes of numbers, texts and other bytes.
const bytes = (...parts) => Buffer.concat(parts.map((x) =>
  (typeof x === 'number' ? Buffer.from([x]) : Buffer.from(x))));

const varint = (x) => (x < 128 ? bytes(x) : bytes((x % 128) | 128, varint(Math.floor(x / 128))));

/// A field of text or of a message, and one of a number.
const field = (number, content) => {
  const value = bytes(...[content].flat());
  return bytes(varint(number * 8 + 2), varint(value.length), value);
};
const count = (number, value) => bytes(varint(number * 8), varint(value));

const error = (code, message) => bytes(count(1, code), field(2, message));

/// A call with the bytes of a request.
const asker = (client) => (method, request, meta = withKey()) => new Promise((resolve, reject) => {
  const call = client.makeUnaryRequest(`/centrifugal.centrifugo.api.CentrifugoApi/${method}`, (x) => x, (x) => x,
    request, meta, (failed, response) => (failed ? reject(failed) : resolve(response)));
  call.on('metadata', (got) => (client.headers = got));
});

test('requests and responses have the field numbers of the contract', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  const ask = asker(client);
  const expect = async (method, request, response) =>
    assert.equal((await ask(method, request)).toString('hex'), response.toString('hex'), method);
  const user = field(1, 'x');
  const done = field(2, '');
  const required = error(107, 'bad request: users: required');

  await expect('GetUserStatus', user, field(2, field(1, user)));
  await expect('UpdateUserStatus', bytes(user, field(2, 'away')), done);
  const before = now();
  const got = (await ask('GetUserStatus', user)).toString('hex');
  const possible = [before - 1, before, before + 1].map((active) =>
    field(2, field(1, [user, count(2, active), field(4, 'away')])).toString('hex'));
  assert.ok(possible.includes(got), got);
  const client42 = await service.client(t, 'x');
  const online = await ask('GetUserStatus', user);
  const [, seen] = /18(..........)2204/.exec(online.toString('hex'));
  assert.ok([0, 1, 2].some((late) => varint(before + late).toString('hex') === seen), seen);
  await client42.hangUp();
  await expect('DeleteUserStatus', user, done);
  for (const method of ['GetUserStatus', 'UpdateUserStatus', 'DeleteUserStatus'])
    await expect(method, bytes(), field(1, required));

  const command = (number, content) => field(1, field(number, content));
  for (const parallel of [bytes(), count(2, 0), count(2, 1)])
    await expect('Batch', bytes(
      command(20, user), command(19, field(1, 'y')), command(18, field(1, 'z')), // delete, get, update
      command(4, ''), // publish
      field(1, ''),
      command(19, ''),
      parallel,
    ), bytes(
      field(1, field(20, '')), field(1, field(19, field(1, field(1, 'y')))), field(1, field(18, '')),
      field(1, field(2, error(104, 'not found'))),
      field(1, field(2, error(104, 'not found'))),
      field(1, field(2, required)),
    ));
  await expect('Batch', bytes(), bytes());

  // uid, name and version; the numbers that are zero are left out.
  const info = await ask('Info', bytes());
  const [node] = (await service.call('info', {})).result.nodes;
  const names = bytes(field(1, node.uid), field(2, node.name), field(3, node.version));
  const batched = await ask('Batch', command(13, ''));
  for (const response of [info, batched]) assert.ok(response.includes(names), response.toString('hex'));
  assert.equal(info[0], 0x12);
  const second = await service.client(t, '42');
  const after = (await ask('Info', bytes())).toString('hex');
  // num_clients = 4, num_users = 5, uptime = 7
  assert.match(after, new RegExp(`${names.toString('hex')}2001(2801)(38..)?$`));
  await second.hangUp();
  await service.stop();
});

test('a store that fails: the bytes of the error, of the extension, and the status', async (t) => {
  const redis = await startRedis(t);
  const service = await startGrpc(t, {}, {
    log: { format: 'json' },
    user_status: { ...redisStore(redis), timeout: '300ms' },
  });
  const client = connectGrpc(t, service.grpcPort);
  const ask = asker(client);
  const user = field(1, 'x');
  await ask('UpdateUserStatus', user);
  await redis.crash();
  await until('it is away', () => /store is down/.test(service.output));

  const allowPartial = Buffer.from('a00601', 'hex'); // field 100, true
  const failure = (response) => {
    const [message] = /internal server error: redis [ -~]+/.exec(response.toString('latin1'));
    return bytes(0x08, 100, field(2, message));
  };
  // A status with `error`, field 100.
  const extended = (response) => {
    const why = failure(response);
    return field(1, [user, bytes(0xa2, 0x06, varint(why.length)), why]);
  };
  const expect = (response, wanted) => assert.equal(response.toString('hex'), wanted.toString('hex'));
  for (const method of ['UpdateUserStatus', 'GetUserStatus', 'DeleteUserStatus']) {
    const response = await ask(method, user);
    expect(response, field(1, failure(response)));
    assert.match(client.headers.get('x-request-id')[0], /^[0-9a-f]{16}$/);
  }
  // Of get only.
  for (const method of ['UpdateUserStatus', 'DeleteUserStatus']) {
    const response = await ask(method, bytes(user, allowPartial));
    expect(response, field(1, failure(response)));
  }
  const partial = await ask('GetUserStatus', bytes(user, allowPartial));
  expect(partial, field(2, extended(partial)));

  // update = 18, get = 19, delete = 20
  for (const number of [18, 20]) {
    const response = await ask('Batch', field(1, field(number, [user, allowPartial])));
    expect(response, field(1, field(2, failure(response))));
  }
  const batch = await ask('Batch', field(1, field(19, [user, allowPartial])));
  expect(batch, field(1, field(19, extended(batch))));

  const inStatus = { 'x-centrifugo-error-mode': 'transport' };
  const logged = (id) => service.output.split('\n').some((line) => line.includes('"call failed"')
    && line.includes(`"request_id":"${id}"`));
  const failed = async (more) => {
    const got = await failureOf(ask('GetUserStatus', user, withKey({ ...inStatus, ...more })));
    assert.equal(got.code, grpc.status.INTERNAL);
    assert.match(got.details, /^internal server error: redis /);
    assert.deepEqual(errorIn(got), {
      code: grpc.status.INTERNAL,
      message: got.details,
      type: 'type.googleapis.com/centrifugal.centrifugo.api.Error',
      error: { code: 100, message: got.details },
    });
    return client.headers.get('x-request-id')[0];
  };
  // One failure a second is logged.
  await until('one is logged with the ID that was made', async () => logged(await failed()));
  await until('one is logged with the ID of the client', async () => {
    assert.equal(await failed({ 'x-request-id': 'order-7/3' }), 'order-7/3');
    return logged('order-7/3');
  });
  await redis.start();
  await service.stop();
});
