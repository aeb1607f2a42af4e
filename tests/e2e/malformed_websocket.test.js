// Whatever a client sends: an error or the right close code, and the service
// goes on.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { now, secret, startService, token } from './helper.js';

const connect = JSON.stringify({ connect: { token: token('42'), name: 'js' }, id: 1 });
const rpc = (data, method = 'update_user_status') =>
  JSON.stringify({ rpc: { method, data }, id: 2 });
const withToken = (text) => JSON.stringify({ connect: { token: text }, id: 1 });
const badRequest = { code: 3501, reason: 'bad request' };
const invalidToken = { code: 3500, reason: 'invalid token' };

/// Sends messages, text or binary; answers the reply to connect if it is an
/// error, else the next reply, or how the connection was closed.
async function converse(service, messages) {
  const socket = new WebSocket(service.websocketUrl, { perMessageDeflate: false });
  await once(socket, 'open');
  const outcome = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on('message', (data) => {
      for (const line of data.toString().split('\n')) {
        const reply = JSON.parse(line);
        if (!reply.connect) resolve(reply);
      }
    });
  });
  for (const message of messages) socket.send(message);
  const result = await outcome;
  socket.terminate();
  return result;
}

const error = (code, message) => ({ error: { code, message } });
const tooLong = 'x'.repeat(65);

// [what, messages, {code, reason} of the close or {error} of the last reply]
const table = [
  ['no JSON', ['hello'], badRequest],
  ['an empty message', [''], badRequest],
  ['a list', ['[]'], badRequest],
  ['broken JSON', ['{"connect":{'], badRequest],
  ['connect that is no object', ['{"connect":1,"id":1}'], badRequest],
  ['a token that is no string', ['{"connect":{"token":1},"id":1}'], badRequest],
  ['an id that is no number', ['{"connect":{},"id":"1"}'], badRequest],
  ['a negative id', ['{"connect":{},"id":-1}'], badRequest],
  ['an empty line between commands', [`${connect}\n\n${rpc({})}`], badRequest],
  ['rpc before connect', [rpc({})], badRequest],
  ['connect without id', ['{"connect":{}}'], badRequest],
  ['connect twice', [connect, connect.replace('"id":1', '"id":2')], badRequest],
  ['an unasked pong', [connect, '{}'], badRequest],
  ['an rpc without id', [connect, '{"rpc":{"method":"update_user_status","data":{}}}'], badRequest],
  ['a command without body', [connect, '{"id":2}'], badRequest],
  ['a ping of the client', [connect, '{"id":2,"ping":{}}'], badRequest],
  ['garbage after connect', [connect, 'garbage'], badRequest],
  ['deep nesting', [connect, `{"rpc":{"method":"update_user_status","data":${'['.repeat(20_000)}${']'.repeat(20_000)}},"id":2}`], badRequest],
  ['binary garbage', [connect, Buffer.from([0xff, 0x00, 0xfe])], badRequest],
  ['a message over the limit', [connect, rpc({ state: 'x'.repeat(70_000) })], { code: 1009, reason: '' }],
  ['send', [connect, '{"send":{"data":{}}}'], { code: 3508, reason: 'not available' }],

  ['no token', ['{"connect":{},"id":1}'], badRequest],
  ['a token of one part', [withToken('x')], invalidToken],
  ['a token of garbage', [withToken('a.b.c')], invalidToken],
  ['a token signed with another key', [withToken(token('42', {}, 'another'))], invalidToken],
  ['a token without signature', [withToken(token('42').replace(/[^.]*$/, ''))], invalidToken],
  ['a token with a number as user', [withToken(token(42))], invalidToken],
  ['a token with a user of 513 bytes', [withToken(token('x'.repeat(513)))], invalidToken],
  ['an expired token', [withToken(token('42', { exp: now() - 10 }))], error(109, 'token expired')],

  ['data that is a list', [connect, rpc([])], error(107)],
  ['data that is a string', [connect, rpc('x')], error(107)],
  ['a state that is a number', [connect, rpc({ state: 1 })], error(107)],
  ['a state that is too long', [connect, rpc({ state: tooLong })], error(107)],
  ['an unknown method', [connect, rpc({}, 'nope')], error(104, 'method not found')],
  ['subscribe', [connect, '{"subscribe":{"channel":"x"},"id":2}'], error(108, 'not available')],
  ['publish', [connect, '{"publish":{"channel":"x","data":{}},"id":2}'], error(108, 'not available')],
];

test('malformed commands', { timeout: 100_000 }, async (t) => {
  const service = await startService(t);
  for (const [what, messages, expected] of table) {
    await t.test(what, async () => {
      const outcome = await converse(service, messages);
      if (!expected.error) return assert.deepEqual(outcome, expected);
      assert.equal(outcome.error?.code, expected.error.code, JSON.stringify(outcome));
      if (expected.error.message) assert.equal(outcome.error.message, expected.error.message);
    });
  }
  await t.test('a binary message with a command is as good as text', async () => {
    const outcome = await converse(service, [connect, Buffer.from(rpc({}))]);
    assert.deepEqual(outcome, { id: 2, rpc: { data: {} } });
  });
  assert.ok((await service.status('42')).active);
  await service.stop();
});

/// One frame with the mask 0; the length may lie.
function frame(opcode, payload, { fin = 0x80, masked = true, length = payload.length } = {}) {
  const head = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  if (masked) head[0] |= 0x80;
  return Buffer.concat([Buffer.from([fin | opcode, ...head]), Buffer.alloc(masked ? 4 : 0), Buffer.from(payload)]);
}

/// Upgrades, sends bytes, and answers the close code that comes back; 1006 for
/// an end without a close frame.
async function closeCode(service, bytes, { half = false } = {}) {
  const socket = net.connect(service.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET /connection/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  const head = (await once(socket, 'data'))[0];
  assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 .*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/s);
  const chunks = [];
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('data', (data) => {
    chunks.push(data);
    socket.end();
  });
  socket.write(bytes);
  if (half) socket.end();
  await closed;
  const answer = Buffer.concat(chunks);
  return answer.length >= 4 && answer[0] === 0x88 ? answer.readUInt16BE(2) : 1006;
}

const text = 1;
const frames = [
  ['a frame without mask', frame(text, '{}', { masked: false }), 1002],
  ['a reserved bit', frame(text | 0x40, '{}'), 1002],
  ['a reserved opcode', frame(3, '{}'), 1002],
  ['a reserved control opcode', frame(11, ''), 1002],
  ['a continuation of nothing', frame(0, '{}'), 1002],
  ['a new message in a fragmented one', Buffer.concat([frame(text, '{', { fin: 0 }), frame(text, '}')]), 1002],
  ['a fragmented ping', frame(9, 'x', { fin: 0 }), 1002],
  ['a ping of 126 bytes', frame(9, 'x'.repeat(126)), 1002],
  ['a close frame of one byte', frame(8, 'x'), 1002],
  ['a close code that may not be sent', frame(8, [0x03, 0xed]), 1002],
  ['wrong UTF-8', frame(text, [0x7b, 0xff, 0x7d]), 1007],
  ['wrong UTF-8 in a close reason', frame(8, [0x03, 0xe8, 0xff]), 1007],
  ['a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1002],
  ['a length of 2^40', Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ['fragments over the limit', Buffer.concat([frame(text, '{', { fin: 0 }),
    ...Array(3).fill(frame(0, ' '.repeat(30_000), { fin: 0 }))]), 1009],
];

test('malformed frames', { timeout: 100_000 }, async (t) => {
  const service = await startService(t);
  for (const [what, bytes, code] of frames)
    await t.test(what, async () => assert.equal(await closeCode(service, bytes), code));
  await t.test('half a frame, then the end', () =>
    closeCode(service, frame(text, '{}', { length: 100 }), { half: true }));
  await t.test('half a header, then the end', () =>
    closeCode(service, Buffer.from([0x81]), { half: true }));
  assert.deepEqual(await service.statuses(['42']), [{ user: '42' }]);
  await service.stop();
});

/// Asks for an upgrade with changed headers; answers the status and headers.
async function upgrade(service, changes, method = 'GET') {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...changes,
  };
  for (const name in headers) if (headers[name] === undefined) delete headers[name];
  const request = http.request(`${service.url}/connection/websocket`, { method, headers });
  request.end();
  const response = await Promise.race([once(request, 'response'), once(request, 'upgrade')]);
  response[0].socket.destroy();
  return response[0];
}

test('refused upgrades', async (t) => {
  const service = await startService(t, {
    client: { token: { hmac_secret_key: secret }, allowed_origins: ['https://*.example.org'] },
  });
  const statusOf = async (...args) => (await upgrade(service, ...args)).statusCode;
  assert.equal(await statusOf({}), 101);
  assert.equal(await statusOf({ Origin: 'https://app.example.org' }), 101);
  assert.equal(await statusOf({ Origin: 'https://example.com' }), 403);
  assert.equal(await statusOf({ Upgrade: undefined, Connection: undefined }), 400);
  assert.equal(await statusOf({ Upgrade: 'h2c' }), 400);
  assert.equal(await statusOf({ 'Sec-WebSocket-Key': undefined }), 400);
  assert.equal(await statusOf({ 'Sec-WebSocket-Key': 'short' }), 400);
  assert.equal(await statusOf({}, 'POST'), 405);
  const old = await upgrade(service, { 'Sec-WebSocket-Version': '8' });
  assert.equal(old.statusCode, 400);
  assert.equal(old.headers['sec-websocket-version'], '13');
  await service.stop();
});
