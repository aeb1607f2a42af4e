// Every row of the contract's table of gRPC messages (B.3), byte by byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectGrpc, startGrpc, withKey } from './grpc_client.js';
import { now } from './helper.js';

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

test('requests and responses have the field numbers of the contract', async (t) => {
  const service = await startGrpc(t);
  const client = connectGrpc(t, service.grpcPort);
  const ask = (method, request) => new Promise((resolve, reject) => {
    client.makeUnaryRequest(`/centrifugal.centrifugo.api.CentrifugoApi/${method}`, (x) => x, (x) => x,
      request, withKey(), (failed, response) => (failed ? reject(failed) : resolve(response)));
  });
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
