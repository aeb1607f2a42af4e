// Unmodified clients in every protocol, encoding and transport.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import EventSource from 'eventsource';
import { WebSocket } from 'ws';
import { now, sleep, startService, token, until } from './helper.js';

const streams = { http_stream: { enabled: true }, sse: { enabled: true } };
const fastPings = { ping_interval: '1s', pong_timeout: '500ms' };

const near = (time, expected, tolerance = 2) =>
  assert.ok(Math.abs(time - expected) <= tolerance, `${time} is not about ${expected}`);

function options(service, settings) {
  return {
    token: token('42'),
    websocket: WebSocket,
    fetch,
    readableStream: ReadableStream,
    eventsource: EventSource,
    emulationEndpoint: `${service.url}/emulation`,
    ...settings,
  };
}

const kinds = {
  'JSON over WebSocket': (service, more) => new Centrifuge(service.websocketUrl, options(service, more)),
  'Protobuf over WebSocket': (service, more) =>
    new ProtobufCentrifuge(service.websocketUrl, options(service, more)),
  'JSON over http_stream': (service, more) =>
    new Centrifuge(
      [{ transport: 'http_stream', endpoint: `${service.url}/connection/http_stream` }],
      options(service, more),
    ),
  'Protobuf over http_stream': (service, more) =>
    new ProtobufCentrifuge(
      [{ transport: 'http_stream', endpoint: `${service.url}/connection/http_stream` }],
      options(service, more),
    ),
  'JSON over sse': (service, more) =>
    new Centrifuge(
      [{ transport: 'sse', endpoint: `${service.url}/connection/sse` }],
      options(service, more),
    ),
};

for (const [name, create] of Object.entries(kinds)) {
  test(`${name}: calls, batches, errors and pings`, async (t) => {
    const service = await startService(t, {
      client: fastPings,
      user_status: { online_interval: '500ms' },
      ...streams,
    });
    const client = create(service);
    t.after(() => client.disconnect());
    const problems = [];
    client.on('error', (x) => problems.push(x));
    client.connect();
    await client.ready(10_000);
    const data = name.startsWith('Protobuf') ? (x) => Buffer.from(JSON.stringify(x)) : (x) => x;
    const plain = (x) => (name.startsWith('Protobuf') ? JSON.parse(Buffer.from(x.data)) : x.data);

    assert.deepEqual(plain(await client.rpc('update_user_status', data({}))), {});
    near((await service.status('42')).active, now());
    await client.rpc('update_user_status', data({ state: 'away' }));
    assert.equal((await service.status('42')).state, 'away');

    client.startBatching();
    const batch = [1, 2, 3].map((i) => client.rpc('update_user_status', data({ state: `s${i}` })));
    client.stopBatching();
    await Promise.all(batch);
    assert.equal((await service.status('42')).state, 's3');

    await assert.rejects(client.rpc('nope', data({})), { code: 104, message: 'method not found' });
    await assert.rejects(client.rpc('update_user_status', data([])), { code: 107 });

    // Four pings; a client that did not answer one would be gone.
    client.on('connecting', (x) => assert.fail(`lost: ${x.code} ${x.reason}`));
    await sleep(4500);
    near((await service.status('42')).online, now());
    assert.deepEqual(problems, []);
    client.removeAllListeners('connecting');
    client.disconnect();
    await service.stop();
  });
}

for (const [name, create] of Object.entries(kinds)) {
  test(`${name}: refresh, and reconnect after a restart`, async (t) => {
    const service = await startService(t, streams);
    const given = [];
    const client = create(service, {
      token: '',
      minReconnectDelay: 50,
      maxReconnectDelay: 200,
      getToken: async () => {
        given.push(now());
        return token('42', { exp: now() + 3 });
      },
    });
    t.after(() => client.disconnect());
    client.connect();
    await client.ready(10_000);
    client.on('connecting', (x) => assert.fail(`lost: ${x.code} ${x.reason}`));
    await until('the token was refreshed', () => given.length >= 2);
    client.removeAllListeners('connecting');

    const lost = new Promise((resolve) => client.once('connecting', resolve));
    await service.stop();
    assert.ok([3001, 1].includes((await lost).code));
    await service.start();
    await client.ready(10_000);
    client.disconnect();
    await service.stop();
  });
}

test('a bad token ends every transport for good', async (t) => {
  const service = await startService(t, streams);
  for (const [name, create] of Object.entries(kinds)) {
    const client = create(service, { token: 'a.b.c' });
    const ended = new Promise((resolve) => client.once('disconnected', resolve));
    client.connect();
    assert.deepEqual(
      await ended,
      { code: 3500, reason: 'invalid token' },
      name,
    );
  }
  await service.stop();
});
