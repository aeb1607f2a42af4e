// Messages that are compressed by permessage-deflate, with unmodified clients.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import { WebSocket } from 'ws';
import { sleep, startService, token } from './helper.js';

const deflateAll = { perMessageDeflate: { threshold: 0 } };

/// A socket that compresses all it sends and keeps the first bytes of what
/// comes.
class Socket extends WebSocket {
  static last;

  constructor(url, protocols) {
    super(url, protocols, deflateAll);
    Socket.last = this;
    this.received = [];
    this.on('upgrade', (response) =>
      response.socket.on('data', (bytes) => this.received.push(bytes[0])));
  }
}

const connect = JSON.stringify({ id: 1, connect: { token: token('42') } });

async function open(service) {
  const socket = new Socket(service.websocketUrl);
  await once(socket, 'open');
  return socket;
}

async function ask(socket, text) {
  socket.send(text);
  const [data] = await once(socket, 'message');
  return JSON.parse(data);
}

test('compression is agreed on only when it is switched on', async (t) => {
  const plain = await startService(t);
  assert.equal((await open(plain)).extensions, '');
  await plain.stop();
  const service = await startService(t, { websocket: { compression: true } });
  assert.equal((await open(service)).extensions, 'permessage-deflate');
  await service.stop();
});

test('messages are compressed in both directions', async (t) => {
  const service = await startService(t, { websocket: { compression: true } });
  const socket = await open(service);
  assert.ok((await ask(socket, connect)).connect.client);
  const padding = 'many bytes that say the same '.repeat(2000);
  const reply = await ask(
    socket,
    JSON.stringify({
      id: 2,
      padding,
      rpc: { method: 'update_user_status', data: { state: 'away' } },
    }),
  );
  assert.deepEqual(reply, { id: 2, rpc: { data: {} } });
  assert.equal((await service.status('42')).state, 'away');
  const bad = await ask(
    socket,
    JSON.stringify({ id: 3, rpc: { method: 'update_user_status', data: [] } }),
  );
  assert.equal(bad.error.code, 107);
  assert.ok(socket.received.includes(0xc1), `${socket.received}`);
  socket.close();
  await service.stop();
});

test('a message that stands for too much closes with 1009', async (t) => {
  const service = await startService(t, {
    websocket: { compression: true, message_size_limit: 10_000 },
  });
  const socket = await open(service);
  assert.ok((await ask(socket, connect)).connect.client);
  const command = (size) => '{"id":2,"rpc":{}}'.padEnd(size);
  assert.equal((await ask(socket, Array(9).fill(command(10_000)).join('\n'))).id, 2);
  socket.send(' '.repeat(101_000));
  const [code] = await once(socket, 'close');
  assert.equal(code, 1009);

  // The message may be so large, a single command may not.
  const other = await open(service);
  assert.ok((await ask(other, connect)).connect.client);
  other.send(command(10_001));
  const [its, reason] = await once(other, 'close');
  assert.equal(`${its} ${reason}`, '3501 bad request');
  await service.stop();
});

for (const [name, Client, data] of [
  ['JSON', Centrifuge, (x) => x],
  ['Protobuf', ProtobufCentrifuge, (x) => Buffer.from(JSON.stringify(x))],
]) {
  test(`centrifuge-js in ${name} over compressed messages`, async (t) => {
    const service = await startService(t, {
      websocket: { compression: true },
      client: { ping_interval: '1s', pong_timeout: '500ms' },
    });
    const client = new Client(service.websocketUrl, {
      token: token('42'),
      websocket: Socket,
    });
    t.after(() => client.disconnect());
    client.connect();
    await client.ready(10_000);
    assert.equal(Socket.last.extensions, 'permessage-deflate');
    client.on('connecting', (x) => assert.fail(`lost: ${x.code} ${x.reason}`));
    client.startBatching();
    const calls = Array.from({ length: 50 }, (_, i) =>
      client.rpc('update_user_status', data({ state: `s${100 + i}` })));
    client.stopBatching();
    await Promise.all(calls);
    assert.equal((await service.status('42')).state, 's149');
    await assert.rejects(client.rpc('update_user_status', data([])), { code: 107 });
    await sleep(2500); // pings
    client.removeAllListeners('connecting');
    client.disconnect();
    await service.stop();
  });
}
