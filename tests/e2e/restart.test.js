// The embedded store keeps statuses over a restart, and forgets expired ones.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { clockOff } from './clock_off.js';
import { startService, tempDir } from './helper.js';

const inFile = (t) => ({ embedded: { path: path.join(tempDir(t), 'statuses.db') } });

test('statuses are there after a restart', async (t) => {
  const service = await startService(t, { user_status: inFile(t) });
  const client = await service.client(t, '42');
  await client.rpc('update_user_status', { state: 'busy' });
  await client.hangUp();
  await service.call('update_user_status', { users: ['43'] });
  await service.call('update_user_status', { users: ['gone'] });
  await service.call('delete_user_status', { users: ['gone'] });
  const before = await service.statuses(['42', '43', 'gone']);
  assert.ok(before[0].active && before[0].online && before[1].active);

  await service.stop();
  await service.start();
  assert.deepEqual(await service.statuses(['42', '43', 'gone']), before);
  await service.stop();
});

test('statuses are there after a crash', async (t) => {
  const service = await startService(t, { user_status: inFile(t) });
  await service.call('update_user_status', { users: ['42'], state: 'busy' });
  const before = await service.statuses(['42']);
  service.process.kill('SIGKILL');
  await service.exited;
  await service.start();
  assert.deepEqual(await service.statuses(['42']), before);
  await service.stop();
});

test('expired statuses are not there after a restart', async (t) => {
  const service = await startService(t, { user_status: { ...inFile(t), expire_interval: '10h' } });
  const later = async (by) => {
    await service.stop();
    service.env = clockOff(by);
    await service.start();
  };
  await service.call('update_user_status', { users: ['old', 'renewed'] });
  await later('+6h');
  assert.ok((await service.status('old')).active);
  await service.call('update_user_status', { users: ['renewed'] });
  await later('+12h');
  const [old, renewed] = await service.statuses(['old', 'renewed']);
  assert.deepEqual(old, { user: 'old' });
  assert.ok(renewed.active);
  await service.stop();
});

test('a second service on the same file ends with one line', async (t) => {
  const user_status = inFile(t);
  const first = await startService(t, { user_status });
  await assert.rejects(startService(t, { user_status }), (error) => {
    assert.match(error.message, /it ended:\n/);
    assert.match(error.message, /statuses\.db/);
    return true;
  });
  await first.call('update_user_status', { users: ['42'] });
  await first.stop();
});
