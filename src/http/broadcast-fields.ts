import { z } from 'zod';
import {
  BROADCAST_STATES,
  type BroadcastRow,
  LEAVES_OUT,
  RECIPIENT_STATES,
} from '../broadcasts/broadcast-row.ts';
import type { BroadcastFields } from '../broadcasts/broadcasts.ts';
import type { Progress } from '../broadcasts/progress.ts';
import { buildClockTime, readClockTime } from '../broadcasts/quiet-hours.ts';
import { readWrittenTime } from '../domain/written-time.ts';
import { optionalTimeField, textField, timeField } from './fields.ts';

const clockField = z
  .string()
  .refine((text) => readClockTime(text) !== null, 'must be a time of day, like 22:00');

const quietHours = z
  .strictObject({ from: clockField, to: clockField })
  .refine(
    ({ from, to }) => readClockTime(from) !== readClockTime(to),
    'must not begin and end at the same time',
  )
  .nullable()
  .describe('Nothing is sent in these hours of the workspace’s zone; `from` may be later than `to`.');

/** A moment for a start: RFC 3339, or without an offset in the workspace's zone. */
export const startField = z
  .string()
  .max(40)
  .describe('RFC 3339, or without an offset in the workspace’s zone: `2026-12-01T09:00`.');

const fields = {
  name: textField(120),
  template_id: z.guid().nullable(),
  bot_ids: z
    .array(z.guid())
    .min(1)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, 'names a bot twice'),
  segment_id: z.guid().nullable().describe('A segment of bot users; null = everybody in the bots.'),
  campaign_key: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .nullable()
    .describe('Nobody is reached twice by broadcasts with the same key.'),
  leaves_out: z
    .enum(LEAVES_OUT)
    .describe(
      'Who gets nothing because of the scores: `bots` (by default), all `suspicious` (also by the fraud score: who came without an ad’s click id from a country that is not expected), `nobody`.',
    ),
  starts_at: startField.nullable(),
  rate_per_second: z.int().min(1).max(30).describe('Messages a second from each bot; 25 by default.'),
  quiet_hours: quietHours,
};

/** Body of a new broadcast. */
export const createBroadcastBody = z.strictObject({
  ...z.object(fields).partial().shape,
  name: fields.name,
  bot_ids: fields.bot_ids,
});

/** Body of a change. */
export const changeBroadcastBody = z.strictObject(z.object(fields).partial().shape);

const peopleField = z.int();

const progressSchema = z.object({
  total: peopleField.describe('People listed so far.'),
  due: peopleField,
  sending: peopleField,
  sent: peopleField,
  unknown: peopleField.describe('Telegram was called and its answer is not known: not sent again by itself.'),
  failed: peopleField,
  skipped: peopleField,
  reasons: z.array(z.object({ state: z.enum(RECIPIENT_STATES), reason: z.string(), people: peopleField })),
  rate: z.number().describe('Messages a second over the last ten.'),
  eta_seconds: z.int().nullable(),
  opt_outs: peopleField.describe('People who pressed “no more” under it.'),
});

/** A broadcast in answers. */
export const broadcastSchema = z
  .object({
    broadcast_id: z.string(),
    name: z.string(),
    state: z.enum(BROADCAST_STATES),
    pause_reason: z.string().nullable().describe('Why it paused by itself.'),
    template_id: z.string().nullable(),
    bot_ids: z.array(z.string()),
    segment_id: z.string().nullable(),
    campaign_key: z.string().nullable(),
    leaves_out: z.enum(LEAVES_OUT),
    rate_per_second: z.int(),
    quiet_hours: z.object({ from: z.string(), to: z.string() }).nullable(),
    starts_at: optionalTimeField,
    started_at: optionalTimeField,
    expected: z.int().nullable().describe('People that the segment found when the listing began.'),
    finished_at: optionalTimeField,
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Broadcast', description: 'A message to many people of bots.' });

/** A broadcast with how far it is. */
export const broadcastDetailSchema = broadcastSchema
  .extend({ progress: progressSchema })
  .meta({ id: 'BroadcastDetail', description: 'A broadcast and how far it is.' });

/** The moment of a start that a person gave; undefined if it is none. */
export function readStart(text: string, zone: string): Date | undefined {
  const written = readWrittenTime(text, zone);
  return written === null || written.isDayOnly ? undefined : written.at;
}

/** The columns of a checked body, without the start, which needs the workspace's zone. */
export function readBroadcastFields(body: z.infer<typeof changeBroadcastBody>): BroadcastFields {
  const { quiet_hours: quiet, starts_at: _startsAt, ...columns } = body;
  if (quiet === undefined) return columns;
  const [quiet_from, quiet_to] =
    quiet === null ? [null, null] : [readClockTime(quiet.from), readClockTime(quiet.to)];
  return { ...columns, quiet_from, quiet_to };
}

/** A row as answers show it. */
export const buildBroadcast = (row: BroadcastRow): z.infer<typeof broadcastSchema> => ({
  broadcast_id: row.broadcast_id,
  name: row.name,
  state: z.enum(BROADCAST_STATES).parse(row.state),
  pause_reason: row.pause_reason,
  template_id: row.template_id,
  bot_ids: row.bot_ids,
  segment_id: row.segment_id,
  campaign_key: row.campaign_key,
  leaves_out: z.enum(LEAVES_OUT).parse(row.leaves_out),
  rate_per_second: row.rate_per_second,
  quiet_hours:
    row.quiet_from === null || row.quiet_to === null
      ? null
      : { from: buildClockTime(row.quiet_from), to: buildClockTime(row.quiet_to) },
  starts_at: row.starts_at?.toISOString() ?? null,
  started_at: row.started_at?.toISOString() ?? null,
  expected: row.expected,
  finished_at: row.finished_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** How far a broadcast is, as answers show it. */
export const buildProgress = (progress: Progress): z.infer<typeof progressSchema> => ({
  total: progress.total,
  ...progress.counts,
  reasons: [...progress.reasons],
  rate: progress.rate,
  eta_seconds: progress.etaSeconds,
  opt_outs: progress.optOuts,
});
