// A program whose client is made of the OpenAPI document: see openapi.test.js.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

type UserStatus = components['schemas']['UserStatus'];

export async function run(baseUrl: string, key: string) {
  const client = createClient<paths>({ baseUrl, headers: { 'X-API-Key': key } });

  const updated = await client.POST('/update_user_status', {
    body: { users: ['42', '43'], state: 'away' },
    params: { header: { 'X-Request-ID': 'r7' } },
  });
  const got = await client.POST('/get_user_status', { body: { users: ['43', 'x'] } });
  const statuses: UserStatus[] = got.data?.result?.statuses ?? [];
  const active: number | undefined = statuses[0]?.active;

  const deleted = await client.POST('/delete_user_status', { body: { users: ['43'] } });
  const batch = await client.POST('/batch', {
    body: {
      commands: [
        { update_user_status: { users: ['44'] } },
        { get_user_status: { users: ['44'], allow_partial: true } },
        { delete_user_status: { users: ['44'] } },
        { info: {} },
        {},
      ],
      parallel: false,
    },
  });
  const info = await client.POST('/info', { body: {} });
  const version: string | undefined = info.data?.result?.nodes[0]?.version;

  const refused = await client.POST('/get_user_status', { body: { users: [''] } });
  const failed = await client.POST('/get_user_status', {
    body: { users: [''] },
    params: { header: { 'X-Centrifugo-Error-Mode': 'transport' } },
  });
  const stranger = createClient<paths>({ baseUrl });
  const unauthorized = await stranger.POST('/info', { body: {} });

  return {
    updated: updated.data,
    requestId: updated.response.headers.get('X-Request-ID'),
    statuses,
    active,
    deleted: deleted.data,
    replies: batch.data?.replies ?? [],
    version,
    refused: refused.data?.error,
    failed: [failed.response.status, failed.error],
    unauthorized: unauthorized.response.status,
  };
}
