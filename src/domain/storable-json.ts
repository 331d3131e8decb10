import { buildStorableText } from './storable-text.ts';

const MAX_DEPTH = 20;

/**
 * A JSON text that PostgreSQL takes as jsonb: without NUL and lone surrogates, at most `limit` UTF-16 units.
 * Null if it is longer, is nested deeper than 20 levels, or is no JSON at all.
 */
export function buildStorableJson(value: unknown, limit: number): string | null {
  const clean = cleanValue(value, 0);
  const json = clean === TOO_DEEP ? undefined : JSON.stringify(clean);
  return json === undefined || json.length > limit ? null : json;
}

const TOO_DEEP = Symbol('too deep');

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return buildStorableText(value, value.length);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return TOO_DEEP;
  const entries = Object.entries(value).map(
    ([key, item]) => [buildStorableText(key, key.length), cleanValue(item, depth + 1)] as const,
  );
  if (entries.some(([, item]) => item === TOO_DEEP)) return TOO_DEEP;
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}
