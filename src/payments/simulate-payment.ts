import { findGateway } from '../gateways/registry.ts';
import type { AskGateway } from './check-payment.ts';
import type { PaymentRow } from './payment-row.ts';
import type { SandboxEvent, SandboxPsp } from './sandbox-psp.ts';

/** What came of a simulation. */
export type Simulation =
  | { readonly kind: 'simulated'; readonly payment: PaymentRow }
  /** Only a simulated gateway's payments can be played with. */
  | { readonly kind: 'not_simulated' }
  /** The event cannot follow on the payment's status. */
  | { readonly kind: 'impossible'; readonly payment: PaymentRow };

/** Plays the payer: the sandbox tells of it by webhook as always, and it is settled before this returns. */
export async function simulatePayment(
  parts: { readonly sandbox: SandboxPsp; readonly ask: AskGateway },
  payment: PaymentRow,
  event: SandboxEvent,
): Promise<Simulation> {
  if (findGateway(payment.gateway)?.isSimulated !== true) return { kind: 'not_simulated' };
  if (payment.status === event) return { kind: 'simulated', payment };
  const outcome = await parts.sandbox.play(payment.gateway_charge_id ?? '', event);
  if (outcome === 'impossible' || outcome === 'not_found') return { kind: 'impossible', payment };
  const result = await parts.ask(payment.id, { cause: 'simulate' });
  return result.kind === 'not_found'
    ? { kind: 'impossible', payment }
    : { kind: 'simulated', payment: result.payment };
}
