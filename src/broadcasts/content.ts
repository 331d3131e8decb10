import { z } from 'zod';
import { readTemplateText } from './template-text.ts';

/** Telegram's limits for a message and for the words under a picture. */
const MOST_TEXT = 4096;
const MOST_CAPTION = 1024;
const MOST_BUTTON = 64;
const MOST_BUTTONS = 10;

const isPublicUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname.includes('.') && !/\s/.test(text);
};
const urlField = z
  .string()
  .max(2000)
  .refine(isPublicUrl, 'must be an http(s) address that every phone can reach');
const wordsSchema = (most: number) =>
  z
    .strictObject({
      pt: z.string().trim().min(1).max(most).optional(),
      en: z.string().trim().min(1).max(most).optional(),
    })
    .refine(({ pt, en }) => pt !== undefined || en !== undefined, 'needs pt or en');

const buttonSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('url'), text: wordsSchema(MOST_BUTTON), url: urlField }),
  z.strictObject({ kind: z.literal('product'), product_id: z.guid() }),
]);

/** What a broadcast says, as templates and broadcasts keep it. */
export const contentSchema = z
  .strictObject({
    texts: wordsSchema(20_000).describe(
      'By language, in Telegram’s HTML; a person gets their own language, or the other one if it is not there. Variables: {{first_name|amigo}}, last_name, username, city, state, bot.',
    ),
    picture_url: urlField.nullable().default(null).describe('Telegram fetches it: at most 5 MB.'),
    buttons: z
      .array(buttonSchema)
      .max(MOST_BUTTONS)
      .default([])
      .describe(
        'One a row. A product’s button is the bot’s own buy button, and stands only where its bot speaks.',
      ),
  })
  .superRefine(checkTexts)
  .meta({ id: 'BroadcastContent' });

/** What a broadcast says. */
export type BroadcastContent = z.output<typeof contentSchema>;

function checkTexts(
  content: { texts: { pt?: string | undefined; en?: string | undefined }; picture_url: string | null },
  context: z.core.$RefinementCtx,
): void {
  const most = content.picture_url === null ? MOST_TEXT : MOST_CAPTION;
  for (const language of ['pt', 'en'] as const) {
    const source = content.texts[language];
    if (source === undefined) continue;
    const text = readTemplateText(source);
    const path = ['texts', language];
    if (text.kind === 'malformed') context.addIssue({ code: 'custom', path, message: text.why });
    else if (text.longest > most) {
      const message = `can become ${text.longest} characters long with everybody’s names; ${most} is Telegram’s limit`;
      context.addIssue({ code: 'custom', path, message });
    }
  }
}
