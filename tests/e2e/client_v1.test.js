// The protocol of centrifuge-js 2.x, and pings by WebSocket frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Centrifuge2 from 'centrifuge2';
import { WebSocket } from 'ws';
import { now, sleep, startService, token, until } from './helper.js';

const fastPings = { ping_interval: '1s', pong_timeout: '500ms' };

const near = (time, expected, tolerance = 2) =>
  assert.ok(Math.abs(time - expected) <= tolerance, `${time} is not about ${expected}`);

function client2(service, t, settings = {}) {
  const client = new Centrifuge2(service.websocketUrl, { websocket: WebSocket, ...settings });
  t.after(() => client.disconnect());
  return client;
}

test('centrifuge-js 2.8.5 calls, pings and gets errors', async (t) => {
  const service = await startService(t, {
    client: fastPings,
    user_status: { online_interval: '500ms' },
  });
  const client = client2(service, t, { pingInterval: 700 });
  client.setToken(token('42'));
  const connected = new Promise((resolve) => client.once('connect', resolve));
  client.connect();
  assert.match((await connected).client, /^[0-9a-f-]{36}$/);
  assert.deepEqual(await client.namedRPC('update_user_status', {}), { data: {} });
  near((await service.status('42')).active, now());
  await client.namedRPC('update_user_status', { state: 'away' });
  assert.equal((await service.status('42')).state, 'away');
  await assert.rejects(client.namedRPC('nope', {}), { code: 104, message: 'method not found' });
  client.on('disconnect', (x) => assert.fail(`lost: ${x.reason}`));
  await sleep(4000);
  near((await service.status('42')).online, now());
  client.removeAllListeners('disconnect');
  client.disconnect();
  await service.stop();
});

test('centrifuge-js 2.8.5 without pings of its own lives by ping frames', async (t) => {
  const service = await startService(t, {
    client: fastPings,
    user_status: { online_interval: '500ms' },
  });
  const client = client2(service, t, { ping: false });
  client.setToken(token('42'));
  const connected = new Promise((resolve) => client.once('connect', resolve));
  client.connect();
  await connected;
  client.on('disconnect', (x) => assert.fail(`lost: ${x.reason}`));
  await sleep(4000);
  near((await service.status('42')).online, now());
  client.removeAllListeners('disconnect');
  client.disconnect();
  await service.stop();
});

test('centrifuge-js 2.8.5 refreshes its token', async (t) => {
  const service = await startService(t, { client: { expired_close_delay: '500ms' } });
  let refreshed = 0;
  const client = client2(service, t, {
    onRefresh: (_, answer) => {
      refreshed++;
      answer({ status: 200, data: { token: token('42', { exp: now() + 2 }) } });
    },
  });
  client.setToken(token('42', { exp: now() + 2 }));
  const connected = new Promise((resolve) => client.once('connect', resolve));
  client.connect();
  await connected;
  client.on('disconnect', (x) => assert.fail(`lost: ${x.reason}`));
  await sleep(5000);
  assert.ok(refreshed >= 2, `${refreshed}`);
  client.removeAllListeners('disconnect');
  client.disconnect();
  await service.stop();
});

test('centrifuge-js 2.8.5 stays away after a bad token', async (t) => {
  const service = await startService(t);
  const client = client2(service, t);
  client.setToken('a.b.c');
  const ended = new Promise((resolve) => client.once('disconnect', resolve));
  client.connect();
  assert.deepEqual(await ended, { reason: 'invalid token', reconnect: false });
  await service.stop();
});

test('ping frames by query, without pings of the protocol', async (t) => {
  const service = await startService(t, {
    client: fastPings,
    user_status: { online_interval: '500ms' },
  });
  const socket = new WebSocket(`${service.websocketUrl}?cf_ws_frame_ping_pong=true`);
  t.after(() => socket.terminate());
  const messages = [];
  let pings = 0;
  socket.on('message', (x) => messages.push(`${x}`));
  socket.on('ping', () => pings++);
  socket.on('open', () => socket.send(JSON.stringify({ id: 1, connect: { token: token('42') } })));
  await until('ping frames come', () => pings >= 3);
  near((await service.status('42')).online, now());
  assert.equal(messages.length, 1);
  assert.equal(JSON.parse(messages[0]).connect.ping, undefined);
  await service.stop();
});

test('centrifuge-js 2.8.5 batches, with two tabs, and comes back after a restart', async (t) => {
  const service = await startService(t);
  const tabs = [0, 1].map(() => {
    const client = client2(service, t, { minRetry: 50, maxRetry: 200 });
    client.setToken(token('42'));
    return client;
  });
  const connected = (client) => new Promise((resolve) => client.once('connect', resolve));
  await Promise.all(tabs.map((client) => {
    const done = connected(client);
    client.connect();
    return done;
  }));
  const report = (client, states) => {
    client.startBatching();
    const calls = states.map((state) => client.namedRPC('update_user_status', { state }));
    client.stopBatching(true);
    return Promise.all(calls);
  };
  assert.deepEqual(await report(tabs[0], ['a', 'b', 'c']), Array(3).fill({ data: {} }));
  assert.equal((await service.status('42')).state, 'c');
  await report(tabs[1], ['d', 'e']);
  assert.equal((await service.status('42')).state, 'e');

  const lost = Promise.all(tabs.map((client) =>
    new Promise((resolve) => client.once('disconnect', resolve))));
  await service.stop();
  for (const { reason, reconnect } of await lost)
    assert.deepEqual({ reason, reconnect }, { reason: 'shutdown', reconnect: true });
  const back = Promise.all(tabs.map(connected));
  await service.start();
  await back;
  await report(tabs[0], ['f']);
  assert.equal((await service.status('42')).state, 'f');
  tabs.forEach((client) => client.disconnect());
  await service.stop();
});
