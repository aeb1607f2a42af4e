// Stands between the service and a Redis server, and does to the bytes what a
// bad network or a bad server does.
import { once } from 'node:events';
import net from 'node:net';

export async function startProxy(t, redis) {
  const proxy = new Proxy(redis.port);
  t.after(() => proxy.close());
  await once(proxy.server.listen(0, '127.0.0.1'), 'listening');
  proxy.port = proxy.server.address().port;
  return proxy;
}

class Proxy {
  connections = 0; // since the start
  links = new Set();
  reply = (bytes) => bytes;
  paused = false;

  constructor(to) {
    this.server = net.createServer((client) => this.accept(client, to));
  }

  accept(client, to) {
    this.connections++;
    const redis = net.connect(to, '127.0.0.1');
    const link = { client, redis };
    this.links.add(link);
    const end = () => {
      client.destroy();
      redis.destroy();
      this.links.delete(link);
    };
    for (const socket of [client, redis])
      socket.setNoDelay().on('error', end).on('close', end);
    client.on('data', (bytes) => redis.write(bytes));
    redis.on('data', (bytes) => {
      const instead = this.reply(bytes, link);
      if (instead?.length && !client.destroyed) client.write(instead);
    });
    if (this.paused) this.#each('pause');
  }

  /// From now on `reply(bytes, link)` says what of Redis's answers goes on.
  answers(reply) {
    this.reply = reply;
  }

  /// As it is without a proxy.
  asIs() {
    this.reply = (bytes) => bytes;
  }

  /// Nothing moves in either direction, and nobody is told.
  pause() {
    this.paused = true;
    this.#each('pause');
  }

  resume() {
    this.paused = false;
    this.#each('resume');
  }

  /// Resets all connections. One that is ending cannot be (EINVAL in libuv, and
  /// Node then never exits).
  reset() {
    for (const { client } of this.links)
      if (client.writableEnded) client.destroy();
      else client.resetAndDestroy();
  }

  close() {
    this.reset();
    this.server.close();
  }

  #each(what) {
    for (const { client, redis } of this.links) {
      client[what]();
      redis[what]();
    }
  }
}
