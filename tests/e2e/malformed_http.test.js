// Whatever is sent to the HTTP API: a clear answer, and the service goes on.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { apiKey, startService, until } from './helper.js';

const key = { 'X-API-Key': apiKey };
const error107 = /^\{"error":\{"code":107,"message":"bad request: .+"\}\}$/;
const many = (n) => `{"users":[${Array(n).fill('"u"').join()}]}`;
const nested = (n) => '['.repeat(n) + ']'.repeat(n);

// [what, path, body, status, text, headers, method]
const table = [
  ['another method', '/api/get_user_status', '', 405, /^$/, key, 'GET'],
  ['no key', '/api/get_user_status', '{}', 401, /^$/, {}],
  ['a wrong key', '/api/get_user_status', '{}', 401, /^$/, { 'X-API-Key': 'wrong' }],
  ['a key and more', '/api', '{}', 401, /^$/, { Authorization: `apikey ${apiKey} x` }],
  ['a wrong scheme', '/api', '{}', 401, /^$/, { Authorization: `Bearer ${apiKey}` }],
  ['an unknown method', '/api/nope', '{}', 404, /./],
  ['an unknown path', '/nope', '{}', 404, /./],

  ['an empty body', '/api/get_user_status', '', 400, /./],
  ['broken JSON', '/api/get_user_status', '{"users":["42"', 400, /./],
  ['no JSON', '/api/get_user_status', 'users=42', 400, /./],
  ['a list', '/api/get_user_status', '[]', 400, /./],
  ['a string', '/api/get_user_status', '"42"', 400, /./],
  ['users as a string', '/api/get_user_status', '{"users":"42"}', 400, /./],
  ['users as an object', '/api/get_user_status', '{"users":{}}', 400, /./],
  ['a number as user', '/api/get_user_status', '{"users":[42]}', 400, /./],
  ['a list as user', '/api/get_user_status', '{"users":[["42"]]}', 400, /./],
  ['a number as state', '/api/update_user_status', '{"users":["42"],"state":1}', 400, /./],
  ['trailing garbage', '/api/update_user_status', '{"users":["42"]} x', 400, /./],
  ['two objects', '/api/update_user_status', '{"users":["42"]}{"users":["42"]}', 400, /./],
  ['wrong UTF-8', '/api/update_user_status', Buffer.from('{"users":["\xff\xfe"]}', 'latin1'), 400, /./],
  ['a lone surrogate', '/api/update_user_status', '{"users":["\\ud800"]}', 400, /./],
  ['zero bytes', '/api/update_user_status', Buffer.alloc(1000), 400, /./],
  ['deep nesting', '/api/update_user_status', nested(100_000), 400, /./],
  ['deep nesting in a field', '/api/update_user_status', `{"x":${nested(100_000)}}`, 400, /./],

  ['nothing asked for', '/api/get_user_status', '{}', 200, error107],
  ['null', '/api/get_user_status', 'null', 200, error107],
  ['no users', '/api/get_user_status', '{"users":[]}', 200, error107],
  ['users null', '/api/get_user_status', '{"users":null}', 200, error107],
  ['an empty user', '/api/update_user_status', '{"users":["42",""]}', 200, error107],
  ['a user of 513 bytes', '/api/update_user_status', `{"users":["${'é'.repeat(256)}x"]}`, 200, error107],
  ['a state of 65 bytes', '/api/update_user_status', `{"users":["x"],"state":"${'é'.repeat(32)}x"}`, 200, error107],
  ['10,001 users', '/api/get_user_status', many(10_001), 200, error107],
  ['a million users', '/api/get_user_status', many(1_000_000), 200,
    /^\{"error":\{"code":107,"message":"bad request: users: at most 10000, got 1000000"\}\}$/],
  ['a huge body', '/api/update_user_status', Buffer.alloc(9 * 1024 * 1024, ' '), 413, /./],
  ['a wrong field name', '/api/get_user_status', '{"Users":["42"]}', 200, error107],

  ['an unknown legacy method', '/api', '{"method":"nope","params":{}}', 400, /./],
  ['legacy without params', '/api', '{"method":"get_user_status"}', 200, /"code":107/],
  ['legacy with bad params', '/api', '{"method":"get_user_status","params":[1]}', 200, /"code":107/],
  ['a legacy method we lack', '/api', '{"method":"presence","params":{}}', 200, /"code":104,"message":"not found"/],
  ['a legacy number we lack', '/api', '{"method":99,"params":{}}', 200, /"code":104,"message":"not found"/],
  ['legacy without method', '/api', '{"params":{}}', 200, /"code":104,"message":"not found"/],
  ['an empty legacy body', '/api', '', 400, /./],
  ['a broken second command', '/api',
    '{"method":"update_user_status","params":{"users":["untouched"]}}\n{', 400, /./],
];

const incomplete = /^HTTP\/1\.1 400 .*\r\n\r\nrequest is incomplete\n$/s;

// [what, bytes, what the service answers before it closes]
const raw = [
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['binary garbage', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256)), /^HTTP\/1\.1 400 /],
  ['TLS', Buffer.from('160301020001000001fc0303', 'hex'), incomplete],
  ['a huge header', `POST /api HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ['a bad length', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a negative length', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a length beyond 64 bits', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a length beyond the limit', 'POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n', /^HTTP\/1\.1 413 /],
  ['a bad chunk', `POST /api HTTP/1.1\r\nHost: x\r\nX-API-Key: ${apiKey}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1\.1 400 /],
  ['half a request line', 'POST /ap', incomplete],
  ['half a header', 'POST /api HTTP/1.1\r\nHost', incomplete],
  ['half a body', `POST /api HTTP/1.1\r\nHost: x\r\nX-API-Key: ${apiKey}\r\nContent-Length: 100\r\n\r\n{"users`, incomplete],
  ['nothing', '', /^$/],
];

/// Sends bytes and FIN; answers what came back until the service closed.
async function exchange(service, bytes) {
  const socket = net.connect({ port: service.port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  // What a server does not read makes its close a reset.
  socket.on('error', () => {});
  socket.on('end', () => socket.destroy());
  socket.end(bytes);
  await new Promise((closed) => socket.on('close', closed));
  return answer;
}

test('malformed calls', { timeout: 100_000 }, async (t) => {
  const service = await startService(t);
  for (const [what, path, body, status, text, headers, method] of table) {
    await t.test(what, async () => {
      const reply = await service.post(path, body, headers, method);
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.text, text);
      if (status === 200) assert.equal(reply.headers['content-type'], 'application/json');
    });
  }
  assert.deepEqual(await service.statuses(['42', 'untouched']), [{ user: '42' }, { user: 'untouched' }]);
  await service.stop();
});

test('malformed bytes', { timeout: 100_000 }, async (t) => {
  const service = await startService(t);
  for (const [what, bytes, answer] of raw)
    await t.test(what, async () => assert.match(await exchange(service, bytes), answer));

  await t.test('a thousand half requests at once', async () => {
    const half = `POST /api/get_user_status HTTP/1.1\r\nHost: x\r\nX-API-Key: ${apiKey}\r\nContent-Le`;
    const sockets = Array.from({ length: 1000 }, () => net.connect(service.port, '127.0.0.1'));
    sockets.forEach((socket) => socket.on('error', () => {}).write(half));
    assert.deepEqual(await service.statuses(['42']), [{ user: '42' }]);
    sockets.forEach((socket) => socket.resetAndDestroy());
  });

  await t.test('pipelined requests are answered in order', async () => {
    const request = (user) => {
      const body = `{"users":["${user}"]}`;
      return `POST /api/get_user_status HTTP/1.1\r\nHost: x\r\nX-API-Key: ${apiKey}\r\n`
        + `Content-Length: ${body.length}\r\n\r\n${body}`;
    };
    const socket = net.connect(service.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data));
    socket.write(request('a') + request('b') + request('c'));
    await until('three answers', () => answer.includes('"c"'));
    assert.deepEqual([...answer.matchAll(/"user":"(.)"/g)].map((match) => match[1]), ['a', 'b', 'c']);
    socket.destroy();
  });
  await service.stop();
});
