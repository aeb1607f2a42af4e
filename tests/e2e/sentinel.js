// A master, its replicas and three sentinels, on free loopback ports.
import { startRedis, until } from './helper.js';

/// Starts a master called `mymaster` with so many replicas, and the sentinels;
/// they take a server for dead after half a second.
export async function startSentinelGroup(t, replicas) {
  const options = { 'repl-diskless-sync-delay': 0 };
  const servers = [await startRedis(t, options)];
  const [{ port }] = servers;
  for (let i = 0; i < replicas; i++)
    servers.push(await startRedis(t, { ...options, replicaof: `127.0.0.1 ${port}` }));
  const config = `sentinel monitor mymaster 127.0.0.1 ${port} 2
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
`;
  const sentinels = [];
  for (let i = 0; i < 3; i++) sentinels.push(await startRedis(t, {}, config));
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
