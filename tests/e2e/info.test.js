// `info` lists the nodes that share a Redis; SIGHUP changes API keys.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import cent from 'cent.js';
import { apiKey, redisStore, startRedis, startService, until } from './helper.js';

const nodes = async (service) => {
  const reply = await service.call('info', {});
  assert.ok(reply.result, JSON.stringify(reply));
  return reply.result.nodes;
};

test('info tells of one node without Redis', async (t) => {
  const service = await startService(t);
  const client = await service.client(t, '42');
  const [node, ...others] = await nodes(service);
  assert.deepEqual(others, []);
  assert.match(node.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.match(node.name, new RegExp(`_${service.port}$`));
  assert.match(node.version, /^lastseen \d/);
  assert.equal(node.num_clients, 1);
  assert.equal(node.num_users, 1);
  const again = await service.client(t, '42');
  const other = await service.client(t, '43');
  const count = async () => (({ num_clients, num_users }) => `${num_clients} ${num_users}`)((await nodes(service))[0]);
  assert.equal(await count(), '3 2');
  for (const x of [again, other, client]) await x.hangUp();
  await until('they are gone', async () => (await count()) === '0 0');
  const { nodes: same } = await new cent.CentClient({ url: `${service.url}/api`, apiKey }).getInfo();
  assert.equal(same[0].uid, node.uid);
  await service.stop();
});

test('info tells of all nodes on one Redis', async (t) => {
  const redis = await startRedis(t);
  const a = await startService(t, { user_status: redisStore(redis) });
  const b = await startService(t, { user_status: redisStore(redis) });
  await until('each knows the other', async () =>
    (await nodes(a)).length === 2 && (await nodes(b)).length === 2);
  const names = (await nodes(a)).map((node) => node.name.split('_').pop());
  assert.deepEqual(names.sort(), [`${a.port}`, `${b.port}`].sort());
  await a.stop();
  await b.stop();
});

test('SIGHUP takes new API keys, and keeps the old ones when the file is bad', async (t) => {
  const service = await startService(t);
  const file = path.join(service.dir, 'config.json');
  const status = async (key) => (await service.post('/api/batch', '{}', { 'X-API-Key': key })).status;
  const hangUp = (config) => {
    fs.writeFileSync(file, JSON.stringify(config));
    service.process.kill('SIGHUP');
  };
  hangUp({ ...service.config, http_api: { key: 'next' } });
  await until('the new key is taken', async () => (await status('next')) === 200);
  assert.equal(await status(apiKey), 401);
  hangUp({ ...service.config, http_api: { key: 5 } });
  await until('it says why not', () => /not reloaded.*http_api.key = <hidden>/.test(service.output));
  assert.equal(await status('next'), 200);
  await service.stop();
});
