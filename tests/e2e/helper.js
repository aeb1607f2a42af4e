// What the tests share: the service under test (LASTSEEN_BIN, default
// build/dev/lastseen), Redis servers and clients, all on free loopback ports
// and gone at the end of the test.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Centrifuge } from 'centrifuge';
import { WebSocket } from 'ws';
import { assertNoSecret, remember } from './secrets.js';

export { sleep };
export const program = process.env.LASTSEEN_BIN
  ?? new URL('../../build/dev/lastseen', import.meta.url).pathname;
export const apiKey = 'api-key-of-the-tests';
export const secret = 'token-secret-of-the-tests';
export const now = () => Math.floor(Date.now() / 1000);

/// Waits until `condition` gives something true, and returns that; fails with
/// `what` after `ms` milliseconds.
export async function until(what, condition, ms = 10_000) {
  for (const end = Date.now() + ms; ; await sleep(20)) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `not within ${ms} ms: ${what}`);
  }
}

// Below those that the system gives to clients: one that connects again and
// again might get the very port of a server that is away, and keep it from
// coming back. Processes begin at different ones.
const firstPort = 10_000;
const [given] = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
const portCount = (given > firstPort + 1000 ? given : 32_768) - firstPort;
let nextPort = process.pid * 50;

/// A port that nobody listens on, and that no other call gets.
export async function freePort() {
  for (;;) {
    const port = firstPort + (nextPort++ % portCount);
    const server = net.createServer().listen(port, '127.0.0.1');
    if (!await once(server, 'listening').then(() => true, () => false)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export function tempDir(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lastseen-e2e-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/// An HS256 token.
export function token(user, claims = {}, key = secret) {
  const part = (x) => Buffer.from(JSON.stringify(x)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, ...claims })}`;
  return remember(`${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`);
}

/// Starts the service and waits until its store answers. `settings` are top
/// level keys of the configuration, laid over those that the tests need; the
/// store is the embedded one in memory unless `user_status` says otherwise.
/// `env` are more variables of its environment; with `tls`, options of Node's
/// clients, it is spoken to by TLS; `port` is where its API is; `under` is the
/// beginning of a command that runs it.
export async function startService(t, settings = {}, env = {}, tls = undefined, port = undefined, under = []) {
  const service = new Service(port ?? (await freePort()), tempDir(t), settings, env, tls);
  service.under = under;
  t.after(() => service.kill());
  await service.start();
  return service;
}

/// Has a service read a changed configuration on SIGHUP; answers what it logs
/// until `expected`.
export async function hangUp(service, config, expected = /msg=reloaded/) {
  const before = service.output.length;
  fs.writeFileSync(path.join(service.dir, 'config.json'), JSON.stringify(config));
  service.process.kill('SIGHUP');
  await until('it answers SIGHUP', () => expected.test(service.output.slice(before)));
  return service.output.slice(before);
}

/// Two of them.
export async function startNodes(t, settings) {
  return [await startService(t, settings), await startService(t, settings)];
}

class Service {
  output = '';

  constructor(port, dir, settings, env, tls) {
    this.port = port;
    this.dir = dir;
    this.env = env;
    this.tls = tls;
    this.agent = new (tls ? https : http).Agent({ keepAlive: true, ...tls });
    this.config = {
      ...settings,
      http_server: { address: '127.0.0.1', port, ...settings.http_server },
      http_api: { key: apiKey, ...settings.http_api },
      client: { token: { hmac_secret_key: secret }, ...settings.client },
      user_status: { embedded: { path: ':memory:' }, ...settings.user_status },
    };
  }

  get url() {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get websocketUrl() {
    return `${this.tls ? 'wss' : 'ws'}://127.0.0.1:${this.port}/connection/websocket`;
  }

  async start() {
    const file = path.join(this.dir, 'config.json');
    fs.writeFileSync(file, JSON.stringify(this.config));
    this.keepsSecrets();
    this.output = '';
    const [command, ...args] = [...this.under, program, '-c', file];
    this.process = spawn(command, args, {
      cwd: this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Freed memory is not held back, so that RSS means something.
      env: { ...process.env, ASAN_OPTIONS: 'quarantine_size_mb=4', ...this.env },
    });
    this.exited = once(this.process, 'close');
    this.process.stdout.on('data', (data) => (this.output += data));
    this.process.stderr.on('data', (data) => (this.output += data));
    await until('the service answers', async () => {
      if (this.process.exitCode !== null) {
        await this.exited;
        assert.fail(`it ended:\n${this.output}`);
      }
      const reply = await this.call('get_user_status', { users: ['?'] }).catch(() => ({}));
      return reply.result;
    });
  }

  /// Sends SIGTERM and expects a clean end within the time of a test.
  async stop() {
    this.process.kill('SIGTERM');
    const [code, signal] = await this.exited;
    this.agent.destroy();
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, this.output);
    assert.doesNotMatch(this.output, /Sanitizer|runtime error/);
    this.keepsSecrets();
  }

  kill() {
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
    this.keepsSecrets();
  }

  /// No key, password or token is in what it said.
  keepsSecrets() {
    const { file } = this.config.log ?? {};
    const log = file && fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    assertNoSecret(this.output + log, this.config, this.env);
  }

  /// Bytes of resident memory.
  rss() {
    const pages = fs.readFileSync(`/proc/${this.process.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * 4096;
  }

  /// POSTs to the service; answers the status, the headers and the text.
  post(where, body, headers = { 'X-API-Key': apiKey }, method = 'POST') {
    return new Promise((resolve, reject) => {
      const request = (this.tls ? https : http).request(`${this.url}${where}`, { method, headers, agent: this.agent });
      request.on('error', reject).on('response', async (response) => {
        try {
          const chunks = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          });
        } catch (error) {
          reject(error);
        }
      });
      request.end(body);
    });
  }

  /// Calls a method of the server API; answers the decoded reply.
  async call(method, params) {
    const { status, text } = await this.post(`/api/${method}`, JSON.stringify(params));
    assert.equal(status, 200, text);
    return JSON.parse(text);
  }

  /// The statuses of some users.
  async statuses(users) {
    const reply = await this.call('get_user_status', { users });
    assert.ok(reply.result, JSON.stringify(reply));
    return reply.result.statuses;
  }

  async status(user) {
    return (await this.statuses([user]))[0];
  }

  /// A connected centrifuge-js client; without a user it shows no token.
  /// `hangUp()` disconnects and waits until the service has seen it.
  async client(t, user) {
    const { tls } = this;
    let socket;
    class Socket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, tls);
        socket = this;
      }
    }
    const client = new Centrifuge(this.websocketUrl, { token: user && token(user), websocket: Socket });
    client.hangUp = async () => {
      const closed = once(socket, 'close');
      client.disconnect();
      await closed;
    };
    t.after(() => client.disconnect());
    client.connect();
    await client.ready(10_000);
    return client;
  }
}

/// The service's settings for Redis servers, or proxies of them, one shard each.
export const redisStore = (...servers) => ({
  embedded: undefined,
  redis: { address: servers.map((server) => `127.0.0.1:${server.port}`) },
});

/// Starts a redis-server which keeps nothing but what SHUTDOWN SAVE writes,
/// unless `options` of its configuration say otherwise. With `sentinel`, a
/// configuration file's text, it is a sentinel.
export async function startRedis(t, options = {}, sentinel = undefined) {
  const redis = new Redis(await freePort(), tempDir(t), options, sentinel);
  t.after(() => redis.process.kill('SIGKILL'));
  await redis.start();
  return redis;
}

class Redis {
  constructor(port, dir, options, sentinel) {
    this.port = port;
    this.dir = dir;
    this.options = options;
    if (sentinel === undefined) return;
    this.sentinel = path.join(dir, 'sentinel.conf');
    fs.writeFileSync(this.sentinel, sentinel);
  }

  /// Starts it, again if need be, and waits until it answers.
  async start() {
    this.launch();
    await until('Redis answers', () => {
      try {
        return this.run('PING') === 'PONG';
      } catch {
        return false;
      }
    });
  }

  launch() {
    const { port, dir } = this;
    const options = { bind: '127.0.0.1', port, dir, save: '', ...this.options };
    const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, `${value}`]);
    this.process = this.sentinel
      ? spawn('redis-sentinel', [this.sentinel, ...args], { stdio: 'ignore' })
      : spawn('redis-server', args, { stdio: 'ignore' });
    this.exited = once(this.process, 'exit');
  }

  /// kill -9; waits until it is gone.
  async crash() {
    this.process.kill('SIGKILL');
    await this.exited;
  }

  /// Runs one command with redis-cli; answers its output, also an error's,
  /// without the newline. `password` is used if it is set.
  run(...command) {
    const env = this.password ? { ...process.env, REDISCLI_AUTH: this.password } : process.env;
    const args = ['-p', `${this.port}`, ...command];
    return execFileSync('redis-cli', args, { encoding: 'utf8', stdio: 'pipe', env }).replace(/\n$/, '');
  }

  /// The stored value of a user, as it is.
  stored(user) {
    return this.run('GET', `lastseen.user_status.${user}`);
  }

  /// The users it has.
  users() {
    const prefix = 'lastseen.user_status.';
    const keys = this.run('KEYS', `${prefix}*`).split('\n').filter(Boolean);
    return keys.map((key) => key.replace(prefix, ''));
  }

  async shutdownSave() {
    this.run('SHUTDOWN', 'SAVE');
    await this.exited;
  }
}
