import { z } from 'zod';

/** A secret that goes into a header: printable characters only, so that it cannot break out of it. */
export const secretField = z
  .string()
  .min(1)
  .max(4000)
  .regex(/^[\x21-\x7e]+$/, 'must have no spaces or line breaks');

/** A number of days of a window. */
export const daysField = (most: number) => z.int().min(1).max(most);

/** ISO 4217 letters: a currency of another shape is taken silently by some platforms and counts for nothing. */
export const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);
