// `./dev run` in a fresh checkout, but for the build: what it makes, and that
// the commands it prints do what it says.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { freePort, program, tempDir, until } from './helper.js';

const root = new URL('../..', import.meta.url).pathname;

/// A checkout that shares the tests, with their packages, with this one.
function checkout(t) {
  const dir = tempDir(t);
  for (const file of ['dev', '.gitignore']) fs.copyFileSync(path.join(root, file), path.join(dir, file));
  fs.symlinkSync(path.join(root, 'tests'), path.join(dir, 'tests'));
  execFileSync('git', ['init', '--quiet', dir]);
  return dir;
}

const configOf = (dir) => path.join(dir, 'local/config.json');
const read = (dir) => JSON.parse(fs.readFileSync(configOf(dir), 'utf8'));

/// Starts it and waits until it serves at `port`.
async function run(t, dir, port, ...options) {
  const begin = Date.now();
  const child = spawn('./dev', ['run', ...options], { cwd: dir, env: { ...process.env, LASTSEEN_BIN: program } });
  const exited = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));
  const out = { said: '', port };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (out.said += data));
  await until('it serves', () => {
    assert.equal(child.exitCode, null, out.said);
    return fetch(`http://127.0.0.1:${port}/api/info`).then(() => true, () => false);
  }, 30_000);
  out.ms = Date.now() - begin;
  out.stop = async () => {
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null], out.said);
  };
  return out;
}

test('the first start makes a configuration of its own, and passes options on', async (t) => {
  const dirs = [checkout(t), checkout(t)];
  for (const dir of dirs) {
    const port = await freePort();
    const service = await run(t, dir, port, '--http_server.port', `${port}`, '--log.level', 'debug');
    await service.stop();
    assert.equal(fs.statSync(configOf(dir)).mode & 0o777, 0o600);
    assert.equal(execFileSync('git', ['check-ignore', 'local/config.json'], { cwd: dir, encoding: 'utf8' }), 'local/config.json\n');
  }
  const [one, other] = dirs.map(read);
  assert.match(one.http_api.key, /^[0-9a-f]{48}$/);
  assert.match(one.client.token.hmac_secret_key, /^[0-9a-f]{64}$/);
  assert.notEqual(one.http_api.key, other.http_api.key);
  assert.notEqual(one.client.token.hmac_secret_key, other.client.token.hmac_secret_key);
});

test('the next start is quick, and the commands that it prints work', async (t) => {
  const dir = checkout(t);
  const port = await freePort();
  await (await run(t, dir, port, '-p', `${port}`)).stop();
  // As one would whose port 8000 is taken.
  const config = read(dir);
  config.http_server.port = port;
  fs.writeFileSync(configOf(dir), JSON.stringify(config));
  const service = await run(t, dir, port);
  assert.deepEqual(read(dir), config);
  assert.ok(service.ms < 2000, `it took ${service.ms} ms`);

  const [update, get] = service.said.match(/^curl .*$/mg);
  const shell = (command) => execFileSync('bash', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal(shell(update), '{"result":{}}');
  assert.match(shell(get), /^\{"result":\{"statuses":\[\{"user":"42","active":\d{10}\}\]\}\}$/);

  const [app] = /^cd [^]*?^"$/m.exec(service.said);
  const child = spawn('bash', ['-c', `exec < /dev/null; ${app}`], { detached: true });
  t.after(() => process.kill(-child.pid, 'SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  await until('it is answered', () => /^connected .*\{ data: \{\} \}$/ms.test(said) || assert.equal(child.exitCode, null, said));
  const { result } = JSON.parse(shell(get.replace('"42"', '"43"')));
  assert.ok(result.statuses[0].active && result.statuses[0].online, JSON.stringify(result));
  await service.stop();
});
