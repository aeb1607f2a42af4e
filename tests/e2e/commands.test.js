// The commands of the program, as a shell would use them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { Certificates } from './certificates.js';
import { apiKey, freePort, program, startService } from './helper.js';

/// Runs the program; answers the exit code and what it wrote.
const run = (args, env = {}) => promisify(execFile)(program, args, { env: { ...process.env, ...env } })
  .then((done) => ({ code: 0, ...done }), (failed) => failed);

test('status reads, updates and deletes', async (t) => {
  const service = await startService(t);
  const config = path.join(service.dir, 'config.json');
  const status = (...args) => run(['status', ...args, '-c', config]);
  assert.equal((await status('update', '42', '43', '--state', 'away')).stdout, '2 users updated\n');
  assert.match((await status('get', '42', 'x')).stdout,
    /^USER {2}ACTIVE +ONLINE {2}STATE\n42 +(just now|\d+ seconds ago) +- +away\nx +- +- +-\n$/);
  assert.equal((await status('delete', '42')).stdout, '1 user deleted\n');
  assert.deepEqual(JSON.parse((await status('get', '42', '--json')).stdout),
    { result: { statuses: [{ user: '42' }] } });
  const bad = await status('update', '42', '--state', 'x'.repeat(65));
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /bad request: state: over 64 bytes/);
  await service.stop();
});

test('status takes address and key from the command line or the environment', async (t) => {
  const service = await startService(t);
  const get = (args, env) => run(['status', 'get', '1', '-c', '/dev/null', '--address', service.url, ...args], env);
  assert.equal((await get(['--key', apiKey])).code, 0);
  assert.equal((await get([], { LASTSEEN_HTTP_API_KEY: apiKey })).code, 0);
  const refused = await get(['--key', 'wrong']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^lastseen: 127.0.0.1:\d+: the key is wrong or missing\n$/);
  const nobody = await run(['status', 'get', '1', '--address', `http://127.0.0.1:${await freePort()}`]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /Connection refused\n$/);
  await service.stop();
});

test('status by HTTPS', async (t) => {
  const certificates = new Certificates(t);
  const tls = certificates.settings();
  const service = await startService(t, { http_server: { tls } }, {}, certificates.client());
  const config = path.join(service.dir, 'config.json');
  const ca = ['--ca', certificates.path('ca.pem')];
  const get = (...args) => run(['status', 'get', '1', '-c', config, ...args]);
  assert.match((await get(...ca)).stdout, /^USER/);
  assert.match((await get('--address', service.url.replace('127.0.0.1', 'localhost'), ...ca)).stdout, /^USER/);
  const refused = await get();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^lastseen: 127\.0\.0\.1:\d+: certificate verify failed: /);
  const plain = await get('--address', service.url.replace('https', 'http'));
  assert.match(plain.stderr, /HTTP status 400: "This port speaks HTTPS\."\n$/);
  assert.match((await get('--ca', '/nowhere/ca.pem')).stderr, /^lastseen: --ca: \/nowhere\/ca\.pem: No such file/);
  await service.stop();
});

test('status finds the API beside clients, and takes the first of several keys', async (t) => {
  const service = await startService(t, {
    http_server: { internal_port: await freePort() },
    http_api: { external: true, key: '', keys: ['', apiKey, 'other'] },
  });
  const got = await run(['status', 'get', '1', '-c', path.join(service.dir, 'config.json')]);
  assert.match(got.stdout, /^USER/, got.stderr);
  await service.stop();
});

test('status shows a certificate where one is asked for', async (t) => {
  const certificates = new Certificates(t);
  const service = await startService(t, { http_server: { tls: certificates.settings(true) } }, {},
    certificates.client('client'));
  const get = (...args) => run(['status', 'get', '1', '-c', path.join(service.dir, 'config.json'),
    '--ca', certificates.path('ca.pem'), ...args]);
  const [cert, key] = ['client.pem', 'client.key'].map((file) => certificates.path(file));
  assert.match((await get('--cert', cert, '--key-file', key)).stdout, /^USER/);
  const both = certificates.path('both.pem');
  fs.writeFileSync(both, certificates.text('client.key') + certificates.text('client.pem'));
  assert.match((await get('--cert', both)).stdout, /^USER/);
  for (const [args, why] of [
    [[], /certificate required/],
    [['--key-file', key], /^lastseen: --key-file: only with --cert\n$/],
    [['--cert', '/nowhere/a.pem'], /^lastseen: --cert: \/nowhere\/a\.pem: No such file/],
    [['--cert', cert, '--key-file', certificates.path('server.key')], /^lastseen: --key-file: .*server\.key: .*mismatch/],
  ]) {
    const { code, stderr } = await get(...args);
    assert.equal(code, 1);
    assert.match(stderr, why);
  }
  await service.stop();
});

test('a mistyped command is not the service', async () => {
  const { code, stderr } = await run(['chekconfig']);
  assert.equal(code, 1);
  assert.match(stderr, /^lastseen: "chekconfig": no such command; did you mean checkconfig\?\n$/);
});
