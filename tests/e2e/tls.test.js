// HTTPS and wss:// with real clients, certificates of clients, and what comes
// to a TLS port that is none.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import { Certificates } from './certificates.js';
import { now, startService, token, until } from './helper.js';

/// A service that speaks TLS; `asks` clients for a certificate.
async function startTls(t, certificates, settings = {}, asks = false) {
  return startService(t, { ...settings, http_server: { tls: certificates.settings(asks) } },
    {}, certificates.client(asks ? 'client' : undefined));
}

/// What a plain connection gets in answer to `bytes` until it is closed.
async function answerTo(port, bytes) {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => (text += data)).on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

test('the API and clients by TLS', async (t) => {
  const service = await startTls(t, new Certificates(t), { health: { enabled: true } });
  assert.deepEqual(await service.call('update_user_status', { users: ['42'] }), { result: {} });
  const many = Array.from({ length: 5000 }, (_, i) => `user-${i}`);
  assert.equal((await service.statuses(many)).length, 5000); // many records either way
  assert.equal((await service.post('/health', undefined, {}, 'GET')).text, '{}');

  const client = await service.client(t, '43');
  await client.rpc('update_user_status', { state: 'away' });
  await until('it is written', async () => (await service.status('43')).state === 'away');
  assert.ok(Math.abs((await service.status('43')).online - now()) <= 2);
  await client.hangUp();
  await service.stop();
});

test('streams by TLS', async (t) => {
  const service = await startTls(t, new Certificates(t), {
    http_stream: { enabled: true }, sse: { enabled: true }, uni_sse: { enabled: true },
    client: { ping_interval: '1s', pong_timeout: '500ms' },
  });
  for (const [path, body] of [
    ['/connection/http_stream', { id: 1, connect: { token: token('42') } }],
    [`/connection/uni_sse?cf_connect=${encodeURIComponent(JSON.stringify({ token: token('42') }))}`],
    [`/connection/sse?cf_connect=${encodeURIComponent(JSON.stringify({ id: 1, connect: { token: token('42') } }))}`],
  ]) {
    const request = https.request(`${service.url}${path}`, { method: body ? 'POST' : 'GET', ...service.tls, agent: false });
    request.end(body && JSON.stringify(body));
    const [response] = await once(request, 'response');
    let text = '';
    response.on('data', (data) => (text += data)).on('error', () => {});
    await until(`it connects and is pinged: ${path}`, () => /"client":.*\n[^]*\{\}\n/.test(text));
    request.destroy();
  }
  await service.stop();
});

test('a client without a good certificate is refused when one is asked for', async (t) => {
  const certificates = new Certificates(t);
  const service = await startTls(t, certificates, { prometheus: { enabled: true } }, true);
  assert.deepEqual(await service.call('update_user_status', { users: ['1'] }), { result: {} });
  await service.client(t, '42');

  const ask = (options) => new Promise((resolve) => {
    const request = https.get(`${service.url}/metrics`, { ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', (error) => resolve(error.code));
  });
  assert.equal(await ask(certificates.client('client')), 200);
  assert.match(`${await ask(certificates.client())}`, /^ERR_SSL_.*CERTIFICATE_REQUIRED$|^ECONNRESET$/);
  const stranger = new Certificates(t).client('client');
  assert.match(`${await ask({ ...stranger, ca: certificates.text('ca.pem') })}`, /^ERR_SSL_|^ECONNRESET$/);
  await until('it says why', () => /a TLS handshake failed.*peer did not return a certificate/.test(service.output));
  const metrics = (await service.post('/metrics', undefined, {}, 'GET')).text;
  assert.match(metrics, /^lastseen_tls_handshake_failures_total 2$/m);
  // Tickets of clients that showed a certificate are good.
  let session;
  const connect = () => tls.connect({ port: service.port, host: '127.0.0.1', session, ...certificates.client('client') });
  const first = connect();
  [session] = await once(first, 'session');
  first.destroy();
  const second = connect();
  await once(second, 'secureConnect');
  assert.equal(second.isSessionReused(), true);
  second.destroy();
  await service.stop();
});

test('what is no TLS does no harm', async (t) => {
  const service = await startTls(t, new Certificates(t), { client: { stale_close_delay: '1s' } });
  assert.match(await answerTo(service.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    /^HTTP\/1\.0 400 Bad Request\r\n[^]*This port speaks HTTPS\.\n$/);
  await Promise.all(Array.from({ length: 50 }, (_, i) => {
    const garbage = Buffer.from(Array.from({ length: 40 * i }, (_, k) => (k * 7919 + i * 31) % 256));
    if (i % 2) Buffer.from([0x16, 3, 1, i, 0]).copy(garbage); // the head of a handshake
    return answerTo(service.port, garbage);
  }));
  // Handshakes that stall, at once, or after a part of a hello.
  const hello = await new Promise((resolve) => {
    const server = net.createServer((socket) => socket.once('data', (data) => {
      server.close();
      socket.destroy();
      resolve(data);
    })).listen(0, '127.0.0.1', () => tls.connect(server.address().port, '127.0.0.1').on('error', () => {}));
  });
  const start = Date.now();
  await Promise.all(['', hello.subarray(0, 20), hello.subarray(0, hello.length - 1)]
    .map((bytes) => answerTo(service.port, bytes)));
  assert.ok(Date.now() - start > 500, 'it waited');
  // One byte every 100 ms does not keep it open either.
  const slow = net.connect(service.port, '127.0.0.1').on('error', () => {});
  const timer = setInterval(() => slow.write(hello.subarray(0, 1)), 100);
  t.after(() => clearInterval(timer));
  await once(slow, 'close');
  clearInterval(timer);
  assert.deepEqual(await service.call('update_user_status', { users: ['1'] }), { result: {} });
  await service.stop();
});

test('a client that ends in the middle, and TLS 1.1', async (t) => {
  const certificates = new Certificates(t);
  const service = await startTls(t, certificates);
  const options = { port: service.port, host: '127.0.0.1', ...certificates.client() };
  const old = tls.connect({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const [error] = await once(old, 'error');
  assert.match(error.code, /^ERR_SSL_|ECONNRESET/);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const socket = tls.connect({ ...options, minVersion: 'TLSv1.2', maxVersion });
    await once(socket, 'secureConnect');
    assert.equal(socket.getProtocol(), maxVersion);
    socket.write('POST /api HTTP/1.1\r\n');
    socket.destroy();
  }
  const client = new WebSocket(service.websocketUrl, certificates.client());
  await once(client, 'open');
  client.terminate();
  assert.deepEqual(await service.call('update_user_status', { users: ['1'] }), { result: {} });
  await service.stop();
});

test('SIGHUP takes a new certificate for new connections, and keeps the old one when it is bad', async (t) => {
  const certificates = new Certificates(t);
  const service = await startTls(t, certificates);
  const subject = () => new Promise((resolve, reject) => {
    const socket = tls.connect({ port: service.port, host: '127.0.0.1', ...certificates.client() }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    }).on('error', reject);
  });
  const client = await service.client(t, '42');
  assert.equal(await subject(), 'server');
  certificates.sign('next', 'subjectAltName=IP:127.0.0.1', 'next');
  fs.copyFileSync(certificates.path('next.pem'), certificates.path('server.pem'));
  service.process.kill('SIGHUP'); // the key is still that of before
  await until('it says why not', () =>
    /not reloaded.*http_server\.tls\.key_pem = .*OpenSSL cannot use it/.test(service.output));
  assert.equal(await subject(), 'server');
  fs.copyFileSync(certificates.path('next.key'), certificates.path('server.key'));
  service.process.kill('SIGHUP');
  await until('it is taken', async () => (await subject()) === 'next');
  await client.rpc('update_user_status', {}); // whoever is there stays
  await service.stop();
});

test('a certificate that cannot be read stops the start', async (t) => {
  const certificates = new Certificates(t);
  const settings = { ...certificates.settings(), cert_pem: '/nowhere/a.pem' };
  await assert.rejects(startService(t, { http_server: { tls: settings } }, {}, {}),
    /lastseen: http_server\.tls\.cert_pem = "\/nowhere\/a\.pem": No such file or directory/);
});
