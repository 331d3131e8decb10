import { z } from 'zod';
import { secretField } from '../fields.ts';

/** Made under Integrações > Webhooks > Credenciais de API. */
export const utmifyCredentials = z.strictObject({ api_token: secretField });

/** The credential alone says which dashboard it is. */
export const utmifySettings = z.strictObject({
  /** How won leads were paid; sales of bots are always PIX. */
  payment_method: z.enum(['credit_card', 'boleto', 'pix', 'paypal', 'free_price']).nullish(),
});

/** Validated credentials. */
export type UtmifyCredentials = z.infer<typeof utmifyCredentials>;

/** Validated settings. */
export type UtmifySettings = z.infer<typeof utmifySettings>;
