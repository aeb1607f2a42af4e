// Which path is served where, with a port of its own for the server API,
// metrics and health.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import { Certificates } from './certificates.js';
import { apiKey, freePort, startService, until } from './helper.js';

const settings = {
  health: { enabled: true },
  prometheus: { enabled: true },
  sse: { enabled: true },
};
const inside = [
  ['/api/get_user_status', 'POST', '{"users":["1"]}', 200],
  ['/api', 'POST', '{"method":"info","params":{}}', 200],
  ['/api/batch', 'POST', '{}', 200],
  ['/health', 'GET', undefined, 200],
  ['/ready', 'GET', undefined, 200],
  ['/metrics', 'GET', undefined, 200],
];
const outside = [
  ['/connection/websocket', 'GET', undefined, 400],
  ['/connection/sse', 'GET', undefined, 400],
  ['/emulation', 'POST', '', 400],
];

/// The service, asked at another port; its own `call` goes to the API's.
async function startWithInternal(t, more = {}) {
  const port = await freePort();
  const internal = await freePort();
  const api = more.http_api?.external ? port : internal;
  const service = await startService(t, { ...settings, ...more,
    http_server: { port, internal_port: internal, ...more.http_server } }, {}, undefined, api);
  const at = (where) => async ([path, method, body]) => {
    service.port = where;
    try {
      return (await service.post(path, body, { 'X-API-Key': apiKey }, method)).status;
    } finally {
      service.port = api;
    }
  };
  return { service, external: at(port), internal: at(internal), port };
}

test('the API and monitoring on the internal port, clients on the external one', async (t) => {
  const { service, external, internal, port } = await startWithInternal(t);
  for (const x of inside) {
    assert.equal(await internal(x), x[3], `internal ${x[0]}`);
    assert.equal(await external(x), 404, `external ${x[0]}`);
  }
  for (const x of outside) {
    assert.equal(await external(x), x[3], `external ${x[0]}`);
    assert.equal(await internal(x), 404, `internal ${x[0]}`);
  }
  service.port = port;
  await service.client(t, '42');
  await service.stop();
});

test('http_api.external moves the API to the external port', async (t) => {
  const { service, external, internal } = await startWithInternal(t, { http_api: { external: true } });
  for (const x of inside) {
    const api = x[0].startsWith('/api');
    assert.equal(await internal(x), api ? 404 : 200, `internal ${x[0]}`);
    assert.equal(await external(x), api ? 200 : 404, `external ${x[0]}`);
  }
  await service.stop();
});

test('TLS outside only, or another one inside', async (t) => {
  const certificates = new Certificates(t);
  const tls = certificates.settings();
  const { service, port } = await startWithInternal(t, { http_server: { tls, tls_external: true } });
  const get = (at, options) => new Promise((resolve, reject) => {
    https.get(`https://127.0.0.1:${at}/metrics`, { ...options, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  assert.equal(await get(port, certificates.client()), 404);

  // SIGHUP: TLS inside too, then another one there.
  const hangUp = async (changed) => {
    const before = service.output.length;
    const config = { ...service.config, http_server: { ...service.config.http_server, ...changed } };
    fs.writeFileSync(path.join(service.dir, 'config.json'), JSON.stringify(config));
    service.process.kill('SIGHUP');
    await until('it reloads', () => /msg=reloaded/.test(service.output.slice(before)));
  };
  await assert.rejects(get(service.port, certificates.client()));
  await hangUp({ tls_external: false });
  assert.equal(await get(service.port, certificates.client()), 200);
  await hangUp({ internal_tls: certificates.settings(true) });
  await assert.rejects(get(service.port, certificates.client()));
  assert.equal(await get(service.port, certificates.client('client')), 200);
  assert.equal(await get(port, certificates.client()), 404);
  await service.stop();

  // The internal port asks for certificates of clients; it was written as text.
  const internal = await freePort();
  const other = await startService(t, { ...settings, http_server: {
    port: await freePort(), tls, internal_port: `${internal}`, internal_tls: certificates.settings(true),
  } }, {}, certificates.client('client'), internal);
  assert.equal(await get(internal, certificates.client('client')), 200);
  await assert.rejects(get(internal, certificates.client()));
  assert.equal(await get(other.config.http_server.port, certificates.client()), 404);
  await until('it says why', () => /a TLS handshake failed/.test(other.output));
  await other.stop();
});

test('an internal port that is taken stops the start', async (t) => {
  const { service } = await startWithInternal(t);
  await assert.rejects(startWithInternal(t, { http_server: { internal_port: service.port } }),
    /lastseen: http_server\.internal_port: cannot listen on 127\.0\.0\.1:\d+: Address already in use/);
  await service.stop();
});
