import type { Click } from '../domain/click.ts';
import type { Consent } from '../domain/conversion.ts';
import type { PaymentRow } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

/** The choice of the click's visitor; without a click, the workspace's default. */
export function consentOf(
  room: Pick<RoomParts, 'registry'>,
  payment: Pick<PaymentRow, 'workspace_id'>,
  click: Click | null,
): Consent {
  return click?.consent ?? room.registry.workspace(payment.workspace_id)?.defaultConsent ?? 'denied';
}
