// What the tests of open files share.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { scrape, sum } from './metrics.js';

/// The beginning of a command with so many open files.
export const within = (files) => ['prlimit', `--nofile=${files}:${files}`];

export const openFiles = (service) => fs.readdirSync(`/proc/${service.process.pid}/fd`).length;

/// The soft limit of a service that runs.
export const setLimit = (service, files, hard) =>
  execFileSync('prlimit', ['--pid', service.process.pid, `--nofile=${files}:${hard}`]);

/// By the connection that the helper keeps open.
export const metric = async (service, name) => sum(await scrape(service), name);

export const pauses = (service) => metric(service, 'lastseen_accept_pauses_total');

/// Connections that say nothing; the kernel takes them whoever accepts.
/// Answers a function that closes them.
export async function connectMany(t, port, n) {
  const sockets = Array.from({ length: n }, () => net.connect(port, '127.0.0.1'));
  const close = () => sockets.forEach((x) => x.destroy());
  t.after(close);
  sockets.forEach((x) => x.on('error', () => {}));
  await Promise.all(sockets.map((x) => once(x, 'connect')));
  return close;
}
