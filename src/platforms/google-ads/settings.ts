import { z } from 'zod';
import { daysField, secretField } from '../fields.ts';

/** An OAuth client and a refresh token of a person who may upload to the account (scope `datamanager`). */
export const googleCredentials = z.strictObject({
  client_id: secretField,
  client_secret: secretField,
  refresh_token: secretField,
});

const account = z.string().regex(/^\d[\d-]{0,19}$/, 'must be the digits of a Google Ads account');

/** Which conversion action of which account; hyphens may stand in account numbers as Google shows them. */
export const googleSettings = z.strictObject({
  /** The account that owns the conversion action. */
  customer_id: account,
  /** The manager account through which the person reaches it. */
  login_customer_id: account.nullish(),
  /** Of an action of the kind "Import from clicks". */
  conversion_action_id: z.string().regex(/^\d{1,20}$/, 'must be the digits of a conversion action'),
  /** Google imports nothing for clicks older than 90 days. */
  lookback_days: daysField(90).nullish(),
});

/** Validated credentials. */
export type GoogleCredentials = z.infer<typeof googleCredentials>;

/** Validated settings. */
export type GoogleSettings = z.infer<typeof googleSettings>;
