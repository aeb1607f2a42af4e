// A master, its replicas and three sentinels, on free loopback ports.
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { freePort, tempDir, until } from './helper.js';

/// Starts a master called `mymaster` with so many replicas, and the sentinels;
/// they take a server for dead after half a second.
export async function startSentinelGroup(t, replicas) {
  const servers = [await startServer(t, ['--repl-diskless-sync-delay', '0'])];
  const [{ port }] = servers;
  for (let i = 0; i < replicas; i++)
    servers.push(await startServer(t, ['--replicaof', `127.0.0.1 ${port}`, '--repl-diskless-sync-delay', '0']));
  const config = `sentinel monitor mymaster 127.0.0.1 ${port} 2
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
`;
  const sentinels = [];
  for (let i = 0; i < 3; i++) sentinels.push(await startServer(t, ['--sentinel'], config));
  await until('the sentinels know each other and the replicas', () => sentinels.every((x) => {
    const text = x.run('SENTINEL', 'master', 'mymaster');
    return text.includes('num-other-sentinels\n2') && text.includes(`num-slaves\n${replicas}`);
  }), 30_000);
  await until('the replicas are linked', () => servers.slice(1).every((x) =>
    x.run('ROLE').includes('connected')), 30_000);
  return { servers, sentinels };
}

/// The master by what all sentinels say, who have done with any failover, and
/// it says itself, once it has so many replicas; undefined while there is none.
export function masterOf({ servers, sentinels }, replicas = 0) {
  const known = sentinels.map((x) => x.run('SENTINEL', 'master', 'mymaster'));
  const master = servers.find(({ port }) =>
    known.every((x) => x.includes(`\nport\n${port}\n`) && x.includes('\nflags\nmaster\n')));
  try {
    const info = master?.run('INFO', 'replication') ?? '';
    const online = info.match(/state=online/g) ?? [];
    return info.includes('role:master') && online.length >= replicas ? master : undefined;
  } catch {
    return undefined; // it ended, or ends its connections since its role changes
  }
}

/// The service's settings for that group.
export const sentinelStore = ({ sentinels }) => ({
  embedded: undefined,
  redis: {
    sentinel_address: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
    sentinel_master_name: 'mymaster',
  },
});

async function startServer(t, args, config) {
  const server = new Server(await freePort(), tempDir(t), args, config);
  t.after(() => server.process.kill('SIGKILL'));
  await server.start();
  return server;
}

class Server {
  constructor(port, dir, args, config) {
    this.port = port;
    this.args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', '', ...args];
    if (config === undefined) return;
    const file = path.join(dir, 'conf');
    fs.writeFileSync(file, config);
    this.args.unshift(file);
  }

  /// `args` are for this time only.
  async start(...args) {
    this.process = spawn('redis-server', [...this.args, ...args], { stdio: 'ignore' });
    this.exited = once(this.process, 'exit');
    await until('it answers', () => {
      try {
        return this.run('PING') === 'PONG';
      } catch {
        return false;
      }
    });
  }

  /// Runs one command with redis-cli; answers its output without the newline.
  run(...command) {
    const args = ['-p', `${this.port}`, ...command];
    return execFileSync('redis-cli', args, { encoding: 'utf8', stdio: 'pipe' }).replace(/\n$/, '');
  }

  /// Lets it stand still (SIGSTOP), and go on.
  pause() {
    this.process.kill('SIGSTOP');
  }

  resume() {
    this.process.kill('SIGCONT');
  }

  async kill9() {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
