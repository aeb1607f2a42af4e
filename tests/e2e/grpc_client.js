// A client of the server API over gRPC, by our own .proto.
import { createRequire } from 'node:module';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { freePort, startService } from './helper.js';

export { grpc };
export const grpcKey = 'grpc-key-of-the-tests';
const proto = new URL('../../net/grpc/api.proto', import.meta.url).pathname;
const options = { keepCase: true, longs: Number, defaults: false };

/// A package of a .proto file, or of its text.
export function load(file) {
  return grpc.loadPackageDefinition(loader.loadSync(file, options));
}

const protobuf = createRequire(import.meta.url)('protobufjs');
const api = load(proto).centrifugal.centrifugo.api;

/// Starts the service with gRPC on a free port, `service.grpcPort`. `under` is
/// the beginning of a command that runs it.
export async function startGrpc(t, settings = {}, more = {}, under = []) {
  const grpcPort = await freePort();
  const service = await startService(t, {
    ...more,
    grpc_api: { enabled: true, address: '127.0.0.1', port: grpcPort, key: grpcKey, ...settings },
  }, {}, undefined, undefined, under);
  service.grpcPort = grpcPort;
  return service;
}

export const metadata = (fields) => {
  const out = new grpc.Metadata();
  for (const [key, value] of Object.entries(fields)) out.set(key, value);
  return out;
};

export const withKey = (more = {}) => metadata({ authorization: `apikey ${grpcKey}`, ...more });

/// A client whose methods are `call('GetUserStatus', request, metadata)`: a
/// promise of the response, or of a failure with `code`, `details`, `metadata`.
export function connectGrpc(t, port, credentials = grpc.credentials.createInsecure(), more = {}) {
  const client = new api.CentrifugoApi(`127.0.0.1:${port}`, credentials, more);
  t.after(() => client.close());
  client.call = (method, request = {}, meta = withKey(), callOptions = {}) =>
    new Promise((resolve, reject) => {
      const call = client[method](request, meta, callOptions, (error, response) =>
        error ? reject(error) : resolve(response));
      call.on('metadata', (got) => (client.headers = got));
    });
  return client;
}

const health = loader.fromJSON(protobuf.parse(`
  syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse { int32 status = 1; }
  service Health {
    rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
    rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
  }`).root, options);

/// A client of the health service.
export function connectHealth(t, port) {
  const { Health } = grpc.loadPackageDefinition(health).grpc.health.v1;
  const client = new Health(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  t.after(() => client.close());
  return client;
}

/// What a call fails with.
export const failureOf = (promise) => promise.then(
  (response) => { throw new Error(`it succeeded: ${JSON.stringify(response)}`); },
  (error) => error,
);

/// The `Error` in the details of a status.
export function errorIn(failure) {
  const [bytes] = failure.metadata.get('grpc-status-details-bin');
  const root = protobuf.Root.fromJSON({
    nested: {
      Any: { fields: { type_url: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
      Status: {
        fields: {
          code: { type: 'int32', id: 1 },
          message: { type: 'string', id: 2 },
          details: { rule: 'repeated', type: 'Any', id: 3 },
        },
      },
      Error: { fields: { code: { type: 'uint32', id: 1 }, message: { type: 'string', id: 2 } } },
    },
  });
  const status = root.lookupType('Status').decode(bytes);
  const [{ type_url: type, value }] = status.details;
  return { code: status.code, message: status.message, type, ...{ error: root.lookupType('Error').decode(value).toJSON() } };
}
