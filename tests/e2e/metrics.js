// Reads `/metrics` for tests.
import assert from 'node:assert/strict';

/// The values of a scrape: `name{labels}` → number.
export async function scrape(service) {
  const { status, text } = await service.post('/metrics', undefined, {}, 'GET');
  assert.equal(status, 200);
  const values = {};
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const space = line.lastIndexOf(' ');
    assert.equal(values[line.slice(0, space)], undefined, `twice: ${line}`);
    values[line.slice(0, space)] = Number(line.slice(space + 1));
  }
  return values;
}

/// The sum of the series of a metric that have all these labels.
export function sum(values, name, labels = {}) {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return Object.entries(values)
    .filter(([key]) => key === name || key.startsWith(`${name}{`))
    .filter(([key]) => wanted.every((label) => key.includes(label)))
    .reduce((all, [, value]) => all + value, 0);
}

/// By how much a metric grew between two scrapes.
export const grown = (before, after, name, labels) =>
  sum(after, name, labels) - sum(before, name, labels);
