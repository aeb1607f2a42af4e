// The configuration files of older versions that people have, started as they
// are; only addresses are those of the test.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { apiKey, freePort, program, startRedis, tempDir, until } from './helper.js';

const examples = {
  'redis_active_status, no address': [
    '{"redis_active_status": {"enabled": true, "redis_address": ""}}', 'USER_STATUS', '744h'],
  'redis_active_status, an address': [
    '{"redis_active_status": {"enabled": true, "redis_address": "127.0.0.1:6379", "expire_interval": "24h"}}',
    'USER_STATUS', '24h'],
  'use_redis_from_engine': [
    '{"engine": "redis", "redis_address": "localhost:6379", '
    + '"redis_active_status": {"enabled": true, "use_redis_from_engine": true}}', 'ENGINE', '744h'],
};

for (const [name, [text, group, kept]] of Object.entries(examples)) {
  test(name, async (t) => {
    const redis = await startRedis(t);
    const file = path.join(tempDir(t), 'config.json');
    fs.writeFileSync(file, text);
    const port = await freePort();
    const service = spawn(program,
      ['-c', file, '-a', '127.0.0.1', '-p', `${port}`, '--health.enabled'],
      { stdio: ['ignore', 'pipe', 'pipe'], env: {
        ...process.env,
        LASTSEEN_HTTP_API_KEY: apiKey,
        [`LASTSEEN_${group}_REDIS_ADDRESS`]: `127.0.0.1:${redis.port}`,
      } });
    t.after(() => service.kill('SIGKILL'));
    let output = '';
    for (const from of [service.stdout, service.stderr]) from.on('data', (data) => (output += data));
    const call = (where, body) => fetch(`http://127.0.0.1:${port}${where}`,
      { method: body ? 'POST' : 'GET', body, headers: { 'X-API-Key': apiKey } });
    await until('it is ready', async () => (await call('/ready').catch(() => ({}))).status === 200);
    assert.match(output, new RegExp(`store="the store is Redis, 127\\.0\\.0\\.1:${redis.port},`));
    assert.doesNotMatch(output, /unknown key/);
    assert.match(output, /redis_active_status\.enabled: is now called user_status\.enabled/);
    const updated = await call('/api/update_user_status', '{"users":["42"]}');
    assert.deepEqual(await updated.json(), { result: {} });
    const hours = Number(redis.run('PTTL', 'lastseen.user_status.42')) / 3_600_000;
    assert.ok(Math.abs(hours - parseInt(kept, 10)) < 2, `${hours}`);
    service.kill('SIGTERM');
    assert.deepEqual(await once(service, 'close'), [0, null], output);
  });
}
