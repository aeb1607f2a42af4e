// Backends that update users through several nodes while servers fail, and what
// must be true of the answers they got.
import assert from 'node:assert/strict';
import { sleep } from './helper.js';

export class FailoverLoad {
  /// Every update that was answered with success: who, when it was sent, when
  /// it was answered.
  acknowledged = [];
  refused = [];
  /// Reads that showed less than what was acknowledged before they began.
  stale = [];
  /// The latest acknowledged update of those who are updated again and again.
  #latest = new Map();
  #running = true;
  #work = [];

  /// Eight backends, each with a new user and one of its own in every call,
  /// one call after the other; and a reader of the latter.
  constructor(t, nodes) {
    t.after(() => (this.#running = false));
    for (let i = 0; i < 8; i++) this.#start(this.#update(nodes[i % nodes.length], `b${i}`));
    this.#start(this.#read(nodes));
  }

  #start(work) {
    // The end of a test that failed ends the nodes before the calls.
    this.#work.push(work.catch((error) => assert.ok(!this.#running, error)));
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#work);
  }

  /// The first success that was answered after that time.
  firstAfter(time) {
    return this.acknowledged.find(({ answered }) => answered > time);
  }

  /// Those of the acknowledged users of whom `node` knows less.
  async lost(node) {
    const lost = [];
    for (let i = 0; i < this.acknowledged.length; i += 1000) {
      const part = this.acknowledged.slice(i, i + 1000);
      const statuses = await node.statuses(part.map(({ user }) => user));
      lost.push(...part.filter(({ sent }, at) => isOlder(statuses[at], sent)));
    }
    return lost;
  }

  /// Refusals must be errors 100 of the server API that name the cause.
  checkRefusals(pattern) {
    for (const { code, message } of this.refused) {
      assert.equal(code, 100);
      assert.match(message, pattern);
    }
  }

  async #update(node, name) {
    for (let i = 0; this.#running; i++) {
      const users = [`${name}:${i}`, name];
      const sent = Date.now();
      const reply = await node.call('update_user_status', { users });
      if (reply.result) {
        this.#latest.set(name, sent);
        this.acknowledged.push({ user: users[0], sent, answered: Date.now() });
      } else {
        this.refused.push(reply.error);
      }
      await sleep(5);
    }
  }

  async #read(nodes) {
    for (let i = 0; this.#running; i++) {
      const before = [...this.#latest];
      const reply = await nodes[i % nodes.length].call('get_user_status',
        { users: before.map(([user]) => user) });
      if (reply.result)
        before.forEach(([user, sent], at) => {
          const status = reply.result.statuses[at];
          if (isOlder(status, sent)) this.stale.push({ user, sent, status });
        });
      await sleep(10);
    }
  }
}

// Times are whole seconds of the shard's clock, as the nodes know it: stamps are
// late by less than the fastest round trip so far, which a busy machine makes
// long. A user who is lost has no time.
const isOlder = ({ active = 0 }, sent) => active < Math.floor((sent - 500) / 1000);
