import { z } from 'zod';

/** What opens the door at Meta: a Conversions API or system user token. Printable characters only: it goes into a header. */
export const metaCredentials = z.strictObject({
  access_token: z
    .string()
    .min(1)
    .max(2000)
    .regex(/^[\x21-\x7e]+$/, 'must have no spaces or line breaks'),
});

/** Which pixel, and how our events are named there. */
export const metaSettings = z.strictObject({
  /** Pixel or dataset id: digits at Meta, who refuses others himself; only the shape of a path segment is asked here. */
  pixel_id: z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be the id of a pixel or dataset'),
  /** Events with it show under "Test events" and still count: take it out again when the test is over. */
  test_event_code: z
    .string()
    .regex(/^[0-9A-Za-z_-]{1,64}$/, 'must be a code such as TEST12345')
    .nullish(),
  /** The name under which a won lead is told; Purchase by default, because that is what campaigns optimise for. */
  event_name: z
    .string()
    .regex(/^[0-9A-Za-z_]{1,50}$/, 'must be letters, digits and _')
    .nullish(),
  /** Where a won lead is told to have happened; events of a shop may be told 62 days later, all others 7. */
  action_source: z
    .enum(['website', 'system_generated', 'physical_store', 'phone_call', 'chat', 'email', 'other'])
    .nullish(),
  /** A lead won later than this after its visit is left out; Meta attributes within 28 days. */
  lookback_days: z.int().min(1).max(365).nullish(),
});

/** Validated credentials. */
export type MetaCredentials = z.infer<typeof metaCredentials>;

/** Validated settings. */
export type MetaSettings = z.infer<typeof metaSettings>;
