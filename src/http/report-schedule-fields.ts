import { z } from 'zod';
import type { Vault } from '../io/vault.ts';
import type { RunRow } from '../report-mails/runs.ts';
import { deliverySchema, openDelivery, type ScheduleRow } from '../report-mails/schedules.ts';
import { optionalTimeField, textField, timeField } from './fields.ts';

const fields = {
  name: textField(120),
  every: z.enum(['week', 'month']).describe('`week`: Monday to Sunday. `month`: a calendar month.'),
  hour: z.int().min(0).max(23).describe('From this hour of the day after, in the workspace’s zone.'),
  language: z.enum(['pt', 'en']),
  delivery: deliverySchema.describe('Replaced as a whole.'),
  is_active: z.boolean(),
};

/** What a new schedule takes. */
export const scheduleBody = z.strictObject({
  ...fields,
  hour: fields.hour.default(8),
  language: fields.language.default('pt'),
  is_active: fields.is_active.default(true),
});

/** What may change of a schedule. */
export const scheduleChanges = z.strictObject(fields).partial();

/** A schedule as it is shown: the mail server by its host alone. */
export const scheduleSchema = z
  .object({
    schedule_id: z.string(),
    ...{ name: z.string(), every: z.string(), hour: z.int(), language: z.string(), is_active: z.boolean() },
    mail_server: z.string().describe('Host of the mail server; user and password are never shown.'),
    from: z.string().nullable(),
    to: z.array(z.string()),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'ReportSchedule' });

/** A report that was mailed or is to be. */
export const runSchema = z
  .object({
    run_id: z.string(),
    kind: z.enum(['scheduled', 'asked']),
    period_from: z.string().describe('Day of the workspace’s zone, included, as `period_to`.'),
    period_to: z.string(),
    state: z.enum(['due', 'sent', 'failed']),
    attempts: z.int(),
    reason: z.string().nullable().describe('Why it is not sent (yet).'),
    next_attempt_at: optionalTimeField,
    settled_at: optionalTimeField,
    created_at: timeField,
  })
  .meta({ id: 'ReportRun' });

/** Shows a schedule. */
export function buildSchedule(row: ScheduleRow, vault: Vault): z.infer<typeof scheduleSchema> {
  const delivery = openDelivery(vault, row);
  return {
    schedule_id: row.schedule_id,
    name: row.name,
    every: row.every,
    hour: row.hour,
    language: row.language,
    is_active: row.is_active,
    mail_server: URL.parse(delivery.smtp_url)?.hostname ?? '',
    from: delivery.from ?? null,
    to: delivery.to,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** Shows a run. */
export const buildRun = (row: RunRow): z.infer<typeof runSchema> => ({
  run_id: row.run_id,
  kind: row.kind as 'scheduled' | 'asked',
  period_from: String(row.period_from),
  period_to: String(row.period_to),
  state: row.state as 'due' | 'sent' | 'failed',
  attempts: row.attempts,
  reason: row.reason,
  next_attempt_at: row.state === 'due' ? row.next_attempt_at.toISOString() : null,
  settled_at: row.settled_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
});
