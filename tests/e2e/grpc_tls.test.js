// gRPC over TLS, with certificates made here.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { Certificates } from './certificates.js';
import { connectGrpc, failureOf, grpc, startGrpc } from './grpc_client.js';
import { hangUp, until } from './helper.js';

const credentials = (ca, key, cert) =>
  grpc.credentials.createSsl(...[ca, key, cert].map((text) => text && Buffer.from(text)));

const call = (client) => client.call('GetUserStatus', { users: ['42'] }).then(() => 'served', (error) => error.code);

test('TLS serves who trusts the certificate, and nobody in the clear', async (t) => {
  const certificates = new Certificates(t);
  const service = await startGrpc(t, { tls: certificates.settings() });
  const connect = (...x) => connectGrpc(t, service.grpcPort, ...x);
  assert.equal(await call(connect(credentials(certificates.text('ca.pem')))), 'served');
  assert.equal(await call(connect(credentials())), grpc.status.UNAVAILABLE);
  assert.equal(await call(connect()), grpc.status.UNAVAILABLE);
  assert.equal(await call(connect(credentials(certificates.text('ca.pem')))), 'served');
  await service.stop();
});

test('TLS below 1.2 is refused', async (t) => {
  const certificates = new Certificates(t);
  const service = await startGrpc(t, { tls: certificates.settings() });
  const connect = (versions) => tls.connect({
    port: service.grpcPort, host: '127.0.0.1', ALPNProtocols: ['h2'], ...certificates.client(), ...versions,
  });
  const old = connect({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  const [error] = await once(old, 'error');
  assert.match(error.code, /^ERR_SSL_|ECONNRESET/);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const socket = connect({ minVersion: 'TLSv1.2', maxVersion });
    await once(socket, 'secureConnect');
    assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [maxVersion, 'h2']);
    socket.destroy();
  }
  await service.stop();
});

test('PEM texts and their base64 are as good as files', async (t) => {
  const certificates = new Certificates(t);
  const service = await startGrpc(t, {
    tls: {
      enabled: true,
      cert_pem: certificates.text('server.pem'),
      key_pem: Buffer.from(certificates.text('server.key')).toString('base64'),
    },
  });
  assert.equal(await call(connectGrpc(t, service.grpcPort, credentials(certificates.text('ca.pem')))), 'served');
  await service.stop();
});

test('mutual TLS asks clients for a certificate of the authority, and so needs no key', async (t) => {
  const certificates = new Certificates(t);
  const others = new Certificates(t);
  const service = await startGrpc(t, { address: '', key: '', tls: certificates.settings(true) });
  const connect = (from) => connectGrpc(t, service.grpcPort,
    credentials(certificates.text('ca.pem'), from?.text('client.key'), from?.text('client.pem')));
  assert.equal(await call(connect(certificates)), 'served');
  assert.equal(await call(connect(others)), grpc.status.UNAVAILABLE);
  assert.equal(await call(connect()), grpc.status.UNAVAILABLE);
  await service.stop();
});

test('SIGHUP takes new certificates for new connections', async (t) => {
  const certificates = new Certificates(t);
  const next = new Certificates(t);
  const service = await startGrpc(t, { tls: certificates.settings() });
  const connect = (from) => connectGrpc(t, service.grpcPort, credentials(from.text('ca.pem')), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const old = connect(certificates);
  assert.equal(await call(old), 'served');
  for (const file of ['server.pem', 'server.key'])
    fs.copyFileSync(next.path(file), certificates.path(file));
  service.process.kill('SIGHUP');
  await until('the new certificate is shown', async () => (await call(connect(next))) === 'served');
  assert.equal(await call(connect(certificates)), grpc.status.UNAVAILABLE);
  assert.equal(await call(old), 'served');

  fs.writeFileSync(certificates.path('server.pem'), 'broken');
  service.process.kill('SIGHUP');
  await until('it says why not', () => /not reloaded.*grpc_api.tls.cert_pem/.test(service.output));
  assert.equal(await call(connect(next)), 'served');
  await service.stop();
});

const with_tls = (service, tls, more = {}) =>
  ({ ...service.config, ...more, grpc_api: { ...service.config.grpc_api, tls } });

test('SIGHUP names TLS that begins or ends, and takes the rest', async (t) => {
  const certificates = new Certificates(t);
  const named = (said) => [...said.matchAll(/"changed, but takes a restart" key=(\S+)/g)].map((x) => x[1]);
  const plain = await startGrpc(t);
  const said = await hangUp(plain, with_tls(plain, certificates.settings(), { http_api: { key: 'next' } }));
  assert.deepEqual(named(said), ['enabled', 'cert_pem', 'key_pem'].map((key) => `grpc_api.tls.${key}`));
  assert.equal(await call(connectGrpc(t, plain.grpcPort)), 'served');
  assert.equal((await plain.post('/api/batch', '{}', { 'X-API-Key': 'next' })).status, 200);
  await plain.stop();

  const service = await startGrpc(t, { tls: certificates.settings() });
  assert.deepEqual(named(await hangUp(service, with_tls(service, {}))), named(said));
  assert.equal(await call(connectGrpc(t, service.grpcPort, credentials(certificates.text('ca.pem')))), 'served');
  await service.stop();
});

test('SIGHUP names it when clients are to be asked, and takes the new certificate', async (t) => {
  const certificates = new Certificates(t);
  const next = new Certificates(t);
  const connect = (service, ...from) => connectGrpc(t, service.grpcPort, credentials(...from));
  const taken = /"changed, but takes a restart" key=grpc_api\.tls\.client_ca_pem[^]*msg=reloaded/;
  const open = await startGrpc(t, { tls: certificates.settings() });
  await hangUp(open, with_tls(open, next.settings(true)), taken);
  assert.equal(await call(connect(open, next.text('ca.pem'))), 'served');
  await open.stop();

  const closed = await startGrpc(t, { tls: certificates.settings(true) });
  fs.rmSync(certificates.path('ca.pem'));
  await hangUp(closed, with_tls(closed, next.settings()), taken);
  const own = ['client.key', 'client.pem'].map((file) => certificates.text(file));
  assert.equal(await call(connect(closed, next.text('ca.pem'), ...own)), 'served');
  assert.equal(await call(connect(closed, next.text('ca.pem'))), grpc.status.UNAVAILABLE);
  await closed.stop();
});

test('SIGHUP with a good certificate and a bad key of tokens changes neither', async (t) => {
  const certificates = new Certificates(t);
  const next = new Certificates(t);
  const service = await startGrpc(t, { tls: certificates.settings() });
  const client = { token: { rsa_public_key: 'no PEM' } };
  const said = await hangUp(service, with_tls(service, next.settings(), { client }), /not reloaded.*\n/);
  assert.match(said, /not reloaded.*client\.token\.rsa_public_key/);
  const shown = (from) => call(connectGrpc(t, service.grpcPort, credentials(from.text('ca.pem'))));
  assert.equal(await shown(certificates), 'served');
  assert.equal(await shown(next), grpc.status.UNAVAILABLE);
  await service.stop();
});

test('a start with certificates that are no use says why', async (t) => {
  const certificates = new Certificates(t);
  const others = new Certificates(t);
  const ended = async (tls) =>
    (await failureOf(startGrpc(t, { tls: { ...certificates.settings(true), ...tls } }))).message;
  const missing = path.join(certificates.dir, 'none.pem');
  assert.match(await ended({ cert_pem: missing }), /grpc_api\.tls\.cert_pem = .*none\.pem.*No such file/);
  assert.match(await ended({ key_pem: others.path('server.key') }), /grpc_api\.tls\.key_pem = .*mismatch/);
  assert.match(await ended({ client_ca_pem: certificates.path('server.key') }), /grpc_api\.tls\.client_ca_pem/);
  assert.match(await ended({ cert_pem: '' }), /grpc_api\.tls\.cert_pem = .*must be set/);
});
