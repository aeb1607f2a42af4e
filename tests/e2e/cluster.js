// A Redis Cluster of three masters, on free loopback ports.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort, startRedis, until } from './helper.js';

const run = promisify(execFile);

/// Starts it; a master is taken for dead after a second. `options` are more of
/// every server's configuration. Servers 0 to 2 are the masters at first, the
/// others their replicas.
export async function startCluster(t, options = {}, replicas = 1) {
  const servers = [];
  const count = 3 + 3 * replicas;
  for (let i = 0; i < count; i++)
    servers.push(await startRedis(t, {
      'cluster-enabled': 'yes',
      'cluster-port': await freePort(),
      'cluster-node-timeout': 1000,
      'repl-diskless-sync-delay': 0,
      ...options,
    }));
  const cluster = new Cluster(servers);
  await cluster.cli('create', ...servers.map(address), '--cluster-replicas', replicas);
  await until('the Cluster serves all slots and has its replicas', () => servers.every((x) =>
    x.run('CLUSTER', 'INFO').includes('cluster_state:ok')
    && x.run('CLUSTER', 'INFO').includes(`cluster_known_nodes:${count}`)
    && (replicas === 0 || /master_link_status:up|state=online/.test(x.run('INFO', 'replication')))), 30_000);
  return cluster;
}

/// The service's settings for it.
export const clusterStore = ({ servers }, redis = {}) => ({
  embedded: undefined,
  redis: { cluster_address: seeds({ servers }), ...redis },
});

/// Addresses of the masters at first, as the service's configuration has them.
export const seeds = ({ servers }) => servers.slice(0, 3).map(address).join(',');

/// The slot of a user's key, without a hash tag (CRC16, XMODEM).
export function slotOf(user) {
  let crc = 0;
  for (const byte of Buffer.from(`lastseen.user_status.${user}`)) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return (crc & 0xffff) % 16384;
}

const address = ({ port }) => `127.0.0.1:${port}`;

class Cluster {
  constructor(servers) {
    this.servers = servers;
  }

  /// Runs `redis-cli --cluster <command>`.
  async cli(command, ...args) {
    await run('redis-cli', ['--cluster', command, ...args, '--cluster-yes']);
  }

  /// The server that follows a master; undefined while none does.
  replicaOf({ port }) {
    return this.alive().find((x) =>
      x.run('ROLE').startsWith(`slave\n127.0.0.1\n${port}\nconnected`));
  }

  isMaster(server) {
    return this.alive().includes(server) && server.run('ROLE').startsWith('master');
  }

  alive() {
    return this.servers.filter((x) => x.process.exitCode === null && x.process.signalCode === null);
  }
}
