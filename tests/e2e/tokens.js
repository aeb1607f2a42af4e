// Tokens signed with keys of every kind, and a server of their public halves.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { remember } from './secrets.js';

const part = (x) => Buffer.from(JSON.stringify(x)).toString('base64url');

const kinds = {
  RS256: ['rsa', { modulusLength: 2048 }, 'sha256'],
  RS384: ['rsa', { modulusLength: 2048 }, 'sha384'],
  RS512: ['rsa', { modulusLength: 2048 }, 'sha512'],
  ES256: ['ec', { namedCurve: 'P-256' }, 'sha256'],
  ES384: ['ec', { namedCurve: 'P-384' }, 'sha384'],
  ES512: ['ec', { namedCurve: 'P-521' }, 'sha512'],
  EdDSA: ['ed25519', {}, null],
};
export const algorithms = Object.keys(kinds);

/// A fresh key for one algorithm; `kid` is its name.
export function makeKey(algorithm, kid) {
  const [type, options, digest] = kinds[algorithm];
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' },
    token(claims) {
      const text = `${part({ alg: algorithm, kid })}.${part(claims)}`;
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
      return remember(`${text}.${sign(digest, Buffer.from(text), key).toString('base64url')}`);
    },
  };
}

/// A token by HMAC, with any of its digests.
export function hmacToken(algorithm, key, claims) {
  const text = `${part({ alg: algorithm })}.${part(claims)}`;
  const digest = algorithm.replace('HS', 'sha');
  return remember(`${text}.${createHmac(digest, key).update(text).digest('base64url')}`);
}

/// Serves `keys` as a JWK set; counts how often it was asked. `server` makes
/// the server of a request handler.
export async function serveKeys(t, keys, server = (handler) => http.createServer(handler)) {
  const out = { keys, fetches: 0, status: 200, delay: 0 };
  const listener = server((request, response) => {
    out.fetches += 1;
    setTimeout(() => {
      response.writeHead(out.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ keys: out.keys.map((key) => key.jwk) }));
    }, out.delay);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  out.port = listener.address().port;
  return out;
}
