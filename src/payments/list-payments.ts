import type { Kysely } from 'kysely';
import type { PaymentStatus } from '../domain/payment-status.ts';
import type { Database } from '../io/database.gen.ts';
import { isSuspicious } from '../profiles/suspicion-filter.ts';
import type { PaymentRow } from './payment-row.ts';

/** What a list of payments may be narrowed by. */
export interface PaymentFilter {
  readonly workspaceId: string;
  /** The Telegram user id. */
  readonly customerUserId?: string | undefined;
  readonly status?: PaymentStatus | undefined;
  readonly botId?: string | undefined;
  readonly trackingToken?: string | undefined;
  /** Only those of suspicious people, or only others. */
  readonly suspicious?: boolean | undefined;
  /** Made at or after `from`, and before `to`. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Only rows below this id; ids grow with time. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Payments of a workspace, newest first. */
export function listPayments(db: Kysely<Database>, filter: PaymentFilter): Promise<PaymentRow[]> {
  let query = db.selectFrom('payments').selectAll().where('workspace_id', '=', filter.workspaceId);
  if (filter.customerUserId !== undefined)
    query = query.where('customer_user_id', '=', filter.customerUserId);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (filter.botId !== undefined) query = query.where('bot_id', '=', filter.botId);
  if (filter.trackingToken !== undefined) query = query.where('tracking_token', '=', filter.trackingToken);
  if (filter.suspicious !== undefined)
    query = query.where(
      isSuspicious('bot_user', 'payments.bot_user_id'),
      filter.suspicious ? 'is' : 'is not',
      true,
    );
  if (filter.from !== undefined) query = query.where('created_at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('created_at', '<', filter.to);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return query.orderBy('id', 'desc').limit(filter.limit).$narrowType<PaymentRow>().execute();
}
