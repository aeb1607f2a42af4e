// The OpenAPI document is valid, and a client made of it works: the types by
// openapi-typescript, the calls by openapi-fetch.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { apiKey, now, startService, tempDir } from './helper.js';

const here = new URL('.', import.meta.url).pathname;

const documentOf = async (service) =>
  JSON.parse((await service.post('/swagger/openapi.json', undefined, {}, 'GET')).text);

/// A directory with the types of the document and one program.
async function generate(t, document, program) {
  const dir = tempDir(t);
  fs.symlinkSync(path.join(here, 'node_modules'), path.join(dir, 'node_modules'));
  fs.writeFileSync(path.join(dir, 'package.json'), '{"type": "module"}');
  fs.writeFileSync(path.join(dir, 'schema.d.ts'), astToString(await openapiTS(document)));
  fs.writeFileSync(path.join(dir, 'client.ts'), program);
  return dir;
}

const options = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  skipLibCheck: true,
  types: [],
};

/// What the compiler has against the program of a directory; compiles it.
function compile(dir) {
  const program = ts.createProgram([path.join(dir, 'client.ts')], options);
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics]
    .map((x) => ts.flattenDiagnosticMessageText(x.messageText, '\n'));
}

test('the document is valid', async (t) => {
  const service = await startService(t, { swagger: { enabled: true } });
  const { valid, errors } = await new Validator().validate(await documentOf(service));
  assert.ok(valid, JSON.stringify(errors));
  await service.stop();
});

test('a client made of the document works', async (t) => {
  const service = await startService(t, { swagger: { enabled: true } });
  const document = await documentOf(service);
  const dir = await generate(t, document, fs.readFileSync(path.join(here, 'openapi_client.ts'), 'utf8'));
  assert.deepEqual(compile(dir), []);
  const { run } = await import(pathToFileURL(path.join(dir, 'client.js')));
  const before = now();
  const got = await run(service.url + document.servers[0].url, apiKey);
  assert.deepEqual(got.updated, { result: {} });
  assert.equal(got.requestId, 'r7');
  assert.deepEqual(got.statuses, [{ user: '43', active: got.active, state: 'away' }, { user: 'x' }]);
  assert.ok(got.active >= before && got.active <= now());
  assert.deepEqual(got.deleted, { result: {} });
  assert.deepEqual(got.replies[0], { update_user_status: {} });
  assert.equal(got.replies[1].get_user_status.statuses[0].user, '44');
  assert.deepEqual(got.replies[2], { delete_user_status: {} });
  assert.equal(got.replies[3].info.nodes.length, 1);
  assert.deepEqual(got.replies[4], { error: { code: 104, message: 'not found' } });
  assert.equal(got.version, `lastseen ${document.info.version}`);
  const error = { code: 107, message: 'bad request: users[0]: empty' };
  assert.deepEqual(got.refused, error);
  assert.deepEqual(got.failed, [400, error]);
  assert.equal(got.unauthorized, 401);
  await service.stop();
});

test('the compiler finds what the document does not allow', async (t) => {
  const service = await startService(t, { swagger: { enabled: true } });
  const document = await documentOf(service);
  const wrong = {
    "client.POST('/get_user_status', { body: { users: 42 } })": /number.*not assignable/,
    "client.POST('/get_user_status', { body: {} })": /users.*missing/,
    "client.POST('/publish', { body: {} })": /publish/,
    "client.GET('/info')": /info/,
  };
  for (const [call, why] of Object.entries(wrong)) {
    const dir = await generate(t, document, `
      import createClient from 'openapi-fetch';
      import type { paths } from './schema';
      const client = createClient<paths>();
      void ${call};`);
    assert.match(compile(dir).join('\n'), why, call);
  }
  await service.stop();
});
