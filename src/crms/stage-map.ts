import { z } from 'zod';
import { STAGE_NAMES, type StageName } from '../domain/lead-stages.ts';

/** The CRM's name of a stage -> ours. */
export type StageMap = Readonly<Record<string, StageName>>;

const isStage = (text: string): text is StageName => STAGE_NAMES.some((name) => name === text);

/**
 * A `stage_map`: `{"closedwon": "won"}`. The other way round (`{"won": "closedwon"}`) is understood too, because
 * nothing says which of the two a person will think of.
 */
export const stageMapField = z.record(z.string().max(200), z.string().max(200)).transform((map, context) => {
  const read = readMap(Object.entries(map));
  if (read) return read;
  context.addIssue({
    code: 'custom',
    message: `must give each stage of the CRM one of ours: ${STAGE_NAMES.join(', ')}`,
  });
  return z.NEVER;
});

function readMap(entries: readonly (readonly [string, string])[]): StageMap | null {
  if (entries.every(([, ours]) => isStage(ours))) {
    return Object.fromEntries(entries.flatMap(([theirs, ours]) => (isStage(ours) ? [[theirs, ours]] : [])));
  }
  if (!entries.every(([ours]) => isStage(ours))) return null;
  return Object.fromEntries(entries.flatMap(([ours, theirs]) => (isStage(ours) ? [[theirs, ours]] : [])));
}

/** Our stage for the CRM's, whatever its letter case; null if the map has none. */
export function findStage(map: StageMap, crmStage: string): StageName | null {
  if (Object.hasOwn(map, crmStage)) return map[crmStage] ?? null;
  const wanted = crmStage.trim().toLowerCase();
  return Object.entries(map).find(([theirs]) => theirs.trim().toLowerCase() === wanted)?.[1] ?? null;
}

/** The reason for leaving a stage alone. */
export const unmapped = (crmStage: string): string =>
  `the stage "${crmStage.slice(0, 100)}" is not in stage_map; add it there and retry this row`;
