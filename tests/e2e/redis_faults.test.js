// What a Redis does on a bad day, one fault a test: calls fail with the server
// and the cause, clients notice nothing, and all is stored once it is over.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { redisStore, startRedis, startService, until } from './helper.js';
import { connectRaw, numberOf } from './raw_client.js';
import { startProxy } from './redis_proxy.js';

const timeout = 1000; // user_status.timeout

/// Each: `begin` and `end` of the fault; what its errors say; by what cause they
/// are counted ('unavailable' unless it says so); whether reads go on; whether
/// the server loses what it had. Optional: options and the password of the
/// server. `begin` and `end` get the server and a proxy before it.
const faults = {
  'a server that is killed and comes back empty': {
    begin: (redis) => redis.crash(),
    end: (redis) => redis.start(),
    says: /^connect: Connection refused$/,
    loses: true,
  },
  'a server that is killed and comes back with its data': {
    options: { appendonly: 'yes', appendfsync: 'always' },
    begin: (redis) => redis.crash(),
    end: (redis) => redis.start(),
    says: /^connect: Connection refused$/,
  },
  'a server that stands still for longer than io_timeout': {
    begin: (redis) => redis.process.kill('SIGSTOP'),
    end: (redis) => redis.process.kill('SIGCONT'),
    says: /^[A-Z ]+: timeout after 300ms$/,
    cause: 'timeout',
  },
  'a link that stands still for longer than io_timeout': {
    proxied: true,
    begin: (redis, proxy) => proxy.pause(),
    end: (redis, proxy) => proxy.resume(),
    says: /^[A-Z ]+: timeout after 300ms$/,
    cause: 'timeout',
  },
  'connections that are reset in the middle of a reply': {
    proxied: true,
    begin: (redis, proxy) => proxy.answers((bytes, { client }) => {
      client.write(bytes.subarray(0, bytes.length / 2), () => client.resetAndDestroy());
    }),
    end: (redis, proxy) => proxy.asIs(),
    says: /^[A-Z ]+: Connection reset by peer$/,
  },
  'replies that never come': {
    proxied: true,
    begin: (redis, proxy) => proxy.answers(() => null),
    end: (redis, proxy) => proxy.asIs(),
    says: /^[A-Z ]+: timeout after 300ms$/,
    cause: 'timeout',
  },
  'replies that are no RESP': {
    proxied: true,
    begin: (redis, proxy) => proxy.answers(() => 'HTTP/1.1 400 Bad Request\r\n\r\n'),
    end: (redis, proxy) => proxy.asIs(),
    says: /^protocol error: /,
  },
  'replies that answer something else': {
    proxied: true,
    begin: (redis, proxy) => proxy.answers(() => '+OK\r\n'),
    end: (redis, proxy) => proxy.asIs(),
    says: /unexpected reply$|^protocol error: reply without a command$/,
  },
  'a server that is LOADING': {
    options: { 'loading-process-events-interval-bytes': 1024 },
    begin: async (redis) => {
      redis.run('EVAL', "for i = 1, 4000 do redis.call('SET', 'k' .. i, 'v') end", '0');
      await redis.shutdownSave();
      redis.options['key-load-delay'] = 1000; // microseconds a key
      redis.launch();
      await until('it loads', () => says(redis, /^LOADING/));
    },
    end: (redis) => until('it has loaded', () => says(redis, /^PONG/)),
    says: /^[A-Z ]+: LOADING /,
    cause: 'LOADING',
  },
  'a server that is OOM': {
    begin: (redis) => redis.run('CONFIG', 'SET', 'maxmemory', '1'),
    end: (redis) => redis.run('CONFIG', 'SET', 'maxmemory', '0'),
    says: /^EVALSHA: .*OOM command not allowed/,
    cause: 'OOM',
    reads: true,
  },
  'a server that is READONLY': {
    begin: (redis) => redis.run('REPLICAOF', '127.0.0.1', '1'),
    end: (redis) => redis.run('REPLICAOF', 'NO', 'ONE'),
    says: /^EVALSHA: .*READONLY You can't write/,
    cause: 'READONLY',
    reads: true,
  },
  'a server that wants a password (NOAUTH)': {
    begin: (redis) => changePassword(redis, 'right-password'),
    end: (redis) => changePassword(redis, ''),
    says: /^SCRIPT LOAD: NOAUTH /,
    cause: 'NOAUTH',
  },
  'a server whose password was changed (WRONGPASS)': {
    password: 'former-password',
    begin: (redis) => changePassword(redis, 'latter-password'),
    end: (redis) => changePassword(redis, 'former-password'),
    says: /^AUTH: WRONGPASS [^']*$/,
    cause: 'WRONGPASS',
  },
  'a server that takes a permission away (NOPERM)': {
    begin: (redis) => redis.run('ACL', 'SETUSER', 'default', '-evalsha'),
    end: (redis) => redis.run('ACL', 'SETUSER', 'default', '+evalsha'),
    says: /^EVALSHA: NOPERM /,
    cause: 'NOPERM',
    reads: true,
  },
  'a server that is BUSY with a script': {
    options: { 'lua-time-limit': 50 },
    begin: async (redis) => {
      spawn('redis-cli', ['-p', `${redis.port}`, 'EVAL', 'while true do end', '0'], { stdio: 'ignore' });
      await until('it is busy', () => says(redis, /^BUSY/));
    },
    end: (redis) => redis.run('SCRIPT', 'KILL'),
    says: /^[A-Z ]+: BUSY /,
    cause: 'BUSY',
  },
};

function says(redis, what) {
  try {
    return what.test(redis.run('PING'));
  } catch {
    return false;
  }
}

/// Also ends the connections, which had shown the one before.
function changePassword(redis, password) {
  redis.run('CONFIG', 'SET', 'requirepass', password);
  redis.password = password;
  redis.run('CLIENT', 'KILL', 'TYPE', 'normal');
}

/// A call that must be answered within its time.
async function timed(service, method, params) {
  const begin = Date.now();
  const reply = await service.call(method, params);
  assert.ok(Date.now() - begin < timeout + 1000, `${method} took ${Date.now() - begin} ms`);
  return reply;
}

async function survives(t, fault) {
  const redis = await startRedis(t, fault.options);
  if (fault.password) changePassword(redis, fault.password);
  const proxy = fault.proxied ? await startProxy(t, redis) : null;
  const store = redisStore(proxy ?? redis);
  Object.assign(store.redis, { password: fault.password, connect_timeout: '300ms', io_timeout: '300ms' });
  const service = await startService(t, {
    prometheus: { enabled: true },
    user_status: { ...store, timeout: `${timeout}ms`, debounce_interval: '50ms' },
  });
  const update = (user, state) => timed(service, 'update_user_status', { users: [user], state });
  const read = (user) => timed(service, 'get_user_status', { users: [user] });
  const stored = (user) => numberOf(redis.stored(user).slice(40));
  const refused = ({ error }) => {
    const begin = `internal server error: redis 127.0.0.1:${(proxy ?? redis).port}: `;
    assert.equal(error?.code, 100);
    assert.ok(error.message.startsWith(begin), error.message);
    assert.match(error.message.slice(begin.length), fault.says);
  };

  const client = await connectRaw(service, 'client');
  t.after(() => client.socket.terminate());
  assert.ok((await update('before', 'n1')).result);
  await fault.begin(redis, proxy);
  client.report();
  // What is in flight when it begins may still be answered.
  await until('the fault shows', async () => (await update('unsure', 'n1')).error);
  for (let i = 2; i <= 4; i++) {
    client.report();
    const replies = await Promise.all([update('unsure', `n${i}`), read('before')]);
    refused(replies[0]);
    if (fault.reads) assert.equal(replies[1].result.statuses[0].state, 'n1');
    else refused(replies[1]);
  }
  assert.equal(client.waiting, 0, 'a client waits');

  await fault.end(redis, proxy);
  const back = Date.now();
  await until('updates are answered again', async () => (await update('after', 'n1')).result);
  await until('all is stored', () => stored('unsure') === 4 && stored('client') === 4);
  const recovered = Date.now() - back;
  assert.ok((await read('after')).result);
  assert.equal(stored('before'), fault.loses ? 0 : 1);
  assert.deepEqual(client.errors, []);
  assert.equal(client.closed, null);
  assert.ok(recovered < 5000, `it took ${recovered} ms to recover`);
  const line = fault.reads ? 'store is not ready' : 'store is (down|not ready)';
  assert.match(service.output, new RegExp(`level=warning msg="${line}" store=.* why=.+\n`));
  const { text } = await service.post('/metrics', undefined, {}, 'GET');
  const cause = fault.cause ?? 'unavailable';
  assert.match(text, new RegExp(`^lastseen_store_errors_total{.*cause="${cause}".*} [1-9]`, 'm'));
  if (!fault.reads && cause !== 'BUSY')
    assert.match(text, /^lastseen_store_reconnects_total{.*} [1-9]/m);
  assert.ok(service.output.length < 10_000, `too much is logged:\n${service.output}`);
  await service.stop();
}

// Most of the time they wait.
describe('the service survives', { concurrency: 4 }, () => {
  for (const [name, fault] of Object.entries(faults)) test(name, (t) => survives(t, fault));
});
