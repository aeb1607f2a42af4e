// How clients show who they are: tokens of every kind, keys from a server,
// refresh, and what a proxy says.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Centrifuge } from 'centrifuge';
import { WebSocket } from 'ws';
import { now, program, secret, sleep, startService, tempDir, token, until } from './helper.js';
import { algorithms, hmacToken, makeKey, serveKeys } from './tokens.js';

function connect(t, service, options) {
  const client = new Centrifuge(service.websocketUrl, { websocket: WebSocket, minReconnectDelay: 100, maxReconnectDelay: 300, ...options });
  client.log = [];
  client.on('connected', () => client.log.push('connected'));
  client.on('disconnected', ({ code }) => client.log.push(`disconnected ${code}`));
  client.on('connecting', ({ code }) => client.log.push(`connecting ${code}`));
  client.on('error', ({ error }) => client.log.push(`error ${error.code}`));
  t.after(() => client.disconnect());
  client.connect();
  return client;
}

const said = (client, what) => until(`${what}, not ${client.log}`, () => client.log.includes(what));

/// A WebSocket that says `connect` and gathers what comes.
async function rawConnect(t, service, request, headers = {}) {
  const socket = new WebSocket(service.websocketUrl, { headers });
  t.after(() => socket.terminate());
  const out = { replies: [], socket };
  socket.on('message', (data) => {
    for (const line of `${data}`.split('\n')) out.replies.push(JSON.parse(line));
  });
  socket.on('close', (code, reason) => (out.closed = [code, `${reason}`]));
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 1, connect: request }));
  out.reply = () => until('a reply', () => out.replies[0] ?? (out.closed && { closed: out.closed }));
  return out;
}

test('tokens of every algorithm let their user in', async (t) => {
  const keys = Object.fromEntries(algorithms.map((name) => [name, makeKey(name)]));
  for (const [rsa, ec] of [['RS256', 'ES256'], ['RS384', 'ES384'], ['RS512', 'ES512']]) {
    const service = await startService(t, {
      client: {
        token: {
          hmac_secret_key: secret,
          rsa_public_key: keys[rsa].pem,
          ecdsa_public_key: keys[ec].pem,
          eddsa_public_key: keys.EdDSA.pem,
        },
      },
    });
    for (const name of [rsa, ec, 'EdDSA']) {
      const client = connect(t, service, { token: keys[name].token({ sub: name }) });
      await client.ready(10_000);
      await client.rpc('update_user_status', {});
      assert.ok((await service.status(name)).active >= now() - 10, name);
      const other = connect(t, service, { token: makeKey(name).token({ sub: name }) });
      await said(other, 'disconnected 3500');
      client.disconnect();
    }
    // The public key as a secret, which everyone knows.
    const forged = connect(t, service, { token: hmacToken('HS256', keys[rsa].pem, { sub: '1' }) });
    await said(forged, 'disconnected 3500');
    await service.stop();
  }
});

test('keys come from a server, by one fetch however many ask', async (t) => {
  const first = makeKey('ES256', 'first');
  const second = makeKey('RS256', 'second');
  const keys = await serveKeys(t, [first]);
  const service = await startService(t, {
    client: { token: { jwks_public_endpoint: `http://127.0.0.1:${keys.port}/jwks.json` } },
  });
  await until('the first fetch', () => service.output.includes('fetched the keys'));
  const client = connect(t, service, { token: first.token({ sub: '1' }) });
  await client.ready(10_000);
  assert.equal(keys.fetches, 1);

  // A new key: whoever comes with it waits for the same fetch.
  await sleep(5_100); // the pause between fetches
  keys.keys = [second];
  keys.delay = 500;
  const many = Array.from({ length: 50 }, (_, i) => connect(t, service, { token: second.token({ sub: `${i}` }) }));
  await Promise.all(many.map((x) => x.ready(10_000)));
  assert.equal(keys.fetches, 2);
  for (const x of many) assert.ok(!x.log.some((line) => line.startsWith('error')), `${x.log}`);

  // The old one is gone. Asking for it does not fetch again at once.
  const old = connect(t, service, { token: first.token({ sub: '1' }) });
  await said(old, 'error 100');
  assert.equal(keys.fetches, 2);
  // It comes back by itself, and after the pause a fetch says no for good.
  await said(old, 'disconnected 3500');
  assert.equal(keys.fetches, 3);
  await service.stop();
});

test('checktoken fetches the keys as the service does', async (t) => {
  const key = makeKey('ES256', 'a');
  const keys = await serveKeys(t, [key]);
  const file = path.join(tempDir(t), 'config.json');
  fs.writeFileSync(file, JSON.stringify({
    client: { token: { jwks_public_endpoint: `http://127.0.0.1:${keys.port}/` } },
  }));
  const check = (x) => promisify(execFile)(program, ['checktoken', '-c', file, x])
    .then(({ stdout }) => stdout, ({ stderr }) => stderr);
  assert.equal(await check(key.token({ sub: '42' })), 'valid token for user "42"\n');
  assert.equal(await check(makeKey('ES256', 'b').token({ sub: '42' })),
    'lastseen: the token is not valid: token: its kid is not in the key set\n');
  keys.status = 503;
  assert.match(await check(key.token({ sub: '42' })),
    /^lastseen: client.token.jwks_public_endpoint: .*status 503\n$/);
});

test('a server of keys that is away closes nobody for good', async (t) => {
  const key = makeKey('EdDSA', 'a');
  const keys = await serveKeys(t, [key]);
  keys.status = 503;
  const service = await startService(t, {
    client: { token: { jwks_public_endpoint: `http://127.0.0.1:${keys.port}/` } },
  });
  const client = connect(t, service, { token: key.token({ sub: '1' }) });
  await said(client, 'error 100');
  keys.status = 200;
  await client.ready(10_000);
  // Now it is known, and serves without the server.
  keys.status = 500;
  const other = connect(t, service, { token: key.token({ sub: '2' }) });
  await other.ready(10_000);
  assert.match(service.output, /cannot fetch the keys.*answered with status 503/);
  await service.stop();
});

test('a server of keys that says nothing holds a client for three seconds', async (t) => {
  const key = makeKey('ES384', 'a');
  const keys = await serveKeys(t, [key]);
  keys.delay = 60_000;
  const service = await startService(t, {
    client: { token: { jwks_public_endpoint: `http://127.0.0.1:${keys.port}/` } },
  });
  const before = Date.now();
  const client = await rawConnect(t, service, { token: key.token({ sub: '1' }) });
  const reply = await client.reply();
  assert.deepEqual(reply.error, { code: 100, message: 'internal server error', temporary: true });
  assert.ok(Date.now() - before < 10_000);
  await service.stop(); // while a fetch is under way
});

test('keys come by HTTPS from a server that is who it says', async (t) => {
  const dir = tempDir(t);
  const file = (name) => path.join(dir, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=keys', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file('key.pem'), '-out', file('cert.pem')],
  { stdio: 'ignore' });
  const identity = { key: fs.readFileSync(file('key.pem')), cert: fs.readFileSync(file('cert.pem')) };
  const key = makeKey('ES512', 'a');
  const keys = await serveKeys(t, [key], (handler) => https.createServer(identity, handler));
  const client = { token: { jwks_public_endpoint: `https://127.0.0.1:${keys.port}/jwks.json` } };
  const service = await startService(t, { client }, { SSL_CERT_FILE: file('cert.pem') });
  await connect(t, service, { token: key.token({ sub: '1' }) }).ready(10_000);
  await service.stop();

  const stranger = await startService(t, { client });
  await said(connect(t, stranger, { token: key.token({ sub: '1' }) }), 'error 100');
  assert.match(stranger.output, /TLS: .*certificate/);
  await stranger.stop();
});

test('a client gets a new token in time and stays', async (t) => {
  const service = await startService(t);
  let asked = 0;
  const client = connect(t, service, {
    getToken: async () => token('42', { exp: now() + 3, asked: ++asked }),
  });
  await client.ready(10_000);
  await until('three tokens', () => asked >= 3, 20_000);
  assert.deepEqual(client.log, ['connecting 0', 'connected']);
  await service.stop();
});

test('a client whose token has expired gets a new one and comes in', async (t) => {
  const service = await startService(t);
  let asked = 0;
  const client = connect(t, service, {
    token: token('42', { exp: now() - 60 }),
    getToken: async () => {
      asked += 1;
      return token('42', { exp: now() + 60 });
    },
  });
  await client.ready(10_000);
  assert.equal(asked, 1);
  await service.stop();
});

test('a connection ends some time after its token, and refresh has its rules', async (t) => {
  const service = await startService(t, { client: { expired_close_delay: '500ms' } });
  const good = () => token('42', { exp: now() + 60 });
  const silent = await rawConnect(t, service, { token: token('42', { exp: now() + 2 }) });
  const { connect: connected } = await silent.reply();
  assert.equal(connected.expires, true);
  assert.ok(connected.ttl >= 1 && connected.ttl <= 2, `${connected.ttl}`);
  for (const [refresh, reply, closed] of [
    [good(), { expires: true, ttl: 60 }],
    [token('42'), {}],
    [token('42', { exp: now() - 1 }), undefined, [3005, 'connection expired']],
    [token('43', { exp: now() + 60 }), undefined, [3500, 'invalid token']],
    [token('42', {}, 'another secret'), undefined, [3500, 'invalid token']],
    ['', undefined, [3501, 'bad request']],
    [token('42', { exp: now() + 60, expire_at: now() - 1 }), { code: 110, message: 'expired' }],
  ]) {
    const client = await rawConnect(t, service, { token: good() });
    await client.reply();
    client.socket.send(JSON.stringify({ id: 2, refresh: { token: refresh } }));
    if (closed) {
      await until('closed', () => client.closed);
      assert.deepEqual(client.closed, closed);
    } else {
      const got = await until('a reply', () => client.replies[1]);
      const body = got.refresh ?? got.error;
      if (body.ttl) body.ttl = Math.max(body.ttl, 60);
      assert.deepEqual(body, reply);
    }
    client.socket.terminate();
  }
  await until('closed', () => silent.closed);
  assert.deepEqual(silent.closed, [3005, 'connection expired']);
  await service.stop();
});

test('a proxy says who a client is', async (t) => {
  const service = await startService(t, { client: { user_id_http_header: 'X-User' } });
  const client = await rawConnect(t, service, {}, { 'X-User': '42' });
  assert.ok((await client.reply()).connect);
  await until('42 is online', async () => (await service.status('42')).online);
  const nobody = await rawConnect(t, service, {});
  assert.deepEqual((await nobody.reply()).closed, [3501, 'bad request']);
  const named = await rawConnect(t, service, { token: token('43') }, { 'X-User': '44' });
  assert.ok((await named.reply()).connect);
  await until('43 is online', async () => (await service.status('43')).online);
  assert.equal((await service.status('44')).online, undefined);
  await service.stop();
});

test('limits of connections and rates hold', async (t) => {
  const service = await startService(t, {
    client: {
      user_connection_limit: 1,
      connection_limit: 5,
      disallow_anonymous_connection_tokens: true,
      rate_limit: { client_update_user_status: { per_second: 1, burst: 3 } },
    },
  });
  const client = connect(t, service, { token: token('42') });
  await client.ready(10_000);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => client.rpc('update_user_status', {}).then(() => 'done', (e) => e)));
  const refused = outcomes.filter((x) => x !== 'done');
  assert.ok(refused.length >= 5 && refused.length <= 7, `${refused.length}`);
  for (const x of refused) assert.deepEqual({ ...x }, { code: 111, message: 'too many requests', temporary: true });

  const second = await rawConnect(t, service, { token: token('42') });
  assert.deepEqual((await second.reply()).closed, [3504, 'connection limit']);
  const nameless = await rawConnect(t, service, { token: token('') });
  assert.deepEqual((await nameless.reply()).closed, [3507, 'permission denied']);
  for (const x of [second, nameless]) x.socket.terminate();

  let open = 1;
  const answer = (socket) => new Promise((resolve) => {
    socket.on('open', () => resolve(101)).on('unexpected-response', (_, { statusCode }) => resolve(statusCode)).on('error', () => {});
    t.after(() => socket.terminate());
  });
  while (await answer(new WebSocket(service.websocketUrl)) === 101) open += 1;
  assert.ok(open >= 3 && open <= 5, `${open}`); // the two may still be there
  assert.equal(await answer(new WebSocket(service.websocketUrl)), 503);
  await service.stop();
});
