import type { Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type BroadcastContent, contentSchema } from './content.ts';
import { isQuiet } from './quiet-hours.ts';

/** A broadcast as the table has it. */
export type BroadcastRow = Selectable<Database['broadcasts']>;

/** The states of a broadcast, in the order in which they follow. */
export const BROADCAST_STATES = [
  'draft',
  'scheduled',
  'preparing',
  'sending',
  'paused',
  'done',
  'stopped',
] as const;

/** Where a broadcast is. */
export type BroadcastState = (typeof BROADCAST_STATES)[number];

/** Whose scores keep them out of a broadcast: bots alone; by the fraud score too, which is about ads; nobody's. */
export const LEAVES_OUT = ['bots', 'suspicious', 'nobody'] as const;

/** Whose scores keep them out. */
export type LeavesOut = (typeof LEAVES_OUT)[number];

/** What became of one person; `unknown`: Telegram was called and its answer is not known. */
export const RECIPIENT_STATES = ['due', 'sending', 'sent', 'unknown', 'failed', 'skipped'] as const;

/** What became of one person. */
export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** What a started broadcast says. Throws if somebody broke it by hand: it was checked when it was saved. */
export const readContent = (content: unknown): BroadcastContent => contentSchema.parse(content);

/** Whether nothing may be sent at the moment because people sleep. */
export function isResting(
  row: Pick<BroadcastRow, 'quiet_from' | 'quiet_to'>,
  at: Date,
  zone: string,
): boolean {
  if (row.quiet_from === null || row.quiet_to === null) return false;
  return isQuiet({ from: row.quiet_from, to: row.quiet_to }, at, zone);
}

/** A broadcast as the lane of one bot works with it. */
export interface LaneBroadcast {
  /** As of the last look. */
  row: BroadcastRow;
  readonly content: BroadcastContent;
  /** The picture as Telegram has it; filled by the first message, so that it is fetched once. */
  fileId: string | undefined;
  /** Whether a message is on its way that gives Telegram the picture's address. */
  isFetching: boolean;
}

/** Whether the others wait until Telegram has the picture: a wrong address fails one person at a time, not twenty. */
export const awaitsPicture = ({ content, fileId, isFetching }: LaneBroadcast): boolean =>
  content.picture_url !== null && fileId === undefined && isFetching;
