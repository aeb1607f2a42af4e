// What must never be in a log.
import assert from 'node:assert/strict';

const tokens = new Set();

/// Gives the token back.
export function remember(token) {
  tokens.add(token);
  return token;
}

/// Keys, secrets and passwords of a configuration, or of variables.
function* secretsOf(settings) {
  for (const [name, value] of Object.entries(settings ?? {})) {
    const isSecret = /(^|_)(keys?|password)$/i.test(name) && !/public/i.test(name);
    for (const text of [value].flat()) {
      if (typeof text === 'object') yield* secretsOf(text);
      if (typeof text !== 'string') continue;
      if (isSecret) yield text;
      const password = /:\/\/[^/@]*:([^/@]+)@/.exec(text)?.[1];
      if (password) yield* [password, decodeURIComponent(password)];
    }
  }
}

/// Fails if a text has a secret of the settings in it, or a token that a test
/// made. What is too short to be told from other text does not count.
export function assertNoSecret(text, ...settings) {
  const signatures = [...tokens].map((token) => token.split('.')[2] ?? '');
  for (const secret of [...settings.flatMap((x) => [...secretsOf(x)]), ...signatures])
    assert.ok(secret.length < 8 || !text.includes(secret), `${secret} is in the log:\n${text}`);
}
