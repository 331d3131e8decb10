import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findSegment } from '../segments/segment-query.ts';
import type { Registry } from '../settings/types.ts';
import { type BroadcastRow, readContent } from './broadcast-row.ts';
import { type BroadcastKey, findBroadcast } from './broadcasts.ts';
import type { BroadcastContent } from './content.ts';
import { findTemplate } from './templates.ts';
import { startBroadcast, type Transition } from './transitions.ts';

/** What a start came to; `incomplete` names the field that is missing or wrong. */
export type StartResult =
  | Transition
  | { readonly kind: 'incomplete'; readonly path: string; readonly message: string };

interface StartTools {
  readonly db: Kysely<Database>;
  readonly registry: Registry;
}

/** Starts a draft, or says what it lacks; text and filter are from now on as they are at this moment. */
export async function startDraft(
  { db, registry }: StartTools,
  key: BroadcastKey,
  at: Date | undefined,
): Promise<StartResult> {
  const draft = await findBroadcast(db, key);
  if (!draft) return { kind: 'unknown' };
  const startsAt = at ?? draft.starts_at;
  // Started before: the answer is the same as the first time.
  if (draft.state !== 'draft') return startBroadcast(db, key, { content: '{}', filter: null, startsAt });
  const content = await readTemplateContent(db, draft);
  if (content === null) return incomplete('template_id', 'names no template; choose one');
  const botsOff = draft.bot_ids.filter((botId) => !registry.bot(botId)?.isActive);
  if (botsOff.length > 0)
    return incomplete('bot_ids', `${botsOff.join(', ')} cannot send: removed or switched off`);
  const problem = findProductProblem(registry, draft.bot_ids, content);
  if (problem !== null) return incomplete('template_id', problem);
  const segment = draft.segment_id === null ? null : await findSegment(db, key.workspaceId, draft.segment_id);
  if (segment === undefined) return incomplete('segment_id', 'is no segment of this workspace any more');
  if (segment !== null && segment.subject !== 'bot_users') {
    return incomplete('segment_id', `is a segment of ${segment.subject}; only bot users can be written to`);
  }
  const filter = segment === null ? null : JSON.stringify(segment.filter);
  return startBroadcast(db, key, { content: JSON.stringify(content), filter, startsAt });
}

const incomplete = (path: string, message: string) => ({ kind: 'incomplete', path, message }) as const;

async function readTemplateContent(
  db: Kysely<Database>,
  draft: BroadcastRow,
): Promise<BroadcastContent | null> {
  const { template_id: templateId, workspace_id: workspaceId } = draft;
  const template = templateId === null ? undefined : await findTemplate(db, { workspaceId, templateId });
  return template ? readContent(template.content) : null;
}

function findProductProblem(
  registry: Registry,
  botIds: readonly string[],
  { buttons }: BroadcastContent,
): string | null {
  const offered = new Set(botIds.flatMap((botId) => registry.productsOf(botId).map((one) => one.productId)));
  for (const button of buttons) {
    if (button.kind === 'product' && !offered.has(button.product_id)) {
      return `has a button for the product ${button.product_id}, which none of these bots sells`;
    }
  }
  return null;
}
