import { createHash } from 'node:crypto';
import { isId } from './ids.ts';

/** A UUID (version 8, RFC 9562) that the same parts always make again. */
export function buildStableId(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The UUID of an item: its own id if that is one, else one worked out from the domain and the id. */
export function buildItemId(domainId: string, id: string): string {
  return isId(id) ? id.toLowerCase() : buildStableId('item', domainId, id);
}
