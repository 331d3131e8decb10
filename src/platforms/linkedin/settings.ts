import { z } from 'zod';
import { daysField, secretField } from '../fields.ts';

/** A token of a person with the scopes `rw_conversions` and `r_ads`; it lasts 60 days. */
export const linkedinCredentials = z.strictObject({ access_token: secretField });

/** Which conversion rule, and which month's version of the API. */
export const linkedinSettings = z.strictObject({
  /** Of a rule with the method CONVERSIONS_API; the whole URN is taken as well. */
  conversion_id: z
    .string()
    .regex(/^(?:urn:lla:llaPartnerConversion:)?\d{1,20}$/, 'must be the digits of a conversion rule'),
  version: z
    .string()
    .regex(/^20\d{2}(?:0[1-9]|1[0-2])$/, 'must be a month such as 202603')
    .nullish(),
  lookback_days: daysField(365).nullish(),
});

/** Validated credentials. */
export type LinkedinCredentials = z.infer<typeof linkedinCredentials>;

/** Validated settings. */
export type LinkedinSettings = z.infer<typeof linkedinSettings>;
