import type { Money } from '../domain/money.ts';

/** What the bot asks of the payments room. */
export interface Checkout {
  /** Makes a charge, once for each `requestKey`; a still payable charge of the same person, product and click is given again. */
  createCharge(request: {
    readonly botUserId: string;
    readonly productId: string;
    /** One a press of the button, however often Telegram tells of it. */
    readonly requestKey: string;
  }): Promise<ChargeAnswer>;
  /** Asks the gateway again whether the payment has come. Null for a payment that is not this bot user's. */
  checkPayment(paymentId: string, botUserId: string): Promise<'pending' | 'paid' | 'closed' | null>;
}

/** What became of a charge. */
export type ChargeAnswer =
  | { readonly kind: 'created'; readonly charge: OpenCharge }
  /** The product is gone or was switched off. */
  | { readonly kind: 'no_product' }
  /** The workspace has no gateway account. */
  | { readonly kind: 'no_gateway' }
  /** The gateway refused or did not answer; recorded with its words. */
  | { readonly kind: 'failed' };

/** A charge that can be paid. */
export interface OpenCharge {
  readonly paymentId: string;
  readonly productName: string;
  readonly price: Money;
  readonly copyPaste: string;
  readonly expiresAt: Date;
  /** The sandbox gateway's page, where a test charge is paid; null for real gateways. */
  readonly sandboxUrl: string | null;
}
