import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { readEmail } from '../domain/identity.ts';
import { buildId } from '../domain/ids.ts';
import type { ReportEvery } from '../domain/report-period.ts';
import { isSmtpUrl } from '../domain/smtp-address.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';

/** A schedule as the table has it: its delivery sealed. */
export type ScheduleRow = Selectable<Database['report_schedules']>;

/** What the delivery is sealed for. */
export const DELIVERY_CONTEXT = 'report_schedules.delivery';

const MOST_RECIPIENTS = 20;

const addressField = z
  .string()
  .trim()
  .max(254)
  .refine((text) => readEmail(text) !== null, 'must be an e-mail address');

/** How a report gets to its readers. */
export const deliverySchema = z.strictObject({
  smtp_url: z
    .string()
    .max(2000)
    .refine(isSmtpUrl, 'must be smtp://… or smtps://… with a host')
    .describe('`smtps://user:password@host:465` or `smtp://user:password@host:587`. Never shown again.'),
  from: addressField
    .optional()
    .describe('The sender; absent = the user of smtp_url where that is an address.'),
  to: z.array(addressField).min(1).max(MOST_RECIPIENTS),
});

/** The delivery in the clear. Never log or answer one. */
export type ReportDelivery = z.infer<typeof deliverySchema>;

/** What a person says of a schedule; the delivery must have passed `deliverySchema`. */
export interface ScheduleFields {
  readonly name: string;
  readonly every: ReportEvery;
  readonly hour: number;
  readonly language: 'pt' | 'en';
  readonly delivery: ReportDelivery;
  readonly isActive: boolean;
}

interface ScheduleKey {
  readonly workspaceId: string;
  readonly scheduleId: string;
}

/** Saves a new schedule; the first report is of the week or month that goes on now. */
export function saveSchedule(
  db: Kysely<Database>,
  vault: Vault,
  { workspaceId, fields }: { readonly workspaceId: string; readonly fields: ScheduleFields },
): Promise<ScheduleRow> {
  const { delivery, isActive, ...rest } = fields;
  const row = {
    ...rest,
    schedule_id: buildId(),
    workspace_id: workspaceId,
    delivery: sealDelivery(vault, delivery),
    is_active: isActive,
  };
  return db.insertInto('report_schedules').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Fields of which each may be absent. */
export type ScheduleChanges = {
  readonly [Field in keyof ScheduleFields]?: ScheduleFields[Field] | undefined;
};

/**
 * Changes a schedule; undefined if the workspace has none such. A new delivery makes what the old one could not bring
 * due again.
 */
export async function updateSchedule(
  db: Kysely<Database>,
  vault: Vault,
  { workspaceId, scheduleId, changes }: ScheduleKey & { readonly changes: ScheduleChanges },
): Promise<ScheduleRow | undefined> {
  const { delivery, isActive, ...rest } = changes;
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('report_schedules')
      .set({
        ...rest,
        delivery: delivery && sealDelivery(vault, delivery),
        is_active: isActive,
        updated_at: new Date(),
      })
      .where('schedule_id', '=', scheduleId)
      .where('workspace_id', '=', workspaceId)
      .returningAll()
      .executeTakeFirst();
    if (row && delivery) await reviveLastRun(tx, scheduleId);
    return row;
  });
}

/** Of several that failed only the newest: nobody wants last month's reports all at once. */
async function reviveLastRun(db: Kysely<Database>, scheduleId: string): Promise<void> {
  const last = await db
    .selectFrom('report_runs')
    .select(['run_id', 'state'])
    .where('schedule_id', '=', scheduleId)
    .where('kind', '=', 'scheduled')
    .orderBy('run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!last || last.state === 'sent') return;
  await db
    .updateTable('report_runs')
    .set({ state: 'due', attempts: 0, next_attempt_at: new Date(), settled_at: null })
    .where('run_id', '=', last.run_id)
    .execute();
}

/** Removes a schedule with the record of its runs; false if the workspace has none such. */
export async function removeSchedule(
  db: Kysely<Database>,
  { workspaceId, scheduleId }: ScheduleKey,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('report_schedules')
    .where('schedule_id', '=', scheduleId)
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** One schedule of a workspace. */
export function findSchedule(
  db: Kysely<Database>,
  { workspaceId, scheduleId }: ScheduleKey,
): Promise<ScheduleRow | undefined> {
  const query = db.selectFrom('report_schedules').selectAll().where('schedule_id', '=', scheduleId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Schedules of a workspace, newest first, below `before` if given. */
export function listSchedules(
  db: Kysely<Database>,
  options: { readonly workspaceId: string; readonly limit: number; readonly before: string | undefined },
): Promise<ScheduleRow[]> {
  let query = db.selectFrom('report_schedules').selectAll().where('workspace_id', '=', options.workspaceId);
  if (options.before !== undefined) query = query.where('schedule_id', '<', options.before);
  return query.orderBy('schedule_id', 'desc').limit(options.limit).execute();
}

const sealDelivery = (vault: Vault, delivery: ReportDelivery): Buffer =>
  vault.seal(JSON.stringify(delivery), DELIVERY_CONTEXT);

/** Opens a schedule's delivery. */
export const openDelivery = (vault: Vault, row: Pick<ScheduleRow, 'delivery'>): ReportDelivery =>
  deliverySchema.parse(JSON.parse(vault.open(row.delivery, DELIVERY_CONTEXT)));
