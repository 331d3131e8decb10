import { z } from 'zod';
import { daysField, secretField } from '../fields.ts';

/** A long-lived Events API token of the pixel's business. */
export const tiktokCredentials = z.strictObject({ access_token: secretField });

/** Which pixel or CRM event set, and how our events are named there. */
export const tiktokSettings = z.strictObject({
  pixel_code: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be the code of a pixel'),
  /** Events with it show under "Test events"; take it out again when the test is over. */
  test_event_code: z
    .string()
    .regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be a code such as TEST12345')
    .nullish(),
  /** Purchase by default. */
  event_name: z
    .string()
    .regex(/^[0-9A-Za-z_ ]{1,50}$/, 'must be letters, digits and _')
    .nullish(),
  /** `crm` where `pixel_code` is a CRM event set: then the lead's own id goes along. */
  event_source: z.enum(['web', 'crm']).nullish(),
  /** The name of the CRM at a CRM event set. */
  lead_event_source: z.string().min(1).max(100).nullish(),
  /** TikTok names no limit; 7 days are known to be taken. */
  acceptance_days: daysField(28).nullish(),
  lookback_days: daysField(365).nullish(),
});

/** Validated credentials. */
export type TiktokCredentials = z.infer<typeof tiktokCredentials>;

/** Validated settings. */
export type TiktokSettings = z.infer<typeof tiktokSettings>;
