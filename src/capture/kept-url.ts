import { isOtherClickId, readClickIdField } from '../domain/click-ids.ts';
import { readUtmField } from '../domain/utm.ts';

/** Most characters of a click's URL that are kept in its fact. */
export const MAX_KEPT_URL = 8192;
const MAX_PART = 1200;

/**
 * The request's path and query as they are kept. A URL that is too long keeps what attribution needs (click ids,
 * UTMs, link keys) wherever it stood in it, then as much of the rest as fits; order among the kept stays.
 */
export function buildKeptPath(path: string, maxLength: number): string {
  if (path.length <= maxLength) return path;
  const mark = path.indexOf('?');
  if (mark === -1) return path.slice(0, maxLength);
  const base = path.slice(0, Math.min(mark, maxLength));
  const parts = path.slice(mark + 1).split('&');
  const kept = new Set<number>();
  let room = maxLength - base.length;
  for (const isWanted of [isMeaningful, () => true]) {
    for (const [index, part] of parts.entries()) {
      if (kept.has(index) || part === '' || part.length >= room || !isWanted(part)) continue;
      kept.add(index);
      room -= part.length + 1;
    }
  }
  return `${base}?${parts.filter((_, index) => kept.has(index)).join('&')}`;
}

const LINK_NAMES: ReadonlySet<string> = new Set(['src', 'sck', 'grim']);

function isMeaningful(part: string): boolean {
  const equals = part.indexOf('=');
  if (equals < 1 || equals > 40 || part.length > MAX_PART) return false;
  const name = part.slice(0, equals).toLowerCase();
  return (
    readClickIdField(name) !== null ||
    readUtmField(name) !== null ||
    LINK_NAMES.has(name) ||
    isOtherClickId(name)
  );
}
