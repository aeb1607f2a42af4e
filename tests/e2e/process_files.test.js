// The files beside the configuration: process ID, log, .env.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { apiKey, freePort, program, startService, tempDir, until } from './helper.js';

/// Runs a service that is expected not to start; answers its last words.
async function refused(dir, config) {
  const file = path.join(dir, 'config.json');
  fs.writeFileSync(file, JSON.stringify({ user_status: { embedded: { path: ':memory:' } }, ...config }));
  const child = spawn(program, ['-c', file], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const [code] = await once(child, 'close');
  assert.equal(code, 1, said);
  return said;
}

const here = async () => ({ address: '127.0.0.1', port: await freePort() });

test('the file of the process ID', async (t) => {
  const dir = tempDir(t);
  const pid_file = path.join(dir, 'lastseen.pid');
  const content = () => fs.readFileSync(pid_file, 'utf8');
  const service = await startService(t, { pid_file });
  const { pid } = service.process;
  await until('it is written', () => fs.existsSync(pid_file));
  assert.equal(content(), `${pid}\n`);
  assert.equal(await refused(tempDir(t), { pid_file, http_server: await here() }),
    `lastseen: pid_file: ${pid_file}: process ${pid} runs and holds it\n`);
  assert.equal(content(), `${pid}\n`);

  service.process.kill('SIGHUP');
  await until('it reloads', () => /msg=reloaded/.test(service.output));
  assert.equal(content(), `${pid}\n`);
  service.kill();
  await service.exited;
  assert.equal(content(), `${pid}\n`);
  await service.start();
  await until('it is replaced', () => content() === `${service.process.pid}\n`);
  await service.stop();
  assert.deepEqual(fs.readdirSync(dir), []);
  assert.equal(await refused(tempDir(t), { pid_file: dir, http_server: await here() }),
    `lastseen: pid_file: ${dir}: is a directory\n`);
});

test('the file of the log', async (t) => {
  const dir = tempDir(t);
  const file = path.join(dir, 'lastseen.log');
  const read = (name) => fs.readFileSync(name, 'utf8');
  const service = await startService(t, { log: { file } });
  assert.equal(service.output, '');
  assert.match(read(file), /^time=\S+ level=info msg=starting /m);

  const hangUp = async (name, expected) => {
    service.process.kill('SIGHUP');
    await until('it answers SIGHUP', () => fs.existsSync(name) && expected.test(read(name)));
  };
  fs.renameSync(file, `${file}.1`);
  await hangUp(file, /msg=reloaded/);
  assert.doesNotMatch(read(`${file}.1`), /reloaded/);

  fs.renameSync(file, `${file}.2`);
  fs.mkdirSync(file);
  await hangUp(`${file}.2`, /level=error msg="the log goes on in the file that was open" why="log\.file: \S+: Is a directory"\n.*\n?.*msg=reloaded/);
  fs.rmdirSync(file);
  // A bad configuration does not keep the log from being rotated.
  fs.writeFileSync(path.join(service.dir, 'config.json'), '{');
  await hangUp(file, /msg="not reloaded/);
  await service.stop();
  assert.match(read(file), /msg=stopped/);
  assert.equal(service.output, '');

  assert.equal(await refused(tempDir(t), { log: { file: '/nowhere/x' } }),
    'lastseen: log.file: /nowhere/x: No such file or directory\n');
});

test('.env of the working directory', async (t) => {
  const service = await startService(t, { http_api: { key: 'of the file' } }, { LASTSEEN_HTTP_API_KEY: apiKey });
  const call = async (key) => (await service.post('/api/batch', '{}', { 'X-API-Key': key })).status;
  const env = (text) => fs.writeFileSync(path.join(service.dir, '.env'), text);
  const hangUp = async (expected) => {
    const before = service.output.length;
    service.process.kill('SIGHUP');
    await until('it answers SIGHUP', () => expected.test(service.output.slice(before)));
  };
  env('# ours\nexport LASTSEEN_HTTP_API_KEYS="second third"\nLASTSEEN_HTTP_API_KEY=hidden # by the environment\n');
  assert.equal(await call('second'), 401);
  await hangUp(/msg=reloaded/);
  for (const [key, status] of [['second', 200], ['third', 200], [apiKey, 200], ['hidden', 401]])
    assert.equal(await call(key), status, key);
  env('A=b\nLASTSEEN_HTTP_API_KEYS: fourth\n');
  await hangUp(/msg="not reloaded[^\n]* why="\.env:2: must be NAME=value"/);
  env('LASTSEEN_LOG_LEVEL=loud\n');
  await hangUp(/why="log\.level = \\"loud\\" \(\.env:1 LASTSEEN_LOG_LEVEL\): must be/);
  assert.equal(await call('second'), 200);
  await service.stop();
});
