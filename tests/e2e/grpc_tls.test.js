// gRPC over TLS, with certificates made here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Certificates } from './certificates.js';
import { connectGrpc, failureOf, grpc, startGrpc } from './grpc_client.js';
import { until } from './helper.js';

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
