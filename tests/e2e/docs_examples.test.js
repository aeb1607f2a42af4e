// The curl commands of the docs that people copy from, old and new style, give
// the exact bytes; so does cent.js get what it expects.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import cent from 'cent.js';
import { apiKey, redisStore, startRedis, startService } from './helper.js';

/// What curl prints: the body, then status and content type on a line.
async function curl(...args) {
  const format = '\n%{http_code} %{content_type}';
  const { stdout } = await promisify(execFile)('curl', ['-sS', '-w', format, ...args]);
  return stdout;
}

const json = (body) => `${body}\n200 application/json`;
const styles = {
  'POST /api/<method> with X-API-Key': (url, method, users) =>
    curl('--header', `X-API-Key: ${apiKey}`, '--request', 'POST',
      '--data', `{"users": ${users}}`, `${url}/api/${method}`),
  'POST /api with Authorization: apikey': (url, method, users) =>
    curl('--header', 'Content-Type: application/json',
      '--header', `Authorization: apikey ${apiKey}`, '--request', 'POST',
      '--data', `{"method": "${method}", "params": {"users": ${users}}}`, `${url}/api`),
  'POST /api/<method>?api_key=': (url, method, users) =>
    curl('--data', `{"users": ${users}}`, `${url}/api/${method}?api_key=${apiKey}`),
};
const stores = {
  embedded: () => ({}),
  redis: async (t) => redisStore(await startRedis(t)),
};

for (const [storeName, settings] of Object.entries(stores)) {
  test(`curl examples, ${storeName} store`, async (t) => {
    const service = await startService(t, { user_status: await settings(t) });
    for (const [style, send] of Object.entries(styles)) {
      await t.test(style, async (t) => {
        const ask = (method, users = '["42"]') => send(service.url, method, users);
        const nothing = json('{"result":{"statuses":[{"user":"42"}]}}');

        assert.equal(await ask('get_user_status'), nothing);
        assert.equal(await ask('update_user_status'), json('{"result":{}}'));
        assert.match(await ask('get_user_status'),
          /^\{"result":\{"statuses":\[\{"user":"42","active":\d{10}\}\]\}\}\n200 application\/json$/);

        const client = await service.client(t, '42');
        assert.match(await ask('get_user_status'),
          /^\{"result":\{"statuses":\[\{"user":"42","active":\d{10},"online":\d{10}\}\]\}\}\n/);
        assert.match(await ask('get_user_status', '["42", "nobody"]'),
          /^\{"result":\{"statuses":\[\{"user":"42","active":\d{10},"online":\d{10}\},\{"user":"nobody"\}\]\}\}\n/);

        await client.hangUp();
        assert.equal(await ask('delete_user_status'), json('{"result":{}}'));
        assert.equal(await ask('get_user_status'), nothing);
      });
    }
    await service.stop();
  });
}

test('several legacy commands in a body are answered by a line each', async (t) => {
  const service = await startService(t);
  const body = '{"id":7,"method":"update_user_status","params":{"users":["1"]}}\n'
    + '{"method":"get_user_status","params":{"users":["2"]}}'
    + '{"id":9,"method":17,"params":{"users":["1"]}}';
  assert.equal((await service.post('/api', body)).text,
    '{"id":7,"result":{}}\n{"result":{"statuses":[{"user":"2"}]}}\n{"id":9,"result":{}}');
  await service.stop();
});

test('cent.js', async (t) => {
  const service = await startService(t);
  const client = new cent.CentClient({ url: `${service.url}/api`, apiKey });
  // It has no methods for statuses of its own: this is how it calls any.
  const update = client.methodFactory('update_user_status');
  const read = client.methodFactory('get_user_status');

  assert.deepEqual(await update({ users: ['42'], state: 'busy' }), {});
  const { statuses } = await read({ users: ['42', '43'] });
  assert.equal(statuses[0].state, 'busy');
  assert.deepEqual(statuses[1], { user: '43' });
  await assert.rejects(read({ users: [] }), cent.CentException);

  const [deleted, after] = await client.pipeline([
    { method: 'delete_user_status', params: { users: ['42'] } },
    { method: 'get_user_status', params: { users: ['42'] } },
  ]);
  assert.deepEqual(deleted, {});
  assert.deepEqual(after, { statuses: [{ user: '42' }] });
  await service.stop();
});
