import { z } from 'zod';
import { MAX_PIX_CENTS } from '../domain/br-code.ts';
import { readDecimal } from '../domain/money.ts';

/** The id in a path; anything that is not one is "not found". */
export const idParams = z.object({ id: z.guid() });

/** A text that a person gives, without blanks around it. */
export const textField = (max: number) => z.string().trim().min(1).max(max);

/** An amount above zero as a decimal string. */
export const amountField = z
  .string()
  .refine((text) => (readDecimal(text) ?? 0) > 0, 'must be a decimal string above zero, like "19.90"')
  .refine((text) => (readDecimal(text) ?? 0) <= MAX_PIX_CENTS, 'is more than a PIX code can ask for')
  .describe('Decimal string with at most two places: `"19.90"`.');

/** An ISO 4217 code. */
export const currencyField = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, like BRL')
  .describe('ISO 4217.');

/** An absolute http or https address. */
export const httpUrlField = z
  .string()
  .max(2000)
  .refine(
    (text) => isWebAddress(text, ['http:', 'https:']),
    'must be an absolute http:// or https:// address',
  );

/** An absolute https address. */
export const httpsUrlField = z
  .string()
  .max(2000)
  .refine((text) => isWebAddress(text, ['https:']), 'must be an absolute https:// address');

function isWebAddress(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && protocols.includes(url.protocol) && url.hostname !== '' && !/\s/.test(text);
}

/** A moment in an answer. */
export const timeField = z.string().describe('RFC 3339, UTC.');

/** A moment in an answer that may not have come yet. */
export const optionalTimeField = z.string().nullable().describe('RFC 3339, UTC.');

/** A switch in a query: `true` or `false`. */
export const flagQuery = z.enum(['true', 'false']).transform((text) => text === 'true');

/** What a DELETE answers. */
export const removalSchema = z.object({
  result: z
    .enum(['deleted', 'deactivated'])
    .describe('What has a history is kept and only switched off (`deactivated`).'),
});

const METADATA_LIMIT = 16 * 1024;

/** A JSON object of the caller's own, at most 16 KiB. */
export const metadataField = z
  .record(z.string(), z.unknown())
  .refine((value) => JSON.stringify(value).length <= METADATA_LIMIT, 'must be at most 16 KiB of JSON');
