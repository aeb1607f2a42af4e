// A client for load: the JSON protocol by hand over `ws`, since a load needs
// neither promises per call nor reconnects. Every reply is checked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { token } from './helper.js';

/// Connects a user; fails if the service does not accept it.
export async function connectRaw(service, user) {
  const client = new RawClient(new WebSocket(service.websocketUrl), user);
  await once(client.socket, 'open');
  client.socket.send(JSON.stringify({ connect: { token: token(user), name: 'js' }, id: 1 }));
  await client.accepted;
  return client;
}

class RawClient {
  sent = 0; // states sent, numbered from 1
  answered = 0; // the last state that was answered with success
  errors = [];
  closed = null; // {code, reason} once closed

  constructor(socket, user) {
    this.socket = socket;
    this.user = user;
    this.accepted = new Promise((accept, refuse) => {
      socket.on('message', (data) => {
        for (const line of data.toString().split('\n')) this.receive(JSON.parse(line), accept);
      });
      socket.on('error', refuse);
      socket.on('close', (code, reason) => {
        this.closed = { code, reason: reason.toString() };
        refuse(new Error(`closed: ${code} ${reason}`));
      });
    });
  }

  receive(reply, accept) {
    if (reply.connect) accept();
    else if (reply.id === undefined) this.socket.send('{}');
    else if (reply.error) this.errors.push(reply.error);
    else {
      // Commands are answered in order; state N is command N + 1.
      assert.deepEqual(reply, { id: this.answered + this.errors.length + 2, rpc: { data: {} } });
      this.answered = reply.id - 1;
    }
  }

  /// Reports activity with the next number as its state.
  report() {
    const data = { state: `n${++this.sent}` };
    this.socket.send(JSON.stringify({ rpc: { method: 'update_user_status', data }, id: this.sent + 1 }));
  }

  get waiting() {
    return this.sent - this.answered - this.errors.length;
  }
}

/// The number in a state that `report` or a test wrote; 0 when there is none.
export const numberOf = (state) => Number(/^n(\d+)$/.exec(state ?? '')?.[1] ?? 0);
