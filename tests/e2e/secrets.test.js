// No key, password or token is in the log, however much is logged. (The other
// tests look at their services' logs, too: helper.js.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { apiKey, redisStore, startRedis, startService, token, until } from './helper.js';
import { assertNoSecret } from './secrets.js';

const password = 'pass word-of-the-tests';

/// How a client that shows a token is answered, or sent away.
const connect = (service, shown) => new Promise((resolve) => {
  const socket = new WebSocket(service.websocketUrl);
  socket.on('open', () => socket.send(JSON.stringify({ connect: { token: shown }, id: 1 })));
  socket.on('message', (data) => resolve(JSON.parse(data)) || socket.close());
  socket.on('close', (code) => resolve(code));
});

for (const level of ['debug', 'trace']) {
  test(`log.level ${level}`, async (t) => {
    const redis = await startRedis(t);
    redis.run('CONFIG', 'SET', 'requirepass', password);
    redis.password = password;
    const service = await startService(t, {
      log: { level, access: true },
      user_status: {
        ...redisStore(redis),
        timeout: '500ms',
        redis: { address: `redis://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}` },
      },
    });
    assert.ok((await connect(service, token('42'))).connect);
    assert.equal(await connect(service, token('42', {}, 'another secret')), 3500);
    assert.equal(await connect(service, `${token('42')}x`), 3500);
    assert.equal((await connect(service, token('42', { exp: 1 }))).error.code, 109);
    const wrong = 'wrong-key-of-the-tests';
    assert.equal((await service.post(`/api/info?api_key=${wrong}`, '{}', {})).status, 401);
    assert.equal((await service.post(`/api/info?api_key=${apiKey}`, '{}', {})).status, 200);

    redis.run('CONFIG', 'SET', 'requirepass', 'another');
    redis.password = 'another';
    redis.run('CLIENT', 'KILL', 'TYPE', 'normal');
    await until('it is refused', () => /WRONGPASS/.test(service.output));
    assert.equal((await service.call('update_user_status', { users: ['42'] })).error.code, 100);
    redis.run('CONFIG', 'SET', 'requirepass', password);
    redis.password = password;
    await until('it is let in', async () => (await service.call('get_user_status', { users: ['42'] })).result);
    await service.stop();
    assertNoSecret(service.output, { key: wrong });
  });
}

test('a secret in the log is found', () => {
  const settings = {
    http_api: { key: 'a-long-key', keys: ['another-key'] },
    client: { token: { hmac_secret_key: 'a-long-secret', rsa_public_key: 'public-key' } },
    user_status: { redis: { address: ['redis://user:a-password%21@host:1'], sentinel_password: 'one-more-password' } },
  };
  for (const secret of ['a-long-key', 'another-key', 'a-long-secret', 'a-password%21', 'a-password!', 'one-more-password'])
    assert.throws(() => assertNoSecret(`why=${secret}\n`, settings), /is in the log/, secret);
  assert.throws(() => assertNoSecret('variable-key', {}, { LASTSEEN_HTTP_API_KEY: 'variable-key' }), /is in the log/);
  assert.throws(() => assertNoSecret(`x ${token('1')} x`), /is in the log/);
  assertNoSecret('public-key redis://user:***@host:1 LASTSEEN_HTTP_API_KEY', settings);
});
