// SIGHUP: keys of tokens and limits change under way, the rest is named.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { hangUp, startService, token, until } from './helper.js';

/// Connects and answers what the service says: the reply, or code and reason.
async function connect(t, service, key, user = '42') {
  const socket = new WebSocket(service.websocketUrl);
  t.after(() => socket.terminate());
  socket.on('open', () => socket.send(JSON.stringify({ id: 1, connect: { token: token(user, {}, key) } })));
  socket.on('error', () => {});
  const said = await Promise.race([
    once(socket, 'message').then(([x]) => JSON.parse(x)),
    once(socket, 'close').then(([code, reason]) => `${code} ${reason}`),
    once(socket, 'unexpected-response').then(([, response]) => `HTTP ${response.statusCode}`),
  ]);
  return { socket, said };
}

test('token keys', async (t) => {
  const service = await startService(t);
  const old = service.config.client.token.hmac_secret_key;
  const with_key = (keys) => ({ ...service.config, client: { ...service.config.client, token: keys } });
  const { socket, said } = await connect(t, service, old);
  assert.ok(said.connect);

  await hangUp(service, with_key({ hmac_secret_key: 'next', hmac_previous_secret_key: old }));
  assert.ok((await connect(t, service, 'next')).said.connect);
  assert.ok((await connect(t, service, old)).said.connect);

  await hangUp(service, with_key({ hmac_secret_key: 'next' }));
  assert.ok((await connect(t, service, 'next')).said.connect);
  assert.equal((await connect(t, service, old)).said, '3500 invalid token');
  // A client from before must show a token of today when it refreshes.
  const refresh = (key) => socket.send(JSON.stringify({ id: 2, refresh: { token: token('42', {}, key) } }));
  refresh('next');
  assert.ok(JSON.parse((await once(socket, 'message'))[0]).refresh);
  refresh(old);
  assert.equal((await once(socket, 'close'))[0], 3500);

  const said_why = await hangUp(service, with_key({ hmac_secret_key: 'x', rsa_public_key: 'no PEM' }), /not reloaded/);
  assert.match(said_why, /level=error msg="not reloaded, the configuration of before stays" why=".*client\.token\.rsa_public_key/);
  assert.ok((await connect(t, service, 'next')).said.connect);
  await service.stop();
});

test('keys of an endpoint', async (t) => {
  // Symmetric keys are none of an endpoint: what matters is that it is asked.
  let asked = 0;
  const server = http.createServer((_, response) => {
    ++asked;
    response.end('{"keys":[]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const service = await startService(t);
  const jwks_public_endpoint = `http://127.0.0.1:${server.address().port}/`;
  const config = { ...service.config, client: { token: { jwks_public_endpoint } } };
  await hangUp(service, config);
  await until('it is asked', () => asked === 1);
  await hangUp(service, config);
  await hangUp(service, service.config);
  assert.ok((await connect(t, service)).said.connect);
  assert.equal(asked, 1);
  await service.stop();
});

test('limits', async (t) => {
  const service = await startService(t);
  const limited = (client, more = {}) =>
    ({ ...service.config, client: { ...service.config.client, ...client }, ...more });
  const first = await connect(t, service);
  assert.ok(first.said.connect);

  await hangUp(service, limited({ connection_limit: 1 }));
  assert.equal((await connect(t, service)).said, 'HTTP 503');
  await hangUp(service, limited({ user_connection_limit: 1 }));
  const one = await connect(t, service, undefined, '7');
  assert.ok(one.said.connect);
  assert.equal((await connect(t, service, undefined, '7')).said, '3504 connection limit');

  await hangUp(service, limited({ rate_limit: { client_update_user_status: { per_second: 1, burst: 1 } } },
    { websocket: { message_size_limit: 500 }, http_server: { ...service.config.http_server, max_body_size: 2000 } }));
  const { socket } = await connect(t, service, undefined, '8');
  const replies = [];
  socket.on('message', (x) => replies.push(...`${x}`.split('\n').map((line) => JSON.parse(line))));
  for (const id of [2, 3]) socket.send(JSON.stringify({ id, rpc: { method: 'update_user_status', data: {} } }));
  await until('both are answered', () => replies.length === 2);
  assert.deepEqual(replies.map((x) => x.error?.code), [undefined, 111]);
  socket.send('x'.repeat(501));
  assert.equal((await once(socket, 'close'))[0], 1009);
  const fresh = { Connection: 'close' }; // a connection of before has its limit
  service.agent.destroy();
  const body = `{"users":["${'u'.repeat(2000)}"]}`;
  assert.equal((await service.post('/api/get_user_status', body, fresh)).status, 413);
  await service.stop();
});

test('limits of requests and messages', async (t) => {
  const on = { enabled: true };
  const streams = { http_stream: on, sse: on, uni_http_stream: on, uni_sse: on, emulation: {} };
  const service = await startService(t, { ...streams, websocket: { compression: true } });
  const sent = async (size) => {
    const out = {};
    for (const name of Object.keys(streams)) {
      const where = name === 'emulation' ? '/emulation' : `/connection/${name}`;
      service.agent.destroy(); // a stream ends its connection
      out[name] = (await service.post(where, 'x'.repeat(size), { Connection: 'close' })).status;
    }
    return out;
  };
  const before = await sent(200);
  assert.ok(!Object.values(before).includes(413), JSON.stringify(before));
  const wide = await service.call('get_user_status', { users: ['1', '2', '3'] });
  assert.equal(wide.result.statuses.length, 3);

  const small = Object.fromEntries(Object.entries(streams).map(([name, x]) => [name, { ...x, max_request_body_size: 150 }]));
  const said = await hangUp(service, {
    ...service.config, ...small,
    websocket: { compression: true, decompressed_message_size_limit: 1000, write_timeout: '2s' },
    user_status: { ...service.config.user_status, max_users_per_request: 2 },
  });
  assert.doesNotMatch(said, /takes a restart/);
  const after = await sent(200);
  assert.deepEqual(Object.values(after), Object.keys(streams).map(() => 413), JSON.stringify(after));
  assert.deepEqual((await service.call('get_user_status', { users: ['1', '2', '3'] })).error,
    { code: 107, message: 'bad request: users: at most 2, got 3' });
  const socket = new WebSocket(service.websocketUrl, { perMessageDeflate: { threshold: 0 } });
  await once(socket, 'open');
  socket.send('x'.repeat(1001));
  assert.equal((await once(socket, 'close'))[0], 1009);
  await service.stop();
});

test('the level of the log', async (t) => {
  const service = await startService(t, { log: { access: true } });
  const logged = (path) => service.output.includes(`path=${path} `);
  const get = (path) => service.post(path, undefined, {}, 'GET');
  await get('/first');
  await until('requests are logged', () => logged('/first'));
  const file = path.join(service.dir, 'config.json');
  const level = { access: true, level: 'warn' };
  fs.writeFileSync(file, JSON.stringify({ ...service.config, http_api: { key: 'next' }, log: level }));
  service.process.kill('SIGHUP');
  await until('it is reloaded', async () =>
    (await service.post('/api/batch', '{}', { 'X-API-Key': 'next' })).status === 200);
  await hangUp(service, { log: { level: 'loud' } }, /not reloaded/); // the level is set by then
  await get('/second');
  await hangUp(service, { ...service.config, log: { access: true, level: 'debug' } });
  await get('/third');
  await until('requests are logged again', () => logged('/third'));
  assert.ok(!logged('/second'));
  await service.stop();
});

test('rates of new connections and of users', async (t) => {
  const service = await startService(t);
  const limited = (client) => ({ ...service.config, client: { ...service.config.client, ...client } });
  const said = async (n, user) => (await Promise.all(
    Array.from({ length: n }, () => connect(t, service, undefined, user)))).map((x) => x.said);
  await hangUp(service, limited({ connection_rate_limit: 1 }));
  const some = await said(20, '7');
  assert.ok(some.some((x) => x.connect) && some.includes('HTTP 503'), JSON.stringify(some));

  await hangUp(service, limited({ rate_limit: { user_update_user_status: { per_second: 1, burst: 1 } } }));
  assert.ok((await said(20, '8')).every((x) => x.connect));
  // The devices of one user share the limit.
  const replies = await Promise.all(['9', '9', '9'].map(async (user) => {
    const { socket } = await connect(t, service, undefined, user);
    socket.send(JSON.stringify({ id: 2, rpc: { method: 'update_user_status', data: {} } }));
    return JSON.parse((await once(socket, 'message'))[0]);
  }));
  assert.ok(replies.some((x) => x.rpc) && replies.some((x) => x.error?.code === 111), JSON.stringify(replies));
  await service.stop();
});

test('a file that is missing changes nothing', async (t) => {
  const service = await startService(t);
  fs.rmSync(path.join(service.dir, 'config.json'));
  service.process.kill('SIGHUP');
  await until('it says why', () =>
    /level=error msg="not reloaded, the configuration of before stays" why=".*config\.json: no such file"/
      .test(service.output));
  assert.equal((await service.post('/api/batch', '{}')).status, 200);
  assert.ok((await connect(t, service)).said.connect);
  await hangUp(service, { ...service.config, http_api: { key: 'next' } });
  assert.equal((await service.post('/api/batch', '{}', { 'X-API-Key': 'next' })).status, 200);
  await service.stop();
});

test('what takes a restart is named and stays', async (t) => {
  const service = await startService(t, { health: { enabled: true } });
  const said = await hangUp(service, {
    ...service.config,
    health: {},
    http_api: { key: 'next' },
    user_status: { ...service.config.user_status, debounce_interval: '2s' },
  });
  for (const key of ['health.enabled', 'user_status.debounce_interval'])
    assert.match(said, new RegExp(`level=warning msg="changed, but takes a restart" key=${key}`));
  assert.doesNotMatch(said, /http_api/);
  assert.equal((await service.post('/health', undefined, {}, 'GET')).status, 200);
  assert.equal((await service.post('/api/batch', '{}', { 'X-API-Key': 'next' })).status, 200);
  await service.stop();
});
