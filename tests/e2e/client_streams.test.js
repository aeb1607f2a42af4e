// Unidirectional clients, and the HTTP of those that send by /emulation.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { now, sleep, startService, token, until } from './helper.js';

const streams = { http_stream: { enabled: true }, sse: { enabled: true } };
const fastPings = { ping_interval: '1s', pong_timeout: '500ms' };

const near = (time, expected, tolerance = 2) =>
  assert.ok(Math.abs(time - expected) <= tolerance, `${time} is not about ${expected}`);

/// Opens a stream; `lines` grows as it comes, `ended` resolves at its end.
async function openStream(t, url, body) {
  const method = body === undefined ? 'GET' : 'POST';
  const request = http.request(url, { method, agent: false });
  t.after(() => request.destroy());
  request.end(body);
  const response = await new Promise((resolve, reject) =>
    request.on('response', resolve).on('error', reject),
  );
  const out = { response, text: '', close: () => request.destroy() };
  response.on('data', (data) => (out.text += data));
  out.ended = new Promise((resolve) => response.on('end', resolve).on('error', resolve));
  return out;
}

const uniSettings = {
  client: fastPings,
  uni_sse: { enabled: true },
  uni_http_stream: { enabled: true },
  uni_websocket: { enabled: true },
  user_status: { online_interval: '500ms' },
};

const connectPush =
  /^\{"connect":\{"client":"[0-9a-f-]{36}","version":"lastseen [^"]+","ping":1,"session":"[0-9a-f-]{36}"\}\}$/;

for (const kind of ['uni_sse', 'uni_http_stream']) {
  test(`${kind} keeps the user online`, async (t) => {
    const service = await startService(t, uniSettings);
    const connect = JSON.stringify({ token: token('42') });
    const url = `${service.url}/connection/${kind}`;
    const stream = await openStream(
      t,
      kind === 'uni_sse' ? `${url}?cf_connect=${encodeURIComponent(connect)}` : url,
      kind === 'uni_sse' ? undefined : connect,
    );
    assert.equal(stream.response.statusCode, 200);
    const parts = () =>
      kind === 'uni_sse'
        ? stream.text.replace('\r\n', '').split('\n\n').filter(Boolean).map((x) => x.replace('data: ', ''))
        : stream.text.split('\n').filter(Boolean);
    await until('pings come', () => parts().length >= 4);
    assert.match(parts()[0], connectPush);
    assert.equal(parts()[1], '{}');
    const before = (await service.status('42')).online;
    near(before, now(), 3);
    await sleep(3000);
    const { online, active } = await service.status('42');
    assert.ok(online >= before + 2, `${online} ${before}`);
    assert.equal(active, undefined);
    stream.close();

    const refused = await openStream(t, `${service.url}/connection/uni_http_stream`, '{"token":"x"}');
    await refused.ended;
    assert.equal(refused.text, '{"disconnect":{"code":3500,"reason":"invalid token"}}\n');
    const expired = await openStream(
      t,
      `${service.url}/connection/uni_http_stream`,
      JSON.stringify({ token: token('42', { exp: now() - 5 }) }),
    );
    await expired.ended;
    assert.equal(expired.text, '{"disconnect":{"code":3005,"reason":"connection expired"}}\n');
    await service.stop();
  });
}

test('uni_websocket connects by its first message or the query', async (t) => {
  const service = await startService(t, uniSettings);
  const connect = JSON.stringify({ token: token('42') });
  const url = service.websocketUrl.replace('websocket', 'uni_websocket');
  for (const query of ['', `?cf_connect=${encodeURIComponent(connect)}`]) {
    const socket = new WebSocket(url + query);
    t.after(() => socket.terminate());
    const messages = [];
    socket.on('message', (x) => messages.push(`${x}`));
    if (!query) socket.on('open', () => socket.send(connect));
    await until('pings come', () => messages.length >= 3);
    assert.match(messages[0], /^\{"connect":\{"client":/);
    assert.deepEqual(messages.slice(1, 3), ['{}', '{}']);
    near((await service.status('42')).online, now(), 3);
  }
  const socket = new WebSocket(url);
  const closed = new Promise((resolve) =>
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`)),
  );
  socket.on('open', () => socket.send('{"token":"x"}'));
  assert.equal(await closed, '3500 invalid token');
  await service.stop();
});

// -- the HTTP of it -----------------------------------------------------------

test('emulation requests of another node, bad ones, and CORS', async (t) => {
  const service = await startService(t, {
    ...streams,
    client: { allowed_origins: ['https://app.example'] },
  });
  const send = (body, headers = {}, method = 'POST') =>
    service.post('/emulation', body, headers, method);
  const elsewhere = await send('{"session":"s","node":"n","data":"{}"}');
  assert.equal(elsewhere.status, 404);
  assert.equal((await send('{"session":1}')).status, 400);
  assert.equal((await send('')).status, 400);
  assert.equal((await send('x', {}, 'PUT')).status, 405);
  assert.equal((await send(`{"data":"${'x'.repeat(66000)}"}`)).status, 413);

  const preflight = await send(
    undefined,
    { Origin: 'https://app.example', 'Access-Control-Request-Headers': 'content-type' },
    'OPTIONS',
  );
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
  assert.equal(preflight.headers['access-control-allow-headers'], 'content-type');
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true');
  assert.equal(preflight.headers['access-control-max-age'], '300');
  assert.equal(preflight.headers['access-control-allow-methods'], 'POST, OPTIONS');
  assert.equal(preflight.headers['content-length'], undefined);
  assert.equal((await send('{}', { Origin: 'https://evil.example' })).status, 403);

  const stream = await openStream(
    t,
    `${service.url}/connection/http_stream`,
    JSON.stringify({ id: 1, connect: { token: token('42') } }),
  );
  await until('it connects', () => stream.text.endsWith('\n'));
  const { session, node } = JSON.parse(stream.text).connect;
  const rpc = { session, node, data: '{"id":2,"rpc":{"method":"update_user_status","data":{}}}' };
  assert.equal((await send(JSON.stringify(rpc))).status, 204);
  await until('the reply comes', () => stream.text.endsWith('{"id":2,"rpc":{"data":{}}}\n'));
  assert.equal((await send(JSON.stringify({ ...rpc, session: 'gone' }))).status, 204);
  assert.equal((await send(JSON.stringify({ ...rpc, data: 'no JSON' }))).status, 204);
  await stream.ended;
  assert.match(
    stream.text,
    /\n\{"push":\{"disconnect":\{"code":3501,"reason":"bad request"\}\}\}\n$/,
  );
  assert.equal((await service.post('/connection/sse', '', {}, 'GET')).status, 400);
  assert.equal((await service.post('/connection/http_stream', '', {}, 'GET')).status, 405);
  assert.equal((await service.post('/connection/uni_sse', '', {}, 'GET')).status, 404);
  await service.stop();
});
