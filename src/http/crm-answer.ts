import { z } from 'zod';
import { type ConnectionRow, readConnection } from '../crm-sync/connections.ts';
import { crms, findCrm } from '../crms/registry.ts';
import type { AppDeps } from './deps.ts';
import { optionalTimeField, timeField } from './fields.ts';

/** A connection as the API shows it. */
export const connectionSchema = z
  .object({
    connection_id: z.string(),
    kind: z.enum(crms.map((crm) => crm.id) as [string, ...string[]]),
    name: z.string(),
    settings: z.record(z.string(), z.unknown()),
    has_credentials: z.boolean(),
    is_active: z.boolean(),
    pushes_leads: z.boolean().describe('Whether captured leads go there.'),
    paused_at: optionalTimeField,
    pause_reason: z.string().nullable().describe('Why nothing goes there now; what waits is kept.'),
    webhook_url: z
      .string()
      .nullable()
      .describe(
        'Give this address to the CRM; it is a secret where the CRM signs nothing. Null = it is polled.',
      ),
    last_reconciled_at: optionalTimeField,
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'CrmConnection', description: 'A connection to a CRM: leads out, stages in.' });

/** The answer for a row. */
export function buildConnection(
  row: ConnectionRow,
  deps: Pick<AppDeps, 'crm'>,
): z.infer<typeof connectionSchema> {
  const webhooks = findCrm(row.kind)?.webhooks ?? null;
  return {
    connection_id: row.connection_id,
    kind: row.kind,
    name: row.name,
    settings: connectionSchema.shape.settings.catch({}).parse(row.settings),
    has_credentials: true,
    is_active: row.is_active,
    pushes_leads: row.pushes_leads,
    paused_at: row.paused_at?.toISOString() ?? null,
    pause_reason: row.pause_reason,
    webhook_url: deps.crm.webhookUrl({ connectionId: row.connection_id, webhooks }),
    last_reconciled_at: row.last_reconciled_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** A new webhook secret beside the old one; null for kinds whose secrets the vendor makes. */
export function rotateSecret(
  row: ConnectionRow,
  deps: Pick<AppDeps, 'vault'>,
  until: Date,
): { readonly credentials: unknown; readonly secret: string } | null {
  const { credentials } = readConnection(row, deps.vault);
  return findCrm(row.kind)?.rotate(credentials, until) ?? null;
}
